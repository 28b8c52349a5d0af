//! The excerpt of a rejected record in a message: about a hundred characters around the fault, on one line.
//!
//! It is made only when a message shows it, and from the record alone.

use simd_json::Node;

use super::{
    comparison_keys::{HELPSTEER2_PREFERENCE, HELPSTEER3},
    nodes::{Items, Members},
    tape::SimdJson,
    tape_context::TapeContext,
    tokens::Tokens,
};
use crate::{
    rejection::{At, Rejection},
    schema::Schema,
    spelling::printable::Printable,
};

/// The most characters of an excerpt.
const MAX_LENGTH: usize = 100;

/// The characters before the fault, if there are enough behind it.
const BEFORE: usize = 40;

/// The excerpt of a record that was read as `schema` and rejected.
pub(crate) fn excerpt(record: &[u8], rejection: &Rejection, schema: Option<Schema>) -> String {
    // A copy, since another process may write to a mapped input meanwhile.
    let record = &*record.to_vec();
    let fault = match rejection.at() {
        None => None,
        Some(At::Byte(byte)) => Some(*byte),
        Some(At::Token(number)) => str::from_utf8(record).ok().and_then(|record| starts(record).nth(*number)),
        Some(At::Label { turn, part }) => schema.and_then(|schema| label(record, schema, *turn, part.as_deref())),
    };
    window(record, fault.unwrap_or(0))
}

/// The characters around a byte, with dots where more would follow.
fn window(record: &[u8], at: usize) -> String {
    // The most bytes that the characters of an excerpt can have.
    const MAX_BYTES: usize = 4 * MAX_LENGTH;
    let start = record.len() - record.trim_ascii_start().len();
    let end = record.trim_ascii_end().len().max(start);
    let mut at = at.clamp(start, end);
    // Back to the first byte of a character; a byte that is further than three from one is not UTF-8.
    let is_inside = |at: usize| record.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    for _ in 0..3 {
        at -= usize::from(at > start && is_inside(at));
    }
    let before = String::from_utf8_lossy(&record[start.max(at.saturating_sub(MAX_BYTES))..at]);
    let behind = String::from_utf8_lossy(&record[at..end.min(at + MAX_BYTES)]);
    let available_before = before.chars().count().min(MAX_LENGTH);
    let available_behind = behind.chars().count().min(MAX_LENGTH);
    let shown_before = available_before.min(BEFORE.max(MAX_LENGTH - available_behind));
    let shown_behind = available_behind.min(MAX_LENGTH - shown_before);
    let from = before.char_indices().rev().nth(shown_before.wrapping_sub(1)).map_or(before.len(), |(from, _)| from);
    let to = behind.char_indices().nth(shown_behind).map_or(behind.len(), |(to, _)| to);
    let is_cut = |is_cut| if is_cut { "…" } else { "" };
    let dots =
        [is_cut(from > 0 || at.saturating_sub(MAX_BYTES) > start), is_cut(to < behind.len() || at + MAX_BYTES < end)];
    Printable(format_args!("{}{}{}{}", dots[0], &before[from..], &behind[..to], dots[1])).to_string()
}

/// The places of those tokens of a valid record that are nodes on its tape.
fn starts(record: &str) -> impl Iterator<Item = usize> {
    Tokens::new(record).flat_map(|token| {
        let text = &record[token.clone()];
        let is_one = text.starts_with(['"', '{', '[', '-', 'N', 'I']) || text.starts_with(|c: char| c.is_ascii_digit());
        let mut word = false;
        // The words of a run are `null`, `true` and `false`.
        let words = text.bytes().enumerate().filter(move |&(at, byte)| {
            let begins = byte.is_ascii_lowercase() && !word;
            word = byte.is_ascii_lowercase();
            if is_one { at == 0 } else { begins }
        });
        words.map(|(at, _)| token.start + at).collect::<Vec<_>>()
    })
}

/// The place of a label or of the member that it is made from; of its rejected part, if the label has it.
fn label(record: &[u8], schema: Schema, turn: usize, part: Option<&str>) -> Option<usize> {
    let token =
        SimdJson::new().read(record, |tape, context| Ok(label_token(tape, context, schema, turn, part))).ok()??;
    let record = str::from_utf8(record).ok()?;
    let start = starts(record).nth(token)?;
    let within = part.filter(|part| schema == Schema::Sft && !part.is_empty());
    let label = &record[Tokens::new(&record[start..]).next().map(|label| start..start + label.end)?];
    Some(start + within.and_then(|part| label.rfind(part)).unwrap_or(0))
}

/// The number of the token that is a label or that a label is made from.
fn label_token(
    tape: &[Node<'_>],
    context: &TapeContext<'_>,
    schema: Schema,
    turn: usize,
    part: Option<&str>,
) -> Option<usize> {
    let member = |object, wanted: &str| Some(Members::new(object)?.filter(|(key, _)| *key == wanted).last()?.1);
    let node = match schema {
        Schema::Sft => {
            let turn = Items::new(member(tape, "conversations")?)?.nth(turn.checked_sub(1)?)?;
            member(turn, "label")?
        }
        Schema::HelpSteer => member(tape, part?)?,
        Schema::HelpSteer2Preference => member(tape, HELPSTEER2_PREFERENCE.strength)?,
        Schema::HelpSteer3 => member(tape, HELPSTEER3.strength)?,
        Schema::Oasst => return None,
    };
    Some(context.token(node))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_lies_around_the_fault() {
        let long = "é".repeat(300);
        assert_eq!(window(b"  {} \r", 1), "{}");
        assert_eq!(window(b"", 7), "");
        let record = format!("{long}X{long}");
        let shown = window(record.as_bytes(), 600);
        assert_eq!(shown, format!("…{}X{}…", "é".repeat(40), "é".repeat(59)));
        // In the middle of a character, at the beginning, at the end, behind it.
        assert!(window(record.as_bytes(), 599).starts_with(&format!("…{}X", "é".repeat(41))));
        assert_eq!(window(record.as_bytes(), 0), format!("{}…", "é".repeat(100)));
        assert_eq!(window(record.as_bytes(), 9999), format!("…{}", "é".repeat(100)));
        assert_eq!(window(&[0x80; 1000], 500).chars().count(), 102);
        let short = format!("{}X", "é".repeat(99));
        assert!((0..300).all(|at| window(short.as_bytes(), at) == short));
    }

    #[test]
    fn tokens_are_the_nodes_of_a_tape() {
        let record = r#" {"a":null,"b" : [true,false , -1.5e3,{"c}":"\"x[" }],"d":NaN,"e":[-Infinity,[],{}]}"#;
        let starts: Vec<_> = starts(record).map(|at| record[at..].chars().next().unwrap()).collect();
        assert_eq!(starts.iter().collect::<String>(), r#"{"n"[tf-{"""N"[-[{"#);
        let nodes = SimdJson::new().read(record.as_bytes(), |tape, _| Ok(tape.len())).unwrap();
        assert_eq!(nodes, starts.len());
    }
}
