//! Labels: `attribute:score,attribute:score`.

use std::collections::HashMap;

/// The attributes in the order of the vector.
pub(crate) const ATTRIBUTES: [&str; 9] = [
    "quality",
    "toxicity",
    "humor",
    "creativity",
    "helpfulness",
    "correctness",
    "coherence",
    "complexity",
    "verbosity",
];

/// The scores of a label, if every part has a colon and every score that counts is a finite decimal number.
pub fn scores(label: &str) -> Option<Vec<f64>> {
    let spelled = spelled_scores(label)?;
    ATTRIBUTES.iter().map(|attribute| spelled.get(attribute).map_or(Some(-100.0), |score| float(score))).collect()
}

/// The spelled score of each attribute in a label; the last one of a repeated attribute.
fn spelled_scores(label: &str) -> Option<HashMap<&str, &str>> {
    let mut spelled = HashMap::new();
    for part in label.split(',') {
        let mut fields = part.split(':');
        let (attribute, score) = (fields.next()?, fields.next()?);
        spelled.insert(attribute, score);
    }
    Some(spelled)
}

/// Python's `float`, for finite numbers in decimal.
pub(crate) fn float(spelled: &str) -> Option<f64> {
    let spelled = float_strip(spelled);
    let unsigned = spelled.strip_prefix(['+', '-']).unwrap_or(spelled);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_number = is_digits(whole) && is_digits(fraction) && is_digits(exponent);
    if !is_number || exponent.is_empty() || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    spelled.parse().ok().filter(|score: &f64| score.is_finite())
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What `float` strips.
pub(crate) fn float_strip(text: &str) -> &str {
    text.trim_matches(is_float_space)
}

/// `str.strip`.
pub(crate) fn python_strip(text: &str) -> &str {
    text.trim_matches(is_python_space)
}

/// White space of C, and Unicode's above U+007F, character by character.
fn is_float_space(character: char) -> bool {
    matches!(
        character,
        '\t'..='\r' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}'
            | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// `str.isspace`: the information separators, too.
fn is_python_space(character: char) -> bool {
    is_float_space(character) || ('\x1c'..='\x1f').contains(&character)
}
