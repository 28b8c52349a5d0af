//! The rejection of a record: the reason, and the place of the fault.

use std::fmt::{self, Display};

use serde::Serialize;

use crate::{names::impl_names, spelling::printable::Printable};

/// The reason why a record has no rows.
///
/// A rejection is also a line of the rejects file, which people read who use the command line, and it must be the same in every
/// program. So its hints name flags, which an [`Error`](crate::Error) does not: `--role` is the field
/// [`RowFormat::roles`](crate::RowFormat::roles), and so on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    kind: RejectionKind,
    reason: Box<str>,
    /// The place of the fault, if it is known. (The box keeps results small.)
    at: Option<Box<At>>,
}

/// The place of a fault in a record, as the code that finds the fault knows it. It becomes an offset only if it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum At {
    Byte(usize),
    /// The index of a token; strings, numbers, literals and opening brackets count.
    Token(usize),
    /// A part of the label of a turn, whose number counts from 1.
    Label {
        turn: usize,
        part: Option<Box<str>>,
    },
}

impl Rejection {
    pub(crate) fn new(kind: RejectionKind, reason: impl Into<String>) -> Self {
        let reason: String = reason.into();
        // Reasons quote records, whose characters may be unprintable.
        Self { kind, reason: Printable(&reason).to_string().into(), at: None }
    }

    pub(crate) fn at_byte(self, byte: usize) -> Self {
        Self { at: Some(Box::new(At::Byte(byte))), ..self }
    }

    pub(crate) fn at_token(self, token: usize) -> Self {
        Self { at: Some(Box::new(At::Token(token))), ..self }
    }

    /// Places the fault at a part of a label.
    pub(crate) fn at_part(self, part: &str) -> Self {
        // The beginning of a long part is enough to find it.
        const MAX_LENGTH: usize = 64;
        let part = part.as_bytes()[..part.len().min(MAX_LENGTH)].utf8_chunks().next().map_or("", |part| part.valid());
        Self { at: Some(Box::new(At::Label { turn: 0, part: Some(part.into()) })), ..self }
    }

    /// The rejection of a value that is not a record.
    pub(crate) fn record(reason: impl Into<String>) -> Self {
        Self::new(RejectionKind::InvalidRecord, reason)
    }

    /// The bytes of memory that it takes beside itself, with what the allocator needs for each piece.
    pub(crate) fn memory(&self) -> usize {
        const PIECE: usize = 16;
        let part = |at: &At| match at {
            At::Label { part: Some(part), .. } => PIECE + part.len(),
            _ => 0,
        };
        PIECE + self.reason.len() + self.at().map_or(0, |at| PIECE + size_of::<At>() + part(at))
    }

    /// The place of the fault.
    pub(crate) fn at(&self) -> Option<&At> {
        self.at.as_deref()
    }

    /// Adds the turn, whose number counts from 1, to the rejection of a label.
    pub(crate) fn in_turn(self, number: usize) -> Self {
        let part = if let Some(At::Label { part, .. }) = self.at.map(|at| *at) { part } else { None };
        let reason = format!("{} (turn {number})", self.reason).into();
        Self { kind: self.kind, reason, at: Some(Box::new(At::Label { turn: number, part })) }
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The reason in words, without the kind: `part "quality" has no score`.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.words(), self.reason)
    }
}

impl std::error::Error for Rejection {}

/// The kind of a [`Rejection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RejectionKind {
    /// The bytes are not UTF-8.
    InvalidUtf8,
    /// The line is not one JSON value (RFC 8259), or a used value has a literal such as `NaN` or half of a surrogate pair.
    InvalidJson,
    /// The value is not a conversation: a part is missing or has the wrong type.
    InvalidRecord,
    /// A label has no scores.
    InvalidLabel,
}

impl RejectionKind {
    /// Every kind, in the order of the checks.
    pub const ALL: [Self; 4] = [Self::InvalidUtf8, Self::InvalidJson, Self::InvalidRecord, Self::InvalidLabel];

    /// The name in `--rejects` and `--stats`: `invalid-label`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidUtf8 => "invalid-utf8",
            Self::InvalidJson => "invalid-json",
            Self::InvalidRecord => "invalid-record",
            Self::InvalidLabel => "invalid-label",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::InvalidUtf8 => "invalid UTF-8",
            Self::InvalidJson => "invalid JSON",
            Self::InvalidRecord => "invalid record",
            Self::InvalidLabel => "invalid label",
        }
    }
}

impl_names!(RejectionKind, "kind of rejection");

/// The position of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The input's name: a path as it was given, `<stdin>` or `<reader>`.
    pub file: String,
    /// The 1-based number of the line; blank lines count.
    pub line: u64,
    /// The offset of the line's first byte in the input.
    pub byte: u64,
}

/// A literal or an escape in a used value that is not JSON.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct NotJson {
    pub(crate) what: What,
    /// Its offset in the record.
    pub(crate) at: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum What {
    Literal(&'static str),
    /// The escape as it is spelled.
    Surrogate([u8; ESCAPE]),
}

impl NotJson {
    /// The rejection of a value, which the reason calls `subject`.
    pub(crate) fn reject(self, subject: impl Display) -> Rejection {
        let reason = match self.what {
            What::Literal(literal) => {
                format!("{subject} is {literal}, which JSON does not have (Python writes it unless allow_nan=False)")
            }
            What::Surrogate(escape) => {
                format!(
                    "{subject} has the lone surrogate {}, which is half of a character",
                    String::from_utf8_lossy(&escape)
                )
            }
        };
        Rejection::new(RejectionKind::InvalidJson, reason).at_byte(self.at)
    }
}

/// The length of an escape such as `\ud83d`.
pub(crate) const ESCAPE: usize = 6;
