//! The fields of published records: scores, and strings that become turns.

use std::fmt::{self, Display};

use simd_json::{Node, StaticNode};

use crate::{
    conversation::{ASSISTANT, Label, Turn, USER},
    format::attributes::Attributes,
    parse::{
        nodes::Members,
        tape_context::{Number, TapeContext},
    },
    rejection::{Rejection, RejectionKind},
    schema::HELPSTEER_ATTRIBUTES,
    spelling::number::Spelled,
};

/// The value of a score in the spelling of Python's `f"{value}"`, or in one that reads back the same. A number that fits no
/// type keeps its spelling in the record, so that a reason can quote it.
pub(super) fn score<'t>(
    node: &'t [Node<'_>],
    context: &TapeContext<'t>,
    attributes: &Attributes,
    name: &str,
) -> Result<Score<'t>, Rejection> {
    match node.first() {
        Some(Node::String(text)) if context.not_json(node).is_none() => Ok(Score::Text(text)),
        Some(Node::Static(StaticNode::Null)) => Ok(Score::Text("None")),
        Some(Node::Static(StaticNode::Bool(truth))) => Ok(Score::Text(if *truth { "True" } else { "False" })),
        Some(Node::Array { .. }) if HELPSTEER_ATTRIBUTES.contains(&name) => Err(context.at(node, invalid_label(format!(
            r#""{name}" is an array, not a number: in HelpSteer2's file of disagreements each score is the list of what each annotator gave; take the file of the scores themselves (train.jsonl.gz)"#
        )))),
        _ => context
            .number(node)
            .map(|number| Score::from_number(number, attributes))
            .ok_or_else(|| context.mistyped(node, RejectionKind::InvalidLabel, format_args!(r#""{name}""#), "a number")),
    }
}

/// The rejection of a label.
pub(super) fn invalid_label(reason: String) -> Rejection {
    Rejection::new(RejectionKind::InvalidLabel, reason)
}

/// A score in a label.
pub(super) enum Score<'t> {
    Text(&'t str),
    Number(Number<'t>),
}

impl<'t> Score<'t> {
    /// The score of a number. One that is infinite as a `float` is the word `inf` to Python, which it becomes here if the
    /// attributes know that word.
    fn from_number(number: Number<'t>, attributes: &Attributes) -> Self {
        match number {
            Number::Spelled(value, spelled) if value.is_infinite() && spelled.contains(['.', 'e', 'E']) => {
                let word = if value > 0.0 { "inf" } else { "-inf" };
                if attributes.knows_word(word) { Self::Text(word) } else { Self::Number(number) }
            }
            _ => Self::Number(number),
        }
    }
}

impl Display for Score<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(Number::Signed(number)) => write!(f, "{number}"),
            Self::Number(Number::Unsigned(number)) => write!(f, "{number}"),
            Self::Number(Number::Float(number)) => write!(f, "{}", Spelled(*number)),
            // `-0` is a whole number to Python, and so 0.
            Self::Number(Number::Spelled(_, spelled)) => f.write_str(if *spelled == "-0" { "0" } else { spelled }),
        }
    }
}

/// The members of an object with these keys; the last of a repeated key wins.
pub(super) fn members<'t, 'l, const N: usize>(object: Members<'t, 'l>, keys: [&str; N]) -> [Option<&'t [Node<'l>]>; N] {
    let mut values = [None; N];
    for (key, value) in object {
        if let Some(at) = keys.iter().position(|&wanted| wanted == key) {
            values[at] = Some(value);
        }
    }
    values
}

/// The members of a record.
pub(super) fn object<'t, 'l>(tape: &'t [Node<'l>], context: &TapeContext<'_>) -> Result<Members<'t, 'l>, Rejection> {
    context.members(tape, "the record")
}

/// A member of a record that must be a string.
pub(super) fn string<'l>(
    node: Option<&[Node<'l>]>,
    tape: &[Node<'_>],
    context: &TapeContext<'_>,
    key: &str,
) -> Result<&'l str, Rejection> {
    context.string(node, tape, format_args!(r#""{key}""#))
}

/// A turn of the user's.
pub(super) fn user(text: &str) -> Turn<'_> {
    Turn { from: USER, value: text.as_bytes(), label: Label::None }
}

/// A turn of the assistant's; its label comes later.
pub(super) fn assistant(text: &str) -> Turn<'_> {
    Turn { from: ASSISTANT, value: text.as_bytes(), label: Label::None }
}
