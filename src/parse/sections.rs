//! A chunk in sections of whole lines, each small enough for the first-level cache.

use std::ops::Range;

use crate::lines::whole_lines;

/// The target size of a section. Smaller ones cost more than they gain, larger ones outgrow the cache.
pub(crate) const SECTION: usize = 32 << 10;

/// The ranges of the sections of a chunk.
pub(crate) fn sections(chunk: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = &chunk[start..];
        let section = start..start + whole_lines(rest, SECTION).unwrap_or(rest.len());
        start = section.end;
        (!rest.is_empty()).then_some(section)
    })
}
