//! The vector instructions of this processor.

/// The vectors that the scanner uses on this processor: `avx512`, `avx2`, or those that every processor of its kind has,
/// `sse2`, `neon` or `portable`.
#[must_use]
pub fn vector_level() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        let common =
            is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("bmi2") && is_x86_feature_detected!("popcnt");
        if common && is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vbmi2") {
            return "avx512";
        }
        if common && is_x86_feature_detected!("avx2") {
            return "avx2";
        }
        "sse2"
    }
    #[cfg(not(target_arch = "x86_64"))]
    if cfg!(target_arch = "aarch64") { "neon" } else { "portable" }
}
