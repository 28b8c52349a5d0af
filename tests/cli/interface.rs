//! The command line is a user of the library like any other: it uses what is public.

use std::{collections::BTreeSet, fs};

/// The paths in a `use` tree or an expression that begins behind `crate::`.
fn paths(text: &str) -> Vec<String> {
    let is_name = |char: char| char.is_alphanumeric() || char == '_' || char == ':';
    let Some(group) = text.strip_prefix('{') else {
        return vec![text.chars().take_while(|&char| is_name(char)).collect()];
    };
    let (mut depth, mut paths, mut path) = (0, Vec::new(), String::new());
    for char in group.chars() {
        match char {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => paths.push(std::mem::take(&mut path)),
            char if depth == 0 && is_name(char) => path.push(char),
            _ => {}
        }
        if char == '}' && depth == 0 && path.is_empty() && !paths.is_empty() {
            break;
        }
    }
    paths.retain(|path| !path.is_empty());
    paths
}

#[test]
fn the_command_line_uses_only_what_the_library_makes_public() {
    let library = fs::read_to_string("src/lib.rs").expect("the library");
    let public: BTreeSet<_> = library
        .split("\npub ")
        .skip(1)
        .flat_map(|item| {
            item.split(';').next().unwrap_or_default().split(|char: char| !(char.is_alphanumeric() || char == '_'))
        })
        .collect();
    let mut used = 0;
    for file in fs::read_dir("src/cli").expect("the folder") {
        let path = file.expect("an entry").path();
        let source = fs::read_to_string(&path).expect("source code");
        for item in source.split("crate::").skip(1).flat_map(paths) {
            let first = item.split("::").next().expect("a name");
            assert!(public.contains(first), "{}: crate::{item} is not public", path.display());
            let is_module = library.contains(&format!("mod {first};"));
            assert!(!is_module || library.contains(&format!("pub mod {first};")), "{}: crate::{item}", path.display());
            used += 1;
        }
    }
    assert!(used > 20, "only {used} items are used");
}
