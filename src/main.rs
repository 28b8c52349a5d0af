//! The command-line tool: flags in, exit status out.

mod cli;
mod report;

use std::{io, process::ExitCode};

use clap::CommandFactory;
use steer2reg::Error;

use crate::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::from_args();
    if let Some(shell) = cli.completions {
        clap_complete::generate(shell, &mut Cli::command(), "steer2reg", &mut io::stdout());
        return ExitCode::SUCCESS;
    }
    let bar = report::progress_bar(cli.shows_progress());
    let converted = steer2reg::convert_with_progress(&cli.config(), &|progress| report::show_progress(&bar, progress));
    bar.finish_and_clear();
    match converted {
        Ok(summary) => {
            if let Some(warning) = report::warning(&summary) {
                eprintln!("steer2reg: warning: {warning}");
            }
            if cli.shows_summary() {
                eprintln!("{}", report::summary(&summary));
            }
            ExitCode::SUCCESS
        }
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            match error {
                // Begins with FILE:LINE, as editors and people expect it.
                Error::Record { .. } => eprintln!("{error}"),
                _ => eprintln!("steer2reg: {error}"),
            }
            ExitCode::FAILURE
        }
    }
}
