//! A folder with one input, and the ways in which it can be converted.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
};

use steer2reg::{Config, Error, Input, MmapChoice, OnError, Output, Parser, RowFormat, Schema, Split, Summary};
use tempfile::TempDir;

/// How the input reaches the workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Mapped,
    Read,
    Fifo,
}

impl Source {
    pub const ALL: [Self; 3] = [Self::Mapped, Self::Read, Self::Fifo];
}

/// One way to convert an input.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    pub source: Source,
    pub threads: usize,
    pub chunk_size: usize,
    pub parser: Parser,
}

/// Every combination of a source, a number of threads and a chunk size.
pub fn ways(threads: &[usize], chunk_sizes: &[usize]) -> Vec<Way> {
    let mut ways = Vec::new();
    for source in Source::ALL {
        for &threads in threads {
            for &chunk_size in chunk_sizes {
                ways.push(Way { source, threads, chunk_size, parser: Parser::Auto });
            }
        }
    }
    ways
}

#[derive(Debug)]
pub struct TestInput {
    folder: TempDir,
    input: Vec<u8>,
    pub schema: Option<Schema>,
    pub only_attribute: Option<String>,
    pub split: Option<Split>,
    pub format: RowFormat,
}

/// Makes a named pipe without a child process: until its `exec`, a child holds the pipes of other tests open, and their
/// writers would see a reader that leaves.
#[cfg(target_os = "linux")]
fn make_fifo(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a named pipe");
}

#[cfg(not(target_os = "linux"))]
fn make_fifo(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
}

impl TestInput {
    pub fn new(input: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (input, format) = (input.to_vec(), RowFormat::default());
        let place = Self { folder, input, schema: None, only_attribute: None, split: None, format };
        fs::write(place.file(), &place.input).unwrap();
        make_fifo(&place.fifo());
        place
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("input.jsonl")
    }

    fn fifo(&self) -> PathBuf {
        self.folder.path().join("input.fifo")
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("output.jsonl")
    }

    fn rejects(&self) -> PathBuf {
        self.folder.path().join("rejects.jsonl")
    }

    /// The path of the input for a source.
    pub fn input(&self, source: Source) -> PathBuf {
        if source == Source::Fifo { self.fifo() } else { self.file() }
    }

    /// The rows and the summary of a run that stops at the first bad record; the output must then not be there.
    pub fn convert(&self, way: Way) -> Result<(Vec<u8>, Summary), Error> {
        let converted = self.run(way, OnError::Fail);
        let rows = fs::read(self.output());
        let _ = fs::remove_file(self.output());
        assert_eq!(rows.is_ok(), converted.is_ok(), "{way:?}: the output is there if it is complete");
        converted.map(|summary| (rows.unwrap(), summary))
    }

    /// The rows, the rejects and the summary of a run that skips bad records.
    pub fn convert_good(&self, way: Way) -> (Vec<u8>, String, Summary) {
        let on_error = OnError::Skip { rejects: Some(self.rejects()), max_rejects: None };
        let summary = self.run(way, on_error).unwrap_or_else(|error| panic!("{way:?}: {error}"));
        (fs::read(self.output()).unwrap(), fs::read_to_string(self.rejects()).unwrap(), summary)
    }

    fn run(&self, way: Way, on_error: OnError) -> Result<Summary, Error> {
        let Way { source, threads, chunk_size, parser } = way;
        let config = Config::new(Input::Path(self.input(source)), Output::Path(self.output()));
        let threads = threads.try_into().ok();
        let config = Config {
            threads,
            chunk_size,
            on_error,
            parser,
            allow_empty: true,
            mmap: if source == Source::Mapped { mapped() } else { MmapChoice::never() },
            ..config
        };
        let (only_attribute, split) = (self.only_attribute.clone(), self.split);
        let config = Config { schema: self.schema, only_attribute, split, format: self.format.clone(), ..config };
        thread::scope(|scope| {
            if source == Source::Fifo {
                scope.spawn(|| match fs::write(self.fifo(), &self.input) {
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => panic!("{error}"),
                    _ => {}
                });
            }
            steer2reg::convert(&config)
        })
    }
}

/// The choice to map files.
#[allow(unsafe_code)]
pub fn mapped() -> MmapChoice {
    // SAFETY: the files of tests, benches and fuzz targets are in folders that only they know.
    unsafe { MmapChoice::auto() }
}
