//! Wrong usage that clap does not see by itself, as errors of its kind.

use std::fmt::Display;

use clap::{CommandFactory, Error, error::ErrorKind};

use super::flags::Cli;

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
    Cli::command().error(kind, message)
}
