//! The score of a labelled turn is read and spelled as the oracle does: a text, or (after a byte that no UTF-8 has)
//! the bits of a number, which then is spelled in several ways.

use oracle::spelling::python_float;
use serde_json::json;

const BITS: u8 = 0xff;

pub fn check(data: &[u8]) {
    if let [BITS, bits @ ..] = data {
        let Ok(bits) = bits.try_into() else { return };
        let score = f64::from_le_bytes(bits);
        for spelled in [format!("{score}"), format!("{score:?}"), format!("{score:e}"), format!("{score:+.3E}")] {
            check_score(&spelled);
        }
        if score.is_finite() {
            assert_eq!(check_score(&python_float(score)).as_deref(), Some(&*python_float(score)));
        }
    } else if let Ok(spelled) = str::from_utf8(data) {
        check_score(spelled);
    }
}

/// Holds a record with this score to the oracle, and returns how the score is spelled in its row.
fn check_score(spelled: &str) -> Option<String> {
    let turn = json!({"from": "Bot", "value": "", "label": format!("quality:{spelled}")});
    let record = json!({"conversations": [turn], "mask": "User"});
    let row = crate::check_line(record.to_string().as_bytes())?;
    let (_, scores) = row.split_once("\"label\": [").expect("a row has a label");
    let (score, _) = scores.split_once(", ").expect("a label has several scores");
    Some(score.to_owned())
}
