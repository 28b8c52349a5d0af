//! The labels and the tree of a record that is not SFT.

use std::{
    fmt::{Display, Write as _},
    ops::Range,
};

use crate::conversation::{Conversation, Label, Tree, Turn};

/// What there is to know of a record's turns besides themselves.
#[derive(Debug, Default)]
pub(crate) struct Annotations {
    /// As in [`Tree`]; empty if the turns are one conversation.
    pub(super) follows: Vec<usize>,
    pub(super) leaves: Vec<usize>,
    pub(super) is_pair: bool,
    pub(super) labels: Labels,
}

/// The texts of a record's labels, one after the other.
#[derive(Debug, Default)]
pub(super) struct Labels {
    pub(super) text: String,
    /// Which part of the text belongs to which turn.
    parts: Vec<(Range<usize>, usize)>,
}

impl Annotations {
    pub(crate) fn clear(&mut self) {
        self.follows.clear();
        self.leaves.clear();
        self.is_pair = false;
        self.labels.text.clear();
        self.labels.parts.clear();
    }

    /// Puts the labels to their turns.
    pub(crate) fn label<'l>(&'l self, turns: &mut [Turn<'l>]) {
        for (part, turn) in &self.labels.parts {
            turns[*turn].label = Label::Text(&self.labels.text[part.clone()]);
        }
    }

    /// The conversations in these turns, if they are more than one.
    pub(crate) fn tree<'a>(&'a self, all: Conversation<'a>) -> Option<Tree<'a>> {
        (!self.follows.is_empty()).then_some(Tree {
            all,
            follows: &self.follows,
            leaves: &self.leaves,
            is_pair: self.is_pair,
        })
    }
}

impl Labels {
    /// Appends `attribute:score`, as a part of the label that began at `start`.
    pub(super) fn add(&mut self, start: usize, attribute: &str, score: impl Display) {
        let comma = if self.text.len() > start { "," } else { "" };
        write!(self.text, "{comma}{attribute}:{score}").expect("a string takes every write");
    }

    /// Gives what was added from `start` on to a turn. An empty label is none.
    pub(super) fn give(&mut self, start: usize, turn: usize) {
        if self.text.len() > start {
            self.parts.push((start..self.text.len(), turn));
        }
    }
}
