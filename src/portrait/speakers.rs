//! Who speaks: the first names in the file with what they say, in bounded memory.

use std::borrow::Cow;

/// Names that are kept; a corpus has two or three, and a list of more would not be read.
const MOST_NAMES: usize = 32;

/// Bytes of a name that are looked at. What has the same beginning is one speaker.
const LONGEST_NAME: usize = 120;

/// The speakers of some conversations, in the order in which they were met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Speakers {
    pub(crate) known: Vec<Speaker>,
    /// Turns of speakers who are not among them.
    pub(crate) others: u64,
}

/// What one speaker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Speaker {
    pub(crate) name: Box<[u8]>,
    pub(crate) turns: u64,
    /// Those of them that count as the user's.
    pub(crate) as_user: u64,
}

impl Speakers {
    /// Counts a turn that many times; `is_spelled` if the name is as the output spells it.
    #[inline]
    pub(crate) fn add(&mut self, name: &[u8], is_spelled: bool, is_user: bool, times: u64) {
        let name = if is_spelled { decoded(name) } else { Cow::Borrowed(name) };
        self.count(beginning(&name), times, if is_user { times } else { 0 });
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        other.known.iter().for_each(|speaker| self.count(&speaker.name, speaker.turns, speaker.as_user));
        self.others = self.others.saturating_add(other.others);
    }

    #[inline]
    fn count(&mut self, name: &[u8], turns: u64, as_user: u64) {
        if let Some(speaker) = self.known.iter_mut().find(|speaker| *speaker.name == *name) {
            speaker.turns = speaker.turns.saturating_add(turns);
            speaker.as_user = speaker.as_user.saturating_add(as_user);
        } else if self.known.len() < MOST_NAMES {
            self.known.push(Speaker { name: name.into(), turns, as_user });
        } else {
            self.others = self.others.saturating_add(turns);
        }
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
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let is_first = |at: &usize| name[*at] & 0xc0 != 0x80;
    &name[..(0..=LONGEST_NAME).rev().find(is_first).unwrap_or(0)]
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
        assert_eq!((speakers.known[0].turns, speakers.known[0].as_user), (2, 1));
        assert_eq!((speakers.known.len(), speakers.others), (MOST_NAMES, 100 - (MOST_NAMES as u64 - 1)));

        let mut merged = Speakers::default();
        merged.merge(&speakers);
        merged.merge(&speakers);
        assert_eq!((merged.known[0].turns, merged.others), (4, 2 * speakers.others));
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let mut speakers = Speakers::default();
        speakers.add("é".repeat(1000).as_bytes(), true, false, 1);
        speakers.add("x世界".repeat(1000).as_bytes(), true, false, 1);
        for speaker in speakers.known {
            assert!(speaker.name.len() <= LONGEST_NAME && str::from_utf8(&speaker.name).is_ok());
        }
    }
}
