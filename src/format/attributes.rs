//! The attributes of a row's score vector: their order, their names, and the missing score.

use crate::{
    schema::{ATTRIBUTES, Schema},
    spelling::{characters::is_float_space, number::parse_score, printable::quoted, whitespace::trimmed},
};

/// The score of an attribute that a label does not name; trainers mask it.
pub const MISSING: f64 = -100.0;

/// One score for each of [`ATTRIBUTES`], [`MISSING`] where the label does not name it.
pub type Scores = [f64; ATTRIBUTES.len()];

/// The attributes of the score vector in their order, and how labels spell their names and scores.
///
/// NeMo-Aligner's Bradley-Terry losses read the vector by position: 0 is `quality` and 4 is `helpfulness`, as in
/// [`nemo::ATTRIBUTES`](crate::nemo::ATTRIBUTES). Any other order is for other trainers.
///
/// ```
/// use steer2reg::Attributes;
///
/// let attributes = Attributes::new(["helpfulness", "correctness"])?.with_missing(0.0)?.with_words([("yes", 1.0)])?;
/// assert_eq!(attributes.names(), ["helpfulness", "correctness"]);
/// # Ok::<(), steer2reg::AttributesError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Attributes {
    /// Names in rows.
    names: Vec<String>,
    /// Names in labels and records.
    pub(super) keys: Vec<String>,
    /// The names were chosen; they are not the default.
    is_custom: bool,
    /// The score of attributes that a label does not name.
    missing: f64,
    /// `missing` was chosen.
    has_custom_missing: bool,
    /// Labels are read without white space around names and scores.
    pub(crate) trims: bool,
    /// Words that labels may have in place of a number, with their scores.
    pub(crate) words: Vec<(String, f64)>,
}

/// The error of an [`Attributes`] constructor: the first problem found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttributesError {
    /// There are no attributes, or more than [`Attributes::MAX_LEN`].
    #[error("there must be 1 to {} attributes", Attributes::MAX_LEN)]
    Count,
    /// The name is empty, or contains `,` or `:`, which separate the parts of a label.
    #[error("no label could name an attribute {}", quoted(.0))]
    UnusableName(String),
    /// Two attributes have this name.
    #[error("the attribute {} is there twice", quoted(.0))]
    RepeatedName(String),
    /// The numbers of names and attributes differ.
    #[error("there are {names} names for {attributes} attributes")]
    NameCount {
        /// The number of names.
        names: usize,
        /// The number of attributes.
        attributes: usize,
    },
    /// A name for rows is empty.
    #[error("a name must not be empty")]
    EmptyName,
    /// The name has white space at an end, which trimmed labels cannot have.
    #[error("{} begins or ends with white space, which does not count in labels", quoted(.0))]
    UntrimmedName(String),
    /// The missing score is not finite.
    #[error("the missing score must be a finite number")]
    MissingScore,
    /// The word is a number.
    #[error("{} is a number already", quoted(.0))]
    NumericWord(String),
    /// The word contains `,` or `:`, or has white space at an end.
    #[error("no label could have the word {}", quoted(.0))]
    UnusableWord(String),
    /// Two words are equal.
    #[error("the word {} is there twice", quoted(.0))]
    RepeatedWord(String),
    /// The score of the word is not finite.
    #[error("the score of the word {} must be a finite number", quoted(.0))]
    WordScore(String),
}

impl Default for Attributes {
    /// The original's nine attributes, -100 for a missing score, and no words.
    fn default() -> Self {
        Self::default_of(&ATTRIBUTES)
    }
}

impl Attributes {
    /// The most attributes that a format may have (lookup is linear).
    pub const MAX_LEN: usize = 1000;

    /// Attributes with these names, in this order; [`with_missing`](Self::with_missing) sets another missing score than -100.
    ///
    /// # Errors
    ///
    /// There must be 1 to [`MAX_LEN`](Self::MAX_LEN) names, all different, not empty, and without `,` and `:`.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Result<Self, AttributesError> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if !(1..=Self::MAX_LEN).contains(&names.len()) {
            return Err(AttributesError::Count);
        }
        for (at, name) in names.iter().enumerate() {
            if name.is_empty() || name.contains([',', ':']) {
                return Err(AttributesError::UnusableName(name.clone()));
            }
            if names[..at].contains(name) {
                return Err(AttributesError::RepeatedName(name.clone()));
            }
        }
        Ok(Self { keys: names.clone(), names, is_custom: true, ..Self::default_of(&[]) })
    }

    /// The default vector with these names.
    fn default_of(names: &[&str]) -> Self {
        let names: Vec<_> = names.iter().copied().map(str::to_owned).collect();
        let (keys, words) = (names.clone(), Vec::new());
        Self { names, keys, is_custom: false, missing: MISSING, has_custom_missing: false, trims: false, words }
    }

    /// Replaces default names by those that records of this schema have scores for.
    pub(crate) fn for_schema(&self, schema: Schema) -> Self {
        if self.is_custom {
            return self.clone();
        }
        let Self { names, keys, .. } = Self::default_of(schema.default_attributes());
        Self { names, keys, ..self.clone() }
    }

    /// Replaces the names, in rows and in labels.
    pub(crate) fn with_keys<N: AsRef<str>>(&self, names: &[N]) -> Self {
        let names: Vec<_> = names.iter().map(|name| name.as_ref().to_owned()).collect();
        Self { keys: names.clone(), names, ..self.clone() }
    }

    /// Takes no score for a missing one: scores are finite.
    pub(crate) fn without_missing(self) -> Self {
        Self { missing: f64::INFINITY, ..self }
    }

    /// The only number of a row, which is never missing.
    pub(crate) fn single(name: &str) -> Self {
        Self::default_of(&[name]).without_missing()
    }

    /// Sets the score of attributes that a label does not name.
    ///
    /// # Errors
    ///
    /// [`AttributesError::MissingScore`] if the score is not finite.
    pub fn with_missing(self, missing: f64) -> Result<Self, AttributesError> {
        if !missing.is_finite() {
            return Err(AttributesError::MissingScore);
        }
        Ok(Self { missing, has_custom_missing: true, ..self })
    }

    /// Sets the names in rows, one for each name in labels and records.
    ///
    /// ```
    /// use steer2reg::{Attributes, Converter, Layout, RowFormat};
    ///
    /// let attributes = Attributes::new(["humor"])?.with_row_names(["my-humor"])?;
    /// let format = RowFormat { attributes, layout: Layout::Columns, ..RowFormat::default() };
    /// let mut converter = Converter::builder().format(format).build()?;
    /// let line = br#"{"conversations": [{"from": "Bot", "value": "Hi", "label": "humor:1"}], "mask": "User"}"#;
    /// let mut out = Vec::new();
    /// converter.convert(line, &mut out)?;
    /// assert!(out.ends_with(b", \"my-humor\": 1.0}\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The names must be different and not empty, and their number that of the attributes.
    pub fn with_row_names<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Result<Self, AttributesError> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.len() != self.keys.len() {
            return Err(AttributesError::NameCount { names: names.len(), attributes: self.keys.len() });
        }
        for (at, name) in names.iter().enumerate() {
            if name.is_empty() {
                return Err(AttributesError::EmptyName);
            }
            if names[..at].contains(name) {
                return Err(AttributesError::RepeatedName(name.clone()));
            }
        }
        Ok(Self { names, ..self })
    }

    /// Reads labels without the white space around names and scores, as Python's `str.strip` removes it.
    ///
    /// # Errors
    ///
    /// [`AttributesError::UntrimmedName`] if an attribute's name has white space at an end: no label could name it.
    pub fn with_trimmed_labels(self) -> Result<Self, AttributesError> {
        match self.keys.iter().find(|key| trimmed(key) != **key) {
            Some(key) => Err(AttributesError::UntrimmedName(key.clone())),
            None => Ok(Self { trims: true, ..self }),
        }
    }

    /// Sets the words, such as `yes`, that labels may have in place of a number, with their scores.
    ///
    /// # Errors
    ///
    /// The words must be different, must not be numbers, and must have no `,`, `:`, or white space at an end; their scores
    /// must be finite.
    pub fn with_words<W: Into<String>>(
        self,
        words: impl IntoIterator<Item = (W, f64)>,
    ) -> Result<Self, AttributesError> {
        let words: Vec<(String, f64)> = words.into_iter().map(|(word, score)| (word.into(), score)).collect();
        for (at, (word, score)) in words.iter().enumerate() {
            if parse_score(word).is_some() {
                return Err(AttributesError::NumericWord(word.clone()));
            }
            if word.contains([',', ':']) || word.trim_matches(is_float_space) != word {
                return Err(AttributesError::UnusableWord(word.clone()));
            }
            if words[..at].iter().any(|(other, _)| other == word) {
                return Err(AttributesError::RepeatedWord(word.clone()));
            }
            if !score.is_finite() {
                return Err(AttributesError::WordScore(word.clone()));
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

    /// True if the attributes were chosen, false for the default ones.
    #[must_use]
    pub fn is_custom(&self) -> bool {
        self.is_custom
    }

    /// True if the missing score was chosen.
    #[must_use]
    pub fn has_custom_missing(&self) -> bool {
        self.has_custom_missing
    }

    /// The score of an attribute that a label does not name.
    #[must_use]
    pub fn missing(&self) -> f64 {
        self.missing
    }

    /// True for the missing score, also where a label states it. Trainers compare numbers, so `-0` is a missing 0.
    #[inline]
    #[allow(clippy::float_cmp)] // exact equality, as in trainers
    pub(crate) fn is_missing(&self, score: f64) -> bool {
        score == self.missing
    }

    /// The position of an attribute in the vector. Labels mostly name attributes in order, so `expected` is tried first.
    #[inline]
    pub(crate) fn position(&self, name: &str, expected: usize) -> Option<usize> {
        if self.keys.get(expected).is_some_and(|expected| expected == name) {
            return Some(expected);
        }
        self.keys.iter().position(|attribute| attribute == name)
    }
}
