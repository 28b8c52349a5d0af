//! One file in two roles is refused before anything is opened for writing.

use support::cli::{
    Ran, TestEnv,
    records::{BAD_JSON, records, rows},
};

/// The usual files: an input and, in a folder of its own, another.
fn env() -> TestEnv {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.folder("sub").link("sub/up", "..").file("other", "other");
    env.hard_link("hard", "in.jsonl").link("soft", "in.jsonl").link("softer", "sub/up/soft");
    env
}

/// Refused with one line that names both, and all is as it was.
#[track_caller]
fn assert_refused(env: &TestEnv, ran: Ran, first: &str, second: &str) {
    ran.fails_with_one_line(&[first, second, "are the same file"]).prints("");
    env.assert_file("in.jsonl", records(0..3)).assert_file("other", "other");
    env.assert_listing(&["hard", "in.jsonl", "other", "soft", "softer", "sub"]);
}

#[test]
fn the_output_must_not_be_the_input_whatever_it_is_called() {
    let env = env();
    let whole = env.path("in.jsonl").display().to_string();
    for output in ["in.jsonl", "./in.jsonl", "sub/../in.jsonl", "sub/up/in.jsonl", "hard", "soft", "softer", &whole] {
        assert_refused(&env, env.run(&["-i", "in.jsonl", "-o", output]), "in.jsonl", output);
        assert_refused(&env, env.run(&["-i", output, "-o", "in.jsonl", "--no-mmap"]), output, "in.jsonl");
    }
}

#[test]
fn the_output_must_not_be_the_file_on_standard_input() {
    let env = env();
    for output in ["in.jsonl", "hard", "soft"] {
        let ran = env.run_in_shell(r#""$@" < in.jsonl"#, &["-i", "-", "-o", output]);
        assert_refused(&env, ran, "<stdin>", output);
    }
}

#[test]
fn standard_output_must_not_be_the_input() {
    let env = env();
    for script in [r#""$@" >> in.jsonl"#, r#""$@" 1<> in.jsonl"#, r#""$@" >> hard"#] {
        assert_refused(&env, env.run_in_shell(script, &["-i", "in.jsonl", "-o", "-"]), "in.jsonl", "<stdout>");
    }
    let ran = env.run_in_shell(r#""$@" < in.jsonl >> in.jsonl"#, &["-i", "-", "-o", "-"]);
    assert_refused(&env, ran, "<stdin>", "<stdout>");
}

#[test]
fn stats_must_not_be_the_input_or_the_output() {
    let env = env();
    for stats in ["in.jsonl", "./in.jsonl", "hard", "soft"] {
        assert_refused(&env, env.run(&["-i", "in.jsonl", "--check", "--stats", stats]), "in.jsonl", stats);
    }
    for (output, stats) in [("other", "other"), ("other", "sub/../other"), ("new", "new"), ("new", "./new")] {
        assert_refused(&env, env.run(&["-i", "in.jsonl", "-o", output, "--stats", stats]), output, stats);
    }
}

#[test]
fn rejects_must_not_be_the_input_or_the_output_or_the_stats() {
    let env = env();
    let skip = ["-i", "in.jsonl", "--on-error", "skip"];
    for rejects in ["in.jsonl", "./in.jsonl", "hard", "soft"] {
        let ran = env.run(&[&skip[..], &["--check", "--rejects", rejects]].concat());
        assert_refused(&env, ran, "in.jsonl", rejects);
    }
    for name in ["other", "new"] {
        let ran = env.run(&[&skip[..], &["-o", name, "--rejects", name]].concat());
        assert_refused(&env, ran, name, &format!("--rejects {name}"));
        let ran = env.run(&[&skip[..], &["--check", "--stats", name, "--rejects", name]].concat());
        assert_refused(&env, ran, &format!("--rejects {name}"), &format!("--stats {name}"));
    }
}

#[test]
fn two_names_of_a_file_that_is_not_there_yet_are_one_file() {
    let env = env();
    for stats in ["sub/../new", "sub/up/new"] {
        assert_refused(&env, env.run(&["-i", "in.jsonl", "-o", "new", "--stats", stats]), "new", stats);
    }
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.link("dangling", "new");
    let ran = env.run(&["-i", "in.jsonl", "-o", "dangling", "--stats", "new"]);
    ran.fails_with_one_line(&["dangling", "new", "are the same file"]);
    env.assert_listing(&["dangling", "in.jsonl"]);
}

#[test]
fn files_of_the_same_name_in_different_folders_are_different() {
    let env = env();
    env.run(&["-i", "in.jsonl", "-o", "sub/in.jsonl", "--stats", "sub/other"]).succeeds();
    env.assert_file("in.jsonl", records(0..3)).assert_file("other", "other");
}

#[test]
fn a_device_may_have_several_roles() {
    let env = TestEnv::with("in.jsonl", BAD_JSON.bytes);
    let args = ["-i", "/dev/null", "-o", "/dev/null", "--stats", "/dev/null"];
    env.run(&[&args[..], &["--on-error", "skip", "--rejects", "/dev/null"]].concat()).succeeds();
    env.assert_listing(&["in.jsonl"]);
}

/// The folder does not exist before the run, so no name in it can be looked up.
#[test]
fn two_files_in_a_folder_that_is_not_there_yet_are_compared_by_where_they_will_be() {
    let env = TestEnv::new();
    env.folder("a").folder("b").file("a/train.jsonl", records(0..1)).file("b/train.jsonl", records(1..2));
    let into = ["--output-dir", "new/out", "a/train.jsonl"];
    for twice in ["b/train.jsonl", "a/train.jsonl"] {
        let ran = env.run(&[&into[..], &[twice]].concat());
        ran.fails_with_one_line(&["a/train.jsonl", twice, "one file, new/out/train.jsonl"]).prints("");
    }
    let here = env.path("new/out/train.jsonl").display().to_string();
    let spellings = [
        "new/out/train.jsonl",
        "./new/./out//train.jsonl",
        "new/../new/out/train.jsonl",
        "a/../new/out/x/../train.jsonl",
        "dangling",
        &here,
    ];
    env.link("dangling", "new/out/train.jsonl");
    for other in spellings {
        for flags in [&["--stats"][..], &["--report"], &["--on-error", "skip", "--rejects"]] {
            // A page would not be called so, which is another reason to refuse it.
            let ran = env.run(&[&into[..], flags, &[other]].concat());
            ran.fails_with_one_line(&["new/out/train.jsonl", other, "are the same file"]).prints("");
        }
    }
    env.assert_listing(&["a", "b", "dangling"]);
    // An input that is there, by a way that is not there yet.
    let ran = env.run(&["--output-dir", "new", "a/train.jsonl", "--stats", "new/../a/train.jsonl"]);
    ran.fails_with_one_line(&["a/train.jsonl", "new/../a/train.jsonl", "are the same file"]);
    env.assert_file("a/train.jsonl", records(0..1)).assert_listing(&["a", "b", "dangling"]);
    env.run(&[&into[..], &["--stats", "new/out/../stats.json"]].concat()).succeeds();
    env.assert_file("new/out/train.jsonl", rows(0..1));
}

#[test]
fn thousands_of_inputs_are_compared_in_no_time() {
    const COUNT: usize = 10_000;
    let env = TestEnv::new();
    env.folder("in");
    let names: Vec<_> = (0..COUNT).map(|number| format!("in/{number}.jsonl")).collect();
    for name in &names {
        env.file(name, "");
    }
    env.hard_link("twice", &names[COUNT - 1]);
    let mut args: Vec<_> = names.iter().map(String::as_str).collect();
    args.extend(["--output-dir", "new/out", "--stats", "twice"]);
    let started = std::time::Instant::now();
    let ran = env.run(&args);
    ran.fails_with_one_line(&[&names[COUNT - 1], "twice", "are the same file"]);
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

/// Others write to a file that is open already, before and after the run: nothing of that may go.
#[test]
fn a_file_that_is_open_already_is_not_replaced() {
    let env = TestEnv::with("in.jsonl", records(0..3));
    env.link("link", "/dev/stderr");
    for name in ["/dev/stderr", "/dev/fd/2", "link"] {
        let script = r#"{ echo before >&2; "$@"; echo after >&2; } 2> log"#;
        env.run_in_shell(script, &["-i", "in.jsonl", "--check", "--stats", name]).succeeds();
        let log = String::from_utf8(env.bytes("log")).unwrap();
        let parts = ["before\n{\n", "\n}\nchecked: 3 records would give 3 rows", "\nafter\n"];
        assert!(parts.iter().all(|part| log.contains(part)), "{name}: {log}");
    }
    for name in ["/dev/fd/3", "/proc/self/fd/3"] {
        for args in [["-i", "in.jsonl", "-o", name, "-q"], ["-i", "in.jsonl", "--check", "--stats", name]] {
            let script = r#"exec 3> file; echo before >&3; "$@"; status=$?; echo after >&3; exit $status"#;
            env.run_in_shell(script, &args).fails_with_one_line(&[name, "already open", " - >&3"]);
            env.assert_file("file", "before\nafter\n");
        }
    }
    // What the sentence advises, and a pipe, which nothing can replace.
    let script = r#"exec 3> file; echo before >&3; "$@" >&3; echo after >&3"#;
    env.run_in_shell(script, &["-q", "-i", "in.jsonl", "-o", "-"]).succeeds();
    env.assert_file("file", format!("before\n{}after\n", rows(0..3)));
    let script = r#"{ "$@" 3>&1 >&4 | cat > file; } 4>&1"#;
    env.run_in_shell(script, &["-q", "-i", "in.jsonl", "-o", "/dev/fd/3"]).succeeds();
    env.assert_file("file", rows(0..3));
}

#[test]
fn one_pipe_or_stream_has_one_role() {
    let env = TestEnv::with("in.jsonl", [records(0..3).as_bytes(), BAD_JSON.bytes].concat());
    env.fifo("pipe").fifo("other").link("soft", "pipe");
    let skip = ["--on-error", "skip"];
    let cases: [(&[&str], &str, &str); 12] = [
        (&["-i", "in.jsonl", "-o", "pipe", "--rejects", "pipe"], "pipe", "pipe"),
        (&["-i", "in.jsonl", "-o", "pipe", "--stats", "soft"], "pipe", "soft"),
        (&["-i", "in.jsonl", "-o", "other", "--stats", "pipe", "--report", "./pipe"], "pipe", "./pipe"),
        (&["-i", "pipe", "-o", "soft"], "pipe", "soft"),
        (&["-i", "in.jsonl", "-o", "-", "--stats", "/dev/stdout"], "<stdout>", "/dev/stdout"),
        (&["-i", "in.jsonl", "-o", "/dev/fd/1", "--rejects", "/dev/stdout"], "/dev/fd/1", "/dev/stdout"),
        (&["-i", "in.jsonl", "-o", "-", "--stats", "-"], "<stdout>", "--stats -"),
        (&["-i", "in.jsonl", "-o", "-", "--rejects", "-"], "<stdout>", "--rejects -"),
        (&["-i", "in.jsonl", "-o", "-", "--report", "-"], "<stdout>", "--report -"),
        (&["-i", "in.jsonl", "--check", "--stats", "-", "--report", "-"], "--stats -", "--report -"),
        (&["-i", "in.jsonl", "--check", "--rejects", "-", "--stats", "-"], "--rejects -", "--stats -"),
        (&["-i", "in.jsonl", "--check", "--rejects", "/dev/stdout", "--stats", "-"], "/dev/stdout", "--stats -"),
    ];
    for (args, first, second) in cases {
        let args = [args, &skip[..]].concat();
        env.run(&args).fails_with_one_line(&[first, second, "are the same stream"]).prints("");
        // Also where it would do no harm.
        if first.contains("std") || second.contains("std") || second.ends_with('-') {
            env.run_in_shell(r#""$@" > /dev/null"#, &args).fails_with_one_line(&["are the same stream"]);
            env.run_in_shell(r#""$@" > file"#, &args).fails_with_one_line(&["are the same stream"]);
            env.assert_file("file", "");
        }
    }
    for inputs in [["pipe", "pipe"], ["pipe", "soft"], ["-", "-"], ["-", "/dev/stdin"], ["/dev/stdin", "-"]] {
        let ran = env.run_with_stdin(&["-q", "--check", inputs[0], inputs[1]], records(0..1));
        ran.fails_with_one_line(&["can be read only once"]);
    }
    let ran = env.run_in_shell(r#""$@" < in.jsonl"#, &["-q", "--check", "-", "-"]);
    ran.fails_with_one_line(&["<stdin> can be read only once"]);
    env.run_with_stdin(&["-i", "-", "-o", "/dev/stdin"], "").fails_with_one_line(&["<stdin>", "/dev/stdin"]);
}
