//! One vectorised pass over a chunk that finds the bytes which matter to the pass-through scanner.
//!
//! A *mark* is the position of
//! - a quote that no backslash escapes: strings begin and end here;
//! - a byte below U+0020: line ends, and what may not stand in a string;
//! - an escaped character whose escape the output spells otherwise (`\u`, `\/`) or that is no escape at all:
//!   of those that follow each other within 64 bytes only the first, since one is enough to look closer.
//!
//! Looking for the next quote or backslash with `memchr2` would start anew at each escape, and real text has
//! one every 40 bytes; bit masks of 64 bytes do not start anew. Real text has a mark every few hundred bytes.

use wide::u8x16;

use crate::escape::is_output_escape;

const BLOCK: usize = 64;

/// Puts the marks of `chunk` into `marks`, in order.
///
/// # Panics
///
/// If the chunk is longer than `u32::MAX`.
pub(crate) fn find(chunk: &[u8], marks: &mut Vec<u32>) {
    assert!(u32::try_from(chunk.len()).is_ok(), "positions are 32 bits wide");
    marks.clear();
    let mut escapes = Escapes { next_is_escaped: 0 };
    let (blocks, rest) = chunk.as_chunks::<BLOCK>();
    for (block, start) in blocks.iter().zip((0..).step_by(BLOCK)) {
        push_positions(marks, start, marks_of(block, &mut escapes));
    }
    if !rest.is_empty() {
        // Padded with something that is never a mark.
        let mut block = [b' '; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        let real = (1 << rest.len()) - 1;
        push_positions(marks, chunk.len() - rest.len(), marks_of(&block, &mut escapes) & real);
    }
}

#[inline]
fn push_positions(marks: &mut Vec<u32>, start: usize, mut bits: u64) {
    while bits != 0 {
        marks.push(start as u32 + bits.trailing_zeros());
        bits &= bits - 1;
    }
}

#[inline]
fn marks_of(block: &[u8; BLOCK], escapes: &mut Escapes) -> u64 {
    let vectors: [u8x16; 4] = [0, 16, 32, 48].map(|at| {
        let bytes: [u8; 16] = block[at..at + 16].try_into().expect("16 bytes");
        u8x16::from(bytes)
    });
    let quotes = bits(&vectors, |bytes| bytes.simd_eq(u8x16::splat(b'"')));
    let backslashes = bits(&vectors, |bytes| bytes.simd_eq(u8x16::splat(b'\\')));
    let controls = bits(&vectors, |bytes| bytes.min(u8x16::splat(0x1f)).simd_eq(bytes));
    let escaped = escapes.escaped(backslashes);
    let mut odd = 0;
    let mut left = escaped;
    while left != 0 {
        let bit = left & left.wrapping_neg();
        if !is_output_escape(block[bit.trailing_zeros() as usize]) {
            odd = bit;
            break;
        }
        left ^= bit;
    }
    (quotes & !escaped) | controls | odd
}

/// One bit for each of the 64 bytes: is it what the comparison looks for?
#[inline]
fn bits(vectors: &[u8x16; 4], compare: impl Fn(u8x16) -> u8x16) -> u64 {
    vectors.iter().rev().fold(0, |bits, &bytes| bits << 16 | u64::from(compare(bytes).to_bitmask()))
}

/// Which characters a backslash escapes, from block to block.
struct Escapes {
    /// 1 if the last block ended with a backslash that escapes the first byte of the next.
    next_is_escaped: u64,
}

impl Escapes {
    /// The characters that follow a backslash which is not itself escaped.
    ///
    /// In a run of backslashes every second one is escaped, and the character behind a run is if the run is
    /// odd. Subtracting the backslashes from their right neighbours lets a borrow run through each run, and
    /// leaves the parity of the run's length at its end (the trick is simdjson's).
    #[inline]
    fn escaped(&mut self, backslashes: u64) -> u64 {
        const ODD_BITS: u64 = 0xaaaa_aaaa_aaaa_aaaa;
        let first = self.next_is_escaped;
        if backslashes == 0 {
            self.next_is_escaped = 0;
            return first;
        }
        let starts = backslashes & !first;
        let runs = ((starts << 1) | ODD_BITS).wrapping_sub(starts) ^ ODD_BITS;
        self.next_is_escaped = (runs & backslashes) >> 63;
        runs ^ (backslashes | first)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, a byte at a time.
    fn obvious(chunk: &[u8]) -> Vec<u32> {
        let mut marks = Vec::new();
        let mut escaped = false;
        let mut odd_in_block = None;
        for (at, &byte) in chunk.iter().enumerate() {
            let odd = escaped && !is_output_escape(byte) && odd_in_block != Some(at / BLOCK);
            if odd {
                odd_in_block = Some(at / BLOCK);
            }
            if odd || byte < 0x20 || (byte == b'"' && !escaped) {
                marks.push(at as u32);
            }
            escaped = byte == b'\\' && !escaped;
        }
        marks
    }

    proptest! {
        #[test]
        fn vectors_find_what_a_loop_finds(chunk in proptest::collection::vec(
            prop_oneof![Just(b'\\'), Just(b'"'), Just(b'n'), Just(b'u'), Just(b'\n'), Just(b' '), any::<u8>()],
            0..300,
        )) {
            let mut marks = vec![7];
            find(&chunk, &mut marks);
            prop_assert_eq!(marks, obvious(&chunk));
        }
    }

    #[test]
    fn long_runs_of_backslashes_keep_their_parity_from_block_to_block() {
        for length in 0..200 {
            let mut chunk = vec![b'\\'; length];
            chunk.extend_from_slice(b"\" \"");
            let mut marks = Vec::new();
            find(&chunk, &mut marks);
            assert_eq!(marks, obvious(&chunk), "{length} backslashes");
        }
    }
}
