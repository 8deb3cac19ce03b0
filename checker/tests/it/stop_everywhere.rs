//! A search stopped anywhere, for any reason, claims nothing about what it has not seen.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use checker::{
    Actor, End, EngineKind, Expansion, Kind, Limits, Observer, Outcome, Plan, Progress, Property, Stop, StopReason,
    System, Timing, check,
};
use proptest::prelude::*;

use crate::differential::search;
use crate::judge::{identities, sound};
use crate::small::{Edge, Numbered, Small};
use crate::two_phase::TwoPhase;
use crate::web::{for_all, web};

const REASONS: [StopReason; 6] = [
    StopReason::Time,
    StopReason::Memory,
    StopReason::States,
    StopReason::Depth,
    StopReason::Interrupt,
    StopReason::Violation,
];

fn after(expansions: u64, reason: StopReason) -> Limits {
    Limits { stop_after_expansions: Some((expansions, reason)), ..Limits::default() }
}

fn honest<S: Debug, E: Debug>(outcome: &Outcome<S, E>, expansions: u64, states: u64, reason: StopReason) {
    let complete = expansions >= states;
    let end = if complete { End::Complete } else { End::Stopped(reason) };
    assert_eq!(outcome.end, end, "after {expansions}");
    assert_eq!(outcome.coverage.expanded, expansions.min(states));
    if let Err(why) = identities(&outcome.coverage, complete) {
        panic!("after {expansions}: {why}");
    }
    for verdict in &outcome.verdicts {
        assert!(complete || !verdict.is_exhaustive(), "after {expansions}: {}", verdict.word());
    }
}

#[test]
fn two_phase_commit_stopped_after_every_expansion() {
    let mut stops = 0;
    let mut stop_all = |system: &TwoPhase, engine, states| {
        for expansions in 0..=states {
            let reason = REASONS[expansions as usize % REASONS.len()];
            honest(&search(system, engine, after(expansions, reason)), expansions, states, reason);
            stops += 1;
        }
    };
    stop_all(&TwoPhase::new(4), EngineKind::BreadthFirst, 1_568);
    stop_all(&TwoPhase::new(3), EngineKind::Stateright, 288);
    stop_all(&TwoPhase::new(2), EngineKind::Reference, 56);
    println!("{stops} stops");
}

#[test]
fn random_systems_stopped_after_every_expansion_for_every_reason() {
    let stops = std::cell::Cell::new(0);
    for_all(60, web(20), |web| {
        for engine in EngineKind::ALL.iter().copied() {
            let states = search(&web, engine, Limits::default()).coverage.states;
            for expansions in 0..=states {
                for reason in REASONS {
                    let outcome = search(&web, engine, after(expansions, reason));
                    honest(&outcome, expansions, states, reason);
                    sound(&web, &outcome).map_err(TestCaseError::fail)?;
                    stops.set(stops.get() + 1);
                }
            }
        }
        Ok(())
    });
    println!("{} stops", stops.get());
    assert!(stops.get() > 5_000);
}

/// Asks to stop when so many states are expanded, and remembers what it was told.
struct Impatient {
    stop: Stop,
    after: u64,
    told: Vec<Progress>,
    timing: Option<Timing>,
}

impl Observer for Impatient {
    fn progress(&mut self, progress: &Progress) {
        if progress.expanded >= self.after {
            self.stop.ask();
        }
        self.told.push(*progress);
    }

    fn finished(&mut self, timing: &Timing) {
        self.timing = Some(*timing);
    }
}

#[test]
fn every_reason_in_earnest() {
    let system = TwoPhase::new(3);
    let states = search(&system, EngineKind::BreadthFirst, Limits::default()).coverage.states;
    for engine in EngineKind::ALL.iter().copied() {
        for most in (0..states).step_by(7) {
            let outcome = search(&system, engine, Limits { states: Some(most), ..Limits::default() });
            assert_eq!(outcome.end, End::Stopped(StopReason::States));
            assert!(outcome.coverage.states >= most);
            honest(&outcome, outcome.coverage.expanded, states, StopReason::States);
        }
        for depth in 0..8 {
            let outcome = search(&system, engine, Limits { depth: Some(depth), ..Limits::default() });
            assert_eq!((outcome.coverage.depth, outcome.coverage.levels_complete), (depth, depth));
            honest(&outcome, outcome.coverage.expanded, states, StopReason::Depth);
        }
        for memory in [0, 1, 5_000] {
            let outcome = search(&system, engine, Limits { memory: Some(memory), ..Limits::default() });
            honest(&outcome, outcome.coverage.expanded, states, StopReason::Memory);
        }
        let outcome = search(&system, engine, Limits { time: Some(Duration::ZERO), ..Limits::default() });
        honest(&outcome, 0, states, StopReason::Time);
        let stop = Stop::new();
        stop.clone().ask();
        let outcome = check(&system, &Plan::new(engine), &stop, &mut ());
        honest(&outcome, 0, states, StopReason::Interrupt);
        // The violated property is number 3.
        let outcome = check(&system, &Plan { stop_at_first: true, ..Plan::new(engine) }, &Stop::new(), &mut ());
        honest(&outcome, outcome.coverage.expanded, states, StopReason::Violation);
        assert_eq!(outcome.verdicts[3].word(), "violated");
    }
}

#[test]
fn an_observer_can_interrupt_and_is_told_the_sums() {
    let system = TwoPhase::new(3);
    for engine in [EngineKind::Reference, EngineKind::BreadthFirst] {
        let mut system = system.clone();
        system.drop_slow_properties();
        for after in [1, 50, 287] {
            let stop = Stop::new();
            let mut observer = Impatient { stop: stop.clone(), after, told: Vec::new(), timing: None };
            let outcome = check(&system, &Plan { progress_every: 1, ..Plan::new(engine) }, &stop, &mut observer);
            honest(&outcome, after, 288, StopReason::Interrupt);
            assert!(observer.told.iter().all(|told| told.expanded + told.frontier == told.states));
            assert!(observer.told.is_sorted_by_key(|told| told.expanded));
            assert!(observer.timing.is_some());
        }
    }
}

/// With and without stopping at the first violation, that violation is the same.
#[test]
fn stopping_at_the_first_violation_keeps_it() {
    for_all(500, web(40), |web| {
        for engine in EngineKind::ALL.iter().copied() {
            let whole = search(&web, engine, Limits::default());
            let plan = Plan { stop_at_first: true, ..Plan::new(engine) };
            let first = check(&web, &plan, &Stop::new(), &mut ());
            sound(&web, &first).map_err(TestCaseError::fail)?;
            let kind = |property: usize| web.properties()[property].kind;
            let safe = |property: usize| !kind(property).needs_graph() && kind(property) != checker::Kind::Reachable;
            let violated = |outcome: &Outcome<_, _>| {
                (0..outcome.verdicts.len()).filter(|p| safe(*p) && outcome.verdicts[*p].run().is_some()).count()
            };
            prop_assert_eq!(violated(&first) > 0, violated(&whole) > 0);
            for (early, all) in first.verdicts.iter().zip(&whole.verdicts) {
                prop_assert!(early.run().is_none() || early.word() == all.word());
            }
        }
        Ok(())
    });
}

/// A binary tree, in which much is queued at any time. Asks to stop at one of its expansions, and counts them all.
#[derive(Clone, Debug)]
struct Tree {
    properties: Vec<Property>,
    expansions: Arc<AtomicU64>,
    stops_at: u64,
    stop: Stop,
}

impl Small for Tree {
    fn initial(&self) -> Vec<u64> {
        vec![1]
    }

    fn expand(&self, state: &u64, expansion: &mut Expansion<u64, Edge>) {
        if self.expansions.fetch_add(1, Ordering::Relaxed) == self.stops_at {
            self.stop.ask();
        }
        if *state < 1 << 20 {
            expansion.take((0, Actor::Agent(0)), 2 * state);
            expansion.take((1, Actor::Agent(0)), 2 * state + 1);
        }
    }

    fn properties(&self) -> &[Property] {
        &self.properties
    }
}

/// Nobody waits for what is queued when somebody asks to stop: that takes longer than the search did.
#[test]
fn what_is_queued_is_left_when_somebody_asks_to_stop() {
    for engine in EngineKind::ALL.iter().copied() {
        let stop = Stop::new();
        let properties = vec![Property::new("always", Kind::Always), Property::new("at the end", Kind::AtEnd)];
        let expansions = Arc::<AtomicU64>::default();
        let stops_at = 9_000;
        let tree = Tree { properties, expansions: expansions.clone(), stops_at, stop: stop.clone() };
        let outcome = check(&Numbered::new(tree), &Plan::new(engine), &stop, &mut ());
        assert_eq!(outcome.end, End::Stopped(StopReason::Interrupt), "{engine:?}");
        let after = expansions.load(Ordering::Relaxed) - stops_at;
        assert!(after < stops_at / 2, "{engine:?}: {after} expansions after the stop");
    }
}
