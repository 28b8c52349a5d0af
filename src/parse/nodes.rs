//! The values on simd-json's tape: each is a slice of nodes.

use simd_json::{Node, StaticNode};

/// The values of an array on the tape, each as its nodes.
pub(crate) struct Items<'t, 'l>(&'t [Node<'l>]);

impl<'t, 'l> Items<'t, 'l> {
    pub(crate) fn new(nodes: &'t [Node<'l>]) -> Option<Self> {
        matches!(nodes.first(), Some(Node::Array { .. })).then(|| Self(&nodes[1..]))
    }
}

impl Items<'_, '_> {
    /// No values.
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
    pub(crate) fn new(nodes: &'t [Node<'l>]) -> Option<Self> {
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

/// The type of a value, for a message: `an array`.
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
