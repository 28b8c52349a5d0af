//! A score as Python's `repr(float)` spells it: the shortest digits that read back the same, of several the nearest, and
//! of two equally near the one with the even last digit.
//!
//! The digits come from [`zmij`]; Rust's own formatter rounds a tie in the last digit up. Python has an exponent below
//! 1e-4 and from 1e16 on, with its sign and at least two digits (`1e-05`, `1e+16`).

use std::fmt::{self, Display};

/// Appends `score`, which must be finite, as `repr(float)` spells it: `3.0`, `0.25`, `1e-05`, `-0.0`.
pub(crate) fn append_score(out: &mut Vec<u8>, score: f64) {
    // Nearly every score is a small whole number. (`-0.0` equals 0.0 but has other bits.)
    const DIGITS: [f64; 10] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
    let digit = score as u8;
    if (digit as usize) < DIGITS.len() && score.to_bits() == DIGITS[digit as usize].to_bits() {
        out.extend_from_slice(&[b'0' + digit, b'.', b'0']);
        return;
    }
    let mut buffer = zmij::Buffer::new();
    let spelled = buffer.format_finite(score).as_bytes();
    if let Some(e) = spelled.iter().position(|&byte| byte == b'e') {
        let (mantissa, exponent) = (&spelled[..e], &spelled[e + 1..]);
        let (sign, digits) = match exponent {
            [sign @ (b'-' | b'+'), digits @ ..] => (*sign, digits),
            digits => (b'+', digits),
        };
        out.extend_from_slice(mantissa);
        out.extend_from_slice(&[b'e', sign]);
        if digits.len() == 1 {
            out.push(b'0');
        }
        out.extend_from_slice(digits);
    } else if score != 0.0 && score.abs() < 1e-4 {
        // `zmij` has no exponent yet where Python has the first one.
        let (sign, size) = spelled.split_at(usize::from(score < 0.0));
        let digits = size.strip_prefix(b"0.0000").unwrap_or(size);
        out.extend_from_slice(sign);
        out.push(digits[0]);
        if digits.len() > 1 {
            out.push(b'.');
            out.extend_from_slice(&digits[1..]);
        }
        out.extend_from_slice(b"e-05");
    } else {
        out.extend_from_slice(spelled);
    }
}

/// A score within a text; infinities are `inf` and `-inf`, in Python as in Rust.
pub(crate) struct Spelled(pub(crate) f64);

impl Display for Spelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_finite() {
            return write!(f, "{}", self.0);
        }
        let mut spelled = Vec::new();
        append_score(&mut spelled, self.0);
        f.write_str(str::from_utf8(&spelled).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_spelled_as_python_spells_them() {
        let cases: [(f64, &str); 28] = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (3.0, "3.0"),
            (9.0, "9.0"),
            (10.0, "10.0"),
            (-1.0, "-1.0"),
            (-100.0, "-100.0"),
            (256.0, "256.0"),
            (259.0, "259.0"),
            (3.25, "3.25"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.3333333333333333"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (0.000_099, "9.9e-05"),
            (-0.000_012_345, "-1.2345e-05"),
            (0.000_009_9, "9.9e-06"),
            (1.5e-7, "1.5e-07"),
            (1e-10, "1e-10"),
            (5e-324, "5e-324"),
            // Ties in the last digit.
            (8.000_015_258_789_062_5, "8.000015258789062"),
            (79_537_363_366_788.625, "79537363366788.62"),
            // 2^-44, whose nearest 16 digits are read as another number.
            (1.0 / 17_592_186_044_416.0, "5.684341886080802e-14"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.25e22, "1.25e+22"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
            (-1e100, "-1e+100"),
        ];
        for (score, spelled) in cases {
            let mut out = Vec::new();
            append_score(&mut out, score);
            assert_eq!(String::from_utf8(out).unwrap(), spelled);
            assert_eq!(Spelled(score).to_string(), spelled);
        }
    }
}
