//! How far the scores of two attributes go together: Pearson's correlation over the rows that have both.
//!
//! Sums are of differences to the pair's first scores, so that scores far from zero lose nothing. Where scores
//! are whole numbers, or halves or quarters of them, all sums are exact, whatever the order.

/// The scores of two attributes, row by row.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Pair {
    /// Rows with both scores.
    pub(crate) count: u64,
    /// The scores of the first one.
    first: (f64, f64),
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Pair {
    #[inline]
    pub(crate) fn add(&mut self, x: f64, y: f64) {
        if self.count == 0 {
            self.first = (x, y);
        }
        let (x, y) = (x - self.first.0, y - self.first.1);
        self.count += 1;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.yy += y * y;
        self.xy += x * y;
    }

    /// Adds the rows that follow.
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.count == 0 {
            *self = *other;
            return;
        }
        // The other's sums, of differences to the first scores of this one.
        let n = other.count as f64;
        let (dx, dy) = if n > 0.0 { (other.first.0 - self.first.0, other.first.1 - self.first.1) } else { (0.0, 0.0) };
        self.count += other.count;
        self.x += other.x + n * dx;
        self.y += other.y + n * dy;
        self.xx += other.xx + 2.0 * dx * other.x + n * dx * dx;
        self.yy += other.yy + 2.0 * dy * other.y + n * dy * dy;
        self.xy += other.xy + dx * other.y + dy * other.x + n * dx * dy;
    }

    /// From −1 to 1; nothing if one of the attributes does not vary.
    pub(crate) fn correlation(&self) -> Option<f64> {
        let n = self.count as f64;
        let (xx, yy) = (self.xx - self.x * self.x / n, self.yy - self.y * self.y / n);
        let correlation = (self.xy - self.x * self.y / n) / (xx * yy).sqrt();
        // What does not vary leaves only what was rounded.
        let varies = |spread: f64, squares: f64| spread > 1e-12 * squares;
        let is_known = self.count > 1 && varies(xx, self.xx) && varies(yy, self.yy) && correlation.is_finite();
        is_known.then(|| correlation.clamp(-1.0, 1.0))
    }

    /// The mean and the standard deviation of the first attribute.
    pub(crate) fn mean_and_deviation(&self) -> Option<(f64, f64)> {
        let n = self.count as f64;
        let variance = (self.xx - self.x * self.x / n).max(0.0) / n;
        (self.count > 0).then(|| (self.first.0 + self.x / n, variance.sqrt()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[(f64, f64)]) -> Pair {
        let mut pair = Pair::default();
        for &(x, y) in rows {
            pair.add(x, y);
        }
        pair
    }

    /// In two passes.
    fn naive(rows: &[(f64, f64)]) -> f64 {
        let n = rows.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| rows.iter().map(of).sum::<f64>() / n;
        let (mean_x, mean_y) = (mean(|row| row.0), mean(|row| row.1));
        let sum = |of: &dyn Fn(f64, f64) -> f64| rows.iter().map(|&(x, y)| of(x - mean_x, y - mean_y)).sum::<f64>();
        sum(&|x, y| x * y) / (sum(&|x, _| x * x).sqrt() * sum(&|_, y| y * y).sqrt())
    }

    fn merged(rows: &[(f64, f64)], random: &mut fastrand::Rng) -> Pair {
        let mut merged = Pair::default();
        rows.chunks(random.usize(1..=rows.len())).for_each(|part| {
            merged.merge(&of(part));
            merged.merge(&Pair::default());
        });
        merged
    }

    #[test]
    fn correlations_are_those_of_two_passes_also_far_from_zero_and_after_an_outlier() {
        let mut random = fastrand::Rng::with_seed(5);
        for round in 0..300 {
            let (far, outlier) = ([0.0, 1e7, -1e9][round % 3], [0.0, 1e5][round % 2]);
            let mut rows: Vec<_> = (0..random.usize(3..500))
                .map(|_| (random.f64(), random.f64()))
                .map(|(x, noise)| (far + x, far + x * 0.5 + noise))
                .collect();
            rows[0].0 += outlier;
            let correlation = merged(&rows, &mut random).correlation().unwrap();
            assert!((correlation - naive(&rows)).abs() < 1e-6, "{correlation} for {}", naive(&rows));
        }
    }

    #[test]
    fn sums_of_small_whole_numbers_are_exact_whatever_the_split() {
        let mut random = fastrand::Rng::with_seed(6);
        for _ in 0..300 {
            let rows: Vec<_> = (0..random.usize(1..500))
                .map(|_| (f64::from(random.u8(0..5)), f64::from(random.u8(0..9)) / 2.0))
                .collect();
            assert_eq!(merged(&rows, &mut random), of(&rows));
        }
    }

    #[test]
    fn what_does_not_vary_has_no_correlation() {
        for rows in
            [&[][..], &[(1.0, 2.0)], &[(1.0, 2.0), (1.0, 3.0)], &[(0.1, 0.1); 3], &[(1e300, 1.0), (-1e300, 2.0)]]
        {
            assert_eq!(of(rows).correlation(), None, "{rows:?}");
        }
        let pair = of(&[(1.0, 2.0), (2.0, 1.0), (3.0, 0.0)]);
        assert_eq!(pair.correlation(), Some(-1.0));
        assert_eq!(pair.mean_and_deviation(), Some((2.0, (2.0_f64 / 3.0).sqrt())));
    }
}
