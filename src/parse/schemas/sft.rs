//! Attribute-conditioned SFT records: `{"conversations": [{"from", "value", "label"}, …], "mask"}`.

use simd_json::{Node, StaticNode};

use super::other_data_sets;
use crate::{
    conversation::{Label, RecordHeader, System, Turn},
    parse::{
        nodes::{Items, type_of},
        tape_context::TapeContext,
    },
    rejection::{Rejection, RejectionKind},
};

/// Reads the record on a tape. The last of a repeated key wins, whatever the earlier ones held.
pub(crate) fn read<'l>(
    tape: &[Node<'l>],
    context: &TapeContext<'_>,
    default_mask: Option<&'l [u8]>,
    turns: &mut Vec<Turn<'l>>,
) -> Result<RecordHeader<'l>, Rejection> {
    let members = context.members(tape, "the record")?;
    let (mut conversations, mut mask, mut system) = (None, None, None);
    for (key, value) in members {
        match key {
            "conversations" => conversations = Some(value),
            "mask" => mask = Some(value),
            "system" => system = Some(value),
            _ => {}
        }
    }
    let conversations = conversations.ok_or_else(|| context.missing(tape, r#""conversations""#))?;
    let Some(items) = Items::new(conversations) else {
        return Err(context.mistyped(conversations, RejectionKind::InvalidRecord, r#""conversations""#, "an array"));
    };
    let mask = match (mask, default_mask) {
        (None, Some(mask)) => mask,
        (None, None) => {
            let reason = other_data_sets::no_mask(conversations).unwrap_or_else(|| r#""mask" is missing"#.to_owned());
            return Err(Rejection::record(reason));
        }
        (mask, _) => context.string(mask, tape, r#""mask""#)?.as_bytes(),
    };
    for (index, item) in items.enumerate() {
        turns.push(turn(item, context, index + 1)?);
    }
    Ok(RecordHeader { mask, system: system.map_or(System::Missing, |system| system_of(system, context)) })
}

/// The record's own system prompt. Most formats do not use it, so a wrong one is rejected only where it is used.
fn system_of<'l>(node: &[Node<'l>], context: &TapeContext<'_>) -> System<'l> {
    match (context.not_json(node), node) {
        (Some(not_json), _) => System::NotJson(not_json),
        (None, [Node::String(prompt)]) => System::Text(prompt.as_bytes()),
        (None, _) => System::Other(type_of(node)),
    }
}

/// One turn; `number` counts from 1.
fn turn<'l>(item: &[Node<'l>], context: &TapeContext<'_>, number: usize) -> Result<Turn<'l>, Rejection> {
    let members = context.members(item, format_args!("turn {number}"))?;
    let (mut from, mut value, mut label) = (None, None, None);
    for (key, node) in members {
        match key {
            "from" => from = Some(node),
            "value" => value = Some(node),
            "label" => label = Some(node),
            _ => {}
        }
    }
    let string = |node, key| context.string(node, item, format_args!(r#""{key}" of turn {number}"#)).map(str::as_bytes);
    let (from, value) = (string(from, "from")?, string(value, "value")?);
    let label = label.map_or(Ok(Label::None), |label| label_of(label, context, number))?;
    Ok(Turn { from, value, label })
}

/// The label of a turn, which may be anything that is falsy in Python.
fn label_of<'l>(node: &[Node<'l>], context: &TapeContext<'_>, turn: usize) -> Result<Label<'l>, Rejection> {
    if let Some(not_json) = context.not_json(node) {
        return Err(not_json.reject(format_args!("the label of turn {turn}")));
    }
    let falsy = match node[0] {
        Node::String("") | Node::Static(StaticNode::Null) => true,
        Node::String(label) => return Ok(Label::Text(label)),
        Node::Array { len, .. } | Node::Object { len, .. } => len == 0,
        Node::Static(StaticNode::Bool(truth)) => !truth,
        Node::Static(_) => context.number(node).is_some_and(|number| number.float() == 0.0),
    };
    Ok(if falsy { Label::None } else { Label::Other(type_of(node)) })
}
