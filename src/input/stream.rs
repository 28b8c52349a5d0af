//! The bytes of an input in sequence: a file whose wait can be ended, or a reader of the caller.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

use super::silence::{self, Patience};

/// What ends the wait for a file that has nothing to read.
#[derive(Debug)]
pub(crate) struct WaitEnds {
    /// The run has failed, once the other end of this pipe is closed.
    pub(crate) stop: OwnedFd,
    /// The output with its name, if it is a pipe: nobody reads the rows once its other end is closed.
    pub(crate) output: Option<(OwnedFd, String)>,
}

/// A file or a reader, with the number of bytes read so far.
#[derive(Debug)]
pub(super) struct Stream<'r> {
    source: Source<'r>,
    read: u64,
}

enum Source<'r> {
    File {
        file: File,
        /// The number of bytes to read, if it is known; what is appended later is not read.
        length: Option<u64>,
        ends: Arc<WaitEnds>,
        patience: Patience,
    },
    /// A reader cannot be interrupted.
    Reader(&'r mut (dyn Read + Send)),
}

impl<'r> Stream<'r> {
    /// The first `length` bytes of `file`, or all of them.
    pub(super) fn new(file: File, length: Option<u64>, ends: Arc<WaitEnds>, patience: Patience) -> Self {
        Self { source: Source::File { file, length, ends, patience }, read: 0 }
    }

    /// All bytes of a reader.
    pub(super) fn from_reader(reader: &'r mut (dyn Read + Send)) -> Self {
        Self { source: Source::Reader(reader), read: 0 }
    }

    /// Bytes read so far.
    pub(super) fn used(&self) -> u64 {
        self.read
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.source {
            Source::Reader(reader) => reader.read(buffer).map_err(|error| match error.kind() {
                // The decoders and the standard library try it again.
                io::ErrorKind::Interrupted => error,
                kind => io::Error::new(kind, ReaderError(error)),
            }),
            Source::File { file, length, ends, patience } => {
                let wanted = length.map_or(buffer.len(), |length| buffer.len().min((length - self.read) as usize));
                read(file, &mut buffer[..wanted], ends, patience)
            }
        };
        read.inspect(|&read| self.read += read as u64)
    }
}

/// An error of the caller's reader, marked so that a decoder's error is told apart from it.
#[derive(Debug)]
struct ReaderError(io::Error);

impl fmt::Display for ReaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ReaderError {}

/// The reader's error, if it is one, as the reader returned it.
pub(super) fn reader_error(error: io::Error) -> Result<io::Error, io::Error> {
    error.downcast::<ReaderError>().map(|ReaderError(error)| error)
}

/// Reads a file once it has something to read. It is an error if the wait is [ended](WaitEnds) before, or is too long.
fn read(mut file: &File, buffer: &mut [u8], ends: &WaitEnds, patience: &Patience) -> io::Result<usize> {
    if buffer.is_empty() {
        return Ok(0);
    }
    loop {
        let timeout = patience.left().and_then(|left| Timespec::try_from(left).ok());
        let output = ends.output.as_ref().map_or(&ends.stop, |(output, _)| output);
        // That an output is closed is told without a flag.
        let mut any =
            [(file.as_fd(), PollFlags::IN), (ends.stop.as_fd(), PollFlags::IN), (output.as_fd(), PollFlags::empty())]
                .map(|(file, flags)| PollFd::from_borrowed_fd(file, flags));
        poll(&mut any, timeout.as_ref())?;
        match any.map(|file| !file.revents().is_empty()) {
            [_, true, _] => return Err(Errno::CANCELED.into()),
            [true, ..] => match file.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            },
            [.., true] => return Err(Errno::PIPE.into()),
            [false, false, false] => return Err(silence::error()),
        }
    }
}

impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, length, .. } => f.debug_tuple("File").field(file).field(length).finish(),
            Self::Reader(_) => f.write_str("Reader"),
        }
    }
}
