//! The rejection of a line that is not one JSON value: what is wrong, and where.

use serde::de::IgnoredAny;
use simd_json::ErrorType;

use super::placeholders::with_json_of_equal_length;
use crate::rejection::{Rejection, RejectionKind};

/// The byte order mark.
const MARK: char = '\u{feff}';

/// The rejection of a line for which simd-json gave an error. serde_json's message is better and has a place, so it comes
/// first.
pub(super) fn syntax_error(line: &str, error: &ErrorType) -> Rejection {
    let reject = |reason| Rejection::new(RejectionKind::InvalidJson, reason);
    let Err(fault) = serde_json::from_slice::<IgnoredAny>(&with_json_of_equal_length(line)) else {
        return reject(match error {
            ErrorType::InvalidUnicodeCodepoint | ErrorType::InvalidUtf8 => {
                r"a \u escape stands for half of a surrogate pair".to_owned()
            }
            ErrorType::InputTooLarge => "a record can have 4 GiB at most".to_owned(),
            other => format!("not one JSON value ({other:?})"),
        });
    };
    // A record that comes from no file can have line feeds between its tokens.
    let before = line.split_inclusive('\n').take(fault.line() - 1).map(str::len).sum::<usize>();
    let column = before + fault.column();
    let at = column.saturating_sub(1).min(line.len().saturating_sub(1));
    let message = fault.to_string();
    let cause = message.split(" at line ").next().unwrap_or(&message);
    let reason = named(line, at, cause, column).unwrap_or_else(|| {
        let reason = format!("{cause} at column {column}");
        match document(line.as_bytes()) {
            Some(help) => format!("{reason}; {help}"),
            None => reason,
        }
    });
    reject(reason).at_byte(at)
}

/// The reason for a fault that users often meet.
fn named(line: &str, at: usize, cause: &str, column: usize) -> Option<String> {
    if line.starts_with(MARK) {
        let reason =
            "a byte order mark stands before the record, as where files were joined; only a file may begin with one";
        return Some(reason.to_owned());
    }
    let rest = line.as_bytes().get(at..)?;
    if rest.first() == Some(&0) {
        return Some(format!("a NUL byte at column {column}: the file was not written to its end, or is not a text"));
    }
    let begins = |text: &[u8]| matches!(text.first(), Some(b'{' | b'['));
    if cause == "trailing characters" && begins(rest) && begins(line.trim_start().as_bytes()) {
        return Some(format!(
            "two records stand on one line: the second one begins at column {column}; each needs a line of its own \
             (jq -c . FILE > FILE.jsonl)"
        ));
    }
    let word = word_at(line, at);
    let is_number = ["nan", "inf", "infinity"]
        .into_iter()
        .any(|known| word.trim_start_matches(['+', '-']).eq_ignore_ascii_case(known));
    is_number.then(|| format!("{cause} at column {column}: {word} is no number in JSON"))
}

/// The word around a byte, with its signs.
fn word_at(line: &str, at: usize) -> &str {
    const MAX_LENGTH: usize = 12;
    let belongs = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let bytes = line.as_bytes();
    let before = bytes[..at].iter().rev().take(MAX_LENGTH).take_while(belongs).count();
    let behind = bytes[at..].iter().take(MAX_LENGTH).take_while(belongs).count();
    // `None` within a character, which no word has.
    line.get(at - before..at + behind).unwrap_or_default()
}

/// The command that helps, if the line looks like one of a JSON document over several lines.
fn document(line: &[u8]) -> Option<&'static str> {
    let tokens = line.trim_ascii();
    let is_member = tokens.starts_with(b"\"") && tokens.windows(2).any(|bytes| bytes == b"\":");
    match tokens {
        b"[" => Some(
            "if the file is a JSON array over several lines, jq -c '.[]' FILE > FILE.jsonl makes a line of each record",
        ),
        b"{" | b"}" | b"]" | b"}," | b"]," | [.., b',' | b'{' | b'['] => Some(DOCUMENT),
        _ => is_member.then_some(DOCUMENT),
    }
}

const DOCUMENT: &str = "if the file is a JSON document over several lines, jq -c . FILE > FILE.jsonl makes a line of each \
                        record (of an array: jq -c '.[]')";
