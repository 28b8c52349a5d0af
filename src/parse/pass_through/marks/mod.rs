//! One vectorised pass over some lines that finds the bytes which matter to the pass-through scanner.
//!
//! A *mark* is the position of
//! - a quote that no backslash escapes: strings begin and end here;
//! - a byte below U+0020: line ends, and what may not stand in a string;
//! - an escaped character whose escape the output spells otherwise (`\u`, `\/`) or that is no escape at all:
//!   of those that follow each other within a string and 64 bytes only the first, since one is enough to look
//!   closer.
//!
//! Looking for the next quote or backslash with `memchr2` would start anew at each escape, and real text has
//! one every 40 bytes; masks of 64 bytes do not start anew. They are kept as masks, since making a list of
//! positions from them takes as long as finding them, and the scanner goes from one mark to the next anyway.

use wide::u8x16;

#[cfg(target_arch = "x86_64")]
use crate::parse::does_without;

const BLOCK: usize = 64;

/// The marks of some text, in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks<'m> {
    /// One bit for each byte from `start` on that is not passed.
    bits: u64,
    start: usize,
    /// The masks behind those bits.
    rest: &'m [u64],
}

impl<'m> Marks<'m> {
    /// Finds the marks of `text`. `masks` is memory for them.
    pub(crate) fn find(text: &[u8], masks: &'m mut Vec<u64>) -> Self {
        find(text, masks);
        Self::at(masks)
    }

    fn at(masks: &'m [u64]) -> Self {
        let (&bits, rest) = masks.split_first().unwrap_or((&0, &[]));
        Self { bits, start: 0, rest }
    }

    /// The next mark.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<usize> {
        while self.bits == 0 {
            let (&bits, rest) = self.rest.split_first()?;
            (self.bits, self.rest) = (bits, rest);
            self.start += BLOCK;
        }
        Some(self.start + self.bits.trailing_zeros() as usize)
    }

    /// Passes the mark that [`Marks::peek`] has just seen.
    #[inline]
    pub(crate) fn pass(&mut self) {
        self.bits &= self.bits.wrapping_sub(1);
    }
}

/// Puts a mask for each 64 bytes into `masks`.
#[allow(unsafe_code)]
fn find(text: &[u8], masks: &mut Vec<u64>) {
    #[cfg(target_arch = "x86_64")]
    {
        // SAFETY (both): the processor has the instructions for which the function is compiled, as just checked;
        // that is all that its attribute asks for.
        if is_x86_feature_detected!("avx512bw") && !does_without(0, text) {
            return unsafe { avx512::find(text, masks) };
        }
        if is_x86_feature_detected!("avx2") && !does_without(1, text) {
            return unsafe { avx2::find(text, masks) };
        }
    }
    walk(text, masks, Bits::of);
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

/// While a block is looked at, the one that follows at this distance is fetched, since the text is mostly met here for
/// the first time. It is the first block of the next section when this is that of a section.
#[cfg(target_arch = "x86_64")]
const AHEAD: usize = crate::parse::sections::SECTION;

/// Walks over the text with one way to get the bits.
#[inline(always)]
#[expect(clippy::inline_always, reason = "its body takes on the instructions that the caller is compiled for")]
fn walk(text: &[u8], masks: &mut Vec<u64>, bits_of: impl Fn(&[u8; BLOCK]) -> Bits) {
    let mut escapes = Escapes { next_is_escaped: 0 };
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    masks.clear();
    masks.extend(blocks.iter().map(|block| escapes.marks(&bits_of(block))));
    if !rest.is_empty() {
        // Padded with something that is never a mark, unless a backslash stands before it.
        let mut block = [b' '; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        masks.push(escapes.marks(&bits_of(&block)) & ((1 << rest.len()) - 1));
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    //! The same with vectors of 32 bytes, which most x86-64 processors have but not all.

    use std::arch::x86_64::{
        __m256i, _MM_HINT_T1, _mm_prefetch, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_min_epu8, _mm256_movemask_epi8,
        _mm256_or_si256, _mm256_set1_epi8, _mm256_setr_epi64x,
    };

    use super::{AHEAD, BLOCK, Bits, walk};

    #[target_feature(enable = "avx2")]
    pub(super) fn find(text: &[u8], masks: &mut Vec<u64>) {
        walk(text, masks, |block| {
            _mm_prefetch::<_MM_HINT_T1>(block.as_ptr().wrapping_add(AHEAD).cast());
            bits_of(block)
        });
    }

    #[inline]
    #[target_feature(enable = "avx2")]
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

#[cfg(target_arch = "x86_64")]
mod avx512 {
    //! The same with vectors of 64 bytes, which servers have: a comparison is a mask at once.

    use std::arch::x86_64::{
        _MM_HINT_T1, _mm_prefetch, _mm512_and_si512, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_set1_epi8,
        _mm512_setr_epi64,
    };

    use super::{AHEAD, BLOCK, Bits, walk};

    #[target_feature(enable = "avx512bw")]
    pub(super) fn find(text: &[u8], masks: &mut Vec<u64>) {
        walk(text, masks, |block| {
            _mm_prefetch::<_MM_HINT_T1>(block.as_ptr().wrapping_add(AHEAD).cast());
            bits_of(block)
        });
    }

    #[inline]
    #[target_feature(enable = "avx512bw")]
    fn bits_of(block: &[u8; BLOCK]) -> Bits {
        let (words, _) = block.as_chunks::<8>();
        let [a, b, c, d, e, f, g, h] = std::array::from_fn(|index| i64::from_le_bytes(words[index]));
        let bytes = _mm512_setr_epi64(a, b, c, d, e, f, g, h);
        let all = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
        let equal = |bytes, byte| _mm512_cmpeq_epi8_mask(bytes, all(byte));
        Bits {
            quotes: equal(bytes, b'"'),
            backslashes: equal(bytes, b'\\'),
            controls: _mm512_cmplt_epu8_mask(bytes, all(0x20)),
            letters: equal(_mm512_and_si512(bytes, all(!4)), b'b')
                | equal(bytes, b'n')
                | equal(bytes, b'r')
                | equal(bytes, b't'),
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
    #[inline]
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
    #[inline]
    fn escaped(&mut self, backslashes: u64) -> u64 {
        const ODD_BITS: u64 = 0xaaaa_aaaa_aaaa_aaaa;
        let first = self.next_is_escaped;
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
    use crate::spelling::escape::is_output_escape;

    /// The same, a byte at a time.
    fn obvious(text: &[u8]) -> Vec<usize> {
        let mut marks = Vec::new();
        let mut escaped = false;
        let mut odd_in_block = None;
        for (at, &byte) in text.iter().enumerate() {
            let odd = escaped && !is_output_escape(byte) && odd_in_block != Some(at / BLOCK);
            let quote = byte == b'"' && !escaped;
            if odd {
                odd_in_block = Some(at / BLOCK);
            }
            if quote {
                odd_in_block = None;
            }
            if odd || byte < 0x20 || quote {
                marks.push(at);
            }
            escaped = byte == b'\\' && !escaped;
        }
        marks
    }

    /// All marks, by the vectors that are chosen, by those of 32 bytes (or the chosen ones again), and by those that every
    /// processor has.
    #[allow(unsafe_code)]
    fn found(text: &[u8]) -> [Vec<usize>; 3] {
        let list = |mut marks: Marks<'_>| {
            let mut list = Vec::new();
            while let Some(mark) = marks.peek() {
                marks.pass();
                list.push(mark);
            }
            list
        };
        let (mut chosen, mut of_32, mut plain) = (vec![7], vec![7], Vec::new());
        find(text, &mut chosen);
        find(text, &mut of_32);
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: as in `find`.
            unsafe { avx2::find(text, &mut of_32) };
        }
        walk(text, &mut plain, Bits::of);
        [chosen, of_32, plain].map(|masks| list(Marks::at(&masks)))
    }

    proptest! {
        #[test]
        fn vectors_find_what_a_loop_finds(text in proptest::collection::vec(
            prop_oneof![Just(b'\\'), Just(b'"'), Just(b'n'), Just(b'u'), Just(b'\n'), Just(b' '), any::<u8>()],
            0..300,
        )) {
            prop_assert_eq!(found(&text), [(); 3].map(|()| obvious(&text)));
        }
    }

    #[test]
    fn long_runs_of_backslashes_keep_their_parity_from_block_to_block() {
        for length in 0..200 {
            let mut text = vec![b'\\'; length];
            text.extend_from_slice(b"\" \"");
            assert_eq!(found(&text), [(); 3].map(|()| obvious(&text)), "{length} backslashes");
        }
    }
}
