//! zstd archives of several frames, one after the other.

use std::io::{self, BufRead, Read};

use ::zstd::stream::raw::{Decoder, Operation};

use super::buffer::Buffer;
use crate::config::Compression;

/// Decompresses the frames of a zstd archive.
pub(super) struct Zstd<R> {
    decoder: Decoder<'static>,
    buffer: Buffer<R>,
    /// A frame has begun and not ended.
    is_within: bool,
    /// The decoder had no room for all of its output, maybe.
    may_hold_more: bool,
}

impl<R: Read> Zstd<R> {
    pub(super) fn new(buffer: Buffer<R>) -> io::Result<Self> {
        Ok(Self { decoder: Decoder::new()?, buffer, is_within: false, may_hold_more: false })
    }

    /// Bytes of the archive so far.
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
            // What the decoder holds must not wait for input, which may not come for long.
            let compressed = if self.may_hold_more { &[] } else { self.buffer.fill_buf()? };
            let is_end = compressed.is_empty() && !self.may_hold_more;
            let status = self.decoder.run_on_buffers(compressed, bytes)?;
            self.buffer.consume(status.bytes_read);
            self.is_within = status.remaining > 0;
            self.may_hold_more = self.is_within && status.bytes_written == bytes.len();
            if status.bytes_written > 0 {
                return Ok(status.bytes_written);
            }
            if is_end && self.is_within {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
