//! A regular file, mapped to memory window by window.
//!
//! Windows, not the whole file: a window is unmapped when its last chunk is done, so resident memory does not
//! grow with the file, and setting up 8 MiB at once costs less than mapping each chunk on its own.
//!
//! The hazard of every map: if another process shortens the file, touching a page that is gone raises `SIGBUS`.
//! `--no-mmap` reads instead.

use std::{fs::File, io, ops::Range, sync::Arc};

use memchr::{memchr, memrchr};
use memmap2::{Mmap, MmapOptions};

use super::{BYTE_ORDER_MARK, Bytes};

/// The size of a window, unless a line or the chunk size needs a larger one. Measured: 1 MiB costs twice as
/// much to map and unmap, 64 MiB gains nothing.
const WINDOW: usize = 8 << 20;

/// Maps begin at a multiple of this, which is one of every page size.
const ALIGNMENT: u64 = 64 << 10;

#[derive(Debug)]
pub(super) struct Mapped {
    file: File,
    /// Where the part that is read ends; what is appended later is not read.
    end: u64,
    chunk_size: usize,
    window: Arc<Mmap>,
    /// Where the window begins in the file.
    window_start: u64,
    /// Where the next chunk begins in the window.
    next: usize,
}

impl Mapped {
    /// A part of `file`, which must begin with a line and lie within its length when it was opened.
    pub(super) fn open(file: &File, part: Range<u64>, chunk_size: usize) -> io::Result<Self> {
        let window_start = part.start - part.start % ALIGNMENT;
        let size = usize::try_from(part.end - window_start).unwrap_or(usize::MAX).min(WINDOW.max(4 * chunk_size));
        let window = Arc::new(map(file, window_start, size)?);
        let mut next = (part.start - window_start) as usize;
        if part.start == 0 && window.starts_with(BYTE_ORDER_MARK) {
            next = BYTE_ORDER_MARK.len();
        }
        Ok(Self { file: file.try_clone()?, end: part.end, chunk_size, window, window_start, next })
    }

    pub(super) fn position(&self) -> u64 {
        self.window_start + self.next as u64
    }

    /// The next chunk and where it begins.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, Bytes)>> {
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
        Ok(Some((offset, Bytes::Mapped(Arc::clone(&self.window), range))))
    }

    /// The length of the next chunk, if the window holds all of it: the last line feed within the chunk size,
    /// or, where a line is longer than that, the first one behind.
    fn whole_lines(&self) -> Option<usize> {
        let rest = &self.window[self.next..];
        let is_last = self.window_start + self.window.len() as u64 == self.end;
        if rest.len() <= self.chunk_size {
            return is_last.then_some(rest.len());
        }
        let (near, far) = rest.split_at(self.chunk_size);
        memrchr(b'\n', near)
            .or_else(|| memchr(b'\n', far).map(|at| near.len() + at))
            .map(|line_feed| line_feed + 1)
            .or_else(|| is_last.then_some(rest.len()))
    }

    /// Maps the window that begins at the next chunk; if it already does, one of twice the size.
    fn move_window(&mut self) -> io::Result<()> {
        let offset = self.position();
        let start = offset - offset % ALIGNMENT;
        let size = if start == self.window_start { 2 * self.window.len() } else { WINDOW.max(4 * self.chunk_size) };
        let size = usize::try_from(self.end - start).map_or(size, |rest| rest.min(size));
        // Better told than met as SIGBUS, where that can be.
        if self.file.metadata()?.len() < self.end {
            return Err(io::Error::other("the file was shortened while it was converted"));
        }
        self.window = Arc::new(map(&self.file, start, size)?);
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
