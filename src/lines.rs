//! Lines of JSON Lines: where they end, and which of them hold no record.

use std::{
    io::{self, BufRead, Read},
    ops::Range,
};

use memchr::{memchr, memrchr};

/// The length of the whole lines at the beginning of `bytes` that have at most `size` bytes, or of the first line if it is
/// longer. `None` if no line feed ends them.
pub(crate) fn whole_lines(bytes: &[u8], size: usize) -> Option<usize> {
    let (near, far) = bytes.split_at(bytes.len().min(size));
    let line_feed = memrchr(b'\n', near).or_else(|| memchr(b'\n', far).map(|at| near.len() + at));
    line_feed.map(|at| at + 1)
}

/// The ranges of the lines of `bytes`, without their line feeds.
pub(crate) fn line_ranges(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let line = start..start + memchr(b'\n', rest).unwrap_or(rest.len());
        start = line.end + 1;
        Some(line)
    })
}

/// Appends the next line of `reader` to `line`, of a line that is longer than `limit` only the first `limit` bytes, and returns
/// its length, with its line feed; 0 at the end.
pub(crate) fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>, limit: usize) -> io::Result<u64> {
    let read = reader.by_ref().take(limit as u64).read_until(b'\n', line)?;
    let rest = if read == limit && line.last() != Some(&b'\n') { reader.skip_until(b'\n')? } else { 0 };
    Ok((read + rest) as u64)
}

/// True for a line that JSON's white space makes up.
pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_end_within_the_size_or_behind_the_first_line() {
        let cases = [
            ("", 0, None),
            ("a", 1, None),
            ("a\n", 0, Some(2)),
            ("a\n", 9, Some(2)),
            ("a\nb\nc", 4, Some(4)),
            ("a\nb\nc", 3, Some(2)),
            ("a\nb\nc", 9, Some(4)),
            ("long\nb\n", 2, Some(5)),
        ];
        for (bytes, size, expected) in cases {
            assert_eq!(whole_lines(bytes.as_bytes(), size), expected, "{bytes:?}, {size}");
        }
    }

    #[test]
    fn of_a_long_line_only_the_beginning_is_kept() {
        for (limit, expected) in [(1, [("a", 4), ("\n", 1), ("b", 2)]), (3, [("abc", 4), ("\n", 1), ("bc", 2)])] {
            let mut reader = &b"abc\n\nbc"[..];
            for (kept, length) in expected {
                let mut line = Vec::new();
                assert_eq!(read_line(&mut reader, &mut line, limit).unwrap(), length);
                assert_eq!(line, kept.as_bytes());
            }
            assert_eq!(read_line(&mut reader, &mut Vec::new(), limit).unwrap(), 0);
        }
    }

    #[test]
    fn lines_are_what_stands_between_line_feeds() {
        let lines = |text: &'static str| line_ranges(text.as_bytes()).map(|line| &text[line]).collect::<Vec<_>>();
        assert_eq!(lines("a\n\nb\r\n"), ["a", "", "b\r"]);
        assert_eq!(lines("\na"), ["", "a"]);
        assert!(lines("").is_empty());
    }
}
