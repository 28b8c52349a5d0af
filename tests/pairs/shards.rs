//! `--shard`: all shards one after the other are the whole, and a group is in the shard in which its first record begins.

use oracle::format::{Pairs, Schema};
use serde_json::Value;
use support::cli::{TestEnv, assert_same};

use crate::{
    asked::{Asked, args},
    corpus::{SOURCES, answer, input},
};

/// All records of a shard may be bad ones.
const SKIP: [&str; 8] = ["-q", "--on-error", "skip", "--rejects", "rejects", "--stats", "stats", "--allow-empty"];

/// What a run leaves.
struct Left {
    rows: Vec<u8>,
    rejects: Vec<u8>,
    stats: Value,
}

fn run(env: &TestEnv, asked: &Asked, more: &[&str]) -> Left {
    let flags = asked.flags();
    env.run(&args(&flags, &[&SKIP[..], &["-o", "out"], more].concat())).succeeds();
    Left { rows: env.bytes("out"), rejects: env.bytes("rejects"), stats: env.json("stats") }
}

fn shards(env: &TestEnv, asked: &Asked, count: usize, more: &[&str]) -> Vec<Left> {
    let shard = |index| run(env, asked, &[&["--shard", &format!("{index}/{count}")], more].concat());
    (0..count).map(shard).collect()
}

/// The counts that are those of the whole if they are added up.
const COUNTS: [&str; 9] =
    ["records", "rows", "blank", "too_long", "ties", "unpaired", "below_margin", "unlabelled", "bytes_out"];

#[track_caller]
fn are_the_whole(what: &str, shards: &[Left], whole: &Left) {
    let all = |part: fn(&Left) -> &[u8]| shards.iter().flat_map(part).copied().collect::<Vec<_>>();
    assert_same(&format!("{what}: the rows"), &whole.rows, &all(|left| &left.rows));
    assert_same(&format!("{what}: the rejects"), &whole.rejects, &all(|left| &left.rejects));
    for count in COUNTS {
        let number = |left: &Left| left.stats[count].as_u64().unwrap_or_else(|| panic!("{count}: {}", left.stats));
        assert_eq!(shards.iter().map(number).sum::<u64>(), number(whole), "{what}: {count}");
    }
}

#[test]
fn all_shards_together_are_the_whole() {
    for schema in SOURCES {
        let asked = Asked::pairs(schema, Pairs::Swift);
        let input = input(&asked, 60);
        let env = TestEnv::with("in", &input);
        let whole = run(&env, &asked, &["in"]);
        assert_same("the whole", asked.rows(&input).as_bytes(), &whole.rows);
        for count in [1, 2, 3, 7, 50] {
            for more in [&[][..], &["--no-mmap"], &["--chunk-size", "1"]] {
                let shards = shards(&env, &asked, count, &[&["in"], more].concat());
                are_the_whole(&format!("{:?}, {count} shards, {more:?}", asked.schema), &shards, &whole);
            }
        }
    }
}

#[test]
fn there_may_be_more_shards_than_groups_and_lines() {
    let asked = Asked::pairs(Schema::HelpSteer(None), Pairs::Trl);
    let group = |prompt: &str| [4.0, 1.0, 3.0].map(|score| answer(prompt, "a", score)).concat();
    for input in [
        [group("A"), "{}\n\n".to_owned(), group("B")].concat(),
        group("A"),
        ["{}\n\n", &group("A"), "nonsense"].concat(),
        ["\u{feff}", &group("A"), &group("B"), &group("A")].concat(),
        "{}\n{}\n".to_owned(),
        "\n\n".to_owned(),
        String::new(),
    ] {
        let env = TestEnv::with("in", &input);
        let more = ["in"];
        let whole = run(&env, &asked, &more);
        for count in [2, 7, 50, 1000] {
            let step = if count == 1000 { 37 } else { 1 };
            let what = format!("{input:?}, {count} shards");
            if step == 1 {
                are_the_whole(&what, &shards(&env, &asked, count, &more), &whole);
                continue;
            }
            // Of very many some: none of them has a part of a group.
            let rows = String::from_utf8(whole.rows.clone()).unwrap();
            for index in (0..count).step_by(step) {
                let left = run(&env, &asked, &[&["--shard", &format!("{index}/{count}")], &more[..]].concat());
                let part = String::from_utf8(left.rows).unwrap();
                assert!(rows.contains(&part), "{what}: {part}");
                assert_eq!(left.stats["unpaired"], 0, "{what}");
            }
        }
    }
}

/// Where the first record of each group begins. What is a good record, the oracle knows; prompts are read by serde_json.
fn group_starts(asked: &Asked, input: &[u8]) -> Vec<usize> {
    let (mut starts, mut last, mut at) = (Vec::new(), None, 0);
    for line in input.split_inclusive(|&byte| byte == b'\n') {
        if asked.expected(&[line]).1.unpaired == 1 {
            let record: Value = serde_json::from_slice(line).unwrap();
            let prompt = record["prompt"].as_str().map(str::to_owned);
            if prompt != last {
                starts.push(at);
                last = prompt;
            }
        }
        at += line.len();
    }
    starts
}

#[test]
fn a_group_is_in_the_shard_in_which_its_first_record_begins() {
    let asked = Asked::pairs(Schema::HelpSteer(None), Pairs::Trl);
    let input = input(&asked, 40);
    let env = TestEnv::with("in", &input);
    let starts = group_starts(&asked, &input);
    assert!(starts.len() > 10);
    for count in [2, 3, 7, 50] {
        // The first group that begins at a shard's bound or behind it. Before the first group there is only the first shard.
        let start = |index: usize| match input.len() * index / count {
            0 => 0,
            bound => starts.iter().copied().find(|&start| start >= bound).unwrap_or(input.len()),
        };
        for (index, left) in shards(&env, &asked, count, &["in"]).iter().enumerate() {
            let lines = &input[start(index)..start(index + 1)];
            let what = format!("shard {index}/{count}");
            assert_same(&what, asked.rows(lines).as_bytes(), &left.rows);
            let (converted, made) = asked.format.file(&asked.schema, lines);
            let counts = ["records", "unpaired", "ties"].map(|count| left.stats[count].as_u64().unwrap());
            assert_eq!(counts, [converted.records, made.unpaired, made.ties], "{what}");
        }
    }
}

#[test]
fn a_group_may_lie_in_many_shards_and_several_inputs() {
    let asked = Asked::pairs(Schema::HelpSteer(None), Pairs::LlamaFactory);
    let long: String = (0..40).map(|number| answer("A", &format!("answer {number}"), f64::from(number % 7))).collect();
    let inputs = [&long, "", &[&*long, &answer("B", "", 1.0)].concat(), &answer("B", "b", 2.0)].map(str::to_owned);
    let names = ["a", "empty", "b", "c"];
    let env = TestEnv::new();
    for (name, input) in names.iter().zip(&inputs) {
        env.file(name, input);
    }
    let whole = run(&env, &asked, &names);
    let bytes = inputs.each_ref().map(String::as_bytes);
    assert_same("the whole", asked.expected(&bytes).1.rows.as_bytes(), &whole.rows);
    assert_eq!(whole.stats["rows"], 2);
    for count in [2, 3, 7, 50] {
        let shards = shards(&env, &asked, count, &names);
        are_the_whole(&format!("{count} shards"), &shards, &whole);
        let rows: Vec<_> = shards.iter().map(|left| left.stats["rows"].as_u64()).collect();
        assert_eq!(rows[0], Some(1), "all answers to A are in the first shard: {rows:?}");
    }
}
