//! Signals: the temporary file goes, and the exit status says which signal it was.

use std::fs;

use signal_hook::{
    consts::{SIGBUS, SIGHUP, SIGINT, SIGTERM, SIGXFSZ},
    low_level,
};

/// What a person is told when a page of the mapped input is gone.
const SHORTENED: &[u8] = b"steer2reg: the input was shortened while it was mapped; an output file is as it was. \
    Convert a file that does not change, or read it with --no-mmap\n";

/// Takes care of what else would end the process and leave its temporary file behind.
#[allow(unsafe_code)]
pub(crate) fn handle() {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // Whoever started this in the background or with nohup does not want it to end by them.
        if is_ignored(signal) {
            continue;
        }
        let end = move || {
            steer2reg::remove_temporary_files();
            let _ = low_level::emulate_default_handler(signal);
        };
        // SAFETY: a handler may interrupt any code, so it must not wait for a lock or allocate. Removing the
        // files does neither (see there), and the other function is made for handlers.
        let _ = unsafe { low_level::register(signal, end) };
    }
    let end = || {
        steer2reg::remove_temporary_files();
        let _ = rustix::io::write(rustix::stdio::stderr(), SHORTENED);
        low_level::exit(1);
    };
    // SAFETY: as above; writing to a descriptor and ending the process at once are allowed in a handler. It does
    // not return, so the read that failed is never tried again.
    let _ = unsafe { low_level::register(SIGBUS, end) };
    // With a handler, a file that grows over the limit of the process is an error of the write.
    // SAFETY: it does nothing.
    let _ = unsafe { low_level::register(SIGXFSZ, || ()) };
}

/// True if the process was started with that signal ignored. (Only Linux tells.)
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}
