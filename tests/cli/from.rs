//! `--from` and the options of the schemas.

use support::cli::{
    TestEnv,
    records::{records, rows},
};

const HELPSTEER: &str = include_str!("../data/published/helpsteer.jsonl");
const HELPSTEER_ROWS: &str = include_str!("../data/published/helpsteer.regression.jsonl");
const HELPFULNESS_ROWS: &str = include_str!("../data/published/helpsteer.only_helpfulness.regression.jsonl");
const PREFERENCE: &str = include_str!("../data/published/preference.jsonl");
const TRAIN_ROWS: &str = include_str!("../data/published/preference.train.regression.jsonl");
const VAL_ROWS: &str = include_str!("../data/published/preference.val.regression.jsonl");
const OASST: &str = include_str!("../data/published/oasst.jsonl");
const OASST_ROWS: &str = include_str!("../data/published/oasst.regression.jsonl");

const FILES: [(&str, &str, &str, &[&str]); 5] = [
    ("helpsteer", HELPSTEER, HELPSTEER_ROWS, &[]),
    ("helpsteer", HELPSTEER, HELPFULNESS_ROWS, &["--only-attribute", "helpfulness"]),
    ("helpsteer2-preference", PREFERENCE, TRAIN_ROWS, &["--split", "train"]),
    ("helpsteer2-preference", PREFERENCE, VAL_ROWS, &["--split=val"]),
    ("oasst", OASST, OASST_ROWS, &[]),
];

#[test]
fn each_schema_is_converted_when_it_is_named() {
    for (schema, input, rows, options) in FILES {
        let args = [&["-i", "-", "-o", "-", "--from", schema], options].concat();
        TestEnv::new().run_with_stdin(&args, input).succeeds().prints(rows).does_not_say("read as");
    }
}

#[test]
fn each_schema_is_found_by_the_first_record_and_said() {
    for (schema, input, rows, options) in FILES {
        for auto in [&[][..], &["--from", "auto"]] {
            let args = [&["-i", "-", "-o", "-"], auto, options].concat();
            let said = format!("read as {schema}, detected from line 3 (--from SCHEMA overrides that)\n");
            TestEnv::new().run_with_stdin(&args, ["\n \r\n", input].concat()).succeeds().prints(rows).says(&said);
        }
    }
}

#[test]
fn each_schema_may_be_compressed_and_cut_into_shards() {
    let gzip = |bytes: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, bytes.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    for (schema, input, rows, options) in FILES {
        let env = TestEnv::with("plain", input);
        for packed in [gzip(input), zstd::encode_all(input.as_bytes(), 1).unwrap()] {
            env.file("packed", &packed);
            let run = [&["-q", "-o", "-"], options].concat();
            env.run(&[&run[..], &["packed"]].concat()).succeeds().prints(rows);
            env.run_with_stdin(&[&run[..], &["-"]].concat(), &packed).succeeds().prints(rows);
        }
        for count in [1, 2, 7, 64] {
            let mut all = Vec::new();
            for index in 0..count {
                let shard = format!("{index}/{count}");
                let run = ["-q", "plain", "-o", "out", "--from", schema, "--shard", &shard];
                env.run(&[&run[..], options].concat()).succeeds().says_nothing();
                all.extend(env.bytes("out"));
            }
            env.file("all", all).assert_file("all", rows);
        }
    }
}

#[test]
fn the_schema_is_not_said_where_the_summary_is_not_wanted() {
    TestEnv::new().run_with_stdin(&["-i", "-", "-o", "-", "-q"], OASST).succeeds().prints(OASST_ROWS).says_nothing();
}

#[test]
fn sft_records_are_found_and_nothing_is_said() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    let summary = "3 records gave 3 rows";
    env.run(&["-i", "in.jsonl", "-o", "out.jsonl", "--from", "auto"]).sums_up(summary);
    env.assert_file("out.jsonl", rows(0..3));
    env.run(&["-i", "in.jsonl", "-o", "out.jsonl", "--from", "sft"]).sums_up(summary);
}

#[test]
fn the_first_record_decides_for_all() {
    let mixed = [HELPSTEER, &records(0..1)].concat();
    let env = TestEnv::with("in.jsonl", mixed);
    let place = format!("in.jsonl:{}: invalid record: \"prompt\" is missing", HELPSTEER.lines().count() + 1);
    env.run(&["-i", "in.jsonl", "-o", "out.jsonl"]).fails().says(&place);
}

#[test]
fn records_of_no_schema_are_refused_with_their_keys() {
    let env = TestEnv::with("in.jsonl", r#"{"question": "?", "answer": "!"}"#);
    let args = ["-i", "in.jsonl", "-o", "out.jsonl"];
    let rejection = r#"in.jsonl:1: invalid record: no schema has records with the keys "question", "answer""#;
    env.run(&args).fails().says(rejection).does_not_say("read as");
    let skip = [&args[..], &["-q", "--on-error", "skip"]].concat();
    env.run(&skip).fails().says("steer2reg: in.jsonl: no record has the keys of").says("--from SCHEMA").says(rejection);
    env.run(&[&skip[..], &["--from", "helpsteer"]].concat()).fails().says(r#""prompt" is missing"#);
    env.run(&["-q", "-i", "in.jsonl", "--check"]).fails().says(rejection).says("--from SCHEMA");
    env.assert_listing(&["in.jsonl"]);
    env.run(&[&skip[..], &["--allow-empty"]].concat()).succeeds();
    env.assert_file("out.jsonl", "");
}

/// First lines that are no record of any schema.
const BAD_FIRST_LINES: [&str; 7] =
    ["{", r#""a string""#, "[]", "null", r#"{"version": 1}"#, r#"{"message_tree_id": "m", "replies": []}"#, "\u{1}"];

#[test]
fn a_bad_first_line_decides_nothing_whatever_the_chunks_and_the_threads() {
    for (schema, input, rows, options) in FILES {
        let bad = BAD_FIRST_LINES.join("\n");
        let env = TestEnv::with("in.jsonl", format!("{bad}\n{input}"));
        for way in [&["--chunk-size", "1"][..], &["--chunk-size", "30", "--threads", "8"], &["--no-mmap"], &[]] {
            let args = ["-i", "in.jsonl", "-o", "out", "--on-error", "skip", "--rejects", "bad"];
            let ran = env.run(&[&args[..], options, way].concat()).succeeds();
            let decided = BAD_FIRST_LINES.len() + 1;
            ran.says(&format!("read as {schema}, detected from line {decided} (--from SCHEMA overrides that)\n"));
            env.assert_file("out", rows);
            let rejects = String::from_utf8(env.bytes("bad")).unwrap();
            assert_eq!(rejects.lines().count(), BAD_FIRST_LINES.len(), "{way:?}");
            // The reasons are those of the lines alone.
            for (line, reject) in BAD_FIRST_LINES.iter().zip(rejects.lines()) {
                let reject: serde_json::Value = serde_json::from_str(reject).unwrap();
                let alone = env.run_with_stdin(&["-i", "-", "--check"], line).fails();
                alone.says(reject["reason"].as_str().unwrap());
            }
        }
    }
}

#[test]
fn a_record_of_no_schema_has_one_reason_before_the_record_that_decides_and_behind_it() {
    // Of trees, an object that is no message is read as the original reads it: it gives no row.
    for (schema, input, ..) in FILES.into_iter().filter(|(schema, ..)| *schema != "oasst") {
        let foreign = r#"{"question": "?", "response_2": "!", "mask": "User"}"#;
        let env = TestEnv::with("in", [foreign, "\n", input, foreign, "\n", input].concat());
        for chunk_size in ["1", "1MiB"] {
            let args = ["-q", "in", "--check", "--on-error", "skip", "--rejects", "bad", "--chunk-size", chunk_size];
            env.run(&args).succeeds();
            let bad = String::from_utf8(env.bytes("bad")).unwrap();
            let bad: Vec<_> = bad
                .lines()
                .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["reason"].clone())
                .collect();
            assert_eq!(bad.len(), 2, "{schema}: {bad:?}");
            assert_eq!(bad[0], bad[1], "{schema}");
        }
    }
}

#[test]
fn shards_take_the_schema_from_the_beginning_of_the_file() {
    for (_, input, rows, options) in FILES {
        // Before each record stands one that has another schema, if it is the first one in a shard.
        let other = r#"{"conversations": [], "mask": "User"}"#;
        let (first, rest) = input.split_once('\n').unwrap();
        let rest: String = rest.lines().flat_map(|line| [other, "\n", line, "\n"]).collect();
        let env = TestEnv::with("in", format!("\u{feff}{}\n{first}\n{rest}", BAD_FIRST_LINES.join("\n")));
        let args = ["-q", "in", "--on-error", "skip", "--allow-empty"];
        env.run(&[&args[..], options, &["-o", "whole", "--rejects", "whole_bad"]].concat()).succeeds();
        env.assert_file("whole", rows);
        for count in [2, 3, 7, 50] {
            let (mut all, mut bad) = (Vec::new(), Vec::new());
            for index in 0..count {
                let shard = format!("{index}/{count}");
                let part = ["-o", "part", "--rejects", "part_bad", "--shard", &shard];
                env.run(&[&args[..], options, &part].concat()).succeeds();
                all.extend(env.bytes("part"));
                bad.extend(env.bytes("part_bad"));
            }
            env.file("all", all).assert_file("all", env.bytes("whole"));
            env.file("all", bad).assert_file("all", env.bytes("whole_bad"));
        }
    }
}

#[test]
fn inputs_may_have_different_schemas() {
    let env = TestEnv::with("a", OASST);
    env.file("b", HELPSTEER).file("c", OASST);
    let ran = env.run(&["-o", "out", "a", "b", "c", "--stats", "stats"]).succeeds();
    ran.says("a and 1 other input read as oasst, detected from line 1 (--from SCHEMA overrides that)\n")
        .says("b read as helpsteer, detected from line 1 (--from SCHEMA overrides that)\n");
    env.assert_file("out", [OASST_ROWS, HELPSTEER_ROWS, OASST_ROWS].concat());
    assert_eq!(env.json("stats")["schemas"], serde_json::json!(["oasst", "helpsteer"]));
    env.run(&["-q", "--output-dir", "out_of", "a", "b", "c"]).succeeds().says_nothing();
    env.file("a_rows", env.bytes("out_of/a")).assert_file("a_rows", OASST_ROWS);
    env.file("b_rows", env.bytes("out_of/b")).assert_file("b_rows", HELPSTEER_ROWS);
    // An option for one of the schemas is an error as soon as an input has another.
    let only = ["-o", "-", "a", "b", "--only-attribute", "helpfulness"];
    env.run(&only).fails().says("a: the records are of the schema oasst").prints("");
}

#[test]
fn an_input_of_no_schema_is_an_error_among_others() {
    let env = TestEnv::with("a", HELPSTEER);
    env.file("b", "{}\n").file("c", "\n\n");
    let args = ["-q", "--check", "--on-error", "skip"];
    env.run(&[&args[..], &["a", "c"]].concat()).succeeds();
    for inputs in [["a", "b", "c"], ["b", "a", "c"], ["c", "a", "b"]] {
        env.run(&[&args[..], &inputs].concat())
            .fails()
            .says("steer2reg: b: no record has the keys")
            .says("b:1: invalid");
    }
}

#[test]
fn a_shard_that_ends_before_the_record_that_decides_is_no_failure() {
    // The first shard has all records of the first file, and only bad lines of the second one.
    let first = records(0..9);
    let second = format!("{}\n{}", vec![r#"{"version": 1}"#; 100].join("\n"), records(9..10));
    let env = TestEnv::with("a", &first);
    env.file("b", &second);
    let args = ["-q", "a", "b", "-o", "out", "--on-error", "skip", "--rejects", "bad", "--shard"];
    let (mut all, mut bad) = (Vec::new(), Vec::new());
    for shard in ["0/2", "1/2"] {
        env.run(&[&args[..], &[shard]].concat()).succeeds();
        all.extend(env.bytes("out"));
        bad.push(String::from_utf8(env.bytes("bad")).unwrap().lines().count());
    }
    env.file("all", all).assert_file("all", rows(0..10));
    assert!(bad[0] > 0 && bad[0] + bad[1] == 100, "{bad:?}");
    // Where no record decides, the shard with the end of the file says so.
    env.file("b", &second[..second.len() - records(9..10).len()]);
    env.run(&[&args[..], &["1/2"]].concat()).fails().says("steer2reg: b: no record has the keys");
}

#[test]
fn what_is_known_of_a_failed_run_does_not_depend_on_chunks() {
    let env = TestEnv::with("undecided", "{}\n\n[]\n");
    env.file("good", records(0..9)).file("late", ["{}\n{}\n{}\n", &records(0..3)].concat());
    // Ends at the end of an input, and before the record that decides.
    let cases: [(&[&str], u64, &[&str]); 2] =
        [(&["good", "undecided", "good"], 9, &["sft"]), (&["late", "--max-rejects", "1"], 0, &[])];
    for (args, rows, schemas) in cases {
        for way in [&[][..], &["--chunk-size", "1"], &["--chunk-size", "100", "--threads", "8"], &["--no-mmap"]] {
            let files = ["--check", "--on-error", "skip", "--stats", "stats"];
            env.run(&[args, &files, way].concat()).fails();
            let stats = env.json("stats");
            // All of the inputs up to there, or the lines up to the one too many.
            let bytes = if args[0] == "late" { "{}\n{}".len() } else { records(0..9).len() + "{}\n\n[]\n".len() };
            assert_eq!(stats["bytes_in"], bytes, "{args:?} {way:?}");
            assert_eq!(stats["rows"], rows);
            assert_eq!(stats["schemas"], serde_json::json!(schemas), "{args:?} {way:?}");
        }
    }
}

#[test]
fn an_option_that_does_not_fit_is_an_error_behind_those_of_the_lines_before() {
    let env = TestEnv::with("in", format!("{{}}\n{HELPSTEER}"));
    for way in [&[][..], &["--chunk-size", "1"], &["--no-mmap", "--threads", "8"]] {
        let args = [&["-q", "in", "--check", "--split", "train", "--stats", "stats"][..], way].concat();
        env.run(&args).fails().says("in:1: invalid record: the record has no members");
        let skip = [&args[..], &["--on-error", "skip"]].concat();
        env.run(&skip).fails_with_one_line(&["in: the records are of the schema helpsteer", "--split"]);
        env.assert_listing(&["in"]);
        env.run(&[&skip[..], &["--max-rejects", "0"]].concat()).fails().says("more than 0 rejected");
        assert_eq!(env.json("stats")["records"], 1, "{way:?}");
        std::fs::remove_file(env.path("stats")).unwrap();
    }
    // Also behind the end of an input in which nothing decides.
    env.file("undecided", "{}\n").file("late", format!("{{}}\n{HELPSTEER}")).file("soon", HELPSTEER);
    for (second, way) in [("late", "512KiB"), ("late", "1"), ("soon", "512KiB"), ("soon", "1")] {
        let args =
            ["-q", "undecided", second, "--check", "--split", "train", "--on-error", "skip", "--chunk-size", way];
        env.run(&args).fails().says("steer2reg: undecided: no record has the keys");
    }
}

#[test]
fn a_refusal_says_which_schema_was_found_and_where() {
    let env = TestEnv::with("in.jsonl", ["{\n", HELPSTEER, &records(0..1)].concat());
    let note = "\n  it was read as helpsteer, the schema of the record on line 2 (--from SCHEMA overrides that)\n";
    let skip = ["-q", "-i", "in.jsonl", "--check", "--on-error", "skip"];
    env.run(&skip).succeeds().says_nothing();
    env.run(&[&skip[..], &["--max-rejects", "1"]].concat()).fails().says(r#""prompt" is missing"#).says(note);
    env.run(&[&skip[..], &["--max-rejects", "1", "--from", "helpsteer"]].concat()).fails().does_not_say("read as");
}

#[test]
fn records_of_the_other_split_are_counted() {
    let env = TestEnv::with("in.jsonl", PREFERENCE);
    let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--from", "helpsteer2-preference", "--stats", "stats.json"];
    env.run(&[&args[..], &["--split", "train"]].concat()).sums_up("8 records gave 10 rows; 3 of the other split");
    let stats = env.json("stats.json");
    assert_eq!((&stats["other_split"], &stats["schemas"]), (&3.into(), &serde_json::json!(["helpsteer2-preference"])));
}

#[test]
fn a_split_without_records_is_a_warning() {
    let val = PREFERENCE.lines().find(|line| line.contains("validation")).unwrap();
    TestEnv::new()
        .run_with_stdin(&["-i", "-", "-o", "-", "--split", "train"], val)
        .succeeds()
        .prints("")
        .says("steer2reg: warning: no rows: no valid record is of that split (--split)");
}

#[test]
fn an_option_of_another_schema_is_wrong_usage() {
    let env = TestEnv::with("in.jsonl", HELPSTEER);
    for (schema, option) in [
        ("sft", ["--only-attribute", "humor"]),
        ("oasst", ["--only-attribute", "quality"]),
        ("helpsteer2-preference", ["--only-attribute", "quality"]),
        ("helpsteer", ["--split", "train"]),
        ("sft", ["--split", "val"]),
        ("helpsteer3", ["--split", "train"]),
    ] {
        let args = [&["-i", "in.jsonl", "-o", "out.jsonl", "--from", schema][..], &option].concat();
        env.run(&args).exits_with(2).says("needs '--from helpsteer");
    }
    for wrong in [["--from", "helpsteer4"], ["--only-attribute", "fluency"], ["--split", "test"]] {
        env.run(&[&["-i", "in.jsonl", "-o", "out.jsonl"][..], &wrong].concat()).exits_with(2).says(wrong[1]);
    }
    env.assert_listing(&["in.jsonl"]);
}

#[test]
fn an_option_that_does_not_fit_the_schema_that_was_found_is_an_error() {
    let env = TestEnv::with("in.jsonl", OASST);
    env.file("out.jsonl", "old");
    let error = "in.jsonl: the records are of the schema oasst (--from), but --split is for helpsteer2-preference";
    env.run(&["-i", "in.jsonl", "-o", "out.jsonl", "--split", "val"]).fails_with_one_line(&[error]);
    env.run(&["-i", "in.jsonl", "-o", "-", "--split", "val"]).fails_with_one_line(&[error]).prints("");
    env.assert_file("out.jsonl", "old").assert_listing(&["in.jsonl", "out.jsonl"]);
}

#[test]
fn a_tree_that_is_refused_gives_no_row() {
    let bad = r#"{"prompt": {"role": "prompter", "text": "", "replies": [
        {"role": "assistant", "text": "good", "labels": {"quality": {"value": 1}}, "replies": []},
        {"role": "system", "text": "bad", "replies": []}]}}"#;
    let input = [&bad.replace('\n', " "), "\n", OASST].concat();
    let env = TestEnv::with("in.jsonl", input);
    env.run(&["-i", "in.jsonl", "-o", "-", "--on-error", "skip"]).succeeds().prints(OASST_ROWS).says("1 rejected");
    env.run(&["-i", "in.jsonl", "-o", "-"]).fails().prints("").says(r#"the role of message 3 is "system""#);
}
