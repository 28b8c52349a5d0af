//! The rejected records: how many of each kind, and the first ones with their reasons.

use std::fmt;

use super::{
    Page,
    html::{Escaped, count, number, section, share, table},
    svg::share_bar,
};
use crate::rejection::RejectionKind;

impl Page<'_> {
    pub(super) fn rejections(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rejected, records) = (self.summary.counts.rejected, self.summary.counts.records);
        section(f, "Rejected records", "Records that were left out, by the kind of the reason.", |f| {
            if rejected.total() == 0 {
                return f.write_str("<p class=\"note\">No record was rejected.</p>\n");
            }
            let kinds = || rejected.by_kind().filter(|&(_, of)| of > 0);
            let rows = kinds().map(|(kind, of)| {
                vec![kind.name().to_owned(), share_bar(of, rejected.total()), count(of), share(of, records)]
            });
            let caption = format!("Of {}", number(records, "record"));
            table(f, &caption, &["kind", "", "rejected", "of all"], rows)?;
            kinds().try_for_each(|(kind, of)| self.rejected_examples(f, kind, of))
        })
    }

    fn rejected_examples(&self, f: &mut fmt::Formatter<'_>, kind: RejectionKind, of: u64) -> fmt::Result {
        let examples: Vec<_> = self.figures.examples.iter().filter(|example| example.kind == kind).collect();
        let first =
            if (examples.len() as u64) < of { format!(", the first {}", examples.len()) } else { String::new() };
        writeln!(f, "<div><h3>{}{first}</h3>\n<ul class=\"rejected\">", kind.name())?;
        for example in examples {
            let position = &example.position;
            let file = if self.about.inputs.len() > 1 {
                format!("<bdi>{}</bdi>, line", Escaped(&position.file))
            } else {
                "Line".to_owned()
            };
            let (reason, excerpt) = (Escaped(&example.reason), Escaped(&example.excerpt));
            writeln!(
                f,
                "<li><p>{file} {}: <bdi>{reason}</bdi> <span class=\"note\">(byte {})</span></p>\
                 <code dir=\"auto\">{excerpt}</code></li>",
                position.line, position.byte
            )?;
        }
        f.write_str("</ul></div>\n")
    }
}
