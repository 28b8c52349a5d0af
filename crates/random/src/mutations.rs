//! Small accidents that happen to a line.

use proptest::{
    prelude::*,
    sample::{Index, select},
};

#[derive(Debug, Clone)]
pub enum Mutation {
    Replace(Index, u8),
    Insert(Index, u8),
    Remove(Index, usize),
    Repeat(Index, usize),
    Truncate(Index),
}

pub fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), byte()).prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        4 => (at(), byte()).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        2 => (at(), 1..8_usize).prop_map(|(at, length)| Mutation::Remove(at, length)),
        1 => (at(), 1..80_usize).prop_map(|(at, length)| Mutation::Repeat(at, length)),
        1 => at().prop_map(Mutation::Truncate),
    ]
}

/// Mostly bytes that mean something in JSON, UTF-8, or to the scanner.
fn byte() -> impl Strategy<Value = u8> {
    let json = b"\"\"\"\\\\\\{}[]:, \t\r\n\0u/bn0123456789abcdefDF+-.eE";
    let utf8 = b"\x1f\x7f\x80\xbf\xc0\xc3\xe2\xed\xa0\xef\xbb\xf0\xf4\xff";
    prop_oneof![4 => select(json.to_vec()), 1 => select(utf8.to_vec()), 1 => any::<u8>()]
}

impl Mutation {
    pub fn apply(&self, line: &mut Vec<u8>) {
        // One place more than there are bytes: the end.
        let place = |at: &Index| at.index(line.len() + 1);
        match self {
            Self::Replace(at, byte) => {
                let at = place(at);
                if let Some(replaced) = line.get_mut(at) {
                    *replaced = *byte;
                }
            }
            Self::Insert(at, byte) => {
                let at = place(at);
                line.insert(at, *byte);
            }
            Self::Remove(at, length) => {
                let at = place(at);
                line.drain(at..line.len().min(at + length));
            }
            Self::Repeat(at, length) => {
                let at = place(at);
                let repeated = line[at..line.len().min(at + length)].to_vec();
                line.splice(at..at, repeated);
            }
            Self::Truncate(at) => {
                let at = place(at);
                line.truncate(at);
            }
        }
    }
}
