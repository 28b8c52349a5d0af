//! The program: flags in, exit status out.

pub(crate) mod flags;
mod misuse;
mod row_flags;
pub(crate) mod signals;
pub(crate) mod terminal;
