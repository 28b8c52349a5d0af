//! Escapes that the output spells otherwise, such as `\u0434` or `\/`: from the input's spelling straight to
//! the output's, without the decoded string in between.

use memchr::memchr;

use crate::escape::{escape_of, is_output_escape};

/// Writes the inside of a JSON string in the output's spelling to the beginning of `room`, and returns its
/// length. `None` if it is not the inside of a JSON string.
///
/// `room` must be as long as `string`; the output's spelling never is longer.
pub(super) fn respell(room: &mut [u8], mut string: &[u8]) -> Option<usize> {
    let mut room = Room { bytes: room, filled: 0 };
    while let Some(backslash) = memchr(b'\\', string) {
        room.put(&string[..backslash]);
        string = &string[backslash..];
        // Escapes come in runs: a word of Cyrillic, a sentence of Chinese.
        while let [b'\\', rest @ ..] = string {
            string = match rest {
                [b'u', rest @ ..] => put_character(&mut room, rest)?,
                [b'/', rest @ ..] => {
                    room.put(b"/");
                    rest
                }
                [escape, rest @ ..] if is_output_escape(*escape) => {
                    room.put(&[b'\\', *escape]);
                    rest
                }
                _ => return None,
            };
        }
    }
    room.put(string);
    Some(room.filled)
}

struct Room<'a> {
    bytes: &'a mut [u8],
    filled: usize,
}

impl Room<'_> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.bytes[self.filled..][..bytes.len()].copy_from_slice(bytes);
        self.filled += bytes.len();
    }
}

/// Writes the character that the four digits at the start of `rest` stand for, together with the second half
/// of its surrogate pair if it has one. Returns what follows.
#[inline]
fn put_character<'s>(room: &mut Room<'_>, rest: &'s [u8]) -> Option<&'s [u8]> {
    let (unit, mut rest) = hex4(rest)?;
    let mut code_point = unit;
    if (0xd800..0xdc00).contains(&unit) {
        let low;
        (low, rest) = hex4(rest.strip_prefix(br"\u")?)?;
        if !(0xdc00..0xe000).contains(&low) {
            return None;
        }
        code_point = 0x10000 + ((unit - 0xd800) << 10 | (low - 0xdc00));
    }
    // `None` for a low surrogate on its own.
    let character = char::from_u32(code_point)?;
    match u8::try_from(code_point).ok().and_then(escape_of) {
        Some(escape) => room.put(escape.as_bytes()),
        None => room.filled += character.encode_utf8(&mut room.bytes[room.filled..]).len(),
    }
    Some(rest)
}

/// The four hexadecimal digits at the start of `text`, and what follows them.
#[inline]
fn hex4(text: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_first_chunk::<4>()?;
    let [a, b, c, d] = digits.map(|digit| HEX[digit as usize]);
    // An invalid digit sets bits above the lowest sixteen.
    let unit = a << 12 | b << 8 | c << 4 | d;
    (unit <= 0xffff).then_some((unit, rest))
}

/// The value of each hexadecimal digit, and for other bytes one that exceeds 0xffff however it is shifted.
const HEX: [u32; 256] = {
    let mut table = [0x0fff_0000; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as u32;
        table[b"0123456789ABCDEF"[value] as usize] = value as u32;
        value += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn respelled(string: &str) -> Option<String> {
        let mut room = vec![0; string.len()];
        let length = respell(&mut room, string.as_bytes())?;
        Some(std::str::from_utf8(&room[..length]).unwrap().to_owned())
    }

    #[test]
    fn escapes_become_the_output_s_spelling() {
        let cases = [
            (r"plain", Some("plain")),
            (r"\u0434\u0430, \u4e16!", Some("да, 世!")),
            (r"a\/b\u002f", Some("a/b/")),
            (r"\ud83d\uDE00\ud83d\ude00x", Some("😀😀x")),
            (r"\u0022\u005C\u000a\u0009\u0008\u000c\u000D", Some(r#"\"\\\n\t\b\f\r"#)),
            (r"\u0000\u001F\u007f\u2028", Some("\\u0000\\u001f\u{7f}\u{2028}")),
            (r#"\"\\\n\r\t\b\f"#, Some(r#"\"\\\n\r\t\b\f"#)),
            (r"\u12", None),
            (r"\u12g4", None),
            (r"\u+123", None),
            (r"\U1234", None),
            (r"\x", None),
            ("\\", None),
            ("ab\\", None),
            (r"\u0434\", None),
            (r"\ud800", None),
            (r"\ud800\u0041", None),
            (r"\ud800\n", None),
            (r"\udc00", None),
            (r"\ud83d\ud83d", None),
        ];
        for (string, expected) in cases {
            assert_eq!(respelled(string).as_deref(), expected, "{string}");
        }
    }
}
