//! Wide scenarios: engines, reductions and the judge say the same of each. Numbers seed them, so that a difference is found again:
//! `SEED=first CASES=count cargo test -p tests --test it wide`; `STATES=limit` stops searches earlier, so that more scenarios are drawn in the same time.

use proptest::test_runner::TestCaseError;
use rundown::{EngineKind, Limits, Options, Reduction, Reductions, Report, Scenario};
use std::cell::Cell;
use tests::wide::Grammar;

use super::differential::{cases, judged, same};

/// Searches go no further than this, unless STATES says otherwise.
const STATES_MAX: u64 = 600;
/// The reference engine is quadratic, and stateright searches once for every property.
const REFERENCE_MAX: u64 = 80;
const STATERIGHT_MAX: u64 = 40;
/// So many differences are made small and told.
const TOLD_MAX: usize = 5;

/// How many scenarios were compared in which way.
#[derive(Default)]
struct Counts {
    whole: Cell<u64>,
    reference: Cell<u64>,
    stateright: Cell<u64>,
    reduced: Cell<u64>,
    runs: Cell<u64>,
}

fn more(count: &Cell<u64>) {
    count.set(count.get() + 1);
}

fn with(engine: EngineKind, reductions: Reductions) -> Options {
    let states = std::env::var("STATES").ok().and_then(|text| text.parse().ok()).unwrap_or(STATES_MAX);
    let limits = Limits { states: Some(states), ..Limits::default() };
    Options { engine: Some(engine), reductions, limits, ..Options::default() }
}

/// Each reduction by itself, none, and all.
fn ways() -> Vec<Reductions> {
    let alone = [Reduction::Dead, Reduction::Names, Reduction::Symmetry, Reduction::Por];
    let alone = alone.into_iter().map(|reduction| Reductions::FUSE.with(reduction));
    [Reductions::NONE, Reductions::all()].into_iter().chain(alone).collect()
}

/// Verdicts, and how long the shortest runs are.
fn said(report: &Report) -> Vec<(String, &'static str, Option<usize>)> {
    let steps = |run: &traces::run::Run| run.loop_start.is_none().then_some(run.events.len());
    report.properties.iter().map(|one| (one.name.clone(), one.verdict, one.run.as_ref().and_then(steps))).collect()
}

/// What is not the same.
fn difference(text: &str, counts: &Counts) -> Result<(), String> {
    let told = |error: TestCaseError| error.to_string();
    let scenario = Scenario::parse("wide.scn", text).map_err(|mistake| format!("it does not compile: {mistake}"))?;
    let ours = rundown::check(&scenario, &with(EngineKind::BreadthFirst, Reductions::FUSE));
    judged(&ours, &counts.runs).map_err(told)?;
    let mut engines = vec![EngineKind::Sequential];
    if ours.coverage.states <= REFERENCE_MAX {
        engines.push(EngineKind::Reference);
        more(&counts.reference);
    }
    if ours.coverage.states <= STATERIGHT_MAX {
        engines.push(EngineKind::Stateright);
        more(&counts.stateright);
    }
    for engine in engines {
        let theirs = rundown::check(&scenario, &with(engine, Reductions::FUSE));
        same(&ours, &theirs).map_err(told)?;
        judged(&theirs, &counts.runs).map_err(told)?;
    }
    if ours.end != checker::End::Complete {
        return Ok(());
    }
    more(&counts.whole);
    for reductions in ways() {
        let theirs = rundown::check(&scenario, &with(EngineKind::BreadthFirst, reductions));
        if theirs.end != checker::End::Complete {
            continue;
        }
        judged(&theirs, &counts.runs).map_err(|error| format!("{reductions}: {error}"))?;
        // a bound can cut a step of one operation where it does not cut, or not at the same place, what is fused
        let cut = !(ours.bounds.is_empty() && theirs.bounds.is_empty());
        if reductions.contains(Reduction::Fuse) || !cut {
            if said(&ours) != said(&theirs) || ours.word != theirs.word {
                return Err(format!(
                    "{reductions}: {:?} {:?} is not {:?} {:?}",
                    theirs.word,
                    said(&theirs),
                    ours.word,
                    said(&ours)
                ));
            }
            more(&counts.reduced);
        }
    }
    Ok(())
}

/// The difference without its details, so that shrinking does not go from one to another.
fn kind(difference: &str) -> &str {
    difference.split([':', ' ']).next().unwrap_or_default()
}

#[test]
fn differential_wide() {
    let grammar = Grammar::default();
    let first: u64 = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let count = u64::from(cases(200));
    let counts = Counts::default();
    let mut failures = Vec::new();
    let begun = std::time::Instant::now();
    for seed in first..first + count {
        let tree = grammar.derive(seed);
        let Err(found) = difference(&grammar.text(&tree), &counts) else { continue };
        if failures.len() < TOLD_MAX {
            let unheard = Counts::default();
            let mut fails = |text: &str| difference(text, &unheard).is_err_and(|other| kind(&other) == kind(&found));
            let text = grammar.text(&grammar.shrink(&tree, &mut fails));
            let told = difference(&text, &unheard).err().unwrap_or_default();
            failures.push(format!("seed {seed}: {told}\n{text}"));
        } else {
            failures.push(format!("seed {seed}: {found}"));
        }
    }
    println!(
        "{count} wide scenarios in {:?}: {} searched whole, compared with reference {}, with stateright {}, with reductions {}, runs judged {}",
        begun.elapsed(),
        counts.whole.get(),
        counts.reference.get(),
        counts.stateright.get(),
        counts.reduced.get(),
        counts.runs.get()
    );
    assert!(failures.is_empty(), "{} differences\n{}", failures.len(), failures.join("\n"));
    assert!(counts.whole.get() > count / 3 && counts.reference.get() > count / 10 && counts.runs.get() > count / 2);
}
