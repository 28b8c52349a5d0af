//! Temporary files that do not outlive the process, whichever way it ends.
//!
//! Most have [no name](super::nameless). Where that cannot be, they have temporary names, and dropping them removes them. A
//! signal drops nothing, so these are also listed, and [`remove_temporary_files_and_block`] removes what is listed. Of these,
//! `SIGKILL` and a power failure leave one behind: its name begins with `.steer2reg-`, it does no harm, and it can be
//! deleted.

use std::{
    ffi::CString,
    fs::{File, OpenOptions},
    io, mem,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tempfile::NamedTempFile;

use super::{nameless, temporary_name};

/// The paths of the temporary files that have names. Files are created, and given names, only while this is locked.
static PATHS: Mutex<Vec<CString>> = Mutex::new(Vec::new());

/// The number of files that were given their final names.
static RENAMED: AtomicU64 = AtomicU64::new(0);

/// Removes the temporary files of all conversions that run in this process, and blocks these conversions for ever: for a
/// program that is about to end, as by a signal. A conversion that then comes to create a file, or to give one its final
/// name, waits for the end of the process. (The system removes files without names when the process ends.)
///
/// Returns the number of files that this process gave their final names before: if it is 0, no output was replaced. Outputs in
/// a folder get their names one after the other, before the files beside the rows.
///
/// This function takes a lock, so a signal handler must not call it; a thread that the handler wakes may. A second call
/// would wait for ever, too.
pub fn remove_temporary_files_and_block() -> u64 {
    let paths = paths();
    for path in paths.iter() {
        let _ = rustix::fs::unlink(path.as_c_str());
    }
    // Locked from now on.
    mem::forget(paths);
    RENAMED.load(Ordering::Relaxed)
}

/// A file that waits for its final name.
#[derive(Debug)]
pub(crate) enum TemporaryFile {
    /// A file without a name, for a folder.
    Nameless(File, PathBuf),
    /// A file under a temporary name.
    Named(NamedTempFile, Listed),
}

impl TemporaryFile {
    /// Creates a temporary file for `directory`.
    pub(crate) fn create(directory: &Path) -> io::Result<Self> {
        // The process may have changed its folder when the signal comes.
        let directory = std::path::absolute(directory)?;
        let nameless = {
            let _locked = paths();
            nameless::create(&directory)
        };
        match nameless {
            Ok(file) => Ok(Self::Nameless(file, directory)),
            // If it is no matter of names, this is the same error.
            Err(_) => Self::create_named(&directory),
        }
    }

    fn create_named(directory: &Path) -> io::Result<Self> {
        let mut listed = Listed::default();
        let file = temporary_name::make(directory, |path| {
            listed = Listed(CString::new(path.as_os_str().as_bytes())?);
            let mut paths = paths();
            let file = OpenOptions::new().write(true).create_new(true).open(path)?;
            paths.push(listed.0.clone());
            Ok(file)
        })?;
        Ok(Self::Named(file, listed))
    }

    pub(crate) fn file(&self) -> &File {
        match self {
            Self::Nameless(file, _) => file,
            Self::Named(file, _) => file.as_file(),
        }
    }

    /// Gives the file its final name, and replaces a file of that name.
    pub(crate) fn rename(self, target: &Path) -> io::Result<()> {
        let locked = paths();
        let (renamed, listed) = match self {
            Self::Nameless(file, directory) => {
                (nameless::name(&file, &directory).and_then(|file| rename(file, target)), None)
            }
            Self::Named(file, listed) => (rename(file, target), Some(listed)),
        };
        RENAMED.fetch_add(renamed.is_ok().into(), Ordering::Relaxed);
        drop(locked);
        // Dropping it takes the lock.
        drop(listed);
        renamed
    }
}

/// Renames a file. If that fails, the file is removed.
fn rename<F>(file: NamedTempFile<F>, target: &Path) -> io::Result<()> {
    file.into_temp_path().persist(target).map_err(|error| error.error)
}

/// A path in the list, until this is dropped.
#[derive(Debug, Default)]
pub(crate) struct Listed(CString);

impl Drop for Listed {
    fn drop(&mut self) {
        paths().retain(|listed| *listed != self.0);
    }
}

fn paths() -> MutexGuard<'static, Vec<CString>> {
    PATHS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn is_listed(path: &Path) -> bool {
        paths().iter().any(|listed| listed.as_bytes() == path.as_os_str().as_bytes())
    }

    /// As on systems without `O_TMPFILE`.
    #[test]
    fn a_file_with_a_temporary_name_is_listed_until_it_is_dropped_or_has_its_final_name() {
        let folder = tempfile::tempdir().unwrap();
        let target = &folder.path().join("out");
        for is_renamed in [false, true, true] {
            let file = TemporaryFile::create_named(folder.path()).unwrap();
            let TemporaryFile::Named(named, _) = &file else { panic!("it has a name") };
            let path = named.path().to_owned();
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(name.strip_prefix(".steer2reg-").is_some_and(|name| name.strip_suffix(".tmp").is_some()), "{name}");
            assert!(is_listed(&path) && path.exists());
            file.file().write_all(b"new").unwrap();
            if is_renamed {
                file.rename(target).unwrap();
                assert_eq!(fs::read(target).unwrap(), b"new");
            } else {
                drop(file);
            }
            assert!(!is_listed(&path) && !path.exists());
        }
        assert_eq!(names(folder.path()), ["out"]);
    }

    #[test]
    fn a_file_that_cannot_get_its_name_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = &folder.path().join("folder");
        fs::create_dir_all(target.join("full")).unwrap();
        for create in [TemporaryFile::create, TemporaryFile::create_named] {
            create(folder.path()).unwrap().rename(target).unwrap_err();
            create(folder.path()).unwrap().rename(Path::new("/nowhere/out")).unwrap_err();
            assert_eq!(names(folder.path()), ["folder"]);
        }
    }

    #[test]
    fn a_file_without_a_name_gets_one_whether_or_not_it_replaces_another() {
        let folder = tempfile::tempdir().unwrap();
        let target = &folder.path().join("out");
        for bytes in ["first", "second"] {
            let Ok(file) = nameless::create(folder.path()) else {
                eprintln!("skipped: there are no files without names here");
                return;
            };
            let file = TemporaryFile::Nameless(file, folder.path().to_owned());
            file.file().write_all(bytes.as_bytes()).unwrap();
            assert!(fs::read(target).unwrap_or_default() != bytes.as_bytes());
            file.rename(target).unwrap();
            assert_eq!(fs::read(target).unwrap(), bytes.as_bytes());
            assert_eq!(names(folder.path()), ["out"]);
        }
        drop(nameless::create(folder.path()).unwrap());
        assert_eq!(names(folder.path()), ["out"]);
    }
}
