//! A score as Python's `repr(float)` spells it.
//!
//! Rust's `{:?}` and Python's `repr` both give the shortest digits that read back the same, and both change
//! to an exponent below 1e-4 and from 1e16 on. They differ in one point: Python writes the exponent with its
//! sign and at least two digits (`1e-05`, `1e+16`).

use std::io::Write as _;

/// Appends `score`, which must be finite, as `repr(float)` spells it: `3.0`, `0.25`, `1e-05`, `-0.0`.
pub(crate) fn append_score(out: &mut Vec<u8>, score: f64) {
    // Nearly every score is a small whole number. (`-0.0` equals 0.0 but has other bits.)
    const DIGITS: [f64; 10] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
    let digit = score as u8;
    if (digit as usize) < DIGITS.len() && score.to_bits() == DIGITS[digit as usize].to_bits() {
        out.extend_from_slice(&[b'0' + digit, b'.', b'0']);
        return;
    }
    let start = out.len();
    write!(out, "{score:?}").expect("a vector takes every write");
    let Some(e) = out[start..].iter().position(|&byte| byte == b'e') else {
        return;
    };
    let exponent = start + e + 1;
    if out[exponent] != b'-' {
        out.insert(exponent, b'+');
    }
    let digits = exponent + 1;
    if out.len() - digits == 1 {
        out.insert(digits, b'0');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_spelled_as_python_spells_them() {
        let cases: [(f64, &str); 22] = [
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
            (1.5e-7, "1.5e-07"),
            (1e-10, "1e-10"),
            (5e-324, "5e-324"),
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
        }
    }
}
