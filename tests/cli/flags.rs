//! Each flag, wrong usage, the summary, the warnings and the progress bar.

use std::{fs, process::Command};

use support::cli::{
    TestEnv,
    records::{BAD, BAD_JSON, UNLABELLED, record, records, rows},
};

const SUMMARY_OF_3: &str = "3 records gave 3 rows";
const CHECKED_3: &str = "checked: 3 records would give 3 rows";

#[test]
fn short_flags_name_input_and_output() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.run(&["-i", "in.jsonl", "-o", "out.jsonl"]).sums_up(SUMMARY_OF_3).prints("");
    env.assert_file("out.jsonl", rows(0..3)).assert_listing(&["in.jsonl", "out.jsonl"]);
}

#[test]
fn the_original_s_flags_name_input_and_output() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.run(&["--input-file", "in.jsonl", "--output-file", "out.jsonl"]).sums_up(SUMMARY_OF_3).prints("");
    env.run(&["--input-file=in.jsonl", "--output-file=out2.jsonl"]).sums_up(SUMMARY_OF_3).prints("");
    env.assert_file("out.jsonl", rows(0..3)).assert_file("out2.jsonl", rows(0..3));
}

#[test]
fn a_dash_is_standard_output() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.run(&["-i", "in.jsonl", "-o", "-"]).sums_up(SUMMARY_OF_3).prints(rows(0..3));
    env.assert_listing(&["in.jsonl"]);
}

#[test]
fn a_dash_is_standard_input() {
    let env = TestEnv::new();
    env.run_with_stdin(&["-i", "-", "-o", "out.jsonl"], records(0..3)).sums_up(SUMMARY_OF_3).prints("");
    env.assert_file("out.jsonl", rows(0..3)).assert_listing(&["out.jsonl"]);
}

#[test]
fn files_that_are_named_dash_have_a_path() {
    let env = TestEnv::with("-", records(0..3));
    env.run(&["-i", "./-", "-o", "out.jsonl"]).succeeds();
    env.assert_file("out.jsonl", rows(0..3));
}

#[test]
fn threads_and_chunk_sizes_do_not_show_in_the_rows() {
    let env = TestEnv::with("in.jsonl", records(0..200));
    for threads in ["1", "2", "8", "33"] {
        for chunk_size in ["1", "1B", "100B", "1KB", "1KiB", "1.5KiB", "4 MiB", "1GiB"] {
            let args = ["-i", "in.jsonl", "-o", "-", "-q", "--threads", threads, "--chunk-size", chunk_size];
            env.run(&args).succeeds().says_nothing().prints(rows(0..200));
        }
    }
}

#[test]
fn a_chunk_size_must_be_a_size_from_a_byte_to_a_gibibyte() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    for bad in ["0", "0KiB", "", "KiB", "abc", "4XB", "1..5KiB", "2GiB", "1.1GiB", "99999999999999999999"] {
        let misused = env.run(&["-i", "in.jsonl", "-o", "out.jsonl", &format!("--chunk-size={bad}")]);
        misused.shows_misuse_of("--chunk-size");
    }
    env.assert_listing(&["in.jsonl"]);
}

#[test]
fn threads_must_be_a_number_above_zero() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    for bad in ["0", "-1", "two", "1.5", ""] {
        env.run(&["-i", "in.jsonl", "-o", "out.jsonl", &format!("--threads={bad}")]).shows_misuse_of("--threads");
    }
    env.assert_listing(&["in.jsonl"]);
}

#[test]
fn wrong_usage_ends_with_2_and_names_the_flag() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    let misuses: [(&[&str], &str); 16] = [
        (&[], "--input-file"),
        (&["-i", "in.jsonl"], "--output-file"),
        (&["-o", "out"], "--input-file"),
        (&["-i", "in.jsonl", "-o"], "--output-file"),
        (&["-i", "in.jsonl", "-o", "out", "-o", "other"], "--output-file"),
        (&["-i", "in.jsonl", "-o", "out", "--check"], "--check"),
        (&["-i", "in.jsonl", "-o", "-", "--check"], "--check"),
        (&["-i", "in.jsonl", "-o", "out", "--rejects", "bad"], "--on-error skip"),
        (&["-i", "in.jsonl", "-o", "out", "--rejects", "bad", "--on-error", "fail"], "--on-error skip"),
        (&["-i", "in.jsonl", "-o", "out", "--max-rejects", "1"], "--on-error skip"),
        (&["-i", "in.jsonl", "-o", "out", "--on-error", "skip", "--max-rejects", "-1"], "-1"),
        (&["-i", "in.jsonl", "-o", "out", "--on-error", "skip", "--max-rejects", "some"], "--max-rejects"),
        (&["-i", "in.jsonl", "-o", "out", "--on-error", "stop"], "--on-error"),
        (&["-i", "in.jsonl", "-o", "out", "--progress", "sometimes"], "--progress"),
        (&["-i", "in.jsonl", "-o", "out", "--frobnicate"], "--frobnicate"),
        (&["--completions", "bash", "-i", "in.jsonl"], "--completions"),
    ];
    for (args, flag) in misuses {
        env.run(args).shows_misuse_of(flag);
    }
    env.assert_listing(&["in.jsonl"]);
}

#[test]
fn reading_gives_the_rows_of_mapping() {
    let env = TestEnv::with("in.jsonl", records(0..200));
    for chunk_size in ["1", "1KiB", "1MiB"] {
        let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--no-mmap", "--chunk-size", chunk_size];
        env.run(&args).sums_up("200 records gave 200 rows");
        env.assert_file("out.jsonl", rows(0..200));
    }
}

#[test]
fn the_hidden_parser_flag_gives_the_same_rows() {
    let env = TestEnv::with("in.jsonl", records(0..50));
    for parser in ["auto", "simd-json"] {
        env.run(&["-i", "in.jsonl", "-o", "-", "-q", "--parser", parser]).succeeds().prints(rows(0..50));
    }
    env.run(&["-i", "in.jsonl", "-o", "-", "--parser", "regex"]).shows_misuse_of("--parser");
}

#[test]
fn check_counts_and_writes_nothing() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.run(&["-i", "in.jsonl", "--check"]).sums_up(CHECKED_3).prints("");
    env.assert_listing(&["in.jsonl"]);
    env.run_with_stdin(&["-i", "-", "--check"], records(0..3)).sums_up(CHECKED_3).prints("");
}

#[test]
fn check_refuses_what_converting_would() {
    for bad in BAD {
        let env = TestEnv::with("in.jsonl", bad.bytes);
        env.run(&["-i", "in.jsonl", "--check"]).fails().prints("").says_only(&bad.message("in.jsonl", 1, 0));
    }
}

#[test]
fn quiet_says_nothing_about_a_run_that_went_well() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    for quiet in ["-q", "--quiet"] {
        env.run(&["-i", "in.jsonl", "-o", "-", quiet, "--progress", "always"])
            .succeeds()
            .prints(rows(0..3))
            .says_nothing();
    }
}

#[test]
fn quiet_still_says_errors_and_warnings() {
    let env = TestEnv::with("bad.jsonl", BAD_JSON.bytes);
    env.file("empty.jsonl", "");
    env.run(&["-i", "bad.jsonl", "--check", "-q"]).fails().says_only(&BAD_JSON.message("bad.jsonl", 1, 0));
    env.run(&["-i", "empty.jsonl", "--check", "-q"]).succeeds().says("warning: no rows");
}

#[test]
fn the_summary_has_sizes_time_and_rate() {
    let env = TestEnv::with("in.jsonl", records(0..100));
    let ran = env.run(&["-i", "in.jsonl", "-o", "out.jsonl", "--threads", "2"]).succeeds();
    let line = ran.stderr.lines().nth(1).expect("the summary has two lines");
    let parts: Vec<_> = line.split(", ").collect();
    let [bytes_in, bytes_out, seconds, rate, threads] = parts[..] else { panic!("{line}") };
    assert!(bytes_in.ends_with(" KiB in"), "{line}");
    assert!(bytes_out.ends_with(" KiB out"), "{line}");
    assert!(seconds.strip_suffix(" s").is_some_and(|seconds| seconds.parse::<f64>().is_ok()), "{line}");
    assert!(rate.ends_with("B/s"), "{line}");
    assert_eq!(threads, "2 threads");
}

#[test]
fn the_summary_counts_records_rejected_by_kind_unlabelled_and_blank_lines() {
    let bad = BAD.map(|bad| bad.bytes).join(&b'\n');
    let input = [records(0..2).as_bytes(), b"\n \t\r\n", &bad, b"\n", UNLABELLED.as_bytes()].concat();
    let env = TestEnv::with("in.jsonl", input);
    env.run(&["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip"]).sums_up(
        "7 records gave 2 rows; 4 rejected (1 invalid-utf8, 1 invalid-json, 1 invalid-record, 1 invalid-label), \
         1 without a label, 2 blank lines",
    );
    env.assert_file("out.jsonl", rows(0..2));
}

#[test]
fn an_input_without_records_is_a_warning_and_an_empty_output() {
    for input in ["", "\n", " \t\r\n\n", "\u{feff}", "\u{feff}\n"] {
        for how in [&[][..], &["--no-mmap"]] {
            let env = TestEnv::with("in.jsonl", input);
            let ran = env.run(&[&["-i", "in.jsonl", "-o", "out.jsonl"], how].concat());
            ran.succeeds()
                .says("steer2reg: warning: no rows: the input has no records\n")
                .says("0 records gave 0 rows");
            env.assert_file("out.jsonl", "");
        }
    }
    TestEnv::new()
        .run(&["-i", "-", "-o", "-"])
        .succeeds()
        .prints("")
        .says("warning: no rows: the input has no records");
}

#[test]
fn an_input_without_a_labelled_turn_is_a_warning_that_says_why() {
    let env = TestEnv::with("in.jsonl", [UNLABELLED, UNLABELLED, ""].join("\n"));
    let ran = env.run(&["-i", "in.jsonl", "-o", "out.jsonl"]).succeeds();
    ran.says("steer2reg: warning: no rows: ").says(r#""label""#).says("2 records gave 0 rows; 2 without");
    env.assert_file("out.jsonl", "");
}

#[test]
fn an_input_of_which_all_is_rejected_is_a_failure_unless_it_is_allowed() {
    let env = TestEnv::with("in.jsonl", BAD.map(|bad| bad.bytes).join(&b'\n'));
    env.file("out.jsonl", "old");
    let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip"];
    let ran = env.run(&[&args[..], &["--rejects", "bad", "--stats", "stats", "--report", "report"]].concat()).fails();
    ran.says("steer2reg: every record was rejected (4 of them)")
        .says("--allow-empty")
        .says("in.jsonl:1: invalid UTF-8");
    env.assert_file("out.jsonl", "old").assert_listing(&["bad", "in.jsonl", "out.jsonl", "report", "stats"]);
    assert_eq!(String::from_utf8(env.bytes("bad")).unwrap().lines().count(), 4);
    assert_eq!(env.json("stats")["rejected"]["invalid-utf8"], 1);
    let ran = env.run(&[&args[..], &["--allow-empty"]].concat()).succeeds();
    ran.says("steer2reg: warning: no rows: every record was rejected\n").says("4 records gave 0 rows; 4 rejected");
    env.assert_file("out.jsonl", "");
}

#[test]
fn an_input_with_rows_is_no_warning() {
    let env = TestEnv::with("in.jsonl", [UNLABELLED, &record(1)].join("\n"));
    env.run(&["-i", "in.jsonl", "--check"]).succeeds().does_not_say("warning");
}

#[test]
fn auto_progress_shows_nothing_where_there_is_no_terminal() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    for progress in ["auto", "never"] {
        env.run(&["-i", "in.jsonl", "--check", "--progress", progress]).sums_up(CHECKED_3);
    }
}

#[test]
fn progress_always_shows_a_bar_also_where_there_is_no_terminal() {
    let env = TestEnv::with("in.jsonl", records(0..3000));
    let ran = env.run(&["-i", "in.jsonl", "-o", "-", "--progress", "always"]).succeeds().prints(rows(0..3000));
    ran.says("KiB of").says("3,000 records gave 3,000 rows");
}

#[test]
fn progress_always_copes_with_an_input_of_unknown_length() {
    let env = TestEnv::new();
    let ran = env.run_with_stdin(&["-i", "-", "-o", "-", "--progress", "always"], records(0..3000)).succeeds();
    ran.prints(rows(0..3000)).says("3,000 records gave 3,000 rows").does_not_say(" left");
}

/// `script` gives the command a terminal.
#[test]
#[cfg(target_os = "linux")]
fn auto_progress_shows_a_bar_on_a_terminal() {
    let env = TestEnv::with("in.jsonl", records(0..3000));
    let on_terminal = |flags: &str| {
        let command = format!("{} -i in.jsonl -o out.jsonl {flags}", env!("CARGO_BIN_EXE_steer2reg"));
        let mut script = Command::new("script");
        script.args(["-qec", &command, "/dev/null"]).current_dir(env.path(".")).env("TERM", "xterm");
        script.output().ok().map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let Some(shown) = on_terminal("") else {
        eprintln!("skipped: there is no `script` command");
        return;
    };
    assert!(shown.contains("KiB of") && shown.contains("3,000 records"), "{shown}");
    let shown = on_terminal("--progress never").expect("it ran before");
    assert!(!shown.contains("KiB of") && shown.contains("3,000 records"), "{shown}");
    let shown = on_terminal("-q").expect("it ran before");
    assert_eq!(shown, "");
}

/// `script` gives the command a terminal, and `stty` its width.
#[test]
#[cfg(target_os = "linux")]
fn the_bar_fits_a_terminal_of_any_width() {
    let env = TestEnv::with("in.jsonl", records(0..3000));
    for columns in [8, 20, 39, 40, 79, 80, 200] {
        let program = env!("CARGO_BIN_EXE_steer2reg");
        let command = format!("stty rows 24 cols {columns}; {program} -i in.jsonl -o out.jsonl --chunk-size 10KiB");
        let mut script = Command::new("script");
        script.args(["-qec", &command, "/dev/null"]).current_dir(env.path(".")).env("TERM", "xterm");
        let Ok(output) = script.output() else {
            eprintln!("skipped: there is no `script` command");
            return;
        };
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        let (bar, _) = shown.split_once("3,000 records").expect("the summary follows the bar");
        // Control sequences begin with an escape and end with a letter.
        let visible = |line: &str| {
            let mut pieces = line.split('\u{1b}');
            let first = pieces.next().unwrap_or_default().chars().count();
            first
                + pieces
                    .map(|piece| piece.split_once(char::is_alphabetic).map_or(0, |(_, text)| text.chars().count()))
                    .sum::<usize>()
        };
        let lines: Vec<_> = bar.split(['\r', '\n']).filter(|line| visible(line) > 0).collect();
        assert!(!lines.is_empty(), "{columns}: a bar is shown");
        assert!(lines.iter().all(|line| visible(line) <= columns), "{columns}: {lines:?}");
    }
}

#[test]
fn help_lists_every_flag_in_its_group_with_examples_and_exit_statuses() {
    let env = TestEnv::new();
    for (flag, ending) in [("-h", "Example:    steer2reg -i "), ("--help", "Examples:\n  steer2reg -i ")] {
        let help = env.run(&[flag]).succeeds().says_nothing();
        let help = String::from_utf8(help.stdout).expect("help is UTF-8");
        for part in [
            "-i, --input-file <IN>",
            "-o, --output-file <OUT>",
            "--check",
            "--on-error <fail|skip>",
            "--rejects <FILE>",
            "--max-rejects <N>",
            "--stats <FILE>",
            "-j, --threads <N>",
            "--chunk-size <SIZE>",
            "[default: 512KiB]",
            "--no-mmap",
            "--progress <WHEN>",
            "-q, --quiet",
            "--completions <SHELL>",
            "--man",
            "-h, --help",
            "-V, --version",
            "quality, toxicity, humor, creativity,",
            ending,
            "0 done",
            "2 wrong usage",
        ] {
            assert!(help.contains(part), "{flag} does not say {part}:\n{help}");
        }
        let groups: Vec<_> = help.lines().filter(|line| line.ends_with(':') && !line.starts_with(' ')).collect();
        let expected = ["Input:", "Output:", "Rows:", "Checks:", "Bad records:", "Running:"];
        assert_eq!(groups[..6], expected, "{flag}");
        assert!(!help.contains("--parser"), "--parser is hidden:\n{help}");
        assert!(!help.contains("original"), "{help}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "a line is too long:\n{help}");
    }
}

/// `-h` has the width of the terminal, at most 100 columns.
#[test]
fn the_short_help_fits_on_one_screen() {
    let env = TestEnv::new();
    let help = env.run_in_shell(r#"COLUMNS=100 "$@""#, &["-h"]).succeeds().stdout;
    let lines = String::from_utf8(help).expect("help is UTF-8").lines().count();
    assert!(lines <= 70, "{lines} lines");
}

#[test]
fn flags_have_the_names_that_people_try() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.file("helpsteer.jsonl", r#"{"prompt": "Hi", "response": "Hello!", "helpfulness": 4}"#);
    let preference =
        r#"{"split": "validation", "prompt": "p", "response_1": "a", "response_2": "b", "preference_strength": 1}"#;
    env.file("preference.jsonl", preference);
    env.run(&["--input", "in.jsonl", "--output", "out.jsonl", "-j", "2"]).succeeds().says(" 2 threads");
    env.assert_file("out.jsonl", rows(0..3));
    env.run(&["-i", "helpsteer.jsonl", "--check", "--from", "helpsteer2"]).succeeds().says("would give 1 row");
    let validation = ["-i", "preference.jsonl", "--check", "--from", "helpsteer2-preference", "--split", "validation"];
    env.run(&validation).succeeds().says("would give 2 rows");
}

#[test]
fn the_man_page_names_every_flag() {
    let env = TestEnv::new();
    let page = env.run(&["--man"]).succeeds().says_nothing().stdout;
    let text = String::from_utf8(page).unwrap().replace("\\-", "-");
    for part in [".TH steer2reg 1", ".SH NAME", "--input-file", "--trim-labels", "--on-error", "EXIT STATUS"] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    env.run(&["--man", "-i", "in.jsonl"]).shows_misuse_of("--man");
}

#[test]
fn completions_know_presets_and_keywords() {
    let script = TestEnv::new().run(&["--completions", "bash"]).succeeds().stdout;
    let script = String::from_utf8(script).unwrap();
    for words in ["nemo llama3 chatml", "default none record text:", "auto sft helpsteer", "messages-columns"] {
        assert!(script.contains(words), "{words} is missing");
    }
}

#[test]
fn completions_are_a_script_for_the_shell() {
    let env = TestEnv::new();
    let begins = [("bash", "_steer2reg()"), ("zsh", "#compdef steer2reg"), ("fish", "complete -c steer2reg")];
    for (shell, part) in begins {
        let script = env.run(&["--completions", shell]).succeeds().says_nothing().stdout;
        let script = String::from_utf8(script).expect("a script is UTF-8");
        assert!(script.contains(part) && script.contains("input-file"), "{shell}:\n{script}");
    }
    env.run(&["--completions", "cobol"]).shows_misuse_of("--completions");
}

#[test]
fn bash_understands_its_completions() {
    let env = TestEnv::new();
    fs::write(env.path("completions.bash"), env.run(&["--completions", "bash"]).succeeds().stdout).expect("a file");
    let Ok(checked) = Command::new("bash").arg("-n").arg(env.path("completions.bash")).status() else {
        eprintln!("skipped: there is no bash");
        return;
    };
    assert!(checked.success(), "{checked}");
}
