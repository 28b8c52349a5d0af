//! Trees that are deep, wide or both.

use std::{thread, time::Instant};

use steer2reg::{Config, Input, Output, Schema};

use crate::{Case, convert};

fn message(number: usize, replies: &str) -> String {
    let role = ["prompter", "assistant"][number % 2];
    let text = ["", "a sentence of some length"][number / 2 % 2];
    let labels = [r#""labels":{"quality":{"value":1}},"#, ""][number / 3 % 2];
    format!(r#"{{"role":"{role}","text":"{text}",{labels}"replies":[{replies}]}}"#)
}

/// A chain of messages, each with the given other replies before and behind it; made without copying it over and over.
fn chain(depth: usize, before: &str, behind: &str) -> String {
    let mut text = String::from(r#"{"prompt":"#);
    for number in 0..depth {
        let whole = message(number, "");
        text += whole.strip_suffix("]}").unwrap();
        if number + 1 < depth {
            text += before;
        }
    }
    text += "]}";
    for _ in 1..depth {
        text += behind;
        text += "]}";
    }
    text + "}"
}

/// Counts the rows without making them.
fn check(line: &str) -> steer2reg::Summary {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input.jsonl");
    std::fs::write(&input, line).unwrap();
    let config = Config { schema: Some(Schema::Oasst), ..Config::new(Input::Path(input), Output::Check) };
    // A small stack, so that whatever calls itself fails.
    thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(move || steer2reg::convert(&config).unwrap())
        .unwrap()
        .join()
        .unwrap()
}

#[test]
fn small_trees_of_every_shape_give_the_oracle_s_rows() {
    let leaf = message(1, "");
    let mut trees = vec![message(1, ""), message(0, &leaf)];
    for width in [0, 1, 2, 5, 20] {
        for depth in [1, 2, 3, 10] {
            let leaves = vec![&*leaf; width].join(",");
            let (before, behind) = (leaves.clone() + ",", ",".to_owned() + &leaves);
            let nothing = width == 0;
            trees.push(message(0, &leaves));
            trees.push(chain(depth, if nothing { "" } else { &before }, ""));
            trees.push(chain(depth, "", if nothing { "" } else { &behind }));
            trees.push(chain(depth, "{},", if nothing { "" } else { &behind }));
        }
    }
    let mut bushy = message(3, "");
    for number in 0..6 {
        bushy = message(number, &[&*bushy, &leaf, &bushy].join(","));
        trees.push(bushy.clone());
    }
    for tree in trees {
        assert_eq!(
            convert(Case::Oasst, tree.as_bytes()).unwrap(),
            Case::Oasst.rows(tree.as_bytes()).unwrap(),
            "{tree}"
        );
    }
}

#[test]
fn a_hundred_thousand_levels_are_a_tree_like_any_other() {
    const DEPTH: usize = 100_000;
    let summary = check(&chain(DEPTH, "", ""));
    let labelled = (0..DEPTH).filter(|number| number % 2 == 1 && number / 3 % 2 == 0).count() as u64;
    assert_eq!((summary.counts.records, summary.counts.rows), (1, labelled));
}

#[test]
fn many_conversations_that_share_long_beginnings_take_no_longer_than_their_messages() {
    // A leaf beside each message of a long chain: as many conversations, as long as the chain.
    const DEPTH: usize = 50_000;
    let leaf = message(1, "");
    let started = Instant::now();
    for comb in [chain(DEPTH, &(leaf.clone() + ","), ""), chain(DEPTH, "", &(",".to_owned() + &leaf))] {
        let summary = check(&comb);
        assert!(summary.counts.rows > (DEPTH * DEPTH / 20) as u64, "{} rows", summary.counts.rows);
        assert!(summary.bytes_out > 1 << 46, "{} bytes", summary.bytes_out);
        assert_eq!(summary.attributes[0].1.count, summary.counts.rows);
    }
    // Some hundredths of a second; a second for each conversation would be a day.
    assert!(started.elapsed().as_secs() < 60);
}

#[test]
fn the_length_is_that_of_the_rows() {
    let leaf = message(1, "");
    for tree in
        [chain(300, &(leaf.clone() + ","), ""), chain(300, "", &(",".to_owned() + &leaf)), chain(300, "{},", "")]
    {
        let rows = convert(Case::Oasst, tree.as_bytes()).unwrap();
        let summary = check(&tree);
        assert_eq!(summary.bytes_out, rows.len() as u64);
        assert_eq!(summary.counts.rows, rows.lines().count() as u64);
    }
}
