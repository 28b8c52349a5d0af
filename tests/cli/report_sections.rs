//! `--report`, section by section: what each says, compared with the flags, the output and other programs.

use std::process::{Command, Stdio};

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

#[track_caller]
fn assert_well_formed(page: &str) {
    let mut open = Vec::new();
    for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let name = tag.split([' ', '\n']).next().unwrap();
        match name.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed), "{page}"),
            None if name == "meta" || name.starts_with('!') || tag.ends_with('/') => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
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
        "2 of 106 records were rejected (1.9 %): 2 invalid-json",
        "1 of 104 rows has no score at all",
        "\"funny\" (1 time)",
        "no row has a score for \"humour\" (did you mean \"humor\"?)",
        "in 1 of 104 records no turn is the mask's",
        "\"human\" (1 time)",
        "100 of 104 rows have a score that is not in the range from 0 to 4 (96.2 %)",
        "so there is nothing to learn from it: quality (1) and helpfulness (9)",
        "of all rows, 48.1 % repeat a row before them",
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
    assert_eq!(alarms(&page)[0], "the run failed and wrote no rows");
}

/// A row: its turns as roles and contents, and its label.
type Row = (Vec<(String, String)>, Vec<(String, Option<f64>)>);

fn examples(page: &str) -> Vec<Row> {
    let article = |article: &str| {
        let turns = between(article, "<ol class=\"turns\">", "</ol>").split("<li").skip(1).map(|turn| {
            let role = if turn.starts_with(" class=\"user\"") { "user" } else { "assistant" };
            let texts = turn.split("<div class=\"text\" dir=\"auto\">").skip(1);
            let texts = texts.map(|text| text_of(text.split("</div>").next().unwrap()));
            (role.to_owned(), texts.collect())
        });
        let scores = between(article, "<ul class=\"label\">", "</ul>").split("<li").skip(1).map(|score| {
            let is_missing = score.starts_with(" class=\"missing\"");
            let score = text_of(score.split_once('>').unwrap().1);
            let (name, score) = score.trim().rsplit_once(": ").unwrap();
            assert_eq!(score == "missing", is_missing, "{score}");
            (name.to_owned(), (!is_missing).then(|| score.replace('−', "-").parse().unwrap()))
        });
        (turns.collect(), scores.collect())
    };
    section(page, "Example rows").split("<article>").skip(1).map(article).collect()
}

/// Compares the examples with the first rows of an output of messages and columns.
#[track_caller]
fn assert_examples(page: &str, out: &[u8], attributes: &[&str]) {
    let rows = out.split(|&byte| byte == b'\n').filter(|row| !row.is_empty()).take(3);
    let rows = rows.map(|row| {
        let row: Value = serde_json::from_slice(row).expect("a row is JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let messages = row["messages"].as_array().expect("messages");
        let turns: Vec<_> = messages.iter().map(|turn| (text(&turn["role"]), text(&turn["content"]))).collect();
        let scores: Vec<_> = attributes.iter().map(|&name| (name.to_owned(), row[name].as_f64())).collect();
        (turns, scores)
    });
    assert_eq!(examples(page), rows.collect::<Vec<_>>());
}

#[test]
fn the_example_rows_are_the_first_rows_of_the_output() {
    let long = "A long answer, é \"世界😀\" & <b>so</b> on.\n\tAnd \\u0041 on. ".repeat(30);
    let input = [
        record(&["Hi", "Hello <br> \\ \"you\"", "How are\nyou?", &long], "humor:0.25,helpfulness:-3"),
        // By simd-json.
        record(&["Hi", &long], "humor:1,humor:2").replacen('{', r#"{"x": [], "#, 1),
        // Embedded turns are turns of messages.
        record(&["First\n<extra_id_1>Assistant\nSecond\n<extra_id_1>User\nThird", "Fourth"], "helpfulness:1e-5"),
        record(&["not", "shown"], "humor:1"),
    ];
    let env = TestEnv::with("in.jsonl", input.concat());
    env.file("none.jsonl", record(&["no label"], ""));
    let flags =
        ["-o", "out.jsonl", "--to", "messages-columns", "--system", "none", "--attributes", "humor,helpfulness"];
    for (threads, chunk_size) in [("1", "512KiB"), ("8", "1B")] {
        let how = ["none.jsonl", "in.jsonl", "--threads", threads, "--chunk-size", chunk_size];
        let page = report(&env, &[&how[..], &flags].concat());
        assert_examples(&page, &env.bytes("out.jsonl"), &["humor", "helpfulness"]);
        assert!(page.contains("more characters</summary>"), "the long answer is folded:\n{page}");
        assert_well_formed(&page);
    }
}

#[test]
fn the_example_rows_of_a_tree_are_its_first_rows() {
    let leaf = |text: &str, role: &str| json!({"text": text, "role": role, "labels": {"humor": {"value": 0.5}}, "replies": []});
    let mut answer = leaf("An answer é\n", "assistant");
    answer["replies"] = json!([leaf("Thanks", "prompter"), leaf("And?", "prompter")]);
    answer["replies"][0]["replies"] = json!([leaf("Bye", "assistant")]);
    let tree = json!({"prompt": {"text": "A question", "role": "prompter", "replies": [leaf("Another", "assistant"), answer]}});
    let env = TestEnv::with("in.jsonl", tree.to_string());
    let flags = ["-o", "out.jsonl", "--to", "messages-columns", "--system", "none", "--attributes", "humor"];
    let page = report(&env, &[&["-i", "in.jsonl"][..], &flags].concat());
    assert_examples(&page, &env.bytes("out.jsonl"), &["humor"]);
}

#[test]
fn hostile_text_of_the_example_rows_stays_text() {
    let hostile = "</div></li></ol></article><script>alert('x')</script><a href=\"javascript:x\">&amp;\u{202e}\u{0}";
    let label = format!("{}:1,humor:2", hostile.replace([',', ':'], ""));
    let record = json!({
        "conversations": [{"from": hostile, "value": hostile.repeat(100)}, {"from": "Bot", "value": hostile, "label": label}],
        "mask": hostile
    });
    let env = TestEnv::with("in.jsonl", record.to_string());
    let system = "text:</dd><script>x</script>";
    let page = report(&env, &["-i", "in.jsonl", "--check", "--system", system]);
    for never in ["<script", "<a ", "href=\"", "\u{202e}", "\0"] {
        assert!(!page.contains(never), "{never:?} is in\n{page}");
    }
    assert!(
        section(&page, "Example rows").contains("&lt;/article&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
        "{page}"
    );
    assert!(section(&page, "Example rows").contains("&amp;amp;\\u{202e}\\u{0}"), "{page}");
    assert_well_formed(&page);
}

#[test]
fn a_report_of_huge_records_is_small() {
    let text = "A long text <of> a record. ".repeat(40_000);
    let turns: Vec<_> = (0..300)
        .map(|at| {
            let value = if at % 100 == 1 { &*text } else { "short" };
            let label = if at > 10 { format!("quality:{}", at % 5) } else { String::new() };
            json!({"from": text[..at * 20], "value": value, "label": label})
        })
        .collect();
    let record = json!({"conversations": turns, "mask": "User"}).to_string();
    let env = TestEnv::with("in.jsonl", [&*record, &record].join("\n"));
    let page = report(&env, &["-i", "in.jsonl", "--check"]);
    assert!(page.len() < 200_000, "{} bytes", page.len());
    let examples = section(&page, "Example rows");
    assert!(examples.contains("… cut here: 1,076,000 more characters"), "{examples}");
    // The row of the third label has 14 turns, of which 4 and 8 are shown.
    assert!(examples.contains("… 2 turns left out here"), "{examples}");
    assert_well_formed(&page);
}

/// Lines of what other programs make of a file.
fn lines(env: &TestEnv, file: &str, program: &str) -> u64 {
    let path = env.path(file);
    let script = format!("LC_ALL=C sort {program}");
    let ran =
        Command::new("sh").args(["-c", &script, "sh"]).arg(&path).stderr(Stdio::inherit()).output().expect("sh runs");
    assert!(ran.status.success(), "{script}");
    String::from_utf8(ran.stdout).expect("a number").trim().parse().expect("a number")
}

#[test]
fn repeated_rows_are_those_that_sort_and_uniq_find() {
    let records = (0..400).map(|number| {
        let (text, score) = (number % 37, number % 11 % 3);
        // Equal rows from records of both ways of reading.
        let record =
            record(&[&format!("question {text} é"), "answer"], &format!("quality:{score},humor:{}", number / 350));
        if number % 5 == 0 { record.replacen('{', r#"{"x": [], "#, 1) } else { record }
    });
    let unique = (0..30).map(|number| record(&[&format!("unique {number}"), "x"], "quality:1"));
    let env = TestEnv::with("in.jsonl", records.chain(unique).collect::<String>());
    for layout in ["nemo", "messages-columns"] {
        let mut pages = Vec::new();
        for (threads, chunk_size) in [("1", "1MiB"), ("8", "1B"), ("2", "3KiB")] {
            let how =
                ["-i", "in.jsonl", "-o", "out.jsonl", "--threads", threads, "--chunk-size", chunk_size, "--to", layout];
            pages.push(report(&env, &how));
        }
        assert!(pages.iter().all(|page| *page == pages[0]), "{layout}");
        let rows = lines(&env, "out.jsonl", "\"$1\" | wc -l");
        let different = lines(&env, "out.jsonl", "-u \"$1\" | wc -l");
        let repeated = lines(&env, "out.jsonl", "\"$1\" | uniq -d | wc -l");
        let most = lines(&env, "out.jsonl", "\"$1\" | uniq -c | sort -rn | head -n 1 | awk '{print $1}'");
        assert!(repeated > 50 && rows == 430 && different - repeated >= 30, "{rows} {different} {repeated}");
        let found = text_of(section(&pages[0], "Repeated rows"));
        for part in [
            format!("{} of 430 rows repeat a row before them", rows - different),
            format!("{repeated} different rows occur more than once, the most frequent one {most} times"),
        ] {
            assert!(found.contains(&part), "{part} is not in {found}");
        }
        assert!(!found.contains("estimate"), "{found}");
    }
}

#[test]
fn repeated_rows_of_a_tree_are_counted_in_each_of_its_conversations() {
    let leaf =
        |text: &str| json!({"text": text, "role": "assistant", "labels": {"humor": {"value": 0.5}}, "replies": []});
    let mut answer = leaf("An answer");
    answer["replies"] = json!([leaf("one"), leaf("two"), leaf("three")]);
    let tree = json!({"prompt": {"text": "A question", "role": "prompter", "replies": [answer]}});
    let env = TestEnv::with("in.jsonl", tree.to_string());
    let page = report(&env, &["-i", "in.jsonl", "-o", "out.jsonl"]);
    let (rows, different) = (lines(&env, "out.jsonl", "\"$1\" | wc -l"), lines(&env, "out.jsonl", "-u \"$1\" | wc -l"));
    assert_eq!((rows, different), (6, 4));
    let found = text_of(section(&page, "Repeated rows"));
    assert!(found.contains("2 of 6 rows repeat a row before them"), "{found}");
    assert!(found.contains("1 row occurs more than once, the most frequent one 3 times"), "{found}");
}

#[test]
fn repeated_rows_of_a_large_input_are_estimated_and_the_page_is_the_same() {
    // More different rows than are compared one by one, of which a third is there twice.
    let record = |number: u32| {
        let text = number % 270_000;
        format!(
            "{{\"conversations\":[{{\"from\":\"A\",\"value\":\"{text}\",\"label\":\"quality:1\"}}],\"mask\":\"B\"}}\n"
        )
    };
    let env = TestEnv::with("in.jsonl", (0..360_000).map(record).collect::<String>());
    let pages = [("1", "4MiB"), ("2", "300KiB")].map(|(threads, chunk_size)| {
        let how = ["--threads", threads, "--chunk-size", chunk_size];
        report(&env, &[&["-i", "in.jsonl", "--check", "--system", "none"], &how[..]].concat())
    });
    assert!(pages[0] == pages[1]);
    let found = text_of(section(&pages[0], "Repeated rows"));
    assert!(found.contains("an estimate from a sample of"), "{found}");
    let share: f64 = between(&found, "(", " %)").parse().expect("a share");
    assert!((24.0..26.0).contains(&share), "{found}");
    assert!(found.contains("the most frequent one 2 times"), "{found}");
}
