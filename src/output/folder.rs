//! A folder with an output for each input, each of which appears when it is complete, in the order of the inputs.
//!
//! An output is open only while it is written, so there may be more of them than files may be open. Outputs without rows wait
//! for the first one that has some: a run that ends without any row leaves the folder as it was.

use std::mem;

use super::{rows::RowOutput, target::Target};
use crate::{
    config::Compression,
    error::{Error, Ready},
    rows::Rows,
};

/// The outputs of a run in a folder.
#[derive(Debug)]
pub(crate) struct Folder {
    outputs: Vec<Place>,
    /// The index of the first output that is not complete. All before it are, or are left out.
    next: usize,
    /// The output that is written, and its index.
    open: Option<(usize, RowOutput<'static>)>,
    /// The bytes of its rows.
    bytes: u64,
    ready: Ready,
    /// All rows of an output were written.
    has_rows: bool,
    sync: bool,
}

/// The place of an output.
#[derive(Debug)]
struct Place {
    target: Target,
    compression: Compression,
    /// The old file, if there is one, stays.
    is_left_out: bool,
}

impl Folder {
    /// The outputs for these targets, which are checked, but not opened. With `sync` each file outlives a power failure.
    pub(super) fn new(targets: Vec<(Target, Compression)>, sync: bool) -> Result<Self, Error> {
        targets.iter().try_for_each(|(target, _)| target.check(sync))?;
        let place = |(target, compression)| Place { target, compression, is_left_out: false };
        let outputs: Vec<_> = targets.into_iter().map(place).collect();
        let ready = Ready { files: 0, of: outputs.len(), bytes: 0 };
        Ok(Self { outputs, next: 0, open: None, bytes: 0, ready, has_rows: false, sync })
    }

    /// The compression of an output.
    pub(super) fn compression(&self, index: usize) -> Compression {
        self.outputs[index].compression
    }

    /// The names of all outputs.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.outputs.iter().map(|place| place.target.name())
    }

    /// The index of the first output that is neither complete nor left out.
    pub(super) fn next(&self) -> usize {
        self.next
    }

    /// The outputs that are complete and in place.
    pub(super) fn ready(&self) -> Ready {
        self.ready
    }

    /// Writes the rows of the next chunk to an output. Those before it must be complete.
    pub(super) fn write(&mut self, index: usize, rows: &Rows, compressed: &[u8]) -> Result<(), Error> {
        if rows.length() == 0 {
            return Ok(());
        }
        self.bytes = self.bytes.saturating_add(rows.length());
        match &mut self.open {
            Some((open, output)) => {
                debug_assert_eq!(*open, index, "outputs are written one after the other");
                output.write(rows, compressed)
            }
            None => self.open.insert((index, self.outputs[index].open(self.sync)?)).1.write(rows, compressed),
        }
    }

    /// Completes all outputs before `end`, and gives them their names.
    pub(super) fn complete(&mut self, end: usize) -> Result<(), Error> {
        self.has_rows |= self.open.is_some();
        while self.has_rows && self.next < end {
            if self.outputs[self.next].is_left_out {
                self.next += 1;
                continue;
            }
            let mut output = match self.open.take_if(|(index, _)| *index == self.next) {
                Some((_, output)) => output,
                None => self.outputs[self.next].open(self.sync)?,
            };
            output.finish()?;
            output.file.complete()?.rename()?;
            self.next += 1;
            self.ready.files += 1;
            if self.open.is_none() {
                self.ready.bytes = self.ready.bytes.saturating_add(mem::take(&mut self.bytes));
            }
        }
        Ok(())
    }

    /// Leaves an output out, whatever was written to it.
    pub(super) fn leave_out(&mut self, index: usize) {
        self.outputs[index].is_left_out = true;
        if self.open.take_if(|(open, _)| *open == index).is_some() {
            self.bytes = 0;
        }
    }

    /// Completes all outputs, also if no row was written.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        self.has_rows = true;
        self.complete(self.outputs.len())
    }
}

impl Place {
    fn open(&self, sync: bool) -> Result<RowOutput<'static>, Error> {
        Ok(RowOutput { file: self.target.create(sync)?, compression: self.compression })
    }
}
