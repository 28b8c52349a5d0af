//! Tests, paths, the map of the source and the places of unsafe code. A lint denies it elsewhere.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::document::{Document, documents, table};

/// The name of the lint, split so that this file does not contain it as one word.
const LINT: &str = concat!("unsafe", "_code");

/// Folders with source code.
const FOLDERS: [&str; 6] = ["src", "tests", "benches", "fuzz", "examples", "crates"];

/// Files in a folder and in those below it, without build output.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if !path.is_dir() {
            found.push(path);
        } else if !path.ends_with("target") {
            files(&path, found);
        }
    }
}

fn files_of(folders: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folders.iter().map(Path::new).filter(|folder| folder.exists()) {
        files(folder, &mut found);
    }
    found
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// Every place in which the lint is switched off, as the table names it: the file and the function.
fn places() -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for path in files_of(&FOLDERS).iter().filter(|path| is_source(path)) {
        let name = path.to_str().expect("it is UTF-8");
        let text = fs::read_to_string(path).expect("source code");
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if line.contains(LINT) {
                let function = lines.next().and_then(|next| next.split_once("fn ")).map(|(_, function)| function);
                let function = function.and_then(|function| function.split(['(', '<']).next());
                places.insert(function.map_or(format!("`{name}`"), |function| format!("`{name}` (`{function}`)")));
            }
        }
    }
    places
}

#[test]
fn each_promise_names_tests_that_exist() {
    let guarantees = Document::read("docs/guarantees.md");
    let promises: Vec<_> = guarantees.section("## Promises").split("\n- ").skip(1).collect();
    assert!(promises.len() >= 15, "{} promises", promises.len());
    for promise in promises {
        let (_, tests) = promise.split_once("\n  - `").unwrap_or_else(|| panic!("no test for: {promise}"));
        let mut source = String::new();
        let mut seen = 0;
        // Of the text between backticks, every second piece is code.
        for code in tests.split('`').step_by(2).filter(|code| !code.contains(char::is_whitespace)) {
            if is_source(Path::new(code)) {
                source = fs::read_to_string(code).unwrap_or_else(|error| panic!("{code}: {error}"));
            } else {
                assert!(source.contains(&format!("fn {code}(")), "there is no test {code}");
                seen += 1;
            }
        }
        assert!(seen > 0, "no test for: {promise}");
    }
}

/// Names of four underscores and more are those of tests.
#[test]
fn each_test_that_is_named_exists() {
    let sources = files_of(&FOLDERS).into_iter().filter(|path| is_source(path));
    let sources: Vec<_> = sources.map(|path| fs::read_to_string(path).expect("source code")).collect();
    let spans = documents().iter().flat_map(Document::spans).collect::<BTreeSet<_>>();
    let is_name = |part: char| part.is_ascii_lowercase() || part.is_ascii_digit() || part == '_';
    let tests = spans.iter().filter(|code| code.chars().all(is_name) && code.matches('_').count() >= 4);
    let tests: Vec<_> = tests.collect();
    assert!(tests.len() > 50, "{tests:?}");
    for test in tests {
        let function = format!("fn {test}(");
        assert!(sources.iter().any(|source| source.contains(&function)), "there is no test {test}");
    }
}

#[test]
fn each_path_that_is_named_exists() {
    let folders = ["tests/", "scripts/", "src/", "fuzz/", "benches/", "docs/", "examples/", "crates/", ".ci/"];
    let mut seen = 0;
    for document in documents() {
        let commands = document.commands();
        let commands = commands.iter().flat_map(|command| command.split_whitespace()).map(str::to_owned);
        let spans = document.spans().into_iter().filter_map(|span| span.split(' ').next().map(str::to_owned));
        for path in spans.chain(commands).filter(|path| folders.iter().any(|folder| path.starts_with(folder))) {
            assert!(Path::new(&path).exists(), "{}: there is no {path}", document.name());
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen} paths");
}

/// The files in the map of the source, which has a line for each with two spaces of indentation for each folder.
fn mapped() -> BTreeSet<String> {
    let architecture = Document::read("docs/architecture.md");
    let (_, map) = architecture.section("## Map of the source").split_once("```text\n").expect("the map");
    let (map, _) = map.split_once("```").expect("its end");
    let mut folders: Vec<&str> = Vec::new();
    let mut files = BTreeSet::new();
    for line in map.lines() {
        let text = line.trim_start();
        folders.truncate((line.len() - text.len()) / 2);
        let (name, purpose) = text.split_once(' ').unwrap_or((text, ""));
        if let Some(folder) = name.strip_suffix('/') {
            folders.push(folder);
        } else {
            assert!(!purpose.trim().is_empty(), "no purpose: {line}");
            let path = folders.iter().chain([&name]).copied().collect::<Vec<_>>().join("/");
            assert!(files.insert(path), "two lines for {name}");
        }
    }
    files
}

#[test]
fn the_map_has_each_file_of_the_source() {
    let found = files_of(&["src"]).into_iter().map(|path| path.to_str().expect("it is UTF-8").to_owned());
    let (mapped, found) = (mapped(), found.collect::<BTreeSet<_>>());
    let (missing, gone) = (&found - &mapped, &mapped - &found);
    assert!(missing.is_empty() && gone.is_empty(), "not in the map: {missing:?}; only in the map: {gone:?}");
}

#[test]
fn the_lint_is_switched_off_only_in_the_places_that_are_listed() {
    let guarantees = Document::read("docs/guarantees.md");
    let rows = table(&guarantees.text, "| unsafe code in |");
    let listed = rows.iter().flat_map(|row| row[0].split(',')).map(|place| place.trim().to_owned());
    assert_eq!(places(), listed.collect::<BTreeSet<_>>());
}

#[test]
fn the_lint_denies() {
    let mut manifests = files_of(&["fuzz", "crates"]);
    manifests.retain(|path| path.ends_with("Cargo.toml"));
    manifests.push("Cargo.toml".into());
    assert!(manifests.len() > 1);
    for path in manifests {
        let manifest = fs::read_to_string(&path).expect("a manifest");
        let denies = manifest.contains(&format!("{LINT} = \"deny\""));
        let is_workspace = path.starts_with("crates") && manifest.contains("[lints]\nworkspace = true");
        assert!(denies || is_workspace, "{}", path.display());
    }
}
