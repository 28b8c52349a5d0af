//! Random formats and records, one by one.

use std::collections::BTreeMap;

use oracle::format::{Format, Schema, Template};
use proptest::{
    prelude::*,
    sample::select,
    strategy::ValueTree,
    test_runner::{TestCaseResult, TestRunner},
};
use random::{Mutation, formats::format_and_line, mutation};
use support::from_oracle::{convert, converter, parsers_agree};

use crate::PARSERS;

/// Both parsers give what the oracle gives.
fn all_agree(format: &Format, schema: &Schema, line: &[u8]) -> TestCaseResult {
    prop_assume!(!line.trim_ascii().is_empty(), "a blank line is no record");
    parsers_agree(format, schema, line);
    Ok(())
}

/// The schemas of published records, with and without their options.
fn published() -> impl Strategy<Value = Schema> {
    prop_oneof![
        3 => Just(Schema::HelpSteer(None)),
        1 => Just(Schema::Preference(None)),
        1 => Just(Schema::Preference(Some("train"))),
        1 => Just(Schema::Preference(Some("val"))),
        2 => Just(Schema::HelpSteer3),
        2 => Just(Schema::Oasst),
    ]
}

fn mutated(line: String, mutations: &[Mutation]) -> Vec<u8> {
    let mut line = line.into_bytes();
    for mutation in mutations {
        mutation.apply(&mut line);
    }
    line
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sft_records_give_the_oracle_s_rows((format, line) in format_and_line(Schema::Sft)) {
        all_agree(&format, &Schema::Sft, line.as_bytes())?;
    }

    #[test]
    fn published_records_give_the_oracle_s_rows(
        (schema, (format, line)) in published().prop_flat_map(|schema| (Just(schema.clone()), format_and_line(schema))),
    ) {
        all_agree(&format, &schema, line.as_bytes())?;
    }

    #[test]
    fn helpsteer_records_of_which_one_attribute_is_kept_give_the_oracle_s_rows(
        (format, line) in format_and_line(Schema::HelpSteer(None)),
        only in any::<prop::sample::Index>(),
    ) {
        let only = only.get(&format.attributes).clone();
        all_agree(&format, &Schema::HelpSteer(Some(only)), line.as_bytes())?;
    }

    #[test]
    fn records_with_an_accident_are_refused_where_the_oracle_refuses_them(
        (schema, (format, line)) in prop_oneof![2 => Just(Schema::Sft), 1 => published()]
            .prop_flat_map(|schema| (Just(schema.clone()), format_and_line(schema))),
        mutation in mutation(),
    ) {
        all_agree(&format, &schema, &mutated(line, &[mutation]))?;
    }

    #[test]
    fn by_the_template_of_nemo_aligner_rows_are_the_same_whether_embedded_turns_are_split_or_not(
        (schema, (format, line)) in prop_oneof![Just(Schema::Sft), published()]
            .prop_flat_map(|schema| (Just(schema.clone()), format_and_line(schema))),
        parser in select(PARSERS.to_vec()),
    ) {
        let attributes = without_text(&format);
        let mut roles = format.roles.clone();
        roles.retain(|(_, role)| ["user", "assistant"].contains(role));
        let format = Format { template: Template::nemo(), has_messages: false, attributes, roles, ..format };
        let [split, whole] = [true, false].map(|split| {
            let format = Format { split_embedded_turns: Some(split), ..format.clone() };
            convert(&mut converter(parser, &format, &schema), line.as_bytes())
        });
        prop_assert_eq!(split, whole);
    }
}

/// Names that may be columns beside a text.
fn without_text(format: &Format) -> Vec<String> {
    let mut attributes = format.attributes.clone();
    attributes.retain(|name| name != "text");
    if attributes.is_empty() { vec!["quality".to_owned()] } else { attributes }
}

#[test]
fn random_cases_hit_every_rule() {
    const CASES: usize = 300;
    for schema in [Schema::Sft, Schema::HelpSteer(None), Schema::Preference(None), Schema::HelpSteer3, Schema::Oasst] {
        let strategy = format_and_line(schema.clone());
        let mut runner = TestRunner::deterministic();
        let mut seen = BTreeMap::new();
        for _ in 0..CASES {
            let (format, line) = strategy.new_tree(&mut runner).unwrap().current();
            for rule in rules_at_work(&format, &schema, line.as_bytes()) {
                *seen.entry(rule).or_insert(0) += 1;
            }
        }
        let expected = match schema {
            Schema::Sft => {
                vec!["rows", "split", "trim", "too long", "strict", "words", "last", "unknown", "unscored", "range"]
            }
            Schema::HelpSteer(_) => vec!["rows", "split", "trim", "too long", "strict", "words", "range"],
            Schema::Preference(_) | Schema::HelpSteer3 => vec!["rows", "split", "trim", "too long", "strict", "range"],
            // Trees are large, and so mostly have a fault. `files.rs` has others.
            Schema::Oasst => vec!["rows", "trim", "too long"],
        };
        for rule in expected {
            assert!(seen.contains_key(rule), "{schema:?}, {rule}: {seen:?}");
        }
        assert!(seen["rows"] > CASES / 20, "{schema:?}: {seen:?}");
    }
}

/// A rule is at work where it counts something, or where a format without it gives something else.
fn rules_at_work(format: &Format, schema: &Schema, line: &[u8]) -> Vec<&'static str> {
    let made = format.record(schema, line);
    let rows = made.as_ref().map(|made| &made.rows);
    let differs = |other: Format| rows != other.record(schema, line).as_ref().map(|made| &made.rows);
    let template = Template { trim: false, ..format.template.clone() };
    let mut rules = Vec::new();
    let without = [
        ("split", Format { split_embedded_turns: Some(false), ..format.clone() }),
        ("trim", Format { template, ..format.clone() }),
        ("strict", Format { strict: false, ..format.clone() }),
        ("words", Format { words: Vec::new(), ..format.clone() }),
        ("last", Format { last_labelled_only: false, ..format.clone() }),
    ];
    rules.extend(without.into_iter().filter_map(|(rule, other)| differs(other).then_some(rule)));
    if let Ok(made) = &made {
        let counts = [
            ("rows", made.row_count),
            ("too long", made.too_long),
            ("unknown", made.unknown_attributes),
            ("unscored", made.unscored),
            ("range", made.out_of_range),
        ];
        rules.extend(counts.into_iter().filter(|(_, count)| *count > 0).map(|(rule, _)| rule));
    }
    rules
}
