//! A stream, read block by block: the last line feed of a block ends a chunk, and what follows it begins the
//! next.

use std::io::{self, Read};

use memchr::memrchr;

use super::{decompress::Unpack, other_formats};
use crate::spelling::characters::BYTE_ORDER_MARK;

#[derive(Debug)]
pub(super) struct Blocks {
    stream: Unpack,
    chunk_size: usize,
    /// The beginning of the next chunk: what was read of a line that did not end in the last block.
    carry: Vec<u8>,
    /// Where the next chunk begins in the file, unpacked.
    offset: u64,
}

impl Blocks {
    /// `start` is where the stream begins in the file.
    pub(super) fn new(stream: Unpack, start: u64, chunk_size: usize) -> Self {
        Self { stream, chunk_size, carry: Vec::new(), offset: start }
    }

    pub(super) fn position(&self) -> u64 {
        self.offset
    }

    /// Bytes of the file as it lies on the disk.
    pub(super) fn on_disk(&self) -> u64 {
        self.stream.used()
    }

    /// The next chunk and where it begins. `memory` is taken for it.
    pub(super) fn next(&mut self, memory: &mut Vec<u8>) -> io::Result<Option<(u64, Vec<u8>)>> {
        let mut block = std::mem::take(memory);
        block.clear();
        block.append(&mut self.carry);
        if self.offset == 0 {
            // Enough of the beginning to see what the file is, without a wait for more where that is plain.
            self.fill(&mut block, other_formats::FIRST)?;
            if !other_formats::is_plain(&block) {
                self.fill(&mut block, other_formats::BEGINNING)?;
            }
        }
        let mut target = self.chunk_size.max(block.len() + 1);
        let mut searched = 0;
        loop {
            let is_last = self.fill(&mut block, target)?;
            if self.offset == 0 && block.starts_with(BYTE_ORDER_MARK) {
                block.drain(..BYTE_ORDER_MARK.len());
                self.offset = BYTE_ORDER_MARK.len() as u64;
            }
            if is_last {
                break;
            }
            if let Some(line_feed) = memrchr(b'\n', &block[searched..]) {
                self.carry.extend_from_slice(&block[searched + line_feed + 1..]);
                block.truncate(searched + line_feed + 1);
                break;
            }
            searched = block.len();
            // A line that is longer than a block. Doubling keeps the time linear in its length.
            target = 2 * block.len().max(1);
        }
        if block.is_empty() {
            *memory = block;
            return Ok(None);
        }
        let offset = self.offset;
        self.offset += block.len() as u64;
        Ok(Some((offset, block)))
    }

    /// Reads until the block has `target` bytes. True if the input ended before.
    fn fill(&mut self, block: &mut Vec<u8>, target: usize) -> io::Result<bool> {
        let wanted = target.saturating_sub(block.len());
        block.reserve(wanted);
        self.stream.by_ref().take(wanted as u64).read_to_end(block)?;
        Ok(block.len() < target)
    }
}
