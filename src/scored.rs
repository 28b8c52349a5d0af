//! The labelled turns of a conversation: their scores, and what the checks have to say of them.

use crate::{
    error::{Refusal, RefusalKind},
    format::Checks,
    label::{Attributes, quoted},
    number::Spelled,
};

/// The scores of some labels, one after the other.
pub(crate) struct Scored {
    /// How many attributes there are.
    width: usize,
    scores: Vec<f64>,
    notes: Vec<Notes>,
}

/// What is odd about a label; with `--strict` nothing may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Notes {
    /// It names an attribute that is not known.
    pub(crate) has_unknown: bool,
    /// All its scores are missing.
    pub(crate) is_unscored: bool,
    /// A score is outside the range.
    pub(crate) is_out_of_range: bool,
}

impl Scored {
    pub(crate) fn new(width: usize) -> Self {
        Self { width, scores: Vec::new(), notes: Vec::new() }
    }

    pub(crate) fn clear(&mut self) {
        self.scores.clear();
        self.notes.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.notes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }

    /// The scores of the label with this number, counted from 0.
    #[inline]
    pub(crate) fn scores(&self, number: usize) -> &[f64] {
        &self.scores[number * self.width..][..self.width]
    }

    pub(crate) fn notes(&self, number: usize) -> Notes {
        self.notes[number]
    }

    /// Reads a label.
    #[inline]
    pub(crate) fn push(&mut self, label: &str, attributes: &Attributes, checks: &Checks) -> Result<(), Refusal> {
        let start = self.scores.len();
        self.scores.resize(start + self.width, attributes.missing());
        let scores = &mut self.scores[start..];
        let read = attributes.read(label, scores)?;
        let range = checks.range.as_ref();
        let outside = range
            .and_then(|range| scores.iter().position(|score| !attributes.is_missing(*score) && !range.contains(score)));
        let notes =
            Notes { has_unknown: read.has_unknown, is_unscored: !read.has_score, is_out_of_range: outside.is_some() };
        if checks.strict && notes != Notes::default() {
            return Err(refuse(label, attributes, outside.map(|at| (at, scores[at])), checks));
        }
        self.notes.push(notes);
        Ok(())
    }
}

/// Why a label does not pass the strict checks.
#[cold]
fn refuse(label: &str, attributes: &Attributes, outside: Option<(usize, f64)>, checks: &Checks) -> Refusal {
    let names = label.split(',').filter_map(|part| part.split(':').next());
    let unknown = { names }.find(|name| attributes.position(name, 0).is_none());
    let (reason, part) = if let Some(name) = unknown {
        (format!("there is no attribute {}", quoted(name)), name)
    } else if let Some(((attribute, score), range)) = outside.zip(checks.range.as_ref()) {
        let (name, low, high) = (&attributes.names()[attribute], Spelled(*range.start()), Spelled(*range.end()));
        (format!("the score of {name}, {}, is not in {low}..{high}", Spelled(score)), &**name)
    } else {
        ("all its scores are missing".to_owned(), "")
    };
    Refusal::new(RefusalKind::InvalidLabel, format!("{reason} (--strict)")).at_part(part)
}
