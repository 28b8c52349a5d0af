//! Some whole lines of a file, mapped or read.

use std::{
    ops::{Deref, Range},
    sync::Arc,
};

use super::mapped::Window;

/// Some whole lines of a file. Only the last one of the file may lack its line feed.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(super) bytes: Bytes,
    /// Which file.
    pub(crate) file: usize,
    /// The offset of the first byte in the file, unpacked.
    pub(crate) offset: u64,
    /// How far the run is with this chunk: bytes of all files so far, as they lie on the disk.
    pub(crate) done: u64,
}

#[derive(Debug)]
pub(super) enum Bytes {
    Mapped(Arc<Window>, Range<usize>),
    Read(Vec<u8>),
}

impl Deref for Chunk {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mapped(window, range) => &window[range.clone()],
            Bytes::Read(block) => block,
        }
    }
}

impl Chunk {
    /// Leaves out all behind the first `length` bytes.
    pub(crate) fn truncate(&mut self, length: usize) {
        match &mut self.bytes {
            Bytes::Mapped(_, range) => range.end = range.end.min(range.start + length),
            Bytes::Read(block) => block.truncate(length),
        }
    }

    /// The memory of a chunk that was read, for the next one.
    pub(crate) fn into_block(self) -> Vec<u8> {
        match self.bytes {
            Bytes::Mapped(..) => Vec::new(),
            Bytes::Read(block) => block,
        }
    }
}
