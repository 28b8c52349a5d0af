//! Where bytes go: a file that appears only when it is complete, or a stream.
//!
//! A regular file is written beside its target under a temporary name and renamed at the end, so the target is
//! always the old file or the complete new one. Pipes and devices have no such moment and are written directly.

use std::{
    fs::{self, File, Metadata, OpenOptions, Permissions},
    io::{self, IoSlice, Write},
    iter,
    os::{
        fd::AsFd,
        unix::fs::{MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    obstacles,
    path::{descriptor_of, directory_of, link_target},
    temporary::TemporaryFile,
};
use crate::error::Error;

/// The descriptor of standard error.
const STDERR: u32 = 2;

/// How many bytes one system call may write. Larger writes make larger parts of page cache, for which the system does
/// not always have memory at hand: half of them then took twice to four times as long.
const MAX_BYTES: usize = 256 << 10;

/// How many pieces one system call may gather (`IOV_MAX` of Linux and macOS).
const MAX_PIECES: usize = 1024;

/// An open output.
#[derive(Debug)]
pub(crate) struct OutputFile {
    /// A path as it was given, or `<stdout>`.
    pub(crate) name: String,
    kind: Kind,
    is_empty: bool,
}

#[derive(Debug)]
enum Kind {
    /// Becomes `target` when it is complete.
    Regular {
        file: TemporaryFile,
        target: PathBuf,
        /// The file that was there before.
        old: Option<Old>,
        /// Bytes of rows so far.
        written: u64,
        /// Up to where extents are allocated.
        reserved: u64,
    },
    /// A pipe or a device.
    Stream(File),
}

impl OutputFile {
    pub(crate) fn stdout() -> Result<Self, Error> {
        let name = "<stdout>".to_owned();
        // The standard library's own handle looks for line ends in all that passes.
        let file = io::stdout().as_fd().try_clone_to_owned().map_err(Error::io("open", &name))?;
        Ok(Self { name, kind: Kind::Stream(file.into()), is_empty: true })
    }

    fn stderr(name: String) -> Result<Self, Error> {
        let file = io::stderr().as_fd().try_clone_to_owned().map_err(Error::io("open", &name))?;
        Ok(Self { name, kind: Kind::Stream(file.into()), is_empty: true })
    }

    /// As [`OutputFile::create`]; `-` is standard output.
    pub(crate) fn create_or_stdout(path: &Path, flag: &str) -> Result<Self, Error> {
        if is_dash(path) { Self::stdout() } else { Self::create(path, flag) }
    }

    /// Opens `path`, which was given with `flag`, for writing. A regular file is not touched before [`OutputFile::commit`].
    pub(crate) fn create(path: &Path, flag: &str) -> Result<Self, Error> {
        let name = path.display().to_string();
        let kind = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                return Err(Error::Unusable { name, reason: "is a directory, not a file to write to".to_owned() });
            }
            // Such as /dev/stdout: others may write to it as well, so it cannot be replaced.
            Ok(metadata) if is_stdout(&metadata) => return Self::stdout(),
            Ok(metadata) => {
                if metadata.is_file() {
                    match descriptor_of(path) {
                        None => obstacles::check(path, &metadata, flag)?,
                        // Others write to these as well: what they wrote would go, and what they write next.
                        Some(STDERR) => return Self::stderr(name),
                        Some(number) => {
                            let reason = format!(
                                "is a file that is already open, which cannot be replaced: write it with {flag} - >&{number}"
                            );
                            return Err(Error::Unusable { name, reason });
                        }
                    }
                }
                // Also a check that the file may be written: a rename would replace a read-only one.
                let file = OpenOptions::new().write(true).open(path).map_err(Error::io("write", &name))?;
                if metadata.is_file() {
                    Kind::beside(path, Some(Old::from_metadata(&metadata)))
                } else {
                    Ok(Kind::Stream(file))
                }
            }
            Err(_) if path.as_os_str().as_encoded_bytes().ends_with(b"/") => Err(io::ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Kind::beside(path, None),
            Err(error) => Err(error),
        };
        let kind = kind.map_err(Error::io("write", &name))?;
        Ok(Self { name, kind, is_empty: true })
    }

    /// Writes pieces, which have that length in all, after what was written before.
    pub(crate) fn write<'p>(&mut self, length: u64, pieces: impl Iterator<Item = &'p [u8]>) -> Result<(), Error> {
        self.reserve(length);
        self.is_empty &= length == 0;
        write_pieces(self.file(), pieces).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Error::ReaderGone { name: self.name.clone() },
            _ => Error::io("write", &self.name)(error),
        })
    }

    /// True if nothing was written yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Allocates the extents of a regular file ahead of the writes: the file system then has a quarter less to do
    /// for each. As much again as there is already, so that small files stay small work and other files on a
    /// nearly full disk find room.
    fn reserve(&mut self, length: u64) {
        const FROM: u64 = 8 << 20;
        const MAX_LEN: u64 = 64 << 20;
        let Kind::Regular { file, written, reserved, .. } = &mut self.kind else {
            return;
        };
        *written += length;
        if *written > (*reserved).max(FROM) {
            let end = *written + MAX_LEN.min(*written);
            // It only is a help: if the file system cannot, or has too little space, the write will tell.
            allocate(file.file(), *reserved, end - *reserved);
            *reserved = end;
        }
    }

    /// Writes `value` as JSON with a line end.
    pub(crate) fn write_json(&self, value: &impl Serialize) -> Result<(), Error> {
        let json = serde_json::to_string_pretty(value).expect("counts are numbers under names");
        writeln!(self.file(), "{json}").map_err(Error::io("write", &self.name))
    }

    /// Writes text.
    pub(crate) fn write_text(&self, text: &str) -> Result<(), Error> {
        self.file().write_all(text.as_bytes()).map_err(Error::io("write", &self.name))
    }

    /// The open file, for writing one after the other.
    pub(crate) fn file(&self) -> &File {
        match &self.kind {
            Kind::Regular { file, .. } => file.file(),
            Kind::Stream(file) => file,
        }
    }

    /// Puts the complete file in its place. Without this, the target stays as it was.
    pub(crate) fn commit(self) -> Result<(), Error> {
        let Kind::Regular { file, target, old, written, reserved } = self.kind else {
            return Ok(());
        };
        let put = || {
            if reserved > written {
                // Gives back what was allocated too much.
                file.file().set_len(written)?;
            }
            if let Some(old) = old {
                let mode = old.mode_for(&file.file().metadata()?);
                file.file().set_permissions(Permissions::from_mode(mode))?;
            }
            file.rename(&target)
        };
        put().map_err(Error::io("write", &self.name))
    }
}

impl Kind {
    /// A temporary file beside the file that `path` names, maybe through links.
    fn beside(path: &Path, old: Option<Old>) -> io::Result<Self> {
        let target = link_target(path)?;
        let directory = directory_of(&target);
        // The same error would come below, about a name that nobody knows.
        obstacles::may_write(directory)?;
        let file = TemporaryFile::create(directory)?;
        Ok(Self::Regular { file, target, old, written: 0, reserved: 0 })
    }
}

/// What a new file takes over from the old one.
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

    /// The mode that the new file gets: who may do what, but not as whom it runs, if it belongs to somebody else. (The
    /// system does the same when it changes an owner.)
    fn mode_for(&self, new: &Metadata) -> u32 {
        const SET_IDS: u32 = 0o6000;
        if self.owner == (new.uid(), new.gid()) { self.mode } else { self.mode & !SET_IDS }
    }
}

/// True for the name that stands for standard output where a flag names a file.
pub(crate) fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// True if this is the file to which standard output was redirected.
fn is_stdout(metadata: &Metadata) -> bool {
    stdout_metadata().is_some_and(|stdout| (stdout.dev(), stdout.ino()) == (metadata.dev(), metadata.ino()))
}

/// What standard output is connected to, if the system tells.
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

/// Writes pieces in order with few calls of the system.
fn write_pieces<'p>(mut file: &File, pieces: impl Iterator<Item = &'p [u8]>) -> io::Result<()> {
    let mut pieces = pieces.flat_map(|piece| piece.chunks(MAX_BYTES)).map(IoSlice::new).peekable();
    loop {
        let mut length = 0;
        let mut fits = |piece: &IoSlice<'_>| {
            length += piece.len();
            length <= MAX_BYTES
        };
        let mut batch: Vec<_> = iter::from_fn(|| pieces.next_if(&mut fits)).take(MAX_PIECES).collect();
        if batch.is_empty() {
            return Ok(());
        }
        let mut left = &mut batch[..];
        while !left.is_empty() {
            match file.write_vectored(left) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut left, written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
