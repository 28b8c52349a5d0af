//! Temporary files that do not outlive the process, whichever way it ends.
//!
//! Dropping one removes it. A signal drops nothing, so all of them are also listed, and
//! [`remove_temporary_files`] removes what is listed; a handler may call it. Only `SIGKILL` and a power failure
//! leave one behind: its name begins with `.steer2reg-`, it does no harm, and it can be deleted.

use std::{
    ffi::CString,
    fs::{File, OpenOptions},
    io,
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::{Mutex, PoisonError, TryLockError},
};

use tempfile::NamedTempFile;

/// The paths of all temporary files there are.
static PATHS: Mutex<Vec<CString>> = Mutex::new(Vec::new());

/// Removes the temporary files of all conversions that run in this process: for a signal handler, before it
/// ends the process. It allocates nothing and waits for nothing, so it may be called in one.
pub fn remove_temporary_files() {
    let paths = match PATHS.try_lock() {
        Ok(paths) => paths,
        Err(TryLockError::Poisoned(paths)) => paths.into_inner(),
        // The signal came in the moment in which a path was listed.
        Err(TryLockError::WouldBlock) => return,
    };
    for path in paths.iter() {
        let _ = rustix::fs::unlink(path.as_c_str());
    }
}

/// A file under a temporary name.
#[derive(Debug)]
pub(crate) struct TemporaryFile {
    /// `None` once it has its final name.
    file: Option<NamedTempFile>,
    listed: CString,
}

impl TemporaryFile {
    /// Creates one in `directory`.
    pub(crate) fn create(directory: &Path) -> io::Result<Self> {
        // The signal may reach a process in another folder.
        let directory = std::path::absolute(directory)?;
        let mut listed = CString::default();
        let file = tempfile::Builder::new().prefix(".steer2reg-").suffix(".tmp").make_in(directory, |path| {
            // Listed before it exists, so that there is no moment in which a signal would leave it.
            listed = CString::new(path.as_os_str().as_bytes())?;
            list(listed.clone());
            OpenOptions::new().write(true).create_new(true).open(path).inspect_err(|_| unlist(&listed))
        })?;
        Ok(Self { file: Some(file), listed })
    }

    pub(crate) fn file(&self) -> &File {
        self.file.as_ref().expect("it has no other name yet").as_file()
    }

    /// Gives the file its final name, in place of what had it.
    pub(crate) fn rename(mut self, target: &Path) -> io::Result<()> {
        let file = self.file.take().expect("it has no other name yet");
        file.persist(target).map(drop).map_err(|error| error.error)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        self.file = None;
        unlist(&self.listed);
    }
}

fn list(path: CString) {
    PATHS.lock().unwrap_or_else(PoisonError::into_inner).push(path);
}

fn unlist(path: &CString) {
    PATHS.lock().unwrap_or_else(PoisonError::into_inner).retain(|listed| listed != path);
}
