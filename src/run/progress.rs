//! The progress of a run, which its caller may show.

use crate::input::InputFile;

/// The progress of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of input whose rows are on their way to the output.
    pub done: u64,
    /// Bytes of input in all, if they are known.
    pub total: Option<u64>,
}

/// Tells how far the passes are.
#[derive(Clone, Copy)]
pub(super) struct ProgressMeter<'p> {
    tell: &'p (dyn Fn(Progress) + Sync),
    /// Bytes of one pass, if they are known.
    length: Option<u64>,
    passes: u64,
    /// Bytes of the passes before this one.
    before: u64,
}

impl<'p> ProgressMeter<'p> {
    pub(super) fn new(tell: &'p (dyn Fn(Progress) + Sync), files: &[InputFile], passes: u64) -> Self {
        Self { tell, length: files.iter().map(InputFile::length).sum(), passes, before: 0 }
    }

    /// The meter of a later pass: `bytes` are those of the passes between this one and that.
    pub(super) fn after(self, bytes: u64) -> Self {
        Self { before: self.before.saturating_add(bytes), ..self }
    }

    /// Tells the progress with `done` bytes of this pass.
    pub(super) fn tell(&self, done: u64) {
        (self.tell)(Progress {
            done: self.before.saturating_add(done),
            total: self.length.map(|length| length.saturating_mul(self.passes)),
        });
    }
}
