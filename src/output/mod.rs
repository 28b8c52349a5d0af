//! The outputs of a run: one for all inputs, or one for each.

pub(crate) mod complete;
pub(crate) mod compress;
pub(crate) mod file;
pub(crate) mod path;
pub(crate) mod target;
pub(crate) mod temporary;

mod folder;
mod nameless;
mod new_folder;
mod obstacles;
mod pieces;
mod rows;
mod temporary_name;

use std::{
    io::{self, Write},
    os::fd::OwnedFd,
};

use self::{complete::CompleteFile, file::OutputFile, folder::Folder, rows::RowOutput, target::Target};
use crate::{
    config::{self, Compression, Config},
    error::{Error, Ready},
    rows::Rows,
    setting::{Setting, message},
};

/// The outputs of a run.
pub(crate) enum Outputs<'w> {
    /// None: rows are only counted.
    None,
    /// One for all inputs, which appears at the end of the run.
    One(RowOutput<'w>),
    /// One for each input.
    Folder(Folder),
}

impl<'w> Outputs<'w> {
    /// Opens the output of all inputs, or checks those of each input.
    pub(crate) fn create(config: &Config, targets: Vec<Target>) -> Result<Self, Error> {
        let with_compression = |target: Target| {
            let compression = config.compression.unwrap_or_else(|| target.compression());
            (target, compression)
        };
        let mut targets = targets.into_iter().map(with_compression);
        if let config::Output::Directory(directory) = &config.output {
            new_folder::make(directory, config.sync)?;
            return Ok(Self::Folder(Folder::new(targets.collect(), config.sync)?));
        }
        let Some((target, compression)) = targets.next() else { return Ok(Self::None) };
        Ok(Self::One(RowOutput { file: target.create(config.sync)?, compression }))
    }

    /// One output for all inputs: a writer of the caller.
    pub(crate) fn from_writer(config: &Config, writer: Box<dyn Write + Send + 'w>) -> Result<Self, Error> {
        let file = OutputFile::from_writer(writer);
        if config.output != config::Output::Check {
            let reason = message!("is the only output, so ", Setting::Output, " must be Check");
            return Err(Error::unusable(file.name, reason));
        }
        Ok(Self::One(RowOutput { file, compression: config.compression.unwrap_or(Compression::None) }))
    }

    /// True if each input has its own output.
    pub(crate) fn has_one_each(&self) -> bool {
        matches!(self, Self::Folder(_))
    }

    /// A handle of the output with its name, if it is one pipe, whose reader may leave.
    pub(crate) fn pipe(&self) -> io::Result<Option<(OwnedFd, String)>> {
        match self {
            Self::One(output) => Ok(output.file.pipe()?.map(|pipe| (pipe, output.file.name.clone()))),
            Self::None | Self::Folder(_) => Ok(None),
        }
    }

    /// The compression of the rows of each of the inputs.
    pub(crate) fn compressions(&self, inputs: usize) -> Vec<Compression> {
        let compression = |input| match self {
            Self::None => Compression::None,
            Self::One(output) => output.compression,
            Self::Folder(folder) => folder.compression(input),
        };
        (0..inputs).map(compression).collect()
    }

    /// Writes the rows of the next chunk of an input. `compressed` are the rows [compressed](compress::compress).
    pub(crate) fn write(&mut self, input: usize, rows: &Rows, compressed: &[u8]) -> Result<(), Error> {
        match self {
            Self::None => Ok(()),
            Self::One(output) => output.write(rows, compressed),
            Self::Folder(folder) => folder.write(input, rows, compressed),
        }
    }

    /// Takes that all rows of the inputs before `end` are written: outputs that belong to them alone are complete.
    pub(crate) fn complete(&mut self, end: usize) -> Result<(), Error> {
        if let Self::Folder(folder) = self { folder.complete(end) } else { Ok(()) }
    }

    /// Leaves out the output of an input, if it is not that of all.
    pub(crate) fn leave_out(&mut self, input: usize) {
        if let Self::Folder(folder) = self {
            folder.leave_out(input);
        }
    }

    /// Completes all outputs. The one of all inputs still has its temporary name.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        match self {
            Self::None => Ok(()),
            Self::One(output) => output.finish(),
            Self::Folder(folder) => folder.finish(),
        }
    }

    /// The output of all inputs, which waits for its name.
    pub(crate) fn into_complete(self) -> Result<Option<CompleteFile>, Error> {
        if let Self::One(output) = self { output.file.complete().map(Some) } else { Ok(None) }
    }

    /// The index of the first input whose rows are still needed if the run goes on.
    pub(crate) fn next_input(&self) -> usize {
        if let Self::Folder(folder) = self { folder.next() } else { 0 }
    }

    /// The outputs that are complete and in place, if each input has its own.
    pub(crate) fn ready(&self) -> Option<Ready> {
        if let Self::Folder(folder) = self { Some(folder.ready()) } else { None }
    }

    /// The names of the outputs; `None` if there are none.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::One(output) => Some(output.file.name.clone()),
            Self::Folder(folder) => Some(folder.names().collect::<Vec<_>>().join(", ")),
        }
    }
}
