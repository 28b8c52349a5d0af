//! Who speaks: the first names in the file with what they say.
//!
//! The figures of a chunk have all of its names, since those that are not among its first ones may be among the file's.

use std::{borrow::Cow, collections::HashMap};

/// Names that are kept; a corpus has two or three, and a list of more would not be read.
const MAX_NAMES: usize = 32;

/// Bytes of a name that are looked at. What has the same beginning is one speaker.
const MAX_NAME_LENGTH: usize = 120;

/// The speakers of some conversations, in the order in which they were met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Speakers {
    pub(crate) known: Vec<Speaker>,
    /// Those of the same chunk who follow.
    more: HashMap<Box<[u8]>, Turns>,
    /// Turns of speakers who are neither.
    others: u64,
}

/// What one speaker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Speaker {
    pub(crate) name: Box<[u8]>,
    pub(crate) turns: Turns,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Turns {
    pub(crate) all: u64,
    /// Those of them that count as the user's.
    pub(crate) as_user: u64,
}

impl Turns {
    fn add(&mut self, other: Self) {
        self.all = self.all.saturating_add(other.all);
        self.as_user = self.as_user.saturating_add(other.as_user);
    }
}

impl Speakers {
    /// Counts a turn that many times; `is_spelled` if the name is as the output spells it.
    #[inline]
    pub(crate) fn add(&mut self, name: &[u8], is_spelled: bool, is_user: bool, times: u64) {
        let name = if is_spelled { decoded(name) } else { Cow::Borrowed(name) };
        let (name, turns) = (beginning(&name), Turns { all: times, as_user: if is_user { times } else { 0 } });
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
    fn count(&mut self, name: &[u8], turns: Turns) -> bool {
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

/// The text that `spelled` stands for.
#[inline]
fn decoded(spelled: &[u8]) -> Cow<'_, [u8]> {
    if !spelled.contains(&b'\\') {
        return Cow::Borrowed(spelled);
    }
    let quoted = [b"\"", spelled, b"\""].concat();
    serde_json::from_slice::<String>(&quoted).map_or(Cow::Borrowed(spelled), |name| Cow::Owned(name.into_bytes()))
}

/// The beginning of a name, cut between characters.
#[inline]
fn beginning(name: &[u8]) -> &[u8] {
    if name.len() <= MAX_NAME_LENGTH {
        return name;
    }
    let is_first = |at: &usize| name[*at] & 0xc0 != 0x80;
    &name[..(0..=MAX_NAME_LENGTH).rev().find(is_first).unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_names_are_kept_however_they_are_spelled() {
        let mut speakers = Speakers::default();
        speakers.add(br#"the \"user\""#, true, true, 1);
        speakers.add(br#"the "user""#, false, false, 1);
        for number in 0..100 {
            speakers.add(format!("speaker {number}").as_bytes(), number % 2 == 0, false, 1);
        }
        assert_eq!(*speakers.known[0].name, *br#"the "user""#);
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
                    speakers.add(name, true, false, 1);
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
        speakers.add("é".repeat(1000).as_bytes(), true, false, 1);
        speakers.add("x世界".repeat(1000).as_bytes(), true, false, 1);
        for speaker in speakers.known {
            assert!(speaker.name.len() <= MAX_NAME_LENGTH && str::from_utf8(&speaker.name).is_ok());
        }
    }
}
