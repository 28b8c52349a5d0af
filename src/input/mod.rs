//! From files to chunks of whole lines.
//!
//! What is known of each file is found out [first](file). Then they are opened one after the other. Regular files are
//! [mapped](mapped); what cannot be mapped (pipes, devices, files in `/proc`, compressed files), or should not, is
//! [read](blocks), and [unpacked](unpack) on the way. Both give chunks of about the same size that end where a line
//! ends, so nothing after this module knows the difference.

mod blocks;
pub(crate) mod chunk;
mod decompress;
mod file;
mod magic;
mod mapped;
mod members;
mod other_formats;
mod shard;
mod stream;

use std::{
    io::{self, Seek, SeekFrom},
    os::fd::OwnedFd,
    sync::Arc,
};

use self::{
    blocks::Blocks,
    chunk::{Bytes, Chunk},
    decompress::Unpack,
    mapped::Mapped,
    stream::Stream,
};
use crate::error::Error;

pub(crate) use self::file::InputFile;
pub use self::mapped::is_input_shortened;

/// The inputs of a run, one after the other.
#[derive(Debug)]
pub(crate) struct Inputs<'f> {
    files: &'f [InputFile],
    chunk_size: usize,
    mmap: bool,
    /// A wait for a pipe ends when the other end of this is closed.
    stop: Arc<OwnedFd>,
    /// The file that is being read, and which one it is.
    current: Option<Open>,
    next_file: usize,
    /// Bytes of the files that are done, unpacked and as they lie on the disk.
    unpacked: u64,
    on_disk: u64,
}

impl<'f> Inputs<'f> {
    pub(crate) fn new(files: &'f [InputFile], chunk_size: usize, mmap: bool, stop: OwnedFd) -> Self {
        Self {
            files,
            chunk_size: chunk_size.max(1),
            mmap,
            stop: Arc::new(stop),
            current: None,
            next_file: 0,
            unpacked: 0,
            on_disk: 0,
        }
    }

    /// Bytes of input so far, unpacked.
    pub(crate) fn position(&self) -> u64 {
        self.unpacked + self.current.as_ref().map_or(0, Open::unpacked)
    }

    /// The next chunk; `None` at the end. `block` is memory that it may use.
    pub(crate) fn next(&mut self, mut block: Vec<u8>) -> Result<Option<Chunk>, Error> {
        loop {
            let Some(open) = &mut self.current else {
                let Some(file) = self.files.get(self.next_file) else {
                    return Ok(None);
                };
                let open = Open::new(file, self.chunk_size, self.mmap, Arc::clone(&self.stop));
                self.current = Some(open.map_err(Error::io("open", &file.name))?);
                self.next_file += 1;
                continue;
            };
            let file = self.next_file - 1;
            let next = match &mut open.chunks {
                Chunks::Mapped(mapped) => {
                    mapped.next().map(|next| next.map(|(offset, window, range)| (offset, Bytes::Mapped(window, range))))
                }
                Chunks::Blocks(blocks) => {
                    blocks.next(&mut block).map(|next| next.map(|(offset, block)| (offset, Bytes::Read(block))))
                }
            };
            let next = next.map_err(Error::io("read", &self.files[file].name))?;
            if let Some((offset, bytes)) = next {
                let chunk = Chunk { bytes, file, offset, done: self.on_disk + open.on_disk() };
                if open.is_new && open.start == 0 {
                    // Of a regular file this was looked at before; of a pipe it can only be seen now.
                    self.files[file].check_beginning(&chunk)?;
                    open.is_new = false;
                }
                return Ok(Some(chunk));
            }
            self.unpacked += open.unpacked();
            self.on_disk += open.on_disk();
            self.current = None;
        }
    }
}

/// A file that is being read.
#[derive(Debug)]
struct Open {
    /// Where the part that is read begins.
    start: u64,
    /// No chunk was read of it.
    is_new: bool,
    chunks: Chunks,
}

#[derive(Debug)]
enum Chunks {
    Mapped(Mapped),
    Blocks(Blocks),
}

impl Open {
    fn new(known: &InputFile, chunk_size: usize, mmap: bool, stop: Arc<OwnedFd>) -> io::Result<Self> {
        let mut file = known.open()?;
        let start = known.range.as_ref().map_or(0, |range| range.start);
        let range = known.range.clone().filter(|_| mmap && !known.is_compressed());
        // Not every file that has a length can be mapped: those in /sys cannot.
        let mapped = range.and_then(|range| Mapped::open(&file, range, chunk_size).ok());
        let chunks = if let Some(mapped) = mapped {
            Chunks::Mapped(mapped)
        } else {
            // It may have been read before.
            if known.range.is_some() {
                file.seek(SeekFrom::Start(start))?;
            }
            let stream = Stream::new(file, known.length(), stop);
            // Within a file there are no first bytes.
            let stream = if start > 0 { Unpack::plain(stream) } else { Unpack::new(stream) };
            Chunks::Blocks(Blocks::new(stream, start, chunk_size))
        };
        Ok(Self { start, is_new: true, chunks })
    }

    fn unpacked(&self) -> u64 {
        let position = match &self.chunks {
            Chunks::Mapped(mapped) => mapped.position(),
            Chunks::Blocks(blocks) => blocks.position(),
        };
        position - self.start
    }

    fn on_disk(&self) -> u64 {
        match &self.chunks {
            Chunks::Mapped(mapped) => mapped.position() - self.start,
            Chunks::Blocks(blocks) => blocks.on_disk(),
        }
    }
}
