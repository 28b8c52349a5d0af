//! Which file a path named when the inputs were inspected.
//!
//! A run may have more inputs than files may be open, so a file is open only while it is read. Before and after that it is
//! known by its device, its inode and the time it was made: an inode alone is given to the next new file once its file is
//! removed.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

use rustix::fs::OFlags;

/// A regular file with a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    path: PathBuf,
    device: u64,
    inode: u64,
    /// When it was made, where the file system knows that.
    made: Option<SystemTime>,
}

impl Identity {
    pub(super) fn new(path: &Path, metadata: &Metadata) -> Self {
        let made = metadata.created().ok();
        Self { path: path.to_owned(), device: metadata.dev(), inode: metadata.ino(), made }
    }

    /// Opens the file. It is an error if the path names another one by now, or if it ends before `end`.
    pub(super) fn open(&self, end: u64) -> io::Result<File> {
        let file = open(&self.path)?;
        let metadata = file.metadata()?;
        if Self::new(&self.path, &metadata) != *self {
            return Err(io::Error::other("it was replaced by another file after the start of the run"));
        }
        if metadata.len() < end {
            return Err(io::Error::other("the file was shortened after the start of the run"));
        }
        Ok(file)
    }

    /// True if the file ends before `end`. One that was removed or replaced meanwhile has kept the content that was read.
    pub(super) fn is_shortened(&self, end: u64) -> bool {
        end > 0
            && fs::metadata(&self.path)
                .is_ok_and(|metadata| metadata.len() < end && Self::new(&self.path, &metadata) == *self)
    }
}

/// The error of a file that ends before the range that is read.
pub(super) fn shortened() -> io::Error {
    io::Error::other("the file was shortened while it was converted")
}

/// Opens a path without waiting: opening a named pipe would block until another process opens it, too; a read can be
/// interrupted.
pub(super) fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)
}
