//! Exit codes and what they mean. A violation beats an incomplete search, and that beats a vacuous pass.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: everything as expected, and complete.
    Fine,
    /// 1: a violation, or an expectation not met.
    Violated,
    /// 2: bad usage, or a file that cannot be read or understood.
    Usage,
    /// 3: no violation, but the search is incomplete.
    Incomplete,
    /// 4: something passed without being put to the test (with `--deny vacuous`).
    Vacuous,
    /// 5: a trace no longer fits.
    Stale,
    /// 70: a fault in Rundown itself.
    Internal,
    /// 130: interrupted before anything could be reported.
    Interrupted,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::Violated => 1,
            Exit::Usage => 2,
            Exit::Incomplete => 3,
            Exit::Vacuous => 4,
            Exit::Stale => 5,
            Exit::Internal => 70,
            Exit::Interrupted => 130,
        }
    }

    /// The worse of two ends of parts of one run.
    pub fn or(self, other: Exit) -> Exit {
        let rank = |exit: Exit| match exit {
            Exit::Fine => 0,
            Exit::Vacuous => 1,
            Exit::Incomplete => 2,
            Exit::Stale => 3,
            Exit::Violated => 4,
            Exit::Usage => 5,
            Exit::Interrupted => 6,
            Exit::Internal => 7,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
