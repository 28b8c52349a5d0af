//! Attribute-conditioned SFT records: `{"conversations": [{"from", "value", "label"}, …], "mask"}`.

use simd_json::{Node, StaticNode};

use super::other_data_sets;
use crate::{
    conversation::{Label, RecordHeader, System, Turn},
    parse::{
        nodes::{Items, type_of},
        second_look::TapeContext,
    },
    rejection::{Rejection, RejectionKind},
};

/// Reads the SFT record on a tape. The last of a repeated key wins, whatever the earlier ones held.
pub(crate) fn read<'l>(
    tape: &[Node<'l>],
    numbers: &TapeContext<'_>,
    default_mask: Option<&'l [u8]>,
    turns: &mut Vec<Turn<'l>>,
) -> Result<RecordHeader<'l>, Rejection> {
    let members = numbers.members(tape, "the record")?;
    let (mut conversations, mut mask, mut system) = (None, None, None);
    for (key, value) in members {
        match key {
            "conversations" => conversations = Some(value),
            "mask" => mask = Some(value),
            "system" => system = Some(value),
            _ => {}
        }
    }
    let conversations = conversations.ok_or_else(|| numbers.missing(tape, r#""conversations""#))?;
    let Some(items) = Items::new(conversations) else {
        return Err(numbers.mistyped(conversations, RejectionKind::InvalidRecord, r#""conversations""#, "an array"));
    };
    let mask = match (mask, default_mask) {
        (None, Some(mask)) => mask,
        (None, None) => {
            let reason = other_data_sets::no_mask(conversations).unwrap_or_else(|| r#""mask" is missing"#.to_owned());
            return Err(Rejection::record(reason));
        }
        (mask, _) => numbers.string(mask, tape, r#""mask""#)?.as_bytes(),
    };
    for (index, item) in items.enumerate() {
        turns.push(turn(item, numbers, index + 1)?);
    }
    Ok(RecordHeader { mask, system: system.map_or(System::Missing, |system| system_of(system, numbers)) })
}

/// The record's own system prompt. It is mostly not used, so what is wrong with it is for those who use it.
fn system_of<'l>(node: &[Node<'l>], numbers: &TapeContext<'_>) -> System<'l> {
    match (numbers.not_json(node), node) {
        (Some(not_json), _) => System::NotJson(not_json),
        (None, [Node::String(prompt)]) => System::Text(prompt.as_bytes()),
        (None, _) => System::Other(type_of(node)),
    }
}

fn turn<'l>(item: &[Node<'l>], numbers: &TapeContext<'_>, number: usize) -> Result<Turn<'l>, Rejection> {
    let members = numbers.members(item, format_args!("turn {number}"))?;
    let (mut from, mut value, mut label) = (None, None, None);
    for (key, node) in members {
        match key {
            "from" => from = Some(node),
            "value" => value = Some(node),
            "label" => label = Some(node),
            _ => {}
        }
    }
    let string = |node, key| numbers.string(node, item, format_args!(r#""{key}" of turn {number}"#)).map(str::as_bytes);
    let (from, value) = (string(from, "from")?, string(value, "value")?);
    let label = label.map_or(Ok(Label::None), |label| label_of(label, numbers, number))?;
    Ok(Turn { from, value, label })
}

fn label_of<'l>(node: &[Node<'l>], numbers: &TapeContext<'_>, turn: usize) -> Result<Label<'l>, Rejection> {
    if let Some(not_json) = numbers.not_json(node) {
        return Err(not_json.reject(format_args!("the label of turn {turn}")));
    }
    let falsy = match node[0] {
        Node::String("") | Node::Static(StaticNode::Null) => true,
        Node::String(label) => return Ok(Label::Text(label)),
        Node::Array { len, .. } | Node::Object { len, .. } => len == 0,
        Node::Static(StaticNode::Bool(truth)) => !truth,
        Node::Static(_) => numbers.get(node).is_some_and(|number| number.float() == 0.0),
    };
    Ok(if falsy { Label::None } else { Label::Other(type_of(node)) })
}
