//! The first bytes of gzip and zstd.

use crate::config::Compression;

impl Compression {
    /// The bytes that [`detect`](Self::detect) needs.
    pub(crate) const MAGIC: u64 = 4;

    /// The compression of a file that begins with these bytes. A line of JSON begins with none of them.
    pub(crate) fn detect(first: &[u8]) -> Self {
        match first {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A frame, or one that is to be skipped, which may come first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    /// The length of the magic number at the beginning of a member.
    pub(super) fn magic(self) -> usize {
        match self {
            Self::None => 0,
            Self::Gzip => 2,
            Self::Zstd => 4,
        }
    }

    /// True if a member may begin with these bytes, which are too few to be sure.
    pub(super) fn may_begin(self, first: &[u8]) -> bool {
        let magics: &[&[u8]] = match self {
            Self::None => &[],
            Self::Gzip => &[&[0x1f, 0x8b]],
            Self::Zstd => &[&[0x28, 0xb5, 0x2f, 0xfd]],
        };
        let is_skipped =
            self == Self::Zstd && matches!(first, [0x50..=0x5f, rest @ ..] if [0x2a, 0x4d].starts_with(rest));
        is_skipped || magics.iter().any(|magic| magic.starts_with(first))
    }

    /// The name of the pieces that such archives are made of.
    pub(super) fn member(self) -> &'static str {
        if self == Self::Zstd { "frame" } else { "member" }
    }
}
