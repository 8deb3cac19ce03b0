//! The default engine finds what one thread finds that expands one state after another: on any number of threads, with any store, stopped
//! anywhere, by way of whole states or on the words.

use std::cell::Cell;
use std::fmt::Debug;
use std::num::NonZero;

use checker::{
    EngineKind, Limits, Outcome, Packed, Plan, Stop, StopReason, StoreKind, StoreReport, System, check, check_packed,
};
use proptest::prelude::*;

use crate::packed_two_phase::Word;
use crate::small::{Numbered, Small};
use crate::two_phase::TwoPhase;
use crate::web::{MOST, for_all, web};

const THREADS: [usize; 4] = [1, 2, 3, 8];

fn plan(threads: usize, store: StoreKind, limits: &Limits) -> Plan {
    Plan { threads: NonZero::new(threads), store, limits: limits.clone(), ..Plan::default() }
}

/// Everything but how the states were kept.
fn without_store<S: Debug, E: Debug>(mut outcome: Outcome<S, E>) -> String {
    outcome.store = StoreReport { name: "", exact: true, bytes: 0, total: 0, collision_bound: 0.0 };
    format!("{outcome:?}")
}

fn sequential<S: System>(system: &S, plan: &Plan) -> String {
    let plan = Plan { engine: EngineKind::Sequential, ..plan.clone() };
    without_store(check(system, &plan, &Stop::new(), &mut ()))
}

/// Looks at one plan with every number of threads; returns everything but the store.
fn on_any_number_of_threads<P: Packed>(packed: &P, plan: &Plan) -> String {
    let outcomes = THREADS.map(|threads| {
        check_packed(packed, &Plan { threads: NonZero::new(threads), ..plan.clone() }, &Stop::new(), &mut ())
    });
    let bytes = outcomes.each_ref().map(|outcome| format!("{outcome:?}"));
    assert!(bytes.iter().all(|one| *one == bytes[0]), "{plan:?}\n{:?}\n{:?}", bytes[0], bytes[1]);
    let [outcome, ..] = outcomes;
    without_store(outcome)
}

#[test]
fn random_systems_with_any_threads_and_store() {
    let limits = (0..8u8, 0..45u64).prop_map(|(which, most)| match which {
        0 => Limits { states: Some(most), ..Limits::default() },
        1 => Limits { depth: Some(most as u32 / 4), ..Limits::default() },
        2 => Limits { stop_after_expansions: Some((most, StopReason::Interrupt)), ..Limits::default() },
        _ => Limits::default(),
    });
    let searched = Cell::new(0);
    for_all(6_000, (web(MOST), limits, 0..StoreKind::ALL.len(), 0..4usize), |(web, limits, store, threads)| {
        let plan = plan(THREADS[threads], StoreKind::ALL[store], &limits);
        let outcome = check(&web, &plan, &Stop::new(), &mut ());
        prop_assert_eq!(without_store(outcome), sequential(&web, &plan), "{:?}\n{:#?}", plan, web);
        searched.set(searched.get() + 1);
        Ok(())
    });
    println!("{} searches", searched.get());
}

/// Large enough for blocks of many shares and tables that grow.
#[test]
fn two_phase_commit_with_any_threads_and_store() {
    let system = Word::asked(6);
    let mut expected = None;
    for store in StoreKind::ALL {
        let found = on_any_number_of_threads(&system, &plan(1, store, &Limits::default()));
        let expected = expected.get_or_insert_with(|| sequential(&system, &Plan::default()));
        assert_eq!(found, *expected, "{store:?}");
    }
}

/// States of several words and the detour by whole states.
#[test]
fn whole_states_give_what_words_give() {
    let mut system = TwoPhase::new(5);
    system.drop_slow_properties();
    for store in StoreKind::ALL {
        let plan = plan(1, store, &Limits::default());
        assert_eq!(on_any_number_of_threads(&checker::Unpacking(&system), &plan), sequential(&system, &plan));
    }
}

/// Within a block, at its edges, and far beyond the first.
#[test]
fn two_phase_commit_stopped_somewhere() {
    let system = Word::new(6);
    for most in [1, 2, 100, 1_023, 1_025, 16_383, 16_384, 16_385, 30_000, 49_999, 50_000] {
        let states = Limits { states: Some(most), ..Limits::default() };
        let expansions = Limits { stop_after_expansions: Some((most, StopReason::Time)), ..Limits::default() };
        for limits in [states, expansions] {
            let plan = plan(1, StoreKind::ALL[most as usize % StoreKind::ALL.len()], &limits);
            assert_eq!(on_any_number_of_threads(&system, &plan), sequential(&system, &plan), "{limits:?}");
        }
    }
    for memory in [10_000, 300_000, 500_000] {
        let limits = Limits { memory: Some(memory), ..Limits::default() };
        let found = on_any_number_of_threads(&system, &plan(1, StoreKind::Exact, &limits));
        assert!(found.contains("Stopped(Memory)"), "{found}");
    }
}

/// As known from other tools, with every store.
#[test]
fn two_phase_commit_has_the_known_numbers() {
    for (managers, states, transitions) in [(3, 288, 1_145), (5, 8_832, 58_145), (7, 296_448, 2_744_705)] {
        for store in StoreKind::ALL {
            let outcome =
                check_packed(&Word::new(managers), &plan(2, store, &Limits::default()), &Stop::new(), &mut ());
            assert_eq!((outcome.coverage.states, outcome.coverage.transitions), (states, transitions), "{store:?}");
            assert_eq!(outcome.verdicts[0].word(), "holds");
            assert_eq!(outcome.store.exact, store != StoreKind::Fingerprint);
            assert_eq!(outcome.store.collision_bound > 0.0, store == StoreKind::Fingerprint);
        }
    }
}

/// A panic of the system comes out, wherever it happens, and nobody is left waiting.
#[test]
fn a_panic_of_the_system_comes_out() {
    struct Fragile(u64);
    impl Small for Fragile {
        fn initial(&self) -> Vec<u64> {
            vec![1]
        }
        fn expand(&self, state: &u64, expansion: &mut checker::Expansion<u64, crate::small::Edge>) {
            assert!(*state != self.0, "too much");
            if *state < 10_000 {
                (0..3).for_each(|event| expansion.take((event, checker::Actor::Agent(0)), state * 3 + event));
            }
        }
        fn properties(&self) -> &[checker::Property] {
            &[]
        }
    }
    for fatal in [1, 5, 400, 7_000] {
        for threads in THREADS {
            let search = || {
                check(
                    &Numbered::new(Fragile(fatal)),
                    &plan(threads, StoreKind::Exact, &Limits::default()),
                    &Stop::new(),
                    &mut (),
                )
            };
            let panic = std::panic::catch_unwind(search).expect_err("a panic");
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"too much"));
        }
    }
}
