//! JSON values whose scalars and keys are spelled already, and the white space between tokens.

use proptest::{prelude::*, sample::select};

use super::strings::{matching, short_text, spelled};

#[derive(Debug, Clone)]
pub(crate) enum Json {
    Scalar(String),
    Array(Vec<Json>),
    /// Keys with their quotes; they may be repeated.
    Object(Vec<(String, Json)>),
}

/// Any value, broken ones included.
pub(crate) fn any() -> impl Strategy<Value = Json> {
    let names = select(vec![r#""value""#, r#""conversations""#, r#""a""#, r#""""#]).prop_map(str::to_owned);
    scalar().prop_recursive(5, 20, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            prop::collection::vec((names.clone(), inner), 0..4).prop_map(Json::Object),
        ]
    })
}

#[rustfmt::skip]
const VALID: &[&str] = &[
    "null", "true", "false", "\"\"", "[]", "{}",
    "0", "-0", "7", "-12", "0.10", "1e5", "1E+5", "2e-07", "0.0", "-0.0e0", "1e400", "-1E-400", "0e999", "1e-320",
    "18446744073709551615", "18446744073709551616", "-9223372036854775809", "123456789012345678901234567890.5",
];

#[rustfmt::skip]
const BROKEN: &[&str] = &[
    "-NaN", "NaN0", "+Infinity", "--Infinity", "Infinit", "nan", "1NaN", "NaN-Infinity", "nul", "True", "nulll", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "--1", "1.e5", "-01",
    r#""\ud800\""#, r#""\udc0""#, r#""\ud83d\u004""#, r#""\x""#, r#""\u12""#, r#""\u12g4""#, r#""\U0041""#,
    "\"\t\"", "\"\u{0}\"", "\"", "'a'", "[1,]", "{,}", "[", "}", r#"{"a"}"#, "{1:2}", "", "\u{feff}", "\u{a0}",
];

/// What Python reads although it is not JSON.
#[rustfmt::skip]
const ONLY_PYTHONS: &[&str] = &[
    "NaN", "Infinity", "-Infinity", r#""\ud800""#, r#""\udc00\ud800""#, r#""\ud83d\u0041""#, r#""\uDBFF\uE000""#,
    r#""\udead\ue000\uDBC0\udc00""#, r#""a\ud83d\ud83d\ude00""#, "\"\u{e000}\u{e001}\\ue002\\udfff\"",
];

/// Any value that has no others in it; rarely a broken one.
pub(crate) fn scalar() -> BoxedStrategy<Json> {
    prop_oneof![
        40 => select(VALID).prop_map(str::to_owned),
        20 => short_text().prop_flat_map(spelled).boxed(),
        1 => select(ONLY_PYTHONS).prop_map(str::to_owned),
        1 => select(BROKEN).prop_map(str::to_owned),
    ]
    .prop_map(Json::Scalar)
    .boxed()
}

/// The white space between tokens.
#[derive(Debug, Clone)]
pub(crate) enum Layout {
    Compact,
    /// As `json.dumps` does: a space behind each comma and colon.
    Python,
    /// These, one after the other, around all tokens.
    Random(Vec<String>),
}

pub(crate) fn layout() -> impl Strategy<Value = Layout> {
    let some_spaces = prop::collection::vec(matching(" {0,2}"), 1..10).prop_map(Layout::Random);
    let any_white_space = prop::collection::vec(matching("[ \t\r\n]{0,2}"), 1..10).prop_map(Layout::Random);
    prop_oneof![2 => Just(Layout::Compact), 3 => Just(Layout::Python), 2 => some_spaces, 2 => any_white_space]
}

impl Json {
    pub(crate) fn written(&self, layout: &Layout) -> String {
        let mut writer = Writer { layout, tokens: 0, text: String::new() };
        writer.gap("");
        writer.value(self);
        writer.text
    }
}

struct Writer<'a> {
    layout: &'a Layout,
    tokens: usize,
    text: String,
}

impl Writer<'_> {
    fn value(&mut self, value: &Json) {
        match value {
            Json::Scalar(scalar) => self.token(scalar, ""),
            Json::Array(items) => {
                self.token("[", "");
                for (index, item) in items.iter().enumerate() {
                    self.comma(index);
                    self.value(item);
                }
                self.token("]", "");
            }
            Json::Object(members) => {
                self.token("{", "");
                for (index, (key, value)) in members.iter().enumerate() {
                    self.comma(index);
                    self.token(key, "");
                    self.token(":", " ");
                    self.value(value);
                }
                self.token("}", "");
            }
        }
    }

    fn comma(&mut self, index: usize) {
        if index > 0 {
            self.token(",", " ");
        }
    }

    fn token(&mut self, token: &str, python_gap: &str) {
        self.text += token;
        self.gap(python_gap);
    }

    fn gap(&mut self, python_gap: &str) {
        match self.layout {
            Layout::Compact => {}
            Layout::Python => self.text += python_gap,
            Layout::Random(gaps) => self.text += &gaps[self.tokens % gaps.len()],
        }
        self.tokens += 1;
    }
}
