//! Trims the white space at both ends that Python's `str.strip` strips.

use super::{Spelling, characters::is_python_space};

/// The escapes of white space in the output's spelling.
const ESCAPES: [&[u8]; 9] =
    [br"\n", br"\t", br"\r", br"\f", br"\u000b", br"\u001c", br"\u001d", br"\u001e", br"\u001f"];

/// Trims UTF-8 of either spelling.
pub(crate) fn trim(spelling: Spelling, mut text: &[u8]) -> &[u8] {
    while let Some(length) = space_at_start(spelling, text) {
        text = &text[length..];
    }
    while let Some(length) = space_at_end(spelling, text) {
        text = &text[..text.len() - length];
    }
    text
}

/// The length of the white space character at the start, if there is one.
#[inline]
fn space_at_start(spelling: Spelling, text: &[u8]) -> Option<usize> {
    match text {
        [b'\\', ..] if spelling == Spelling::Output => escape(|escape| text.starts_with(escape)),
        [first, ..] if first.is_ascii() => is_python_space(char::from(*first)).then_some(1),
        _ => is_space((1..=4).find_map(|length| str::from_utf8(text.get(..length)?).ok())),
    }
}

/// The length of the white space character at the end, if there is one.
#[inline]
fn space_at_end(spelling: Spelling, text: &[u8]) -> Option<usize> {
    match text {
        [.., last] if last.is_ascii() => {
            if is_python_space(char::from(*last)) {
                return Some(1);
            }
            if spelling == Spelling::Decoded {
                return None;
            }
            let length = escape(|escape| text.ends_with(escape))?;
            // Of an even number of backslashes the last one is itself escaped; of an odd number it begins an escape.
            let backslashes = text[..=text.len() - length].iter().rev().take_while(|&&byte| byte == b'\\').count();
            (backslashes % 2 == 1).then_some(length)
        }
        _ => is_space((2..=4).find_map(|length| str::from_utf8(&text[text.len().checked_sub(length)?..]).ok())),
    }
}

/// The length of the escape for which `is_there` is true.
fn escape(is_there: impl Fn(&[u8]) -> bool) -> Option<usize> {
    ESCAPES.into_iter().find(|escape| is_there(escape)).map(<[u8]>::len)
}

/// The length of a character that is white space.
fn is_space(character: Option<&str>) -> Option<usize> {
    character.filter(|text| !text.is_empty() && text.chars().all(is_python_space)).map(str::len)
}

/// `text` without the white space that Python's `str.strip` strips.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(is_python_space)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spelling::escape::append_escaped;

    #[test]
    fn both_spellings_are_trimmed_as_the_text_is() {
        let pieces = [
            " ", "\n", "\t", "\u{b}", "\u{c}", "\r", "\u{1c}", "\u{1f}", "\u{85}", "\u{a0}", "\u{2003}", "\u{2028}",
            "\u{3000}", "a", "n", "u000b", "\\", "\\n", "\"", "\u{1}", "é", "世", "😀", "\u{200b}", "\0",
        ];
        let mut random = fastrand::Rng::with_seed(5);
        for _ in 0..20_000 {
            let text: String = (0..random.usize(..7)).map(|_| pieces[random.usize(..pieces.len())]).collect();
            let expected = text.trim_matches(is_python_space);
            assert_eq!(trim(Spelling::Decoded, text.as_bytes()), expected.as_bytes(), "{text:?}");
            let mut spelled = Vec::new();
            let mut spelled_expected = Vec::new();
            append_escaped(&mut spelled, text.as_bytes());
            append_escaped(&mut spelled_expected, expected.as_bytes());
            assert_eq!(trim(Spelling::Output, &spelled), spelled_expected, "{text:?}");
        }
    }
}
