//! Texts of records as a person reads them: with their lines. A long one is folded, and one that was cut says so.

use std::fmt;

use super::html::{EscapedLines, count, details};

/// Characters that are shown at once; those that follow are shown on demand.
const SHOWN: usize = 700;

/// The fewest characters that are folded: less is shown at once.
const LEAST_FOLDED: usize = 200;

/// Writes a text, of which the `cut` characters that follow are not there.
pub(crate) fn write_text(f: &mut fmt::Formatter<'_>, text: &str, cut: u64) -> fmt::Result {
    if text.is_empty() && cut == 0 {
        return f.write_str("<p class=\"note\">(empty)</p>\n");
    }
    let (shown, folded) = text.split_at(fold(text));
    writeln!(f, "<div class=\"text\" dir=\"auto\">{}</div>", EscapedLines(shown))?;
    let mark = |f: &mut fmt::Formatter<'_>| match cut {
        0 => Ok(()),
        _ => writeln!(f, "<p class=\"cut\">… cut here: {} more characters</p>", count(cut)),
    };
    if folded.is_empty() {
        return mark(f);
    }
    let more = folded.chars().count() as u64 + cut;
    details(f, &format!("{} more characters", count(more)), |f| {
        writeln!(f, "<div class=\"text\" dir=\"auto\">{}</div>", EscapedLines(folded))?;
        mark(f)
    })
}

/// Where the part of a text that is folded begins: after white space, if there is any near.
fn fold(text: &str) -> usize {
    let Some((end, _)) = text.char_indices().nth(SHOWN) else { return text.len() };
    if text[end..].chars().nth(LEAST_FOLDED).is_none() {
        return text.len();
    }
    let near = text[..end].char_indices().rev().take(80);
    near.into_iter().find(|(_, character)| character.is_whitespace()).map_or(end, |(at, space)| at + space.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Text<'t>(&'t str, u64);

    impl fmt::Display for Text<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_text(f, self.0, self.1)
        }
    }

    #[test]
    fn long_texts_are_folded_between_words_and_nothing_is_lost() {
        for (text, is_folded) in [
            ("word ".repeat(1000), true),
            ("é".repeat(2000), true),
            ("word ".repeat(170), false),
            ("世界".repeat(10), false),
        ] {
            let html = Text(&text, 0).to_string();
            assert_eq!(html.contains("<details>"), is_folded, "{html}");
            let inside = html.split("<div class=\"text\" dir=\"auto\">").skip(1);
            let inside: Vec<_> = inside.map(|part| part.split("</div>").next().unwrap()).collect();
            assert_eq!(inside.concat(), text);
            if text.contains(' ') {
                assert!(inside[0].ends_with(' '), "{html}");
            }
        }
    }

    #[test]
    fn a_cut_is_marked_and_lines_stay() {
        assert!(Text("a\n\tb", 1234).to_string().contains(">a\n\tb</div>\n<p class=\"cut\">… cut here: 1,234 more"));
        let folded = Text(&"x".repeat(1000), 5).to_string();
        assert!(folded.contains("<summary>305 more characters</summary>"), "{folded}");
        assert!(Text("", 0).to_string().contains("(empty)"));
    }
}
