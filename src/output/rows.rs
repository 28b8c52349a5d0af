//! An output of rows, which are compressed or not.

use std::iter;

use super::{
    compress::{compress_in_blocks, compress_nothing, is_in_blocks},
    file::OutputFile,
};
use crate::{config::Compression, error::Error, rows::Rows};

/// An open output of rows.
#[derive(Debug)]
pub(crate) struct RowOutput<'w> {
    pub(super) file: OutputFile<'w>,
    pub(super) compression: Compression,
}

impl RowOutput<'_> {
    /// Writes the rows of the next chunk. `compressed` are the rows [compressed](super::compress::compress).
    pub(super) fn write(&mut self, rows: &Rows, compressed: &[u8]) -> Result<(), Error> {
        match self.compression {
            Compression::None => self.file.write_rows(rows.length(), rows.pieces()),
            compression if is_in_blocks(rows) => {
                compress_in_blocks(compression, rows, |block| write(&mut self.file, block))
            }
            _ => write(&mut self.file, compressed),
        }
    }

    /// Completes the output, which still has its temporary name.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        if self.compression != Compression::None && self.file.is_empty() {
            // An empty file is no archive, so it gets an empty member.
            write(&mut self.file, &compress_nothing(self.compression))?;
        }
        self.file.flush_rows()
    }
}

fn write(file: &mut OutputFile<'_>, compressed: &[u8]) -> Result<(), Error> {
    file.write_rows(compressed.len() as u64, iter::once(compressed))
}
