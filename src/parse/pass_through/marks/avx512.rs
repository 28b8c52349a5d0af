//! Marks with vectors of 64 bytes (AVX-512), which servers have: a comparison is a mask at once.

use std::arch::x86_64::{
    _MM_HINT_T1, _mm_prefetch, _mm512_and_si512, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_set1_epi8,
    _mm512_setr_epi64,
};

use super::{AHEAD, BLOCK, Bits, walk};

/// Puts a mask for each 64 bytes into `masks`.
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
