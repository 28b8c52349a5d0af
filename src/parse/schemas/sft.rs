//! Attribute-conditioned SFT records: `{"conversations": [{"from", "value", "label"}, …], "mask"}`.

use simd_json::{Node, StaticNode};

use crate::{
    conversation::{Label, RecordHeader, System, Turn},
    parse::{
        nodes::{Items, Members, type_of},
        tape_context::TapeContext,
    },
    rejection::{Rejection, RejectionKind},
    spelling::printable::quoted,
};

/// Reads the record on a tape. The last of a repeated key wins, whatever the earlier ones held.
pub(crate) fn read<'l>(
    tape: &[Node<'l>],
    context: &TapeContext<'_>,
    default_mask: Option<&'l [u8]>,
    turns: &mut Vec<Turn<'l>>,
) -> Result<RecordHeader<'l>, Rejection> {
    let members = context.members(tape, "the record")?;
    let mut conversations = None;
    let mut mask = None;
    let mut system = None;
    for (key, value) in members {
        match key {
            "conversations" => conversations = Some(value),
            "mask" => mask = Some(value),
            "system" => system = Some(value),
            _ => {}
        }
    }
    let turn_list = conversations.ok_or_else(|| context.missing(tape, r#""conversations""#))?;
    let Some(items) = Items::new(turn_list) else {
        return Err(context.mistyped(turn_list, RejectionKind::InvalidRecord, r#""conversations""#, "an array"));
    };
    let mask = match (mask, default_mask) {
        (None, Some(mask)) => mask,
        (None, None) => {
            let reason = missing_mask(turn_list).unwrap_or_else(|| r#""mask" is missing"#.to_owned());
            return Err(Rejection::record(reason));
        }
        (mask, _) => context.string(mask, tape, r#""mask""#)?.as_bytes(),
    };
    for (index, item) in items.enumerate() {
        turns.push(turn(item, context, index + 1)?);
    }
    Ok(RecordHeader { mask, system: system.map_or(System::Missing, |system| system_of(system, context)) })
}

/// The reason for turns without a mask: it names the first speaker, who may be the user.
fn missing_mask(turn_list: &[Node<'_>]) -> Option<String> {
    let first = Items::new(turn_list)?.next()?;
    let speaker = Members::new(first)?.filter(|&(key, _)| key == "from").last();
    let Some((_, [Node::String(speaker)])) = speaker else { return None };
    Some(format!(
        r#""mask" is missing, which says who is the user; the first speaker is {}: --mask NAME says it for such records"#,
        quoted(speaker)
    ))
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
    let mut from = None;
    let mut value = None;
    let mut label = None;
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
