//! Every scenario of the corpus comes out as it expects, on every engine that can manage its size.

use rundown::internal::{Met, PropertyReport, human};
use rundown::{EngineKind, Options, Report, StoreKind};
use std::fmt::Write;
use tests::{corpus, scenario, some_of_the_corpus};

/// The files whose counts are written out: a few of each folder. Of the others a digest says that something is different.
const COUNTED: [&str; 20] = [
    "scenarios/answers/apt03-control.scn",
    "scenarios/field/c02-broken.scn",
    "scenarios/field/c02-repaired.scn",
    "scenarios/field/c34-broken.scn",
    "scenarios/field/c34-repaired.scn",
    "scenarios/field/p03-repaired.scn",
    "scenarios/liveness/infinite-returns.scn",
    "scenarios/properties/call_after_cut.scn",
    "scenarios/properties/hang.scn",
    "scenarios/readings/gone_answer.scn",
    "scenarios/readings/new_exports.scn",
    "scenarios/regressions/clients-before-the-server.scn",
    "scenarios/rules/disc-02-from-inside.scn",
    "scenarios/rules/mod-01-load-before-use.scn",
    "scenarios/rules/pkt-04-read-once.scn",
    "scenarios/seeds/codisconnectcontext/two-callers.scn",
    "scenarios/seeds/codisconnectobject/closing-by-the-user.scn",
    "scenarios/seeds/ifaxserver-disconnect/queued-jobs-survive.scn",
    "scenarios/seeds/imarshal-disconnectobject/every-running-object.scn",
    "scenarios/seeds/imarshal-releasemarshaldata/dead-client-is-run-down.scn",
];

#[test]
fn every_scenario_is_as_it_expects() {
    let mut wrong = String::new();
    let mut counts = String::new();
    for name in corpus() {
        let scenario = scenario(&name);
        assert!(!scenario.program.expectations.is_empty(), "{name} expects nothing");
        assert!(!scenario.program.sources.is_empty(), "{name} names no source");
        let report = rundown::check(&scenario, &Options::default());
        if report.met != Met::Yes {
            wrong.push_str(&human::report(&report, false));
        }
        let violated: Vec<String> = report
            .violations()
            .map(|property| format!("{} in {}", property.name, events(&report, property).len()))
            .collect();
        let verdict = if violated.is_empty() { human::word(report.word) } else { violated.join(", ") };
        let covered = report.coverage;
        write!(counts, "{name}: {verdict}; {}", digest(&report)).expect("a string takes everything");
        if COUNTED.contains(&name.as_str()) {
            let (states, transitions, depth) = (covered.states, covered.transitions, covered.depth);
            write!(counts, "; {states} states, {transitions} transitions, depth {depth}")
                .expect("a string takes everything");
        }
        counts.push('\n');
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(counts.matches(" transitions, ").count(), COUNTED.len(), "a file of the list is missing");
    insta::assert_snapshot!("counts", counts);
}

/// The names of the events of a property's run.
fn events(report: &Report, property: &PropertyReport) -> Vec<String> {
    let events = property.run.iter().flat_map(|run| &run.events);
    events.map(|event| model::names::event(&report.program, event)).collect()
}

/// What a change of the model must not change unnoticed: what was covered, the verdict on each property, how often its premise held, and its run.
fn digest(report: &Report) -> String {
    let mut text = format!("{:?} {:?}", report.coverage, report.end);
    for property in &report.properties {
        let (name, verdict, premises) = (property.title(), property.verdict, property.premises);
        let loops = property.run.as_ref().map(|run| run.loop_start);
        write!(text, "\n{name} {verdict} {premises} {loops:?} {:?}", events(report, property))
            .expect("a string takes everything");
    }
    traces::file::digest(&text)[..12].to_string()
}

/// Threads change nothing in a report, not a byte of it; the store changes nothing but what is said about the store; and all of it is what
/// one thread finds that expands one state after another.
#[test]
fn threads_and_stores_change_nothing() {
    let mut compared = 0;
    for name in some_of_the_corpus(3) {
        let scenario = scenario(&name);
        let check = |engine, threads, store| {
            let threads = std::num::NonZero::new(threads);
            rundown::check(&scenario, &Options { engine: Some(engine), threads, store, ..Options::default() })
        };
        let bytes = |report: &Report| rundown::internal::format::json::report(report).to_string();
        let ours = check(EngineKind::BreadthFirst, 1, StoreKind::Exact);
        let threads: &[usize] = if ours.coverage.states < 1_000 { &[2, 3, 8] } else { &[2] };
        for threads in threads.iter().copied() {
            let theirs = check(EngineKind::BreadthFirst, threads, StoreKind::Exact);
            assert_eq!(bytes(&ours), bytes(&theirs), "{name}: {threads} threads");
        }
        let others = [
            check(EngineKind::Sequential, 1, StoreKind::Exact),
            check(EngineKind::BreadthFirst, 2, StoreKind::Fingerprint),
            check(EngineKind::BreadthFirst, 2, StoreKind::Compressed),
            check(EngineKind::BreadthFirst, 2, StoreKind::StatesOnly),
        ];
        for mut other in others {
            assert!(other.store.exact || other.store.collision_bound > 0.0 || other.coverage.states < 2);
            (other.store, other.engine) = (ours.store.clone(), ours.engine);
            assert_eq!(bytes(&ours), bytes(&other), "{name}: {}", other.store.name);
            compared += 1;
        }
    }
    assert!(compared >= 180, "only {compared} comparisons");
}

/// The naive engine is quadratic, so it judges the small half of the corpus; stateright takes what it can in reasonable time.
#[test]
fn the_engines_agree_on_the_corpus() {
    let mut compared = 0;
    for name in some_of_the_corpus(1) {
        let scenario = scenario(&name);
        let ours = rundown::check(&scenario, &Options::default());
        for (engine, states_max) in [(EngineKind::Reference, 200), (EngineKind::Stateright, 200)] {
            if ours.coverage.states > states_max {
                continue;
            }
            let theirs = rundown::check(&scenario, &Options { engine: Some(engine), ..Options::default() });
            compared += 1;
            assert_eq!(ours.coverage, theirs.coverage, "{name}: coverage of bfs and {engine}");
            for (our, their) in ours.properties.iter().zip(&theirs.properties) {
                assert_eq!(our.verdict, their.verdict, "{name}: {} of bfs and {engine}", our.name);
                // engines may find different rounds of one loop; the way to it is the same
                let way = |property: &PropertyReport| {
                    let run = property.run.as_ref()?;
                    Some((run.events[..run.loop_start.unwrap_or(run.events.len())].to_vec(), run.loop_start))
                };
                assert_eq!(way(our), way(their), "{name}: the run of {} by bfs and {engine}", our.name);
            }
        }
    }
    assert!(compared >= 60, "only {compared} comparisons");
}

/// Each built-in property is violated by some scenario: a rule nobody can break is not tested.
#[test]
fn every_property_is_violated_by_some_scenario() {
    let mut missing: Vec<&str> = model::properties::Property::ALL.iter().map(|property| property.name()).collect();
    for name in corpus() {
        for expectation in scenario(&name).program.expectations {
            missing.retain(|property| Some(*property) != expectation.property.as_deref());
        }
    }
    assert!(missing.is_empty(), "no scenario expects {missing:?}");
}

/// A run that a violation rests on is accepted by the judge, which knows only the model.
#[test]
fn the_judge_accepts_every_violation() {
    let mut judged = 0;
    for name in corpus() {
        let report = rundown::check(&scenario(&name), &Options::default());
        for property in report.violations() {
            if let Some(run) = &property.run {
                judged += 1;
                if let Err(rejected) = traces::judge::judge(&report.program, run) {
                    panic!("{name}: {}: {}", property.name, rejected.text(&report.program));
                }
            }
        }
    }
    assert!(judged >= 30, "only {judged} runs");
}

/// Readings that a scenario names in an expectation tell their values apart.
#[test]
fn expectations_under_readings_are_met() {
    let mut checked = 0;
    for name in corpus() {
        let scenario = scenario(&name);
        let mut conditions: Vec<Vec<(String, String)>> =
            scenario.program.expectations.iter().map(|one| one.when.clone()).filter(|when| !when.is_empty()).collect();
        conditions.dedup();
        for when in conditions {
            let report = rundown::check(&scenario, &Options { readings: when.clone(), ..Options::default() });
            checked += 1;
            assert!(report.met == Met::Yes, "{name} under {when:?}\n{}", human::report(&report, false));
        }
    }
    assert!(checked >= model::readings::READINGS.len(), "only {checked} readings are told apart");
}
