//! Signals: temporary files are removed, and the exit status names the signal.
//!
//! A thread handles one signal after the other; the handlers of the signals only wake it. So it may wait for a lock, which a
//! handler must not, and signals that come at once are not in each other's way.

use std::{
    fs,
    path::Path,
    sync::{Arc, atomic::AtomicBool, mpsc},
    thread,
    time::Duration,
};

use signal_hook::{
    consts::{
        SIGALRM, SIGBUS, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ,
    },
    flag,
    iterator::Signals,
    low_level,
};

use super::{exit_status::ExitStatus, log::LogFormat, terminal::Bar};
use crate::{Config, Error, ErrorKind, OnError, Output};

/// The signals that end a process that does not handle them, other than those of faults: from a person, a batch system that
/// warns before a limit, a timer, and the system at a limit of processor time.
const ASKING: [i32; 10] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU, SIGVTALRM, SIGPROF];

/// How long the farewell may take: standard error may be a terminal or a pipe that takes no more.
const PATIENCE: Duration = Duration::from_millis(200);

/// The message when a page of the mapped input is gone because the file is shorter.
const SHORTENED: &str = "the input was shortened while it was mapped; an output file that is not complete is as it was. \
    Convert a file that does not change, or read it with --no-mmap";

/// The message when the file is as long as it was.
const UNREADABLE: &str = "the system could not supply a page of the mapped input (SIGBUS), though no input was \
    shortened: likely causes are the disk, the network file system (see dmesg) or a lack of memory; an output file that is \
    not complete is as it was. With --no-mmap the error names the file";

/// What became of the output of a run that is interrupted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Farewell {
    /// Rows for a pipe, a device or standard output are written without waiting for the end, and so are rejected records.
    is_streamed: bool,
    /// The number of outputs in a folder, which appear one after the other.
    outputs: Option<u64>,
}

impl Farewell {
    pub(super) fn new(config: &Config) -> Self {
        let is_stream =
            |path: &Path| path.as_os_str() == "-" || fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
        let rows = match &config.output {
            Output::Stdout => true,
            Output::Path(path) => is_stream(path),
            Output::Directory(_) | Output::Check => false,
        };
        let rejects = matches!(&config.on_error, OnError::Skip { rejects: Some(path), .. } if is_stream(path));
        let is_folder = matches!(config.output, Output::Directory(_));
        Self { is_streamed: rows || rejects, outputs: is_folder.then_some(config.inputs.len() as u64) }
    }

    /// The message if `renamed` files have got their names; `None` if all is there.
    fn message(self, renamed: u64) -> Option<String> {
        match self.outputs {
            // The files beside the rows come last.
            Some(of) if renamed > 0 => {
                let ready = renamed.min(of);
                Some(format!("interrupted; outputs that are complete and in place: {ready} of {of}"))
            }
            _ if renamed > 0 => None,
            _ if self.is_streamed => Some("interrupted; the output is not complete".to_owned()),
            _ => Some("interrupted; nothing was written".to_owned()),
        }
    }
}

/// Handles the signals that would end the process and leave its temporary files behind. On the way out the bar is cleared,
/// and `farewell` is printed.
pub(super) fn handle(bar: Bar, log: LogFormat, farewell: Option<Farewell>) -> Result<(), Error> {
    // With a handler, a file that grows over the limit of the process is an error of the write.
    let _ = flag::register(SIGXFSZ, Arc::<AtomicBool>::default());

    // Signals that are ignored at start-up (`nohup`, `&`) stay ignored.
    let asking = ASKING.into_iter().filter(|&signal| !is_ignored(signal));
    leave_to_the_system(SIGBUS);
    let signals = Signals::new(asking.chain([SIGBUS]));
    let fails = |source| Error::from(ErrorKind::Threads { what: "the thread for signals".to_owned(), source });
    let mut signals = signals.map_err(fails)?;
    let thread = thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end_by(signal, bar, log, farewell);
        }
    });
    thread.map(drop).map_err(fails)
}

/// Ends the process.
fn end_by(signal: i32, bar: Bar, log: LogFormat, farewell: Option<Farewell>) -> ! {
    let renamed = crate::remove_temporary_files_and_block();
    let message = match signal {
        // A mapped page vanished: the input was truncated. The faulting thread retries until the process ends.
        SIGBUS if crate::is_input_shortened() => Some(SHORTENED.to_owned()),
        SIGBUS => Some(UNREADABLE.to_owned()),
        _ => farewell.and_then(|farewell| farewell.message(renamed)),
    };
    let (done, is_done) = mpsc::channel();
    let last_words = move || {
        bar.clear();
        if let Some(message) = message {
            log.interrupted(&message);
        }
        let _ = done.send(());
    };
    if thread::Builder::new().spawn(last_words).is_ok() {
        let _ = is_done.recv_timeout(PATIENCE);
    }
    if signal == SIGBUS {
        low_level::exit(ExitStatus::Failure.code().into());
    }
    // No signal ends the first process of a container, not even that of `abort`.
    if std::process::id() != 1 {
        let _ = low_level::emulate_default_handler(signal);
    }
    low_level::exit(ExitStatus::Signal(signal).code().into())
}

/// Removes the standard library's own handler, which would be called first: it makes the next thread that meets the same
/// fault end the process at once.
#[allow(unsafe_code)]
fn leave_to_the_system(signal: i32) {
    // SAFETY: no handler is installed, so no code can be interrupted by one. What goes is a message about a stack that
    // overflows, on systems where that is this signal; the process still ends then.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}

/// True if the process was started with the signal ignored (known on Linux only).
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}
