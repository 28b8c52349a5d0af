//! A run of the binary: under way, and when it has ended.

use std::{
    fs,
    io::Read,
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus},
    thread::{self, JoinHandle, sleep},
    time::{Duration, Instant},
};

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

use super::{
    assert_same,
    wait::{PATIENCE, wait_until},
};

/// A process that may still run. Dropping it kills the process.
#[derive(Debug)]
pub struct Running {
    shown: String,
    child: Child,
}

impl Running {
    #[track_caller]
    pub(super) fn start(mut command: Command) -> Self {
        let args: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect();
        let child = command.spawn().expect("the process starts");
        Self { shown: format!("steer2reg {}", args.join(" ")), child }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Standard input, if it is a pipe. Dropping it ends the input.
    #[track_caller]
    pub fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("standard input is a pipe, and taken once")
    }

    /// Standard output, which [`Self::finish`] then leaves alone.
    #[track_caller]
    pub fn stdout(&mut self) -> ChildStdout {
        self.child.stdout.take().expect("standard output is taken once")
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().expect("kill runs");
        assert!(sent.success(), "kill -s {name}: {sent}");
    }

    /// Waits until the process handles a signal.
    #[track_caller]
    pub fn wait_for_handler(&self, signal: i32) {
        let id = self.id().to_string();
        if cfg!(target_os = "linux") {
            // A shell that becomes the process has handlers of its own.
            let is_it = || fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name.trim() == "steer2reg");
            wait_until("there is a handler", || is_it() && is_in_mask(&id, "SigCgt:", signal));
        } else {
            sleep(Duration::from_millis(300));
        }
    }

    /// Waits for the end.
    #[track_caller]
    pub fn finish(mut self) -> Ran {
        let stdout = self.child.stdout.take().map(read_aside);
        let stderr = self.child.stderr.take().map(read_aside);
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "{} hangs", self.shown);
            sleep(Duration::from_millis(1));
        };
        let all = |reader: Option<JoinHandle<Vec<u8>>>| reader.map(|it| it.join().expect("reading does not panic"));
        Ran {
            shown: self.shown.clone(),
            status,
            stdout: all(stdout).unwrap_or_default(),
            stderr: String::from_utf8_lossy(&all(stderr).unwrap_or_default()).into_owned(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_aside(mut stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
}

/// A process that has ended.
#[derive(Debug)]
pub struct Ran {
    shown: String,
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ran {
    #[track_caller]
    pub fn exits_with(self, code: i32) -> Self {
        let Self { shown, status, stderr, .. } = &self;
        assert_eq!(status.code(), Some(code), "{shown}\nended with {status} and said\n{stderr}");
        self
    }

    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits_with(0)
    }

    #[track_caller]
    pub fn fails(self) -> Self {
        self.exits_with(1)
    }

    /// Wrong usage: clap's status, a message that has `part`, and no rows.
    #[track_caller]
    pub fn shows_misuse_of(self, part: &str) -> Self {
        self.exits_with(2).says(part).prints("")
    }

    /// All of standard output.
    #[track_caller]
    pub fn prints(self, expected: impl AsRef<[u8]>) -> Self {
        assert_same(&format!("{}\nstandard output", self.shown), expected.as_ref(), &self.stdout);
        self
    }

    /// All of standard error.
    #[track_caller]
    pub fn says_only(self, expected: &str) -> Self {
        assert_same(&format!("{}\nstandard error", self.shown), expected.as_bytes(), self.stderr.as_bytes());
        self
    }

    #[track_caller]
    pub fn says_nothing(self) -> Self {
        self.says_only("")
    }

    /// A part of standard error.
    #[track_caller]
    pub fn says(self, part: &str) -> Self {
        let Self { shown, stderr, .. } = &self;
        assert!(stderr.contains(part), "{shown}\ndid not say\n{part}\nbut\n{stderr}");
        self
    }

    #[track_caller]
    pub fn does_not_say(self, part: &str) -> Self {
        let Self { shown, stderr, .. } = &self;
        assert!(!stderr.contains(part), "{shown}\nsaid\n{part}\nin\n{stderr}");
        self
    }

    /// Fails with one line on standard error that has all `parts`, which name the file and the cause.
    #[track_caller]
    pub fn fails_with_one_line(self, parts: &[&str]) -> Self {
        let ran = parts.iter().fold(self.fails(), |ran, part| ran.says(part));
        let Self { shown, stderr, .. } = &ran;
        let is_one_line = stderr.ends_with('\n') && stderr.lines().count() == 1;
        assert!(is_one_line && stderr.starts_with("steer2reg: "), "{shown}\nshould say one line, but said\n{stderr}");
        ran
    }

    /// Succeeds, and says nothing but a summary that begins with this line.
    #[track_caller]
    pub fn sums_up(self, counts: &str) -> Self {
        let ran = self.succeeds();
        let Self { shown, stderr, .. } = &ran;
        let lines: Vec<_> = stderr.lines().collect();
        let is_summary = matches!(lines[..], [first, second] if first == counts && second.contains(" thread"));
        assert!(is_summary, "{shown}\nshould sum up with\n{counts}\nbut said\n{stderr}");
        ran
    }
}

/// The signals that ask a run to end, without those that the tests themselves ignore (under `nohup`, or in the background of
/// a shell): child processes inherit that.
pub fn asking_signals() -> Vec<(&'static str, i32)> {
    let mut signals = vec![
        ("INT", Signal::INT),
        ("TERM", Signal::TERM),
        ("HUP", Signal::HUP),
        ("QUIT", Signal::QUIT),
        ("USR1", Signal::USR1),
        ("USR2", Signal::USR2),
        ("ALRM", Signal::ALARM),
        ("XCPU", Signal::XCPU),
        ("VTALRM", Signal::VTALARM),
        ("PROF", Signal::PROF),
    ];
    // With some of them the system writes an image of the memory into the folder, if it may.
    let none = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
    setrlimit(Resource::Core, none).expect("a limit can be lowered");
    signals.retain(|(_, signal)| !is_in_mask("self", "SigIgn:", signal.as_raw()));
    signals.into_iter().map(|(name, signal)| (name, signal.as_raw())).collect()
}

/// True if a signal is in a mask in the status of a process (known on Linux only).
fn is_in_mask(process: &str, mask: &str, signal: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix(mask));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}
