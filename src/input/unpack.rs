//! A stream that is unpacked while it is read, if it is compressed: its first bytes say so.
//!
//! This happens on the thread that reads, beside the workers. gzip files may have several members and zstd files
//! several frames, as `pigz`, `bgzip`, `cat` and this program make them.

use std::{
    fmt,
    fs::File,
    io::{self, BufReader, Cursor, Read},
    os::fd::OwnedFd,
    sync::Arc,
};

use flate2::bufread::MultiGzDecoder;
use rustix::event::{PollFd, PollFlags};

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
    Gzip(Box<MultiGzDecoder<BufReader<Whole>>>),
    Zstd(zstd::Decoder<'static, BufReader<Whole>>),
}

/// A stream with the bytes in front that were read to see what it is.
type Whole = io::Chain<Cursor<Vec<u8>>, Stream>;

/// How much is read at a time of a compressed file.
const BUFFER: usize = 256 << 10;

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
            State::Gzip(decoder) => used(decoder.get_ref()),
            State::Zstd(decoder) => used(decoder.get_ref()),
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
            Packing::Gzip => State::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER, whole)))),
            Packing::Zstd => State::Zstd(zstd::Decoder::with_buffer(BufReader::with_capacity(BUFFER, whole))?),
        })
    }
}

/// The first bytes of an archive, unpacked; fewer if it cannot be unpacked so far, which reading it will tell.
pub(super) fn beginning(packing: Packing, archive: &File, length: usize) -> Vec<u8> {
    let mut first = Vec::new();
    let archive = BufReader::new(archive);
    let _ = match packing {
        Packing::None => archive.take(length as u64).read_to_end(&mut first),
        Packing::Gzip => MultiGzDecoder::new(archive).take(length as u64).read_to_end(&mut first),
        Packing::Zstd => {
            zstd::Decoder::with_buffer(archive).and_then(|decoder| decoder.take(length as u64).read_to_end(&mut first))
        }
    };
    first
}

fn used(buffer: &BufReader<Whole>) -> u64 {
    buffer.get_ref().get_ref().1.read - buffer.buffer().len() as u64
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
            State::Gzip(decoder) => decoder.read(buffer),
            State::Zstd(decoder) => decoder.read(buffer),
        };
        read.map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            // What the system says is said as it is.
            _ if error.raw_os_error().is_some() => error,
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
