//! Links and sizes.

use std::{collections::BTreeSet, fs, path::Path};

use crate::document::{Document, documents};

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(document: &Document) -> BTreeSet<String> {
    let prose = document.prose();
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let mut anchors = BTreeSet::new();
    for heading in headings {
        let heading = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        let anchor: String = heading.chars().filter(|part| part.is_alphanumeric() || "-_".contains(*part)).collect();
        assert!(anchors.insert(anchor), "{}: two headings {heading}", document.name());
    }
    anchors
}

/// The targets of a document's links.
fn links(document: &Document) -> Vec<String> {
    let prose = document.prose();
    let links = prose.split("](").skip(1).map(|rest| rest.split(')').next().expect("an end").to_owned());
    links.collect()
}

#[test]
fn each_link_and_anchor_resolves() {
    let mut seen = 0;
    for document in documents() {
        for link in links(&document).iter().filter(|link| !link.starts_with("https://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = document.path.parent().expect("a folder").join(path);
            let target = if path.is_empty() { document.path.clone() } else { target };
            assert!(target.exists(), "{}: there is no {link}", document.name());
            assert!(
                anchor.is_empty() || anchors(&Document::read(&target)).contains(anchor),
                "{}: there is no {link}",
                document.name()
            );
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen} links");
}

#[test]
fn each_document_is_linked_from_the_readme() {
    let linked = links(&Document::read("README.md"));
    for document in documents().iter().filter(|document| document.path != Path::new("README.md")) {
        assert!(linked.contains(&document.name()), "no link to {}", document.name());
    }
}

#[test]
fn the_readme_has_at_most_300_lines() {
    assert!(Document::read("README.md").text.lines().count() <= 300);
}

#[test]
fn no_document_names_a_path_of_one_machine() {
    for document in documents() {
        for (at, _) in document.text.match_indices('/') {
            let before = document.text[..at].chars().next_back();
            let after = &document.text[at + 1..];
            let is_absolute = before.is_none_or(|before| before.is_whitespace() || "\"'(=`".contains(before))
                && after.starts_with(char::is_alphabetic);
            let rest: String = after.chars().take(30).collect();
            assert!(!is_absolute || after.starts_with("dev/"), "{}: /{rest}", document.name());
        }
    }
}

/// Rust in a document is compiled and run if the library includes the document.
#[test]
fn each_document_with_rust_is_tested_with_the_library() {
    let library = fs::read_to_string("src/lib.rs").expect("the library");
    let has_rust = |document: &Document| document.blocks().iter().any(|block| block.language.starts_with("rust"));
    let documents: Vec<_> = documents().into_iter().filter(has_rust).collect();
    assert!(!documents.is_empty());
    for document in documents {
        let included = format!("include_str!(\"../{}\")", document.name());
        assert!(library.contains(&included), "src/lib.rs has no {included}");
    }
}
