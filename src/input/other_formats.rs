//! Files that are not JSON Lines, known by their first bytes, each with the command that helps.
//!
//! A record of JSON Lines begins with white space, a byte order mark or `{`, so none of these can be one. Magic numbers are
//! those of the formats' specifications; texts are told by words that no record begins with.

/// The bytes of a file that are looked at: tar has its mark at byte 257.
pub(super) const BEGINNING: usize = 512;

/// The bytes that are looked at first: they mostly say that a file is JSON.
pub(super) const FIRST: usize = 2;

/// True for the beginning of a record, as nearly all files have it: no other format begins like this.
pub(super) fn is_plain(first: &[u8]) -> bool {
    matches!(first, [b'{', second, ..] if *second != 0)
}

/// The name of another format, and what helps: both as parts of a sentence about the file.
type Kind = (&'static str, &'static str);

const PARQUET: Kind = (
    "a Parquet file",
    r#"python3 -c 'import pandas; pandas.read_parquet("FILE").to_json("FILE.jsonl", orient="records", lines=True)'"#,
);
const ARROW: Kind = (
    "an Arrow file",
    r#"python3 -c 'import pandas; pandas.read_feather("FILE").to_json("FILE.jsonl", orient="records", lines=True)'"#,
);
const ARROW_STREAM: Kind = (
    "an Arrow stream, as Hugging Face datasets keeps them",
    r#"python3 -c 'import datasets; datasets.Dataset.from_file("FILE").to_json("FILE.jsonl", force_ascii=False)'"#,
);
const PICKLE: Kind = (
    "a Python pickle",
    r#"python3 -c 'import pandas; pandas.read_pickle("FILE").to_json("FILE.jsonl", orient="records", lines=True)', if you trust it"#,
);

/// Magic numbers, which are first bytes.
const MAGIC: [(&[u8], Kind); 27] = [
    // What is compressed once is decompressed before it comes here.
    (b"\x1f\x8b", TWICE),
    (b"\x28\xb5\x2f\xfd", TWICE),
    (b"PAR1", PARQUET),
    (b"PARE", PARQUET),
    (b"ARROW1", ARROW),
    (b"FEA1", ARROW),
    (b"\xff\xff\xff\xff", ARROW_STREAM),
    (b"ORC", ("an ORC file", "DuckDB, pandas or Spark, which write it as JSON Lines")),
    (b"Obj\x01", ("an Avro file", "avro-tools tojson FILE > FILE.jsonl")),
    (b"PK\x03\x04", ("a zip archive", "unzip -p FILE | steer2reg -i - …")),
    (b"\xfd7zXZ\0", ("compressed with xz", "xz -dc FILE | steer2reg -i - …")),
    (b"BZh", ("compressed with bzip2", "bzip2 -dc FILE | steer2reg -i - …")),
    (b"7z\xbc\xaf\x27\x1c", ("a 7z archive", "7z x -so FILE | steer2reg -i - …")),
    (b"\x04\x22\x4d\x18", ("compressed with lz4", "lz4 -dc FILE | steer2reg -i - …")),
    (b"\x1f\x9d", ("compressed with compress", "uncompress -c FILE | steer2reg -i - …")),
    (b"Rar!\x1a\x07", ("a RAR archive", "unrar p -inul FILE | steer2reg -i - …")),
    (b"\xff\xfe\0\0", ("UTF-32 text", "iconv -f UTF-32 -t UTF-8 FILE | steer2reg -i - …")),
    (b"\0\0\xfe\xff", ("UTF-32 text", "iconv -f UTF-32 -t UTF-8 FILE | steer2reg -i - …")),
    (b"\xff\xfe", ("UTF-16 text", "iconv -f UTF-16 -t UTF-8 FILE | steer2reg -i - …")),
    (b"\xfe\xff", ("UTF-16 text", "iconv -f UTF-16 -t UTF-8 FILE | steer2reg -i - …")),
    (b"SQLite format 3\0", ("an SQLite database", "sqlite3 FILE, which can write a table as JSON")),
    (b"\x89HDF\r\n\x1a\n", ("an HDF5 file", "h5py or pandas, which can write a table as JSON Lines")),
    (b"\x93NUMPY", ("a NumPy array", "numpy.load, in Python")),
    (b"\x80\x04\x95", PICKLE),
    (b"\x80\x05\x95", PICKLE),
    (b"%PDF-", ("a PDF document", "the file that was to be downloaded")),
    (
        b"version https://git-lfs.github.com/spec/",
        ("a Git LFS pointer in the place of the file itself", "git lfs pull"),
    ),
];

const TWICE: Kind = ("compressed twice", "gzip -dc FILE | steer2reg -i - … (or zstd -dc)");
const TAR: Kind = ("a tar archive", "tar -xOf FILE | steer2reg -i - …");
const UTF16_LE: Kind = ("UTF-16 text", "iconv -f UTF-16LE -t UTF-8 FILE | steer2reg -i - …");
const UTF16_BE: Kind = ("UTF-16 text", "iconv -f UTF-16BE -t UTF-8 FILE | steer2reg -i - …");
const HTML: Kind =
    ("a page of HTML or XML (as a server sends with an error)", "downloading it again from the right address");
const TABLE: Kind = (
    "a table with a line of column names (CSV or TSV)",
    r#"python3 -c 'import pandas; pandas.read_csv("FILE", sep=None, engine="python").to_json("FILE.jsonl", orient="records", lines=True)'"#,
);

/// The names of columns in tables of the data sets that are read.
const COLUMNS: [&str; 28] = [
    "prompt",
    "response",
    "helpfulness",
    "correctness",
    "coherence",
    "complexity",
    "verbosity",
    "quality",
    "toxicity",
    "humor",
    "creativity",
    "conversations",
    "mask",
    "system",
    "text",
    "role",
    "label",
    "labels",
    "context",
    "response_1",
    "response_2",
    "response1",
    "response2",
    "preference_strength",
    "overall_preference",
    "split",
    "message_id",
    "parent_id",
];

/// The reason why a file that begins with these bytes cannot be read, as what follows its name in a message. `None` if it
/// may be JSON Lines.
pub(super) fn reason(name: &str, beginning: &[u8]) -> Option<String> {
    let beginning = &beginning[..beginning.len().min(BEGINNING)];
    let (what, help) = kind(beginning)?;
    // A command can be copied, if the name needs no quotes in it.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._/+-".contains(&byte);
    let name = if name.bytes().all(is_plain) && !name.starts_with('-') { name } else { "FILE" };
    Some(format!("is {what}, not JSON Lines; what helps: {}", help.replace("FILE", name)))
}

fn kind(beginning: &[u8]) -> Option<Kind> {
    if is_plain(beginning) {
        return None;
    }
    if let Some((_, kind)) = MAGIC.into_iter().find(|(magic, _)| beginning.starts_with(magic)) {
        return Some(kind);
    }
    // POSIX's mark and GNU's. Both have a byte that no JSON has; the letters alone are in the middle of "mustard", too.
    if beginning.get(257..).is_some_and(|mark| mark.starts_with(b"ustar\0") || mark.starts_with(b"ustar  \0")) {
        return Some(TAR);
    }
    match beginning {
        [a, 0, b, 0, ..] if a.is_ascii() && b.is_ascii() && *a > 0 && *b > 0 => return Some(UTF16_LE),
        [0, a, 0, b, ..] if a.is_ascii() && b.is_ascii() && *a > 0 && *b > 0 => return Some(UTF16_BE),
        _ => {}
    }
    let text = beginning.trim_ascii_start();
    let is_tag = |tag: &str| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()));
    if ["<!doctype", "<html", "<?xml"].into_iter().any(is_tag) {
        return Some(HTML);
    }
    has_column_names(text).then_some(TABLE)
}

/// True if the first line has two or more names of columns and nothing that looks like JSON.
fn has_column_names(text: &[u8]) -> bool {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    if line.iter().any(|byte| b"{}[]:".contains(byte)) {
        return false;
    }
    let separator = if line.contains(&b'\t') { b'\t' } else { b',' };
    let names = line.split(|&byte| byte == separator).map(<[u8]>::trim_ascii);
    let names = names.map(|name| name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name));
    names.filter(|name| COLUMNS.iter().any(|column| column.as_bytes() == *name)).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_records_begin_with_is_nothing_else() {
        let records: [&[u8]; 14] = [
            b"",
            b"\n\n",
            b"{",
            b" {\"prompt\": 1}",
            b"\xef\xbb\xbf{\"text\"",
            b"[1]",
            b"\"prompt,response\"",
            b"null",
            b"\0",
            b"\0\0\0\0",
            b"prompt",
            b"a line of prose, with a prompt",
            b"{\"prompt\": \"a\", \"response\": \"b\"}, text, label",
            b"1\x009\x00",
        ];
        for record in &records[..13] {
            assert_eq!(reason("in", record), None, "{record:?}");
        }
        assert!(reason("in", records[13]).is_some());
    }

    #[test]
    fn tables_are_known_by_their_columns() {
        for table in ["prompt,response,helpfulness\n", "\"prompt\"\t\"response\"\r\n", "\u{feff}id,text,role"] {
            assert!(reason("in", table.as_bytes()).is_some_and(|reason| reason.contains("CSV")), "{table}");
        }
    }
}
