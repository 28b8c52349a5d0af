//! The time for hostile records grows as they do, not as their square. `--nocapture` shows the table.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use steer2reg::{Schema, bench};

use crate::Both;

/// Of the times for the same work the least: the others were disturbed.
const REPEATED: usize = 3;

/// Eight times the size; linear is 8, quadratic 64.
const MOST: f64 = 24.0;

const RECORD: [&str; 2] = [r#"{"conversations":[{"from":"A","value":"x","label":"humor:1"}],"#, r#""mask":"B"}"#];

type Shape = (&'static str, usize, fn(usize) -> String);

/// Shapes, each with a size at which it takes a while.
const SHAPES: [Shape; 20] = [
    ("open arrays", 60_000, |n| "[".repeat(n)),
    ("open objects", 20_000, |n| r#"{"a":"#.repeat(n)),
    ("nested arrays, not used", 30_000, |n| in_field(&("[".repeat(n) + &"]".repeat(n)))),
    ("nested objects, not used", 15_000, |n| in_field(&(r#"{"a":"#.repeat(n) + "0" + &"}".repeat(n)))),
    ("turns", 5_000, |n| RECORD.concat().replace('[', &format!("[{}", r#"{"from":"A","value":"x"},"#.repeat(n)))),
    ("parts of a label", 15_000, |n| RECORD.concat().replace("humor:1", &("x:1,".repeat(n) + "humor:1"))),
    ("a long key", 300_000, |n| format!(r#"{{"{}":0,{}"#, "k".repeat(n), &RECORD.concat()[1..])),
    ("many keys", 10_000, |n| RECORD[0].to_owned() + &r#""mask":"A","#.repeat(n) + RECORD[1]),
    ("escapes", 30_000, |n| RECORD.concat().replace("\"x\"", &format!("\"{}\"", r"\u00e9".repeat(n)))),
    ("backslashes", 60_000, |n| RECORD.concat().replace("\"x\"", &format!("\"{}\"", r"\\".repeat(n)))),
    ("quotes", 60_000, |n| "\"".repeat(n)),
    ("large numbers", 10_000, |n| in_field(&format!("[{}0]", "1e999,".repeat(n)))),
    ("a long number", 60_000, |n| in_field(&"9".repeat(n))),
    ("literals", 10_000, |n| in_field(&format!("[{}0]", "NaN,-Infinity,".repeat(n)))),
    ("literals side by side", 10_000, |n| in_field(&"NaN".repeat(n))),
    ("lone surrogates", 10_000, |n| in_field(&format!("\"{}\"", r"\ud83d".repeat(n)))),
    ("strings with lone surrogates", 10_000, |n| in_field(&format!("[{}0]", r#""\udead","#.repeat(n)))),
    ("turns with lone surrogates", 3_000, |n| {
        RECORD.concat().replace('[', &format!("[{}", r#"{"from":"A","value":"x","x":"\udead"},"#.repeat(n)))
    }),
    ("private characters", 10_000, |n| {
        in_field(&format!("\"\\udead{}\"", ('\u{e000}'..='\u{f8ff}').cycle().take(n).collect::<String>()))
    }),
    ("spaces", 100_000, |n| in_field(&(" \t".repeat(n) + "0"))),
];

/// Those for a report.
const REPORTED: [(Schema, Shape); 4] = [
    (Schema::Sft, SHAPES[4]),
    (
        Schema::Sft,
        ("labelled turns", 2_000, |n| {
            RECORD.concat().replace('[', &format!("[{}", r#"{"from":"A","value":"x","label":"humor:1"},"#.repeat(n)))
        }),
    ),
    (Schema::Oasst, ("a chain of messages", 2_000, |n| chain(n, ""))),
    (Schema::Oasst, ("a leaf at each message", 1_000, |n| chain(n, &(message(1) + "]},")))),
];

fn message(number: usize) -> String {
    let role = ["prompter", "assistant"][number % 2];
    format!(r#"{{"role":"{role}","text":"x","labels":{{"quality":{{"value":0.3}}}},"replies":["#)
}

/// Messages that reply to each other, with these replies beside each.
fn chain(messages: usize, beside: &str) -> String {
    let open: Vec<_> = (0..messages).map(message).collect();
    open.join(beside) + &"]}".repeat(messages)
}

fn in_field(value: &str) -> String {
    format!(r#"{}"x":{value},{}"#, RECORD[0], RECORD[1])
}

fn time(mut work: impl FnMut()) -> Duration {
    // Of the processor, which others may want as well.
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("it is not negative");
    let times = (0..REPEATED).map(|_| {
        let started = now();
        work();
        now().saturating_sub(started)
    });
    times.min().expect("it ran")
}

#[test]
fn the_time_grows_as_the_record_does() {
    println!("{:32}{:>12}{:>12}{:>12}{:>12}{:>8}", "milliseconds for", "n", "2n", "4n", "8n", "8n/n");
    for (name, size, shape) in SHAPES {
        grows(name, |factor| {
            let (line, mut both) = (shape(factor * size), Both::new());
            time(|| drop(both.convert(line.as_bytes())))
        });
    }
    for (schema, (name, size, shape)) in REPORTED {
        grows(&format!("report: {name}"), |factor| {
            let line = shape(factor * size);
            time(|| assert!(bench::figures(schema, line.as_bytes()) > 0, "there are rows"))
        });
    }
}

fn grows(name: &str, time: impl Fn(usize) -> Duration) {
    let times = [1, 2, 4, 8].map(|factor| time(factor).as_secs_f64() * 1000.0);
    let ratio = times[3] / times[0];
    let [one, two, four, eight] = times;
    println!("{name:32}{one:12.2}{two:12.2}{four:12.2}{eight:12.2}{ratio:8.1}");
    assert!(ratio < MOST, "{name}: {times:?} milliseconds");
}
