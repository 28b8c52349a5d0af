//! The summary of a run, and what a person should know besides.

use bytesize::ByteSize;

use crate::{Schema, Summary, spelling::printable::Printable};

/// The schemas that were detected, a line for each; nothing if all records are SFT conversations.
pub(super) fn schemas(summary: &Summary) -> Option<String> {
    let detected = &summary.detected;
    let is_plain = summary.schemas.iter().all(|&schema| schema == Schema::Sft);
    let lines = summary.schemas.iter().filter(|_| !is_plain).filter_map(|&schema| {
        let mut inputs = detected.iter().filter(|(_, detected)| detected.schema == schema);
        let (name, first) = inputs.next()?;
        let others = inputs.count();
        let which = match others {
            0 if detected.len() == 1 => String::new(),
            0 => format!("{} ", Printable(name)),
            1 => format!("{} and 1 other input ", Printable(name)),
            _ => format!("{} and {others} other inputs ", Printable(name)),
        };
        Some(format!("{which}read as {schema}, detected from line {} (--from SCHEMA overrides that)", first.line))
    });
    let lines: Vec<_> = lines.collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The number of turns that were split off from others, if there are any.
pub(super) fn embedded_turns(summary: &Summary) -> Option<String> {
    let turns = summary.counts.embedded_turns;
    (turns > 0).then(|| {
        format!(
            "turns behind <extra_id_1> markers are split off: {turns} (--split-embedded-turns=false leaves them where \
             they are)"
        )
    })
}

/// The summary on two lines: what became of the records, and what the run took. What did not happen is left out.
pub(super) fn summary(summary: &Summary, is_check: bool) -> String {
    let counts = &summary.counts;
    let kinds = counts.rejected.by_kind().filter(|&(_, count)| count > 0);
    let kinds: Vec<_> = kinds.map(|(kind, count)| format!("{} {}", grouped(count), kind.name())).collect();
    let happened = [
        (counts.rejected.total(), format!("rejected ({})", kinds.join(", "))),
        (counts.other_split, "of the other split".to_owned()),
        (counts.unlabelled, "without a label".to_owned()),
        (counts.blank, if counts.blank == 1 { "blank line" } else { "blank lines" }.to_owned()),
        (counts.ties, if counts.ties == 1 { "tie" } else { "ties" }.to_owned()),
        (counts.unpaired, "unpaired".to_owned()),
        (counts.below_margin, if counts.below_margin == 1 { "pair" } else { "pairs" }.to_owned() + " below the margin"),
        (counts.too_long, if counts.too_long == 1 { "row" } else { "rows" }.to_owned() + " too long and left out"),
        (
            counts.out_of_range,
            if counts.out_of_range == 1 { "row" } else { "rows" }.to_owned() + " with a score out of range",
        ),
    ];
    let happened = happened.into_iter().filter(|(count, _)| *count > 0);
    let happened: Vec<_> = happened.map(|(count, what)| format!("{} {what}", grouped(count))).collect();
    let details = if happened.is_empty() { String::new() } else { format!("; {}", happened.join(", ")) };
    let [each, all] = [summary.repeat_each, summary.repeat].map(|times| if counts.rows > 0 { times } else { 1 });
    let times = match (each > 1, all > 1) {
        (false, false) => String::new(),
        (false, true) => format!(", all of them written {} times", grouped(all)),
        (true, false) => format!(", each written {} times", grouped(each)),
        (true, true) => format!(", each written {} times, and all of that {} times", grouped(each), grouped(all)),
    };
    let read = summary.bytes_in as f64 * summary.repeat as f64;
    let rate = ByteSize::b((read / summary.seconds.max(f64::EPSILON)) as u64);
    format!(
        "{}{} {} {}{times}{details}\n{} in, {} out{}, {:.3} s, {rate}/s, {}",
        if is_check { "checked: " } else { "" },
        number(counts.records, "record"),
        if is_check { "would give" } else { "gave" },
        number(counts.rows, "row"),
        ByteSize::b(summary.bytes_in),
        ByteSize::b(summary.bytes_out),
        if is_check { " (not written)" } else { "" },
        summary.seconds,
        number(summary.threads as u64, "thread"),
    )
}

fn number(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", grouped(count))
}

/// A count with separators of thousands: `1,234,567`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let first = (digits.len() - 1) % 3 + 1;
    let groups = digits.as_bytes()[first..].chunks(3).map(String::from_utf8_lossy);
    groups.fold(digits[..first].to_owned(), |all, group| all + "," + &group)
}

/// The reason why there are no rows, if there are none.
pub(super) fn no_rows(summary: &Summary) -> Option<String> {
    let counts = &summary.counts;
    let why = if counts.rows > 0 {
        return None;
    } else if counts.records == 0 {
        "the input has no records".to_owned()
    } else if counts.below_margin > 0 {
        "every pair has a smaller margin, or is a tie (--min-margin)".to_owned()
    } else if counts.ties > 0 {
        "every pair is a tie".to_owned()
    } else if counts.unpaired > 0 {
        "no record stands beside another one with the same prompt".to_owned()
    } else if counts.too_long > 0 {
        "every row would be too long (--max-chars)".to_owned()
    } else if counts.unlabelled == 0 && counts.other_split > 0 {
        "no valid record is of that split (--split)".to_owned()
    } else if counts.unlabelled == 0 {
        "every record was rejected".to_owned()
    } else if summary.schemas == [Schema::Sft] {
        "no valid record has a turn with a \"label\"; is this the attribute-conditioned SFT file, and was it annotated?"
            .to_owned()
    } else {
        "no valid record has a score for any of the attributes (--attributes, --only-attribute)".to_owned()
    };
    Some(format!("no rows: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_separators_of_thousands() {
        // As `printf "%'d"` has them in an English locale.
        let cases = [(0, "0"), (7, "7"), (999, "999"), (1000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")];
        for (count, expected) in cases {
            assert_eq!(grouped(count), expected);
        }
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
    }
}
