//! A group of very many answers: its time grows as it does, and of it only two answers are kept in memory.

use oracle::format::{Pairs, Schema};
use support::cli::TestEnv;

use crate::{
    asked::{Asked, args},
    corpus::answer,
};

/// Twice the size; linear is 2, quadratic 4.
const MOST: f64 = 3.0;

/// Of the times for the same work the least: the others were disturbed.
const REPEATED: usize = 3;

/// Answers to one prompt. The best is the last but one and the worst the third.
fn group(answers: usize) -> String {
    let scored = |number| match number {
        2 => answer("A", "the worst", 0.0),
        number if number + 2 == answers => answer("A", "the best", 4.0),
        number => answer("A", &format!("answer {number}"), 1.0 + (number % 20) as f64 / 10.0),
    };
    (0..answers).map(scored).collect()
}

fn asked() -> Asked {
    Asked::pairs(Schema::HelpSteer(None), Pairs::Trl)
}

/// The processor's seconds of a run.
fn seconds(env: &TestEnv, how: &[&str]) -> f64 {
    let flags = asked().flags();
    let times = (0..REPEATED).map(|_| {
        // The second line is about the children: the user's time, and the system's.
        let ran = env.run_in_shell("\"$@\" && times >&2", &args(&flags, how)).succeeds();
        let times = ran.stderr.lines().last().expect("the times").to_owned();
        let seconds = |time: &str| {
            let (minutes, seconds) = time.trim_end_matches('s').split_once('m').expect("minutes");
            60.0 * minutes.parse::<f64>().unwrap() + seconds.parse::<f64>().unwrap()
        };
        times.split_whitespace().map(seconds).sum()
    });
    times.min_by(f64::total_cmp).expect("it ran")
}

#[test]
fn the_time_grows_as_the_group_does() {
    let env = TestEnv::new();
    for size in [50_000, 100_000] {
        env.file(&size.to_string(), group(size));
    }
    for chunk_size in ["4KiB", "1MiB"] {
        let [half, all] = ["50000", "100000"].map(|name| {
            let how = ["-q", "-i", name, "-o", "out", "--chunk-size", chunk_size];
            let seconds = seconds(&env, &how);
            let row = String::from_utf8(env.bytes("out")).unwrap();
            assert_eq!(row, asked().rows([answer("A", "the best", 4.0), answer("A", "the worst", 0.0)].concat()));
            seconds
        });
        println!("{chunk_size}: {half:.2} and {all:.2} seconds");
        assert!(all / half < MOST, "{chunk_size}: {half} and {all} seconds");
    }
}

/// Only Linux tells the most memory of a process that runs.
#[cfg(target_os = "linux")]
mod memory {
    use std::{fs, io::Write, thread::sleep, time::Duration};

    use support::cli::wait_until;

    use super::*;

    /// The most memory that a run has used, in KiB.
    fn peak(process: u32) -> u64 {
        let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process is there");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the peak");
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }

    #[test]
    fn the_memory_does_not_grow_as_the_group_does() {
        let flags = asked().flags();
        let (few, many) = (group(2_000), group(100_000));
        let peaks = [few.repeat(3), many].map(|lines| {
            let env = TestEnv::new();
            let how = ["-q", "-i", "-", "-o", "out", "--threads", "2", "--chunk-size", "16KiB"];
            let mut running = env.spawn_with_stdin(&args(&flags, &how));
            let mut stdin = running.stdin();
            stdin.write_all(lines.as_bytes()).unwrap();
            // What is in the pipe is little, but may be the last of it.
            sleep(Duration::from_millis(300));
            let peak = peak(running.id());
            drop(stdin);
            running.finish().succeeds();
            wait_until("there is a row", || !env.bytes("out").is_empty());
            peak
        });
        let [few, many] = peaks;
        println!("{few} and {many} KiB");
        // The answers have 15 MiB more.
        assert!(many < few + (4 << 10), "{few} and {many} KiB");
    }
}
