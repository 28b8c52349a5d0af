//! The authority: a line parsed by simd-json, and every refusal.
//!
//! simd-json is strict about JSON but has two limits that the format does not have: on nesting, lifted here
//! since its stack is on the heap, and on numbers, which must fit its types. A line that it refuses gets a
//! [second look](super::second_look).

use std::fmt::Display;

use simd_json::{Buffers, INPUT_PADDING, Node, StaticNode, Tape};

use super::schemas::foreign;
use crate::{
    conversation::{Heading, Label, System, Turn},
    error::{Refusal, RefusalKind},
};

use super::{explain::explain, second_look::Aside};

pub(crate) use super::second_look::{NotJson, Number, Numbers};

/// A parser with its memory.
pub(crate) struct SimdJson {
    buffers: Buffers,
    tape: Tape<'static>,
    /// The line and its padding; simd-json decodes strings in place.
    line: Vec<u8>,
    /// The same for the second look.
    plain: Vec<u8>,
    aside: Aside,
}

impl SimdJson {
    pub(crate) fn new() -> Self {
        let buffers = Buffers::with_max_depth(0, usize::MAX);
        Self { buffers, tape: Tape(Vec::new()), line: Vec::new(), plain: Vec::new(), aside: Aside::default() }
    }

    /// Reads an SFT record: appends its turns to `turns` and returns what else it says, all decoded.
    pub(crate) fn parse<'l>(&'l mut self, line: &[u8], turns: &mut Vec<Turn<'l>>) -> Result<Heading<'l>, Refusal> {
        self.read(line, |tape, numbers| record(tape, numbers, None, turns))
    }

    /// Reads a record of any form by its tape, whose strings are decoded.
    pub(crate) fn read<'l, R>(
        &'l mut self,
        line: &[u8],
        record: impl FnOnce(&[Node<'l>], &Numbers<'_>) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let mut text = utf8(line)?;
        // A mapped input may be written to meanwhile, so what is looked at character by character is a copy.
        let copy;
        let mut tape = std::mem::replace(&mut self.tape, Tape(Vec::new())).reset();
        self.aside.clear();
        let mut parsed = fill_tape(&mut self.line, line, &mut self.buffers, &mut tape);
        if parsed.is_err() {
            copy = line.to_vec();
            text = utf8(&copy)?;
            if let Some(plain) = self.aside.put(text) {
                parsed = fill_tape(&mut self.plain, &plain, &mut self.buffers, &mut tape);
            }
        }
        let read = match parsed {
            Ok(()) => record(&tape.0, &Numbers::new(&self.aside, text, &tape.0)),
            Err(error) => Err(explain(text, error.error())),
        };
        self.tape = tape.reset();
        read
    }
}

fn utf8(line: &[u8]) -> Result<&str, Refusal> {
    simdutf8::compat::from_utf8(line).map_err(|error| {
        let valid = error.valid_up_to();
        let reason = format!("byte {} of the record is not UTF-8", valid + 1);
        Refusal::new(RefusalKind::InvalidUtf8, reason).at_byte(valid)
    })
}

fn fill_tape<'l>(
    copy: &'l mut Vec<u8>,
    line: &[u8],
    buffers: &mut Buffers,
    tape: &mut Tape<'l>,
) -> simd_json::Result<()> {
    copy.clear();
    copy.extend_from_slice(line);
    copy.resize(line.len() + INPUT_PADDING, 0);
    simd_json::fill_tape_padded(copy, line.len(), buffers, tape)
}

/// Reads the SFT record on a tape. The last of a repeated key wins, whatever the earlier ones held.
pub(crate) fn record<'l>(
    tape: &[Node<'l>],
    numbers: &Numbers<'_>,
    default_mask: Option<&'l [u8]>,
    turns: &mut Vec<Turn<'l>>,
) -> Result<Heading<'l>, Refusal> {
    let members = members_of(tape, numbers, "the record")?;
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
    let Some(items) = Items::of(conversations) else {
        return Err(numbers.mistyped(conversations, RefusalKind::InvalidRecord, r#""conversations""#, "an array"));
    };
    let mask = match (mask, default_mask) {
        (None, Some(mask)) => mask,
        (None, None) => {
            let reason = foreign::no_mask(conversations).unwrap_or_else(|| r#""mask" is missing"#.to_owned());
            return Err(refuse(reason));
        }
        (mask, _) => numbers.string(mask, tape, r#""mask""#)?.as_bytes(),
    };
    for (index, item) in items.enumerate() {
        turns.push(turn(item, numbers, index + 1)?);
    }
    Ok(Heading { mask, system: system.map_or(System::Missing, |system| system_of(system, numbers)) })
}

/// The record's own system prompt. It is mostly not used, so what is wrong with it is for those who use it.
fn system_of<'l>(node: &[Node<'l>], numbers: &Numbers<'_>) -> System<'l> {
    match (numbers.not_json(node), node) {
        (Some(not_json), _) => System::NotJson(not_json),
        (None, [Node::String(prompt)]) => System::Text(prompt.as_bytes()),
        (None, _) => System::Other(type_of(node)),
    }
}

fn turn<'l>(item: &[Node<'l>], numbers: &Numbers<'_>, number: usize) -> Result<Turn<'l>, Refusal> {
    let members = members_of(item, numbers, format_args!("turn {number}"))?;
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

fn label_of<'l>(node: &[Node<'l>], numbers: &Numbers<'_>, turn: usize) -> Result<Label<'l>, Refusal> {
    if let Some(not_json) = numbers.not_json(node) {
        return Err(not_json.refuse(format_args!("the label of turn {turn}")));
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

/// The members of what must be an object, and is called `subject` in a message.
pub(crate) fn members_of<'t, 'l>(
    node: &'t [Node<'l>],
    numbers: &Numbers<'_>,
    subject: impl Display,
) -> Result<Members<'t, 'l>, Refusal> {
    Members::of(node).ok_or_else(|| numbers.mistyped(node, RefusalKind::InvalidRecord, subject, "an object"))
}

pub(crate) fn type_of(node: &[Node<'_>]) -> &'static str {
    match node.first() {
        Some(Node::String(_)) => "a string",
        Some(Node::Array { .. }) => "an array",
        Some(Node::Object { .. }) => "an object",
        Some(Node::Static(StaticNode::Null)) => "null",
        Some(Node::Static(StaticNode::Bool(_))) => "a boolean",
        Some(Node::Static(_)) => "a number",
        None => "nothing",
    }
}

pub(crate) fn refuse(reason: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::InvalidRecord, reason)
}

/// The values of an array on the tape, each as the nodes that belong to it.
pub(crate) struct Items<'t, 'l>(&'t [Node<'l>]);

impl<'t, 'l> Items<'t, 'l> {
    pub(crate) fn of(nodes: &'t [Node<'l>]) -> Option<Self> {
        matches!(nodes.first(), Some(Node::Array { .. })).then(|| Self(&nodes[1..]))
    }
}

impl Items<'_, '_> {
    /// The values of an array that is not there.
    pub(crate) fn none() -> Self {
        Self(&[])
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'t, 'l> Iterator for Items<'t, 'l> {
    type Item = &'t [Node<'l>];

    fn next(&mut self) -> Option<Self::Item> {
        let length = match self.0.first()? {
            Node::Array { count, .. } | Node::Object { count, .. } => 1 + count,
            Node::String(_) | Node::Static(_) => 1,
        };
        let (item, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(item)
    }
}

/// The keys of an object on the tape, each with the nodes of its value.
pub(crate) struct Members<'t, 'l>(Items<'t, 'l>);

impl<'t, 'l> Members<'t, 'l> {
    pub(crate) fn of(nodes: &'t [Node<'l>]) -> Option<Self> {
        matches!(nodes.first(), Some(Node::Object { .. })).then(|| Self(Items(&nodes[1..])))
    }
}

impl<'t, 'l> Iterator for Members<'t, 'l> {
    type Item = (&'l str, &'t [Node<'l>]);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.0.next()?;
        let Node::String(key) = key[0] else { unreachable!("a key is a string") };
        Some((key, self.0.next()?))
    }
}
