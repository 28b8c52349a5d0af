//! The attributes of the vector of scores: their order, their names, and the missing score.

use crate::{
    schema::{ATTRIBUTES, Schema},
    spelling::{characters::is_float_space, number::parse_score, printable::quoted, whitespace::trimmed},
};

/// The score of an attribute that a label does not name; trainers mask it.
pub const MISSING: f64 = -100.0;

/// One score for each of [`ATTRIBUTES`], [`MISSING`] where the label does not name it.
pub type Scores = [f64; ATTRIBUTES.len()];

/// What the vector of scores holds: the attributes in their order, and how their scores are spelled in labels.
///
/// NeMo-Aligner's Bradley-Terry losses read it by position: 0 is `quality` and 4 is `helpfulness`, as in [`ATTRIBUTES`].
/// An order of one's own is for other trainers.
#[derive(Debug, Clone, PartialEq)]
pub struct Attributes {
    /// What they are called in rows.
    names: Vec<String>,
    /// What they are called in labels and records.
    pub(super) keys: Vec<String>,
    /// True if they are not those that there are by default.
    are_asked_for: bool,
    /// The score of those without one.
    missing: f64,
    /// True if that was chosen.
    has_own_missing: bool,
    /// Names and scores in labels are read without white space at both ends.
    pub(crate) trims: bool,
    /// Scores that are no numbers, with what they stand for.
    pub(crate) words: Vec<(String, f64)>,
}

impl Default for Attributes {
    /// [`ATTRIBUTES`] and [`MISSING`], and no words.
    fn default() -> Self {
        Self::by_default(&ATTRIBUTES)
    }
}

impl Attributes {
    /// So many attributes there may be: they are looked for one by one.
    pub const MAX_LEN: usize = 1000;

    /// The attributes with these names, in this order, and the score of those that a label does not name ([`MISSING`] if
    /// there is none).
    ///
    /// # Errors
    ///
    /// For people: no name or more than [`MOST`](Self::MAX_LEN), a name that no label can have or one that is there twice, a
    /// score that is not finite.
    pub fn new<N: Into<String>>(
        names: impl IntoIterator<Item = N>,
        missing: impl Into<Option<f64>>,
    ) -> Result<Self, String> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if !(1..=Self::MAX_LEN).contains(&names.len()) {
            return Err(format!("there must be 1 to {} attributes", Self::MAX_LEN));
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

    /// The same vector for records of a schema: if its attributes were not asked for, with those that records of this schema
    /// have.
    pub(crate) fn for_schema(&self, schema: Schema) -> Self {
        if self.are_asked_for {
            return self.clone();
        }
        let Self { names, keys, .. } = Self::by_default(schema.own_attributes());
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
    /// use steer2reg::{Attributes, Converter, RowFormat, Layout, Parser};
    ///
    /// let attributes = Attributes::new(["humor"], None::<f64>)?.with_names_in_rows(["my-humor"])?;
    /// let format = RowFormat { attributes, layout: Layout::Columns, ..RowFormat::default() };
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
}
