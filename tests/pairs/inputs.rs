//! Several inputs, and inputs that are packed.

use std::io::{Read, Write};

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use oracle::format::{Pairs, Schema};
use serde_json::json;
use support::cli::TestEnv;

use crate::{
    asked::{Asked, LAYOUTS, args},
    corpus::{SOURCES, answer, comparison, input},
};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

const SKIP: [&str; 3] = ["-q", "--on-error", "skip"];

#[test]
fn packed_inputs_and_pipes_give_the_same_pairs() {
    for schema in SOURCES {
        for (layout, _) in LAYOUTS {
            let asked = Asked::pairs(schema.clone(), layout);
            let input = input(&asked, 80);
            let (rows, flags) = (asked.rows(&input), asked.flags());
            let env = TestEnv::with("in", &input);
            env.file("in.gz", gzip(&input)).file("in.zst", zstd(&input));
            // An archive of two members, cut in the middle of a line.
            let (first, second) = input.split_at(input.len() / 2);
            env.file("two.gz", [gzip(first), gzip(second)].concat());
            for name in ["in", "in.gz", "in.zst", "two.gz"] {
                for chunk_size in ["1", "1KiB", "4MiB"] {
                    let how = ["-i", name, "-o", "-", "--chunk-size", chunk_size];
                    env.run(&args(&flags, &[&SKIP[..], &how].concat())).succeeds().prints(&rows);
                }
                let how = args(&flags, &[&SKIP[..], &["-i", "-", "-o", "-"]].concat());
                env.run_with_stdin(&how, env.bytes(name)).succeeds().prints(&rows);
            }
            let how = args(&flags, &[&SKIP[..], &["-i", "in", "-o", "out.gz"]].concat());
            env.run(&how).succeeds();
            let mut unpacked = String::new();
            MultiGzDecoder::new(&*env.bytes("out.gz")).read_to_string(&mut unpacked).unwrap();
            assert_eq!(unpacked, rows);
        }
    }
}

/// Inputs in which groups go on from one to the next.
fn parts() -> [String; 4] {
    let [a, b, c, d, e] = [("A", 1.0), ("A", 3.0), ("A", 0.0), ("B", 1.0), ("B", 2.0)]
        .map(|(prompt, score)| answer(prompt, &format!("{prompt} {score}"), score));
    [a, [b, "\n".to_owned()].concat(), "\u{feff}\n".to_owned() + &c + &d, e.trim_end().to_owned()]
}

#[test]
fn a_group_goes_on_in_the_next_input() {
    let asked = Asked::pairs(Schema::HelpSteer(None), Pairs::Trl);
    let (parts, names) = (parts(), ["0", "1", "2", "3"]);
    let env = TestEnv::new();
    for (name, part) in names.iter().zip(&parts) {
        env.file(name, part).file(&format!("{name}.gz"), gzip(part.as_bytes()));
    }
    let expected = asked.expected(&parts.each_ref().map(String::as_bytes)).1;
    assert_eq!((expected.row_count, expected.unpaired), (2, 0));
    let flags = asked.flags();
    for chunk_size in ["1", "1MiB"] {
        let how = ["-q", "-o", "-", "--chunk-size", chunk_size];
        let plain = args(&flags, &[&how[..], &names].concat());
        env.run(&plain).succeeds().prints(&expected.rows);
        let packed = args(&flags, &[&how[..], &["0", "1.gz", "2.gz", "3"]].concat());
        env.run(&packed).succeeds().prints(&expected.rows);
        let piped = args(&flags, &[&how[..], &["0", "1", "-", "3"]].concat());
        env.run_with_stdin(&piped, &parts[2]).succeeds().prints(&expected.rows);
    }
}

#[test]
fn a_group_ends_with_its_input_where_each_has_an_output() {
    let asked = Asked::pairs(Schema::HelpSteer(None), Pairs::Trl);
    let parts =
        [parts()[..2].concat(), parts()[1].clone(), parts()[2].clone(), parts()[3].clone() + "\n" + &parts()[3]];
    let env = TestEnv::new();
    let names = ["0", "1", "2", "3"];
    for (name, part) in names.iter().zip(&parts) {
        env.file(name, part);
    }
    let flags = asked.flags();
    for chunk_size in ["1", "1MiB"] {
        let how = ["-q", "--output-dir", "out", "--stats", "stats", "--chunk-size", chunk_size];
        env.run(&args(&flags, &[&how[..], &names].concat())).succeeds();
        let mut unpaired = 0;
        for (name, part) in names.iter().zip(&parts) {
            let made = asked.format.file(&asked.schema, part.as_bytes()).1;
            env.assert_file(&format!("out/{name}"), &made.rows);
            unpaired += made.unpaired;
        }
        assert_eq!(env.json("stats")["unpaired"], unpaired);
        assert_eq!(unpaired, 3, "the answers in 1, and to each prompt in 2");
    }
}

#[test]
fn inputs_of_two_schemas_have_pairs_or_weighted_scores_in_one_run() {
    let env = TestEnv::with("h3", comparison("a", "b", -1));
    let preference =
        json!({"prompt": "q", "response_1": "a", "response_2": "b", "preference_strength": 2, "split": "x"});
    env.file("h2", preference.to_string());
    let ran = env.run(&["-q", "-i", "h3", "-i", "h2", "-o", "-", "--to", "swift-pairs"]).succeeds();
    assert_eq!(ran.stdout.split_inclusive(|&byte| byte == b'\n').count(), 2);

    let turns = json!([{"from": "Bot", "value": "b", "label": "helpfulness:2,humor:1"}]);
    env.file("sft", json!({"conversations": turns, "mask": "User"}).to_string());
    env.file("scored", json!({"prompt": "q", "response": "b", "helpfulness": 3}).to_string());
    let weighted = ["-q", "-i", "sft", "-i", "scored", "-o", "-", "--weights", "helpfulness=0.5"];
    let ran = env.run(&[&weighted[..], &["--to", "columns"]].concat()).succeeds();
    let scores: Vec<_> =
        String::from_utf8(ran.stdout).unwrap().lines().map(|row| row.rsplit(' ').next().unwrap().to_owned()).collect();
    assert_eq!(scores, ["1.0}", "1.5}"]);

    // Each of the two says why it has no pairs by weights.
    env.run(&["-q", "-i", "scored", "-i", "h3", "-o", "out", "--to", "trl-pairs", "--weights", "helpfulness=1"])
        .fails_with_one_line(&["h3: ", "have no scores to weigh"]);
    env.run(&["-q", "-i", "h3", "-i", "sft", "-o", "out", "--to", "trl-pairs"])
        .fails_with_one_line(&["sft: ", "have no pairs yet"]);
}

#[test]
fn chunks_in_which_no_group_ends_add_nothing_to_an_archive() {
    let answers: String = (0..200).map(|number| answer("A", &format!("answer {number}"), f64::from(number))).collect();
    let env = TestEnv::with("in", answers);
    let one_by_one = ["-q", "-i", "in", "--to", "trl-pairs", "--weights", "helpfulness=1", "--chunk-size", "1B"];
    env.run(&[&one_by_one[..], &["-o", "out.gz"]].concat()).succeeds();
    env.run(&[&one_by_one[..], &["-o", "out"]].concat()).succeeds();
    // A member has 18 bytes around its content.
    assert!(env.bytes("out.gz").len() < env.bytes("out").len() + 100, "{}", env.bytes("out.gz").len());
}
