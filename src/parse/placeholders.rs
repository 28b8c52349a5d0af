//! A line that simd-json rejects, with placeholders for what it cannot read, so that the rest is parsed.
//!
//! Python's `json`, and so the original, reads more than JSON: the literals `NaN`, `Infinity` and `-Infinity`, and escapes
//! that are half of a surrogate pair. simd-json also rejects numbers that do not fit its types. None of this matters in fields
//! that are not used. So numbers and literals are replaced by their indices in a list, and a lone surrogate by its index
//! between two characters that occur nowhere else in the line. Where a field is used, [`TapeContext`](super::tape_context)
//! looks behind the placeholder, and rejects a literal and a string with a lone surrogate by name.

use std::{collections::HashSet, ops::Range};

use memchr::{memchr, memchr_iter};

use super::tokens::{Tokens, value};
use crate::rejection::ESCAPE;

/// The parts of a line that were replaced.
#[derive(Debug, Default)]
pub(super) struct Placeholders {
    /// The numbers and literals; empty if the tape has the numbers themselves.
    pub(super) numbers: Vec<ReplacedNumber>,
    /// The places of the lone surrogates in the line.
    pub(super) surrogates: Vec<usize>,
    /// The character on both sides of a surrogate's index.
    pub(super) sentinel: Option<char>,
}

/// A number or a literal that was replaced.
#[derive(Debug)]
pub(super) struct ReplacedNumber {
    /// The value as a `float`: infinite where it is too large.
    pub(super) value: f64,
    pub(super) is_literal: bool,
    /// The place in the line.
    pub(super) range: Range<usize>,
}

impl Placeholders {
    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.surrogates.clear();
        self.sentinel = None;
    }

    /// The line with placeholders for all its numbers, literals and lone surrogates; there must be none yet. `None` if it has
    /// nothing to replace, so that another attempt to parse it would fail, too.
    pub(super) fn replace_in(&mut self, line: &str) -> Option<Vec<u8>> {
        // The search of a long line that begins no value would be a waste.
        let first = line.trim_ascii_start().as_bytes().first();
        if !matches!(first, Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b'N' | b'I')) {
            return None;
        }
        let mut plain = Vec::with_capacity(line.len());
        for token in Tokens::new(line) {
            let text = &line[token.clone()];
            if text.starts_with('"') {
                self.replace_surrogates(line, token, &mut plain);
            } else if let Some((value, is_literal)) = value(text) {
                // Spaces separate the index from its neighbours: `-NaN` and `1NaN` are not numbers.
                plain.extend_from_slice(format!(" {} ", self.numbers.len()).as_bytes());
                self.numbers.push(ReplacedNumber { value, is_literal, range: token });
            } else {
                plain.extend_from_slice(text.as_bytes());
            }
        }
        (!self.numbers.is_empty() || !self.surrogates.is_empty()).then_some(plain)
    }

    /// Appends the string in `token` with the indices of its lone surrogates instead of them.
    fn replace_surrogates(&mut self, line: &str, token: Range<usize>, plain: &mut Vec<u8>) {
        let mut from = token.start;
        for at in lone_surrogates(line, token.clone()) {
            let Some(sentinel) = self.sentinel.or_else(|| unused_character(line)) else { break };
            self.sentinel = Some(sentinel);
            plain.extend_from_slice(&line.as_bytes()[from..at]);
            plain.extend_from_slice(format!("{sentinel}{}{sentinel}", self.surrogates.len()).as_bytes());
            self.surrogates.push(at);
            from = at + ESCAPE;
        }
        plain.extend_from_slice(&line.as_bytes()[from..token.end]);
    }
}

/// The line with JSON of the same length for its literals and lone surrogates, so that another fault is found in its place.
pub(super) fn with_json_of_equal_length(line: &str) -> Vec<u8> {
    let mut plain = line.as_bytes().to_vec();
    for token in Tokens::new(line) {
        let text = &line[token.clone()];
        if text.starts_with('"') {
            lone_surrogates(line, token).for_each(|at| plain[at..at + ESCAPE].copy_from_slice(br"\u0000"));
        } else if value(text).is_some_and(|(_, is_literal)| is_literal) {
            // Spaces before the digit separate it from a sign.
            plain[token.clone()].fill(b' ');
            plain[token.end - 1] = b'0';
        }
    }
    plain
}

/// The places of the lone surrogates in the string in `token`, with surrogates paired as Python pairs them.
fn lone_surrogates(line: &str, token: Range<usize>) -> impl Iterator<Item = usize> {
    let mut at = token.start;
    std::iter::from_fn(move || {
        loop {
            at += memchr(b'\\', line.as_bytes().get(at..token.end)?)?;
            let start = at;
            let (length, is_lone) = match (unit(line, at), unit(line, at + ESCAPE)) {
                (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (2 * ESCAPE, false),
                (Some(0xd800..=0xdfff), _) => (ESCAPE, true),
                (Some(_), _) => (ESCAPE, false),
                (None, _) => (2, false),
            };
            at += length;
            if is_lone {
                return Some(start);
            }
        }
    })
}

/// The UTF-16 unit of the escape at this place, if there is one.
fn unit(line: &str, at: usize) -> Option<u16> {
    let digits = line.as_bytes().get(at..at + ESCAPE)?.strip_prefix(br"\u")?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)? as u16))
}

/// A character for private use that the line does not have, neither raw nor as an escape. `None` only if the line has all
/// 137,468 of them.
fn unused_character(line: &str) -> Option<char> {
    let raw = line.chars();
    let escaped = memchr_iter(b'\\', line.as_bytes()).flat_map(|at| {
        let units = [unit(line, at), unit(line, at + ESCAPE)].into_iter().flatten();
        char::decode_utf16(units).filter_map(Result::ok).collect::<Vec<_>>()
    });
    let areas = || ('\u{e000}'..='\u{f8ff}').chain('\u{f0000}'..='\u{ffffd}').chain('\u{100000}'..='\u{10fffd}');
    let is_private = |character: &char| matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    let used: HashSet<char> = raw.chain(escaped).filter(is_private).collect();
    areas().find(|character| !used.contains(character))
}
