//! The command line: arguments in, exit status out. It uses only the public interface of the library.

mod arguments;
mod exit_status;
mod flag_names;
mod flags;
mod help;
mod log;
mod misuse;
mod row_flags;
mod signals;
mod summary;
mod terminal;
mod values;

use std::{
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
};

use self::{exit_status::ExitStatus, flags::Cli, signals::Farewell, terminal::Bar};
use crate::{ErrorKind, Summary};

/// Runs the command line with the arguments of a process, of which the first one is the name of the program, and returns
/// its exit status: 0 on success, 1 after a failure, 2 after wrong usage.
///
/// It takes over the process: it handles the signals that ask a process to end (SIGINT,
/// SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU, SIGVTALRM and SIGPROF): they end it after it has removed
/// temporary files.
///
/// ```no_run
/// let arguments = ["steer2reg", "-i", "train.jsonl", "-o", "train.regression.jsonl"];
/// steer2reg::cli::main(arguments.map(Into::into));
/// ```
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let status = match Cli::from_arguments(arguments) {
        Ok(cli) => run(&cli),
        Err(error) => {
            // A closed pipe is no failure: its reader has seen enough.
            let _ = error.print();
            if error.use_stderr() { ExitStatus::Usage } else { ExitStatus::Success }
        }
    };
    status.into()
}

fn run(cli: &Cli) -> ExitStatus {
    if let Some(document) = cli.document() {
        // As above.
        let _ = io::stdout().write_all(&document);
        return ExitStatus::Success;
    }
    let config = cli.config();
    let (log, bar, ticker) = (cli.log_format(), Bar::new(cli.shows_bar()), cli.ticker());
    let farewell = (!cli.is_quiet()).then(|| Farewell::new(&config));
    if let Err(error) = signals::handle(bar.clone(), log, farewell) {
        log.error(&error);
        return ExitStatus::Failure;
    }
    let converted = crate::convert_with_progress(&config, &|progress| {
        bar.show(progress);
        if let Some(ticker) = &ticker {
            ticker.show(progress);
        }
    });
    bar.clear();
    match converted {
        Ok(summary) => {
            summary.failed_inputs.iter().for_each(|failed| log.left_out(failed));
            show(cli, &summary);
            if summary.failed_inputs.is_empty() { ExitStatus::Success } else { ExitStatus::Failure }
        }
        Err(error) if matches!(error.kind(), ErrorKind::ReaderGone { .. }) => ExitStatus::Success,
        Err(error) => {
            error.failed_inputs().iter().for_each(|failed| log.left_out(failed));
            log.error(&error);
            ExitStatus::Failure
        }
    }
}

/// Shows the warnings and the summary of a run.
fn show(cli: &Cli, summary: &Summary) {
    let log = cli.log_format();
    let no_rows = summary::no_rows(summary).filter(|_| cli.expects_rows() && summary.failed_inputs.is_empty());
    for warning in no_rows.into_iter().chain(summary.warnings()) {
        log.warning(&warning);
    }
    if cli.is_quiet() {
        return;
    }
    let embedded = summary::embedded_turns(summary).filter(|_| cli.splits_by_default());
    for lines in summary::schemas(summary).into_iter().chain(embedded) {
        log.note(&lines);
    }
    log.summary(&summary::summary(summary, cli.is_check()), summary);
}
