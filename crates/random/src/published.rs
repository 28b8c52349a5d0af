//! Records as they are published, spelled in random ways.

use proptest::{prelude::*, sample::select};

use super::{
    json::{self, Json, layout, scalar},
    member, object_of, object_with, rarely_other,
    strings::{marked_text, quoted, spelled, text},
};

const HELPSTEER: [&str; 5] = ["helpfulness", "correctness", "coherence", "complexity", "verbosity"];
const OASST: [&str; 4] = ["quality", "toxicity", "humor", "creativity"];

#[rustfmt::skip]
const NUMBERS: &[&str] = &[
    "0", "1", "2", "3", "4", "-3", "-0", "3.25", "0.1", "-0.0", "1.50", "1e2", "1E-7", "0.30000000000000004",
    "9007199254740993", "18446744073709551616", "-9223372036854775809", "123456789012345678901234567890",
    "1e400", "-1e400", "5e-324", "1e-400", "1.7976931348623157e308",
];

/// A HelpSteer record, perhaps with attributes of OpenAssistant's.
pub fn helpsteer() -> impl Strategy<Value = String> {
    let attributes = HELPSTEER.into_iter().chain(["humor", "quality"]);
    let scores = attributes.map(|attribute| rarely_missing(attribute, score().boxed()));
    written([text_member("prompt"), text_member("response")].into_iter().chain(scores).collect())
}

/// A HelpSteer2-Preference record.
pub fn preference() -> impl Strategy<Value = String> {
    let split = select(vec!["train", "train", "validation", "Train"]).prop_map(|split| Json::Scalar(quoted(split)));
    let texts = ["prompt", "response_1", "response_2"].map(text_member);
    let others = [member("split", split.boxed()), member("preference_strength", strength()), opinions()];
    written(texts.into_iter().chain(others).collect())
}

/// A HelpSteer3 record of preferences.
pub fn helpsteer3() -> impl Strategy<Value = String> {
    let messages = prop::collection::vec(rarely_other(chat_message(false)).boxed(), 0..6).boxed();
    let with_system =
        (chat_message(true), messages.clone()).prop_map(|(system, messages)| [vec![system], messages].concat()).boxed();
    let messages = prop_oneof![4 => messages, 1 => with_system].prop_map(Json::Array);
    let prompt = marked_text().prop_flat_map(spelled).prop_map(Json::Scalar).boxed();
    let context = prop_oneof![8 => messages, 1 => prompt].boxed();
    let responses = ["response1", "response2"].map(text_member);
    let others = [member("context", context), member("overall_preference", strength()), opinions()];
    let members = responses.into_iter().chain(others).collect();
    let keys = ["context", "response1", "response2", "overall_preference", "domain", "individual_preference", "prompt"];
    let record = rarely_other(object_with(members, &keys).boxed());
    (record, layout()).prop_map(|(record, layout): (Json, _)| record.written(&layout))
}

/// A message of a context.
fn chat_message(is_system: bool) -> BoxedStrategy<Json> {
    let role = if is_system {
        Just("system").boxed()
    } else {
        let odd = vec!["system", "tool", "User", "assistant ", ""];
        prop_oneof![100 => select(vec!["user", "assistant"]), 1 => select(odd)].boxed()
    };
    let role = role.prop_flat_map(|role| spelled(role.to_owned())).prop_map(Json::Scalar);
    object_with(vec![member("role", role.boxed()), text_member("content")], &["role", "content", "text"]).boxed()
}

/// How much better the second response is.
fn strength() -> BoxedStrategy<Json> {
    let usual = (-3..=3_i8).prop_map(|strength| Json::Scalar(strength.to_string()));
    prop_oneof![3 => usual, 2 => score()].boxed()
}

/// A nested member that no row has.
fn opinions() -> BoxedStrategy<Option<(String, Json)>> {
    let member = |key: &'static str, value: BoxedStrategy<Json>| (Just(quoted(key)), value);
    let opinion = (member("score", score().boxed()), member("reasoning", rarely_other(scalar()).boxed()))
        .prop_map(|(score, reasoning)| Json::Object(vec![score, reasoning]));
    let opinions = prop::collection::vec(opinion, 0..3).prop_map(Json::Array).boxed();
    prop::option::weighted(0.7, (Just(quoted("individual_preference")), opinions)).boxed()
}

/// A message tree.
pub fn tree() -> impl Strategy<Value = String> {
    let leaf = message(Just(Vec::new()).boxed());
    let root = leaf.prop_recursive(3, 20, 4, |reply| {
        let empty = Just(Json::Object(Vec::new()));
        let reply = prop_oneof![20 => reply, 1 => empty];
        message(prop::collection::vec(reply, 0..4).boxed())
    });
    // A message without a reply is no conversation.
    let root = root.boxed();
    let root = prop_oneof![root.clone(), message(prop::collection::vec(root, 1..3).boxed())].boxed();
    prop_oneof![4 => wrapped(root.clone()), 1 => root]
        .prop_flat_map(|tree| (Just(tree), layout()))
        .prop_map(|(tree, layout)| tree.written(&layout))
}

fn message(replies: BoxedStrategy<Vec<Json>>) -> BoxedStrategy<Json> {
    let role = prop_oneof![30 => select(vec!["prompter", "assistant"]), 1 => Just("system")]
        .prop_flat_map(|role| spelled(role.to_owned()))
        .prop_map(Json::Scalar);
    let members = vec![
        text_member("text"),
        member("role", role.boxed()),
        prop::option::weighted(0.8, member("labels", or_null(labels().boxed()))).prop_map(Option::flatten).boxed(),
        prop::option::weighted(0.95, member("replies", or_null(replies.prop_map(Json::Array).boxed())))
            .prop_map(Option::flatten)
            .boxed(),
    ];
    let message = object_of(members).boxed();
    prop_oneof![8 => message.clone(), 1 => wrapped(message)].boxed()
}

fn wrapped(message: BoxedStrategy<Json>) -> BoxedStrategy<Json> {
    object_of(vec![member("prompt", message)]).boxed()
}

fn labels() -> impl Strategy<Value = Json> {
    let value = prop_oneof![
        4 => (0..=32_u8).prop_map(|eighths| format!("{}", f64::from(eighths) / 32.0)),
        2 => any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| format!("{value:e}")),
        2 => (0.0..1.0).prop_map(|value: f64| value.to_string()),
        1 => select(NUMBERS).prop_map(str::to_owned),
    ];
    let label = move || object_of(vec![member("value", or_null(value.clone().prop_map(Json::Scalar).boxed()))]).boxed();
    object_of(OASST.map(|name| rarely_missing(name, label())).into())
}

/// A value that may also be null.
fn or_null(value: BoxedStrategy<Json>) -> BoxedStrategy<Json> {
    prop_oneof![19 => value, 1 => Just(Json::Scalar("null".to_owned()))].boxed()
}

fn score() -> impl Strategy<Value = Json> {
    let number = prop_oneof![
        6 => (0..5_u8).prop_map(|score| score.to_string()),
        3 => select(NUMBERS).prop_map(str::to_owned),
        1 => any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| format!("{value:e}")),
        2 => any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| value.to_string()),
        1 => any::<i64>().prop_map(|value| value.to_string()),
    ];
    let texts = ["3", " 4", "1,humor:2", "2:7", "", "yes", "True"].map(quoted);
    prop_oneof![30 => number.prop_map(Json::Scalar), 1 => select(Vec::from(texts)).prop_map(Json::Scalar), 1 => scalar()]
}

fn text_member(key: &'static str) -> BoxedStrategy<Option<(String, Json)>> {
    member(key, prop_oneof![text(), marked_text()].prop_flat_map(spelled).prop_map(Json::Scalar).boxed())
}

fn rarely_missing(key: &'static str, value: BoxedStrategy<Json>) -> BoxedStrategy<Option<(String, Json)>> {
    prop::option::weighted(0.7, member(key, value)).prop_map(Option::flatten).boxed()
}

fn written(members: Vec<BoxedStrategy<Option<(String, Json)>>>) -> BoxedStrategy<String> {
    let record = rarely_other(object_of(members).boxed());
    (record, layout()).prop_map(|(record, layout): (json::Json, _)| record.written(&layout)).boxed()
}
