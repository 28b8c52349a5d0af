//! Means, deviations and correlations: how the scores of an attribute vary, and how far the scores of two attributes rise and
//! fall together (Pearson, over the rows that have both). All sums are exact, so no figure depends on the order of the rows.

use crate::exact::{Number, Score, Sum};

/// The moments of an attribute's scores.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Moments {
    pub(crate) count: u64,
    x: Sum,
    xx: Sum,
}

/// The moments of the scores of two attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Pair {
    /// Rows with both scores.
    pub(crate) count: u64,
    x: Sum,
    y: Sum,
    xx: Sum,
    yy: Sum,
    xy: Sum,
}

impl Moments {
    /// Adds `times` rows.
    #[inline]
    pub(crate) fn add(&mut self, score: Score, times: u64) {
        self.count = self.count.saturating_add(times);
        self.x.add(score, times);
        self.xx.add_product(score, score, times);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.x.merge(&other.x);
        self.xx.merge(&other.xx);
    }

    /// The mean and the standard deviation of the population.
    pub(crate) fn mean_and_deviation(&self) -> Option<(f64, f64)> {
        let (n, x) = (Number::whole(self.count), self.x.total());
        (self.count > 0).then(|| (x.over(&n), spread(&n, &x, &x, &self.xx).root_over(&n.times(&n))))
    }
}

impl Pair {
    /// Adds `times` rows.
    #[inline]
    pub(crate) fn add(&mut self, x: Score, y: Score, times: u64) {
        self.count = self.count.saturating_add(times);
        self.x.add(x, times);
        self.y.add(y, times);
        self.xx.add_product(x, x, times);
        self.yy.add_product(y, y, times);
        self.xy.add_product(x, y, times);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.x.merge(&other.x);
        self.y.merge(&other.y);
        self.xx.merge(&other.xx);
        self.yy.merge(&other.yy);
        self.xy.merge(&other.xy);
    }

    /// The correlation, from −1 to 1; `None` if one of the attributes does not vary.
    pub(crate) fn correlation(&self) -> Option<f64> {
        let (n, x, y) = (Number::whole(self.count), self.x.total(), self.y.total());
        let (xx, yy, xy) = (spread(&n, &x, &x, &self.xx), spread(&n, &y, &y, &self.yy), spread(&n, &x, &y, &self.xy));
        let size = (!xx.is_zero() && !yy.is_zero()).then(|| xy.times(&xy).root_over(&xx.times(&yy)))?;
        Some(if xy.is_negative() { -size } else { size })
    }
}

/// The covariance, times the square of `n`.
fn spread(n: &Number, x: &Number, y: &Number, xy: &Sum) -> Number {
    n.times(&xy.total()).minus(&x.times(y))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[(f64, f64)]) -> (Pair, Moments) {
        let (mut pair, mut moments) = (Pair::default(), Moments::default());
        for &(x, y) in rows {
            pair.add(Score::new(x), Score::new(y), 1);
            moments.add(Score::new(x), 1);
        }
        (pair, moments)
    }

    #[test]
    fn parts_that_are_merged_are_the_whole_whatever_the_order() {
        let mut random = fastrand::Rng::with_seed(6);
        for round in 0..200 {
            let mut score = || match round % 4 {
                0 => f64::from(random.u8(0..5)),
                1 => f64::from(random.u8(0..9)) / 10.0,
                2 => random.f64() * 10_f64.powi(random.i32(-20..20)),
                _ => f64::from_bits(random.u64(..)),
            };
            let rows: Vec<_> =
                (0..200).map(|_| (score(), score())).filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
            let whole = of(&rows);
            let mut shuffled = rows.clone();
            random.shuffle(&mut shuffled);
            let mut merged = (Pair::default(), Moments::default());
            for part in shuffled.chunks(random.usize(1..=rows.len())) {
                let part = of(part);
                merged.0.merge(&part.0);
                merged.1.merge(&part.1);
            }
            assert_eq!(merged, whole);
            assert_eq!(merged.0.correlation(), whole.0.correlation());
            assert_eq!(merged.1.mean_and_deviation(), whole.1.mean_and_deviation());
        }
    }

    /// By CPython's `fractions`.
    #[test]
    fn figures_are_those_of_fractions() {
        let near = |figure: f64, exact: f64| (figure - exact).abs() <= exact.abs() * 4e-16;
        let mut compared = 0;
        for case in include_str!("../../../tests/golden_figures.jsonl").lines() {
            let case: serde_json::Value = serde_json::from_str(case).unwrap();
            let number = |spelled: &serde_json::Value| spelled.as_str().unwrap().parse::<f64>().unwrap();
            let scores = |key| case[key].as_array().unwrap().iter().map(number);
            let (pair, moments) = of(&scores("x").zip(scores("y")).collect::<Vec<_>>());
            let (mean, deviation) = moments.mean_and_deviation().unwrap();
            assert_eq!(mean.to_bits(), number(&case["mean"]).to_bits(), "{case}");
            assert!(near(deviation, number(&case["deviation"])), "{deviation} for {case}");
            match pair.correlation() {
                None => assert!(case["correlation"].is_null(), "{case}"),
                Some(correlation) => {
                    assert!(near(correlation, number(&case["correlation"])), "{correlation} for {case}");
                    assert!((-1.0..=1.0).contains(&correlation));
                }
            }
            compared += 1;
        }
        assert!(compared > 150, "{compared}");
    }

    #[test]
    fn what_does_not_vary_has_no_correlation() {
        for rows in
            [&[][..], &[(1.0, 2.0)], &[(1.0, 2.0), (1.0, 3.0)], &[(0.1, 0.1); 3], &[(1e300, 0.1), (-1e300, 0.1)]]
        {
            assert_eq!(of(rows).0.correlation(), None, "{rows:?}");
        }
        assert_eq!(of(&[(1.0, 2.0), (2.0, 1.0), (3.0, 0.0)]).0.correlation(), Some(-1.0));
        assert_eq!(of(&[(1e308, 5e-324), (-1e308, 0.0)]).0.correlation(), Some(1.0));
    }
}
