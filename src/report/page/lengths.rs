//! The lengths of the rows' texts, in characters and in estimated tokens.

use std::fmt;

use super::{
    Page,
    charts::{self, CHARACTERS_PER_TOKEN, CONTEXTS},
    html::{count, section, share, table},
};
use crate::report::figures::lengths;

impl Page<'_> {
    pub(super) fn lengths(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths = &self.figures.lengths;
        let of = if self.about.config.format.layout.is_pairs() {
            "the turns up to the longer response of a pair"
        } else {
            "a row’s text, the template’s included"
        };
        let lead = format!(
            "Characters of {of}. Tokens are estimated at four characters each, as in English prose. Code needs more of \
             them, and in Chinese or Japanese a character is often a token."
        );
        section(f, "Text length", &lead, |f| {
            f.write_str("<div class=\"two\">\n<div class=\"side\">\n<figure>\n")?;
            charts::of_lengths(lengths).draw(f)?;
            f.write_str(
                "<p>Rows by characters, on a logarithmic scale: areas are counts. Dashed: context sizes, in estimated \
                 tokens.</p>\n</figure>\n",
            )?;
            let over = CONTEXTS.iter().map(|(name, tokens)| {
                let characters = tokens * CHARACTERS_PER_TOKEN;
                let over = lengths.over(characters);
                vec![format!("{name} tokens"), count(characters), share(over, lengths.count), count(over)]
            });
            table(f, "Rows over common context sizes, an estimate", &["context", "characters", "over", "rows"], over)?;
            f.write_str("</div>\n")?;
            let percentiles = [5.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9].map(|percent| {
                let name = format!("{percent} %").replace("50 %", "median");
                (name, lengths.percentile(percent / 100.0))
            });
            let shortest = ("shortest".to_owned(), lengths.least());
            let longest = ("longest".to_owned(), lengths.most);
            let mean = ("mean".to_owned(), lengths.mean());
            let rows = [shortest].into_iter().chain(percentiles).chain([longest, mean]).map(|(name, characters)| {
                vec![name, count(characters), count(characters.div_ceil(CHARACTERS_PER_TOKEN))]
            });
            let caption = format!("Percentiles, within {:.1} %", 100.0 * lengths::ERROR);
            table(f, &caption, &["rows up to", "characters", "≈ tokens"], rows)?;
            f.write_str("</div>\n")
        })
    }
}
