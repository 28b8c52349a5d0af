//! The ranges of the inputs that are a shard: byte ranges, moved to where lines begin, and in pairs to where groups do.
//!
//! A group belongs to the shard in which its first record begins. So a shard begins with the first record from its byte
//! range on that has another prompt than the record before it, and it ends where the next shard begins. Rejected records are
//! as if they were not there; they belong to the shard of the lines before them.

use std::ops::ControlFlow;

use super::{detect::schema_of, options::SchemaOptions, workers::converter};
use crate::{
    config::{Config, Output},
    converter::{Converter, Sink},
    error::Error,
    input::{InputFile, shard},
    lines::read_line,
    parse::options::ReadOptions,
    rows::{Rows, groups::Group},
    spelling::characters::BYTE_ORDER_MARK,
    summary::Counts,
};

/// A position in the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// The index of the file; their number at the end of all.
    file: usize,
    offset: u64,
}

/// Sets the range of each file that belongs to the shard of a run.
pub(super) fn cut<'c>(
    files: &mut [InputFile],
    config: &'c Config,
    options: &mut SchemaOptions<'c>,
) -> Result<(), Error> {
    let Some(shard) = config.shard else { return Ok(()) };
    let total = files.iter().map(InputFile::whole_length).sum();
    let [start, end] = shard::bounds(shard, total).map(|bound| first_line(files, bound, config.group_lines.get()));
    let (mut start, mut end) = (start?, end?);
    if config.format.layout.is_pairs() && config.format.weights.is_some() {
        let mut groups = GroupFinder::new(files, config, options);
        start = groups.first_group(start)?;
        // No group begins between the two, if the first one does not begin before the end.
        end = if start < end { groups.first_group(end)? } else { start };
    }
    let ends = [start, end];
    for (index, file) in files.iter_mut().enumerate() {
        let length = file.whole_length();
        let [start, end] = ends.map(|end| match index.cmp(&end.file) {
            std::cmp::Ordering::Less => length,
            std::cmp::Ordering::Equal => end.offset,
            std::cmp::Ordering::Greater => 0,
        });
        file.set_range(start..end);
    }
    Ok(())
}

/// The place of the first group of `group` lines from a position in all inputs on.
fn first_line(files: &[InputFile], position: u64, group: u64) -> Result<Place, Error> {
    if position == 0 {
        return Ok(Place { file: 0, offset: 0 });
    }
    let mut before = 0;
    for (index, file) in files.iter().enumerate() {
        let length = file.whole_length();
        if position < before + length {
            let offset = file.first_lines_from(position - before, group)?;
            return Ok(Place { file: index, offset }.behind_end(length));
        }
        before += length;
    }
    Ok(Place { file: files.len(), offset: 0 })
}

impl Place {
    /// This place, or the beginning of the next file if it is the end of a file of this length.
    fn behind_end(self, length: u64) -> Self {
        if self.offset < length { self } else { Self { file: self.file + 1, offset: 0 } }
    }
}

/// Finds where groups begin.
struct GroupFinder<'f, 'c, 'o> {
    files: &'f [InputFile],
    config: &'c Config,
    options: &'o mut SchemaOptions<'c>,
    /// The file that was looked at last, and how its records are read.
    looked_at: Option<(usize, Option<ReadOptions>)>,
    converter: Converter,
}

impl<'f, 'c, 'o> GroupFinder<'f, 'c, 'o> {
    fn new(files: &'f [InputFile], config: &'c Config, options: &'o mut SchemaOptions<'c>) -> Self {
        let converter = converter(config, &options.format);
        Self { files, config, options, looked_at: None, converter }
    }

    /// The place of the first record from `place` on that begins a group.
    fn first_group(&mut self, place: Place) -> Result<Place, Error> {
        if place.file == self.files.len() || place == (Place { file: 0, offset: 0 }) {
            return Ok(place);
        }
        let before = self.group_before(place)?;
        let mut offset = place.offset;
        for file in place.file..self.files.len() {
            if offset == 0 && self.has_one_output_each() {
                return Ok(Place { file, offset });
            }
            let Some(options) = self.options_of(file)? else {
                offset = 0;
                continue;
            };
            let input = &self.files[file];
            let failed = |error| Error::io("read", &input.name)(error);
            let mut lines = input.part(offset..input.whole_length()).map_err(failed)?;
            let mut line = Vec::new();
            let max_line = self.config.max_line;
            let mut next_line = |line: &mut Vec<u8>| read_line(&mut lines, line, max_line).map_err(failed);
            loop {
                let length = next_line(&mut line)?;
                if length == 0 {
                    break;
                }
                let group = self.group_of(&line, offset, options);
                if group.is_some_and(|group| before.as_ref().is_none_or(|before| !before.has_prompt_of(&group))) {
                    return Ok(Place { file, offset });
                }
                offset += length;
                line.clear();
            }
            offset = 0;
        }
        Ok(Place { file: self.files.len(), offset: 0 })
    }

    /// The group of the last record before a place that can go on there.
    fn group_before(&mut self, place: Place) -> Result<Option<Group>, Error> {
        let Place { mut file, offset: mut end } = place;
        loop {
            while end > 0 {
                let Some(options) = self.options_of(file)? else { break };
                let input = &self.files[file];
                let range = input.line_before(end)?;
                let (mut line, start) = (Vec::new(), range.start);
                let read = input.part(range).and_then(|mut part| read_line(&mut part, &mut line, self.config.max_line));
                read.map_err(Error::io("read", &input.name))?;
                let group = self.group_of(&line, start, options);
                if group.is_some() {
                    return Ok(group);
                }
                end = start;
            }
            if file == 0 || self.has_one_output_each() {
                return Ok(None);
            }
            file -= 1;
            end = self.files[file].whole_length();
        }
    }

    /// The group of a line alone, unless it is blank or its record is rejected. `offset` is that of the line in its file.
    fn group_of(&mut self, line: &[u8], offset: u64, options: ReadOptions) -> Option<Group> {
        let line = if offset == 0 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line };
        let mut rows = Rows::default();
        let sink = &mut Sink { rows: &mut rows, counts: &mut Counts::default(), figures: None };
        let _ = self.converter.convert_chunk(line, options, false, sink, &mut |_| ControlFlow::Continue(()));
        rows.take_groups().last
    }

    /// How the records of a file are read; `None` if no record has a known schema, so that all are rejected.
    fn options_of(&mut self, file: usize) -> Result<Option<ReadOptions>, Error> {
        if let Some((_, options)) = self.looked_at.filter(|(last, _)| *last == file) {
            return Ok(options);
        }
        let input = &self.files[file];
        let schema = match self.config.schema {
            Some(schema) => Some(schema),
            None => schema_of(input, self.config.max_line).map_err(Error::io("read", &input.name))?,
        };
        // A schema that does not fit is an error of the shard that converts the file.
        let options = schema.and_then(|schema| self.options.choose(schema, &input.name).ok());
        self.converter = converter(self.config, &self.options.format);
        self.looked_at = Some((file, options));
        Ok(options)
    }

    /// True if a group ends with its file.
    fn has_one_output_each(&self) -> bool {
        matches!(self.config.output, Output::Directory(_))
    }
}
