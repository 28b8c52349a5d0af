//! Labels: from `helpfulness:3,correctness:4` to a vector of scores.
//!
//! The rules are those of the original's `parse` and of Python's `float`, quirks included: keys are not
//! trimmed, what follows a second colon is dropped, the last of a repeated attribute wins, and scores that
//! are replaced or belong to unknown attributes are never read.

use crate::error::{Refusal, RefusalKind};

/// The attributes in the order of the output's vector.
///
/// NeMo-Aligner's Bradley-Terry losses score by position: 0 is `quality`, 4 is `helpfulness`.
pub const ATTRIBUTES: [&str; 9] = [
    "quality",
    "toxicity",
    "humor",
    "creativity",
    "helpfulness",
    "correctness",
    "coherence",
    "complexity",
    "verbosity",
];

/// The score of an attribute that a label does not name; trainers mask it.
pub const MISSING: f64 = -100.0;

/// One score for each of [`ATTRIBUTES`], [`MISSING`] where the label does not name it.
pub type Scores = [f64; ATTRIBUTES.len()];

/// Parses a label, `attribute:score,attribute:score,…`, to one score for each of [`ATTRIBUTES`].
///
/// # Errors
///
/// [`RefusalKind::InvalidLabel`] if a part has no colon, or if the score of a known attribute is not a finite
/// decimal number. (The original reads `nan`, `inf`, `1_0` and digits of other scripts as well.)
///
/// # Example
///
/// ```
/// let scores = steer2reg::parse("helpfulness:3,correctness:4.5")?;
/// assert_eq!(scores, [-100.0, -100.0, -100.0, -100.0, 3.0, 4.5, -100.0, -100.0, -100.0]);
///
/// let refusal = steer2reg::parse("helpfulness").unwrap_err();
/// assert_eq!(refusal.to_string(), r#"invalid label: part "helpfulness" has no score"#);
/// # Ok::<(), steer2reg::Refusal>(())
/// ```
pub fn parse(label: &str) -> Result<Scores, Refusal> {
    let mut spelled: [Option<&str>; ATTRIBUTES.len()] = [None; ATTRIBUTES.len()];
    let mut expected = 0;
    let mut rest = Some(label);
    while let Some(parts) = rest {
        let part;
        (part, rest) = split(parts, b',');
        let (key, Some(score)) = split(part, b':') else {
            return Err(refuse(format!("part {} has no score", quoted(part))));
        };
        if let Some(position) = position(key, expected) {
            spelled[position] = Some(split(score, b':').0);
            expected = position + 1;
        }
    }
    let mut scores = [MISSING; ATTRIBUTES.len()];
    for ((score, spelled), attribute) in scores.iter_mut().zip(spelled).zip(ATTRIBUTES) {
        if let Some(spelled) = spelled {
            *score = parse_score(spelled).ok_or_else(|| {
                refuse(format!("the score of {attribute}, {}, is not a finite decimal number", quoted(spelled)))
            })?;
        }
    }
    Ok(scores)
}

/// What stands before the first separator, and what behind it, if there is one. The parts of a label are so
/// short that `str::split_once` takes longer to get ready than a loop takes in all.
#[inline]
fn split(text: &str, separator: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == separator) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// Where an attribute stands in the vector. Labels mostly name them in order, so it is looked for where it is
/// expected first.
#[inline]
fn position(key: &str, expected: usize) -> Option<usize> {
    if ATTRIBUTES.get(expected) == Some(&key) {
        return Some(expected);
    }
    ATTRIBUTES.iter().position(|&attribute| attribute == key)
}

/// A finite decimal number as Python's `float` reads it, white space around it included.
fn parse_score(spelled: &str) -> Option<f64> {
    // Nearly every score is one digit.
    if let &[digit @ b'0'..=b'9'] = spelled.as_bytes() {
        return Some(f64::from(digit - b'0'));
    }
    let trimmed = spelled.trim_matches(is_python_space);
    // Rust reads what Python reads, and the words `inf` and `nan` in their spellings.
    if !trimmed.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    trimmed.parse::<f64>().ok().filter(|score| score.is_finite())
}

/// Python's `str.isspace` also holds for the four information separators.
fn is_python_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}

fn refuse(reason: String) -> Refusal {
    Refusal::new(RefusalKind::InvalidLabel, reason)
}

/// `text` in quotes for a message: escaped, and cut where it is long.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{:?}…", &text[..cut]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_read_as_python_reads_them() {
        let cases = [
            ("3", Some(3.0)),
            ("+3", Some(3.0)),
            ("-3", Some(-3.0)),
            ("4.", Some(4.0)),
            (".5", Some(0.5)),
            ("1e3", Some(1000.0)),
            ("1E-3", Some(0.001)),
            (" 4\t\n", Some(4.0)),
            ("\u{a0}4\u{3000}", Some(4.0)),
            ("\u{1c}4\u{1f}\u{85}", Some(4.0)),
            ("1e-999", Some(0.0)),
            ("0123", Some(123.0)),
            ("", None),
            (".", None),
            ("e3", None),
            ("1e", None),
            ("+-3", None),
            ("3 4", None),
            ("1_0", None),
            ("0x1", None),
            ("nan", None),
            ("inf", None),
            ("-Infinity", None),
            ("1e999", None),
            ("٣", None),
            ("4\0", None),
            ("yes", None),
        ];
        for (spelled, score) in cases {
            assert_eq!(parse_score(spelled), score, "{spelled:?}");
        }
    }

    #[test]
    fn a_message_quotes_only_the_beginning_of_a_long_part() {
        let refusal = parse(&"x".repeat(1000)).unwrap_err();
        assert!(refusal.to_string().len() < 120, "{refusal}");
    }
}
