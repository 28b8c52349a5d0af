//! The authority: a line parsed by simd-json, and every refusal.
//!
//! simd-json is strict about JSON but has two limits that the format does not have: on nesting, lifted here
//! since its stack is on the heap, and on numbers, which must fit its types. A record with one that does not
//! fit is parsed a second time with every number replaced by its place in a list of [`Numbers`].

use serde::de::IgnoredAny;
use simd_json::{Buffers, ErrorType, INPUT_PADDING, Node, StaticNode, Tape};

use crate::{
    conversation::{Heading, Label, System, Turn},
    error::{Refusal, RefusalKind},
    published::foreign,
};

/// A parser with its memory.
pub(crate) struct SimdJson {
    buffers: Buffers,
    tape: Tape<'static>,
    /// The line and its padding; simd-json decodes strings in place.
    line: Vec<u8>,
    /// The same for the line with plain numbers.
    plain: Vec<u8>,
    numbers: Numbers,
}

/// The numbers of a record as Python's `float` has them, if the tape has their places in this list; empty if
/// the tape has the numbers.
#[derive(Debug, Default)]
pub(crate) struct Numbers(Vec<f64>);

/// A JSON number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Signed(i64),
    Unsigned(u64),
    /// The nearest there is: infinite if it is too large.
    Float(f64),
}

impl Numbers {
    /// The number at the beginning of `node`, if it is one.
    pub(crate) fn get(&self, node: &[Node<'_>]) -> Option<Number> {
        let Some(Node::Static(value)) = node.first() else { return None };
        match *value {
            StaticNode::U64(place) if !self.0.is_empty() => Some(Number::Float(self.0[place as usize])),
            StaticNode::U64(number) => Some(Number::Unsigned(number)),
            StaticNode::I64(number) => Some(Number::Signed(number)),
            StaticNode::F64(number) => Some(Number::Float(number)),
            StaticNode::Bool(_) | StaticNode::Null => None,
        }
    }
}

impl Number {
    /// As a `float`.
    pub(crate) fn float(self) -> f64 {
        match self {
            Self::Signed(number) => number as f64,
            Self::Unsigned(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

impl SimdJson {
    pub(crate) fn new() -> Self {
        let buffers = Buffers::with_max_depth(0, usize::MAX);
        Self { buffers, tape: Tape(Vec::new()), line: Vec::new(), plain: Vec::new(), numbers: Numbers::default() }
    }

    /// Reads an SFT record: appends its turns to `turns` and returns what else it says, all decoded.
    pub(crate) fn parse<'l>(&'l mut self, line: &[u8], turns: &mut Vec<Turn<'l>>) -> Result<Heading<'l>, Refusal> {
        self.read(line, |tape, numbers| record(tape, numbers, None, turns))
    }

    /// Reads a record of any form by its tape, whose strings are decoded.
    pub(crate) fn read<'l, R>(
        &'l mut self,
        line: &[u8],
        record: impl FnOnce(&[Node<'l>], &Numbers) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        if let Err(error) = simdutf8::compat::from_utf8(line) {
            let reason = format!("byte {} of the record is not UTF-8", error.valid_up_to() + 1);
            return Err(Refusal::new(RefusalKind::InvalidUtf8, reason));
        }
        let mut tape = std::mem::replace(&mut self.tape, Tape(Vec::new())).reset();
        self.numbers.0.clear();
        let mut parsed = fill_tape(&mut self.line, line, &mut self.buffers, &mut tape);
        if parsed.as_ref().is_err_and(|error| matches!(error.error(), ErrorType::InvalidNumber)) {
            parsed =
                fill_tape(&mut self.plain, &with_plain_numbers(line, &mut self.numbers), &mut self.buffers, &mut tape);
        }
        let read = match parsed {
            Ok(()) => record(&tape.0, &self.numbers),
            Err(error) => {
                let reason = explain(line, error.error());
                let reason = foreign::document(line).map_or(reason.clone(), |help| format!("{reason}; {help}"));
                Err(Refusal::new(RefusalKind::InvalidJson, reason))
            }
        };
        self.tape = tape.reset();
        read
    }
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

/// The record with each number replaced by its place in `numbers`, which must be empty before.
fn with_plain_numbers(line: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut plain = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(&byte) = rest.first() {
        let token = match byte {
            b'"' => string_length(rest),
            b'-' | b'0'..=b'9' => {
                rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')).count()
            }
            _ => 1,
        };
        let (token, after) = rest.split_at(token);
        match number(token) {
            Some(number) => {
                plain.extend_from_slice(numbers.0.len().to_string().as_bytes());
                numbers.0.push(number);
            }
            None => plain.extend_from_slice(token),
        }
        rest = after;
    }
    plain
}

/// The length of the string literal at the beginning of `text`, quotes included.
fn string_length(text: &[u8]) -> usize {
    let mut escaped = false;
    for (at, &byte) in text.iter().enumerate().skip(1) {
        if byte == b'"' && !escaped {
            return at + 1;
        }
        escaped = byte == b'\\' && !escaped;
    }
    text.len()
}

/// The value of a JSON number (infinite where it is too large), if `token` is one. Python has no whole number `-0`.
fn number(token: &[u8]) -> Option<f64> {
    serde_json::from_slice::<IgnoredAny>(token).ok()?;
    std::str::from_utf8(token).ok().filter(|&token| token != "-0").map_or(Some(0.0), |token| token.parse().ok())
}

/// Why simd-json refuses a line. serde_json says it better and says where, if it sees it too.
fn explain(line: &[u8], error: &ErrorType) -> String {
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(line) {
        let message = error.to_string();
        let cause = message.split(" at line ").next().unwrap_or(&message);
        return format!("{cause} at column {}", error.column());
    }
    match error {
        ErrorType::InvalidUnicodeCodepoint | ErrorType::InvalidUtf8 => {
            r"a \u escape stands for half of a surrogate pair".to_owned()
        }
        ErrorType::InputTooLarge => "a record can have 4 GiB at most".to_owned(),
        other => format!("not one JSON value ({other:?})"),
    }
}

/// Reads the SFT record on a tape. The last of a repeated key wins, whatever the earlier ones held.
pub(crate) fn record<'l>(
    tape: &[Node<'l>],
    numbers: &Numbers,
    default_mask: Option<&'l [u8]>,
    turns: &mut Vec<Turn<'l>>,
) -> Result<Heading<'l>, Refusal> {
    let Some(members) = Members::of(tape) else {
        return Err(refuse(format!("the record is {}, not an object", type_of(tape))));
    };
    let (mut conversations, mut mask, mut system) = (None, None, System::Missing);
    for (key, value) in members {
        match key {
            "conversations" => conversations = Some(value),
            "mask" => mask = Some(value),
            "system" => {
                system = match value {
                    [Node::String(prompt)] => System::Text(prompt.as_bytes()),
                    other => System::Other(type_of(other)),
                }
            }
            _ => {}
        }
    }
    let conversations = conversations.ok_or_else(|| refuse(r#""conversations" is missing"#))?;
    let Some(items) = Items::of(conversations) else {
        return Err(refuse(format!(r#""conversations" is {}, not an array"#, type_of(conversations))));
    };
    let mask = match (mask, default_mask) {
        (None, Some(mask)) => mask,
        (None, None) => {
            let reason = foreign::no_mask(conversations).unwrap_or_else(|| r#""mask" is missing"#.to_owned());
            return Err(refuse(reason));
        }
        (mask, _) => string(mask, "mask", None)?,
    };
    for (index, item) in items.enumerate() {
        turns.push(turn(item, numbers, index + 1)?);
    }
    Ok(Heading { mask, system })
}

fn turn<'l>(item: &[Node<'l>], numbers: &Numbers, number: usize) -> Result<Turn<'l>, Refusal> {
    let Some(members) = Members::of(item) else {
        return Err(refuse(format!("turn {number} is {}, not an object", type_of(item))));
    };
    let (mut from, mut value, mut label) = (None, None, Label::None);
    for (key, node) in members {
        match key {
            "from" => from = Some(node),
            "value" => value = Some(node),
            "label" => label = label_of(node, numbers),
            _ => {}
        }
    }
    Ok(Turn { from: string(from, "from", Some(number))?, value: string(value, "value", Some(number))?, label })
}

fn string<'l>(node: Option<&[Node<'l>]>, key: &str, turn: Option<usize>) -> Result<&'l [u8], Refusal> {
    let problem = match node {
        Some([Node::String(string)]) => return Ok(string.as_bytes()),
        Some(other) => format!("is {}, not a string", type_of(other)),
        None => "is missing".to_owned(),
    };
    Err(refuse(match turn {
        Some(turn) => format!(r#""{key}" of turn {turn} {problem}"#),
        None => format!(r#""{key}" {problem}"#),
    }))
}

fn label_of<'l>(node: &[Node<'l>], numbers: &Numbers) -> Label<'l> {
    let falsy = match node[0] {
        Node::String("") | Node::Static(StaticNode::Null) => true,
        Node::String(label) => return Label::Text(label),
        Node::Array { len, .. } | Node::Object { len, .. } => len == 0,
        Node::Static(StaticNode::Bool(truth)) => !truth,
        Node::Static(_) => numbers.get(node).is_some_and(|number| number.float() == 0.0),
    };
    if falsy { Label::None } else { Label::Other(type_of(node)) }
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
