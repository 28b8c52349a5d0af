//! The view between parsing and formatting: one conversation, borrowed.
//!
//! Both ways of parsing a line ([`mod@crate::parse`]) fill this view, and formatting ([`crate::rows`]) reads nothing else. So a
//! parser does not know what rows look like, and rows do not know what the input looked like.

use crate::{rejection::NotJson, spelling::Spelling};

/// The speakers of published records; the mask is the user.
pub(crate) const USER: &[u8] = b"User";
pub(crate) const ASSISTANT: &[u8] = b"Assistant";

/// One record: a conversation with the name of the speaker who counts as the user.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Conversation<'a> {
    /// The spelling of `value`, `from`, `mask` and `system`.
    pub(crate) spelling: Spelling,
    /// A turn whose `from` equals this is the user's, any other the assistant's.
    pub(crate) mask: &'a [u8],
    /// The record's own system prompt, which most formats do not use.
    pub(crate) system: System<'a>,
    /// The turns in their order.
    pub(crate) turns: &'a [Turn<'a>],
}

/// The `system` of a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum System<'a> {
    Missing,
    /// A string in the conversation's spelling.
    Text(&'a [u8]),
    /// Another type, whose name the rejection quotes.
    Other(&'static str),
    /// A literal that is not JSON, or a string with half of a surrogate pair.
    NotJson(NotJson),
}

/// What a record has besides its turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RecordHeader<'a> {
    pub(crate) mask: &'a [u8],
    pub(crate) system: System<'a>,
}

/// One turn of a conversation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Turn<'a> {
    /// The speaker.
    pub(crate) from: &'a [u8],
    /// The content.
    pub(crate) value: &'a [u8],
    /// The rating.
    pub(crate) label: Label<'a>,
}

/// The `label` of a turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Label<'a> {
    /// Absent, or falsy in Python's sense (`null`, `""`, `false`, `0`, `[]`, `{}`): the turn gives no row.
    None,
    /// `attribute:score,…`, decoded. Not empty.
    Text(&'a str),
    /// Truthy, but no string: its type, which the rejection quotes.
    Other(&'static str),
}

/// Conversations that share their beginnings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tree<'a> {
    /// The turns of all conversations, each once and behind the one that it follows.
    pub(crate) all: Conversation<'a>,
    /// For each turn, the index of the turn before it; the first one follows itself, and no other does.
    pub(crate) follows: &'a [usize],
    /// The last turn of each conversation, in the order of the conversations.
    pub(crate) leaves: &'a [usize],
}

/// Two responses to the same context, and which one is preferred.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Comparison<'a> {
    /// The turns of the context, and behind them the two responses: each is the last turn of a conversation. Both have the
    /// label of the record.
    pub(crate) all: Conversation<'a>,
}

impl<'a> Comparison<'a> {
    /// The turns of the context, and the two responses.
    pub(crate) fn split(&self) -> (&'a [Turn<'a>], [&'a Turn<'a>; 2]) {
        let [context @ .., first, second] = self.all.turns else { unreachable!("a comparison has two responses") };
        (context, [first, second])
    }
}
