//! What the README says of the source code is so: each promise names tests that are there, and unsafe code stands only
//! in the places that are listed with their proofs. Elsewhere a lint denies it.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

/// The name of the lint, which is not in this file as one word.
const LINT: &str = concat!("unsafe", "_code");

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// Every place in which the lint is switched off, as the README names it: the file and the function.
fn places(folder: &Path, places: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.to_str().expect("it is UTF-8");
        if path.is_dir() && !path.ends_with("target") {
            self::places(&path, places);
        } else if is_source(&path) {
            let text = fs::read_to_string(&path).expect("source code");
            let mut lines = text.lines();
            while let Some(line) = lines.next() {
                if line.contains(LINT) {
                    let function = lines.next().and_then(|next| next.split_once("fn ")).map(|(_, function)| function);
                    let function = function.and_then(|function| function.split(['(', '<']).next());
                    places.insert(function.map_or(format!("`{name}`"), |function| format!("`{name}` (`{function}`)")));
                }
            }
        }
    }
}

#[test]
fn each_promise_names_tests_that_are_there() {
    let readme = fs::read_to_string("README.md").expect("the README");
    let (_, promises) = readme.split_once("## What it promises").expect("the promises");
    let (promises, _) = promises.split_once("\n## ").expect("what follows them");
    for promise in promises.split("\n- ").skip(1) {
        let (_, tests) = promise.split_once("\n  - `").unwrap_or_else(|| panic!("no test for: {promise}"));
        let mut source = String::new();
        // Of what stands between backticks, every second piece is code.
        for code in tests.split('`').step_by(2).filter(|code| !code.contains(char::is_whitespace)) {
            if is_source(Path::new(code)) {
                source = fs::read_to_string(code).unwrap_or_else(|error| panic!("{code}: {error}"));
            } else {
                assert!(source.contains(&format!("fn {code}(")), "there is no test {code}");
            }
        }
        assert!(!source.is_empty(), "no test for: {promise}");
    }
}

#[test]
fn files_of_the_project_are_there() {
    let readme = fs::read_to_string("README.md").expect("the README");
    let code = readme.split('`').skip(1).step_by(2).filter(|code| !code.contains(char::is_whitespace));
    let paths =
        code.filter(|code| ["tests/", "scripts/", "src/", "fuzz/", "benches/"].iter().any(|at| code.starts_with(at)));
    let paths: BTreeSet<_> =
        paths.filter(|path| path.chars().all(|part| part.is_alphanumeric() || "/._".contains(part))).collect();
    assert!(paths.len() > 20, "{paths:?}");
    for path in paths {
        assert!(Path::new(path).exists(), "there is no {path}");
    }
}

/// The files of source code in a folder without their endings, and the folders with the files that they have.
fn modules(folder: &Path, modules: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            self::modules(&path, modules);
        }
        let name = if path.ends_with("mod.rs") { folder } else { &path };
        if is_source(&path) {
            modules.insert(name.file_stem().expect("a name").to_str().expect("it is UTF-8").to_owned());
        }
    }
}

#[test]
fn each_module_is_in_the_table_and_is_there() {
    let mut found = BTreeSet::new();
    modules(Path::new("src"), &mut found);
    // The root of the library; the vectors of processors.
    let left_out = ["lib", "avx2", "avx512"];
    found.retain(|module| !left_out.contains(&module.as_str()));
    let readme = fs::read_to_string("README.md").expect("the README");
    let (_, table) = readme.split_once("| module | what it does |").expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let listed: BTreeSet<_> = rows
        .flat_map(|row| row.split('|').nth(1).expect("a cell").split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    assert_eq!(listed, found);
}

#[test]
fn the_stats_have_the_keys_of_the_example() {
    let run = ["--input-file", "tests/data/sample.jsonl", "--check", "-q", "--stats", "-"];
    let stats = Command::new(env!("CARGO_BIN_EXE_steer2reg")).args(run).output().expect("the program runs").stdout;
    let keys = |text: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix("  \"")?.split('"').next());
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let readme = fs::read_to_string("README.md").expect("the README");
    let (_, example) = readme.split_once("\n## The stats file").expect("the stats");
    let (_, example) = example.split_once("```text\n").expect("the example");
    let (example, _) = example.split_once("```").expect("its end");
    assert_eq!(keys(example), keys(str::from_utf8(&stats).expect("it is UTF-8")));
}

#[test]
fn each_flag_is_in_the_table() {
    let help = Command::new(env!("CARGO_BIN_EXE_steer2reg")).arg("--help").output().expect("the program runs").stdout;
    let help = String::from_utf8(help).expect("it is UTF-8");
    let flags = help.lines().filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")));
    let flags = flags.filter(|flag| help.contains(&format!("      {flag}")) || help.contains(&format!(", {flag}")));
    let flags: BTreeSet<_> = flags.map(|flag| flag.split('[').next().expect("a name")).collect();
    assert!(flags.len() > 30, "{flags:?}");
    let readme = fs::read_to_string("README.md").expect("the README");
    let (_, table) = readme.split_once("### Flags").expect("the flags");
    let (table, _) = table.split_once("\n### ").expect("what follows them");
    for flag in flags {
        let is_there = [" ", "`", "["].iter().any(|end| table.contains(&format!("`{flag}{end}")));
        assert!(is_there, "{flag} is not in the README's table");
    }
}

#[test]
fn the_template_is_one() {
    let readme = fs::read_to_string("README.md").expect("the README");
    let (_, toml) = readme.split_once("```toml\nbegin").expect("the template");
    let (toml, _) = toml.split_once("```").expect("its end");
    let template: steer2reg::Template = format!("begin{toml}").parse().expect("it is a template");
    assert_eq!(template.end, "\n### Scores:");
}

#[test]
fn the_lint_is_switched_off_only_in_the_places_that_the_readme_lists() {
    let mut found = BTreeSet::new();
    for folder in ["src", "tests", "benches", "fuzz"] {
        places(Path::new(folder), &mut found);
    }
    let readme = fs::read_to_string("README.md").expect("the README");
    let (_, table) = readme.split_once("| unsafe code in |").expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let listed: BTreeSet<_> = rows
        .flat_map(|row| row.split('|').nth(1).expect("a cell").split(','))
        .map(|place| place.trim().to_owned())
        .collect();
    assert_eq!(found, listed);
}

#[test]
fn the_lint_denies() {
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml"] {
        let manifest = fs::read_to_string(manifest).expect("a manifest");
        assert!(manifest.contains(&format!("{LINT} = \"deny\"")));
    }
}
