//! Limits on the size of files, which are a full disk for the one who writes.

use support::cli::{
    TestEnv,
    records::{BAD_JSON, records, rows},
};

/// A limit of 4 KiB, or 8 KiB where the shell's blocks are larger. No process ignores the signal.
const LIMITED: &str = r#"ulimit -f 8; "$@""#;

#[test]
fn an_output_at_its_limit_is_an_error_though_the_system_sends_a_signal() {
    let env = TestEnv::with("in.jsonl", records(0..1000));
    env.file("out.jsonl", "old");
    for way in [&["--threads", "1"][..], &["--threads", "8", "--chunk-size", "1KiB"], &["--no-mmap"]] {
        let ran = env.run_in_shell(LIMITED, &[&["-i", "in.jsonl", "-o", "out.jsonl"], way].concat());
        ran.fails_with_one_line(&["cannot write out.jsonl: File too large"]);
        env.assert_file("out.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl"]);
    }
}

#[test]
fn rejects_at_their_limit_are_an_error_though_the_system_sends_a_signal() {
    for count in [40, 1000] {
        let env = TestEnv::with("in.jsonl", [BAD_JSON.bytes, b"\n"].concat().repeat(2 * count));
        env.file("out.jsonl", "old").file("bad.jsonl", "old");
        let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--rejects", "bad.jsonl"];
        env.run_in_shell(LIMITED, &args).fails_with_one_line(&["cannot write bad.jsonl: File too large"]);
        env.assert_file("out.jsonl", "old").assert_file("bad.jsonl", "old");
        env.assert_listing(&["bad.jsonl", "in.jsonl", "out.jsonl"]);
    }
}

#[test]
fn stats_at_their_limit_are_an_error_though_the_system_sends_a_signal() {
    let env = TestEnv::with("in.jsonl", "");
    env.file("out.jsonl", "old").file("stats.json", "old");
    let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--stats", "stats.json"];
    let ran = env.run_in_shell(r#"ulimit -f 1; "$@""#, &args);
    ran.fails_with_one_line(&["cannot write stats.json: File too large"]);
    env.assert_file("out.jsonl", "old").assert_file("stats.json", "old");
    env.assert_listing(&["in.jsonl", "out.jsonl", "stats.json"]);
}

/// Space is allocated ahead of large outputs, beyond what is needed in the end.
#[test]
fn a_limit_that_an_output_does_not_reach_does_not_end_it() {
    const COUNT: usize = 32_000;
    let env = TestEnv::with("in.jsonl", records(0..COUNT));
    let expected = rows(0..COUNT);
    assert!(expected.len() > 8 << 20, "{} bytes are too few for space to be allocated", expected.len());
    let blocks = expected.len() / 512 + 1;
    let ran = env.run_in_shell(&format!(r#"ulimit -f {blocks}; "$@""#), &["-i", "in.jsonl", "-o", "out.jsonl"]);
    ran.succeeds();
    env.assert_file("out.jsonl", expected).assert_listing(&["in.jsonl", "out.jsonl"]);
}

#[test]
fn too_few_open_files_are_an_error() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    for most in 3..9 {
        env.file("out.jsonl", "old");
        let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--stats", "stats.json", "--threads", "2"];
        let ran = env.run_in_shell(&format!(r#"ulimit -n {most}; "$@""#), &args);
        match ran.status.code() {
            Some(0) => assert!(env.bytes("out.jsonl") == rows(0..3).into_bytes()),
            // Where not even the shell can start it.
            Some(126 | 127) => {}
            _ => {
                ran.fails().says("Too many open files");
                env.assert_file("out.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl"]);
            }
        }
    }
}

/// Each file is open only while it is read, also with many threads.
#[test]
fn thousands_of_inputs_and_outputs_need_few_open_files() {
    const COUNT: usize = 3000;
    let env = TestEnv::new();
    env.folder("in");
    let names: Vec<_> = (0..COUNT).map(|number| format!("in/{number}.jsonl")).collect();
    for (number, name) in names.iter().enumerate() {
        env.file(name, records(number..number + 1));
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    for way in [&["--threads", "1"][..], &["--threads", "40"], &["--threads", "40", "--no-mmap"]] {
        let args = [&["-q", "-o", "out"], way, &names].concat();
        env.run_in_shell(r#"ulimit -n 256; "$@""#, &args).succeeds();
        env.assert_file("out", rows(0..COUNT));
    }
    for way in [&["--threads", "40"][..], &["--threads", "2", "--repeat", "2"]] {
        let times = way.len() / 2;
        env.run_in_shell(r#"ulimit -n 256; "$@""#, &[&["-q", "--output-dir", "out-dir"], way, &names].concat())
            .succeeds();
        for number in 0..COUNT {
            env.assert_file(&format!("out-dir/{number}.jsonl"), rows(number..number + 1).repeat(times));
        }
    }
    // Shards look at single lines of the files.
    let shards = ["0/3", "1/3", "2/3"].map(|shard| {
        let args = [&["-q", "-o", "-", "--group-lines", "2", "--shard", shard], &names[..]].concat();
        env.run_in_shell(r#"ulimit -n 20; "$@""#, &args).succeeds().stdout
    });
    assert!(shards.concat() == rows(0..COUNT).into_bytes());
}

/// A limit of the system is no bug of this program.
#[test]
fn threads_that_cannot_be_started_are_an_error_that_says_what_to_do() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.file("out.jsonl", "old");
    let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--threads", "1024"];
    // Room for the stacks of some.
    let mut runs = (0..20).map(|_| env.run_in_shell(r#"ulimit -v 500000; "$@""#, &args));
    // The standard library aborts if the last thread for which there was a stack finds no memory for its own use, or if
    // a thread that has just started finds none while there is none. No file is open yet.
    let aborts = |stderr: &str| stderr.contains("alternative stack") || stderr.contains("memory allocation of");
    let ran = runs.find(|ran| !aborts(&ran.stderr)).expect("one run without that");
    ran.fails_with_one_line(&["cannot start 1024 worker threads", "Resource temporarily unavailable", "--threads 1"])
        .does_not_say("bug");
    env.assert_file("out.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl"]);
    for most in [1, 2, 3, 4] {
        // It may be any thread, of a user for whom the limit holds.
        let script = format!(
            "prlimit --nproc=9 setpriv --reuid=54321 --clear-groups true 2>/dev/null || exit 77\nchmod 777 . && chmod 666 *\n\
             exec prlimit --nproc={most} setpriv --reuid=54321 --clear-groups --bounding-set=-all \"$@\""
        );
        let ran = env.run_in_shell(&script, &["-i", "in.jsonl", "-o", "out.jsonl", "--threads", "2"]);
        if ran.status.code() == Some(77) {
            eprintln!("skipped: this user cannot become another");
            return;
        }
        ran.fails_with_one_line(&["cannot start", "thread", "ulimit -u", "--threads 1"]).does_not_say("bug");
        env.assert_file("out.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl"]);
    }
}
