//! Every scenario of the corpus comes out as it expects, on every engine that can manage its size.

use rundown::{EngineKind, Met, Options, StoreKind, human};
use std::fmt::Write;
use tests::{corpus, scenario};

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
            .map(|property| {
                let steps = property.run.as_ref().map_or(0, |run| run.events.len());
                format!("{} in {steps}", property.name)
            })
            .collect();
        let verdict = if violated.is_empty() { human::word(report.word) } else { violated.join(", ") };
        let covered = report.coverage;
        writeln!(
            counts,
            "{name}: {verdict}; {} states, {} transitions, depth {}",
            covered.states, covered.transitions, covered.depth
        )
        .expect("a string takes everything");
    }
    assert!(wrong.is_empty(), "{wrong}");
    insta::assert_snapshot!("counts", counts);
}

/// Threads change nothing in a report, not a byte of it; the store changes nothing but what is said about the store; and all of it is what
/// one thread finds that expands one state after another.
#[test]
fn threads_and_stores_change_nothing() {
    let mut compared = 0;
    for name in corpus() {
        let scenario = scenario(&name);
        let check = |engine, threads, store| {
            let threads = std::num::NonZero::new(threads);
            rundown::check(&scenario, &Options { engine: Some(engine), threads, store, ..Options::default() })
        };
        let bytes = |report: &rundown::Report| rundown::format::json::report(report).to_string();
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
            check(EngineKind::BreadthFirst, 2, StoreKind::Bare),
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
    for name in corpus() {
        let scenario = scenario(&name);
        let ours = rundown::check(&scenario, &Options::default());
        for (engine, states_max) in [(EngineKind::Reference, 600), (EngineKind::Stateright, 3_000)] {
            if ours.coverage.states > states_max {
                continue;
            }
            let theirs = rundown::check(&scenario, &Options { engine: Some(engine), ..Options::default() });
            compared += 1;
            assert_eq!(ours.coverage, theirs.coverage, "{name}: coverage of bfs and {engine}");
            for (our, their) in ours.properties.iter().zip(&theirs.properties) {
                assert_eq!(our.verdict, their.verdict, "{name}: {} of bfs and {engine}", our.name);
                // engines may find different rounds of one loop; the way to it is the same
                let way = |property: &rundown::PropertyReport| {
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
