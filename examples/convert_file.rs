//! Converts a file, as the command line does, and prints what is in the rows.
//!
//! ```text
//! cargo run --example convert_file -- tests/data/sample.jsonl rows.jsonl
//! ```

use std::{env, error::Error};

use steer2reg::{Config, ErrorKind, Input, OnError, Output};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err("usage: convert_file INPUT OUTPUT".into());
    };
    let config = Config {
        // Bad records are left out, but more than 100 of them are an error.
        on_error: OnError::Skip { rejects: None, max_rejects: Some(100) },
        ..Config::new(Input::Path(input.into()), Output::Path(output.into()))
    };
    let summary = match steer2reg::convert(&config) {
        Ok(summary) => summary,
        Err(error) => {
            if let (ErrorKind::TooManyRejects { .. }, Some(position)) = (error.kind(), error.position()) {
                eprintln!("look at line {} first", position.line);
            }
            return Err(error.into());
        }
    };
    println!("{} records, {} rows", summary.counts.records, summary.counts.rows);
    for (name, scores) in &summary.attributes {
        println!("{name}: {} scores", scores.count);
    }
    for warning in summary.warnings() {
        println!("warning: {warning}");
    }
    Ok(())
}
