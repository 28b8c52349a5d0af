//! Weights: one score of several attributes.

use std::fmt;

use super::attributes::{Attributes, AttributesError};
use crate::spelling::printable::quoted;

/// The weights of attributes, whose weighted sum is the score of a response.
///
/// ```
/// use steer2reg::{Converter, RowFormat, Weights};
///
/// let weights = Weights::new([("helpfulness", 0.65), ("verbosity", -0.4)])?;
/// let format = RowFormat { weights: Some(weights), ..RowFormat::default() };
/// let mut converter = Converter::builder().format(format).build()?;
/// let record = br#"{"conversations": [{"from": "Bot", "value": "Hi", "label": "helpfulness:4,verbosity:1"}], "mask": "User"}"#;
/// let mut out = Vec::new();
/// converter.convert(record, &mut out)?;
/// assert!(out.ends_with(b", \"label\": [2.2]}\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    names: Vec<String>,
    weights: Vec<f64>,
}

/// The error of [`Weights::new`]: the first problem found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The names cannot be those of attributes.
    #[error(transparent)]
    Attributes(#[from] AttributesError),
    /// A weight is not finite.
    #[error("the weight of {} must be a finite number", quoted(.0))]
    NotFinite(String),
}

impl Weights {
    /// The weights of attributes, by their names in labels and records.
    ///
    /// # Errors
    ///
    /// The names must be those of [`Attributes::new`], and the weights finite.
    pub fn new<N: Into<String>>(weights: impl IntoIterator<Item = (N, f64)>) -> Result<Self, WeightsError> {
        let (names, weights): (Vec<String>, Vec<f64>) =
            weights.into_iter().map(|(name, weight)| (name.into(), weight)).unzip();
        Attributes::new(names.iter().map(String::as_str))?;
        match names.iter().zip(&weights).find(|(_, weight)| !weight.is_finite()) {
            Some((name, _)) => Err(WeightsError::NotFinite(name.clone())),
            None => Ok(Self { names, weights }),
        }
    }

    /// The names of the attributes, in the order of the sum.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The weighted score: the sum of weight times score, from 0.0, in the order of the attributes and with the rounding of
    /// double precision.
    #[inline]
    pub(crate) fn score(&self, scores: &[f64]) -> f64 {
        self.weights.iter().zip(scores).fold(0.0, |sum, (weight, score)| sum + weight * score)
    }
}

/// Writes `helpfulness=0.65,verbosity=-0.4`.
impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, weight)) in self.names.iter().zip(&self.weights).enumerate() {
            write!(f, "{}{name}={weight}", if index > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}
