//! The view that parsing yields and formatting reads: one conversation, borrowed.
//!
//! Both ways of parsing a line ([`crate::parse`]) fill this view, and formatting sees nothing else. So a
//! parser does not know what rows look like, and rows do not know what the input looked like.

use crate::{rejection::NotJson, spelling::Spelling};

/// Who speaks in published records; their mask is the user.
pub(crate) const USER: &[u8] = b"User";
pub(crate) const ASSISTANT: &[u8] = b"Assistant";

/// One record: a conversation with the name of the speaker who counts as the user.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Conversation<'a> {
    /// How `value`, `from`, `mask` and `system` are spelled; the same for all strings of a record.
    pub(crate) spelling: Spelling,
    /// A turn whose `from` equals this is the user's, any other the assistant's.
    pub(crate) mask: &'a [u8],
    /// The record's own system prompt, which is mostly not used.
    pub(crate) system: System<'a>,
    /// In the order of the conversation.
    pub(crate) turns: &'a [Turn<'a>],
}

/// The `system` of a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum System<'a> {
    Missing,
    /// A string, spelled as the others.
    Text(&'a [u8]),
    /// No string: the name of its type, for the rejection.
    Other(&'static str),
    /// A literal that is not JSON, or a string with half of a surrogate pair.
    NotJson(NotJson),
}

/// What a record says besides its turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RecordHeader<'a> {
    pub(crate) mask: &'a [u8],
    pub(crate) system: System<'a>,
}

/// One turn of a conversation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Turn<'a> {
    /// Who speaks.
    pub(crate) from: &'a [u8],
    /// What is said.
    pub(crate) value: &'a [u8],
    /// How it was rated.
    pub(crate) label: Label<'a>,
}

/// The `label` of a turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Label<'a> {
    /// Absent, or falsy in Python's sense (`null`, `""`, `false`, `0`, `[]`, `{}`): the turn gives no row.
    None,
    /// `attribute:score,…`, decoded. Not empty.
    Text(&'a str),
    /// Truthy, but no string: the name of its type, for the rejection.
    Other(&'static str),
}

/// Conversations that share their beginnings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tree<'a> {
    /// The turns of all of them, each once and behind the one that it follows.
    pub(crate) all: Conversation<'a>,
    /// For each turn the index of the one that it follows; the first one follows itself, and no other does.
    pub(crate) follows: &'a [usize],
    /// The last turn of each conversation, in their order.
    pub(crate) leaves: &'a [usize],
    /// Their rows are read together: if one is left out, so are all.
    pub(crate) is_pair: bool,
}
