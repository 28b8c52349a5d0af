//! The tokens of a line, found without a parser: in a line that is not JSON, too.

use std::ops::Range;

use serde::de::IgnoredAny;

/// The literals that Python reads and JSON does not have.
pub(super) const LITERALS: [(&str, f64); 3] =
    [("NaN", f64::NAN), ("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY)];

/// The ranges of the tokens of a line, valid or not: strings with their quotes, numbers, literals, brackets, and runs of
/// anything else.
pub(super) struct Tokens<'l> {
    line: &'l str,
    at: usize,
}

impl<'l> Tokens<'l> {
    pub(super) fn new(line: &'l str) -> Self {
        Self { line, at: 0 }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let rest = &self.line.as_bytes()[self.at..];
        let length_of = |belongs: fn(u8) -> bool| rest.iter().take_while(|&&byte| belongs(byte)).count();
        let literal = || LITERALS.into_iter().find(|(literal, _)| rest.starts_with(literal.as_bytes()));
        let length = match rest.first()? {
            b'"' => string_length(rest),
            b'-' | b'0'..=b'9' | b'N' | b'I' => match literal() {
                Some((literal, _)) => literal.len(),
                None => length_of(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')).max(1),
            },
            b'{' | b'}' | b'[' | b']' => 1,
            _ => length_of(|byte| !matches!(byte, b'"' | b'-' | b'0'..=b'9' | b'N' | b'I' | b'{' | b'}' | b'[' | b']')),
        };
        let start = self.at;
        self.at += length;
        Some(start..self.at)
    }
}

/// The length of the string literal at the beginning of `text`, quotes included.
fn string_length(text: &[u8]) -> usize {
    let mut escaped = false;
    for (at, &byte) in text.iter().enumerate().skip(1) {
        if byte == b'"' && !escaped {
            return at + 1;
        }
        escaped = byte == b'\\' && !escaped;
    }
    text.len()
}

/// The value of a token that is a number (infinite where it is too large) or a literal, and whether it is a literal. `-0` is
/// a whole number to Python, and so 0.
pub(super) fn value(token: &str) -> Option<(f64, bool)> {
    if let Some((_, value)) = LITERALS.into_iter().find(|&(literal, _)| literal == token) {
        return Some((value, true));
    }
    if !token.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return None;
    }
    serde_json::from_str::<IgnoredAny>(token).ok()?;
    let value = if token == "-0" { 0.0 } else { token.parse().ok()? };
    Some((value, false))
}
