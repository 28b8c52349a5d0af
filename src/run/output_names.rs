//! Names of outputs that contradict their content: JSON Lines in a file called `rows.parquet` are an error before anything is
//! written.
//!
//! Pipes, devices and standard output may have any name.

use std::{fs, path::Path};

use crate::{
    config::{Compression, Config, OnError},
    error::Error,
    output::{path::is_dash, target::Target},
    setting::{Setting, message},
};

/// Checks the names of all files that a run writes.
pub(crate) fn check(config: &Config, targets: &[Target]) -> Result<(), Error> {
    for target in targets {
        if let Target::Path(path) = target {
            check_rows(path, config.compression)?;
        }
    }
    let rejects = match &config.on_error {
        OnError::Skip { rejects, .. } => rejects.as_deref(),
        OnError::Fail => None,
    };
    let others = [
        (rejects, Setting::Rejects, Content::JsonLines),
        (config.stats.as_deref(), Setting::Stats, Content::Json),
        (config.report.as_deref(), Setting::Report, Content::Html),
    ];
    for (path, setting, content) in others {
        if let Some(path) = path.filter(|path| !is_dash(path)) {
            check_name(path, setting, content)?;
        }
    }
    Ok(())
}

/// The content of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    JsonLines,
    Json,
    Html,
}

impl Content {
    fn name(self) -> &'static str {
        match self {
            Self::JsonLines => "JSON Lines",
            Self::Json => "JSON",
            Self::Html => "HTML",
        }
    }

    /// The usual extension.
    fn ending(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Json => "json",
            Self::Html => "html",
        }
    }
}

/// How to get what a name promises.
enum Help {
    /// Pipe the output to this command.
    Pipe(&'static str),
    /// Give the file another name.
    Rename,
}

/// Checks the name of the rows, which may be compressed.
fn check_rows(path: &Path, compression: Option<Compression>) -> Result<(), Error> {
    if is_exempt(path) {
        return Ok(());
    }
    let by_name = Compression::from_extension(path);
    if let Some(asked) = compression.filter(|&asked| by_name != Compression::None && asked != by_name) {
        let holds = if asked == Compression::None { "plain JSON Lines" } else { asked.name() };
        let reason = message!(
            format!("would hold {holds}, as "),
            Setting::Compression,
            format!(" {asked} asks, but its name says {by_name}: leave "),
            Setting::Compression,
            " out, or give the file another name"
        );
        return Err(Error::unusable(path.display(), reason));
    }
    // The name without the extension of the compression counts: x.csv.gz is CSV.
    let inner = path.file_stem().filter(|_| by_name != Compression::None).map_or(path, Path::new);
    check_ending(path, inner, Setting::Output, Content::JsonLines)
}

/// Checks the name of a file that is not compressed.
fn check_name(path: &Path, setting: Setting, content: Content) -> Result<(), Error> {
    if is_exempt(path) { Ok(()) } else { check_ending(path, path, setting, content) }
}

/// Checks the extension of `named`, which is the path without the extension of its compression.
fn check_ending(path: &Path, named: &Path, setting: Setting, content: Content) -> Result<(), Error> {
    let ending = named.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    let Some((promised, help)) = promise(&ending, content) else { return Ok(()) };
    let holds = content.name();
    let problem = format!("would hold {holds}, but its name says {promised}: ");
    let reason = match help {
        Help::Pipe(command) => {
            message!(problem, setting, format!(" - | {command} writes that, or give it another name"))
        }
        Help::Rename => {
            let other = named.with_extension(content.ending());
            message!(problem, format!("give it another name, such as {}", other.display()))
        }
    };
    Err(Error::unusable(path.display(), reason))
}

/// What an extension promises, if it is not `content`, and how to get that.
fn promise(ending: &str, content: Content) -> Option<(&'static str, Help)> {
    use Help::{Pipe, Rename};
    Some(match ending {
        "gz" | "gzip" => ("gzip", Pipe("gzip > FILE")),
        "zst" | "zstd" => ("zstd", Pipe("zstd > FILE")),
        "bgz" | "bgzf" => ("bgzip", Pipe("bgzip > FILE")),
        "xz" => ("xz", Pipe("xz > FILE")),
        "lzma" => ("lzma", Pipe("xz --format=lzma > FILE")),
        "bz2" | "bz" | "bzip2" => ("bzip2", Pipe("bzip2 > FILE")),
        "lz4" => ("lz4", Pipe("lz4 > FILE")),
        "lz" => ("lzip", Pipe("lzip > FILE")),
        "lzo" => ("lzop", Pipe("lzop > FILE")),
        "br" => ("Brotli", Pipe("brotli > FILE")),
        "z" => ("compress", Pipe("compress > FILE")),
        "sz" | "snappy" => ("Snappy", Rename),
        "zip" => ("zip", Pipe("zip > FILE")),
        "7z" => ("7-Zip", Pipe("7z a -si FILE")),
        "rar" => ("RAR", Rename),
        "tar" | "tgz" | "tbz" | "tbz2" | "txz" | "tzst" => ("tar", Rename),
        "csv" => ("CSV", Rename),
        "tsv" => ("TSV", Rename),
        "xls" | "xlsx" | "ods" => ("a spreadsheet", Rename),
        "parquet" | "pq" => ("Parquet", Rename),
        "arrow" => ("Arrow", Rename),
        "feather" => ("Feather", Rename),
        "orc" => ("ORC", Rename),
        "avro" => ("Avro", Rename),
        "npy" | "npz" => ("NumPy", Rename),
        "pkl" | "pickle" => ("pickle", Rename),
        "h5" | "hdf5" => ("HDF5", Rename),
        "msgpack" => ("MessagePack", Rename),
        "tfrecord" | "tfrecords" => ("TFRecord", Rename),
        "pt" | "pth" => ("PyTorch", Rename),
        "safetensors" => ("safetensors", Rename),
        "db" | "sqlite" | "sqlite3" => ("a database", Rename),
        "pdf" => ("PDF", Rename),
        "xml" => ("XML", Rename),
        "yaml" | "yml" => ("YAML", Rename),
        "toml" => ("TOML", Rename),
        "html" | "htm" if content != Content::Html => ("HTML", Rename),
        "json" if content == Content::Html => ("JSON", Rename),
        "jsonl" | "ndjson" if content == Content::Html => ("JSON Lines", Rename),
        _ => return None,
    })
}

/// True for pipes, devices and all else that exists and is not a regular file.
fn is_exempt(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}
