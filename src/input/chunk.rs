//! Some whole lines of a file, mapped or read, in memory that is used again for the next chunk.

use std::ops::Deref;

use super::mapped::MappedLines;

/// Some whole lines of a file. Only the last line of the file may lack its line feed.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// The lines, if they are mapped.
    pub(super) mapped: Option<MappedLines>,
    /// The lines, if they are read. Its memory stays.
    pub(super) block: Vec<u8>,
    /// The index of the file.
    pub(crate) file: usize,
    /// The offset of the first byte in the file, decompressed.
    pub(crate) offset: u64,
    /// A line that is longer than allowed follows. It is not read, and nothing behind it.
    pub(crate) precedes_long_line: bool,
    /// The progress of the run with this chunk: bytes of all files so far, as they lie on the disk.
    pub(crate) done: u64,
}

impl Deref for Chunk {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.mapped {
            Some(lines) => lines,
            None => &self.block,
        }
    }
}

impl Chunk {
    /// Keeps the first `length` bytes only.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.precedes_long_line = false;
        match &mut self.mapped {
            Some(lines) => lines.truncate(length),
            None => self.block.truncate(length),
        }
    }

    /// Lets go of the lines, so that the window that they were mapped in can be unmapped.
    pub(crate) fn clear(&mut self) {
        self.mapped = None;
        self.block.clear();
        self.precedes_long_line = false;
    }
}
