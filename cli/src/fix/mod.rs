//! `rundown fix`: tries small edits from a catalogue, one and two at a time, checks each changed scenario, and shows the smallest that makes
//! everything hold without taking away what the program does.

mod catalogue;
mod checks;
mod code;
mod connections;
mod keep;
mod layout;
mod locks;
mod modules;
mod order;
mod packets;
mod references;
mod search;
mod settle;
mod show;
mod trial;
mod waits;

pub use catalogue::{CATALOGUE, Row};
pub use show::{json, line, text};

use checker::Stop;

use crate::report::{Options, Word};
use crate::scenario::Scenario;
use search::{Found, Search};
use trial::Limit;

/// States that are searched in all, at the most, if nothing else is said.
pub const STATES: u64 = 3_000_000;

/// What came of it.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// What reports call the scenario.
    pub name: String,
    /// Its text.
    pub text: String,
    /// What is violated, in words.
    pub violated: Vec<String>,
    /// How it ended.
    pub end: Ended,
    /// What was tried.
    pub(crate) found: Found,
}

/// How it ended.
#[derive(Clone, Debug)]
pub enum Ended {
    /// Nothing is violated. What the scenario expects may be violated all the same.
    Nothing,
    /// The scenario as it is could not be checked to its end, and no violation was found.
    Unchecked(String),
    /// A repair: the rows that it is made of, and the whole text.
    Repaired(Vec<&'static Row>, String),
    /// None was found.
    NotFound,
}

impl Fixed {
    /// Did a limit end the search?
    pub fn is_cut(&self) -> bool {
        self.found.is_cut
    }
}

/// Looks for a repair. `options` has the limits of everything together.
pub fn fix(scenario: &Scenario, options: &Options, stop: &Stop) -> Fixed {
    let most = options.limits.states.unwrap_or(STATES);
    let mut all = options.until();
    all.limits.states = Some(most);
    let limit = Limit { options: &all, stop };
    let mut fixed = Fixed {
        name: scenario.name.clone(),
        text: scenario.text.clone(),
        violated: Vec::new(),
        end: Ended::NotFound,
        found: Found::default(),
    };
    let Some((before, report)) = trial::before(&scenario.name, &scenario.text, &limit) else {
        fixed.end = Ended::Unchecked("it cannot be checked".into());
        return fixed;
    };
    fixed.violated = before.keys.iter().map(show::key).collect();
    fixed.found.states = before.states;
    if before.keys.is_empty() {
        fixed.end = match report.word {
            Word::Incomplete(reason) => Ended::Unchecked(format!("incomplete: {reason}")),
            Word::Holds | Word::HoldsWithinBounds | Word::Violated | Word::NotFound(_) => Ended::Nothing,
        };
        return fixed;
    }
    let found = Search { name: &scenario.name, before: &before, limit, most }.run();
    if let Some(repair) = &found.repair {
        let rows = repair.rows.iter().map(|row| &CATALOGUE[*row]).collect();
        fixed.end = Ended::Repaired(rows, settle::settled(scenario, &repair.text, options));
    }
    fixed.found = found;
    fixed
}
