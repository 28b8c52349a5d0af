//! The labels of a conversation: their scores, and what the checks find in them.

use std::ops::Range;

use super::{compiled::CompiledFormat, head::Prompt, speakers::SpeakerFlags};
use crate::{
    conversation::{Conversation, Label},
    format::{Checks, attributes::Attributes},
    rejection::{Rejection, RejectionKind},
    spelling::{near::near, number::Spelled, printable::quoted},
};

/// The labels of a conversation, one after the other.
pub(super) struct LabelTable {
    /// The numbers of a row.
    width: usize,
    scores: Vec<f64>,
    flags: Vec<LabelFlags>,
    /// Where the score tails of rows stand, if the rows are gathered.
    tails: Vec<Range<usize>>,
}

/// What is odd about a label; with `--strict` nothing may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LabelFlags {
    /// It names an unknown attribute.
    pub(crate) has_unknown: bool,
    /// All its scores are missing.
    pub(crate) is_unscored: bool,
    /// A score is outside the range.
    pub(crate) is_out_of_range: bool,
}

impl LabelFlags {
    /// The flags of two labels together.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            has_unknown: self.has_unknown || other.has_unknown,
            is_unscored: self.is_unscored || other.is_unscored,
            is_out_of_range: self.is_out_of_range || other.is_out_of_range,
        }
    }
}

/// The bytes of texts of a conversation: about, since nothing of them is escaped yet.
pub(super) struct TextLengths {
    /// The text up to the last labelled turn but one, which the last row shares with the one before it.
    pub(super) shared: usize,
    /// The text of all turns. It has no more characters.
    pub(super) longest: usize,
}

impl LabelTable {
    pub(super) fn new(width: usize) -> Self {
        Self { width, scores: Vec::new(), flags: Vec::new(), tails: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.flags.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.flags.is_empty()
    }

    /// The scores of a label, by its number from 0.
    #[inline]
    pub(super) fn scores(&self, number: usize) -> &[f64] {
        &self.scores[number * self.width..][..self.width]
    }

    pub(super) fn flags(&self, number: usize) -> LabelFlags {
        self.flags[number]
    }

    /// Appends the score tails of some labels from the first one on, so that rows can be gathered from texts and tails.
    pub(super) fn append_tails(&mut self, format: &CompiledFormat, numbers: Range<usize>, bytes: &mut Vec<u8>) {
        for number in numbers {
            let start = bytes.len();
            format.append_score_tail(self.scores(number), bytes);
            self.tails.push(start..bytes.len());
        }
    }

    /// The ranges of the score tails that were appended, by the numbers of their labels.
    pub(super) fn tails(&self) -> &[Range<usize>] {
        &self.tails
    }

    /// Replaces the table by the labels of a conversation. The speakers are checked on the way, unless they are known to
    /// be the user and the assistant.
    pub(super) fn read(
        &mut self,
        format: &CompiledFormat,
        conversation: &Conversation<'_>,
        prompt: Prompt<'_>,
        checks_speakers: bool,
    ) -> Result<(TextLengths, SpeakerFlags), Rejection> {
        self.scores.clear();
        self.flags.clear();
        self.tails.clear();
        let (mut length, mut length_at_label, mut shared) = (format.length_of_head(prompt), 0, 0);
        let (mut has_user, mut has_others) = (!checks_speakers, false);
        for (turn, number) in conversation.turns.iter().zip(1..) {
            let is_user = turn.from == conversation.mask;
            has_user |= is_user;
            has_others |= !is_user && !format.speakers.is_assistant(turn.from);
            length += format.length_of_turn(is_user, turn);
            let pushed = match turn.label {
                Label::None => continue,
                Label::Text(label) => self.push(label, format),
                Label::Other(kind) => {
                    let reason = format!("the label is {kind}, not a string such as \"helpfulness:3,correctness:4\"");
                    Err(Rejection::new(RejectionKind::InvalidLabel, reason))
                }
            };
            if let Err(rejection) = pushed {
                // A fault of the record comes before those of its labels.
                if checks_speakers {
                    format.check_speakers(conversation)?;
                }
                return Err(rejection.in_turn(number));
            }
            (shared, length_at_label) = (length_at_label, length);
        }
        let is_usual = has_user && !has_others;
        let speakers = if is_usual { SpeakerFlags::default() } else { format.check_speakers(conversation)? };
        Ok((TextLengths { shared, longest: length }, speakers))
    }

    /// Reads a label.
    #[inline]
    fn push(&mut self, label: &str, format: &CompiledFormat) -> Result<(), Rejection> {
        let CompiledFormat { attributes, checks, .. } = format;
        let start = self.scores.len();
        self.scores.resize(start + attributes.keys().len(), attributes.missing());
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
            return Err(strict_violation(label, attributes, outside.map(|at| (at, scores[at])), checks));
        }
        if format.needs_all
            && let Some(missing) = scores.iter().position(|score| attributes.is_missing(*score))
        {
            return Err(missing_score(label, format, missing));
        }
        if let Some(weights) = &format.weights {
            let score = weights.score(scores);
            // The difference of two scores is a margin, which must be finite, too.
            let largest = if format.pair.is_some() { 2.0 * score } else { score };
            if !largest.is_finite() {
                return Err(too_large(format, score));
            }
            self.scores.truncate(start);
            self.scores.push(score);
        }
        self.flags.push(flags);
        Ok(())
    }
}

/// The rejection of a label by the strict checks.
#[cold]
fn strict_violation(label: &str, attributes: &Attributes, outside: Option<(usize, f64)>, checks: &Checks) -> Rejection {
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

/// The rejection of a label whose weighted score is no finite number.
#[cold]
fn too_large(format: &CompiledFormat, score: f64) -> Rejection {
    let margin = if format.pair.is_some() { " for the margin of a pair, which is the difference of two" } else { "" };
    let reason = format!("the weighted score, {}, is too large{margin} (--weights)", Spelled(score));
    Rejection::new(RejectionKind::InvalidLabel, reason)
}

/// The rejection of a label without this attribute, where nothing masks a missing score.
#[cold]
fn missing_score(label: &str, format: &CompiledFormat, missing: usize) -> Rejection {
    let attributes = &format.attributes;
    let key = &*attributes.keys()[missing];
    // The label may have the score, under a name that is spelled otherwise.
    let meant = attributes.unknown(label).find(|name| near(name, [key]).is_some());
    let hint = match meant {
        Some(name) if name.trim() == key => {
            format!("; the label names {}, which --trim-labels reads without the white space", quoted(name))
        }
        Some(name) => format!("; the label names {}: is that meant?", quoted(name)),
        None => {
            let known = crate::schema::ATTRIBUTES
                .into_iter()
                .filter(|&known| !attributes.keys().iter().any(|key| key == known));
            near(key, known).map(|known| format!("; did you mean {}?", quoted(known))).unwrap_or_default()
        }
    };
    let (key, missing) = (quoted(key), Spelled(attributes.missing()));
    let reason = match &format.weights {
        Some(_) => format!("{key} has no score, which the weighted score needs (--weights){hint}"),
        None => format!(
            "{key} has no score, and trainers that read messages would train on {missing}: leave the attribute out \
             (--attributes), or say what score it has (--missing-value){hint}"
        ),
    };
    Rejection::new(RejectionKind::InvalidLabel, reason).at_part(meant.unwrap_or_default())
}
