//! Texts, and the many ways to spell one as a JSON string.

use proptest::{
    prelude::*,
    sample::select,
    string::{RegexGeneratorStrategy, string_regex},
};

/// Text as it may stand in a conversation, and text as it should not.
pub(crate) fn text() -> BoxedStrategy<String> {
    let text = prop_oneof![
        4 => short_text(),
        3 => matching("[A-Za-z ,.'\n\"]{0,200}"),
        2 => marked_text(),
        // Long enough for rows that share their text.
        1 => (short_text(), 1..300_usize).prop_map(|(text, times)| text.repeat(times)),
    ];
    text.boxed()
}

/// What embedded turns begin with, and what only looks like it.
#[rustfmt::skip]
const MARKERS: &[&str] = &[
    "\n<extra_id_1>User\n", "\n<extra_id_1>User\n", "\n<extra_id_1>Assistant\n", "\n<extra_id_1>Assistant\n",
    "\n<extra_id_1>User\n", "\n<extra_id_1>User\n", "\n<extra_id_1>Assistant\n", "\n<extra_id_1>Assistant\n",
    "<extra_id_1>User\n", "<extra_id_1>Assistant\n", "\n<extra_id_1>User", "\n<extra_id_1>Assistant", "User\n",
    // A backslash and an `n`; a backslash before a line feed.
    "\\n<extra_id_1>User\n", "\n<extra_id_1>User\\n", "\\\n<extra_id_1>User\n", "\\\\n<extra_id_1>Assistant\n",
    "\n<extra_id_1>user\n", "\n<extra_id_1>System\n", "\n<extra_id_0>System\n", "\n<extra_id_1>User \n",
    "\n<extra_id_1> User\n", "\r\n<extra_id_1>User\r\n", "\n<extra_id_1>Users\n", "\n<extra_id_1>\n", "\n<extra_id_2>",
    "\n<extra_id_1><extra_id_1>User\n", "\n<extra_id_1>UserAssistant\n", "\n<extra_id_1>AssistantUser\n", "<extra_id_1>",
];

/// Text with embedded turns and with white space of all kinds, also at its ends.
pub(crate) fn marked_text() -> BoxedStrategy<String> {
    let space = select(vec![
        " ", "\n", "\t", "\r", "\u{b}", "\u{c}", "\u{1c}", "\u{1f}", "\u{85}", "\u{a0}", "\u{2003}", "\u{3000}",
    ]);
    let other = select(vec![
        "a", "n", "Hi there", "é", "世界", "😀", "\"", "\\", "\\n", "\u{1}", "\u{200b}", "\u{feff}", "u000b",
    ]);
    let piece = prop_oneof![3 => select(MARKERS), 3 => space, 3 => other].prop_map(str::to_owned);
    let piece = prop_oneof![20 => piece, 1 => short_text()];
    prop::collection::vec(piece.boxed(), 0..8).prop_map(|pieces| pieces.concat()).boxed()
}

pub(crate) fn short_text() -> BoxedStrategy<String> {
    prop::collection::vec(character().boxed(), 0..40).prop_map(String::from_iter).boxed()
}

fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        6 => prop::char::range('a', 'z'),
        2 => select(vec![' ', '"', '\\', '/', '\n', '{', '}', '[', ']', ':', ',', 'u']),
        1 => prop::char::range('\0', '\u{1f}'),
        1 => select(vec!['\u{7f}', '\u{80}', 'é', 'ж', '世', '\u{2028}', '\u{2029}', '\u{feff}', '\u{ffff}', '\u{fffd}']),
        1 => select(vec!['😀', '👍', '𝄞', '\u{10000}', '\u{10ffff}']),
        1 => any::<char>(),
    ]
}

/// How a character is spelled, where it may be.
#[derive(Debug, Clone, Copy)]
enum Spelling {
    /// As `json.dumps` does without `ensure_ascii`.
    Python,
    /// As `json.dumps` does with it.
    Ascii,
    /// A backslash and a letter or sign.
    Short,
    /// `\u00e9`
    Lower,
    /// `\u00E9`
    Upper,
    /// `\ud83D`
    Mixed,
}

/// The text as a JSON string with its quotes.
pub(crate) fn spelled(text: String) -> BoxedStrategy<String> {
    use Spelling::{Ascii, Lower, Mixed, Python, Short, Upper};
    let any = select(vec![Python, Python, Python, Python, Ascii, Short, Lower, Upper, Mixed]);
    let spellings = prop_oneof![
        3 => Just(vec![Python]),
        1 => Just(vec![Ascii]),
        1 => Just(vec![Short]),
        3 => prop::collection::vec(any, 1..20),
    ];
    let spelled = spellings.prop_map(move |spellings| {
        let characters = text.chars().zip(spellings.iter().cycle());
        let spelled: String = characters.map(|(character, &spelling)| spell(character, spelling)).collect();
        format!("\"{spelled}\"")
    });
    spelled.boxed()
}

/// As `json.dumps(…, ensure_ascii=False)` spells it.
pub(crate) fn python_spelled(text: &str) -> String {
    let spelled: String = text.chars().map(|character| spell(character, Spelling::Python)).collect();
    format!("\"{spelled}\"")
}

/// As the regular expression itself would, but reads it only once.
pub(crate) fn matching(regex: &str) -> RegexGeneratorStrategy<String> {
    string_regex(regex).expect("the regular expression is good")
}

pub(crate) fn quoted(key: &str) -> String {
    format!("\"{key}\"")
}

fn spell(character: char, spelling: Spelling) -> String {
    let short = match character {
        '"' => Some("\\\""),
        '\\' => Some("\\\\"),
        '\n' => Some("\\n"),
        '\r' => Some("\\r"),
        '\t' => Some("\\t"),
        '\u{8}' => Some("\\b"),
        '\u{c}' => Some("\\f"),
        '/' if matches!(spelling, Spelling::Short) => Some("\\/"),
        _ => None,
    };
    let must_be_escaped = character < ' ';
    match (spelling, short) {
        (Spelling::Lower, _) => units(character, |unit| format!("\\u{unit:04x}")),
        (Spelling::Upper, _) => units(character, |unit| format!("\\u{unit:04X}")),
        (Spelling::Mixed, _) => units(character, |unit| format!("\\u{:03x}{:X}", unit >> 4, unit & 15)),
        (_, Some(short)) => short.to_owned(),
        (Spelling::Ascii, None) if !character.is_ascii() => units(character, |unit| format!("\\u{unit:04x}")),
        _ if must_be_escaped => units(character, |unit| format!("\\u{unit:04x}")),
        _ => character.to_string(),
    }
}

fn units(character: char, spell: impl Fn(u16) -> String) -> String {
    character.encode_utf16(&mut [0; 2]).iter().map(|&unit| spell(unit)).collect()
}
