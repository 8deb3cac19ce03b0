//! The store that keeps states and nothing else finds what the others find, as far as it goes, and leaves the rest to them.

use std::cell::Cell;
use std::fmt::Debug;
use std::num::NonZero;
use std::sync::Arc;

use checker::{
    Actor, End, Expansion, Kind, Limits, Outcome, Packed, Plan, Property, Stop, StopReason, StoreKind, StoreReport,
    System, Unpacking, check_packed,
};
use proptest::prelude::*;

use crate::packed_two_phase::Word;
use crate::small::{Edge, Numbered, Small};
use crate::two_phase::TwoPhase;
use crate::web::{MOST, Plain, Web, for_all, web};

const THREADS: [usize; 4] = [1, 2, 3, 8];

/// Everything but how the states were kept, and the name of how they were.
fn told<S: Debug, E: Debug>(mut outcome: Outcome<S, E>) -> (String, &'static str) {
    let store = StoreReport { name: "", exact: true, bytes: 0, total: 0, collision_bound: 0.0 };
    let name = std::mem::replace(&mut outcome.store, store).name;
    (format!("{outcome:?}"), name)
}

fn searched<P: Packed>(packed: &P, plan: &Plan, store: StoreKind, threads: usize) -> (String, &'static str) {
    let plan = Plan { store, threads: NonZero::new(threads), ..plan.clone() };
    told(check_packed(packed, &plan, &Stop::new(), &mut ()))
}

/// The same with the states-only store on any number of threads as with the exact one. Says how the states were kept.
fn same_as_exact<P: Packed>(packed: &P, plan: &Plan) -> &'static str {
    let (exact, _) = searched(packed, plan, StoreKind::Exact, 1);
    let names = THREADS.map(|threads| {
        let (states_only, name) = searched(packed, plan, StoreKind::StatesOnly, threads);
        assert_eq!(states_only, exact, "{threads} threads, {plan:?}");
        name
    });
    assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
    names[0]
}

/// With these of its properties only.
fn with(web: &Web, wanted: impl Fn(usize) -> bool) -> Web {
    let plain = &web.0;
    let kept = || (0..plain.properties.len()).filter(|property| wanted(*property));
    Web(Arc::new(Plain {
        agents: plain.agents,
        initial: plain.initial.clone(),
        edges: plain.edges.clone(),
        cuts: plain.cuts.clone(),
        broken: plain.broken,
        idle: plain.idle.clone(),
        held: plain.held.clone(),
        properties: kept().map(|property| plain.properties[property].clone()).collect(),
        asked: kept().map(|property| plain.asked[property].clone()).collect(),
    }))
}

#[test]
fn random_systems_with_nothing_but_their_states() {
    let limits = (0..4u8, 0..12u32).prop_map(|(which, most)| match which {
        0 => Limits { depth: Some(most), ..Limits::default() },
        1 => Limits { states: Some(u64::from(most) * 3), ..Limits::default() },
        _ => Limits::default(),
    });
    let (states_only, again) = (Cell::new(0), Cell::new(0));
    for_all(600, (web(MOST), limits, any::<[bool; 2]>()), |(web, limits, [stop_at_first, quiet])| {
        let plan = Plan { limits, stop_at_first, ..Plan::default() };
        let exact = |web: &Web| check_packed(&Unpacking(web), &plan, &Stop::new(), &mut ());
        let web = with(&web, |property| !web.0.properties[property].kind.needs_graph());
        let verdicts = exact(&web).verdicts;
        let web = with(&web, |property| !quiet || verdicts[property].run().is_none());
        let decided = exact(&web).verdicts.iter().any(|verdict| verdict.run().is_some());
        let expected = if plan.limits.states.is_some() || decided { "compressed" } else { "states-only" };
        prop_assert_eq!(same_as_exact(&Unpacking(&web), &plan), expected, "{:#?}", web);
        let count = if expected == "states-only" { &states_only } else { &again };
        count.set(count.get() + 1);
        Ok(())
    });
    println!("{} with the states-only store, {} again with another", states_only.get(), again.get());
    assert!(states_only.get() > 100 && again.get() > 200);
}

/// Two-phase commit with its word cut into four.
#[derive(Clone)]
struct Cut(Word);

impl Small for Cut {
    fn initial(&self) -> Vec<u64> {
        self.0.initial()
    }

    fn expand(&self, state: &u64, expansion: &mut Expansion<u64, Edge>) {
        let mut whole = Expansion::of(&self.0);
        self.0.expand(state, &mut whole);
        for (event, next) in whole.taken() {
            expansion.take((u64::from(*event), self.0.actor(state, event)), *next);
        }
    }

    fn properties(&self) -> &[Property] {
        self.0.properties()
    }

    fn holds(&self, property: usize, state: &u64) -> bool {
        self.0.holds(property, state)
    }

    fn agents(&self) -> usize {
        self.0.agents()
    }

    fn words(&self) -> usize {
        4
    }

    fn pack(&self, state: &u64, words: &mut [u64]) {
        (0..).zip(words).for_each(|(place, word)| *word = state >> (16 * place) & 0xFFFF);
    }

    fn unpack(&self, words: &[u64]) -> u64 {
        words.iter().rev().fold(0, |state, word| state << 16 | word)
    }
}

#[test]
fn two_phase_commit_of_one_word_and_of_four() {
    for managers in 3..=7 {
        assert_eq!(same_as_exact(&Word::new(managers), &Plan::default()), "states-only");
        assert_eq!(
            same_as_exact(&Unpacking(&Numbered::new(Cut(Word::new(managers)))), &Plan::default()),
            "states-only"
        );
    }
}

/// What is decided on the graph is left to another store at once.
#[test]
fn the_graph_is_for_other_stores() {
    assert_eq!(same_as_exact(&Word::asked(3), &Plan::default()), "exact");
    let mut asked = TwoPhase::new(3);
    assert_eq!(same_as_exact(&Unpacking(&asked), &Plan::default()), "exact");
    asked.drop_slow_properties();
    let depth = Limits { depth: Some(2), ..Limits::default() };
    assert_eq!(same_as_exact(&Unpacking(&asked), &Plan { limits: depth, ..Plan::default() }), "states-only");
}

/// Counts up to some state in steps of several lengths; a state's words are spread over the whole range of words, with both of its ends.
#[derive(Clone)]
struct Spread {
    states: u64,
    words: usize,
    properties: Vec<Property>,
    /// The state in which the first property fails.
    bad: u64,
}

impl Spread {
    fn new(states: u64, words: usize) -> Self {
        let properties = vec![Property::new("good", Kind::Always), Property::new("at the end", Kind::AtEnd)];
        Self { states, words, properties, bad: u64::MAX }
    }
}

/// So that 0 becomes 0 and 1 becomes the largest number.
const SPREAD: u64 = u64::MAX;

impl Small for Spread {
    fn initial(&self) -> Vec<u64> {
        vec![2, 3, 2]
    }

    fn expand(&self, state: &u64, expansion: &mut Expansion<u64, Edge>) {
        for event in [0, 1, 2, 3, 5, 700, 40_000] {
            expansion.take((event, Actor::Agent(0)), (state * 3 + event) % self.states);
        }
    }

    fn properties(&self) -> &[Property] {
        &self.properties
    }

    fn holds(&self, _: usize, state: &u64) -> bool {
        *state != self.bad
    }

    fn words(&self) -> usize {
        self.words
    }

    fn pack(&self, state: &u64, words: &mut [u64]) {
        match words {
            [word] => *word = state.wrapping_mul(SPREAD),
            _ => {
                for (place, word) in words.iter_mut().enumerate() {
                    *word = ((state >> (place * 5)) % 32).wrapping_mul(SPREAD);
                }
            }
        }
    }

    fn unpack(&self, words: &[u64]) -> u64 {
        match words {
            [word] => word.wrapping_neg(),
            _ => words.iter().rev().fold(0, |state, word| state << 5 | word.wrapping_neg()),
        }
    }
}

/// Tables that grow often while several threads add to them, with keys that look like no key.
#[test]
fn keys_at_both_ends_and_tables_that_grow() {
    for words in [1, 4, 5, 7] {
        let system = Numbered::new(Spread::new(if words == 1 { 300_000 } else { 200_000 }, words));
        for state in [0, 1, 2, 199_999] {
            let mut packed = vec![0; words];
            system.pack(&state, &mut packed);
            assert_eq!(system.unpack(&packed), state);
        }
        for _ in 0..3 {
            assert_eq!(same_as_exact(&Unpacking(&system), &Plan::default()), "states-only", "{words} words");
        }
    }
    let outcome =
        check_packed(&Unpacking(&Numbered::new(Spread::new(300_000, 1))), &Plan::default(), &Stop::new(), &mut ());
    assert_eq!(outcome.coverage.states, 300_000);
}

#[test]
fn a_violation_is_told_by_the_engine_with_the_way_back() {
    for words in [1, 4] {
        for bad in [2, 3, 9, 1_000, 123_456] {
            let system = Numbered::new(Spread { bad, ..Spread::new(200_000, words) });
            let other = if words == 1 { "exact" } else { "compressed" };
            assert_eq!(same_as_exact(&Unpacking(&system), &Plan::default()), other);
            let first = Plan { stop_at_first: true, ..Plan::default() };
            assert_eq!(same_as_exact(&Unpacking(&system), &first), other);
        }
    }
}

/// Searches with a limit on memory. Where it is met depends on nothing but the limit, and what is said of the states is right. Whether it is
/// met.
fn is_stopped_well(system: &Numbered, memory: u64) -> bool {
    let plan = |threads| Plan {
        limits: Limits { memory: Some(memory), ..Limits::default() },
        store: StoreKind::StatesOnly,
        threads: NonZero::new(threads),
        ..Plan::default()
    };
    let search = |plan: &Plan| check_packed(&Unpacking(system), plan, &Stop::new(), &mut ());
    let outcome = search(&plan(1));
    for threads in THREADS {
        assert_eq!(search(&plan(threads)), outcome, "{memory} bytes, {threads} threads");
    }
    if outcome.end == End::Complete {
        return false;
    }
    assert_eq!(outcome.end, End::Stopped(StopReason::Memory));
    let limits = Limits { depth: Some(outcome.coverage.depth), ..Limits::default() };
    let to_depth = search(&Plan { limits, ..Plan::default() });
    assert_eq!((outcome.coverage, outcome.premises), (to_depth.coverage, to_depth.premises));
    true
}

#[test]
fn a_limit_on_memory_is_met_at_the_same_place_on_any_number_of_threads() {
    let mut stopped = 0;
    for words in [1, 4] {
        let system = Numbered::new(Spread::new(300_000, words));
        for memory in [0, 1_000, 20_000, 60_000, 200_000, 700_000, 1_500_000, 3_000_000, 12_000_000] {
            stopped += u32::from(is_stopped_well(&system, memory));
        }
    }
    println!("{stopped} searches stopped");
    assert!((10..18).contains(&stopped));
}
