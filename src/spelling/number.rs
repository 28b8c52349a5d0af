//! Scores in the spelling of Python's `repr(float)`: the shortest digits that read back the same, of several the nearest, and
//! of two equally near the one with the even last digit.
//!
//! The digits come from [`zmij`]; Rust's own formatter rounds a tie in the last digit up. Python has an exponent below
//! 1e-4 and from 1e16 on, with its sign and at least two digits (`1e-05`, `1e+16`).

use std::fmt::{self, Display};

use super::characters::is_float_space;

/// Appends `score`, which must be finite, in the spelling of `repr(float)`: `3.0`, `0.25`, `1e-05`, `-0.0`.
pub(crate) fn append_score(out: &mut Vec<u8>, score: f64) {
    if let Some(digit) = digit(score) {
        out.extend_from_slice(&[b'0' + digit, b'.', b'0']);
        return;
    }
    for piece in pieces(&mut zmij::Buffer::new(), score) {
        out.extend_from_slice(piece.as_bytes());
    }
}

/// The digit whose value a score has, as nearly every score does; `-0.0` has none.
#[inline]
pub(crate) fn digit(score: f64) -> Option<u8> {
    let digit = score as u8;
    (digit < 10 && f64::from(digit).to_bits() == score.to_bits()).then_some(digit)
}

/// The spelling of a finite score, in pieces.
fn pieces(buffer: &mut zmij::Buffer, score: f64) -> [&str; 5] {
    let spelled = buffer.format_finite(score);
    if let Some((mantissa, exponent)) = spelled.split_once('e') {
        let (sign, digits) = match exponent.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("+", exponent.trim_start_matches('+')),
        };
        return [mantissa, "e", sign, if digits.len() == 1 { "0" } else { "" }, digits];
    }
    if score == 0.0 || score.abs() >= 1e-4 {
        return [spelled, "", "", "", ""];
    }
    // `zmij` writes its first exponent later than Python.
    let (sign, size) = spelled.split_at(usize::from(score < 0.0));
    let (first, rest) = size.trim_start_matches(['0', '.']).split_at(1);
    [sign, first, if rest.is_empty() { "" } else { "." }, rest, "e-05"]
}

/// The finite decimal number that Python's `float` reads, with or without white space around it.
pub(crate) fn parse_score(spelled: &str) -> Option<f64> {
    // Nearly every score is one digit.
    if let &[digit @ b'0'..=b'9'] = spelled.as_bytes() {
        return Some(f64::from(digit - b'0'));
    }
    let trimmed = spelled.trim_matches(is_float_space);
    // Rust reads what Python reads, but also the words `inf` and `nan` in several spellings.
    if !trimmed.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    trimmed.parse::<f64>().ok().filter(|score| score.is_finite())
}

/// Displays a score in Python's spelling; infinities are `inf` and `-inf`, in Python as in Rust.
pub(crate) struct Spelled(pub(crate) f64);

impl Display for Spelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_finite() {
            return write!(f, "{}", self.0);
        }
        pieces(&mut zmij::Buffer::new(), self.0).into_iter().try_for_each(|piece| f.write_str(piece))
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
            (8.000_015_258_789_062, "8.000015258789062"),
            (79_537_363_366_788.62, "79537363366788.62"),
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
