//! Signals: the temporary files go, and the exit status says which signal it was.
//!
//! A thread of its own does what is to be done, one signal after the other, while the signals' handlers only wake it. So
//! it may wait for a lock, which a handler must not, and signals that come at once are not in each other's way.

use std::{
    fs,
    sync::{Arc, atomic::AtomicBool},
    thread,
};

use signal_hook::{
    consts::{SIGBUS, SIGHUP, SIGINT, SIGTERM, SIGXFSZ},
    flag,
    iterator::Signals,
    low_level,
};
use steer2reg::Error;

/// What a person is told when a page of the mapped input is gone since the file is shorter.
const SHORTENED: &[u8] = b"steer2reg: the input was shortened while it was mapped; an output file is as it was. \
    Convert a file that does not change, or read it with --no-mmap\n";

/// And when the file is as long as it was.
const UNREADABLE: &[u8] = b"steer2reg: the system has no page of the mapped input at hand (SIGBUS), though no input was \
    shortened: the disk or the network file system may be at fault (its log says so, as with dmesg), or memory is short; \
    an output file is as it was. With --no-mmap the file is read, and the error is told with its file\n";

/// Takes care of what else would end the process and leave its temporary files behind.
pub(crate) fn handle() -> Result<(), Error> {
    // With a handler, a file that grows over the limit of the process is an error of the write.
    let _ = flag::register(SIGXFSZ, Arc::<AtomicBool>::default());

    // Whoever started this in the background or with nohup does not want it to end by them.
    let asking = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|&signal| !is_ignored(signal));
    leave_to_the_system(SIGBUS);
    let signals = Signals::new(asking.chain([SIGBUS]));
    let fails = |source| Error::Threads { what: "the thread for signals".to_owned(), source };
    let mut signals = signals.map_err(fails)?;
    // Without it, nobody would hear a signal any more.
    let thread = thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end_by(signal);
        }
    });
    thread.map(drop).map_err(fails)
}

/// Ends the process.
fn end_by(signal: i32) {
    steer2reg::remove_temporary_files();
    if signal == SIGBUS {
        // A page of the mapped input is gone. Whoever wants it tries again and again meanwhile, and goes no further.
        let why = if steer2reg::is_input_shortened() { SHORTENED } else { UNREADABLE };
        let _ = rustix::io::write(rustix::stdio::stderr(), why);
        low_level::exit(1);
    }
    let _ = low_level::emulate_default_handler(signal);
}

/// Takes away the standard library's own handler, which others would call first: it makes the next thread that meets
/// the same fault end the process at once.
#[allow(unsafe_code)]
fn leave_to_the_system(signal: i32) {
    // SAFETY: no handler is installed, so no code can be interrupted by one. What goes is a message about a stack that
    // overflows, on systems where that is this signal; the process still ends then.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}

/// True if the process was started with that signal ignored. (Only Linux tells.)
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}
