//! HelpSteer and HelpSteer2: a prompt, a response, and a member for each attribute.

use simd_json::Node;

use super::{
    annotations::Labels,
    fields::{assistant, invalid_label, members, object, score, string, user},
};
use crate::{
    conversation::Turn,
    parse::{
        options::{OnlyAttribute, ReadContext},
        tape_context::TapeContext,
    },
    rejection::Rejection,
    spelling::{near::near, printable::quoted},
};

/// Reads a record: a turn of the user's, and one of the assistant's with a label of the attributes that the record has.
pub(super) fn read<'l>(
    tape: &[Node<'l>],
    context: &TapeContext<'_>,
    &ReadContext { attributes, needs_scores, .. }: &ReadContext<'_>,
    only_attribute: OnlyAttribute,
    turns: &mut Vec<Turn<'l>>,
    labels: &mut Labels,
) -> Result<(), Rejection> {
    let [prompt, response] = members(object(tape, context)?, ["prompt", "response"]);
    turns.push(user(string(prompt, tape, context, "prompt")?));
    turns.push(assistant(string(response, tape, context, "response")?));
    for (index, attribute) in attributes.keys().iter().enumerate() {
        // A text is no score, even if an attribute has its name.
        if only_attribute.is_some_and(|only| only != index) || ["prompt", "response"].contains(&&**attribute) {
            continue;
        }
        // The last of a repeated key wins.
        if let Some((_, value)) = object(tape, context)?.filter(|(key, _)| key == attribute).last() {
            labels.add(0, attribute, score(value, context, attributes, attribute)?);
        }
    }
    if needs_scores && labels.text.is_empty() {
        let names = || object(tape, context).into_iter().flatten().map(|(key, _)| key);
        let near = attributes.keys().iter().find_map(|wanted| names().find(|name| near(name, [&**wanted]).is_some()));
        let hint = near.map(|name| format!("; the record has {}: is that meant?", quoted(name))).unwrap_or_default();
        let wanted: Vec<_> = attributes.keys().iter().map(|key| quoted(key)).collect();
        let reason = format!(
            "the record has no {}, of which the weighted score is made (--weights){hint}",
            wanted.join(", no ")
        );
        return Err(context.at(tape, invalid_label(reason)));
    }
    labels.give(0, 1);
    Ok(())
}
