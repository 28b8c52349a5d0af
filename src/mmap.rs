//! The choice between reading files and mapping them to memory, which is the caller's: mapping cannot be made safe here.

/// Whether regular files are read (the default) or mapped to memory.
///
/// Reading copies each byte once more than mapping does. The price of mapping is a
/// hazard that no library can remove, so the choice is an `unsafe` function. (ripgrep and memmap2 decide the same way.)
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MmapChoice {
    is_auto: bool,
}

impl MmapChoice {
    /// Reads every file. This is the default.
    #[must_use]
    pub const fn never() -> Self {
        Self { is_auto: false }
    }

    /// Maps the files that can be mapped: regular files that are not compressed.
    ///
    /// ```
    /// use steer2reg::{Config, Input, MmapChoice, Output};
    ///
    /// // SAFETY: no other process writes to the file during the run.
    /// let mmap = unsafe { MmapChoice::auto() };
    /// let config = Config { mmap, ..Config::new(Input::Path("train.jsonl".into()), Output::Check) };
    /// # assert_ne!(config.mmap, MmapChoice::never());
    /// ```
    ///
    /// # Safety
    ///
    /// No process may change an input while it is converted. A change is undefined behaviour by Rust's rules: the bytes behind
    /// a shared reference change. In practice, a file that is written over gives wrong rows or an error, and a file that is
    /// shortened raises `SIGBUS`, which ends the process unless it is handled. (The command line handles it, see
    /// [`is_input_shortened`](crate::is_input_shortened).)
    #[must_use]
    #[allow(unsafe_code)]
    pub const unsafe fn auto() -> Self {
        Self { is_auto: true }
    }

    #[cfg(test)]
    pub(crate) const fn auto_in_tests() -> Self {
        Self { is_auto: true }
    }

    pub(crate) fn is_auto(self) -> bool {
        self.is_auto
    }
}
