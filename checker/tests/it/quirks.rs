//! What stateright 0.31 does that made us write our own verdicts. When an upgrade changes one of these, the adapter is to be read again.

use std::time::Duration;

use checker::{EngineKind, Limits, Verdict};
use stateright::{Checker, Model, Property};

use crate::differential::search;
use crate::two_phase::TwoPhase;

/// States from 0 up to `last`, each with a step to the next, some with a step to a later one.
#[derive(Clone)]
struct Numbers {
    last: u64,
    /// A tree instead of a line: two successors each.
    tree: bool,
    /// From 0 one can jump here.
    jump: Option<u64>,
    properties: Vec<Property<Numbers>>,
}

impl Model for Numbers {
    type State = u64;
    type Action = u64;

    fn init_states(&self) -> Vec<u64> {
        vec![0]
    }

    fn actions(&self, state: &u64, actions: &mut Vec<u64>) {
        if self.tree {
            actions.extend([2 * state + 1, 2 * state + 2]);
        } else {
            actions.push(state + 1);
        }
        if *state == 0 {
            actions.extend(self.jump);
        }
        actions.retain(|next| *next <= self.last);
    }

    fn next_state(&self, _: &u64, next: u64) -> Option<u64> {
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Numbers>> {
        self.properties.clone()
    }
}

fn below_the_last() -> Property<Numbers> {
    Property::always("below the last", |model: &Numbers, state| *state < model.last)
}

fn numbers(last: u64) -> Numbers {
    Numbers { last, tree: false, jump: None, properties: vec![below_the_last()] }
}

#[test]
fn a_timeout_is_reported_as_done() {
    let last = 1 << 40;
    // With one thread the time is not even looked at while there is work.
    let tree = Numbers { tree: true, ..numbers(last) };
    let checker = tree.checker().threads(2).timeout(Duration::from_millis(20)).spawn_bfs().join();
    assert!(checker.is_done());
    assert!((checker.unique_state_count() as u64) < last);
    checker.assert_properties();
}

#[test]
fn a_target_count_is_reported_as_done() {
    let checker = numbers(20_000).checker().target_state_count(5_000).spawn_bfs().join();
    assert!(checker.is_done());
    assert_eq!(checker.unique_state_count(), 6_001);
    checker.assert_properties();
}

#[test]
fn a_depth_limit_counts_states_that_were_not_checked() {
    let checker = numbers(5).checker().target_max_depth(6).spawn_bfs().join();
    assert!(checker.is_done());
    assert_eq!(checker.unique_state_count(), 6);
    assert!(checker.discovery("below the last").is_none());
}

#[test]
fn without_properties_only_the_initial_states_are_explored() {
    let checker = Numbers { properties: Vec::new(), ..numbers(100) }.checker().spawn_bfs().join();
    assert!(checker.is_done());
    assert!(checker.unique_state_count() < 10, "{}", checker.unique_state_count());
}

#[test]
fn a_second_property_loses_the_shortest_run() {
    let small: Property<Numbers> = Property::always("below fifty", |_, state| *state < 50);
    let alone = Numbers { jump: Some(60), properties: vec![small.clone()], ..numbers(100) };
    let other = Property::always("below a thousand", |_: &Numbers, state| *state < 1_000);
    let both = Numbers { properties: vec![small, other], ..alone.clone() };
    let steps = |model: Numbers| {
        let found = model.checker().spawn_bfs().join().discovery("below fifty");
        found.map(|path| path.into_actions().len())
    };
    assert_eq!(steps(alone), Some(1));
    assert!(steps(both) > Some(1));
}

#[test]
fn eventually_is_not_violated_by_a_cycle() {
    #[derive(Clone)]
    struct Cycle;
    impl Model for Cycle {
        type State = u8;
        type Action = u8;
        fn init_states(&self) -> Vec<u8> {
            vec![0]
        }
        fn actions(&self, state: &u8, actions: &mut Vec<u8>) {
            actions.push((state + 1) % 3);
        }
        fn next_state(&self, _: &u8, next: u8) -> Option<u8> {
            Some(next)
        }
        fn properties(&self) -> Vec<Property<Cycle>> {
            vec![Property::eventually("nine", |_, state| *state == 9)]
        }
    }
    let checker = Cycle.checker().spawn_bfs().join();
    assert_eq!(checker.unique_state_count(), 3);
    assert!(checker.discovery("nine").is_none());
}

/// The last initial state is served first; the adapter turns the list round.
#[test]
fn initial_states_are_served_from_the_end() {
    #[derive(Clone)]
    struct Three;
    impl Model for Three {
        type State = u8;
        type Action = u8;
        fn init_states(&self) -> Vec<u8> {
            vec![1, 2, 3]
        }
        fn actions(&self, _: &u8, _: &mut Vec<u8>) {}
        fn next_state(&self, _: &u8, _: u8) -> Option<u8> {
            None
        }
        fn properties(&self) -> Vec<Property<Three>> {
            vec![Property::always("zero", |_, state| *state == 0)]
        }
    }
    let found = Three.checker().spawn_bfs().join().discovery("zero").map(|path| *path.last_state());
    assert_eq!(found, Some(3));
}

/// What all this is about: the adapter does not inherit any of it.
#[test]
fn the_adapter_has_none_of_these() {
    let system = TwoPhase::new(3);
    let limits = [
        Limits { time: Some(Duration::ZERO), ..Limits::default() },
        Limits { states: Some(200), ..Limits::default() },
        Limits { depth: Some(6), ..Limits::default() },
    ];
    let whole = search(&system, EngineKind::BreadthFirst, Limits::default());
    for limits in limits {
        let outcome = search(&system, EngineKind::Stateright, limits);
        assert!(!outcome.is_complete());
        assert!(outcome.verdicts.iter().all(|verdict| !verdict.is_exhaustive()));
    }
    let outcome = search(&system, EngineKind::Stateright, Limits::default());
    let distance = |verdict: &Verdict<_, _>| verdict.run().map(|run| run.distance());
    let distances = |verdicts: &[Verdict<_, _>]| verdicts.iter().map(distance).collect::<Vec<_>>();
    assert_eq!(distances(&outcome.verdicts), distances(&whole.verdicts));
    assert!(!outcome.store.exact && outcome.store.collision_bound > 0.0);
}
