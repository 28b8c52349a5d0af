//! A folder of outputs, made where there is none.

use std::{
    fs::{self, File},
    path::Path,
};

use super::path::directory_of;
use crate::error::Error;

/// Makes a folder and those above it that are missing. With `sync` it syncs the folders that have the new names.
pub(super) fn make(folder: &Path, sync: bool) -> Result<(), Error> {
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let missing: Vec<_> = folder.ancestors().take_while(is_missing).collect();
    fs::create_dir_all(folder).map_err(Error::io("make the folder", folder.display()))?;
    for new in missing.into_iter().filter(|_| sync) {
        let synced = File::open(directory_of(new)).and_then(|above| above.sync_all());
        synced.map_err(Error::io("sync the folder of", new.display()))?;
    }
    Ok(())
}
