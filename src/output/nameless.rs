//! Files without a name: whichever way the process ends, the system removes them.
//!
//! A signal that can be handled is a chance to remove temporary files. `SIGKILL`, by which the system also ends a process
//! when memory runs out, is none, and neither is a power failure. Two ways are left:
//!
//! - A file that has no name (`O_TMPFILE`) and gets one when it is complete (`linkat`). The system removes it when nobody has
//!   it open any more, or when the disk is mounted again.
//! - A name that a later run removes. That run must know that no living one writes the file, as by a lock. But several
//!   network file systems keep locks to one machine (Lustre with `localflock`, NFS with `local_lock`, most of FUSE), and there
//!   a run would remove what another machine is writing. It would also search the folder, which may have millions of files.
//!
//! The first way never touches a file of another run, so it is the one here. Where there are no such files (macOS, NFS, most
//! of FUSE), temporary files have names.
//!
//! `linkat` does not replace a file, so the complete file gets a temporary name, which is renamed (as those who watch the folder
//! expect). Only between these two calls, and at the trial in [`create`], `SIGKILL` may still leave a file.

use std::{fs::File, io, path::Path};

use tempfile::NamedTempFile;

use super::temporary_name;

/// Creates a file without a name for `directory`, where [`name`] can give it one.
///
/// An error means that it is to be created under a name.
#[cfg(target_os = "linux")]
pub(super) fn create(directory: &Path) -> io::Result<File> {
    use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt};

    use rustix::fs::OFlags;

    let mut options = OpenOptions::new();
    options.write(true).custom_flags(OFlags::TMPFILE.bits().cast_signed());
    // Without `/proc`, and in some sandboxes, such a file can be made but not linked, which must not turn out after hours.
    // The trial has a file of its own: one that has lost its last name never gets another.
    let trial = options.open(directory)?;
    drop(name(&trial, directory)?);
    options.open(directory)
}

/// Other systems have no such files.
#[cfg(not(target_os = "linux"))]
pub(super) fn create(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Gives a file without a name a temporary one.
pub(super) fn name(file: &File, directory: &Path) -> io::Result<NamedTempFile<()>> {
    temporary_name::make(directory, |path| link(file, path))
}

#[cfg(target_os = "linux")]
fn link(file: &File, path: &Path) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    use rustix::fs::{AtFlags, CWD, linkat};

    // By the number alone (`AT_EMPTY_PATH`) it takes a privilege.
    let open = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(linkat(CWD, open, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn link(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
