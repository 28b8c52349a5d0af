//! The floors of the source: every file imports only what lies below it. Paths are read from the `use` lines, those of
//! the unit tests excepted.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, iter,
    path::{Path, PathBuf},
};

/// The rooms (files and folders of `src`) from the bottom to the top. A room imports from rooms of the lines above it.
const FLOORS: &[&[&str]] = &[
    &["exact", "lines", "mmap", "spelling"],
    &["names"],
    &["rejection", "schema"],
    &["conversation", "setting"],
    &["format"],
    &["error"],
    &["config", "rows"],
    &["input", "output", "parse"],
    &["summary"],
    &["report"],
    &["converter"],
    &["bench", "nemo", "run"],
    &["cli"],
];

/// Each module of the library by its path (`parse::tape`), with the modules that it imports from.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files: BTreeMap<String, PathBuf> = modules(&root, "").into_iter().collect();
    let import = |(module, file): (&String, &PathBuf)| {
        let source = fs::read_to_string(file).unwrap();
        let code = source.split("mod tests {").next().unwrap();
        let is_file = |path: &str| path != module && files.contains_key(path);
        // The longest beginning of a path that is a file.
        let home = |path: &str| {
            let shorter = |path: &String| path.rsplit_once("::").map(|(stem, _)| stem.to_owned());
            iter::successors(Some(path.to_owned()), shorter).find(|path| is_file(path))
        };
        (module.clone(), used(code, module).iter().filter_map(|path| home(path)).collect())
    };
    files.iter().map(import).collect()
}

/// The modules in a folder, each with its file. The roots of the library and the program import from everywhere.
fn modules(folder: &Path, prefix: &str) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let module = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        match name.as_str() {
            "mod" => vec![(prefix.trim_end_matches("::").to_owned(), path)],
            "lib" | "main" => Vec::new(),
            _ if path.is_dir() => modules(&path, &format!("{prefix}{name}::")),
            _ if path.extension().is_some_and(|extension| extension == "rs") => vec![(format!("{prefix}{name}"), path)],
            _ => Vec::new(),
        }
    };
    entries.flat_map(module).collect()
}

/// The paths that the `use` lines of a module name, from the root of the library.
fn used(code: &str, module: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for item in code.split(';') {
        let lines = item.lines().map(str::trim).filter(|line| !line.starts_with("//"));
        let mut rest = lines.skip_while(|line| !line.starts_with("use ") && !line.contains(" use crate::"));
        if let Some(first) = rest.next() {
            let tree = first.split("use ").nth(1).unwrap().chars().chain(rest.flat_map(str::chars));
            flatten("", &tree.filter(|character| !character.is_whitespace()).collect::<String>(), &mut paths);
        }
    }
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    let absolute = |path: String| {
        let (root, rest) = path.split_once("::")?;
        match root {
            "crate" => Some(rest.to_owned()),
            "super" => Some(format!("{parent}::{rest}").trim_start_matches("::").to_owned()),
            "self" => Some(format!("{module}::{rest}")),
            _ => None,
        }
    };
    paths.into_iter().filter_map(absolute).collect()
}

/// Appends the paths of a `use` tree without white space: of `a::{b, c::d}`, `a::b` and `a::c::d`.
fn flatten(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let (mut depth, mut start) = (0, 0);
    for (at, byte) in tree.bytes().enumerate().chain([(tree.len(), b',')]) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b',' if depth == 0 && start < at => {
                let branch = &tree[start..at];
                match branch.split_once('{') {
                    Some((stem, rest)) => flatten(&format!("{prefix}{stem}"), rest.strip_suffix('}').unwrap(), paths),
                    None => paths.push(format!("{prefix}{branch}")),
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

#[test]
fn every_room_imports_from_the_floors_below_it() {
    let floor = |module: &str| {
        let room = module.split("::").next().unwrap();
        FLOORS.iter().position(|rooms| rooms.contains(&room)).unwrap_or_else(|| panic!("{room} has no floor"))
    };
    let room = |module: &str| module.split("::").next().unwrap().to_owned();
    for (module, imported) in imports() {
        for other in imported {
            let is_below = room(&module) == room(&other) || floor(&other) < floor(&module);
            assert!(is_below, "{module} imports from {other}, which is not below it");
        }
    }
}

#[test]
fn no_files_import_from_each_other_in_a_circle() {
    let mut imports = imports();
    assert!(imports.len() > 50, "the sources are found");
    // Files that import from no other are taken away, until none is left.
    while !imports.is_empty() {
        let free: Vec<_> =
            imports.iter().filter(|(_, others)| others.is_empty()).map(|(file, _)| file.clone()).collect();
        assert!(!free.is_empty(), "a circle among {imports:#?}");
        for file in free {
            imports.remove(&file);
            for others in imports.values_mut() {
                others.remove(&file);
            }
        }
    }
}
