//! Whole runs: rows of several formats, however the input is packed, cut, shared among threads and repeated, and
//! wherever the rows go.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    num::NonZeroU64,
    path::{Path, PathBuf},
};

use fastrand::Rng;
use flate2::{Compression, write::GzEncoder};
use oracle::{
    Converted,
    format::{Format, Made, Prompt, Schema, Template},
};
use steer2reg::{Config, ErrorKind, Input, OnError, Output, Parser, Summary};
use support::from_oracle;

const THREADS: [usize; 3] = [1, 2, 8];
const CHUNK_SIZES: [usize; 4] = [1, 700, 16 << 10, 1 << 20];

const FORMS: [Schema; 7] = [
    Schema::Sft,
    Schema::HelpSteer(None),
    Schema::Preference(None),
    Schema::Preference(Some("train")),
    Schema::Preference(Some("val")),
    Schema::HelpSteer3,
    Schema::Oasst,
];

/// Formats that have nothing in common.
fn formats() -> Vec<Format> {
    let names = |names: &[&str]| names.iter().copied().map(str::to_owned).collect();
    let around = |before: &str, after: &str| (before.to_owned(), after.to_owned());
    let inst = Template {
        begin: "<s>[INST]\"".to_owned(),
        system: around("\\", "\n---\n"),
        none: String::new(),
        user: around("User: ", "\n\n"),
        assistant: around("", "\t"),
        tool: Some(around("Tool: ", "\n")),
        end: "é😀".to_owned(),
        trim: true,
    };
    let yes_or_no = vec![("yes".to_owned(), 1.0), ("no".to_owned(), 0.0)];
    vec![
        Format { split_embedded_turns: Some(true), last_labelled_only: true, ..Format::original() },
        Format {
            attributes: names(&["helpfulness", "quality", "a\"b", "toxicity"]),
            missing: 0.0,
            words: yes_or_no.clone(),
            prompt: Prompt::None,
            has_messages: true,
            has_columns: true,
            range: Some((1.0, 3.0)),
            max_chars: Some(90),
            ..Format::original()
        },
        Format {
            attributes: names(&["text\n", "quality", "humor", "helpfulness", "creativity", "toxicity"]),
            words: yes_or_no.clone(),
            prompt: Prompt::Text(" Be kind. \n".to_owned()),
            template: inst.clone(),
            has_columns: true,
            strict: true,
            range: Some((0.0, 4.0)),
            last_labelled_only: true,
            ..Format::original()
        },
        Format {
            attributes: names(&["helpfulness", "quality"]),
            missing: -1.0,
            words: yes_or_no,
            template: inst,
            roles: vec![("tool".to_owned(), "tool"), ("b".to_owned(), "user")],
            trim_labels: true,
            max_chars: Some(200),
            ..Format::original()
        },
    ]
}

/// Content of turns, often with embedded turns, rarely so long that rows share it in memory.
fn said(random: &mut Rng) -> String {
    const PIECES: [&str; 14] = [
        "Hello",
        " ",
        "\n",
        "é😀",
        "\"",
        "\\",
        "\u{3000}",
        "\\n<extra_id_1>User\n",
        "n",
        "\n<extra_id_1>User\n",
        "\n<extra_id_1>Assistant\n",
        "\n<extra_id_1>User\n",
        "\t",
        "<extra_id_1>Assistant\n",
    ];
    let said: String = (0..random.usize(..7)).map(|_| PIECES[random.usize(..PIECES.len())]).collect();
    if random.u8(..60) == 0 { said.repeat(150) } else { said }
}

/// A JSON string, spelled as Python does or with escapes alone.
fn spelled(random: &mut Rng, text: &str) -> String {
    if random.bool() {
        return serde_json::to_string(text).unwrap();
    }
    let escapes: Vec<_> = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    format!("\"{}\"", escapes.concat())
}

fn said_spelled(random: &mut Rng) -> String {
    let said = said(random);
    spelled(random, &said)
}

fn score(random: &mut Rng) -> &'static str {
    random.choice(["0", "1", "2", "3", "4", "4", "2.5", "-1", "7"]).unwrap()
}

fn label(random: &mut Rng, format: &Format) -> String {
    let part = |random: &mut Rng| {
        let name = if random.u8(..10) == 0 {
            ["fluency", " quality"][random.usize(..2)].to_owned()
        } else {
            random.choice(&format.attributes).unwrap().clone()
        };
        let score = if !format.words.is_empty() && random.u8(..3) == 0 { "yes" } else { score(random) };
        format!("{name}:{score}")
    };
    (0..random.usize(1..4)).map(|_| part(random)).collect::<Vec<_>>().join(",")
}

/// Mostly the user or the assistant.
fn speaker(random: &mut Rng) -> &'static str {
    match random.u8(..40) {
        0 => "system",
        1 => "tool",
        2 => "b",
        other => ["U", "A"][usize::from(other % 2)],
    }
}

fn record(random: &mut Rng, format: &Format, schema: &Schema) -> String {
    match schema {
        Schema::Sft => {
            let turn = |random: &mut Rng| {
                let label = if random.bool() { label(random, format) } else { String::new() };
                let (from, value, label) = (speaker(random), said_spelled(random), spelled(random, &label));
                format!(r#"{{"from": "{from}", "value": {value}, "label": {label}}}"#)
            };
            let turns: Vec<_> = (0..random.usize(..7)).map(|_| turn(random)).collect();
            let system = said_spelled(random);
            format!(r#"{{"system": {system}, "conversations": [{}], "mask": "U"}}"#, turns.join(", "))
        }
        Schema::HelpSteer(_) => {
            let (prompt, response) = (said_spelled(random), said_spelled(random));
            let mut record = format!(r#"{{"prompt": {prompt}, "response": {response}"#);
            for name in &format.attributes {
                let score = if random.u8(..9) == 0 { "\"yes\"" } else { score(random) };
                if random.u8(..4) > 0 {
                    record += &[", ", &spelled(random, name), ": ", score].concat();
                }
            }
            record + "}"
        }
        Schema::Preference(_) => {
            let [prompt, first, second] = [(); 3].map(|()| said_spelled(random));
            let (strength, split) = (score(random), random.choice(["train", "validation"]).unwrap());
            format!(
                r#"{{"prompt": {prompt}, "response_1": {first}, "response_2": {second}, "preference_strength": {strength}, "split": "{split}"}}"#
            )
        }
        Schema::HelpSteer3 => {
            let role = |random: &mut Rng| random.choice(["user", "assistant"]).unwrap();
            let said = |role, random: &mut Rng| format!(r#"{{"role": "{role}", "content": {}}}"#, said_spelled(random));
            let mut context: Vec<_> = (0..random.usize(..5)).map(|_| said(role(random), random)).collect();
            if random.u8(..4) == 0 {
                context.insert(0, said("system", random));
            }
            let ([first, second], strength) = ([(); 2].map(|()| said_spelled(random)), score(random));
            format!(
                r#"{{"context": [{}], "response1": {first}, "response2": {second}, "overall_preference": {strength}}}"#,
                context.join(", ")
            )
        }
        Schema::Oasst => format!(r#"{{"prompt": {}}}"#, message(random, 0)),
    }
}

fn message(random: &mut Rng, depth: usize) -> String {
    let (role, text) = (["prompter", "assistant"][depth % 2], said_spelled(random));
    let label = |random: &mut Rng, name| {
        format!(r#""{name}": {{"value": {}}}"#, random.choice(["0", "0.3", "0.75", "1.0", "2"]).unwrap())
    };
    let labels = match random.u8(..3) {
        0 => String::new(),
        1 => label(random, "creativity"),
        _ => [label(random, "quality"), label(random, "toxicity")].join(", "),
    };
    let most = [3, 2, 2, 1, 0][depth];
    let replies: Vec<_> = (0..random.usize(..=most)).map(|_| message(random, depth + 1)).collect();
    format!(r#"{{"role": "{role}", "text": {text}, "labels": {{{labels}}}, "replies": [{}]}}"#, replies.join(", "))
}

/// A file of records, the first of which is good; among them blank lines and bad ones, which no schema reads.
fn file(random: &mut Rng, format: &Format, schema: &Schema) -> Vec<u8> {
    let mut file = record(random, format, schema).into_bytes();
    for _ in 0..random.usize(16..32) {
        file.extend_from_slice(random.choice(["\n", "\n", "\n", "\r\n", "\n \n"]).unwrap().as_bytes());
        match random.u8(..14) {
            0 => file.extend_from_slice(b"{\"broken\": "),
            1 => file.extend_from_slice(b"\"\xff\""),
            2 => file.extend_from_slice(b"{}"),
            _ => file.extend_from_slice(record(random, format, schema).as_bytes()),
        }
    }
    file
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// How a run goes.
#[derive(Debug, Clone, Copy)]
struct Way {
    threads: usize,
    chunk_size: usize,
    parser: Parser,
    repeat: u64,
    repeat_each: u64,
    is_packed: bool,
    /// Each input has its output.
    each: bool,
}

impl Way {
    /// Some ways, with each combination of what is either this or that.
    fn some(random: &mut Rng) -> Vec<Self> {
        let mut ways = Vec::new();
        for choices in 0..16_u8 {
            let choice = |bit: u8| choices >> bit & 1 == 1;
            ways.push(Self {
                threads: random.choice(THREADS).unwrap(),
                chunk_size: random.choice(CHUNK_SIZES).unwrap(),
                parser: if choice(0) { Parser::Auto } else { Parser::SimdJson },
                repeat: if choice(1) { 1 } else { 3 },
                repeat_each: random.choice([1, 2, 5]).unwrap(),
                is_packed: choice(2),
                each: choice(3),
            });
        }
        ways
    }

    /// Rows, each as often as this way repeats it.
    fn each_repeated(&self, rows: &str) -> String {
        rows.split_inclusive('\n').map(|row| row.repeat(self.repeat_each as usize)).collect()
    }
}

/// Two inputs, and what the oracle makes of them.
struct Files<'a> {
    folder: &'a Path,
    format: &'a Format,
    schema: &'a Schema,
    inputs: [Vec<u8>; 2],
    expected: [(Converted, Made); 2],
}

impl<'a> Files<'a> {
    fn new(folder: &'a Path, format: &'a Format, schema: &'a Schema, random: &mut Rng) -> Self {
        let inputs = [(); 2].map(|()| file(random, format, schema));
        let expected = [&inputs[0], &inputs[1]].map(|input| format.file(schema, input));
        for (name, input) in ["one", "two"].iter().zip(&inputs) {
            fs::write(folder.join(name), input).unwrap();
            fs::write(folder.join(name).with_extension("packed"), packed(input)).unwrap();
        }
        Self { folder, format, schema, inputs, expected }
    }

    fn paths(&self, way: Way) -> [PathBuf; 2] {
        ["one", "two"].map(|name| self.folder.join(name).with_extension(if way.is_packed { "packed" } else { "" }))
    }

    /// Converts in this way, and expects what the oracle has made.
    fn holds(&self, way: Way, is_schema_given: bool) {
        let (output, rejects) = (self.folder.join("output"), self.folder.join("rejects"));
        let config = Config {
            inputs: self.paths(way).map(Input::Path).into(),
            threads: way.threads.try_into().ok(),
            chunk_size: way.chunk_size,
            parser: way.parser,
            repeat: NonZeroU64::new(way.repeat).unwrap(),
            repeat_each: NonZeroU64::new(way.repeat_each).unwrap(),
            on_error: OnError::Skip { rejects: Some(rejects.clone()), max_rejects: None },
            schema: is_schema_given.then(|| from_oracle::schema(self.schema)),
            split: from_oracle::split(self.schema),
            format: from_oracle::format(self.format),
            mmap: support::library::mapped(),
            ..Config::new(
                Input::Stdin,
                if way.each { Output::Directory(output.clone()) } else { Output::Path(output.clone()) },
            )
        };
        let converted = steer2reg::convert(&config);
        if self.format.strict && self.has_dead_attribute() {
            assert!(
                matches!(converted.as_ref().map_err(steer2reg::Error::kind), Err(ErrorKind::UnscoredAttributes(_))),
                "{way:?}: {converted:?}"
            );
            if way.each {
                // Each output appears when it is complete, and this check of the whole comes behind them.
                for (path, (_, made)) in self.paths(way).iter().zip(&self.expected) {
                    let rows = way.each_repeated(&made.rows).repeat(way.repeat as usize);
                    let found = fs::read(output.join(path.file_name().unwrap()));
                    assert!(found.is_ok_and(|found| found == rows.as_bytes()) || made.rows.is_empty(), "{way:?}");
                }
                fs::remove_dir_all(&output).unwrap();
            }
            assert!(!output.exists(), "{way:?}");
            let rejects = fs::read_to_string(rejects).unwrap();
            return self.rejects_hold(&rejects, way);
        }
        let summary = converted.unwrap_or_else(|error| panic!("{way:?}: {error}"));

        let once = self.expected.each_ref().map(|(_, made)| way.each_repeated(&made.rows));
        let rows = once.each_ref().map(|rows| rows.repeat(way.repeat as usize));
        if way.each {
            for (path, rows) in self.paths(way).iter().zip(&rows) {
                let output = output.join(path.file_name().unwrap());
                assert!(fs::read(&output).unwrap() == rows.as_bytes(), "{way:?}: {}", output.display());
            }
            fs::remove_dir_all(&output).unwrap();
        } else {
            // All inputs, and then all of them again.
            assert!(fs::read(&output).unwrap() == once.concat().repeat(way.repeat as usize).as_bytes(), "{way:?}");
            fs::remove_file(&output).unwrap();
        }
        assert_eq!(summary.bytes_out, rows.iter().map(|rows| rows.len() as u64).sum::<u64>(), "{way:?}");
        assert_eq!(
            (summary.repeat, summary.repeat_each, &*summary.schemas),
            (way.repeat, way.repeat_each, &[from_oracle::schema(self.schema)][..]),
            "{way:?}"
        );
        if !way.is_packed {
            assert_eq!(summary.bytes_in, self.inputs.iter().map(|input| input.len() as u64).sum::<u64>(), "{way:?}");
        }
        self.counts_hold(&summary, way);
        self.rejects_hold(&fs::read_to_string(rejects).unwrap(), way);
    }

    /// True if one of the attributes has no score in any row.
    fn has_dead_attribute(&self) -> bool {
        let all: Vec<_> = self.expected.iter().flat_map(|(_, made)| &made.scores).collect();
        !all.is_empty()
            && (0..self.format.attributes.len()).any(|index| all.iter().all(|scores| scores[index].is_none()))
    }

    /// The counts are those of once.
    fn counts_hold(&self, summary: &Summary, way: Way) {
        let sum = |count: fn(&(Converted, Made)) -> u64| self.expected.iter().map(count).sum::<u64>();
        let counts = &summary.counts;
        for (name, found, expected) in [
            ("records", counts.records, sum(|(converted, _)| converted.records)),
            ("blank", counts.blank, sum(|(converted, _)| converted.blank)),
            ("rejected", counts.rejected.total(), sum(|(converted, _)| converted.rejected.len() as u64)),
            ("rows", counts.rows, sum(|(_, made)| made.row_count)),
            ("unlabelled", counts.unlabelled, sum(|(_, made)| made.unlabelled)),
            ("other split", counts.other_split, sum(|(_, made)| made.other_split)),
            ("too long", counts.too_long, sum(|(_, made)| made.too_long)),
            ("unscored", counts.unscored, sum(|(_, made)| made.unscored)),
            ("unknown", counts.unknown_attributes, sum(|(_, made)| made.unknown_attributes)),
            ("out of range", counts.out_of_range, sum(|(_, made)| made.out_of_range)),
            ("no user", counts.no_user_turn, sum(|(_, made)| made.no_user_turn)),
        ] {
            assert_eq!(found, expected, "{name}: {way:?}, {:?}", self.schema);
        }
        let mut unknown = BTreeMap::<_, u64>::new();
        let mut speakers = BTreeMap::<_, u64>::new();
        for (_, made) in &self.expected {
            made.unknown_names.iter().for_each(|(name, count)| *unknown.entry(&**name).or_default() += count);
            made.other_speakers.iter().for_each(|(name, count)| *speakers.entry(&**name).or_default() += count);
        }
        assert_eq!(counts.unknown_attribute_names.names().collect::<BTreeMap<_, _>>(), unknown, "{way:?}");
        assert_eq!(counts.other_speakers.names().collect::<BTreeMap<_, _>>(), speakers, "{way:?}");
        assert_eq!(summary.attributes.len(), self.format.attributes.len());
        for (index, (name, attribute)) in summary.attributes.iter().enumerate() {
            assert_eq!(*name, self.format.attributes[index]);
            let scores = self.expected.iter().flat_map(|(_, made)| &made.scores).map(|scores| scores[index]);
            let scores: Vec<f64> = scores.flatten().collect();
            assert_eq!(
                (attribute.count, attribute.count + attribute.missing),
                (scores.len() as u64, counts.rows),
                "{way:?}"
            );
            assert_eq!(attribute.min(), scores.iter().copied().reduce(f64::min), "{way:?}");
            assert_eq!(attribute.max(), scores.iter().copied().reduce(f64::max), "{way:?}");
        }
    }

    /// So are the rejects, with their places.
    fn rejects_hold(&self, rejects: &str, way: Way) {
        let rejects: Vec<serde_json::Value> = rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let found: Vec<_> = rejects
            .iter()
            .map(|reject| {
                (reject["file"].as_str(), reject["line"].as_u64(), reject["byte"].as_u64(), reject["kind"].as_str())
            })
            .collect();
        let paths = self.paths(way).map(|path| path.display().to_string());
        let mut expected = Vec::new();
        for (path, (converted, _)) in paths.iter().zip(&self.expected) {
            for rejected in &converted.rejected {
                expected.push((Some(&**path), Some(rejected.line), Some(rejected.byte), Some(&*rejected.kind)));
            }
        }
        assert_eq!(found, expected, "{way:?}");
    }
}

#[test]
fn every_way_gives_the_oracle_s_rows_counts_and_rejects() {
    let mut random = Rng::with_seed(3);
    let mut all = Made::default();
    for format in formats() {
        for schema in FORMS {
            // Pairs are texts.
            let has_pairs = matches!(schema, Schema::Preference(_) | Schema::HelpSteer3);
            let (has_messages, has_columns) = (format.has_messages && !has_pairs, format.has_columns && !has_pairs);
            let format = Format { has_messages, has_columns, ..format.clone() };
            let folder = tempfile::tempdir().unwrap();
            let files = Files::new(folder.path(), &format, &schema, &mut random);
            let mut ways = Way::some(&mut random);
            if schema != Schema::Sft {
                random.shuffle(&mut ways);
                ways.truncate(6);
            }
            for way in ways {
                files.holds(way, random.bool());
            }
            for (_, made) in &files.expected {
                all.row_count += made.row_count;
                all.too_long += made.too_long;
                all.unscored += made.unscored;
                all.unknown_attributes += made.unknown_attributes;
                all.out_of_range += made.out_of_range;
            }
        }
    }
    let counts = [all.row_count, all.too_long, all.unscored, all.unknown_attributes, all.out_of_range];
    assert!(counts.iter().all(|&count| count > 10), "the files have something of everything: {counts:?}");
}

#[test]
fn the_record_s_own_prompt_may_be_another_in_each_line() {
    let mut random = Rng::with_seed(4);
    for (schema, has_messages) in [(Schema::Sft, false), (Schema::Sft, true), (Schema::HelpSteer3, false)] {
        for format in formats() {
            let has_columns = format.has_columns && schema == Schema::Sft;
            let format = Format { prompt: Prompt::Record, has_messages, has_columns, ..format };
            let folder = tempfile::tempdir().unwrap();
            let files = Files::new(folder.path(), &format, &schema, &mut random);
            let mut ways = Way::some(&mut random);
            random.shuffle(&mut ways);
            for &way in &ways[..6] {
                files.holds(way, true);
            }
        }
    }
}
