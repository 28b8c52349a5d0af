//! Compressed output: the rows of a chunk become a gzip member or a zstd frame of their own, so that the workers can
//! make them beside each other. Every reader of such files takes several one after the other.

use std::{
    io::{self, Write},
    iter,
};

use flate2::write::GzEncoder;

use crate::{config::Compression, rows::Rows};

/// What `gzip` and `zstd` use themselves.
const GZIP_LEVEL: u32 = 6;
const ZSTD_LEVEL: i32 = 3;

/// Rows that are much longer than what is held of them are packed in parts of this size, when they are written: also
/// packed they could be larger than the memory there is.
const BLOCK: usize = 4 << 20;

/// Replaces the content of `packed` by the rows, compressed. By nothing with [`Compression::None`], and if the rows are
/// to be packed [in parts](write_in_blocks).
pub(crate) fn pack(compression: Compression, rows: &Rows, packed: &mut Vec<u8>) {
    packed.clear();
    if !is_in_blocks(rows) {
        append(compression, rows.pieces(), packed);
    }
}

/// True if the rows are gathered from much less than their length.
pub(crate) fn is_in_blocks(rows: &Rows) -> bool {
    rows.length() > BLOCK as u64 && rows.length() / 4 > rows.held() as u64
}

/// Hands the rows to `write`, compressed, part by part.
pub(crate) fn write_in_blocks<E>(
    compression: Compression,
    rows: &Rows,
    mut write: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut pieces = rows.pieces().flat_map(|piece| piece.chunks(BLOCK)).peekable();
    let mut packed = Vec::new();
    while pieces.peek().is_some() {
        let mut length = 0;
        let mut fits = |piece: &&[u8]| {
            length += piece.len();
            length <= BLOCK
        };
        packed.clear();
        append(compression, iter::from_fn(|| pieces.next_if(&mut fits)), &mut packed);
        write(&packed)?;
    }
    Ok(())
}

fn append<'p>(compression: Compression, pieces: impl Iterator<Item = &'p [u8]>, packed: &mut Vec<u8>) {
    let done = match compression {
        Compression::None => Ok(()),
        Compression::Gzip => gzip(pieces, packed),
        Compression::Zstd => zstd(pieces, packed),
    };
    done.expect("a vector takes every write");
}

fn gzip<'p>(mut pieces: impl Iterator<Item = &'p [u8]>, packed: &mut Vec<u8>) -> io::Result<()> {
    let mut encoder = GzEncoder::new(packed, flate2::Compression::new(GZIP_LEVEL));
    pieces.try_for_each(|piece| encoder.write_all(piece))?;
    encoder.finish().map(drop)
}

fn zstd<'p>(mut pieces: impl Iterator<Item = &'p [u8]>, packed: &mut Vec<u8>) -> io::Result<()> {
    let mut encoder = zstd::Encoder::new(packed, ZSTD_LEVEL)?;
    encoder.include_checksum(true)?;
    pieces.try_for_each(|piece| encoder.write_all(piece))?;
    encoder.finish().map(drop)
}
