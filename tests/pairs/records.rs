//! Random records one by one, by both parsers.

use std::collections::BTreeMap;

use oracle::format::{Format, Schema};
use proptest::{
    prelude::*,
    sample::select,
    strategy::ValueTree,
    test_runner::{TestCaseResult, TestRunner},
};
use random::{formats::margins_and_line, mutation};
use support::from_oracle::parsers_agree;

/// Both parsers give what the oracle gives.
fn all_agree(format: &Format, schema: &Schema, line: &[u8]) -> TestCaseResult {
    prop_assume!(!line.trim_ascii().is_empty(), "a blank line is no record");
    parsers_agree(format, schema, line);
    Ok(())
}

fn comparisons() -> impl Strategy<Value = Schema> {
    select(vec![Schema::Preference(None), Schema::Preference(Some("train")), Schema::HelpSteer3, Schema::HelpSteer3])
}

fn scored() -> impl Strategy<Value = Schema> {
    select(vec![Schema::Sft, Schema::HelpSteer(None), Schema::HelpSteer(None), Schema::Oasst])
}

/// Pairs of HelpSteer come from groups.
fn by_record((format, line): (Format, String)) -> (Format, String) {
    if format.weights.is_some() && format.pairs.is_some() {
        return (Format { pairs: None, min_margin: None, roles: Vec::new(), ..format }, line);
    }
    (format, line)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn comparisons_give_the_oracle_s_pairs(
        (schema, (format, line)) in comparisons().prop_flat_map(|schema| (Just(schema.clone()), margins_and_line(schema))),
    ) {
        all_agree(&format, &schema, line.as_bytes())?;
    }

    #[test]
    fn weighted_scores_are_the_oracle_s(
        (schema, (format, line)) in scored()
            .prop_flat_map(|schema| (Just(schema.clone()), margins_and_line(schema).prop_map(by_record))),
    ) {
        all_agree(&format, &schema, line.as_bytes())?;
    }

    #[test]
    fn records_with_an_accident_are_refused_where_the_oracle_refuses_them(
        (schema, (format, line)) in prop_oneof![comparisons(), scored()]
            .prop_flat_map(|schema| (Just(schema.clone()), margins_and_line(schema).prop_map(by_record))),
        mutation in mutation(),
    ) {
        let mut line = line.into_bytes();
        mutation.apply(&mut line);
        all_agree(&format, &schema, &line)?;
    }
}

#[test]
fn random_cases_hit_every_rule() {
    const CASES: usize = 300;
    for schema in [Schema::Preference(None), Schema::HelpSteer3, Schema::HelpSteer(None)] {
        let strategy = margins_and_line(schema.clone()).prop_map(by_record);
        let mut runner = TestRunner::deterministic();
        let mut seen = BTreeMap::new();
        for _ in 0..CASES {
            let (format, line) = strategy.new_tree(&mut runner).expect("nothing is filtered out").current();
            let rules = match format.record(&schema, line.as_bytes()) {
                Ok(made) => [
                    ("rows", made.row_count),
                    ("ties", made.ties),
                    ("below the margin", made.below_margin),
                    ("too long", made.too_long),
                ]
                .into_iter()
                .filter_map(|(rule, count)| (count > 0).then_some(rule))
                .collect(),
                Err(kind) => vec![kind],
            };
            for rule in rules {
                *seen.entry(rule).or_insert(0) += 1;
            }
        }
        let has_margins = !matches!(schema, Schema::HelpSteer(_));
        let expected = ["rows", "too long", "invalid-label", "invalid-record"].into_iter();
        for rule in expected.chain(["ties", "below the margin"].into_iter().filter(|_| has_margins)) {
            assert!(seen.contains_key(rule), "{schema:?}, {rule}: {seen:?}");
        }
        assert!(seen["rows"] > CASES / 10, "{schema:?}: {seen:?}");
    }
}
