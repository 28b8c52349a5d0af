//! The error of a run, as one helpful message: file, line, cause, remedy.
//!
//! A [`Rejection`] is the reason why one record has no rows; it knows nothing of files. An [`Error`] ends a run, and carries
//! the position.

mod kind;
mod message;

pub(crate) use self::kind::Ready;
pub use self::kind::{Error, ErrorKind, FailedInput};
