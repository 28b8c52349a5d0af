//! Compressed output: the rows of a chunk become a gzip member or a zstd frame of their own, so that the workers can
//! make them side by side. Every reader of such files takes several one after the other.

use std::{
    io::{self, Write},
    iter,
};

use flate2::write::GzEncoder;

use super::pieces::batches;
use crate::{config::Compression, rows::Rows};

/// The levels that `gzip` and `zstd` have as defaults.
const GZIP_LEVEL: u32 = 6;
const ZSTD_LEVEL: i32 = 3;

/// Rows that are much longer than the memory they are gathered from are compressed in blocks of this size, when they are
/// written: even compressed they could be larger than the memory there is.
const BLOCK: usize = 4 << 20;

/// Replaces the content of `compressed` by the rows, compressed; by nothing with [`Compression::None`], if there are no rows,
/// and if the rows are compressed [in blocks](compress_in_blocks).
pub(crate) fn compress(compression: Compression, rows: &Rows, compressed: &mut Vec<u8>) {
    compressed.clear();
    if rows.length() > 0 && !is_in_blocks(rows) {
        append(compression, rows.pieces(), compressed);
    }
}

/// An archive of nothing.
pub(super) fn compress_nothing(compression: Compression) -> Vec<u8> {
    let mut compressed = Vec::new();
    append(compression, iter::empty(), &mut compressed);
    compressed
}

/// True if the rows are gathered from much less memory than their length.
pub(super) fn is_in_blocks(rows: &Rows) -> bool {
    rows.length() > BLOCK as u64 && rows.length() / 4 > rows.held() as u64
}

/// Hands the rows to `write`, compressed, block by block.
pub(super) fn compress_in_blocks<E>(
    compression: Compression,
    rows: &Rows,
    mut write: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut batches = batches(rows.pieces(), BLOCK);
    let mut compressed = Vec::new();
    while let Some(batch) = batches.next_batch() {
        compressed.clear();
        append(compression, batch, &mut compressed);
        write(&compressed)?;
    }
    Ok(())
}

fn append<'p>(compression: Compression, pieces: impl Iterator<Item = &'p [u8]>, compressed: &mut Vec<u8>) {
    let done = match compression {
        Compression::None => Ok(()),
        Compression::Gzip => gzip(pieces, compressed),
        Compression::Zstd => zstd(pieces, compressed),
    };
    done.expect("a vector takes every write");
}

fn gzip<'p>(mut pieces: impl Iterator<Item = &'p [u8]>, compressed: &mut Vec<u8>) -> io::Result<()> {
    let mut encoder = GzEncoder::new(compressed, flate2::Compression::new(GZIP_LEVEL));
    pieces.try_for_each(|piece| encoder.write_all(piece))?;
    encoder.finish().map(drop)
}

fn zstd<'p>(mut pieces: impl Iterator<Item = &'p [u8]>, compressed: &mut Vec<u8>) -> io::Result<()> {
    let mut encoder = zstd::Encoder::new(compressed, ZSTD_LEVEL)?;
    encoder.include_checksum(true)?;
    pieces.try_for_each(|piece| encoder.write_all(piece))?;
    encoder.finish().map(drop)
}
