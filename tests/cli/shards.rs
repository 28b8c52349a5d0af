//! `--shard`: the outputs of all shards, one after the other, are the whole output.

use support::cli::{
    TestEnv,
    records::{record, records, rows},
};

/// The output of each of `count` shards.
fn shards(env: &TestEnv, inputs: &[&str], count: usize, more: &[&str]) -> Vec<String> {
    let shard = |index| {
        let shard = format!("{index}/{count}");
        let ran = env.run(&[&["-q", "-o", "out", "--shard", &shard], inputs, more].concat());
        ran.succeeds();
        String::from_utf8(env.bytes("out")).unwrap()
    };
    (0..count).map(shard).collect()
}

#[test]
fn all_shards_together_are_the_whole_output() {
    let long = record(1).replace("Answer 1", &"A long answer. ".repeat(300));
    let crlf = records(0..20).replace('\n', "\r\n");
    let cases = [
        records(0..50),
        records(0..50).trim_end().to_owned(),
        [records(0..3), long, "\n\n \n".to_owned(), records(4..30)].concat(),
        ["\u{feff}".to_owned(), crlf].concat(),
        record(0),
        "\n".repeat(20),
        String::new(),
    ];
    for case in cases {
        let env = TestEnv::with("in", &case);
        env.run(&["-q", "-o", "whole", "in"]).succeeds();
        let whole = String::from_utf8(env.bytes("whole")).unwrap();
        for count in [1, 2, 7, 64] {
            for more in [&[][..], &["--no-mmap"], &["--chunk-size", "1"]] {
                assert_eq!(shards(&env, &["in"], count, more).concat(), whole, "{count} shards");
            }
        }
    }
}

#[test]
fn shards_are_about_equal() {
    let env = TestEnv::with("in", records(0..1000));
    let shards = shards(&env, &["in"], 4, &[]);
    assert!(shards.iter().all(|shard| (245..=255).contains(&shard.lines().count())));
}

#[test]
fn several_inputs_are_cut_as_one() {
    let env = TestEnv::with("a", records(0..10).trim_end());
    env.file("empty", "").file("b", records(10..100)).file("c", records(100..101));
    for count in [1, 2, 3, 64] {
        let parts = shards(&env, &["a", "empty", "b", "c"], count, &[]);
        assert_eq!(parts.concat(), rows(0..101));
    }
    let halves = shards(&env, &["a", "empty", "b", "c"], 2, &[]);
    assert!(halves[0].contains(rows(10..11).trim_end()) && halves[1].contains(rows(100..101).trim_end()));
}

#[test]
fn grouped_lines_stay_in_one_shard() {
    let env = TestEnv::with("in", records(0..101));
    for group in [2, 3, 10, 200] {
        for count in [2, 7, 64] {
            let shards = shards(&env, &["in"], count, &["--group-lines", &group.to_string()]);
            assert_eq!(shards.concat(), rows(0..101));
            let mut line = 0;
            for shard in shards.iter().filter(|shard| !shard.is_empty()) {
                assert_eq!(line % group, 0, "a shard begins with a group");
                line += shard.lines().count();
            }
        }
    }
}

#[test]
fn a_refusal_in_a_shard_tells_its_line_in_the_file() {
    let env = TestEnv::with("in", [records(0..90), "{}\n".to_owned(), records(90..100)].concat());
    let byte = records(0..90).len();
    for more in [&[][..], &["--no-mmap"]] {
        let ran = env.run(&[&["--check", "--shard", "1/2", "in"], more].concat());
        ran.fails().says("in:91: invalid record").says(&format!("(byte {byte})"));
        env.run(&[&["--check", "--shard", "0/2", "in"], more].concat()).succeeds();
    }
}

#[test]
fn what_has_no_byte_ranges_cannot_be_cut() {
    let env = TestEnv::with("in", records(0..3));
    env.run(&["-q", "-o", "packed.gz", "in"]).succeeds();
    env.run(&["--check", "--shard", "0/2", "packed.gz"]).fails_with_one_line(&["packed.gz cannot be cut", "gzip"]);
    env.run_with_stdin(&["--check", "--shard", "0/2", "-"], "").fails_with_one_line(&["<stdin> cannot be cut"]);
    for wrong in ["2/2", "1", "a/b", "-1/2", "0/0", "1/2/3"] {
        env.run(&["--check", &format!("--shard={wrong}"), "in"]).shows_misuse_of("--shard");
    }
    env.run(&["--check", "--group-lines", "2", "in"]).shows_misuse_of("--shard");
    env.run(&["--check", "--shard", "0/2", "--group-lines", "0", "in"]).shows_misuse_of("--group-lines");
}
