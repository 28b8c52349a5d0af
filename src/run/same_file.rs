//! Checks that each file has one use in a run: the same file as input and output, or as two outputs, is an error before
//! anything is opened for writing.
//!
//! An existing file is known by its device and inode, a new one by the path where it will be. Files are looked up in a map, so
//! thousands of inputs take time linear in their number.

use std::{
    collections::{HashMap, hash_map::Entry},
    fs::{self, Metadata},
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::{Path, PathBuf},
};

use crate::{
    config::{self, Config, OnError},
    error::{Error, ErrorKind},
    input::InputFile,
    output::{
        file::stdout_metadata,
        path::{descriptor_of, is_dash, resolved},
        target::Target,
    },
    setting::{Message, Setting, message},
};

/// Checks the files of a run. A regular file may be an input several times.
pub(crate) fn check(config: &Config, inputs: &[InputFile], targets: &[Target]) -> Result<(), Error> {
    let mut files = FilesInUse::default();
    for input in inputs {
        files.read(input)?;
    }
    if let Some(template) = &config.template_file {
        let file = NamedFile::from_path(template);
        files.names.entry(file.id).or_insert(file.name);
    }
    let has_one_each = matches!(config.output, config::Output::Directory(_));
    for (index, target) in targets.iter().enumerate() {
        let file = match target {
            Target::Stdout => NamedFile::stdout("<stdout>"),
            Target::Path(path) => NamedFile::from_path(path),
        };
        files.write(file, if has_one_each { inputs.get(index) } else { None })?;
    }
    let rejects = match &config.on_error {
        OnError::Skip { rejects, .. } => rejects.as_deref(),
        OnError::Fail => None,
    };
    let others = [
        (Setting::Rejects, rejects),
        (Setting::Stats, config.stats.as_deref()),
        (Setting::Report, config.report.as_deref()),
    ];
    for (setting, path) in others.into_iter().filter_map(|(setting, path)| Some((setting, path?))) {
        let file = if is_dash(path) { NamedFile::stdout("-") } else { NamedFile::from_path(path) };
        files.write(NamedFile { name: message!(setting, format!(" {}", file.name)), ..file }, None)?;
    }
    Ok(())
}

/// The files that have a use so far.
#[derive(Default)]
struct FilesInUse {
    /// Each file with its name, as it was given first.
    names: HashMap<FileId, Message>,
    /// The outputs of one input each, with the names of the inputs.
    of_input: HashMap<FileId, String>,
    /// Standard input is read; a second time there is nothing left.
    reads_stdin: bool,
    /// The name of what is written to standard output; a second use of it is an error, whatever it is.
    on_stdout: Option<Message>,
}

impl FilesInUse {
    /// Adds an input. A regular file may be an input several times.
    fn read(&mut self, input: &InputFile) -> Result<(), Error> {
        // A reader of the caller is no file that could be known.
        let Some(metadata) = &input.metadata else { return Ok(()) };
        let kind = metadata.file_type();
        let id = FileId::from_metadata(metadata);
        // What comes back on a socket is not what is sent there.
        if kind.is_socket() || id == FileId::Any {
            return Ok(());
        }
        let is_read_once = kind.is_fifo() || input.is_stdin() && std::mem::replace(&mut self.reads_stdin, true);
        match self.names.entry(id) {
            Entry::Occupied(other) if is_read_once => {
                let reason = format!("can be read only once, but is an input twice (the other one is {})", other.get());
                Err(Error::unusable(&input.name, reason))
            }
            Entry::Occupied(_) => Ok(()),
            Entry::Vacant(entry) => {
                entry.insert(input.name.clone().into());
                Ok(())
            }
        }
    }

    /// Adds an output; `input` is the one that it belongs to, if it is not the output of all.
    fn write(&mut self, file: NamedFile, input: Option<&InputFile>) -> Result<(), Error> {
        let NamedFile { name, id, is_stdout, is_pipe } = file;
        if is_stdout && let Some(first) = self.on_stdout.replace(name.clone()) {
            return Err(ErrorKind::SameStream { first, second: name }.into());
        }
        if id == FileId::Any {
            return Ok(());
        }
        if let Some(first) = self.names.get(&id) {
            let first = first.clone();
            return Err(match (self.of_input.get(&id), input) {
                (Some(other), Some(input)) => {
                    let (first, second, target) = (other.clone(), input.name.clone(), name.to_string());
                    ErrorKind::SameTarget { first, second, target }
                }
                _ if is_pipe => ErrorKind::SameStream { first, second: name },
                _ => ErrorKind::SameFile { first, second: name },
            }
            .into());
        }
        if let Some(input) = input {
            self.of_input.insert(id.clone(), input.name.clone());
        }
        self.names.insert(id, name);
        Ok(())
    }
}

/// A file as it was given.
struct NamedFile {
    name: Message,
    id: FileId,
    /// Its name stands for standard output.
    is_stdout: bool,
    is_pipe: bool,
}

/// The identity of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum FileId {
    /// A file, pipe or socket: device and inode.
    File(u64, u64),
    /// A disk, under any name: its device number.
    Disk(u64),
    /// A new file: the path where it will be.
    Path(PathBuf),
    /// A device such as /dev/null, or a terminal: several uses of it do no harm.
    Any,
}

impl FileId {
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

impl NamedFile {
    fn stdout(name: &str) -> Self {
        let metadata = stdout_metadata();
        Self {
            name: name.into(),
            id: metadata.as_ref().map_or(FileId::Any, FileId::from_metadata),
            is_stdout: true,
            is_pipe: metadata.as_ref().is_some_and(is_pipe),
        }
    }

    fn from_path(path: &Path) -> Self {
        const STDOUT: u32 = 1;
        let future_path = resolved(path);
        let metadata = fs::metadata(path).or_else(|_| fs::metadata(&future_path));
        Self {
            name: path.display().to_string().into(),
            is_stdout: descriptor_of(path) == Some(STDOUT),
            is_pipe: metadata.as_ref().is_ok_and(is_pipe),
            id: metadata.as_ref().map_or(FileId::Path(future_path), FileId::from_metadata),
        }
    }
}

fn is_pipe(metadata: &Metadata) -> bool {
    metadata.file_type().is_fifo() || metadata.file_type().is_socket()
}
