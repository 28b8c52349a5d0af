//! What a person sees on standard error: the progress bar, the summary and the warnings.

use std::io::{self, Write};

use bytesize::ByteSize;
use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use steer2reg::{Progress, Schema, Summary, spelling::printable::Printable};

/// Prints lines to standard error, if anybody listens.
pub(crate) fn say(lines: &str) {
    for line in lines.split('\n') {
        let _ = writeln!(io::stderr(), "{}", Printable(line));
    }
}

/// How often the bar moves.
const PER_SECOND: u8 = 10;

/// A bar with bytes, rate and time left; nothing if it is not wanted.
pub(crate) fn progress_bar(is_wanted: bool) -> ProgressBar {
    if !is_wanted {
        return ProgressBar::hidden();
    }
    // The usual target would hide itself where there is no terminal; here it was asked for.
    ProgressBar::with_draw_target(None, ProgressDrawTarget::term_like_with_hz(Box::new(Term::stderr()), PER_SECOND))
}

/// Moves the bar.
pub(crate) fn show_progress(bar: &ProgressBar, progress: Progress) {
    const KNOWN: &str = "{bar:40} {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left";
    const UNKNOWN: &str = "{spinner} {bytes}  {bytes_per_sec}  {elapsed}";
    if progress.done == 0 {
        let template = if progress.total.is_some() { KNOWN } else { UNKNOWN };
        bar.set_style(ProgressStyle::with_template(template).expect("the template is valid"));
        if let Some(total) = progress.total {
            bar.set_length(total);
        }
    }
    bar.set_position(progress.done);
}

/// What was taken for the schema of the records, if that is not the one for which this program was made: one line for each
/// schema.
pub(crate) fn schemas(summary: &Summary) -> Option<String> {
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
        Some(format!("{which}read as {schema}, as line {} has it (--from SCHEMA says otherwise)", first.line))
    });
    let lines: Vec<_> = lines.collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// What became of turns that are hidden in others, if there are any.
pub(crate) fn embedded_turns(summary: &Summary) -> Option<String> {
    let turns = summary.counts.embedded_turns;
    (turns > 0).then(|| {
        format!(
            "turns behind <extra_id_1> markers are split off: {turns} (--split-embedded-turns=false leaves them where \
             they are)"
        )
    })
}

/// The summary on two lines, and one more if something is odd about the rows of which no warning tells.
pub(crate) fn summary(summary: &Summary) -> String {
    let counts = &summary.counts;
    let rejected = match counts.rejected.total() {
        0 => "none rejected".to_owned(),
        total => {
            let kinds = counts.rejected.by_kind().filter(|&(_, count)| count > 0);
            let kinds: Vec<_> = kinds.map(|(kind, count)| format!("{count} {}", kind.name())).collect();
            format!("{total} rejected ({})", kinds.join(", "))
        }
    };
    let other_split = match counts.other_split {
        0 => String::new(),
        count => format!(" {count} of the other split,"),
    };
    let mut odd: Vec<_> =
        [(counts.too_long, "too long and left out"), (counts.out_of_range, "with a score out of range")]
            .into_iter()
            .filter(|&(count, _)| count > 0)
            .map(|(count, what)| format!("{} {what}", number(count, "row")))
            .collect();
    if summary.repeat > 1 && counts.rows > 0 {
        odd.push(format!("all of it written {} times", summary.repeat));
    }
    let odd = if odd.is_empty() { String::new() } else { format!("\n{}", odd.join(", ")) };
    let read = summary.bytes_in as f64 * summary.repeat as f64;
    let rate = ByteSize::b((read / summary.seconds.max(f64::EPSILON)) as u64);
    format!(
        "{} gave {}; {rejected},{other_split} {} without a label, {}{odd}\n\
         {} in, {} out, {:.3} s, {}/s, {}",
        number(counts.records, "record"),
        number(counts.rows, "row"),
        counts.unlabelled,
        number(counts.blank, "blank line"),
        ByteSize::b(summary.bytes_in),
        ByteSize::b(summary.bytes_out),
        summary.seconds,
        rate,
        number(summary.threads as u64, "thread"),
    )
}

fn number(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

/// Why there are no rows, if there are none.
pub(crate) fn no_rows(summary: &Summary) -> Option<String> {
    let counts = &summary.counts;
    let why = if counts.rows > 0 {
        return None;
    } else if counts.records == 0 {
        "the input has no records".to_owned()
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
