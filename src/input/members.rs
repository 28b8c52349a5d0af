//! Archives of several members (gzip) or frames (zstd), one after the other, and what may stand behind them.
//!
//! As with `gzip` and Python, zero bytes may stand behind a gzip member: tapes and disks fill their last block with them.
//! Anything else that is no member is an error that says so, since nobody can tell whether it was meant to be read.

use std::{
    io::{self, BufRead, Read},
    mem,
};

use flate2::bufread::GzDecoder;
use zstd::stream::raw::{Decoder, Operation};

use crate::config::Compression;

/// How much is read at a time.
const BUFFER: usize = 256 << 10;

/// A buffer in front of a stream that can show what comes next.
#[derive(Debug)]
pub(super) struct Buffer<R> {
    stream: R,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes that were taken from it.
    used: u64,
}

impl<R: Read> Buffer<R> {
    pub(super) fn new(stream: R) -> Self {
        Self { stream, bytes: vec![0; BUFFER], start: 0, end: 0, used: 0 }
    }

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

    fn skip_zeros(&mut self) -> io::Result<()> {
        loop {
            let zeros = self.fill_buf()?.iter().take_while(|&&byte| byte == 0).count();
            if zeros == 0 {
                return Ok(());
            }
            self.consume(zeros);
        }
    }

    /// True if another member begins here, false at the end of the archive.
    fn has_more(&mut self, compression: Compression) -> io::Result<bool> {
        let magic = compression.magic();
        let next = self.peek(magic)?;
        if next.is_empty() {
            return Ok(false);
        }
        // The first bytes of a member that is cut off there are one, too.
        if Compression::detect(next) == compression || next.len() < magic && compression.may_begin(next) {
            return Ok(true);
        }
        let (name, member) = (compression.name(), compression.member());
        Err(io::Error::other(Behind(format!(
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

/// What is wrong with an archive that is whole.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Behind(String);

/// Unpacks the members of a gzip archive.
pub(super) enum Gzip<R> {
    Member(Box<GzDecoder<Buffer<R>>>),
    /// Between two members, or behind the last one.
    Between(Buffer<R>),
    /// Only while it is changed.
    Changing,
}

impl<R: Read> Gzip<R> {
    pub(super) fn new(buffer: Buffer<R>) -> Self {
        Self::Member(Box::new(GzDecoder::new(buffer)))
    }

    pub(super) fn used(&self) -> u64 {
        match self {
            Self::Member(decoder) => decoder.get_ref().used(),
            Self::Between(buffer) => buffer.used(),
            Self::Changing => 0,
        }
    }
}

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            match self {
                Self::Member(decoder) => {
                    let read = decoder.read(bytes)?;
                    if read > 0 || bytes.is_empty() {
                        return Ok(read);
                    }
                    if let Self::Member(decoder) = mem::replace(self, Self::Changing) {
                        *self = Self::Between(decoder.into_inner());
                    }
                }
                Self::Between(buffer) => {
                    buffer.skip_zeros()?;
                    if !buffer.has_more(Compression::Gzip)? {
                        return Ok(0);
                    }
                    if let Self::Between(buffer) = mem::replace(self, Self::Changing) {
                        *self = Self::Member(Box::new(GzDecoder::new(buffer)));
                    }
                }
                Self::Changing => return Ok(0),
            }
        }
    }
}

/// Unpacks the frames of a zstd archive.
pub(super) struct Zstd<R> {
    decoder: Decoder<'static>,
    buffer: Buffer<R>,
    /// Some of a frame was read, but not all of it.
    is_within: bool,
}

impl<R: Read> Zstd<R> {
    pub(super) fn new(buffer: Buffer<R>) -> io::Result<Self> {
        Ok(Self { decoder: Decoder::new()?, buffer, is_within: false })
    }

    pub(super) fn used(&self) -> u64 {
        self.buffer.used()
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.is_within && !self.buffer.has_more(Compression::Zstd)? {
                return Ok(0);
            }
            let packed = self.buffer.fill_buf()?;
            let is_end = packed.is_empty();
            let status = self.decoder.run_on_buffers(packed, bytes)?;
            self.buffer.consume(status.bytes_read);
            self.is_within = status.remaining > 0;
            if status.bytes_written > 0 {
                return Ok(status.bytes_written);
            }
            if is_end && self.is_within {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
