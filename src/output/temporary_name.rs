//! Temporary names, which a person can recognise.

use std::{io, path::Path};

use tempfile::{Builder, NamedTempFile};

/// Makes a file under a temporary name in `directory`, as `.steer2reg-AbCdEf.tmp`. `make` must fail with
/// [`AlreadyExists`](io::ErrorKind::AlreadyExists) if there is a file of the name; then the next name is tried.
///
/// Dropping it removes the file.
pub(super) fn make<R>(directory: &Path, make: impl FnMut(&Path) -> io::Result<R>) -> io::Result<NamedTempFile<R>> {
    Builder::new().prefix(".steer2reg-").suffix(".tmp").make_in(directory, make)
}
