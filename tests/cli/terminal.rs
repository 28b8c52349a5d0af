//! What a person sees on a terminal: a pseudo-terminal of any width, and the screen that it would show.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::fd::OwnedFd,
    thread::{self, JoinHandle},
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use support::cli::{
    TestEnv, asking_signals,
    records::{records, rows},
};

/// A terminal, of which a thread reads what is written to it.
struct Terminal {
    columns: u16,
    name: String,
    /// Keeps the terminal open until all is read.
    open: File,
    reader: JoinHandle<Vec<u8>>,
}

impl Terminal {
    fn new(columns: u16) -> Self {
        let controller: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        grantpt(&controller).expect("it may be used");
        unlockpt(&controller).expect("it is unlocked");
        let name = ptsname(&controller, Vec::new()).expect("it has a name").into_string().expect("it is UTF-8");
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&controller, size).expect("it has a size");
        let open = OpenOptions::new().read(true).write(true).open(&name).expect("the terminal opens");
        let reader = thread::spawn(move || {
            let (mut controller, mut all, mut block) = (File::from(controller), Vec::new(), [0; 4096]);
            // Once nobody has the terminal open, Linux has an error for the reader.
            while let Ok(length @ 1..) = controller.read(&mut block) {
                all.extend_from_slice(&block[..length]);
            }
            all
        });
        Self { columns, name, open, reader }
    }

    /// A script that runs the command with its standard error on the terminal.
    fn script(&self) -> String {
        format!(r#"TERM=xterm exec "$@" 2> {}"#, self.name)
    }

    /// The lines that are left on the screen at the end, and all that was written to it.
    fn close(self) -> (Vec<String>, String) {
        drop(self.open);
        let written = String::from_utf8(self.reader.join().expect("reading does not panic")).expect("it is UTF-8");
        (screen(&written, self.columns.into()), written)
    }
}

/// The lines on a screen, with the few control sequences that a progress bar needs. Lines that are too long are broken.
fn screen(written: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<Vec<char>> = vec![Vec::new()];
    let (mut line, mut column) = (0, 0);
    let mut rest = written.chars();
    while let Some(char) = rest.next() {
        match char {
            '\r' => column = 0,
            '\n' => line += 1,
            '\x1b' => {
                assert_eq!(rest.next(), Some('['), "{written:?}");
                let sequence: String = rest.by_ref().take_while(|char| !char.is_ascii_alphabetic()).collect();
                // The letter that ended it was taken, too.
                let end = written[..written.len() - rest.as_str().len()].chars().next_back();
                match (end, &*sequence) {
                    (Some('A'), count) => line -= count.parse().unwrap_or(1).min(line),
                    (Some('B'), count) => line += count.parse().unwrap_or(1),
                    (Some('K'), "2") => lines[line].clear(),
                    (Some('K'), "" | "0") => lines[line].truncate(column),
                    (Some('J'), "" | "0") => {
                        lines[line].truncate(column);
                        lines.truncate(line + 1);
                    }
                    (Some('m' | 'h' | 'l'), _) => {}
                    sequence => panic!("{sequence:?} in {written:?}"),
                }
            }
            char => {
                if column == columns {
                    (line, column) = (line + 1, 0);
                }
                lines.resize(lines.len().max(line + 1), Vec::new());
                let length = lines[line].len().max(column + 1);
                lines[line].resize(length, ' ');
                lines[line][column] = char;
                column += 1;
            }
        }
        lines.resize(lines.len().max(line + 1), Vec::new());
    }
    let lines = lines.into_iter().map(|line| line.into_iter().collect::<String>().trim_end().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

#[test]
fn a_screen_is_what_a_terminal_shows() {
    let cases: [(&str, &[&str]); 5] = [
        ("one\r\ntwo", &["one", "two"]),
        ("one\rt", &["tne"]),
        ("one\r\x1b[2Ktwo", &["two"]),
        // A bar that is too long for its line leaves a part of it.
        ("123456\r\x1b[2Kx", &["12345", "x"]),
        ("1\r\n2\r\n3\x1b[2A\r\x1b[Jx", &["x"]),
    ];
    for (written, expected) in cases {
        assert_eq!(screen(written, 5), expected, "{written:?}");
    }
}

#[test]
fn the_bar_fits_any_width_and_leaves_nothing_behind() {
    let env = TestEnv::with("in.jsonl", records(0..3000));
    for columns in [200, 100, 80, 79, 40, 39, 20, 16, 15, 5] {
        for input in ["in.jsonl", "-"] {
            let terminal = Terminal::new(columns);
            let args = ["-i", input, "-o", "out.jsonl", "--chunk-size", "4KiB"];
            let mut running = env.spawn_in_shell(&terminal.script(), &args);
            let mut stdin = running.stdin();
            if input == "-" {
                stdin.write_all(records(0..3000).as_bytes()).expect("the run reads");
            }
            drop(stdin);
            running.finish().succeeds();
            env.assert_file("out.jsonl", rows(0..3000));
            let (left, written) = terminal.close();
            assert!(written.contains('\x1b'), "{columns} columns: there was no bar: {written:?}");
            // The summary is broken where a line ends, and there a space may be lost.
            let left = left.concat().replace(' ', "");
            assert!(left.starts_with("3,000recordsgave3,000rows"), "{columns} columns, {input}: {left}");
        }
    }
}

#[test]
fn an_interrupted_run_takes_its_bar_away_and_says_what_became_of_the_output() {
    let nothing = "steer2reg: interrupted; nothing was written";
    let partly = "steer2reg: interrupted; the output is not complete";
    for (signal, number) in asking_signals() {
        for (flags, expected) in [
            (&["-o", "out.jsonl"][..], nothing),
            (&["--check"], nothing),
            (&["-o", "-"], partly),
            (&["-o", "/dev/null"], partly),
            (&["--check", "--on-error", "skip", "--rejects", "-"], partly),
        ] {
            let env = TestEnv::new();
            let terminal = Terminal::new(100);
            let args = [&["-i", "-", "--chunk-size", "1KiB"], flags].concat();
            let mut running = env.spawn_in_shell(&terminal.script(), &args);
            let mut stdin = running.stdin();
            stdin.write_all(records(0..100).as_bytes()).expect("the run reads");
            if flags == ["-o", "out.jsonl"] {
                env.wait_for_temporary_file(&running);
            } else {
                // The run waits for more input.
                running.wait_for_handler(number);
            }
            running.signal(signal);
            running.finish();
            let (left, written) = terminal.close();
            assert_eq!(left, [expected], "SIG{signal}, {flags:?}: {written:?}");
            env.assert_listing(&[]);
        }
    }
}

#[test]
fn a_quiet_run_that_is_interrupted_says_nothing() {
    let env = TestEnv::new();
    let terminal = Terminal::new(100);
    let mut running = env.spawn_in_shell(&terminal.script(), &["-q", "-i", "-", "-o", "out.jsonl"]);
    let mut stdin = running.stdin();
    stdin.write_all(records(0..100).as_bytes()).expect("the run reads");
    env.wait_for_temporary_file(&running);
    running.signal("TERM");
    running.finish();
    let (left, _) = terminal.close();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_fault_in_the_mapped_input_takes_the_bar_away_before_it_is_told() {
    let env = TestEnv::new();
    let terminal = Terminal::new(200);
    let mut running = env.spawn_in_shell(&terminal.script(), &["-i", "-", "-o", "out.jsonl", "--chunk-size", "1KiB"]);
    let mut stdin = running.stdin();
    stdin.write_all(records(0..100).as_bytes()).expect("the run reads");
    env.wait_for_temporary_file(&running);
    running.signal("BUS");
    running.finish().fails();
    let (left, written) = terminal.close();
    assert!(left[0].starts_with("steer2reg: ") && left.concat().contains("SIGBUS"), "{left:?}: {written:?}");
    env.assert_listing(&[]);
}
