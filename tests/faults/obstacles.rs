//! Files that can be written but not replaced: the error comes before the run, not after hours of it.
//!
//! Most of these need privileges. A script that cannot set its scene ends with 77, and the test is skipped with a message.
#![cfg(target_os = "linux")]

use std::os::unix::fs::MetadataExt;

use support::cli::{
    Ran, TestEnv,
    records::{BAD_JSON, record, records, rows},
};

const SKIPPED: i32 = 77;

/// Someone who owns nothing.
const NOBODY: &str = "exec setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all";

/// An input whose last record is bad: a run that sees the obstacle first does not say so.
fn env() -> TestEnv {
    let env = TestEnv::with("in.jsonl", [records(0..300).as_bytes(), BAD_JSON.bytes].concat());
    env.folder("dir").file("dir/out.jsonl", "old").set_mode("dir/out.jsonl", 0o666).set_mode(".", 0o755);
    env
}

/// `None`, with a message, if the scene could not be set.
fn run(env: &TestEnv, scene: &str, args: &[&str]) -> Option<Ran> {
    let ran = env.run_in_shell(&format!("{{ {scene}; }} 2>/dev/null || exit {SKIPPED}\n\"$@\""), args);
    skipped(&ran).then_some(ran)
}

fn skipped(ran: &Ran) -> bool {
    let is_skipped = ran.status.code() == Some(SKIPPED);
    if is_skipped {
        eprintln!("skipped: this user may not set the scene of this test");
    }
    !is_skipped
}

const ARGS: [&str; 4] = ["-i", "in.jsonl", "-o", "dir/out.jsonl"];

/// The obstacle is told of, and nothing else happened.
#[track_caller]
fn refuses(env: &TestEnv, ran: Ran, parts: &[&str]) {
    ran.fails_with_one_line(&[&["dir/out.jsonl"], parts].concat()).prints("");
    env.assert_file("dir/out.jsonl", "old").assert_listing(&["dir", "in.jsonl"]);
    assert_eq!(std::fs::read_dir(env.path("dir")).unwrap().count(), 1);
}

#[test]
fn a_file_that_is_mounted_alone_is_refused_before_the_run_and_can_be_written_through_a_redirection() {
    let env = env();
    let mounted = "unshare -m true && exec 3<&0 && touch mounted && rm mounted";
    let script = format!(
        "{{ {mounted}; }} 2>/dev/null || exit {SKIPPED}\nexec unshare -m sh -c 'mount --bind dir/out.jsonl dir/out.jsonl \
         2>/dev/null || exit {SKIPPED}; \"$@\"' sh \"$@\""
    );
    let ran = env.run_in_shell(&script, &ARGS);
    if !skipped(&ran) {
        return;
    }
    refuses(&env, ran, &["is mounted as a single file", "-o - > FILE"]);
    let stats = ["-i", "in.jsonl", "--check", "--stats", "dir/out.jsonl"];
    refuses(&env, env.run_in_shell(&script, &stats), &["is mounted as a single file", "--stats - > FILE"]);
    // What the sentence advises.
    env.file("in.jsonl", records(0..3));
    let advised = script.replace(r#"; "$@"'"#, r#"; "$@" > dir/out.jsonl'"#);
    env.run_in_shell(&advised, &["-q", "-i", "in.jsonl", "-o", "-"]).succeeds();
    env.assert_file("dir/out.jsonl", rows(0..3));
}

#[test]
fn a_folder_that_may_not_be_written_is_refused_before_the_run() {
    let env = env();
    env.set_mode("dir", 0o555);
    let script = format!("setpriv --reuid=65534 --clear-groups true 2>/dev/null || exit {SKIPPED}\n{NOBODY} \"$@\"");
    let ran = env.run_in_shell(&script, &ARGS);
    if skipped(&ran) {
        refuses(&env, ran, &["is in a folder that may not be written", "-o - > FILE"]);
    }
    env.set_mode("dir", 0o755);
}

#[test]
fn somebody_else_s_file_in_a_sticky_folder_is_refused_before_the_run() {
    let env = env();
    env.set_mode("dir", 0o1777);
    let script = |scene: &str, who: &str| format!("{{ {scene}; }} 2>/dev/null || exit {SKIPPED}\n{who} \"$@\"");
    let can = "setpriv --reuid=65534 --clear-groups true";
    let ran = env.run_in_shell(&script(can, NOBODY), &ARGS);
    if !skipped(&ran) {
        return;
    }
    refuses(&env, ran, &["belongs to somebody else", "sticky", "-o - > FILE"]);
    // A superuser without that privilege, as containers have it.
    let chown = "chown 65534 dir/out.jsonl dir";
    let bounded = "exec setpriv --bounding-set=-fowner";
    let ran = env.run_in_shell(&script(chown, bounded), &ARGS);
    refuses(&env, ran, &["belongs to somebody else", "sticky"]);
    // A superuser of a namespace, who is above its own users only.
    let can = "setpriv --reuid=65534 --regid=65534 --clear-groups unshare -Ur true";
    let other = "exec setpriv --reuid=65534 --regid=65534 --clear-groups unshare -Ur";
    let ran = env.run_in_shell(&script(&format!("chown 0 dir/out.jsonl dir; {can}"), other), &ARGS);
    if !skipped(&ran) {
        return;
    }
    refuses(&env, ran, &["belongs to somebody else", "sticky"]);
    // Owners of the file or of the folder, and those above them, may.
    env.file("in.jsonl", records(0..3));
    for (scene, who) in [("chown 65534 dir/out.jsonl dir", "exec"), ("chown 65534 dir/out.jsonl; chown 0 dir", NOBODY)]
    {
        env.run_in_shell(&script(scene, who), &ARGS).succeeds();
        env.assert_file("dir/out.jsonl", rows(0..3)).file("dir/out.jsonl", "old");
    }
}

#[test]
fn immutable_and_append_only_files_and_folders_are_refused_before_the_run() {
    for (attribute, marked, parts) in [
        ("i", "dir/out.jsonl", ["is immutable", "chattr -i"]),
        ("a", "dir/out.jsonl", ["may only be appended to", "-o - >> FILE"]),
        ("a", "dir", ["append-only", "-o - > FILE"]),
    ] {
        let env = env();
        let ran = run(&env, &format!("chattr +{attribute} {marked}"), &ARGS);
        let mended = env.run_in_shell(&format!("chattr -{attribute} {marked} 2>/dev/null || true"), &[]);
        mended.succeeds();
        let Some(ran) = ran else { continue };
        refuses(&env, ran, &parts);
    }
}

/// As `chown` does it: what a file runs as must not pass to another owner.
#[test]
fn set_id_bits_survive_with_the_owner_only() {
    let env = TestEnv::with("in.jsonl", record(1));
    env.folder("dir").file("dir/out.jsonl", "old").set_mode("dir", 0o777);
    let own = std::fs::metadata(env.path("in.jsonl")).expect("it is there");
    env.set_mode("dir/out.jsonl", 0o6755);
    env.run(&ARGS).succeeds();
    assert_eq!(env.mode("dir/out.jsonl"), 0o6755);
    for owner in ["65534:0", "0:65534", "65534:65534"] {
        env.file("dir/out.jsonl", "old");
        let Some(ran) = run(&env, &format!("chown {owner} dir/out.jsonl && chmod 6755 dir/out.jsonl"), &ARGS) else {
            return;
        };
        ran.succeeds();
        let new = std::fs::metadata(env.path("dir/out.jsonl")).expect("it is there");
        assert_eq!(new.uid(), own.uid());
        assert_eq!(env.mode("dir/out.jsonl"), 0o755, "{owner}");
    }
}
