//! The rows of conversations that share their beginnings.
//!
//! A tree of a thousand messages can have as many conversations of a thousand turns. Nothing of that is held: the
//! text of each message is there once, with the end of its row, and rows are put together on the way out, piece by
//! piece. A message's text stands behind that of the one it follows if it is the first to do so, and then both are
//! one piece.

use std::{cmp::Ordering, ops::Range};

/// What was said in all trees of a chunk, and how their conversations go through it.
#[derive(Debug, Default)]
pub(super) struct Paths {
    messages: Vec<Message>,
    /// The last message with a row of each conversation, in order.
    leaves: Vec<usize>,
    /// Each conversation has a row of that message only.
    last_rows_only: bool,
}

/// One message.
#[derive(Debug)]
pub(super) struct Message {
    /// Where the one that it follows stands in the list; its own place if there is none.
    pub(super) follows: usize,
    /// Where its text stands in the bytes.
    pub(super) text: Range<usize>,
    /// Where the end of its row stands; empty if it has no row.
    pub(super) row_tail: Range<usize>,
}

impl Paths {
    pub(super) fn clear(&mut self, kept_capacity: usize) {
        self.messages.clear();
        self.messages.shrink_to(kept_capacity / size_of::<Message>());
        self.leaves.clear();
        self.leaves.shrink_to(kept_capacity / size_of::<usize>());
    }

    /// The place that the next message will have.
    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn push(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// Of each conversation there is to be one row, that of the last message that has one.
    pub(super) fn set_last_rows_only(&mut self, last_rows_only: bool) {
        self.last_rows_only = last_rows_only;
    }

    /// Adds a conversation, which must have a message with a row: only what leads to the last such matters.
    pub(super) fn add_leaf(&mut self, last_with_row: usize) {
        self.leaves.push(last_with_row);
    }

    /// The pieces of the rows of all conversations, in order.
    pub(super) fn pieces(&self) -> impl Iterator<Item = Range<usize>> {
        let (mut leaves, mut path) = (self.leaves.iter(), Path::default());
        std::iter::from_fn(move || {
            loop {
                if let Some(piece) = path.next() {
                    return Some(piece);
                }
                path.lead_to(*leaves.next()?, &self.messages, self.last_rows_only);
            }
        })
    }
}

/// The rows of one conversation.
#[derive(Debug, Default)]
struct Path {
    /// Its text, where it stands in one.
    runs: Vec<Range<usize>>,
    /// In the order of its turns.
    rows: Vec<Row>,
    /// The next row, and the next piece of it.
    row: usize,
    piece: usize,
    /// The messages that lead here, the last one first.
    messages: Vec<usize>,
}

#[derive(Debug)]
struct Row {
    /// How many runs there are before the last one of its text.
    runs: usize,
    text_end: usize,
    /// What follows the text.
    tail: Range<usize>,
}

impl Path {
    fn lead_to(&mut self, last: usize, messages: &[Message], last_row_only: bool) {
        self.messages.clear();
        let mut at = last;
        loop {
            self.messages.push(at);
            let before = messages[at].follows;
            if before == at {
                break;
            }
            at = before;
        }
        self.runs.clear();
        self.rows.clear();
        (self.row, self.piece) = (0, 0);
        for &at in self.messages.iter().rev() {
            let Message { text, row_tail, .. } = &messages[at];
            match self.runs.last_mut() {
                Some(run) if run.end == text.start => run.end = text.end,
                _ => self.runs.push(text.clone()),
            }
            if !row_tail.is_empty() && (at == last || !last_row_only) {
                let row = Row { runs: self.runs.len() - 1, text_end: text.end, tail: row_tail.clone() };
                self.rows.push(row);
            }
        }
    }

    fn next(&mut self) -> Option<Range<usize>> {
        let row = self.rows.get(self.row)?;
        let run = self.piece;
        self.piece += 1;
        Some(match run.cmp(&row.runs) {
            Ordering::Less => self.runs[run].clone(),
            Ordering::Equal => self.runs[run].start..row.text_end,
            Ordering::Greater => {
                (self.row, self.piece) = (self.row + 1, 0);
                row.tail.clone()
            }
        })
    }
}
