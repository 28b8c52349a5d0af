//! The figures of `--stats` and `--report`: exact, and the same whatever the order.

use serde_json::{Value, json};
use support::cli::TestEnv;

/// Rows of two scores with their figures, by CPython's `fractions`.
struct Case {
    name: String,
    /// Records.
    input: String,
    mean: f64,
}

fn cases() -> impl Iterator<Item = Case> {
    include_str!("../golden_figures.jsonl").lines().map(|case| {
        let case: Value = serde_json::from_str(case).expect("a case");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let scores = |key: &str| case[key].as_array().expect("scores").iter().map(text);
        let records = scores("x").zip(scores("y")).map(|(x, y)| {
            let turn = json!({"from": "A", "value": "", "label": format!("quality:{x},humor:{y}")});
            json!({"conversations": [turn], "mask": "B"}).to_string() + "\n"
        });
        let mean = text(&case["mean"]).parse().expect("a number");
        Case { name: text(&case["name"]), input: records.collect(), mean }
    })
}

/// The last one first.
fn reversed(input: &str) -> String {
    input.lines().rev().map(|line| line.to_owned() + "\n").collect()
}

#[test]
fn figures_are_exact_whatever_the_chunks_and_the_order() {
    for Case { name, input, mean } in cases().filter(|case| case.input.lines().count() >= 10) {
        let env = TestEnv::with("in.jsonl", &input);
        let mut pages = Vec::new();
        for (input, chunk_size) in
            [(input.clone(), "1MiB"), (input.clone(), "1B"), (input.clone(), "1KiB"), (reversed(&input), "2KiB")]
        {
            env.file("in.jsonl", input);
            let how = ["-i", "in.jsonl", "--check", "-q", "--chunk-size", chunk_size, "--threads", "2"];
            env.run(&[&how[..], &["--stats", "stats.json", "--report", "report.html"]].concat()).succeeds();
            // Every digit: a `Value` would round it.
            let stats = String::from_utf8(env.bytes("stats.json")).expect("stats are UTF-8");
            let (_, figure) = stats.split_once("\"mean\":").expect("the first attribute has a mean");
            let figure = figure.split([',', '}']).next().expect("there is something").trim();
            assert_eq!(
                figure.parse().map(f64::to_bits),
                Ok(mean.to_bits()),
                "{name}, {chunk_size}: {figure} for {mean}"
            );
            let page = String::from_utf8(env.bytes("report.html")).expect("the page is UTF-8");
            assert!(
                !["NaN", ">inf", ">−inf", "to inf", "\"inf"].iter().any(|never| page.contains(never)),
                "{name}: {page}"
            );
            pages.push(page);
        }
        // The first rows are others in another order, and stand in no figure.
        let figures = |page: &str| {
            let (before, rest) = page.split_once("<h2>Example rows</h2>").expect("there are examples");
            [before, rest.split_once("</section>").expect("they end").1].concat()
        };
        assert!(pages[..3].iter().all(|page| *page == pages[0]), "{name}");
        assert_eq!(figures(&pages[3]), figures(&pages[0]), "{name}");
    }
}

/// Those who are not among the first names of their chunk may be among the first ones of the file; and of two zeros, the
/// order would decide about the sign.
#[test]
fn speakers_and_ends_do_not_depend_on_the_chunks() {
    let record = |from: usize| {
        let zero = ["0", "-0"][from % 3 % 2];
        let turn = json!({"from": format!("speaker {from}"), "value": "", "label": format!("quality:{zero}")});
        json!({"conversations": [turn], "mask": "B"}).to_string() + "\n"
    };
    let input: String = (0..40).chain((0..60).rev()).chain(0..60).map(record).collect();
    let env = TestEnv::with("in.jsonl", input);
    for chunk_size in ["1MiB", "1B", "5KiB"] {
        let how = ["-i", "in.jsonl", "--check", "-q", "--chunk-size", chunk_size, "--report", "report.html"];
        env.run(&[&how[..], &["--stats", "stats.json"]].concat()).succeeds();
        let page = String::from_utf8(env.bytes("report.html")).expect("the page is UTF-8");
        // The first 32 speak 3 times each, 8 more do, and 20 speak twice.
        for (name, turns) in [("<bdi>speaker 0</bdi>", 3), ("<bdi>speaker 31</bdi>", 3), ("<i>others</i>", 64)] {
            let (_, row) = page.split_once(&format!("<th scope=\"row\">{name}</th>")).expect(name);
            let row = row.split("</tr>").next().expect("it ends");
            assert!(row.contains(&format!("<td>{turns}</td>")), "{chunk_size}, {name}: {row}");
        }
        let quality = &env.json("stats.json")["attributes"]["quality"];
        let expected = json!({"count": 160, "missing": 0, "min": 0.0, "max": 0.0, "mean": 0.0});
        assert_eq!(quality.to_string(), expected.to_string(), "{chunk_size}");
    }
}

/// Both zeros are one number in training; a list keeps the spelling of each.
#[test]
fn a_negative_zero_is_a_missing_zero() {
    let labels = ["quality:-0", "quality:0,humor:-0.0", "quality:-0,humor:2"];
    let records = labels.map(|label| {
        let turn = json!({"from": "A", "value": "", "label": label});
        json!({"conversations": [turn], "mask": "A"}).to_string()
    });
    let env = TestEnv::with("in.jsonl", records.join("\n"));
    let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--attributes", "quality,humor", "-q", "--stats", "stats.json"];
    for (missing, first) in [("0", "[-0.0, 0.0]"), ("-0.0", "[-0.0, -0.0]")] {
        env.run(&[&args[..], &["--missing-value", missing, "--report", "report.html"]].concat()).succeeds();
        let rows = String::from_utf8(env.bytes("out.jsonl")).expect("rows are UTF-8");
        let scores: Vec<_> = rows.lines().map(|row| &row[row.find("\"label\": ").expect("scores") + 9..]).collect();
        assert_eq!(scores, [&format!("{first}}}"), "[0.0, -0.0]}", "[-0.0, 2.0]}"]);
        let stats = env.json("stats.json");
        assert_eq!(stats["unscored"], 2);
        assert_eq!(
            stats["attributes"]["quality"],
            json!({"count": 0, "missing": 3, "min": null, "max": null, "mean": null})
        );
        assert_eq!(
            stats["attributes"]["humor"],
            json!({"count": 1, "missing": 2, "min": 2.0, "max": 2.0, "mean": 2.0})
        );
        let page = String::from_utf8(env.bytes("report.html")).expect("the page is UTF-8");
        assert!(page.contains("No row has a score for <bdi>quality</bdi>."), "{page}");
        env.run(&[&args[..], &["--missing-value", missing, "--strict"]].concat())
            .fails()
            .says("all its scores are missing");
    }
}

#[test]
fn percentiles_of_empty_texts_are_zero() {
    let texts = ["", "", "", "", "a", "", "", "four", "", ""];
    let records = texts.map(|text| {
        let turn = json!({"from": "A", "value": text, "label": "quality:1"});
        json!({"conversations": [turn], "mask": "B"}).to_string()
    });
    let env = TestEnv::with("in.jsonl", records.join("\n"));
    let args = ["-i", "in.jsonl", "--check", "--to", "messages", "--system", "none", "-q", "--report", "report.html"];
    env.run(&[&args[..], &["--attributes", "quality"]].concat()).succeeds();
    let page = String::from_utf8(env.bytes("report.html")).expect("the page is UTF-8");
    for (name, length) in [
        ("shortest", 0),
        ("5 %", 0),
        ("25 %", 0),
        ("median", 0),
        ("75 %", 0),
        ("90 %", 1),
        ("99 %", 4),
        ("longest", 4),
        ("mean", 0),
    ] {
        let cell = format!("<th scope=\"row\">{name}</th><td>{length}</td>");
        assert!(page.contains(&cell), "{cell} is not in\n{page}");
    }
}
