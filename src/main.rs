//! The command-line tool: flags in, exit status out.

mod cli;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use rustix::process::{Resource, getrlimit, setrlimit};
use steer2reg::Error;

use crate::cli::{
    flags::{self, Cli},
    signals, terminal,
};

fn main() -> ExitCode {
    let cli = Cli::from_args();
    if let Some(shell) = cli.completions {
        // Whoever does not read it to the end does not want it.
        let _ = io::stdout().write_all(&flags::completions(shell));
        return ExitCode::SUCCESS;
    }
    if let Err(error) = signals::handle() {
        terminal::say(&format!("steer2reg: {error}"));
        return ExitCode::FAILURE;
    }
    allow_many_files();
    let bar = terminal::progress_bar(cli.shows_progress());
    let converted =
        steer2reg::convert_with_progress(&cli.config(), &|progress| terminal::show_progress(&bar, progress));
    bar.finish_and_clear();
    match converted {
        Ok(summary) => {
            let no_rows = terminal::no_rows(&summary).filter(|_| cli.expects_rows());
            for warning in no_rows.into_iter().chain(summary.warnings()) {
                terminal::say(&format!("steer2reg: warning: {warning}"));
            }
            if cli.shows_summary() {
                if let Some(schemas) = terminal::schemas(&summary) {
                    terminal::say(&schemas);
                }
                if let Some(embedded) = terminal::embedded_turns(&summary).filter(|_| cli.splits_by_default()) {
                    terminal::say(&embedded);
                }
                terminal::say(&terminal::summary(&summary));
            }
            ExitCode::SUCCESS
        }
        Err(Error::ReaderGone { .. }) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::say(&match error {
                // Begins with FILE:LINE, as editors and people expect it.
                Error::Record { .. } => error.to_string(),
                _ => format!("steer2reg: {error}"),
            });
            ExitCode::FAILURE
        }
    }
}

/// All inputs are open until their rows are written. Mostly a process may have 1,024 files open, and more if it asks.
fn allow_many_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // If the system does not want it, the file that is one too many tells.
    let _ = setrlimit(Resource::Nofile, limit);
}
