//! Spelling of text and numbers in HTML, and the elements that all sections share.

use std::fmt::{self, Display, Write};

use crate::spelling::printable::write_printable;

/// Any text, escaped: safe between tags and in a quoted attribute. What is not printable is spelled as an escape.
pub(crate) struct Escaped<T>(pub(crate) T);

/// As [`Escaped`], but line feeds and tabs are kept.
pub(crate) struct EscapedLines<T>(pub(crate) T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaper { f, kept: &[] }, "{}", self.0)
    }
}

impl<T: Display> Display for EscapedLines<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaper { f, kept: &['\n', '\t'] }, "{}", self.0)
    }
}

struct Escaper<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    /// Characters that stay although they are not printable.
    kept: &'static [char],
}

impl Write for Escaper<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|character| match character {
            '&' => self.f.write_str("&amp;"),
            '<' => self.f.write_str("&lt;"),
            '>' => self.f.write_str("&gt;"),
            '"' => self.f.write_str("&quot;"),
            '\'' => self.f.write_str("&#39;"),
            _ if self.kept.contains(&character) => self.f.write_char(character),
            _ => write_printable(character, self.f),
        })
    }
}

/// The first `most` characters of a name, for places of limited width.
pub(crate) fn shortened(name: &str, most: usize) -> String {
    match name.char_indices().nth(most) {
        Some((cut, _)) => format!("{}…", &name[..cut]),
        None => name.to_owned(),
    }
}

/// `1,234,567`.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap_or_default());
    groups.collect::<Vec<_>>().join(",")
}

/// `12.3 %`, never 0 for something and never 100 for less than all.
pub(crate) fn share(part: u64, whole: u64) -> String {
    let percent = 100.0 * part as f64 / whole as f64;
    match part {
        _ if whole == 0 => "–".to_owned(),
        0 => "0 %".to_owned(),
        _ if part == whole => "100 %".to_owned(),
        _ if percent < 0.1 => "&lt;0.1 %".to_owned(),
        _ if percent > 99.9 => "&gt;99.9 %".to_owned(),
        _ => format!("{percent:.1} %"),
    }
}

/// A score with at most three decimals.
pub(crate) fn score(score: f64) -> String {
    let size = score.abs();
    let text = if size != 0.0 && !(1e-3..1e7).contains(&size) {
        format!("{score:.2e}")
    } else {
        let text = format!("{score:.3}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    signed(&text)
}

/// A mean of scores: with two decimals unless it is tiny or huge.
pub(crate) fn mean(mean: f64) -> String {
    match mean.abs() {
        0.1..1e7 => signed(&format!("{mean:.2}")),
        _ => score(mean),
    }
}

/// A number with a typographic minus sign. A negative zero has no sign.
pub(crate) fn signed(number: &str) -> String {
    match number.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|byte| matches!(byte, b'0' | b'.')) => zero.to_owned(),
        Some(size) => format!("−{size}"),
        None => number.to_owned(),
    }
}

/// A name from the input or the command line as HTML: isolated and shortened.
pub(crate) fn name_of(name: &str) -> String {
    const MAX_LENGTH: usize = 60;
    if name.is_empty() {
        "<i>(empty)</i>".to_owned()
    } else {
        format!("<bdi>{}</bdi>", Escaped(shortened(name, MAX_LENGTH)))
    }
}

/// `a, b and c`.
pub(crate) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [name] => name.clone(),
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
    }
}

/// `1 row`, `1,234 rows`.
pub(crate) fn number(of: u64, thing: &str) -> String {
    format!("{} {thing}{}", count(of), if of == 1 { "" } else { "s" })
}

/// Writes a section with its title and a sentence about it.
pub(crate) fn section(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    lead: &str,
    content: impl FnOnce(&mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    writeln!(f, "<section>\n<h2>{title}</h2>\n<p class=\"lead\">{lead}</p>")?;
    content(f)?;
    f.write_str("</section>\n")
}

/// Writes content that is shown on demand.
pub(crate) fn details(
    f: &mut fmt::Formatter<'_>,
    summary: &str,
    content: impl FnOnce(&mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    writeln!(f, "<details><summary>{summary}</summary>")?;
    content(f)?;
    f.write_str("</details>\n")
}

/// Writes a table of HTML cells. The first cell of each row is its header; the others are right-aligned.
pub(crate) fn table(
    f: &mut fmt::Formatter<'_>,
    caption: &str,
    head: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> fmt::Result {
    write!(f, "<table>\n<caption>{caption}</caption>\n<thead><tr>")?;
    for name in head {
        write!(f, "<th scope=\"col\">{name}</th>")?;
    }
    f.write_str("</tr></thead>\n<tbody>\n")?;
    for row in rows {
        f.write_str("<tr>")?;
        for (at, cell) in row.iter().enumerate() {
            match at {
                0 => write!(f, "<th scope=\"row\">{cell}</th>")?,
                _ => write!(f, "<td>{cell}</td>")?,
            }
        }
        f.write_str("</tr>\n")?;
    }
    f.write_str("</tbody>\n</table>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_cannot_leave_its_place() {
        let hostile = "</title><script>alert('1')</script>\" onload=\"x & \0\u{1b}[2J";
        let escaped = Escaped(hostile).to_string();
        assert!(!escaped.contains(['<', '>', '"', '\'', '\0', '\u{1b}']), "{escaped}");
        assert!(escaped.starts_with("&lt;/title&gt;&lt;script&gt;") && escaped.contains("x &amp; "), "{escaped}");
    }

    #[test]
    fn numbers_are_as_people_write_them() {
        assert_eq!([0, 12, 123, 1234, 1_234_567].map(count), ["0", "12", "123", "1,234", "1,234,567"]);
        let shares = [(0, 9), (9, 9), (1, 3), (1, 1_000_000), (999_999, 1_000_000), (0, 0)];
        let shares = shares.map(|(part, whole)| share(part, whole));
        assert_eq!(shares, ["0 %", "100 %", "33.3 %", "&lt;0.1 %", "&gt;99.9 %", "–"]);
        let scores = [0.0, -0.0, 3.0, 0.25, -1.5, 1.0 / 3.0, 100.0, 1e9, -1e-5, -0.0001].map(score);
        let expected = ["0", "0", "3", "0.25", "−1.5", "0.333", "100", "1.00e9", "−1.00e-5", "−1.00e-4"];
        assert_eq!(scores, expected);
    }
}
