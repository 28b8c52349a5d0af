//! Data that trains the wrong thing: each kind has a warning that `-q` keeps, a count, a line on the page, and a refusal
//! with `--strict`.

use serde_json::{Value, json};
use support::cli::{
    Ran, TestEnv,
    records::{record, records},
};

/// Records with speakers of all kinds, and what the original makes of them.
const SPEAKERS: &str = include_str!("../data/speakers.jsonl");
const SPEAKERS_ROWS: &str = include_str!("../data/speakers.regression.jsonl");

/// A record with these turns.
fn conversation(mask: &str, turns: &[(&str, &str, &str)]) -> String {
    let turn = |&(from, value, label): &(&str, &str, &str)| json!({"from": from, "value": value, "label": label});
    json!({"conversations": turns.iter().map(turn).collect::<Vec<_>>(), "mask": mask}).to_string()
}

/// A record with this label.
fn labelled(label: &str) -> String {
    conversation("User", &[("User", "Q", ""), ("Assistant", "A", label)])
}

/// The roles and contents of the messages of the last row.
fn messages(ran: &Ran) -> Vec<(String, String)> {
    let rows = str::from_utf8(&ran.stdout).unwrap();
    let row: Value = serde_json::from_str(rows.lines().last().expect("there is a row")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let messages = row["messages"].as_array().unwrap().iter();
    messages.map(|message| (text(&message["role"]), text(&message["content"]))).collect()
}

/// The warning is said with `-q`, whatever the chunks and threads, and stands on the page.
#[track_caller]
fn warns(input: &str, flags: &[&str], warning: &str) -> Value {
    let env = TestEnv::with("in.jsonl", input);
    for (threads, chunk_size) in [("1", "1MiB"), ("2", "1B"), ("8", "200B")] {
        let run = ["-q", "-i", "in.jsonl", "-o", "out.jsonl", "--stats", "stats.json", "--report", "report.html"];
        let how = ["--threads", threads, "--chunk-size", chunk_size];
        env.run(&[&run[..], &how, flags].concat()).succeeds().says(&format!("steer2reg: warning: {warning}\n"));
        let page = String::from_utf8(env.bytes("report.html")).unwrap();
        let page = page.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<");
        assert!(page.contains(&format!("<bdi>{warning}</bdi>")), "{page}");
    }
    env.json("stats.json")
}

#[test]
fn an_attribute_that_was_asked_for_and_has_no_score_is_named() {
    let attributes = ["--attributes", "helpfullness,quality"];
    let said = "no row has a score for \"helpfullness\" (did you mean \"helpfulness\"?) (--attributes)";
    let helpsteer = r#"{"prompt": "p", "response": "r", "helpfulness": 3, "quality": 1}"#;
    let preference =
        r#"{"split": "train", "prompt": "P", "response_1": "a", "response_2": "b", "preference_strength": 1}"#;
    let tree = r#"{"prompt": {"text": "t", "role": "prompter", "replies": [{"text": "a", "role": "assistant", "labels": {"quality": {"value": 1}}, "replies": []}]}}"#;
    for input in [&labelled("helpfulness:3,quality:1"), helpsteer, preference, tree] {
        let stats = warns(input, &attributes, said);
        assert_eq!(stats["unscored_attributes"], json!(["helpfullness"]));

        let env = TestEnv::with("in.jsonl", input);
        env.file("out.jsonl", "old");
        let run = ["-i", "in.jsonl", "-o", "out.jsonl", "--strict", "--on-error", "skip", "--attributes"];
        let strict = [&run[..], &["helpfullness,quality"]].concat();
        // The label of an SFT record names an attribute that is not there, which is refused on its own.
        if *input != labelled("helpfulness:3,quality:1") {
            env.run(&[&strict[..], &["--stats", "stats.json"]].concat()).fails_with_one_line(&[
                "\"helpfullness\"",
                "did you mean \"helpfulness\"?",
                "--strict",
            ]);
            env.assert_file("out.jsonl", "old");
            assert_eq!(env.json("stats.json")["unscored_attributes"], json!(["helpfullness"]));
            // A part may have none where the whole has some.
            env.run(&[&strict[..], &["--shard", "0/1"]].concat()).succeeds().says(said);
            env.run(&[&run[..], &["quality"]].concat()).succeeds().does_not_say("no row has a score");
        }
    }
    // What may have been meant is said once.
    let run = ["-q", "-i", "-", "--check", "--attributes", "helpfullness,quality"];
    let both = TestEnv::new().run_with_stdin(&run, labelled("helpfulness:3,quality:1")).succeeds();
    both.says(said).does_not_say("is \"helpfulness\" meant");
    // In labels there may be a name that is nearer than those of the original.
    let said = "no row has a score for \"hallucinations\" (did you mean \"hallucination\"?) (--attributes)";
    warns(&labelled("hallucination:1,quality:1"), &["--attributes", "quality,hallucinations"], said);
    // Those that there are by default are not asked for, and without rows nothing is known.
    TestEnv::new().run_with_stdin(&["-q", "-i", "-", "--check"], record(0)).succeeds().says_nothing();
    let nothing = ["-q", "-i", "-", "--check", "--strict", "--attributes", "style"];
    TestEnv::new().run_with_stdin(&nothing, "").succeeds().does_not_say("style");
    // A record of HelpSteer's without any of the scores has no row.
    let alone = ["-q", "-i", "-", "-o", "-", "--attributes", "helpfullness"];
    TestEnv::new().run_with_stdin(&alone, helpsteer).succeeds().says("(did you mean \"helpfulness\"?)").prints("");
    let strict = TestEnv::new().run_with_stdin(&[&alone[..], &["--strict"]].concat(), helpsteer);
    strict.fails_with_one_line(&["\"helpfullness\"", "did you mean \"helpfulness\"?", "--strict"]).prints("");
    // What was left out has no score because that was asked for.
    let only =
        ["-q", "-i", "-", "--check", "--strict", "--attributes", "quality,helpfulness", "--only-attribute", "quality"];
    TestEnv::new().run_with_stdin(&only, helpsteer).succeeds().says_nothing();
}

#[test]
fn attributes_that_are_not_in_the_vector_are_named_with_their_counts() {
    let input = ["quality:1,style:2", "style:1,fluency:3,humor:1", "quality:3"].map(labelled).join("\n");
    let said = "the labels of 2 rows name attributes that are not in the vector, whose scores are not used: \"style\" (2 times), \
                \"fluency\" (1 time)";
    let stats = warns(&input, &[], said);
    assert_eq!(stats["unknown_attribute_names"], json!({"names": {"fluency": 1, "style": 2}, "others": 0}));
    warns(
        &labelled("qualty:1"),
        &[],
        "the label of 1 row names attributes that are not in the vector, whose scores are not used: \
        \"qualty\" (1 time); is \"qualty\" meant to be \"quality\"?",
    );

    // The same names are kept whatever the chunks, though there are too many.
    let many: Vec<_> = (0..500).map(|number| labelled(&format!("a{}:1,quality:1", number * 37 % 100))).collect();
    let names = json!(
        (0..100)
            .map(|n| format!("a{n}"))
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .take(32)
            .map(|name| (name, json!(5)))
            .collect::<serde_json::Map<_, _>>()
    );
    for chunk_size in ["1B", "1KiB", "1MiB"] {
        let env = TestEnv::with("in.jsonl", many.join("\n"));
        env.run(&["-q", "-i", "in.jsonl", "--check", "--stats", "stats.json", "--chunk-size", chunk_size]).succeeds();
        assert_eq!(env.json("stats.json")["unknown_attribute_names"], json!({"names": names, "others": 340}));
    }
    // What cannot be printed is not.
    let odd = labelled("\u{1b}[31m\u{202e}:1,quality:1");
    let ran = TestEnv::new().run_with_stdin(&["-q", "-i", "-", "--check"], odd).succeeds();
    assert!(ran.stderr.contains(r#""\u{1b}[31m\u{202e}" (1 time)"#), "{}", ran.stderr);
}

#[test]
fn names_behind_a_space_are_read_if_that_is_asked_for() {
    let odd = labelled("quality: 1, humor:2 ,\u{3000}verbosity\u{1f}:\u{1c}3");
    let said = "the label of 1 row names attributes that are not in the vector, whose scores are not used: \" humor\" (1 time), \
                \"\\u{3000}verbosity\\u{1f}\" (1 time); \"humor\" is often written behind a space, and --trim-labels reads it so";
    warns(&odd, &[], said);
    // What Python's `str.strip` makes of it.
    let stripped = TestEnv::new().run_with_stdin(&["-i", "-", "-o", "-"], labelled("quality:1,humor:2,verbosity:3"));
    for parser in ["auto", "simd-json"] {
        let run = ["-q", "-i", "-", "-o", "-", "--trim-labels", "--strict", "--parser", parser];
        TestEnv::new().run_with_stdin(&run, &odd).succeeds().prints(&stripped.stdout).says_nothing();
    }
    let strict = TestEnv::new().run_with_stdin(&["-i", "-", "-o", "-", "--strict"], labelled("quality:1, humor:2"));
    strict
        .fails()
        .says("there is no attribute \" humor\"; --trim-labels reads it without the white space (--strict) (turn 2)");
    let bad =
        TestEnv::new().run_with_stdin(&["-i", "-", "-o", "-", "--trim-labels"], labelled("quality:1, humor : x "));
    bad.fails().says("the score of humor, \" x \", is not a finite decimal number (turn 2)");
}

#[test]
fn records_without_a_turn_of_the_mask_are_counted_and_said() {
    let odd = conversation("User", &[("human", "Q", ""), ("gpt", "A", "quality:1")]);
    let input =
        [&record(0), &odd, &conversation("User", &[]), &odd.replace("human", "x")].map(String::as_str).join("\n");
    let said = "in 2 of 4 records no turn is the mask's, so none is the user's: in the first of them the mask is \
                \"User\", the speakers are \"human\", \"gpt\" (--role NAME=user says who is the user)";
    assert_eq!(warns(&input, &[], said)["no_user_turn"], 2);
    let said = "in 1 of 1 record no turn is the mask's, so none is the user's: there the mask is \"U\\\"\", the \
                speakers are \"A\\n\" (--role NAME=user says who is the user)";
    assert_eq!(warns(&conversation("U\"", &[("A\n", "", "")]), &[], said)["no_user_turn"], 1);
    for parser in ["auto", "simd-json"] {
        let run = ["-i", "-", "-o", "-", "--strict", "--parser", parser];
        TestEnv::new().run_with_stdin(&run, odd.replace("human", "x")).fails().says(
            "invalid record: no turn is the mask's: the mask is \"User\", the speakers are \"x\", \"gpt\" (--strict; --role NAME=user says who is the user)",
        );
        let good = [record(0), conversation("User", &[])].join("\n");
        TestEnv::new().run_with_stdin(&run, good).succeeds();
    }
    // With a role there is one.
    let role = ["-q", "-i", "-", "--check", "--strict", "--role", "Human=user"];
    TestEnv::new().run_with_stdin(&role, odd).succeeds().says_nothing();
}

#[test]
fn in_the_original_s_rows_other_speakers_are_the_assistant_and_said() {
    let env = TestEnv::with("in.jsonl", SPEAKERS);
    env.run(&["-i", "in.jsonl", "-o", "-"]).succeeds().prints(SPEAKERS_ROWS);
    let said = "5 turns of speakers who are neither the user nor the assistant are written as the assistant's, as the \
                original does: \"Observation\" (1 time), \"SYSTEM\" (1 time), \"human\" (1 time), \"system\" (1 time), \
                \"tool\" (1 time) (--role NAME=assistant or NAME=user says what they are)";
    let stats = warns(SPEAKERS, &[], said);
    assert_eq!(
        stats["other_speakers"]["names"],
        json!({"Observation": 1, "SYSTEM": 1, "human": 1, "system": 1, "tool": 1})
    );
    let strict = ["-i", "in.jsonl", "-o", "-", "--strict", "--on-error", "skip", "--rejects", "bad.jsonl"];
    let last = SPEAKERS_ROWS.split_inclusive('\n').next_back().unwrap();
    env.run(&strict).succeeds().prints(last);
    let bad = String::from_utf8(env.bytes("bad.jsonl")).unwrap();
    for (line, name) in bad.lines().zip(["\"system\"", "\"human\"", "\"Observation\""]) {
        let reject: Value = serde_json::from_str(line).unwrap();
        let reason = reject["reason"].as_str().unwrap();
        assert_eq!(reject["kind"], "invalid-record");
        assert!(reason.contains(&format!("the speaker is {name}")) && reason.contains("--role"), "{reason}");
    }
    assert_eq!(bad.lines().count(), 3);
    // With roles there is no warning, and the rows are the same if the role is the assistant's.
    let roles = ["--role", "system=assistant,tool=assistant", "--role=Human=assistant,OBSERVATION=assistant"];
    let ran = env.run(&[&["-q", "-i", "in.jsonl", "-o", "-"], &roles[..]].concat()).succeeds();
    ran.prints(SPEAKERS_ROWS).does_not_say("neither the user");
    let ran = env.run(&["-q", "-i", "in.jsonl", "-o", "-", "--role", "human=user"]).succeeds();
    assert!(str::from_utf8(&ran.stdout).unwrap().contains(r"<extra_id_1>User\nHello\n<extra_id_1>Assistant\nHi!"));
}

#[test]
fn elsewhere_a_first_system_turn_is_the_prompt_and_others_are_refused() {
    let turns = [("system", "Be kind.", ""), ("User", "Q", ""), ("gpt", "A", "quality:1")];
    let input = conversation("User", &turns);
    let expected = [("system", "Be kind."), ("user", "Q"), ("assistant", "A")];
    let expected = expected.map(|(role, content)| (role.to_owned(), content.to_owned()));
    for system in ["default", "none", "record", "text:Other"] {
        for parser in ["auto", "simd-json"] {
            let run = ["-q", "-i", "-", "-o", "-", "--to", "messages", "--attributes", "quality", "--strict"];
            let how = ["--system", system, "--parser", parser];
            let ran = TestEnv::new().run_with_stdin(&[&run[..], &how].concat(), &input).succeeds().says_nothing();
            assert_eq!(messages(&ran), expected);
        }
    }
    let run = |flags: &[&str], turns: &[(&str, &str, &str)]| {
        let run = [&["-q", "-i", "-", "-o", "-"], flags].concat();
        TestEnv::new().run_with_stdin(&run, conversation("User", turns))
    };
    let to_messages = ["--to", "messages-columns"];
    let user = ("User", "Q", "");
    for flags in [&to_messages[..], &["--template", "llama3"], &["--template", "chatml", "--to", "columns"]] {
        let late = run(flags, &[user, ("System", "Be kind.", ""), ("gpt", "A", "quality:1")]);
        late.fails().says("the speaker is \"System\", but only the first turn can be the system prompt (turn 2)");
        for name in
            ["tool", "Function", "observation", "IPYTHON", "developer", "environment", "human", "user", "prompter"]
        {
            let ran = run(flags, &[user, (name, "42", ""), ("gpt", "A", "quality:1")]).fails();
            ran.says(&format!("the speaker is \"{name}\"")).says(&format!("--role {name}=ROLE")).says("(turn 2)");
            for role in ["assistant", "user", "tool"] {
                let named = format!("{name}={role}");
                let flags = [flags, &["--role", &named]].concat();
                let ran = run(&flags, &[user, (name, "42", ""), ("gpt", "A", "quality:1")]).succeeds();
                if flags.contains(&"messages-columns") {
                    assert_eq!(messages(&ran)[2], (role.to_owned(), "42".to_owned()));
                }
            }
        }
    }
    // The mask is the user, whatever it is called.
    let turns = [("tool", "42", ""), ("gpt", "A", "quality:1")];
    let input = conversation("tool", &turns);
    let ran =
        TestEnv::new().run_with_stdin(&["-i", "-", "-o", "-", "--to=messages-columns", "--role=tool=tool"], input);
    assert_eq!(messages(&ran.succeeds())[1].0, "user");
}

#[test]
fn roles_that_rows_cannot_have_are_wrong_usage() {
    let env = TestEnv::with("in.jsonl", records(0..1));
    let bare = "[system]\nbefore=''\nafter=''\n[user]\nbefore=''\nafter=''\n[assistant]\nbefore=''\nafter=''\n";
    env.file("bare.toml", bare).file("tool.toml", format!("{bare}[tool]\nbefore='T'\nafter=''\n"));
    for flags in [
        &["--role", "tool=tool"][..],
        &["--role", "system=system"],
        &["--template", "bare.toml", "--role", "tool=tool"],
        &["--role", "tool"],
        &["--role", "tool=robot"],
        &["--role", "tool="],
        &["--role", "tool=user,Tool=assistant"],
        &["--role", "assistant=user"],
    ] {
        env.run(&[&["-i", "in.jsonl", "-o", "out"], flags].concat()).shows_misuse_of("--role");
    }
    env.run(&["-i", "in.jsonl", "--check", "--template", "tool.toml", "--role", "tool=tool"]).succeeds();
    env.run(&["-i", "in.jsonl", "--check", "--template", "bare.toml", "--role", "a=b=system"]).succeeds();
}

#[test]
fn messages_without_a_score_are_refused_unless_it_is_given() {
    let flags = ["-q", "-i", "-", "-o", "-", "--to", "messages", "--system", "none"];
    let run = |more: &[&str], input: &str| TestEnv::new().run_with_stdin(&[&flags[..], more].concat(), input);
    let row = |label: &str| format!("\"label\": [{label}]}}\n");
    let ends_with = |ran: Ran, label: &str| {
        let rows = String::from_utf8(ran.succeeds().stdout).unwrap();
        assert!(rows.ends_with(&row(label)), "{rows}");
    };
    let helpsteer = r#"{"prompt": "p", "response": "r", "helpfulness": 3, "correctness": 4, "coherence": 2, "complexity": 1, "verbosity": 0}"#;
    let some = helpsteer.replace(r#", "verbosity": 0"#, "");
    let label = |name: &str, value: f64| format!(r#""{name}": {{"value": {value}}}"#);
    let labels =
        [label("quality", 1.0), label("toxicity", 0.0), label("humor", 0.5), label("creativity", 0.25)].join(", ");
    let tree = format!(
        r#"{{"prompt": {{"text": "t", "role": "prompter", "replies": [{{"text": "a", "role": "assistant", "labels": {{{labels}}}, "replies": []}}]}}}}"#
    );
    // The vector of a published schema has its own attributes.
    for parser in ["auto", "simd-json"] {
        ends_with(run(&["--parser", parser], helpsteer), "3.0, 4.0, 2.0, 1.0, 0.0");
        ends_with(
            run(&["--parser", parser, "--from", "helpsteer", "--stats", "/dev/null"], helpsteer),
            "3.0, 4.0, 2.0, 1.0, 0.0",
        );
        ends_with(run(&["--parser", parser], &tree), "4.0, 0.0, 2.0, 1.0");
        run(&["--parser", parser], &some)
            .fails()
            .says("invalid label: \"verbosity\" has no score")
            .says("--missing-value");
    }
    run(&[], &labelled("quality:1")).fails().says("\"toxicity\" has no score").says("--attributes");
    // The label may have the score under another spelling of the name.
    let spaced = run(&["--attributes", "quality,humor"], &labelled("quality:1, humor:2"));
    spaced.fails().says("; the label names \" humor\", which --trim-labels reads without the white space (turn 2)");
    let near = run(&["--attributes", "Humor"], &labelled("quality:1,humor:2"));
    near.fails().says("; the label names \"humor\": is that meant? (turn 2)");
    run(&["--attributes", "helpfullness,correctness"], helpsteer)
        .fails()
        .says("; did you mean \"helpfulness\"? (turn 2)");
    run(&["--attributes", "quality"], &labelled("quality:-100")).fails().says("\"quality\" has no score");
    ends_with(run(&["--missing-value", "-100"], &some), "3.0, 4.0, 2.0, 1.0, -100.0");
    ends_with(run(&["--attributes", "correctness,helpfulness"], &some), "4.0, 3.0");
    ends_with(run(&["--attributes", "quality", "--missing-value=-1"], &labelled("humor:1")), "-1.0");
    // Bad records before the first good one do not say what the vector is.
    let env = TestEnv::with("in.jsonl", ["{}", "", "no", helpsteer, &some].join("\n"));
    for (threads, chunk_size) in [("1", "1MiB"), ("2", "1B")] {
        let run = ["-i", "in.jsonl", "-o", "out", "--to=messages", "--on-error=skip", "--stats", "s", "--report", "r"];
        let ran = env.run(&[&run[..], &["--threads", threads, "--chunk-size", chunk_size]].concat()).succeeds();
        ran.says("gave 1 row; 3 rejected");
        let attributes = env.json("s")["attributes"].as_object().unwrap().clone();
        let names = ["helpfulness", "correctness", "coherence", "complexity", "verbosity"];
        assert!(attributes.len() == 5 && names.iter().all(|name| attributes[*name]["count"] == 1), "{attributes:?}");
    }
    // All rows of a run have one vector.
    env.file("tree.jsonl", &tree).file("helpsteer.jsonl", helpsteer);
    let both = ["helpsteer.jsonl", "tree.jsonl", "-o", "out.jsonl", "--to", "messages"];
    let said = ["tree.jsonl", "oasst", "quality, toxicity, humor, creativity", "helpsteer", "--attributes"];
    env.run(&both).fails_with_one_line(&said);
    let named = ["--attributes", "quality,helpfulness", "--missing-value", "0"];
    env.run(&[&both[..], &named].concat()).succeeds();
}

#[test]
fn pairs_are_texts() {
    let preference =
        r#"{"split": "train", "prompt": "P", "response_1": "a", "response_2": "b", "preference_strength": 1}"#;
    for to in ["messages", "columns", "messages-columns"] {
        let flags = ["-i", "-", "-o", "-", "--to", to, "--attributes", "quality"];
        let said = ["helpsteer2-preference", "one label for both", "--to nemo"];
        TestEnv::new().run_with_stdin(&flags, preference).fails_with_one_line(&said).prints("");
        let named = [&flags[..], &["--from", "helpsteer2-preference"]].concat();
        TestEnv::new().run_with_stdin(&named, preference).shows_misuse_of("--to");
    }
    let flags = ["-i", "-", "-o", "-", "--template", "llama3", "--attributes", "quality"];
    assert_eq!(
        TestEnv::new().run_with_stdin(&flags, preference).succeeds().stdout.split(|&byte| byte == b'\n').count(),
        3
    );
}

#[test]
fn attributes_may_have_other_names_in_rows() {
    let renamed = ["--attributes", "helpsteer-helpfulness=helpfulness,helpsteer-verbosity=verbosity"];
    let flags = ["-q", "-i", "-", "-o", "-", "--to", "messages-columns", "--system", "none"];
    let helpsteer = r#"{"prompt": "p", "response": "r", "helpfulness": 3, "verbosity": 4}"#;
    for (input, parser) in
        [(helpsteer, "auto"), (helpsteer, "simd-json"), (&labelled("verbosity:4,helpfulness:3"), "auto")]
    {
        let ran =
            TestEnv::new().run_with_stdin(&[&flags[..], &renamed, &["--parser", parser]].concat(), input).succeeds();
        let row: Value = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!((&row["helpsteer-helpfulness"], &row["helpsteer-verbosity"]), (&json!(3.0), &json!(4.0)));
        assert_eq!(row.as_object().unwrap().len(), 3);
    }
    let said = "no row has a score for \"out\" (of \"humour\" in the records) (did you mean \"humor\"?) (--attributes)";
    let stats = warns(&labelled("quality:1"), &["--attributes", "q=quality,out=humour"], said);
    assert_eq!((&stats["attributes"]["q"]["count"], &stats["unscored_attributes"]), (&json!(1), &json!(["out"])));
    let env = TestEnv::with("in.jsonl", records(0..1));
    for bad in ["a=quality,a=humor", "a=quality,b=quality", "=quality", "a=", "a=b:c", "a =quality", "a= quality"] {
        env.run(&["-i", "in.jsonl", "-o", "out", "--attributes", bad]).shows_misuse_of("--attributes");
    }
    env.run(&["-i", "in.jsonl", "-o", "out", "--to", "columns", "--attributes", "text=quality"])
        .shows_misuse_of("text");
    env.run(&["-i", "in.jsonl", "-o", "out", "--to", "columns", "--attributes", "quality=text"]).succeeds();
}
