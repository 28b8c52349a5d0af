//! A stream, read block by block: the last line feed of a block ends a chunk, and what follows it begins the
//! next.

use std::{
    fs::File,
    io::{self, Read},
    os::fd::OwnedFd,
};

use memchr::memrchr;
use rustix::event::{PollFd, PollFlags};

use super::{BYTE_ORDER_MARK, Bytes, Chunk};

#[derive(Debug)]
pub(super) struct Blocks {
    stream: Stream,
    /// Bytes in the file when it was opened, if that is known; what is appended later is not read.
    length: Option<u64>,
    /// Bytes read so far.
    read: u64,
    chunk_size: usize,
    /// The beginning of the next chunk: what was read of a line that did not end in the last block.
    carry: Vec<u8>,
    /// Where the next chunk begins in the stream.
    offset: u64,
}

impl Blocks {
    /// The first `length` bytes of `file`, or all of them.
    pub(super) fn new(file: File, length: Option<u64>, chunk_size: usize, stop: OwnedFd) -> Self {
        Self { stream: Stream { file, stop }, length, read: 0, chunk_size, carry: Vec::new(), offset: 0 }
    }

    pub(super) fn file(&self) -> &File {
        &self.stream.file
    }

    pub(super) fn position(&self) -> u64 {
        self.offset
    }

    pub(super) fn next(&mut self, mut block: Vec<u8>) -> io::Result<Option<Chunk>> {
        block.clear();
        block.append(&mut self.carry);
        let mut target = self.chunk_size.max(block.len() + 1).max(BYTE_ORDER_MARK.len());
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
            return Ok(None);
        }
        let offset = self.offset;
        self.offset += block.len() as u64;
        Ok(Some(Chunk { bytes: Bytes::Read(block), offset }))
    }

    /// Reads until the block has `target` bytes. True if the input ended before.
    fn fill(&mut self, block: &mut Vec<u8>, target: usize) -> io::Result<bool> {
        let wanted = (target - block.len()) as u64;
        let wanted = self.length.map_or(wanted, |length| wanted.min(length - self.read));
        block.reserve(wanted as usize);
        self.read += self.stream.by_ref().take(wanted).read_to_end(block)? as u64;
        Ok(block.len() < target)
    }
}

/// A file that nobody needs to wait for any longer once the other end of `stop` is closed: a run that has failed
/// must not wait for a pipe in which nothing comes.
#[derive(Debug)]
struct Stream {
    file: File,
    stop: OwnedFd,
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut either = [PollFd::new(&self.file, PollFlags::IN), PollFd::new(&self.stop, PollFlags::IN)];
        rustix::event::poll(&mut either, None)?;
        if !either[1].revents().is_empty() {
            return Err(io::Error::other("the run has ended"));
        }
        self.file.read(buffer)
    }
}
