//! From a file to chunks of whole lines.
//!
//! Regular files are [mapped](mapped); what cannot be mapped (pipes, devices, files in `/proc`), or should
//! not, is [read](blocks). Both give chunks of about the same size that end where a line ends, so nothing
//! after this module knows the difference.

mod blocks;
mod mapped;

use std::{
    fs::{File, Metadata},
    io,
    ops::{Deref, Range},
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
};

use memmap2::Mmap;

use crate::{config::Input, error::Error};

use self::{blocks::Blocks, mapped::Mapped};

/// Some whole lines of the input. Only the last one of the input may lack its line feed.
#[derive(Debug)]
pub(crate) struct Chunk {
    bytes: Bytes,
    /// The offset of the first byte in the input.
    pub(crate) offset: u64,
}

#[derive(Debug)]
enum Bytes {
    Mapped(Arc<Mmap>, Range<usize>),
    Read(Vec<u8>),
}

impl Deref for Chunk {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mapped(window, range) => &window[range.clone()],
            Bytes::Read(block) => block,
        }
    }
}

impl Chunk {
    /// The offset behind the last byte.
    pub(crate) fn end(&self) -> u64 {
        self.offset + self.len() as u64
    }

    /// The memory of a chunk that was read, for the next one.
    pub(crate) fn into_block(self) -> Vec<u8> {
        match self.bytes {
            Bytes::Mapped(..) => Vec::new(),
            Bytes::Read(block) => block,
        }
    }
}

/// An open input.
#[derive(Debug)]
pub(crate) struct Source {
    /// A path as it was given, or `<stdin>`.
    pub(crate) name: String,
    /// Which file it is, to see whether it is also an output.
    pub(crate) metadata: Metadata,
    /// The bytes there are, if that is known.
    pub(crate) length: Option<u64>,
    chunks: Chunks,
}

#[derive(Debug)]
enum Chunks {
    Mapped(Mapped),
    Blocks(Blocks),
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl Source {
    /// Opens the input; with `mmap`, maps it if it is a regular file. A wait for a pipe ends when the other end
    /// of `stop` is closed.
    pub(crate) fn open(input: &Input, chunk_size: usize, mmap: bool, stop: OwnedFd) -> Result<Self, Error> {
        let (name, file) = match input {
            Input::Stdin => ("<stdin>".to_owned(), io::stdin().as_fd().try_clone_to_owned().map(File::from)),
            Input::Path(path) => (path.display().to_string(), File::open(path)),
        };
        let file = file.map_err(Error::io("open", &name))?;
        let metadata = file.metadata().map_err(Error::io("open", &name))?;
        if metadata.is_dir() {
            return Err(Error::Unusable { name, reason: "is a directory, not a file to read" });
        }
        // A file on standard input may be open at any position. Files in /proc call themselves regular and empty.
        let length = match input {
            Input::Path(_) if metadata.is_file() && metadata.len() > 0 => Some(metadata.len()),
            _ => None,
        };
        // Not every file that has a length can be mapped: those in /sys cannot.
        let mapped = length.filter(|_| mmap).and_then(|length| Mapped::open(&file, length, chunk_size).ok());
        let chunks = match mapped {
            Some(mapped) => Chunks::Mapped(mapped),
            None => Chunks::Blocks(Blocks::new(file, length, chunk_size, stop)),
        };
        Ok(Self { name, metadata, length, chunks })
    }

    /// True if the file has become shorter than it was: what was read of it then is not to be trusted, since the
    /// rest of a mapped page reads as zeros.
    pub(crate) fn is_shortened(&self) -> bool {
        let file = match &self.chunks {
            Chunks::Mapped(mapped) => mapped.file(),
            Chunks::Blocks(blocks) => blocks.file(),
        };
        self.length.is_some_and(|length| file.metadata().is_ok_and(|now| now.len() < length))
    }

    /// Bytes of input so far.
    pub(crate) fn position(&self) -> u64 {
        match &self.chunks {
            Chunks::Mapped(mapped) => mapped.position(),
            Chunks::Blocks(blocks) => blocks.position(),
        }
    }

    /// The next chunk; `None` at the end. `block` is memory that it may use.
    pub(crate) fn next(&mut self, block: Vec<u8>) -> Result<Option<Chunk>, Error> {
        let chunk = match &mut self.chunks {
            Chunks::Mapped(mapped) => mapped.next(),
            Chunks::Blocks(blocks) => blocks.next(block),
        };
        chunk.map_err(Error::io("read", &self.name))
    }
}
