//! From files to chunks of whole lines.
//!
//! All files are [inspected](mod@file) first, and then read one after the other. Regular files are [mapped]; what cannot be
//! mapped (pipes, devices, files in `/proc`, compressed files), or should not, is [read](blocks), and
//! [decompressed](decompress) on the way. Both give chunks of about the same size that end where a line ends, so nothing
//! after this module knows the difference.

mod blocks;
pub(crate) mod chunk;
mod decompress;
mod file;
mod mapped;
mod other_formats;
pub(crate) mod shard;
mod stream;

use std::{
    io::{self, Read, Seek, SeekFrom},
    os::fd::OwnedFd,
    sync::Arc,
};

use self::{blocks::Blocks, chunk::Chunk, decompress::Decompressor, mapped::Mapped, stream::Stream};
use crate::{error::Error, lines::line_ranges};

pub(crate) use self::file::InputFile;
pub use self::mapped::is_input_shortened;

/// The inputs of a run, one after the other.
pub(crate) struct Inputs<'f> {
    files: &'f [InputFile],
    chunk_size: usize,
    /// The length of the longest line that is read.
    max_line: usize,
    mmap: bool,
    /// A wait for a pipe ends when the other end of this is closed.
    stop: Arc<OwnedFd>,
    /// The file that is being read, and the index of the one after it.
    current: Option<Open<'f>>,
    /// The reader of the caller, which is the only input then.
    reader: Option<&'f mut (dyn Read + Send)>,
    next_file: usize,
    /// There is a line that is longer than allowed.
    has_ended: bool,
    /// Bytes of the files that are done, decompressed and as they lie on the disk.
    decompressed: u64,
    on_disk: u64,
}

impl<'f> Inputs<'f> {
    /// The files, or `reader` if there is one, with the sizes of a chunk and of the longest line.
    pub(crate) fn new(
        files: &'f [InputFile],
        reader: Option<&'f mut (dyn Read + Send)>,
        [chunk_size, max_line]: [usize; 2],
        mmap: bool,
        stop: OwnedFd,
    ) -> Self {
        Self {
            reader,
            files,
            chunk_size: chunk_size.max(1),
            max_line,
            mmap,
            stop: Arc::new(stop),
            current: None,
            next_file: 0,
            has_ended: false,
            decompressed: 0,
            on_disk: 0,
        }
    }

    /// Bytes of input so far, decompressed.
    pub(crate) fn position(&self) -> u64 {
        self.decompressed + self.current.as_ref().map_or(0, Open::decompressed)
    }

    /// Replaces the content of `chunk` by the next lines. False at the end of the last file.
    pub(crate) fn read(&mut self, chunk: &mut Chunk) -> Result<bool, Error> {
        chunk.clear();
        if self.has_ended {
            return Ok(false);
        }
        loop {
            let Some(open) = &mut self.current else {
                let Some(file) = self.files.get(self.next_file) else {
                    return Ok(false);
                };
                let open = match self.reader.take() {
                    Some(reader) => Ok(Open::from_reader(reader, self.chunk_size, self.max_line)),
                    None => Open::new(file, self.chunk_size, self.max_line, self.mmap, Arc::clone(&self.stop)),
                };
                self.current = Some(open.map_err(Error::io("open", &file.name))?);
                self.next_file += 1;
                continue;
            };
            let file = self.next_file - 1;
            let offset = open.read(chunk).map_err(Error::io("read", &self.files[file].name))?;
            if let Some(offset) = offset {
                (chunk.file, chunk.offset, chunk.done) = (file, offset, self.on_disk + open.on_disk());
                if open.is_new && open.start == 0 {
                    // Of a regular file this was looked at before; of a pipe it can only be seen now.
                    self.files[file].check_beginning(chunk)?;
                    open.is_new = false;
                }
                self.end_at_long_line(chunk);
                return Ok(true);
            }
            self.decompressed += open.decompressed();
            self.on_disk += open.on_disk();
            self.current = None;
        }
    }

    /// Cuts a chunk before its first line that is longer than allowed, which is the end of all inputs.
    fn end_at_long_line(&mut self, chunk: &mut Chunk) {
        // Mostly no line of a chunk can be as long.
        if chunk.len() <= self.max_line {
            return;
        }
        let long_line = line_ranges(chunk).find(|line| line.len() > self.max_line);
        if let Some(line) = long_line {
            chunk.truncate(line.start);
            chunk.precedes_long_line = true;
            self.has_ended = true;
        }
    }
}

/// A file that is being read.
struct Open<'r> {
    /// The offset of the range that is read.
    start: u64,
    /// No chunk of it was read yet.
    is_new: bool,
    chunks: Chunks<'r>,
}

enum Chunks<'r> {
    Mapped(Mapped),
    Blocks(Blocks<'r>),
}

impl<'r> Open<'r> {
    fn from_reader(reader: &'r mut (dyn Read + Send), chunk_size: usize, max_line: usize) -> Self {
        let stream = Decompressor::new(Stream::from_reader(reader));
        Self { start: 0, is_new: true, chunks: Chunks::Blocks(Blocks::new(stream, 0, chunk_size, max_line)) }
    }

    fn new(input: &InputFile, chunk_size: usize, max_line: usize, mmap: bool, stop: Arc<OwnedFd>) -> io::Result<Self> {
        let mut file = input.open()?;
        let start = input.range.as_ref().map_or(0, |range| range.start);
        let range = input.range.clone().filter(|_| mmap && !input.is_compressed());
        // Not every file that has a length can be mapped: those in /sys cannot.
        let mapped = range.and_then(|range| Mapped::open(&file, range, chunk_size, max_line).ok());
        let chunks = if let Some(mapped) = mapped {
            Chunks::Mapped(mapped)
        } else {
            // An earlier pass, or the inspection, may have moved the position.
            if input.range.is_some() {
                file.seek(SeekFrom::Start(start))?;
            }
            let stream = Stream::new(file, input.length(), stop);
            // A shard begins in the middle of its file, where no magic number stands.
            let stream = if start > 0 { Decompressor::plain(stream) } else { Decompressor::new(stream) };
            Chunks::Blocks(Blocks::new(stream, start, chunk_size, max_line))
        };
        Ok(Self { start, is_new: true, chunks })
    }

    /// Replaces the lines of `chunk` by the next ones, and returns their offset; `None` at the end.
    fn read(&mut self, chunk: &mut Chunk) -> io::Result<Option<u64>> {
        match &mut self.chunks {
            Chunks::Mapped(mapped) => Ok(mapped.next()?.map(|(offset, lines)| {
                chunk.mapped = Some(lines);
                offset
            })),
            Chunks::Blocks(blocks) => blocks.next(&mut chunk.block),
        }
    }

    fn decompressed(&self) -> u64 {
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
