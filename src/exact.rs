//! Exact sums of scores and of products of scores, and figures of them that are rounded once.
//!
//! So no figure depends on the order of the rows, on the chunks or on the threads, and none overflows: the sum of two
//! scores of 1e308 is an ordinary number here.

use num_bigint::{BigInt, BigUint, Sign};

/// The exponent of the unit of a [`Score`], `2^-10`. The unit of a sum is the square of that.
const UNIT: i32 = -10;

/// Bits of a digit of [`Wide`].
const DIGIT: i32 = 32;
const MASK: i64 = (1 << DIGIT) - 1;

/// Additions after which digits are carried: before any of them can overflow.
const CARRY_AFTER: u32 = if cfg!(test) { 100 } else { 1 << 28 };

/// A score to be summed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Score {
    value: f64,
    /// The value in units, if it is a small multiple of the unit. Nearly every score is.
    units: Option<i32>,
}

impl Score {
    /// The score of a finite number.
    #[inline]
    pub(crate) fn new(value: f64) -> Self {
        let scaled = value * 1024.0;
        // `as` rounds and saturates, and then the result is another number.
        let units = scaled as i32;
        #[allow(clippy::float_cmp)] // it is the same number or it is not
        Self { value, units: (f64::from(units) == scaled).then_some(units) }
    }

    /// The mantissa and the exponent, without the sign.
    fn parts(self) -> (u64, i32) {
        let bits = self.value.to_bits();
        let (exponent, fraction) = (((bits >> 52) & 0x7ff) as i32, bits & ((1 << 52) - 1));
        if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
    }
}

/// A sum of scores, or of products of two scores.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sum {
    /// The sum of the small multiples of the squared unit.
    units: i64,
    /// The sum of the rest.
    wide: Option<Box<Wide>>,
}

impl Sum {
    /// Adds a score `times` times.
    #[inline]
    pub(crate) fn add(&mut self, score: Score, times: u64) {
        match score.units {
            Some(units) => self.add_units(i64::from(units) << -UNIT, times),
            None => self.add_wide(score, times),
        }
    }

    /// Adds the product of two scores `times` times.
    #[inline]
    pub(crate) fn add_product(&mut self, x: Score, y: Score, times: u64) {
        match (x.units, y.units) {
            (Some(x), Some(y)) => self.add_units(i64::from(x) * i64::from(y), times),
            _ => self.add_wide_product(x, y, times),
        }
    }

    #[inline]
    fn add_units(&mut self, units: i64, times: u64) {
        match self.units.checked_add(units) {
            Some(sum) if times == 1 => self.units = sum,
            _ => self.add_many_units(units, times),
        }
    }

    #[inline(never)]
    fn add_many_units(&mut self, units: i64, times: u64) {
        let all = i64::try_from(times).ok().and_then(|times| times.checked_mul(units));
        match all.and_then(|units| self.units.checked_add(units)) {
            Some(sum) => self.units = sum,
            None => self.wide().add(units < 0, units.unsigned_abs().into(), 2 * UNIT, times),
        }
    }

    #[inline(never)]
    fn add_wide(&mut self, score: Score, times: u64) {
        let (mantissa, exponent) = score.parts();
        self.wide().add(score.value < 0.0, mantissa.into(), exponent, times);
    }

    #[inline(never)]
    fn add_wide_product(&mut self, x: Score, y: Score, times: u64) {
        let ((x_mantissa, x_exponent), (y_mantissa, y_exponent)) = (x.parts(), y.parts());
        let mantissa = u128::from(x_mantissa) * u128::from(y_mantissa);
        self.wide().add((x.value < 0.0) != (y.value < 0.0), mantissa, x_exponent + y_exponent, times);
    }

    fn wide(&mut self) -> &mut Wide {
        self.wide.get_or_insert_default()
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if let Some(units) = self.units.checked_add(other.units) {
            self.units = units;
        } else {
            self.wide().add(other.units < 0, other.units.unsigned_abs().into(), 2 * UNIT, 1);
        }
        if let Some(other) = &other.wide {
            self.wide().merge(other);
        }
    }

    /// Sets the sum to zero and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.units = 0;
        if let Some(wide) = &mut self.wide {
            wide.clear();
        }
    }

    pub(crate) fn total(&self) -> Number {
        let units = Number { mantissa: self.units.into(), exponent: 2 * UNIT };
        self.wide.as_ref().map_or(units.clone(), |wide| units.plus(&wide.total()))
    }
}

impl PartialEq for Sum {
    fn eq(&self, other: &Self) -> bool {
        self.total().minus(&other.total()).is_zero()
    }
}

/// A number of any size: digits of 32 bits, which are carried once in many additions.
#[derive(Debug, Clone, Default)]
struct Wide {
    /// The place of the first digit, whose unit is `2^(32 low)`.
    low: i32,
    digits: Vec<i64>,
    /// Additions since the last carry.
    additions: u32,
}

impl Wide {
    #[inline]
    fn add(&mut self, is_negative: bool, mantissa: u128, exponent: i32, times: u64) {
        if times == 1 {
            return self.add_once(is_negative, mantissa, exponent);
        }
        for (factor, more) in [(times as u32, 0), ((times >> DIGIT) as u32, DIGIT)] {
            for (half, more) in [(mantissa as u64, more), ((mantissa >> 64) as u64, more + 64)] {
                self.add_once(is_negative, u128::from(half) * u128::from(factor), exponent + more);
            }
        }
    }

    fn add_once(&mut self, is_negative: bool, mantissa: u128, exponent: i32) {
        self.make_room();
        let (place, shift) = (exponent.div_euclid(DIGIT), exponent.rem_euclid(DIGIT));
        let (rest, last) = (mantissa << shift, (mantissa >> 96 >> (DIGIT - shift)) as u32);
        let new = [rest as u32, (rest >> 32) as u32, (rest >> 64) as u32, (rest >> 96) as u32, last].map(i64::from);
        let sign = if is_negative { -1 } else { 1 };
        self.digits(place).iter_mut().zip(new).for_each(|(digit, new)| *digit += sign * new);
    }

    fn merge(&mut self, other: &Self) {
        self.make_room();
        for (at, &digit) in (other.low..).zip(&other.digits) {
            let [first, second, ..] = self.digits(at);
            *first += digit & MASK;
            *second += digit >> DIGIT;
        }
    }

    fn clear(&mut self) {
        self.digits.clear();
        self.additions = 0;
    }

    /// The digits from a place on.
    #[inline]
    fn digits(&mut self, place: i32) -> &mut [i64; 5] {
        // Below the first one, this is large.
        let index = (place - self.low) as u32 as usize;
        if index + 5 > self.digits.len() {
            self.widen(place);
        }
        self.digits[(place - self.low) as usize..].first_chunk_mut().expect("it is wide enough")
    }

    #[cold]
    fn widen(&mut self, place: i32) {
        if self.digits.is_empty() {
            self.low = place;
        }
        if place < self.low {
            self.digits.splice(0..0, (place..self.low).map(|_| 0));
            self.low = place;
        }
        let length = (place - self.low) as usize + 5;
        self.digits.resize(length.max(self.digits.len()), 0);
    }

    /// Carries digits when they have taken many additions, each of less than `2^32`.
    fn make_room(&mut self) {
        self.additions += 1;
        if self.additions < CARRY_AFTER {
            return;
        }
        self.additions = 1;
        let mut carried = 0;
        for digit in &mut self.digits {
            let sum = *digit + carried;
            (*digit, carried) = (sum & MASK, sum >> DIGIT);
        }
        self.digits.push(carried);
    }

    fn total(&self) -> Number {
        let mantissa = self.digits.iter().rev().fold(BigInt::ZERO, |sum, &digit| (sum << DIGIT) + digit);
        Number { mantissa, exponent: self.low * DIGIT }
    }
}

/// `mantissa * 2^exponent`.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    mantissa: BigInt,
    exponent: i32,
}

impl Number {
    pub(crate) fn whole(number: u64) -> Self {
        Self { mantissa: number.into(), exponent: 0 }
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.mantissa.sign() == Sign::NoSign
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.mantissa.sign() == Sign::Minus
    }

    pub(crate) fn times(&self, other: &Self) -> Self {
        Self { mantissa: &self.mantissa * &other.mantissa, exponent: self.exponent + other.exponent }
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        let mantissa = |of: &Self| &of.mantissa << (of.exponent - exponent);
        Self { mantissa: mantissa(self) + mantissa(other), exponent }
    }

    pub(crate) fn minus(&self, other: &Self) -> Self {
        self.plus(&Self { mantissa: -&other.mantissa, exponent: other.exponent })
    }

    /// The quotient, rounded once, half to even. The divisor must not be zero, and the quotient no larger than a score.
    pub(crate) fn over(&self, divisor: &Self) -> f64 {
        let Some((bits, exponent)) = self.quotient(divisor) else { return 0.0 };
        // A double of this size has the other bits.
        let dropped = (64 - 53).max(-1074 - exponent);
        let Some(mut mantissa) = (dropped <= 64).then(|| bits.checked_shr(dropped as u32).unwrap_or(0)) else {
            return 0.0;
        };
        let (rest, half) = (bits - mantissa.checked_shl(dropped as u32).unwrap_or(0), 1 << (dropped - 1));
        mantissa += u64::from(rest > half || (rest == half && mantissa % 2 == 1));
        // The bit that doubles leave out adds one to the exponent.
        let size = f64::from_bits((((exponent + dropped + 1074) as u64) << 52) + mantissa);
        if self.is_negative() == divisor.is_negative() { size } else { -size }
    }

    /// The square root of the quotient, which must not be negative.
    pub(crate) fn root_over(&self, divisor: &Self) -> f64 {
        let Some((bits, exponent)) = self.quotient(divisor) else { return 0.0 };
        let half = exponent.div_euclid(2);
        let root = (bits as f64 * f64::from(1 + exponent.rem_euclid(2))).sqrt();
        // In two steps, each of which is a double.
        let step = half.max(-1022);
        root * 2_f64.powi(step) * 2_f64.powi(half - step)
    }

    /// The absolute value of the quotient: its first 64 bits, of which the last one is also set if any later bit is, and their
    /// exponent. `None` for zero.
    fn quotient(&self, divisor: &Self) -> Option<(u64, i32)> {
        if self.is_zero() {
            return None;
        }
        let (size, by) = (self.mantissa.magnitude(), divisor.mantissa.magnitude());
        let shift = 65 - (size.bits() as i32 - by.bits() as i32);
        // 65 bits or 66.
        let (size, by) = (shifted(size, shift), shifted(by, -shift));
        let (quotient, rest) = (&size / &by, &size % &by);
        let many = quotient.bits() as i32 - 64;
        let first = u64::try_from(&quotient >> many).ok()?;
        let is_exact = rest == BigUint::ZERO && &quotient >> many << many == quotient;
        Some((first | u64::from(!is_exact), self.exponent - divisor.exponent - shift + many))
    }
}

/// The number shifted left by `bits`, or unchanged if `bits` is negative.
fn shifted(number: &BigUint, bits: i32) -> BigUint {
    number << bits.max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_that_are_wide_are_those_of_small_units() {
        let mut random = fastrand::Rng::with_seed(3);
        let (mut sum, mut wide) = (Sum::default(), Sum::default());
        for _ in 0..10_000 {
            let mut score = || Score::new(f64::from(random.i32(-9000..9000)) / 1024.0);
            let (x, y) = (score(), score());
            let [x_wide, y_wide] = [x, y].map(|score| Score { units: None, ..score });
            let times = [1, 1, 2, 1 << 20, u64::MAX][random.usize(..5)];
            sum.add(x, times);
            wide.add(x_wide, times);
            sum.add_product(x, y, times);
            wide.add_product(x_wide, y_wide, times);
            if random.u8(..) < 10 {
                let mut merged = Sum::default();
                merged.merge(&wide);
                merged.merge(&Sum::default());
                wide = merged;
            }
        }
        assert_eq!(sum, wide);
        wide.add(Score::new(5e-324), 1);
        assert_ne!(sum, wide);
        wide.add(Score::new(-5e-324), 1);
        assert_eq!(sum, wide);
        wide.clear();
        assert_eq!(wide, Sum::default());
    }

    #[test]
    fn nothing_is_lost_between_the_largest_and_the_least() {
        let mut sum = Sum::default();
        let scores = [f64::MAX, 1.0, -5e-324, f64::MAX, -1.0, f64::MIN, 1e-300, 3.0, f64::MIN, -1e-300, 5e-324];
        for score in scores {
            sum.add(Score::new(score), u64::MAX);
        }
        assert_eq!(sum.total().over(&Number::whole(u64::MAX)).to_bits(), 3_f64.to_bits());
    }
}
