//! Several inputs, to one output or to one each.

use std::fs;

use support::cli::{
    TestEnv,
    records::{records, rows},
};

#[test]
fn several_inputs_go_to_one_output_in_their_order() {
    let env = TestEnv::with("b", records(0..100));
    // The last line of a file needs no line feed, also where another file follows.
    env.file("a", records(100..150).trim_end()).file("empty", "").file("c", records(150..151));
    let inputs = ["-i", "b", "--input-file", "a", "empty", "c", "b"];
    let expected = [rows(0..151), rows(0..100)].concat();
    for how in [&["--threads", "1", "--chunk-size", "1"][..], &["--threads", "8"], &["--no-mmap"]] {
        env.run(&[&["-q", "-o", "-"], how, &inputs].concat()).succeeds().prints(&expected);
    }
    env.run(&["-o", "out", "b", "a"]).succeeds().sums_up("150 records gave 150 rows");
    env.assert_file("out", rows(0..150));
}

#[test]
fn standard_input_pipes_and_files_may_be_mixed() {
    let env = TestEnv::with("a", records(0..10));
    env.fifo("pipe").file("b", records(10..20));
    let script = r#"cat b > pipe & "$@" < a"#;
    let ran = env.run_in_shell(script, &["-q", "-o", "-", "b", "-", "pipe", "a"]);
    ran.succeeds().prints([rows(10..20), rows(0..10), rows(10..20), rows(0..10)].concat());
}

#[test]
fn a_refusal_names_its_own_file_and_line() {
    let env = TestEnv::with("a", records(0..100));
    env.file("b", [records(0..7), "\n{}\n".to_owned()].concat()).file("c", "[]\n");
    let byte = records(0..7).len() + 1;
    for chunk_size in ["1", "1MiB"] {
        let how = ["--check", "--chunk-size", chunk_size];
        env.run(&[&how[..], &["a", "b", "c"]].concat())
            .fails()
            .says("b:9: invalid record")
            .says(&format!("(byte {byte})"));
        env.run(&[&how[..], &["c", "b", "a"]].concat()).fails().says("c:1: invalid record");
        let skip = ["-q", "-o", "out", "--on-error", "skip", "--rejects", "rejects", "--chunk-size", chunk_size];
        env.run(&[&skip[..], &["a", "b", "c", "b"]].concat()).fails().says("c: no record has");
        env.run(&[&skip[..], &["--allow-empty", "a", "b", "c", "b"]].concat()).succeeds();
        let rejects = String::from_utf8(env.bytes("rejects")).unwrap();
        let places: Vec<(String, u64)> = rejects
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|reject| (reject["file"].as_str().unwrap().to_owned(), reject["line"].as_u64().unwrap()))
            .collect();
        assert_eq!(places, [("b".to_owned(), 9), ("c".to_owned(), 1), ("b".to_owned(), 9)]);
    }
}

#[test]
fn an_input_of_which_every_record_is_bad_is_named() {
    let env = TestEnv::with("a", records(0..3));
    let bad = r#"{"conversations": [], "mask": 3}"#;
    env.file("b", format!("{bad}\n\n{bad}\n")).file("c", "\n").file("d", [bad, "\n", &records(0..1)].concat());
    let args = ["-q", "--on-error", "skip", "--stats", "stats", "--output-dir", "rows", "a", "b", "c", "d"];
    let warning = "steer2reg: warning: every record of b was rejected, so it gives no row\n";
    env.run(&args).succeeds().says_only(warning);
    assert_eq!(env.json("stats")["rejected_inputs"], serde_json::json!(["b"]));
    env.file("e", bad)
        .run(&[&args[..], &["e"]].concat())
        .succeeds()
        .says("of b and of 1 other input was rejected, so they give");
}

#[test]
fn an_input_that_is_missing_is_told_before_anything_is_converted() {
    let env = TestEnv::with("a", records(0..3));
    env.run(&["-q", "-o", "-", "a", "nowhere"]).prints("").fails_with_one_line(&["cannot open nowhere"]);
}

#[test]
fn with_a_folder_each_input_gets_a_file_of_its_name() {
    let env = TestEnv::new();
    env.folder("in").file("in/a.jsonl", records(0..100)).file("b.jsonl", "").file("c.gz", records(100..200));
    for chunk_size in ["1KiB", "1MiB"] {
        env.run(&["-q", "--output-dir", "new/out", "in/a.jsonl", "b.jsonl", "c.gz", "--chunk-size", chunk_size])
            .succeeds();
        env.assert_file("new/out/a.jsonl", rows(0..100)).assert_file("new/out/b.jsonl", "");
        assert!(env.bytes("new/out/c.gz").starts_with(&[0x1f, 0x8b]));
        env.run(&["-q", "-o", "-", "--compression", "none", "new/out/c.gz"]).fails().says("c.gz:1: invalid record");
    }
}

/// The files in the folder of outputs.
fn outputs(env: &TestEnv) -> Vec<String> {
    let entries = fs::read_dir(env.path("out")).expect("it is there");
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn with_a_folder_a_failure_leaves_the_files_before_it() {
    let env = TestEnv::with("a", records(0..100));
    env.file("b", records(100..200)).file("c", records(0..50) + "{}").file("d", records(0..3)).folder("out");
    for how in [&["--threads", "1", "--chunk-size", "1"][..], &["--threads", "8"], &["--repeat", "2"]] {
        let times = if how[0] == "--repeat" { 2 } else { 1 };
        env.file("out/b", "old").file("out/c", "old");
        let ran = env.run(&[&["-q", "--output-dir", "out", "a", "b", "c", "d"], how].concat());
        ran.fails().says("c:51: invalid record").says("\n  outputs that are complete and in place: 2 of 4\n");
        env.assert_file("out/a", rows(0..100).repeat(times)).assert_file("out/b", rows(100..200).repeat(times));
        env.assert_file("out/c", "old");
        assert_eq!(outputs(&env), ["a", "b", "c"]);
        let ran = env.run(&[&["-q", "--output-dir", "out", "c", "a", "b", "d"], how].concat());
        ran.fails().says("c:51: invalid record").does_not_say("in place");
        assert_eq!(outputs(&env), ["a", "b", "c"]);
        fs::remove_file(env.path("out/a")).unwrap();
    }
}

/// A run without rows has no output that would be worth a look.
#[test]
fn with_a_folder_no_file_changes_before_there_is_a_row() {
    let bad = r#"{"conversations": [], "mask": 3}"#;
    let env = TestEnv::with("a", "");
    env.file("b", bad).file("c", "\n").folder("out").file("out/b", "old");
    let skip = ["-q", "--on-error", "skip", "--stats", "stats", "--output-dir", "out", "a", "b", "c"];
    env.run(&skip).fails().says("every record was rejected").does_not_say("in place");
    assert_eq!(outputs(&env), ["b"]);
    env.assert_file("out/b", "old");
    env.run(&[&skip[..], &["--allow-empty"]].concat()).succeeds();
    env.assert_file("out/a", "").assert_file("out/b", "").assert_file("out/c", "");
    // Files without rows come with the first one that has some.
    env.file("d", records(0..1) + bad).file("e", records(0..3)).file("f", bad);
    for chunk_size in ["1", "1KiB"] {
        let more = ["d", "e", "--max-rejects", "1", "--compression", "gzip", "--chunk-size", chunk_size];
        env.run(&[&skip[..], &more].concat()).fails().says("d:2: ").does_not_say("in place");
        assert_eq!(outputs(&env), ["a", "b", "c"]);
        assert_eq!(env.json("stats")["bytes_out"], 0);
    }
    let more = ["e", "f", "--max-rejects", "1", "--compression", "gzip"];
    let ran = env.run(&[&skip[..], &more].concat());
    ran.fails().says("f:1: ").says("outputs that are complete and in place: 4 of 5");
    assert_eq!(outputs(&env), ["a", "a.gz", "b", "b.gz", "c", "c.gz", "e.gz"]);
    assert_eq!(env.json("stats")["bytes_out"], rows(0..3).len());
    env.run_in_shell("gzip -t out/*.gz", &[]).succeeds();
}

#[test]
fn with_a_folder_what_cannot_be_written_is_told_before_the_first_file() {
    let env = TestEnv::with("a", records(0..3));
    env.file("b", records(3..5)).folder("out").folder("out/b").link("out/c", "nowhere/c").file("c", "");
    env.run(&["--output-dir", "out", "a", "b"]).fails_with_one_line(&["out/b is a directory"]);
    env.run(&["--output-dir", "out", "a", "c"]).fails_with_one_line(&["cannot write out/c: No such file"]);
    assert_eq!(outputs(&env), ["b", "c"]);
    // A pipe is written when its turn comes.
    env.fifo("out/a");
    env.run_in_shell(r#"cat out/a > got & "$@" && wait"#, &["-q", "--output-dir", "out", "a"]).succeeds();
    env.assert_file("got", rows(0..3));
}

/// The last check of a run.
#[test]
fn with_a_folder_a_check_that_fails_at_the_end_says_what_is_there() {
    let env = TestEnv::with("a", records(0..3));
    env.file("b", records(3..5));
    let args = ["-q", "--strict", "--attributes", "quality,verbosity,fluency", "a", "b"];
    let ran = env.run(&[&args[..], &["--output-dir", "out"]].concat());
    ran.fails().says("fluency").says("in place: 2 of 2").does_not_say("nothing was written");
    env.run(&[&args[..], &["-o", "rows"]].concat()).fails().says("nothing was written (--strict)");
}

#[test]
fn with_a_folder_two_inputs_of_one_name_are_refused() {
    let env = TestEnv::with("a", records(0..1));
    env.folder("in").file("in/a", records(1..2)).folder("out");
    let ran = env.run(&["--output-dir", "out", "a", "in/a"]);
    ran.fails_with_one_line(&["the rows of a and of in/a would be one file, out/a"]);
    env.run(&["--output-dir", ".", "in/a", "a"]).fails_with_one_line(&["are the same file"]);
    env.run_with_stdin(&["--output-dir", "out", "-"], "").fails_with_one_line(&["<stdin> has no name"]);
    assert_eq!(std::fs::read_dir(env.path("out")).unwrap().count(), 0);
    env.file("file", "").run(&["--output-dir", "file", "a"]).fails_with_one_line(&["cannot make the folder file"]);
}

#[test]
fn an_output_file_a_folder_and_check_exclude_each_other() {
    let env = TestEnv::with("a", records(0..1));
    env.run(&["-o", "out", "--output-dir", "dir", "a"]).shows_misuse_of("--output-dir");
    env.run(&["--check", "--output-dir", "dir", "a"]).shows_misuse_of("--output-dir");
    env.run(&["a"]).shows_misuse_of("--output-file");
    env.run(&["-o", "out"]).shows_misuse_of("--input-file");
}
