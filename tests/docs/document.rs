//! The documents and their parts.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A Markdown file.
pub(crate) struct Document {
    /// Relative to the root of the repository.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// Part of a document between two fences.
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) text: String,
}

/// Every document: those at the top of the repository and those in `docs`.
pub(crate) fn documents() -> Vec<Document> {
    let mut documents: Vec<_> = [".", "docs"].iter().flat_map(|folder| markdown(folder)).collect();
    documents.sort_by(|left, right| left.path.cmp(&right.path));
    assert!(documents.len() >= 9, "some documents are missing");
    documents
}

fn markdown(folder: &str) -> Vec<Document> {
    let paths = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.map(|path| Document::read(path.strip_prefix(".").unwrap_or(&path))).collect()
}

impl Document {
    pub(crate) fn read(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_owned();
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text }
    }

    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// The blocks between fences.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let fenced = self.text.split("\n```").skip(1).step_by(2);
        let blocks = fenced.map(|block| block.split_once('\n').expect("a fence has a line of its own"));
        blocks.map(|(language, text)| Block { language: language.to_owned(), text: text.to_owned() }).collect()
    }

    /// The text outside of blocks.
    pub(crate) fn prose(&self) -> String {
        self.text.split("\n```").step_by(2).collect::<Vec<_>>().join("\n")
    }

    /// The code between backticks outside of blocks.
    pub(crate) fn spans(&self) -> Vec<String> {
        let prose = self.prose();
        assert!(prose.matches('`').count().is_multiple_of(2), "{}: a backtick is left over", self.name());
        prose.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    /// The text from a heading to the next one of its level or above.
    pub(crate) fn section(&self, heading: &str) -> &str {
        let start = format!("\n{heading}\n");
        let (_, section) = self.text.split_once(&start).unwrap_or_else(|| panic!("{}: no {heading}", self.name()));
        let level = heading.split(' ').next().expect("a level").len();
        let ends = (1..=level).filter_map(|level| section.find(&format!("\n{} ", "#".repeat(level))));
        &section[..ends.min().unwrap_or(section.len())]
    }

    /// The commands in shell blocks, with their continuation lines joined.
    pub(crate) fn commands(&self) -> Vec<String> {
        let blocks = self.blocks().into_iter().filter(|block| block.language == "sh");
        let lines = blocks.map(|block| block.text.replace("\\\n", " "));
        lines.flat_map(|text| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>()).collect()
    }
}

/// The rows of the table under a header, cell by cell.
pub(crate) fn table<'t>(text: &'t str, header: &str) -> Vec<Vec<&'t str>> {
    let (_, table) = text.split_once(header).unwrap_or_else(|| panic!("no table {header}"));
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}
