//! What is said without the white space at both ends, as Python's `str.strip` leaves it.

use super::{Spelling, characters::is_python_space};

/// White space below U+0080 as the output spells it, if not as itself.
const ESCAPES: [&[u8]; 9] =
    [br"\n", br"\t", br"\r", br"\f", br"\u000b", br"\u001c", br"\u001d", br"\u001e", br"\u001f"];

/// Trims UTF-8.
pub(crate) fn trim(spelling: Spelling, said: &[u8]) -> &[u8] {
    let mut said = said;
    while let Some(length) = space_at_start(spelling, said) {
        said = &said[length..];
    }
    while let Some(length) = space_at_end(spelling, said) {
        said = &said[..said.len() - length];
    }
    said
}

/// The bytes of the white space character that stands first, if there is one.
#[inline]
fn space_at_start(spelling: Spelling, said: &[u8]) -> Option<usize> {
    match said {
        [b'\\', ..] if spelling == Spelling::Output => escape(|escape| said.starts_with(escape)),
        [first, ..] if first.is_ascii() => is_python_space(char::from(*first)).then_some(1),
        _ => is_space((1..=4).find_map(|length| str::from_utf8(said.get(..length)?).ok())),
    }
}

/// The same for the last character.
#[inline]
fn space_at_end(spelling: Spelling, said: &[u8]) -> Option<usize> {
    match said {
        [.., last] if last.is_ascii() => {
            if is_python_space(char::from(*last)) {
                return Some(1);
            }
            if spelling == Spelling::Decoded {
                return None;
            }
            let length = escape(|escape| said.ends_with(escape))?;
            // The backslash may itself be escaped: of an odd number, the last one begins an escape.
            let backslashes = said[..=said.len() - length].iter().rev().take_while(|&&byte| byte == b'\\').count();
            (backslashes % 2 == 1).then_some(length)
        }
        _ => is_space((2..=4).find_map(|length| str::from_utf8(&said[said.len().checked_sub(length)?..]).ok())),
    }
}

fn escape(is_there: impl Fn(&[u8]) -> bool) -> Option<usize> {
    ESCAPES.into_iter().find(|escape| is_there(escape)).map(<[u8]>::len)
}

/// The bytes of one character, if it is white space.
fn is_space(character: Option<&str>) -> Option<usize> {
    character.filter(|text| !text.is_empty() && text.chars().all(is_python_space)).map(str::len)
}

/// As Python's `str.strip` leaves it.
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
            let (mut spelled, mut spelled_expected) = (Vec::new(), Vec::new());
            append_escaped(&mut spelled, text.as_bytes());
            append_escaped(&mut spelled_expected, expected.as_bytes());
            assert_eq!(trim(Spelling::Output, &spelled), spelled_expected, "{text:?}");
        }
    }
}
