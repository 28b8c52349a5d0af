//! The second look at a line that simd-json rejects: what it cannot read is put aside, and the rest is parsed again.
//!
//! Python's `json`, and so the original, reads more than JSON: the literals `NaN`, `Infinity` and `-Infinity`, and escapes
//! that are half of a surrogate pair. simd-json also rejects numbers that do not fit its types. In what is not used none of
//! this matters. So numbers and literals are replaced by their indices in a list, and a lone surrogate by its index between
//! two characters that occur nowhere else in the line. What is used is decided where it is used: there a literal and a string
//! with such a character are rejected by name.

use std::{collections::HashSet, fmt::Display, ops::Range};

use memchr::{memchr, memchr_iter};
use serde::de::IgnoredAny;
use simd_json::{Node, StaticNode};

use super::nodes::{Members, type_of};
use crate::rejection::{ESCAPE, NotJson, Rejection, RejectionKind, What};

/// The literals that are not JSON.
const LITERALS: [(&str, f64); 3] = [("NaN", f64::NAN), ("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY)];

/// What of a line was put aside.
#[derive(Debug, Default)]
pub(super) struct Aside {
    /// The numbers and literals; empty if the tape has the numbers.
    numbers: Vec<Put>,
    /// Where the lone surrogates stand.
    surrogates: Vec<usize>,
    /// The character around their indices.
    sentinel: Option<char>,
}

#[derive(Debug)]
struct Put {
    /// As Python's `float` has it: infinite where it is too large.
    value: f64,
    is_literal: bool,
    /// Where it stands in the line.
    range: Range<usize>,
}

/// A JSON number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number<'r> {
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    /// Put aside: its value, and its spelling in the record.
    Spelled(f64, &'r str),
}

impl Number<'_> {
    /// As a `float`: infinite if it is too large.
    pub(crate) fn float(self) -> f64 {
        match self {
            Self::Signed(number) => number as f64,
            Self::Unsigned(number) => number as f64,
            Self::Float(number) | Self::Spelled(number, _) => number,
        }
    }
}

/// What of a record is not on its tape: the numbers that were put aside, what is no JSON, and where nodes stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TapeContext<'r> {
    aside: &'r Aside,
    line: &'r str,
    /// The address of the tape.
    tape: usize,
}

impl<'r> TapeContext<'r> {
    pub(super) fn new(aside: &'r Aside, line: &'r str, tape: &[Node<'_>]) -> Self {
        Self { aside, line, tape: tape.as_ptr().addr() }
    }

    fn put(&self, node: &[Node<'_>]) -> Option<&'r Put> {
        match node.first() {
            Some(Node::Static(StaticNode::U64(index))) => self.aside.numbers.get(*index as usize),
            _ => None,
        }
    }

    /// The number at the beginning of `node`, if it is one. A literal is none.
    pub(crate) fn get(&self, node: &[Node<'_>]) -> Option<Number<'r>> {
        if let Some(put) = self.put(node) {
            let spelled = &self.line[put.range.clone()];
            return (!put.is_literal).then_some(Number::Spelled(put.value, spelled));
        }
        match node.first()? {
            Node::Static(StaticNode::U64(number)) => Some(Number::Unsigned(*number)),
            Node::Static(StaticNode::I64(number)) => Some(Number::Signed(*number)),
            Node::Static(StaticNode::F64(number)) => Some(Number::Float(*number)),
            _ => None,
        }
    }

    /// What there is at the beginning of `node` that is not JSON.
    pub(crate) fn not_json(&self, node: &[Node<'_>]) -> Option<NotJson> {
        if let Some(Node::String(text)) = node.first() {
            return self.surrogate(text);
        }
        let put = self.put(node).filter(|put| put.is_literal)?;
        let (literal, _) = LITERALS.into_iter().find(|(literal, _)| *literal == &self.line[put.range.clone()])?;
        Some(NotJson { what: What::Literal(literal), at: put.range.start })
    }

    /// The first lone surrogate of a string on the tape.
    fn surrogate(&self, text: &str) -> Option<NotJson> {
        let sentinel = self.aside.sentinel?;
        let index = text.split(sentinel).nth(1)?;
        let at = *index.parse().ok().and_then(|index: usize| self.aside.surrogates.get(index))?;
        let escape = self.line.as_bytes()[at..].first_chunk()?;
        Some(NotJson { what: What::Surrogate(*escape), at })
    }

    /// A member that must be a string. It is called `subject` in a message, and belongs to `holder`.
    pub(crate) fn string<'l>(
        &self,
        node: Option<&[Node<'l>]>,
        holder: &[Node<'_>],
        subject: impl Display,
    ) -> Result<&'l str, Rejection> {
        match node {
            Some([Node::String(string)]) if self.surrogate(string).is_none() => Ok(string),
            Some(other) => Err(self.mistyped(other, RejectionKind::InvalidRecord, subject, "a string")),
            None => Err(self.missing(holder, subject)),
        }
    }

    /// The members of what must be an object, and is called `subject` in a message.
    pub(crate) fn members<'t, 'l>(
        &self,
        node: &'t [Node<'l>],
        subject: impl Display,
    ) -> Result<Members<'t, 'l>, Rejection> {
        Members::new(node).ok_or_else(|| self.mistyped(node, RejectionKind::InvalidRecord, subject, "an object"))
    }

    pub(crate) fn missing(&self, holder: &[Node<'_>], subject: impl Display) -> Rejection {
        self.at(holder, Rejection::new(RejectionKind::InvalidRecord, format!("{subject} is missing")))
    }

    /// Why a node is rejected that should be something else; what is no JSON is rejected as that.
    pub(crate) fn mistyped(
        &self,
        node: &[Node<'_>],
        kind: RejectionKind,
        subject: impl Display,
        wanted: &str,
    ) -> Rejection {
        match self.not_json(node) {
            Some(not_json) => not_json.reject(subject),
            None => self.at(node, Rejection::new(kind, format!("{subject} is {}, not {wanted}", type_of(node)))),
        }
    }

    /// The rejection with the place of a node.
    pub(crate) fn at(&self, node: &[Node<'_>], rejection: Rejection) -> Rejection {
        rejection.at_token(self.token(node))
    }

    /// The number of a node of the tape, which is that of its token in the record.
    pub(crate) fn token(&self, node: &[Node<'_>]) -> usize {
        (node.as_ptr().addr() - self.tape) / size_of::<Node<'_>>()
    }
}

impl Aside {
    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.surrogates.clear();
        self.sentinel = None;
    }

    /// Returns the line with all numbers, literals and lone surrogates put aside; nothing must be aside before. `None` if
    /// there are none, so that a second look sees nothing new.
    pub(super) fn put(&mut self, line: &str) -> Option<Vec<u8>> {
        // A long line that begins no value is not looked through.
        let first = line.trim_ascii_start().as_bytes().first();
        if !matches!(first, Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b'N' | b'I')) {
            return None;
        }
        let mut plain = Vec::with_capacity(line.len());
        for token in Tokens::new(line) {
            let text = &line[token.clone()];
            if text.starts_with('"') {
                self.put_surrogates(line, token, &mut plain);
            } else if let Some((value, is_literal)) = value(text) {
                // Spaces keep it apart from what it stands next to: `-NaN` and `1NaN` are not numbers.
                plain.extend_from_slice(format!(" {} ", self.numbers.len()).as_bytes());
                self.numbers.push(Put { value, is_literal, range: token });
            } else {
                plain.extend_from_slice(text.as_bytes());
            }
        }
        (!self.numbers.is_empty() || !self.surrogates.is_empty()).then_some(plain)
    }

    /// Appends the string literal in `token`, its lone surrogates replaced by their indices.
    fn put_surrogates(&mut self, line: &str, token: Range<usize>, plain: &mut Vec<u8>) {
        let mut from = token.start;
        for at in lone_surrogates(line, token.clone()) {
            let Some(sentinel) = self.sentinel.or_else(|| unused_character(line)) else { break };
            self.sentinel = Some(sentinel);
            plain.extend_from_slice(&line.as_bytes()[from..at]);
            plain.extend_from_slice(format!("{sentinel}{}{sentinel}", self.surrogates.len()).as_bytes());
            self.surrogates.push(at);
            from = at + ESCAPE;
        }
        plain.extend_from_slice(&line.as_bytes()[from..token.end]);
    }
}

/// The line with its literals and lone surrogates replaced by JSON of the same length, so that another fault of it is
/// found where it stands.
pub(super) fn without_what_is_no_json(line: &str) -> Vec<u8> {
    let mut plain = line.as_bytes().to_vec();
    for token in Tokens::new(line) {
        let text = &line[token.clone()];
        if text.starts_with('"') {
            lone_surrogates(line, token).for_each(|at| plain[at..at + ESCAPE].copy_from_slice(br"\u0000"));
        } else if value(text).is_some_and(|(_, is_literal)| is_literal) {
            // Spaces before it keep it apart from a sign.
            plain[token.clone()].fill(b' ');
            plain[token.end - 1] = b'0';
        }
    }
    plain
}

/// The value of a number (infinite where it is too large) or a literal, and whether it is a literal. Python has no whole
/// number `-0`.
fn value(token: &str) -> Option<(f64, bool)> {
    if let Some((_, value)) = LITERALS.into_iter().find(|&(literal, _)| literal == token) {
        return Some((value, true));
    }
    if !token.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return None;
    }
    serde_json::from_str::<IgnoredAny>(token).ok()?;
    let value = if token == "-0" { 0.0 } else { token.parse().ok()? };
    Some((value, false))
}

/// The tokens of a line, valid or not: string literals with their quotes, numbers, literals, and runs of anything else.
pub(crate) struct Tokens<'l> {
    line: &'l str,
    at: usize,
}

impl<'l> Tokens<'l> {
    pub(crate) fn new(line: &'l str) -> Self {
        Self { line, at: 0 }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let rest = &self.line.as_bytes()[self.at..];
        let length_of = |belongs: fn(u8) -> bool| rest.iter().take_while(|&&byte| belongs(byte)).count();
        let literal = || LITERALS.into_iter().find(|(literal, _)| rest.starts_with(literal.as_bytes()));
        let length = match rest.first()? {
            b'"' => string_length(rest),
            b'-' | b'0'..=b'9' | b'N' | b'I' => match literal() {
                Some((literal, _)) => literal.len(),
                None => length_of(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')).max(1),
            },
            b'{' | b'}' | b'[' | b']' => 1,
            _ => length_of(|byte| !matches!(byte, b'"' | b'-' | b'0'..=b'9' | b'N' | b'I' | b'{' | b'}' | b'[' | b']')),
        };
        let start = self.at;
        self.at += length;
        Some(start..self.at)
    }
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

/// The places of the lone surrogates in a string literal, as Python pairs surrogates.
fn lone_surrogates(line: &str, token: Range<usize>) -> impl Iterator<Item = usize> {
    let mut at = token.start;
    std::iter::from_fn(move || {
        loop {
            at += memchr(b'\\', line.as_bytes().get(at..token.end)?)?;
            let start = at;
            let (length, is_lone) = match (unit(line, at), unit(line, at + ESCAPE)) {
                (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (2 * ESCAPE, false),
                (Some(0xd800..=0xdfff), _) => (ESCAPE, true),
                (Some(_), _) => (ESCAPE, false),
                (None, _) => (2, false),
            };
            at += length;
            if is_lone {
                return Some(start);
            }
        }
    })
}

/// What the escape at this place stands for, if there is one.
fn unit(line: &str, at: usize) -> Option<u16> {
    let digits = line.as_bytes().get(at..at + ESCAPE)?.strip_prefix(br"\u")?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)? as u16))
}

/// A character for private use that the line does not have, neither as it is nor as an escape. There is none only if a line
/// has all 137,468 of them.
fn unused_character(line: &str) -> Option<char> {
    let raw = line.chars();
    let escaped = memchr_iter(b'\\', line.as_bytes()).flat_map(|at| {
        let units = [unit(line, at), unit(line, at + ESCAPE)].into_iter().flatten();
        char::decode_utf16(units).filter_map(Result::ok).collect::<Vec<_>>()
    });
    let areas = || ('\u{e000}'..='\u{f8ff}').chain('\u{f0000}'..='\u{ffffd}').chain('\u{100000}'..='\u{10fffd}');
    let is_private = |character: &char| matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    let used: HashSet<char> = raw.chain(escaped).filter(is_private).collect();
    areas().find(|character| !used.contains(character))
}
