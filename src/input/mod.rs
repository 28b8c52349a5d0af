//! From files to chunks of whole lines.
//!
//! All files are [inspected](mod@file) first, and then opened, read and closed one after the other. Regular files are [mapped]; what cannot be
//! mapped (pipes, devices, files in `/proc`, compressed files), or should not, is [read](blocks), and
//! [decompressed](decompress) on the way. Both give chunks of about the same size that end where a line ends, so nothing
//! after this module knows the difference.

mod blocks;
pub(crate) mod chunk;
mod decompress;
mod file;
mod identity;
mod mapped;
mod other_formats;
pub(crate) mod shard;
mod silence;
mod stream;

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    sync::Arc,
};

use self::{blocks::Blocks, chunk::Chunk, decompress::Decompressor, mapped::Mapped, silence::Patience, stream::Stream};
use crate::{
    error::{Error, ErrorKind},
    lines::line_ranges,
};

pub(crate) use self::file::InputFile;
pub use self::mapped::is_input_shortened;
pub(crate) use self::stream::WaitEnds;

/// How inputs are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) chunk_size: usize,
    /// The length of the longest line that is read.
    pub(crate) max_line: usize,
    pub(crate) mmap: bool,
    /// A chunk ends when a pipe is silent; otherwise at its size only.
    pub(crate) ends_in_silence: bool,
}

/// The inputs of a run, one after the other.
pub(crate) struct Inputs<'f> {
    files: &'f [InputFile],
    reading: Reading,
    ends: Arc<WaitEnds>,
    /// The index of the file that is being read.
    file: usize,
    /// That file, once it is open.
    current: Option<Open<'f>>,
    /// The reader of the caller, which is the only input then.
    reader: Option<&'f mut (dyn Read + Send)>,
    /// The next line of the file is longer than allowed, so the file ends there.
    has_long_line: bool,
    /// Bytes of the files that are done, as they lie on the disk.
    on_disk: u64,
}

impl<'f> Inputs<'f> {
    /// The files from `first` on, or `reader` if there is one.
    pub(crate) fn new(
        files: &'f [InputFile],
        first: usize,
        reader: Option<&'f mut (dyn Read + Send)>,
        reading: Reading,
        ends: WaitEnds,
    ) -> Self {
        Self {
            reader,
            files,
            reading: Reading { chunk_size: reading.chunk_size.max(1), ..reading },
            ends: Arc::new(ends),
            file: first,
            current: None,
            has_long_line: false,
            on_disk: 0,
        }
    }

    /// Replaces the content of `chunk` by the next lines, unless a file or all of them end here.
    pub(crate) fn read(&mut self, chunk: &mut Chunk) -> Result<Next, Error> {
        chunk.clear();
        if self.has_long_line {
            return Ok(Next::EndOfFile(self.next_file(), 0));
        }
        let Some(file) = self.files.get(self.file) else { return Ok(Next::End) };
        if file.is_left_out() {
            return Ok(Next::EndOfFile(self.next_file(), 0));
        }
        if self.current.is_none() {
            file.take_failure()?;
        }
        // A file without a line in the shard is not even opened.
        if self.current.is_none() && file.length() != Some(0) {
            let open = match self.reader.take() {
                Some(reader) => Ok(Open::from_reader(reader, self.reading)),
                None => Open::new(file, self.reading, Arc::clone(&self.ends)),
            };
            self.current = Some(open.map_err(Error::io("open", &file.name))?);
        }
        let mut bytes = 0;
        if let Some(open) = &mut self.current {
            let offset = open.read(chunk).map_err(|error| match &self.ends.output {
                Some((_, name)) if error.kind() == io::ErrorKind::BrokenPipe => {
                    ErrorKind::ReaderGone { name: name.clone() }.into()
                }
                _ => Error::io("read", &file.name)(error),
            })?;
            if let Some(offset) = offset {
                (chunk.file, chunk.offset, chunk.done) = (self.file, offset, self.on_disk + open.on_disk());
                if open.is_new && open.start == 0 {
                    // Of a regular file this was looked at before; of a pipe it can only be seen now.
                    file.check_beginning(chunk)?;
                    open.is_new = false;
                }
                self.end_at_long_line(chunk);
                return Ok(Next::Lines);
            }
            bytes = open.decompressed();
        }
        Ok(Next::EndOfFile(self.next_file(), bytes))
    }

    /// Goes on to the next file, and returns the index of the one before.
    pub(crate) fn next_file(&mut self) -> usize {
        self.on_disk += self.current.take().map_or(0, |open| open.on_disk());
        self.has_long_line = false;
        self.file += 1;
        self.file - 1
    }

    /// Cuts a chunk before its first line that is longer than allowed, which is the end of the file.
    fn end_at_long_line(&mut self, chunk: &mut Chunk) {
        // Mostly no line of a chunk can be as long.
        let max_line = self.reading.max_line;
        if chunk.len() <= max_line {
            return;
        }
        let long_line = line_ranges(chunk).find(|line| line.len() > max_line);
        if let Some(line) = long_line {
            chunk.truncate(line.start);
            chunk.precedes_long_line = true;
            self.has_long_line = true;
        }
    }
}

/// What comes next in the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Lines of a file.
    Lines,
    /// The end of the file with this index, and its bytes, decompressed.
    EndOfFile(usize, u64),
    /// The end of the last file.
    End,
}

/// A file that is being read.
struct Open<'r> {
    /// A regular file with the end of the range that is read.
    file: Option<(File, u64)>,
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
    fn from_reader(reader: &'r mut (dyn Read + Send), reading: Reading) -> Self {
        let stream = Decompressor::new(Stream::from_reader(reader));
        // A reader cannot be asked whether it would wait.
        let blocks = Blocks::new(stream, None, 0, reading.chunk_size, reading.max_line);
        Self { file: None, start: 0, is_new: true, chunks: Chunks::Blocks(blocks) }
    }

    fn new(input: &InputFile, reading: Reading, ends: Arc<WaitEnds>) -> io::Result<Self> {
        let Reading { chunk_size, max_line, mmap, ends_in_silence } = reading;
        let mut file = input.open()?;
        let regular =
            input.range.as_ref().map(|range| Ok::<_, io::Error>((file.try_clone()?, range.end))).transpose()?;
        let start = input.range.as_ref().map_or(0, |range| range.start);
        let whole = input.identity.as_ref().zip(input.range.clone()).filter(|_| mmap && !input.is_compressed());
        // Not every file that has a length can be mapped: those in /sys cannot.
        let mapped =
            whole.and_then(|(identity, range)| Mapped::open(&file, identity, range, chunk_size, max_line).ok());
        let chunks = if let Some(mapped) = mapped {
            Chunks::Mapped(mapped)
        } else {
            // An earlier pass, or the inspection, may have moved the position.
            if input.range.is_some() {
                file.seek(SeekFrom::Start(start))?;
            }
            let patience = ends_in_silence.then(Patience::default);
            let stream = Stream::new(file, input.length(), ends, patience.clone().unwrap_or_default());
            // A shard begins in the middle of its file, where no magic number stands.
            let stream = if start > 0 { Decompressor::plain(stream) } else { Decompressor::new(stream) };
            Chunks::Blocks(Blocks::new(stream, patience, start, chunk_size, max_line))
        };
        Ok(Self { file: regular, start, is_new: true, chunks })
    }

    /// Replaces the lines of `chunk` by the next ones, and returns their offset; `None` at the end.
    fn read(&mut self, chunk: &mut Chunk) -> io::Result<Option<u64>> {
        let offset = match &mut self.chunks {
            Chunks::Mapped(mapped) => mapped.next()?.map(|(offset, lines)| {
                chunk.mapped = Some(lines);
                offset
            }),
            Chunks::Blocks(blocks) => blocks.next(&mut chunk.block)?,
        };
        match &self.file {
            // The file may have no name any more, by which the writer looks at its length.
            Some((file, end)) if offset.is_none() && file.metadata()?.len() < *end => Err(identity::shortened()),
            _ => Ok(offset),
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
