//! Groups: adjacent records with the same prompt. The best and the worst response of a group are a pair.
//!
//! A group may begin before a chunk and end behind it. So the first and the last group of a chunk stay open
//! ([`OpenGroups`]), and the stage that sees the chunks in order [joins](Group::join) those that belong together. A group
//! keeps its prompt and two responses, so its memory does not depend on the number of its records.

use std::mem;

use super::labels::LabelFlags;
use crate::spelling::{Spelling, escape::append_escaped};

/// Adjacent records with the same prompt, as far as they are known.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// In the output's spelling, in which equal texts are equal bytes.
    pub(super) prompt: Vec<u8>,
    pub(super) records: u64,
    /// The first of the responses with the highest score.
    pub(super) best: Response,
    /// The last of those with the lowest score, once there are two records.
    pub(super) worst: Response,
}

/// A response with its weighted score.
#[derive(Debug, Default)]
pub(super) struct Response {
    pub(super) score: f64,
    pub(super) flags: LabelFlags,
    /// In the output's spelling.
    pub(super) text: Vec<u8>,
}

/// The groups of a chunk that may go on in its neighbours.
#[derive(Debug, Default)]
pub(crate) struct OpenGroups {
    /// The first group of the chunk, once another one follows it.
    pub(crate) first: Option<Group>,
    /// The last group of the chunk, which may be the first as well.
    pub(crate) last: Option<Group>,
    /// Memory for the next group.
    spare: Group,
    /// Memory for a prompt in the output's spelling.
    prompt: Vec<u8>,
}

impl Group {
    /// Counts the record that follows, and returns where its response stands if it is one of the two that are kept.
    fn slot(&mut self, score: f64) -> Option<&mut Response> {
        self.records += 1;
        let is_best = score > self.best.score;
        match self.records {
            1 => Some(&mut self.best),
            2 if is_best => {
                mem::swap(&mut self.best, &mut self.worst);
                Some(&mut self.best)
            }
            2 => Some(&mut self.worst),
            _ if is_best => Some(&mut self.best),
            _ if score <= self.worst.score => Some(&mut self.worst),
            _ => None,
        }
    }

    /// Adds the record that follows.
    fn add(&mut self, spelling: Spelling, text: &[u8], score: f64, flags: LabelFlags) {
        if let Some(response) = self.slot(score) {
            (response.score, response.flags) = (score, flags);
            spell(spelling, text, &mut response.text);
        }
    }

    /// True if both groups have the same prompt.
    pub(crate) fn has_prompt_of(&self, other: &Self) -> bool {
        self.prompt == other.prompt
    }

    /// Adds the records that follow, if they have the same prompt; otherwise gives them back.
    pub(crate) fn join(&mut self, next: Self) -> Option<Self> {
        if !self.has_prompt_of(&next) {
            return Some(next);
        }
        let records = self.records + next.records;
        // The others of the next part are between these two, so they change nothing.
        let worst = Some(next.worst).filter(|_| next.records > 1);
        for response in [next.best].into_iter().chain(worst) {
            if let Some(slot) = self.slot(response.score) {
                *slot = response;
            }
        }
        self.records = records;
        None
    }
}

impl OpenGroups {
    /// Adds a record, and returns the group that it ends, if that began in the same chunk.
    pub(super) fn add(
        &mut self,
        spelling: Spelling,
        [prompt, response]: [&[u8]; 2],
        score: f64,
        flags: LabelFlags,
    ) -> Option<Group> {
        let prompt = match spelling {
            Spelling::Output => prompt,
            Spelling::Decoded => {
                spell(spelling, prompt, &mut self.prompt);
                &self.prompt
            }
        };
        let mut ended = None;
        if self.last.as_ref().is_none_or(|last| last.prompt != prompt) {
            let mut group = mem::take(&mut self.spare);
            group.records = 0;
            spell(Spelling::Output, prompt, &mut group.prompt);
            ended = self.last.replace(group);
            if self.first.is_none() {
                self.first = ended.take();
            }
        }
        if let Some(last) = &mut self.last {
            last.add(spelling, response, score, flags);
        }
        ended
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.last.is_none()
    }

    /// Keeps the memory of a group that has ended.
    pub(super) fn recycle(&mut self, group: Group) {
        self.spare = group;
    }
}

/// Replaces the content of `spelled` by a text in the output's spelling.
fn spell(spelling: Spelling, text: &[u8], spelled: &mut Vec<u8>) {
    spelled.clear();
    match spelling {
        Spelling::Output => spelled.extend_from_slice(text),
        Spelling::Decoded => append_escaped(spelled, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A group of records with these scores, whose responses are their numbers.
    fn group(scores: impl Iterator<Item = (usize, f64)>) -> Option<Group> {
        let mut groups = OpenGroups::default();
        for (number, score) in scores {
            let response = number.to_string();
            assert!(groups.add(Spelling::Output, [b"p", response.as_bytes()], score, LabelFlags::default()).is_none());
        }
        groups.last
    }

    #[test]
    fn a_group_is_the_same_however_it_is_cut() {
        let mut random = fastrand::Rng::with_seed(13);
        for _ in 0..2000 {
            let scores: Vec<_> = (0..random.usize(1..8)).map(|_| f64::from(random.u8(0..4))).collect();
            // Obviously: of the best the first, of the worst the last.
            let best = (0..scores.len()).rev().max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap();
            let worst = (0..scores.len()).rev().min_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap();
            let mut joined: Option<Group> = None;
            let mut start = 0;
            while start < scores.len() {
                let end = random.usize(start + 1..=scores.len());
                let part = group((start..end).map(|number| (number, scores[number]))).unwrap();
                match &mut joined {
                    Some(joined) => assert!(joined.join(part).is_none()),
                    None => joined = Some(part),
                }
                start = end;
            }
            let joined = joined.unwrap();
            let number = |response: &Response| String::from_utf8(response.text.clone()).unwrap();
            assert_eq!((joined.records, number(&joined.best)), (scores.len() as u64, best.to_string()), "{scores:?}");
            let found = if joined.records == 1 { &joined.best } else { &joined.worst };
            assert_eq!(number(found), worst.to_string(), "{scores:?}");
        }
    }
}
