//! Refuses a run in which one file has two roles, such as input and output, before any of them is opened for writing.
//!
//! A file that is there is known by its device and inode, one that is not by the place where it will be. Roles are looked
//! up in a map, so thousands of inputs cost no more than their number.

use std::{
    collections::{HashMap, hash_map::Entry},
    fs::{self, Metadata},
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::{Path, PathBuf},
};

use crate::{
    config::{self, Config, OnError},
    error::Error,
    input::InputFile,
    output::{
        Target,
        file::{is_dash, stdout_metadata},
        path::{descriptor_of, resolved},
    },
};

/// Checks the files of a run. A regular file may be an input several times.
pub(crate) fn check(config: &Config, inputs: &[InputFile], targets: &[Target]) -> Result<(), Error> {
    let mut uses = Uses::default();
    for input in inputs {
        uses.read(input)?;
    }
    if let Some(template) = &config.template_file {
        let file_use = FileUse::path(template);
        uses.known.entry(file_use.key).or_insert(file_use.name);
    }
    let is_each = matches!(config.output, config::Output::Directory(_));
    for (index, target) in targets.iter().enumerate() {
        let file_use = match target {
            Target::Stdout => FileUse::stdout("<stdout>"),
            Target::Path(path) => FileUse::path(path),
        };
        uses.write(file_use, if is_each { inputs.get(index) } else { None })?;
    }
    let rejects = match &config.on_error {
        OnError::Skip { rejects, .. } => rejects.as_deref(),
        OnError::Fail => None,
    };
    let others = [("--rejects", rejects), ("--stats", config.stats.as_deref()), ("--report", config.report.as_deref())];
    for (flag, path) in others.into_iter().filter_map(|(flag, path)| Some((flag, path?))) {
        let file_use = if is_dash(path) { FileUse::stdout("-") } else { FileUse::path(path) };
        uses.write(FileUse { name: format!("{flag} {}", file_use.name), ..file_use }, None)?;
    }
    Ok(())
}

/// The roles so far.
#[derive(Default)]
struct Uses {
    /// What each file was called.
    known: HashMap<Key, String>,
    /// The outputs that belong to one input each, with its name.
    of_input: HashMap<Key, String>,
    /// Standard input is read; a second time there is nothing left.
    reads_stdin: bool,
    /// What is written to standard output; a second role for it is refused whatever it is.
    on_stdout: Option<String>,
}

impl Uses {
    fn read(&mut self, input: &InputFile) -> Result<(), Error> {
        let kind = input.metadata.file_type();
        let key = Key::from_metadata(&input.metadata);
        // What comes back on a socket is not what is sent there.
        if kind.is_socket() || key == Key::Any {
            return Ok(());
        }
        let is_read_once = kind.is_fifo() || input.is_stdin() && std::mem::replace(&mut self.reads_stdin, true);
        match self.known.entry(key) {
            Entry::Occupied(other) if is_read_once => Err(Error::Unusable {
                name: input.name.clone(),
                reason: format!("can be read only once, but is an input twice (the other one is {})", other.get()),
            }),
            Entry::Occupied(_) => Ok(()),
            Entry::Vacant(entry) => {
                entry.insert(input.name.clone());
                Ok(())
            }
        }
    }

    /// Adds an output, maybe of one input only.
    fn write(&mut self, file_use: FileUse, input: Option<&InputFile>) -> Result<(), Error> {
        let FileUse { name, key, is_stdout, is_pipe } = file_use;
        if is_stdout && let Some(first) = self.on_stdout.replace(name.clone()) {
            return Err(Error::SameStream { first, second: name });
        }
        if key == Key::Any {
            return Ok(());
        }
        if let Some(first) = self.known.get(&key) {
            let first = first.clone();
            return Err(match (self.of_input.get(&key), input) {
                (Some(other), Some(input)) => {
                    Error::SameTarget { first: other.clone(), second: input.name.clone(), target: name }
                }
                _ if is_pipe => Error::SameStream { first, second: name },
                _ => Error::SameFile { first, second: name },
            });
        }
        if let Some(input) = input {
            self.of_input.insert(key.clone(), input.name.clone());
        }
        self.known.insert(key, name);
        Ok(())
    }
}

/// A file with a role in a run.
struct FileUse {
    /// As it was given.
    name: String,
    key: Key,
    /// By its name.
    is_stdout: bool,
    is_pipe: bool,
}

/// Which file it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// A file, pipe or socket: device and inode.
    File(u64, u64),
    /// A disk, by whichever name.
    Disk(u64),
    /// Not there yet: where it will be.
    Path(PathBuf),
    /// A device such as /dev/null, or a terminal: several roles for it do no harm.
    Any,
}

impl Key {
    fn from_metadata(metadata: &Metadata) -> Self {
        let kind = metadata.file_type();
        if kind.is_block_device() {
            Self::Disk(metadata.rdev())
        } else if kind.is_char_device() || kind.is_dir() {
            Self::Any
        } else {
            Self::File(metadata.dev(), metadata.ino())
        }
    }
}

impl FileUse {
    fn stdout(name: &str) -> Self {
        let metadata = stdout_metadata();
        Self {
            name: name.to_owned(),
            key: metadata.as_ref().map_or(Key::Any, Key::from_metadata),
            is_stdout: true,
            is_pipe: metadata.as_ref().is_some_and(is_pipe),
        }
    }

    fn path(path: &Path) -> Self {
        const STDOUT: u32 = 1;
        let path_to_be = resolved(path);
        let metadata = fs::metadata(path).or_else(|_| fs::metadata(&path_to_be));
        Self {
            name: path.display().to_string(),
            is_stdout: descriptor_of(path) == Some(STDOUT),
            is_pipe: metadata.as_ref().is_ok_and(is_pipe),
            key: metadata.as_ref().map_or(Key::Path(path_to_be), Key::from_metadata),
        }
    }
}

fn is_pipe(metadata: &Metadata) -> bool {
    metadata.file_type().is_fifo() || metadata.file_type().is_socket()
}
