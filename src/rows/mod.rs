//! From a conversation to rows: one for each labelled turn, each with all the text before it.
//!
//! [`Formatter`] appends the rows of a conversation, of a [tree] or of a [comparison] to [`Rows`], and tells an
//! [`Observer`](observer::Observer) of each. What is done with the rows and what is counted is not known here.

mod buffer;
mod comparison;
pub(crate) mod compiled;
mod digest;
mod embedded;
mod formatter;
mod frames;
pub(crate) mod groups;
pub(crate) mod head;
pub(crate) mod labels;
pub(crate) mod observer;
mod pair;
mod paths;
mod score_tail;
pub(crate) mod speakers;
mod tree;

pub(crate) use self::{buffer::Rows, formatter::Formatter};
