//! The lines of a file that belong to a shard: those whose first byte lies in the shard's byte range.
//!
//! So every line belongs to exactly one shard, and the outputs of all shards one after the other are the whole
//! output, however long the lines are. A group of lines belongs to the shard of its first line.

use std::{fs::File, io, ops::Range, os::unix::fs::FileExt};

use memchr::{memchr_iter, memrchr};

use crate::{config::Shard, lines::whole_lines};

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 20;

/// Bytes that are read at first where a line is expected to begin.
const SMALL_BLOCK: usize = 4 << 10;

/// The beginning and the end of a shard's byte range in inputs of `length` bytes in all.
pub(crate) fn bounds(shard: Shard, length: u64) -> [u64; 2] {
    let bound = |index: u64| (u128::from(length) * u128::from(index) / u128::from(shard.count())) as u64;
    [bound(shard.index()), bound(shard.index() + 1)]
}

/// The beginning of the first group of lines that does not begin before `position`.
pub(super) fn first_group(file: &File, length: u64, position: u64, group: u64) -> io::Result<u64> {
    if position == 0 || position >= length {
        return Ok(position);
    }
    let mut start = next_line(file, position - 1, length)?;
    if group > 1 {
        let lines_left = line_feeds(file, start)?.next_multiple_of(group) - line_feeds(file, start)?;
        for _ in 0..lines_left {
            if start >= length {
                break;
            }
            start = next_line(file, start, length)?;
        }
    }
    Ok(start)
}

/// The position behind the first line feed from `position` on, or the end of the file.
fn next_line(file: &File, position: u64, length: u64) -> io::Result<u64> {
    let mut next = length;
    scan(file, position..length, |offset, block| {
        let line = whole_lines(block, 0);
        next = line.map_or(length, |line| offset + line as u64);
        line.is_none()
    })?;
    Ok(next)
}

/// The range of the line that ends at `position`, with its line feed if it has one.
pub(super) fn line_before(file: &File, position: u64) -> io::Result<Range<u64>> {
    let (mut end, mut block) = (position.saturating_sub(1), Vec::new());
    // Many lines may be asked for one after the other, and most are short.
    let mut size = SMALL_BLOCK;
    while end > 0 {
        let start = end.saturating_sub(size as u64);
        size = (2 * size).min(BLOCK);
        block.resize((end - start) as usize, 0);
        file.read_exact_at(&mut block, start)?;
        if let Some(line_feed) = memrchr(b'\n', &block) {
            return Ok(start + line_feed as u64 + 1..position);
        }
        end = start;
    }
    Ok(0..position)
}

/// The number of line feeds before `position`.
pub(super) fn line_feeds(file: &File, position: u64) -> io::Result<u64> {
    let mut count = 0;
    scan(file, 0..position, |_, block| {
        count += memchr_iter(b'\n', block).count() as u64;
        true
    })?;
    Ok(count)
}

/// Shows a range of the file block by block, as long as `show` returns true.
fn scan(file: &File, range: Range<u64>, mut show: impl FnMut(u64, &[u8]) -> bool) -> io::Result<()> {
    let mut block = vec![0; BLOCK.min((range.end - range.start) as usize)];
    let mut offset = range.start;
    while offset < range.end {
        let wanted = block.len().min((range.end - offset) as usize);
        match file.read_at(&mut block[..wanted], offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) if show(offset, &block[..read]) => offset += read as u64,
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
