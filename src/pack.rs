//! Compressed output: the rows of a chunk become a gzip member or a zstd frame of their own, so that the workers can
//! make them beside each other. Every reader of such files takes several one after the other.

use std::io::{self, Write};

use flate2::write::GzEncoder;

use crate::{config::Compression, rows::Rows};

/// What `gzip` and `zstd` use themselves.
const GZIP_LEVEL: u32 = 6;
const ZSTD_LEVEL: i32 = 3;

/// Replaces the content of `packed` by the rows, compressed. With [`Compression::None`] there is none.
pub(crate) fn pack(compression: Compression, rows: &Rows, packed: &mut Vec<u8>) {
    packed.clear();
    let done = match compression {
        Compression::None => Ok(()),
        Compression::Gzip => gzip(rows, packed),
        Compression::Zstd => zstd(rows, packed),
    };
    done.expect("a vector takes every write");
}

fn gzip(rows: &Rows, packed: &mut Vec<u8>) -> io::Result<()> {
    let mut encoder = GzEncoder::new(packed, flate2::Compression::new(GZIP_LEVEL));
    write_all(rows, &mut encoder)?;
    encoder.finish().map(drop)
}

fn zstd(rows: &Rows, packed: &mut Vec<u8>) -> io::Result<()> {
    let mut encoder = zstd::Encoder::new(packed, ZSTD_LEVEL)?;
    encoder.include_checksum(true)?;
    write_all(rows, &mut encoder)?;
    encoder.finish().map(drop)
}

fn write_all(rows: &Rows, encoder: &mut impl Write) -> io::Result<()> {
    rows.pieces().try_for_each(|piece| encoder.write_all(piece))
}
