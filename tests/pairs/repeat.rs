//! `--repeat`: all pairs again.

use std::fs;

use oracle::format::{Pairs, Schema};
use support::cli::TestEnv;

use crate::{
    asked::{Asked, args},
    corpus::{SOURCES, answer, input},
};

#[test]
fn all_pairs_come_again() {
    for schema in SOURCES {
        let asked = Asked::pairs(schema, Pairs::NemoRl);
        let input = input(&asked, 60);
        let (flags, made) = (asked.flags(), asked.expected(&[&input]).1);
        let env = TestEnv::with("in", &input);
        for chunk_size in ["1", "1MiB"] {
            let how =
                ["-q", "-i", "in", "-o", "out", "--on-error", "skip", "--repeat", "3", "--chunk-size", chunk_size];
            env.run(&args(&flags, &[&how[..], &["--stats", "stats"]].concat())).succeeds();
            env.assert_file("out", made.rows.repeat(3));
            let stats = env.json("stats");
            let counts = ["rows", "ties", "unpaired", "bytes_out"].map(|name| stats[name].as_u64().expect(name));
            assert_eq!(counts, [made.row_count, made.ties, made.unpaired, 3 * made.rows.len() as u64]);
        }
    }
}

#[test]
fn a_group_does_not_go_on_in_the_next_time() {
    let asked = Asked::pairs(Schema::HelpSteer(None), Pairs::Trl);
    let flags = asked.flags();
    let env = TestEnv::with("one", [answer("A", "a", 1.0), answer("A", "b", 2.0)].concat());
    env.file("alone", answer("A", "a", 1.0)).file("other", answer("A", "b", 2.0));
    for inputs in [&["one"][..], &["alone"], &["alone", "other"]] {
        let bytes: Vec<_> = inputs.iter().map(|name| env.bytes(name)).collect();
        let made = asked.expected(&bytes.iter().map(|bytes| &bytes[..]).collect::<Vec<_>>()).1;
        let how = ["-q", "-o", "out", "--repeat", "2", "--stats", "stats", "--allow-empty"];
        env.run(&args(&flags, &[&how[..], inputs].concat())).succeeds();
        env.assert_file("out", made.rows.repeat(2));
        let counts = (env.json("stats")["rows"].as_u64(), env.json("stats")["unpaired"].as_u64());
        assert_eq!(counts, (Some(made.row_count), Some(made.unpaired)), "{inputs:?}");
        fs::remove_file(env.path("out")).unwrap();
    }
}
