//! What a run has done, in numbers.

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    config::Form,
    error::RefusalKind,
    label::{ATTRIBUTES, MISSING, Scores},
};

/// What a run has done. As JSON (`--stats`) the names are those of the fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// What was found in the input.
    #[serde(flatten)]
    pub counts: Counts,
    /// The form of the records: as it was asked for, or that of the first one.
    pub form: Form,
    /// Bytes of input.
    pub bytes_in: u64,
    /// Bytes of output (with [`Output::Check`](crate::Output::Check): that would have been written).
    pub bytes_out: u64,
    /// Wall time in seconds.
    pub seconds: f64,
    /// Worker threads.
    pub threads: usize,
}

/// What was found in some lines. Lines are blank, refused, without a label, of another split, or give at least one row.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Lines that are not blank, refused ones included.
    pub records: u64,
    /// Lines of output: one for each labelled turn.
    pub rows: u64,
    /// Records that are valid but have no labelled turn, and so no row.
    pub unlabelled: u64,
    /// Records of the split that was not asked for, and so without a row.
    pub other_split: u64,
    /// Lines of white space only.
    pub blank: u64,
    /// Refused records.
    pub rejected: Rejected,
    /// The scores of the rows, for each of [`ATTRIBUTES`].
    #[serde(serialize_with = "by_attribute")]
    pub attributes: [Attribute; ATTRIBUTES.len()],
}

impl Counts {
    /// The lines that these counts stand for.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.records + self.blank
    }

    /// Counts a valid record with the scores of its labelled turns.
    pub(crate) fn record(&mut self, labels: &[Scores]) {
        self.records += 1;
        self.unlabelled += u64::from(labels.is_empty());
        self.rows += labels.len() as u64;
        for scores in labels {
            for (attribute, &score) in self.attributes.iter_mut().zip(scores) {
                attribute.add(score);
            }
        }
    }

    /// Counts a valid record with its labels, each with the number of its rows.
    pub(crate) fn record_with_repeats<'s>(&mut self, labels: impl Iterator<Item = (&'s Scores, u64)>) {
        let before = self.rows;
        for (scores, rows) in labels.filter(|&(_, rows)| rows > 0) {
            self.rows = self.rows.saturating_add(rows);
            for (attribute, &score) in self.attributes.iter_mut().zip(scores) {
                attribute.add_repeated(score, rows);
            }
        }
        self.records += 1;
        self.unlabelled += u64::from(self.rows == before);
    }

    /// Counts a valid record of the split that was not asked for.
    pub(crate) fn of_other_split(&mut self) {
        self.records += 1;
        self.other_split += 1;
    }

    pub(crate) fn refused(&mut self, kind: RefusalKind) {
        self.records += 1;
        self.rejected.add(kind, 1);
    }

    /// Adds the counts of lines that follow.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.records += other.records;
        self.rows += other.rows;
        self.unlabelled += other.unlabelled;
        self.other_split += other.other_split;
        self.blank += other.blank;
        for (kind, count) in other.rejected.by_kind() {
            self.rejected.add(kind, count);
        }
        for (attribute, other) in self.attributes.iter_mut().zip(&other.attributes) {
            attribute.merge(other);
        }
    }
}

/// Refused records by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rejected([u64; RefusalKind::ALL.len()]);

impl Rejected {
    /// All of them.
    #[must_use]
    pub fn total(self) -> u64 {
        self.0.iter().sum()
    }

    /// Each kind with its count.
    pub fn by_kind(self) -> impl Iterator<Item = (RefusalKind, u64)> {
        RefusalKind::ALL.into_iter().zip(self.0)
    }

    fn add(&mut self, kind: RefusalKind, count: u64) {
        self.0[kind as usize] += count;
    }
}

impl Serialize for Rejected {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.by_kind().map(|(kind, count)| (kind.name(), count)))
    }
}

/// The scores of one attribute over all rows. A score of −100 counts as missing, as it does in training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attribute {
    /// Rows with a score.
    pub count: u64,
    /// Rows without.
    pub missing: u64,
    sum: f64,
    min: f64,
    max: f64,
}

impl Default for Attribute {
    fn default() -> Self {
        Self { count: 0, missing: 0, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl Attribute {
    /// The mean score, if there is one.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        self.any(self.sum / self.count as f64)
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

    fn any(&self, figure: f64) -> Option<f64> {
        (self.count > 0).then_some(figure)
    }

    #[inline]
    fn add(&mut self, score: f64) {
        if score.to_bits() == MISSING.to_bits() {
            self.missing += 1;
        } else {
            self.count += 1;
            self.sum += score;
            self.min = self.min.min(score);
            self.max = self.max.max(score);
        }
    }

    /// Adds the score of that many rows, at least one.
    fn add_repeated(&mut self, score: f64, rows: u64) {
        let mut one = Self::default();
        one.add(score);
        one.count = one.count.saturating_mul(rows);
        one.missing = one.missing.saturating_mul(rows);
        one.sum *= rows as f64;
        self.merge(&one);
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.missing += other.missing;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }
}

impl Serialize for Attribute {
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

fn by_attribute<S: Serializer>(attributes: &[Attribute], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(ATTRIBUTES.iter().zip(attributes))
}
