//! From the explored graph to verdicts: shared by the engines that number their states.

use fixedbitset::FixedBitSet;

use crate::components::Components;
use crate::graph::{Conditions, Graph, MOST_AGENTS, MOST_RELIABLE};
use crate::limits::Patience;
use crate::liveness::{Question, Walk};
use crate::masks::Masks;
use crate::mobility::Mobility;
use crate::outcome::{Counterexample, FoundRuns, Verdict, Violations};
use crate::renamings::Renamings;
use crate::signature::{Distinct, Signature};
use crate::system::{Expansion, Kind, System};

/// What decides a property.
#[derive(Clone, Debug)]
pub(crate) enum Decisive {
    /// This state.
    State(u32),
    /// This walk.
    Walk(Walk),
}

/// The findings about a property: states and walks that decide it, with their signatures, the least first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    pub ways: Vec<(Signature, Decisive)>,
    /// There are more.
    pub more: bool,
}

impl Findings {
    /// The findings of the search, by property.
    pub(crate) fn of(found: &Distinct<u32>, properties: usize) -> Vec<Self> {
        (0..properties).map(|property| Self::states(found, property)).collect()
    }

    fn states(found: &Distinct<u32>, property: usize) -> Self {
        let states = found.of(property).into_iter();
        let ways = states.map(|(signature, state)| (signature, Decisive::State(state))).collect();
        Self { ways, more: found.more(property) }
    }
}

/// The states in which an `Eventually` property's premise holds, and those in which its predicate does.
pub(crate) type Owed = (FixedBitSet, FixedBitSet);

/// Facts about states that a search has recorded, so that the analysis need not unpack them.
pub(crate) struct StateFacts {
    /// For each `Eventually` property.
    pub owed: Vec<Owed>,
    /// By state: the agents that need not move in it; where something may be missing, those that are not held fast.
    pub idle: Masks,
}

/// The states of a search by number.
pub(crate) trait Numbered<S: System> {
    /// The state with this number.
    fn state(&self, number: u32) -> S::State;
    /// The state from which it was found first.
    fn parent(&self, number: u32) -> Option<u32>;
}

/// Bytes that the decision of the properties takes at most for each state, besides the graph. `eventually`: such a property is asked.
/// `renames`: agents may change their names.
pub(crate) fn bytes_per_state(eventually: bool, renames: bool) -> u64 {
    let renamings = if renames { Renamings::BYTES_PER_STATE } else { 0 };
    let mobility = Mobility::BYTES_PER_STATE + renamings;
    let liveness = if eventually { crate::liveness::BYTES_PER_STATE } else { 0 };
    Components::BYTES_PER_STATE + mobility.max(liveness)
}

/// Decides the properties that need the graph: fills their places in `found`. Returns whether everything asked could be looked
/// at. When patience is over, nothing is said of what was not looked at in full.
pub(crate) fn decide<S: System>(
    system: &S,
    graph: &Graph,
    states: &impl Numbered<S>,
    known: Option<StateFacts>,
    found: &mut [Findings],
    patience: &Patience,
) -> bool {
    let of_kind = |kind| {
        let numbers = system.properties().iter().enumerate();
        numbers.filter(move |(_, property)| property.kind == kind).map(|(number, _)| number).collect::<Vec<_>>()
    };
    let (unstuck, eventually) = (of_kind(Kind::Unstuck), of_kind(Kind::Eventually));
    if unstuck.is_empty() && eventually.is_empty() {
        return true;
    }
    if system.agents() > MOST_AGENTS {
        return false;
    }
    let (owed, idle) = match known {
        Some(StateFacts { owed, idle }) => (owed, idle),
        None => (all_owed(system, graph, states, &eventually, patience), Masks::new(system.agents())),
    };
    if !unstuck.is_empty() {
        let may_move = |number: u32| match (graph.is_expanded(number), idle.has(number as usize)) {
            (false, _) => u64::MAX,
            (true, true) => idle.get(number as usize),
            (true, false) => !system.held_fast(&states.state(number)),
        };
        let state = |number| states.state(number);
        let renamings = match system.renames() {
            true => Renamings::of(system, graph, state, patience),
            false => None,
        };
        if patience.is_over() {
            return false;
        }
        let mobility = Mobility::of(graph, system.agents(), renamings.as_ref(), may_move, patience);
        let stuck = mobility.stuck(system, &unstuck, graph.states(), &idle, state, patience);
        if patience.is_over() {
            return false;
        }
        unstuck.iter().for_each(|property| found[*property] = Findings::states(&stuck, *property));
    }
    if !eventually.is_empty() && system.reliable() > MOST_RELIABLE {
        return false;
    }
    let conditions = Conditions::all(system.agents(), system.reliable());
    for (property, (premise, goal)) in eventually.into_iter().zip(owed) {
        if patience.is_over() {
            return false;
        }
        let question = Question { graph, conditions, premise, goal };
        let walk = question.answer().map(|walk| (Signature::default(), Decisive::Walk(walk)));
        found[property] = Findings { ways: walk.into_iter().collect(), more: false };
    }
    true
}

/// Asks every state about the properties.
fn all_owed<S: System>(
    system: &S,
    graph: &Graph,
    states: &impl Numbered<S>,
    eventually: &[usize],
    patience: &Patience,
) -> Vec<Owed> {
    let empty = || FixedBitSet::with_capacity(graph.states() as usize);
    let mut sets: Vec<_> = eventually.iter().map(|_| (empty(), empty())).collect();
    if eventually.is_empty() {
        return sets;
    }
    for number in (0..graph.states()).take_while(|_| !patience.is_over()) {
        let state = states.state(number);
        for (property, (premise, goal)) in eventually.iter().zip(&mut sets) {
            premise.set(number as usize, system.premise(*property, &state));
            goal.set(number as usize, system.holds(*property, &state));
        }
    }
    sets
}

/// The verdicts on all properties.
pub(crate) type Verdicts<S> = (
    Vec<Verdict<<S as System>::State, <S as System>::Event>>,
    Vec<Violations<<S as System>::State, <S as System>::Event>>,
);

/// The verdicts on all properties, and their violations, from what was found. `looked`: the graph was looked at, as [`decide`] says.
pub(crate) fn verdicts<S: System>(
    system: &S,
    states: &impl Numbered<S>,
    found: Vec<Findings>,
    looked: bool,
    complete: bool,
    cut: bool,
) -> Verdicts<S> {
    let mut scratch = Expansion::of(system);
    let mut verdict = |(property, Findings { ways, more }): (&crate::Property, Findings)| {
        let run = |(signature, decisive)| match decisive {
            Decisive::State(state) => (signature, run_to(system, states, &mut scratch, state)),
            Decisive::Walk(walk) => (signature, run_along(system, states, &mut scratch, &walk)),
        };
        let found = FoundRuns { runs: ways.into_iter().map(run).collect(), more };
        found.conclude(property.kind, complete && (looked || !property.kind.needs_graph()), cut)
    };
    system.properties().iter().zip(found).map(&mut verdict).unzip()
}

/// The run by which state `target` was found first: breadth first, so of the shortest ones the least.
fn run_to<S: System>(
    system: &S,
    states: &impl Numbered<S>,
    scratch: &mut Expansion<S::State, S::Event>,
    target: u32,
) -> Counterexample<S::State, S::Event> {
    let mut chain = vec![target];
    let mut current = target;
    while let Some(parent) = states.parent(current) {
        chain.push(parent);
        current = parent;
    }
    chain.reverse();
    let initial = states.state(current);
    let mut state = initial.clone();
    let mut steps = Vec::with_capacity(chain.len() - 1);
    for number in &chain[1..] {
        let next = states.state(*number);
        scratch.clear_taken();
        system.expand(&state, scratch);
        let event = scratch.taken().iter().find(|(_, successor)| *successor == next);
        debug_assert!(event.is_some(), "a system must expand the same state in the same way");
        steps.extend(event.cloned());
        state = next;
    }
    Counterexample { initial, steps, loop_start: None }
}

/// The run along a walk.
fn run_along<S: System>(
    system: &S,
    states: &impl Numbered<S>,
    scratch: &mut Expansion<S::State, S::Event>,
    walk: &Walk,
) -> Counterexample<S::State, S::Event> {
    let mut steps = Vec::with_capacity(walk.steps.len());
    for (number, ordinal) in &walk.steps {
        scratch.clear_taken();
        system.expand(&states.state(*number), scratch);
        let step = scratch.taken().get(*ordinal as usize);
        debug_assert!(step.is_some(), "a system must expand the same state in the same way");
        steps.extend(step.cloned());
    }
    Counterexample { initial: states.state(walk.start), steps, loop_start: walk.loop_start }
}
