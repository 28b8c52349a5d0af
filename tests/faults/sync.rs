//! `--sync`: disks that show their errors only when the content reaches them, and the order in which all is synced.
#![cfg(target_os = "linux")]

use std::{fs, process::Command};

use support::cli::{
    TestEnv, is_above_permissions,
    records::{BAD_JSON, record, records, rows},
};

/// The files of a run, each in a folder of its own.
const FILES: [&str; 4] = ["rejects/file", "stats/file", "report/file", "rows/file"];

/// A run that writes [`FILES`].
const ARGS: [&str; 13] = [
    "-q",
    "-i",
    "in.jsonl",
    "--on-error",
    "skip",
    "--rejects",
    FILES[0],
    "--stats",
    FILES[1],
    "--report",
    FILES[2],
    "-o",
    FILES[3],
];

fn env() -> TestEnv {
    let env = TestEnv::with("in.jsonl", [records(0..300).as_bytes(), BAD_JSON.bytes].concat());
    for file in FILES {
        env.folder(folder_of(file));
    }
    env
}

fn folder_of(file: &str) -> &str {
    file.split('/').next().expect("it has a folder")
}

fn is_done(script: &str, env: &TestEnv) -> bool {
    let done = Command::new("sh").args(["-ec", script]).current_dir(env.path(".")).output();
    done.is_ok_and(|done| done.status.success())
}

/// A disk that has promised more space than there is behind it.
struct ThinDisk<'e> {
    env: &'e TestEnv,
    folder: &'e str,
}

impl<'e> ThinDisk<'e> {
    /// `None`, with a message, if there can be none.
    fn mount(env: &'e TestEnv, folder: &'e str) -> Option<Self> {
        let disk = Self { env, folder };
        let script = format!(
            "mkdir -p store; mount -t tmpfs -o size=2m steer2reg-test store; truncate -s 64M store/image; \
             mkfs.ext4 -q -F -b 4096 -O ^has_journal store/image; mount -o loop store/image {folder}; echo old > {folder}/file; \
             sync -f {folder}/file"
        );
        if !is_done(&script, env) {
            eprintln!("skipped: this user may not mount a file");
            return None;
        }
        fs::write(env.path("store/filler"), vec![b'x'; 4 << 20]).expect_err("there is less space");
        Some(disk)
    }
}

impl Drop for ThinDisk<'_> {
    fn drop(&mut self) {
        is_done(&format!("umount -l {}; umount -l store", self.folder), self.env);
    }
}

#[test]
fn a_disk_that_fails_when_it_is_synced_is_an_error_and_all_files_are_as_they_were() {
    let env = env();
    for failing in FILES {
        let Some(_disk) = ThinDisk::mount(&env, folder_of(failing)) else { return };
        for file in FILES {
            env.file(file, if file == failing { "old\n" } else { "old" });
        }
        let ran = env.run(&[&ARGS[..], &["--sync"]].concat());
        ran.fails_with_one_line(&[&format!("cannot sync {failing}: ")]);
        for file in FILES {
            env.assert_file(file, if file == failing { "old\n" } else { "old" });
            let mut names: Vec<_> = fs::read_dir(env.path(folder_of(file))).expect("a folder").collect();
            names.retain(|name| name.as_ref().is_ok_and(|name| name.file_name() != "lost+found"));
            assert_eq!(names.len(), 1, "{names:?}");
        }
        // Nobody would know.
        env.run(&ARGS).succeeds();
    }
}

/// What `strace` shows: `data` for a file without its name, the names of files as they get them, and synced folders.
fn traced(env: &TestEnv, args: &[&str]) -> Vec<String> {
    let script = r#"strace -f -y -e trace=fsync,linkat,renameat -o trace "$@""#;
    env.run_in_shell(script, args).succeeds();
    let root = env.path(".").canonicalize().expect("it is there").display().to_string();
    let trace = String::from_utf8(env.bytes("trace")).expect("it is UTF-8");
    let event = |line: &str| {
        // Each line begins with the number of the thread. A line of another thread may come before the result.
        let called = line.strip_suffix("= 0").or_else(|| line.strip_suffix("<unfinished ...>"))?;
        let (call, rest) = called.split_once(' ')?.1.trim_start().split_once('(')?;
        if call == "fsync" {
            let path = rest.split_once('<')?.1.split('>').next()?;
            let is_file = path.contains("/#") || path.contains("/.steer2reg-");
            let folder = path.strip_prefix(&root)?.trim_start_matches('/');
            return Some(if is_file { "data".to_owned() } else { format!("folder {folder}") });
        }
        let name = rest.rsplit('"').nth(1)?;
        (!name.contains(".steer2reg-")).then(|| format!("name {name}"))
    };
    trace.lines().filter_map(|line| event(line.trim_end())).collect()
}

#[test]
fn content_is_synced_before_the_names_and_then_the_folders() {
    let env = env();
    if !is_done("strace -o trace true", &env) {
        eprintln!("skipped: there is no strace that works");
        return;
    }
    let all = FILES.iter().flat_map(|file| [format!("name {file}"), format!("folder {}", folder_of(file))]);
    let expected: Vec<_> = FILES.iter().map(|_| "data".to_owned()).chain(all).collect();
    for state in ["new", "replaced"] {
        assert_eq!(traced(&env, &[&ARGS[..], &["--sync"]].concat()), expected, "{state}");
    }
    let only_names: Vec<_> = FILES.iter().map(|file| format!("name {file}")).collect();
    assert_eq!(traced(&env, &ARGS), only_names);

    env.file("a", record(1)).file("b", record(2));
    let events = traced(&env, &["-q", "--sync", "--output-dir", "rows/new/deep", "a", "b"]);
    // Each output is complete before the next one.
    let [a, b] = ["name rows/new/deep/a", "name rows/new/deep/b"].map(|name| ["data", name, "folder rows/new/deep"]);
    assert_eq!(events, [&["folder rows/new", "folder rows"][..], &a, &b].concat());
}

#[test]
fn a_folder_that_cannot_be_synced_is_refused_before_the_run() {
    let env = env();
    env.set_mode(".", 0o755);
    let nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all";
    let script = if is_above_permissions() { format!(r#"{nobody} "$@""#) } else { r#""$@""#.to_owned() };
    if !is_done(&script.replace(r#""$@""#, "true"), &env) {
        eprintln!("skipped: this user cannot become another");
        return;
    }
    for file in FILES {
        env.set_mode(folder_of(file), 0o777);
    }
    // A run that fails at its end.
    let args = [&ARGS[..], &["--max-rejects", "0"]].concat();
    env.run_in_shell(&script, &args).fails().says("more than 0");
    for file in FILES {
        let folder = folder_of(file);
        env.set_mode(folder, 0o333);
        let ran = env.run_in_shell(&script, &[&args[..], &["--sync"]].concat());
        ran.fails_with_one_line(&[&format!("cannot sync the folder of {file}: Permission denied")]);
        let new = format!("{folder}/new");
        let ran = env.run_in_shell(&script, &["--sync", "--output-dir", &new, "in.jsonl"]);
        ran.fails_with_one_line(&[&format!("cannot sync the folder of {new}: Permission denied")]);
        env.set_mode(folder, 0o777);
    }
}

#[test]
fn streams_are_not_synced() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.run(&["-q", "--sync", "-i", "in.jsonl", "-o", "-"]).succeeds().prints(rows(0..3));
    env.run_in_shell(r#""$@" > file"#, &["-q", "--sync", "-i", "in.jsonl", "-o", "-"]).succeeds();
    env.assert_file("file", rows(0..3));
    for output in ["/dev/null", "/dev/stderr"] {
        env.run(&["-q", "--sync", "-i", "in.jsonl", "-o", output, "--stats", "-"]).succeeds();
    }
    let running = crate::held(&env, &["--sync"]);
    crate::let_go(&env, running).succeeds();
    env.assert_file("out.jsonl", rows(0..3));
    env.run(&["--sync", "--check", "-i", "in.jsonl"]).succeeds();
}
