//! Memory, with an allocator that counts: a converter allocates nothing once it has seen lines of a kind, and the
//! rows of a long conversation are never all in memory.

mod counting;

use std::fs;

use steer2reg::{
    Compression, Config, Converter, Input, OnError, Output, Parser, RowFormat, Schema, SystemPrompt, SystemTemplate,
    Template, TurnTemplate,
};
use support::library::mapped;

use counting::{Memory, alone};

const LINES: usize = 300;

/// Lines of every length and spelling, none of them refused.
fn varied_lines() -> Vec<String> {
    (0..LINES).map(varied_line).collect()
}

fn varied_line(number: usize) -> String {
    let texts = ["plain", r#"say \"hi\"\n"#, r"\u0434\u0430 \/ \ud83d\ude00", "да, 世界 😀", ""];
    let labels = [r#""quality:4""#, "null", r#""helpfulness:3.25,humor: 1e-05 ,fluency:x""#, "0", r#""humor:\u0031""#];
    let turn = |turn: usize| {
        let text = texts[(number + turn) % texts.len()].repeat(1 + number * turn % 40);
        let label = labels[(number * 7 + turn * 3) % labels.len()];
        format!(r#"{{"value": "{text}", "from": "{}", "label": {label}}}"#, ["User", "Bot"][turn % 2])
    };
    // One turn, two turns, up to forty.
    let turns: Vec<_> = (0..[1, 2, 2, 7, 40][number % 5]).map(turn).collect();
    // Something for simd-json alone now and then.
    let other = [r#""id": 7"#, r#""tags": [["a"], {"b": 1.5}]"#, r#""mask": 3"#][number % 3];
    format!(r#"{{{other}, "conversations": [{}], "mask": "User"}}"#, turns.join(", "))
}

/// Converts all lines, and returns how many rows there were.
fn convert(converter: &mut Converter, lines: &[String], out: &mut Vec<u8>) -> u64 {
    let mut rows = 0;
    for line in lines {
        out.clear();
        rows += converter.convert(line.as_bytes(), out).expect("the lines are good");
    }
    rows
}

fn nothing_is_allocated_the_second_time(memory: &Memory, parser: Parser) {
    nothing_is_allocated_for(memory, &varied_lines(), support::converter(parser));
}

fn nothing_is_allocated_for(memory: &Memory, lines: &[String], mut converter: Converter) {
    let mut out = Vec::new();
    let rows = convert(&mut converter, lines, &mut out);
    assert!(rows > LINES as u64 / 2, "there is something to convert");

    let before = memory.allocations();
    let again = convert(&mut converter, lines, &mut out);
    let allocations = memory.allocations() - before;

    assert_eq!(again, rows);
    assert_eq!(allocations, 0, "for {LINES} lines");
}

#[test]
fn the_counter_counts() {
    alone(|memory| {
        let before = memory.allocations();
        let mut vector: Vec<u8> = Vec::with_capacity(std::hint::black_box(10));
        vector.reserve_exact(std::hint::black_box(1000));
        assert_eq!(memory.allocations() - before, 2);
    });
}

#[test]
fn a_converter_that_may_pass_strings_through_allocates_nothing_in_the_steady_state() {
    alone(|memory| {
        nothing_is_allocated_the_second_time(memory, Parser::Auto);
    });
}

#[test]
fn a_converter_with_simd_json_allocates_nothing_in_the_steady_state() {
    alone(|memory| {
        nothing_is_allocated_the_second_time(memory, Parser::SimdJson);
    });
}

#[test]
fn helpsteer_records_need_no_allocation_either() {
    alone(|memory| {
        let line = |number: usize| {
            let text =
                ["plain", r#"say \"hi\"\n"#, r"\u0434\u0430 \/ \ud83d\ude00"][number % 3].repeat(1 + number % 40);
            let score = ["3", "3.25", "-0", "1e-5", "123456789"][number % 5];
            format!(r#"{{"prompt": "{text}", "response": "{text}", "helpfulness": {score}, "verbosity": 2}}"#)
        };
        let lines: Vec<_> = (0..LINES).map(line).collect();
        for parser in [Parser::Auto, Parser::SimdJson] {
            nothing_is_allocated_for(
                memory,
                &lines,
                Converter::builder().parser(parser).schema(Schema::HelpSteer).build().unwrap(),
            );
        }
    });
}

#[test]
fn comparisons_need_no_allocation_either() {
    alone(|memory| {
        let line = |number: usize| {
            let text =
                ["plain", r#"say \"hi\"\n"#, r"\u0434\u0430 \/ \ud83d\ude00"][number % 3].repeat(1 + number % 40);
            let message = |role| format!(r#"{{"role": "{role}", "content": "{text}"}}"#);
            let context = [message("user"), message("assistant")].join(", ");
            let strength = ["-3", "0", "-0", "1e-5", "2.5"][number % 5];
            let opinions = format!(r#"[{{"score": {strength}, "reasoning": "{text}"}}]"#);
            format!(
                r#"{{"context": [{context}], "response1": "{text}", "response2": "{text}", "overall_preference": {strength}, "individual_preference": {opinions}}}"#
            )
        };
        let lines: Vec<_> = (0..LINES).map(line).collect();
        for parser in [Parser::Auto, Parser::SimdJson] {
            let converter = Converter::builder().parser(parser).schema(Schema::HelpSteer3).build().unwrap();
            nothing_is_allocated_for(memory, &lines, converter);
        }
    });
}

#[test]
fn conversations_that_share_their_beginnings_are_never_all_in_memory() {
    alone(|memory| {
        // A chain of messages with a leaf beside each: as many conversations as messages, all as long as the chain.
        const DEPTH: usize = 500;
        let message = |role: &str| {
            let labels = r#""labels": {"quality": {"value": 1}}"#;
            format!(r#"{{"role": "{role}", "text": "some text", {labels}, "replies": ["#)
        };
        let leaf = message("assistant") + "]}";
        for before in [leaf.clone() + ",", String::new()] {
            let behind = if before.is_empty() { ",".to_owned() + &leaf } else { String::new() };
            let open: Vec<_> = (0..DEPTH).map(|number| message(["prompter", "assistant"][number % 2])).collect();
            let close = "]}".to_owned() + &(behind + "]}").repeat(DEPTH - 1);
            let line = open.join(&before) + &close;
            let folder = tempfile::tempdir().unwrap();
            let input = folder.path().join("input.jsonl");
            fs::write(&input, &line).unwrap();

            let output = Output::Path("/dev/null".into());
            let config =
                Config { schema: Some(Schema::Oasst), mmap: mapped(), ..Config::new(Input::Path(input), output) };
            let summary = steer2reg::convert(&config).unwrap();
            assert!(summary.bytes_out > 1000 * line.len() as u64, "there is more output than there should be memory");
            let largest = memory.largest();
            assert!(largest < 20 * line.len(), "{largest} bytes at once for {} bytes of input", line.len());
        }
    });
}

#[test]
fn the_rows_of_a_long_conversation_are_never_all_in_memory() {
    alone(|memory| {
        const TURNS: usize = 3000;
        let folder = tempfile::tempdir().unwrap();
        for value in ["", "a", "a sentence of some length"] {
            let turn = format!(r#"{{"from": "A", "value": "{value}", "label": "humor:1"}}"#);
            let turns = vec![turn; TURNS].join(",");
            let line = format!(r#"{{"conversations": [{turns}], "mask": "B"}}"#);
            let input = folder.path().join("input.jsonl");
            fs::write(&input, &line).unwrap();

            let summary =
                steer2reg::convert(&Config { mmap: mapped(), ..Config::new(Input::Path(input), Output::Check) })
                    .unwrap();
            assert!(summary.bytes_out > 500 * line.len() as u64, "there is more output than there should be memory");
            let largest = memory.largest();
            assert!(largest < 20 * line.len(), "{value:?}: {largest} bytes at once for {} bytes of input", line.len());
        }
    });
}

/// Also if they are compressed, and much longer than what the compression looks back at.
#[test]
fn rows_that_are_repeated_in_place_are_held_once() {
    alone(|memory| {
        let turn = r#"{"from": "A", "value": "a sentence of some length", "label": "humor:1"}"#;
        let short = format!("{{\"conversations\": [{turn}], \"mask\": \"B\"}}\n").repeat(2000);
        let long = format!(r#"{{"conversations": [{}], "mask": "B"}}"#, vec![turn; 300].join(","));
        let leaf = r#"{"role": "assistant", "text": "some text", "labels": {"quality": {"value": 1}}, "replies": []}"#;
        let tree = r#"{"prompt": {"role": "prompter", "text": "some text", "replies": ["#;
        let tree = format!("{tree}{}]}}}}", vec![leaf; 1000].join(","));
        let mut random = fastrand::Rng::with_seed(5);
        let random: String = (0..3 << 20).map(|_| random.alphanumeric()).collect();
        let random =
            format!(r#"{{"conversations": [{}], "mask": "B"}}"#, turn.replace("a sentence of some length", &random));
        let folder = tempfile::tempdir().unwrap();
        for (line, times, compression) in [
            (&short, 1000, Compression::None),
            (&long, 1000, Compression::None),
            (&tree, 1000, Compression::None),
            (&random, 1000, Compression::None),
            (&short, 300, Compression::Zstd),
            (&random, 30, Compression::Zstd),
        ] {
            let input = folder.path().join("input.jsonl");
            fs::write(&input, line).unwrap();
            let config = Config {
                mmap: mapped(),
                repeat_each: times.try_into().unwrap(),
                compression: Some(compression),
                ..Config::new(Input::Path(input), Output::Path("/dev/null".into()))
            };
            let summary = steer2reg::convert(&config).unwrap();
            assert!(summary.bytes_out >= times * line.len() as u64, "there is more output than there should be memory");
        }
        let (largest, held) = (memory.largest(), random.len());
        assert!(largest < 3 * held, "{largest} bytes at once for {held} bytes of rows");
    });
}

/// What stands before the first turn may be the longest part of a row, and turns may be hidden in it.
#[test]
fn rows_that_share_a_long_beginning_are_never_all_in_memory() {
    alone(|memory| {
        let turn = r#"{"from": "A", "value": "", "label": "humor:1"}"#;
        let own = format!(
            r#"{{"system": "{}", "conversations": [{}], "mask": "B"}}"#,
            "s".repeat(200_000),
            vec![turn; 500].join(",")
        );
        let begin = format!(r#"{{"conversations": [{}], "mask": "B"}}"#, vec![turn; 2000].join(","));
        let hidden = r"\n<extra_id_1>User\n".repeat(1000);
        let hidden = format!(
            r#"{{"conversations": [{{"from": "B", "value": "{hidden}"}}, {}], "mask": "B"}}"#,
            vec![turn; 500].join(",")
        );
        let around = TurnTemplate { before: String::new(), after: String::new() };
        let system = SystemTemplate { before: String::new(), after: String::new(), none: String::new() };
        let bare = Template {
            begin: "b".repeat(10_000),
            system,
            user: around.clone(),
            assistant: around,
            ..Template::default()
        };
        let long = Template {
            user: TurnTemplate { before: "u".repeat(100), after: String::new() },
            begin: String::new(),
            ..bare.clone()
        };
        let formats = [
            (own, RowFormat { system: Some(SystemPrompt::Record), ..RowFormat::default() }),
            (begin, RowFormat { template: bare, ..RowFormat::default() }),
            (hidden, RowFormat { template: long, ..RowFormat::default() }),
        ];
        for (number, (line, format)) in formats.into_iter().enumerate() {
            let folder = tempfile::tempdir().unwrap();
            let input = folder.path().join("input.jsonl");
            fs::write(&input, &line).unwrap();
            let config = Config { format, mmap: mapped(), ..Config::new(Input::Path(input), Output::Check) };
            let summary = steer2reg::convert(&config).unwrap();
            assert!(
                summary.bytes_out > 100 * line.len() as u64,
                "{number}: there is more output than there should be memory"
            );
            let largest = memory.largest();
            assert!(largest < 20 * line.len(), "{number}: {largest} bytes at once for {} bytes of input", line.len());
        }
    });
}

/// A rejection has a reason, which is much longer than the shortest lines.
#[test]
fn the_rejections_of_a_chunk_are_never_all_in_memory() {
    alone(|memory| {
        const LINES: usize = 20_000;
        let folder = tempfile::tempdir().unwrap();
        let (input, rejects) = (folder.path().join("input.jsonl"), folder.path().join("rejects.jsonl"));
        fs::write(&input, "x\n".repeat(LINES)).unwrap();
        let config = Config {
            schema: Some(Schema::Sft),
            on_error: OnError::Skip { rejects: Some(rejects.clone()), max_rejects: None },
            allow_empty: true,
            threads: 2.try_into().ok(),
            ..Config::new(Input::Path(input), Output::Check)
        };
        let summary = steer2reg::convert(&config).unwrap();
        assert_eq!(summary.counts.rejected.total(), LINES as u64);
        let most = memory.most_held();
        assert!(most < 2 << 20, "{most} bytes");
        assert_eq!(fs::read_to_string(rejects).unwrap().lines().count(), LINES);
    });
}
