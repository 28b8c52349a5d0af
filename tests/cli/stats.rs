//! `--stats`: the summary as JSON.

use serde_json::{Value, json};
use support::cli::{
    TestEnv,
    records::{BAD, BAD_JSON, UNLABELLED, records, rows},
};

/// The stats without the time, which has to be a number.
#[track_caller]
fn timeless(mut stats: Value) -> Value {
    let seconds = stats.as_object_mut().and_then(|stats| stats.remove("seconds"));
    assert!(seconds.and_then(|seconds| seconds.as_f64()).is_some_and(|seconds| seconds >= 0.0), "{stats}");
    stats
}

#[test]
fn stats_hold_every_count() {
    let labels = ["quality:4,humor:0.5", "humor:1.5", "quality:-1,quality:2,unknown:9", "quality:-100"];
    let turns = labels.map(|label| json!({"from": "Bot", "value": "A", "label": label}));
    let labelled = json!({"conversations": turns, "mask": "User"}).to_string();
    let bad = BAD.map(|bad| bad.bytes).join(&b'\n');
    let input = [labelled.as_bytes(), b"\n\n", UNLABELLED.as_bytes(), b"\n", &bad, b"\n", BAD_JSON.bytes].concat();
    let env = TestEnv::with("in.jsonl", &input);
    for (threads, chunk_size) in [(1, "1"), (2, "1KiB"), (8, "1MiB")] {
        let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--stats", "stats.json"];
        let how = ["--threads", &threads.to_string(), "--chunk-size", chunk_size];
        env.run(&[&args[..], &how].concat()).succeeds();

        let none = json!({"count": 0, "missing": 4, "min": null, "max": null, "mean": null});
        let expected = json!({
            "records": 7,
            "rows": 4,
            "unlabelled": 1,
            "other_split": 0,
            "blank": 1,
            "rejected": {"invalid-utf8": 1, "invalid-json": 2, "invalid-record": 1, "invalid-label": 1},
            "too_long": 0,
            "ties": 0,
            "unpaired": 0,
            "below_margin": 0,
            "odd_contexts": 0,
            "unscored": 1,
            "unknown_attributes": 1,
            "unknown_attribute_names": {"names": {"unknown": 1}, "others": 0},
            "out_of_range": 0,
            "embedded_turns": 0,
            "no_user_turn": 1,
            "other_speakers": {"names": {}, "others": 0},
            "attributes": {
                "quality": {"count": 2, "missing": 2, "min": 2.0, "max": 4.0, "mean": 3.0},
                "toxicity": none,
                "humor": {"count": 2, "missing": 2, "min": 0.5, "max": 1.5, "mean": 1.0},
                "creativity": none,
                "helpfulness": none,
                "correctness": none,
                "coherence": none,
                "complexity": none,
                "verbosity": none,
            },
            "unscored_attributes": [],
            "repeat": 1,
            "repeat_each": 1,
            "schemas": ["sft"],
            "rejected_inputs": [],
            "failed_inputs": [],
            "bytes_in": input.len(),
            "bytes_out": env.bytes("out.jsonl").len(),
            "threads": threads,
        });
        assert_eq!(timeless(env.json("stats.json")), expected);
    }
}

#[test]
fn stats_name_the_attributes_in_the_order_of_the_vector() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.run(&["-i", "in.jsonl", "--check", "--stats", "stats.json"]).succeeds();
    let text = String::from_utf8(env.bytes("stats.json")).expect("stats are UTF-8");
    let places = steer2reg::nemo::ATTRIBUTES.map(|attribute| text.find(&format!("{attribute:?}:")).expect(attribute));
    assert!(places.is_sorted(), "{text}");
    assert!(text.ends_with("}\n"), "the last line ends: {text:?}");
}

#[test]
fn stats_of_a_check_and_of_standard_output_are_those_of_a_file() {
    let env = TestEnv::with("in.jsonl", records(0..9));
    env.run(&["-i", "in.jsonl", "-o", "out.jsonl", "--stats", "file.json"]).succeeds();
    env.run(&["-i", "in.jsonl", "--check", "--stats", "check.json"]).succeeds().prints("");
    env.run(&["-i", "in.jsonl", "-o", "-", "--stats", "stdout.json"]).succeeds().prints(rows(0..9));
    env.run_with_stdin(&["-i", "-", "--check", "--stats", "stdin.json"], records(0..9)).succeeds();
    let expected = timeless(env.json("file.json"));
    assert_eq!(expected["bytes_out"], rows(0..9).len());
    for name in ["check.json", "stdout.json", "stdin.json"] {
        assert_eq!(timeless(env.json(name)), expected, "{name}");
    }
}

#[test]
fn stats_of_nothing_are_zeros() {
    let env = TestEnv::with("in.jsonl", "");
    env.run(&["-i", "in.jsonl", "-o", "out.jsonl", "--stats", "stats.json"]).succeeds();
    let stats = env.json("stats.json");
    assert_eq!((&stats["records"], &stats["bytes_in"], &stats["bytes_out"]), (&json!(0), &json!(0), &json!(0)));
    assert_eq!(
        stats["attributes"]["quality"],
        json!({"count": 0, "missing": 0, "min": null, "max": null, "mean": null})
    );
}

#[test]
fn stats_of_a_failed_run_are_not_written() {
    let env = TestEnv::with("in.jsonl", BAD_JSON.bytes);
    env.file("stats.json", "old");
    env.run(&["-i", "in.jsonl", "--check", "--stats", "stats.json"]).fails();
    env.run(&["-i", "in.jsonl", "--check", "--stats", "new.json"]).fails();
    env.assert_file("stats.json", "old").assert_listing(&["in.jsonl", "stats.json"]);
}

#[test]
fn stats_take_the_place_of_older_ones() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.file("stats.json", "old".repeat(10_000));
    env.run(&["-i", "in.jsonl", "--check", "--stats", "stats.json"]).succeeds();
    assert_eq!(env.json("stats.json")["rows"], 3);
    env.assert_listing(&["in.jsonl", "stats.json"]);
}
