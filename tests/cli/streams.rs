//! What is at the other end: pipes that close, that are slow, that never end; and runs that are killed.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::{fs::FileTypeExt, process::ExitStatusExt},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, sleep},
    time::{Duration, Instant},
};

use support::cli::{
    Running, TestEnv, aside, asking_signals, assert_same,
    records::{BAD_JSON, UNLABELLED, record, records, row, rows},
};

/// Feeds records without end, until the other side has gone, and counts the bytes that it took.
fn feed_without_end(running: &mut Running) -> Arc<AtomicU64> {
    let accepted = Arc::new(AtomicU64::new(0));
    let (mut stdin, counter) = (running.stdin(), Arc::clone(&accepted));
    thread::spawn(move || {
        let block = records(0..500);
        let mut left = block.as_bytes();
        while let Ok(written) = stdin.write(left) {
            counter.fetch_add(written as u64, Ordering::Relaxed);
            left = &left[written..];
            if left.is_empty() {
                left = block.as_bytes();
            }
        }
    });
    accepted
}

#[test]
fn standard_input_goes_to_standard_output() {
    let env = TestEnv::new();
    for way in [&["--threads", "1"][..], &["--threads", "8", "--chunk-size", "100B"], &["--chunk-size", "1MiB"]] {
        let ran = env.run_with_stdin(&[&["-i", "-", "-o", "-"], way].concat(), records(0..2000));
        ran.sums_up("2,000 records gave 2,000 rows").prints(rows(0..2000));
    }
    env.assert_listing(&[]);
}

/// How engines (Spark's `RDD.pipe`, Ray, GNU parallel, Hadoop streaming) run it for each part of an input.
const FILTER: [&str; 7] = ["-i", "-", "-o", "-", "--threads", "1", "-q"];

#[test]
fn as_a_filter_parts_of_an_input_give_the_parts_of_its_output() {
    let env = TestEnv::new();
    let input = [&records(0..3), "\n", UNLABELLED, "\r\n", &records(3..9), &record(9)].concat();
    let lines: Vec<_> = input.split_inclusive('\n').collect();
    for size in [1, 2, 5, lines.len()] {
        let parts = lines.chunks(size).map(|part| env.run_with_stdin(&FILTER, part.concat()).succeeds().stdout);
        assert_same(&format!("parts of {size} lines"), rows(0..10).as_bytes(), &parts.collect::<Vec<_>>().concat());
    }
}

#[test]
fn as_a_filter_an_empty_part_gives_nothing_and_is_no_failure() {
    let env = TestEnv::new();
    for part in ["", "\n", UNLABELLED] {
        env.run_with_stdin(&FILTER, part).succeeds().prints("");
    }
}

#[test]
fn as_a_filter_a_bad_record_is_a_failure_with_nothing_but_rows_before() {
    let env = TestEnv::new();
    for good in [0, 20, 5000] {
        let input = [records(0..good).as_bytes(), BAD_JSON.bytes, b"\n", records(good..good + 20).as_bytes()].concat();
        let ran = env.run_with_stdin(&FILTER, input).fails().says(&format!("<stdin>:{}: invalid JSON", good + 1));
        assert!(rows(0..good).as_bytes().starts_with(&ran.stdout), "something else than rows is there");
    }
}

#[test]
fn a_file_on_standard_input_is_read_from_where_it_stands() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.run_in_shell(r#""$@" < in.jsonl"#, &["-i", "-", "-o", "-"]).succeeds().prints(rows(0..3));
    let after_the_first = r#"{ read -r line; "$@"; } < in.jsonl"#;
    env.run_in_shell(after_the_first, &["-i", "-", "-o", "-"]).succeeds().prints(rows(1..3));
}

#[test]
fn standard_output_to_a_file_goes_behind_what_is_there() {
    let env = TestEnv::with("in.jsonl", records(0..300));
    env.file("out.jsonl", "before\n");
    let args = ["-i", "in.jsonl", "-o", "-", "--threads", "8", "--chunk-size", "100B"];
    env.run_in_shell(r#""$@" >> out.jsonl"#, &args).succeeds();
    env.assert_file("out.jsonl", ["before\n", &rows(0..300)].concat());
}

#[test]
fn the_last_record_needs_no_line_feed() {
    let env = TestEnv::new();
    let input = records(0..2) + &record(2);
    for chunk_size in ["1", "100B", "1MiB"] {
        let args = ["-i", "-", "-o", "-", "--chunk-size", chunk_size];
        env.run_with_stdin(&args, &input).succeeds().prints(rows(0..3));
        env.file("in.jsonl", &input);
        env.run(&["-i", "in.jsonl", "-o", "-", "--chunk-size", chunk_size]).succeeds().prints(rows(0..3));
    }
}

#[test]
fn an_input_that_ends_in_the_middle_of_a_record_is_refused_with_its_line() {
    let env = TestEnv::new();
    let whole = records(0..3);
    for cut in [whole.len() - 2, records(0..2).len() + 1] {
        for chunk_size in ["1", "100B", "1MiB"] {
            let args = ["-i", "-", "-o", "out.jsonl", "--chunk-size", chunk_size];
            let ran = env.run_with_stdin(&args, &whole[..cut]).fails();
            ran.says("<stdin>:3: invalid JSON: EOF while parsing").says(&format!("(byte {})", records(0..2).len()));
            env.assert_listing(&[]);
        }
    }
}

#[test]
fn a_writer_that_comes_byte_by_byte_is_waited_for() {
    let env = TestEnv::new();
    let mut running = env.spawn_with_stdin(&["-i", "-", "-o", "-", "--chunk-size", "64B"]);
    let mut stdin = running.stdin();
    thread::spawn(move || {
        for byte in records(0..3).bytes() {
            stdin.write_all(&[byte]).expect("the run reads");
            sleep(Duration::from_micros(200));
        }
    });
    running.finish().succeeds().prints(rows(0..3));
}

/// What a file is can be seen by its first bytes, mostly by two: the tool does not wait for more of a stream of records.
#[test]
fn a_row_comes_before_the_stream_has_more_than_two_records() {
    let env = TestEnv::new();
    let mut running = env.spawn_with_stdin(&["-i", "-", "-o", "-", "--chunk-size", "1"]);
    let (mut stdin, mut stdout) = (running.stdin(), running.stdout());
    stdin.write_all(records(0..2).as_bytes()).expect("the run reads");
    let first = aside(move || {
        let mut row = vec![0; rows(0..1).len()];
        stdout.read_exact(&mut row).map(|()| row)
    });
    assert!(first.result().expect("the run writes") == rows(0..1).into_bytes());
    drop(stdin);
}

#[test]
fn a_reader_that_comes_byte_by_byte_gets_all() {
    let env = TestEnv::with("in.jsonl", records(0..400));
    let mut running = env.spawn(&["-i", "in.jsonl", "-o", "-", "--chunk-size", "1KiB"]);
    let mut stdout = running.stdout();
    let mut read = vec![0; 2000];
    for (at, byte) in read.iter_mut().enumerate() {
        stdout.read_exact(std::slice::from_mut(byte)).expect("the run writes");
        sleep(if at < 2 { Duration::from_secs(1) } else { Duration::from_micros(50) });
    }
    stdout.read_to_end(&mut read).expect("the run writes");
    running.finish().succeeds();
    assert!(read == rows(0..400).into_bytes(), "the rows are not those of the records");
}

#[test]
fn a_named_pipe_is_an_output_and_stays_one() {
    let env = TestEnv::with("in.jsonl", records(0..3000));
    env.fifo("pipe");
    let pipe = env.path("pipe");
    let reader = aside(move || fs::read(pipe));
    env.run(&["-i", "in.jsonl", "-o", "pipe", "-q"]).succeeds().says_nothing();
    assert!(reader.result().expect("a pipe can be read") == rows(0..3000).into_bytes());
    assert!(fs::metadata(env.path("pipe")).expect("the pipe is there").file_type().is_fifo());
    env.assert_listing(&["in.jsonl", "pipe"]);
}

#[test]
fn a_named_pipe_is_an_input() {
    let env = TestEnv::new();
    env.fifo("pipe");
    let pipe = env.path("pipe");
    let writer = aside(move || fs::write(pipe, records(0..3000)));
    env.run(&["-i", "pipe", "-o", "out.jsonl"]).succeeds();
    writer.result().expect("the run reads all of it");
    env.assert_file("out.jsonl", rows(0..3000));
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_in_proc_that_calls_itself_empty_is_read() {
    let env = TestEnv::new();
    for how in [&[][..], &["--no-mmap"]] {
        let ran = env.run(&[&["-i", "/proc/self/status", "-o", "out.jsonl"], how].concat()).fails();
        ran.says("/proc/self/status:1: invalid JSON: ").says("(byte 0)").says("the record: Name:");
    }
    env.assert_listing(&[]);
}

/// Files in `/sys` call themselves a page long, are not, and cannot be mapped.
#[test]
#[cfg(target_os = "linux")]
fn a_file_in_sys_that_cannot_be_mapped_is_read() {
    const FILE: &str = "/sys/kernel/mm/transparent_hugepage/enabled";
    if fs::read(FILE).is_err() {
        eprintln!("skipped: there is no {FILE}");
        return;
    }
    let env = TestEnv::new();
    for how in [&[][..], &["--no-mmap"]] {
        let ran = env.run(&[&["-i", FILE, "-o", "out.jsonl"], how].concat()).fails();
        ran.says(&format!("{FILE}:1: invalid JSON: "));
    }
}

#[test]
fn a_reader_that_leaves_after_the_first_row_ends_the_run_quietly() {
    let env = TestEnv::with("in.jsonl", records(0..20_000));
    for way in [&["--threads", "1"][..], &["--threads", "8", "--chunk-size", "1KiB"], &["--no-mmap"]] {
        let started = Instant::now();
        let mut running = env.spawn(&[&["-i", "in.jsonl", "-o", "-"], way].concat());
        let mut first = String::new();
        BufReader::with_capacity(64, running.stdout()).read_line(&mut first).expect("the run writes");
        assert_eq!(first, row(0) + "\n");
        running.finish().succeeds().says_nothing();
        assert!(started.elapsed() < Duration::from_secs(10), "{way:?} took {:?}", started.elapsed());
    }
}

#[test]
fn a_reader_that_leaves_ends_a_run_whose_input_never_ends() {
    let env = TestEnv::new();
    let mut running = env.spawn_with_stdin(&["-i", "-", "-o", "-", "--threads", "2"]);
    feed_without_end(&mut running);
    let mut first = String::new();
    BufReader::new(running.stdout()).read_line(&mut first).expect("the run writes");
    running.finish().succeeds().says_nothing();
}

#[test]
fn a_reader_of_a_named_pipe_that_leaves_ends_the_run_quietly() {
    let env = TestEnv::with("in.jsonl", records(0..20_000));
    env.fifo("pipe");
    let pipe = env.path("pipe");
    let reader = aside(move || fs::File::open(pipe).and_then(|mut pipe| pipe.read(&mut [0; 10])));
    env.run(&["-i", "in.jsonl", "-o", "pipe"]).succeeds().says_nothing();
    reader.result().expect("a pipe can be read");
}

/// Only the reader of the rows may leave; if another reader leaves, its file is not complete.
#[test]
fn a_reader_of_the_rejects_that_leaves_is_an_error() {
    let env = TestEnv::with("in.jsonl", [BAD_JSON.bytes, b"\n"].concat().repeat(20_000));
    env.fifo("pipe").file("out.jsonl", "old");
    let pipe = env.path("pipe");
    let reader = aside(move || fs::File::open(pipe).and_then(|mut pipe| pipe.read(&mut [0; 10])));
    let ran = env.run(&["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--rejects", "pipe"]);
    ran.fails_with_one_line(&["cannot write pipe: Broken pipe"]);
    reader.result().expect("a pipe can be read");
    env.assert_file("out.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl", "pipe"]);
}

/// Nobody is there to be told, but the work is done.
#[test]
fn a_reader_of_standard_error_that_leaves_is_no_failure() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.file("empty.jsonl", "").file("bad.jsonl", BAD_JSON.bytes);
    let mut scripts =
        vec![r#""$@" 2>&-"#, r#"{ sleep 0.1; "$@"; echo $? > status; } 2>&1 >/dev/null | true; exit $(cat status)"#];
    if cfg!(target_os = "linux") {
        scripts.push(r#""$@" 2> /dev/full"#);
    }
    for script in scripts {
        env.run_in_shell(script, &["-i", "in.jsonl", "-o", "out.jsonl"]).succeeds().says_nothing();
        env.assert_file("out.jsonl", rows(0..3)).file("out.jsonl", "");
        env.run_in_shell(script, &["-i", "empty.jsonl", "--check"]).succeeds().says_nothing();
        env.run_in_shell(script, &["-i", "bad.jsonl", "--check"]).fails().says_nothing();
    }
}

#[test]
fn a_reader_of_the_completions_that_leaves_is_no_panic() {
    let env = TestEnv::new();
    let script = r#"{ sleep 0.1; "$@"; echo $? > status; } | true; exit $(cat status)"#;
    for args in [&["--completions", "bash"][..], &["--help"], &["--version"]] {
        env.run_in_shell(script, args).succeeds().says_nothing();
    }
}

/// What a process holds in memory of its own, at most, in bytes.
#[cfg(target_os = "linux")]
fn resident_peak(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("the process is there");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells the peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number of kilobytes") << 10
}

/// Waits until a number no longer grows.
#[cfg(target_os = "linux")]
fn settled(number: &AtomicU64) -> u64 {
    const CALM: Duration = Duration::from_millis(700);
    let (mut last, mut since) = (0, Instant::now());
    let started = Instant::now();
    while last == 0 || since.elapsed() < CALM {
        assert!(started.elapsed() < support::cli::PATIENCE, "after {last} bytes it still grows");
        sleep(Duration::from_millis(20));
        let now = number.load(Ordering::Relaxed);
        if now != last {
            (last, since) = (now, Instant::now());
        }
        assert!(now < 1 << 30, "the pipe is not read, and yet {now} bytes were taken");
    }
    last
}

#[test]
#[cfg(target_os = "linux")]
fn a_reader_that_does_not_read_stops_the_reading_and_bounds_the_memory() {
    const MIB: u64 = 1 << 20;
    // Eight chunks are in flight for each thread, each with its rows, which are three times as large here.
    for (threads, chunk_size, most_taken, most_memory) in
        [("1", "1B", MIB, 24 * MIB), ("2", "256KiB", 8 * MIB, 64 * MIB), ("8", "64KiB", 8 * MIB, 64 * MIB)]
    {
        let env = TestEnv::new();
        let args = ["-i", "-", "-o", "-", "--threads", threads, "--chunk-size", chunk_size];
        let mut running = env.spawn_with_stdin(&args);
        let unread = running.stdout();
        let accepted = feed_without_end(&mut running);
        let accepted = settled(&accepted);
        let memory = resident_peak(running.id());
        assert!(accepted < most_taken, "{threads} threads, {chunk_size}: {accepted} bytes were taken");
        assert!(memory < most_memory, "{threads} threads, {chunk_size}: {memory} bytes of memory");
        drop(unread);
        running.finish().succeeds().says_nothing();
    }
}

/// A long prompt stands in every row. Then chunks are smaller.
#[test]
#[cfg(target_os = "linux")]
fn a_reader_that_does_not_read_bounds_the_memory_of_short_records_with_a_long_prompt() {
    let env = TestEnv::with("in.jsonl", records(0..20_000));
    let prompt = format!("text:{}", "p".repeat(100_000));
    let mut running = env.spawn(&["-i", "in.jsonl", "-o", "-", "--threads", "2", "--system", &prompt]);
    let mut stdout = running.stdout();
    stdout.read_exact(&mut [0]).expect("the run writes");
    sleep(Duration::from_millis(700));
    let memory = resident_peak(running.id());
    assert!(memory < 256 << 20, "{memory} bytes of memory, while the rows are 2 GB");
    drop(stdout);
    running.finish().succeeds().says_nothing();
}

#[test]
#[cfg(target_os = "linux")]
fn a_reader_that_does_not_read_bounds_the_memory_of_a_mapped_input() {
    let env = TestEnv::with("in.jsonl", records(0..1000).repeat(800));
    let input = fs::metadata(env.path("in.jsonl")).expect("it is there").len();
    let mut running = env.spawn(&["-i", "in.jsonl", "-o", "-", "--threads", "2"]);
    let mut stdout = running.stdout();
    stdout.read_exact(&mut [0]).expect("the run writes");
    sleep(Duration::from_millis(700));
    let memory = resident_peak(running.id());
    assert!(memory < input / 2, "{memory} bytes of memory for {input} bytes of input");
    drop(stdout);
    running.finish().succeeds().says_nothing();
}

#[test]
fn one_thread_with_the_smallest_chunks_never_waits_for_itself() {
    let env = TestEnv::with("in.jsonl", records(0..500));
    let tiny = ["-q", "--threads", "1", "--chunk-size", "1"];
    for _ in 0..5 {
        env.run(&[&["-i", "in.jsonl", "-o", "-"], &tiny[..]].concat()).succeeds().prints(rows(0..500));
        env.run(&[&["-i", "in.jsonl", "-o", "out.jsonl"], &tiny[..]].concat()).succeeds();
        env.assert_file("out.jsonl", rows(0..500));
        env.run(&[&["-i", "in.jsonl", "-o", "-", "--no-mmap"], &tiny[..]].concat()).succeeds().prints(rows(0..500));
        env.run_with_stdin(&[&["-i", "-", "-o", "-"], &tiny[..]].concat(), records(0..500))
            .succeeds()
            .prints(rows(0..500));
        env.run(&[&["-i", "in.jsonl", "--check"], &tiny[..]].concat()).succeeds();
    }
}

#[test]
fn a_run_that_fails_does_not_wait_for_the_rest_of_a_stream_it_needs_no_more() {
    let env = TestEnv::new();
    for threads in ["1", "8"] {
        let mut running =
            env.spawn_with_stdin(&["-i", "-", "-o", "out.jsonl", "--threads", threads, "--chunk-size", "1"]);
        let mut stdin = running.stdin();
        let feeder = thread::spawn(move || {
            let mut fed = stdin.write_all(&[BAD_JSON.bytes, b"\n"].concat());
            // Until the run has ended, and with it the pipe.
            while fed.is_ok() {
                fed = stdin.write_all(records(0..10).as_bytes());
            }
        });
        running.finish().fails().says_only(&BAD_JSON.message("<stdin>", 1, 0));
        feeder.join().expect("feeding does not panic");
        env.assert_listing(&[]);
    }
}

/// A run that has written rows to its temporary file and waits for more input.
fn running_half(env: &TestEnv) -> (Running, std::process::ChildStdin) {
    let mut running = env.spawn_with_stdin(&["-i", "-", "-o", "out.jsonl", "--chunk-size", "1KiB"]);
    let mut stdin = running.stdin();
    stdin.write_all(records(0..100).as_bytes()).expect("the run reads");
    env.wait_for_rows(&running, 0);
    (running, stdin)
}

#[test]
fn a_run_that_is_killed_at_any_moment_leaves_the_old_file_or_the_whole_new_one() {
    let env = TestEnv::with("in.jsonl", records(0..3000));
    let (mut old, mut new) = (0, 0);
    for moment in 0..50 {
        env.file("out.jsonl", "old");
        let running = env.spawn(&["-i", "in.jsonl", "-o", "out.jsonl", "--chunk-size", "16KiB"]);
        // Spread over a run and a little more, in an order that does not follow the load of the machine.
        sleep(Duration::from_millis(moment * 37 % 101));
        running.signal("KILL");
        running.finish();
        let left = env.bytes("out.jsonl");
        if left == b"old" {
            old += 1;
        } else {
            assert!(left == rows(0..3000).into_bytes(), "{} bytes are neither the old nor the new file", left.len());
            new += 1;
        }
    }
    assert!(old > 0, "no run was killed before its end ({new} after)");
}

#[test]
fn a_run_that_is_asked_to_end_takes_its_temporary_file_with_it_and_says_which_signal() {
    for (name, number) in asking_signals() {
        let env = TestEnv::new();
        env.file("out.jsonl", "old");
        let (running, _stdin) = running_half(&env);
        running.signal(name);
        let status = running.finish().status;
        let said = status.signal().or(status.code().map(|code| code - 128));
        assert_eq!(said, Some(number), "SIG{name}: {status}");
        env.assert_file("out.jsonl", "old").assert_listing(&["out.jsonl"]);
    }
}
