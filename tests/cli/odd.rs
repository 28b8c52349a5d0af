//! Flags as the original's parser takes them, and odd values of flags.

use std::process::Command;

use support::cli::{
    TestEnv,
    records::{records, rows},
};

const SUMMARY_OF_3: &str = "3 records gave 3 rows";

/// The right values are those of the original's `argparse`: both flags, cut off anywhere.
#[test]
fn the_original_s_flags_may_be_cut_off_as_its_parser_takes_them() {
    const PARSER: &str = "
import argparse, sys
parser = argparse.ArgumentParser()
parser.add_argument('--output-file', type=str, required=True)
parser.add_argument('--input-file', type=str, required=True)
args = parser.parse_args()
print(args.input_file, args.output_file)";
    let env = TestEnv::with("in.jsonl", records(0..3));
    for cut in 1..=10 {
        let [input, output] = ["input-file", "output-file"].map(|name| format!("--{}", &name[..cut]));
        for args in [
            [&*input, "in.jsonl", &*output, "out.jsonl"].map(str::to_owned).to_vec(),
            vec![format!("{output}=out.jsonl"), format!("{input}=in.jsonl")],
        ] {
            let read = Command::new("python3").args(["-c", PARSER]).args(&args).output();
            let Ok(read) = read else {
                eprintln!("skipped: there is no python3");
                return;
            };
            assert_eq!(String::from_utf8_lossy(&read.stdout), "in.jsonl out.jsonl\n");
            let args: Vec<_> = args.iter().map(String::as_str).collect();
            env.run(&args).sums_up(SUMMARY_OF_3);
            env.assert_file("out.jsonl", rows(0..3));
            std::fs::remove_file(env.path("out.jsonl")).expect("it is there");
        }
    }
    env.run(&["--help"]).succeeds();
    let help = String::from_utf8(env.run(&["--help"]).stdout).expect("help is UTF-8");
    assert!(help.contains("[alias: --input]") && help.contains("[alias: --output]"), "{help}");
}

/// Each is told of by the name of its flag, with an example of what would do.
#[test]
fn odd_values_are_understood_or_refused_by_name() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.folder("folder");
    let numbers = ["", "-1", "16k", "x", "1.5", "99999999999999999999", "0x10", " 1", "-q"];
    let flags = [
        ("--threads", "for example 8"),
        ("--max-chars", "for example 16000"),
        ("--max-rejects", "for example 100"),
        ("--group-lines", "for example 2"),
        ("--repeat", "for example 2"),
        ("--repeat-each", "for example 2"),
        ("--chunk-size", "for example 256KiB"),
        ("--shard", "for example 0/8"),
    ];
    for (flag, example) in flags {
        // Sizes are these.
        for value in numbers.iter().filter(|value| flag != "--chunk-size" || !["16k", "1.5", " 1"].contains(value)) {
            let ran = env.run(&["-i", "in.jsonl", "-o", "out.jsonl", flag, value]);
            ran.shows_misuse_of(&format!("'{flag} <")).says(example);
        }
    }
    let texts: [(&str, &str, &str); 26] = [
        ("--threads", "0", "for example 8"),
        ("--group-lines", "0", "for example 2"),
        ("--shard", "3", "for example 0/8"),
        ("--shard", "3/3", "for example 0/8"),
        ("--shard", "-1/3", "for example 0/8"),
        ("--shard", "0/0", "for example 0/8"),
        ("--range", "4..0", "for example 0..4"),
        ("--range", "", "for example 0..4"),
        ("--range", "nan..1", "for example 0..4"),
        ("--missing-value", "", "for example -1"),
        ("--missing-value", "inf", "for example -1"),
        ("--template", "", "for example ./my.toml"),
        ("--template", "folder", "none of nemo, llama3, chatml"),
        ("--attributes", "", "for example helpfulness,correctness"),
        ("--attributes", "quality,,humor", "for example helpfulness,correctness"),
        ("--attributes", "quality,", "for example helpfulness,correctness"),
        ("--value-map", "", "for example yes=1"),
        ("--value-map", "yes=1,", "for example yes=1"),
        ("--value-map", "yes=", "for example yes=1"),
        ("--only-attribute", "", "quality, toxicity"),
        ("--system", "", "text:"),
        ("--split-embedded-turns", "no", "true, false"),
        ("--split-embedded-turns", "NO", "true, false"),
        ("--from", "", "helpsteer2-preference"),
        ("--to", "", "messages"),
        ("--compression", "xz", "zstd"),
    ];
    for (flag, value, says) in texts {
        env.run(&["-i", "in.jsonl", "-o", "out.jsonl", flag, value]).shows_misuse_of(flag).says(says);
    }
    for args in [
        &["-i", "in.jsonl", "-o", ""][..],
        &["-i", "", "-o", "out.jsonl"],
        &["in.jsonl", "--output-dir", ""],
        &["-i", "in.jsonl", "-o", "out.jsonl", "--stats", ""],
        &["-i", "in.jsonl", "-o", "out.jsonl", "--report", ""],
        &["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--rejects", ""],
    ] {
        let flag = args[args.iter().position(|arg| arg.is_empty()).unwrap() - 1];
        let flag = [("-o", "--output-file"), ("-i", "--input-file")]
            .iter()
            .find(|(short, _)| *short == flag)
            .map_or(flag, |it| it.1);
        env.run(args).shows_misuse_of(flag);
    }
    env.assert_listing(&["folder", "in.jsonl"]);
}

#[test]
fn a_yes_or_no_behind_a_flag_is_not_taken_for_an_input() {
    let with_turns = r#"{"prompt": "Hi\n<extra_id_1>Assistant\nHello\n<extra_id_1>User\nBye", "response": "Ciao", "helpfulness": 1}"#;
    let env = TestEnv::with("in.jsonl", with_turns);
    let run = |value: &[&str]| {
        env.run(&[&["-q", "-i", "in.jsonl", "-o", "-", "--to=messages", "--attributes=helpfulness"], value].concat())
            .succeeds()
            .stdout
    };
    let [yes, no] = ["true", "false"].map(|value| run(&[&format!("--split-embedded-turns={value}")]));
    assert_ne!(yes, no);
    for (value, expected) in [("true", &yes), ("True", &yes), ("false", &no), ("FALSE", &no)] {
        assert!(run(&["--split-embedded-turns", value]) == *expected, "{value}");
    }
    assert!(run(&["--split-embedded-turns"]) == yes);
    for flag in ["--strict", "--no-mmap", "--allow-empty", "--last-labelled-only", "--quiet", "--check"] {
        for value in ["false", "True", "no", "off"] {
            env.run(&["in.jsonl", flag, value, "--stats", "s"]).shows_misuse_of(&format!("'{flag}' takes no value"));
        }
    }
    // An input that is there is one, and so is one behind `--`.
    env.file("no", records(0..3));
    env.run(&["-q", "-o", "-", "--strict", "no"]).succeeds().prints(rows(0..3));
    env.run(&["-q", "-o", "-", "--strict", "--", "off"]).fails_with_one_line(&["cannot open off"]);
}

#[test]
fn a_value_that_is_not_utf_8_is_refused_by_the_name_of_its_flag() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    let flags = [
        "--attributes",
        "--only-attribute",
        "--value-map",
        "--system",
        "--template",
        "--threads",
        "--max-chars",
        "--shard",
        "--range",
        "--missing-value",
        "--to",
        "--from",
        "--split",
        "--repeat",
        "--repeat-each",
        "--chunk-size",
    ];
    for flag in flags {
        for script in [r#""$@" $(printf 'a\377')"#, r#"last=; for arg; do last=$arg; done; "$@"=$(printf 'a\377')"#] {
            let ran = env.run_in_shell(script, &["-i", "in.jsonl", "-o", "out.jsonl", flag]);
            ran.shows_misuse_of(flag);
        }
    }
    env.assert_listing(&["in.jsonl"]);
}

#[test]
fn groups_of_more_lines_than_there_are_end() {
    let env = TestEnv::with("in.jsonl", records(0..30));
    let shard = |shard| {
        let args = ["-q", "-i", "in.jsonl", "-o", "-", "--group-lines", "18446744073709551615", "--shard", shard];
        env.run(&args).succeeds().stdout
    };
    assert_eq!([shard("0/2"), shard("1/2")].concat(), rows(0..30).into_bytes());
}
