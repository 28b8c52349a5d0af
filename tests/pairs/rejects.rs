//! Rejected records inside of groups: left out as if they were not there, or the end of the run.

use oracle::format::{Pairs, Schema};
use support::cli::{TestEnv, assert_same};

use crate::{
    asked::{Asked, args},
    corpus::{SOURCES, answer, input},
};

const BAD: &str = r#"{"prompt": "A", "response": "no scores"}"#;
const CHUNK_SIZES: [&str; 4] = ["1", "100", "1KiB", "1MiB"];

/// A group of four with a bad record and a blank line inside of it, and a group of two.
fn lines() -> String {
    let group = [("a", 2.0), ("b", 4.0), ("c", 1.0), ("d", 4.0)].map(|(response, score)| answer("A", response, score));
    let [a, b, c, d] = group;
    [&a, BAD, "\n", &b, "\n \t\r\n", &c, "[\n", &d, &answer("B", "e", 0.0), "{}\n", &answer("B", "f", 3.0)].concat()
}

fn by_weights() -> Asked {
    Asked::pairs(Schema::HelpSteer(None), Pairs::Trl)
}

#[test]
fn a_rejected_record_and_a_blank_line_do_not_end_a_group() {
    let (asked, lines) = (by_weights(), lines());
    let flags = asked.flags();
    let rows = asked.rows(&lines);
    assert_eq!(rows.lines().count(), 2);
    let good: String = lines.split_inclusive('\n').filter(|line| line.contains("verbosity")).collect();
    assert_eq!(rows, asked.rows(good), "as if they were not there");
    let env = TestEnv::with("in", lines);
    for chunk_size in CHUNK_SIZES {
        let how = ["-q", "-i", "in", "-o", "-", "--on-error", "skip", "--chunk-size", chunk_size];
        env.run(&args(&flags, &how)).succeeds().prints(&rows);
    }
}

#[test]
fn the_first_rejected_record_of_a_group_ends_the_run() {
    let flags = by_weights().flags();
    let env = TestEnv::with("in", lines());
    for chunk_size in CHUNK_SIZES {
        for threads in ["1", "8"] {
            let how = ["-i", "in", "-o", "out", "--chunk-size", chunk_size, "--threads", threads];
            env.run(&args(&flags, &how)).fails().says("in:2: invalid label");
            env.assert_listing(&["in"]);
        }
    }
}

#[test]
fn whether_there_are_too_many_rejects_does_not_depend_on_the_chunks() {
    for schema in SOURCES {
        let asked = Asked::pairs(schema, Pairs::Swift);
        let input = input(&asked, 120);
        let (converted, made) = asked.format.file(&asked.schema, &input);
        let count = converted.rejected.len();
        assert!(count > 2);
        let flags = asked.flags();
        let env = TestEnv::with("in", &input);
        for (limit, is_enough) in [(count, true), (count - 1, false), (count / 2, false), (0, false)] {
            let limit = limit.to_string();
            let mut said = Vec::new();
            for (chunk_size, threads) in [("1", "1"), ("1", "8"), ("700", "2"), ("1MiB", "2")] {
                let how =
                    ["-i", "in", "-o", "out", "--on-error", "skip", "--rejects", "rejects", "--max-rejects", &limit];
                let ran = env.run(&args(
                    &flags,
                    &[&how[..], &["-q", "--chunk-size", chunk_size, "--threads", threads]].concat(),
                ));
                if is_enough {
                    ran.succeeds();
                    env.assert_file("out", &made.rows);
                    std::fs::remove_file(env.path("out")).unwrap();
                } else {
                    let place = &converted.rejected[limit.parse::<usize>().unwrap()];
                    let ran = ran.fails().says("--max-rejects").says(&format!("in:{}", place.line));
                    said.push((ran.stderr, env.bytes("rejects")));
                    env.assert_listing(&["in", "rejects"]);
                }
            }
            assert!(said.iter().all(|one| *one == said[0]), "{said:?}");
        }
    }
}

#[test]
fn strict_checks_reject_records_inside_of_groups() {
    let asked = by_weights();
    let lines = [answer("A", "a", 2.0), answer("A", "b", 9.0), answer("A", "c", 1.0)];
    let [a, _, c] = &lines;
    let env = TestEnv::with("in", lines.concat());
    let flags = asked.flags();
    let how = ["-i", "in", "-o", "-", "--strict", "--range", "0..4", "-q"];
    env.run(&args(&flags, &how)).fails().says("in:2: invalid label").says("--strict").prints("");
    let skipping = [&how[..], &["--on-error", "skip"]].concat();
    env.run(&args(&flags, &skipping)).succeeds().prints(asked.rows([&**a, c].concat()));
}

#[test]
fn a_weighted_score_that_is_not_finite_is_rejected() {
    let mut asked = by_weights();
    let weight = |name: &str| (name.to_owned(), 1e308);
    asked.format.weights = Some(vec![weight("helpfulness"), weight("verbosity")]);
    let lines = [answer("A", "a", 1.0), answer("A", "b", 0.1), answer("A", "c", 0.2)].concat();
    let expected = asked.rows(&lines);
    assert!(expected.contains(r#""chosen": [{"role": "assistant", "content": "c"}]"#), "{expected}");
    let flags = asked.flags();
    let env = TestEnv::with("in", lines);
    env.run(&args(&flags, &["-q", "-i", "in", "-o", "-"])).fails().says("in:1: invalid label");
    let skipping = ["-q", "-i", "in", "-o", "-", "--on-error", "skip"];
    let ran = env.run(&args(&flags, &skipping)).succeeds();
    assert_same("the pair of the others", expected.as_bytes(), &ran.stdout);
}

#[test]
fn a_group_that_a_limit_of_rejects_cuts_is_not_written_to_a_stream() {
    let lines = [answer("A", "a", 1.0), answer("A", "b", 3.0), "bad\n".to_owned(), answer("A", "c", 9.0)];
    let env = TestEnv::with("in", lines.concat());
    let limit = [
        "-i",
        "in",
        "-o",
        "-",
        "--to",
        "trl-pairs",
        "--weights",
        "helpfulness=1",
        "--on-error",
        "skip",
        "--max-rejects",
        "0",
    ];
    for chunk_size in ["1B", "1MiB"] {
        env.run(&[&limit[..], &["--chunk-size", chunk_size]].concat()).fails().prints("");
    }
}
