//! Who stands at the other end of a pipe and does nothing: the run must not wait for them in vain.

use std::{io::Write, thread::sleep, time::Duration};

use support::cli::{
    TestEnv, aside,
    records::{BAD_JSON, records, rows},
};

#[test]
fn a_reader_that_leaves_ends_a_run_whose_input_is_silent() {
    for threads in ["1", "8"] {
        let env = TestEnv::new();
        let mut running = env.spawn_with_stdin(&["-i", "-", "-o", "-", "--threads", threads, "--chunk-size", "1KiB"]);
        drop(running.stdout());
        let mut stdin = running.stdin();
        stdin.write_all(records(0..100).as_bytes()).expect("the run reads");
        running.finish().succeeds().says_nothing();
        drop(stdin);
    }
}

#[test]
fn a_bad_record_ends_a_run_whose_input_is_silent() {
    for threads in ["1", "8"] {
        let env = TestEnv::new();
        env.file("out.jsonl", "old");
        let mut running =
            env.spawn_with_stdin(&["-i", "-", "-o", "out.jsonl", "--threads", threads, "--chunk-size", "1KiB"]);
        let mut stdin = running.stdin();
        let input = [BAD_JSON.bytes, b"\n", records(0..100).as_bytes()].concat();
        stdin.write_all(&input).expect("the run reads");
        running.finish().fails().says_only(&BAD_JSON.message("<stdin>", 1, 0));
        drop(stdin);
        env.assert_file("out.jsonl", "old").assert_listing(&["out.jsonl"]);
    }
}

#[test]
fn a_slow_reader_of_the_rejects_gets_all() {
    use std::io::Read;

    let bad = [BAD_JSON.bytes, b"\n"].concat().repeat(2000);
    let env = TestEnv::with("in.jsonl", [&bad, records(0..3).as_bytes()].concat());
    env.fifo("pipe");
    let pipe = env.path("pipe");
    let reader = aside(move || {
        let mut pipe = std::fs::File::open(pipe).expect("a pipe can be opened");
        let mut read = Vec::new();
        // A few bytes at a time, a while at each end of what the pipe holds.
        while (&mut pipe).take(997).read_to_end(&mut read).expect("a pipe can be read") > 0 {
            sleep(Duration::from_micros(200));
        }
        read
    });
    env.run(&["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--rejects", "pipe"]).succeeds();
    let rejects = String::from_utf8(reader.result()).expect("rejects are UTF-8");
    assert_eq!(rejects.lines().count(), 2000);
    assert!(rejects.lines().all(|line| line.ends_with('}')) && rejects.ends_with('\n'));
    env.assert_file("out.jsonl", rows(0..3));
}
