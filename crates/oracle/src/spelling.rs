//! How Python spells strings and floats: `json.dumps(…, ensure_ascii=False)` and `repr`.

use std::fmt::Write as _;

/// A JSON string with its quotes.
pub fn python_string(text: &str) -> String {
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

/// `repr` of a finite float: the shortest digits that read back the same, with an exponent only where the number is small
/// or large.
pub fn python_float(score: f64) -> String {
    let sign = if score.is_sign_negative() { "-" } else { "" };
    let spelled = shortest(score.abs());
    let (mantissa, exponent) = spelled.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
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

/// The number with one digit, two, three …, each time rounded from its exact value and half to even, until it reads back
/// the same. (Rust's formatter does that only where a precision is given.)
fn shortest(size: f64) -> String {
    let reads_back = |spelled: &String| spelled.parse() == Ok(size);
    let mut spelled = (0..17).flat_map(|decimals| {
        let nearest = format!("{size:.decimals$e}");
        // Above a power of two, numbers are twice as far apart as below it. So the next one above may read back the same
        // although it is not the nearest.
        let above = next_above(&nearest);
        [nearest, above]
    });
    spelled.find(reads_back).expect("17 digits are enough")
}

/// The mantissa one unit larger in its last digit.
fn next_above(spelled: &str) -> String {
    let (mantissa, exponent) = spelled.split_once('e').unwrap();
    let digits: u64 = mantissa.replace('.', "").parse().unwrap();
    let digits = (digits + 1).to_string();
    let (first, rest) = digits.split_at(1);
    if rest.is_empty() { format!("{first}e{exponent}") } else { format!("{first}.{rest}e{exponent}") }
}
