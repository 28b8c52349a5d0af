//! Obstacles to a rename over an old file, found before a run rather than after it.
//!
//! Each of them lets a file be written, but not be replaced; `-o - > FILE` still writes it, without the promise that it
//! is the old one or the complete new one.

use std::{
    fs::{self, Metadata},
    os::unix::fs::MetadataExt,
    path::Path,
};

use rustix::{
    fs::{Access, AtFlags, CWD},
    io::Errno,
    process::geteuid,
};

use super::path::{directory_of, link_target};
use crate::{
    error::Error,
    setting::{Message, Setting, message},
};

/// An error if this process may not make, rename and remove files in a folder.
pub(super) fn may_write(directory: &Path) -> Result<(), Errno> {
    rustix::fs::accessat(CWD, directory, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)
}

/// An error if the regular file at `path`, which was given for `setting`, cannot be replaced.
pub(super) fn check(path: &Path, metadata: &Metadata, setting: Setting) -> Result<(), Error> {
    let name = path.display().to_string();
    let target = link_target(path).map_err(Error::io("write", &name))?;
    let directory = directory_of(&target);
    let unusable = |reason: Message| Err(Error::unusable(&name, reason));
    let marks = marks(&target);
    if marks.is_immutable {
        let reason = "is immutable, so it cannot be written (chattr -i FILE makes it a usual file)";
        return unusable(reason.into());
    }
    if marks.is_append_only {
        return unusable(message!(
            "may only be appended to, so it cannot be replaced: append to it with ",
            setting,
            " - >> FILE"
        ));
    }
    if self::marks(directory).is_append_only {
        return unusable(message!(
            "is in a folder in which files cannot be replaced (append-only, chattr +a): write it with ",
            setting,
            " - > FILE"
        ));
    }
    if marks.is_mounted {
        return unusable(message!(
            "is mounted as a single file, so it can be written but not be replaced: write it with ",
            setting,
            " - > FILE, or mount its folder"
        ));
    }
    // If the file cannot be written either, that is the better error.
    if may_write(directory) == Err(Errno::ACCESS) && is_writable(&target) {
        return unusable(message!(
            "is in a folder that may not be written, so it can be written but not be replaced: write it with ",
            setting,
            " - > FILE"
        ));
    }
    if is_stuck(directory, metadata) {
        return unusable(message!(
            "belongs to somebody else, in a folder in which only owners replace their files (sticky): write it with ",
            setting,
            " - > FILE, or to another folder"
        ));
    }
    Ok(())
}

fn is_writable(path: &Path) -> bool {
    rustix::fs::accessat(CWD, path, Access::WRITE_OK, AtFlags::EACCESS).is_ok()
}

/// True if the folder is sticky and this process owns neither the folder nor the file: then it cannot replace the file.
fn is_stuck(directory: &Path, file: &Metadata) -> bool {
    const STICKY: u32 = 0o1000;
    let Ok(folder) = fs::metadata(directory) else { return false };
    let user = geteuid().as_raw();
    folder.mode() & STICKY != 0 && ![file.uid(), folder.uid()].contains(&user) && !is_above_owner(file)
}

/// True if this process may do what the owner of the file may: if it has `CAP_FOWNER`, which a superuser in a container need
/// not have, and its user namespace knows the file's user and group.
fn is_above_owner(file: &Metadata) -> bool {
    const CAP_FOWNER: u64 = 3;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.map_or(geteuid().is_root(), |mask| mask >> CAP_FOWNER & 1 == 1)
        && is_known("/proc/self/uid_map", file.uid())
        && is_known("/proc/self/gid_map", file.gid())
}

/// True if a user or group is in a map of the user namespace, which lists ranges of numbers. All others appear as the user
/// `nobody`.
fn is_known(map: &str, id: u32) -> bool {
    let Ok(map) = fs::read_to_string(map) else { return true };
    map.lines().any(|line| {
        let numbers: Vec<u64> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        matches!(numbers[..], [start, _, count] if (start..start + count).contains(&id.into()))
    })
}

/// Properties of a file that the file system knows.
#[derive(Default)]
struct Marks {
    is_mounted: bool,
    is_immutable: bool,
    is_append_only: bool,
}

#[cfg(target_os = "linux")]
fn marks(path: &Path) -> Marks {
    use rustix::fs::{StatxAttributes, StatxFlags, statx};
    let Ok(statx) = statx(CWD, path, AtFlags::empty(), StatxFlags::empty()) else { return Marks::default() };
    let known = statx.stx_attributes & statx.stx_attributes_mask;
    Marks {
        is_mounted: known.contains(StatxAttributes::MOUNT_ROOT),
        is_immutable: known.contains(StatxAttributes::IMMUTABLE),
        is_append_only: known.contains(StatxAttributes::APPEND),
    }
}

#[cfg(not(target_os = "linux"))]
fn marks(_: &Path) -> Marks {
    Marks::default()
}
