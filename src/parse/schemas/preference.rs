//! HelpSteer2-Preference: a prompt, two responses, and the strength of the preference for the second one.

use simd_json::Node;

use super::{
    annotations::Annotations,
    fields::{assistant, members, object, score, string, user},
};
use crate::{
    conversation::Turn,
    format::attributes::Attributes,
    parse::tape_context::TapeContext,
    rejection::Rejection,
    schema::{HELPSTEER2_PREFERENCE_ATTRIBUTES, Split},
};

/// The rejection of a record where rows cannot be pairs.
pub(crate) fn reject_pair() -> Rejection {
    Rejection::record(
        "both responses would have the same label in messages or columns (--to), which only a pair of texts can have",
    )
}

/// Reads a record: a comparison of two responses to the same turn. False if the record is of a split that is not wanted.
pub(super) fn read<'l>(
    tape: &[Node<'l>],
    context: &TapeContext<'_>,
    attributes: &Attributes,
    only_split: Option<Split>,
    turns: &mut Vec<Turn<'l>>,
    annotations: &mut Annotations,
) -> Result<bool, Rejection> {
    let keys = ["prompt", "response_1", "response_2", "preference_strength", "split"];
    let [prompt, first, second, strength, split] = members(object(tape, context)?, keys);
    turns.push(user(string(prompt, tape, context, "prompt")?));
    turns.push(assistant(string(first, tape, context, "response_1")?));
    turns.push(assistant(string(second, tape, context, "response_2")?));
    let strength_node = strength.ok_or_else(|| context.missing(tape, r#""preference_strength""#))?;
    let split = match split.ok_or_else(|| context.missing(tape, r#""split""#))? {
        [Node::String("train")] => Split::Train,
        _ => Split::Val,
    };
    if only_split.is_some_and(|only| only != split) {
        return Ok(false);
    }
    for turn in [1, 2] {
        let start = annotations.labels.text.len();
        let score = score(strength_node, context, attributes, "preference_strength")?;
        if attributes.position(HELPSTEER2_PREFERENCE_ATTRIBUTES[0], 0).is_some() {
            annotations.labels.add(start, HELPSTEER2_PREFERENCE_ATTRIBUTES[0], score);
        }
        annotations.labels.give(start, turn);
    }
    Ok(true)
}
