//! Readers and writers of the caller give what files give, however the reader cuts its bytes, and their errors are told as
//! they are.

use std::{
    io::{self, Read, Write},
    num::NonZeroU64,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use fastrand::Rng;
use steer2reg::{Compression, Config, Error, ErrorKind, Input, OnError, Output, Shard, Summary, convert_stream};
use support::corpus::Kind;

const BAD: &str = r#"{"conversations": [{"from": "User"}], "mask": "User"}"#;

/// A reader that returns as many bytes at a time as it likes, and then maybe an error.
struct Crumbs<'b> {
    bytes: &'b [u8],
    most: usize,
    random: Rng,
    end: Option<io::Error>,
}

impl<'b> Crumbs<'b> {
    fn new(bytes: &'b [u8], seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let most = random.choice([1, 7, 1000, 1 << 20]).unwrap();
        Self { bytes, most, random, end: None }
    }
}

impl Read for Crumbs<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.random.u8(..) == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let most = self.most.min(buffer.len()).min(self.bytes.len());
        if most == 0 {
            return self.end.take().map_or(Ok(0), Err);
        }
        let length = self.random.usize(1..=most);
        let (now, later) = self.bytes.split_at(length);
        buffer[..length].copy_from_slice(now);
        self.bytes = later;
        Ok(length)
    }
}

/// A writer that takes as many bytes at a time as it likes, and an error after `left` bytes.
struct Narrow {
    written: Vec<u8>,
    left: usize,
    error: Option<io::Error>,
}

impl Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(self.error.take().unwrap_or_else(|| io::ErrorKind::BrokenPipe.into()));
        }
        let length = bytes.len().min(self.left).min(1000);
        self.left -= length;
        self.written.extend_from_slice(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The configurations: each number of threads with each chunk size.
fn configs() -> impl Iterator<Item = Config> {
    let sizes = [1, 1000, 64 << 10, 1 << 20];
    [1, 2, 8].into_iter().flat_map(move |threads: usize| {
        sizes.map(|chunk_size| Config { threads: threads.try_into().ok(), chunk_size, ..Config::default() })
    })
}

/// The rows and the summary of a file with these bytes.
fn by_file(bytes: &[u8], config: &Config) -> (Vec<u8>, Result<Summary, Error>) {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("input"), folder.path().join("output"));
    std::fs::write(&input, bytes).unwrap();
    let config = Config { inputs: vec![Input::Path(input)], output: Output::Path(output.clone()), ..config.clone() };
    let converted = steer2reg::convert(&config);
    (std::fs::read(output).unwrap_or_default(), converted)
}

/// A run that must end, with its result.
fn ends<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    let (done, end) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || done.send(run()));
        end.recv_timeout(Duration::from_mins(1)).expect("the run ends")
    })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn archives(bytes: &[u8]) -> [Vec<u8>; 3] {
    [bytes.to_vec(), gzip(bytes), zstd::encode_all(bytes, 1).unwrap()]
}

#[test]
fn a_stream_gives_the_rows_and_the_counts_of_a_file() {
    let corpus = Kind::Oasst.corpus(60 << 10);
    for (seed, config) in configs().enumerate() {
        for input in archives(corpus.as_bytes()) {
            for compression in [None, Some(Compression::Gzip), Some(Compression::Zstd)] {
                let config = Config { compression, ..config.clone() };
                let mut rows = Vec::new();
                let summary = convert_stream(Crumbs::new(&input, seed as u64), &mut rows, &config).unwrap();
                let (expected, of_file) = by_file(&input, &config);
                let of_file = of_file.unwrap();
                assert!(rows == expected, "{config:?}: {} bytes, not {}", rows.len(), expected.len());
                assert_eq!(summary.counts, of_file.counts, "{config:?}");
                assert_eq!((summary.bytes_in, summary.bytes_out), (of_file.bytes_in, of_file.bytes_out));
                assert_eq!(summary.schemas, of_file.schemas);
            }
        }
    }
}

#[test]
fn an_empty_stream_has_no_rows_and_is_a_valid_archive() {
    let summary = convert_stream(io::empty(), io::sink(), &Config::default()).unwrap();
    assert_eq!((summary.counts.records, summary.bytes_out), (0, 0));
    let mut rows = Vec::new();
    let config = Config { compression: Some(Compression::Gzip), ..Config::default() };
    convert_stream(io::empty(), &mut rows, &config).unwrap();
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(&rows[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text, "");
    assert!(!rows.is_empty());
}

#[test]
fn a_bad_record_has_the_error_of_a_file_and_the_rows_before_are_written() {
    let good = Kind::HelpSteer.corpus(100 << 10);
    let input = format!("{good}{BAD}\n{good}");
    for config in configs() {
        let mut rows = Vec::new();
        let error = ends(|| convert_stream(Crumbs::new(input.as_bytes(), 1), &mut rows, &config)).unwrap_err();
        let (_, of_file) = by_file(input.as_bytes(), &config);
        let of_file = of_file.unwrap_err();
        let (position, expected) = (error.position().unwrap(), of_file.position().unwrap());
        assert_eq!((position.line, position.byte), (expected.line, expected.byte));
        assert_eq!(position.file, "<reader>");
        assert_eq!(error.to_string().replace("<reader>", &expected.file), of_file.to_string());
        let (all, _) = by_file(good.as_bytes(), &config);
        assert!(all.starts_with(&rows), "rows of the records before");
    }
}

#[test]
fn bad_records_are_skipped_and_written_as_those_of_a_file() {
    let good = Kind::HelpSteer.corpus(50 << 10);
    let input = format!("{BAD}\n{good}{BAD}\n{good}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rejects");
    let on_error = OnError::Skip { rejects: Some(path.clone()), max_rejects: Some(2) };
    for config in configs() {
        let config = Config { on_error: on_error.clone(), ..config };
        let mut rows = Vec::new();
        let summary = convert_stream(Crumbs::new(input.as_bytes(), 2), &mut rows, &config).unwrap();
        let rejects = std::fs::read_to_string(&path).unwrap();
        let (expected, _) = by_file(input.as_bytes(), &config);
        assert!(rows == expected);
        assert_eq!(summary.counts.rejected.total(), 2);
        let of_file = std::fs::read_to_string(&path).unwrap();
        let without_name = |rejects: &str| {
            let mut values: Vec<serde_json::Value> =
                rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            for value in &mut values {
                value["file"] = serde_json::Value::Null;
            }
            values
        };
        assert_eq!(without_name(&rejects), without_name(&of_file));
    }
}

#[test]
fn an_error_of_the_reader_ends_the_run_and_is_its_source() {
    let corpus = Kind::Oasst.corpus(100 << 10);
    let mut random = Rng::with_seed(3);
    for config in configs() {
        let (all, _) = by_file(corpus.as_bytes(), &config);
        for input in archives(corpus.as_bytes()) {
            let mut reader = Crumbs::new(&input[..random.usize(..input.len())], random.u64(..));
            reader.end = Some(io::Error::new(io::ErrorKind::ConnectionReset, "the line went dead"));
            let mut rows = Vec::new();
            let error = ends(|| convert_stream(reader, &mut rows, &config)).unwrap_err();
            assert_eq!(error.to_string(), "cannot read <reader>: the line went dead");
            let ErrorKind::Io { source, .. } = error.kind() else { panic!("{error:?}") };
            assert_eq!(source.kind(), io::ErrorKind::ConnectionReset);
            assert!(all.starts_with(&rows), "rows of the records before");
        }
    }
}

#[test]
fn an_archive_that_is_cut_off_is_an_error() {
    let corpus = Kind::Oasst.corpus(100 << 10);
    for (input, name) in archives(corpus.as_bytes()).iter().skip(1).zip(["gzip", "zstd"]) {
        let half = &input[..input.len() / 2];
        let error = convert_stream(Crumbs::new(half, 4), io::sink(), &Config::default()).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("cannot read <reader>: the {name} archive is cut off")),
            "{error}"
        );
    }
}

#[test]
fn an_error_of_the_writer_ends_the_run_and_is_its_source() {
    let corpus = Kind::Oasst.corpus(100 << 10);
    let mut random = Rng::with_seed(5);
    for config in configs() {
        let (all, _) = by_file(corpus.as_bytes(), &config);
        for is_closed in [false, true] {
            let left = random.usize(..all.len());
            let error = (!is_closed).then(|| io::Error::other("the tape is full"));
            let mut writer = Narrow { written: Vec::new(), left, error };
            let reader = Crumbs::new(corpus.as_bytes(), random.u64(..));
            let error = ends(|| convert_stream(reader, &mut writer, &config)).unwrap_err();
            if is_closed {
                assert!(matches!(error.kind(), ErrorKind::ReaderGone { name } if name == "<writer>"), "{error}");
            } else {
                assert_eq!(error.to_string(), "cannot write <writer>: the tape is full");
            }
            assert_eq!(writer.written, all[..left]);
        }
    }
}

#[test]
fn an_error_of_the_last_flush_is_told() {
    struct NoFlush;
    impl Write for NoFlush {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::Error::other("the tape is full"))
        }
    }
    let error = convert_stream(io::empty(), NoFlush, &Config::default()).unwrap_err();
    assert_eq!(error.to_string(), "cannot write <writer>: the tape is full");
}

#[test]
fn settings_of_files_are_errors() {
    let config = |config: Config| convert_stream(io::empty(), io::sink(), &config).unwrap_err().to_string();
    assert_eq!(
        config(Config { inputs: vec![Input::Stdin], ..Config::default() }),
        "<reader> is the only input, so inputs must be empty"
    );
    assert_eq!(
        config(Config { output: Output::Stdout, ..Config::default() }),
        "<writer> is the only output, so output must be Check"
    );
    let shard = Some(Shard::new(0, 2).unwrap());
    assert_eq!(
        config(Config { shard, ..Config::default() }),
        "<reader> cannot be cut into shards: only a regular file has byte ranges"
    );
    let repeat = NonZeroU64::new(2).unwrap();
    assert_eq!(
        config(Config { repeat, ..Config::default() }),
        "<reader> can be read only once, so its rows cannot be repeated (repeat): write it to a file first"
    );
}

#[test]
fn rows_of_a_reader_are_repeated_in_place() {
    let corpus = Kind::HelpSteer.corpus(100_000);
    let rows = |times: u64| {
        let config = Config { repeat_each: NonZeroU64::new(times).unwrap(), chunk_size: 5000, ..Config::default() };
        let mut rows = Vec::new();
        let summary = convert_stream(corpus.as_bytes(), &mut rows, &config).unwrap();
        assert_eq!((summary.repeat_each, summary.bytes_out), (times, rows.len() as u64));
        String::from_utf8(rows).unwrap()
    };
    let once = rows(1);
    let each: String = once.split_inclusive('\n').map(|row| row.repeat(3)).collect();
    assert!(rows(3) == each && once.lines().count() > 20);
}

/// A reader that counts what is read.
struct Counted<'b>(&'b [u8], Arc<AtomicUsize>);

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1.fetch_add(read, Ordering::SeqCst);
        Ok(read)
    }
}

/// A writer that takes nothing until it may.
struct Closed(Arc<(Mutex<bool>, Condvar)>);

impl Write for Closed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (is_open, opens) = &*self.0;
        drop(opens.wait_while(is_open.lock().unwrap(), |is_open| !*is_open).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_takes_nothing_bounds_what_is_read() {
    const CHUNK: usize = 4 << 10;
    const THREADS: usize = 2;
    let corpus = Kind::HelpSteer.corpus(1 << 20);
    let (read, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new((Mutex::new(false), Condvar::new())));
    let (reader, writer) = (Counted(corpus.as_bytes(), Arc::clone(&read)), Closed(Arc::clone(&gate)));
    let config = Config { threads: THREADS.try_into().ok(), chunk_size: CHUNK, ..Config::default() };
    thread::scope(|scope| {
        let run = scope.spawn(|| convert_stream(reader, writer, &config));
        let mut before = None;
        while before != Some(read.load(Ordering::SeqCst)) {
            before = Some(read.load(Ordering::SeqCst));
            thread::sleep(Duration::from_millis(300));
        }
        // Eight chunks for each worker, of which each may be a line longer.
        let most = 8 * THREADS * 2 * CHUNK;
        let read = read.load(Ordering::SeqCst);
        *gate.0.lock().unwrap() = true;
        gate.1.notify_all();
        assert!((1..=most).contains(&read), "{read} bytes were read, of {most} that may be in flight");
        assert!(most < corpus.len() / 4, "there is more to read");
        run.join().unwrap().unwrap();
    });
}
