//! Pairs that are left out: ties, small margins, long texts. Each counts once, by the first reason.

use oracle::format::{Pairs, Prompt, Schema};
use serde_json::Value;
use support::cli::TestEnv;

use crate::{
    asked::{Asked, LAYOUTS, args},
    corpus::{SOURCES, answer, comparison, input},
};

/// Runs and compares with the oracle; the counts of rows, ties, unpaired records, small margins and long pairs.
#[track_caller]
fn counts(asked: &Asked, input: impl AsRef<[u8]>) -> [u64; 5] {
    let env = TestEnv::with("in", &input);
    let flags = asked.flags();
    let how = ["-q", "-i", "in", "-o", "-", "--stats", "stats", "--on-error", "skip", "--allow-empty"];
    env.run(&args(&flags, &how)).succeeds().prints(asked.rows(&input));
    let stats: Value = env.json("stats");
    let counts = ["rows", "ties", "unpaired", "below_margin", "too_long"].map(|name| stats[name].as_u64().expect(name));
    let made = asked.expected(&[input.as_ref()]).1;
    assert_eq!(counts, [made.row_count, made.ties, made.unpaired, made.below_margin, made.too_long]);
    counts
}

#[test]
fn a_margin_may_be_the_least_one_and_not_less() {
    for (layout, name) in LAYOUTS {
        let mut asked = Asked::pairs(Schema::HelpSteer3, layout);
        let lines = [-3, -2, -1, 0, 1, 2, 3].map(|strength| comparison("a", "b", strength)).concat();
        for (least, expected) in [
            (None, [6, 1, 0, 0, 0]),
            (Some(0.0), [6, 1, 0, 0, 0]),
            (Some(1.0), [6, 1, 0, 0, 0]),
            (Some(1.5), [4, 1, 0, 2, 0]),
            (Some(2.0), [4, 1, 0, 2, 0]),
            (Some(3.0), [2, 1, 0, 4, 0]),
            (Some(1e300), [0, 1, 0, 6, 0]),
        ] {
            asked.format.min_margin = least;
            assert_eq!(counts(&asked, &lines), expected, "{name}, {least:?}");
        }
    }
}

#[test]
fn a_pair_that_is_left_out_counts_once_by_the_first_reason() {
    let mut asked = Asked::pairs(Schema::HelpSteer3, Pairs::Trl);
    asked.format.min_margin = Some(2.0);
    asked.format.max_chars = Some("Well?".len() + 3);
    let lines = [("long", "long", 0), ("long", "a", 1), ("long", "a", -2), ("long", "a", 2), ("abc", "ab", 3)];
    let lines = lines.map(|(first, second, strength)| comparison(first, second, strength)).concat();
    assert_eq!(counts(&asked, lines), [1, 1, 0, 1, 2]);

    let mut asked = Asked::pairs(Schema::HelpSteer(None), Pairs::Trl);
    asked.format.min_margin = Some(2.0);
    asked.format.max_chars = Some(4);
    // Their weighted scores are 2.05 times these.
    let groups: [&[(&str, f64)]; 5] = [
        &[("alone, and too long", 1.0)],
        &[("a", 1.0), ("too long", 1.0), ("b", 1.0)],
        &[("too long", 1.0), ("b", 1.5)],
        &[("too long", 4.0), ("abc", 1.0), ("b", 1.5)],
        &[("abc", 4.0), ("abc", 1.0), ("neither best nor worst, so it may be long", 1.5)],
    ];
    let prompts = ["1", "2", "3", "4", "5"];
    let groups = prompts.iter().zip(groups);
    let lines = groups.flat_map(|(prompt, group)| group.iter().map(|(text, score)| answer(prompt, text, *score)));
    assert_eq!(counts(&asked, lines.collect::<String>()), [1, 1, 1, 1, 1]);
}

#[test]
fn of_equal_scores_the_first_is_best_and_the_last_is_worst() {
    let asked = Asked::pairs(Schema::HelpSteer(None), Pairs::Trl);
    let group = [("a", 1.0), ("b", 3.0), ("c", 3.0), ("d", 1.0), ("e", 2.0)];
    let lines = group.map(|(response, score)| answer("A", response, score)).concat();
    let row = asked.rows(&lines);
    assert!(row.contains(r#""chosen": [{"role": "assistant", "content": "b"}]"#), "{row}");
    assert!(row.contains(r#""rejected": [{"role": "assistant", "content": "d"}]"#), "{row}");
    assert_eq!(counts(&asked, lines), [1, 0, 0, 0, 0]);
}

#[test]
fn a_pair_is_as_long_as_its_context_with_the_longer_response() {
    // The characters of the prompt are those of the context.
    let line = r#"{"context": [{"role": "system", "content": "é😀"}, {"role": "user", "content": "a\n<extra_id_1>Assistant\nbc"}, {"role": "assistant", "content": "\"\\"}], "response1": "12345", "response2": "1\u00e9", "overall_preference": 1}"#;
    for (layout, name) in LAYOUTS {
        for (prompt, length) in [
            (Prompt::OfLayout, 3 + 2 + 5),
            (Prompt::None, 3 + 2 + 5),
            (Prompt::Record, 2 + 3 + 2 + 5),
            (Prompt::Text("p\n".to_owned()), 2 + 3 + 2 + 5),
        ] {
            let mut asked = Asked::pairs(Schema::HelpSteer3, layout);
            asked.format.prompt = prompt;
            for (most, rows) in [(length, 1), (length - 1, 0)] {
                asked.format.max_chars = Some(most);
                assert_eq!(counts(&asked, line), [rows, 0, 0, 0, 1 - rows], "{name}, {:?}", asked.format.prompt);
            }
        }
    }
}

#[test]
fn random_pairs_are_left_out_as_the_oracle_leaves_them_out() {
    for schema in SOURCES {
        for (layout, name) in LAYOUTS {
            let mut asked = Asked::pairs(schema.clone(), layout);
            asked.format.min_margin = Some(1.0);
            asked.format.max_chars = Some(60);
            let counts = counts(&asked, input(&asked, 200));
            let [rows, ties, unpaired, below, long] = counts;
            assert!(rows > 0 && ties > 0 && below > 0 && long > 0, "{name}: {counts:?}");
            assert_eq!(unpaired > 0, matches!(schema, Schema::HelpSteer(_)), "{name}: {counts:?}");
        }
    }
}

#[test]
fn system_prompts_are_the_first_message_or_a_member_of_their_own() {
    let with = r#"{"context": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}], "response1": "a", "response2": "b", "overall_preference": 1}"#;
    let without = comparison("a", "b", -1);
    for (layout, name) in LAYOUTS {
        let mut asked = Asked::pairs(Schema::HelpSteer3, layout);
        for (prompt, text, rows) in [
            (Prompt::OfLayout, None, 2),
            (Prompt::None, None, 2),
            (Prompt::Original, Some("curious user"), 2),
            (Prompt::Text("Be \"brief\".".to_owned()), Some(r#"Be \"brief\"."#), 2),
            // A record without a prompt of its own is rejected.
            (Prompt::Record, Some("Be kind."), 1),
        ] {
            asked.format.prompt = prompt;
            let lines = [with, "\n", &without].concat();
            assert_eq!(counts(&asked, &lines)[0], rows, "{name}");
            let all = asked.rows(&lines);
            assert_eq!(all.matches("system").count() as u64, if text.is_some() { rows } else { 0 }, "{name}: {all}");
            assert_eq!(all.matches(text.unwrap_or("none")).count() as u64, text.map_or(0, |_| rows), "{name}: {all}");
        }
    }
}
