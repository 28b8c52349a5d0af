//! The page: one file of HTML that needs no network and no script, the same for the same input.

mod charts;
mod html;
mod svg;

use std::fmt::{self, Display};

use bytesize::ByteSize;

use self::{
    charts::{CHARACTERS_A_TOKEN, CONTEXTS},
    html::{Escaped, count, share, shortened, table},
    svg::{heat_map, share_bar},
};
use super::figures::{AttributeFigures, Figures, MAX_PAIRED, lengths};
use crate::{
    rejection::RejectionKind,
    summary::{Counts, Summary},
};

const STYLE: &str = include_str!("style.css");

/// What a page shows. Displayed as HTML.
pub(crate) struct Page<'a> {
    /// The input's name.
    pub(crate) input: &'a str,
    /// The output's name, if there is one.
    pub(crate) output: Option<&'a str>,
    /// The attributes' names, in the order of the scores.
    pub(crate) attributes: &'a [String],
    pub(crate) summary: &'a Summary,
    pub(crate) figures: &'a Figures,
}

impl Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head(f)?;
        if self.summary.counts.rows > 0 {
            self.scores(f)?;
            self.missing(f)?;
            self.correlations(f)?;
            self.lengths(f)?;
        }
        self.turns(f)?;
        self.speakers(f)?;
        self.rejections(f)?;
        foot(f)
    }
}

impl Page<'_> {
    fn head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.summary.counts;
        let input = Escaped(self.input);
        write!(
            f,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{input} – steer2reg report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n\
             <p class=\"kind\">steer2reg report</p>\n<h1><bdi>{input}</bdi></h1>\n"
        )?;
        match self.output {
            Some(output) => writeln!(f, "<p class=\"lead\">The rows are in <bdi>{}</bdi>.</p>", Escaped(output))?,
            None => f.write_str("<p class=\"lead\">Checked only: no rows were written.</p>\n")?,
        }
        f.write_str("<dl class=\"figures\">\n")?;
        let bytes_out = if self.output.is_some() { "written" } else { "that rows would take" };
        let totals = [
            (count(counts.records), "records"),
            (count(counts.rows), "rows"),
            (count(counts.unlabelled), "records without a label"),
            (count(counts.rejected.total()), "records rejected"),
            (ByteSize::b(self.summary.bytes_in).to_string(), "read"),
            (ByteSize::b(self.summary.bytes_out).to_string(), bytes_out),
        ];
        let odd =
            [(counts.too_long, "rows too long, left out"), (counts.out_of_range, "rows with a score out of range")];
        let odd = odd.into_iter().filter(|&(figure, _)| figure > 0).map(|(figure, name)| (count(figure), name));
        for (figure, name) in totals.into_iter().chain(odd) {
            writeln!(f, "<div><dt>{name}</dt><dd>{figure}</dd></div>")?;
        }
        f.write_str("</dl>\n</header>\n<main>\n")?;
        let warnings = self.summary.warnings();
        if !warnings.is_empty() {
            open(f, "Warnings", "What to look at before training on these rows.")?;
            for warning in warnings {
                writeln!(f, "<p class=\"alarm\"><bdi>{}</bdi></p>", Escaped(&warning))?;
            }
            close(f)?;
        }
        if counts.rows == 0 {
            f.write_str("<section><h2>Rows</h2><p class=\"lead\">There are none.</p></section>\n")?;
        }
        Ok(())
    }

    fn scores(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scored: Vec<_> = self.named().filter(|(_, attribute)| attribute.count() > 0).collect();
        open(f, "Scores", "How often each score stands in the rows, by attribute. Rows without it are left out.")?;
        let none: Vec<_> = self.named().filter(|(_, attribute)| attribute.count() == 0).map(|(name, _)| name).collect();
        if !none.is_empty() {
            let none: Vec<_> = none.into_iter().map(|name| format!("<bdi>{}</bdi>", Escaped(name))).collect();
            writeln!(f, "<p class=\"note\">No row has a score for {}.</p>", listed(&none))?;
        }
        f.write_str("<div class=\"cards\">\n")?;
        for (name, attribute) in &scored {
            scores_of(f, name, attribute)?;
        }
        f.write_str("</div>\n")?;
        let head = ["attribute", "mean", "deviation", "lowest", "highest"];
        table(f, "Of the rows that have the score", &head, scored.iter().map(row_of_scores))?;
        close(f)
    }

    fn missing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { rows, unscored, .. } = self.summary.counts;
        open(f, "Missing scores", "The share of the rows in which training masks the attribute.")?;
        if unscored > 0 {
            let (unscored, share) = (count(unscored), share(unscored, rows));
            writeln!(
                f,
                "<p class=\"alarm\">Rows without any score: {unscored} ({share}). Training stops on such a row.</p>"
            )?;
        }
        let row = |(name, attribute): (&str, &AttributeFigures)| {
            let missing = rows - attribute.count();
            vec![name_of(name), share_bar(missing, rows), share(missing, rows), count(missing)]
        };
        let caption = format!("Of {} rows", count(rows));
        table(f, &caption, &["attribute", "", "missing", "rows"], self.named().map(row))?;
        close(f)
    }

    fn correlations(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = self.figures;
        let varies = |attribute: &AttributeFigures| attribute.range.is_some_and(|(low, high)| low < high);
        let paired: Vec<_> = self.named().enumerate().take(MAX_PAIRED).filter(|(_, (_, it))| varies(it)).collect();
        open(
            f,
            "Correlations",
            "How far two attributes rise and fall together (Pearson), over the rows that have both. \
             An attribute’s cells are left of its name and below it.",
        )?;
        if self.attributes.len() > MAX_PAIRED {
            writeln!(f, "<p class=\"note\">Only the first {MAX_PAIRED} attributes are looked at.</p>")?;
        }
        if paired.len() < 2 {
            f.write_str("<p class=\"note\">There are no two attributes whose scores vary.</p>\n")?;
            return close(f);
        }
        let names: Vec<_> = paired.iter().map(|(_, (name, _))| *name).collect();
        f.write_str("<figure>\n")?;
        heat_map(f, &names, |row, column| figures.correlation(paired[row].0, paired[column].0))?;
        f.write_str("</figure>\n<details><summary>TapeContext</summary>\n")?;
        let pairs = (0..paired.len()).flat_map(|row| (0..row).map(move |column| (column, row)));
        let rows = pairs.map(|(column, row)| {
            let (correlation, rows) = figures.correlation(paired[row].0, paired[column].0);
            let number = correlation.map_or("–".to_owned(), |it| html::signed(&format!("{it:.3}")));
            vec![format!("{} and {}", name_of(names[column]), name_of(names[row])), number, count(rows)]
        });
        table(f, "Pairs of attributes", &["attributes", "correlation", "rows"], rows)?;
        f.write_str("</details>\n")?;
        close(f)
    }

    fn lengths(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths = &self.figures.lengths;
        open(
            f,
            "Text length",
            "Characters of a row’s text, the template’s included. Tokens are estimated at four characters each, as \
             in English prose. Code needs more of them, and in Chinese or Japanese a character is often a token.",
        )?;
        f.write_str("<div class=\"two\">\n<div class=\"side\">\n<figure>\n")?;
        charts::of_lengths(lengths).draw(f)?;
        f.write_str(
            "<p>Rows by characters, on a logarithmic scale: areas are counts. Dashed: context sizes, in estimated \
             tokens.</p>\n</figure>\n",
        )?;
        let over = CONTEXTS.iter().map(|(name, tokens)| {
            let characters = tokens * CHARACTERS_A_TOKEN;
            let over = lengths.over(characters);
            vec![format!("{name} tokens"), count(characters), share(over, lengths.count), count(over)]
        });
        table(f, "Rows over common context sizes, an estimate", &["context", "characters", "over", "rows"], over)?;
        f.write_str("</div>\n")?;
        let percentiles = [5.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9].map(|percent| {
            let name = format!("{percent} %").replace("50 %", "median");
            (name, lengths.percentile(percent / 100.0))
        });
        let ends = [("shortest".to_owned(), lengths.least()), ("longest".to_owned(), lengths.most)];
        let [shortest, longest] = ends;
        let all = [shortest].into_iter().chain(percentiles).chain([longest, ("mean".to_owned(), lengths.mean())]);
        let rows =
            all.map(|(name, characters)| vec![name, count(characters), count(characters.div_ceil(CHARACTERS_A_TOKEN))]);
        let caption = format!("Percentiles, within {:.1} %", 100.0 * lengths::ERROR);
        table(f, &caption, &["rows up to", "characters", "≈ tokens"], rows)?;
        f.write_str("</div>\n")?;
        close(f)
    }

    fn turns(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = self.figures;
        open(f, "Turns", "Turns of each valid conversation, with or without a label.")?;
        let conversations: u64 = figures.turns.iter().sum();
        let first = figures.turns.iter().position(|&count| count > 0);
        let last = figures.turns.iter().rposition(|&count| count > 0);
        let Some((first, last)) = first.zip(last) else {
            f.write_str("<p class=\"note\">There are no valid conversations.</p>\n")?;
            return close(f);
        };
        let chart = charts::of_turns(&figures.turns[..=last], first, conversations);
        let bars: Vec<_> = chart.bars.iter().filter(|bar| bar.count > 0).collect();
        let is_long = bars.len() > 10;
        writeln!(f, "<div{}>\n<figure>", if is_long { "" } else { " class=\"two\"" })?;
        chart.draw(f)?;
        writeln!(f, "<p>Conversations by their turns. The longest has {}.</p>\n</figure>", figures.most_turns)?;
        f.write_str(if is_long { "<details><summary>TapeContext</summary>\n" } else { "<div>\n" })?;
        let rows = bars.iter().map(|bar| vec![bar.name.clone(), count(bar.count), share(bar.count, conversations)]);
        let caption = format!("Of {} conversations", count(conversations));
        table(f, &caption, &["turns", "conversations", "share"], rows)?;
        f.write_str(if is_long { "</details>\n</div>\n" } else { "</div>\n</div>\n" })?;
        close(f)
    }

    fn speakers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let speakers = &self.figures.speakers;
        let others = speakers.others();
        let turns = speakers.known.iter().fold(others, |sum, speaker| sum.saturating_add(speaker.turns.all));
        open(f, "Speakers", "Who says the turns, and how many of them count as the user’s (by the record’s mask).")?;
        let mut known: Vec<_> = speakers.known.iter().collect();
        known.sort_by_key(|speaker| std::cmp::Reverse(speaker.turns.all));
        let rows = known.iter().map(|speaker| {
            let name = String::from_utf8_lossy(&speaker.name);
            let (of, as_user) = (speaker.turns.all, share(speaker.turns.as_user, speaker.turns.all));
            vec![name_of(&name), share_bar(of, turns), share(of, turns), count(of), as_user]
        });
        let others = (others > 0).then(|| {
            let of = others;
            vec!["<i>others</i>".to_owned(), share_bar(of, turns), share(of, turns), count(of), "–".to_owned()]
        });
        let caption = format!("Of {} turns", count(turns));
        table(f, &caption, &["speaker", "", "share", "turns", "as user"], rows.chain(others))?;
        close(f)
    }

    fn rejections(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rejected, records) = (self.summary.counts.rejected, self.summary.counts.records);
        open(f, "RejectedCounts records", "Records that were left out, by the kind of the reason.")?;
        if rejected.total() == 0 {
            f.write_str("<p class=\"note\">No record was rejected.</p>\n")?;
            return close(f);
        }
        let some = || rejected.by_kind().filter(|&(_, of)| of > 0);
        let rows = some().map(|(kind, of)| {
            vec![kind.name().to_owned(), share_bar(of, rejected.total()), count(of), share(of, records)]
        });
        table(f, &format!("Of {} records", count(records)), &["kind", "", "rejected", "of all"], rows)?;
        for (kind, of) in some() {
            self.examples(f, kind, of)?;
        }
        close(f)
    }

    fn examples(&self, f: &mut fmt::Formatter<'_>, kind: RejectionKind, of: u64) -> fmt::Result {
        let examples: Vec<_> = self.figures.examples.iter().filter(|example| example.kind == kind).collect();
        let first =
            if (examples.len() as u64) < of { format!(", the first {}", examples.len()) } else { String::new() };
        writeln!(f, "<div><h3>{}{first}</h3>\n<ul class=\"examples\">", kind.name())?;
        for example in examples {
            let (line, byte) = (example.position.line, example.position.byte);
            let (reason, excerpt) = (Escaped(&example.reason), Escaped(&example.excerpt));
            writeln!(
                f,
                "<li><p>Line {line}: <bdi>{reason}</bdi> <span class=\"note\">(byte {byte})</span></p>\
                 <code dir=\"auto\">{excerpt}</code></li>"
            )?;
        }
        f.write_str("</ul></div>\n")
    }

    /// The attributes with their names.
    fn named(&self) -> impl Iterator<Item = (&str, &AttributeFigures)> {
        self.attributes.iter().map(String::as_str).zip(&self.figures.attributes)
    }
}

/// A picture of the scores of one attribute, with its numbers.
fn scores_of(f: &mut fmt::Formatter<'_>, name: &str, attribute: &AttributeFigures) -> fmt::Result {
    let scored = attribute.count();
    let chart = charts::of_scores(name, attribute);
    writeln!(f, "<figure>\n<h3>{}</h3><p>{} rows</p>", name_of(name), count(scored))?;
    chart.draw(f)?;
    f.write_str("<details><summary>TapeContext</summary>\n")?;
    let bars = chart.bars.iter().filter(|bar| bar.count > 0);
    let rows = bars.map(|bar| vec![bar.name.clone(), count(bar.count), share(bar.count, scored)]);
    table(f, &format!("Of {} scores", count(scored)), &["score", "rows", "share"], rows)?;
    f.write_str("</details>\n</figure>\n")
}

fn row_of_scores((name, attribute): &(&str, &AttributeFigures)) -> Vec<String> {
    let (mean, deviation) = attribute.moments.mean_and_deviation().unwrap_or_default();
    let (low, high) = attribute.range.unwrap_or_default();
    vec![name_of(name), html::mean(mean), html::mean(deviation), html::score(low), html::score(high)]
}

/// A name from the input or the command line, as HTML.
fn name_of(name: &str) -> String {
    const MAX_LENGTH: usize = 60;
    if name.is_empty() {
        "<i>(empty)</i>".to_owned()
    } else {
        format!("<bdi>{}</bdi>", Escaped(shortened(name, MAX_LENGTH)))
    }
}

/// `a, b and c`.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [name] => name.clone(),
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
    }
}

fn open(f: &mut fmt::Formatter<'_>, title: &str, lead: &str) -> fmt::Result {
    writeln!(f, "<section>\n<h2>{title}</h2>\n<p class=\"lead\">{lead}</p>")
}

fn close(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("</section>\n")
}

fn foot(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(
        f,
        "</main>\n<footer>Made by steer2reg {}. The same input gives the same page.</footer>\n</body>\n</html>",
        env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::{Conversation, Label, System, Turn},
        format::attributes::Attributes,
        rejection::{Position, Rejection},
        rows::observer::{Observer, tests::row},
        spelling::Spelling,
    };

    const HOSTILE: &str = "\"><script src=http://x/>&'</style></title>\u{202e}";

    /// A page in which every name and text is hostile.
    fn page(rows: u32) -> String {
        let (mut figures, mut summary) = (Figures::default(), Summary::default());
        let attributes =
            Attributes::new([HOSTILE.replace([':', ','], ""), "b".to_owned(), " ".to_owned()], -100.0).unwrap();
        let turn = |from: &'static str| Turn { from: from.as_bytes(), value: b"", label: Label::None };
        let turns = [turn(HOSTILE), turn("User"), Turn { from: b"\xff\0", value: b"", label: Label::None }];
        let (spelling, system) = (Spelling::Decoded, System::Missing);
        let conversation = Conversation { spelling, mask: b"User", system, turns: &turns };
        figures.conversation(turns.len() as u64);
        for turn in &turns {
            figures.turn(turn, &conversation, 1);
        }
        for number in 0..rows {
            let scores = [f64::from(number % 5), f64::from(number * number), -100.0];
            let row = row(&attributes, &scores, u64::from(number) * 100);
            (&mut summary.counts, &mut figures).row(&row, 1);
        }
        for kind in RejectionKind::ALL {
            let position = Position { file: HOSTILE.to_owned(), line: 1, byte: 0 };
            figures.rejected(&position, &Rejection::new(kind, HOSTILE), || HOSTILE.to_owned());
            summary.counts.rejected(kind);
        }
        let attributes = [HOSTILE, "b", ""].map(str::to_owned);
        let (input, output) = (HOSTILE, Some(HOSTILE));
        Page { input, output, attributes: &attributes, summary: &summary, figures: &figures }.to_string()
    }

    #[test]
    fn hostile_names_and_texts_stay_text_and_nothing_is_loaded() {
        for rows in [0, 1, 2, 1000] {
            let page = page(rows);
            for never in ["<script", "</style></title>", " src=\"", "href", "url(", "@import", "\0", "NaN", "inf"] {
                assert!(!page.contains(never), "{never} in a page of {rows} rows:\n{page}");
            }
            assert!(page.contains("&lt;script src=http://x/&gt;&amp;&#39;"), "{page}");
            assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
        }
    }

    #[test]
    fn every_tag_is_closed_in_its_order() {
        for rows in [0, 1, 2, 1000] {
            let page = page(rows);
            let mut open = Vec::new();
            for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
                let name = tag.split([' ', '\n']).next().unwrap_or_default();
                match name.strip_prefix('/') {
                    Some(closed) => assert_eq!(open.pop(), Some(closed), "in a page of {rows} rows"),
                    None if name == "meta" || name.starts_with('!') || tag.ends_with('/') => {}
                    None => open.push(name),
                }
            }
            assert!(open.is_empty(), "{open:?}");
        }
    }
}
