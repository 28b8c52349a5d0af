//! A stream that is decompressed while it is read, if its first bytes say that it is compressed.
//!
//! This happens on the thread that reads, beside the workers. gzip files may have several members and zstd files
//! several frames, as `pigz`, `bgzip`, `cat` and this program make them.

mod buffer;
mod gzip;
mod magic;
mod zstd;

use std::{
    fmt,
    fs::File,
    io::{self, Cursor, Read},
};

use self::{
    buffer::{Buffer, TrailingBytes},
    gzip::Gzip,
    zstd::Zstd,
};
use super::{
    silence::is_silence,
    stream::{Stream, reader_error},
};
use crate::config::Compression;

/// Reads a stream, decompressed.
pub(super) struct Decompressor<'r>(State<'r>);

enum State<'r> {
    /// Nothing is read yet.
    New(Option<Stream<'r>>),
    Plain(Whole<'r>),
    Gzip(Gzip<Whole<'r>>),
    Zstd(Zstd<Whole<'r>>),
}

/// A stream behind the bytes of it that were read to detect its compression.
type Whole<'r> = io::Chain<Cursor<Vec<u8>>, Stream<'r>>;

impl<'r> Decompressor<'r> {
    /// Detects the compression by the first bytes.
    pub(super) fn new(stream: Stream<'r>) -> Self {
        Self(State::New(Some(stream)))
    }

    /// Reads the stream as it is, whatever its first bytes are.
    pub(super) fn plain(stream: Stream<'r>) -> Self {
        Self(State::Plain(Cursor::default().chain(stream)))
    }

    /// Bytes of the stream that were consumed.
    pub(super) fn used(&self) -> u64 {
        match &self.0 {
            State::New(_) => 0,
            State::Plain(whole) => whole.get_ref().1.used(),
            State::Gzip(archive) => archive.used(),
            State::Zstd(archive) => archive.used(),
        }
    }

    fn compression(&self) -> Compression {
        match self.0 {
            State::New(_) | State::Plain(_) => Compression::None,
            State::Gzip(_) => Compression::Gzip,
            State::Zstd(_) => Compression::Zstd,
        }
    }

    /// Reads the first bytes and chooses the decoder.
    fn begin(mut stream: Stream<'r>) -> io::Result<State<'r>> {
        let mut first = Vec::new();
        stream.by_ref().take(Compression::MAGIC).read_to_end(&mut first)?;
        let compression = Compression::detect(&first);
        let whole = Cursor::new(first).chain(stream);
        Ok(match compression {
            Compression::None => State::Plain(whole),
            Compression::Gzip => State::Gzip(Gzip::new(Buffer::new(whole))),
            Compression::Zstd => State::Zstd(Zstd::new(Buffer::new(whole))?),
        })
    }
}

/// The first bytes of an archive, decompressed; fewer if the archive is damaged, which reading it will report.
pub(super) fn beginning(compression: Compression, archive: &File, length: usize) -> Vec<u8> {
    let mut first = Vec::new();
    let length = length as u64;
    let _ = match compression {
        Compression::None => archive.take(length).read_to_end(&mut first),
        Compression::Gzip => Gzip::new(Buffer::new(archive)).take(length).read_to_end(&mut first),
        Compression::Zstd => {
            Zstd::new(Buffer::new(archive)).and_then(|decoder| decoder.take(length).read_to_end(&mut first))
        }
    };
    first
}

impl Read for Decompressor<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_decompressed(buffer).map_err(|error| reader_error(error).unwrap_or_else(|error| self.explain(error)))
    }
}

impl Decompressor<'_> {
    fn read_decompressed(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let State::New(stream) = &mut self.0 {
            let stream = stream.take().ok_or(io::ErrorKind::UnexpectedEof)?;
            self.0 = Self::begin(stream)?;
        }
        match &mut self.0 {
            State::New(_) => unreachable!("it has begun"),
            State::Plain(whole) => whole.read(buffer),
            State::Gzip(archive) => archive.read(buffer),
            State::Zstd(archive) => archive.read(buffer),
        }
    }

    /// What an error of a decoder means for the archive.
    fn explain(&self, error: io::Error) -> io::Error {
        match error.kind() {
            _ if matches!(self.0, State::New(_) | State::Plain(_)) || is_silence(&error) => error,
            io::ErrorKind::Interrupted => error,
            // An error of the system speaks for itself.
            _ if error.raw_os_error().is_some() => error,
            _ if matches!(error.get_ref(), Some(inner) if inner.is::<TrailingBytes>()) => error,
            kind => {
                let what = if kind == io::ErrorKind::UnexpectedEof {
                    "is cut off".to_owned()
                } else {
                    format!("is damaged ({error})")
                };
                io::Error::other(format!("the {} archive {what} at byte {}", self.compression().name(), self.used()))
            }
        }
    }
}

impl fmt::Debug for Decompressor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Decompressor").field(&self.compression()).finish()
    }
}
