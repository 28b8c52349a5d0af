//! The lengths of texts: a histogram whose buckets grow with the length, so that it is small for any lengths.
//!
//! Each octave, from a power of two to the next, has [`PER_OCTAVE`] buckets. So a percentile is within [`ERROR`] of the true
//! one, and the number of texts that are longer than a power of two is exact.

/// Buckets from a power of two to the next.
const PER_OCTAVE: u64 = 64;

/// The largest error of a percentile, as a share of the percentile: half a bucket.
pub(crate) const ERROR: f64 = 0.5 / PER_OCTAVE as f64;

/// A histogram of lengths.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Lengths {
    /// The number of texts in each bucket. A bucket includes its upper end and not its lower one; the first includes 0 as well.
    buckets: Vec<u64>,
    /// Texts of length 0.
    empty: u64,
    pub(crate) count: u64,
    sum: u128,
    pub(crate) most: u64,
    /// The least length; `None` before the first text.
    least: Option<u64>,
}

impl Lengths {
    /// Counts a text of this length `times` times.
    #[inline]
    pub(crate) fn add(&mut self, length: u64, times: u64) {
        let bucket = bucket(length);
        if bucket >= self.buckets.len() {
            self.buckets.resize(bucket + 1, 0);
        }
        let add = |count: &mut u64| *count = count.saturating_add(times);
        add(&mut self.buckets[bucket]);
        add(&mut self.count);
        if length == 0 {
            add(&mut self.empty);
        }
        self.sum = self.sum.saturating_add(u128::from(length) * u128::from(times));
        self.most = self.most.max(length);
        self.least = Some(self.least().min(length));
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if other.buckets.len() > self.buckets.len() {
            self.buckets.resize(other.buckets.len(), 0);
        }
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(count, other)| *count = count.saturating_add(*other));
        self.count = self.count.saturating_add(other.count);
        self.empty = self.empty.saturating_add(other.empty);
        self.sum = self.sum.saturating_add(other.sum);
        self.most = self.most.max(other.most);
        self.least = self.least.into_iter().chain(other.least).min();
    }

    pub(crate) fn least(&self) -> u64 {
        self.least.unwrap_or(u64::MAX)
    }

    /// The mean, rounded down.
    pub(crate) fn mean(&self) -> u64 {
        (self.sum / u128::from(self.count.max(1))) as u64
    }

    /// The length that a share of the texts do not exceed (nearest rank), within [`ERROR`].
    pub(crate) fn percentile(&self, share: f64) -> u64 {
        let rank = ((share * self.count as f64).ceil() as u64).clamp(1, self.count.max(1));
        let mut counted = 0;
        let found = self.buckets.iter().position(|&count| {
            counted = count.saturating_add(counted);
            counted >= rank
        });
        let Some(found) = found else { return 0 };
        // The ranks at both ends are known exactly.
        match rank {
            1 => self.least(),
            _ if rank == self.count => self.most,
            _ if rank <= self.empty => 0,
            _ => u64::midpoint(lower(found) + 1, lower(found + 1)).clamp(self.least(), self.most),
        }
    }

    /// The number of texts that are longer than a power of two.
    pub(crate) fn over(&self, power: u64) -> u64 {
        debug_assert!(power.is_power_of_two());
        self.buckets.iter().skip(bucket(power) + 1).sum()
    }

    /// The histogram with `per_octave` buckets for each octave, which must be a power of two. A bucket is its ends and its
    /// count; empty buckets before the first text are left out.
    pub(crate) fn histogram(&self, per_octave: u64) -> Vec<(u64, u64, u64)> {
        let width = (PER_OCTAVE / per_octave) as usize;
        let wide = self.buckets.chunks(width).enumerate();
        let wide = wide.map(|(at, counts)| (lower(at * width), lower((at + 1) * width), counts.iter().sum()));
        wide.skip_while(|&(_, _, count)| count == 0).collect()
    }
}

/// The bucket of a length.
#[inline]
fn bucket(length: u64) -> usize {
    let below = length.saturating_sub(1);
    let octave = u64::from((below | PER_OCTAVE).ilog2() - PER_OCTAVE.ilog2());
    (octave * PER_OCTAVE + (below >> octave)) as usize
}

/// The lower end of a bucket, which is in the bucket before.
fn lower(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let octave = (bucket / PER_OCTAVE).saturating_sub(1);
    (bucket - octave * PER_OCTAVE) << octave
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lengths: &[u64]) -> Lengths {
        let mut all = Lengths::default();
        for &length in lengths {
            all.add(length, 1);
        }
        all
    }

    fn random_lengths(random: &mut fastrand::Rng) -> Vec<u64> {
        let (count, bits) = (random.usize(1..2000), random.u32(1..40));
        let mut length = || {
            let bits = random.u32(0..bits);
            random.u64(1..=1 << bits)
        };
        (0..count).map(|_| length()).collect()
    }

    #[test]
    fn percentiles_are_near_those_of_sorted_lengths() {
        let mut random = fastrand::Rng::with_seed(2);
        for _ in 0..200 {
            let mut sorted = random_lengths(&mut random);
            let lengths = of(&sorted);
            sorted.sort_unstable();
            for share in [0.0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0] {
                let rank = ((share * sorted.len() as f64).ceil() as usize).max(1);
                let (exact, near) = (sorted[rank - 1] as f64, lengths.percentile(share) as f64);
                assert!((near - exact).abs() <= ERROR * exact, "{share}: {near} for {exact}");
            }
        }
    }

    #[test]
    fn how_many_are_over_a_power_of_two_is_exact() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..200 {
            let lengths = random_lengths(&mut random);
            for power in (0..40).map(|exponent| 1 << exponent) {
                let naive = lengths.iter().filter(|&&length| length > power).count();
                assert_eq!(of(&lengths).over(power), naive as u64, "{power}");
            }
            let histogram = of(&lengths).histogram(8);
            assert_eq!(histogram.iter().map(|&(_, _, count)| count).sum::<u64>(), lengths.len() as u64);
            for (low, high, count) in histogram {
                let naive = lengths.iter().filter(|&&length| low < length && length <= high).count();
                assert_eq!(count, naive as u64, "{low} to {high}");
            }
        }
    }

    #[test]
    fn parts_that_are_merged_are_the_whole() {
        let mut random = fastrand::Rng::with_seed(4);
        for _ in 0..200 {
            let lengths = random_lengths(&mut random);
            let mut merged = Lengths::default();
            lengths.chunks(random.usize(1..100)).for_each(|part| merged.merge(&of(part)));
            assert_eq!(merged, of(&lengths));
        }
    }
}
