//! Input pipes that stay open and say nothing more: what they have said is converted, and what it means ends the run.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::ChildStdin,
    thread::sleep,
    time::Duration,
};

use flate2::write::GzEncoder;
use support::cli::{
    Running, TestEnv, aside,
    records::{BAD_JSON, record, records, row, rows},
};

/// A moment that a run takes for silence.
const SILENCE: Duration = Duration::from_millis(30);

/// Writes to a run, piece by piece.
fn feed(stdin: &mut ChildStdin, piece: impl AsRef<[u8]>) {
    stdin.write_all(piece.as_ref()).and_then(|()| stdin.flush()).expect("the run reads");
}

/// The next row that a run writes, which must come though its input stays open.
#[track_caller]
fn next_row(stdout: impl Read + Send + 'static) -> (String, impl Read + Send + 'static) {
    let mut stdout = BufReader::with_capacity(1, stdout);
    aside(move || {
        let mut row = String::new();
        stdout.read_line(&mut row).expect("the run writes");
        (row, stdout)
    })
    .result()
}

fn filter(env: &TestEnv, args: &[&str]) -> Running {
    env.spawn_with_stdin(&[&["-i", "-", "-o", "-", "-q"], args].concat())
}

#[test]
fn rows_come_as_their_records_do() {
    for threads in ["1", "8"] {
        let env = TestEnv::new();
        let mut running = filter(&env, &["--threads", threads]);
        let (mut stdin, stdout) = (running.stdin(), running.stdout());
        feed(&mut stdin, record(0) + "\n");
        let (first, stdout) = next_row(stdout);
        assert_eq!(first, row(0) + "\n");
        // The second half of a line may come late.
        let second = record(1) + "\n" + &record(2);
        let (half, rest) = second.split_at(50);
        feed(&mut stdin, half);
        sleep(SILENCE);
        feed(&mut stdin, rest);
        let (second, mut stdout) = next_row(stdout);
        assert_eq!(second, row(1) + "\n");
        drop(stdin);
        let mut last = String::new();
        stdout.read_to_string(&mut last).expect("the run writes");
        assert_eq!(last, row(2) + "\n");
        running.finish().succeeds().says_nothing();
    }
}

/// What is not the plain beginning of a record is looked at for longer, to see what the file is.
#[test]
fn a_mark_at_the_beginning_that_comes_byte_by_byte_is_skipped() {
    let env = TestEnv::new();
    for chunk_size in ["1B", "512KiB"] {
        let mut running = filter(&env, &["--chunk-size", chunk_size]);
        let mut stdin = running.stdin();
        for piece in [&b"\xef"[..], b"\xbb", b"\xbf\n", record(0).as_bytes(), b"\n"] {
            feed(&mut stdin, piece);
            sleep(SILENCE);
        }
        drop(stdin);
        running.finish().succeeds().prints(rows(0..1));
    }
}

/// Also what a decoder has unpacked and a chunk had no room for.
#[test]
fn rows_come_of_what_is_unpacked_so_far() {
    const COUNT: usize = 60;
    let env = TestEnv::new();
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut zstd = zstd::Encoder::new(Vec::new(), 1).expect("memory has room");
    gzip.write_all(records(0..COUNT).as_bytes()).and_then(|()| gzip.flush()).expect("memory has room");
    zstd.write_all(records(0..COUNT).as_bytes()).and_then(|()| zstd.flush()).expect("memory has room");
    for (packed, whole) in [
        (gzip.get_ref().clone(), gzip.finish().expect("memory has room")),
        (zstd.get_ref().clone(), zstd.finish().expect("memory has room")),
    ] {
        for chunk_size in ["50B", "3KiB", "512KiB"] {
            let mut running = filter(&env, &["--chunk-size", chunk_size]);
            let (mut stdin, mut stdout) = (running.stdin(), running.stdout());
            feed(&mut stdin, &packed);
            let read = aside(move || {
                let mut read = vec![0; rows(0..COUNT).len()];
                stdout.read_exact(&mut read).expect("the run writes");
                (read, stdout)
            });
            let (read, _stdout) = read.result();
            assert!(read == rows(0..COUNT).into_bytes());
            // The end of the archive may come byte by byte.
            for byte in &whole[packed.len()..] {
                feed(&mut stdin, [*byte]);
                sleep(SILENCE / 2);
            }
            drop(stdin);
            running.finish().succeeds().says_nothing();
        }
    }
}

#[test]
fn a_bad_record_ends_a_run_though_no_chunk_is_full() {
    for (before, args) in [(0, &[][..]), (3, &[]), (3, &["--on-error", "skip", "--max-rejects", "0"])] {
        let env = TestEnv::new();
        env.file("out", "old");
        let mut running = env.spawn_with_stdin(&[&["-i", "-", "-o", "out"], args].concat());
        let mut stdin = running.stdin();
        feed(&mut stdin, [records(0..before).as_bytes(), BAD_JSON.bytes, b"\n"].concat());
        let ran = running.finish().fails();
        ran.says(&BAD_JSON.message("<stdin>", before + 1, records(0..before).len()));
        drop(stdin);
        env.assert_file("out", "old").assert_listing(&["out"]);
    }
}

#[test]
fn a_line_that_no_record_begins_with_ends_a_run_too() {
    let env = TestEnv::new();
    let mut running = env.spawn_with_stdin(&["-i", "-", "-o", "-"]);
    let mut stdin = running.stdin();
    feed(&mut stdin, "bad\n");
    running.finish().fails().says("<stdin>:1: invalid JSON");
    drop(stdin);
}

/// No row is there to be written, so nothing but the pipe itself says that its reader has left.
#[test]
fn a_reader_that_leaves_after_the_last_row_ends_a_run_whose_input_is_silent() {
    let env = TestEnv::new();
    env.fifo("pipe");
    for named in [false, true] {
        let mut running = env.spawn_with_stdin(&["-i", "-", "-o", if named { "pipe" } else { "-" }]);
        let mut stdin = running.stdin();
        feed(&mut stdin, records(0..1));
        let first = if named {
            next_row(std::fs::File::open(env.path("pipe")).expect("the pipe is there")).0
        } else {
            next_row(running.stdout()).0
        };
        assert_eq!(first, row(0) + "\n");
        running.finish().succeeds().says_nothing();
        drop(stdin);
    }
}

/// The members of an archive would be others.
#[test]
fn the_bytes_of_a_compressed_output_do_not_depend_on_when_records_come() {
    let env = TestEnv::new();
    for compression in ["gzip", "zstd"] {
        let args = ["-i", "-", "-o", "-", "-q", "--compression", compression];
        let at_once = env.run_with_stdin(&args, records(0..9)).succeeds().stdout;
        let mut running = env.spawn_with_stdin(&args);
        let mut stdin = running.stdin();
        for number in 0..9 {
            feed(&mut stdin, records(number..number + 1));
            sleep(SILENCE / 2);
        }
        drop(stdin);
        assert!(running.finish().succeeds().stdout == at_once, "{compression}: other bytes");
    }
}
