//! The rows of a chunk, in memory that is linear in the input.
//!
//! Output grows with the square of a conversation: a 4 MB record with 2,000 labelled turns makes 4 GB of rows.
//! So [`Rows`] does not hold the rows of a long conversation but its text once, and for each row the pieces of
//! which it consists; the kernel gathers them when they are written. The rows of conversations that share their
//! beginnings are put together from [`Paths`] only on their way out.

use std::ops::Range;

use super::{groups::OpenGroups, paths::Paths};

/// Rows that outgrow this give their memory back when they are cleared; otherwise one giant record would keep
/// it until the end.
const KEPT_CAPACITY: usize = 4 << 20;

/// The rows of a chunk, in order.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(super) bytes: Vec<u8>,
    /// The ranges of `bytes` that make up the output, in order; they may overlap.
    pieces: Vec<Range<usize>>,
    /// The rest of the output. Records of one schema have either pieces or paths, so neither comes in between.
    pub(super) paths: Paths,
    /// Records whose rows depend on the chunks before and behind this one.
    pub(super) groups: OpenGroups,
    /// Bytes of the output.
    length: u64,
}

impl Rows {
    /// Bytes of the output.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Bytes of the memory that the output is gathered from.
    pub(crate) fn held(&self) -> usize {
        self.bytes.len()
    }

    /// The output, piece by piece.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().cloned().chain(self.paths.pieces()).map(|piece| &self.bytes[piece])
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_CAPACITY);
        self.pieces.clear();
        self.pieces.shrink_to(KEPT_CAPACITY / size_of::<Range<usize>>());
        self.paths.clear(KEPT_CAPACITY);
        self.groups = OpenGroups::default();
        self.length = 0;
    }

    /// The groups that may go on in other chunks; there are none left.
    pub(crate) fn take_groups(&mut self) -> OpenGroups {
        std::mem::take(&mut self.groups)
    }

    /// Adds a piece to the output.
    pub(super) fn push(&mut self, piece: Range<usize>) {
        self.length += piece.len() as u64;
        match self.pieces.last_mut() {
            Some(last) if last.end == piece.start => last.end = piece.end,
            _ => self.pieces.push(piece),
        }
    }

    /// Adds a row whose text and score tail stand in different places.
    pub(super) fn gather(&mut self, text: Range<usize>, tail: Range<usize>) {
        self.push(text);
        self.push(tail);
    }

    /// Begins the next row with a copy of a text, and returns where it begins.
    pub(super) fn copy(&mut self, text: Range<usize>) -> usize {
        let start = self.bytes.len();
        self.bytes.extend_from_within(text);
        start
    }

    /// Adds a conversation of a tree with this number of bytes, whose last row is that of the message `last_with_row`.
    pub(super) fn push_path(&mut self, last_with_row: usize, length: u64) {
        self.length = self.length.saturating_add(length);
        self.paths.add_leaf(last_with_row);
    }
}
