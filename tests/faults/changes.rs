//! Inputs that change while they are converted.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::FileExt,
    path::Path,
    process::ChildStdout,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use support::cli::{
    Aside, Running, TestEnv, aside,
    records::{record, records, row, rows},
};

use crate::{dice::Dice, held, let_go};

/// The ways to take in a file.
const WAYS: [&[&str]; 4] = [
    &["--threads", "1"],
    &["--threads", "8", "--chunk-size", "1KiB"],
    &["--no-mmap", "--threads", "1"],
    &["--no-mmap", "--threads", "8", "--chunk-size", "1KiB"],
];

fn shorten(path: &Path, length: usize) {
    let file = OpenOptions::new().write(true).open(path).expect("it is there");
    file.set_len(length as u64).expect("it can be shortened");
}

fn append(path: &Path, bytes: &[u8]) {
    let mut file = OpenOptions::new().append(true).open(path).expect("it is there");
    file.write_all(bytes).expect("it can be appended to");
}

/// Shortens the input to `length` in two runs, once between its inspection and its opening and once while it is converted,
/// and expects both to say so. The first leaves all as it was; of the second the rows that came before are right.
#[track_caller]
fn assert_shortened_is_an_error(input: &str, rows: &str, length: usize, args: &[&str]) {
    let env = TestEnv::with("in.jsonl", input);
    env.file("out.jsonl", "old");
    let running = held(&env, args);
    shorten(&env.path("in.jsonl"), length);
    let ran = let_go(&env, running);
    ran.fails_with_one_line(&["shortened"]);
    env.assert_file("out.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl", "stats"]);

    env.file("in.jsonl", input);
    let (running, stdout) = in_the_middle(&env, args);
    shorten(&env.path("in.jsonl"), length);
    let read = stdout.rest();
    running.finish().fails_with_one_line(&["shortened"]);
    // A part of a page that is gone reads as zeros, which give no rows; that is found out behind them.
    assert!(rows.as_bytes().starts_with(&read.result()), "what came before is right");
    env.assert_listing(&["in.jsonl", "out.jsonl", "stats"]);
}

/// The rows of a run that waits for a reader of them.
struct Rows {
    stdout: ChildStdout,
    read: Vec<u8>,
}

impl Rows {
    /// Reads the rest, while the run goes on. The result is all rows.
    fn rest(mut self) -> Aside<Vec<u8>> {
        aside(move || {
            self.stdout.read_to_end(&mut self.read).expect("a pipe can be read");
            self.read
        })
    }
}

/// Starts a run that converts `in.jsonl` to standard output, which nobody reads on: its rows are more than a pipe holds.
#[track_caller]
fn in_the_middle(env: &TestEnv, args: &[&str]) -> (Running, Rows) {
    let mut running = env.spawn(&[&["-q", "-i", "in.jsonl", "-o", "-"], args].concat());
    let mut stdout = running.stdout();
    let mut read = vec![0; 100];
    stdout.read_exact(&mut read).expect("the run writes");
    (running, Rows { stdout, read })
}

#[test]
fn an_input_that_is_shortened_is_an_error() {
    let (input, rows) = (records(0..3000), rows(0..3000));
    for way in WAYS {
        for length in [0, 1, 4096, 100_000, input.len() / 2] {
            assert_shortened_is_an_error(&input, &rows, length, way);
        }
    }
}

/// Several workers may meet the end of a mapped file at once.
#[test]
fn an_input_that_is_shortened_under_many_workers_is_an_error_each_time() {
    let (input, rows) = (records(0..3000), rows(0..3000));
    for _ in 0..60 {
        assert_shortened_is_an_error(&input, &rows, 0, &["--threads", "8", "--chunk-size", "1KiB"]);
    }
}

/// Here they do: they are all at work, and the first one's message waits for its reader.
#[test]
#[cfg(target_os = "linux")]
fn an_input_that_is_shortened_is_an_error_also_while_nobody_reads_the_message() {
    /// What a pipe holds.
    const FULL: usize = 64 << 10;
    let input = records(0..3000).repeat(40);
    for _ in 0..5 {
        let env = TestEnv::with("in.jsonl", &input);
        env.file("out.jsonl", "old");
        let (mut reader, mut writer) = std::io::pipe().expect("there are pipes");
        writer.write_all(&vec![b'.'; FULL]).expect("there is room");
        let args = ["-i", "in.jsonl", "-o", "out.jsonl", "-q", "--threads", "8", "--chunk-size", "1MiB"];
        let running = env.spawn_with_stderr(&args, writer);
        env.wait_for_temporary_file(&running);
        thread::sleep(Duration::from_millis(20));
        shorten(&env.path("in.jsonl"), 0);
        thread::sleep(Duration::from_millis(50));
        let mut said = String::new();
        reader.read_to_string(&mut said).expect("a pipe can be read");
        running.finish().fails();
        let said = said.trim_start_matches('.');
        assert!(said.contains("shortened") && said.lines().count() == 1, "{said}");
        env.assert_file("out.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl"]);
    }
}

/// What is missing of the last page of a mapped file reads as zeros.
#[test]
fn an_input_that_is_shortened_by_less_than_a_page_is_an_error() {
    let (input, rows) = (records(0..3000), rows(0..3000));
    for less in [1, 2, record(2999).len() + 1, 300] {
        for way in WAYS {
            for on_error in ["fail", "skip"] {
                let args = [way, &["--on-error", on_error]].concat();
                assert_shortened_is_an_error(&input, &rows, input.len() - less, &args);
            }
        }
    }
}

/// Beyond what is mapped at a time.
#[test]
fn a_large_input_that_is_shortened_is_an_error() {
    let [record, row] =
        [record(1), row(1)].map(|line| line.replace("Answer 1", &"A long answer. ".repeat(5000)) + "\n");
    let count = (20 << 20) / record.len();
    let (input, rows) = (record.repeat(count), row.repeat(count));
    for way in WAYS {
        assert_shortened_is_an_error(&input, &rows, 9 << 20, way);
    }
}

#[test]
fn an_input_that_is_shortened_long_before_its_end_is_converted_is_an_error() {
    let input = records(0..3000).repeat(20);
    for way in WAYS {
        let env = TestEnv::with("in.jsonl", &input);
        // Most of the input is not converted yet.
        let (running, stdout) = in_the_middle(&env, way);
        shorten(&env.path("in.jsonl"), 5000);
        let read = stdout.rest();
        running.finish().fails_with_one_line(&["shortened"]);
        let (read, expected) = (read.result(), rows(0..3000).repeat(20));
        assert!(read.len() < expected.len() && expected.as_bytes().starts_with(&read), "what came before is right");
    }
}

/// Its length is not known by its name any more.
#[test]
fn an_input_that_is_shortened_and_removed_while_it_is_read_is_an_error() {
    let input = records(0..3000).repeat(20);
    for way in [&["--no-mmap", "--chunk-size", "1KiB"][..], &["--chunk-size", "1KiB"]] {
        let env = TestEnv::with("in.jsonl", &input);
        let (running, stdout) = in_the_middle(&env, way);
        shorten(&env.path("in.jsonl"), records(0..2990).len());
        fs::remove_file(env.path("in.jsonl")).expect("it is there");
        let read = stdout.rest();
        running.finish().fails();
        assert!(rows(0..3000).repeat(20).as_bytes().starts_with(&read.result()), "what came before is right");
    }
}

#[test]
fn of_an_input_that_is_appended_to_what_was_there_is_converted() {
    for way in WAYS {
        for appended in [records(300..600), "garbage".to_owned(), "\0".repeat(10_000)] {
            // The second ends without a line feed: what is appended continues its last line.
            for input in [records(0..300), records(0..299) + &record(299), records(0..7)] {
                let env = TestEnv::with("in.jsonl", &input);
                let running = held(&env, way);
                append(&env.path("in.jsonl"), appended.as_bytes());
                let_go(&env, running).succeeds();
                env.assert_file("out.jsonl", rows(0..input.lines().count()));
            }
        }
    }
}

#[test]
fn of_an_input_that_grows_all_the_time_what_was_there_is_converted() {
    let env = TestEnv::with("in.jsonl", records(0..3000));
    for way in WAYS {
        let ended = AtomicBool::new(false);
        env.file("in.jsonl", records(0..3000));
        thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    append(&env.path("in.jsonl"), records(0..100).as_bytes());
                    thread::sleep(Duration::from_millis(1));
                }
            });
            let ran = env.run(&[&["-i", "in.jsonl", "-o", "out.jsonl"], way].concat());
            ended.store(true, Ordering::Relaxed);
            ran.succeeds();
        });
        // It may have grown before the run opened it.
        let output = String::from_utf8(env.bytes("out.jsonl")).expect("rows are UTF-8");
        assert!(output.starts_with(&rows(0..3000)), "{way:?}");
    }
}

#[test]
fn an_input_that_is_removed_or_replaced_while_it_is_converted_is_converted_as_it_was() {
    let input = records(0..3000).repeat(5);
    for way in WAYS {
        for other in [None, Some("another file"), Some(&*records(0..20_000))] {
            let env = TestEnv::with("in.jsonl", &input);
            let (running, stdout) = in_the_middle(&env, way);
            fs::remove_file(env.path("in.jsonl")).expect("it is there");
            other.map(|other| env.file("in.jsonl", other));
            let read = stdout.rest();
            running.finish().succeeds();
            assert!(read.result() == rows(0..3000).repeat(5).into_bytes());
        }
    }
}

/// A file is open only while it is read, so the one that was inspected is gone. The rows of another one would be right by
/// themselves, but nothing that was checked before the run holds for it.
#[test]
fn an_input_that_is_removed_or_replaced_before_it_is_opened_is_an_error() {
    for way in WAYS {
        let env = TestEnv::with("in.jsonl", records(0..300));
        env.file("out.jsonl", "old");
        let running = held(&env, way);
        fs::remove_file(env.path("in.jsonl")).expect("it is there");
        let_go(&env, running).fails_with_one_line(&["cannot open in.jsonl: No such file"]);
        env.assert_file("out.jsonl", "old").assert_listing(&["out.jsonl", "stats"]);

        env.file("in.jsonl", records(0..300));
        let running = held(&env, way);
        env.file("new", records(0..600));
        fs::rename(env.path("new"), env.path("in.jsonl")).expect("both are in one folder");
        let_go(&env, running).fails_with_one_line(&["cannot open in.jsonl: it was replaced"]);
        env.assert_file("out.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl", "stats"]);
    }
}

/// The first input is a pipe, in which nothing comes until the others have changed.
#[test]
fn inputs_that_change_before_they_are_opened_are_left_out() {
    for way in WAYS {
        let env = TestEnv::new();
        env.fifo("pipe");
        let names = ["a", "removed", "b", "shortened", "replaced", "c"];
        for name in names {
            env.file(name, records(0..300));
        }
        let args = [&["-q", "--output-dir", "out", "--keep-going", "pipe"][..], &names, way].concat();
        let mut running = env.spawn_in_shell(r#"exec 3<&0; cat <&3 > pipe & exec "$@""#, &args);
        let stdin = running.stdin();
        // The folder is made once all inputs are inspected.
        support::cli::wait_until("the inputs are inspected", || env.path("out").exists());
        fs::remove_file(env.path("removed")).expect("it is there");
        shorten(&env.path("shortened"), 1000);
        env.file("new", records(0..300));
        fs::rename(env.path("new"), env.path("replaced")).expect("both are in one folder");
        drop(stdin);
        running
            .finish()
            .fails()
            .says("steer2reg: warning: 3 inputs were left out because of an error: removed, shortened, replaced\n");
        for name in ["a", "b", "c"] {
            env.assert_file(&format!("out/{name}"), rows(0..300));
        }
        assert_eq!(fs::read_dir(env.path("out")).expect("a folder").count(), 4);
    }
}

/// Reading finds out what mapping can only answer with the end of the process.
#[test]
fn an_input_that_is_shortened_while_it_is_read_is_left_out() {
    let env = TestEnv::with("a", records(0..3000).repeat(20));
    env.file("b", records(0..300)).folder("out").fifo("out/a");
    let running =
        env.spawn(&["-q", "--output-dir", "out", "--keep-going", "--no-mmap", "--chunk-size", "1KiB", "a", "b"]);
    let (fifo, input) = (env.path("out/a"), env.path("a"));
    let reader = aside(move || {
        let mut written = File::open(fifo).expect("it is a pipe");
        written.read_exact(&mut [0; 100]).expect("there are rows");
        shorten(&input, 5000);
        written.read_to_end(&mut Vec::new()).expect("it can be read");
    });
    running.finish().fails().says("steer2reg: cannot read a: the file was shortened").says("1 input was left out");
    reader.result();
    env.assert_file("out/b", rows(0..300));
}

/// The next new file often gets the inode of a file that was removed.
#[test]
#[cfg(target_os = "linux")]
fn an_input_that_is_made_anew_before_it_is_opened_is_another_file() {
    let env = TestEnv::with("in.jsonl", records(0..300));
    if fs::metadata(env.path("in.jsonl")).is_ok_and(|metadata| metadata.created().is_err()) {
        eprintln!("skipped: this file system does not know when a file was made");
        return;
    }
    for _ in 0..20 {
        let running = held(&env, &[]);
        fs::remove_file(env.path("in.jsonl")).expect("it is there");
        env.file("in.jsonl", records(0..600));
        let_go(&env, running).fails_with_one_line(&["cannot open in.jsonl: it was replaced"]);
    }
}

/// The rows are anybody's guess then, but the run ends by itself and cleans up.
#[test]
fn an_input_that_is_written_over_never_crashes_a_run() {
    const SCRAPS: [&[u8]; 8] = [b"\n", b"\"", b"\\", b"\xff", b"\xf0\x9f\x98", b"{", b"\0", b"\\ud800"];
    let mut dice = Dice::new();
    for _ in 0..20 {
        let env = TestEnv::with("in.jsonl", records(0..2000));
        env.file("out.jsonl", "old");
        let length = records(0..2000).len() - 8;
        let file = File::options().write(true).open(env.path("in.jsonl")).expect("it is there");
        let way = dice.pick(&WAYS);
        let on_error = dice.pick(&["fail", "skip"]);
        let running = env.spawn(&[&["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", on_error, "-q"], way].concat());
        let ended = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    let scrap = dice.pick(&SCRAPS);
                    file.write_all_at(scrap, dice.number(0..length) as u64).expect("it can be written");
                }
            });
            let ran = running.finish();
            ended.store(true, Ordering::Relaxed);
            if !ran.status.success() {
                ran.fails();
                env.assert_file("out.jsonl", "old");
            }
            env.assert_listing(&["in.jsonl", "out.jsonl"]);
        });
    }
}

/// As the system sends it when the disk of a mapped file has a fault. (Faulty disks are hard to come by.)
#[test]
fn sigbus_without_a_shortened_input_is_not_told_as_one() {
    let input = records(0..20_000);
    let env = TestEnv::with("in.jsonl", &input);
    env.file("stats", "old");
    for (is_shortened, says, other) in
        [(false, "the disk", "the input was shortened"), (true, "was shortened", "the disk")]
    {
        let mut running = env.spawn(&["-i", "in.jsonl", "-o", "-", "--stats", "stats", "--chunk-size", "1KiB"]);
        // The run waits for a reader of the rest.
        let mut stdout = running.stdout();
        stdout.read_exact(&mut [0]).expect("there are rows");
        if is_shortened {
            shorten(&env.path("in.jsonl"), input.len() - 1);
        }
        running.signal("BUS");
        let ran = running.finish();
        ran.fails_with_one_line(&["--no-mmap", says]).does_not_say(other).does_not_say("bug");
        drop(stdout);
        env.assert_file("stats", "old").assert_listing(&["in.jsonl", "stats"]);
    }
}
