//! Labels: from `helpfulness:3,correctness:4` to a vector of scores.
//!
//! The rules are those of the original's `parse` and of Python's `float`, quirks included: keys are not
//! trimmed, what follows a second colon is dropped, the last of a repeated attribute wins, and scores that
//! are replaced or belong to unknown attributes are never read.

use std::sync::LazyLock;

use super::attributes::{Attributes, MISSING, Scores};
use crate::{
    rejection::{Rejection, RejectionKind},
    schema::ATTRIBUTES,
    spelling::{characters::is_float_space, number::parse_score, printable::quoted, whitespace::trimmed},
};

/// Parses a label, `attribute:score,attribute:score,…`, to one score for each of [`ATTRIBUTES`].
///
/// # Errors
///
/// [`RejectionKind::InvalidLabel`] if a part has no colon, or if the score of a known attribute is not a finite
/// decimal number. (The original reads `nan`, `inf`, `1_0` and digits of other scripts as well.)
///
/// # Example
///
/// ```
/// let scores = steer2reg::parse("helpfulness:3,correctness:4.5")?;
/// assert_eq!(scores, [-100.0, -100.0, -100.0, -100.0, 3.0, 4.5, -100.0, -100.0, -100.0]);
///
/// let rejection = steer2reg::parse("helpfulness").unwrap_err();
/// assert_eq!(rejection.to_string(), r#"invalid label: part "helpfulness" has no score"#);
/// # Ok::<(), steer2reg::Rejection>(())
/// ```
pub fn parse(label: &str) -> Result<Scores, Rejection> {
    static DEFAULT: LazyLock<Attributes> = LazyLock::new(Attributes::default);
    let mut scores = [MISSING; ATTRIBUTES.len()];
    DEFAULT.read(label, &mut scores).map(|_| scores)
}

/// What there is to know of a label besides its scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Read {
    /// It names an attribute that is not in the vector.
    pub(crate) has_unknown: bool,
    /// It gives a score that is not the missing one.
    pub(crate) has_score: bool,
}

impl Attributes {
    /// Reads a label to one score for each attribute; all must be missing before.
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
            match self.position(self.counted(name), expected) {
                Some(position) => {
                    // What is no score only matters if it is not replaced.
                    scores[position] = self.score(self.counted(split(score, b':').0)).unwrap_or(f64::NAN);
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

    /// A name or a score as a label has it, without what does not count.
    #[inline]
    fn counted<'l>(&self, name: &'l str) -> &'l str {
        if self.trims { trimmed(name) } else { name }
    }

    /// The names in a label that are not in the vector.
    pub(crate) fn unknown<'l>(&self, label: &'l str) -> impl Iterator<Item = &'l str> {
        let names = label.split(',').filter_map(|part| part.split(':').next()).map(|name| self.counted(name));
        names.filter(|name| self.position(name, 0).is_none())
    }

    /// The score of the first part, and what stands behind it, if the part has the attribute that is expected and one
    /// digit. Nearly every part does, and need not be looked at byte by byte then.
    #[inline]
    fn expected_digit<'l>(&self, parts: &'l str, expected: usize) -> Option<(f64, Option<&'l str>)> {
        let score = parts.strip_prefix(&**self.keys.get(expected)?)?.strip_prefix(':')?;
        match *score.as_bytes() {
            [digit @ b'0'..=b'9'] => Some((f64::from(digit - b'0'), None)),
            [digit @ b'0'..=b'9', b',', ..] => Some((f64::from(digit - b'0'), Some(&score[2..]))),
            _ => None,
        }
    }

    /// A number, or a word that stands for one.
    #[inline]
    fn score(&self, spelled: &str) -> Option<f64> {
        parse_score(spelled).or_else(|| self.word(spelled))
    }

    /// True for a word that stands for a score.
    pub(crate) fn knows_word(&self, spelled: &str) -> bool {
        self.word(spelled).is_some()
    }

    #[cold]
    fn word(&self, spelled: &str) -> Option<f64> {
        let spelled = spelled.trim_matches(is_float_space);
        self.words.iter().find(|(word, _)| word == spelled).map(|&(_, score)| score)
    }

    /// Why the score that a label gives an attribute is none.
    #[cold]
    fn no_score(&self, label: &str, position: usize) -> Rejection {
        let name = &self.keys[position];
        let mut parts = label.rsplit(',').map(|part| part.split(':'));
        let is_it = |other: &&str| self.counted(other) == name;
        let spelled = parts.find_map(|mut part| part.next().filter(is_it).and_then(|_| part.next()));
        let word = spelled.unwrap_or_default();
        let spelled = quoted(word);
        if self.words.is_empty() {
            // HelpSteer's `null`, `true` and `false`, as Python spells them.
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

/// What stands before the first separator, and what behind it, if there is one. The parts of a label are so
/// short that `str::split_once` takes longer to get ready than a loop takes in all.
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
        let rejection = parse(&"x".repeat(1000)).unwrap_err();
        assert!(rejection.to_string().len() < 120, "{rejection}");
    }
}
