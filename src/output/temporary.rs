//! Temporary files that do not outlive the process, whichever way it ends.
//!
//! Dropping one removes it. A signal drops nothing, so all of them are also listed, and
//! [`remove_temporary_files_and_block`] removes what is listed. Only `SIGKILL` and a power failure leave one behind: its name
//! begins with `.steer2reg-`, it does no harm, and it can be deleted.

use std::{
    ffi::CString,
    fs::{File, OpenOptions},
    io, mem,
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tempfile::NamedTempFile;

/// The paths of all temporary files. Files are created and renamed only while this is locked.
static PATHS: Mutex<Vec<CString>> = Mutex::new(Vec::new());

/// The number of files that were given their final names.
static RENAMED: AtomicU64 = AtomicU64::new(0);

/// Removes the temporary files of all conversions that run in this process, and blocks these conversions for ever: for a
/// program that is about to end, as by a signal. A conversion that then comes to create a file, or to give one its final
/// name, waits for the end of the process.
///
/// Returns the number of files that this process gave their final names before: if it is 0, no output was replaced.
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

/// A file under a temporary name.
#[derive(Debug)]
pub(crate) struct TemporaryFile {
    /// `None` once it has its final name.
    file: Option<NamedTempFile>,
    listed: CString,
}

impl TemporaryFile {
    /// Creates a temporary file in `directory`.
    pub(crate) fn create(directory: &Path) -> io::Result<Self> {
        // The process may have changed its folder when the signal comes.
        let directory = std::path::absolute(directory)?;
        let mut listed = CString::default();
        let file = tempfile::Builder::new().prefix(".steer2reg-").suffix(".tmp").make_in(directory, |path| {
            listed = CString::new(path.as_os_str().as_bytes())?;
            let mut paths = paths();
            let file = OpenOptions::new().write(true).create_new(true).open(path)?;
            paths.push(listed.clone());
            Ok(file)
        })?;
        Ok(Self { file: Some(file), listed })
    }

    pub(crate) fn file(&self) -> &File {
        self.file.as_ref().expect("it has no other name yet").as_file()
    }

    /// Gives the file its final name, and replaces a file of that name.
    pub(crate) fn rename(mut self, target: &Path) -> io::Result<()> {
        let file = self.file.take().expect("it has no other name yet");
        let paths = paths();
        let renamed = file.persist(target).map(drop).map_err(|error| error.error);
        RENAMED.fetch_add(renamed.is_ok().into(), Ordering::Relaxed);
        // Dropping this takes it off the list.
        drop(paths);
        renamed
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        self.file = None;
        paths().retain(|listed| *listed != self.listed);
    }
}

fn paths() -> MutexGuard<'static, Vec<CString>> {
    PATHS.lock().unwrap_or_else(PoisonError::into_inner)
}
