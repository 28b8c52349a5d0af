//! The exit statuses of the program.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExitStatus {
    /// Done; also with records that were left out, and when the reader of a pipe has left.
    Success,
    /// Failed: an output file that is not complete is as it was before.
    Failure,
    /// Wrong usage: nothing was begun.
    Usage,
    /// Ended by the signal with this number. Mostly the system makes this status; a shell shows the same number for it.
    Signal(i32),
}

impl ExitStatus {
    /// The status as the system has it.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Signal(number) => 128 | number as u8,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        status.code().into()
    }
}

#[cfg(test)]
mod tests {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    use super::*;

    #[test]
    fn statuses_are_those_that_scripts_rely_on() {
        // 2 is the status of clap and of most tools for wrong usage.
        assert_eq!([ExitStatus::Success, ExitStatus::Failure, ExitStatus::Usage].map(ExitStatus::code), [0, 1, 2]);
        assert_eq!(ExitCode::from(ExitStatus::Success), ExitCode::SUCCESS);
        assert_eq!(ExitCode::from(ExitStatus::Failure), ExitCode::FAILURE);
    }

    #[test]
    fn the_status_of_a_signal_is_that_of_a_shell() {
        assert_eq!([SIGHUP, SIGINT, SIGTERM].map(|signal| ExitStatus::Signal(signal).code()), [129, 130, 143]);
    }
}
