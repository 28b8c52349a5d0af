//! A folder to run the binary in, so that a test reads as a few lines.
//!
//! Files have short names relative to the folder, and so have they in messages. Every process has a time limit
//! and is killed when its test is over: a hang is a failed test, not a blocked machine.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{ErrorKind, Read, Write},
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread::{self, JoinHandle, sleep},
    time::{Duration, Instant},
};

use tempfile::TempDir;

pub mod records;

/// Far more than any run takes, also on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The binary under test. Cargo tells its path only to tests of its own package, and not before they run.
fn binary() -> OsString {
    env::var_os("CARGO_BIN_EXE_steer2reg").expect("`cargo test` names the binary")
}

/// A folder with the files of a test.
pub struct TestEnv {
    folder: TempDir,
}

impl TestEnv {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("steer2reg-test-").tempdir().expect("a folder for the test");
        Self { folder }
    }

    /// With a file.
    pub fn with(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let env = Self::new();
        env.file(name, bytes);
        env
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), bytes).expect(name);
        self
    }

    pub fn folder(&self, name: &str) -> &Self {
        fs::create_dir(self.path(name)).expect(name);
        self
    }

    /// A symbolic link: `target` is as it will stand in the link.
    pub fn link(&self, name: &str, target: &str) -> &Self {
        symlink(target, self.path(name)).expect(name);
        self
    }

    pub fn hard_link(&self, name: &str, target: &str) -> &Self {
        fs::hard_link(self.path(target), self.path(name)).expect(name);
        self
    }

    /// A named pipe.
    pub fn fifo(&self, name: &str) -> &Self {
        let made = Command::new("mkfifo").arg(self.path(name)).status().expect("mkfifo runs");
        assert!(made.success(), "mkfifo {name}: {made}");
        self
    }

    pub fn set_mode(&self, name: &str, mode: u32) -> &Self {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).expect(name);
        self
    }

    pub fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).expect(name).permissions().mode() & 0o7777
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect(name)
    }

    pub fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&self.bytes(name)).expect(name)
    }

    /// All names in the folder, hidden ones included.
    pub fn listing(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("the test's folder is there");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    #[track_caller]
    pub fn assert_file(&self, name: &str, expected: impl AsRef<[u8]>) -> &Self {
        assert!(self.path(name).exists(), "{name} is not there, but {:?} are", self.listing());
        assert_same(name, expected.as_ref(), &self.bytes(name));
        self
    }

    /// These files and no others: no output that should not be, and no temporary file left.
    #[track_caller]
    pub fn assert_listing(&self, expected: &[&str]) -> &Self {
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_same("the listing", expected.join("\n").as_bytes(), self.listing().join("\n").as_bytes());
        self
    }

    /// Runs `steer2reg` with nothing on standard input.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Ran {
        self.spawn(args).finish()
    }

    #[track_caller]
    pub fn run_with_stdin(&self, args: &[&str], bytes: impl AsRef<[u8]>) -> Ran {
        let mut running = self.spawn_with_stdin(args);
        let mut stdin = running.stdin();
        let bytes = bytes.as_ref().to_vec();
        // A run that fails early does not read all of it.
        let feeder = thread::spawn(move || drop(stdin.write_all(&bytes)));
        let ran = running.finish();
        feeder.join().expect("feeding does not panic");
        ran
    }

    /// Runs `steer2reg` from a shell script, in which `"$@"` is the command: for redirections and limits.
    #[track_caller]
    pub fn run_in_shell(&self, script: &str, args: &[&str]) -> Ran {
        Running::start(self.shell(script, args)).finish()
    }

    /// The same, under way, with a pipe as standard input. Signals reach `steer2reg` if the script ends in `exec`.
    #[track_caller]
    pub fn spawn_in_shell(&self, script: &str, args: &[&str]) -> Running {
        let mut command = self.shell(script, args);
        command.stdin(Stdio::piped());
        Running::start(command)
    }

    #[track_caller]
    pub fn spawn(&self, args: &[&str]) -> Running {
        Running::start(self.command(args))
    }

    #[track_caller]
    pub fn spawn_with_stdin(&self, args: &[&str]) -> Running {
        let mut command = self.command(args);
        command.stdin(Stdio::piped());
        Running::start(command)
    }

    /// With something else than a pipe that is read all the time as standard error.
    #[track_caller]
    pub fn spawn_with_stderr(&self, args: &[&str], stderr: impl Into<Stdio>) -> Running {
        let mut command = self.command(args);
        command.stderr(stderr);
        Running::start(command)
    }

    fn shell(&self, script: &str, args: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(binary()).args(args);
        self.in_folder(command)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(args);
        self.in_folder(command)
    }

    fn in_folder(&self, mut command: Command) -> Command {
        command.current_dir(self.folder.path()).env_remove("RUST_BACKTRACE");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// A process under way. It is killed when this is dropped.
pub struct Running {
    shown: String,
    child: Child,
}

impl Running {
    #[track_caller]
    fn start(mut command: Command) -> Self {
        let args: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect();
        let child = command.spawn().expect("the process starts");
        Self { shown: format!("steer2reg {}", args.join(" ")), child }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Standard input, if it was asked for. Dropping it ends the input.
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

/// The signals that ask a run to end, but for those that the tests were started without, as `nohup` does it and a shell for
/// what it starts in the background: what the tests start is without them, too.
pub fn asking_signals() -> Vec<(&'static str, i32)> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    let mut signals = vec![("INT", 2), ("TERM", 15), ("HUP", 1)];
    signals.retain(|(_, number)| ignored >> (number - 1) & 1 == 0);
    signals
}

/// Runs what may block for ever, such as opening a named pipe, aside.
pub fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Aside<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || drop(sender.send(work())));
    Aside(receiver)
}

pub struct Aside<T>(mpsc::Receiver<T>);

impl<T> Aside<T> {
    #[track_caller]
    pub fn result(self) -> T {
        self.0.recv_timeout(PATIENCE).expect("this ends in time")
    }
}

/// Waits until something holds.
#[track_caller]
pub fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "in vain waited until {what}");
        sleep(Duration::from_millis(2));
    }
}

/// True if the folder's permissions do not bind whoever runs the tests: root may do anything.
pub fn is_above_permissions() -> bool {
    let env = TestEnv::new();
    env.folder("locked").set_mode("locked", 0o555);
    let written = fs::write(env.path("locked/probe"), "");
    !written.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}

/// Fails with a diff if the texts differ.
#[track_caller]
pub fn assert_same(what: &str, expected: &[u8], actual: &[u8]) {
    assert!(expected == actual, "{what}: expected (-) is not what is there (+)\n{}", diff(expected, actual));
}

/// The lines in which two texts differ, with a few around them.
fn diff(expected: &[u8], actual: &[u8]) -> String {
    const MOST: usize = 12;
    const AROUND: usize = 2;
    let [expected, actual] = [expected, actual].map(|text| {
        let lines = text.split_inclusive(|&byte| byte == b'\n');
        lines.map(|line| line.escape_ascii().to_string()).collect::<Vec<_>>()
    });
    let pairs = || expected.iter().zip(&actual);
    let before = pairs().take_while(|(expected, actual)| expected == actual).count();
    let after = expected[before..].iter().rev().zip(actual[before..].iter().rev());
    let after = after.take_while(|(expected, actual)| expected == actual).count();

    let mut shown = vec![format!("  ({before} lines are the same)")];
    shown.extend(expected[..before].iter().skip(before.saturating_sub(AROUND)).map(|line| format!("  {line}")));
    for (sign, lines) in [('-', &expected), ('+', &actual)] {
        let differing = &lines[before..lines.len() - after];
        shown.extend(differing.iter().take(MOST).map(|line| format!("{sign} {line}")));
        if differing.len() > MOST {
            shown.push(format!("{sign} ({} more)", differing.len() - MOST));
        }
    }
    shown.extend(expected[expected.len() - after..].iter().take(AROUND).map(|line| format!("  {line}")));
    shown.push(format!("  ({after} lines are the same)"));
    shown.join("\n")
}
