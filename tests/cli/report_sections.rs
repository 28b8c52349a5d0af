//! `--report`, section by section: what each says, compared with the flags, the output and other programs.

use serde_json::{Value, json};
use support::cli::TestEnv;

/// Runs with a report and returns the page.
#[track_caller]
fn report(env: &TestEnv, args: &[&str]) -> String {
    env.run(&[args, &["-q", "--report", "report.html"]].concat()).succeeds();
    page(env)
}

fn page(env: &TestEnv) -> String {
    String::from_utf8(env.bytes("report.html")).expect("the page is UTF-8")
}

/// What is between the title of a section and its end.
#[track_caller]
fn section<'p>(page: &'p str, title: &str) -> &'p str {
    between(page, &format!("<h2>{title}</h2>"), "</section>")
}

#[track_caller]
fn between<'p>(page: &'p str, open: &str, close: &str) -> &'p str {
    let (_, rest) = page.split_once(open).unwrap_or_else(|| panic!("{open} is not in\n{page}"));
    rest.split_once(close).unwrap_or_else(|| panic!("{open} has no {close} in\n{page}")).0
}

fn text_of(html: &str) -> String {
    let text: String = html
        .split('<')
        .enumerate()
        .map(|(at, part)| if at == 0 { part } else { part.split_once('>').unwrap().1 })
        .collect();
    let text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#39;", "'").replace("&amp;", "&")
}

/// What the report says under a name about what was converted.
#[track_caller]
fn about(page: &str, name: &str) -> String {
    let entry = between(section(page, "What was converted"), &format!("<dt>{name}</dt><dd>"), "</dd>");
    text_of(entry).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn alarms(page: &str) -> Vec<String> {
    section(page, "Alarms").split("<li>").skip(1).map(|alarm| text_of(alarm.split("</li>").next().unwrap())).collect()
}

/// A record of turns that are the user's and the assistant's by turns; the last one has the label.
fn record(texts: &[&str], label: &str) -> String {
    let turn = |(at, text): (usize, &&str)| {
        let label = if at + 1 == texts.len() { json!(label) } else { Value::Null };
        let from = ["User", "Assistant"][at % 2];
        json!({"from": from, "value": text, "label": label})
    };
    json!({"conversations": texts.iter().enumerate().map(turn).collect::<Vec<_>>(), "mask": "User"}).to_string() + "\n"
}

#[test]
fn a_report_says_what_it_is_of() {
    let env = TestEnv::with("in.jsonl", "\n{\n".to_owned() + &record(&["Hi", "Hello"], "humor:1,helpfulness:2"));
    let page = report(&env, &["-i", "in.jsonl", "--check", "--on-error", "skip"]);
    for (name, content) in [
        ("Input", "in.jsonl"),
        ("Schema", "sft, detected by the record in line 3"),
        ("Layout", r#"nemo: {"text": "…", "label": […]}"#),
        ("Template", "nemo"),
        ("Attributes", "quality toxicity humor creativity helpfulness correctness coherence complexity verbosity"),
        ("Missing value", "-100.0"),
        ("Score range", "not given (--range), so no score is out of range"),
        ("Filters", "bad records are left out"),
        ("steer2reg", concat!("version ", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(about(&page, name), content, "{name}");
    }
    assert!(about(&page, "System prompt").contains("A chat between a curious user"), "{page}");

    let args =
        ["-i", "in.jsonl", "--on-error", "skip", "--max-rejects", "7", "--from", "sft", "--to", "columns", "-o", "-"];
    let rows = ["--attributes", "fun=humor,helpfulness", "--template", "chatml", "--range", "0..4"];
    let more = ["--system", "text:Be <kind>.", "--max-chars", "5000", "--last-labelled-only", "--trim-labels"];
    let last = ["--value-map", "yes=4", "--mask", "User", "--role", "tool=assistant"];
    let page = report(&env, &[&args[..], &rows, &more, &last].concat());
    for (name, content) in [
        ("Schema", "sft, as named (--from)"),
        ("Layout", r#"columns: {"text": "…", ATTRIBUTE: …, …}"#),
        ("Template", "chatml"),
        ("System prompt", "Be <kind>."),
        ("Attributes", "fun humor in labels helpfulness"),
        ("Missing value", "null; a score of -100.0 in a label counts as missing"),
        ("Score range", "0 to 4"),
        ("Labels", "yes is 4; white space around names and scores does not count"),
        ("Speakers", "User is the user of records without a mask; tool is the assistant"),
        (
            "Filters",
            "bad records are left out, up to 7; texts of at most 5,000 characters; the last labelled turn of each conversation only",
        ),
    ] {
        assert_eq!(about(&page, name), content, "{name}");
    }
}

#[test]
fn a_report_of_many_inputs_names_each_with_its_schema() {
    let env = TestEnv::new();
    let helpsteer = json!({"prompt": "p", "response": "r", "helpfulness": 1, "correctness": 2, "coherence": 3, "complexity": 0, "verbosity": 4});
    let names: Vec<_> = (0..12).map(|number| format!("{number}.jsonl")).collect();
    for (name, number) in names.iter().zip(0..) {
        env.file(name, if number == 3 { format!("\n\n{helpsteer}") } else { record(&["Hi", "Hello"], "humor:1") });
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let page = report(&env, &[&["--output-dir", "out"][..], &names].concat());
    assert!(page.contains("<h1><bdi>0.jsonl</bdi> and 11 more inputs</h1>"), "{page}");
    assert!(page.contains("The rows are in 12 files in <bdi>out</bdi>."), "{page}");
    assert_eq!(about(&page, "Schema"), "sft and helpsteer, detected for each input");
    let inputs = about(&page, "Inputs");
    assert!(
        inputs.contains(
            "2.jsonl sft, detected by the record in line 1 3.jsonl helpsteer, detected by the record in line 3"
        ),
        "{inputs}"
    );
    assert!(
        inputs.contains("4 more inputs 8.jsonl sft")
            && inputs.ends_with("11.jsonl sft, detected by the record in line 1"),
        "{inputs}"
    );
}

#[test]
fn a_report_without_a_finding_says_so_in_one_line() {
    let env = TestEnv::with("in.jsonl", record(&["Hi", "Hello"], "humor:1"));
    let page = report(&env, &["-i", "in.jsonl", "--check"]);
    assert_eq!(alarms(&page), <[String; 0]>::default());
    let alarms = section(&page, "Alarms");
    assert_eq!(alarms.matches("There is nothing to warn of").count(), 1, "{alarms}");
}

#[test]
fn every_finding_is_an_alarm() {
    let mut input = String::from("{\n{\n");
    input +=
        &json!({"conversations": [{"from": "human", "value": "", "label": "quality:1"}], "mask": "User"}).to_string();
    input += "\n";
    for (number, label) in ["quality:1", "quality:1,funny:3", "quality:-100"].into_iter().enumerate() {
        input += &record(&[&format!("question {number}"), "answer"], label);
    }
    for number in 0..100 {
        input += &record(&[&format!("{}", number / 2), "answer"], "quality:1,helpfulness:9");
    }
    let env = TestEnv::with("in.jsonl", input);
    let flags = ["--on-error", "skip", "--attributes", "quality,helpfulness,humour", "--range", "0..4"];
    let page = report(&env, &[&["-i", "in.jsonl", "--check"][..], &flags].concat());
    let alarms = alarms(&page);
    let expected = [
        "2 of 106 records were rejected (1.9 %): 2 invalid-json.",
        "1 of 104 rows has no score at all",
        "\"funny\" (1 time)",
        "No row has a score for \"humour\" (did you mean \"humor\"?)",
        "In 1 of 104 records no turn is the mask's",
        "\"human\" (1 time)",
        "100 of 104 rows have a score that is not in the range from 0 to 4 (96.2 %).",
        "so there is nothing to learn from it: quality (1) and helpfulness (9).",
    ];
    assert_eq!(alarms.len(), expected.len(), "{alarms:#?}");
    for (alarm, expected) in alarms.iter().zip(expected) {
        assert!(alarm.contains(expected), "{expected} is not in {alarm}");
    }
    assert!(!section(&page, "Alarms").contains("nothing to warn of"), "{page}");
}

#[test]
fn the_report_of_a_failed_run_says_that_there_are_no_rows() {
    let env = TestEnv::with("in.jsonl", "{\n".repeat(3));
    let args = ["-i", "in.jsonl", "-o", "out.jsonl", "--on-error", "skip", "--max-rejects", "1"];
    env.run(&[&args[..], &["--from", "sft", "--report", "report.html"]].concat()).fails();
    let page = page(&env);
    assert!(page.contains("The run failed: no rows were written."), "{page}");
    assert_eq!(alarms(&page)[0], "The run failed, and wrote no rows.");
}
