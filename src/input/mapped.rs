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

use crate::{lines, spelling::characters::BYTE_ORDER_MARK};

/// The size of a window, unless a line or the chunk size needs a larger one. Measured: 1 MiB costs twice as
/// much to map and unmap, 64 MiB gains nothing.
const WINDOW: usize = 8 << 20;

/// Maps begin at a multiple of this, which is one of every page size.
const ALIGNMENT: u64 = 64 << 10;

/// The files of which something is mapped, to see why a page is gone.
static SOURCES: Mutex<Vec<Weak<Source>>> = Mutex::new(Vec::new());

/// True if an input of a conversion that runs in this process is shorter than it was. Then a page of it that was mapped
/// can be gone, and `SIGBUS` is no fault of the disk.
///
/// It may wait for a moment, so it is not for a signal handler, but for a thread that is woken by one.
#[must_use]
pub fn is_input_shortened() -> bool {
    let sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
    sources.iter().filter_map(Weak::upgrade).any(|source| source.is_shortened().unwrap_or(false))
}

/// A file of which something is mapped.
#[derive(Debug)]
struct Source {
    file: File,
    /// Where the part that is read ends; what is appended later is not read.
    end: u64,
}

impl Source {
    fn new(file: File, end: u64) -> Arc<Self> {
        let source = Arc::new(Self { file, end });
        let mut sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
        sources.retain(|source| source.strong_count() > 0);
        sources.push(Arc::downgrade(&source));
        source
    }

    fn is_shortened(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() < self.end)
    }
}

/// A part of a file.
#[derive(Debug)]
pub(super) struct Window {
    map: Mmap,
    source: Arc<Source>,
}

impl Window {
    fn map(source: Arc<Source>, start: u64, length: usize) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self { map: map(&source.file, start, length)?, source }))
    }
}

impl Deref for Window {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map
    }
}

#[derive(Debug)]
pub(super) struct Mapped {
    end: u64,
    chunk_size: usize,
    window: Arc<Window>,
    /// Where the window begins in the file.
    window_start: u64,
    /// Where the next chunk begins in the window.
    next: usize,
}

impl Mapped {
    /// A part of `file`, which must begin with a line and lie within its length when it was opened.
    pub(super) fn open(file: &File, range_of_file: Range<u64>, chunk_size: usize) -> io::Result<Self> {
        let window_start = range_of_file.start - range_of_file.start % ALIGNMENT;
        let size =
            usize::try_from(range_of_file.end - window_start).unwrap_or(usize::MAX).min(WINDOW.max(4 * chunk_size));
        let window = Window::map(Source::new(file.try_clone()?, range_of_file.end), window_start, size)?;
        let mut next = (range_of_file.start - window_start) as usize;
        if range_of_file.start == 0 && window.starts_with(BYTE_ORDER_MARK) {
            next = BYTE_ORDER_MARK.len();
        }
        Ok(Self { end: range_of_file.end, chunk_size, window, window_start, next })
    }

    pub(super) fn position(&self) -> u64 {
        self.window_start + self.next as u64
    }

    /// The next chunk and where it begins.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, Arc<Window>, Range<usize>)>> {
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
        Ok(Some((offset, Arc::clone(&self.window), range)))
    }

    /// The length of the next chunk, if the window holds all of it: the last line feed within the chunk size,
    /// or, where a line is longer than that, the first one behind.
    fn whole_lines(&self) -> Option<usize> {
        let rest = &self.window[self.next..];
        let is_last = self.window_start + self.window.len() as u64 == self.end;
        if rest.len() <= self.chunk_size {
            return is_last.then_some(rest.len());
        }
        lines::whole_lines(rest, self.chunk_size).or_else(|| is_last.then_some(rest.len()))
    }

    /// Maps the window that begins at the next chunk; if it already does, one of twice the size.
    fn move_window(&mut self) -> io::Result<()> {
        let offset = self.position();
        let start = offset - offset % ALIGNMENT;
        let size = if start == self.window_start { 2 * self.window.len() } else { WINDOW.max(4 * self.chunk_size) };
        let size = usize::try_from(self.end - start).map_or(size, |rest| rest.min(size));
        // Better told than met as SIGBUS, where that can be.
        let source = &self.window.source;
        if source.is_shortened()? {
            return Err(io::Error::other("the file was shortened while it was converted"));
        }
        self.window = Window::map(Arc::clone(source), start, size)?;
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
