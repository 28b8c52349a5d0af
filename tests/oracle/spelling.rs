//! How Python spells strings and floats: `json.dumps(…, ensure_ascii=False)` and `repr`.

use std::fmt::Write as _;

/// A JSON string with its quotes.
pub(super) fn python_string(text: &str) -> String {
    let mut spelled = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => spelled += "\\\"",
            '\\' => spelled += "\\\\",
            '\n' => spelled += "\\n",
            '\r' => spelled += "\\r",
            '\t' => spelled += "\\t",
            '\u{8}' => spelled += "\\b",
            '\u{c}' => spelled += "\\f",
            '\0'..='\u{1f}' => write!(spelled, "\\u{:04x}", u32::from(character)).unwrap(),
            _ => spelled.push(character),
        }
    }
    spelled + "\""
}

/// `repr` of a finite float: the shortest digits, with an exponent only where the number is small or large.
pub(super) fn python_float(score: f64) -> String {
    // Rust gives the shortest digits as well: `1.25e-7`.
    let spelled = format!("{score:e}");
    let (mantissa, exponent) = spelled.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |mantissa| ("-", mantissa));
    if !(-4..16).contains(&exponent) {
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{mantissa}e{exponent_sign}{:02}", exponent.abs());
    }
    let digits = mantissa.replace('.', "");
    // How many of the digits stand before the point.
    let point = exponent + 1;
    if point <= 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(point.unsigned_abs() as usize));
    }
    let digits = format!("{digits:0<width$}", width = point as usize);
    let (whole, fraction) = digits.split_at(point as usize);
    format!("{sign}{whole}.{}", if fraction.is_empty() { "0" } else { fraction })
}
