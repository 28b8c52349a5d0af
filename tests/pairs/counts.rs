//! `--stats` of pairs and of weighted scores.

use oracle::format::{Pairs, Schema};
use serde_json::{Value, json};
use support::cli::TestEnv;

use crate::{
    asked::{Asked, args},
    corpus::{answer, comparison},
};

#[track_caller]
fn stats(asked: &Asked, input: &str, more: &[&str]) -> Value {
    let env = TestEnv::with("in", input);
    let flags = asked.flags();
    env.run(&args(&flags, &[&["-i", "in", "-o", "-", "-q", "--stats", "stats"], more].concat())).succeeds();
    env.json("stats")
}

#[track_caller]
fn are(stats: &Value, expected: &[(&str, Value)]) {
    for (name, expected) in expected {
        assert_eq!(stats.get(name), Some(expected), "{name}: {stats}");
    }
}

#[test]
fn stats_of_comparisons_have_the_margins() {
    let asked = Asked::pairs(Schema::HelpSteer3, Pairs::Swift);
    let lines = [-3, 0, 1, 2, 2].map(|strength| comparison("a", "b", strength)).concat();
    are(
        &stats(&asked, &lines, &["--min-margin", "1.5"]),
        &[
            ("records", json!(5)),
            ("rows", json!(3)),
            ("ties", json!(1)),
            ("unpaired", json!(0)),
            ("below_margin", json!(1)),
            ("too_long", json!(0)),
            ("unlabelled", json!(0)),
            ("repeat_each", json!(1)),
            ("schemas", json!(["helpsteer3"])),
            ("attributes", json!({"margin": {"count": 3, "missing": 0, "min": 2.0, "max": 3.0, "mean": 7.0 / 3.0}})),
        ],
    );
}

#[test]
fn stats_of_groups_have_the_margins() {
    let mut asked = Asked::pairs(Schema::HelpSteer(None), Pairs::Trl);
    asked.format.weights = Some(vec![("helpfulness".to_owned(), 0.5), ("verbosity".to_owned(), 0.25)]);
    let lines = [
        answer("A", "a", 1.0),
        answer("A", "b", 3.0),
        answer("B", "a", 1.0),
        answer("C", "a", 1.0),
        answer("C", "b", 1.0),
        answer("D", "a", 4.0),
        answer("D", "b", 2.0),
        answer("D", "c", 0.0),
    ];
    are(
        &stats(&asked, &lines.concat(), &[]),
        &[
            ("records", json!(8)),
            ("rows", json!(2)),
            ("ties", json!(1)),
            ("unpaired", json!(1)),
            ("below_margin", json!(0)),
            ("unlabelled", json!(0)),
            ("attributes", json!({"margin": {"count": 2, "missing": 0, "min": 1.5, "max": 3.0, "mean": 2.25}})),
        ],
    );
}

#[test]
fn stats_of_weighted_scores_have_one_score() {
    let mut asked = Asked::pairs(Schema::HelpSteer(None), Pairs::Trl);
    asked.format.weights = Some(vec![("helpfulness".to_owned(), 0.5), ("verbosity".to_owned(), 0.25)]);
    asked.format.pairs = None;
    let lines = [answer("A", "a", 1.0), answer("A", "b", 3.0)].concat();
    for (has_messages, has_columns) in [(false, false), (true, false), (false, true), (true, true)] {
        (asked.format.has_messages, asked.format.has_columns) = (has_messages, has_columns);
        let env = TestEnv::with("in", &lines);
        let flags = asked.flags();
        env.run(&args(&flags, &["-i", "in", "-o", "-", "-q"])).succeeds().prints(asked.rows(&lines));
        are(
            &stats(&asked, &lines, &[]),
            &[
                ("rows", json!(2)),
                ("ties", json!(0)),
                ("unpaired", json!(0)),
                ("below_margin", json!(0)),
                ("attributes", json!({"score": {"count": 2, "missing": 0, "min": 0.75, "max": 2.25, "mean": 1.5}})),
            ],
        );
    }
}

#[test]
fn contexts_that_trainers_drop_or_change_are_counted_with_a_warning() {
    let line = |context: Value| {
        json!({"context": context, "response1": "a", "response2": "b", "overall_preference": 1}).to_string() + "\n"
    };
    let message = |role, content| json!({"role": role, "content": content});
    let (user, assistant) = (message("user", "q"), message("assistant", "r"));
    let fine = [line(json!("q")), line(json!([user])), line(json!([user, assistant, user]))].concat();
    let embedded = line(json!("q\n<extra_id_1>Assistant\nr"));
    let odd = [
        line(json!([])),
        line(json!([message("system", "s")])),
        line(json!([user, assistant])),
        line(json!([assistant, user])),
        embedded.clone(),
    ];
    let asked = Asked::pairs(Schema::HelpSteer3, Pairs::LlamaFactory);
    are(&stats(&asked, &fine, &[]), &[("rows", json!(3)), ("odd_contexts", json!(0))]);
    are(&stats(&asked, &odd.concat(), &[]), &[("rows", json!(5)), ("odd_contexts", json!(5))]);
    // The marker is text then.
    are(&stats(&asked, &embedded, &["--split-embedded-turns=false"]), &[("odd_contexts", json!(0))]);

    let env = TestEnv::with("in", fine + &odd[0]);
    let said = "the contexts of 1 of 4 pairs is empty or does not begin and end with the user";
    env.run(&args(&asked.flags(), &["-i", "in", "-o", "-", "-q"])).succeeds().says(said);
}
