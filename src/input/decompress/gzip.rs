//! gzip archives of several members, one after the other.

use std::{
    io::{self, Read},
    mem,
};

use flate2::bufread::GzDecoder;

use super::buffer::Buffer;
use crate::config::Compression;

/// Decompresses the members of a gzip archive.
pub(super) enum Gzip<R> {
    Member(Box<GzDecoder<Buffer<R>>>),
    /// Between two members, or behind the last one: zero bytes may stand here.
    Between(Buffer<R>),
    /// The state while one of the others becomes the next.
    Changing,
}

impl<R: Read> Gzip<R> {
    pub(super) fn new(buffer: Buffer<R>) -> Self {
        Self::Member(Box::new(GzDecoder::new(buffer)))
    }

    /// Bytes of the archive so far.
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
