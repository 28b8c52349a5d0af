//! Messages on standard error: sentences for a person, or JSON Lines for a machine (`--log-format json`).
//!
//! A JSON line has the keys `time` (seconds since 1970, UTC), `level` (`info`, `warning` or `error`), `event` and `message`; some
//! events have more.

use std::{
    io::{self, Write},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytesize::ByteSize;
use serde::Serialize;

use super::{flag_names::flag, terminal};
use crate::{Error, ErrorKind, FailedInput, Progress, Rejection, RejectionKind, Summary};

/// How messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogFormat {
    Text,
    Json,
}

/// A message as JSON. `more` is an object.
#[derive(Serialize)]
struct Line<'m, M> {
    /// Seconds since 1970, UTC.
    time: f64,
    level: &'m str,
    event: &'m str,
    message: &'m str,
    #[serde(flatten)]
    more: M,
}

/// Nothing more than the message.
#[derive(Serialize)]
struct Nothing {}

/// The place of a record that is at fault, and why it is.
#[derive(Serialize)]
struct Fault<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    byte: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<RejectionKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'e str>,
}

#[derive(Serialize)]
struct Stats<'s> {
    stats: &'s Summary,
}

#[derive(Serialize)]
struct Amount {
    done: u64,
    total: Option<u64>,
    seconds: f64,
}

impl LogFormat {
    /// Writes a remark that is neither a warning nor the summary.
    pub(super) fn note(self, message: &str) {
        match self {
            Self::Text => terminal::say(message),
            Self::Json => write("info", "note", message, Nothing {}),
        }
    }

    /// Writes what became of a run that a signal ends.
    pub(super) fn interrupted(self, message: &str) {
        match self {
            Self::Text => terminal::say(&format!("steer2reg: {message}")),
            Self::Json => write("error", "interrupted", message, Nothing {}),
        }
    }

    pub(super) fn warning(self, message: &str) {
        match self {
            Self::Text => terminal::say(&format!("steer2reg: warning: {message}")),
            Self::Json => write("warning", "warning", message, Nothing {}),
        }
    }

    /// Writes the summary of a run; as JSON it also has what `--stats` has.
    pub(super) fn summary(self, message: &str, stats: &Summary) {
        match self {
            Self::Text => terminal::say(message),
            Self::Json => write("info", "summary", message, Stats { stats }),
        }
    }

    /// Writes the error that ended a run.
    pub(super) fn error(self, error: &Error) {
        self.error_as("error", error);
    }

    /// Writes why an input was left out.
    pub(super) fn left_out(self, input: &FailedInput) {
        self.error_as("left-out", &input.error);
    }

    /// Writes an error, as JSON with this event.
    fn error_as(self, event: &str, error: &Error) {
        let message = error.display_with(&flag).to_string();
        match (self, error.kind()) {
            // Begins with FILE:LINE, as editors and people expect it.
            (Self::Text, ErrorKind::Record { .. }) => terminal::say(&message),
            (Self::Text, _) => terminal::say(&format!("steer2reg: {message}")),
            (Self::Json, _) => {
                let (position, rejection) = (error.position(), rejection(error));
                let fault = Fault {
                    file: position.map(|position| &*position.file),
                    line: position.map(|position| position.line),
                    byte: position.map(|position| position.byte),
                    kind: rejection.map(Rejection::kind),
                    reason: rejection.map(Rejection::reason),
                };
                write("error", event, &message, fault);
            }
        }
    }

    /// Writes how far a run is after some seconds.
    fn progress(self, Progress { done, total }: Progress, seconds: f64) {
        let rate = ByteSize::b((done as f64 / seconds.max(f64::EPSILON)) as u64);
        let share = total.map(|total| {
            let percent = u128::from(done) * 100 / u128::from(total.max(1));
            format!(" of {} ({percent} %)", ByteSize::b(total))
        });
        let message = format!("{}{}, {rate}/s", ByteSize::b(done), share.unwrap_or_default());
        match self {
            Self::Text => terminal::say(&format!("steer2reg: {message}")),
            Self::Json => write("info", "progress", &message, Amount { done, total, seconds }),
        }
    }
}

/// Writes a JSON line; write errors are ignored.
fn write(level: &str, event: &str, message: &str, more: impl Serialize) {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as f64 / 1000.0;
    let line = serde_json::to_string(&Line { time, level, event, message, more }).unwrap_or_default();
    let _ = writeln!(io::stderr(), "{line}");
}

/// Tells now and then how far a run is, where there is no progress bar.
#[derive(Debug)]
pub(super) struct Ticker {
    log: LogFormat,
    interval: Duration,
    started: Instant,
    /// The next time to tell it.
    next: Mutex<Instant>,
}

impl Ticker {
    pub(super) fn new(log: LogFormat, interval: Duration) -> Self {
        let started = Instant::now();
        Self { log, interval, started, next: Mutex::new(started + interval) }
    }

    /// Tells the progress, once in each interval.
    pub(super) fn show(&self, progress: Progress) {
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if now >= *next {
            *next = now + self.interval;
            self.log.progress(progress, (now - self.started).as_secs_f64());
        }
    }
}

/// The rejection that an error is about.
fn rejection(error: &Error) -> Option<&Rejection> {
    match error.kind() {
        ErrorKind::Record { rejection, .. } => Some(rejection),
        ErrorKind::TooManyRejects { last: record, .. }
        | ErrorKind::AllRejected { first: record, .. }
        | ErrorKind::UnknownSchema { first: record, .. } => rejection(record),
        _ => None,
    }
}
