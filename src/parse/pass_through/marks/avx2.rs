//! Marks with vectors of 32 bytes (AVX2), which most x86-64 processors have.

use std::arch::x86_64::{
    __m256i, _MM_HINT_T1, _mm_prefetch, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_min_epu8, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_set1_epi8, _mm256_setr_epi64x,
};

use super::{AHEAD, BLOCK, Bits, walk};

/// Puts a mask for each 64 bytes into `masks`.
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
