//! A buffer in front of an archive that shows what comes next: another member (gzip) or frame (zstd), or the end.
//!
//! As with `gzip` and Python, zero bytes may stand behind a gzip member: tapes and disks fill their last block with them.
//! Anything else that is no member is an error that names it, since nobody can tell whether it was meant to be read.

use std::io::{self, BufRead, Read};

use crate::config::Compression;

/// Bytes that are read at a time.
const BUFFER: usize = 256 << 10;

/// A buffer in front of a stream that can show what comes next.
#[derive(Debug)]
pub(super) struct Buffer<R> {
    stream: R,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes consumed so far.
    used: u64,
}

impl<R: Read> Buffer<R> {
    pub(super) fn new(stream: R) -> Self {
        Self { stream, bytes: vec![0; BUFFER], start: 0, end: 0, used: 0 }
    }

    /// Bytes consumed so far.
    pub(super) fn used(&self) -> u64 {
        self.used
    }

    /// The next `count` bytes, or all there are.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.end - self.start < count {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            match self.stream.read(&mut self.bytes[self.end..]) {
                Ok(0) => break,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(&self.bytes[self.start..self.end.min(self.start + count)])
    }

    pub(super) fn skip_zeros(&mut self) -> io::Result<()> {
        loop {
            let zeros = self.fill_buf()?.iter().take_while(|&&byte| byte == 0).count();
            if zeros == 0 {
                return Ok(());
            }
            self.consume(zeros);
        }
    }

    /// True if another member begins here, false at the end of the archive.
    pub(super) fn has_more(&mut self, compression: Compression) -> io::Result<bool> {
        let magic = compression.magic();
        let next = self.peek(magic)?;
        if next.is_empty() {
            return Ok(false);
        }
        // The beginning of a member counts as a member that is cut off.
        if Compression::detect(next) == compression || next.len() < magic && compression.may_begin(next) {
            return Ok(true);
        }
        let (name, member) = (compression.name(), compression.member());
        Err(io::Error::other(TrailingBytes(format!(
            "bytes that are no {name} {member} stand behind the end of the {name} archive, at byte {}",
            self.used
        ))))
    }
}

impl<R: Read> Read for Buffer<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Buffer<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            (self.start, self.end) = (0, self.stream.read(&mut self.bytes)?);
        }
        Ok(&self.bytes[self.start..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.used += count as u64;
    }
}

/// The message about bytes behind an archive that is complete.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct TrailingBytes(String);
