//! Wrong usage that clap does not see by itself, as errors of its kind. The usage is added where the command is known.

use std::fmt::Display;

use clap::{Error, error::ErrorKind};

/// A conflict between flags.
pub(super) fn conflict(message: impl Display) -> Error {
    misuse(ErrorKind::ArgumentConflict, message)
}

/// A flag without another one that it needs.
pub(super) fn lacking(message: impl Display) -> Error {
    misuse(ErrorKind::MissingRequiredArgument, message)
}

/// A value that means nothing.
pub(super) fn invalid(message: impl Display) -> Error {
    misuse(ErrorKind::ValueValidation, message)
}

fn misuse(kind: ErrorKind, message: impl Display) -> Error {
    Error::raw(kind, message)
}
