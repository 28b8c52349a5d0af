//! From a line to a conversation, in two ways that yield the same view, behind one [`reader`].
//!
//! 1. [`pass_through`] finds the strings of a section with vector instructions and hands their bytes on as they are. It knows
//!    the ways in which such files are usually written, and gives up on anything else.
//! 2. [`tape`] (simd-json) is the authority for every line that the first gives up on, and for every rejection. What the
//!    tape of a record means is up to its schema ([`schemas`]).
//!
//! [`Parser`](crate::Parser) forces the second; the tests hold both to the same rows.

pub(crate) mod comparison_keys;
pub(crate) mod excerpt;
pub(crate) mod nodes;
pub(crate) mod options;
pub(crate) mod pass_through;
mod placeholders;
pub(crate) mod reader;
pub(crate) mod schemas;
pub(crate) mod sections;
mod syntax_error;
pub(crate) mod tape;
pub(crate) mod tape_context;
mod tokens;
pub(crate) mod turns;
