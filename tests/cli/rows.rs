//! The flags that say what rows look like and which there are: each alone, and what does not go together.

use std::io::BufRead;

use support::cli::{
    Ran, TestEnv,
    records::{UNLABELLED, record, records, rows},
};

/// Three turns, of which the last two are labelled. The first one hides an earlier turn of each side.
const HIDDEN: &str = r#"{"conversations": [{"from": "User", "value": " Hello\n<extra_id_1>Assistant\nHi\n<extra_id_1>User\nMore? "}, {"from": "Bot", "value": "One", "label": "quality:yes,humor:2"}, {"from": "Bot", "value": "Zw\u00f6lf", "label": "humor:0.5,style:x"}], "mask": "User", "system": "Be \"nice\""}"#;

const PREFERENCE: &str = r#"{"split": "train", "prompt": "P", "response_1": "short", "response_2": "long enough", "preference_strength": 1}"#;

/// Converts a record to standard output.
#[track_caller]
fn convert(record: &str, flags: &[&str]) -> Ran {
    TestEnv::new().run_with_stdin(&[&["-i", "-", "-o", "-"], flags].concat(), record)
}

/// With scores for the word in [`HIDDEN`], and with as little text around the turns as possible.
#[track_caller]
fn short(flags: &[&str]) -> Ran {
    convert(
        HIDDEN,
        &[&["--value-map", "yes=1,no=0", "--attributes", "humor,quality", "--system", "none"], flags].concat(),
    )
}

fn lines_of(ran: &Ran) -> usize {
    ran.stdout.lines().count()
}

#[test]
fn attributes_have_the_order_that_is_asked_for() {
    let line = r#"{"conversations": [{"from": "B", "value": "v", "label": "a:1,quality:2,c d:3"}], "mask": "U"}"#;
    for (names, label) in
        [("quality,a", "[2.0, 1.0]"), ("c d,x,quality,a", "[3.0, -100.0, 2.0, 1.0]"), ("x", "[-100.0]"), ("a", "[1.0]")]
    {
        let expected =
            format!("{{\"messages\": [{{\"role\": \"assistant\", \"content\": \"v\"}}], \"label\": {label}}}\n");
        let flags = ["--to=messages", "--system=none", "--missing-value=-100"];
        convert(line, &[&flags[..], &["--attributes", names]].concat()).succeeds().prints(&expected);
        let several: Vec<_> = names.split(',').flat_map(|name| ["--attributes", name]).collect();
        convert(line, &[&flags[..], &several[..]].concat()).succeeds().prints(&expected);
    }
}

#[test]
fn published_records_have_the_attributes_that_are_asked_for() {
    let line = r#"{"prompt": "p", "response": "r", "correctness": 4, "style": 1.5, "helpfulness": 3, "why": "so"}"#;
    let to_messages = ["--to", "messages", "--system", "none", "--missing-value", "-100"];
    let flags = [&to_messages[..], &["--attributes", "style,helpfulness,verbosity"]].concat();
    let row = |label: &str| {
        let messages = r#"{"messages": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}]"#;
        format!("{messages}, \"label\": {label}}}\n")
    };
    for parser in ["auto", "simd-json"] {
        let flags = [&flags[..], &["--parser", parser]].concat();
        convert(line, &flags).succeeds().prints(row("[1.5, 3.0, -100.0]"));
        let only = [&flags[..], &["--only-attribute", "style"]].concat();
        convert(line, &only).succeeds().prints(row("[1.5, -100.0, -100.0]"));
    }
    convert(line, &[&flags[..], &["--only-attribute", "quality"]].concat()).shows_misuse_of("--only-attribute");
    // More than the scanner looks for.
    let many: Vec<_> = (0..30).map(|number| format!("a{number}")).chain(["helpfulness".to_owned()]).collect();
    let missing = "-100.0, ".repeat(30);
    convert(line, &[&to_messages[..], &["--attributes", &many.join(",")]].concat())
        .succeeds()
        .prints(row(&format!("[{missing}3.0]")));
}

#[test]
fn the_missing_value_stands_where_a_label_names_no_score() {
    let line = r#"{"conversations": [{"from": "B", "value": "v", "label": "a:-100,b:0,c:-1"}], "mask": "U"}"#;
    let flags = ["--to", "messages", "--system", "none", "--attributes", "a,b,c,d", "--missing-value"];
    for (missing, label) in [
        ("-1", "[-100.0, 0.0, -1.0, -1.0]"),
        ("0", "[-100.0, 0.0, -1.0, 0.0]"),
        ("1e-5", "[-100.0, 0.0, -1.0, 1e-05]"),
        ("-0.0", "[-100.0, 0.0, -1.0, -0.0]"),
        ("-1e-5", "[-100.0, 0.0, -1.0, -1e-05]"),
        ("-.5", "[-100.0, 0.0, -1.0, -0.5]"),
    ] {
        let row = format!("{{\"messages\": [{{\"role\": \"assistant\", \"content\": \"v\"}}], \"label\": {label}}}\n");
        convert(line, &[&flags[..], &[missing]].concat()).succeeds().prints(row);
    }
    for bad in ["nan", "inf", "x", ""] {
        convert(line, &[&flags[..], &[bad]].concat()).shows_misuse_of("--missing-value");
    }
}

#[test]
fn words_stand_for_scores_and_numbers_stay_numbers() {
    let line = |score: &str| {
        format!(r#"{{"conversations": [{{"from": "B", "value": "v", "label": "humor:{score}"}}], "mask": "U"}}"#)
    };
    let flags = [
        "--to",
        "messages",
        "--system",
        "none",
        "--attributes",
        "humor",
        "--missing-value=-100",
        "--value-map",
        "yes=1,no=0,a=b=-2.5,nan=-100,=7",
    ];
    for (score, label) in [
        ("yes", "1.0"),
        (" no\\t", "0.0"),
        ("a=b", "-2.5"),
        ("nan", "-100.0"),
        ("3", "3.0"),
        ("", "7.0"),
        ("maybe,humor:yes", "1.0"),
    ] {
        let row =
            format!("{{\"messages\": [{{\"role\": \"assistant\", \"content\": \"v\"}}], \"label\": [{label}]}}\n");
        convert(&line(score), &flags).succeeds().prints(row);
    }
    for bad in ["maybe", "Yes", "ye s"] {
        let cause =
            format!("the score of humor, {bad:?}, is neither a finite decimal number nor a known word (turn 1)");
        convert(&line(bad), &flags).fails().says(&cause);
    }
    for bad in ["yes", "yes=", "yes=x", "3=1", "yes=1,yes=2", "a:b=1", "yes=inf", " x=1"] {
        convert(&line("1"), &["--value-map", bad]).shows_misuse_of("--value-map");
    }
}

#[test]
fn the_system_prompt_is_the_original_s_or_none_or_the_record_s_or_a_text() {
    let text = |prompt: &str| {
        format!(
            r#"{{"text": "{prompt}<extra_id_1>User\n Hello\n<extra_id_1>Assistant\nHi\n<extra_id_1>User\nMore? \n<extra_id_1>Assistant\nOne\n<extra_id_2>", "label": [2.0, 1.0]}}"#
        ) + "\n"
    };
    let flags = ["--value-map", "yes=1", "--attributes", "humor,quality", "--range", "1..2", "--max-chars"];
    for (system, prompt) in [
        ("none", r"<extra_id_0>System\n\n"),
        ("record", r#"<extra_id_0>System\nBe \"nice\"\n"#),
        ("text:", r"<extra_id_0>System\n\n"),
        ("text:none", r"<extra_id_0>System\nnone\n"),
        ("text:text:\"\u{e9}\"\n", "<extra_id_0>System\\ntext:\\\"\u{e9}\\\"\\n\\n"),
    ] {
        let row = text(prompt);
        let length = row.split("\", \"label\"").next().unwrap()[r#"{"text": ""#.len()..].to_owned();
        let characters = length.replace(r"\n", " ").replace("\\\"", " ").chars().count().to_string();
        // The second row is longer.
        convert(HIDDEN, &[&flags[..], &[&characters, "--system", system]].concat()).succeeds().prints(row);
    }
    for bad in ["", "None", "text", "You are helpful."] {
        convert(HIDDEN, &["--system", bad]).shows_misuse_of("text:");
    }
}

#[test]
fn a_record_without_a_prompt_of_its_own_is_refused_if_that_is_to_be_the_prompt() {
    let record = |system: &str| record(0).replacen('{', &format!("{{{system}"), 1);
    for (system, problem) in [
        ("", "is missing"),
        (r#""system": null, "#, "is null, not a string"),
        (r#""system": 3, "#, "is a number, not a string"),
        (r#""system": true, "#, "is a boolean, not a string"),
        (r#""system": ["x"], "#, "is an array, not a string"),
        (r#""system": "x", "system": {}, "#, "is an object, not a string"),
    ] {
        for parser in ["auto", "simd-json"] {
            let cause = format!(r#"invalid record: "system" {problem}, but is the prompt (--system record)"#);
            convert(&record(system), &["--system", "record", "--parser", parser]).fails().says(&cause).prints("");
            convert(&record(system), &["-q", "--parser", parser]).succeeds().prints(rows(0..1));
        }
    }
    let published = r#"{"prompt": "p", "response": "r", "helpfulness": 3, "system": "s"}"#;
    convert(published, &["--system", "record"]).fails_with_one_line(&["--system record", "helpsteer", "sft"]);
    convert(published, &["--system", "record", "--from", "helpsteer"]).shows_misuse_of("--system record");
}

#[test]
fn a_template_is_a_preset_or_a_file() {
    let nemo = short(&["--template", "nemo"]).succeeds().does_not_say("split off");
    let none = TestEnv::new().run_with_stdin(&["-i", "-", "-o", "-", "--template", "llama3"], record(0));
    none.succeeds().does_not_say("split off");
    short(&[]).succeeds().prints(&nemo.stdout);
    let llama3 = r#"{"text": "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nMore?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nOne<|eot_id|>", "label": [2.0, 1.0]}"#;
    let chatml = r#"{"text": "<|im_start|>user\n Hello<|im_end|>\n<|im_start|>assistant\nHi<|im_end|>\n<|im_start|>user\nMore? <|im_end|>\n<|im_start|>assistant\nOne<|im_end|>\n", "label": [2.0, 1.0]}"#;
    for (name, first) in [("llama3", llama3), ("chatml", chatml)] {
        let ran = short(&["--template", name]).succeeds().says(
            "turns behind <extra_id_1> markers are split off: 2 (--split-embedded-turns=false leaves them where they are)\n",
        );
        assert_eq!(str::from_utf8(&ran.stdout).unwrap().lines().next(), Some(first));
        let unknown = "the label of 1 row names attributes that are not in the vector, whose scores are not used: \"style\" (1 time)";
        short(&["--template", name, "-q"]).succeeds().says_only(&format!("steer2reg: warning: {unknown}\n"));
    }
    let env = TestEnv::with("in.jsonl", HIDDEN);
    let file = "begin = '<'\nend = '>'\n[system]\nbefore = 's'\nafter = ';'\nnone = '-'\n\
                [user]\nbefore = 'u'\nafter = ';'\n[assistant]\nbefore = 'a'\nafter = \"\\\"\"\n";
    env.file("my.toml", file);
    let run = ["-i", "in.jsonl", "-o", "-", "--template", "my.toml", "--value-map", "yes=1", "--attributes", "humor"];
    let ran = env.run(&[&run[..], &["--system", "none", "--last-labelled-only"]].concat()).succeeds();
    let text = r#"{"text": "<-u Hello;aHi\"uMore? ;aOne\"aZwölf\">", "label": [0.5]}"#;
    ran.prints(text.to_owned() + "\n");
    env.run(&[&run[..], &["--system", "text:X", "--last-labelled-only", "--split-embedded-turns=false"]].concat())
        .succeeds()
        .does_not_say("split off")
        .prints(
            text.replace("<-u", "<sX;u")
                .replace(r#";aHi\"uMore"#, r"\n<extra_id_1>Assistant\nHi\n<extra_id_1>User\nMore")
                + "\n",
        );
}

#[test]
fn a_bad_template_is_said_with_its_line_and_nothing_is_written() {
    let env = TestEnv::with("in.jsonl", records(0..1));
    env.file("bad.toml", "[system]\nbefore = 1\n").file("latin1.toml", b"begin = '\xe9'").folder("folder");
    for (template, said) in [
        ("bad.toml", "line 2"),
        ("lama3", "none of nemo, llama3, chatml"),
        ("latin1.toml", "UTF-8"),
        ("folder", "directory"),
        ("", "for example ./my.toml"),
    ] {
        env.run(&["-i", "in.jsonl", "-o", "out", "--template", template]).shows_misuse_of("--template").says(said);
    }
    env.assert_listing(&["bad.toml", "folder", "in.jsonl", "latin1.toml"]);
}

#[test]
fn a_template_must_not_be_an_output() {
    let template = include_str!("../../src/format/templates/chatml.toml");
    let env = TestEnv::with("in.jsonl", records(0..1));
    env.file("my.toml", template).link("link", "my.toml");
    for flags in [["-o", "my.toml"], ["-o", "link"]] {
        let ran = env.run(&[&["-i", "in.jsonl", "--template", "my.toml"], &flags[..]].concat());
        ran.fails_with_one_line(&["my.toml", flags[1], "are the same file"]);
    }
    env.run(&["-i", "in.jsonl", "-o", "out", "--template", "link", "--stats", "my.toml"]).fails();
    env.assert_file("my.toml", template).assert_listing(&["in.jsonl", "link", "my.toml"]);
}

#[test]
fn embedded_turns_are_split_or_not_as_is_asked_for() {
    let split = r#"{"role": "user", "content": " Hello"}, {"role": "assistant", "content": "Hi"}, {"role": "user", "content": "More? "}"#;
    let whole = r#"{"role": "user", "content": " Hello\n<extra_id_1>Assistant\nHi\n<extra_id_1>User\nMore? "}"#;
    let row = |turns: &str| {
        format!(
            "{{\"messages\": [{turns}, {{\"role\": \"assistant\", \"content\": \"One\"}}], \"label\": [2.0, 1.0]}}\n"
        )
    };
    for (flags, turns) in [
        (&[][..], split),
        (&["--split-embedded-turns"], split),
        (&["--split-embedded-turns=true"], split),
        (&["--split-embedded-turns=false"], whole),
    ] {
        let ran =
            short(&[&["--to", "messages", "--max-chars", "70", "--missing-value=-100"], flags].concat()).succeeds();
        let first = ran.stdout.split_inclusive(|&byte| byte == b'\n').next().unwrap();
        assert_eq!(str::from_utf8(first), Ok(&*row(turns)));
        assert_eq!(ran.stderr.contains("split off: 2"), flags.is_empty(), "{flags:?}");
    }
    // By the original's template there is no difference.
    let nemo = short(&[]).succeeds();
    short(&["--split-embedded-turns"]).succeeds().prints(&nemo.stdout);
    short(&["--split-embedded-turns=maybe"]).shows_misuse_of("--split-embedded-turns");
}

#[test]
fn a_layout_is_messages_or_columns_or_both() {
    let messages = r#"[{"role": "user", "content": " Hello"}, {"role": "assistant", "content": "Hi"}, {"role": "user", "content": "More? "}, {"role": "assistant", "content": "One"}, {"role": "assistant", "content": "Zwölf"}]"#;
    let text = r#""<extra_id_0>System\n\n<extra_id_1>User\n Hello\n<extra_id_1>Assistant\nHi\n<extra_id_1>User\nMore? \n<extra_id_1>Assistant\nOne\n<extra_id_1>Assistant\nZwölf\n<extra_id_2>""#;
    for (layout, row) in [
        ("nemo", format!(r#"{{"text": {text}, "label": [0.5, -100.0]}}"#)),
        ("messages", format!(r#"{{"messages": {messages}, "label": [0.5, -100.0]}}"#)),
        ("columns", format!(r#"{{"text": {text}, "humor": 0.5, "quality": null}}"#)),
        ("messages-columns", format!(r#"{{"messages": {messages}, "humor": 0.5, "quality": null}}"#)),
    ] {
        let missing = if layout == "messages" { &["--missing-value=-100"][..] } else { &[] };
        short(&[&["--to", layout, "--last-labelled-only"], missing].concat()).succeeds().prints(row + "\n");
    }
    short(&["--to", "parquet"]).shows_misuse_of("--to");
    let record = r#"{"conversations": [{"from": "B", "value": "v", "label": "a \"b\":1"}], "mask": "U"}"#;
    let named = r#"{"messages": [{"role": "assistant", "content": "v"}], "a \"b\"": 1.0, "text": null}"#;
    let flags = ["--to", "messages-columns", "--system", "none", "--attributes", "a \"b\",text"];
    convert(&record.replace("a \\\"b\\\"", r"a \u0022b\u0022"), &flags).succeeds().prints(named.to_owned() + "\n");
}

#[test]
fn what_is_odd_about_rows_is_counted_or_with_strict_refused() {
    let line = |label: &str| {
        let user = r#"{"from": "U", "value": "v"}"#;
        format!(r#"{{"conversations": [{user}, {{"from": "B", "value": "v", "label": "{label}"}}], "mask": "U"}}"#)
            + "\n"
    };
    let odd = [
        ("style:3,humor:1", r#"there is no attribute "style""#),
        ("humor:5", "the score of humor, 5.0, is not in 0.0..4.0"),
        ("humor:-0.5,quality:1", "the score of humor, -0.5, is not in 0.0..4.0"),
        ("humor:-100", "all its scores are missing"),
    ];
    let good = ["humor:0", "quality:4,humor:2.5", "humor:-100,quality:0"];
    let input: String = odd.iter().map(|(label, _)| line(label)).chain(good.map(line)).collect();
    let env = TestEnv::with("in.jsonl", &input);
    let run = ["-i", "in.jsonl", "-o", "out.jsonl", "--range", "0..4", "--stats", "stats.json"];

    env.run(&run).succeeds().says("7 records gave 7 rows; 2 rows with a score out of range\n");
    // Of the other odd rows the warnings tell.
    env.run(&run).succeeds().does_not_say("without any score").does_not_say("an unknown attribute");
    let stats = env.json("stats.json");
    for (name, count) in [("unscored", 1), ("unknown_attributes", 1), ("out_of_range", 2), ("rows", 7)] {
        assert_eq!(stats[name], count, "{name}");
    }
    let skip = ["--strict", "--on-error", "skip", "--rejects", "bad.jsonl"];
    env.run(&[&run[..], &skip].concat()).sums_up("7 records gave 3 rows; 4 rejected (4 invalid-label)");
    let rejects = String::from_utf8(env.bytes("bad.jsonl")).unwrap();
    for (reject, (_, reason)) in rejects.lines().zip(odd) {
        let reject: serde_json::Value = serde_json::from_str(reject).unwrap();
        assert_eq!(reject["reason"], format!("{reason} (--strict) (turn 2)"));
    }
    assert_eq!(rejects.lines().count(), odd.len());
    // Without a range there is no score out of it.
    let unranged = ["-i", "in.jsonl", "-o", "out.jsonl", "--strict", "--on-error", "skip"];
    env.run(&unranged).sums_up("7 records gave 5 rows; 2 rejected (2 invalid-label)");
    for bad in ["4..0", "0", "0..", "..4", "0..x", "nan..4", "0..inf", "0...4", ""] {
        env.run(&["-i", "in.jsonl", "--check", "--range", bad]).shows_misuse_of("--range");
    }
    env.run(&["-i", "in.jsonl", "--check", "--range", "-1.5..-1e-3"])
        .succeeds()
        .says("6 rows with a score out of range");
}

#[test]
fn rows_that_are_too_long_are_left_out_and_counted() {
    // Characters of both rows; "ö" is one.
    let [one, both] = [" Hello", "Hi", "More? ", "One", "Zwölf"]
        .map(|said| said.chars().count())
        .iter()
        .fold([0, 0], |[_, all], said| [all, all + said]);
    for (most, kept) in [(one - 1, 0), (one, 1), (both - 1, 1), (both, 2), (1_000_000, 2)] {
        for parser in ["auto", "simd-json"] {
            let ran =
                short(&["--to=messages", "--missing-value=-100", "--max-chars", &most.to_string(), "--parser", parser])
                    .succeeds();
            assert_eq!(lines_of(&ran), kept, "{most}");
            let left_out = ["2 rows too long and left out", "1 row too long and left out", ""][kept];
            assert!(ran.stderr.contains(left_out) && ran.stderr.contains("too long") == (kept < 2), "{}", ran.stderr);
        }
    }
    short(&["--max-chars", "0"]).succeeds().prints("").says("no rows: every row would be too long (--max-chars)");
    for bad in ["-1", "x", "1.5", ""] {
        short(&[&format!("--max-chars={bad}")]).shows_misuse_of("--max-chars");
    }
}

#[test]
fn of_a_pair_both_rows_are_left_out() {
    let nothing = "before = ''\nafter = ''\n";
    let env = TestEnv::with("in.jsonl", [PREFERENCE; 3].join("\n"));
    env.file("bare.toml", format!("[system]\n{nothing}[user]\n{nothing}[assistant]\n{nothing}"));
    let flags = ["-i", "in.jsonl", "-o", "-", "--template", "bare.toml", "--system", "none"];
    for (most, kept) in [("6", 0), ("11", 0), ("12", 2)] {
        let ran = env.run(&[&flags[..], &["--max-chars", most]].concat()).succeeds();
        assert_eq!(lines_of(&ran), 3 * kept, "{most}");
        assert_eq!(ran.stderr.contains("6 rows too long and left out"), kept == 0, "{}", ran.stderr);
    }
}

#[test]
fn a_conversation_can_have_the_row_of_its_last_labelled_turn_only() {
    let all = short(&[]).succeeds();
    let all = String::from_utf8(all.stdout).unwrap();
    let last = all.lines().last().unwrap().to_owned() + "\n";
    short(&["--last-labelled-only"]).succeeds().prints(&last);
    let env = TestEnv::with("in.jsonl", [HIDDEN, UNLABELLED, HIDDEN].join("\n"));
    let flags = ["--value-map", "yes=1", "--attributes", "humor,quality", "--system", "none", "--last-labelled-only"];
    env.run(&[&["-i", "in.jsonl", "-o", "-"], &flags[..]].concat())
        .succeeds()
        .prints(last.repeat(2))
        .says("3 records gave 2 rows; 1 without a label");
    // A tree: two conversations that share a labelled beginning. Each has one row, and in all there are four.
    let message = |text: &str, role: &str, replies: &str| {
        format!(
            r#"{{"text": "{text}", "role": "{role}", "labels": {{"quality": {{"value": 1}}}}, "replies": [{replies}]}}"#
        )
    };
    let leaves = ["C", "D"].map(|text| message(text, "assistant", "")).join(", ");
    let tree = message("A", "prompter", &message("B", "assistant", &leaves));
    let flags = ["--to", "messages", "--system", "none", "--attributes", "quality"];
    let texts = |ran: Ran| {
        let rows = String::from_utf8(ran.succeeds().stdout).unwrap();
        let last = |row: &str| row.rsplit("\"content\": \"").next().unwrap()[..1].to_owned();
        rows.lines().map(last).collect::<String>()
    };
    assert_eq!(texts(convert(&tree, &flags)), "BCBD");
    assert_eq!(texts(convert(&tree, &[&flags[..], &["--last-labelled-only"]].concat())), "CD");
}

#[test]
fn published_schemas_without_any_of_their_attributes_are_an_error() {
    let tree = r#"{"prompt": {"text": "t", "role": "prompter", "replies": []}}"#;
    for (record, schema, names) in [
        (PREFERENCE, "helpsteer2-preference", "quality only"),
        (tree, "oasst", "quality, toxicity, humor, creativity only"),
    ] {
        for from in ["auto", schema] {
            let flags = ["--attributes", "helpfulness,correctness", "--from", from];
            convert(record, &flags).fails_with_one_line(&["<stdin>", schema, names, "--attributes"]).prints("");
        }
        convert(record, &["--attributes", "helpfulness,quality"]).succeeds();
    }
}

#[test]
fn records_without_any_of_the_attributes_are_worth_a_warning() {
    let record = r#"{"prompt": "p", "response": "r", "helpfulness": 3}"#;
    let said = "no rows: no valid record has a score for any of the attributes (--attributes, --only-attribute)";
    convert(record, &["-q", "--attributes", "style"]).succeeds().prints("").says(said);
}

#[test]
fn a_file_without_an_end_is_no_template() {
    let env = TestEnv::with("in.jsonl", records(0..1));
    env.run(&["-i", "in.jsonl", "-o", "out", "--template", "/dev/zero"]).shows_misuse_of("too long for a template");
}

#[test]
fn rows_without_any_score_are_worth_a_warning() {
    let said = "steer2reg: warning: no row has any score: labels name none of the attributes, or give them the missing value\n";
    let odd = record(0).replace("quality:4,verbosity:1.5", "humor:no");
    convert(&odd, &["-q", "--attributes", "style"]).succeeds().says(said);
    convert(&odd, &["-q", "--value-map", "no=-100"]).succeeds().says_only(said);
    // Also if it is not all of them.
    let said = "steer2reg: warning: 1 of 3 rows has no score at all (33.3 %): labels name none of the attributes, or give \
                them the missing value, and training stops on such a row\n";
    let input = [&record(0), &odd, &record(1)].map(String::as_str).join("\n");
    convert(&input, &["-q", "--value-map", "no=-100"]).succeeds().says_only(said);
    convert(&input.replace("humor:no", "humor:1"), &["-q"]).succeeds().says_nothing();
}

#[test]
fn a_refusal_quotes_only_the_beginning_of_a_long_name() {
    let record = record(0).replace("quality", &"q".repeat(100_000));
    let ran = convert(&record, &["--strict"]).fails().says("there is no attribute \"qqq");
    assert!(ran.stderr.len() < 500, "{} bytes", ran.stderr.len());
}

#[test]
fn flags_that_do_not_go_together_are_wrong_usage() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    let cases: [(&[&str], &str); 11] = [
        (&["--to", "messages", "--template", "nemo"], "--template"),
        (&["--to", "messages-columns", "--template", "llama3"], "--template"),
        (&["--to", "columns", "--missing-value", "-1"], "--missing-value"),
        (&["--to", "columns", "--attributes", "humor,text"], "\"text\""),
        (&["--to", "messages-columns", "--attributes", "messages"], "\"messages\""),
        (&["--repeat", "2", "--shard", "0/2"], "--shard"),
        (&["--attributes", "a,b", "--only-attribute", "c"], "--only-attribute"),
        (&["--attributes", "a,b,a"], "twice"),
        (&["--attributes", "a,,b"], "--attributes"),
        (&["--attributes", "a, b"], "white space"),
        (&["--value-map", "yes=1, no=0"], "white space"),
    ];
    for (flags, said) in cases {
        env.run(&[&["-i", "in.jsonl", "-o", "out"], flags].concat()).shows_misuse_of(said);
    }
    env.run(&["-i", "in.jsonl", "--check", "--repeat", "2"]).shows_misuse_of("--repeat");
    env.assert_listing(&["in.jsonl"]);
}

#[test]
fn every_flag_about_rows_has_an_example_in_the_help() {
    let help = String::from_utf8(TestEnv::new().run(&["--help"]).succeeds().stdout).unwrap();
    let (_, rows) = help.split_once("\nRows:\n").expect("they have a heading");
    let (rows, _) = rows.split_once("\nBad records:\n").expect("another group follows");
    // Those about checks are in it, too.
    let flags: Vec<_> =
        rows.split("\n      --").map(|flag| format!("--{}", flag.trim_start().trim_start_matches("--"))).collect();
    assert!(flags.len() > 10, "{rows}");
    for flag in &flags {
        let words: Vec<_> = flag.split_whitespace().collect();
        let name = words[0].split('[').next().unwrap();
        let text = words[1..].join(" ");
        assert!(text.contains(&format!("For example: {name}")), "{flag}");
    }
}
