//! One vectorised pass over a chunk that finds the bytes which matter to the pass-through scanner.
//!
//! A *mark* is the position of
//! - a quote that no backslash escapes: strings begin and end here;
//! - a byte below U+0020: line ends, and what may not stand in a string;
//! - an escaped character whose escape the output spells otherwise (`\u`, `\/`) or that is no escape at all:
//!   of those that follow each other within a string and 64 bytes only the first, since one is enough to look
//!   closer.
//!
//! Looking for the next quote or backslash with `memchr2` would start anew at each escape, and real text has
//! one every 40 bytes; bit masks of 64 bytes do not start anew. Real text has a mark every few hundred bytes.

use wide::u8x16;

const BLOCK: usize = 64;

/// Puts the marks of `chunk` into `marks`, in order.
///
/// # Panics
///
/// If the chunk is longer than `u32::MAX`.
#[allow(unsafe_code)]
pub(crate) fn find(chunk: &[u8], marks: &mut Vec<u32>) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") {
        // SAFETY: the processor has the instructions for which the function is compiled, as just checked; that
        // is all that its attribute asks for.
        return unsafe { avx2::find(chunk, marks) };
    }
    walk(chunk, marks, |block| Bits::of(block));
}

/// Of 64 bytes, one bit for each that
struct Bits {
    /// is a quote,
    quotes: u64,
    /// is a backslash,
    backslashes: u64,
    /// is below U+0020,
    controls: u64,
    /// is one of the letters `n`, `r`, `t`, `b` and `f`, which with a backslash make an escape of the output.
    letters: u64,
}

impl Bits {
    /// With the vectors that every processor of its kind has (SSE2, NEON), or without.
    #[inline]
    fn of(block: &[u8; BLOCK]) -> Self {
        let vectors: [u8x16; 4] = [0, 16, 32, 48].map(|at| {
            let bytes: [u8; 16] = block[at..at + 16].try_into().expect("16 bytes");
            u8x16::from(bytes)
        });
        let collect = |compare: fn(u8x16) -> u8x16| {
            vectors.iter().rev().fold(0, |bits, &bytes| bits << 16 | u64::from(compare(bytes).to_bitmask()))
        };
        Self {
            quotes: collect(|bytes| bytes.simd_eq(u8x16::splat(b'"'))),
            backslashes: collect(|bytes| bytes.simd_eq(u8x16::splat(b'\\'))),
            controls: collect(|bytes| bytes.min(u8x16::splat(0x1f)).simd_eq(bytes)),
            letters: collect(|bytes| {
                // `b` and `f` differ in one bit.
                (bytes & u8x16::splat(!4)).simd_eq(u8x16::splat(b'b'))
                    | bytes.simd_eq(u8x16::splat(b'n'))
                    | bytes.simd_eq(u8x16::splat(b'r'))
                    | bytes.simd_eq(u8x16::splat(b't'))
            }),
        }
    }
}

/// Walks over the chunk with one way to get the bits.
#[inline(always)]
#[expect(clippy::inline_always, reason = "its body takes on the instructions that the caller is compiled for")]
fn walk(chunk: &[u8], marks: &mut Vec<u32>, bits_of: impl Fn(&[u8; BLOCK]) -> Bits) {
    assert!(u32::try_from(chunk.len()).is_ok(), "positions are 32 bits wide");
    marks.clear();
    let mut escapes = Escapes { next_is_escaped: 0 };
    let (blocks, rest) = chunk.as_chunks::<BLOCK>();
    for (block, start) in blocks.iter().zip((0..).step_by(BLOCK)) {
        push_positions(marks, start, escapes.marks(&bits_of(block)));
    }
    if !rest.is_empty() {
        // Padded with something that is never a mark, unless a backslash stands before it.
        let mut block = [b' '; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        let real = (1 << rest.len()) - 1;
        push_positions(marks, chunk.len() - rest.len(), escapes.marks(&bits_of(&block)) & real);
    }
}

#[inline]
fn push_positions(marks: &mut Vec<u32>, start: usize, mut bits: u64) {
    while bits != 0 {
        marks.push(start as u32 + bits.trailing_zeros());
        bits &= bits - 1;
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    //! The same with vectors of 32 bytes, which most x86-64 processors have but not all.

    use std::arch::x86_64::{
        __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256,
        _mm256_set1_epi8, _mm256_setr_epi64x,
    };

    use super::{BLOCK, Bits, walk};

    #[target_feature(enable = "avx2,bmi1")]
    pub(super) fn find(chunk: &[u8], marks: &mut Vec<u32>) {
        walk(chunk, marks, |block| bits_of(block));
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1")]
    fn bits_of(block: &[u8; BLOCK]) -> Bits {
        let (words, _) = block.as_chunks::<8>();
        let word = |index: usize| i64::from_le_bytes(words[index]);
        let low = _mm256_setr_epi64x(word(0), word(1), word(2), word(3));
        let high = _mm256_setr_epi64x(word(4), word(5), word(6), word(7));
        let equal = |bytes, byte: u8| _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte.cast_signed()));
        let collect = |compare: &dyn Fn(__m256i) -> __m256i| {
            let bits = |bytes| u64::from(_mm256_movemask_epi8(compare(bytes)).cast_unsigned());
            bits(high) << 32 | bits(low)
        };
        Bits {
            quotes: collect(&|bytes| equal(bytes, b'"')),
            backslashes: collect(&|bytes| equal(bytes, b'\\')),
            controls: collect(&|bytes| _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes)),
            letters: collect(&|bytes| {
                let b_or_f = equal(_mm256_and_si256(bytes, _mm256_set1_epi8(!4)), b'b');
                let n_or_r = _mm256_or_si256(equal(bytes, b'n'), equal(bytes, b'r'));
                _mm256_or_si256(_mm256_or_si256(b_or_f, n_or_r), equal(bytes, b't'))
            }),
        }
    }
}

/// Which characters a backslash escapes, from block to block.
struct Escapes {
    /// 1 if the last block ended with a backslash that escapes the first byte of the next.
    next_is_escaped: u64,
}

impl Escapes {
    /// The marks of the next 64 bytes.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as for `walk`")]
    fn marks(&mut self, bits: &Bits) -> u64 {
        let escaped = self.escaped(bits.backslashes);
        let quotes = bits.quotes & !escaped;
        let odd = escaped & !(bits.quotes | bits.backslashes | bits.letters);
        // Adding 1 to the ones of `!odd` behind each quote carries through them to the next odd escape.
        let behind_quotes = quotes << 1 | 1;
        let first_odd = odd & (!odd).wrapping_add(behind_quotes);
        quotes | bits.controls | first_odd
    }

    /// The characters that follow a backslash which is not itself escaped.
    ///
    /// In a run of backslashes every second one is escaped, and the character behind a run is if the run is
    /// odd. Subtracting the backslashes from their right neighbours lets a borrow run through each run, and
    /// leaves the parity of the run's length at its end (the trick is simdjson's).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as for `walk`")]
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
    use crate::escape::is_output_escape;

    /// The same, a byte at a time.
    fn obvious(chunk: &[u8]) -> Vec<u32> {
        let mut marks = Vec::new();
        let mut escaped = false;
        let mut odd_in_block = None;
        for (at, &byte) in chunk.iter().enumerate() {
            let odd = escaped && !is_output_escape(byte) && odd_in_block != Some(at / BLOCK);
            let quote = byte == b'"' && !escaped;
            if odd {
                odd_in_block = Some(at / BLOCK);
            }
            if quote {
                odd_in_block = None;
            }
            if odd || byte < 0x20 || quote {
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
            prop_assert_eq!(&marks, &obvious(&chunk));
            walk(&chunk, &mut marks, Bits::of);
            prop_assert_eq!(&marks, &obvious(&chunk));
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
