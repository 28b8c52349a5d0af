//! The exit statuses of the program.

use std::process::ExitCode;

/// How the program ends. A signal that ends it gives 128 and its number, as the shell counts; the system makes that status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExitStatus {
    /// Done; also with records that were left out, and when the reader of a pipe has left.
    Success = 0,
    /// Failed: an output file is as it was before.
    Failure = 1,
    /// Wrong usage: nothing was begun.
    Usage = 2,
}

impl ExitStatus {
    /// The status as the system has it.
    pub(super) const fn code(self) -> u8 {
        self as u8
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        status.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_those_that_scripts_rely_on() {
        // 2 is the status of clap and of most tools for wrong usage.
        assert_eq!([ExitStatus::Success, ExitStatus::Failure, ExitStatus::Usage].map(ExitStatus::code), [0, 1, 2]);
        assert_eq!(ExitCode::from(ExitStatus::Success), ExitCode::SUCCESS);
        assert_eq!(ExitCode::from(ExitStatus::Failure), ExitCode::FAILURE);
    }
}
