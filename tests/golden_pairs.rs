//! The golden cases of pairs, weighted scores and HelpSteer3: what CPython makes and spells, from `scripts/cpython_pairs.py`.
//!
//! A case holds for the program, however it cuts the input, and for the oracle.

use std::collections::BTreeMap;

use oracle::format::{Format, Pairs, Prompt, Schema};
use serde::Deserialize;
use support::cli::{TestEnv, assert_same};

const CASES: &str = include_str!("golden_pairs.jsonl");
const NUMBER_OF_CASES: usize = 209;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Those of the command line besides input and output.
    flags: Vec<String>,
    /// Without line feeds, as are the rows.
    lines: Vec<String>,
    rows: Vec<String>,
    /// Those of `--stats` that are not 0.
    counts: BTreeMap<String, u64>,
}

impl Case {
    fn all() -> Vec<Self> {
        let cases: Vec<_> = CASES.lines().map(|case| serde_json::from_str(case).expect("a case")).collect();
        assert_eq!(cases.len(), NUMBER_OF_CASES);
        cases
    }

    fn input(&self) -> String {
        self.lines.join("\n") + "\n"
    }

    fn expected(&self) -> String {
        self.rows.iter().map(|row| row.clone() + "\n").collect()
    }

    fn counts_are<'n>(&self, counts: impl IntoIterator<Item = (&'n str, u64)>) {
        for (name, count) in counts {
            assert_eq!(count, self.counts.get(name).copied().unwrap_or(0), "{}: {name}", self.name);
        }
    }

    /// The flags as the oracle has them.
    fn asked(&self) -> (Schema, Format) {
        let (mut schema, mut format) = (Schema::Sft, Format { prompt: Prompt::OfLayout, ..Format::original() });
        format.missing_is_given = false;
        let mut flags = self.flags.iter();
        while let Some(flag) = flags.next() {
            let mut value = || flags.next().expect("a value").as_str();
            match flag.as_str() {
                "--from" => {
                    schema = match value() {
                        "helpsteer" => Schema::HelpSteer(None),
                        "helpsteer3" => Schema::HelpSteer3,
                        _ => Schema::Preference(None),
                    }
                }
                "--split" => schema = Schema::Preference(Some(if value() == "train" { "train" } else { "val" })),
                "--to" => {
                    let layout = value();
                    (format.has_messages, format.has_columns) =
                        (layout.starts_with("messages"), layout.ends_with("columns"));
                    format.pairs = match layout {
                        "trl-pairs" => Some(Pairs::Trl),
                        "nemo-rl-pairs" => Some(Pairs::NemoRl),
                        "swift-pairs" => Some(Pairs::Swift),
                        "llamafactory-pairs" => Some(Pairs::LlamaFactory),
                        _ => None,
                    };
                }
                "--weights" => {
                    let weights = value().split(',').map(|one| one.split_once('=').expect("a weight"));
                    let weights = weights.map(|(name, weight)| (name.to_owned(), weight.parse().expect("a number")));
                    format.weights = Some(weights.collect());
                }
                "--system" => {
                    format.prompt = match value() {
                        "default" => Prompt::Original,
                        "none" => Prompt::None,
                        "record" => Prompt::Record,
                        text => Prompt::Text(text.strip_prefix("text:").expect("a text").to_owned()),
                    }
                }
                "--min-margin" => format.min_margin = Some(value().parse().expect("a number")),
                "--max-chars" => format.max_chars = Some(value().parse().expect("a number")),
                "--on-error" => assert_eq!(value(), "skip"),
                "--split-embedded-turns=false" => format.split_embedded_turns = Some(false),
                other => panic!("{}: {other}", self.name),
            }
        }
        (schema, format)
    }
}

#[test]
fn the_oracle_holds_every_case() {
    for case in Case::all() {
        let (schema, format) = case.asked();
        let (converted, made) = format.file(&schema, case.input().as_bytes());
        assert_same(&case.name, case.expected().as_bytes(), made.rows.as_bytes());
        case.counts_are([
            ("records", converted.records),
            ("blank", converted.blank),
            ("rejected", converted.rejected.len() as u64),
            ("ties", made.ties),
            ("unpaired", made.unpaired),
            ("below_margin", made.below_margin),
            ("too_long", made.too_long),
            ("other_split", made.other_split),
        ]);
    }
}

#[test]
fn the_program_holds_every_case() {
    let env = TestEnv::new();
    for case in Case::all() {
        env.file("in", case.input());
        for how in [&[][..], &["--chunk-size", "1"], &["--parser", "simd-json"]] {
            let run = ["-q", "-i", "in", "-o", "-", "--stats", "stats", "--allow-empty"];
            let flags = case.flags.iter().map(String::as_str);
            let args: Vec<_> = run.into_iter().chain(flags).chain(how.iter().copied()).collect();
            env.run(&args).succeeds().prints(case.expected());
            let stats = env.json("stats");
            let count = |name: &'static str| (name, stats[name].as_u64().expect(name));
            let counts = ["records", "blank", "ties", "unpaired", "below_margin", "too_long", "other_split"].map(count);
            case.counts_are(counts);
            let rejected = stats["rejected"].as_object().expect("counts by kind").values();
            case.counts_are([("rejected", rejected.map(|count| count.as_u64().expect("a count")).sum())]);
        }
    }
}
