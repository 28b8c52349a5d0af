//! The scores of each attribute, the share of rows without one, and the correlations.

use std::fmt;

use super::{
    Page, charts,
    html::{self, count, details, listed, name_of, section, share, table},
    svg::{heat_map, share_bar},
};
use crate::{
    report::figures::{AttributeFigures, MAX_PAIRED},
    summary::Counts,
};

impl Page<'_> {
    pub(super) fn scores(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scored, unscored): (Vec<_>, Vec<_>) = self.attributes().partition(|(_, attribute)| attribute.count() > 0);
        let format = &self.about.config.format;
        let (title, lead) = match (format.layout.is_pairs(), format.has_single_number()) {
            (true, _) => {
                ("Margins", "How much better the chosen responses are: how often each margin occurs in the pairs.")
            }
            (false, true) => ("Scores", "How often each weighted score occurs in the rows."),
            (false, false) => {
                ("Scores", "How often each score occurs in the rows, by attribute. Rows without it are left out.")
            }
        };
        section(f, title, lead, |f| {
            if !unscored.is_empty() {
                let names: Vec<_> = unscored.iter().map(|(name, _)| name_of(name)).collect();
                writeln!(f, "<p class=\"note\">No row has a score for {}.</p>", listed(&names))?;
            }
            if scored.is_empty() {
                return Ok(());
            }
            f.write_str("<div class=\"cards\">\n")?;
            for (name, attribute) in &scored {
                scores_of(f, name, attribute)?;
            }
            f.write_str("</div>\n")?;
            let name = if format.has_single_number() { "" } else { "attribute" };
            let head = [name, "mean", "deviation", "lowest", "highest"];
            table(f, "Over the rows that have the score", &head, scored.iter().map(row_of_scores))
        })
    }

    pub(super) fn missing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { rows, unscored, .. } = self.summary.counts;
        section(f, "Missing scores", "The share of rows without a score. Training masks the attribute in them.", |f| {
            let row = |(name, attribute): (&str, &AttributeFigures)| {
                let missing = rows - attribute.count();
                vec![name_of(name), share_bar(missing, rows), share(missing, rows), count(missing)]
            };
            let any =
                ["<i>all of them</i>".to_owned(), share_bar(unscored, rows), share(unscored, rows), count(unscored)];
            let caption = format!("Of {}", html::number(rows, "row"));
            let rows = self.attributes().map(row).chain([any.into()]);
            table(f, &caption, &["attribute", "", "missing", "rows"], rows)
        })
    }

    pub(super) fn correlations(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = self.figures;
        let varies = |attribute: &AttributeFigures| attribute.range.is_some_and(|(low, high)| low < high);
        let paired: Vec<_> = self.attributes().enumerate().take(MAX_PAIRED).filter(|(_, (_, it))| varies(it)).collect();
        let lead = "How far two attributes rise and fall together (Pearson), over the rows that have both. \
                    The cells of an attribute are left of its name and below it.";
        section(f, "Correlations", lead, |f| {
            if self.summary.vector.names().len() > MAX_PAIRED {
                writeln!(f, "<p class=\"note\">Only the first {MAX_PAIRED} attributes are compared.</p>")?;
            }
            if paired.len() < 2 {
                return f.write_str("<p class=\"note\">There are no two attributes whose scores vary.</p>\n");
            }
            let names: Vec<_> = paired.iter().map(|(_, (name, _))| *name).collect();
            f.write_str("<figure>\n")?;
            heat_map(f, &names, |row, column| figures.correlation(paired[row].0, paired[column].0))?;
            f.write_str("</figure>\n")?;
            let pairs = (0..paired.len()).flat_map(|row| (0..row).map(move |column| (column, row)));
            let rows = pairs.map(|(column, row)| {
                let (correlation, rows) = figures.correlation(paired[row].0, paired[column].0);
                let number = correlation.map_or("–".to_owned(), |it| html::signed(&format!("{it:.3}")));
                vec![format!("{} and {}", name_of(names[column]), name_of(names[row])), number, count(rows)]
            });
            details(f, "Numbers", |f| table(f, "Pairs of attributes", &["attributes", "correlation", "rows"], rows))
        })
    }
}

/// A picture of the scores of one attribute, with its numbers.
fn scores_of(f: &mut fmt::Formatter<'_>, name: &str, attribute: &AttributeFigures) -> fmt::Result {
    let scored = attribute.count();
    let chart = charts::of_scores(name, attribute);
    writeln!(f, "<figure>\n<h3>{}</h3><p>{}</p>", name_of(name), html::number(scored, "row"))?;
    chart.draw(f)?;
    let bars = chart.bars.iter().filter(|bar| bar.count > 0);
    let rows = bars.map(|bar| vec![bar.name.clone(), count(bar.count), share(bar.count, scored)]);
    let caption = format!("Of {}", html::number(scored, "score"));
    details(f, "Numbers", |f| table(f, &caption, &["score", "rows", "share"], rows))?;
    f.write_str("</figure>\n")
}

fn row_of_scores((name, attribute): &(&str, &AttributeFigures)) -> Vec<String> {
    let (mean, deviation) = attribute.moments.mean_and_deviation().unwrap_or_default();
    let (low, high) = attribute.range.unwrap_or_default();
    vec![name_of(name), html::mean(mean), html::mean(deviation), html::score(low), html::score(high)]
}
