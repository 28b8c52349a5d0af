//! The page: one file of HTML that needs no network and no script, the same for the same input.
//!
//! Each section is a file: [`about`] what was converted, [`alarms`], [`examples`], and the figures.

mod about;
mod alarms;
mod charts;
mod conversations;
mod examples;
mod html;
mod lengths;
mod rejections;
mod repeated;
mod scores;
mod svg;
mod text;

use std::fmt::{self, Display};

use bytesize::ByteSize;

use self::html::{Escaped, count};
use super::figures::{AttributeFigures, Figures, repeated_rows::Repeats};
use crate::{
    config::{Config, Output},
    summary::Summary,
};

const STYLE: &str = include_str!("style.css");

/// The subject of a report: settings, inputs and output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) config: &'a Config,
    /// The names of the inputs, in order.
    pub(crate) inputs: &'a [&'a str],
    /// The name of the output, if rows were written.
    pub(crate) output: Option<&'a str>,
}

/// A page; `Display` writes it as HTML.
pub(crate) struct Page<'a> {
    pub(crate) about: About<'a>,
    pub(crate) summary: &'a Summary,
    pub(crate) figures: &'a Figures,
}

impl Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head(f)?;
        self.about(f)?;
        self.alarms(f)?;
        if self.summary.counts.rows == 0 {
            f.write_str("<section><h2>Rows</h2><p class=\"lead\">There are none.</p></section>\n")?;
        } else {
            self.examples(f)?;
            self.scores(f)?;
            if !self.about.config.format.has_single_number() {
                self.missing(f)?;
                self.correlations(f)?;
            }
            self.lengths(f)?;
            self.repeated(f)?;
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
        let name = self.about.inputs.first().copied().unwrap_or_default();
        write!(
            f,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{} – steer2reg report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n\
             <p class=\"kind\">steer2reg report</p>\n<h1>{}</h1>\n",
            Escaped(name),
            self.about.title()
        )?;
        match (self.about.output, &self.about.config.output) {
            (Some(_), Output::Directory(directory)) => {
                let files = html::number(self.about.inputs.len() as u64, "file");
                let directory = Escaped(directory.display());
                writeln!(f, "<p class=\"lead\">The rows are in {files} in <bdi>{directory}</bdi>.</p>")?;
            }
            (Some(output), _) => {
                writeln!(f, "<p class=\"lead\">The rows are in <bdi>{}</bdi>.</p>", Escaped(output))?;
            }
            (None, Output::Check) => f.write_str("<p class=\"lead\">Checked only: no rows were written.</p>\n")?,
            (None, _) => f.write_str("<p class=\"lead\">The run failed: no rows were written.</p>\n")?,
        }
        f.write_str("<dl class=\"figures\">\n")?;
        let bytes_out = if self.about.output.is_some() { "written" } else { "that rows would take" };
        let totals = [
            (count(counts.records), "records"),
            (count(counts.rows), "rows"),
            (count(counts.unlabelled), "records without a label"),
            (count(counts.rejected.total()), "records rejected"),
            (ByteSize::b(self.summary.bytes_in).to_string(), "read"),
            (ByteSize::b(self.summary.bytes_out).to_string(), bytes_out),
        ];
        let odd = [
            (counts.ties, "ties"),
            (counts.unpaired, "records unpaired"),
            (counts.below_margin, "pairs below the margin, left out"),
            (counts.too_long, "rows too long, left out"),
            (counts.out_of_range, "rows with a score out of range"),
        ];
        let odd = odd.into_iter().filter(|&(figure, _)| figure > 0).map(|(figure, name)| (count(figure), name));
        for (figure, name) in totals.into_iter().chain(odd) {
            writeln!(f, "<div><dt>{name}</dt><dd>{figure}</dd></div>")?;
        }
        f.write_str("</dl>\n</header>\n<main>\n")
    }

    /// The numbers of a row with their names: attributes, or a single number.
    fn attributes(&self) -> impl Iterator<Item = (&str, &AttributeFigures)> {
        self.summary.numbers.names().iter().map(String::as_str).zip(&self.figures.attributes)
    }

    fn repeats(&self) -> Repeats {
        self.figures.repeated_rows.repeats()
    }
}

fn foot(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("</main>\n<footer>Made by steer2reg. The same input gives the same page.</footer>\n</body>\n</html>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Config, Input},
        conversation::{Conversation, Label, System, Turn},
        format::{SystemPrompt, attributes::Attributes, role::Role},
        rejection::{Position, Rejection, RejectionKind},
        rows::observer::{Observer, tests::row_of},
        schema::{DetectedSchema, Schema},
        spelling::Spelling,
    };

    const HOSTILE: &str = "\"><script src=http://x/>&'</style></title>\u{202e}";

    /// A page in which every name and text is hostile.
    fn page(rows: u32) -> String {
        let names = [HOSTILE.replace([':', ','], ""), "b".to_owned(), " ".to_owned()];
        let attributes =
            Attributes::new(names).unwrap().with_missing(-100.0).unwrap().with_words([("</dd><script>", 1.0)]).unwrap();
        let vector = attributes.clone().with_row_names([HOSTILE, "b", " "]).unwrap();
        let numbers = vector.clone();
        let mut summary =
            Summary { vector, numbers, unscored_attributes: vec![HOSTILE.to_owned()], ..Summary::default() };
        let mut figures = Figures::default();
        let turn = |from: &'static str| Turn { from: from.as_bytes(), value: b"", label: Label::None };
        let turns = [turn(HOSTILE), turn("User"), Turn { from: b"\xff\0", value: b"", label: Label::None }];
        let (spelling, system) = (Spelling::Decoded, System::Missing);
        let conversation = Conversation { spelling, mask: b"User", system, turns: &turns };
        figures.conversation(turns.len() as u64);
        for turn in &turns {
            figures.turn(turn, &conversation, 1);
        }
        let long = HOSTILE.repeat(1000);
        for number in 0..rows {
            let scores = [f64::from(number % 5), f64::from(number * number), -100.0];
            let turn = |from: &'static [u8], value| Turn { from, value, label: Label::None };
            let turns = [turn(HOSTILE.as_bytes(), long.as_bytes()), turn(b"\xff", HOSTILE.as_bytes())].repeat(10);
            let conversation = Conversation { turns: &turns, mask: b"\xff", ..conversation };
            let row = row_of(&attributes, &scores, u64::from(number / 3) * 100, &conversation);
            (&mut summary.counts, &mut figures).row(&row, 1);
        }
        for kind in RejectionKind::ALL {
            let position = Position { file: HOSTILE.to_owned(), line: 1, byte: 0 };
            figures.rejected(&position, &Rejection::new(kind, HOSTILE), || HOSTILE.to_owned());
            summary.counts.rejected(kind);
        }
        summary.counts.unknown_attribute_names.add(HOSTILE, 1);
        summary.counts.other_speakers.add(HOSTILE, 1);
        summary.rejected_inputs.push(HOSTILE.to_owned());
        let detected = DetectedSchema { schema: Schema::Sft, line: 1 };
        summary.detected.push((HOSTILE.to_owned(), detected));
        let mut config = Config::new(Input::Stdin, Output::Directory(HOSTILE.into()));
        config.mask = Some(HOSTILE.to_owned());
        config.only_attribute = Some(HOSTILE.to_owned());
        config.template_file = Some(HOSTILE.into());
        config.format.template.end = HOSTILE.to_owned();
        config.format.system = Some(SystemPrompt::Text(long.clone()));
        config.format.roles.push((HOSTILE.to_owned(), Role::Tool));
        let about = About { config: &config, inputs: &[HOSTILE; 20], output: Some(HOSTILE) };
        Page { about, summary: &summary, figures: &figures }.to_string()
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
