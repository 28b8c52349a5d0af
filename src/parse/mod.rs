//! From a line to a conversation, in two ways that yield the same view.
//!
//! 1. [`pass_through`] finds the strings of a chunk with vector instructions and hands their bytes on as
//!    they are. It knows the ways in which such files are usually written, and gives up on anything else.
//! 2. [`simd`] (simd-json) is the authority for every line that the first gives up on, and for every rejection.
//!
//! [`crate::Parser`] forces the second; the tests hold both to the same rows.

pub(crate) mod excerpt;
mod explain;
pub(crate) mod nodes;
pub(crate) mod options;
pub(crate) mod pass_through;
pub(crate) mod reader;
pub(crate) mod schemas;
pub(crate) mod second_look;
pub(crate) mod sections;
pub(crate) mod tape;
pub(crate) mod turns;
