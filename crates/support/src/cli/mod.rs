//! A folder to run the binary in, so that a test reads as a few lines.
//!
//! File names, also those in messages, are relative to the folder. Every process has a time limit and is killed when its
//! test ends: a hang is a failed test, not a blocked machine.

mod diff;
mod process;
pub mod records;
mod wait;

use std::{
    env,
    ffi::OsString,
    fs,
    io::{ErrorKind, Write},
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use tempfile::TempDir;

pub use self::{
    diff::assert_same,
    process::{Ran, Running, asking_signals},
    wait::{Aside, PATIENCE, aside, wait_until},
};

/// The path of the binary under test. Cargo sets the variable for the tests of the binary's own package; another crate, such
/// as this one, can read it only at run time.
fn binary() -> OsString {
    env::var_os("CARGO_BIN_EXE_steer2reg").expect("`cargo test` names the binary")
}

/// A folder with the files of a test.
#[derive(Debug)]
pub struct TestEnv {
    folder: TempDir,
}

impl TestEnv {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("steer2reg-test-").tempdir().expect("a folder for the test");
        Self { folder }
    }

    /// A folder with one file.
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

    /// A symbolic link; `target` is its content as given.
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

    /// The temporary files in the folder and below that a process has open, as paths by which they can be looked at. Most have
    /// no name, so only the system knows them (and on other systems than Linux, all have one).
    pub fn temporary_files(&self, running: &Running) -> Vec<PathBuf> {
        if !cfg!(target_os = "linux") {
            let names = self.listing().into_iter().filter(|name| is_temporary(name));
            return names.map(|name| self.path(&name)).collect();
        }
        let folder = self.folder.path().canonicalize().expect("the test's folder is there");
        let is_ours = |file: &PathBuf| {
            let Ok(open) = fs::read_link(file) else { return false };
            let Some(name) = open.strip_prefix(&folder).ok().and_then(|path| path.file_name()?.to_str()) else {
                return false;
            };
            is_temporary(name) || name.starts_with('#') && name.ends_with(" (deleted)")
        };
        let open = fs::read_dir(format!("/proc/{}/fd", running.id())).into_iter().flatten();
        open.flatten().map(|file| file.path()).filter(is_ours).collect()
    }

    /// Waits until a process has a temporary file.
    #[track_caller]
    pub fn wait_for_temporary_file(&self, running: &Running) {
        wait_until("there is a temporary file", || !self.temporary_files(running).is_empty());
    }

    /// Waits until a process has written more than `length` bytes to a temporary file.
    #[track_caller]
    pub fn wait_for_rows(&self, running: &Running, length: u64) {
        let is_written = |file: &PathBuf| fs::metadata(file).is_ok_and(|file| file.len() > length);
        wait_until("there are rows in a temporary file", || self.temporary_files(running).iter().any(is_written));
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

    /// Starts the script with a pipe as standard input. Signals reach `steer2reg` if the script ends in `exec`.
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

    /// Starts `steer2reg` with its standard error going to `stderr`.
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

/// True for a temporary name, which a person can recognise.
pub fn is_temporary(name: &str) -> bool {
    name.strip_prefix(".steer2reg-").and_then(|name| name.strip_suffix(".tmp")).is_some_and(|random| !random.is_empty())
}

/// True if permissions do not bind the user of the tests, who then is root.
pub fn is_above_permissions() -> bool {
    let env = TestEnv::new();
    env.folder("locked").set_mode("locked", 0o555);
    let written = fs::write(env.path("locked/probe"), "");
    !written.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}
