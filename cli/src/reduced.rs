//! A check with the reductions that were asked for: which systems are searched, and what the report says of it.

use checker::{Observer, Stop};
use model::ample::{Ample, Strength};
use model::reduce::{Note, Reduction, Reductions};

use crate::binding::Service;
use crate::human::grouped;
use crate::report::{Options, PropertyReport, Report, searched};
use crate::scenario::Scenario;

/// May a search with these reductions be followed by another, from which the runs are told?
pub(crate) fn may_search_twice(reductions: Reductions) -> bool {
    reductions.contains(Reduction::Por) || !reductions.contains(Reduction::Fuse)
}

/// Has the one report every violation that the other has?
fn has_all(one: &Report, other: &Report) -> bool {
    let same = |a: &PropertyReport, b: &PropertyReport| a.name == b.name && a.signature == b.signature;
    other.violations().all(|wanted| wanted.more || one.violations().any(|there| same(there, wanted)))
}

/// The system to be searched with these reductions.
fn service(scenario: &Scenario, options: &Options, reductions: Reductions) -> Service {
    Service::reduced(options.assumed(&scenario.program), reductions)
}

/// Checks a scenario.
pub(crate) fn check(scenario: &Scenario, options: &Options, stop: &Stop, observer: &mut dyn Observer) -> Report {
    let asked = options.reductions;
    if !asked.contains(Reduction::Fuse) {
        return unfused(scenario, options, stop, observer);
    }
    if asked.contains(Reduction::Por) {
        return ordered(scenario, options, stop, observer);
    }
    searched(scenario, options, service(scenario, options, asked), stop, observer)
}

/// Searches with each operation as a step of its own. Runs are told as everywhere else, so a search that finds one is followed by
/// another that fuses.
fn unfused(scenario: &Scenario, options: &Options, stop: &Stop, observer: &mut dyn Observer) -> Report {
    let noted = |report: Report, on: bool, text: String| {
        let reductions = vec![Note { reduction: Reduction::Fuse, on, text }];
        Report { reductions, ..report }
    };
    let apart = searched(scenario, options, service(scenario, options, Reductions::NONE), stop, observer);
    if apart.properties.iter().all(|property| property.run.is_none()) {
        return noted(apart, false, "each operation is a step of its own".into());
    }
    let states = grouped(apart.coverage.states);
    let fused = searched(scenario, options, service(scenario, options, Reductions::FUSE), stop, observer);
    if has_all(&fused, &apart) {
        let text = format!(
            "each operation was a step of its own in {states} states; searched again with fuse, to tell the runs"
        );
        return noted(fused, true, text);
    }
    let text = "each operation is a step of its own; the search with fuse ended too early, so runs are not told";
    let properties = apart.properties.into_iter().map(|property| PropertyReport { run: None, last: None, ..property });
    noted(Report { properties: properties.collect(), program: fused.program, ..apart }, false, text.into())
}

/// Searches with partial order reduction, and again without if there is a run to be told, of a violation or to what is asked for: the shortest.
fn ordered(scenario: &Scenario, options: &Options, stop: &Stop, observer: &mut dyn Observer) -> Report {
    let without = options.reductions.without(Reduction::Por);
    let noted = |mut report: Report, on: bool, text: String| {
        report.reductions.push(Note { reduction: Reduction::Por, on, text });
        report
    };
    let fewer = service(scenario, options, options.reductions);
    let Some(strength) = fewer.steps_enough().map(Ample::strength) else {
        let report = searched(scenario, options, service(scenario, options, without), stop, observer);
        return noted(report, false, "a rule is switched off".into());
    };
    let how = match strength {
        Strength::Branching => "one order of steps that do not touch each other",
        Strength::Fair => "steps run together that nobody can come between (no more, because of an `eventually`)",
    };
    let reduced = searched(scenario, options, fewer, stop, observer);
    let decided = |property: &&PropertyReport| property.violated || property.run.is_some();
    if !reduced.properties.iter().any(|property| decided(&property)) {
        return noted(reduced, true, how.into());
    }
    // the shortest run of the reduced system need not be the shortest
    let plain = searched(scenario, options, service(scenario, options, without), stop, observer);
    let again = |name: &String| plain.properties.iter().any(|property| property.name == *name && decided(&property));
    if has_all(&plain, &reduced) && reduced.properties.iter().filter(decided).all(|property| again(&property.name)) {
        let text = match reduced.violations().next() {
            Some(_) => "a violation was found with fewer states; searched again with all, for the shortest run",
            None => "what is asked for was reached with fewer states; searched again with all, for the shortest run",
        };
        return noted(plain, false, text.into());
    }
    let text = format!("{how}; the search of all states ended too early, so a shorter run is possible");
    noted(reduced, true, text)
}
