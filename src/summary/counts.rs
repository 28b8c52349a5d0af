//! Counts of records and rows: an observer of the rows.

use serde::{Serialize, Serializer};

use super::{
    attribute_stats::{AttributeStats, ScoreCounts},
    name_counts::NameCounts,
};
use crate::{
    conversation::Conversation,
    rejection::RejectionKind,
    rows::{
        observer::{Observer, Row},
        speakers::NoUser,
    },
};

/// Counts of lines, records and rows. A line is blank, rejected, without a label, of another split, or gives at least one row
/// unless all its rows are too long. In pairs a row is of several records, or of one that compares two responses, unless they
/// are a tie or below the margin.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Lines that are not blank, including rejected ones.
    pub records: u64,
    /// Lines of output: one for each labelled turn, except those that are left out.
    pub rows: u64,
    /// Records that are valid but have no labelled turn, and so no row.
    pub unlabelled: u64,
    /// Records of the other split, which give no row.
    pub other_split: u64,
    /// Lines of white space.
    pub blank: u64,
    /// Rejected records by kind.
    pub rejected: RejectedCounts,
    /// Rows that were left out because their text is too long.
    pub too_long: u64,
    /// Pairs of responses of which none is better: comparisons with a strength of 0, and groups with equal scores.
    pub ties: u64,
    /// Records that share their prompt with no record beside them.
    pub unpaired: u64,
    /// Pairs that were left out because their margin is too small.
    pub below_margin: u64,
    /// Pairs with a row whose context is empty, or does not begin and end with the user: some trainers drop or change them.
    pub odd_contexts: u64,
    /// Rows without any score; training stops on such a row.
    pub unscored: u64,
    /// Rows with a label that names an unknown attribute.
    pub unknown_attributes: u64,
    /// The unknown attributes that labels of rows name, with how often they do.
    pub unknown_attribute_names: NameCounts,
    /// Rows with a score outside the configured range.
    pub out_of_range: u64,
    /// Embedded turns that were split off, up to the last labelled turn of each conversation.
    pub embedded_turns: u64,
    /// Records with turns of which none is the user's (by the mask).
    pub no_user_turn: u64,
    /// Turns of speakers who are neither the user nor the assistant, by name. They are written as the assistant's.
    pub other_speakers: NameCounts,
    /// The first record without a turn of the user's.
    #[serde(skip)]
    pub(crate) first_without_user: Option<Box<NoUser>>,
    /// The scores of the rows, for each attribute of the vector; empty before the first row.
    #[serde(skip)]
    scores: Vec<ScoreCounts>,
}

impl Counts {
    /// The lines that were counted.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.records + self.blank
    }

    /// Sets all numbers to zero. Names stay: they are not read between single records, and would be allocated again.
    pub(crate) fn clear(&mut self) {
        let Self { unknown_attribute_names, other_speakers, first_without_user, mut scores, .. } = std::mem::take(self);
        scores.iter_mut().for_each(ScoreCounts::clear);
        *self = Self { unknown_attribute_names, other_speakers, first_without_user, scores, ..Self::default() };
    }

    /// Counts a valid record of the other split.
    pub(crate) fn of_other_split(&mut self) {
        self.records += 1;
        self.other_split += 1;
    }

    /// Counts a rejected record.
    pub(crate) fn rejected(&mut self, kind: RejectionKind) {
        self.records += 1;
        self.rejected.add(kind, 1);
    }

    /// The statistics of an attribute, by its index in the vector.
    pub(crate) fn attribute(&self, index: usize) -> AttributeStats {
        self.scores.get(index).map(ScoreCounts::attribute).unwrap_or_default()
    }

    /// The counts of the scores, for this number of attributes. All rows of a run have the same attributes.
    #[inline]
    fn scores(&mut self, attributes: usize) -> &mut [ScoreCounts] {
        if self.scores.len() != attributes {
            self.grow(attributes);
        }
        &mut self.scores
    }

    #[cold]
    fn grow(&mut self, attributes: usize) {
        self.scores.resize_with(attributes, ScoreCounts::default);
    }

    /// Counts the unknown attributes that the label of equal rows names.
    #[cold]
    fn unknown(&mut self, row: &Row<'_>, times: u64) {
        row.turns.format.attributes.unknown(row.label).for_each(|name| self.unknown_attribute_names.add(name, times));
    }

    /// Adds the counts of lines that follow.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.records += other.records;
        self.rows = self.rows.saturating_add(other.rows);
        self.unlabelled += other.unlabelled;
        self.other_split += other.other_split;
        self.blank += other.blank;
        self.too_long = self.too_long.saturating_add(other.too_long);
        self.ties += other.ties;
        self.unpaired += other.unpaired;
        self.below_margin += other.below_margin;
        self.odd_contexts += other.odd_contexts;
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

    #[inline]
    fn tie(&mut self) {
        self.ties += 1;
    }

    #[inline]
    fn below_margin(&mut self) {
        self.below_margin += 1;
    }

    #[inline]
    fn odd_context(&mut self) {
        self.odd_contexts += 1;
    }

    #[inline]
    fn unpaired(&mut self) {
        self.unpaired += 1;
    }
}

/// Rejected records by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RejectedCounts([u64; RejectionKind::ALL.len()]);

impl RejectedCounts {
    /// The number of all rejected records.
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
