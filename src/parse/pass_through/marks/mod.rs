//! One vectorised pass over a section that finds the bytes which matter to the scanner.
//!
//! A *mark* is the position of
//! - a quote that no backslash escapes: strings begin and end here;
//! - a byte below U+0020: line ends, and what may not stand in a string;
//! - an escaped character whose escape the output spells otherwise (`\u`, `\/`) or that makes no valid escape: of several
//!   within a string and the same 64 bytes only the first, since one is enough for a closer look.
//!
//! A search for the next quote or backslash with `memchr2` would start anew at each escape, and real text has one every 40
//! bytes; masks of 64 bytes do not start anew. They are kept as masks, since a list of positions would take as long to make
//! as the masks, and the scanner goes from one mark to the next anyway.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;

use wide::u8x16;

#[cfg(target_arch = "x86_64")]
use super::cpu::Vectors;

const BLOCK: usize = 64;

/// The marks of some text, in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks<'m> {
    /// The marks of the 64 bytes from `start` on that are not passed, one bit for each byte.
    bits: u64,
    start: usize,
    /// The masks of the bytes that follow.
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

    /// Passes the mark that [`Marks::peek`] returned.
    #[inline]
    pub(crate) fn pass(&mut self) {
        self.bits &= self.bits.wrapping_sub(1);
    }
}

/// Puts a mask for each 64 bytes into `masks`.
#[allow(unsafe_code)]
fn find(text: &[u8], masks: &mut Vec<u64>) {
    // SAFETY (both): the processor has the instructions for which the function is compiled, as `Vectors` has checked;
    // that is all that its attribute asks for.
    #[cfg(target_arch = "x86_64")]
    match Vectors::for_marks(text) {
        Some(Vectors::Avx512) => return unsafe { avx512::find(text, masks) },
        Some(Vectors::Avx2) => return unsafe { avx2::find(text, masks) },
        None => {}
    }
    walk(text, masks, Bits::from_block);
}

/// The interesting bytes of a block of 64, one bit for each byte that
struct Bits {
    /// is a quote,
    quotes: u64,
    /// is a backslash,
    backslashes: u64,
    /// is below U+0020,
    controls: u64,
    /// is one of the letters `n`, `r`, `t`, `b` and `f`, which follow a backslash in an escape of the output.
    letters: u64,
}

impl Bits {
    /// Compares with the vectors that every processor of its kind has (SSE2, NEON), or with plain integers.
    #[inline]
    fn from_block(block: &[u8; BLOCK]) -> Self {
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

/// The distance at which bytes are prefetched, since nearly all text is read here for the first time. From the first block
/// of a section it reaches the first of the next.
#[cfg(target_arch = "x86_64")]
const AHEAD: usize = crate::parse::sections::SECTION;

/// Puts a mask for each 64 bytes into `masks`, with one way to get the bits.
#[inline(always)]
#[expect(clippy::inline_always, reason = "its body takes on the instructions that the caller is compiled for")]
fn walk(text: &[u8], masks: &mut Vec<u64>, bits_of: impl Fn(&[u8; BLOCK]) -> Bits) {
    let mut escapes = Escapes { next_is_escaped: 0 };
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    masks.clear();
    masks.extend(blocks.iter().map(|block| escapes.marks(&bits_of(block))));
    if !rest.is_empty() {
        // A space is never a mark, unless a backslash stands before it.
        let mut block = [b' '; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        masks.push(escapes.marks(&bits_of(&block)) & ((1 << rest.len()) - 1));
    }
}

/// The characters that a backslash escapes, from block to block.
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
        // Behind each quote, adding 1 to `!odd` carries through its ones to the next odd escape.
        let behind_quotes = quotes << 1 | 1;
        let first_odd = odd & (!odd).wrapping_add(behind_quotes);
        quotes | bits.controls | first_odd
    }

    /// The characters that follow a backslash which is not itself escaped.
    ///
    /// In a run of backslashes every second one is escaped, and so is the character behind a run of odd length. Subtracting
    /// the backslashes from their right neighbours lets a borrow run through each run, and leaves the parity of the run's
    /// length at its end (the trick is simdjson's).
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

    /// The marks of a text, found byte by byte.
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

    /// All marks, found with the chosen vectors, with those of 32 bytes (or the chosen ones again), and with those that
    /// every processor has.
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
        let mut chosen = vec![7];
        let mut of_32 = vec![7];
        let mut plain = Vec::new();
        find(text, &mut chosen);
        find(text, &mut of_32);
        #[cfg(target_arch = "x86_64")]
        if Vectors::Avx2.can_mark() {
            // SAFETY: as in `find`.
            unsafe { avx2::find(text, &mut of_32) };
        }
        walk(text, &mut plain, Bits::from_block);
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
