//! Where a path leads through symbolic links, and where a file will be that is not there yet, maybe in folders that are not
//! there yet.

use std::{
    collections::VecDeque,
    env, fs, io, iter,
    path::{Component, Path, PathBuf},
    process,
};

/// As many symbolic links as Linux follows.
const MAX_LINKS: usize = 40;

/// The path to which the system will resolve `path` once the folders in it are made: without links, `.` and `..`.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    let mut place = PathBuf::new();
    let mut rest: VecDeque<_> = components(path);
    if path.is_relative() {
        // It has no links and no `..` in it, and may be gone: then nothing can be written either.
        place = env::current_dir().unwrap_or_default();
    }
    let mut links = 0;
    while let Some(name) = rest.pop_front() {
        if name == Path::new("..") {
            place.pop();
            continue;
        }
        // An absolute one takes the place of all before it.
        place.push(&name);
        if links == MAX_LINKS || !fs::symlink_metadata(&place).is_ok_and(|metadata| metadata.is_symlink()) {
            continue;
        }
        let Ok(link) = fs::read_link(&place) else { continue };
        links += 1;
        place.pop();
        for name in components(&link).into_iter().rev() {
            rest.push_front(name);
        }
    }
    place
}

/// The path at the end of a chain of symbolic links; there need not be a file.
pub(crate) fn link_target(path: &Path) -> io::Result<PathBuf> {
    let mut chain = chain(path);
    let target = chain.by_ref().take(MAX_LINKS).last();
    match target {
        Some(target) if chain.next().is_none() => Ok(target),
        _ => Err(io::Error::other("too many symbolic links")),
    }
}

/// Which of the open files of this process a path such as `/dev/stderr` or `/dev/fd/3` stands for, maybe through links.
pub(crate) fn descriptor_of(path: &Path) -> Option<u32> {
    let own = PathBuf::from(format!("/proc/{}/fd", process::id()));
    let folders = [Path::new("/dev/fd"), Path::new("/proc/self/fd"), &own];
    chain(path).take(MAX_LINKS).find_map(|path| {
        let number = path.file_name()?.to_str()?.parse().ok();
        number.filter(|_| path.parent().is_some_and(|folder| folders.contains(&folder)))
    })
}

/// A path, and each path to which a link leads from there.
fn chain(path: &Path) -> impl Iterator<Item = PathBuf> {
    iter::successors(Some(path.to_owned()), |path| {
        let link = fs::read_link(path).ok()?;
        Some(path.parent().unwrap_or(Path::new("")).join(link))
    })
}

fn components(path: &Path) -> VecDeque<PathBuf> {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    parts.map(|part| PathBuf::from(part.as_os_str())).collect()
}

/// The folder in which a file lies.
pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// The right values are the system's own, once the folders are made.
    #[test]
    fn places_are_those_that_the_system_finds_once_the_folders_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let root = &folder.path().canonicalize().unwrap();
        fs::create_dir(root.join("there")).unwrap();
        symlink("../new", root.join("there/relative")).unwrap();
        symlink(root.join("new/deep"), root.join("absolute")).unwrap();
        symlink("absolute/file", root.join("dangling")).unwrap();
        let paths = [
            "new/file",
            "./new//file",
            "new/../new/./file",
            "new/deep/../file",
            "there/../new/file",
            "there/relative/deep/file",
            "there/relative/../new/file",
            "absolute/file",
            "absolute/../deep/../file",
            "dangling",
        ];
        let before = paths.map(|path| resolved(&root.join(path)));
        fs::create_dir_all(root.join("new/deep")).unwrap();
        for file in ["new/file", "new/deep/file"] {
            fs::write(root.join(file), "").unwrap();
        }
        for (path, before) in paths.iter().zip(before) {
            assert_eq!(before, fs::canonicalize(root.join(path)).unwrap(), "{path}");
        }
    }
}
