//! The memory of a run, fixed in number: a desk holds one chunk and its rows.
//!
//! A chunk needs a desk to be read and keeps it until its rows are written; then the desk goes back. So there
//! is never more in flight than there are desks, whichever is slow: the reader, the workers, or the disk.

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::rows::Rows;

/// Memory for one chunk.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    /// For a chunk that is read rather than mapped.
    pub(crate) block: Vec<u8>,
    /// For the rows made from it.
    pub(crate) rows: Rows,
    /// For the same, compressed.
    pub(crate) packed: Vec<u8>,
}

/// The desks that are free.
pub(crate) struct BufferPool {
    free: Receiver<Buffers>,
    home: Sender<Buffers>,
}

impl BufferPool {
    pub(crate) fn new(number: usize) -> Self {
        let (home, free) = bounded(number);
        for _ in 0..number {
            home.send(Buffers::default()).expect("the channel has room for all pool");
        }
        Self { free, home }
    }

    /// Waits for a free desk.
    pub(crate) fn take(&self) -> Lease {
        let buffers = self.free.recv().expect("this holds a sender, so the channel is open");
        Lease { buffers, home: self.home.clone() }
    }
}

/// A desk in use. It goes back when this is dropped, whatever happened.
pub(crate) struct Lease {
    pub(crate) buffers: Buffers,
    home: Sender<Buffers>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut buffers = std::mem::take(&mut self.buffers);
        buffers.rows.clear();
        buffers.packed.clear();
        // The channel has room for all desks; it is only closed when the run is over.
        let _ = self.home.send(buffers);
    }
}
