//! The labelled turns of a conversation: their scores, and what the checks have to say of them.

use crate::{
    format::{Checks, attributes::Attributes},
    rejection::{Rejection, RejectionKind},
    spelling::{near::near, number::Spelled, printable::quoted},
};

/// The scores of some labels, one after the other.
pub(crate) struct LabelTable {
    /// How many attributes there are.
    width: usize,
    scores: Vec<f64>,
    flags: Vec<LabelFlags>,
}

/// What is odd about a label; with `--strict` nothing may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LabelFlags {
    /// It names an attribute that is not known.
    pub(crate) has_unknown: bool,
    /// All its scores are missing.
    pub(crate) is_unscored: bool,
    /// A score is outside the range.
    pub(crate) is_out_of_range: bool,
}

impl LabelTable {
    pub(crate) fn new(width: usize) -> Self {
        Self { width, scores: Vec::new(), flags: Vec::new() }
    }

    pub(crate) fn clear(&mut self) {
        self.scores.clear();
        self.flags.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.flags.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.flags.is_empty()
    }

    /// The scores of the label with this number, counted from 0.
    #[inline]
    pub(crate) fn scores(&self, number: usize) -> &[f64] {
        &self.scores[number * self.width..][..self.width]
    }

    pub(crate) fn flags(&self, number: usize) -> LabelFlags {
        self.flags[number]
    }

    /// Reads a label.
    #[inline]
    pub(crate) fn push(
        &mut self,
        label: &str,
        attributes: &Attributes,
        checks: &Checks,
        needs_all: bool,
    ) -> Result<(), Rejection> {
        let start = self.scores.len();
        self.scores.resize(start + self.width, attributes.missing());
        let scores = &mut self.scores[start..];
        let read = attributes.read(label, scores)?;
        let range = checks.range.as_ref();
        let outside = range
            .and_then(|range| scores.iter().position(|score| !attributes.is_missing(*score) && !range.contains(score)));
        let flags = LabelFlags {
            has_unknown: read.has_unknown,
            is_unscored: !read.has_score,
            is_out_of_range: outside.is_some(),
        };
        if checks.strict && flags != LabelFlags::default() {
            return Err(reject(label, attributes, outside.map(|at| (at, scores[at])), checks));
        }
        if needs_all && let Some(missing) = scores.iter().position(|score| attributes.is_missing(*score)) {
            return Err(reject_missing(label, attributes, missing));
        }
        self.flags.push(flags);
        Ok(())
    }
}

/// Why a label does not pass the strict checks.
#[cold]
fn reject(label: &str, attributes: &Attributes, outside: Option<(usize, f64)>, checks: &Checks) -> Rejection {
    let unknown = attributes.unknown(label).next();
    let (reason, part) = if let Some(name) = unknown {
        let keys = || attributes.keys().iter().map(String::as_str);
        let spaced = keys().any(|key| key == name.trim());
        let hint = match near(name, keys()) {
            Some(_) if spaced => "; --trim-labels reads it without the white space".to_owned(),
            Some(key) => format!("; is {} meant?", quoted(key)),
            None => String::new(),
        };
        (format!("there is no attribute {}{hint}", quoted(name)), name)
    } else if let Some(((attribute, score), range)) = outside.zip(checks.range.as_ref()) {
        let (name, low, high) = (&attributes.names()[attribute], Spelled(*range.start()), Spelled(*range.end()));
        (format!("the score of {name}, {}, is not in {low}..{high}", Spelled(score)), &**name)
    } else {
        ("all its scores are missing".to_owned(), "")
    };
    Rejection::new(RejectionKind::InvalidLabel, format!("{reason} (--strict)")).at_part(part)
}

/// Why a row of a label without this attribute would train the wrong thing.
#[cold]
fn reject_missing(label: &str, attributes: &Attributes, missing: usize) -> Rejection {
    let key = &*attributes.keys()[missing];
    // The label may have the score, under a name that is spelled otherwise.
    let meant = attributes.unknown(label).find(|name| near(name, [key]).is_some());
    let hint = match meant {
        Some(name) if name.trim() == key => {
            format!("; the label names {}, which --trim-labels reads without the white space", quoted(name))
        }
        Some(name) => format!("; the label names {}: is that meant?", quoted(name)),
        None => {
            let known =
                crate::ATTRIBUTES.into_iter().filter(|&known| !attributes.keys().iter().any(|key| key == known));
            near(key, known).map(|known| format!("; did you mean {}?", quoted(known))).unwrap_or_default()
        }
    };
    let (key, missing) = (quoted(key), Spelled(attributes.missing()));
    Rejection::new(
        RejectionKind::InvalidLabel,
        format!(
            "{key} has no score, and trainers that read messages would train on {missing}: leave the attribute out \
             (--attributes), or say what score it has (--missing-value){hint}"
        ),
    )
    .at_part(meant.unwrap_or_default())
}
