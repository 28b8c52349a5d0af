//! A label gives the same scores as the oracle finds, to the bit.

use oracle::label;

pub fn check(label: &[u8]) {
    let Ok(label) = str::from_utf8(label) else { return };
    let bits = |scores: &[f64]| scores.iter().map(|score| score.to_bits()).collect::<Vec<_>>();
    let scores = steer2reg::parse_label(label).ok().map(|scores| bits(&scores));
    let expected = label::scores(label).map(|scores| bits(&scores));
    assert_eq!(scores, expected, "{label:?}");
}
