//! The command line, as a user meets it: every promise is provoked with the real binary.

mod testenv;

#[path = "cli/flags.rs"]
mod flags;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/refusals.rs"]
mod refusals;
#[path = "cli/report.rs"]
mod report;
#[path = "cli/same_file.rs"]
mod same_file;
#[path = "cli/stats.rs"]
mod stats;
#[path = "cli/streams.rs"]
mod streams;
