//! A chunk in sections, and a section in lines.

use std::ops::Range;

use memchr::{memchr, memrchr};

/// The target size of a section. Smaller ones cost more than they gain, larger ones outgrow the cache.
pub(crate) const SECTION: usize = 32 << 10;

/// The lines of a section, without their line feeds.
pub(crate) fn line_ranges(section: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = section.get(start..).filter(|rest| !rest.is_empty())?;
        let range = start..start + memchr(b'\n', rest).unwrap_or(rest.len());
        start = range.end + 1;
        Some(range)
    })
}

/// A chunk in parts of whole lines.
pub(crate) fn sections(chunk: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = &chunk[start..];
        let (near, far) = rest.split_at(rest.len().min(SECTION));
        let line_feed = memrchr(b'\n', near).or_else(|| memchr(b'\n', far).map(|at| near.len() + at));
        let section = start..start + line_feed.map_or(rest.len(), |at| at + 1);
        start = section.end;
        (!rest.is_empty()).then_some(section)
    })
}

/// White space only, as JSON has it.
pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
}
