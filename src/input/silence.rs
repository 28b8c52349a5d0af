//! The silence of a pipe, which ends a chunk that is not full: what writes to the pipe may wait for the rows, or never go on.
//!
//! A pipe is also empty for the moment that its writer needs to fill it again. A chunk for each of these moments would be a
//! small one, and more work. So a chunk ends when the pipe is empty and the first bytes of the chunk came a while ago; a
//! full pipe fills a chunk in much less time.

use std::{
    cell::Cell,
    io,
    rc::Rc,
    time::{Duration, Instant},
};

/// How long after its first bytes a chunk ends if the pipe is empty: nobody sees rows come later, and a hundred chunks a
/// second are no work.
const PATIENCE: Duration = Duration::from_millis(10);

/// How long the reads of a stream wait, as the one who cuts it into chunks says.
#[derive(Debug, Clone, Default)]
pub(super) struct Patience(Rc<Cell<Wait>>);

#[derive(Debug, Clone, Copy, Default)]
enum Wait {
    /// Until something comes.
    #[default]
    Forever,
    /// Until something comes, and a while from then on.
    FromNextBytes,
    Until(Instant),
}

impl Patience {
    /// Lets reads wait until something comes.
    pub(super) fn wait_forever(&self) {
        self.0.set(Wait::Forever);
    }

    /// Lets reads wait for the next bytes, and a while from then on.
    pub(super) fn wait_for_more(&self) {
        self.0.set(Wait::FromNextBytes);
    }

    /// Lets reads wait for a while, since bytes have come.
    pub(super) fn wait_a_while(&self) {
        self.0.set(Wait::Until(Instant::now() + PATIENCE));
    }

    /// How long the next read may wait; `None` for as long as it takes.
    pub(super) fn left(&self) -> Option<Duration> {
        match self.0.get() {
            Wait::Until(end) => Some(end.saturating_duration_since(Instant::now())),
            Wait::Forever | Wait::FromNextBytes => None,
        }
    }

    /// Takes note of bytes that have come.
    pub(super) fn bytes_came(&self) {
        if let Wait::FromNextBytes = self.0.get() {
            self.wait_a_while();
        }
    }
}

/// The error of a read that has waited long enough. Decoders can go on after it, as after every error of this kind.
pub(super) fn error() -> io::Error {
    io::Error::new(io::ErrorKind::WouldBlock, Silence)
}

/// True if a read has waited long enough. What it read before is not lost.
pub(super) fn is_silence(error: &io::Error) -> bool {
    matches!(error.get_ref(), Some(inner) if inner.is::<Silence>())
}

#[derive(Debug, thiserror::Error)]
#[error("the stream is silent")]
struct Silence;
