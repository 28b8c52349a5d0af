//! The distribution of an attribute's scores, in bounded memory: each value with its count, or, if there are too many values,
//! bins of equal width.
//!
//! The width of bins is a power of two, and they begin at multiples of it; it is the least width for which [`MAX_BINS`] bins
//! suffice. So the bins depend on the scores only, and not on how these were split and merged.

use std::collections::BTreeMap;

/// Values that are counted one by one.
const MAX_VALUES: usize = 64;

/// Bins that are kept: more than a chart has room for.
const MAX_BINS: i64 = 128;

/// The distribution of scores.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Distribution {
    /// Values with their counts, in the order in which they were met.
    Values(Vec<(f64, u64)>),
    /// Bins with their counts.
    Bins(Bins),
}

/// Counts of scores from `index * 2^exponent` on, by index.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bins {
    exponent: i32,
    counts: BTreeMap<i64, u64>,
}

impl Default for Distribution {
    fn default() -> Self {
        Self::Values(Vec::new())
    }
}

impl Distribution {
    /// Counts a score `count` times.
    #[inline]
    pub(crate) fn add(&mut self, score: f64, count: u64) {
        match self {
            Self::Values(values) => {
                #[allow(clippy::float_cmp)] // equal scores are one value
                if let Some((_, known)) = values.iter_mut().find(|(value, _)| *value == score) {
                    *known = known.saturating_add(count);
                } else if values.len() < MAX_VALUES {
                    // No negative zero.
                    values.push((score + 0.0, count));
                } else {
                    let mut bins = Bins::of(values);
                    bins.add(score, count);
                    *self = Self::Bins(bins);
                }
            }
            Self::Bins(bins) => bins.add(score, count),
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (_, Self::Values(values)) => {
                for &(score, count) in values {
                    self.add(score, count);
                }
            }
            (Self::Values(values), Self::Bins(bins)) => {
                let mut merged = bins.clone();
                for &(score, count) in values.iter() {
                    merged.add(score, count);
                }
                *self = Self::Bins(merged);
            }
            (Self::Bins(bins), Self::Bins(other)) => bins.merge(other),
        }
    }

    /// Each value with its count, from the lowest on; `None` if there are more than `most`.
    pub(crate) fn values(&self, most: usize) -> Option<Vec<(f64, u64)>> {
        match self {
            Self::Values(values) if values.len() <= most => {
                let mut values = values.clone();
                values.sort_by(|(a, _), (b, _)| a.total_cmp(b));
                Some(values)
            }
            _ => None,
        }
    }

    /// At most `most` bins of equal width without gaps, each as its start, its end and its count.
    pub(crate) fn bins(&self, most: i64) -> Vec<(f64, f64, u64)> {
        let mut bins = match self {
            Self::Values(values) if values.is_empty() => return Vec::new(),
            Self::Values(values) => Bins::of(values),
            Self::Bins(bins) => bins.clone(),
        };
        while bins.span() > most {
            bins.widen();
        }
        let (first, last) = bins.ends();
        // Beside the largest numbers, a bin would end beyond them.
        let start = |index: i64| (index as f64 * power(bins.exponent)).clamp(f64::MIN, f64::MAX);
        (first..=last).map(|at| (start(at), start(at + 1), bins.counts.get(&at).copied().unwrap_or(0))).collect()
    }
}

impl Bins {
    /// The bins of values, of which there must be at least one.
    fn of(values: &[(f64, u64)]) -> Self {
        let mut scores = values.iter().map(|&(score, _)| score);
        let first = scores.next().unwrap_or(0.0);
        let (low, high) = scores.fold((first, first), |(low, high), score| (low.min(score), high.max(score)));
        // The narrowest bins that need not be widened are near: the width is a power of two at or below this.
        let narrow = ((high / 2.0 - low / 2.0) / MAX_BINS as f64).max(f64::MIN_POSITIVE);
        let exponent = narrow.log2().floor() as i32 - 1;
        let mut bins = Self { exponent: exponent.max(LEAST_EXPONENT), counts: BTreeMap::new() };
        for &(score, count) in values {
            bins.add(score, count);
        }
        bins
    }

    fn add(&mut self, score: f64, count: u64) {
        while !self.holds(score) {
            self.widen();
        }
        let place = self.place(score) as i64;
        add(&mut self.counts, place, count);
    }

    /// True if the score has a bin among the most that are kept.
    fn holds(&self, score: f64) -> bool {
        let place = self.place(score);
        // Far from others, its place may be no number of 64 bits.
        if !(-1e18..1e18).contains(&place) {
            return false;
        }
        let place = place as i64;
        let (first, last) = if self.counts.is_empty() { (place, place) } else { self.ends() };
        last.max(place) - first.min(place) < MAX_BINS
    }

    /// The index of the bin of a score.
    fn place(&self, score: f64) -> f64 {
        let place = (score / power(self.exponent)).floor();
        // A number next to zero may be divided down to it.
        if score < 0.0 { place.min(-1.0) } else { place }
    }

    fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        loop {
            while self.exponent < other.exponent {
                self.widen();
            }
            while other.exponent < self.exponent {
                other.widen();
            }
            let ((a, b), (c, d)) = (self.ends(), other.ends());
            if b.max(d) - a.min(c) < MAX_BINS {
                break;
            }
            self.widen();
        }
        other.counts.iter().for_each(|(&index, &count)| add(&mut self.counts, index, count));
    }

    /// Doubles the width of the bins.
    fn widen(&mut self) {
        self.exponent += 1;
        let counts = std::mem::take(&mut self.counts);
        for (index, count) in counts {
            add(&mut self.counts, index.div_euclid(2), count);
        }
    }

    /// The indices of the first and the last bin.
    fn ends(&self) -> (i64, i64) {
        let first = self.counts.first_key_value().map_or(0, |(&index, _)| index);
        (first, self.counts.last_key_value().map_or(0, |(&index, _)| index))
    }

    fn span(&self) -> i64 {
        let (first, last) = self.ends();
        last - first + 1
    }
}

fn add(counts: &mut BTreeMap<i64, u64>, index: i64, count: u64) {
    let known = counts.entry(index).or_default();
    *known = known.saturating_add(count);
}

/// The least exponent of a bin's width: that of the smallest normal number.
const LEAST_EXPONENT: i32 = f64::MIN_EXP - 1;

/// `2^exponent`, which is exact.
fn power(exponent: i32) -> f64 {
    2_f64.powi(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scores: &[f64]) -> Distribution {
        let mut distribution = Distribution::default();
        for &score in scores {
            distribution.add(score, 1);
        }
        distribution
    }

    /// What does not depend on the order.
    fn figures(distribution: &Distribution) -> String {
        format!("{:?} {:?}", distribution.values(MAX_VALUES), distribution.bins(MAX_BINS))
    }

    #[test]
    fn parts_that_are_merged_are_the_whole_whatever_the_split() {
        let mut random = fastrand::Rng::with_seed(1);
        for round in 0..600 {
            let length = random.usize(1..400);
            let scores: Vec<f64> = (0..length)
                .map(|_| match round % 6 {
                    0 => f64::from(random.u8(0..5)),
                    1 => f64::from(random.u8(0..80)) / 4.0,
                    2 => random.f64(),
                    3 => (random.f64() - 0.5) * 10_f64.powi(random.i32(-300..300)),
                    4 => 1e15 + random.f64() * 40.0,
                    _ => [f64::MAX, f64::MIN, f64::MIN_POSITIVE, -0.0, 0.0, 5e-324][random.usize(..6)] * random.f64(),
                })
                .collect();
            let whole = of(&scores);
            let mut merged = Distribution::default();
            let mut rest = &scores[..];
            while !rest.is_empty() {
                let part;
                (part, rest) = rest.split_at(random.usize(1..=rest.len()));
                merged.merge(&of(part));
            }
            assert_eq!(figures(&merged), figures(&whole), "{scores:?}");
            let counted: u64 = whole.bins(30).iter().map(|&(_, _, count)| count).sum();
            assert_eq!(counted, length as u64);
            assert!(whole.bins(30).len() <= 30);
        }
    }

    #[test]
    fn bins_hold_the_scores_between_their_ends() {
        let scores: Vec<f64> = (0..1000).map(|number| f64::from(number) / 100.0).collect();
        for (start, end, count) in of(&scores).bins(40) {
            let naive = scores.iter().filter(|&&score| (start..end).contains(&score)).count();
            assert_eq!(count, naive as u64, "{start} to {end}");
        }
    }

    #[test]
    fn zeros_of_both_signs_are_one_value() {
        assert_eq!(of(&[-0.0, 0.0]).values(9).map(|values| format!("{values:?}")), Some("[(0.0, 2)]".to_owned()));
    }
}
