//! The oracle's formats and schemas as the library has them.

use oracle::format::{Format, Pairs, Prompt, Schema};
use steer2reg::{
    Attributes, Checks, Converter, Layout, Parser, Role, RowFilter, Split, SystemPrompt, SystemTemplate, Template,
    TurnTemplate, Weights,
};

/// The oracle's format as the library has it.
pub fn format(format: &Format) -> steer2reg::RowFormat {
    let Format { template, range, .. } = format;
    let around = |(before, after): &(String, String)| TurnTemplate { before: before.clone(), after: after.clone() };
    steer2reg::RowFormat {
        attributes: attributes(format),
        weights: format.weights.as_ref().map(|weights| Weights::new(weights.clone()).expect("they are good")),
        roles: format.roles.iter().map(|(name, role)| (name.clone(), self::role(role))).collect(),
        system: match &format.prompt {
            Prompt::OfLayout => None,
            Prompt::Original => Some(SystemPrompt::Default),
            Prompt::None => Some(SystemPrompt::None),
            Prompt::Record => Some(SystemPrompt::Record),
            Prompt::Text(prompt) => Some(SystemPrompt::Text(prompt.clone())),
        },
        template: Template {
            begin: template.begin.clone(),
            system: SystemTemplate {
                before: template.system.0.clone(),
                after: template.system.1.clone(),
                none: template.none.clone(),
            },
            user: around(&template.user),
            assistant: around(&template.assistant),
            tool: template.tool.as_ref().map(around),
            end: template.end.clone(),
            trim: template.trim,
        },
        layout: match (format.pairs, format.has_messages, format.has_columns) {
            (Some(Pairs::Trl), ..) => Layout::TrlPairs,
            (Some(Pairs::NemoRl), ..) => Layout::NemoRlPairs,
            (Some(Pairs::Swift), ..) => Layout::SwiftPairs,
            (Some(Pairs::LlamaFactory), ..) => Layout::LlamaFactoryPairs,
            (None, false, false) => Layout::Nemo,
            (None, true, false) => Layout::Messages,
            (None, false, true) => Layout::Columns,
            (None, true, true) => Layout::MessagesColumns,
        },
        split_embedded_turns: format.split_embedded_turns,
        checks: Checks { strict: format.strict, range: range.map(|(low, high)| low..=high) },
        filter: RowFilter {
            max_chars: format.max_chars.map(|most| most as u64),
            min_margin: format.min_margin,
            last_labelled_only: format.last_labelled_only,
        },
    }
}

fn attributes(format: &Format) -> Attributes {
    let has_own = format.pairs.is_none() && format.weights.is_none();
    let attributes = if has_own { Attributes::new(format.attributes.clone()).unwrap() } else { Attributes::default() };
    let attributes = attributes.with_words(format.words.clone()).unwrap();
    let attributes =
        if format.missing_is_given { attributes.with_missing(format.missing).unwrap() } else { attributes };
    if format.trim_labels { attributes.with_trimmed_labels().unwrap() } else { attributes }
}

fn role(role: &str) -> Role {
    Role::ALL.into_iter().find(|known| known.name() == role).expect("it is a role")
}

pub fn schema(schema: &Schema) -> steer2reg::Schema {
    match schema {
        Schema::Sft => steer2reg::Schema::Sft,
        Schema::HelpSteer(_) => steer2reg::Schema::HelpSteer,
        Schema::Preference(_) => steer2reg::Schema::HelpSteer2Preference,
        Schema::HelpSteer3 => steer2reg::Schema::HelpSteer3,
        Schema::Oasst => steer2reg::Schema::Oasst,
    }
}

pub fn split(schema: &Schema) -> Option<Split> {
    let Schema::Preference(split) = schema else { return None };
    split.map(|split| if split == "train" { Split::Train } else { Split::Val })
}

/// A converter of records of `schema` to rows of `format`.
pub fn converter(parser: Parser, format: &Format, schema: &Schema) -> Converter {
    let builder = Converter::builder().parser(parser).format(self::format(format)).schema(self::schema(schema));
    let builder = match (schema, split(schema)) {
        (Schema::HelpSteer(Some(only)), _) => builder.only_attribute(only.as_str()),
        (_, Some(split)) => builder.split(split),
        _ => builder,
    };
    builder.build().expect("the settings go together")
}

/// The rows of a record, or the kind of its rejection.
pub fn convert(converter: &mut Converter, line: &[u8]) -> Result<String, &'static str> {
    let mut out = b"before ".to_vec();
    let converted = converter.convert(line, &mut out);
    let rows = str::from_utf8(&out).unwrap().strip_prefix("before ").expect("what was there stays").to_owned();
    match converted {
        Ok(count) => {
            assert_eq!(count, rows.lines().count() as u64);
            Ok(rows)
        }
        Err(rejection) => {
            assert_eq!(rows, "", "a rejected record leaves nothing");
            Err(rejection.kind().name())
        }
    }
}

/// Both parsers give what the oracle gives for a line that is not blank, and give it again: nothing stays of the first time.
pub fn parsers_agree(format: &Format, schema: &Schema, line: &[u8]) {
    let expected = format.record(schema, line).map(|made| made.rows);
    for parser in [Parser::Auto, Parser::SimdJson] {
        let mut converter = converter(parser, format, schema);
        for _ in 0..2 {
            assert_eq!(convert(&mut converter, line), expected, "{parser:?}");
        }
    }
}
