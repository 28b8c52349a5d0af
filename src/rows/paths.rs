//! The rows of conversations that share their beginnings.
//!
//! A tree of a thousand messages can have a thousand conversations of a thousand turns. Their rows are not held: the text
//! of each message is held once, with the score tail of its row, and rows are put together on the way out, piece by
//! piece. The text of the first message that follows another stands directly behind it, and then both are one piece.

use std::{cmp::Ordering, ops::Range};

/// The messages of all trees of a chunk, and the paths of their conversations through them.
#[derive(Debug, Default)]
pub(super) struct Paths {
    messages: Vec<Message>,
    /// The last message with a row of each conversation, in order.
    leaves: Vec<usize>,
    /// Each conversation has one row only, that of its last message here.
    last_rows_only: bool,
}

/// A message of a tree.
#[derive(Debug)]
pub(super) struct Message {
    /// The index of the message that it follows; its own index if there is none.
    pub(super) follows: usize,
    /// The range of its text in the bytes.
    pub(super) text: Range<usize>,
    /// The range of its row's score tail; empty if it has no row.
    pub(super) row_tail: Range<usize>,
}

impl Paths {
    pub(super) fn clear(&mut self, kept_capacity: usize) {
        self.messages.clear();
        self.messages.shrink_to(kept_capacity / size_of::<Message>());
        self.leaves.clear();
        self.leaves.shrink_to(kept_capacity / size_of::<usize>());
    }

    /// The number of messages, which is the index of the next one.
    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn push(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// Sets whether each conversation has one row only, that of the last message with a row.
    pub(super) fn set_last_rows_only(&mut self, last_rows_only: bool) {
        self.last_rows_only = last_rows_only;
    }

    /// Adds a conversation, by its last message with a row. What follows that message is not a part of any row.
    pub(super) fn add_leaf(&mut self, last_with_row: usize) {
        self.leaves.push(last_with_row);
    }

    /// The pieces of the rows of all conversations, in order, with each row this many times.
    pub(super) fn pieces(&self, times: usize) -> impl Iterator<Item = Range<usize>> {
        let (mut leaves, mut path) = (self.leaves.iter(), Path::default());
        std::iter::from_fn(move || {
            loop {
                if let Some(piece) = path.next(times) {
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
    /// Its text, in ranges that are not adjacent.
    runs: Vec<Range<usize>>,
    /// The rows, in the order of their labelled turns.
    rows: Vec<Row>,
    /// The index of the next row, how often it was given, and the index of its next piece.
    row: usize,
    given: usize,
    piece: usize,
    /// The messages of the path, the last one first.
    messages: Vec<usize>,
}

#[derive(Debug)]
struct Row {
    /// The number of runs before the one in which its text ends.
    runs: usize,
    text_end: usize,
    /// The score tail.
    tail: Range<usize>,
}

impl Path {
    /// Makes this the path to a message.
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
        (self.row, self.given, self.piece) = (0, 0, 0);
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

    /// The next piece, if each row is to be given this many times.
    fn next(&mut self, times: usize) -> Option<Range<usize>> {
        let row = self.rows.get(self.row)?;
        let run = self.piece;
        self.piece += 1;
        Some(match run.cmp(&row.runs) {
            Ordering::Less => self.runs[run].clone(),
            Ordering::Equal => self.runs[run].start..row.text_end,
            Ordering::Greater => {
                (self.given, self.piece) = (self.given + 1, 0);
                if self.given == times {
                    (self.row, self.given) = (self.row + 1, 0);
                }
                row.tail.clone()
            }
        })
    }
}
