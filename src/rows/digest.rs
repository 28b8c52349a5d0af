//! Digests of rows, by which equal rows are found without being held.

use std::hash::{DefaultHasher, Hasher};

use super::observer::Observer;

/// The state of a digest after the text of a row up to some turn; nothing is done unless the observer wants digests. It
/// grows with the text, so that the digests of all rows of a conversation take linear time.
#[derive(Debug, Clone, Default)]
pub(super) struct TextDigest {
    hasher: DefaultHasher,
}

impl TextDigest {
    /// Adds bytes that were appended to the text. It does not matter how they are split.
    #[inline]
    pub(super) fn write<O: Observer>(&mut self, bytes: &[u8]) {
        if O::WANTS_DIGESTS {
            self.hasher.write(bytes);
        }
    }

    /// The digest of a row with this text and these scores.
    #[inline]
    pub(super) fn of_row<O: Observer>(&self, scores: &[f64]) -> u64 {
        if !O::WANTS_DIGESTS {
            return 0;
        }
        let mut hasher = self.hasher.clone();
        for score in scores {
            hasher.write_u64(score.to_bits());
        }
        hasher.finish()
    }
}
