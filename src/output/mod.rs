//! Which output the rows of an input go to: one for all inputs, or one for each.

pub(crate) mod compress;
pub(crate) mod file;
pub(crate) mod obstacles;
pub(crate) mod path;
pub(crate) mod temporary;

use std::{
    fs, iter,
    path::{Path, PathBuf},
};

use self::{
    compress::{is_in_blocks, pack, write_in_blocks},
    file::OutputFile,
};
use crate::{
    config::{self, Compression, Config, Input},
    error::Error,
    rows::Rows,
};

/// Where one output goes.
#[derive(Debug)]
pub(crate) enum Target {
    Stdout,
    Path(PathBuf),
}

impl Target {
    /// The targets of a run: none, one for all inputs, or one for each of them.
    pub(crate) fn all(config: &Config) -> Result<Vec<Self>, Error> {
        Ok(match &config.output {
            config::Output::Check => Vec::new(),
            config::Output::Stdout => vec![Self::Stdout],
            config::Output::Path(path) => vec![Self::Path(path.clone())],
            config::Output::Directory(directory) => {
                let within = |input| Self::within(directory, input, config.compression);
                config.inputs.iter().map(within).collect::<Result<_, _>>()?
            }
        })
    }

    /// A file named as the input, but for the ending that says how it is compressed.
    fn within(directory: &Path, input: &Input, compression: Option<Compression>) -> Result<Self, Error> {
        let (name, file_name) = match input {
            Input::Stdin => ("<stdin>".to_owned(), None),
            Input::Path(path) => (path.display().to_string(), path.file_name()),
        };
        let reason = "has no name for its file in the output folder";
        let file_name = file_name.ok_or_else(|| Error::Unusable { name, reason: reason.to_owned() })?;
        let Some(compression) = compression else { return Ok(Self::Path(directory.join(file_name))) };
        let is_packed = Compression::from_extension(Path::new(file_name)) != Compression::None;
        let stem = Path::new(file_name).file_stem().filter(|_| is_packed).unwrap_or(file_name);
        let mut name = stem.to_owned();
        name.push(compression.ending());
        Ok(Self::Path(directory.join(name)))
    }

    fn compression(&self) -> Compression {
        match self {
            Self::Stdout => Compression::None,
            Self::Path(path) => Compression::from_extension(path),
        }
    }

    fn create(&self) -> Result<OutputFile, Error> {
        match self {
            Self::Stdout => OutputFile::stdout(),
            Self::Path(path) => OutputFile::create(path, "-o"),
        }
    }
}

/// The open outputs of a run.
pub(crate) struct Outputs {
    outputs: Vec<(OutputFile, Compression)>,
    /// Each input has its own.
    each: bool,
}

impl Outputs {
    pub(crate) fn create(config: &Config, targets: &[Target]) -> Result<Self, Error> {
        let directory = match &config.output {
            config::Output::Directory(directory) => Some(directory),
            _ => None,
        };
        if let Some(directory) = directory {
            fs::create_dir_all(directory).map_err(Error::io("make the folder", directory.display()))?;
        }
        let create = |target: &Target| {
            let compression = config.compression.unwrap_or_else(|| target.compression());
            target.create().map(|output| (output, compression))
        };
        Ok(Self { outputs: targets.iter().map(create).collect::<Result<_, _>>()?, each: directory.is_some() })
    }

    /// How the rows of each of the inputs are compressed.
    pub(crate) fn compressions(&self, inputs: usize) -> Vec<Compression> {
        let compression = |input| self.outputs.get(self.index(input)).map_or(Compression::None, |output| output.1);
        (0..inputs).map(compression).collect()
    }

    fn index(&self, input: usize) -> usize {
        if self.each { input } else { 0 }
    }

    /// Writes the rows of the next chunk of an input.
    pub(crate) fn write(&mut self, input: usize, rows: &Rows, packed: &[u8]) -> Result<(), Error> {
        let index = self.index(input);
        match self.outputs.get_mut(index) {
            None => Ok(()),
            Some((output, Compression::None)) => output.write(rows.length(), rows.pieces()),
            Some((output, compression)) if is_in_blocks(rows) => {
                write_in_blocks(*compression, rows, |block| output.write(block.len() as u64, iter::once(block)))
            }
            Some((output, _)) => output.write(packed.len() as u64, iter::once(packed)),
        }
    }

    /// Ends all outputs; they are complete then, but not in their places.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        for (output, compression) in &mut self.outputs {
            if *compression != Compression::None && output.is_empty() {
                // Nothing is no archive.
                let mut packed = Vec::new();
                pack(*compression, &Rows::default(), &mut packed);
                output.write(packed.len() as u64, iter::once(&packed[..]))?;
            }
        }
        Ok(())
    }

    /// The output's name, or those of all.
    pub(crate) fn name(&self) -> Option<String> {
        let names: Vec<_> = self.outputs.iter().map(|(output, _)| &*output.name).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// The outputs, to put them in their places.
    pub(crate) fn into_iter(self) -> impl Iterator<Item = OutputFile> {
        self.outputs.into_iter().map(|(output, _)| output)
    }
}
