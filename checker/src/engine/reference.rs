//! The reference engine: simple enough to be checked by reading. A sorted map of whole states; no packing, no hashing, no graph library. It
//! shares only the limits and the conclusion of verdicts with the other engines.

use std::collections::{BTreeMap, VecDeque};

use crate::engine::reference_liveness as liveness;
use crate::limits::{Meter, Patience, Tally};
use crate::outcome::{Counterexample, Coverage, End, FoundRuns, Outcome, StopReason, StoreReport};
use crate::plan::Plan;
use crate::signature::{MOST_VIOLATIONS, Signature};
use crate::system::{Expansion, Kind, System};

/// A state of the map: how it was found, and its successors.
pub(crate) struct StateEntry<S: System> {
    /// Its place in the order of discovery.
    pub order: u64,
    pub depth: u32,
    /// The state it was found from, and the event that led from there.
    pub parent: Option<(S::State, S::Event)>,
    /// Its successors; none as long as it is not expanded.
    pub successors: Option<Vec<(S::Event, S::State)>>,
    /// Whether a bound cut an agent's or a reliable event, or the run was broken off.
    pub curtailed: bool,
}

/// All states found so far.
pub(crate) type Map<S> = BTreeMap<<S as System>::State, StateEntry<S>>;

pub(crate) fn search<S: System>(system: &S, plan: &Plan, meter: &mut Meter<'_>) -> Outcome<S::State, S::Event> {
    let mut known: Map<S> = BTreeMap::new();
    let mut queue = VecDeque::new();
    let mut expansion = Expansion::of(system);
    let mut coverage = Coverage::default();
    let bytes = size_of::<(S::State, StateEntry<S>)>() as u64;
    let found = |state: S::State, depth, parent, known: &mut Map<S>, queue: &mut VecDeque<S::State>| {
        let order = known.len() as u64;
        let new = !known.contains_key(&state);
        if new {
            queue.push_back(state.clone());
            known.insert(state, StateEntry { order, depth, parent, successors: None, curtailed: false });
        }
        new
    };
    for state in system.initial() {
        found(state, 0, None, &mut known, &mut queue);
    }
    coverage.initial = known.len() as u64;
    let mut stopped = None;
    while let Some(state) = queue.front().cloned() {
        let depth = known[&state].depth;
        coverage.levels_complete = depth;
        let states = known.len() as u64;
        stopped = meter.closed(Tally { states, expanded: coverage.expanded, depth, bytes: bytes * states });
        if plan.stop_at_first && has_violation(system, &known, &meter.gate().patience()) {
            stopped = Some(StopReason::Violation);
        }
        if stopped.is_some() {
            break;
        }
        queue.pop_front();
        expansion.clear_taken();
        system.expand(&state, &mut expansion);
        for (event, successor) in expansion.taken() {
            coverage.transitions += 1;
            let parent = Some((state.clone(), event.clone()));
            if !found(successor.clone(), depth + 1, parent, &mut known, &mut queue) {
                coverage.duplicates += 1;
            }
        }
        coverage.expanded += 1;
        if let Some(entry) = known.get_mut(&state) {
            entry.successors = Some(expansion.taken().to_vec());
            entry.curtailed = expansion.is_curtailed();
        }
    }
    let complete = stopped.is_none();
    coverage.states = known.len() as u64;
    coverage.frontier = queue.len() as u64;
    coverage.cut = expansion.cuts().iter().sum();
    coverage.depth = known.values().map(|entry| entry.depth).max().unwrap_or(0);
    if complete && !known.is_empty() {
        coverage.levels_complete = coverage.depth + 1;
    }
    let (states, expanded, depth) = (coverage.states, coverage.expanded, coverage.depth);
    meter.report(Tally { states, expanded, depth, bytes: bytes * states });
    let searched = meter.gate().elapsed();
    let patience = meter.gate().patience();
    let verdict = |(index, kind)| {
        let too_many = system.agents() > 64 || (kind == Kind::Eventually && system.reliable() > 126);
        let graph_is_out_of_reach = Kind::needs_graph(kind) && too_many;
        let found = match graph_is_out_of_reach {
            true => FoundRuns::nothing(),
            false => decisive_runs(system, &known, (index, kind), &patience),
        };
        let whole = complete && !graph_is_out_of_reach && patience.gave_up().is_none();
        found.conclude(kind, whole, coverage.cut > 0)
    };
    let kinds: Vec<Kind> = system.properties().iter().map(|property| property.kind).collect();
    let premise = |index| known.keys().filter(|state| system.premise(index, state)).count() as u64;
    let (verdicts, violations) = kinds.iter().copied().enumerate().map(verdict).unzip();
    let stopped = stopped.or(patience.gave_up());
    let outcome = Outcome {
        verdicts,
        violations,
        premises: (0..kinds.len()).map(premise).collect(),
        end: stopped.map_or(End::Complete, End::Stopped),
        coverage,
        marks: expansion.marks().clone(),
        cuts: expansion.cuts().to_vec(),
        store: StoreReport {
            name: "sorted map",
            exact: true,
            bytes,
            total: bytes * coverage.states,
            collision_bound: 0.0,
        },
    };
    meter.finish(searched);
    outcome
}

/// Whether `state` is known to be an end.
pub(crate) fn is_end<S: System>(system: &S, state: &S::State, entry: &StateEntry<S>) -> bool {
    let busy = |(event, _): &(S::Event, S::State)| system.actor(state, event) != crate::Actor::EnvironmentFault;
    !entry.curtailed && entry.successors.as_ref().is_some_and(|successors| !successors.iter().any(busy))
}

/// In which ways a state decides a property; none if it does not.
fn ways<S: System>(
    system: &S,
    known: &Map<S>,
    (index, kind): (usize, Kind),
    (state, entry): (&S::State, &StateEntry<S>),
    patience: &Patience,
) -> Vec<Signature> {
    let one = |decides: bool| if decides { vec![Signature::default()] } else { Vec::new() };
    let violated = |decides: bool| match decides && system.distinguishes(index) {
        true => system.signatures(index, state),
        false => one(decides),
    };
    match kind {
        Kind::Always => violated(!system.holds(index, state)),
        Kind::Reachable => one(system.holds(index, state)),
        Kind::AtEnd => violated(is_end(system, state, entry) && !system.holds(index, state)),
        Kind::Unstuck => liveness::stuck_signatures(system, known, index, state, patience),
        Kind::Eventually => Vec::new(),
    }
}

/// The runs that decide a property: for each way of deciding it to the first state in the order of discovery that does; none if patience is
/// over before that is known.
fn decisive_runs<S: System>(
    system: &S,
    known: &Map<S>,
    (index, kind): (usize, Kind),
    patience: &Patience,
) -> FoundRuns<S::State, S::Event> {
    if kind == Kind::Eventually {
        let run = liveness::endless_debt(system, known, index, patience);
        return FoundRuns { runs: run.map(|run| (Signature::default(), run)).into_iter().collect(), more: false };
    }
    let mut first: BTreeMap<Signature, (u64, &S::State)> = BTreeMap::new();
    for (state, entry) in known {
        if patience.is_over() {
            return FoundRuns::nothing();
        }
        for signature in ways(system, known, (index, kind), (state, entry), patience) {
            let place = first.entry(signature).or_insert((entry.order, state));
            *place = (entry.order, state).min(*place);
        }
    }
    if patience.is_over() {
        return FoundRuns::nothing();
    }
    let mut first: Vec<_> = first.into_iter().map(|(signature, (order, state))| (order, signature, state)).collect();
    first.sort();
    let more = first.len() > MOST_VIOLATIONS;
    first.truncate(MOST_VIOLATIONS);
    FoundRuns { runs: first.into_iter().map(|(_, signature, state)| (signature, run_to(known, state))).collect(), more }
}

/// Whether some state violates an `Always` or `AtEnd` property. Looks at all states each time.
fn has_violation<S: System>(system: &S, known: &Map<S>, patience: &Patience) -> bool {
    system.properties().iter().enumerate().any(|(index, property)| match property.kind {
        Kind::Always | Kind::AtEnd => !decisive_runs(system, known, (index, property.kind), patience).runs.is_empty(),
        Kind::Reachable | Kind::Unstuck | Kind::Eventually => false,
    })
}

/// The run by which `state` was found.
fn run_to<S: System>(known: &Map<S>, state: &S::State) -> Counterexample<S::State, S::Event> {
    let mut steps = Vec::new();
    let mut current = state.clone();
    while let Some((parent, event)) = known.get(&current).and_then(|entry| entry.parent.clone()) {
        steps.push((event, current));
        current = parent;
    }
    steps.reverse();
    Counterexample { initial: current, steps, loop_start: None }
}
