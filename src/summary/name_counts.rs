//! Counts of names from the input, in bounded memory.
//!
//! The names that are kept are the first ones in alphabetical order, so they do not depend on the order of counting. A name
//! that is left out has the maximum of names before it, so it is never kept later, and the counts of kept names are complete.
//! Counts of chunks can be merged in any order.

use serde::{Serialize, Serializer, ser::SerializeStruct};

/// Names that are kept; a list of more would not be read.
const MAX_NAMES: usize = 32;

/// Bytes of a name that are kept. Names with the same beginning are one.
const MAX_NAME_LENGTH: usize = 120;

/// Names with their counts: the first 32 in alphabetical order, and the sum of all others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameCounts {
    /// In alphabetical order.
    names: Vec<(Box<str>, u64)>,
    others: u64,
}

impl NameCounts {
    /// The names with their counts, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = (&str, u64)> {
        self.names.iter().map(|(name, count)| (&**name, *count))
    }

    /// The sum of the counts of all names that are not kept.
    #[must_use]
    pub fn others(&self) -> u64 {
        self.others
    }

    /// True if nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The sum of all counts.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.names.iter().fold(self.others, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// Counts a name `count` times.
    pub(crate) fn add(&mut self, name: &str, count: u64) {
        let name = &name[..name.floor_char_boundary(MAX_NAME_LENGTH)];
        match self.names.binary_search_by(|(known, _)| (**known).cmp(name)) {
            Ok(at) => self.names[at].1 = self.names[at].1.saturating_add(count),
            Err(MAX_NAMES..) => self.others = self.others.saturating_add(count),
            Err(at) => {
                if self.names.len() == MAX_NAMES {
                    let (_, last) = self.names.pop().unwrap_or_default();
                    self.others = self.others.saturating_add(last);
                }
                // A mapped input may be written to meanwhile: what is kept is a copy, and UTF-8.
                let copy = name.as_bytes().to_vec();
                let name = String::from_utf8_lossy(&copy).into_owned();
                self.names.insert(at, (name.into(), count));
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        other.names.iter().for_each(|(name, count)| self.add(name, *count));
        self.others = self.others.saturating_add(other.others);
    }
}

impl Serialize for NameCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Names<'t>(&'t NameCounts);
        impl Serialize for Names<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.names())
            }
        }
        let mut counted = serializer.serialize_struct("NameCounts", 2)?;
        counted.serialize_field("names", &Names(self))?;
        counted.serialize_field("others", &self.others)?;
        counted.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_first_names_by_the_alphabet_are_counted_wherever_the_parts_end() {
        let mut random = fastrand::Rng::with_seed(11);
        for most in [1, 31, 32, 33, 40, 1000] {
            let names: Vec<_> = (0..2000).map(|_| format!("name {}", random.u32(..most))).collect();
            let mut counts = BTreeMap::<_, u64>::new();
            for name in &names {
                *counts.entry(&**name).or_default() += 1;
            }
            let kept: Vec<_> = counts.iter().map(|(name, count)| (*name, *count)).take(MAX_NAMES).collect();
            for part in [1, 7, 100, 2000] {
                let mut all = NameCounts::default();
                for names in names.chunks(part) {
                    let mut counted = NameCounts::default();
                    for name in names {
                        counted.add(name, 1);
                    }
                    all.merge(&counted);
                }
                assert_eq!(all.names().collect::<Vec<_>>(), kept, "{most} names in parts of {part}");
                assert_eq!(all.total(), 2000);
            }
        }
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let mut counted = NameCounts::default();
        counted.add(&"é".repeat(1000), 1);
        counted.add(&"x世界".repeat(1000), 1);
        assert!(counted.names().all(|(name, _)| name.len() <= MAX_NAME_LENGTH && name.len() > MAX_NAME_LENGTH - 3));
    }
}
