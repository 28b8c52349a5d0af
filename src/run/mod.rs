//! A whole run, in three steps: [`Prepared::new`] looks at all files and opens the outputs,
//! [`convert`](Prepared::convert) sends the inputs through the pipeline, and [`commit`](finish::Finished::commit) gives the
//! complete files their names. Each step consumes the one before, so none can be left out or come too early.
//!
//! A pass has three stages: [jobs], which are chunks with their schemas; [workers], which convert them; and a [writer],
//! which takes the results in order.

mod books;
mod buffers;
mod detect;
mod finish;
mod groups;
mod jobs;
mod options;
mod output_names;
mod pass;
mod passes;
mod pipeline;
mod prepare;
mod progress;
mod rejections;
mod rejects;
mod same_file;
mod shards;
mod tally;
mod workers;
mod writer;

use std::io::{Read, Write};

use self::prepare::{Prepared, Streams};
pub use self::progress::Progress;
use crate::{config::Config, error::Error, summary::Summary};

/// Converts the input to the output.
///
/// # Errors
///
/// The first rejected record in the order of the file (unless rejects are skipped), or an error of a file. A regular
/// output file is then unchanged.
///
/// # Example
///
/// ```
/// use steer2reg::{Config, Input, Output};
///
/// let folder = tempfile::tempdir()?;
/// let (sft, rows) = (folder.path().join("sft.jsonl"), folder.path().join("rows.jsonl"));
/// std::fs::write(&sft, r#"{"conversations": [{"from": "A", "value": "Hi!", "label": "humor:1"}], "mask": "B"}"#)?;
///
/// let summary = steer2reg::convert(&Config::new(Input::Path(sft), Output::Path(rows.clone())))?;
/// assert_eq!(summary.counts.rows, 1);
/// assert_eq!(summary.bytes_out, std::fs::metadata(rows)?.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn convert(config: &Config) -> Result<Summary, Error> {
    convert_with_progress(config, &|_| ())
}

/// Converts the input to the output as [`convert`] does, and calls `progress` at the start and once for each chunk, in order.
pub fn convert_with_progress(config: &Config, progress: &(dyn Fn(Progress) + Sync)) -> Result<Summary, Error> {
    let prepared = Prepared::new(config)?;
    let finished = prepared.convert(progress)?;
    finished.commit()
}

/// Converts the records of a reader to rows on a writer: in parallel, in order, and in bounded memory, as [`convert`] does
/// for files.
///
/// Content that is compressed with gzip or zstd is decompressed. The rows are compressed if
/// [`Config::compression`] says so. The config must have no input and no output, as the default one has. The writer gets
/// the rows as they are made, so after an error it has those of the records before, and it is flushed at the end.
///
/// # Errors
///
/// The errors of [`convert`]. A failed run ends once a pending `read` of the reader returns.
///
/// ```
/// use steer2reg::{Config, Schema};
///
/// let records: &[u8] = br#"{"prompt": "Hi", "response": "Hello!", "helpfulness": 4}"#;
/// let mut rows = Vec::new();
/// let summary = steer2reg::convert_stream(records, &mut rows, &Config::default())?;
/// assert_eq!(summary.schemas, [Schema::HelpSteer]);
/// assert_eq!(summary.bytes_out, rows.len() as u64);
/// # Ok::<(), steer2reg::Error>(())
/// ```
pub fn convert_stream<R, W>(mut reader: R, writer: W, config: &Config) -> Result<Summary, Error>
where
    R: Read + Send,
    W: Write + Send,
{
    let streams = Streams { reader: &mut reader, writer: Box::new(writer) };
    let prepared = Prepared::with_streams(config, Some(streams))?;
    let finished = prepared.convert(&|_| ())?;
    finished.commit()
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::mpsc::channel, thread, time::Duration};

    use super::*;
    use crate::{
        config::{Input, OnError, Output},
        error::ErrorKind,
        mmap::MmapChoice,
    };

    /// A worker panics when it rejects this line.
    pub(super) const PANIC: &[u8] = b"panic!";

    const GOOD: &[u8] = br#"{"conversations":[{"from":"A","value":"v","label":"quality:1"}],"mask":"U"}"#;

    /// A run that must fail and leave nothing behind.
    fn fails(lines: &[&[u8]], threads: usize, chunk_size: usize, on_error: OnError) -> Error {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        fs::write(&input, lines.join(&b'\n')).unwrap();
        fs::write(&output, "old").unwrap();
        let config = Config {
            threads: threads.try_into().ok(),
            chunk_size,
            on_error,
            mmap: MmapChoice::auto_in_tests(),
            ..Config::new(Input::Path(input), Output::Path(output.clone()))
        };
        let (done, end) = channel();
        thread::spawn(move || {
            let _ = done.send(convert(&config));
        });
        let error = end.recv_timeout(Duration::from_secs(30)).expect("the run ends").unwrap_err();
        assert_eq!(fs::read(&output).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
        error
    }

    #[test]
    fn a_panic_in_a_worker_is_an_error_and_the_target_is_as_it_was() {
        for threads in [1, 2, 8] {
            let mut lines = vec![GOOD; 2000];
            lines[1234] = PANIC;
            let error = fails(&lines, threads, 1000, OnError::Fail);
            assert!(matches!(error.kind(), ErrorKind::Worker(_)), "{error}");
        }
    }

    #[test]
    fn a_worker_stops_at_the_limit_of_rejects() {
        for limit in [0, 1, 7] {
            let on_error = OnError::Skip { rejects: None, max_rejects: Some(limit) };
            let mut lines = vec![GOOD; 10];
            lines.extend(vec![&b"{"[..]; limit as usize + 1]);
            // One more rejected line, which the worker must not come to.
            lines.push(PANIC);
            let error = fails(&lines, 1, 1 << 20, on_error);
            assert!(matches!(error.kind(), ErrorKind::TooManyRejects { .. }), "{error}");
            assert_eq!(error.position().map(|position| position.line), Some(11 + limit));
        }
    }

    #[test]
    fn an_input_is_left_out_only_where_it_has_an_output_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("good"), GOOD).unwrap();
        fs::write(path("bad"), "{").unwrap();
        let inputs = ["good", "bad", "none"].map(|name| Input::Path(path(name)));
        let config = |output| Config { inputs: inputs.to_vec(), output, keep_going: true, ..Config::default() };
        let summary = convert(&config(Output::Directory(path("out")))).unwrap();
        let kinds: Vec<_> = summary.failed_inputs.iter().map(|failed| failed.error.kind()).collect();
        assert!(matches!(kinds[..], [ErrorKind::Record { .. }, ErrorKind::Io { action: "open", .. }]), "{kinds:?}");
        assert_eq!((summary.counts.rows, fs::read_dir(path("out")).unwrap().count()), (1, 1));
        for output in [Output::Check, Output::Stdout, Output::Path(path("rows"))] {
            let error = convert(&config(output)).unwrap_err();
            assert!(error.to_string().contains("keep_going"), "{error}");
        }
        assert!(!path("rows").exists());
    }

    #[test]
    fn none_of_1000_runs_with_panics_and_bad_records_hangs_whatever_the_threads_and_the_chunk_size() {
        let mut random = fastrand::Rng::with_seed(11);
        for _ in 0..1000 {
            let mut lines = vec![GOOD; random.usize(1..200)];
            for _ in 0..random.usize(0..3) {
                let at = random.usize(..lines.len());
                lines[at] = b"{";
            }
            let at = random.usize(..lines.len());
            lines[at] = PANIC;
            let skip = OnError::Skip { rejects: None, max_rejects: None };
            let on_error = if random.bool() { skip.clone() } else { OnError::Fail };
            let chunk_size = random.choice([1, 50, 500, 5000, 1 << 20]).unwrap();
            let is_skip = on_error == skip;
            let error = fails(&lines, random.usize(1..9), chunk_size, on_error);
            match error.kind() {
                ErrorKind::Worker(_) => {}
                ErrorKind::Record { .. } if !is_skip => assert!(lines[..at].contains(&&b"{"[..])),
                _ => panic!("{error}"),
            }
        }
    }
}
