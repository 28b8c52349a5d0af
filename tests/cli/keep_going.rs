//! `--keep-going`: inputs with an error are left out, and the others are converted as if those had not been there.

use std::fs;

use serde_json::json;
use support::cli::{
    Ran, TestEnv,
    records::{BAD_JSON, records, rows},
};

/// Inputs of which `a`, `d` and `empty` are good, and how each of the others is told.
const INPUTS: [&str; 9] = ["cut.gz", "a", "bad", "nowhere", "folder", "d", "unknown", "table", "empty"];
const GOOD: [&str; 3] = ["a", "d", "empty"];

/// Records and a bad one between them.
fn with_bad(before: usize, after: usize) -> Vec<u8> {
    [records(0..before).as_bytes(), BAD_JSON.bytes, b"\n", records(0..after).as_bytes()].concat()
}

fn env() -> TestEnv {
    let env = TestEnv::new();
    env.file("a", records(0..300)).file("bad", with_bad(200, 700)).folder("folder").file("d", records(300..600));
    env.file("unknown", "{}\n".repeat(100)).file("table", "PAR1 and so on").file("empty", "");
    env.file("cut", records(0..900)).run_in_shell("gzip -c cut | head -c 2000 > cut.gz; rm cut", &[]).succeeds();
    env.folder("out").file("out/bad", "old");
    env
}

fn outputs(env: &TestEnv) -> Vec<String> {
    let entries = fs::read_dir(env.path("out")).expect("it is there");
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The statistics without what depends on the clock and on the inputs that were left out.
fn stats(env: &TestEnv) -> serde_json::Value {
    let mut stats = env.json("stats");
    for name in ["seconds", "failed_inputs"] {
        stats.as_object_mut().unwrap().remove(name).expect(name);
    }
    stats
}

fn run(env: &TestEnv, inputs: &[&str], how: &[&str]) -> Ran {
    env.run(&[&["--output-dir", "out", "--keep-going", "--stats", "stats", "-q"], inputs, how].concat())
}

#[test]
fn inputs_with_an_error_are_left_out_and_reported_and_the_others_are_converted() {
    let ways = [
        &["--threads", "1", "--chunk-size", "1"][..],
        &["--threads", "8", "--chunk-size", "1KiB", "--no-mmap"],
        &["--threads", "2"],
        &["--repeat", "2", "--chunk-size", "5KiB"],
    ];
    for way in ways {
        let env = env();
        run(&env, &GOOD, way).succeeds().says_nothing();
        let alone = stats(&env);
        for name in GOOD {
            fs::remove_file(env.path("out").join(name)).unwrap();
        }

        let ran = run(&env, &INPUTS, way).fails().prints("");
        let errors = [
            "steer2reg: cannot read cut.gz: ",
            "bad:201: invalid JSON",
            "steer2reg: cannot open nowhere: No such file",
            "steer2reg: folder is a directory",
            "unknown:1: invalid record",
            "steer2reg: table ",
        ];
        let places: Vec<_> = errors.iter().map(|error| ran.stderr.find(error).expect(error)).collect();
        assert!(places.is_sorted(), "in the order of the inputs: {}", ran.stderr);
        let warning = "steer2reg: warning: 6 inputs were left out because of an error: cut.gz, bad, nowhere, folder, unknown, \
                       table\n";
        assert!(ran.stderr.ends_with(warning), "{}", ran.stderr);
        assert_eq!(outputs(&env), ["a", "bad", "d", "empty"]);
        let times = if way[0] == "--repeat" { 2 } else { 1 };
        env.assert_file("out/a", rows(0..300).repeat(times)).assert_file("out/d", rows(300..600).repeat(times));
        env.assert_file("out/bad", "old").assert_file("out/empty", "");
        assert_eq!(stats(&env), alone, "the books are those of the others alone");
        let failed = env.json("stats")["failed_inputs"].clone();
        let names: Vec<_> = failed.as_array().unwrap().iter().map(|failed| failed["input"].clone()).collect();
        assert_eq!(json!(names), json!(["cut.gz", "bad", "nowhere", "folder", "unknown", "table"]));
        assert!(failed[1]["error"].as_str().unwrap().starts_with("bad:201: invalid JSON"), "{failed}");
    }
}

#[test]
fn without_it_the_first_of_them_ends_the_run() {
    let env = env();
    env.run(&["--output-dir", "out", "a", "bad", "d"]).fails().says("bad:201: ").says("in place: 1 of 3");
    assert_eq!(outputs(&env), ["a", "bad"]);
}

#[test]
fn bad_records_that_are_skipped_leave_their_input_in() {
    let env = env();
    let skip = ["--on-error", "skip", "--rejects", "rejects"];
    run(&env, &INPUTS, &skip)
        .fails()
        .says("5 inputs were")
        .does_not_say("bad,")
        .says("unknown: no record has the keys");
    env.assert_file("out/bad", [rows(0..200), rows(0..700)].concat());
    let stats = env.json("stats");
    assert_eq!((&stats["records"], &stats["rejected"]["invalid-json"]), (&1501.into(), &1.into()));
    // More rejects than are allowed are an error of the run. Those of inputs that were left out do not count.
    let inputs = ["unknown", "a", "bad", "d"];
    run(&env, &inputs, &[&skip[..], &["--max-rejects", "100"]].concat()).fails().says("1 input was left out");
    let ran = run(&env, &inputs[1..], &[&skip[..], &["--max-rejects", "0"]].concat());
    ran.fails().says("more than 0 rejected records").says("bad:201: ").says("in place: 1 of 3");
    assert_eq!(env.json("stats")["records"], 501);
}

#[test]
fn a_group_does_not_go_on_from_an_input_that_is_left_out() {
    let record = |prompt: &str, score: usize| {
        json!({"prompt": prompt, "response": format!("R{score}"), "helpfulness": score, "correctness": 0, "coherence": 0,
               "complexity": 0, "verbosity": 0})
        .to_string()
            + "\n"
    };
    let env = TestEnv::with("a", record("p", 1) + &record("p", 2) + "{");
    env.file("b", record("p", 0) + &record("q", 1) + &record("q", 3)).folder("out");
    for way in [&["--chunk-size", "1"][..], &[]] {
        let how = [&["--to", "trl-pairs", "--weights", "helpfulness=1"], way].concat();
        run(&env, &["a", "b"], &how).fails().says("a:3: ");
        let pairs = String::from_utf8(env.bytes("out/b")).unwrap();
        assert!(pairs.lines().count() == 1 && pairs.contains("R3"), "{pairs}");
        assert_eq!(outputs(&env), ["b"]);
        assert_eq!((&env.json("stats")["rows"], &env.json("stats")["unpaired"]), (&1.into(), &1.into()));
    }
}

/// Here the output.
#[test]
#[cfg(target_os = "linux")]
fn what_is_no_error_of_an_input_ends_the_run() {
    let env = env();
    env.link("out/d", "/dev/full");
    let ran = run(&env, &["a", "bad", "d", "empty"], &[]).fails();
    let order = ["bad:201: ", "steer2reg: cannot write out/d: No space left", "in place: 1 of 4"];
    let places: Vec<_> = order.iter().map(|part| ran.stderr.find(part).expect(part)).collect();
    assert!(places.is_sorted(), "{}", ran.stderr);
    assert_eq!(outputs(&env), ["a", "bad", "d"]);

    fs::remove_file(env.path("out/d")).unwrap();
    let all_bad = r#"{"conversations": [], "mask": 3}"#;
    env.file("rejected", all_bad);
    run(&env, &["bad", "rejected"], &["--on-error", "skip", "--max-rejects", "0"]).fails().says("more than 0");
    run(&env, &["nowhere", "rejected"], &["--on-error", "skip"])
        .fails()
        .says("nowhere")
        .says("every record was rejected");
}

#[test]
fn an_input_with_a_line_that_is_too_long_is_left_out() {
    let env = env();
    env.file("long", [records(0..300), "x".repeat(5000), records(0..300)].concat());
    for way in [&["--chunk-size", "1"][..], &["--no-mmap"], &[]] {
        let ran = run(&env, &["a", "long", "d"], &[&["--max-line", "4KiB"], way].concat());
        ran.fails().says("long:301: ").says("1 input was left out because of an error: long\n");
        env.assert_file("out/a", rows(0..300)).assert_file("out/d", rows(300..600));
        assert_eq!(outputs(&env), ["a", "bad", "d"]);
        assert_eq!((&env.json("stats")["records"], &env.json("stats")["rows"]), (&600.into(), &600.into()));
    }
}

#[test]
fn if_all_inputs_are_left_out_nothing_is_written() {
    let env = env();
    let ran = run(&env, &["bad", "nowhere"], &[]).fails().does_not_say("no rows").says("2 inputs were left out");
    ran.says("cannot open nowhere");
    env.assert_file("out/bad", "old");
    assert_eq!(outputs(&env), ["bad"]);
    assert_eq!(env.json("stats")["records"], 0);
}

#[test]
fn the_report_shows_what_was_left_out() {
    let env = env();
    run(&env, &["a", "bad"], &["--report", "report.html"]).fails();
    let page = String::from_utf8(env.bytes("report.html")).unwrap();
    assert!(page.contains("1 input was left out because of an error: bad"), "{page}");
    assert!(!page.contains("Question 299 "), "{page}");
}

#[test]
fn it_needs_a_folder_of_outputs() {
    let env = env();
    for output in [&["-o", "rows"][..], &["--check"]] {
        env.run(&[&["--keep-going", "a"], output].concat()).shows_misuse_of("--output-dir");
    }
}
