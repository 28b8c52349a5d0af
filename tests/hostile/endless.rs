//! Lines that are longer than is allowed, some of them without an end: an error with a place, before they are in memory.

use std::{io::Write, thread};

use flate2::write::GzEncoder;
use support::cli::{
    TestEnv,
    records::{BAD_JSON, record, records, rows},
};

/// Room for every record, and the first length that is too much.
const LIMIT: usize = 500;

/// Ways to read that must make no difference: a line may fit a chunk, or be longer.
const WAYS: [&[&str]; 4] = [
    &["--threads", "1"],
    &["--threads", "8", "--chunk-size", "100B"],
    &["--no-mmap", "--chunk-size", "600B"],
    &["--no-mmap", "--chunk-size", "1"],
];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory has room")
}

/// A record with blanks behind it, without a line feed.
fn padded(length: usize) -> String {
    format!("{:length$}", record(3))
}

#[test]
fn a_line_that_is_too_long_is_an_error_with_its_place_whatever_the_input_and_the_chunks() {
    let before = records(0..3);
    let input = format!("{before}{}\n{}", padded(LIMIT + 1), records(4..9));
    let env = TestEnv::with("in", &input);
    env.file("in.gz", gzip(input.as_bytes()));
    env.file("in.zst", zstd::encode_all(input.as_bytes(), 1).expect("memory has room"));
    let limit = LIMIT.to_string();
    for way in WAYS {
        for file in ["in", "in.gz", "in.zst", "-"] {
            for skip in [&[][..], &["--on-error", "skip", "--rejects", "bad"]] {
                env.file("out", "old");
                let args = [&["-i", file, "-o", "out", "--max-line", &limit], skip, way].concat();
                let ran = if file == "-" { env.run_with_stdin(&args, &input) } else { env.run(&args) };
                let (name, byte) = (if file == "-" { "<stdin>" } else { file }, before.len());
                ran.fails_with_one_line(&[
                    &format!("{name}:4: the line has more than 500 bytes (byte {byte})"),
                    "jq -c '.[]' FILE > FILE.jsonl",
                    "--max-line",
                ]);
                env.assert_file("out", "old").assert_listing(&["in", "in.gz", "in.zst", "out"]);
            }
        }
    }
}

#[test]
fn a_line_of_the_length_that_is_allowed_is_a_line_like_any_other() {
    let limit = LIMIT.to_string();
    for end in ["", "\n"] {
        let env = TestEnv::with("in", format!("{}{}{end}", records(0..3), padded(LIMIT)));
        for way in WAYS {
            env.run(&[&["-i", "in", "-o", "out", "--max-line", &limit], way].concat()).succeeds();
            env.assert_file("out", rows(0..4));
        }
    }
}

/// The first error in the order of the file is the one that is told.
#[test]
fn a_bad_record_before_a_line_that_is_too_long_comes_first() {
    let bad = [records(0..3).as_bytes(), BAD_JSON.bytes, b"\n"].concat();
    let input = [&bad, padded(LIMIT + 1).as_bytes(), b"\n", BAD_JSON.bytes].concat();
    let env = TestEnv::with("in", input);
    for way in WAYS {
        let args = [&["-i", "in", "-o", "out", "--max-line", "500B"], way].concat();
        env.run(&args).fails().says_only(&BAD_JSON.message("in", 4, records(0..3).len()));
        let ran = env.run(&[&args[..], &["--on-error", "skip", "--max-rejects", "1"]].concat());
        ran.fails().says(&format!("in:5: the line has more than 500 bytes (byte {})", bad.len()));
    }
}

/// The rows before it are written to a stream, as before any error.
#[test]
fn a_line_without_an_end_on_a_pipe_is_an_error_as_soon_as_it_is_too_long() {
    let env = TestEnv::new();
    for args in [&["--max-line", "1MiB"][..], &["--max-line", "1MiB", "--on-error", "skip", "--chunk-size", "1KiB"]] {
        let mut running = env.spawn_with_stdin(&[&["-i", "-", "-o", "-", "--threads", "2"], args].concat());
        let mut stdin = running.stdin();
        let feeder = thread::spawn(move || {
            let mut fed = stdin.write_all(records(0..3).as_bytes());
            let mut length = 0;
            // Until the run has ended, and with it the pipe.
            while fed.is_ok() {
                fed = stdin.write_all(&[b' '; 1 << 10]);
                length += 1 << 10;
                assert!(length < 64 << 20, "the line is read on and on");
            }
        });
        let ran = running.finish().fails();
        ran.says(&format!("<stdin>:4: the line has more than 1048576 bytes (byte {})", records(0..3).len()))
            .prints(rows(0..3));
        feeder.join().expect("the run ends");
    }
}

/// What a file is can be seen by its beginning, and says more.
#[test]
fn a_long_line_of_another_format_is_called_that_format() {
    let env = TestEnv::with("in", [b"PK\x03\x04", &b"x".repeat(2000)[..]].concat());
    for args in [&["-i", "in"][..], &["-i", "-"]] {
        let args = [args, &["-o", "out", "--max-line", "100"]].concat();
        env.run_with_stdin(&args, env.bytes("in")).fails().says("a zip archive").does_not_say("--max-line");
    }
}

/// The other shards look at it, too, to find out the schema of the file.
#[test]
fn a_long_line_is_an_error_of_its_shard_alone() {
    let env = TestEnv::with("in", format!("{}\n{}", padded(LIMIT + 1), records(0..9)));
    let shard = |shard| env.run(&["-i", "in", "-o", "out", "--max-line", "500", "--shard", shard]);
    shard("0/4").fails().says("in:1: the line has more than 500 bytes (byte 0)");
    shard("3/4").succeeds();
    assert!(rows(0..9).as_bytes().ends_with(&env.bytes("out")) && !env.bytes("out").is_empty());
}
