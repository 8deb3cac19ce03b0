//! Random scenarios: three engines that share no search, and a judge that searches nothing, say the same of each.

use model::pack::Codec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use rundown::internal::{PropertyReport, format::json};
use rundown::{EngineKind, Limits, Options, Report, Scenario};
use std::cell::Cell;
use tests::generate::{Random, scenarios};

/// Searches go no further than this.
const STATES_MAX: u64 = 1_500;
/// The reference engine is quadratic. Stateright searches once for every property and hands out whole paths: seconds for the largest,
/// so only one scenario in 250 is given to it at that size.
const REFERENCE_MAX: u64 = 200;
const STATERIGHT_MAX: u64 = 80;
const STATERIGHT_RARELY_MAX: u64 = 1_000;

/// How many scenarios `cargo test` has time for.
pub(crate) const CASES: u32 = 1_000;

/// Environment variable CASES: how many scenarios instead.
pub(crate) fn cases(default: u32) -> u32 {
    std::env::var("CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A runner that makes the same cases every time.
pub(crate) fn runner(cases: u32) -> TestRunner {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 4_000,
        max_shrink_time: 60_000,
        ..ProptestConfig::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

pub(crate) fn bounded(engine: EngineKind) -> Options {
    let limits = Limits { states: Some(STATES_MAX), ..Limits::default() };
    Options { engine: Some(engine), limits, ..Options::default() }
}

/// The run, without the round of one that repeats itself: engines may find different rounds of one loop.
fn way(property: &PropertyReport) -> Option<&[model::event::Event]> {
    property.run.as_ref().map(|run| &run.events[..run.loop_start.unwrap_or(run.events.len())])
}

pub(crate) fn same(ours: &Report, theirs: &Report) -> Result<(), TestCaseError> {
    let engine = theirs.engine.name();
    prop_assert_eq!(ours.coverage, theirs.coverage, "coverage of bfs and {}", engine);
    prop_assert_eq!(ours.word, theirs.word, "word of bfs and {}", engine);
    prop_assert_eq!(&ours.bounds, &theirs.bounds, "bounds of bfs and {}", engine);
    prop_assert_eq!(&ours.rules, &theirs.rules, "rules of bfs and {}", engine);
    prop_assert_eq!(&ours.lines_never, &theirs.lines_never, "lines of bfs and {}", engine);
    prop_assert_eq!(ours.properties.len(), theirs.properties.len());
    for (our, their) in ours.properties.iter().zip(&theirs.properties) {
        let what = format!("{} by bfs and {engine}", our.name);
        prop_assert_eq!(our.verdict, their.verdict, "verdict on {}", &what);
        prop_assert_eq!(our.premises, their.premises, "premise of {}", &what);
        prop_assert_eq!(way(our), way(their), "run of {}", &what);
    }
    Ok(())
}

/// The judge accepts every run, and the states on its way survive packing.
pub(crate) fn judged(report: &Report, judged: &Cell<u64>) -> Result<(), TestCaseError> {
    let codec = Codec::new(&report.program);
    for property in &report.properties {
        let Some(run) = &property.run else { continue };
        match traces::judge::judge(&report.program, run) {
            Ok(_) => judged.set(judged.get() + 1),
            Err(rejected) => {
                let text = rejected.text(&report.program);
                return Err(TestCaseError::fail(format!(
                    "the judge refuses {} by {}: {text}",
                    property.name,
                    report.engine.name()
                )));
            }
        }
        let replayed = traces::run::replay(&report.program, &run.events)
            .map_err(|error| TestCaseError::fail(error.text(&report.program)))?;
        prop_assert_eq!(Some(replayed.last()), property.last.as_ref(), "last state of {}", &property.name);
        let mut words = vec![0; codec.words()];
        for state in &replayed.states {
            codec.pack(state, &mut words);
            prop_assert_eq!(&codec.unpack(&words), state, "packing loses something");
        }
    }
    Ok(())
}

#[test]
fn engines_and_judge_agree_on_random_scenarios() {
    let (reference, stateright, runs) = (Cell::new(0u64), Cell::new(0u64), Cell::new(0u64));
    let begun = std::time::Instant::now();
    let cases = cases(CASES);
    let (edges, distances) = (Cell::new(0u64), Cell::new(0u64));
    let outcome = runner(cases).run(&scenarios(), |Random { text }| {
        let scenario = match Scenario::parse("random.scn", &text) {
            Ok(scenario) => scenario,
            Err(mistake) => return Err(TestCaseError::fail(mistake.to_string())),
        };
        let ours = rundown::check(&scenario, &bounded(EngineKind::BreadthFirst));
        judged(&ours, &runs)?;
        let again = rundown::check(&scenario, &bounded(EngineKind::BreadthFirst));
        prop_assert_eq!(json::report(&ours).to_string(), json::report(&again).to_string(), "not the same bytes");
        let stateright_max = if text.len() % 250 == 0 { STATERIGHT_RARELY_MAX } else { STATERIGHT_MAX };
        for (engine, most, count) in
            [(EngineKind::Reference, REFERENCE_MAX, &reference), (EngineKind::Stateright, stateright_max, &stateright)]
        {
            if ours.coverage.states <= most {
                let theirs = rundown::check(&scenario, &bounded(engine));
                same(&ours, &theirs)?;
                judged(&theirs, &runs)?;
                count.set(count.get() + 1);
                edges.set(edges.get() + ours.coverage.transitions);
                distances.set(
                    distances.get() + ours.properties.iter().filter(|property| property.run.is_some()).count() as u64,
                );
            }
        }
        Ok(())
    });
    let (reference, stateright, runs) = (reference.get(), stateright.get(), runs.get());
    println!(
        "{cases} random scenarios in {:?}: compared with reference {reference}, with stateright {stateright} \
         ({} edges, {} distances), runs judged {runs}",
        begun.elapsed(),
        edges.get(),
        distances.get()
    );
    if let Err(error) = outcome {
        // the shrunk text belongs into scenarios/regressions
        panic!("{error}");
    }
    let cases = u64::from(cases);
    assert!(runs > cases / 2, "hardly any run was judged");
    assert!(reference > cases / 2 && stateright > cases / 4, "too few were small enough: {reference}, {stateright}");
    assert!(edges.get() > cases * 10 && distances.get() > cases / 2, "hardly anything was compared");
}
