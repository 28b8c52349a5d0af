//! The rows that occur more than once.

use std::fmt;

use super::{
    Page,
    html::{count, number, section, share, table},
};
use crate::report::figures::repeated_rows::TIMES;

impl Page<'_> {
    pub(super) fn repeated(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repeats = self.repeats();
        let lead = "Rows that are equal in text and label to a row before them.";
        section(f, "Repeated rows", lead, |f| {
            if repeats.is_sample {
                writeln!(
                    f,
                    "<p class=\"note\">There are too many rows to compare all of them: these figures are <strong>an \
                     estimate</strong> from a sample of {} different rows.</p>",
                    count(repeats.different)
                )?;
            }
            if repeats.repeated == 0 {
                let of = if repeats.is_sample { "No row of the sample" } else { "No row" };
                return writeln!(f, "<p class=\"note\">{of} occurs more than once.</p>");
            }
            let of_rows = share(repeats.copies(), repeats.rows);
            let (copies, rows) = (count(repeats.copies()), number(repeats.rows, "row"));
            writeln!(
                f,
                "<p>{} of {rows} {} a row before {} ({of_rows}). {}, the most frequent one {}.</p>",
                copies,
                if repeats.copies() == 1 { "repeats" } else { "repeat" },
                if repeats.copies() == 1 { "it" } else { "them" },
                if repeats.repeated == 1 {
                    "1 row occurs more than once".to_owned()
                } else {
                    format!("{} different rows occur more than once", count(repeats.repeated))
                },
                number(repeats.most, "time")
            )?;
            let kinds = repeats.by_times.iter().enumerate().filter(|(_, (different, _))| *different > 0);
            let cells = kinds.map(|(at, &(different, of))| {
                let times = match (TIMES[at], TIMES.get(at + 1)) {
                    (first, Some(&next)) if next == first + 1 => count(first),
                    (first, Some(&next)) => format!("{} to {}", count(first), count(next - 1)),
                    (first, None) => format!("{} or more", count(first)),
                };
                vec![times, count(different), count(of), share(of, repeats.rows)]
            });
            table(f, &format!("Of {rows}"), &["times", "different rows", "rows", "share of rows"], cells)
        })
    }
}
