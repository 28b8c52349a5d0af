//! Digests of rows, by which equal rows are found without being held.

use std::hash::{DefaultHasher, Hasher};

use super::observer::Observer;

/// The state of a digest after the text of a row up to some turn; nothing is done unless the observer wants digests. It
/// grows with the text, so that the digests of all rows of a conversation take linear time.
#[derive(Debug, Clone, Default)]
pub(super) struct TextDigest {
    hasher: DefaultHasher,
}

impl TextDigest {
    /// Adds bytes that were appended to the text. It does not matter how they are split.
    #[inline]
    pub(super) fn write<O: Observer>(&mut self, bytes: &[u8]) {
        if O::WANTS_DIGESTS {
            self.hasher.write(bytes);
        }
    }

    /// The digest of a row with this text and these scores.
    #[inline]
    pub(super) fn of_row<O: Observer>(&self, scores: &[f64]) -> u64 {
        if !O::WANTS_DIGESTS {
            return 0;
        }
        let mut hasher = self.hasher.clone();
        for score in scores {
            hasher.write_u64(score.to_bits());
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::{
        conversation::{Conversation, Label, System, Tree, Turn},
        format::{RowFormat, layout::Layout},
        rows::{Formatter, Rows, compiled::CompiledFormat, frames::spelled, observer::Row},
        spelling::Spelling,
    };

    /// The digests of rows, in order.
    #[derive(Default)]
    struct Digests(Vec<u64>);

    impl Observer for Digests {
        const WANTS_DIGESTS: bool = true;

        fn record(&mut self, _: bool) {}

        fn row(&mut self, row: &Row<'_>, times: u64) {
            assert_eq!(times, 1);
            self.0.push(row.digest);
        }
    }

    /// Rows with their digests, each row once.
    #[derive(Default)]
    struct Found(BTreeMap<Vec<u8>, u64>);

    impl Found {
        fn add(&mut self, rows: &Rows, Digests(digests): &Digests) {
            let bytes: Vec<_> = rows.pieces().flatten().copied().collect();
            let lines: Vec<_> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
            assert_eq!(lines.len(), digests.len());
            for (line, &digest) in lines.into_iter().zip(digests) {
                assert_eq!(*self.0.entry(line.to_vec()).or_insert(digest), digest);
            }
        }
    }

    const LABELS: [Label<'_>; 4] =
        [Label::None, Label::Text("quality:1"), Label::Text("quality:2"), Label::Text("quality:1,x:1")];

    #[test]
    fn equal_rows_have_equal_digests_however_they_are_made() {
        let long = "long ".repeat(900);
        let texts = ["a", "b", "aa", "a\n<extra_id_1>Assistant\nb", &long];
        let mut random = fastrand::Rng::with_seed(12);
        for layout in [Layout::Nemo, Layout::Messages] {
            let attributes = crate::Attributes::new(["quality"]).unwrap();
            let format = RowFormat { attributes, layout, ..RowFormat::default() };
            let mut formatter = Formatter::new(CompiledFormat::new(&format).unwrap().into());
            let mut found = Found::default();
            for _ in 0..600 {
                let turns: Vec<_> = (0..random.usize(1..5))
                    .map(|turn| Turn {
                        from: [&b"User"[..], b"Assistant"][turn % 2],
                        value: texts[random.usize(..texts.len())].as_bytes(),
                        label: LABELS[random.usize(..LABELS.len())],
                    })
                    .collect();
                let values: Vec<_> = turns.iter().map(|turn| spelled(str::from_utf8(turn.value).unwrap())).collect();
                let spelled: Vec<_> = turns.iter().zip(&values).map(|(turn, value)| Turn { value, ..*turn }).collect();
                let conversation =
                    |spelling, turns| Conversation { spelling, mask: b"User", system: System::Missing, turns };
                let decoded = conversation(Spelling::Decoded, &turns);
                for conversation in [decoded, conversation(Spelling::Output, &spelled)] {
                    let (mut rows, mut digests) = (Rows::default(), Digests::default());
                    formatter.append(&conversation, &mut rows, &mut digests).unwrap();
                    found.add(&rows, &digests);
                }
                // The same conversation as a tree of one leaf.
                let follows: Vec<_> = (0..turns.len()).map(|turn: usize| turn.saturating_sub(1)).collect();
                let tree = Tree { all: decoded, follows: &follows, leaves: &[turns.len() - 1] };
                let (mut rows, mut digests) = (Rows::default(), Digests::default());
                formatter.append_tree(&tree, &mut rows, &mut digests).unwrap();
                found.add(&rows, &digests);
            }
            let different: BTreeSet<_> = found.0.values().collect();
            assert_eq!(different.len(), found.0.len(), "different rows have different digests");
            assert!(different.len() > 100, "{}", different.len());
        }
    }
}
