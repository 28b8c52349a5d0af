//! Memory for the turns of one record after the other.

use std::mem;

use crate::conversation::Turn;

/// An empty vector of turns, whose memory is kept.
#[derive(Debug, Default)]
pub(crate) struct TurnBuffer(Vec<Turn<'static>>);

impl TurnBuffer {
    /// Lends the vector for the turns of a record, which may live as short as the record.
    #[inline]
    pub(crate) fn lend<'l, R>(&mut self, read: impl FnOnce(&mut Vec<Turn<'l>>) -> R) -> R {
        let mut turns = mem::take(&mut self.0);
        let result = read(&mut turns);
        turns.clear();
        // An empty vector with another lifetime: the standard library collects in place, so that the steady state
        // allocates nothing (`tests/allocations/main.rs` holds it to that).
        self.0 = turns.into_iter().map(|_| unreachable!("the vector is empty")).collect();
        result
    }
}
