//! Standard error: the progress bar, and lines for a person.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{Progress, spelling::printable::Printable};

/// How often the bar moves.
const PER_SECOND: u8 = 10;

/// Prints lines to standard error; write errors are ignored.
pub(super) fn say(lines: &str) {
    for line in lines.split('\n') {
        let _ = writeln!(io::stderr(), "{}", Printable(line));
    }
}

/// A progress bar with bytes, rate and time left, as far as the terminal is wide enough.
#[derive(Debug, Clone)]
pub(super) struct Bar {
    progress: ProgressBar,
    term: Option<Term>,
    /// The template that is set.
    template: Arc<Mutex<&'static str>>,
}

impl Bar {
    /// A bar on standard error, or one that is not shown.
    pub(super) fn new(is_shown: bool) -> Self {
        if !is_shown {
            return Self { progress: ProgressBar::hidden(), term: None, template: Arc::default() };
        }
        let term = Term::stderr();
        // The usual target would hide itself where there is no terminal; here it was asked for.
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(term.clone()), PER_SECOND);
        Self { progress: ProgressBar::with_draw_target(None, target), term: Some(term), template: Arc::default() }
    }

    /// Moves the bar.
    pub(super) fn show(&self, progress: Progress) {
        let Some(term) = &self.term else { return };
        // The window may have been resized since.
        let columns = term.size_checked().map_or(80, |(_, columns)| columns);
        let template = template(columns, progress.total.is_some());
        let mut current = self.template.lock().unwrap_or_else(PoisonError::into_inner);
        if *current != template {
            *current = template;
            self.progress.set_style(ProgressStyle::with_template(template).expect("the template is valid"));
            if let Some(total) = progress.total {
                self.progress.set_length(total);
            }
        }
        self.progress.set_position(progress.done);
    }

    /// Takes the bar off the terminal.
    pub(super) fn clear(&self) {
        self.progress.finish_and_clear();
    }
}

/// What a line of this many columns has room for. A line that is too long would be broken, and its parts would stay.
fn template(columns: u16, is_length_known: bool) -> &'static str {
    match (columns, is_length_known) {
        (80.., true) => "{wide_bar} {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left",
        (40..80, true) => "{wide_bar} {bytes_per_sec}  {eta} left",
        (16..40, true) => "{wide_bar} {percent}%",
        (..16, true) => "{percent}%",
        (40.., false) => "{spinner} {bytes}  {bytes_per_sec}  {elapsed}",
        (..40, false) => "{bytes}",
    }
}
