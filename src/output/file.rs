//! An open output: a file that appears only when it is complete, or a stream.
//!
//! A regular file is written beside its target under a temporary name and renamed at the end, so the target is
//! always the old file or the complete new one. Pipes and devices have no such moment and are written directly.

use std::{
    fmt,
    fs::{self, File, Metadata, OpenOptions, Permissions},
    io::{self, Write},
    iter,
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    complete::CompleteFile,
    obstacles,
    path::{descriptor_of, directory_of, is_dash, link_target},
    pieces,
    temporary::TemporaryFile,
};
use crate::{
    error::{Error, ErrorKind},
    setting::{Setting, message},
};

/// The descriptor of standard error.
const STDERR: u32 = 2;

/// An open output.
#[derive(Debug)]
pub(crate) struct OutputFile<'w> {
    /// A path as it was given, or `<stdout>`.
    pub(crate) name: String,
    kind: Kind<'w>,
    is_empty: bool,
}

enum Kind<'w> {
    /// A file that becomes `target` when it is complete.
    Regular {
        file: TemporaryFile,
        target: PathBuf,
        /// The file that was there before.
        old: Option<Old>,
        /// Bytes so far.
        written: u64,
        /// The offset up to which extents are allocated.
        reserved: u64,
        /// The folder, if it is to be synced with the file.
        synced_folder: Option<File>,
    },
    /// A pipe or a device.
    Stream(File),
    /// A writer of the caller.
    Writer(Box<dyn Write + Send + 'w>),
}

impl<'w> OutputFile<'w> {
    /// A writer of the caller.
    pub(super) fn from_writer(writer: Box<dyn Write + Send + 'w>) -> Self {
        Self { name: "<writer>".to_owned(), kind: Kind::Writer(writer), is_empty: true }
    }

    pub(crate) fn stdout() -> Result<Self, Error> {
        let name = "<stdout>".to_owned();
        // The standard library's handle would search everything for line ends.
        let file = io::stdout().as_fd().try_clone_to_owned().map_err(Error::io("open", &name))?;
        Ok(Self { name, kind: Kind::Stream(file.into()), is_empty: true })
    }

    fn stderr(name: String) -> Result<Self, Error> {
        let file = io::stderr().as_fd().try_clone_to_owned().map_err(Error::io("open", &name))?;
        Ok(Self { name, kind: Kind::Stream(file.into()), is_empty: true })
    }

    /// Opens `path` as [`create`](Self::create) does, or standard output if it is `-`.
    pub(crate) fn create_or_stdout(path: &Path, setting: Setting, sync: bool) -> Result<Self, Error> {
        if is_dash(path) { Self::stdout() } else { Self::create(path, setting, sync) }
    }

    /// Opens `path`, which was given for `setting`, for writing. A regular file is not touched before
    /// [`CompleteFile::rename`]. With `sync` it then outlives a power failure.
    pub(crate) fn create(path: &Path, setting: Setting, sync: bool) -> Result<Self, Error> {
        let name = path.display().to_string();
        let kind = match Found::at(path, setting)? {
            Found::Stdout => return Self::stdout(),
            Found::Stderr => return Self::stderr(name),
            Found::Stream => OpenOptions::new().write(true).open(path).map(Kind::Stream),
            Found::File(old) => Kind::beside(path, old),
        };
        let mut kind = kind.map_err(Error::io("write", &name))?;
        if let Kind::Regular { target, synced_folder, .. } = &mut kind
            && sync
        {
            *synced_folder = Some(folder_to_sync(&name, target)?);
        }
        Ok(Self { name, kind, is_empty: true })
    }

    /// Makes the checks of [`create`](Self::create), and leaves nothing open. What is no regular file may wait for its other end
    /// when it is opened, so it is only looked at.
    pub(super) fn check(path: &Path, setting: Setting, sync: bool) -> Result<(), Error> {
        if let Found::File(_) = Found::at(path, setting)? {
            let target = target_of(path).map_err(Error::io("write", path.display()))?;
            if sync {
                folder_to_sync(&path.display().to_string(), &target)?;
            }
        }
        Ok(())
    }

    /// Writes rows, in pieces of `length` bytes in all. A closed pipe is [`ErrorKind::ReaderGone`].
    pub(crate) fn write_rows<'p>(&mut self, length: u64, pieces: impl Iterator<Item = &'p [u8]>) -> Result<(), Error> {
        self.append(length, pieces).map_err(|error| self.write_error(error))
    }

    /// Flushes a writer of the caller, which may have a buffer.
    pub(crate) fn flush_rows(&mut self) -> Result<(), Error> {
        match &mut self.kind {
            Kind::Writer(writer) => writer.flush().map_err(|error| self.write_error(error)),
            Kind::Regular { .. } | Kind::Stream(_) => Ok(()),
        }
    }

    fn write_error(&self, error: io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::BrokenPipe => ErrorKind::ReaderGone { name: self.name.clone() }.into(),
            _ => Error::io("write", &self.name)(error),
        }
    }

    /// Writes pieces of `length` bytes in all: the one way to the file.
    fn append<'p>(&mut self, length: u64, mut pieces: impl Iterator<Item = &'p [u8]>) -> io::Result<()> {
        self.reserve(length);
        self.is_empty &= length == 0;
        match &mut self.kind {
            Kind::Regular { file, .. } => pieces::write_all(file.file(), pieces),
            Kind::Stream(file) => pieces::write_all(file, pieces),
            Kind::Writer(writer) => pieces.try_for_each(|piece| writer.write_all(piece)),
        }
    }

    /// Another handle of a pipe or socket.
    pub(super) fn pipe(&self) -> io::Result<Option<OwnedFd>> {
        let Kind::Stream(file) = &self.kind else { return Ok(None) };
        let kind = file.metadata()?.file_type();
        if kind.is_fifo() || kind.is_socket() { file.try_clone().map(|file| Some(file.into())) } else { Ok(None) }
    }

    /// True if nothing was written yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Allocates the extents of a regular file ahead of the writes: the file system then has a quarter less to do
    /// for each. The file doubles each time, so that small files stay small work and other files on a nearly full disk
    /// find room.
    fn reserve(&mut self, length: u64) {
        const FROM: u64 = 8 << 20;
        const MAX_LEN: u64 = 64 << 20;
        let Kind::Regular { file, written, reserved, .. } = &mut self.kind else {
            return;
        };
        *written += length;
        if *written > (*reserved).max(FROM) {
            let end = *written + MAX_LEN.min(*written);
            // A failure is ignored: if the file system cannot, or has too little space, the write reports it.
            allocate(file.file(), *reserved, end - *reserved);
            *reserved = end;
        }
    }

    /// Writes `value` as JSON with a line end.
    pub(crate) fn write_json(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let json = serde_json::to_string_pretty(value).expect("counts are numbers under names");
        self.write_text(&(json + "\n"))
    }

    /// Writes text.
    pub(crate) fn write_text(&mut self, text: &str) -> Result<(), Error> {
        self.write_all(text.as_bytes()).map_err(Error::io("write", &self.name))
    }

    /// Ends the writing. Without this, or if it fails, the target stays as it was.
    pub(crate) fn complete(self) -> Result<CompleteFile, Error> {
        let Self { name, kind, .. } = self;
        let Kind::Regular { file, target, old, written, reserved, synced_folder } = kind else {
            return Ok(CompleteFile::stream(name));
        };
        let finish = || {
            if reserved > written {
                // Frees what was allocated ahead.
                file.file().set_len(written)?;
            }
            if let Some(old) = old {
                let mode = old.mode_for(&file.file().metadata()?);
                file.file().set_permissions(Permissions::from_mode(mode))?;
            }
            Ok(())
        };
        finish().map_err(Error::io("write", &name))?;
        CompleteFile::regular(name, file, target, synced_folder)
    }
}

impl fmt::Debug for Kind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Regular { target, .. } => f.debug_tuple("Regular").field(target).finish(),
            Self::Stream(file) => f.debug_tuple("Stream").field(file).finish(),
            Self::Writer(_) => f.write_str("Writer"),
        }
    }
}

impl Write for OutputFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes.len() as u64, iter::once(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kind<'_> {
    /// A temporary file beside the file that `path` names, maybe through links.
    fn beside(path: &Path, old: Option<Old>) -> io::Result<Self> {
        let target = target_of(path)?;
        let file = TemporaryFile::create(directory_of(&target))?;
        Ok(Self::Regular { file, target, old, written: 0, reserved: 0, synced_folder: None })
    }
}

/// The file that `path` names, maybe through links, in a folder that may be written.
fn target_of(path: &Path) -> io::Result<PathBuf> {
    let target = link_target(path)?;
    // Checked here since a later error would name the temporary file.
    obstacles::may_write(directory_of(&target))?;
    Ok(target)
}

/// The folder of a file that is to be synced with it. It is opened before the run: a folder that can be written need not be
/// readable.
fn folder_to_sync(name: &str, target: &Path) -> Result<File, Error> {
    File::open(directory_of(target)).map_err(Error::io("sync the folder of", name))
}

/// What is at a path that is to be written.
enum Found {
    /// A name such as /dev/stdout: others may write to the file as well, so it cannot be replaced.
    Stdout,
    /// A name such as /dev/stderr.
    Stderr,
    /// A pipe or a device.
    Stream,
    /// A regular file that may be written and can be replaced, or none yet.
    File(Option<Old>),
}

impl Found {
    /// Looks at `path`, which was given for `setting`.
    fn at(path: &Path, setting: Setting) -> Result<Self, Error> {
        let name = path.display().to_string();
        let metadata = match fs::metadata(path) {
            Err(error) => {
                let is_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
                let error = match error.kind() {
                    _ if is_folder => io::ErrorKind::NotADirectory.into(),
                    io::ErrorKind::NotFound => return Ok(Self::File(None)),
                    _ => error,
                };
                return Err(Error::io("write", name)(error));
            }
            Ok(metadata) if metadata.is_dir() => {
                return Err(Error::unusable(name, "is a directory, not a file to write to"));
            }
            Ok(metadata) if is_stdout(&metadata) => return Ok(Self::Stdout),
            Ok(metadata) if !metadata.is_file() => return Ok(Self::Stream),
            Ok(metadata) => metadata,
        };
        match descriptor_of(path) {
            None => obstacles::check(path, &metadata, setting)?,
            // Others write to these as well: a rename would lose what they wrote, and what they write next.
            Some(STDERR) => return Ok(Self::Stderr),
            Some(number) => {
                let reason = message!(
                    "is a file that is already open, which cannot be replaced: write it with ",
                    setting,
                    format!(" - >&{number}")
                );
                return Err(Error::unusable(name, reason));
            }
        }
        // A rename would replace a file that may not be written.
        OpenOptions::new().write(true).open(path).map_err(Error::io("write", name))?;
        Ok(Self::File(Some(Old::from_metadata(&metadata))))
    }
}

/// The properties that a new file takes over from the old one.
#[derive(Debug)]
struct Old {
    mode: u32,
    /// User and group.
    owner: (u32, u32),
}

impl Old {
    fn from_metadata(metadata: &Metadata) -> Self {
        Self { mode: metadata.mode(), owner: (metadata.uid(), metadata.gid()) }
    }

    /// The mode of the new file: that of the old one, but without the set-user-ID and set-group-ID bits if the new file has
    /// another owner. (The system does the same when it changes an owner.)
    fn mode_for(&self, new: &Metadata) -> u32 {
        const SET_IDS: u32 = 0o6000;
        if self.owner == (new.uid(), new.gid()) { self.mode } else { self.mode & !SET_IDS }
    }
}

/// True if this is the file to which standard output was redirected.
fn is_stdout(metadata: &Metadata) -> bool {
    stdout_metadata().is_some_and(|stdout| (stdout.dev(), stdout.ino()) == (metadata.dev(), metadata.ino()))
}

/// The file, pipe or device that standard output is connected to.
pub(crate) fn stdout_metadata() -> Option<Metadata> {
    File::from(io::stdout().as_fd().try_clone_to_owned().ok()?).metadata().ok()
}

/// Allocates space in a file without changing its length, if the file system can.
#[cfg(target_os = "linux")]
fn allocate(file: &File, offset: u64, length: u64) {
    let _ = rustix::fs::fallocate(file, rustix::fs::FallocateFlags::KEEP_SIZE, offset, length);
}

/// Other systems have no such call.
#[cfg(not(target_os = "linux"))]
fn allocate(_: &File, _: u64, _: u64) {}
