//! The outputs of a run: one for all inputs, or one for each.

pub(crate) mod complete;
pub(crate) mod compress;
pub(crate) mod file;
pub(crate) mod path;
pub(crate) mod target;
pub(crate) mod temporary;

mod nameless;
mod new_folder;
mod obstacles;
mod pieces;
mod temporary_name;

use std::{
    io::{self, Write},
    iter,
    os::fd::OwnedFd,
    vec,
};

use self::{
    compress::{compress_in_blocks, compress_nothing, is_in_blocks},
    file::OutputFile,
    target::Target,
};
use crate::{
    config::{self, Compression, Config},
    error::Error,
    rows::Rows,
    setting::{Setting, message},
};

/// The open outputs of a run.
pub(crate) struct Outputs<'w> {
    outputs: Vec<(OutputFile<'w>, Compression)>,
    has_one_each: bool,
}

impl<'w> Outputs<'w> {
    pub(crate) fn create(config: &Config, targets: &[Target]) -> Result<Self, Error> {
        let directory = match &config.output {
            config::Output::Directory(directory) => Some(directory),
            _ => None,
        };
        if let Some(directory) = directory {
            new_folder::make(directory, config.sync)?;
        }
        let create = |target: &Target| {
            let compression = config.compression.unwrap_or_else(|| target.compression());
            target.create(config.sync).map(|output| (output, compression))
        };
        Ok(Self { outputs: targets.iter().map(create).collect::<Result<_, _>>()?, has_one_each: directory.is_some() })
    }

    /// One output for all inputs: a writer of the caller.
    pub(crate) fn from_writer(config: &Config, writer: Box<dyn Write + Send + 'w>) -> Result<Self, Error> {
        let output = OutputFile::from_writer(writer);
        if config.output != config::Output::Check {
            let reason = message!("is the only output, so ", Setting::Output, " must be Check");
            return Err(Error::unusable(output.name, reason));
        }
        Ok(Self { outputs: vec![(output, config.compression.unwrap_or(Compression::None))], has_one_each: false })
    }

    /// True if each input has its own output.
    pub(crate) fn has_one_each(&self) -> bool {
        self.has_one_each
    }

    /// A handle of the output with its name, if it is one pipe, whose reader may leave.
    pub(crate) fn pipe(&self) -> io::Result<Option<(OwnedFd, String)>> {
        match &self.outputs[..] {
            [(output, _)] => Ok(output.pipe()?.map(|pipe| (pipe, output.name.clone()))),
            _ => Ok(None),
        }
    }

    /// The compression of the rows of each of the inputs.
    pub(crate) fn compressions(&self, inputs: usize) -> Vec<Compression> {
        let compression = |input| self.outputs.get(self.index(input)).map_or(Compression::None, |output| output.1);
        (0..inputs).map(compression).collect()
    }

    fn index(&self, input: usize) -> usize {
        if self.has_one_each { input } else { 0 }
    }

    /// Writes the rows of the next chunk of an input. `compressed` are the rows [compressed](compress::compress).
    pub(crate) fn write(&mut self, input: usize, rows: &Rows, compressed: &[u8]) -> Result<(), Error> {
        let index = self.index(input);
        match self.outputs.get_mut(index) {
            None => Ok(()),
            Some((output, Compression::None)) => output.write_rows(rows.length(), rows.pieces()),
            Some((output, compression)) if is_in_blocks(rows) => {
                compress_in_blocks(*compression, rows, |block| write(output, block))
            }
            Some((output, _)) => write(output, compressed),
        }
    }

    /// Completes all outputs, which still have their temporary names.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        for (output, compression) in &mut self.outputs {
            if *compression != Compression::None && output.is_empty() {
                // An empty file is no archive, so it gets an empty member.
                write(output, &compress_nothing(*compression))?;
            }
            output.flush_rows()?;
        }
        Ok(())
    }

    /// The names of the outputs; `None` if there are none.
    pub(crate) fn name(&self) -> Option<String> {
        let names: Vec<_> = self.outputs.iter().map(|(output, _)| &*output.name).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

fn write(output: &mut OutputFile<'_>, compressed: &[u8]) -> Result<(), Error> {
    output.write_rows(compressed.len() as u64, iter::once(compressed))
}

impl<'w> IntoIterator for Outputs<'w> {
    type Item = OutputFile<'w>;
    type IntoIter =
        iter::Map<vec::IntoIter<(OutputFile<'w>, Compression)>, fn((OutputFile<'w>, Compression)) -> OutputFile<'w>>;

    fn into_iter(self) -> Self::IntoIter {
        self.outputs.into_iter().map(|(output, _)| output)
    }
}
