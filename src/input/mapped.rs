//! A regular file, mapped to memory window by window.
//!
//! Windows, not the whole file: a window is unmapped when its last chunk is done, so resident memory does not
//! grow with the file, and setting up 8 MiB at once costs less than mapping each chunk on its own.
//!
//! The hazard of every map: if another process shortens the file, touching a page that is gone raises `SIGBUS`.
//! `--no-mmap` reads instead.

use std::{
    fs::File,
    io,
    ops::{Deref, Range},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use memmap2::{Mmap, MmapOptions};

use super::identity::{Identity, shortened};
use crate::{lines::whole_lines, spelling::characters::BYTE_ORDER_MARK};

/// The size of a window, unless a line or the chunk size needs a larger one. Measured: 1 MiB costs twice as
/// much to map and unmap, 64 MiB gains nothing.
const WINDOW: usize = 8 << 20;

/// Maps begin at a multiple of this, which is a multiple of every page size.
const ALIGNMENT: u64 = 64 << 10;

/// The files that windows are mapped from, to find out why a page is gone.
static SOURCES: Mutex<Vec<Weak<Source>>> = Mutex::new(Vec::new());

/// True if an input of a conversion that runs in this process is shorter than it was: then `SIGBUS` comes from a mapped
/// page that is gone, and not from a fault of the disk.
///
/// This function takes a lock, so a signal handler must not call it; a thread that the handler wakes may.
#[must_use]
pub fn is_input_shortened() -> bool {
    let sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
    sources.iter().filter_map(Weak::upgrade).any(|source| source.identity.is_shortened(source.end))
}

/// A file that windows are mapped from. It need not be open.
#[derive(Debug)]
struct Source {
    identity: Identity,
    /// The end of the range that is read; what is appended later is not read.
    end: u64,
}

impl Source {
    fn new(identity: Identity, end: u64) -> Arc<Self> {
        let source = Arc::new(Self { identity, end });
        let mut sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
        sources.retain(|source| source.strong_count() > 0);
        sources.push(Arc::downgrade(&source));
        source
    }
}

/// A mapped range of a file.
#[derive(Debug)]
struct Window {
    map: Mmap,
    /// The file stays listed as long as a part of it is mapped.
    source: Arc<Source>,
}

/// Some whole lines of a window, which stays mapped as long as they are needed.
#[derive(Debug)]
pub(super) struct MappedLines {
    window: Arc<Window>,
    range: Range<usize>,
}

impl Deref for MappedLines {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.window.map[self.range.clone()]
    }
}

impl MappedLines {
    /// Keeps the first `length` bytes only.
    pub(super) fn truncate(&mut self, length: usize) {
        self.range.end = self.range.end.min(self.range.start + length);
    }
}

/// Maps a file as chunks of whole lines. It is open until its last window is mapped and handed out.
#[derive(Debug)]
pub(super) struct Mapped {
    file: File,
    end: u64,
    chunk_size: usize,
    max_line: usize,
    window: Arc<Window>,
    /// The offset of the window in the file.
    window_start: u64,
    /// The offset of the next chunk in the window.
    next: usize,
}

impl Mapped {
    /// Maps `range` of `file`, which begins at the start of a line and was within the file when it was opened.
    pub(super) fn open(
        file: &File,
        identity: &Identity,
        range: Range<u64>,
        chunk_size: usize,
        max_line: usize,
    ) -> io::Result<Self> {
        let window_start = range.start - range.start % ALIGNMENT;
        let size = usize::try_from(range.end - window_start).unwrap_or(usize::MAX).min(WINDOW.max(4 * chunk_size));
        let map = map(file, window_start, size)?;
        let window = Arc::new(Window { map, source: Source::new(identity.clone(), range.end) });
        let mut next = (range.start - window_start) as usize;
        if range.start == 0 && window.map.starts_with(BYTE_ORDER_MARK) {
            next = BYTE_ORDER_MARK.len();
        }
        Ok(Self { file: file.try_clone()?, end: range.end, chunk_size, max_line, window, window_start, next })
    }

    /// The offset of the next chunk in the file.
    pub(super) fn position(&self) -> u64 {
        self.window_start + self.next as u64
    }

    /// The next chunk and its offset in the file; `None` at the end. A chunk may be a line that is longer than allowed, or its
    /// beginning.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, MappedLines)>> {
        let offset = self.position();
        if offset >= self.end {
            return Ok(None);
        }
        let length = loop {
            if let Some(length) = self.whole_lines() {
                break length;
            }
            self.move_window()?;
        };
        let range = self.next..self.next + length;
        self.next = range.end;
        Ok(Some((offset, MappedLines { window: Arc::clone(&self.window), range })))
    }

    /// The length of the next chunk; `None` if the window ends before it does.
    fn whole_lines(&self) -> Option<usize> {
        let rest = &self.window.map[self.next..];
        let is_last = self.window_start + self.window.map.len() as u64 == self.end;
        if rest.len() <= self.chunk_size {
            return is_last.then_some(rest.len());
        }
        let is_end = is_last || rest.len() > self.max_line;
        whole_lines(rest, self.chunk_size).or_else(|| is_end.then_some(rest.len()))
    }

    /// Maps the window that begins at the next chunk; if it already does, one of twice the size.
    fn move_window(&mut self) -> io::Result<()> {
        let offset = self.position();
        let start = offset - offset % ALIGNMENT;
        let size = if start == self.window_start { 2 * self.window.map.len() } else { WINDOW.max(4 * self.chunk_size) };
        let size = usize::try_from(self.end - start).map_or(size, |rest| rest.min(size));
        // Where it can, this reports as an error what would be SIGBUS.
        if self.file.metadata()?.len() < self.end {
            return Err(shortened());
        }
        let source = Arc::clone(&self.window.source);
        self.window = Arc::new(Window { map: map(&self.file, start, size)?, source });
        self.window_start = start;
        self.next = (offset - start) as usize;
        Ok(())
    }
}

#[allow(unsafe_code)]
fn map(file: &File, start: u64, length: usize) -> io::Result<Mmap> {
    // SAFETY: the map is shared and read-only, so what another process writes to the file shows through while
    // references to the bytes exist, which Rust's model does not allow for. Nothing here relies on two reads of
    // a byte giving the same value for memory safety, except `str`s made after a check of UTF-8 and positions
    // found before they are used: every use of a position is checked against bounds, so a file that changes
    // under us can give a wrong row or a panic in a worker (which ends the run with an error), and a shortened
    // file SIGBUS. Neither is promised otherwise: the input must not change, and `--no-mmap` reads a copy.
    unsafe { MmapOptions::new().offset(start).len(length).map(file) }
}
