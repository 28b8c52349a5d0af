//! Hundreds of runs with faults, threads and chunk sizes by chance: none hangs, and each ends as it must.

use std::{
    io::{Read, Write},
    thread,
};

use support::cli::{
    Ran, TestEnv,
    records::{BAD, lines, record, row},
};

use crate::dice::Dice;

const RUNS: usize = 400;

#[test]
fn no_run_hangs_or_ends_wrongly_whatever_the_threads_the_chunk_sizes_and_the_faults() {
    let mut dice = Dice::new();
    for _ in 0..RUNS {
        Case::roll(&mut dice).run();
    }
}

/// Inputs that are left out are as good as not there, whatever the threads and the chunk sizes.
#[test]
fn of_many_inputs_those_without_a_bad_record_are_converted() {
    let mut dice = Dice::new();
    for _ in 0..60 {
        let env = TestEnv::new();
        let inputs: Vec<_> =
            (0..dice.number(1..12)).map(|number| (number.to_string(), Records::roll(&mut dice))).collect();
        for (name, records) in &inputs {
            env.file(name, &records.input);
        }
        let [threads, chunk_size] =
            [dice.number(1..10), dice.pick(&[1, 100, 4 << 10, 1 << 20])].map(|it| it.to_string());
        let repeat = dice.pick(&["1", "1", "3"]);
        let flags = ["-q", "--threads", &threads, "--chunk-size", &chunk_size, "--repeat", repeat, "--keep-going"];
        let names = inputs.iter().map(|(name, _)| name.as_str());
        let ran =
            env.run(&[&flags[..], &["--output-dir", "out", "--stats", "stats"], &names.collect::<Vec<_>>()].concat());
        let shown = format!("{threads} threads, chunks of {chunk_size}, {repeat} times: {}", ran.stderr);
        let bad = inputs.iter().filter(|(_, records)| records.bad > 0).count();
        assert_eq!(ran.status.code(), Some(i32::from(bad > 0)), "{shown}");
        let (mut bytes, times) = (0, repeat.parse().expect("it is a number"));
        for (name, records) in &inputs {
            let output = env.path("out").join(name);
            assert_eq!(output.exists(), records.bad == 0, "{name} with {shown}");
            if output.exists() {
                assert!(
                    std::fs::read(output).expect("it is there") == records.rows.repeat(times),
                    "{name} with {shown}"
                );
                bytes += records.rows.len() * times;
            }
        }
        assert_eq!(env.json("stats")["bytes_out"], bytes, "{shown}");
        assert_eq!(env.json("stats")["failed_inputs"].as_array().map(Vec::len), Some(bad), "{shown}");
    }
}

/// A file of records, some of them bad.
struct Records {
    input: Vec<u8>,
    /// The rows of the good ones.
    rows: Vec<u8>,
    /// The rows of those before the first bad one.
    rows_before_the_first_bad: Vec<u8>,
    bad: usize,
}

impl Records {
    fn roll(dice: &mut Dice) -> Self {
        let count = dice.pick(&[0, 1, 10, 300]);
        let bad_in = dice.pick(&[usize::MAX, usize::MAX, 1000, 100, 3, 1]);
        let (mut input, mut good, mut bad, mut first_bad) = (Vec::new(), Vec::new(), 0, None);
        for number in 0..dice.number(0..count + 1) {
            if dice.once_in(20) {
                input.extend(b" \r\n");
            }
            if dice.once_in(bad_in) {
                first_bad = first_bad.or(Some(good.len()));
                bad += 1;
                input.extend(BAD[dice.number(0..BAD.len())].bytes);
            } else {
                good.push(row(number));
                input.extend(record(number).bytes());
            }
            input.push(b'\n');
        }
        if dice.once_in(2) {
            input.pop();
        }
        let before = lines(good[..first_bad.unwrap_or(good.len())].to_vec());
        Self { input, rows: lines(good).into_bytes(), rows_before_the_first_bad: before.into_bytes(), bad }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum From {
    Map,
    Read,
    Stdin,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum To {
    File,
    Pipe,
    /// A pipe whose reader leaves after this number of bytes.
    ClosedPipe(usize),
    FullDevice,
    Nowhere,
}

struct Case {
    records: Records,
    from: From,
    to: To,
    /// `None` to stop at the first bad record, otherwise how many of them may be left out.
    most_bad: Option<usize>,
    threads: usize,
    chunk_size: usize,
}

impl Case {
    fn roll(dice: &mut Dice) -> Self {
        let full = if cfg!(target_os = "linux") { To::FullDevice } else { To::Pipe };
        let closed = To::ClosedPipe(dice.pick(&[0, 1, 1000]));
        Self {
            records: Records::roll(dice),
            from: dice.pick(&[From::Map, From::Read, From::Stdin]),
            to: dice.pick(&[To::File, To::Pipe, closed, closed, full, To::Nowhere]),
            most_bad: dice.pick(&[None, Some(0), Some(1), Some(1000)]),
            threads: dice.number(1..10),
            chunk_size: dice.pick(&[1, 2, 100, 1000, 4 << 10, 64 << 10, 1 << 20]),
        }
    }

    /// True if a bad record must end the run.
    fn refused(&self) -> bool {
        self.records.bad > self.most_bad.unwrap_or(0)
    }

    fn run(&self) {
        let env = TestEnv::with("in.jsonl", &self.records.input);
        env.file("out.jsonl", "old");
        let ran = self.ran(&env);
        let shown = format!(
            "{:?} to {:?}, {} bad of at most {:?}, {} threads, chunks of {}: {}\n{}",
            self.from, self.to, self.records.bad, self.most_bad, self.threads, self.chunk_size, ran.status, ran.stderr
        );
        let rows = &self.records.rows;
        let code = ran.status.code().unwrap_or_else(|| panic!("{shown}"));
        match self.to {
            // The reader may have left before the bad record is met.
            To::ClosedPipe(_) if self.refused() => assert!(code <= 1, "{shown}"),
            To::FullDevice => {
                assert_eq!(code == 1, self.refused() || !rows.is_empty(), "{shown}");
            }
            _ => assert_eq!(code, i32::from(self.refused()), "{shown}"),
        }
        match self.to {
            To::File if code == 0 => assert!(env.bytes("out.jsonl") == *rows, "{shown}"),
            To::Pipe if code == 0 => assert!(ran.stdout == *rows, "{shown}"),
            To::Pipe if self.most_bad.is_none() => {
                assert!(self.records.rows_before_the_first_bad.starts_with(&ran.stdout), "{shown}");
            }
            To::Pipe | To::ClosedPipe(_) => assert!(rows.starts_with(&ran.stdout), "{shown}"),
            _ => assert!(env.bytes("out.jsonl") == b"old", "{shown}"),
        }
        assert_eq!(env.listing(), ["in.jsonl", "out.jsonl"], "{shown}");
    }

    fn ran(&self, env: &TestEnv) -> Ran {
        let (threads, chunk_size) = (self.threads.to_string(), self.chunk_size.to_string());
        let most_bad = self.most_bad.unwrap_or(0).to_string();
        let mut args = vec!["-q", "--threads", &threads, "--chunk-size", &chunk_size];
        args.extend(match self.from {
            From::Map => &["-i", "in.jsonl"][..],
            From::Read => &["-i", "in.jsonl", "--no-mmap"],
            From::Stdin => &["-i", "-"],
        });
        args.extend(match self.to {
            To::File => &["-o", "out.jsonl"][..],
            To::Pipe | To::ClosedPipe(_) => &["-o", "-"],
            To::FullDevice => &["-o", "/dev/full"],
            To::Nowhere => &["--check"],
        });
        if self.most_bad.is_some() {
            args.extend(["--on-error", "skip", "--allow-empty", "--max-rejects", &most_bad]);
        }
        let mut running = env.spawn_with_stdin(&args);
        let (mut stdin, input) = (running.stdin(), self.records.input.clone());
        let feeder = (self.from == From::Stdin).then(|| thread::spawn(move || drop(stdin.write_all(&input))));
        if let To::ClosedPipe(after) = self.to {
            let mut some = Vec::new();
            running.stdout().take(after as u64).read_to_end(&mut some).expect("a pipe can be read");
            assert!(self.records.rows.starts_with(&some), "what came before is right");
        }
        let ran = running.finish();
        if let Some(feeder) = feeder {
            feeder.join().expect("feeding does not panic");
        }
        ran
    }
}
