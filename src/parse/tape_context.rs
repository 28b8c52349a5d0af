//! The context of a tape: what a record has that is not on its tape, and rejections that name the place of a node.

use std::fmt::Display;

use simd_json::{Node, StaticNode};

use super::{
    nodes::{Members, type_of},
    placeholders::{Placeholders, ReplacedNumber},
    tokens::LITERALS,
};
use crate::rejection::{NotJson, Rejection, RejectionKind, What};

/// A JSON number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number<'r> {
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    /// A number behind a placeholder: its value, and its spelling in the record.
    Spelled(f64, &'r str),
}

impl Number<'_> {
    /// The value as a `float`: infinite if it is too large.
    pub(crate) fn float(self) -> f64 {
        match self {
            Self::Signed(number) => number as f64,
            Self::Unsigned(number) => number as f64,
            Self::Float(number) | Self::Spelled(number, _) => number,
        }
    }
}

/// What a record has that is not on its tape: what stands behind placeholders, and the places of nodes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TapeContext<'r> {
    placeholders: &'r Placeholders,
    line: &'r str,
    /// The address of the tape.
    tape: usize,
}

impl<'r> TapeContext<'r> {
    pub(super) fn new(placeholders: &'r Placeholders, line: &'r str, tape: &[Node<'_>]) -> Self {
        Self { placeholders, line, tape: tape.as_ptr().addr() }
    }

    /// What the placeholder at the beginning of `node` stands for.
    fn replaced(&self, node: &[Node<'_>]) -> Option<&'r ReplacedNumber> {
        match node.first() {
            Some(Node::Static(StaticNode::U64(index))) => self.placeholders.numbers.get(*index as usize),
            _ => None,
        }
    }

    /// The number at the beginning of `node`; `None` for a literal and anything else.
    pub(crate) fn number(&self, node: &[Node<'_>]) -> Option<Number<'r>> {
        if let Some(replaced) = self.replaced(node) {
            let spelled = &self.line[replaced.range.clone()];
            return (!replaced.is_literal).then_some(Number::Spelled(replaced.value, spelled));
        }
        match node.first()? {
            Node::Static(StaticNode::U64(number)) => Some(Number::Unsigned(*number)),
            Node::Static(StaticNode::I64(number)) => Some(Number::Signed(*number)),
            Node::Static(StaticNode::F64(number)) => Some(Number::Float(*number)),
            _ => None,
        }
    }

    /// The literal or the lone surrogate at the beginning of `node`, which JSON does not have.
    pub(crate) fn not_json(&self, node: &[Node<'_>]) -> Option<NotJson> {
        if let Some(Node::String(text)) = node.first() {
            return self.surrogate(text);
        }
        let replaced = self.replaced(node).filter(|replaced| replaced.is_literal)?;
        let (literal, _) = LITERALS.into_iter().find(|(literal, _)| *literal == &self.line[replaced.range.clone()])?;
        Some(NotJson { what: What::Literal(literal), at: replaced.range.start })
    }

    /// The first lone surrogate of a string on the tape.
    fn surrogate(&self, text: &str) -> Option<NotJson> {
        let sentinel = self.placeholders.sentinel?;
        let index = text.split(sentinel).nth(1)?;
        let at = *index.parse().ok().and_then(|index: usize| self.placeholders.surrogates.get(index))?;
        let escape = self.line.as_bytes()[at..].first_chunk()?;
        Some(NotJson { what: What::Surrogate(*escape), at })
    }

    /// A member that must be a string: `subject` names it in a message, and `holder` is the object that it belongs to.
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

    /// The members of a node that must be an object; `subject` names it in a message.
    pub(crate) fn members<'t, 'l>(
        &self,
        node: &'t [Node<'l>],
        subject: impl Display,
    ) -> Result<Members<'t, 'l>, Rejection> {
        Members::new(node).ok_or_else(|| self.mistyped(node, RejectionKind::InvalidRecord, subject, "an object"))
    }

    /// The rejection of a record whose `holder` lacks a member.
    pub(crate) fn missing(&self, holder: &[Node<'_>], subject: impl Display) -> Rejection {
        self.at(holder, Rejection::new(RejectionKind::InvalidRecord, format!("{subject} is missing")))
    }

    /// The rejection of a node that has the wrong type, or is not JSON.
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

    /// `rejection` with the place of a node.
    pub(crate) fn at(&self, node: &[Node<'_>], rejection: Rejection) -> Rejection {
        rejection.at_token(self.token(node))
    }

    /// The number of a node on the tape, which is that of its token in the record.
    pub(crate) fn token(&self, node: &[Node<'_>]) -> usize {
        (node.as_ptr().addr() - self.tape) / size_of::<Node<'_>>()
    }
}
