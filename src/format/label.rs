//! Labels: from `helpfulness:3,correctness:4` to a vector of scores.
//!
//! The rules are those of the original's `parse` and of Python's `float`, quirks included: names are not trimmed, text
//! after a second colon is dropped, the last of a repeated attribute wins, and scores that are overridden or belong to
//! unknown attributes are never read.

use std::sync::LazyLock;

use super::attributes::{Attributes, MISSING, Scores};
use crate::{
    rejection::{Rejection, RejectionKind},
    schema::ATTRIBUTES,
    spelling::{characters::is_float_space, number::parse_score, printable::quoted, whitespace::trimmed},
};

/// Parses a label, `attribute:score,attribute:score,…`, to one score for each of
/// [`nemo::ATTRIBUTES`](crate::nemo::ATTRIBUTES).
///
/// # Errors
///
/// [`RejectionKind::InvalidLabel`] if a part has no colon, or if the score of a known attribute is not a finite
/// decimal number. (The original also reads `nan`, `inf`, `1_0` and digits of other scripts.)
///
/// # Example
///
/// ```
/// let scores = steer2reg::parse_label("helpfulness:3,correctness:4.5")?;
/// assert_eq!(scores, [-100.0, -100.0, -100.0, -100.0, 3.0, 4.5, -100.0, -100.0, -100.0]);
///
/// let rejection = steer2reg::parse_label("helpfulness").unwrap_err();
/// assert_eq!(rejection.to_string(), r#"invalid label: part "helpfulness" has no score"#);
/// # Ok::<(), steer2reg::Rejection>(())
/// ```
pub fn parse_label(label: &str) -> Result<Scores, Rejection> {
    static DEFAULT: LazyLock<Attributes> = LazyLock::new(Attributes::default);
    let mut scores = [MISSING; ATTRIBUTES.len()];
    DEFAULT.read(label, &mut scores).map(|_| scores)
}

/// The findings of reading a label, besides its scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Read {
    /// The label names an attribute that is not in the vector.
    pub(crate) has_unknown: bool,
    /// The label has a score other than the missing one.
    pub(crate) has_score: bool,
}

impl Attributes {
    /// Reads a label into `scores`, one for each attribute; all must be the missing score before.
    #[inline]
    pub(crate) fn read(&self, label: &str, scores: &mut [f64]) -> Result<Read, Rejection> {
        let (mut expected, mut has_unknown) = (0, false);
        let mut rest = Some(label);
        while let Some(parts) = rest {
            if let Some((score, behind)) = self.expected_digit(parts, expected) {
                scores[expected] = score;
                (expected, rest) = (expected + 1, behind);
                continue;
            }
            let part;
            (part, rest) = split(parts, b',');
            let (name, Some(score)) = split(part, b':') else {
                return Err(reject(format!("part {} has no score", quoted(part))).at_part(part));
            };
            match self.position(self.significant(name), expected) {
                Some(position) => {
                    // An invalid score matters only if no later part overrides it.
                    scores[position] = self.score(self.significant(split(score, b':').0)).unwrap_or(f64::NAN);
                    expected = position + 1;
                }
                None => has_unknown = true,
            }
        }
        let mut has_score = false;
        for (position, &score) in scores.iter().enumerate() {
            if score.is_nan() {
                return Err(self.no_score(label, position));
            }
            has_score |= !self.is_missing(score);
        }
        Ok(Read { has_unknown, has_score })
    }

    /// A name or a score of a label, without the white space that is not part of it.
    #[inline]
    fn significant<'l>(&self, name: &'l str) -> &'l str {
        if self.trims { trimmed(name) } else { name }
    }

    /// The names of a label that are not in the vector.
    pub(crate) fn unknown<'l>(&self, label: &'l str) -> impl Iterator<Item = &'l str> {
        let names = label.split(',').filter_map(|part| part.split(':').next()).map(|name| self.significant(name));
        names.filter(|name| self.position(name, 0).is_none())
    }

    /// The score of the first part and the parts after it, if the first part is the expected attribute and one digit. Nearly
    /// every part is, and this way it is not scanned byte by byte.
    #[inline]
    fn expected_digit<'l>(&self, parts: &'l str, expected: usize) -> Option<(f64, Option<&'l str>)> {
        let score = parts.strip_prefix(&**self.keys.get(expected)?)?.strip_prefix(':')?;
        match *score.as_bytes() {
            [digit @ b'0'..=b'9'] => Some((f64::from(digit - b'0'), None)),
            [digit @ b'0'..=b'9', b',', ..] => Some((f64::from(digit - b'0'), Some(&score[2..]))),
            _ => None,
        }
    }

    /// The score of a number or a word.
    #[inline]
    fn score(&self, spelled: &str) -> Option<f64> {
        parse_score(spelled).or_else(|| self.word(spelled))
    }

    /// True for a word that has a score.
    pub(crate) fn knows_word(&self, spelled: &str) -> bool {
        self.word(spelled).is_some()
    }

    #[cold]
    fn word(&self, spelled: &str) -> Option<f64> {
        let spelled = spelled.trim_matches(is_float_space);
        self.words.iter().find(|(word, _)| word == spelled).map(|&(_, score)| score)
    }

    /// The rejection of a label whose score of the attribute at this position is invalid.
    #[cold]
    fn no_score(&self, label: &str, position: usize) -> Rejection {
        let name = &self.keys[position];
        let mut parts = label.rsplit(',').map(|part| part.split(':'));
        let is_name = |other: &&str| self.significant(other) == name;
        let spelled = parts.find_map(|mut part| part.next().filter(is_name).and_then(|_| part.next()));
        let word = spelled.unwrap_or_default();
        let spelled = quoted(word);
        if self.words.is_empty() {
            // HelpSteer's `null`, `true` and `false` in Python's spelling.
            let hint = match word {
                "None" | "True" | "False" => format!(" (--value-map {word}=SCORE gives it one)"),
                _ => String::new(),
            };
            return reject(format!("the score of {name}, {spelled}, is not a finite decimal number{hint}"))
                .at_part(name);
        }
        reject(format!("the score of {name}, {spelled}, is neither a finite decimal number nor a known word"))
            .at_part(name)
    }
}

/// Splits a text at the first separator. The parts of a label are so short that the set-up of `str::split_once` takes longer
/// than this whole loop.
#[inline]
fn split(text: &str, separator: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == separator) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

fn reject(reason: String) -> Rejection {
    Rejection::new(RejectionKind::InvalidLabel, reason)
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
            ("\u{b}\u{c}4\r\u{85}", Some(4.0)),
            ("\u{1c}4", None),
            ("4\u{1f}", None),
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
        let rejection = parse_label(&"x".repeat(1000)).unwrap_err();
        assert!(rejection.to_string().len() < 120, "{rejection}");
    }
}
