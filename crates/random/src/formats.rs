//! Random formats, and records that go with them.

use std::ops::Range;

use oracle::format::{Around, Format, Pairs, Prompt, Schema, Template};
use proptest::{prelude::*, sample::select};

use super::{
    json::{self, Json, layout},
    member, name, object, object_of, published, rarely_other,
    strings::{marked_text, python_spelled, short_text, spelled, text},
};

/// Names of columns, keys of records, and what JSON cannot spell as it is.
#[rustfmt::skip]
const ODD_NAMES: &[&str] = &[
    "text", "messages", "label", "labels", "role", "content", "prompt", "response", "Text", "text ", " quality", " ",
    "a\"b", "a\\\"b", "a\\b", "a\\\\b", "new\nline", "new\\nline", "tab\there", "\u{1}", "é",
    "世界", "😀 smile", "/", "null",
];
/// Of whom some are neither the user nor the assistant.
const SPEAKERS: &[&str] =
    &["system", "SYSTEM", "tool", "Observation", "human", "user", "gpt", "developer", "assistant", "us\"er/", "é\n"];
const WORDS: &[&str] = &["yes", "no", "", "nan", "inf", "1_0", "٣", "None", "True", "a\"b", "so so", "é\n!", "-"];
/// Scores that are equal or only look so; some will be the missing one.
const SCORES: &[f64] = &[-100.0, 0.0, -0.0, 1.0, 3.0, -1.0, 0.5, 4.25, 1e-5, 1e16, -1e300];

/// A format for records of this schema.
pub fn format(schema: &Schema) -> BoxedStrategy<Format> {
    let schema = schema.clone();
    let is_comparison = matches!(schema, Schema::Preference(_) | Schema::HelpSteer3);
    let has_few_attributes = is_comparison || schema == Schema::Oasst;
    let prompt = prompt(matches!(schema, Schema::Sft | Schema::HelpSteer3)).boxed();
    let looks = (attributes().boxed(), any::<bool>(), any::<bool>(), prompt, template().boxed()).boxed();
    let missing = prop_oneof![
        4 => Just((-100.0, true)),
        3 => select(SCORES).prop_map(|score| (score, true)),
        1 => Just((-100.0, false)),
    ];
    let speakers = (prop::collection::vec((select(SPEAKERS), any::<prop::sample::Index>()), 0..3), any::<bool>());
    let range = prop_oneof![Just((0.0, 4.0)), Just((1.0, 5.0)), Just((-0.5, 3.0)), Just((3.0, 1.0)), Just((0.0, -0.0))];
    let max_chars =
        prop_oneof![4 => Just(None), 2 => (0..60_usize).prop_map(Some), 3 => (60..500_usize).prop_map(Some)];
    let checks = (prop::bool::weighted(0.15), prop::option::of(range), max_chars, prop::bool::weighted(0.3));
    let split = prop_oneof![2 => Just(None), 2 => Just(Some(true)), 1 => Just(Some(false))];
    let checks = checks.boxed();
    let format = (looks, missing, words().boxed(), split, checks, speakers).prop_map(
        move |(looks, (missing, missing_is_given), words, split_embedded_turns, checks, (named, trim_labels))| {
            let (mut attributes, has_messages, has_columns, prompt, template) = looks;
            let (strict, range, max_chars, last_labelled_only) = checks;
            let (has_messages, has_columns) = (has_messages && !is_comparison, has_columns && !is_comparison);
            let possible = if !has_messages && template == Template::nemo() {
                &["user", "assistant"][..]
            } else if has_messages || template.tool.is_some() {
                &["user", "assistant", "system", "tool"][..]
            } else {
                &["user", "assistant", "system"][..]
            };
            let mut roles: Vec<(String, &str)> = Vec::new();
            for (name, role) in named {
                let name = name.to_ascii_lowercase();
                if name != "assistant" && roles.iter().all(|(other, _)| *other != name) {
                    roles.push((name, *role.get(possible)));
                }
            }
            // Columns need names of their own.
            let content = if has_messages { "messages" } else { "text" };
            attributes.retain(|name| !has_columns || name != content);
            // Without one of their attributes, rows of these schemas have nothing to say.
            let quality = "quality".to_owned();
            if attributes.is_empty() || has_few_attributes && !attributes.contains(&quality) {
                attributes.push(quality);
            }
            let trim_labels = trim_labels && attributes.iter().all(|name| name.trim() == name);
            Format {
                attributes,
                missing,
                missing_is_given,
                trim_labels,
                roles,
                words,
                prompt,
                template,
                has_messages,
                has_columns,
                split_embedded_turns,
                strict,
                range,
                max_chars,
                last_labelled_only,
                weights: None,
                pairs: None,
                min_margin: None,
            }
        },
    );
    format.boxed()
}

/// A format whose rows have one number: pairs, or weighted scores.
pub fn format_with_margins(schema: &Schema) -> BoxedStrategy<Format> {
    let has_groups = matches!(schema, Schema::HelpSteer(_));
    let is_comparison = matches!(schema, Schema::Preference(_) | Schema::HelpSteer3);
    let layout = select(vec![Pairs::Trl, Pairs::NemoRl, Pairs::Swift, Pairs::LlamaFactory]);
    let layout = (layout, prop::option::of(select(vec![0.0, 0.5, 1.0, 2.0, 2.5, 1e300])));
    let layout = if is_comparison { layout.prop_map(Some).boxed() } else { prop::option::of(layout).boxed() };
    (format(schema), weights(), layout)
        .prop_map(move |(format, weights, layout)| {
            let usual = Format::original();
            let (pairs, min_margin) = layout.filter(|_| has_groups || is_comparison).unzip();
            let nemo = pairs.is_some() || format.has_messages;
            Format {
                attributes: usual.attributes,
                missing: usual.missing,
                missing_is_given: false,
                trim_labels: false,
                weights: (!is_comparison).then_some(weights),
                has_messages: format.has_messages && pairs.is_none(),
                has_columns: format.has_columns && pairs.is_none(),
                template: if nemo { usual.template } else { format.template },
                last_labelled_only: format.last_labelled_only && pairs.is_none(),
                prompt: if format.prompt == Prompt::Original { Prompt::OfLayout } else { format.prompt },
                pairs,
                min_margin: min_margin.flatten(),
                ..format
            }
        })
        .boxed()
}

/// Names with weights, in any order.
fn weights() -> impl Strategy<Value = Vec<(String, f64)>> {
    let names = Format::original().attributes;
    let most = names.len();
    let weight = prop_oneof![
        8 => select(vec![0.65, 0.8, 0.45, 0.55, -0.4]),
        4 => select(vec![1.0, -1.0, 0.0, -0.0, 0.1, 0.2, 3.0]),
        1 => select(vec![1e300, -1e308, 5e-324]),
    ];
    let few = prop::sample::subsequence(vec!["helpfulness".to_owned(), "quality".to_owned(), "humor".to_owned()], 1..3);
    let many = prop::sample::subsequence(names, 1..=most);
    prop_oneof![2 => few, 1 => many].prop_shuffle().prop_flat_map(move |names| {
        let weights = prop::collection::vec(weight.clone(), names.len());
        weights.prop_map(move |weights| names.iter().cloned().zip(weights).collect())
    })
}

/// Names in any order, each once.
fn attributes() -> impl Strategy<Value = Vec<String>> {
    let usual = Format::original().attributes;
    let all: Vec<_> = usual.iter().cloned().chain(ODD_NAMES.iter().copied().map(str::to_owned)).collect();
    let (most, many) = (usual.len(), all.len());
    prop_oneof![
        1 => Just(usual.clone()),
        2 => prop::sample::subsequence(usual, 1..=most).prop_shuffle(),
        2 => prop::sample::subsequence(all.clone(), 1..8).prop_shuffle(),
        // More than the scanner reads HelpSteer's records for.
        1 => prop::sample::subsequence(all, 15..=many).prop_shuffle(),
    ]
}

fn words() -> impl Strategy<Value = Vec<(String, f64)>> {
    let word = |word: &&'static str| (Just((*word).to_owned()), select(SCORES));
    let some =
        prop::sample::subsequence(WORDS, 0..5).prop_flat_map(move |words| words.iter().map(word).collect::<Vec<_>>());
    prop_oneof![Just(Vec::new()), some, Just(vec![("yes".to_owned(), 1.0), ("no".to_owned(), 0.0)])]
}

fn prompt(may_be_the_record_s: bool) -> impl Strategy<Value = Prompt> {
    let own = if may_be_the_record_s { Prompt::Record } else { Prompt::None };
    prop_oneof![Just(Prompt::Original), Just(Prompt::None), Just(own), marked_text().prop_map(Prompt::Text)]
}

fn template() -> impl Strategy<Value = Template> {
    let trimming = Template { trim: true, ..Template::nemo() };
    let tool = prop::option::of(around());
    let random = (piece(), around(), piece(), around(), around(), tool, piece(), any::<bool>());
    let random = random.prop_map(|(begin, system, none, user, assistant, tool, end, trim)| Template {
        begin,
        system,
        none,
        user,
        assistant,
        tool,
        end,
        trim,
    });
    prop_oneof![2 => Just(Template::nemo()), 1 => Just(trimming), 5 => random]
}

fn around() -> impl Strategy<Value = Around> {
    (piece(), piece())
}

/// A piece of a template.
fn piece() -> impl Strategy<Value = String> {
    let usual = ["", "", "<s>", "\n", "\n\n", "User: ", "\"", "\\", "\\n", "\t\u{1} ", "é😀", "<extra_id_1>User\n"];
    prop_oneof![8 => select(usual.map(str::to_owned).to_vec()), 1 => short_text()]
}

/// A format with a line that is mostly a record for it.
pub fn format_and_line(schema: Schema) -> BoxedStrategy<(Format, String)> {
    format_and_lines(schema, 1..2).prop_map(|(format, mut lines)| (format, lines.remove(0))).boxed()
}

/// A format with lines; white space in them may be line feeds.
pub fn format_and_lines(schema: Schema, count: Range<usize>) -> BoxedStrategy<(Format, Vec<String>)> {
    with_lines(format(&schema), schema, count)
}

/// A format with one number in a row, and a line that is mostly a record for it.
pub fn margins_and_line(schema: Schema) -> BoxedStrategy<(Format, String)> {
    let with_lines = with_lines(format_with_margins(&schema), schema, 1..2);
    with_lines.prop_map(|(format, mut lines)| (format, lines.remove(0))).boxed()
}

fn with_lines(
    format: BoxedStrategy<Format>,
    schema: Schema,
    count: Range<usize>,
) -> BoxedStrategy<(Format, Vec<String>)> {
    let with_lines = format.prop_flat_map(move |format| {
        let line = match &schema {
            Schema::Sft => sft(&format).boxed(),
            Schema::HelpSteer(_) => helpsteer(&format).boxed(),
            Schema::Preference(_) => published::preference().boxed(),
            Schema::HelpSteer3 => published::helpsteer3().boxed(),
            Schema::Oasst => published::tree().boxed(),
        };
        (Just(format), prop::collection::vec(line, count.clone()))
    });
    with_lines.boxed()
}

fn sft(format: &Format) -> impl Strategy<Value = String> + use<> {
    let value = prop_oneof![3 => marked_text(), 1 => text()].prop_flat_map(spelled).prop_map(Json::Scalar);
    let label = label(format).prop_flat_map(spelled).prop_map(Json::Scalar);
    let members = vec![
        member("value", value.boxed()),
        member("from", speaker().boxed()),
        prop::option::weighted(0.6, member("label", label.boxed())).prop_map(Option::flatten).boxed(),
    ];
    let turns = prop::collection::vec(rarely_other(object(members).boxed()).boxed(), 0..5).prop_map(Json::Array);
    let system = prop_oneof![8 => marked_text().prop_flat_map(spelled).prop_map(Json::Scalar), 1 => json::scalar()];
    let members = vec![
        member("conversations", turns.boxed()),
        member("mask", speaker().boxed()),
        prop::option::weighted(0.95, member("system", system.boxed())).prop_map(Option::flatten).boxed(),
    ];
    written(members)
}

/// Mostly the user.
fn speaker() -> impl Strategy<Value = Json> {
    let user = spelled("User".to_owned()).prop_map(Json::Scalar);
    let other = select(SPEAKERS).prop_flat_map(|name| spelled(name.to_owned())).prop_map(Json::Scalar);
    prop_oneof![20 => user, 10 => name(), 1 => other]
}

/// With any attributes of the format as members, and some that are none.
fn helpsteer(format: &Format) -> impl Strategy<Value = String> + use<> {
    let scores = score(format).prop_flat_map(spelled).boxed();
    let odd_number = select(SCORES).prop_map(|score| format!("{score:?}"));
    let number = prop_oneof![4 => (-1..7_i8).prop_map(|score| score.to_string()), 1 => odd_number];
    let value = prop_oneof![10 => number, 4 => scores].prop_map(Json::Scalar).boxed();
    let value = prop_oneof![40 => value, 1 => json::scalar()].boxed();
    let text = || prop_oneof![3 => marked_text(), 1 => text(), 1 => select(vec!["3", "yes"]).prop_map(str::to_owned)];
    let text = move || text().prop_flat_map(spelled).prop_map(Json::Scalar).boxed();
    let names: Vec<_> =
        format.names().into_iter().filter(|name| !["prompt", "response"].contains(name)).map(str::to_owned).collect();
    let scores = names.into_iter().map(move |name| {
        let key = prop_oneof![4 => Just(python_spelled(&name)), 1 => spelled(name)];
        prop::option::weighted(0.6, (key, value.clone())).boxed()
    });
    written([member("prompt", text()), member("response", text())].into_iter().chain(scores).collect())
}

fn written(members: Vec<BoxedStrategy<Option<(String, Json)>>>) -> impl Strategy<Value = String> {
    let is_sft = members.len() == 3;
    let record = if is_sft { object(members).boxed() } else { object_of(members).boxed() };
    (rarely_other(record.boxed()), layout()).prop_map(|(record, layout)| record.written(&layout))
}

fn label(format: &Format) -> impl Strategy<Value = String> + use<> {
    let usual = Format::original().attributes;
    let unknown = select([usual, ODD_NAMES.iter().copied().map(str::to_owned).collect()].concat());
    let space = select(vec!["", "", "", "", "", "", "", "", " ", "\u{3000}", "\u{1c}"]);
    let names: Vec<_> = format.names().into_iter().map(str::to_owned).collect();
    let known = (space, select(names)).prop_map(|(space, name)| format!("{space}{name}"));
    let attribute = prop_oneof![12 => known, 1 => unknown];
    let part = (attribute, score(format)).prop_map(|(attribute, score)| format!("{attribute}:{score}"));
    let part = prop_oneof![200 => part, 1 => short_text()];
    prop::collection::vec(part, 1..5).prop_map(|parts| parts.join(","))
}

/// A score as a label spells it: mostly a number or one of the format's words.
fn score(format: &Format) -> impl Strategy<Value = String> + use<> {
    let mut known: Vec<_> = format.words.iter().map(|(word, _)| word.clone()).collect();
    known.push("2".to_owned());
    let space = select(vec!["", "", " ", "\u{2003}\n", "\u{1c}"]);
    let word = (space, select(known)).prop_map(|(space, word)| format!("{space}{word}{space}"));
    let score = prop_oneof![
        20 => (0..5_u8).prop_map(|score| score.to_string()),
        4 => (-2..8_i8).prop_map(|score| score.to_string()),
        4 => select(vec![format!("{:?}", format.missing), "-0".to_owned(), "3.50".to_owned(), " 1e0\t".to_owned()]),
        8 => word,
        1 => select(WORDS).prop_map(str::to_owned),
    ];
    prop_oneof![30 => score.clone(), 1 => score.prop_map(|score| score + ":7")]
}
