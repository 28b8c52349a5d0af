//! A stream, read block by block: the last line feed of a block ends a chunk, and what follows it begins the next.

use std::io::{self, Read};

use super::{decompress::Decompressor, other_formats};
use crate::{lines::whole_lines, spelling::characters::BYTE_ORDER_MARK};

/// Reads a stream as chunks of whole lines.
#[derive(Debug)]
pub(super) struct Blocks<'r> {
    stream: Decompressor<'r>,
    chunk_size: usize,
    max_line: usize,
    /// The beginning of the next chunk: what was read of a line that did not end in the last block.
    carry: Vec<u8>,
    /// The offset of the next chunk in the file, decompressed.
    offset: u64,
}

impl<'r> Blocks<'r> {
    /// `start` is the offset of the stream in its file.
    pub(super) fn new(stream: Decompressor<'r>, start: u64, chunk_size: usize, max_line: usize) -> Self {
        Self { stream, chunk_size, max_line, carry: Vec::new(), offset: start }
    }

    /// The offset of the next chunk in the file, decompressed.
    pub(super) fn position(&self) -> u64 {
        self.offset
    }

    /// Bytes of the file so far, as they lie on the disk.
    pub(super) fn on_disk(&self) -> u64 {
        self.stream.used()
    }

    /// Replaces the content of `block` by the next chunk and returns its offset; `None` at the end. A chunk may be a line that is
    /// longer than allowed, or its beginning.
    pub(super) fn next(&mut self, block: &mut Vec<u8>) -> io::Result<Option<u64>> {
        block.clear();
        block.append(&mut self.carry);
        if self.offset == 0 {
            // Enough of the beginning to see what the file is, without a wait for more where that is plain.
            self.fill(block, other_formats::FIRST)?;
            if !other_formats::is_plain(block) {
                self.fill(block, other_formats::BEGINNING)?;
            }
        }
        let mut target = self.chunk_size.max(block.len() + 1);
        let mut searched = 0;
        loop {
            let is_last = self.fill(block, target)?;
            if self.offset == 0 && block.starts_with(BYTE_ORDER_MARK) {
                block.drain(..BYTE_ORDER_MARK.len());
                self.offset = BYTE_ORDER_MARK.len() as u64;
            }
            if is_last {
                break;
            }
            if let Some(length) = whole_lines(&block[searched..], usize::MAX) {
                self.carry.extend_from_slice(&block[searched + length..]);
                block.truncate(searched + length);
                break;
            }
            searched = block.len();
            if searched > self.max_line {
                break;
            }
            // A line is longer than a block. Doubling keeps the time linear in its length.
            target = (2 * searched.max(1)).min(self.max_line.saturating_add(1));
        }
        if block.is_empty() {
            return Ok(None);
        }
        let offset = self.offset;
        self.offset += block.len() as u64;
        Ok(Some(offset))
    }

    /// Reads until the block has `target` bytes. True if the input ended before.
    fn fill(&mut self, block: &mut Vec<u8>, target: usize) -> io::Result<bool> {
        let wanted = target.saturating_sub(block.len());
        block.reserve(wanted);
        self.stream.by_ref().take(wanted as u64).read_to_end(block)?;
        Ok(block.len() < target)
    }
}
