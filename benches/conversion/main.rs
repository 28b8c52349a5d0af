//! How fast the conversion is, in bytes of input per second: `cargo bench`, or `cargo bench -- memory` for a group.
//!
//! Every bench checks its output against the oracle of the tests before it is timed.

mod plain_way;

use std::{fs, hint::black_box, num::NonZeroUsize, thread::available_parallelism, time::Duration};

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use steer2reg::{Config, Converter, Input, Output, Parser, Schema, bench};
use support::corpus::Kind;

/// For single records, whose rows stay in the cache.
const BYTES_OF_RECORDS: usize = 4 << 20;
/// Larger, with its rows, than the caches of most machines.
const BYTES_IN_MEMORY: usize = 64 << 20;
/// For files: some tens of chunks for each thread. The rows of long conversations are ten times as much.
const BYTES_IN_A_FILE: usize = 8 << 20;

/// For the formatting of one conversation.
const VALUES_OF_A_CONVERSATION: usize = 40;

const SAMPLES: usize = 10;
const WARM_UP: Duration = Duration::from_millis(300);
const MEASUREMENT: Duration = Duration::from_millis(1500);
/// A tenth of the default: more would take longer than the measurement.
const RESAMPLES: usize = 10_000;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(SAMPLES)
        .warm_up_time(WARM_UP)
        .measurement_time(MEASUREMENT)
        .nresamples(RESAMPLES)
        .without_plots()
        .configure_from_args();
    stages(&mut criterion);
    label(&mut criterion);
    record(&mut criterion);
    memory(&mut criterion);
    end_to_end(&mut criterion);
    criterion.final_summary();
}

/// The stages of a conversion one by one, in one thread.
fn stages(criterion: &mut Criterion) {
    let corpus = Kind::HelpSteer.corpus(BYTES_OF_RECORDS);
    let records = corpus.lines().count();
    let turns = 2 * records;
    let mut masks = Vec::new();
    let quotes_and_line_ends = bench::split(&corpus, &mut masks);
    assert!(quotes_and_line_ends > 20 * records);
    assert_eq!(bench::parse_by_pass_through(&corpus, &mut masks), turns);
    assert_eq!(bench::parse_by_simd_json(&corpus), turns);

    let mut group = criterion.benchmark_group("stages");
    group.throughput(Throughput::Bytes(corpus.len() as u64));
    group.bench_function("split", |bencher| bencher.iter(|| bench::split(black_box(&corpus), &mut masks)));
    group.bench_function("parse/pass-through", |bencher| {
        bencher.iter(|| bench::parse_by_pass_through(black_box(&corpus), &mut masks));
    });
    group.bench_function("parse/simd-json", |bencher| bencher.iter(|| bench::parse_by_simd_json(black_box(&corpus))));

    // Lines of the corpus are the content of turns: to be copied, or to be escaped.
    let values: Vec<_> = corpus.lines().take(VALUES_OF_A_CONVERSATION).collect();
    let said: u64 = values.iter().map(|value| value.len() as u64).sum();
    assert!(bench::format(&values, true) > said);
    assert!(bench::format(&values, false) > bench::format(&values, true));
    group.throughput(Throughput::Bytes(said));
    group.bench_function("format/spelled", |bencher| bencher.iter(|| bench::format(black_box(&values), true)));
    group.bench_function("format/decoded", |bencher| bencher.iter(|| bench::format(black_box(&values), false)));
    group.finish();
}

/// One label to scores.
fn label(criterion: &mut Criterion) {
    let labels = [
        ("helpsteer", "helpfulness:3,correctness:4,coherence:4,complexity:2,verbosity:1"),
        ("fractions", "quality:3.2745,toxicity:0.0131,humor:1.5e-3,creativity:.25"),
        ("unknown", "fluency:4,style:not a number,quality:3"),
    ];
    let mut group = criterion.benchmark_group("label");
    for (name, label) in labels {
        let line = format!(r#"{{"conversations":[{{"from":"","value":"","label":"{label}"}}],"mask":""}}"#);
        let row = oracle::rows(line.as_bytes()).expect("the label is good");
        let scores: Vec<_> = steer2reg::parse_label(label).unwrap().iter().map(|score| format!("{score:?}")).collect();
        assert!(row.contains(&format!("[{}]", scores.join(", "))), "{name}");

        group.throughput(Throughput::Bytes(label.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| steer2reg::parse_label(black_box(label))));
    }
    group.finish();
}

/// Record by record, the rows staying in the cache: by kind and parser.
fn record(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("record");
    for kind in Kind::ALL {
        let corpus = kind.corpus(BYTES_OF_RECORDS);
        let expected = rows(&corpus);
        group.throughput(Throughput::Bytes(corpus.len() as u64));
        for (name, parser) in [("auto", Parser::Auto), ("simd-json", Parser::SimdJson)] {
            let mut converter = support::converter(parser);
            let mut out = Vec::new();
            convert_all(&mut converter, &corpus, &mut out);
            assert!(out == expected, "{name} {}", kind.name());

            group.bench_function(BenchmarkId::new(name, kind.name()), |bencher| {
                bencher.iter(|| {
                    for line in corpus.lines() {
                        out.clear();
                        converter.convert(line.as_bytes(), &mut out).unwrap();
                        black_box(&mut out);
                    }
                });
            });
        }
    }
    group.finish();
}

/// From memory to memory in one thread, beside how others would do it and a copy of the input.
fn memory(criterion: &mut Criterion) {
    let corpus = Kind::HelpSteer.corpus(BYTES_IN_MEMORY);
    let rows = rows(&corpus);
    let mut auto = support::converter(Parser::Auto);
    let mut simd_json = support::converter(Parser::SimdJson);
    let mut out = Vec::with_capacity(rows.len().max(corpus.len()));

    let mut group = criterion.benchmark_group("memory");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Bytes(corpus.len() as u64));
    let mut bench = |name, expected: &[u8], convert: &mut dyn FnMut(&mut Vec<u8>)| {
        out.clear();
        convert(&mut out);
        assert!(out == expected, "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                convert(&mut out);
                black_box(&mut out);
            });
        });
    };
    bench("auto", &rows, &mut |out| convert_all(&mut auto, black_box(&corpus), out));
    bench("simd-json", &rows, &mut |out| convert_all(&mut simd_json, black_box(&corpus), out));
    bench("serde_json", &rows, &mut |out| plain_way::convert_all(black_box(&corpus), out));
    bench("memcpy", corpus.as_bytes(), &mut |out| out.extend_from_slice(black_box(corpus.as_bytes())));

    // The same records as they were published.
    let published: String = corpus.lines().map(as_published).collect();
    group.throughput(Throughput::Bytes(published.len() as u64));
    for (name, parser) in [("helpsteer/auto", Parser::Auto), ("helpsteer/simd-json", Parser::SimdJson)] {
        let mut converter = Converter::builder().parser(parser).schema(Schema::HelpSteer).build().unwrap();
        out.clear();
        convert_all(&mut converter, &published, &mut out);
        assert!(out == rows, "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                convert_all(&mut converter, black_box(&published), &mut out);
                black_box(&mut out);
            });
        });
    }
    group.finish();
}

/// A HelpSteer record from what NeMo-Aligner makes of it.
fn as_published(line: &str) -> String {
    let record: serde_json::Value = serde_json::from_str(line).unwrap();
    let [prompt, response] = [0, 1].map(|turn| &record["conversations"][turn]);
    let scores = response["label"].as_str().unwrap().replace(',', ", \"").replace(':', "\": ");
    format!("{{\"prompt\": {}, \"response\": {}, \"{scores}}}\n", prompt["value"], response["value"])
}

/// File to file: by kind and threads.
fn end_to_end(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("sft.jsonl"), folder.path().join("rows.jsonl"));
    let mut group = criterion.benchmark_group("end_to_end");
    group.sampling_mode(SamplingMode::Flat);
    for kind in Kind::ALL {
        let corpus = kind.corpus(BYTES_IN_A_FILE);
        let expected = rows(&corpus);
        fs::write(&input, &corpus).unwrap();
        group.throughput(Throughput::Bytes(corpus.len() as u64));
        for threads in thread_counts() {
            let config = Config::new(Input::Path(input.clone()), Output::Path(output.clone()));
            let config = Config { threads: Some(threads), mmap: support::library::mapped(), ..config };
            let summary = steer2reg::convert(&config).unwrap();
            assert_eq!(summary.threads, threads.get());
            assert!(fs::read(&output).unwrap() == expected, "{} by {threads} threads", kind.name());

            group.bench_function(BenchmarkId::new(kind.name(), threads), |bencher| {
                bencher.iter(|| steer2reg::convert(&config).unwrap());
            });
        }
    }
    group.finish();
}

/// 1, 2, 4, … and all.
fn thread_counts() -> Vec<NonZeroUsize> {
    let all = available_parallelism().map_or(1, NonZeroUsize::get);
    let mut counts: Vec<_> =
        std::iter::successors(Some(1), |threads| Some(2 * threads)).take_while(|&threads| threads < all).collect();
    counts.push(all);
    counts.into_iter().filter_map(NonZeroUsize::new).collect()
}

/// What the oracle makes of a corpus.
fn rows(corpus: &str) -> Vec<u8> {
    let converted = oracle::file(corpus.as_bytes());
    assert_eq!(converted.rejected, []);
    converted.rows.into_bytes()
}

fn convert_all(converter: &mut Converter, corpus: &str, out: &mut Vec<u8>) {
    for line in corpus.lines() {
        converter.convert(line.as_bytes(), out).unwrap();
    }
}
