//! The figures of a report: an observer of the rows, beside [`Counts`](crate::summary::Counts).
//!
//! Each worker takes the figures of its chunk, and the writer merges them in the order of the file, so the page does not
//! depend on the number of threads. They are only taken for `--report`. Their memory is some tens of KiB for the original's
//! attributes, the names of the chunk's speakers, and a bounded number of digests of rows.

mod distribution;
pub(crate) mod first_rows;
pub(crate) mod lengths;
mod pairs;
pub(crate) mod repeated_rows;
mod speakers;

use self::{
    distribution::Distribution,
    first_rows::FirstRows,
    lengths::Lengths,
    pairs::{Moments, Pair},
    repeated_rows::RepeatedRows,
    speakers::Speakers,
};
use crate::{
    conversation::{Conversation, Turn},
    exact::Score,
    rejection::{Position, Rejection, RejectionKind},
    rows::observer::{Observer, Row},
};

/// Turns of a conversation that are told apart; longer conversations are counted together.
pub(in crate::report) const MAX_TURNS: usize = 24;

/// Attributes whose pairs are looked at: a chart of more could not be read.
pub(in crate::report) const MAX_PAIRED: usize = 24;

/// Examples of each kind of rejection.
const EXAMPLES: usize = 3;

/// The figures of a chunk or a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures {
    pub(in crate::report) attributes: Vec<AttributeFigures>,
    /// The pair of the attributes `i < j` is at `j (j - 1) / 2 + i`.
    pub(in crate::report) pairs: Vec<Pair>,
    pub(in crate::report) lengths: Lengths,
    /// The number of conversations by their turns; the last number is that of all longer ones.
    pub(in crate::report) turns: [u64; MAX_TURNS + 2],
    pub(in crate::report) most_turns: usize,
    pub(in crate::report) speakers: Speakers,
    pub(in crate::report) examples: Vec<Example>,
    pub(in crate::report) first_rows: FirstRows,
    pub(in crate::report) repeated_rows: RepeatedRows,
    /// Scratch memory: the scores of a row that are not missing, with their indices.
    pub(in crate::report) present: Vec<(usize, f64, Score)>,
}

/// The figures of an attribute's scores.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct AttributeFigures {
    pub(in crate::report) distribution: Distribution,
    pub(in crate::report) moments: Moments,
    pub(in crate::report) range: Option<(f64, f64)>,
}

/// A rejected record.
#[derive(Debug, Clone)]
pub(in crate::report) struct Example {
    pub(in crate::report) kind: RejectionKind,
    pub(in crate::report) position: Position,
    pub(in crate::report) reason: String,
    pub(in crate::report) excerpt: String,
}

impl Figures {
    /// The figures of each attribute, for this number of attributes. All rows of a run have the same.
    #[inline]
    fn attributes(&mut self, number: usize) -> &mut [AttributeFigures] {
        if self.attributes.len() != number {
            self.grow(number);
        }
        &mut self.attributes
    }

    #[cold]
    fn grow(&mut self, attributes: usize) {
        let paired = attributes.min(MAX_PAIRED);
        self.attributes.resize_with(attributes, AttributeFigures::default);
        self.pairs.resize_with(paired * paired.saturating_sub(1) / 2, Pair::default);
    }

    /// Takes note of a rejected record. The first ones of each kind are kept.
    pub(crate) fn rejected(&mut self, position: &Position, rejection: &Rejection, excerpt: impl FnOnce() -> String) {
        let kind = rejection.kind();
        if self.has_room_for(kind) {
            let (position, reason) = (position.clone(), rejection.reason().to_owned());
            self.examples.push(Example { kind, position, reason, excerpt: excerpt() });
        }
    }

    /// True if another example of this kind is kept.
    fn has_room_for(&self, kind: RejectionKind) -> bool {
        self.examples.iter().filter(|example| example.kind == kind).count() < EXAMPLES
    }

    /// Adds the figures of lines that follow.
    pub(crate) fn merge(&mut self, other: &Self) {
        if !other.attributes.is_empty() {
            let attributes = self.attributes(other.attributes.len());
            attributes.iter_mut().zip(&other.attributes).for_each(|(attribute, other)| attribute.merge(other));
        }
        self.pairs.iter_mut().zip(&other.pairs).for_each(|(pair, other)| pair.merge(other));
        self.lengths.merge(&other.lengths);
        self.turns.iter_mut().zip(&other.turns).for_each(|(count, other)| *count += other);
        self.most_turns = self.most_turns.max(other.most_turns);
        self.speakers.merge(&other.speakers);
        self.first_rows.merge(&other.first_rows);
        self.repeated_rows.merge(&other.repeated_rows);
        for example in &other.examples {
            if self.has_room_for(example.kind) {
                self.examples.push(example.clone());
            }
        }
    }

    /// The correlation of two attributes, and the number of rows that have both.
    pub(in crate::report) fn correlation(&self, a: usize, b: usize) -> (Option<f64>, u64) {
        let (low, high) = (a.min(b), a.max(b));
        let pair = &self.pairs[high * (high - 1) / 2 + low];
        (pair.correlation(), pair.count)
    }
}

impl Observer for Figures {
    const WANTS_CHARACTERS: bool = true;
    const WANTS_DIGESTS: bool = true;
    const WANTS_TURNS: bool = true;

    // Counted beside the figures, by `Counts`.
    fn record(&mut self, _: bool) {}

    fn conversation(&mut self, turns: u64) {
        let turns = turns as usize;
        self.turns[turns.min(MAX_TURNS + 1)] += 1;
        self.most_turns = self.most_turns.max(turns);
    }

    #[inline]
    fn turn(&mut self, turn: &Turn<'_>, of: &Conversation<'_>, times: u64) {
        self.speakers.add(turn.from, of.spelling, turn.from == of.mask, times);
    }

    fn row(&mut self, row: &Row<'_>, times: u64) {
        self.lengths.add(row.characters, times);
        self.repeated_rows.add(row.digest, times);
        if self.first_rows.has_room() && times > 0 {
            self.first_rows.add(row);
        }
        let mut present = std::mem::take(&mut self.present);
        present.clear();
        let scored = row.scores.iter().copied().enumerate().filter(|&(_, score)| !row.attributes.is_missing(score));
        present.extend(scored.map(|(at, score)| (at, score, Score::new(score))));
        let attributes = self.attributes(row.scores.len());
        for &(at, value, score) in &present {
            attributes[at].add(value, score, times);
        }
        for (position, &(at, _, score)) in present.iter().enumerate().take_while(|(_, scored)| scored.0 < MAX_PAIRED) {
            let before = at * at.saturating_sub(1) / 2;
            for &(other, _, score_of_other) in &present[..position] {
                self.pairs[before + other].add(score_of_other, score, times);
            }
        }
        self.present = present;
    }
}

impl AttributeFigures {
    #[inline]
    fn add(&mut self, value: f64, score: Score, times: u64) {
        self.distribution.add(value, times);
        self.moments.add(score, times);
        let (low, high) = self.range.unwrap_or((value, value));
        self.range = Some((low.min(value), high.max(value)));
    }

    fn merge(&mut self, other: &Self) {
        self.distribution.merge(&other.distribution);
        self.moments.merge(&other.moments);
        if let Some((low, high)) = other.range {
            let (lowest, highest) = self.range.unwrap_or((low, high));
            self.range = Some((lowest.min(low), highest.max(high)));
        }
    }

    /// Rows with a score.
    pub(in crate::report) fn count(&self) -> u64 {
        self.moments.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Config, Input, Output},
        conversation::{Label, System},
        format::attributes::Attributes,
        report::page::{About, Page},
        rows::observer::tests::row,
        spelling::Spelling,
        summary::{Counts, Summary},
    };

    /// The page of some lines, of which parts of `part` lines are merged.
    fn page(part: usize) -> String {
        const NAMES: [&[u8]; 4] = [b"User", b"Assistant", b"Bot", b"Critic"];
        let mut random = fastrand::Rng::with_seed(8);
        let (mut all, mut figures) = (Figures::default(), Figures::default());
        let mut counts = Counts::default();
        let attributes = Attributes::new(["a", "b", "c"]).unwrap();
        for line in 0..1000 {
            let turns: Vec<_> = (0..random.usize(..40))
                .map(|_| Turn { from: NAMES[random.usize(..4)], value: b"", label: Label::None })
                .collect();
            let (spelling, mask, system) = (Spelling::Output, b"User", System::Missing);
            let conversation = Conversation { spelling, mask, system, turns: &turns };
            figures.conversation(turns.len() as u64 + line % 2);
            for turn in &turns {
                figures.turn(turn, &conversation, 1);
            }
            let mut score = |values: u32| if random.bool() { f64::from(random.u32(..values)) / 4.0 } else { -100.0 };
            let scores = [score(5), score(10), score(200)];
            let row = row(&attributes, &scores, random.u64(1..100_000));
            (&mut counts, &mut figures).row(&row, 1);
            if line % 7 == 0 {
                let position = Position { file: "in".to_owned(), line, byte: 0 };
                let kind = RejectionKind::ALL[random.usize(..4)];
                figures.rejected(&position, &Rejection::new(kind, "bad"), || format!("record {line}"));
            }
            if (line as usize).is_multiple_of(part) {
                all.merge(&std::mem::take(&mut figures));
            }
        }
        all.merge(&figures);
        let summary = Summary { vector: attributes.clone(), numbers: attributes, counts, ..Summary::default() };
        let config = Config::new(Input::Stdin, Output::Check);
        let about = About { config: &config, inputs: &["in"], output: None };
        Page { about, summary: &summary, figures: &all }.to_string()
    }

    #[test]
    fn parts_that_are_merged_give_the_page_of_the_whole() {
        let whole = page(usize::MAX);
        for part in [1, 2, 3, 10, 999] {
            assert_eq!(page(part), whole, "parts of {part} lines");
        }
    }
}
