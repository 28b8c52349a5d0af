//! The memory of a run: a fixed number of buffers, each for one chunk and its rows.
//!
//! A chunk needs buffers to be read into, and holds them until its rows are written; then they return to the pool. So
//! there are never more chunks in flight than buffers, whichever is slow: the reader, the workers, or the disk.

use std::num::NonZeroU64;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::{input::chunk::Chunk, rows::Rows};

/// Memory for one chunk.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) chunk: Chunk,
    /// The rows of the chunk.
    pub(super) rows: Rows,
    /// The rows, compressed.
    pub(super) compressed: Vec<u8>,
}

/// The most chunks in flight for each worker: the one it works on, some that come next, and some that wait for the writer,
/// who has to share two cores with two workers and does not always come at once. Measured: with 3 the workers wait for it,
/// more than 8 gain nothing.
const CHUNKS_PER_WORKER: usize = 8;

/// The buffers that are free.
pub(super) struct BufferPool {
    number: usize,
    free: Receiver<Buffers>,
    home: Sender<Buffers>,
}

impl BufferPool {
    /// The buffers of a run whose rows are each written `repeat_each` times in place.
    pub(super) fn for_workers(workers: usize, repeat_each: NonZeroU64) -> Self {
        Self::new(CHUNKS_PER_WORKER * workers, repeat_each)
    }

    pub(super) fn new(number: usize, repeat_each: NonZeroU64) -> Self {
        let (home, free) = bounded(number);
        for _ in 0..number {
            let buffers = Buffers { rows: Rows::repeated(repeat_each), ..Buffers::default() };
            home.send(buffers).expect("the channel has room for all buffers");
        }
        Self { number, free, home }
    }

    /// The number of all buffers: the most chunks in flight.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// Waits for free buffers.
    pub(super) fn take(&self) -> Lease {
        let buffers = self.free.recv().expect("the pool holds a sender, so the channel is open");
        Lease { buffers, home: self.home.clone() }
    }
}

/// Buffers in use. They return to the pool when the lease is dropped, even by a panic.
pub(super) struct Lease {
    pub(super) buffers: Buffers,
    home: Sender<Buffers>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut buffers = std::mem::take(&mut self.buffers);
        buffers.chunk.clear();
        buffers.rows.clear();
        buffers.compressed.clear();
        // The channel has room for all buffers; it is closed only when the run is over.
        let _ = self.home.send(buffers);
    }
}
