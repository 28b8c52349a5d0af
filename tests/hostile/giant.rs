//! A line of a gigabyte, through the command line, and the memory that it takes.
#![cfg(target_os = "linux")]

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    thread::sleep,
    time::Duration,
};

use support::cli::{TestEnv, records::record};

const GIGABYTE: u64 = 1 << 30;

/// The most memory that the process had, as long as it runs. Pages of a mapped file count.
pub(crate) fn peak(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

#[test]
#[ignore = "needs several gigabytes and, without optimization, minutes"]
fn a_line_of_a_gigabyte_takes_a_few_gigabytes_of_memory() {
    let env = TestEnv::new();
    for (name, turn) in [("plain", "x"), ("escaped", r"\u00e9"), ("spaced", "\"\t,\"y\":\"")] {
        let mut file = BufWriter::new(File::create(env.path("in.jsonl")).expect("a file"));
        let record = record(1);
        let (before, after) = record.split_once("Answer 1").expect("it has an answer");
        let block = turn.repeat((1 << 20) / turn.len());
        file.write_all(before.as_bytes()).expect("there is room");
        for _ in 0..GIGABYTE / block.len() as u64 {
            file.write_all(block.as_bytes()).expect("there is room");
        }
        file.write_all(after.as_bytes()).and_then(|()| file.flush()).expect("there is room");
        for way in
            [&["--max-line", "2GiB", "--threads", "2"][..], &["--max-line", "2GiB", "--threads", "2", "--no-mmap"]]
        {
            let running = env.spawn(&[&["-i", "in.jsonl", "-o", "out.jsonl", "-q"], way].concat());
            let mut most = 0;
            while let Some(now) = peak(running.id()) {
                most = most.max(now);
                sleep(Duration::from_millis(5));
            }
            running.finish().succeeds();
            println!("{name}, {way:?}: {:.2} times the line", most as f64 / GIGABYTE as f64);
            // With `"y"` for each of the many keys, the parser's tape has nodes of its own.
            let bound = if name == "spaced" { 20 } else { 6 };
            assert!(most < bound * GIGABYTE, "{name}, {way:?}: {most} bytes");
            let rows = fs::metadata(env.path("out.jsonl")).expect("it is there").len();
            assert!((rows < 2000) == (name == "spaced"), "{rows} bytes of rows");
        }
    }
}
