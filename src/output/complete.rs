//! A complete output that waits for its name: the last step of a run, which takes it for one file after the other.

use std::{fs::File, path::PathBuf};

use super::temporary::TemporaryFile;
use crate::error::Error;

/// A complete output. Dropping it leaves the target as it was.
#[derive(Debug)]
pub(crate) struct CompleteFile {
    /// A path as it was given, or `<stdout>`.
    name: String,
    /// `None` for a stream, which has nothing to wait for.
    place: Option<Place>,
}

/// Where a regular file belongs.
#[derive(Debug)]
struct Place {
    file: TemporaryFile,
    target: PathBuf,
    /// The folder, if the file must outlive a power failure.
    synced_folder: Option<File>,
}

impl CompleteFile {
    /// An output that was written directly.
    pub(super) fn stream(name: String) -> Self {
        Self { name, place: None }
    }

    /// A file with all its content, permissions included. With a folder, this syncs the content, so that the file does not get
    /// its name before.
    pub(super) fn regular(
        name: String,
        file: TemporaryFile,
        target: PathBuf,
        synced_folder: Option<File>,
    ) -> Result<Self, Error> {
        if synced_folder.is_some() {
            file.file().sync_all().map_err(Error::io("sync", &name))?;
        }
        Ok(Self { name, place: Some(Place { file, target, synced_folder }) })
    }

    /// Gives the file its name. If only the sync of the folder fails, the file is in place, but may be gone after a power
    /// failure.
    pub(crate) fn rename(self) -> Result<(), Error> {
        let Some(Place { file, target, synced_folder }) = self.place else { return Ok(()) };
        file.rename(&target).map_err(Error::io("write", &self.name))?;
        let synced = synced_folder.map_or(Ok(()), |folder| folder.sync_all());
        synced.map_err(Error::io("sync the folder of", &self.name))
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use tempfile::NamedTempFile;

    use super::{super::temporary::Listed, *};

    /// A file that cannot be synced: in truth, a pipe.
    fn unsyncable() -> File {
        File::from(std::os::fd::OwnedFd::from(std::io::pipe().unwrap().1))
    }

    /// A file in a folder with an old file of its name.
    fn file(folder: &Path) -> (NamedTempFile, PathBuf) {
        fs::write(folder.join("out"), "old").unwrap();
        (NamedTempFile::new_in(folder).unwrap(), folder.join("out"))
    }

    #[test]
    fn a_file_that_cannot_be_synced_gets_no_name() {
        let folder = tempfile::tempdir().unwrap();
        for is_synced in [true, false] {
            let (file, target) = file(folder.path());
            let file = NamedTempFile::from_parts(unsyncable(), file.into_temp_path());
            let file = TemporaryFile::Named(file, Listed::default());
            let synced_folder = is_synced.then(|| File::open(folder.path()).unwrap());
            let complete = CompleteFile::regular("out".to_owned(), file, target.clone(), synced_folder);
            if is_synced {
                let error = complete.unwrap_err().to_string();
                assert!(error.starts_with("cannot sync out: "), "{error}");
                assert_eq!(fs::read(target).unwrap(), b"old");
            } else {
                complete.unwrap().rename().unwrap();
                assert_eq!(fs::read(target).unwrap(), b"");
            }
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_synced_is_an_error_when_it_has_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let (file, target) = file(folder.path());
        let file = TemporaryFile::Named(file, Listed::default());
        let complete = CompleteFile::regular("out".to_owned(), file, target.clone(), Some(unsyncable())).unwrap();
        let error = complete.rename().unwrap_err().to_string();
        assert!(error.starts_with("cannot sync the folder of out: "), "{error}");
        assert_eq!(fs::read(target).unwrap(), b"");
    }
}
