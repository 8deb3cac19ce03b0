//! The same run elsewhere: in the repaired scenario, or under another reading of the documents. It is followed as far as it goes
//! there, and then on to the nearest end at which all is well.

use model::program::Program;
use traces::judge::judge;
use traces::page::data::{Page, PageRun, Parting};
use traces::page::follow::follow;
use traces::page::{RunOptions, run as page_run};
use traces::run::{Run, replay};

use crate::aftermath::{Onward, onward};
use crate::depends::OtherVerdict;
use crate::human;
use crate::report::{Report, Word};

/// Runs under other readings that a page shows without being asked, at the most.
const READINGS_MAX: usize = 3;

/// Where a run is followed.
#[derive(Clone, Debug)]
pub struct Elsewhere<'a> {
    /// What it is called: a file's name, or `name=value`.
    pub label: String,
    /// The scenario's file.
    pub name: &'a str,
    /// The program.
    pub program: &'a Program,
    /// What a check of it found of a property; empty if nothing was checked.
    pub verdict: String,
}

impl<'a> Elsewhere<'a> {
    /// Where a check has been made.
    pub fn checked(label: &str, report: &'a Report, property: &str) -> Elsewhere<'a> {
        let asked = report.properties.iter().find(|one| one.name == property);
        let verdict = asked.map_or_else(|| human::word(report.word), |one| one.verdict.to_string());
        Elsewhere { label: label.to_string(), name: &report.name, program: &report.program, verdict }
    }
}

/// The checks that a run is compared with.
#[derive(Clone, Debug, Default)]
pub struct Others {
    /// Those that were asked for, each under its label.
    pub asked: Vec<(String, Report)>,
    /// Those that give another verdict.
    pub depends: Vec<OtherVerdict>,
}

impl Others {
    /// Those that a page of a violated property shows: all that were asked for, and some of those under which the property holds.
    pub fn of(&self, property: &str) -> Vec<(&str, &Report)> {
        let asked = self.asked.iter().map(|(label, report)| (label.as_str(), report));
        let spared = self.depends.iter().filter(|other| {
            let told = self.asked.iter().any(|(label, _)| *label == other.reading);
            !told
                && !matches!(other.report.word, Word::Incomplete(_) | Word::NotFound(_))
                && other.report.violation(property).is_none()
        });
        asked.chain(spared.take(READINGS_MAX).map(|other| (other.reading.as_str(), &other.report))).collect()
    }
}

/// A run of `program` as it goes elsewhere, for the page that shows it; none if it cannot be replayed.
pub fn elsewhere(page: &Page, program: &Program, run: &Run, there: &Elsewhere) -> Option<PageRun> {
    let other = there.program;
    let followed = follow(program, run, other).ok()?;
    let same = followed.events.len();
    let reached = replay(other, &followed.events).ok()?;
    let (way, end) = onward(other, reached.last(), &run.property);
    let events = followed.events.into_iter().chain(way).collect();
    let claims = Run { events, loop_start: None, ..run.clone() };
    let shows = !claims.property.is_empty() && judge(other, &claims).is_ok();
    let taken = if shows { claims } else { Run { property: String::new(), ..claims } };
    let verdict = match (shows, there.verdict.as_str()) {
        (true, _) => "violated".to_string(),
        (false, "violated") => "violated by another run".to_string(),
        (false, verdict) => verdict.to_string(),
    };
    let options = RunOptions { label: there.label.clone(), verdict, ..RunOptions::default() };
    let mut shown = page_run(other, &taken, &options).ok()?.of_another(other, there.name, page);
    if !shows {
        let then = match end {
            Onward::Good => "then all goes well",
            Onward::Bad => "then it ends otherwise",
            Onward::Open => "and on",
        };
        shown.headline = match same {
            0 => format!("another way from the start; {then}"),
            1 => format!("the same first step; {then}"),
            same => format!("the same way for {same} steps; {then}"),
        };
    }
    shown.parting = Some(Parting { step: followed.parted, text: followed.text });
    Some(shown)
}
