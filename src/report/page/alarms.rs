//! What to look at before training on the rows; if there is nothing, that is said.

use std::fmt;

use super::{
    Page,
    html::{self, Escaped, count, listed, name_of, number, section, share},
};
use crate::{config::Output, summary::Counts};

/// Rows with a score from which on an attribute that has only one score is a finding; few rows may well be alike.
const LEAST_VARYING: u64 = 100;

/// Repeated rows are a finding if there are more of them than one in this number.
const FEW_REPEATED: u64 = 100;

impl Page<'_> {
    pub(super) fn alarms(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alarms = self.all_alarms();
        section(f, "Alarms", "What to look at before training on these rows.", |f| {
            if alarms.is_empty() {
                return f.write_str(
                    "<p class=\"calm\">There is nothing to warn of: no record was rejected, every attribute that was asked \
                     for and every row has a score, and all speakers are known.</p>\n",
                );
            }
            f.write_str("<ul class=\"alarms\">\n")?;
            alarms.iter().try_for_each(|alarm| writeln!(f, "<li>{alarm}</li>"))?;
            f.write_str("</ul>\n")
        })
    }

    /// All of them as HTML: the warnings of the command line in its words, and others.
    fn all_alarms(&self) -> Vec<String> {
        let found = [self.failed(), self.no_rows(), self.rejected()];
        let warnings = self.summary.warnings();
        let warnings = warnings.iter().map(|warning| format!("<bdi>{}</bdi>", Escaped(warning)));
        let more = [self.out_of_range(), self.constant(), self.many_repeated()];
        found.into_iter().flatten().chain(warnings).chain(more.into_iter().flatten()).collect()
    }

    fn failed(&self) -> Option<String> {
        let is_failed = self.about.output.is_none() && self.about.config.output != Output::Check;
        is_failed.then(|| "the run failed and wrote no rows".to_owned())
    }

    fn no_rows(&self) -> Option<String> {
        let counts = &self.summary.counts;
        let Counts { records, rows, unlabelled, too_long, other_split, .. } = *counts;
        if rows > 0 {
            return None;
        }
        let why = [
            (
                unlabelled,
                number(unlabelled, "record") + if unlabelled == 1 { " has no label" } else { " have no label" },
            ),
            (other_split, format!("{} of another split", number(other_split, "record"))),
            (counts.ties, number(counts.ties, "tie")),
            (counts.unpaired, format!("{} unpaired", number(counts.unpaired, "record"))),
            (counts.below_margin, format!("{} below the margin", number(counts.below_margin, "pair"))),
            (too_long, format!("{} too long", number(too_long, "row"))),
        ];
        let why: Vec<_> = why.into_iter().filter(|(of, _)| *of > 0).map(|(_, why)| why).collect();
        let why = if why.is_empty() { String::new() } else { format!(": {}", listed(&why)) };
        Some(match records {
            0 => "there are no records".to_owned(),
            _ => format!("there are no rows{why}"),
        })
    }

    fn rejected(&self) -> Option<String> {
        let Counts { rejected, records, .. } = self.summary.counts;
        let kinds = rejected.by_kind().filter(|&(_, of)| of > 0);
        let kinds: Vec<_> = kinds.map(|(kind, of)| format!("{} {}", count(of), kind.name())).collect();
        let were = if rejected.total() == 1 { "was" } else { "were" };
        (rejected.total() > 0).then(|| {
            format!(
                "{} of {} {were} rejected ({}): {}",
                count(rejected.total()),
                number(records, "record"),
                share(rejected.total(), records),
                listed(&kinds)
            )
        })
    }

    fn out_of_range(&self) -> Option<String> {
        let Counts { out_of_range, rows, .. } = self.summary.counts;
        let range = self.about.config.format.checks.range.as_ref()?;
        let have = if out_of_range == 1 { "has" } else { "have" };
        (out_of_range > 0).then(|| {
            format!(
                "{} of {} {have} a score that is not in the range from {} to {} ({})",
                count(out_of_range),
                number(rows, "row"),
                html::score(*range.start()),
                html::score(*range.end()),
                share(out_of_range, rows)
            )
        })
    }

    /// Attributes whose score is the same in all rows.
    fn constant(&self) -> Option<String> {
        if self.about.config.format.layout.is_pairs() {
            // A pair says which response is better, whatever its margin.
            return None;
        }
        let constant = self.attributes().filter_map(|(name, attribute)| {
            let (low, high) = attribute.range?;
            let is_constant = attribute.count() >= LEAST_VARYING && low >= high;
            is_constant.then(|| format!("{} ({})", name_of(name), html::score(low)))
        });
        let constant: Vec<_> = constant.collect();
        (!constant.is_empty()).then(|| {
            format!(
                "all rows with a score have the same one, so there is nothing to learn from it: {}",
                listed(&constant)
            )
        })
    }

    fn many_repeated(&self) -> Option<String> {
        let repeats = self.repeats();
        let (copies, rows) = (repeats.copies(), repeats.rows);
        let about = if repeats.is_sample { "about " } else { "" };
        (copies > rows / FEW_REPEATED).then(|| {
            format!("of all rows, {about}{} repeat a row before them (see <i>Repeated rows</i>)", share(copies, rows))
        })
    }
}
