//! OpenAssistant: trees of messages. Each path from the root to a leaf is a conversation.
//!
//! The rules are those of the original's `parse_conversations`, which calls itself for each reply. Here the open messages
//! stand on a stack on the heap, so the depth of a tree has no limit.

use std::fmt::{self, Display};

use simd_json::{Node, StaticNode};

use super::{
    annotations::{Annotations, Labels},
    fields::{assistant, members, user},
    other_data_sets,
};
use crate::{
    conversation::Turn,
    format::attributes::Attributes,
    parse::{
        nodes::{Items, Members},
        tape_context::TapeContext,
    },
    rejection::{Rejection, RejectionKind},
    schema::OASST_ATTRIBUTES,
    spelling::printable::quoted,
};

/// The highest score; labels go from 0 to 1, scores from 0 to this.
const HIGHEST: f64 = 4.0;

/// Reads a tree: its messages in order, each before its replies.
pub(super) fn read<'l>(
    tape: &[Node<'l>],
    context: &TapeContext<'_>,
    attributes: &Attributes,
    turns: &mut Vec<Turn<'l>>,
    annotations: &mut Annotations,
) -> Result<(), Rejection> {
    // The messages from the root to the current one, each with its replies that are not read yet.
    let mut open = Vec::new();
    if let Some(replies) = message(tape, context, attributes, turns, &mut annotations.labels)? {
        annotations.follows.push(0);
        open.push((0, replies));
    }
    while let Some((index, replies)) = open.last_mut() {
        let index = *index;
        let Some(reply) = replies.next() else {
            open.pop();
            continue;
        };
        match message(reply, context, attributes, turns, &mut annotations.labels)? {
            Some(replies) => {
                let reply = annotations.follows.len();
                annotations.follows.push(index);
                if replies.is_empty() {
                    annotations.leaves.push(reply);
                } else {
                    open.push((reply, replies));
                }
            }
            // To the original a reply that is no message ends a conversation like any other. The conversation of the root
            // alone would have one turn, and is left out.
            None if open.len() > 1 => annotations.leaves.push(index),
            None => {}
        }
    }
    Ok(())
}

/// Appends a message to `turns`, and its label to `labels`; returns its replies. `None` for an object that is no message.
fn message<'t, 'l>(
    node: &'t [Node<'l>],
    context: &TapeContext<'_>,
    attributes: &Attributes,
    turns: &mut Vec<Turn<'l>>,
    labels: &mut Labels,
) -> Result<Option<Items<'t, 'l>>, Rejection> {
    let place = MessageNumber(turns.len() + 1);
    let parts = |node: &'t [Node<'l>]| match Members::new(node) {
        Some(object) => Ok(members(object, ["text", "role", "labels", "replies", "prompt"])),
        None => {
            Err(context.mistyped(node, RejectionKind::InvalidRecord, format_args!("message {}", place.0), "an object"))
        }
    };
    let [text, role, rated, replies, _] = match parts(node)? {
        [.., Some(prompt)] => parts(prompt)?,
        // A root without replies and without a tree's keys is a message of a flat table: its rows would vanish.
        [Some(_), Some(_), _, None, None] if place.0 == 1 => {
            let missing = || context.missing(node, format_args!(r#""replies"{place}"#));
            return Err(other_data_sets::reason(node).map_or_else(missing, Rejection::record));
        }
        message @ [Some(_), Some(_), ..] => message,
        _ => return Ok(None),
    };
    let string = |member, key| context.string(member, node, format_args!(r#""{key}"{place}"#));
    let turn = match string(role, "role")? {
        "prompter" => user(string(text, "text")?),
        "assistant" => assistant(string(text, "text")?),
        other => {
            let reason = format!(r#"the role{place} is {}, neither "prompter" nor "assistant""#, quoted(other));
            return Err(context.at(role.unwrap_or(node), Rejection::record(reason)));
        }
    };
    let start = labels.text.len();
    // The official writer may write missing labels as null, or leave them out.
    if let Some(rated) = rated.filter(|rated| !is_null(rated)) {
        rate(rated, context, attributes, labels, place)?;
    }
    if turn.from == super::USER {
        // The original reads a user's labels, which may be invalid, and does not use them.
        labels.text.truncate(start);
    }
    labels.give(start, turns.len());
    turns.push(turn);
    let Some(replies) = replies.filter(|replies| !is_null(replies)) else { return Ok(Some(Items::none())) };
    let mistyped =
        || context.mistyped(replies, RejectionKind::InvalidRecord, format_args!(r#""replies"{place}"#), "an array");
    Items::new(replies).map(Some).ok_or_else(mistyped)
}

/// Appends the label of a message: each value from 0 to 1 as a whole score from 0 to [`HIGHEST`].
fn rate(
    rated: &[Node<'_>],
    context: &TapeContext<'_>,
    attributes: &Attributes,
    labels: &mut Labels,
    place: MessageNumber,
) -> Result<(), Rejection> {
    let invalid = |node, reason| context.at(node, Rejection::new(RejectionKind::InvalidLabel, reason));
    let mistyped = |node, subject, wanted| context.mistyped(node, RejectionKind::InvalidLabel, subject, wanted);
    let Some(object) = Members::new(rated) else {
        return Err(mistyped(rated, format!(r#""labels"{place}"#), "an object"));
    };
    let [quality, toxicity, humor, creativity] = OASST_ATTRIBUTES;
    let [values @ .., names] = members(object, [quality, toxicity, humor, creativity, "name"]);
    if names.is_some_and(|names| Items::new(names).is_some()) {
        return Err(invalid(
            rated,
            format!(
                r#""labels"{place} are lists of names and values, as the hub's tables have them, not an object of labels; take the trees of the release (a file that ends in .trees.jsonl.gz)"#
            ),
        ));
    }
    let start = labels.text.len();
    for ((value, attribute), expected) in values.into_iter().zip(OASST_ATTRIBUTES).zip(0..) {
        let Some(label) = value else { continue };
        let Some(object) = Members::new(label) else {
            return Err(mistyped(label, format!("the label {attribute}{place}"), "an object"));
        };
        let [Some(value)] = members(object, ["value"]) else {
            return Err(invalid(label, format!("the label {attribute}{place} has no value")));
        };
        if is_null(value) {
            continue;
        }
        let Some(number) = context.number(value) else {
            return Err(mistyped(value, format!("the value of the label {attribute}{place}"), "a number"));
        };
        // Python rounds half to even, to a whole number, which is never -0.
        let score = (number.float() * HIGHEST).round_ties_even() + 0.0;
        if !score.is_finite() {
            return Err(invalid(value, format!("the value of the label {attribute}{place} is too large")));
        }
        if attributes.position(attribute, expected).is_some() {
            labels.add(start, attribute, score);
        }
    }
    Ok(())
}

/// True for `null`.
fn is_null(node: &[Node<'_>]) -> bool {
    matches!(node, [Node::Static(StaticNode::Null)])
}

/// The number of a message, as part of a reason.
#[derive(Clone, Copy)]
struct MessageNumber(usize);

impl Display for MessageNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " of message {}", self.0)
    }
}
