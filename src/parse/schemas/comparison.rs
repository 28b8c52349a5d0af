//! Comparisons: HelpSteer2-Preference and HelpSteer3, which have two responses to the same context and the strength of the
//! preference for the second one.

use simd_json::Node;

use super::{
    annotations::Labels,
    fields::{assistant, members, object, score, string, user},
};
use crate::{
    conversation::{RecordHeader, System, Turn, USER},
    format::attributes::Attributes,
    parse::{comparison_keys::ComparisonKeys, nodes::Items, tape_context::TapeContext},
    rejection::{Rejection, RejectionKind},
    schema::{COMPARISON_ATTRIBUTES, Split},
    spelling::printable::quoted,
};

/// The rejection of a record where rows cannot be pairs.
pub(super) fn reject_comparison() -> Rejection {
    Rejection::record(
        "both responses would have the same label in messages or columns (--to), which only a pair of texts can have",
    )
}

/// Reads a record: the turns of the context, and behind them the two responses with their label. `None` if the record is of
/// a split that is not wanted.
pub(super) fn read<'l>(
    tape: &[Node<'l>],
    context: &TapeContext<'_>,
    attributes: &Attributes,
    keys: &ComparisonKeys,
    only_split: Option<Split>,
    turns: &mut Vec<Turn<'l>>,
    labels: &mut Labels,
) -> Result<Option<RecordHeader<'l>>, Rejection> {
    let [first_key, second_key] = keys.responses;
    let wanted = [keys.context, first_key, second_key, keys.strength, keys.split.unwrap_or_default()];
    let [shared, first, second, strength, split] = members(object(tape, context)?, wanted);
    let system = match shared {
        Some(list) if keys.has_messages && !matches!(list, [Node::String(_)]) => {
            messages(list, context, keys.context, turns)?
        }
        shared => {
            turns.push(user(string(shared, tape, context, keys.context)?));
            System::Missing
        }
    };
    let first_response = turns.len();
    turns.push(assistant(string(first, tape, context, first_key)?));
    turns.push(assistant(string(second, tape, context, second_key)?));
    let missing = |key| context.missing(tape, format_args!(r#""{key}""#));
    let strength = strength.ok_or_else(|| missing(keys.strength))?;
    if let Some(key) = keys.split {
        let split = match split.ok_or_else(|| missing(key))? {
            [Node::String("train")] => Split::Train,
            _ => Split::Val,
        };
        if only_split.is_some_and(|only| only != split) {
            return Ok(None);
        }
    }
    let score = score(strength, context, attributes, keys.strength)?;
    if attributes.position(COMPARISON_ATTRIBUTES[0], 0).is_some() {
        let start = labels.text.len();
        labels.add(start, COMPARISON_ATTRIBUTES[0], score);
        for turn in [first_response, first_response + 1] {
            labels.give(start, turn);
        }
    }
    Ok(Some(RecordHeader { mask: USER, system }))
}

/// Reads a context that is a list of messages: appends its turns, and returns the system prompt that the first message may be.
fn messages<'l>(
    list: &[Node<'l>],
    context: &TapeContext<'_>,
    key: &str,
    turns: &mut Vec<Turn<'l>>,
) -> Result<System<'l>, Rejection> {
    let Some(items) = Items::new(list) else {
        let (kind, subject) = (RejectionKind::InvalidRecord, format_args!(r#""{key}""#));
        return Err(context.mistyped(list, kind, subject, "a list of messages or a string"));
    };
    let mut system = System::Missing;
    for (number, item) in (1_u64..).zip(items) {
        let object = context.members(item, format_args!(r#"message {number} of "{key}""#))?;
        let [role, content] = members(object, ["role", "content"]);
        let string =
            |node, member| context.string(node, item, format_args!(r#""{member}" of message {number} of "{key}""#));
        let (speaker, content) = (string(role, "role")?, string(content, "content")?);
        match (speaker, number) {
            ("user", _) => turns.push(user(content)),
            ("assistant", _) => turns.push(assistant(content)),
            ("system", 1) => system = System::Text(content.as_bytes()),
            (speaker, _) => {
                let why = match speaker {
                    "system" => "which only the first message can have".to_owned(),
                    _ => "not user, assistant or system".to_owned(),
                };
                let reason = format!(r#""role" of message {number} of "{key}" is {}, {why}"#, quoted(speaker));
                return Err(context.at(role.unwrap_or(item), Rejection::record(reason)));
            }
        }
    }
    Ok(system)
}
