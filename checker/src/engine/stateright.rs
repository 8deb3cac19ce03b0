//! The stateright library behind an adapter: an engine written by others, to compare with.
//!
//! The report of stateright 0.31 is not used as it is. There are two kinds of run, which are never mixed: one with a sentinel property that
//! never fails, which collects every state through a visitor; and one for each `Always`, `Reachable` and `AtEnd` property with that
//! property alone, for its shortest run. All with one thread, without its limits and its symmetry. `Unstuck` and `Eventually` are decided
//! by this crate's own analysis of the states collected (stateright has no fairness, and misses `eventually` violations on cycles and
//! joins). Coverage is computed from the collected states and compared with stateright's own figures.
//!
//! Limits are enforced by the adapter: when one is reached it declares every further state to be out of bounds, so what is queued is
//! still visited and checked, and nothing is expanded any more. When the time is up or a stop was requested, there is no time for that
//! either: the property of the run then counts as found, with which stateright ends at once, and that finding is ignored.
//!
//! stateright tells states apart by a 64-bit fingerprint, so this engine is not exact. A state that is found missing is counted as not
//! expanded, and the search then counts as stopped (`States`): it claims nothing about all states.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ::stateright::{Checker, CheckerVisitor, Model, Path, Property as Asked};

use crate::analysis::{Findings, Numbered, decide, verdicts};
use crate::graph::Graph;
use crate::limits::{Gate, Meter, Tally};
use crate::outcome::{Counterexample, Coverage, End, FoundRuns, Outcome, StopReason, StoreReport};
use crate::plan::Plan;
use crate::signature::{MOST_VIOLATIONS, Signature};
use crate::system::{Expansion, Kind, System};

/// What stateright is shown: the system with at most one of its properties, and the gate that ends a run.
struct Shown<S: System> {
    system: S,
    property: Option<usize>,
    /// Ways of violating the property that are known.
    known: BTreeSet<Signature>,
    plan: Plan,
    gate: Gate,
    /// No further state is within bounds.
    shut: AtomicBool,
    /// What is queued is not looked at any more.
    over: AtomicBool,
    log: Mutex<Log<S::State>>,
}

/// What a run has seen.
struct Log<T> {
    /// States with their depth, in the order of the visits.
    visited: Vec<(T, u32)>,
    /// All states generated, if a limit needs their number.
    generated: BTreeSet<T>,
    /// How many of the visited states, the first ones, were expanded.
    expanded: usize,
    stopped: Option<StopReason>,
}

/// Bytes per state as stateright keeps them, as far as they can be told: the state in its queue, two fingerprints.
fn bytes_per_state<S: System>() -> u64 {
    size_of::<S::State>() as u64 + 16
}

impl<S: System> Shown<S> {
    fn new(system: &S, property: Option<usize>, known: BTreeSet<Signature>, plan: &Plan, gate: &Gate) -> Self {
        let log = Log { visited: Vec::new(), generated: BTreeSet::new(), expanded: 0, stopped: None };
        Self {
            system: system.clone(),
            property,
            known,
            plan: plan.clone(),
            gate: gate.clone(),
            shut: AtomicBool::new(false),
            over: AtomicBool::new(false),
            log: Mutex::new(log),
        }
    }

    fn log(&self) -> MutexGuard<'_, Log<S::State>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counts_generated(&self) -> bool {
        self.plan.limits.states.is_some() || self.plan.limits.memory.is_some()
    }

    fn expansion(&self, state: &S::State) -> Expansion<S::State, S::Event> {
        let mut expansion = Expansion::of(&self.system);
        self.system.expand(state, &mut expansion);
        expansion
    }

    /// Whether `state` by itself decides `property`.
    fn decides(&self, property: usize, state: &S::State) -> bool {
        match self.system.properties()[property].kind {
            Kind::Always => !self.system.holds(property, state),
            Kind::Reachable => self.system.holds(property, state),
            Kind::AtEnd => !self.system.holds(property, state) && self.expansion(state).is_end(&self.system, state),
            Kind::Unstuck | Kind::Eventually => false,
        }
    }

    /// In which ways `state`, which decides `property`, does so.
    fn ways(&self, property: usize, state: &S::State) -> Vec<Signature> {
        let apart = self.system.distinguishes(property) && self.system.properties()[property].kind != Kind::Reachable;
        if apart { self.system.signatures(property, state) } else { vec![Signature::default()] }
    }

    /// Whether `state` by itself decides `property` in a way that is not known.
    fn decides_anew(&self, property: usize, state: &S::State) -> bool {
        self.decides(property, state)
            && (self.known.is_empty() || self.ways(property, state).iter().any(|way| !self.known.contains(way)))
    }

    /// Whether `state` violates some property by itself.
    fn violates(&self, state: &S::State) -> bool {
        let mut properties = self.system.properties().iter().enumerate();
        properties.any(|(number, property)| property.kind != Kind::Reachable && self.decides(number, state))
    }

    /// Runs stateright on this until it ends, and returns how many states it says it generated, with and without repetitions, and the
    /// run it found for the property.
    fn run(self) -> Ran<S> {
        let checker = self.checker().visitor(Visitor).spawn_bfs().join();
        let shown = checker.model();
        let over = shown.over.load(Ordering::Relaxed);
        let claimed = if over { None } else { checker.discovery("asked") };
        let disputed = claimed.is_some();
        let found = claimed.and_then(|path| shown.rechecked(path));
        let mut log = shown.log();
        if disputed && found.is_none() && log.stopped.is_none() {
            // A run that does not bear looking at: neither it nor its absence says anything about the property.
            log.stopped = Some(StopReason::States);
        }
        Ran {
            visited: std::mem::take(&mut log.visited),
            expanded: log.expanded,
            stopped: log.stopped,
            generated: checker.state_count() as u64,
            distinct: checker.unique_state_count() as u64,
            found,
        }
    }

    /// The run that stateright found, if every step of it is one of the system's and its end decides the property.
    fn rechecked(&self, path: Path<S::State, (S::Event, S::State)>) -> Option<Counterexample<S::State, S::Event>> {
        let places = path.into_vec();
        let initial = places.first()?.0.clone();
        let steps: Vec<_> = places.into_iter().filter_map(|(_, step)| step).collect();
        let run = Counterexample { initial, steps, loop_start: None };
        let is_step = |(index, step)| self.expansion(run.state(index)).taken().contains(step);
        let sound = self.system.initial().contains(&run.initial)
            && run.steps.iter().enumerate().all(is_step)
            && self.property.is_some_and(|property| self.decides_anew(property, run.last()));
        sound.then_some(run)
    }
}

/// What came of a run.
struct Ran<S: System> {
    visited: Vec<(S::State, u32)>,
    expanded: usize,
    stopped: Option<StopReason>,
    generated: u64,
    distinct: u64,
    found: Option<Counterexample<S::State, S::Event>>,
}

impl<S: System> Model for Shown<S> {
    type State = S::State;
    type Action = (S::Event, S::State);

    fn init_states(&self) -> Vec<S::State> {
        // stateright serves the last initial state first; turned round it goes through the states in the order of our own engines.
        let mut states = distinct_initial(&self.system);
        states.reverse();
        states
    }

    fn actions(&self, state: &S::State, actions: &mut Vec<Self::Action>) {
        actions.extend_from_slice(self.expansion(state).taken());
    }

    fn next_state(&self, _: &S::State, (_, successor): Self::Action) -> Option<S::State> {
        Some(successor)
    }

    fn within_boundary(&self, state: &S::State) -> bool {
        let open = !self.shut.load(Ordering::Relaxed);
        if open && self.counts_generated() {
            self.log().generated.insert(state.clone());
        }
        open
    }

    fn properties(&self) -> Vec<Asked<Self>> {
        // One property at a time: with two of them stateright overwrites the first, shortest run. And never none: it would then look
        // at the initial states only.
        let holds = |shown: &Self, state: &S::State| {
            let over = shown.over.load(Ordering::Relaxed);
            !over && !shown.property.is_some_and(|asked| shown.decides_anew(asked, state))
        };
        vec![Asked::always("asked", holds)]
    }
}

/// Is shown every state before it is expanded.
struct Visitor;

impl<S: System> CheckerVisitor<Shown<S>> for Visitor {
    fn visit(&self, shown: &Shown<S>, path: Path<S::State, (S::Event, S::State)>) {
        let mut log = shown.log();
        let state = path.last_state().clone();
        let depth = path.into_vec().len().saturating_sub(1) as u32;
        if log.stopped.is_none() {
            let states = log.generated.len() as u64;
            let (expanded, bytes) = (log.expanded as u64, states * bytes_per_state::<S>());
            log.stopped = shown.gate.closed(Tally { states, expanded, depth, bytes });
            if shown.plan.stop_at_first && shown.violates(&state) {
                log.stopped = Some(StopReason::Violation);
            }
        }
        if log.stopped.is_some() {
            shown.shut.store(true, Ordering::Relaxed);
            if shown.gate.urgent().is_some() {
                shown.over.store(true, Ordering::Relaxed);
            }
        } else {
            log.expanded += 1;
        }
        if shown.property.is_none() {
            log.visited.push((state, depth));
        }
    }
}

/// The initial states without repetitions, in the system's order.
fn distinct_initial<S: System>(system: &S) -> Vec<S::State> {
    let mut seen = BTreeSet::new();
    system.initial().into_iter().filter(|state| seen.insert(state.clone())).collect()
}

/// The states of the sentinel run, numbered in the order of the visits.
struct Collected<S: System> {
    states: Vec<(S::State, u32)>,
    parents: Vec<Option<u32>>,
}

impl<S: System> Numbered<S> for Collected<S> {
    fn state(&self, number: u32) -> S::State {
        self.states[number as usize].0.clone()
    }

    fn parent(&self, number: u32) -> Option<u32> {
        self.parents[number as usize]
    }
}

/// The runs that decide a property: stateright searches again for what the ways found so far are not, until there is nothing more. Also whether
/// no search was stopped.
fn all_ways<S: System>(
    system: &S,
    property: usize,
    run: impl Fn(Option<usize>, BTreeSet<Signature>) -> Ran<S>,
) -> (FoundRuns<S::State, S::Event>, bool) {
    let (mut found, mut known) = (FoundRuns::nothing(), BTreeSet::new());
    loop {
        let ran = run(Some(property), known.clone());
        let whole = ran.stopped.is_none();
        let Some(way) = ran.found else { return (found, whole) };
        let kind = system.properties()[property].kind;
        let apart = system.distinguishes(property) && kind != Kind::Reachable;
        let ways = if apart { system.signatures(property, way.last()) } else { vec![Signature::default()] };
        let mut new: Vec<Signature> = ways.into_iter().filter(|way| !known.contains(way)).collect();
        new.sort();
        new.dedup();
        known.extend(new.iter().cloned());
        found.runs.extend(new.into_iter().map(|signature| (signature, way.clone())));
        found.more = found.runs.len() > MOST_VIOLATIONS;
        found.runs.truncate(MOST_VIOLATIONS);
        if !apart || found.more {
            return (found, whole);
        }
    }
}

pub(crate) fn search<S: System>(system: &S, plan: &Plan, meter: &mut Meter<'_>) -> Outcome<S::State, S::Event> {
    let starts = distinct_initial(system);
    let initial = starts.len();
    let gate = meter.gate().clone();
    let patience = gate.patience();
    let run = |property, known| Shown::new(system, property, known, plan, &gate).run();
    let sentinel = run(None, BTreeSet::new());
    let mut stopped = sentinel.stopped;
    let mut coverage = Coverage { initial: initial as u64, expanded: sentinel.expanded as u64, ..Coverage::default() };
    let mut collected = Collected::<S> { parents: vec![None; sentinel.visited.len()], states: sentinel.visited };
    // the first ones visited are the initial states; of a run that was broken off there all the same
    if collected.states.len() < initial {
        collected.states = starts.into_iter().map(|state| (state, 0)).collect();
        collected.parents = vec![None; initial];
    }
    let mut numbers: BTreeMap<S::State, u32> = BTreeMap::new();
    for (number, (state, _)) in collected.states.iter().enumerate() {
        numbers.entry(state.clone()).or_insert(number as u32);
    }
    let mut lost = numbers.len() != collected.states.len() || sentinel.distinct != numbers.len() as u64;
    let mut graph = Graph::new();
    let mut expansion = Expansion::of(system);
    let mut reached = initial;
    let mut again = 0;
    for number in (0..sentinel.expanded).take_while(|_| !patience.is_over()) {
        again = number + 1;
        let (state, depth) = collected.states[number].clone();
        expansion.clear_taken();
        system.expand(&state, &mut expansion);
        for (event, successor) in expansion.taken() {
            let target = *numbers.entry(successor.clone()).or_insert_with(|| {
                lost = true;
                collected.states.push((successor.clone(), depth + 1));
                collected.parents.push(Some(number as u32));
                collected.states.len() as u32 - 1
            });
            coverage.transitions += 1;
            let first = target as usize >= initial && collected.parents[target as usize].is_none();
            if first {
                collected.parents[target as usize] = Some(number as u32);
                reached += 1;
            }
            graph.push_edge(target, system.actor(&state, event));
        }
        graph.end_row(expansion.is_curtailed());
    }
    // what there was no time to look at again counts as found and not expanded
    coverage.expanded = again as u64;
    stopped = stopped.or(patience.gave_up());
    lost |= sentinel.generated != initial as u64 + coverage.transitions;
    // A state that was visited and cannot be reached by a computed edge would show that the bookkeeping is wrong.
    lost |= reached != collected.states.len();
    if lost && stopped.is_none() {
        stopped = Some(StopReason::States);
    }
    coverage.states = collected.states.len() as u64;
    coverage.conclude(expansion.cuts());
    coverage.depth = collected.states.iter().map(|(_, depth)| *depth).max().unwrap_or(0);
    coverage.levels_complete = match collected.states.get(again) {
        Some((_, depth)) => *depth,
        None if coverage.states == 0 => 0,
        None => coverage.depth + 1,
    };
    graph.close(coverage.states as u32, initial as u32);

    let bytes = bytes_per_state::<S>();
    meter.report(Tally {
        states: coverage.states,
        expanded: coverage.expanded,
        depth: coverage.depth,
        bytes: bytes * coverage.states,
    });
    let own_runs = system
        .properties()
        .iter()
        .enumerate()
        .map(|(number, property)| (!property.kind.needs_graph()).then(|| all_ways(system, number, run)));
    let own_runs: Vec<_> = own_runs.collect();
    let searched = meter.gate().elapsed();

    let mut found = vec![Findings::default(); own_runs.len()];
    let looked = decide(system, &graph, &collected, None, &mut found, &patience);
    if own_runs.iter().flatten().any(|(_, whole)| !whole) {
        stopped = stopped.or(gate.urgent());
    }
    stopped = stopped.or(patience.gave_up());
    let (complete, cut) = (stopped.is_none(), coverage.cut > 0);
    let (mut values, mut violations) = verdicts(system, &collected, found, looked, complete, cut);
    for (number, (own, property)) in own_runs.into_iter().zip(system.properties()).enumerate() {
        if let Some((found, whole)) = own {
            (values[number], violations[number]) = found.conclude(property.kind, complete && whole, cut);
        }
    }
    let premise = |property| collected.states.iter().filter(|(state, _)| system.premise(property, state)).count();
    let outcome = Outcome {
        verdicts: values,
        violations,
        premises: (0..system.properties().len()).map(|property| premise(property) as u64).collect(),
        end: stopped.map_or(End::Complete, End::Stopped),
        coverage,
        marks: expansion.marks().clone(),
        cuts: expansion.cuts().to_vec(),
        store: StoreReport {
            name: "stateright fingerprints",
            exact: false,
            bytes,
            total: bytes * coverage.states + graph.bytes(),
            collision_bound: collision_bound(coverage.states),
        },
    };
    meter.finish(searched);
    outcome
}

/// The probability that two of `states` states share a 64-bit fingerprint is at most n(n-1) / 2^65.
fn collision_bound(states: u64) -> f64 {
    let states = states as f64;
    states * (states - 1.0).max(0.0) / 2f64.powi(65)
}
