//! Records as they were published, read as conversations: what NeMo-Aligner's `preprocess_*.py` make of them.
//!
//! One file a form. Each takes a record on simd-json's tape, and gives its turns and the texts of its labels, which
//! are read where those of SFT records are. HelpSteer's records are mostly read by the pass-through scanner.

pub(crate) mod foreign;
pub(crate) mod helpsteer;
pub(crate) mod oasst;
pub(crate) mod preference;

use std::{
    fmt::{self, Display, Write as _},
    ops::Range,
};

use simd_json::{Node, StaticNode};

use super::tape::{self, Members, Number, Numbers, SimdJson, members_of, refuse, type_of};
use crate::{
    config::{Form, Split},
    conversation::{Conversation, Heading, Label, System, Tree, Turn},
    error::{Refusal, RefusalKind},
    format::attributes::{ATTRIBUTES, Attributes, quoted},
    spelling::number::Spelled,
};

/// How records are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As records of no known form: each is refused, with a reason that depends on the record alone.
    Unknown,
    Sft,
    HelpSteer(Wanted),
    Preference(Option<Split>),
    Oasst,
}

/// The attributes of a HelpSteer record that are wanted: all, or the one with this index.
pub(crate) type Wanted = Option<usize>;

/// Who speaks in published records; their mask is the user.
pub(crate) const USER: &[u8] = b"User";
pub(crate) const ASSISTANT: &[u8] = b"Assistant";

/// An option that was given with another form than the one it is for.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) flag: &'static str,
    pub(crate) needed: Form,
}

impl Reading {
    pub(crate) fn new(
        form: Form,
        wanted: Wanted,
        split: Option<Split>,
        own_system: bool,
        mask: bool,
    ) -> Result<Self, Misfit> {
        let options = [
            ("--system record", Form::Sft, own_system),
            ("--mask", Form::Sft, mask),
            ("--only-attribute", Form::HelpSteer, wanted.is_some()),
            ("--split", Form::HelpSteer2Preference, split.is_some()),
        ];
        if let Some(&(flag, needed, _)) = options.iter().find(|&&(_, needed, is_given)| is_given && form != needed) {
            return Err(Misfit { flag, needed });
        }
        Ok(match form {
            Form::Sft => Self::Sft,
            Form::HelpSteer => Self::HelpSteer(wanted),
            Form::HelpSteer2Preference => Self::Preference(split),
            Form::Oasst => Self::Oasst,
        })
    }
}

impl Form {
    /// The only attributes that its records can have, if they are known.
    pub(crate) fn attributes(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Sft | Self::HelpSteer => None,
            Self::HelpSteer2Preference => Some(&preference::ATTRIBUTES),
            Self::Oasst => Some(&oasst::ATTRIBUTES),
        }
    }

    /// The attributes for which its records mostly have all scores: what is in the vector if nobody says otherwise and the
    /// trainer masks none.
    pub(crate) fn own_attributes(self) -> &'static [&'static str] {
        match self {
            Self::Sft => &ATTRIBUTES,
            Self::HelpSteer => &helpsteer::ATTRIBUTES,
            Self::HelpSteer2Preference => &preference::ATTRIBUTES,
            Self::Oasst => &oasst::ATTRIBUTES,
        }
    }

    /// The form that a record has by its keys; `None` if they are those of no form, or if the line is no record.
    ///
    /// ```
    /// use steer2reg::Form;
    ///
    /// assert_eq!(Form::of(br#"{"prompt": "Hi", "response": "Hello!", "helpfulness": 4}"#), Some(Form::HelpSteer));
    /// assert_eq!(Form::of(br#"{"something": "else"}"#), None);
    /// ```
    #[must_use]
    pub fn of(record: &[u8]) -> Option<Self> {
        Self::by(&mut SimdJson::new(), record)
    }

    /// As [`of`](Self::of), with a parser that is at hand.
    pub(crate) fn by(parser: &mut SimdJson, record: &[u8]) -> Option<Self> {
        parser.read(record, |tape, _| Ok(form_of(tape))).ok().flatten()
    }
}

fn form_of(tape: &[Node<'_>]) -> Option<Form> {
    let value = |wanted| Members::of(tape)?.filter(|&(key, _)| key == wanted).last().map(|(_, value)| value);
    let has = |key| value(key).is_some();
    if has("conversations") {
        Some(Form::Sft)
    } else if has("prompt") && has("response") {
        Some(Form::HelpSteer)
    } else if has("response_1") {
        Some(Form::HelpSteer2Preference)
    } else if value("prompt").is_some_and(|prompt| Members::of(prompt).is_some())
        || ["text", "role", "replies"].into_iter().all(has)
    {
        Some(Form::Oasst)
    } else {
        None
    }
}

/// Why a record is refused whose keys are those of no form.
fn unknown(tape: &[Node<'_>]) -> Refusal {
    const MOST_KEYS: usize = 8;
    if let Some(reason) = foreign::reason(tape) {
        return refuse(reason);
    }
    let Some(members) = Members::of(tape) else {
        return refuse(format!("the record is {}, not an object", type_of(tape)));
    };
    let keys: Vec<_> = members.map(|(key, _)| key).take(MOST_KEYS + 1).collect();
    let shown: Vec<_> = keys.iter().take(MOST_KEYS).map(|key| quoted(key)).collect();
    let more = if keys.len() > MOST_KEYS { ", …" } else { "" };
    match &shown[..] {
        [] => refuse("the record has no members"),
        shown => refuse(format!(
            "no form has records with the keys {}{more}; --from FORM says what the records of an input are",
            shown.join(", ")
        )),
    }
}

/// Why a record is refused in an input whose form was not named. If its keys are those of no form, the reason is the same
/// before the record that decides and behind it.
pub(crate) fn without_form(tape: &[Node<'_>], refusal: Refusal) -> Refusal {
    let is_without = refusal.kind() == RefusalKind::InvalidRecord && form_of(tape).is_none();
    if is_without { unknown(tape) } else { refusal }
}

/// Reads a record: appends its turns to `turns` and returns what else it says. `None` if it is of the other split.
/// `mask` is that of SFT records without one.
pub(crate) fn read<'l>(
    reading: Reading,
    attributes: &Attributes,
    mask: Option<&'l [u8]>,
    tape: &[Node<'l>],
    numbers: &Numbers<'_>,
    turns: &mut Vec<Turn<'l>>,
    shape: &mut Shape,
) -> Result<Option<Heading<'l>>, Refusal> {
    read_as(reading, attributes, mask, tape, numbers, turns, shape).map_err(|refusal| {
        // What a record of no form is says more than what it lacks.
        let is_foreign = refusal.kind() == RefusalKind::InvalidRecord && form_of(tape).is_none();
        if is_foreign { foreign::reason(tape).map_or(refusal, refuse) } else { refusal }
    })
}

fn read_as<'l>(
    reading: Reading,
    attributes: &Attributes,
    mask: Option<&'l [u8]>,
    tape: &[Node<'l>],
    numbers: &Numbers<'_>,
    turns: &mut Vec<Turn<'l>>,
    shape: &mut Shape,
) -> Result<Option<Heading<'l>>, Refusal> {
    let is_wanted = match reading {
        Reading::Unknown => return Err(unknown(tape)),
        Reading::Sft => return tape::record(tape, numbers, mask, turns).map(Some),
        Reading::HelpSteer(wanted) => {
            helpsteer::read(tape, numbers, attributes, wanted, turns, &mut shape.labels).map(|()| true)?
        }
        Reading::Preference(split) => preference::read(tape, numbers, attributes, split, turns, shape)?,
        Reading::Oasst => oasst::read(tape, numbers, attributes, turns, shape).map(|()| true)?,
    };
    Ok(is_wanted.then_some(Heading { mask: USER, system: System::Missing }))
}

/// What there is to know of a record's turns besides themselves.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// As in [`Tree`]; empty if the turns are one conversation.
    follows: Vec<usize>,
    ends: Vec<usize>,
    is_pair: bool,
    labels: Labels,
}

/// The texts of a record's labels, one after the other.
#[derive(Debug, Default)]
struct Labels {
    text: String,
    /// Which part of the text belongs to which turn.
    parts: Vec<(Range<usize>, usize)>,
}

impl Shape {
    pub(crate) fn clear(&mut self) {
        self.follows.clear();
        self.ends.clear();
        self.is_pair = false;
        self.labels.text.clear();
        self.labels.parts.clear();
    }

    /// Puts the labels to their turns.
    pub(crate) fn label<'l>(&'l self, turns: &mut [Turn<'l>]) {
        for (part, turn) in &self.labels.parts {
            turns[*turn].label = Label::Text(&self.labels.text[part.clone()]);
        }
    }

    /// The conversations in these turns, if they are more than one.
    pub(crate) fn tree<'a>(&'a self, all: Conversation<'a>) -> Option<Tree<'a>> {
        (!self.follows.is_empty()).then_some(Tree {
            all,
            follows: &self.follows,
            ends: &self.ends,
            is_pair: self.is_pair,
        })
    }
}

impl Labels {
    /// Appends `attribute:score`, as a part of the label that began at `start`.
    fn add(&mut self, start: usize, attribute: &str, score: impl Display) {
        let comma = if self.text.len() > start { "," } else { "" };
        write!(self.text, "{comma}{attribute}:{score}").expect("a string takes every write");
    }

    /// Gives what was added from `start` on to a turn. An empty label is none.
    fn give(&mut self, start: usize, turn: usize) {
        if self.text.len() > start {
            self.parts.push((start..self.text.len(), turn));
        }
    }
}

/// The value of a score as Python's `f"{value}"` writes it, or so that it reads back the same. What does not fit a type
/// is spelled as in the record, so that a reason can quote it.
fn score<'t>(
    node: &'t [Node<'_>],
    numbers: &Numbers<'t>,
    attributes: &Attributes,
    name: &str,
) -> Result<Score<'t>, Refusal> {
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
            .ok_or_else(|| numbers.mistyped(node, RefusalKind::InvalidLabel, format_args!(r#""{name}""#), "a number")),
    }
}

fn invalid_label(reason: String) -> Refusal {
    Refusal::new(RefusalKind::InvalidLabel, reason)
}

/// Part of a label.
enum Score<'t> {
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
fn members<'t, 'l, const N: usize>(object: Members<'t, 'l>, keys: [&str; N]) -> [Option<&'t [Node<'l>]>; N] {
    let mut values = [None; N];
    for (key, value) in object {
        if let Some(at) = keys.iter().position(|&wanted| wanted == key) {
            values[at] = Some(value);
        }
    }
    values
}

/// A record's members.
fn object<'t, 'l>(tape: &'t [Node<'l>], numbers: &Numbers<'_>) -> Result<Members<'t, 'l>, Refusal> {
    members_of(tape, numbers, "the record")
}

/// A record's member that must be a string.
fn string<'l>(
    node: Option<&[Node<'l>]>,
    tape: &[Node<'_>],
    numbers: &Numbers<'_>,
    key: &str,
) -> Result<&'l str, Refusal> {
    numbers.string(node, tape, format_args!(r#""{key}""#))
}

fn user(text: &str) -> Turn<'_> {
    Turn { from: USER, value: text.as_bytes(), label: Label::None }
}

/// Its label comes later.
fn assistant(text: &str) -> Turn<'_> {
    Turn { from: ASSISTANT, value: text.as_bytes(), label: Label::None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_known_by_its_keys() {
        let cases = [
            (r#"{"conversations": [], "prompt": "", "response": ""}"#, Form::Sft),
            (r#"{"response": "", "prompt": ""}"#, Form::HelpSteer),
            (r#"{"prompt": "", "response_1": "", "response_2": ""}"#, Form::HelpSteer2Preference),
            (r#"{"prompt": {}}"#, Form::Oasst),
            (r#"{"prompt": "", "prompt": {}}"#, Form::Oasst),
            (r#"{"text": "", "role": "", "replies": []}"#, Form::Oasst),
            (r#"{"prompt": 1e999, "response": ""}"#, Form::HelpSteer),
        ];
        for (record, form) in cases {
            assert_eq!(Form::of(record.as_bytes()), Some(form), "{record}");
        }
        for record in
            [r#"{"text": "", "role": ""}"#, r#"{"prompt": {}, "prompt": ""}"#, "{}", "[]", r#""prompt""#, "{", ""]
        {
            assert_eq!(Form::of(record.as_bytes()), None, "{record}");
        }
    }
}
