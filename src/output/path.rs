//! Where a path leads: through symbolic links, and to the future place of a new file, maybe in new folders.

use std::{
    collections::VecDeque,
    env, fs, io, iter,
    path::{Component, Path, PathBuf},
    process,
};

/// The most symbolic links that Linux follows.
const MAX_LINKS: usize = 40;

/// True for the name that stands for standard output where a flag names a file.
pub(crate) fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The path to which the system will resolve `path` once the folders in it are made: without links, `.` and `..`.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    let mut path_so_far = PathBuf::new();
    let mut rest: VecDeque<_> = components(path);
    if path.is_relative() {
        // It has no links and no `..` in it. It may be gone, but then nothing can be written either.
        path_so_far = env::current_dir().unwrap_or_default();
    }
    let mut links = 0;
    while let Some(name) = rest.pop_front() {
        if name == Path::new("..") {
            path_so_far.pop();
            continue;
        }
        // An absolute path replaces all before it.
        path_so_far.push(&name);
        if links == MAX_LINKS || !fs::symlink_metadata(&path_so_far).is_ok_and(|metadata| metadata.is_symlink()) {
            continue;
        }
        let Ok(link) = fs::read_link(&path_so_far) else { continue };
        links += 1;
        path_so_far.pop();
        for name in components(&link).into_iter().rev() {
            rest.push_front(name);
        }
    }
    path_so_far
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

/// The number of the open file of this process that a path such as `/dev/stderr` or `/dev/fd/3` stands for, maybe through
/// links.
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
    let components = path.components().filter(|component| *component != Component::CurDir);
    components.map(|component| PathBuf::from(component.as_os_str())).collect()
}

/// The folder in which a file lies.
pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// The expected values come from the system, once the folders are made.
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
