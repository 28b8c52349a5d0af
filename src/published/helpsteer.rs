//! HelpSteer and HelpSteer2: a prompt, a response, and a member for each attribute.

use simd_json::Node;

use crate::{conversation::Turn, error::Refusal, label::ATTRIBUTES, parse::simd::Numbers};

use super::{Labels, Wanted, assistant, members, object, score, string, user};

/// Reads a record: one turn of the user's, and one of the assistant's with a label of the attributes that are
/// there.
pub(super) fn read<'l>(
    tape: &[Node<'l>],
    numbers: &Numbers,
    wanted: Wanted,
    turns: &mut Vec<Turn<'l>>,
    labels: &mut Labels,
) -> Result<(), Refusal> {
    let [prompt, response] = members(object(tape)?, ["prompt", "response"]);
    turns.push(user(string(prompt, "prompt", "")?));
    turns.push(assistant(string(response, "response", "")?));
    let values = members(object(tape)?, ATTRIBUTES);
    for (index, (value, attribute)) in values.into_iter().zip(ATTRIBUTES).enumerate() {
        if let Some(value) = value.filter(|_| wanted.is_none_or(|wanted| wanted == index)) {
            labels.add(0, attribute, score(value, numbers, attribute)?);
        }
    }
    labels.give(0, 1);
    Ok(())
}
