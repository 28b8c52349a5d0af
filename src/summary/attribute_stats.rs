//! Statistics of the scores of one attribute.

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::exact::{Number, Score, Sum};

/// Statistics of the scores of one attribute over all rows. A score that equals the missing value counts as missing, as it does
/// in training.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeStats {
    /// Rows with a score.
    pub count: u64,
    /// Rows without a score.
    pub missing: u64,
    sum: Sum,
    min: f64,
    max: f64,
}

impl Default for AttributeStats {
    fn default() -> Self {
        Self { count: 0, missing: 0, sum: Sum::default(), min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl AttributeStats {
    /// The mean score; `None` without any score.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum.total().over(&Number::whole(self.count)))
    }

    /// The lowest score.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        self.any(self.min)
    }

    /// The highest score.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        self.any(self.max)
    }

    /// A figure, unless there are no scores.
    fn any(&self, figure: f64) -> Option<f64> {
        // Of two zeros, the order of the rows would decide about the sign.
        (self.count > 0).then_some(figure + 0.0)
    }

    /// Sets all statistics to those of no rows, and keeps memory.
    fn clear(&mut self) {
        self.sum.clear();
        let sum = std::mem::take(&mut self.sum);
        *self = Self { sum, ..Self::default() };
    }

    /// Adds `times` rows with a score.
    #[inline(never)]
    fn add(&mut self, score: f64, times: u64) {
        self.count = self.count.saturating_add(times);
        self.sum.add(Score::new(score), times);
        self.min = self.min.min(score);
        self.max = self.max.max(score);
    }

    fn merge(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.missing = self.missing.saturating_add(other.missing);
        self.sum.merge(&other.sum);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }
}

/// The statistics of one attribute while rows are counted. Nearly every score is a digit, and digits are only counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ScoreCounts {
    digits: [u64; 10],
    rest: AttributeStats,
}

impl ScoreCounts {
    /// Adds `times` rows with a score or without.
    #[inline]
    #[allow(clippy::float_cmp)] // nothing was rounded, or something was
    pub(super) fn add(&mut self, score: f64, is_missing: bool, times: u64) {
        // Where numbers are this large, whole ones are next to each other: a sum has the digit in its last bits.
        const LARGE: f64 = (1_u64 << 52) as f64;
        if is_missing {
            self.rest.missing = self.rest.missing.saturating_add(times);
            return;
        }
        let sum = score + LARGE;
        match self.digits.get_mut(sum.to_bits().wrapping_sub(LARGE.to_bits()) as usize) {
            Some(count) if sum - LARGE == score => *count = count.saturating_add(times),
            _ => self.rest.add(score, times),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.digits.iter_mut().zip(other.digits).for_each(|(count, other)| *count = count.saturating_add(other));
        self.rest.merge(&other.rest);
    }

    pub(super) fn clear(&mut self) {
        self.digits = [0; 10];
        self.rest.clear();
    }

    /// The statistics of all rows.
    pub(super) fn attribute(&self) -> AttributeStats {
        let mut all = self.rest.clone();
        for (digit, &rows) in (0_u8..).zip(&self.digits).filter(|&(_, &rows)| rows > 0) {
            all.add(f64::from(digit), rows);
        }
        all
    }
}

impl Serialize for AttributeStats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("count", &self.count)?;
        map.serialize_entry("missing", &self.missing)?;
        map.serialize_entry("min", &self.min())?;
        map.serialize_entry("max", &self.max())?;
        map.serialize_entry("mean", &self.mean())?;
        map.end()
    }
}
