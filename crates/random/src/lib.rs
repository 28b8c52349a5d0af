//! `proptest` strategies: records, valid and invalid, in random spellings, and formats for their rows.

pub mod formats;
mod json;
mod labels;
mod mutations;
pub mod neighbours;
pub mod published;
mod strings;

use proptest::{prelude::*, sample::select};

use json::{Json, layout, scalar};
use labels::label;
pub use mutations::{Mutation, mutation};
use strings::{matching, python_spelled, quoted, short_text, spelled, text};

/// The keys that are used.
const KEYS: [&str; 5] = ["conversations", "mask", "from", "value", "label"];

/// A line as `json.dumps` would write it, of a valid record.
pub fn python_line() -> impl Strategy<Value = String> {
    let text = || text().prop_map(|text| python_spelled(&text));
    let turn = (matching("[UAB]"), text(), prop_oneof![1 => Just("null".to_owned()), 2 => labels::python_label()])
        .prop_map(|(from, value, label)| format!(r#"{{"value": {value}, "from": "{from}", "label": {label}}}"#));
    (prop::collection::vec(turn, 0..6), text()).prop_map(|(turns, system)| {
        format!(r#"{{"conversations": [{}], "system": {system}, "mask": "U"}}"#, turns.join(", "))
    })
}

/// A line that is mostly a valid record, with white space between all tokens (line feeds too).
pub fn line() -> impl Strategy<Value = String> {
    (record(), layout()).prop_map(|(record, layout)| record.written(&layout))
}

fn record() -> impl Strategy<Value = Json> {
    let turns = prop::collection::vec(rarely_other(turn().boxed()), 0..6).prop_map(Json::Array);
    let members = [member("conversations", turns.boxed()), member("mask", name().boxed())];
    rarely_other(object(members.into()).boxed())
}

fn turn() -> impl Strategy<Value = Json> {
    let value = text().prop_flat_map(spelled).prop_map(Json::Scalar);
    let members = [member("value", value.boxed()), member("from", name().boxed()), member("label", label().boxed())];
    object(members.into())
}

/// Few names, so that the mask often is one of a turn's.
fn name() -> impl Strategy<Value = Json> {
    let names = ["User", "Assistant", "", "us\"er/", "é\n", "😀"].map(str::to_owned);
    select(Vec::from(names)).prop_flat_map(spelled).prop_map(Json::Scalar)
}

/// The value, but once in a while another one, or no JSON at all.
fn rarely_other(value: BoxedStrategy<Json>) -> impl Strategy<Value = Json> {
    prop_oneof![200 => value, 1 => json::any()]
}

type Member = (String, Json);

/// A member that is rarely missing and rarely of another type.
fn member(key: &'static str, value: BoxedStrategy<Json>) -> BoxedStrategy<Option<Member>> {
    prop::option::weighted(0.997, (spelled_key(key), rarely_other(value))).boxed()
}

/// An object of these members, with others: keys of SFT records with other values before or behind, and unknown ones.
fn object(members: Vec<BoxedStrategy<Option<Member>>>) -> impl Strategy<Value = Json> {
    object_with(members, &KEYS)
}

/// An object of these members, with keys of published records among the others.
fn object_of(members: Vec<BoxedStrategy<Option<Member>>>) -> impl Strategy<Value = Json> {
    object_with(members, &["prompt", "response", "helpfulness", "quality", "split", "text", "role", "labels", "value"])
}

fn object_with(
    members: Vec<BoxedStrategy<Option<Member>>>,
    keys: &[&'static str],
) -> impl Strategy<Value = Json> + use<> {
    let repeated = (select(keys.to_vec()).prop_flat_map(spelled_key), json::any());
    let repeated = prop_oneof![8 => Just(Vec::new()), 1 => prop::collection::vec(repeated, 1..3)];
    let extra = (unknown_key(), prop_oneof![2 => scalar(), 1 => json::any()]);
    let (repeated, extra) = (repeated.boxed(), prop::collection::vec(extra.boxed(), 0..3).boxed());
    (members, extra, repeated, any::<bool>())
        .prop_flat_map(|(members, extra, repeated, in_order)| {
            let used: Vec<_> = members.into_iter().flatten().chain(extra).collect();
            let shuffled = if in_order { Just(used).boxed() } else { Just(used).prop_shuffle().boxed() };
            (Just(repeated), shuffled)
        })
        .boxed()
        .prop_flat_map(|(repeated, used)| {
            // Mostly before, where they do no harm.
            let before: Vec<_> = repeated.iter().cloned().chain(used.clone()).collect();
            let behind: Vec<_> = used.into_iter().chain(repeated).collect();
            prop_oneof![3 => Just(before), 1 => Just(behind)]
        })
        .prop_map(Json::Object)
}

/// The key with its quotes, mostly as one would write it.
fn spelled_key(key: &'static str) -> BoxedStrategy<String> {
    // In a box, as is other inner stuff of objects: trees of them would fill the stack of a debug build.
    prop_oneof![12 => Just(quoted(key)), 1 => spelled(key.to_owned()).boxed()].boxed()
}

fn unknown_key() -> BoxedStrategy<String> {
    let keys = ["system", "type", "id", "", "valu", "values", "labels", "Mask", "mask "];
    prop_oneof![8 => select(keys.map(quoted).to_vec()), 1 => short_text().prop_flat_map(spelled).boxed()].boxed()
}
