//! Text of files, file names and flags in messages: nothing in it moves the cursor, reorders the text around it, ends the
//! line or is invisible.

use std::fmt::{self, Display, Write};

/// Displays a value with escapes for what is not printable: `\u{202e}`.
#[derive(Debug, Clone, Copy)]
pub struct Printable<T>(pub T);

impl<T: Display> Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Escaper<'a, 'f>(&'a mut fmt::Formatter<'f>);
        impl Write for Escaper<'_, '_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                text.chars().try_for_each(|character| write_printable(character, self.0))
            }
        }
        write!(Escaper(f), "{}", self.0)
    }
}

/// Writes a character, as an escape if it is not printable.
pub(crate) fn write_printable(character: char, out: &mut impl Write) -> fmt::Result {
    if is_printable(character) {
        return out.write_char(character);
    }
    match character {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        _ => write!(out, "\\u{{{:x}}}", u32::from(character)),
    }
}

/// False for control characters, and for invisible characters of Unicode that change the text around them: line separators,
/// marks, embeddings, overrides and isolates of writing direction, characters without width, fillers and tags.
fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// `text` in quotes for a message: escaped, and cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    const MAX_LENGTH: usize = 40;
    // A copy of the bytes that one character more can have: another process may write to a mapped input meanwhile.
    let copy = text.as_bytes()[..text.len().min(4 * (MAX_LENGTH + 1))].to_vec();
    let text = String::from_utf8_lossy(&copy);
    match text.char_indices().nth(MAX_LENGTH) {
        Some((cut, _)) => format!("{:?}…", &text[..cut]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_stays_and_what_is_not_is_escaped() {
        let cases = [
            ("naïve 世界 😀 e\u{301} עברית \"\\", "naïve 世界 😀 e\u{301} עברית \"\\"),
            ("a\u{1b}[31mb\u{7f}\u{9b}2J\0", "a\\u{1b}[31mb\\u{7f}\\u{9b}2J\\u{0}"),
            ("\u{202e}x\u{2066}y\u{2069}\u{200f}\u{61c}", "\\u{202e}x\\u{2066}y\\u{2069}\\u{200f}\\u{61c}"),
            ("a\nb\r\tc\u{2028}\u{2029}\u{85}", "a\\nb\\r\\tc\\u{2028}\\u{2029}\\u{85}"),
            ("\u{feff}\u{200b}\u{2060}\u{ad}\u{e0041}", "\\u{feff}\\u{200b}\\u{2060}\\u{ad}\\u{e0041}"),
        ];
        for (text, shown) in cases {
            assert_eq!(Printable(text).to_string(), shown);
        }
    }
}
