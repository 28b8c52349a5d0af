//! `--from` and the options of the forms.

use crate::testenv::{
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
fn each_form_is_converted_when_it_is_named() {
    for (form, input, rows, options) in FILES {
        let args = [&["-i", "-", "-o", "-", "--from", form], options].concat();
        TestEnv::new().run_with_stdin(&args, input).succeeds().prints(rows).does_not_say("read as");
    }
}

#[test]
fn each_form_is_found_by_the_first_record_and_said() {
    for (form, input, rows, options) in FILES {
        for auto in [&[][..], &["--from", "auto"]] {
            let args = [&["-i", "-", "-o", "-"], auto, options].concat();
            let said = format!("read as {form}, going by the first record (--from FORM to say otherwise)\n");
            TestEnv::new().run_with_stdin(&args, ["\n \r\n", input].concat()).succeeds().prints(rows).says(&said);
        }
    }
}

#[test]
fn each_form_may_be_compressed_and_cut_into_shards() {
    let gzip = |bytes: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, bytes.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    for (form, input, rows, options) in FILES {
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
                let run = ["-q", "plain", "-o", "out", "--from", form, "--shard", &shard];
                env.run(&[&run[..], options].concat()).succeeds().says_nothing();
                all.extend(env.bytes("out"));
            }
            env.file("all", all).assert_file("all", rows);
        }
    }
}

#[test]
fn the_form_is_not_said_where_the_summary_is_not_wanted() {
    TestEnv::new().run_with_stdin(&["-i", "-", "-o", "-", "-q"], OASST).succeeds().prints(OASST_ROWS).says_nothing();
}

#[test]
fn sft_records_are_found_and_nothing_is_said() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    let summary = "3 records gave 3 rows; none rejected, 0 without a label, 0 blank lines";
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
fn records_of_no_form_are_refused_as_sft() {
    let env = TestEnv::with("in.jsonl", r#"{"question": "?", "answer": "!"}"#);
    env.run(&["-i", "in.jsonl", "-o", "out.jsonl"]).fails().says(r#""conversations" is missing"#);
}

#[test]
fn records_of_the_other_split_are_counted() {
    let env = TestEnv::with("in.jsonl", PREFERENCE);
    let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--from", "helpsteer2-preference", "--stats", "stats.json"];
    env.run(&[&args[..], &["--split", "train"]].concat())
        .sums_up("8 records gave 10 rows; none rejected, 3 of the other split, 0 without a label, 0 blank lines");
    let stats = env.json("stats.json");
    assert_eq!((&stats["other_split"], &stats["form"]), (&3.into(), &"helpsteer2-preference".into()));
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
fn an_option_of_another_form_is_wrong_usage() {
    let env = TestEnv::with("in.jsonl", HELPSTEER);
    for (form, option) in [
        ("sft", ["--only-attribute", "humor"]),
        ("oasst", ["--only-attribute", "quality"]),
        ("helpsteer2-preference", ["--only-attribute", "quality"]),
        ("helpsteer", ["--split", "train"]),
        ("sft", ["--split", "val"]),
    ] {
        let args = [&["-i", "in.jsonl", "-o", "out.jsonl", "--from", form][..], &option].concat();
        env.run(&args).exits_with(2).says("needs '--from helpsteer");
    }
    for wrong in [["--from", "helpsteer3"], ["--only-attribute", "fluency"], ["--split", "test"]] {
        env.run(&[&["-i", "in.jsonl", "-o", "out.jsonl"][..], &wrong].concat()).exits_with(2).says(wrong[1]);
    }
    env.assert_listing(&["in.jsonl"]);
}

#[test]
fn an_option_that_does_not_fit_the_form_that_was_found_is_an_error() {
    let env = TestEnv::with("in.jsonl", OASST);
    env.file("out.jsonl", "old");
    let error = "in.jsonl: the records are of the form oasst (--from), but --split is for helpsteer2-preference";
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
