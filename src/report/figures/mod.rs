//! `--report`: what is in the rows, as a page to look at before a training run.
//!
//! A [`Figures`] holds figures of some lines. Each worker makes one for its chunk, and the writer merges them in
//! the order of the file, so the page does not depend on the number of threads. It is only made when it is
//! asked for. Its memory is some tens of KiB for the original's attributes, and the names of the chunk's speakers.

mod distribution;
pub(crate) mod lengths;
mod pairs;
mod speakers;

use self::{
    distribution::Distribution,
    lengths::Lengths,
    pairs::{Moments, Pair},
    speakers::Speakers,
};
use crate::{
    conversation::{Conversation, Turn},
    exact::Score,
    format::attributes::Attributes,
    rejection::{Position, Rejection, RejectionKind},
    spelling::Spelling,
};

/// Turns of a conversation that are told apart; longer ones are counted together.
pub(in crate::report) const MAX_TURNS: usize = 24;

/// Attributes of which each pair is looked at: with more, their picture could not be read.
pub(in crate::report) const MAX_PAIRED: usize = 24;

/// Examples of each kind of rejection.
const EXAMPLES: usize = 3;

/// Figures of some lines.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    pub(in crate::report) attributes: Vec<AttributeFigures>,
    /// For attributes `i < j`, at `j (j - 1) / 2 + i`.
    pub(in crate::report) pairs: Vec<Pair>,
    pub(in crate::report) rows: u64,
    /// Rows without any score.
    pub(in crate::report) unscored: u64,
    pub(in crate::report) lengths: Lengths,
    /// Conversations by their turns; the last figure is that of all longer ones.
    pub(in crate::report) turns: [u64; MAX_TURNS + 2],
    pub(in crate::report) most_turns: usize,
    pub(in crate::report) speakers: Speakers,
    pub(in crate::report) examples: Vec<Example>,
    /// Where the scores of a row stand, and what they are.
    pub(in crate::report) present: Vec<(usize, f64, Score)>,
}

/// The scores of an attribute.
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
    pub(crate) fn new(attributes: usize) -> Self {
        let mut figures = Self::without_attributes();
        figures.resize(attributes);
        figures
    }

    /// Makes room for the figures of this number of attributes, if there are no rows so far.
    pub(crate) fn resize(&mut self, attributes: usize) {
        if self.rows == 0 && self.attributes.len() != attributes {
            let paired = attributes.min(MAX_PAIRED);
            self.attributes = vec![AttributeFigures::default(); attributes];
            self.pairs = vec![Pair::default(); paired * paired.saturating_sub(1) / 2];
        }
    }

    fn without_attributes() -> Self {
        Self {
            attributes: Vec::new(),
            pairs: Vec::new(),
            rows: 0,
            unscored: 0,
            lengths: Lengths::default(),
            turns: [0; MAX_TURNS + 2],
            most_turns: 0,
            speakers: Speakers::default(),
            examples: Vec::new(),
            present: Vec::new(),
        }
    }

    /// A valid conversation, whether or not it gives rows.
    /// `embedded` turns are split off from its own.
    pub(crate) fn conversation(&mut self, conversation: &Conversation<'_>, embedded: u64) {
        self.length(conversation.turns.len() as u64 + embedded);
        for turn in conversation.turns {
            self.turn(conversation, turn, 1);
        }
    }

    /// How many turns a conversation has.
    pub(crate) fn length(&mut self, turns: u64) {
        let turns = turns as usize;
        self.turns[turns.min(MAX_TURNS + 1)] += 1;
        self.most_turns = self.most_turns.max(turns);
    }

    /// A turn that stands in that many conversations. `of` has the mask.
    #[inline]
    pub(crate) fn turn(&mut self, of: &Conversation<'_>, turn: &Turn<'_>, times: u64) {
        self.speakers.add(turn.from, of.spelling == Spelling::Output, turn.from == of.mask, times);
    }

    /// That many equal rows with the characters of their text.
    pub(crate) fn row(&mut self, scores: &[f64], attributes: &Attributes, characters: u64, times: u64) {
        self.rows = self.rows.saturating_add(times);
        self.lengths.add(characters, times);
        let mut present = std::mem::take(&mut self.present);
        present.clear();
        let scored = scores.iter().copied().enumerate().filter(|&(_, score)| !attributes.is_missing(score));
        present.extend(scored.map(|(at, score)| (at, score, Score::new(score))));
        self.unscored = self.unscored.saturating_add(if present.is_empty() { times } else { 0 });
        for (position, &(at, value, score)) in present.iter().enumerate() {
            self.attributes[at].add(value, score, times);
            if at < MAX_PAIRED {
                let before = at * at.saturating_sub(1) / 2;
                for &(other, _, score_of_other) in &present[..position] {
                    self.pairs[before + other].add(score_of_other, score, times);
                }
            }
        }
        self.present = present;
    }

    /// A rejected record, of which the first ones of each kind are kept.
    pub(crate) fn rejected(&mut self, position: &Position, rejection: &Rejection, excerpt: impl FnOnce() -> String) {
        let kind = rejection.kind();
        if self.examples.iter().filter(|example| example.kind == kind).count() < EXAMPLES {
            let (position, reason) = (position.clone(), rejection.reason().to_owned());
            self.examples.push(Example { kind, position, reason, excerpt: excerpt() });
        }
    }

    /// Adds the figures of lines that follow.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.resize(other.attributes.len());
        self.attributes.iter_mut().zip(&other.attributes).for_each(|(attribute, other)| attribute.merge(other));
        self.pairs.iter_mut().zip(&other.pairs).for_each(|(pair, other)| pair.merge(other));
        self.rows = self.rows.saturating_add(other.rows);
        self.unscored = self.unscored.saturating_add(other.unscored);
        self.lengths.merge(&other.lengths);
        self.turns.iter_mut().zip(&other.turns).for_each(|(count, other)| *count += other);
        self.most_turns = self.most_turns.max(other.most_turns);
        self.speakers.merge(&other.speakers);
        for example in &other.examples {
            if self.examples.iter().filter(|known| known.kind == example.kind).count() < EXAMPLES {
                self.examples.push(example.clone());
            }
        }
    }

    /// The correlation of two attributes, and over how many rows.
    pub(in crate::report) fn correlation(&self, a: usize, b: usize) -> (Option<f64>, u64) {
        let (low, high) = (a.min(b), a.max(b));
        let pair = &self.pairs[high * (high - 1) / 2 + low];
        (pair.correlation(), pair.count)
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
        report::page::{About, Page},
        summary::Summary,
    };

    /// The page of some lines, of which parts of `part` lines are merged.
    fn page(part: usize) -> String {
        const NAMES: [&[u8]; 4] = [b"User", b"Assistant", b"Bot", b"Critic"];
        let mut random = fastrand::Rng::with_seed(8);
        let (mut all, mut figures) = (Figures::new(3), Figures::new(3));
        let attributes = Attributes::new(["a", "b", "c"], -100.0).unwrap();
        for line in 0..1000 {
            let turns: Vec<_> = (0..random.usize(..40))
                .map(|_| Turn { from: NAMES[random.usize(..4)], value: b"", label: Label::None })
                .collect();
            let (spelling, mask, system) = (Spelling::Output, b"User", System::Missing);
            figures.conversation(&Conversation { spelling, mask, system, turns: &turns }, line % 2);
            let mut score = |values: u32| if random.bool() { f64::from(random.u32(..values)) / 4.0 } else { -100.0 };
            let scores = [score(5), score(10), score(200)];
            figures.row(&scores, &attributes, random.u64(1..100_000), 1);
            if line % 7 == 0 {
                let position = Position { file: "in".to_owned(), line, byte: 0 };
                let kind = RejectionKind::ALL[random.usize(..4)];
                figures.rejected(&position, &Rejection::new(kind, "bad"), || format!("record {line}"));
            }
            if (line as usize).is_multiple_of(part) {
                all.merge(&std::mem::replace(&mut figures, Figures::new(3)));
            }
        }
        all.merge(&figures);
        let mut summary = Summary { vector: attributes, ..Summary::default() };
        summary.counts.rows = 1000;
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
