//! Fusion of local operations: what is asked has the same answer whether each operation is a step of its own or not.

use checker::{EngineKind, Limits, Observer, Outcome, Plan, Progress, Stop};
use model::event::Event;
use model::program::Fused;
use model::state::State;
use model::step::local::Local;
use proptest::test_runner::TestCaseError;
use rundown::internal::binding::{Direct, Service};
use rundown::{Options, Reductions, Scenario};
use std::cell::Cell;
use std::collections::BTreeSet;
use tests::generate::{Random, scenarios};
use tests::{corpus, scenario};

use crate::differential::{cases, runner};

/// Searches with fusion go no further than this in the corpus, and in random scenarios.
const STATES_MAX: u64 = 16_000;
const RANDOM_STATES_MAX: u64 = 1_500;
/// How many states there may be without it for one with it.
const APART_MAX: u64 = 10;

struct Silent;

impl Observer for Silent {
    fn progress(&mut self, _: &Progress) {}
}

fn searched(service: &Service, states: u64) -> Outcome<State, Event> {
    let limits = Limits { states: Some(states), ..Limits::default() };
    let plan = Plan { limits, ..Plan::new(EngineKind::BreadthFirst) };
    checker::check_packed(&Direct(service), &plan, &Stop::new(), &mut Silent)
}

fn service(scenario: &Scenario, fused: Fused) -> Service {
    let mut program = scenario.program.clone();
    program.fused = fused;
    Service::new(program)
}

/// The operations that a search executes, with those that lead to the initial state.
fn executed(service: &Service, outcome: &Outcome<State, Event>) -> BTreeSet<(usize, usize)> {
    let program = service.program();
    let begin = model::step::begin(program);
    if begin.state().breach.is_some() {
        // what the threads before the one that breaks a property at its start have executed till then is fused, or nothing
        return BTreeSet::new();
    }
    let begun = begin.executed.into_iter();
    let mut found: BTreeSet<_> = begun.map(|(function, pc)| (usize::from(function), usize::from(pc))).collect();
    for (function, described) in program.functions.iter().enumerate() {
        let code = 0..described.code.len();
        found.extend(code.filter(|pc| service.executed(&outcome.marks, function, *pc)).map(|pc| (function, pc)));
    }
    found
}

/// What must be the same: the verdicts, whether bounds cut anything, the premises that are met, and the operations that are executed.
#[derive(Debug, PartialEq)]
struct Said {
    verdicts: Vec<&'static str>,
    cut: bool,
    idle: Vec<bool>,
    executed: BTreeSet<(usize, usize)>,
}

fn said(service: &Service, outcome: &Outcome<State, Event>) -> Said {
    Said {
        verdicts: outcome.verdicts.iter().map(|verdict| verdict.word()).collect(),
        cut: outcome.cuts.iter().any(|count| *count > 0),
        idle: outcome.premises.iter().map(|count| *count == 0).collect(),
        executed: executed(service, outcome),
    }
}

/// Compares what is said with and without fusion. Gives the states with it and without; none if there are too many.
fn compared(scenario: &Scenario, fused: Fused, most: u64) -> Result<Option<(u64, u64)>, String> {
    let (with, without) = (service(scenario, Fused::ALL), service(scenario, fused));
    let together = searched(&with, most);
    if together.end != checker::End::Complete {
        return Ok(None);
    }
    let apart = searched(&without, most * APART_MAX);
    if apart.end != checker::End::Complete {
        return Ok(None);
    }
    let (ours, theirs) = (said(&with, &together), said(&without, &apart));
    let same = if theirs.cut {
        // a bound cuts a step with all that is fused with it, and it can be met because a pool thread, or the place of a pointer that is
        // cleared, is free a step later: apart more is cut, and what comes before the cut is seen
        let found = |said: &Said, index: usize| ["violated", "reached"].contains(&said.verdicts[index]);
        (0..ours.verdicts.len()).all(|index| !found(&ours, index) || found(&theirs, index))
    } else {
        ours == theirs
    };
    if !same {
        let differ: Vec<_> = ours.executed.symmetric_difference(&theirs.executed).collect();
        return Err(format!(
            "{:?} fused, {:?} apart; cut {} {}, idle {:?} {:?}, executed by one alone: {differ:?}",
            ours.verdicts, theirs.verdicts, ours.cut, theirs.cut, ours.idle, theirs.idle
        ));
    }
    Ok(Some((together.coverage.states, apart.coverage.states)))
}

#[test]
fn the_corpus_is_judged_alike_with_each_operation_apart() {
    let (mut together, mut apart) = (0, 0);
    let mut failures = Vec::new();
    for name in corpus() {
        match compared(&scenario(&name), Fused::NONE, STATES_MAX) {
            Ok(Some(counts)) => (together, apart) = (together + counts.0, apart + counts.1),
            Ok(None) => failures.push(format!("{name}: too large")),
            Err(what) => failures.push(format!("{name}: {what}")),
        }
    }
    println!("{apart} states with each operation apart, {together} with local operations fused");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(apart > together * 2);
}

/// A pointer that points at nothing is released twice; the corpus has no such thing.
fn nothing_to_release() -> Scenario {
    let text = "process host { class Widget { } int n = 0;
        thread main : MTA { { ComPtr<Widget> v; n = 1; } n = 2; }
        thread other : MTA { n = 0; } }";
    Scenario::parse("nothing to release", text).unwrap_or_else(|mistake| panic!("{mistake}"))
}

/// Each class of local operations by itself: taken out of what is fused it changes nothing but the number of states, and it does change
/// that.
#[test]
fn each_class_of_operations_can_be_apart() {
    let mut failures = Vec::new();
    for class in Local::ALL {
        let (mut together, mut apart) = (0, 0);
        for name in corpus() {
            match compared(&scenario(&name), Fused::ALL.without(class), STATES_MAX) {
                Ok(Some(counts)) => (together, apart) = (together + counts.0, apart + counts.1),
                Ok(None) => failures.push(format!("{class:?}: {name}: too large")),
                Err(what) => failures.push(format!("{class:?}: {name}: {what}")),
            }
        }
        match compared(&nothing_to_release(), Fused::ALL.without(class), STATES_MAX) {
            Ok(Some(counts)) => (together, apart) = (together + counts.0, apart + counts.1),
            Ok(None) => failures.push(format!("{class:?}: too large")),
            Err(what) => failures.push(format!("{class:?}: {what}")),
        }
        println!("{class:?}: {apart} states apart, {together} fused");
        if apart <= together {
            failures.push(format!("{class:?}: no scenario has such an operation"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn random_scenarios_are_judged_alike_with_each_operation_apart() {
    let cases = cases(super::differential::CASES);
    let (whole, together, apart) = (Cell::new(0u64), Cell::new(0), Cell::new(0));
    let outcome = runner(cases).run(&scenarios(), |Random { text }| {
        let scenario =
            Scenario::parse("random.scn", &text).map_err(|mistake| TestCaseError::fail(mistake.to_string()))?;
        if let Some(counts) = compared(&scenario, Fused::NONE, RANDOM_STATES_MAX).map_err(TestCaseError::fail)? {
            whole.set(whole.get() + 1);
            together.set(together.get() + counts.0);
            apart.set(apart.get() + counts.1);
        }
        Ok(())
    });
    println!(
        "{cases} random scenarios: {} whole, {} states with each operation apart, {} fused",
        whole.get(),
        apart.get(),
        together.get()
    );
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(whole.get() > u64::from(cases) / 2 && apart.get() > together.get());
}

/// What the command says without any reduction: as always, but for the note, and for how many states there were.
#[test]
fn without_reductions_the_same_is_told() {
    for name in ["scenarios/field/c34-broken.scn", "scenarios/field/p03-repaired.scn"] {
        let scenario = scenario(name);
        let always = rundown::check(&scenario, &Options::default());
        let apart = rundown::check(&scenario, &Options { reductions: Reductions::NONE, ..Options::default() });
        let text = rundown::internal::human::report(&apart, false);
        assert_eq!((always.word, &always.met, &always.lines_never), (apart.word, &apart.met, &apart.lines_never));
        for (usual, told) in always.properties.iter().zip(&apart.properties) {
            assert_eq!((usual.verdict, &usual.run, &usual.last), (told.verdict, &told.run, &told.last), "{name}");
        }
        if always.violations().next().is_some() {
            assert!(text.contains("searched again with fuse, to tell the runs"), "{text}");
            assert_eq!(always.coverage, apart.coverage);
        } else {
            assert!(text.contains("reduced   fuse off: each operation is a step of its own"), "{text}");
            assert!(always.coverage.states < apart.coverage.states);
        }
        assert!(always.reductions.is_empty());
    }
}
