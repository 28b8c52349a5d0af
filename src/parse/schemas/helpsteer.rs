//! HelpSteer and HelpSteer2: a prompt, a response, and a member for each attribute.

use simd_json::Node;

use super::{
    annotations::Labels,
    fields::{assistant, members, object, score, string, user},
};
use crate::{
    conversation::Turn,
    format::attributes::Attributes,
    parse::{options::OnlyAttribute, second_look::TapeContext},
    rejection::Rejection,
};

/// Reads a record: one turn of the user's, and one of the assistant's with a label of the attributes that are
/// there.
pub(super) fn read<'l>(
    tape: &[Node<'l>],
    numbers: &TapeContext<'_>,
    attributes: &Attributes,
    wanted: OnlyAttribute,
    turns: &mut Vec<Turn<'l>>,
    labels: &mut Labels,
) -> Result<(), Rejection> {
    let [prompt, response] = members(object(tape, numbers)?, ["prompt", "response"]);
    turns.push(user(string(prompt, tape, numbers, "prompt")?));
    turns.push(assistant(string(response, tape, numbers, "response")?));
    for (index, attribute) in attributes.keys().iter().enumerate() {
        // What is said is no score, whatever the attributes are called.
        if wanted.is_some_and(|wanted| wanted != index) || ["prompt", "response"].contains(&&**attribute) {
            continue;
        }
        // The last of a repeated key wins.
        if let Some((_, value)) = object(tape, numbers)?.filter(|(key, _)| key == attribute).last() {
            labels.add(0, attribute, score(value, numbers, attributes, attribute)?);
        }
    }
    labels.give(0, 1);
    Ok(())
}
