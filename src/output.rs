//! Where bytes go: a file that appears only when it is complete, or a stream.
//!
//! A regular file is written beside its target under a temporary name and renamed at the end, so the target is
//! always the old file or the complete new one. Pipes and devices have no such moment and are written directly.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, IoSlice, Write},
    os::{fd::AsFd, unix::fs::PermissionsExt},
    path::{Path, PathBuf},
};

use serde::Serialize;
use tempfile::NamedTempFile;

use crate::{error::Error, rows::Rows};

/// How many pieces one system call may gather (`IOV_MAX` of Linux and macOS).
const MOST_PIECES: usize = 1024;

/// An open output.
#[derive(Debug)]
pub(crate) struct Output {
    /// A path as it was given, or `<stdout>`.
    pub(crate) name: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Becomes `target` when it is complete.
    Regular { file: NamedTempFile, target: PathBuf, permissions: Option<Permissions> },
    /// A pipe or a device.
    Stream(File),
}

impl Output {
    pub(crate) fn stdout() -> Result<Self, Error> {
        let name = "<stdout>".to_owned();
        // The standard library's own handle looks for line ends in all that passes.
        let file = io::stdout().as_fd().try_clone_to_owned().map_err(Error::io("open", &name))?;
        Ok(Self { name, kind: Kind::Stream(file.into()) })
    }

    /// Opens `path` for writing. A regular file is not touched before [`Output::commit`].
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let kind = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                return Err(Error::Unusable { name, reason: "the output is a directory" });
            }
            Ok(metadata) => {
                // Also a check that the file may be written: a rename would replace a read-only one.
                let file = OpenOptions::new().write(true).open(path).map_err(Error::io("write", &name))?;
                if metadata.is_file() {
                    Kind::beside(path, Some(metadata.permissions()))
                } else {
                    Ok(Kind::Stream(file))
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Kind::beside(path, None),
            Err(error) => Err(error),
        };
        let kind = kind.map_err(Error::io("write", &name))?;
        Ok(Self { name, kind })
    }

    /// True if bytes can be written at their places rather than one after the other.
    pub(crate) fn has_places(&self) -> bool {
        matches!(self.kind, Kind::Regular { .. })
    }

    /// Writes all rows at `offset`. Only for an output that has places.
    pub(crate) fn write_at(&self, rows: &Rows, offset: u64) -> Result<(), Error> {
        let mut offset = offset;
        let written = write_pieces(rows, |pieces| {
            let written = rustix::io::pwritev(self.file(), pieces, offset)?;
            offset += written as u64;
            Ok(written)
        });
        written.map_err(Error::io("write", &self.name))
    }

    /// Writes all rows after what was written before.
    pub(crate) fn write(&self, rows: &Rows) -> Result<(), Error> {
        write_pieces(rows, |pieces| self.file().write_vectored(pieces)).map_err(Error::io("write", &self.name))
    }

    /// Writes `value` as JSON with a line end.
    pub(crate) fn write_json(&self, value: &impl Serialize) -> Result<(), Error> {
        let json = serde_json::to_string_pretty(value).expect("counts are numbers under names");
        writeln!(self.file(), "{json}").map_err(Error::io("write", &self.name))
    }

    /// The open file, for writing one after the other.
    pub(crate) fn file(&self) -> &File {
        match &self.kind {
            Kind::Regular { file, .. } => file.as_file(),
            Kind::Stream(file) => file,
        }
    }

    /// Puts the complete file in its place. Without this, the target stays as it was.
    pub(crate) fn commit(self) -> Result<(), Error> {
        let Kind::Regular { file, target, permissions } = self.kind else {
            return Ok(());
        };
        let put = || {
            if let Some(permissions) = permissions {
                file.as_file().set_permissions(permissions)?;
            }
            file.persist(target).map_err(|error| error.error)
        };
        put().map(drop).map_err(Error::io("write", &self.name))
    }
}

impl Kind {
    /// A temporary file beside the file that `path` names, maybe through links.
    fn beside(path: &Path, permissions: Option<Permissions>) -> io::Result<Self> {
        let target = target_of(path)?;
        let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new()
            .prefix(".steer2reg-")
            .suffix(".tmp")
            // As for every new file; the umask takes away from it.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(directory)?;
        Ok(Self::Regular { file, target, permissions })
    }
}

/// The path at the end of a chain of symbolic links; there need not be a file.
pub(crate) fn target_of(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows.
    const MOST_LINKS: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        if !fs::symlink_metadata(&target).is_ok_and(|metadata| metadata.is_symlink()) {
            return Ok(target);
        }
        let link = fs::read_link(&target)?;
        target = target.parent().unwrap_or(Path::new("")).join(link);
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Writes the pieces of `rows` in order with as few calls of `write` as can be.
fn write_pieces(rows: &Rows, mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>) -> io::Result<()> {
    let mut pieces = rows.pieces().map(IoSlice::new);
    loop {
        let mut batch: Vec<_> = pieces.by_ref().take(MOST_PIECES).collect();
        if batch.is_empty() {
            return Ok(());
        }
        let mut left = &mut batch[..];
        while !left.is_empty() {
            match write(left) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut left, written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
