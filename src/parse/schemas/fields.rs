//! The members of published records.

use std::fmt::{self, Display};

use simd_json::{Node, StaticNode};

use crate::{
    conversation::{ASSISTANT, Label, Turn, USER},
    format::attributes::Attributes,
    parse::{
        nodes::Members,
        second_look::{Number, TapeContext},
    },
    rejection::{Rejection, RejectionKind},
    spelling::number::Spelled,
};

/// The value of a score as Python's `f"{value}"` writes it, or so that it reads back the same. What does not fit a type
/// is spelled as in the record, so that a reason can quote it.
pub(super) fn score<'t>(
    node: &'t [Node<'_>],
    numbers: &TapeContext<'t>,
    attributes: &Attributes,
    name: &str,
) -> Result<Score<'t>, Rejection> {
    match node.first() {
        Some(Node::String(text)) if numbers.not_json(node).is_none() => Ok(Score::Text(text)),
        Some(Node::Static(StaticNode::Null)) => Ok(Score::Text("None")),
        Some(Node::Static(StaticNode::Bool(truth))) => Ok(Score::Text(if *truth { "True" } else { "False" })),
        Some(Node::Array { .. }) => Err(numbers.at(node, invalid_label(format!(
            r#""{name}" is an array, not a number: in HelpSteer2's file of disagreements each score is the list of what each annotator gave; take the file of the scores themselves (train.jsonl.gz)"#
        )))),
        _ => numbers
            .get(node)
            .map(|number| Score::of(number, attributes))
            .ok_or_else(|| numbers.mistyped(node, RejectionKind::InvalidLabel, format_args!(r#""{name}""#), "a number")),
    }
}

pub(super) fn invalid_label(reason: String) -> Rejection {
    Rejection::new(RejectionKind::InvalidLabel, reason)
}

/// Part of a label.
pub(super) enum Score<'t> {
    Text(&'t str),
    Number(Number<'t>),
}

impl<'t> Score<'t> {
    /// A number. One that is infinite as a `float` is a word to Python, and has that spelling if it is a known word.
    fn of(number: Number<'t>, attributes: &Attributes) -> Self {
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
            // Python has no whole number `-0`.
            Self::Number(Number::Spelled(_, spelled)) => f.write_str(if *spelled == "-0" { "0" } else { spelled }),
        }
    }
}

/// The members of an object whose keys are `keys`; the last of a repeated key wins.
pub(super) fn members<'t, 'l, const N: usize>(object: Members<'t, 'l>, keys: [&str; N]) -> [Option<&'t [Node<'l>]>; N] {
    let mut values = [None; N];
    for (key, value) in object {
        if let Some(at) = keys.iter().position(|&wanted| wanted == key) {
            values[at] = Some(value);
        }
    }
    values
}

/// A record's members.
pub(super) fn object<'t, 'l>(tape: &'t [Node<'l>], numbers: &TapeContext<'_>) -> Result<Members<'t, 'l>, Rejection> {
    numbers.members(tape, "the record")
}

/// A record's member that must be a string.
pub(super) fn string<'l>(
    node: Option<&[Node<'l>]>,
    tape: &[Node<'_>],
    numbers: &TapeContext<'_>,
    key: &str,
) -> Result<&'l str, Rejection> {
    numbers.string(node, tape, format_args!(r#""{key}""#))
}

pub(super) fn user(text: &str) -> Turn<'_> {
    Turn { from: USER, value: text.as_bytes(), label: Label::None }
}

/// Its label comes later.
pub(super) fn assistant(text: &str) -> Turn<'_> {
    Turn { from: ASSISTANT, value: text.as_bytes(), label: Label::None }
}
