//! Who speaks: the first names in the file with their turns.
//!
//! The figures of a chunk have all names of the chunk, since a name that is not among the chunk's first ones may be among the
//! file's.

use std::collections::HashMap;

use crate::spelling::Spelling;

/// Names that are kept; a corpus has two or three, and a list of more would not be read.
const MAX_NAMES: usize = 32;

/// Bytes of a name that are kept. Names with the same beginning are one speaker.
const MAX_NAME_LENGTH: usize = 120;

/// The speakers of conversations, in the order in which they were met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Speakers {
    pub(crate) known: Vec<Speaker>,
    /// The speakers of the same chunk for whom there was no room.
    more: HashMap<Box<str>, Turns>,
    /// Turns of all other speakers.
    others: u64,
}

/// A speaker and the number of their turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Speaker {
    pub(crate) name: Box<str>,
    pub(crate) turns: Turns,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Turns {
    pub(crate) all: u64,
    /// Turns that count as the user's.
    pub(crate) as_user: u64,
}

impl Turns {
    fn add(&mut self, other: Self) {
        self.all = self.all.saturating_add(other.all);
        self.as_user = self.as_user.saturating_add(other.as_user);
    }
}

impl Speakers {
    /// Counts a turn of a speaker `times` times.
    #[inline]
    pub(crate) fn add(&mut self, name: &[u8], spelling: Spelling, is_user: bool, times: u64) {
        let name = spelling.decode(name);
        let name = &name[..name.floor_char_boundary(MAX_NAME_LENGTH)];
        let turns = Turns { all: times, as_user: if is_user { times } else { 0 } };
        if !self.count(name, turns) {
            match self.more.get_mut(name) {
                Some(known) => known.add(turns),
                None => drop(self.more.insert(name.into(), turns)),
            }
        }
    }

    /// Adds the speakers of the chunk that follows. Where its first names are known or find room, no later one of its
    /// names would find any.
    pub(crate) fn merge(&mut self, other: &Self) {
        let known = other.known.iter().map(|speaker| (&speaker.name, speaker.turns));
        for (name, turns) in known.chain(other.more.iter().map(|(name, &turns)| (name, turns))) {
            if !self.count(name, turns) {
                self.others = self.others.saturating_add(turns.all);
            }
        }
        self.others = self.others.saturating_add(other.others);
    }

    /// Turns of speakers who are not known.
    pub(crate) fn others(&self) -> u64 {
        self.more.values().fold(self.others, |sum, turns| sum.saturating_add(turns.all))
    }

    /// False if the name is not known and there is no room for it.
    #[inline]
    fn count(&mut self, name: &str, turns: Turns) -> bool {
        if let Some(speaker) = self.known.iter_mut().find(|speaker| *speaker.name == *name) {
            speaker.turns.add(turns);
        } else if self.known.len() < MAX_NAMES {
            self.known.push(Speaker { name: name.into(), turns });
        } else {
            return false;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_names_are_kept_however_they_are_spelled() {
        let mut speakers = Speakers::default();
        speakers.add(br#"the \"user\""#, Spelling::Output, true, 1);
        speakers.add(br#"the "user""#, Spelling::Decoded, false, 1);
        for number in 0..100 {
            let spelling = [Spelling::Output, Spelling::Decoded][number % 2];
            speakers.add(format!("speaker {number}").as_bytes(), spelling, false, 1);
        }
        assert_eq!(*speakers.known[0].name, *r#"the "user""#);
        assert_eq!(speakers.known[0].turns, Turns { all: 2, as_user: 1 });
        assert_eq!((speakers.known.len(), speakers.others()), (MAX_NAMES, 100 - (MAX_NAMES as u64 - 1)));

        let mut merged = Speakers::default();
        merged.merge(&speakers);
        merged.merge(&speakers);
        assert_eq!((merged.known[0].turns.all, merged.others()), (4, 2 * speakers.others()));
    }

    #[test]
    fn chunks_give_the_speakers_of_the_whole() {
        let mut random = fastrand::Rng::with_seed(9);
        for _ in 0..100 {
            let names: Vec<_> = (0..500).map(|_| format!("speaker {}", random.u8(..80)).into_bytes()).collect();
            let of = |names: &[Vec<u8>]| {
                let mut speakers = Speakers::default();
                for name in names {
                    speakers.add(name, Spelling::Output, false, 1);
                }
                speakers
            };
            let mut merged = Speakers::default();
            names.chunks(random.usize(1..200)).for_each(|chunk| merged.merge(&of(chunk)));
            let whole = of(&names);
            assert_eq!((&merged.known, merged.others()), (&whole.known, whole.others()));
        }
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let mut speakers = Speakers::default();
        speakers.add("é".repeat(1000).as_bytes(), Spelling::Output, false, 1);
        speakers.add("x世界".repeat(1000).as_bytes(), Spelling::Output, false, 1);
        for speaker in speakers.known {
            let length = speaker.name.len();
            assert!(length <= MAX_NAME_LENGTH && length > MAX_NAME_LENGTH - 3, "{length}");
        }
    }
}
