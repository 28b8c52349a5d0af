//! Respelling by blocks of 64 bytes (AVX-512), on processors that compare to masks and squeeze by one instruction. The steps
//! are those of [`avx2`](super::avx2), which explains them.
//!
//! The algorithm stands here and there, since only a function with its `target_feature` may call an intrinsic safely, and
//! such a function cannot implement a trait.

use std::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_cvtsi128_si64, _mm_extract_epi64, _mm256_castsi256_si128, _mm256_extracti128_si256,
    _mm512_and_si512, _mm512_castsi512_si256, _mm512_cmpeq_epi8_mask, _mm512_cmpgt_epu8_mask, _mm512_cmplt_epu8_mask,
    _mm512_extracti64x4_epi64, _mm512_mask_add_epi8, _mm512_mask_blend_epi8, _mm512_maskz_compress_epi8,
    _mm512_or_si512, _mm512_set1_epi8, _mm512_setr_epi64, _mm512_slli_epi16, _mm512_srli_epi16, _mm512_sub_epi8,
};

use super::{BEHIND, Scratch, put_blocks};

/// Bytes of a block.
pub(super) const BLOCK: usize = 64;

/// Writes a whole string.
#[target_feature(enable = "avx512bw,avx512vbmi2,bmi1,bmi2,popcnt")]
pub(super) fn put(scratch: &mut Scratch<'_>, string: &[u8]) -> Option<()> {
    put_blocks(scratch, string, |scratch, window: &[u8; BLOCK + BEHIND], length| put_block(scratch, window, length))
}

/// Writes the characters of a block, as its [twin](super::avx2) does.
#[inline]
#[target_feature(enable = "avx512bw,avx512vbmi2,bmi1,bmi2,popcnt")]
fn put_block(scratch: &mut Scratch<'_>, window: &[u8; BLOCK + BEHIND], length: usize) -> Option<usize> {
    let [bytes, next, third, fourth] = [0, 1, 2, 3].map(|at| load(window, at));
    let backslashes = equal(bytes, b'\\');
    if backslashes == 0 {
        store(scratch, bytes, u64::MAX >> (BLOCK - length));
        return Some(length);
    }
    let late = backslashes & 0xf8 << 56;
    let taken = length.min(late.trailing_zeros() as usize);
    let inside = u64::MAX >> (BLOCK - taken);

    let first = backslashes & equal(next, b'u');
    let escapes = first & inside;
    let others = backslashes & inside & !escapes;
    if others != 0 && others & !are_output_escapes(next) != 0 {
        return None;
    }
    let digits = escapes | escapes << 1 | escapes << 2 | escapes << 3;
    if digits & !are_digits(third) != 0 {
        return None;
    }

    let (high, low) = (values(third), values(fourth));
    let have_two = first & equal(high, 0) & less(low, 8);
    let (second, third, two_second) = (first << 1, first << 2, have_two << 1);
    let middle = or(_mm512_slli_epi16::<2>(high), and(_mm512_srli_epi16::<2>(low), all(3)));
    let end = or(_mm512_slli_epi16::<4>(and(high, all(3))), low);

    let are_halves = first & equal(high, 0xd) & !less(low, 8);
    let are_ascii = two_second & less(middle, 2);
    if (are_halves | are_ascii) & inside != 0 {
        return None;
    }

    let bytes = _mm512_mask_blend_epi8(first, bytes, or(high, all(0xe0)));
    let bytes = _mm512_mask_blend_epi8(second, bytes, or(middle, all(0x80)));
    let bytes = _mm512_mask_blend_epi8(two_second, bytes, or(middle, all(0xc0)));
    let bytes = _mm512_mask_blend_epi8(third, bytes, or(end, all(0x80)));
    let superfluous = have_two | escapes << 3 | escapes << 4 | escapes << 5;
    store(scratch, bytes, inside & !superfluous);
    Some(taken)
}

/// Appends the marked bytes. The scratch memory must have space for a whole block.
#[inline]
#[target_feature(enable = "avx512bw,avx512vbmi2,bmi1,bmi2,popcnt")]
fn store(scratch: &mut Scratch<'_>, bytes: __m512i, marked: u64) {
    let (_, free) = scratch.bytes.split_at_mut(scratch.filled);
    let free: &mut [u8; BLOCK] = free.first_chunk_mut().expect("there is slack");
    let squeezed = _mm512_maskz_compress_epi8(marked, bytes);
    let quarters = |half: __m256i| [_mm256_castsi256_si128(half), _mm256_extracti128_si256::<1>(half)];
    let eighths = |quarter: __m128i| [_mm_cvtsi128_si64(quarter), _mm_extract_epi64::<1>(quarter)];
    let halves = [_mm512_castsi512_si256(squeezed), _mm512_extracti64x4_epi64::<1>(squeezed)];
    let words = halves.map(|half| quarters(half).map(eighths));
    let (free, _) = free.as_chunks_mut::<8>();
    for (place, word) in free.iter_mut().zip(words.as_flattened().as_flattened()) {
        *place = word.to_le_bytes();
    }
    scratch.filled += marked.count_ones() as usize;
}

#[inline]
#[target_feature(enable = "avx512bw")]
fn load(window: &[u8; BLOCK + BEHIND], at: usize) -> __m512i {
    let word = |index: usize| i64::from_le_bytes(window[at + 8 * index..][..8].try_into().expect("8 bytes"));
    _mm512_setr_epi64(word(0), word(1), word(2), word(3), word(4), word(5), word(6), word(7))
}

/// A vector of one byte over and over.
#[inline]
#[target_feature(enable = "avx512bw")]
fn all(byte: u8) -> __m512i {
    _mm512_set1_epi8(byte.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512bw")]
fn and(a: __m512i, b: __m512i) -> __m512i {
    _mm512_and_si512(a, b)
}

#[inline]
#[target_feature(enable = "avx512bw")]
fn or(a: __m512i, b: __m512i) -> __m512i {
    _mm512_or_si512(a, b)
}

#[inline]
#[target_feature(enable = "avx512bw")]
fn equal(bytes: __m512i, byte: u8) -> u64 {
    _mm512_cmpeq_epi8_mask(bytes, all(byte))
}

#[inline]
#[target_feature(enable = "avx512bw")]
fn less(bytes: __m512i, byte: u8) -> u64 {
    _mm512_cmplt_epu8_mask(bytes, all(byte))
}

/// Marks hexadecimal digits.
#[inline]
#[target_feature(enable = "avx512bw")]
fn are_digits(bytes: __m512i) -> u64 {
    let figures = less(_mm512_sub_epi8(bytes, all(b'0')), 10);
    let letters = less(_mm512_sub_epi8(or(bytes, all(0x20)), all(b'a')), 6);
    figures | letters
}

/// The values of hexadecimal digits; for other bytes, any value below 32.
#[inline]
#[target_feature(enable = "avx512bw")]
fn values(bytes: __m512i) -> __m512i {
    let digits = and(bytes, all(0xf));
    _mm512_mask_add_epi8(digits, _mm512_cmpgt_epu8_mask(bytes, all(b'9')), digits, all(9))
}

/// Marks bytes that follow a backslash in an escape of the output, except the backslash.
#[inline]
#[target_feature(enable = "avx512bw")]
fn are_output_escapes(bytes: __m512i) -> u64 {
    let b_or_f = equal(and(bytes, all(!4)), b'b');
    b_or_f | equal(bytes, b'"') | equal(bytes, b'n') | equal(bytes, b'r') | equal(bytes, b't')
}
