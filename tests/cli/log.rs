//! Messages for machines: JSON Lines on standard error, and progress where there is no terminal.

use serde_json::Value;
use support::cli::{
    Ran, TestEnv,
    records::{BAD_JSON, records, rows},
};

/// The messages of a process, each of which must have what all messages have.
fn messages(ran: &Ran) -> Vec<Value> {
    let message = |line: &str| {
        let message: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(message["time"].as_f64().is_some_and(|time| time > 1.7e9), "{line}");
        assert!(["info", "warning", "error"].contains(&message["level"].as_str().unwrap_or_default()), "{line}");
        assert!(message["event"].is_string() && message["message"].is_string(), "{line}");
        message
    };
    ran.stderr.lines().map(message).collect()
}

fn events(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["event"].as_str().unwrap_or_default()).collect()
}

#[test]
fn every_message_is_a_line_of_json_and_the_summary_has_the_stats() {
    let env = TestEnv::with("in.jsonl", r#"{"prompt": "Hi", "response": "Hello!", "helpfulness": 4}"#);
    let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--attributes", "helpfulness,humor", "--stats", "stats.json"];
    let ran = env.run(&[&args[..], &["--log-format", "json"]].concat()).succeeds();
    let messages = messages(&ran);
    assert_eq!(events(&messages), ["warning", "note", "summary"], "{}", ran.stderr);
    assert!(messages[0]["message"].as_str().is_some_and(|message| message.starts_with("no row has a score for")));
    assert_eq!(messages[2]["stats"], env.json("stats.json"));
}

#[test]
fn an_error_about_a_record_has_its_place() {
    let bad = [records(0..3).as_bytes(), BAD_JSON.bytes].concat();
    let env = TestEnv::with("in.jsonl", &bad);
    let ran = env.run(&["-i", "in.jsonl", "-o", "out.jsonl", "--log-format", "json"]).fails();
    let [error] = &messages(&ran)[..] else { panic!("{}", ran.stderr) };
    assert_eq!((&error["event"], &error["file"], &error["line"]), (&"error".into(), &"in.jsonl".into(), &4.into()));
    assert_eq!((&error["byte"], &error["kind"]), (&records(0..3).len().into(), &"invalid-json".into()));
    assert!(error["reason"].is_string());

    let ran = env.run(&["-i", "none.jsonl", "-o", "out.jsonl", "--log-format", "json"]).fails();
    let [error] = &messages(&ran)[..] else { panic!("{}", ran.stderr) };
    assert_eq!((&error["event"], error.get("file")), (&"error".into(), None));
}

#[test]
fn inputs_that_are_left_out_have_their_place_too() {
    let env = TestEnv::with("a", [records(0..3).as_bytes(), BAD_JSON.bytes].concat());
    let ran = env.run(&["--output-dir", "out", "--keep-going", "a", "none", "--log-format", "json", "-q"]).fails();
    let messages = messages(&ran);
    assert_eq!(events(&messages), ["left-out", "left-out", "warning"], "{}", ran.stderr);
    assert_eq!((&messages[0]["file"], &messages[0]["line"]), (&"a".into(), &4.into()));
}

#[test]
fn without_a_terminal_messages_tell_the_progress() {
    let env = TestEnv::with("in.jsonl", records(0..50));
    let often = ["-i", "in.jsonl", "-o", "out.jsonl", "--chunk-size", "1B", "--progress-interval", "0.000001"];
    let length = records(0..50).len();
    env.run(&often).succeeds().says(" (100 %), ").says("50 records");
    let ran = env.run(&[&often[..], &["--log-format", "json"]].concat()).succeeds();
    let messages = messages(&ran);
    let last = messages.iter().rev().find(|message| message["event"] == "progress").expect("there is a message");
    assert_eq!((&last["done"], &last["total"]), (&length.into(), &length.into()));
    // None is due within the default interval, and none is wanted here.
    env.run(&often[..6]).succeeds().does_not_say("%");
    env.run(&[&often[..], &["--progress", "never"]].concat()).succeeds().does_not_say("%");
    env.run(&[&often[..], &["-q"]].concat()).succeeds().says_nothing();
    env.assert_file("out.jsonl", rows(0..50));
    for wrong in ["0", "-1", "soon", "1e9"] {
        env.run(&["-i", "in.jsonl", "--check", "--progress-interval", wrong]).shows_misuse_of("--progress-interval");
    }
}

#[test]
fn an_interrupted_run_says_so_in_json() {
    let env = TestEnv::new();
    let mut running = env.spawn_with_stdin(&["-i", "-", "-o", "out.jsonl", "--log-format", "json"]);
    let _open = running.stdin();
    env.wait_for_temporary_file(&running);
    running.signal("TERM");
    let ran = running.finish();
    let [last] = &messages(&ran)[..] else { panic!("{}", ran.stderr) };
    assert_eq!((&last["event"], &last["message"]), (&"interrupted".into(), &"interrupted; nothing was written".into()));
}
