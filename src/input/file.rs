//! An input before it is read: its name, its length, and the range of it that is to be converted.

use std::{
    fs::{self, File, Metadata},
    io::{self, BufRead, BufReader, Read, Seek},
    ops::Range,
    os::{fd::AsFd, unix::fs::FileExt},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    decompress,
    identity::{self, Identity},
    other_formats, shard,
};
use crate::{
    config::{Compression, Config, Input},
    error::Error,
    setting::{Setting, message},
};

/// An input.
#[derive(Debug)]
pub(crate) struct InputFile {
    /// Where it is opened; `None` for the reader of a caller.
    input: Option<Input>,
    /// A path as it was given, `<stdin>`, or `<reader>`.
    pub(crate) name: String,
    /// What the system knew of the file when it was inspected: whether it is also an output is decided by that.
    pub(crate) metadata: Option<Metadata>,
    /// The range that is read, if the length is known; what is appended later is not read.
    pub(super) range: Option<Range<u64>>,
    /// The compression, if it can be detected without taking bytes from a pipe.
    compression: Compression,
    /// The identity of a regular file with a content.
    pub(super) identity: Option<Identity>,
    /// The error of the inspection, for the reader to meet in the order of the inputs.
    failed: Mutex<Option<Error>>,
    /// The input is left out: none of its lines is needed any more.
    is_left_out: AtomicBool,
}

impl InputFile {
    /// The input that is a reader of the caller.
    pub(crate) fn from_reader(config: &Config) -> Result<Self, Error> {
        let name = "<reader>".to_owned();
        let input = Self {
            input: None,
            name,
            metadata: None,
            range: None,
            compression: Compression::None,
            identity: None,
            failed: Mutex::default(),
            is_left_out: AtomicBool::default(),
        };
        if !config.inputs.is_empty() {
            let reason = message!("is the only input, so ", Setting::Inputs, " must be empty");
            return Err(Error::unusable(input.name, reason));
        }
        if config.repeat.get() > 1 {
            input.check_repeatable()?;
        }
        if config.shard.is_some() {
            input.shardable_length()?;
        }
        Ok(input)
    }

    /// Inspects every input, before any of them is converted.
    pub(crate) fn inspect(config: &Config) -> Result<Vec<Self>, Error> {
        // Where a shard begins depends on the lengths of all inputs.
        let keeps_going = config.keep_going && config.shard.is_none();
        let inspect = |input| match Self::inspect_one(input) {
            Err(error) if keeps_going => Ok(Self::failed(input, error)),
            inspected => inspected,
        };
        let files: Vec<_> = config.inputs.iter().map(inspect).collect::<Result<_, _>>()?;
        if config.repeat.get() > 1 {
            files.iter().try_for_each(Self::check_repeatable)?;
        }
        if config.shard.is_some() {
            files.iter().try_for_each(|file| file.shardable_length().map(|_| ()))?;
        }
        Ok(files)
    }

    /// Sets the range that is converted, which begins and ends where lines do.
    pub(crate) fn set_range(&mut self, range: Range<u64>) {
        self.range = Some(range);
    }

    /// The beginning of the first group of `group` lines that does not begin before `position`.
    pub(crate) fn first_lines_from(&self, position: u64, group: u64) -> Result<u64, Error> {
        let first = self.open().and_then(|open| shard::first_group(&open, self.whole_length(), position, group));
        first.map_err(Error::io("read", &self.name))
    }

    /// The range of the line that ends at `position`, with its line feed if it has one.
    pub(crate) fn line_before(&self, position: u64) -> Result<Range<u64>, Error> {
        let line = self.open().and_then(|open| shard::line_before(&open, position));
        line.map_err(Error::io("read", &self.name))
    }

    fn inspect_one(input: &Input) -> Result<Self, Error> {
        let name = input.name();
        let metadata = match input {
            Input::Stdin => io::stdin().as_fd().try_clone_to_owned().and_then(|stdin| File::from(stdin).metadata()),
            Input::Path(path) => fs::metadata(path),
        };
        let metadata = metadata.map_err(Error::io("open", &name))?;
        if metadata.is_dir() {
            return Err(Error::unusable(name, "is a directory, not a file to read"));
        }
        let mut file = Self {
            input: Some(input.clone()),
            name,
            metadata: Some(metadata),
            range: None,
            compression: Compression::None,
            identity: None,
            failed: Mutex::default(),
            is_left_out: AtomicBool::default(),
        };
        // A file on standard input may be open at any position. Files in /proc call themselves regular and empty.
        if let Input::Path(path) = input
            && file.is_regular()
        {
            let mut first = Vec::new();
            let open = identity::open(path).map_err(Error::io("open", &file.name))?;
            let metadata = open.metadata().map_err(Error::io("open", &file.name))?;
            let read =
                (&open).take(other_formats::BEGINNING as u64).read_to_end(&mut first).and_then(|_| (&open).rewind());
            read.map_err(Error::io("read", &file.name))?;
            file.compression = Compression::detect(&first);
            if file.compression != Compression::None {
                first = decompress::beginning(file.compression, &open, other_formats::BEGINNING);
                (&open).rewind().map_err(Error::io("read", &file.name))?;
            }
            file.check_beginning(&first)?;
            file.range = Some(0..metadata.len()).filter(|range| !range.is_empty());
            file.identity = file.range.as_ref().map(|_| Identity::new(path, &metadata));
            file.metadata = Some(metadata);
        }
        Ok(file)
    }

    /// An input whose inspection failed.
    fn failed(input: &Input, error: Error) -> Self {
        Self {
            input: Some(input.clone()),
            name: input.name(),
            metadata: None,
            range: Some(0..0),
            compression: Compression::None,
            identity: None,
            failed: Mutex::new(Some(error)),
            is_left_out: AtomicBool::default(),
        }
    }

    /// The error of the inspection, once.
    pub(super) fn take_failure(&self) -> Result<(), Error> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }

    /// Leaves the input out: the rest of it is not read.
    pub(crate) fn leave_out(&self) {
        self.is_left_out.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_left_out(&self) -> bool {
        self.is_left_out.load(Ordering::Relaxed)
    }

    /// An error if `beginning`, decompressed, is that of a format other than JSON Lines.
    pub(super) fn check_beginning(&self, beginning: &[u8]) -> Result<(), Error> {
        match other_formats::reason(&self.name, beginning) {
            Some(reason) => Err(Error::unusable(&self.name, reason)),
            None => Ok(()),
        }
    }

    /// True if it is standard input.
    pub(crate) fn is_stdin(&self) -> bool {
        self.input == Some(Input::Stdin)
    }

    /// True if it is a path to a regular file.
    fn is_regular(&self) -> bool {
        matches!(self.input, Some(Input::Path(_))) && self.metadata.as_ref().is_some_and(Metadata::is_file)
    }

    /// The length of the file when it was inspected.
    pub(crate) fn whole_length(&self) -> u64 {
        self.metadata.as_ref().map_or(0, Metadata::len)
    }

    /// Opens the file, which must still be the one that was inspected.
    pub(super) fn open(&self) -> io::Result<File> {
        match (&self.input, &self.identity) {
            (None, _) => Err(io::ErrorKind::Unsupported.into()),
            (Some(Input::Stdin), _) => Ok(io::stdin().as_fd().try_clone_to_owned()?.into()),
            (Some(Input::Path(_)), Some(identity)) => identity.open(self.range.as_ref().map_or(0, |range| range.end)),
            (Some(Input::Path(path)), None) => identity::open(path),
        }
    }

    /// The number of bytes to read, as they lie on the disk, if it is known.
    pub(crate) fn length(&self) -> Option<u64> {
        self.range.as_ref().map(|range| range.end - range.start)
    }

    /// True if it is known to be compressed.
    pub(super) fn is_compressed(&self) -> bool {
        self.compression != Compression::None
    }

    /// An error if the input can be read only once.
    fn check_repeatable(&self) -> Result<(), Error> {
        // Without metadata the inspection has failed.
        if self.is_regular() || self.input.is_some() && self.metadata.is_none() {
            return Ok(());
        }
        let reason = message!(
            "can be read only once, so its rows cannot be repeated (",
            Setting::Repeat,
            "): write it to a file first"
        );
        Err(Error::unusable(&self.name, reason))
    }

    /// The whole length of a file that can be cut into shards.
    pub(crate) fn shardable_length(&self) -> Result<u64, Error> {
        let reason = match self.compression {
            Compression::None if self.is_regular() => return Ok(self.whole_length()),
            Compression::None => "cannot be cut into shards: only a regular file has byte ranges".to_owned(),
            compression => format!(
                "cannot be cut into shards: it is compressed ({}), and can only be read from its beginning. Unpack it first, \
                 or give each process its own file",
                compression.name()
            ),
        };
        Err(Error::unusable(&self.name, reason))
    }

    /// An error if the file has become shorter than it was: its rows are not to be trusted then, since the rest of a mapped page
    /// reads as zeros.
    pub(crate) fn check_length(&self) -> Result<(), Error> {
        match (&self.identity, &self.range) {
            (Some(identity), Some(range)) if identity.is_shortened(range.end) => {
                Err(Error::io("read", &self.name)(identity::shortened()))
            }
            _ => Ok(()),
        }
    }

    /// The offset of the range that is converted.
    pub(crate) fn start(&self) -> u64 {
        self.range.as_ref().map_or(0, |range| range.start)
    }

    /// True if no line of the file stands behind the range that is converted.
    pub(crate) fn is_read_to_its_end(&self) -> bool {
        self.range.as_ref().is_none_or(|range| range.end == self.whole_length())
    }

    /// Reads the file up to the range that is converted.
    pub(crate) fn before(&self) -> io::Result<impl BufRead + use<>> {
        self.part(0..self.start())
    }

    /// Reads a part of a regular file without moving its position, which belongs to the conversion.
    pub(crate) fn part(&self, part: Range<u64>) -> io::Result<impl BufRead + use<>> {
        // A file that is not regular has no parts but empty ones, and must not be opened twice.
        let file = if part.is_empty() { None } else { Some(self.open()?) };
        Ok(BufReader::new(Part { file, at: part.start, end: part.end }))
    }

    /// The number of lines before the range that is converted. It reads all of them, so only a position asks for it.
    pub(crate) fn lines_before(&self) -> Result<u64, Error> {
        match &self.range {
            Some(range) if range.start > 0 => self
                .open()
                .and_then(|open| shard::line_feeds(&open, range.start))
                .map_err(Error::io("count the lines of", &self.name)),
            _ => Ok(0),
        }
    }
}

/// A part of a file.
struct Part {
    file: Option<File>,
    at: u64,
    end: u64,
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(file) = &self.file else { return Ok(0) };
        let wanted = buffer.len().min((self.end - self.at) as usize);
        let read = file.read_at(&mut buffer[..wanted], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
