//! The exit codes: part of the interface, stable.

use std::process::ExitCode;

use crate::report::{Report, Verdict};

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Every claim is right, or none was made.
    Success = 0,
    /// A claim is wrong.
    Wrong = 1,
    /// Usage, or an input that cannot be read.
    Usage = 2,
    /// Nothing wrong, but a claim is undecided or unreadable.
    Open = 3,
    /// A fault of gradus: its witnesses disagree, or it panicked.
    OwnFault = 4,
}

/// What `--help` says about the codes.
pub(super) const HELP: &str = "\
Exit codes:
  0  every claim is right, or none was made
  1  a claim is wrong
  2  usage, or an input that cannot be read
  3  nothing is wrong, but a claim is undecided or unreadable
  4  a fault of gradus: its two witnesses disagree, or it failed";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The exit of a question: only claims make it 1 or 3.
pub(super) fn of_report(report: &Report) -> Exit {
    if report.disagrees() {
        return Exit::OwnFault;
    }
    match report.verdict() {
        None | Some(Verdict::Right) => Exit::Success,
        Some(Verdict::Wrong) => Exit::Wrong,
        Some(Verdict::Undecided | Verdict::Unreadable) => Exit::Open,
    }
}
