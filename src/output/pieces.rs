//! Output that stands in pieces of memory: in batches, and to a file with few calls of the system.

use std::{
    fs::File,
    io::{self, IoSlice, Write},
    iter::{self, Peekable},
};

/// The most bytes that one system call writes. Larger writes make larger parts of page cache, for which the system does
/// not always have memory at hand: half of them then took twice to four times as long.
const MAX_BYTES: usize = 256 << 10;

/// The most pieces that one system call gathers (`IOV_MAX` of Linux and macOS).
const MAX_PIECES: usize = 1024;

/// Adjacent pieces in batches of at most `limit` bytes. Larger pieces are cut.
pub(super) struct Batches<I: Iterator> {
    pieces: Peekable<I>,
    limit: usize,
}

/// The batches of some pieces.
pub(super) fn batches<'p>(
    pieces: impl Iterator<Item = &'p [u8]>,
    limit: usize,
) -> Batches<impl Iterator<Item = &'p [u8]>> {
    Batches { pieces: pieces.flat_map(move |piece| piece.chunks(limit)).peekable(), limit }
}

impl<'p, I: Iterator<Item = &'p [u8]>> Batches<I> {
    /// The pieces of the next batch, which ends where they are no longer taken; `None` at the end.
    pub(super) fn next_batch(&mut self) -> Option<impl Iterator<Item = &'p [u8]>> {
        let Self { pieces, limit } = self;
        pieces.peek()?;
        let mut left = *limit;
        Some(iter::from_fn(move || {
            let piece = pieces.next_if(|piece| piece.len() <= left)?;
            left -= piece.len();
            Some(piece)
        }))
    }
}

/// Writes pieces in order with few calls of the system.
pub(super) fn write_all<'p>(mut file: &File, pieces: impl Iterator<Item = &'p [u8]>) -> io::Result<()> {
    let mut batches = batches(pieces, MAX_BYTES);
    while let Some(batch) = batches.next_batch() {
        let mut batch: Vec<_> = batch.take(MAX_PIECES).map(IoSlice::new).collect();
        let mut left = &mut batch[..];
        while !left.is_empty() {
            match file.write_vectored(left) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut left, written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_all_pieces_in_order_and_as_many_as_fit() {
        let pieces: [&[u8]; 6] = [b"ab", b"", b"c", b"d", b"efghijkl", b"m"];
        let mut batches = batches(pieces.into_iter(), 3);
        let mut all: Vec<Vec<&[u8]>> = Vec::new();
        while let Some(batch) = batches.next_batch() {
            all.push(batch.collect());
        }
        let expected: [&[&[u8]]; 5] = [&[b"ab", b"c"], &[b"d"], &[b"efg"], &[b"hij"], &[b"kl", b"m"]];
        assert_eq!(all, expected);
    }
}
