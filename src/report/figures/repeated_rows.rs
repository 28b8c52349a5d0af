//! Rows that occur more than once, in bounded memory: each different row is known by a digest of 64 bits.
//!
//! Up to [`MAX_DIGESTS`] different rows are counted exactly. Of more, those are counted whose digest ends in as many zero
//! bits as it takes to have no more: a sample of the different rows that depends on them alone, and not on their order or on
//! how they were split and merged. A row of the sample is counted from its first time on, since every smaller sample
//! is a part of all larger ones.

use std::collections::HashMap;

/// The most digests that are kept: some 10 MB, and more rows than the published data sets have.
const MAX_DIGESTS: usize = 1 << 18;

/// How often each of some rows occurs.
#[derive(Debug, Clone)]
pub(crate) struct RepeatedRows {
    times: HashMap<u64, u64>,
    /// Digests of the sample end in this number of zero bits.
    zeros: u32,
    most: usize,
}

/// What there is to say of repeated rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Repeats {
    /// These are of a sample.
    pub(crate) is_sample: bool,
    /// Different rows.
    pub(crate) different: u64,
    /// All rows.
    pub(crate) rows: u64,
    /// Different rows that occur more than once.
    pub(crate) repeated: u64,
    /// How often the most frequent one occurs.
    pub(crate) most: u64,
    /// Different rows by how often they occur, with all of their rows: for each number of [`TIMES`] up to the next one.
    pub(crate) by_times: [(u64, u64); TIMES.len()],
}

/// The first number of each range of times that is counted.
pub(crate) const TIMES: [u64; 6] = [2, 3, 4, 6, 11, 101];

impl Default for RepeatedRows {
    fn default() -> Self {
        Self { times: HashMap::new(), zeros: 0, most: MAX_DIGESTS }
    }
}

impl RepeatedRows {
    /// Counts a row this number of times.
    #[inline]
    pub(crate) fn add(&mut self, digest: u64, times: u64) {
        if !self.samples(digest) || times == 0 {
            return;
        }
        let known = self.times.entry(digest).or_default();
        *known = known.saturating_add(times);
        while self.times.len() > self.most {
            self.zeros += 1;
            let zeros = self.zeros;
            self.times.retain(|digest, _| digest.trailing_zeros() >= zeros);
        }
    }

    /// Adds the rows of lines that follow.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.zeros > self.zeros {
            self.zeros = other.zeros;
            self.times.retain(|digest, _| digest.trailing_zeros() >= other.zeros);
        }
        other.times.iter().for_each(|(&digest, &times)| self.add(digest, times));
    }

    fn samples(&self, digest: u64) -> bool {
        digest.trailing_zeros() >= self.zeros
    }

    pub(crate) fn repeats(&self) -> Repeats {
        let mut repeats =
            Repeats { is_sample: self.zeros > 0, different: self.times.len() as u64, ..Repeats::default() };
        for &times in self.times.values() {
            repeats.rows = repeats.rows.saturating_add(times);
            repeats.most = repeats.most.max(times);
            if let Some(range) = TIMES.iter().rposition(|&first| times >= first) {
                repeats.repeated += 1;
                let (different, rows) = &mut repeats.by_times[range];
                *different += 1;
                *rows = rows.saturating_add(times);
            }
        }
        repeats
    }
}

impl Repeats {
    /// Rows that are equal to one before them.
    pub(crate) fn copies(&self) -> u64 {
        self.rows - self.different
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_most(most: usize) -> RepeatedRows {
        RepeatedRows { most, ..RepeatedRows::default() }
    }

    fn add_all(rows: &mut RepeatedRows, digests: &[u64]) {
        for &digest in digests {
            rows.add(digest, 1);
        }
    }

    /// Digests of rows, of which every third is there twice and every tenth four times.
    fn digests(random: &mut fastrand::Rng, different: usize) -> Vec<u64> {
        let mut digests = Vec::new();
        for row in 0..different {
            let digest = random.u64(..);
            let times = if row % 10 == 0 { 4 } else { 1 + usize::from(row % 3 == 0) };
            digests.extend([digest].repeat(times));
        }
        random.shuffle(&mut digests);
        digests
    }

    #[test]
    fn few_rows_are_counted_exactly() {
        let mut rows = RepeatedRows::default();
        for (digest, times) in [(8, 1), (1, 2), (8, 2), (5, 1), (1 << 40, 100), (6, 0)] {
            rows.add(digest, times);
        }
        let repeats = rows.repeats();
        assert_eq!((repeats.is_sample, repeats.different, repeats.rows, repeats.repeated), (false, 4, 106, 3));
        assert_eq!((repeats.copies(), repeats.most), (102, 100));
        assert_eq!(repeats.by_times, [(1, 2), (1, 3), (0, 0), (0, 0), (1, 100), (0, 0)]);
    }

    #[test]
    fn the_sample_does_not_depend_on_order_or_parts() {
        let mut random = fastrand::Rng::with_seed(12);
        for most in [1, 10, 100, 1000, 10_000] {
            let mut digests = digests(&mut random, 3000);
            let mut whole = with_most(most);
            add_all(&mut whole, &digests);
            assert!(whole.times.len() <= most);
            for part in [1, 7, 500, 10_000] {
                random.shuffle(&mut digests);
                let mut parts: Vec<_> = digests
                    .chunks(part)
                    .map(|digests| {
                        let mut rows = with_most(most);
                        add_all(&mut rows, digests);
                        rows
                    })
                    .collect();
                random.shuffle(&mut parts);
                let mut merged = with_most(most);
                for rows in &parts {
                    merged.merge(rows);
                }
                assert_eq!((&merged.times, merged.zeros), (&whole.times, whole.zeros), "{most} in parts of {part}");
                assert_eq!(merged.repeats(), whole.repeats());
            }
        }
    }

    #[test]
    fn a_sample_has_about_the_share_of_the_whole() {
        let mut random = fastrand::Rng::with_seed(13);
        let digests = digests(&mut random, 100_000);
        let (mut sample, mut whole) = (with_most(5000), with_most(usize::MAX));
        add_all(&mut sample, &digests);
        add_all(&mut whole, &digests);
        let share = |repeats: &Repeats| repeats.copies() as f64 / repeats.rows as f64;
        let (sample, whole) = (sample.repeats(), whole.repeats());
        assert!(sample.is_sample && !whole.is_sample && sample.different > 2000, "{sample:?}");
        assert!((share(&sample) - share(&whole)).abs() < 0.02, "{sample:?} of {whole:?}");
    }
}
