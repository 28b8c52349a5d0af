//! Respelling by blocks of 32 bytes (AVX2), without a branch for each escape or word.
//!
//! Each escape `\\uXXXX` is replaced in its place: the bytes of its character stand where its first three bytes stood, and
//! the rest is marked as superfluous. Then the superfluous bytes are squeezed out. Both are done for all bytes at once, so
//! words and escapes of any length in any order take the same time; a loop from escape to escape spent most of its time in
//! mispredicted branches at the ends of words.

use std::arch::x86_64::{
    __m256i, _mm_cvtsi128_si64, _mm_extract_epi64, _mm_set_epi64x, _mm_shuffle_epi8, _mm256_add_epi8,
    _mm256_alignr_epi8, _mm256_and_si256, _mm256_blendv_epi8, _mm256_castsi256_si128, _mm256_cmpeq_epi8,
    _mm256_cmpgt_epi8, _mm256_extracti128_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_permute2x128_si256, _mm256_set1_epi8, _mm256_setr_epi64x, _mm256_slli_epi16, _mm256_srli_epi16,
    _mm256_sub_epi8,
};

use super::{BEHIND, Scratch, put_blocks};

/// Bytes of a block.
const BLOCK: usize = 32;

/// Writes a whole string.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
pub(super) fn put(scratch: &mut Scratch<'_>, string: &[u8]) -> Option<()> {
    put_blocks(scratch, string, |scratch, window: &[u8; BLOCK + BEHIND], length| put_block(scratch, window, length))
}

/// Writes the characters that end within the first `length` bytes of a window, and returns the number of bytes that they
/// had in the input. `None`, and nothing is written, if there is an escape that neither stands for a character of two or
/// three bytes nor has the same spelling in the output.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn put_block(scratch: &mut Scratch<'_>, window: &[u8; BLOCK + BEHIND], length: usize) -> Option<usize> {
    let [bytes, next, third, fourth] = [0, 1, 2, 3].map(|at| load(window, at));
    let are_backslashes = equal(bytes, b'\\');
    let backslashes = bits(are_backslashes);
    if backslashes == 0 {
        store(scratch, bytes, u32::MAX >> (BLOCK - length));
        return Some(length);
    }
    // An escape that may not end within the block waits for the next one.
    let late = backslashes & 0xf800_0000;
    let taken = length.min(late.trailing_zeros() as usize);
    let inside = u32::MAX >> (BLOCK - taken);

    let first = and(are_backslashes, equal(next, b'u'));
    let escapes = bits(first) & inside;
    let others = backslashes & inside & !escapes;
    if others != 0 && others & !bits(are_output_escapes(next)) != 0 {
        return None;
    }
    let digits = escapes | escapes << 1 | escapes << 2 | escapes << 3;
    if digits & !bits(are_digits(third)) != 0 {
        return None;
    }

    // Of the escape \\uABCD, seen from its backslash, `high` is A and `low` is B; seen from the byte behind it, they
    // are B and C, and then C and D.
    let (high, low) = (values(third), values(fourth));
    let have_two = and(first, and(equal(high, 0), _mm256_cmpgt_epi8(all(8), low)));
    let ([second, third], [two_second, _]) = (behind(first), behind(have_two));
    let middle = or(_mm256_slli_epi16::<2>(high), and(_mm256_srli_epi16::<2>(low), all(3)));
    let end = or(_mm256_slli_epi16::<4>(and(high, all(3))), low);

    let are_halves = and(first, and(equal(high, 0xd), _mm256_cmpgt_epi8(low, all(7))));
    let are_ascii = and(two_second, _mm256_cmpgt_epi8(all(2), middle));
    if bits(or(are_halves, are_ascii)) & inside != 0 {
        return None;
    }

    let middle = or(or(middle, all(0x80)), and(two_second, all(0x40)));
    let bytes = _mm256_blendv_epi8(bytes, or(high, all(0xe0)), first);
    let bytes = _mm256_blendv_epi8(bytes, middle, second);
    let bytes = _mm256_blendv_epi8(bytes, or(end, all(0x80)), third);
    // A character of two bytes stands where the last two of three would.
    let superfluous = bits(have_two) | escapes << 3 | escapes << 4 | escapes << 5;
    store(scratch, bytes, inside & !superfluous);
    Some(taken)
}

/// Appends the marked bytes. The scratch memory must have space for a whole block.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn store(scratch: &mut Scratch<'_>, bytes: __m256i, marked: u32) {
    let halves = [_mm256_castsi256_si128(bytes), _mm256_extracti128_si256::<1>(bytes)];
    let [a, b, c, d] = marked.to_le_bytes();
    let (_, free) = scratch.bytes.split_at_mut(scratch.filled);
    let free: &mut [u8; BLOCK] = free.first_chunk_mut().expect("there is slack");
    let mut filled = 0;
    for (half, marked) in halves.into_iter().zip([[a, b], [c, d]]) {
        const SECOND: i64 = 0x0808_0808_0808_0808;
        let [first, second] = marked.map(|marked| SQUEEZED[usize::from(marked)]);
        let squeezed = _mm_shuffle_epi8(half, _mm_set_epi64x(second + SECOND, first));
        for (eight, marked) in [_mm_cvtsi128_si64(squeezed), _mm_extract_epi64::<1>(squeezed)].into_iter().zip(marked) {
            free[filled..][..8].copy_from_slice(&eight.to_le_bytes());
            filled += marked.count_ones() as usize;
        }
    }
    scratch.filled += filled;
}

/// For each choice among eight bytes, the places of the chosen ones.
const SQUEEZED: [i64; 256] = {
    let mut table = [0; 256];
    let mut choice = 0;
    while choice < 256 {
        let mut byte = 0;
        let mut filled = 0;
        while byte < 8 {
            if choice >> byte & 1 == 1 {
                table[choice] |= byte << (8 * filled);
                filled += 1;
            }
            byte += 1;
        }
        choice += 1;
    }
    table
};

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn load(window: &[u8; BLOCK + BEHIND], at: usize) -> __m256i {
    let word = |index: usize| i64::from_le_bytes(window[at + 8 * index..][..8].try_into().expect("8 bytes"));
    _mm256_setr_epi64x(word(0), word(1), word(2), word(3))
}

/// A vector of one byte over and over.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn all(byte: u8) -> __m256i {
    _mm256_set1_epi8(byte.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn equal(bytes: __m256i, byte: u8) -> __m256i {
    _mm256_cmpeq_epi8(bytes, all(byte))
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn at_most(bytes: __m256i, most: u8) -> __m256i {
    _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, all(most)), bytes)
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn and(a: __m256i, b: __m256i) -> __m256i {
    _mm256_and_si256(a, b)
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn or(a: __m256i, b: __m256i) -> __m256i {
    _mm256_or_si256(a, b)
}

/// The highest bit of each byte.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn bits(bytes: __m256i) -> u32 {
    _mm256_movemask_epi8(bytes).cast_unsigned()
}

/// The bytes moved by one place, and by two.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn behind(bytes: __m256i) -> [__m256i; 2] {
    let low_half_above = _mm256_permute2x128_si256::<0x08>(bytes, bytes);
    [_mm256_alignr_epi8::<15>(bytes, low_half_above), _mm256_alignr_epi8::<14>(bytes, low_half_above)]
}

/// Marks hexadecimal digits.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn are_digits(bytes: __m256i) -> __m256i {
    let figures = at_most(_mm256_sub_epi8(bytes, all(b'0')), 9);
    let letters = at_most(_mm256_sub_epi8(or(bytes, all(0x20)), all(b'a')), 5);
    or(figures, letters)
}

/// The values of hexadecimal digits; for other bytes, any value below 32.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn values(bytes: __m256i) -> __m256i {
    _mm256_add_epi8(and(bytes, all(0xf)), and(_mm256_cmpgt_epi8(bytes, all(b'9')), all(9)))
}

/// Marks bytes that follow a backslash in an escape of the output, except the backslash, which begins the next escape.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn are_output_escapes(bytes: __m256i) -> __m256i {
    // `b` and `f` differ in one bit.
    let b_f_quote = or(equal(and(bytes, all(!4)), b'b'), equal(bytes, b'"'));
    or(or(b_f_quote, equal(bytes, b'n')), or(equal(bytes, b'r'), equal(bytes, b't')))
}
