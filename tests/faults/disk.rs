//! Disks that are full, on a small file system of their own where the tests may mount one; and others.
#![cfg(target_os = "linux")]

use std::{fs, os::unix::fs::MetadataExt, process::Command};

use support::cli::{
    TestEnv,
    records::{BAD_JSON, records, rows},
};

/// A test's folder with a small file system mounted on the folder `disk`.
struct Disk {
    env: TestEnv,
}

impl Disk {
    /// `None`, with a message, if nothing can be mounted.
    fn mount(options: &str) -> Option<Self> {
        let env = TestEnv::new();
        env.folder("disk");
        let mut mount = Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", options, "steer2reg-test"]).arg(env.path("disk")).output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self { env });
        }
        eprintln!("skipped: this user may not mount a file system");
        None
    }

    /// Fills what room there is.
    fn fill(&self) -> &Self {
        let filled = fs::write(self.env.path("disk/filler"), vec![b'x'; 1 << 20]);
        assert!(filled.is_err(), "the disk is too large");
        self
    }

    /// No temporary file and nothing else but these.
    #[track_caller]
    fn assert_listing(&self, expected: &[&str]) {
        let entries = fs::read_dir(self.env.path("disk")).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.collect();
        names.sort();
        assert_eq!(names, expected);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, so that it is gone also when a process of a failed test still runs.
        let _ = Command::new("umount").arg("-l").arg(self.env.path("disk")).status();
    }
}

#[test]
fn a_full_disk_is_an_error_and_the_target_is_as_it_was() {
    let Some(disk) = Disk::mount("size=256k") else { return };
    let env = &disk.env;
    env.file("in.jsonl", records(0..3000)).file("disk/out.jsonl", "old");
    for way in [&["--threads", "1"][..], &["--threads", "8", "--chunk-size", "1KiB"], &["--no-mmap"]] {
        let ran = env.run(&[&["-i", "in.jsonl", "-o", "disk/out.jsonl"], way].concat());
        ran.fails_with_one_line(&["cannot write disk/out.jsonl: No space left on device"]);
        env.assert_file("disk/out.jsonl", "old");
        disk.assert_listing(&["out.jsonl"]);
    }
    env.file("few.jsonl", records(0..300));
    env.run(&["-i", "few.jsonl", "-o", "disk/out.jsonl"]).succeeds();
    env.assert_file("disk/out.jsonl", rows(0..300));
}

#[test]
fn rejects_on_a_full_disk_are_an_error_and_the_targets_are_as_they_were() {
    let Some(disk) = Disk::mount("size=64k") else { return };
    let env = &disk.env;
    env.file("disk/bad.jsonl", "old").file("out.jsonl", "old");
    disk.fill();
    // One shows when it is flushed, many when they are written.
    for count in [1, 3000] {
        env.file("in.jsonl", [BAD_JSON.bytes, b"\n"].concat().repeat(count));
        let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--rejects", "disk/bad.jsonl"];
        env.run(&args).fails_with_one_line(&["cannot write disk/bad.jsonl: No space left on device"]);
        env.assert_file("disk/bad.jsonl", "old").assert_file("out.jsonl", "old");
        env.assert_listing(&["disk", "in.jsonl", "out.jsonl"]);
        disk.assert_listing(&["bad.jsonl", "filler"]);
    }
}

#[test]
fn stats_on_a_full_disk_are_an_error_and_the_targets_are_as_they_were() {
    let Some(disk) = Disk::mount("size=64k") else { return };
    let env = &disk.env;
    env.file("in.jsonl", records(0..3)).file("disk/stats.json", "old").file("out.jsonl", "old");
    disk.fill();
    let ran = env.run(&["-i", "in.jsonl", "-o", "out.jsonl", "--stats", "disk/stats.json"]);
    ran.fails_with_one_line(&["cannot write disk/stats.json: No space left on device"]);
    env.assert_file("disk/stats.json", "old").assert_file("out.jsonl", "old");
    env.assert_listing(&["disk", "in.jsonl", "out.jsonl"]);
    disk.assert_listing(&["filler", "stats.json"]);
}

#[test]
fn a_disk_that_can_hold_no_more_files_is_an_error_that_names_the_output() {
    let Some(disk) = Disk::mount("size=64k,nr_inodes=2") else { return };
    let env = &disk.env;
    env.file("in.jsonl", records(0..3)).file("disk/out.jsonl", "old");
    let ran = env.run(&["-i", "in.jsonl", "-o", "disk/out.jsonl"]);
    ran.fails_with_one_line(&["cannot write disk/out.jsonl: No space left on device"]).does_not_say(".tmp");
    env.assert_file("disk/out.jsonl", "old");
    disk.assert_listing(&["out.jsonl"]);
}

#[test]
fn a_disk_that_may_only_be_read_is_an_error_for_outputs_only() {
    let Some(disk) = Disk::mount("size=64k") else { return };
    let env = &disk.env;
    env.file("disk/in.jsonl", records(0..3)).file("disk/out.jsonl", "old");
    let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(env.path("disk")).status();
    assert!(remounted.expect("it ran before").success());
    for output in ["disk/out.jsonl", "disk/new.jsonl"] {
        let ran = env.run(&["-i", "disk/in.jsonl", "-o", output]);
        ran.fails_with_one_line(&[&format!("cannot write {output}: Read-only file system")]).does_not_say(".tmp");
    }
    env.run(&["-i", "disk/in.jsonl", "-o", "out.jsonl"]).succeeds();
    env.assert_file("out.jsonl", rows(0..3)).assert_file("disk/out.jsonl", "old");
    disk.assert_listing(&["in.jsonl", "out.jsonl"]);
}

const MANY: usize = 32_000;

/// Space is allocated ahead of large outputs, more than there may be.
#[test]
fn a_disk_with_just_enough_space_for_the_rows_is_enough() {
    let Some(disk) = Disk::mount("size=12m") else { return };
    let env = &disk.env;
    env.file("in.jsonl", records(0..MANY));
    env.run(&["-i", "in.jsonl", "-o", "disk/out.jsonl"]).succeeds();
    env.assert_file("disk/out.jsonl", rows(0..MANY));
    let file = fs::metadata(env.path("disk/out.jsonl")).expect("it is there");
    assert!(file.blocks() * 512 < file.len() + (64 << 10), "{} blocks for {} bytes", file.blocks(), file.len());
}

/// What is allocated ahead for the rows must not be missing for the rejects.
#[test]
fn a_disk_with_enough_space_for_rows_and_rejects_is_enough() {
    let Some(disk) = Disk::mount("size=76m") else { return };
    let env = &disk.env;
    let bad = [BAD_JSON.bytes, b"\n"].concat().repeat(MANY);
    env.file("in.jsonl", [records(0..MANY).as_bytes(), &bad].concat());
    let args = ["-i", "in.jsonl", "-o", "disk/out.jsonl", "--on-error", "skip", "--rejects", "disk/bad.jsonl"];
    env.run(&args).succeeds();
    env.assert_file("disk/out.jsonl", rows(0..MANY));
    disk.assert_listing(&["bad.jsonl", "out.jsonl"]);
}

#[test]
fn an_output_may_be_on_another_file_system_than_the_folder_for_temporary_files() {
    let here = TestEnv::with("in.jsonl", records(0..300));
    let Ok(elsewhere) = tempfile::Builder::new().prefix("steer2reg-test-").tempdir_in("/dev/shm") else {
        eprintln!("skipped: there is no /dev/shm to write to");
        return;
    };
    let device = |path| fs::metadata(path).expect("it is there").dev();
    if device(here.path(".")) == device(elsewhere.path().to_owned()) {
        eprintln!("skipped: both folders are on one file system");
        return;
    }
    let output = elsewhere.path().join("out.jsonl");
    fs::write(&output, "old").expect("it can be written");
    here.run(&["-i", "in.jsonl", "-o", output.to_str().expect("it is UTF-8")]).succeeds();
    assert!(fs::read(&output).expect("it is there") == rows(0..300).into_bytes());
    assert_eq!(fs::read_dir(elsewhere.path()).expect("a folder").count(), 1);

    for temporary in [elsewhere.path().to_str().expect("it is UTF-8"), "/nowhere"] {
        let script = format!(r#"export TMPDIR='{temporary}'; "$@""#);
        here.run_in_shell(&script, &["-i", "in.jsonl", "-o", "out.jsonl"]).succeeds();
        here.assert_file("out.jsonl", rows(0..300)).assert_listing(&["in.jsonl", "out.jsonl"]);
    }
}
