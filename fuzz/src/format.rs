//! A line of any schema to rows of any format: both parsers and the oracle give the same rows or refuse for the same kind
//! of reason. So do lines of neighbouring records, whose rows are pairs.

use std::{collections::HashSet, num::NonZeroUsize};

use arbitrary::{Arbitrary, Unstructured};
use oracle::format::{Around, Format, Pairs, Prompt, Schema, Template};
use steer2reg::{Config, OnError, Parser};
use support::from_oracle;

/// The number of bytes that describe the rows; the line follows them. If all of them are 0, the rows are those of SFT
/// records in the original's format, but for the attributes. `make_seeds.py` writes the same.
#[derive(Debug, Arbitrary)]
struct Case<'d> {
    schema: u8,
    /// A bit each, from the lowest: messages, columns, trim, strict, last labelled only. Then how turns are split.
    flags: u8,
    attributes: [u8; 6],
    missing: u8,
    words: [u8; 3],
    prompt: u8,
    template: [u8; 9],
    range: u8,
    max_chars: u16,
    /// 0 for a vector of scores. Else the layout of pairs in the lowest bits, then the least margin, then the weights.
    pairs: u8,
    line: &'d [u8],
}

/// Some usual ones, names of columns and of other members, and what JSON cannot spell as it is.
#[rustfmt::skip]
const NAMES: [&str; 20] = [
    "quality", "humor", "helpfulness", "toxicity", "creativity", "text", "messages", "label", "prompt", "response",
    "system", " quality", " ", "a\"b", "a\\\"b", "a\\nb", "a\nb", "\u{1}", "é", "😀 smile",
];
const WORDS: [&str; 12] = ["yes", "no", "", "nan", "inf", "1_0", "٣", "None", "True", "a\"b", "so so", "é\n!"];
const SCORES: [f64; 8] = [-100.0, 0.0, -0.0, 1.0, 3.0, 4.25, 1e16, -1e300];
/// What speakers are, as any template allows it.
const ROLES: [&[(&str, &str)]; 4] =
    [&[], &[("tool", "user")], &[("human", "assistant"), ("system", "assistant")], &[("é\n", "user")]];
const PAIRS: [Pairs; 4] = [Pairs::Trl, Pairs::NemoRl, Pairs::Swift, Pairs::LlamaFactory];
const MARGINS: [Option<f64>; 4] = [None, Some(0.0), Some(1.0), Some(2.5)];
const WEIGHTS: [&[(&str, f64)]; 4] = [
    &[("helpfulness", 0.65), ("verbosity", -0.4)],
    &[("quality", 1.0)],
    &[("humor", 0.1), ("quality", 0.2), ("toxicity", -1.0)],
    &[("helpfulness", 1e308), ("humor", 1e308)],
];
const RANGES: [(f64, f64); 4] = [(0.0, 4.0), (-0.5, 3.0), (3.0, 1.0), (0.0, -0.0)];
#[rustfmt::skip]
const TEXTS: [&str; 12] = [
    "", "\"", "\n", "<extra_id_1>User\n", "\n<extra_id_1>Assistant\n", "<s>", "\\", "\\n", "\t\u{1} ", "é😀", " p ",
    "User: ",
];

pub fn check(data: &[u8]) {
    let Ok(case) = Case::arbitrary_take_rest(Unstructured::new(data)) else { return };
    if crate::is_too_deep_for_the_oracle(case.line) {
        return;
    }
    let format = case.with_margins(case.format());
    let schema = case.schema(&format.attributes);
    if format.pairs.is_some() && matches!(schema, Schema::HelpSteer(_)) {
        return hold_groups(&case, &format, &schema);
    }
    let expected = || format.record(&schema, case.line).map(|made| made.rows);
    crate::hold(case.line, expected, |parser| from_oracle::converter(parser, &format, &schema));
}

/// Compares the pairs of neighbouring lines, in chunks of several sizes, with those of the oracle.
fn hold_groups(case: &Case<'_>, format: &Format, schema: &Schema) {
    let (converted, made) = format.file(schema, case.line);
    for (chunk_size, parser) in [(1, Parser::Auto), (100, Parser::SimdJson), (1 << 20, Parser::Auto)] {
        let config = Config {
            threads: NonZeroUsize::new(2),
            chunk_size,
            parser,
            on_error: OnError::Skip { rejects: None, max_rejects: None },
            allow_empty: true,
            schema: Some(from_oracle::schema(schema)),
            format: from_oracle::format(format),
            ..Config::default()
        };
        let mut rows = Vec::new();
        let summary = steer2reg::convert_stream(case.line, &mut rows, &config).expect("bad records are left out");
        assert_eq!(String::from_utf8(rows).expect("rows are UTF-8"), made.rows, "{chunk_size}");
        let counts = &summary.counts;
        assert_eq!((counts.ties, counts.unpaired), (made.ties, made.unpaired), "{chunk_size}");
        assert_eq!((counts.below_margin, counts.too_long), (made.below_margin, made.too_long), "{chunk_size}");
        assert_eq!(counts.rejected.total(), converted.rejected.len() as u64, "{chunk_size}");
    }
}

impl Case<'_> {
    fn schema(&self, attributes: &[String]) -> Schema {
        match self.schema % 8 {
            0 => Schema::Sft,
            1 => Schema::HelpSteer(None),
            2 if self.pairs == 0 => Schema::HelpSteer(Some(choose(attributes, self.schema / 8).clone())),
            2 => Schema::HelpSteer(None),
            3 => Schema::Preference(None),
            4 => Schema::Preference(Some("train")),
            5 => Schema::Preference(Some("val")),
            6 => Schema::Oasst,
            _ => Schema::HelpSteer3,
        }
    }

    /// Pairs of comparisons, and weighted scores of other records.
    fn with_margins(&self, format: Format) -> Format {
        let is_comparison = matches!(self.schema % 8, 3..=5 | 7);
        if self.pairs == 0 {
            // Both responses would have the same label.
            let (has_messages, has_columns) =
                (format.has_messages && !is_comparison, format.has_columns && !is_comparison);
            return Format { has_messages, has_columns, ..format };
        }
        let usual = Format::original();
        // The last bit that is free: pairs of groups, or single scores.
        let has_groups = matches!(self.schema % 8, 1 | 2) && self.schema >= 128;
        let has_pairs = is_comparison || has_groups;
        let has_text = !has_pairs && !format.has_messages;
        let weights = choose(&WEIGHTS, self.pairs / 16).iter().map(|&(name, weight)| (name.to_owned(), weight));
        Format {
            attributes: usual.attributes,
            missing: usual.missing,
            missing_is_given: false,
            trim_labels: false,
            prompt: if format.prompt == Prompt::Original { Prompt::OfLayout } else { format.prompt },
            template: if has_text { format.template } else { usual.template },
            has_messages: format.has_messages && !has_pairs,
            has_columns: format.has_columns && !has_pairs,
            last_labelled_only: format.last_labelled_only && !has_pairs,
            weights: (!is_comparison).then(|| weights.collect()),
            pairs: has_pairs.then(|| *choose(&PAIRS, self.pairs - 1)),
            min_margin: choose(&MARGINS, self.pairs / 4).filter(|_| has_pairs),
            ..format
        }
    }

    fn format(&self) -> Format {
        let flag = |bit: u8| self.flags >> bit & 1 != 0;
        let (has_messages, has_columns) = (flag(0), flag(1));
        Format {
            attributes: self.attributes(has_columns.then_some(if has_messages { "messages" } else { "text" })),
            missing: if self.missing < 128 { *choose(&SCORES, self.missing) } else { -100.0 },
            missing_is_given: self.missing < 128,
            trim_labels: self.max_chars >= 1 << 15 && self.attributes(None).iter().all(|name| name.trim() == name),
            roles: choose(&ROLES, self.prompt / 16).iter().map(|&(name, role)| (name.to_owned(), role)).collect(),
            words: self.words(),
            prompt: self.prompt(),
            template: self.template(flag(2)),
            has_messages,
            has_columns,
            split_embedded_turns: *choose(&[None, Some(true), Some(false)], self.flags >> 5),
            strict: flag(3),
            range: drawn(&RANGES, self.range).copied(),
            max_chars: self.max_chars.checked_sub(1).map(|most| usize::from(most % 1000)),
            last_labelled_only: flag(4),
            weights: None,
            pairs: None,
            min_margin: None,
        }
    }

    /// At least one, each once, and none with the name of another column.
    fn attributes(&self, column: Option<&str>) -> Vec<String> {
        let mut seen: HashSet<_> = column.into_iter().collect();
        let names = self.attributes.iter().filter_map(|&byte| drawn(&NAMES, byte)).filter(|name| seen.insert(name));
        let names: Vec<_> = names.map(|&name| name.to_owned()).collect();
        if names.is_empty() { vec![NAMES[0].to_owned()] } else { names }
    }

    fn words(&self) -> Vec<(String, f64)> {
        let mut seen = HashSet::new();
        let words = self.words.iter().filter_map(|&byte| Some((*drawn(&WORDS, byte)?, *choose(&SCORES, byte / 16))));
        words.filter(|(word, _)| seen.insert(*word)).map(|(word, score)| (word.to_owned(), score)).collect()
    }

    fn prompt(&self) -> Prompt {
        match self.prompt % 16 {
            0 => Prompt::Original,
            1 => Prompt::None,
            2 => Prompt::Record,
            other => Prompt::Text((*choose(&TEXTS, other - 3)).to_owned()),
        }
    }

    /// Each piece is that of the original's, or one of the texts.
    fn template(&self, trim: bool) -> Template {
        let nemo = Template::nemo();
        let around = |(before, after): Around, bytes: [u8; 2]| (piece(before, bytes[0]), piece(after, bytes[1]));
        let [begin, system, after_system, none, user, after_user, assistant, after_assistant, end] = self.template;
        Template {
            begin: piece(nemo.begin, begin),
            system: around(nemo.system, [system, after_system]),
            none: piece(nemo.none, none),
            user: around(nemo.user, [user, after_user]),
            assistant: around(nemo.assistant, [assistant, after_assistant]),
            tool: None,
            end: piece(nemo.end, end),
            trim,
        }
    }
}

fn piece(nemo: String, byte: u8) -> String {
    drawn(&TEXTS, byte).map_or(nemo, |&text| text.to_owned())
}

fn choose<T>(all: &[T], byte: u8) -> &T {
    &all[usize::from(byte) % all.len()]
}

/// None of them for 0, and else the one that is counted from 1.
fn drawn<T>(all: &[T], byte: u8) -> Option<&T> {
    byte.checked_sub(1).map(|index| choose(all, index))
}
