//! `--report`: a page about what is in the rows.

use serde_json::json;
use support::cli::{
    TestEnv,
    records::{BAD, UNLABELLED, record, records, rows},
};

/// Good records, bad ones and some of every spelling.
fn input() -> Vec<u8> {
    let value = |number: usize| ["plain", "é\n\t\"\\\\u\u{1}", "世界😀"][number % 3].repeat(1 + number % 60);
    let varied = (0..300).map(|number| {
        let label = format!("quality:{},humor:{}", number % 5, number as f64 / 7.0);
        let from = |turn: usize| ["User", "A \"b\""][turn % 2];
        let turns = (0..number % 9).map(|turn| json!({"from": from(turn), "value": value(turn)}));
        let last = json!({"from": "Bot", "value": value(number), "label": label});
        let record = json!({"conversations": turns.chain([last]).collect::<Vec<_>>(), "mask": "User"});
        // By the scanner, and by simd-json.
        if number % 2 == 0 { record.to_string() } else { record.to_string().replacen('{', r#"{"x": [], "#, 1) }
    });
    let mut input = varied.collect::<Vec<_>>().join("\n").into_bytes();
    for _ in 0..5 {
        for bad in BAD {
            input.extend([b"\n", bad.bytes].concat());
        }
    }
    [&input[..], b"\n\n", UNLABELLED.as_bytes(), b"\n"].concat()
}

#[test]
fn a_report_is_one_page_which_is_the_same_with_any_number_of_threads() {
    let env = TestEnv::with("in.jsonl", input());
    for (threads, chunk_size) in [("1", "512KiB"), ("8", "512KiB"), ("1", "1KiB"), ("8", "1KiB"), ("2", "1B")] {
        let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--report", "report.html"];
        env.run(&[&args[..], &["--threads", threads, "--chunk-size", chunk_size]].concat()).succeeds();
        if threads == "1" && chunk_size == "512KiB" {
            env.file("first.html", env.bytes("report.html"));
        }
        env.assert_file("report.html", env.bytes("first.html"));
    }
    let page = String::from_utf8(env.bytes("report.html")).expect("the page is UTF-8");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"), "{page}");
    for part in
        ["<bdi>in.jsonl</bdi>", "The rows are in <bdi>out.jsonl</bdi>", "invalid-json, the first 3", "Line 302:"]
    {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
    assert!(!page.contains("<script"), "{page}");
}

/// Compares the lengths on the page with those of the rows.
fn assert_lengths(env: &TestEnv, out: &str, report: &str) {
    let out = env.bytes(out);
    let rows = out.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let lengths: Vec<_> = rows
        .map(|row| serde_json::from_slice(row).expect("a row is JSON"))
        .map(|row: serde_json::Value| row["text"].as_str().expect("a text").chars().count())
        .collect();
    let page = String::from_utf8(env.bytes(report)).expect("the page is UTF-8");
    let figures = [
        ("shortest", *lengths.iter().min().expect("there are rows")),
        ("longest", *lengths.iter().max().expect("there are rows")),
        ("mean", lengths.iter().sum::<usize>() / lengths.len()),
    ];
    for (name, length) in figures {
        let cell = format!("<th scope=\"row\">{name}</th><td>{length}</td>");
        assert!(length < 1000 && page.contains(&cell), "{cell} is not in\n{page}");
    }
}

#[test]
fn a_report_counts_the_characters_of_the_text() {
    let env = TestEnv::with("in.jsonl", input());
    let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--report", "report.html", "-q"];
    env.run(&args).succeeds();
    assert_lengths(&env, "out.jsonl", "report.html");
}

/// The rows of a tree are never there as a whole, so they are counted in another way.
#[test]
fn a_report_of_trees_is_that_of_their_conversations() {
    let leaf = |text: &str, role: &str| json!({"text": text, "role": role, "labels": {"humor": {"value": 0.5}}, "replies": []});
    let tree = |count: usize| {
        let mut answer = leaf("An answer é\n", "assistant");
        answer["replies"] = (0..count).map(|number| leaf(&"Thanks ".repeat(number), "prompter")).collect();
        answer["replies"][0]["replies"] = json!([leaf("Bye", "assistant"), leaf("Good bye", "assistant")]);
        json!({"prompt": {"text": "A question", "role": "prompter", "replies": [answer, leaf("Another", "assistant")]}})
    };
    let turn = |from: &str, value: &str| json!({"from": from, "value": value, "label": if from == "User" { json!(null) } else { json!("humor:2") }});
    let mut sft = Vec::new();
    for count in 1..6 {
        let begun = [turn("User", "A question"), turn("Assistant", "An answer é\n")];
        let mut add = |more: &[serde_json::Value]| {
            let turns = [&begun[..], more].concat();
            sft.push(json!({"conversations": turns, "mask": "User"}).to_string());
        };
        add(&[turn("User", ""), turn("Assistant", "Bye")]);
        add(&[turn("User", ""), turn("Assistant", "Good bye")]);
        (1..count).for_each(|number| add(&[turn("User", &"Thanks ".repeat(number))]));
        let short = [turn("User", "A question"), turn("Assistant", "Another")];
        sft.push(json!({"conversations": short, "mask": "User"}).to_string());
    }
    let env = TestEnv::with("sft", sft.join("\n"));
    env.file("trees", (1..6).map(|count| tree(count).to_string()).collect::<Vec<_>>().join("\n"));
    for input in ["sft", "trees"] {
        let (out, report) = (format!("{input}.out"), format!("{input}.html"));
        env.run(&["-q", "-i", input, "-o", &out, "--report", &report]).succeeds();
        assert_lengths(&env, &out, &report);
    }
    env.assert_file("trees.out", env.bytes("sft.out"));
    // All from the rows on: what stands before counts lines and names files.
    let figures = |page: &str| {
        let page = String::from_utf8(env.bytes(page)).expect("the page is UTF-8");
        page[page.find("Text length").expect("there are lengths")..].to_owned()
    };
    assert_eq!(figures("trees.html"), figures("sft.html"));
}

#[test]
fn a_report_does_not_change_the_rows() {
    let env = TestEnv::with("in.jsonl", records(0..50));
    env.run(&["-i", "in.jsonl", "-o", "-", "-q", "--report", "report.html"]).succeeds().prints(rows(0..50));
    env.run(&["-i", "in.jsonl", "--check", "--report", "check.html"]).succeeds().prints("");
    env.assert_listing(&["check.html", "in.jsonl", "report.html"]);
}

#[test]
fn a_report_of_a_failed_run_is_not_written() {
    let env = TestEnv::with("in.jsonl", BAD[1].bytes);
    env.file("report.html", "old");
    env.run(&["-i", "in.jsonl", "--check", "--report", "report.html"]).fails();
    env.assert_file("report.html", "old").assert_listing(&["in.jsonl", "report.html"]);
}

#[test]
fn a_report_of_nothing_says_so() {
    for input in ["", UNLABELLED] {
        let env = TestEnv::with("in.jsonl", input);
        env.run(&["-i", "in.jsonl", "--check", "--report", "report.html"]).succeeds();
        let page = String::from_utf8(env.bytes("report.html")).expect("the page is UTF-8");
        assert!(page.contains("<h2>Rows</h2><p class=\"lead\">There are none.</p>"), "{page}");
    }
}

#[test]
fn the_report_must_not_be_another_file_of_the_run() {
    let env = TestEnv::with("in.jsonl", record(0));
    for (args, other) in [
        (&["-o", "out.jsonl", "--report", "in.jsonl"], "in.jsonl"),
        (&["-o", "new", "--report", "./new"], "./new"),
        (&["--check", "--stats=new", "--report", "new"], "new"),
    ] {
        let ran = env.run(&[&["-i", "in.jsonl"], &args[..]].concat());
        ran.fails_with_one_line(&[other, "are the same file"]);
        env.assert_listing(&["in.jsonl"]).assert_file("in.jsonl", record(0));
    }
}
