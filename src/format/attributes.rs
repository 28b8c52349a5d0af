//! Labels: from `helpfulness:3,correctness:4` to a vector of scores.
//!
//! The rules are those of the original's `parse` and of Python's `float`, quirks included: keys are not
//! trimmed, what follows a second colon is dropped, the last of a repeated attribute wins, and scores that
//! are replaced or belong to unknown attributes are never read.

use std::sync::LazyLock;

use crate::{
    config::Form,
    error::{Refusal, RefusalKind},
    spelling::characters::{is_float_space, is_python_space},
};

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
    static DEFAULT: LazyLock<Attributes> = LazyLock::new(Attributes::default);
    let mut scores = [MISSING; ATTRIBUTES.len()];
    DEFAULT.read(label, &mut scores).map(|_| scores)
}

/// What the vector of scores holds: the attributes in their order, and how their scores are spelled in labels.
///
/// NeMo-Aligner's Bradley-Terry losses read it by position: 0 is `quality` and 4 is `helpfulness`, as in [`ATTRIBUTES`].
/// An order of one's own is for other trainers.
#[derive(Debug, Clone, PartialEq)]
pub struct Attributes {
    /// What they are called in rows.
    names: Vec<String>,
    /// What they are called in labels and records.
    keys: Vec<String>,
    /// True if they are not those that there are by default.
    are_asked_for: bool,
    /// The score of those without one.
    missing: f64,
    /// True if that was chosen.
    has_own_missing: bool,
    /// Names and scores in labels are read without white space at both ends.
    trims: bool,
    /// Scores that are no numbers, with what they stand for.
    words: Vec<(String, f64)>,
}

impl Default for Attributes {
    /// [`ATTRIBUTES`] and [`MISSING`], and no words.
    fn default() -> Self {
        Self::by_default(&ATTRIBUTES)
    }
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
    /// So many attributes there may be: they are looked for one by one.
    pub const MOST: usize = 1000;

    /// The attributes with these names, in this order, and the score of those that a label does not name ([`MISSING`] if
    /// there is none).
    ///
    /// # Errors
    ///
    /// For people: no name or more than [`MOST`](Self::MOST), a name that no label can have or one that is there twice, a
    /// score that is not finite.
    pub fn new<N: Into<String>>(
        names: impl IntoIterator<Item = N>,
        missing: impl Into<Option<f64>>,
    ) -> Result<Self, String> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if !(1..=Self::MOST).contains(&names.len()) {
            return Err(format!("there must be 1 to {} attributes", Self::MOST));
        }
        for (at, name) in names.iter().enumerate() {
            if name.is_empty() || name.contains([',', ':']) {
                return Err(format!("no label could name an attribute {}", quoted(name)));
            }
            if names[..at].contains(name) {
                return Err(format!("the attribute {} is there twice", quoted(name)));
            }
        }
        let attributes = Self { keys: names.clone(), names, are_asked_for: true, ..Self::by_default(&[]) };
        match missing.into() {
            Some(missing) => attributes.with_missing(missing),
            None => Ok(attributes),
        }
    }

    /// Those that nobody asked for.
    pub(crate) fn by_default(names: &[&str]) -> Self {
        let names: Vec<_> = names.iter().copied().map(str::to_owned).collect();
        let (keys, words) = (names.clone(), Vec::new());
        Self { names, keys, are_asked_for: false, missing: MISSING, has_own_missing: false, trims: false, words }
    }

    /// The same vector for records of a form: if its attributes were not asked for, with those that records of this form
    /// have.
    pub(crate) fn for_form(&self, form: Form) -> Self {
        if self.are_asked_for {
            return self.clone();
        }
        let Self { names, keys, .. } = Self::by_default(form.own_attributes());
        Self { names, keys, ..self.clone() }
    }

    /// Sets the score of attributes that a label does not name.
    ///
    /// # Errors
    ///
    /// For people: a score that is not finite.
    pub fn with_missing(self, missing: f64) -> Result<Self, String> {
        if !missing.is_finite() {
            return Err("the missing score must be a finite number".to_owned());
        }
        Ok(Self { missing, has_own_missing: true, ..self })
    }

    /// Sets the names in rows, one for each of the names that labels and records have.
    ///
    /// ```
    /// use steer2reg::{Attributes, Converter, Format, Layout, Parser};
    ///
    /// let attributes = Attributes::new(["humor"], None::<f64>)?.with_names_in_rows(["my-humor"])?;
    /// let format = Format { attributes, layout: Layout::Columns, ..Format::default() };
    /// let mut converter = Converter::with_format(Parser::Auto, &format)?;
    /// let line = br#"{"conversations": [{"from": "Bot", "value": "Hi", "label": "humor:1"}], "mask": "User"}"#;
    /// let mut out = Vec::new();
    /// converter.process_sample(line, &mut out)?;
    /// assert!(out.ends_with(b", \"my-humor\": 1.0}\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// For people: a name that is empty or there twice, or more or fewer names than attributes.
    pub fn with_names_in_rows<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Result<Self, String> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.len() != self.keys.len() {
            return Err(format!("there are {} names for {} attributes", names.len(), self.keys.len()));
        }
        for (at, name) in names.iter().enumerate() {
            if name.is_empty() {
                return Err("a name must not be empty".to_owned());
            }
            if names[..at].contains(name) {
                return Err(format!("the attribute {} is there twice", quoted(name)));
            }
        }
        Ok(Self { names, ..self })
    }

    /// The same, but in labels the white space at both ends of names and scores does not count, as by Python's `str.strip`.
    ///
    /// # Errors
    ///
    /// For people: an attribute with white space at an end of its name, which no label could have then.
    pub fn with_trimmed_labels(self) -> Result<Self, String> {
        match self.keys.iter().find(|key| trimmed(key) != **key) {
            Some(key) => {
                Err(format!("{} begins or ends with white space, which does not count in labels", quoted(key)))
            }
            None => Ok(Self { trims: true, ..self }),
        }
    }

    /// The same with words that stand for scores, such as `yes`, in the place of those there were.
    ///
    /// # Errors
    ///
    /// For people: a word that is a number, that no label can have or that is there twice, a score that is not finite.
    pub fn with_words<W: Into<String>>(self, words: impl IntoIterator<Item = (W, f64)>) -> Result<Self, String> {
        let words: Vec<(String, f64)> = words.into_iter().map(|(word, score)| (word.into(), score)).collect();
        for (at, (word, score)) in words.iter().enumerate() {
            if parse_score(word).is_some() {
                return Err(format!("{} is a number already", quoted(word)));
            }
            if word.contains([',', ':']) || word.trim_matches(is_float_space) != word {
                return Err(format!("no label could have the word {}", quoted(word)));
            }
            if words[..at].iter().any(|(other, _)| other == word) {
                return Err(format!("the word {} is there twice", quoted(word)));
            }
            if !score.is_finite() {
                return Err(format!("the score of the word {} must be a finite number", quoted(word)));
            }
        }
        Ok(Self { words, ..self })
    }

    /// The names in rows, in the order of the vector.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The names in labels and records, in the order of the vector.
    #[must_use]
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// True if these attributes were chosen, and are not those that there are by default.
    #[must_use]
    pub fn are_asked_for(&self) -> bool {
        self.are_asked_for
    }

    /// True if the score of those that a label does not name was chosen, too.
    #[must_use]
    pub fn has_own_missing(&self) -> bool {
        self.has_own_missing
    }

    /// The score of an attribute that a label does not name.
    #[must_use]
    pub fn missing(&self) -> f64 {
        self.missing
    }

    /// True for the missing value, also where a label gives it as a score. Trainers compare numbers, so `-0` is a missing 0.
    #[inline]
    #[allow(clippy::float_cmp)] // the same number is meant
    pub(crate) fn is_missing(&self, score: f64) -> bool {
        score == self.missing
    }

    /// Where an attribute stands in the vector. Labels mostly name them in order, so it is looked for where it is
    /// `expected` first.
    #[inline]
    pub(crate) fn position(&self, name: &str, expected: usize) -> Option<usize> {
        if self.keys.get(expected).is_some_and(|expected| expected == name) {
            return Some(expected);
        }
        self.keys.iter().position(|attribute| attribute == name)
    }

    /// Reads a label to one score for each attribute; all must be missing before.
    #[inline]
    pub(crate) fn read(&self, label: &str, scores: &mut [f64]) -> Result<Read, Refusal> {
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
                return Err(refuse(format!("part {} has no score", quoted(part))).at_part(part));
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
    fn no_score(&self, label: &str, position: usize) -> Refusal {
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
            return refuse(format!("the score of {name}, {spelled}, is not a finite decimal number{hint}"))
                .at_part(name);
        }
        refuse(format!("the score of {name}, {spelled}, is neither a finite decimal number nor a known word"))
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

/// A finite decimal number as Python's `float` reads it, white space around it included.
fn parse_score(spelled: &str) -> Option<f64> {
    // Nearly every score is one digit.
    if let &[digit @ b'0'..=b'9'] = spelled.as_bytes() {
        return Some(f64::from(digit - b'0'));
    }
    let trimmed = spelled.trim_matches(is_float_space);
    // Rust reads what Python reads, and the words `inf` and `nan` in their spellings.
    if !trimmed.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    trimmed.parse::<f64>().ok().filter(|score| score.is_finite())
}

/// As Python's `str.strip` leaves it.
fn trimmed(text: &str) -> &str {
    text.trim_matches(is_python_space)
}

fn refuse(reason: String) -> Refusal {
    Refusal::new(RefusalKind::InvalidLabel, reason)
}

/// `text` in quotes for a message: escaped, and cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 40;
    // A copy of as many bytes as one character more can have: a mapped input may be written to meanwhile.
    let copy = text.as_bytes()[..text.len().min(4 * (LONGEST + 1))].to_vec();
    let text = String::from_utf8_lossy(&copy);
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
        let refusal = parse(&"x".repeat(1000)).unwrap_err();
        assert!(refusal.to_string().len() < 120, "{refusal}");
    }
}
