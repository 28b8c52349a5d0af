//! The oracle's formats and schemas as the library has them.

use oracle::format::{Format, Prompt, Schema};
use steer2reg::{
    Attributes, Checks, Converter, Layout, Parser, Role, RowFilter, Split, SystemPrompt, SystemTemplate, Template,
    TurnTemplate,
};

/// The oracle's format as the library has it.
pub fn format(format: &Format) -> steer2reg::RowFormat {
    let Format { template, range, .. } = format;
    let around = |(before, after): &(String, String)| TurnTemplate { before: before.clone(), after: after.clone() };
    steer2reg::RowFormat {
        attributes: attributes(format),
        roles: format.roles.iter().map(|(name, role)| (name.clone(), self::role(role))).collect(),
        weights: None,
        system: Some(match &format.prompt {
            Prompt::Original => SystemPrompt::Default,
            Prompt::None => SystemPrompt::None,
            Prompt::Record => SystemPrompt::Record,
            Prompt::Text(prompt) => SystemPrompt::Text(prompt.clone()),
        }),
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
        layout: match (format.has_messages, format.has_columns) {
            (false, false) => Layout::Nemo,
            (true, false) => Layout::Messages,
            (false, true) => Layout::Columns,
            (true, true) => Layout::MessagesColumns,
        },
        split_embedded_turns: format.split_embedded_turns,
        checks: Checks { strict: format.strict, range: range.map(|(low, high)| low..=high) },
        filter: RowFilter {
            max_chars: format.max_chars.map(|most| most as u64),
            min_margin: None,
            last_labelled_only: format.last_labelled_only,
        },
    }
}

fn attributes(format: &Format) -> Attributes {
    let attributes = Attributes::new(format.attributes.clone()).unwrap().with_words(format.words.clone()).unwrap();
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
