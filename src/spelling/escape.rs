//! The output's spelling of JSON strings: Python's `json.dumps(…, ensure_ascii=False)`.
//!
//! `\"` `\\` `\n` `\r` `\t` `\b` `\f`, the other characters below U+0020 as `\u00xx` in lower-case hex, and
//! everything else as raw UTF-8. Every string has exactly one spelling.

/// The escape of each byte that has one.
const ESCAPES: [Option<&str>; 256] = {
    const CONTROLS: [&str; 32] = [
        r"\u0000", r"\u0001", r"\u0002", r"\u0003", r"\u0004", r"\u0005", r"\u0006", r"\u0007", r"\b", r"\t", r"\n",
        r"\u000b", r"\f", r"\r", r"\u000e", r"\u000f", r"\u0010", r"\u0011", r"\u0012", r"\u0013", r"\u0014",
        r"\u0015", r"\u0016", r"\u0017", r"\u0018", r"\u0019", r"\u001a", r"\u001b", r"\u001c", r"\u001d", r"\u001e",
        r"\u001f",
    ];
    let mut table = [None; 256];
    let mut control = 0;
    while control < CONTROLS.len() {
        table[control] = Some(CONTROLS[control]);
        control += 1;
    }
    table[b'"' as usize] = Some(r#"\""#);
    table[b'\\' as usize] = Some(r"\\");
    table
};

/// The escape of `byte`, if it has one.
#[inline]
pub(crate) fn escape_of(byte: u8) -> Option<&'static str> {
    ESCAPES[byte as usize]
}

/// True for a byte that follows the backslash in an escape of the output.
#[inline]
pub(crate) const fn is_output_escape(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | b'n' | b'r' | b't' | b'b' | b'f')
}

/// Bytes tested at once for one that needs escaping.
const BLOCK: usize = 32;

/// Appends UTF-8 in the spelling between the quotes of a JSON string.
pub(crate) fn append_escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at..].first_chunk().is_some_and(is_plain) {
            at += BLOCK;
            continue;
        }
        let end = bytes.len().min(at + BLOCK);
        while at < end {
            if let Some(escape) = escape_of(bytes[at]) {
                out.extend_from_slice(&bytes[copied..at]);
                out.extend_from_slice(escape.as_bytes());
                copied = at + 1;
            }
            at += 1;
        }
    }
    out.extend_from_slice(&bytes[copied..]);
}

/// True if no byte needs escaping. The loop has a fixed length and no branches, so the compiler vectorises it.
#[inline]
fn is_plain(block: &[u8; BLOCK]) -> bool {
    let mut escaped = 0;
    for &byte in block {
        escaped |= u8::from(byte < b' ') | u8::from(byte == b'"') | u8::from(byte == b'\\');
    }
    escaped == 0
}
