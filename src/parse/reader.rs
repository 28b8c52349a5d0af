//! The entry point of parsing: it reads the record of each line of a chunk.
//!
//! The [pass-through scanner](super::pass_through) reads a line first, where it knows the schema. Where it gives up,
//! simd-json ([`super::tape`]) reads the line again: it is the authority, and every rejection comes from it.

use std::ops::{ControlFlow, Range};

use memchr::memchr;

use super::{
    options::{ReadContext, ReadOptions},
    pass_through::{Lines, SLACK, Scanned},
    schemas::{SchemaReader, annotations::Annotations},
    sections::sections,
    tape::SimdJson,
    turns::TurnBuffer,
};
use crate::{
    config::Parser,
    conversation::{Comparison, Conversation, RecordHeader, Tree, Turn},
    lines::{is_blank, line_ranges},
    rejection::Rejection,
    spelling::{Spelling, escape::append_escaped},
};

/// What one line holds.
pub(crate) enum Record<'r> {
    /// White space only.
    Blank,
    /// A record of the split that is not wanted.
    OtherSplit,
    Conversation(Conversation<'r>),
    Tree(Tree<'r>),
    Comparison(Comparison<'r>),
}

impl<'r> Record<'r> {
    /// The record with these turns, which are no tree.
    #[inline]
    fn new(all: Conversation<'r>, options: ReadOptions) -> Self {
        match options {
            ReadOptions::Comparison(..) => Self::Comparison(Comparison { all }),
            _ => Self::Conversation(all),
        }
    }
}

/// The receiver of records: it is given the range of each line in the chunk (without its line feed) and its record, and
/// decides whether reading goes on.
///
/// It stands behind a pointer so that there is one copy of [`Reader::read_section`], with the scanner inlined in it. With
/// a second copy, for a path that is seldom taken, the scanner took a tenth more instructions.
pub(crate) type Each<'e> = &'e mut dyn FnMut(Range<usize>, Result<Record<'_>, Rejection>) -> ControlFlow<()>;

/// Reads records, with memory that is kept from line to line.
pub(crate) struct Reader {
    parser: Parser,
    default_mask: Option<Mask>,
    authority: Authority,
    turns: TurnBuffer,
    /// Memory for the marks of the pass-through scanner.
    masks: Vec<u64>,
    /// Memory for the strings that it respells.
    scratch: Vec<u8>,
}

/// simd-json with what a schema annotates on its tape.
struct Authority {
    simd_json: SimdJson,
    annotations: Annotations,
}

/// The mask of records without one, in both spellings of a conversation's strings.
#[derive(Debug)]
struct Mask {
    decoded: Box<[u8]>,
    spelled: Box<[u8]>,
}

impl Mask {
    fn new(name: &str) -> Self {
        let mut spelled = Vec::new();
        append_escaped(&mut spelled, name.as_bytes());
        Self { decoded: name.as_bytes().into(), spelled: spelled.into() }
    }
}

impl Reader {
    pub(crate) fn new(parser: Parser) -> Self {
        Self {
            parser,
            default_mask: None,
            authority: Authority { simd_json: SimdJson::new(), annotations: Annotations::default() },
            turns: TurnBuffer::default(),
            masks: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Sets the mask of SFT records that have none.
    pub(crate) fn set_default_mask(&mut self, name: &str) {
        self.default_mask = Some(Mask::new(name));
    }

    /// Reads a chunk of whole lines.
    pub(crate) fn read_chunk(&mut self, chunk: &[u8], context: &ReadContext<'_>, each: Each<'_>) -> ControlFlow<()> {
        // Sections of a chunk stay in the first-level cache from the check of UTF-8 to the copy to the rows.
        sections(chunk).try_for_each(|section| self.read_section(chunk, section, context, each))
    }

    /// Reads one record, which may have line feeds between its tokens.
    pub(crate) fn read_record(&mut self, record: &[u8], context: &ReadContext<'_>, each: Each<'_>) -> ControlFlow<()> {
        if memchr(b'\n', record).is_none() {
            return self.read_section(record, 0..record.len(), context, each);
        }
        // Line feeds as white space are known to the authority only.
        self.read_by_authority(record, 0..record.len(), context, each)
    }

    /// Reads the lines of a section of a chunk.
    fn read_section(
        &mut self,
        chunk: &[u8],
        section: Range<usize>,
        context: &ReadContext<'_>,
        each: Each<'_>,
    ) -> ControlFlow<()> {
        let bytes = &chunk[section.clone()];
        let in_chunk = |line: Range<usize>| section.start + line.start..section.start + line.end;
        let text = match (self.parser, context.options) {
            (Parser::SimdJson, _) | (_, ReadOptions::Unknown | ReadOptions::Oasst) => None,
            (Parser::Auto, ReadOptions::Comparison(..)) if !context.takes_comparisons => None,
            (Parser::Auto, _) => simdutf8::basic::from_utf8(bytes).ok(),
        };
        let Some(text) = text else {
            return line_ranges(bytes)
                .try_for_each(|line| self.read_by_authority(chunk, in_chunk(line), context, each));
        };
        let Self { default_mask, authority, turns, masks, scratch, .. } = self;
        if scratch.len() < text.len() + SLACK {
            // Fresh memory, which the system hands out when it is touched: most texts need none of it.
            *scratch = vec![0; text.len() + SLACK];
        }
        let spelled_mask = default_mask.as_ref().map(|mask| &*mask.spelled);
        let decoded_mask = default_mask.as_ref().map(|mask| &*mask.decoded);
        let mut lines = Lines::new(text, context.options, context.attributes, spelled_mask, masks);
        while lines.has_next() {
            turns.lend(|turns| {
                let line = lines.next(scratch, turns);
                let range = in_chunk(line.range.clone());
                let record = line.record.filter(|_| !context.lacks_scores(turns));
                let RecordHeader { mask, system } = match record {
                    Some(Scanned::Record(header)) => header,
                    Some(Scanned::OtherSplit) => return each(range, Ok(Record::OtherSplit)),
                    None => {
                        turns.clear();
                        return each(range, authority.read(&bytes[line.range], context, decoded_mask, turns));
                    }
                };
                let all = Conversation { spelling: Spelling::Output, mask, system, turns };
                each(range, Ok(Record::new(all, context.options)))
            })?;
        }
        ControlFlow::Continue(())
    }

    /// Reads one line of a chunk without the scanner.
    fn read_by_authority(
        &mut self,
        chunk: &[u8],
        line: Range<usize>,
        context: &ReadContext<'_>,
        each: Each<'_>,
    ) -> ControlFlow<()> {
        let Self { default_mask, authority, turns, .. } = self;
        let mask = default_mask.as_ref().map(|mask| &*mask.decoded);
        turns.lend(|turns| each(line.clone(), authority.read(&chunk[line], context, mask, turns)))
    }
}

impl Authority {
    /// Reads the record of a line; `turns`, which must be empty, is memory for its turns.
    fn read<'t, 'l: 't>(
        &'l mut self,
        line: &[u8],
        context: &ReadContext<'_>,
        default_mask: Option<&'l [u8]>,
        turns: &'t mut Vec<Turn<'l>>,
    ) -> Result<Record<'t>, Rejection> {
        if is_blank(line) {
            return Ok(Record::Blank);
        }
        let Self { simd_json, annotations } = self;
        annotations.clear();
        let schema_reader = SchemaReader { context, default_mask };
        let header =
            simd_json.read(line, |tape, tape_context| schema_reader.read(tape, tape_context, turns, annotations))?;
        let Some(RecordHeader { mask, system }) = header else {
            return Ok(Record::OtherSplit);
        };
        annotations.label(turns);
        let all = Conversation { spelling: Spelling::Decoded, mask, system, turns };
        Ok(annotations.tree(all).map_or_else(|| Record::new(all, context.options), Record::Tree))
    }
}
