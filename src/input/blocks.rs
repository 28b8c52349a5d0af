//! A stream, read block by block: the last line feed of a block ends a chunk, and what follows it begins the next. A block of a
//! pipe also ends when the pipe is [silent](super::silence).

use std::io::{self, Read};

use super::{
    decompress::Decompressor,
    other_formats,
    silence::{Patience, is_silence},
};
use crate::{lines::whole_lines, spelling::characters::BYTE_ORDER_MARK};

/// How a block was filled.
#[derive(Debug, Clone, Copy)]
enum Filled {
    /// It has as many bytes as were wanted.
    Wholly,
    /// The stream has no more bytes.
    ToItsEnd,
    /// The stream had no more bytes at that time.
    UntilSilence,
}

/// Reads a stream as chunks of whole lines.
#[derive(Debug)]
pub(super) struct Blocks<'r> {
    stream: Decompressor<'r>,
    /// How long the stream waits for bytes; `None` if chunks end at their size only.
    patience: Option<Patience>,
    chunk_size: usize,
    max_line: usize,
    /// The beginning of the next chunk: what was read of a line that did not end in the last block.
    carry: Vec<u8>,
    /// The offset of the next chunk in the file, decompressed.
    offset: u64,
}

impl<'r> Blocks<'r> {
    /// `start` is the offset of the stream in its file.
    pub(super) fn new(
        stream: Decompressor<'r>,
        patience: Option<Patience>,
        start: u64,
        chunk_size: usize,
        max_line: usize,
    ) -> Self {
        Self { stream, patience, chunk_size, max_line, carry: Vec::new(), offset: start }
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
            self.wait(Patience::wait_forever);
            self.fill(block, other_formats::FIRST)?;
            self.wait(Patience::wait_a_while);
            if !other_formats::is_plain(block) {
                self.fill(block, other_formats::BEGINNING)?;
            }
        } else {
            self.wait(Patience::wait_for_more);
        }
        let mut target = self.chunk_size.max(block.len() + 1);
        let mut searched = 0;
        loop {
            let filled = self.fill(block, target)?;
            if self.offset == 0 && block.starts_with(BYTE_ORDER_MARK) {
                block.drain(..BYTE_ORDER_MARK.len());
                (self.offset, searched) = (BYTE_ORDER_MARK.len() as u64, 0);
            }
            if let Filled::ToItsEnd = filled {
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
            if let Filled::UntilSilence = filled {
                // The rest of the line is worth any wait.
                self.wait(Patience::wait_for_more);
                continue;
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

    /// Reads until the block has `target` bytes, or the stream ends or is silent.
    fn fill(&mut self, block: &mut Vec<u8>, target: usize) -> io::Result<Filled> {
        let wanted = target.saturating_sub(block.len());
        block.reserve(wanted);
        let Self { stream, patience, .. } = self;
        match (Noting { stream, patience }).take(wanted as u64).read_to_end(block) {
            Err(error) if is_silence(&error) => Ok(Filled::UntilSilence),
            Err(error) => Err(error),
            Ok(_) if block.len() < target => Ok(Filled::ToItsEnd),
            Ok(_) => Ok(Filled::Wholly),
        }
    }

    /// Sets how long the stream waits.
    fn wait(&self, how: impl FnOnce(&Patience)) {
        self.patience.as_ref().map(how);
    }
}

/// Reads a stream, and takes note of bytes that come: also those that a decoder held while nothing came to it.
struct Noting<'b, 'r> {
    stream: &'b mut Decompressor<'r>,
    patience: &'b Option<Patience>,
}

impl Read for Noting<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        if let Some(patience) = self.patience.as_ref().filter(|_| read > 0) {
            patience.bytes_came();
        }
        Ok(read)
    }
}
