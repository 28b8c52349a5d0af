//! A stream that is unpacked while it is read, if it is compressed: its first bytes say so.
//!
//! This happens on the thread that reads, beside the workers. gzip files may have several members and zstd files
//! several frames, as `pigz`, `bgzip`, `cat` and this program make them.

use std::{
    fmt,
    fs::File,
    io::{self, Cursor, Read},
    os::fd::OwnedFd,
    sync::Arc,
};

use rustix::event::{PollFd, PollFlags};

use super::members::{Behind, Buffer, Gzip, Zstd};

/// How an input is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Packing {
    /// As many bytes say how a file is packed.
    pub(super) const MAGIC: u64 = 4;

    /// How a file is packed that begins like this. None of these can begin a line of JSON.
    pub(super) fn of(first: &[u8]) -> Self {
        match first {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A frame, or one that is to be skipped, which may come first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    /// As many bytes say that a member begins.
    pub(super) fn magic(self) -> usize {
        match self {
            Self::None => 0,
            Self::Gzip => 2,
            Self::Zstd => 4,
        }
    }

    /// True if a member may begin with these bytes, which are too few to be sure.
    pub(super) fn may_begin(self, first: &[u8]) -> bool {
        let magics: &[&[u8]] = match self {
            Self::None => &[],
            Self::Gzip => &[&[0x1f, 0x8b]],
            Self::Zstd => &[&[0x28, 0xb5, 0x2f, 0xfd]],
        };
        let is_skipped =
            self == Self::Zstd && matches!(first, [0x50..=0x5f, rest @ ..] if [0x2a, 0x4d].starts_with(rest));
        is_skipped || magics.iter().any(|magic| magic.starts_with(first))
    }

    /// What such archives are made of.
    pub(super) fn member(self) -> &'static str {
        if self == Self::Zstd { "frame" } else { "member" }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::None => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// Reads a stream and unpacks it.
pub(super) struct Unpack(State);

enum State {
    /// Nothing is read yet.
    New(Option<Stream>),
    Plain(Whole),
    Gzip(Gzip<Whole>),
    Zstd(Zstd<Whole>),
}

/// A stream with the bytes in front that were read to see what it is.
type Whole = io::Chain<Cursor<Vec<u8>>, Stream>;

impl Unpack {
    pub(super) fn new(stream: Stream) -> Self {
        Self(State::New(Some(stream)))
    }

    /// Not unpacked, whatever the first bytes are.
    pub(super) fn plain(stream: Stream) -> Self {
        Self(State::Plain(Cursor::default().chain(stream)))
    }

    /// The bytes that were taken from the stream, and used.
    pub(super) fn used(&self) -> u64 {
        match &self.0 {
            State::New(_) => 0,
            State::Plain(whole) => whole.get_ref().1.read,
            State::Gzip(archive) => archive.used(),
            State::Zstd(archive) => archive.used(),
        }
    }

    fn packing(&self) -> Packing {
        match self.0 {
            State::New(_) | State::Plain(_) => Packing::None,
            State::Gzip(_) => Packing::Gzip,
            State::Zstd(_) => Packing::Zstd,
        }
    }

    /// Reads the first bytes, and chooses.
    fn begin(mut stream: Stream) -> io::Result<State> {
        let mut first = Vec::new();
        stream.by_ref().take(Packing::MAGIC).read_to_end(&mut first)?;
        let packing = Packing::of(&first);
        let whole = Cursor::new(first).chain(stream);
        Ok(match packing {
            Packing::None => State::Plain(whole),
            Packing::Gzip => State::Gzip(Gzip::new(Buffer::new(whole))),
            Packing::Zstd => State::Zstd(Zstd::new(Buffer::new(whole))?),
        })
    }
}

/// The first bytes of an archive, unpacked; fewer if it cannot be unpacked so far, which reading it will tell.
pub(super) fn beginning(packing: Packing, archive: &File, length: usize) -> Vec<u8> {
    let mut first = Vec::new();
    let length = length as u64;
    let _ = match packing {
        Packing::None => archive.take(length).read_to_end(&mut first),
        Packing::Gzip => Gzip::new(Buffer::new(archive)).take(length).read_to_end(&mut first),
        Packing::Zstd => {
            Zstd::new(Buffer::new(archive)).and_then(|unpacked| unpacked.take(length).read_to_end(&mut first))
        }
    };
    first
}

impl Read for Unpack {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let State::New(stream) = &mut self.0 {
            let stream = stream.take().ok_or(io::ErrorKind::UnexpectedEof)?;
            self.0 = Self::begin(stream)?;
        }
        let read = match &mut self.0 {
            State::New(_) => unreachable!("it has begun"),
            State::Plain(whole) => return whole.read(buffer),
            State::Gzip(archive) => archive.read(buffer),
            State::Zstd(archive) => archive.read(buffer),
        };
        read.map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            // What the system says is said as it is.
            _ if error.raw_os_error().is_some() => error,
            _ if matches!(error.get_ref(), Some(inner) if inner.is::<Behind>()) => error,
            kind => {
                let what = if kind == io::ErrorKind::UnexpectedEof {
                    "is cut off".to_owned()
                } else {
                    format!("is damaged ({error})")
                };
                io::Error::other(format!("the {} archive {what} at byte {}", self.packing().name(), self.used()))
            }
        })
    }
}

impl fmt::Debug for Unpack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unpack").field(&self.packing()).finish()
    }
}

/// A file that nobody needs to wait for any longer once the other end of `stop` is closed: a run that has failed
/// must not wait for a pipe in which nothing comes.
#[derive(Debug)]
pub(super) struct Stream {
    file: File,
    /// Bytes there are, if that is known; what is appended later is not read.
    length: Option<u64>,
    /// Bytes read so far.
    read: u64,
    stop: Arc<OwnedFd>,
}

impl Stream {
    /// The first `length` bytes of `file`, or all of them.
    pub(super) fn new(file: File, length: Option<u64>, stop: Arc<OwnedFd>) -> Self {
        Self { file, length, read: 0, stop }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = self.length.map_or(buffer.len(), |length| buffer.len().min((length - self.read) as usize));
        if wanted == 0 {
            return Ok(0);
        }
        loop {
            let mut either = [PollFd::new(&self.file, PollFlags::IN), PollFd::new(&self.stop, PollFlags::IN)];
            rustix::event::poll(&mut either, None)?;
            if !either[1].revents().is_empty() {
                return Err(io::Error::from_raw_os_error(rustix::io::Errno::CANCELED.raw_os_error()));
            }
            match self.file.read(&mut buffer[..wanted]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read.inspect(|&read| self.read += read as u64),
            }
        }
    }
}
