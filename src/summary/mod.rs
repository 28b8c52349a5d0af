//! What a run has done, in numbers.

pub(crate) mod name_counts;
mod warnings;

use serde::{Serialize, Serializer, ser::SerializeMap};

use self::name_counts::NameCounts;
use crate::{
    conversation::Conversation,
    exact::{Number, Score, Sum},
    format::attributes::Attributes,
    rejection::RejectionKind,
    rows::{
        observer::{Observer, Row},
        speakers::NoUser,
    },
    schema::{DetectedSchema, Schema},
};

/// What a run has done. As JSON (`--stats`) the names are those of the fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// What was found in the input.
    #[serde(flatten)]
    pub counts: Counts,
    /// The scores of the rows, for each attribute with its name, in the order of the vector.
    #[serde(serialize_with = "by_name")]
    pub attributes: Vec<(String, AttributeStats)>,
    /// Those of the attributes that were asked for by name and have no score in any row, though there are rows.
    pub unscored_attributes: Vec<String>,
    /// What the attributes are called in labels, and which of them were asked for.
    #[serde(skip)]
    pub(crate) vector: Attributes,
    /// How many times over the rows were written. All counts are those of once; `bytes_out` is not.
    pub repeat: u64,
    /// The schemas of the inputs, each once, in their order.
    pub schemas: Vec<Schema>,
    /// The inputs with records of which every one was rejected.
    pub rejected_inputs: Vec<String>,
    /// The inputs with records whose schema was not named, and what decided for it.
    #[serde(skip)]
    pub detected: Vec<(String, DetectedSchema)>,
    /// Bytes of input.
    pub bytes_in: u64,
    /// Bytes of output (with [`Output::Check`](crate::Output::Check): that would have been written).
    pub bytes_out: u64,
    /// Wall time in seconds.
    pub seconds: f64,
    /// Worker threads.
    pub threads: usize,
}

/// What was found in some lines. Lines are blank, rejected, without a label, of another split, or give at least one row,
/// unless all of their rows are too long.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Lines that are not blank, rejected ones included.
    pub records: u64,
    /// Lines of output: one for each labelled turn, but for what is left out.
    pub rows: u64,
    /// Records that are valid but have no labelled turn, and so no row.
    pub unlabelled: u64,
    /// Records of the split that was not asked for, and so without a row.
    pub other_split: u64,
    /// Lines of white space only.
    pub blank: u64,
    /// Refused records.
    pub rejected: RejectedCounts,
    /// Rows that were left out since their texts are too long.
    pub too_long: u64,
    /// Rows whose scores are all missing; training stops on such.
    pub unscored: u64,
    /// Rows with a label that names an unknown attribute.
    pub unknown_attributes: u64,
    /// What these attributes are, and how often labels of rows name them.
    pub unknown_attribute_names: NameCounts,
    /// Rows with a score outside the range that was given.
    pub out_of_range: u64,
    /// Turns embedded in others that were split off, up to the last labelled turn of each conversation.
    pub embedded_turns: u64,
    /// Records with turns of which none is the user's (by the mask).
    pub no_user_turn: u64,
    /// Turns of speakers who are neither the user nor the assistant, by their names. They are written as the assistant's.
    pub other_speakers: NameCounts,
    /// The first record without a turn of the user's.
    #[serde(skip)]
    pub(crate) first_without_user: Option<Box<NoUser>>,
    /// The scores of the rows, for each attribute of the vector; empty before the first row.
    #[serde(skip)]
    scores: Vec<ScoreCounts>,
}

impl Counts {
    /// The lines that these counts stand for.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.records + self.blank
    }

    /// Sets all numbers to zero. The names that were met stay: between records nobody reads them, and they need no memory
    /// anew.
    pub(crate) fn clear(&mut self) {
        let Self { unknown_attribute_names, other_speakers, first_without_user, mut scores, .. } = std::mem::take(self);
        scores.iter_mut().for_each(ScoreCounts::clear);
        *self = Self { unknown_attribute_names, other_speakers, first_without_user, scores, ..Self::default() };
    }

    /// Counts a valid record of the split that was not asked for.
    pub(crate) fn of_other_split(&mut self) {
        self.records += 1;
        self.other_split += 1;
    }

    pub(crate) fn rejected(&mut self, kind: RejectionKind) {
        self.records += 1;
        self.rejected.add(kind, 1);
    }

    /// The scores of an attribute, by its place in the vector.
    pub(crate) fn attribute(&self, place: usize) -> AttributeStats {
        self.scores.get(place).map(ScoreCounts::attribute).unwrap_or_default()
    }

    /// The scores of each attribute, of which there are this many. All rows of a run have the same attributes.
    #[inline]
    fn scores(&mut self, attributes: usize) -> &mut [ScoreCounts] {
        if self.scores.len() != attributes {
            self.begin(attributes);
        }
        &mut self.scores
    }

    #[cold]
    fn begin(&mut self, attributes: usize) {
        self.scores.resize_with(attributes, ScoreCounts::default);
    }

    /// Counts the attributes that the labels of rows name and the vector has not.
    #[cold]
    fn unknown(&mut self, row: &Row<'_>, times: u64) {
        row.attributes.unknown(row.label).for_each(|name| self.unknown_attribute_names.add(name, times));
    }

    /// Adds the counts of lines that follow.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.records += other.records;
        self.rows = self.rows.saturating_add(other.rows);
        self.unlabelled += other.unlabelled;
        self.other_split += other.other_split;
        self.blank += other.blank;
        self.too_long = self.too_long.saturating_add(other.too_long);
        self.unscored = self.unscored.saturating_add(other.unscored);
        self.unknown_attributes = self.unknown_attributes.saturating_add(other.unknown_attributes);
        self.out_of_range = self.out_of_range.saturating_add(other.out_of_range);
        self.embedded_turns += other.embedded_turns;
        self.unknown_attribute_names.merge(&other.unknown_attribute_names);
        self.no_user_turn += other.no_user_turn;
        self.other_speakers.merge(&other.other_speakers);
        if self.first_without_user.is_none() {
            self.first_without_user.clone_from(&other.first_without_user);
        }
        for (kind, count) in other.rejected.by_kind() {
            self.rejected.add(kind, count);
        }
        if !other.scores.is_empty() {
            self.scores(other.scores.len())
                .iter_mut()
                .zip(&other.scores)
                .for_each(|(scores, other)| scores.merge(other));
        }
    }
}

impl Observer for Counts {
    #[inline]
    fn record(&mut self, is_labelled: bool) {
        self.records += 1;
        self.unlabelled += u64::from(!is_labelled);
    }

    #[cold]
    fn no_user(&mut self, conversation: &Conversation<'_>) {
        self.no_user_turn += 1;
        self.first_without_user.get_or_insert_with(|| Box::new(NoUser::new(conversation)));
    }

    #[cold]
    fn other_speaker(&mut self, name: &str) {
        self.other_speakers.add(name, 1);
    }

    #[inline]
    fn embedded_turns(&mut self, number: u64) {
        self.embedded_turns += number;
    }

    // A call for each row of the flat case took 45 instructions more, 1 % of a run over long conversations.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn row(&mut self, row: &Row<'_>, times: u64) {
        let add = |count: &mut u64, is_so: bool| *count = count.saturating_add(if is_so { times } else { 0 });
        add(&mut self.rows, true);
        add(&mut self.unscored, row.flags.is_unscored);
        add(&mut self.unknown_attributes, row.flags.has_unknown);
        add(&mut self.out_of_range, row.flags.is_out_of_range);
        for (counts, &score) in self.scores(row.scores.len()).iter_mut().zip(row.scores) {
            counts.add(score, row.attributes.is_missing(score), times);
        }
        if row.flags.has_unknown {
            self.unknown(row, times);
        }
    }

    #[inline]
    fn left_out(&mut self, rows: u64) {
        self.too_long = self.too_long.saturating_add(rows);
    }
}

/// Refused records by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RejectedCounts([u64; RejectionKind::ALL.len()]);

impl RejectedCounts {
    /// All of them.
    #[must_use]
    pub fn total(self) -> u64 {
        self.0.iter().sum()
    }

    /// Each kind with its count.
    pub fn by_kind(self) -> impl Iterator<Item = (RejectionKind, u64)> {
        RejectionKind::ALL.into_iter().zip(self.0)
    }

    fn add(&mut self, kind: RejectionKind, count: u64) {
        self.0[kind as usize] += count;
    }
}

impl Serialize for RejectedCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.by_kind().map(|(kind, count)| (kind.name(), count)))
    }
}

/// The scores of one attribute over all rows. A score that is the missing one counts as missing, as it does in
/// training.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeStats {
    /// Rows with a score.
    pub count: u64,
    /// Rows without.
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
    /// The mean score, if there is one.
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

    fn any(&self, figure: f64) -> Option<f64> {
        // Of two zeros, the order of the rows would decide about the sign.
        (self.count > 0).then_some(figure + 0.0)
    }

    /// Sets all to what there is before the first row.
    fn clear(&mut self) {
        self.sum.clear();
        let sum = std::mem::take(&mut self.sum);
        *self = Self { sum, ..Self::default() };
    }

    /// Adds that many rows with a score.
    #[inline(never)]
    fn add(&mut self, score: f64, rows: u64) {
        self.count = self.count.saturating_add(rows);
        self.sum.add(Score::new(score), rows);
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

/// The scores of one attribute over some rows. Nearly every score is a digit, and is only counted at first.
#[derive(Debug, Clone, Default, PartialEq)]
struct ScoreCounts {
    digits: [u64; 10],
    rest: AttributeStats,
}

impl ScoreCounts {
    /// Adds that many rows.
    #[inline]
    #[allow(clippy::float_cmp)] // nothing was rounded, or something was
    fn add(&mut self, score: f64, is_missing: bool, rows: u64) {
        // Where numbers are this large, whole ones are next to each other: a sum has the digit in its last bits.
        const LARGE: f64 = (1_u64 << 52) as f64;
        if is_missing {
            self.rest.missing = self.rest.missing.saturating_add(rows);
            return;
        }
        let sum = score + LARGE;
        match self.digits.get_mut(sum.to_bits().wrapping_sub(LARGE.to_bits()) as usize) {
            Some(count) if sum - LARGE == score => *count = count.saturating_add(rows),
            _ => self.rest.add(score, rows),
        }
    }

    fn merge(&mut self, other: &Self) {
        self.digits.iter_mut().zip(other.digits).for_each(|(count, other)| *count = count.saturating_add(other));
        self.rest.merge(&other.rest);
    }

    fn clear(&mut self) {
        self.digits = [0; 10];
        self.rest.clear();
    }

    /// All of them.
    fn attribute(&self) -> AttributeStats {
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

fn by_name<S: Serializer>(attributes: &[(String, AttributeStats)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(attributes.iter().map(|(name, attribute)| (name, attribute)))
}
