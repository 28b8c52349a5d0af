//! Escapes that the output spells otherwise, such as `\u0434` or `\/`: from the input's spelling straight to the output's,
//! without the decoded string in between.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;

use memchr::memchr;

#[cfg(target_arch = "x86_64")]
use super::cpu::Vectors;
use crate::spelling::escape::{escape_of, is_output_escape};

/// Bytes by which the scratch memory must be longer than a string: vectors are written whole.
pub(crate) const SLACK: usize = 64;

/// Writes the inside of a JSON string in the output's spelling to the beginning of `scratch`, and returns its length.
/// `None` if `string` is not the inside of a JSON string.
///
/// `scratch` must be longer than `string` by [`SLACK`]; the output's spelling is never longer than the input's.
#[allow(unsafe_code)]
pub(super) fn respell(scratch: &mut [u8], string: &[u8]) -> Option<usize> {
    let mut scratch = Scratch { bytes: scratch, filled: 0 };
    // SAFETY (both): the processor has the instructions for which the function is compiled, as `Vectors` has checked;
    // that is all that its attribute asks for.
    #[cfg(target_arch = "x86_64")]
    match Vectors::for_respelling(string) {
        Some(Vectors::Avx512) => {
            unsafe { avx512::put(&mut scratch, string) }?;
            return Some(scratch.filled);
        }
        Some(Vectors::Avx2) => {
            unsafe { avx2::put(&mut scratch, string) }?;
            return Some(scratch.filled);
        }
        None => {}
    }
    put(&mut scratch, string, usize::MAX)?;
    Some(scratch.filled)
}

/// Bytes of an escape that may stand behind the block in which it begins.
#[cfg(target_arch = "x86_64")]
const BEHIND: usize = 3;

/// Writes a string block by block. `put_block` is given a window (a block and what stands behind it) and the length of the
/// string in the block; it returns the number of bytes that it has written, or `None` for a block that [`put`] must write.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[expect(clippy::inline_always, reason = "its body takes on the instructions that the caller is compiled for")]
fn put_blocks<const WINDOW: usize>(
    scratch: &mut Scratch<'_>,
    mut string: &[u8],
    put_block: impl Fn(&mut Scratch<'_>, &[u8; WINDOW], usize) -> Option<usize>,
) -> Option<()> {
    let block = const { WINDOW - BEHIND };
    while let Some(window) = string.first_chunk() {
        string = match put_block(scratch, window, block) {
            Some(taken) => &string[taken..],
            None => put(scratch, string, block)?,
        };
    }
    while !string.is_empty() {
        // Zeros behind the string belong to no escape.
        let mut window = [0; WINDOW];
        window[..string.len()].copy_from_slice(string);
        string = match put_block(scratch, &window, string.len().min(block)) {
            Some(taken) => &string[taken..],
            None => put(scratch, string, block)?,
        };
    }
    Some(())
}

/// Writes at least `least` bytes of a string, a whole number of characters, and returns the rest of it.
fn put<'s>(scratch: &mut Scratch<'_>, mut string: &'s [u8], least: usize) -> Option<&'s [u8]> {
    let end = string.len().saturating_sub(least);
    while string.len() > end {
        string = match string {
            [b'\\', b'u', ..] => match put_run(scratch, string) {
                rest if rest.len() < string.len() => rest,
                _ => put_other(scratch, string)?,
            },
            [b'\\', b'/', rest @ ..] => {
                scratch.put([b'/']);
                rest
            }
            [b'\\', escape, rest @ ..] if is_output_escape(*escape) => {
                scratch.put([b'\\', *escape]);
                rest
            }
            [b'\\', ..] => return None,
            _ => put_plain(scratch, string),
        };
    }
    Some(string)
}

/// Writes the characters of a run of escapes, and returns what follows it. Nearly all escapes are a unit that is a character
/// of two or three bytes, and come in runs: a word of Cyrillic, a sentence of Chinese.
///
/// Not inlined: the whole loop fits into registers and should stay there.
#[inline(never)]
fn put_run<'s>(scratch: &mut Scratch<'_>, mut string: &'s [u8]) -> &'s [u8] {
    let mut filled = scratch.filled;
    while let Some((unit, rest)) = unit(string) {
        let (high, middle, low) = (unit >> 12, unit >> 6 & 0x3f, unit & 0x3f);
        let (length, word) = match unit {
            0x80..0x800 => (2, 0x80c0 | unit >> 6 | low << 8),
            0x800..0xd800 | 0xe000..=0xffff => (3, 0x0080_80e0 | high | middle << 8 | low << 16),
            _ => break,
        };
        // As one word of four bytes, which fits, since the escape has six.
        scratch.bytes[filled..][..4].copy_from_slice(&word.to_le_bytes());
        filled += length;
        string = rest;
    }
    scratch.filled = filled;
    string
}

/// Writes what stands before the next backslash, and returns the string from there on.
#[inline]
fn put_plain<'s>(scratch: &mut Scratch<'_>, string: &'s [u8]) -> &'s [u8] {
    /// Between two escapes there is often just the space between two words; `memchr`, made for longer distances, would
    /// take longer to start.
    const NEAR: usize = 4;
    for (at, &byte) in string.iter().take(NEAR).enumerate() {
        if byte == b'\\' {
            return &string[at..];
        }
        scratch.put([byte]);
    }
    let far = string.get(NEAR..).unwrap_or_default();
    let (plain, rest) = far.split_at(memchr(b'\\', far).unwrap_or(far.len()));
    scratch.bytes[scratch.filled..][..plain.len()].copy_from_slice(plain);
    scratch.filled += plain.len();
    rest
}

/// Writes the character of an escape that is ASCII or the first half of a surrogate pair, and returns what follows it.
/// `None` for any other escape.
#[cold]
fn put_other<'s>(scratch: &mut Scratch<'_>, string: &'s [u8]) -> Option<&'s [u8]> {
    let (first, rest) = unit(string)?;
    if let Ok(ascii @ 0..0x80) = u8::try_from(first) {
        match escape_of(ascii) {
            Some(escape) => escape.bytes().for_each(|byte| scratch.put([byte])),
            None => scratch.put([ascii]),
        }
        return Some(rest);
    }
    let (second, rest) = unit(rest)?;
    let pair = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
    let character = char::decode_utf16(pair).next()?.ok()?;
    scratch.filled += character.encode_utf8(&mut scratch.bytes[scratch.filled..]).len();
    Some(rest)
}

/// Memory that is filled from its beginning.
struct Scratch<'a> {
    bytes: &'a mut [u8],
    filled: usize,
}

impl Scratch<'_> {
    #[inline]
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        self.bytes[self.filled..][..N].copy_from_slice(&bytes);
        self.filled += N;
    }
}

/// The UTF-16 unit of the escape at the beginning of `string`, and what follows it. The unit is above 0xffff if one of its
/// digits is invalid; `None` if there is no such escape.
#[inline]
fn unit(string: &[u8]) -> Option<(u32, &[u8])> {
    let (escape, rest) = string.split_first_chunk::<6>()?;
    let [backslash, u, a, b, c, d] = *escape;
    if [backslash, u] != *br"\u" {
        return None;
    }
    let [a, b, c, d] = [a, b, c, d].map(|digit| HEX[digit as usize]);
    Some((a << 12 | b << 8 | c << 4 | d, rest))
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

    /// The respelled string, on which every kind of vectors that this processor has must agree.
    #[allow(unsafe_code)]
    fn respelled(string: &str) -> Option<String> {
        let by = |put: &dyn Fn(&mut Scratch<'_>) -> Option<()>| {
            let mut bytes = vec![0; string.len() + SLACK];
            let mut scratch = Scratch { bytes: &mut bytes, filled: 0 };
            put(&mut scratch)?;
            let length = scratch.filled;
            Some(str::from_utf8(&bytes[..length]).unwrap().to_owned())
        };
        let plain = by(&|scratch| put(scratch, string.as_bytes(), usize::MAX).map(drop));
        #[cfg(target_arch = "x86_64")]
        {
            // SAFETY: as in `respell`.
            if Vectors::Avx2.can_respell() {
                assert_eq!(by(&|scratch| unsafe { avx2::put(scratch, string.as_bytes()) }), plain, "{string}");
            }
            if Vectors::Avx512.can_respell() {
                assert_eq!(by(&|scratch| unsafe { avx512::put(scratch, string.as_bytes()) }), plain, "{string}");
            }
        }
        plain
    }

    #[test]
    fn every_unit_in_every_place_of_a_run_becomes_its_character() {
        for unit in 0..=u16::MAX {
            let Some(character) = char::from_u32(unit.into()) else { continue };
            for place in 0..6 {
                let (mut escapes, mut characters) = ([r"\u0434", r"\u4e16"].repeat(3), ["д", "世"].repeat(3));
                let escape = if unit % 2 == 0 { format!(r"\u{unit:04x}") } else { format!(r"\u{unit:04X}") };
                let character = character.to_string();
                escapes[place] = &escape;
                characters[place] = u8::try_from(unit).ok().and_then(escape_of).unwrap_or(&character);
                assert_eq!(respelled(&escapes.concat()), Some(characters.concat()));
            }
        }
    }

    #[test]
    fn a_byte_that_is_wrong_anywhere_in_a_run_is_seen() {
        let good = r"\u0434\u4e16".repeat(5);
        for at in 0..good.len() {
            for byte in 0..0x80_u8 {
                let mut bytes = good.clone().into_bytes();
                bytes[at] = byte;
                // `respelled` asserts that all ways agree.
                let _ = respelled(str::from_utf8(&bytes).unwrap());
            }
        }
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
