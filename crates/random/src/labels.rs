//! Labels: good, broken, falsy, and none at all.

use proptest::{prelude::*, sample::select};

use super::{
    json::Json,
    strings::{matching, python_spelled, short_text, spelled},
};

#[rustfmt::skip]
const FALSY: &[&str] = &[
    "null", "\"\"", "false", "0", "-0", "0.0", "-0.0e5", "0E400", "1e-400", "[]", "{}", "[ ]", "{\n}",
];
#[rustfmt::skip]
const TRUTHY: &[&str] = &["true", "1", "-0.1", "1e400", "1e-320", "[0]", "[\"quality:1\"]", r#"{"quality": 1}"#];

/// Attributes of both published data sets, some twice so that labels repeat them.
#[rustfmt::skip]
const ATTRIBUTES: &[&str] = &[
    "quality", "quality", "toxicity", "humor", "creativity",
    "helpfulness", "correctness", "coherence", "complexity", "verbosity", "verbosity",
];
#[rustfmt::skip]
const UNKNOWN_ATTRIBUTES: &[&str] = &[
    "", " ", " quality", "quality ", "Quality", "qualit", "qualityy", "fluency", "жж", "verbosity\0",
];

/// Of every size, and half-way between two spellings.
#[rustfmt::skip]
const SCORES: &[&str] = &[
    "1e-999", "-0", "-100", "-100.0", "4.9e-324", "1.7976931348623157e308", "00000003", "8.0000152587890625",
    "79537363366788.625", "5.684341886080802e-14",
];
#[rustfmt::skip]
const NO_SCORES: &[&str] = &[
    "", "yes", "nan", "NaN", "inf", "-Infinity", "1e999", "-1e400", "1_0", "0x1", "٣", "３", "--1", "+-1", "1e", "e1",
    ".", "+", ".e1", "1e5.0", "1 2", "4\0", "4\u{200b}", "1.7976931348623159e308",
    "\u{1c}3", "3\u{1f}", " \u{1d}3", "3\u{1e} ",
];
/// What `float` strips: more than JSON's.
#[rustfmt::skip]
const WHITE_SPACE: &[&str] = &[
    " ", "\t", "\n", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{a0}", "\u{2003}", "\u{3000}",
];

/// The value of a record's label.
pub(crate) fn label() -> impl Strategy<Value = Json> {
    let text = prop_oneof![40 => good_label(), 1 => broken_label(), 1 => short_text()];
    prop_oneof![
        40 => text.prop_flat_map(spelled),
        20 => select(FALSY).prop_map(str::to_owned),
        1 => select(TRUTHY).prop_map(str::to_owned),
    ]
    .prop_map(Json::Scalar)
}

/// A good label as `json.dumps` writes it.
pub(crate) fn python_label() -> impl Strategy<Value = String> {
    good_label().prop_map(|label| python_spelled(&label))
}

fn good_label() -> impl Strategy<Value = String> {
    parts(prop_oneof![
        20 => (attribute(), score()).prop_map(|(attribute, score)| format!("{attribute}:{score}")),
        1 => (attribute(), score(), any_score()).prop_map(|(attribute, score, rest)| format!("{attribute}:{score}:{rest}")),
        1 => (unknown_attribute(), any_score()).prop_map(|(attribute, score)| format!("{attribute}:{score}")),
    ])
}

fn broken_label() -> impl Strategy<Value = String> {
    let attribute = || prop_oneof![3 => attribute(), 1 => unknown_attribute()];
    parts(prop_oneof![
        4 => (attribute(), any_score()).prop_map(|(attribute, score)| format!("{attribute}:{score}")),
        1 => attribute(),
        1 => matching("[:, ]{0,3}"),
    ])
}

fn parts(part: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    prop::collection::vec(part, 1..6).prop_map(|parts| parts.join(","))
}

fn attribute() -> impl Strategy<Value = String> {
    select(ATTRIBUTES).prop_map(str::to_owned)
}

fn unknown_attribute() -> impl Strategy<Value = String> {
    select(UNKNOWN_ATTRIBUTES).prop_map(str::to_owned)
}

/// A finite decimal number, as Python reads it.
fn score() -> impl Strategy<Value = String> {
    let float = prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL;
    let number = prop_oneof![
        8 => matching("[0-9]"),
        2 => matching("[+-]?[0-9]{1,3}[.][0-9]{0,3}"),
        1 => matching("[+-]?[0-9]{0,2}[.][0-9]{1,25}"),
        1 => matching("[+-]?[0-9]{1,25}([eE][+-]?[0-9]{1,2})?"),
        1 => matching("[1-9][0-9]?e-?(1[4-8]|[3-6])"),
        1 => float.prop_map(|float| float.to_string()),
        1 => float.prop_map(|float| format!("{float:e}")),
        1 => (0.0..1000.0_f32).prop_map(|float| f64::from(float).to_string()),
        1 => ((1_u64 << 52)..(1 << 53), 1..12).prop_map(|(many, halved)| (many as f64 / 2_f64.powi(halved)).to_string()),
        1 => select(SCORES).prop_map(str::to_owned),
    ];
    (white_space(), number, white_space()).prop_map(|(before, number, after)| before + &number + &after)
}

/// A number or not.
fn any_score() -> impl Strategy<Value = String> {
    prop_oneof![2 => score(), 3 => select(NO_SCORES).prop_map(str::to_owned), 1 => matching("[0-9.eE+_ -]{0,6}")]
}

/// Mostly none.
fn white_space() -> impl Strategy<Value = String> {
    prop_oneof![12 => Just(String::new()), 1 => select(WHITE_SPACE).prop_map(str::to_owned)]
}
