//! Why a record has no place in the output, and where the fault is.

use std::fmt::{self, Display};

use serde::Serialize;

use crate::{names::impl_names, spelling::printable::Printable};

/// Why a record is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    kind: RejectionKind,
    reason: Box<str>,
    /// Where the fault is, unless that is not known. (An error is smaller with it in a box.)
    at: Option<Box<At>>,
}

/// Where in a record a fault is, as far as it is known where it is seen. It is looked for only if it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum At {
    Byte(usize),
    /// The token with this number: strings, numbers, literals and opening brackets count, from 0.
    Token(usize),
    /// The label of the turn with this number, counted from 1, and in it this part.
    Label {
        turn: usize,
        part: Option<Box<str>>,
    },
}

impl Rejection {
    pub(crate) fn new(kind: RejectionKind, reason: impl Into<String>) -> Self {
        let reason: String = reason.into();
        // Reasons quote what stands in records.
        Self { kind, reason: Printable(&reason).to_string().into(), at: None }
    }

    pub(crate) fn at_byte(self, byte: usize) -> Self {
        Self { at: Some(Box::new(At::Byte(byte))), ..self }
    }

    pub(crate) fn at_token(self, token: usize) -> Self {
        Self { at: Some(Box::new(At::Token(token))), ..self }
    }

    /// The rejection of a part of a label.
    pub(crate) fn at_part(self, part: &str) -> Self {
        // The beginning of a long part is enough to find it.
        const MAX_LENGTH: usize = 64;
        let part = part.as_bytes()[..part.len().min(MAX_LENGTH)].utf8_chunks().next().map_or("", |part| part.valid());
        Self { at: Some(Box::new(At::Label { turn: 0, part: Some(part.into()) })), ..self }
    }

    /// Why something is not a record.
    pub(crate) fn record(reason: impl Into<String>) -> Self {
        Self::new(RejectionKind::InvalidRecord, reason)
    }

    /// Where the fault is.
    pub(crate) fn at(&self) -> Option<&At> {
        self.at.as_deref()
    }

    /// The rejection of a label with the turn it came from, counted from 1.
    pub(crate) fn in_turn(self, number: usize) -> Self {
        let part = if let Some(At::Label { part, .. }) = self.at.map(|at| *at) { part } else { None };
        let reason = format!("{} (turn {number})", self.reason).into();
        Self { kind: self.kind, reason, at: Some(Box::new(At::Label { turn: number, part })) }
    }

    /// The kind of the rejection.
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

/// The kinds of rejection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RejectionKind {
    /// Bytes that are not UTF-8.
    InvalidUtf8,
    /// Not one JSON value (RFC 8259), or a literal such as `NaN` or half of a surrogate pair in what is used.
    InvalidJson,
    /// Not a conversation: a part is missing or has the wrong type.
    InvalidRecord,
    /// A label that gives no scores.
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

/// Where a record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The input's name: a path as it was given, or `<stdin>`.
    pub file: String,
    /// The 1-based number of the line; blank lines count.
    pub line: u64,
    /// The offset of the line's first byte in the input.
    pub byte: u64,
}

/// A literal or an escape that is not JSON, in what is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct NotJson {
    pub(crate) what: What,
    /// Where it stands in the record.
    pub(crate) at: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum What {
    Literal(&'static str),
    /// As it is spelled.
    Surrogate([u8; ESCAPE]),
}

impl NotJson {
    /// A rejection of what is called `subject`.
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
