//! The targets of rows: standard output, one file, or a file for each input.

use std::path::{Path, PathBuf};

use super::file::OutputFile;
use crate::{
    config::{self, Compression, Config, Input},
    error::Error,
    setting::Setting,
};

/// The target of one output.
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

    /// A file with the name of the input, except for the extension of the compression.
    fn within(directory: &Path, input: &Input, compression: Option<Compression>) -> Result<Self, Error> {
        let (name, file_name) = match input {
            Input::Stdin => ("<stdin>".to_owned(), None),
            Input::Path(path) => (path.display().to_string(), path.file_name()),
        };
        let reason = "has no name for its file in the output folder";
        let file_name = file_name.ok_or_else(|| Error::unusable(name, reason))?;
        let Some(compression) = compression else { return Ok(Self::Path(directory.join(file_name))) };
        let is_compressed = Compression::from_extension(Path::new(file_name)) != Compression::None;
        let stem = Path::new(file_name).file_stem().filter(|_| is_compressed).unwrap_or(file_name);
        let mut name = stem.to_owned();
        name.push(compression.ending());
        Ok(Self::Path(directory.join(name)))
    }

    /// The compression that the name asks for.
    pub(super) fn compression(&self) -> Compression {
        match self {
            Self::Stdout => Compression::None,
            Self::Path(path) => Compression::from_extension(path),
        }
    }

    /// The path, or `<stdout>`.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Stdout => "<stdout>".to_owned(),
            Self::Path(path) => path.display().to_string(),
        }
    }

    /// An error if the target can be seen now to be none that [`create`](Self::create) will open.
    pub(super) fn check(&self, sync: bool) -> Result<(), Error> {
        match self {
            Self::Stdout => Ok(()),
            Self::Path(path) => OutputFile::check(path, Setting::Output, sync),
        }
    }

    /// Opens the target for writing. With `sync` a file will outlive a power failure.
    pub(super) fn create(&self, sync: bool) -> Result<OutputFile<'static>, Error> {
        match self {
            Self::Stdout => OutputFile::stdout(),
            Self::Path(path) => OutputFile::create(path, Setting::Output, sync),
        }
    }
}
