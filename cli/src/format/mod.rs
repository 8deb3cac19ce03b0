//! Reports for other programs: each format in its file, all of them from the same list of what was checked.
//!
//! One run of `rundown check` gives one document, whatever the number of scenarios. No document contains a time, so that the same
//! input gives the same bytes.

pub mod github;
pub mod json;
pub mod junit;
mod place;
pub mod sarif;
mod sarif_flow;

use crate::report::Report;
use crate::scenario::Mistake;

/// What became of one scenario of a run.
#[derive(Clone, Debug)]
pub enum Checked {
    /// It was checked.
    Report(Box<Report>),
    /// It could not be checked.
    Mistake(Mistake),
}

impl Checked {
    /// The scenario's name: its path as it was given.
    pub fn name(&self) -> &str {
        match self {
            Checked::Report(report) => &report.name,
            Checked::Mistake(
                Mistake::Unreadable { name, .. } | Mistake::Wrong { name, .. } | Mistake::Internal { name, .. },
            ) => name,
        }
    }
}

/// The formats for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// One JSON object, or an array of them for several scenarios.
    Json,
    /// One JSON object on each line.
    Jsonl,
    /// JUnit's XML.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
}

/// What a document depends on besides the reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Does a vacuous pass count as a failure (`--deny vacuous`)?
    pub deny_vacuous: bool,
    /// Was more than one scenario asked for? JSON is then an array even if only one was reached.
    pub several: bool,
}

/// The document.
pub fn document(machine: Machine, checked: &[Checked], settings: Settings) -> String {
    match machine {
        Machine::Json => json::document(checked, settings),
        Machine::Jsonl => checked.iter().map(json::line).collect(),
        Machine::Junit => junit::document(checked, settings),
        Machine::Sarif => sarif::document(checked, settings),
        Machine::Github => github::document(checked, settings),
    }
}
