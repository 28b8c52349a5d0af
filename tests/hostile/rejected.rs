//! Inputs of which nearly every line is rejected: their rejections take bounded memory, and are the same however many of
//! them a chunk has.

use serde_json::{Value, json};
use support::cli::{
    TestEnv,
    records::{BAD, record, rows},
};

/// Bad lines of each kind, and now and then a good record or a blank line: more rejections than are kept of a large chunk.
const LINES: usize = 2400;

/// The input, and the lines of its rejects without reasons.
fn mostly_bad() -> (Vec<u8>, Vec<Value>) {
    let (mut input, mut rejects) = ([record(0).as_bytes(), b"\n"].concat(), Vec::new());
    for number in 1..LINES {
        let byte = input.len();
        match number % 100 {
            0 => input.extend(record(number / 100).bytes()),
            1 => input.extend(b" \r"),
            _ => {
                let bad = &BAD[number % BAD.len()];
                input.extend(bad.bytes);
                rejects.push(json!({"line": number + 1, "byte": byte, "kind": bad.kind}));
            }
        }
        input.push(b'\n');
    }
    (input, rejects)
}

/// Chunks with more rejections than are kept, and with fewer.
const WAYS: [&[&str]; 2] =
    [&["--threads", "2", "--chunk-size", "1MiB"], &["--threads", "8", "--chunk-size", "1KiB", "--no-mmap"]];

#[test]
fn every_rejection_is_told_however_many_of_them_a_chunk_has() {
    let (input, expected) = mostly_bad();
    let env = TestEnv::with("in.jsonl", input);
    let mut before: Option<[Vec<u8>; 2]> = None;
    for way in WAYS {
        let args = ["-i", "in.jsonl", "-o", "out", "--on-error", "skip", "--rejects", "bad", "--report", "report.html"];
        env.run(&[&args[..], way].concat()).succeeds();
        env.assert_file("out", rows(0..LINES / 100));
        let rejects = env.bytes("bad");
        let told = rejects.split_inclusive(|&byte| byte == b'\n').map(|line| {
            let reject: Value = serde_json::from_slice(line).expect("a line of JSON");
            json!({"line": reject["line"], "byte": reject["byte"], "kind": reject["kind"]})
        });
        assert!(told.eq(expected.iter().cloned()), "{way:?}: other rejects");
        let section = |page: Vec<u8>| {
            let page = String::from_utf8(page).expect("a page is text");
            page.split("Rejected").nth(1).map(|rest| rest.as_bytes().to_vec()).expect("a section of rejected records")
        };
        let now = [rejects, section(env.bytes("report.html"))];
        assert!(before.as_ref().is_none_or(|before| *before == now), "{way:?}: other reasons");
        before = Some(now);
    }
}

#[test]
fn the_limit_ends_a_run_at_the_same_record_however_many_rejections_a_chunk_has() {
    let (input, rejects) = mostly_bad();
    let env = TestEnv::with("in.jsonl", input);
    // The last one is far behind those that are kept.
    for limit in [0, rejects.len() - 1] {
        let shown = limit.to_string();
        let skip = ["--on-error", "skip", "--max-rejects", &shown, "--rejects", "bad", "--stats", "stats"];
        let mut before = None;
        for way in WAYS {
            let ran = env.run(&[&["-i", "in.jsonl", "-o", "out"], &skip[..], way].concat()).fails();
            let last = &rejects[limit];
            ran.says(&format!(
                "more than {limit} rejected records (--max-rejects); the last one was\nin.jsonl:{}: ",
                last["line"]
            ));
            let told = env.bytes("bad");
            assert_eq!(told.split_inclusive(|&byte| byte == b'\n').count(), limit + 1, "{way:?}");
            let stats = env.json("stats");
            assert_eq!(stats["records"].as_u64().unwrap() + stats["blank"].as_u64().unwrap(), last["line"], "{stats}");
            assert!(before.as_ref().is_none_or(|before| *before == told), "{way:?}: other rejects");
            before = Some(told);
        }
    }
}
