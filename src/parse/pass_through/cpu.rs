//! The vector instructions of this processor: which of those that not every processor has are used.
//!
//! Each function that is compiled for such instructions is called only for a kind that is returned here.

/// A kind of vectors that not every x86-64 processor has.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vectors {
    Avx2,
    Avx512,
}

#[cfg(target_arch = "x86_64")]
impl Vectors {
    /// The best kind for finding the marks of `text`.
    #[inline]
    pub(super) fn for_marks(text: &[u8]) -> Option<Self> {
        if Self::Avx512.can_mark() && !is_skipped(0, text) {
            Some(Self::Avx512)
        } else if Self::Avx2.can_mark() && !is_skipped(1, text) {
            Some(Self::Avx2)
        } else {
            None
        }
    }

    /// The best kind for respelling `string`.
    #[inline]
    pub(super) fn for_respelling(string: &[u8]) -> Option<Self> {
        if Self::Avx512.can_respell() && !is_skipped(0, string) {
            Some(Self::Avx512)
        } else if Self::Avx2.can_respell() && !is_skipped(1, string) {
            Some(Self::Avx2)
        } else {
            None
        }
    }

    /// True if the processor has what [`marks`](super::marks) is compiled for with these vectors.
    #[inline]
    pub(super) fn can_mark(self) -> bool {
        match self {
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            Self::Avx512 => is_x86_feature_detected!("avx512bw"),
        }
    }

    /// True if the processor has what [`respell`](super::respell) is compiled for with these vectors.
    #[inline]
    pub(super) fn can_respell(self) -> bool {
        is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt")
            && match self {
                Self::Avx2 => is_x86_feature_detected!("avx2"),
                Self::Avx512 => is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vbmi2"),
            }
    }
}

/// True if `text` does without a kind of vectors, of which the processor may have `better` better ones: only in a build
/// for fuzzing, so that one machine reaches the code of all kinds.
#[cfg(target_arch = "x86_64")]
#[inline]
fn is_skipped(better: usize, text: &[u8]) -> bool {
    cfg!(fuzzing) && text.len() % 3 > better
}

/// The vector instructions that reading uses on this processor: `avx512`, `avx512bw` (respelling then uses AVX2), `avx2`, or
/// what every processor of its kind has, such as `sse2` or `neon`.
///
/// Measurements of two machines are comparable only with the level of each.
#[must_use]
pub fn vector_level() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    return match (Vectors::for_marks(b""), Vectors::for_respelling(b"")) {
        (Some(Vectors::Avx512), Some(Vectors::Avx512)) => "avx512",
        (Some(Vectors::Avx512), _) => "avx512bw",
        (Some(Vectors::Avx2), _) => "avx2",
        (None, _) => "sse2",
    };
    #[cfg(target_arch = "aarch64")]
    return "neon";
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return "portable";
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_what_the_processor_has() {
        let expected: &[&str] = match (Vectors::Avx512.can_mark(), Vectors::Avx2.can_mark()) {
            (true, _) => &["avx512", "avx512bw"],
            (false, true) => &["avx2"],
            (false, false) => &["sse2"],
        };
        assert!(expected.contains(&vector_level()), "{}", vector_level());
    }
}
