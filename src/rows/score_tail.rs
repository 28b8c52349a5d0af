//! The score tail: the end of a row, with its scores and the text around them.
//!
//! Most scores are missing or one digit, next to scores of the same kind. So the tail of a row without any score and the
//! tail of a row of zeros are spelled once before the run; a row takes stretches of the two, and puts its digits in.

use crate::spelling::number::{append_score, digit};

/// The score tails of all rows.
#[derive(Debug)]
pub(crate) struct ScoreTail {
    /// The missing score, as bits.
    missing: u64,
    /// The missing score is spelled as a word, which stands for `-0` as well if it is 0.
    has_word: bool,
    /// The tail with all scores missing.
    missing_tail: Slots,
    /// The tail with all scores `0.0`.
    zeros: Slots,
    /// The position of each score's digit in `zeros`.
    digits: Vec<usize>,
    /// The text after the last score.
    close: Vec<u8>,
}

/// A text with a slot for each attribute: the text before its score, the score, and for the last one the text after it.
#[derive(Debug, Default)]
struct Slots {
    text: Vec<u8>,
    /// The end of each slot.
    bounds: Vec<usize>,
}

impl Slots {
    /// Adds a slot of several pieces.
    fn push(&mut self, pieces: &[&[u8]]) {
        self.text.extend(pieces.concat());
        self.bounds.push(self.text.len());
    }

    #[inline]
    fn start(&self, attribute: usize) -> usize {
        attribute.checked_sub(1).map_or(0, |before| self.bounds[before])
    }

    /// The slots of `count` attributes from the `first` one on.
    #[inline]
    fn slots(&self, first: usize, count: usize) -> &[u8] {
        &self.text[self.start(first)..self.bounds[first + count - 1]]
    }
}

impl ScoreTail {
    /// The tails of rows with each of `before` before a score, and `close` after the last one. A `missing` score is spelled
    /// as a number, or as a word.
    pub(crate) fn new(before: &[Vec<u8>], missing: f64, word: Option<&str>, close: &[u8]) -> Self {
        // With a word, both zeros are one; without, each keeps its spelling.
        let missing = if word.is_some() { missing + 0.0 } else { missing };
        let mut number = Vec::new();
        let spelled = word.map_or_else(
            || {
                append_score(&mut number, missing);
                &*number
            },
            str::as_bytes,
        );
        let (mut missing_tail, mut zeros, mut digits) = (Slots::default(), Slots::default(), Vec::new());
        let last = before.len() - 1;
        for (attribute, before) in before.iter().enumerate() {
            let close = if attribute == last { close } else { b"" };
            missing_tail.push(&[before, spelled, close]);
            digits.push(zeros.text.len() + before.len());
            zeros.push(&[before, b"0.0", close]);
        }
        Self {
            missing: missing.to_bits(),
            has_word: word.is_some(),
            missing_tail,
            zeros,
            digits,
            close: close.to_vec(),
        }
    }

    /// About the bytes of a tail.
    pub(crate) fn length(&self) -> usize {
        self.missing_tail.text.len()
    }

    /// Appends the slot of an attribute with a score that is no digit.
    #[inline(never)]
    #[allow(clippy::float_cmp)] // the same number is meant
    fn append_other(&self, bytes: &mut Vec<u8>, attribute: usize, score: f64) {
        if self.has_word && score == f64::from_bits(self.missing) {
            // A missing 0 in its other spelling.
            bytes.extend_from_slice(self.missing_tail.slots(attribute, 1));
            return;
        }
        bytes.extend_from_slice(&self.zeros.text[self.zeros.start(attribute)..self.digits[attribute]]);
        append_score(bytes, score);
        if attribute + 1 == self.digits.len() {
            bytes.extend_from_slice(&self.close);
        }
    }

    /// Appends the tail of a row with these scores, one for each attribute.
    #[inline]
    pub(crate) fn append(&self, bytes: &mut Vec<u8>, scores: &[f64]) {
        let mut at = 0;
        while at < scores.len() {
            let rest = &scores[at..];
            let missing = rest.iter().take_while(|score| score.to_bits() == self.missing).count();
            if missing > 0 {
                bytes.extend_from_slice(self.missing_tail.slots(at, missing));
                at += missing;
                continue;
            }
            // The missing score may be a digit itself.
            let is_digit = |score: f64| score.to_bits() != self.missing && digit(score).is_some();
            let digits = rest.iter().take_while(|&&score| is_digit(score)).count();
            if digits > 0 {
                let (from, to) = (self.zeros.start(at), bytes.len());
                bytes.extend_from_slice(self.zeros.slots(at, digits));
                for (&score, &place) in rest[..digits].iter().zip(&self.digits[at..]) {
                    bytes[to + place - from] += digit(score).unwrap_or(0);
                }
                at += digits;
                continue;
            }
            self.append_other(bytes, at, scores[at]);
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_cmp)] // the same number is meant
    fn stretches_of_scores_of_any_kind_give_what_each_gives_alone() {
        let kinds: [f64; 9] = [-100.0, 0.0, 7.0, 9.0, -0.0, 3.25, 10.0, 256.0, 1e-5];
        let before: Vec<_> = (0..4).map(|attribute| format!(", \"a{attribute}\": ").into_bytes()).collect();
        let missing =
            [-100.0_f64, 7.0, 0.0, -0.0].into_iter().flat_map(|missing| [(missing, None), (missing, Some("null"))]);
        for (missing, word) in missing {
            let tail = ScoreTail::new(&before, missing, word, b"}\n");
            for case in 0..9_usize.pow(4) {
                let scores: Vec<_> = (0..4).map(|place| kinds[case / 9_usize.pow(place) % 9]).collect();
                let mut expected = Vec::new();
                for (before, &score) in before.iter().zip(&scores) {
                    expected.extend_from_slice(before);
                    match word {
                        Some(word) if score == missing => expected.extend_from_slice(word.as_bytes()),
                        _ => append_score(&mut expected, score),
                    }
                }
                expected.extend_from_slice(b"}\n");
                let mut out = b"text".to_vec();
                tail.append(&mut out, &scores);
                assert_eq!(out.strip_prefix(b"text"), Some(&expected[..]), "{scores:?}");
            }
        }
    }
}
