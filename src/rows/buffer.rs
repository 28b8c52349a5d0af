//! The rows of a chunk, in memory that is linear in the input.
//!
//! Output grows with the square of a conversation: a 4 MB record with 2,000 labelled turns makes 4 GB of rows.
//! So [`Rows`] does not hold the rows of a long conversation but its text once, and for each row the pieces of
//! which it consists; the kernel gathers them when they are written. The rows of conversations that share their
//! beginnings are put together from [`Paths`] only on their way out. Rows that are written several times in place are
//! held once.

use std::{iter, mem, num::NonZeroU64, ops::Range};

use super::{groups::OpenGroups, paths::Paths};

/// Rows that outgrow this give their memory back when they are cleared; otherwise one giant record would keep
/// it until the end.
const KEPT_CAPACITY: usize = 4 << 20;

/// From this length on, text that a row shares with the row before is not copied but gathered by the kernel.
/// Below it, copying costs less than one more piece.
pub(super) const GATHER_FROM: usize = 2 << 10;

/// The rows of a chunk, in order.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(super) bytes: Vec<u8>,
    /// The ranges of `bytes` that make up the output, in order; they may overlap.
    pieces: Vec<Range<usize>>,
    /// The number of pieces up to the end of each row, if rows are written more than once. Otherwise it is empty.
    row_ends: Vec<usize>,
    /// The rest of the output. Records of one schema have either pieces or paths, so neither comes in between.
    pub(super) paths: Paths,
    /// Records whose rows depend on the chunks before and behind this one.
    pub(super) groups: OpenGroups,
    /// Bytes of the output if each row were written once.
    length: u64,
    /// How often each row is written after the first time.
    more_times: usize,
}

impl Rows {
    /// No rows yet, each of which will be written this many times in place.
    pub(crate) fn repeated(times: NonZeroU64) -> Self {
        Self { more_times: usize::try_from(times.get() - 1).unwrap_or(usize::MAX), ..Self::default() }
    }

    /// Bytes of the output.
    pub(crate) fn length(&self) -> u64 {
        self.length.saturating_mul(1 + self.more_times as u64)
    }

    /// Bytes of the memory that the output is gathered from.
    pub(crate) fn held(&self) -> usize {
        self.bytes.len()
    }

    /// The output, piece by piece.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let times = 1 + self.more_times;
        // Rows that are written once have no ends.
        let once = if times == 1 { &self.pieces[..] } else { &[] };
        let rows = self.row_ends.iter().scan(0, |start, &end| Some(&self.pieces[mem::replace(start, end)..end]));
        let pieces = once.iter().chain(rows.flat_map(move |row| iter::repeat_n(row, times).flatten())).cloned();
        pieces.chain(self.paths.pieces(times)).map(|piece| &self.bytes[piece])
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_CAPACITY);
        self.pieces.clear();
        self.pieces.shrink_to(KEPT_CAPACITY / size_of::<Range<usize>>());
        self.row_ends.clear();
        self.row_ends.shrink_to(KEPT_CAPACITY / size_of::<usize>());
        self.paths.clear(KEPT_CAPACITY);
        self.groups = OpenGroups::default();
        self.length = 0;
    }

    /// The groups that may go on in other chunks; there are none left.
    pub(crate) fn take_groups(&mut self) -> OpenGroups {
        mem::take(&mut self.groups)
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: Range<usize>) {
        self.push_piece(row);
        self.end_row();
    }

    /// Adds a row whose text and score tail stand in different places.
    pub(super) fn gather(&mut self, text: Range<usize>, tail: Range<usize>) {
        self.push_piece(text);
        self.push_piece(tail);
        self.end_row();
    }

    fn push_piece(&mut self, piece: Range<usize>) {
        self.length += piece.len() as u64;
        let pieces = self.pieces.len();
        match self.pieces.last_mut() {
            Some(last) if last.end == piece.start && self.row_ends.last() != Some(&pieces) => last.end = piece.end,
            _ => self.pieces.push(piece),
        }
    }

    fn end_row(&mut self) {
        if self.more_times > 0 {
            self.row_ends.push(self.pieces.len());
        }
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
