//! Characters (Unicode scalar values): their number in a text of the output's spelling, and which are white space to Python.

use memchr::memchr_iter;

/// The number of characters in a text of the [output's spelling](crate::spelling::escape). Each byte that does not continue
/// another is a character, and an escape is one.
pub(crate) fn characters(spelled: &[u8]) -> u64 {
    let (at, many) = count::<128, 129>(spelled, 0);
    let (at, some) = count::<16, 17>(spelled, at);
    many + some + count_one_by_one(spelled, at)
}

/// Counts from `start`, which is not within an escape, in steps of `STEP` bytes; returns where it stopped and the count.
/// `SEEN` is `STEP + 1`, since the byte behind a backslash decides the length of an escape.
#[inline]
fn count<const STEP: usize, const SEEN: usize>(spelled: &[u8], start: usize) -> (usize, u64) {
    const { assert!(SEEN == STEP + 1 && STEP < 256) };
    let mut at = start;
    let mut characters = 0;
    while let Some(seen) = spelled[at..].first_chunk::<SEEN>() {
        // The length is fixed and the counts are bytes, so that the compiler vectorises the loop.
        let (mut first, mut escapes, mut other) = (0_u8, 0_u8, 0_u8);
        for index in 0..STEP {
            let (byte, next) = (seen[index], seen[index + 1]);
            first += u8::from(!is_continuation(byte));
            let escape = u8::from(byte == b'\\');
            escapes += escape;
            other |= escape & (u8::from(next == b'\\') | u8::from(next == b'u'));
        }
        // Nearly every escape has two bytes. The second byte of one that is cut here makes up for its first.
        let (mut inside, mut end) = (usize::from(escapes), STEP);
        if other > 0 {
            (inside, end) = escapes_in(&seen[..STEP], seen[STEP]);
        }
        characters += u64::from(first) - inside as u64;
        at = (at + end).min(spelled.len());
    }
    (at, characters)
}

/// The number of bytes that belong to an escape and are not its first, and the end of the last escape, or of `bytes` if that
/// is later. `next` is the byte behind `bytes`.
fn escapes_in(bytes: &[u8], next: u8) -> (usize, usize) {
    let mut inside = 0;
    let mut end = 0;
    for start in memchr_iter(b'\\', bytes) {
        if start >= end {
            end = start + escape_length(*bytes.get(start + 1).unwrap_or(&next));
            inside += end.min(bytes.len()) - start - 1;
        }
    }
    (inside, end.max(bytes.len()))
}

/// The length of an escape by the byte that follows its backslash.
#[inline]
fn escape_length(follows: u8) -> usize {
    if follows == b'u' { "\\u001f".len() } else { "\\n".len() }
}

/// Counts the characters from `start` on, byte by byte.
fn count_one_by_one(spelled: &[u8], start: usize) -> u64 {
    let mut at = start;
    let mut characters = 0;
    while at < spelled.len() {
        characters += u64::from(!is_continuation(spelled[at]));
        at += match spelled[at..] {
            [b'\\', follows, ..] => escape_length(follows),
            _ => 1,
        };
    }
    characters
}

/// True for a byte of UTF-8 that is not the first of its character.
#[inline]
fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// True for what Python's `str.strip` strips: Unicode's white space, and the four information separators.
pub(crate) fn is_python_space(character: char) -> bool {
    is_float_space(character) || ('\x1c'..='\x1f').contains(&character)
}

/// True for what Python's `float` strips: Unicode's white space, but not the four information separators.
pub(crate) fn is_float_space(character: char) -> bool {
    character.is_whitespace()
}

/// The byte order mark that a file may begin with, which is no part of its text.
pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spelling::escape::append_escaped;

    #[test]
    fn characters_are_those_of_the_decoded_text() {
        let pieces =
            ["a", "plain words ", "\n", "\"", "\\", "\\u", "u", "\u{1}", "\u{1f}", "é", "世界", "😀", "\t\\\\"];
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..3000 {
            let length = random.usize(..200);
            let kinds = random.usize(1..=pieces.len());
            let text: String = (0..length).map(|_| pieces[random.usize(..kinds)]).collect();
            let mut spelled = Vec::new();
            append_escaped(&mut spelled, text.as_bytes());
            assert_eq!(characters(&spelled), text.chars().count() as u64, "{text:?}");
        }
    }
}
