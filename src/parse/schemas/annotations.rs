//! Annotations: the labels and the tree of a published record.

use std::{
    fmt::{Display, Write as _},
    ops::Range,
};

use crate::conversation::{Conversation, Label, Tree, Turn};

/// What a record has besides its turns and its header.
#[derive(Debug, Default)]
pub(crate) struct Annotations {
    /// See [`Tree`]; empty if the turns are one conversation.
    pub(super) follows: Vec<usize>,
    pub(super) leaves: Vec<usize>,
    pub(super) labels: Labels,
}

/// The texts of a record's labels, one after the other.
#[derive(Debug, Default)]
pub(super) struct Labels {
    pub(super) text: String,
    /// The label of each labelled turn: its range in the text, and the index of the turn.
    ranges: Vec<(Range<usize>, usize)>,
}

impl Annotations {
    pub(crate) fn clear(&mut self) {
        self.follows.clear();
        self.leaves.clear();
        self.labels.text.clear();
        self.labels.ranges.clear();
    }

    /// Gives the turns their labels.
    pub(crate) fn label<'l>(&'l self, turns: &mut [Turn<'l>]) {
        for (range, turn) in &self.labels.ranges {
            turns[*turn].label = Label::Text(&self.labels.text[range.clone()]);
        }
    }

    /// The tree of the conversations in these turns; `None` if they are one conversation.
    pub(crate) fn tree<'a>(&'a self, all: Conversation<'a>) -> Option<Tree<'a>> {
        (!self.follows.is_empty()).then_some(Tree { all, follows: &self.follows, leaves: &self.leaves })
    }
}

impl Labels {
    /// Appends `attribute:score` to the label that began at `start`.
    pub(super) fn add(&mut self, start: usize, attribute: &str, score: impl Display) {
        let comma = if self.text.len() > start { "," } else { "" };
        write!(self.text, "{comma}{attribute}:{score}").expect("a string takes every write");
    }

    /// Ends the label that began at `start`, which is the turn's. An empty label is none.
    pub(super) fn give(&mut self, start: usize, turn: usize) {
        if self.text.len() > start {
            self.ranges.push((start..self.text.len(), turn));
        }
    }
}
