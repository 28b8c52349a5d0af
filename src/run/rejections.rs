//! The rejections of a chunk, in bounded memory.
//!
//! A worker keeps those at the beginning of its chunk. Of a chunk with more of them the others are only counted, and the
//! writer makes them again, one by one, if it needs them: nearly every input has few, and of one that is no JSON at all the
//! reasons would take a hundred times the memory of the lines. The bound is that of each chunk on its own, so nothing waits
//! for memory.

use crate::converter::RejectedLine;

/// The most bytes of a chunk's rejections, but for the last one: those of a thousand records, which is more than a chunk of
/// usual records has.
const MAX_MEMORY: usize = 256 << 10;

/// The rejections of a chunk, or the first ones of it.
#[derive(Debug, Default)]
pub(super) struct Rejections {
    kept: Vec<RejectedLine>,
    memory: usize,
    /// All of them, also those that are not kept.
    number: u64,
}

impl Rejections {
    /// Adds the next one.
    pub(super) fn push(&mut self, line: RejectedLine) {
        self.number += 1;
        if self.memory < MAX_MEMORY {
            self.memory += line.memory();
            self.kept.push(line);
        }
    }

    /// The number of all of them.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The first ones.
    pub(super) fn kept(&self) -> &[RejectedLine] {
        &self.kept
    }

    /// The last one that is kept, if there are more behind it.
    pub(super) fn last_kept(&self) -> Option<&RejectedLine> {
        self.kept.last().filter(|_| self.number > self.kept.len() as u64)
    }
}
