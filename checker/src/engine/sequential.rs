//! The sequential engine: one thread, one table, one state after another. The default engine must agree with it in every figure and every
//! run.

use crate::analysis::{Findings, Numbered, decide, verdicts};
use crate::graph::Graph;
use crate::limits::{Meter, Tally};
use crate::outcome::{Coverage, End, Outcome, StopReason, StoreReport};
use crate::plan::Plan;
use crate::signature::{Distinct, Signature};
use crate::store::{Inserted, Store};
use crate::system::{Expansion, Kind, System, needs_graph};

/// Searches `system` breadth first.
///
/// States get their numbers in the order of discovery and are expanded in that order, so the first state found to decide a property
/// is the end of the least of its shortest runs. The search goes on after a violation: of each that is told apart the first is kept.
pub(crate) fn search<S: System>(system: &S, plan: &Plan, meter: &mut Meter<'_>) -> Outcome<S::State, S::Event> {
    let mut search = SequentialSearch::new(system);
    let stopped = search.explore(plan, meter);
    search.conclude(stopped, meter)
}

struct SequentialSearch<'a, S: System> {
    system: &'a S,
    store: Store,
    /// Edges, if some property needs them.
    graph: Option<Graph>,
    /// The states that decide each property, with signatures.
    found: Distinct<u32>,
    premises: Vec<u64>,
    expansion: Expansion<S::State, S::Event>,
    coverage: Coverage,
    /// A state being packed.
    buffer: Vec<u64>,
    violated: bool,
}

impl<S: System> Numbered<S> for SequentialSearch<'_, S> {
    fn state(&self, number: u32) -> S::State {
        self.system.unpack(self.store.words(number))
    }

    fn parent(&self, number: u32) -> Option<u32> {
        self.store.parent(number)
    }
}

impl<'a, S: System> SequentialSearch<'a, S> {
    fn new(system: &'a S) -> Self {
        let properties = system.properties();
        Self {
            system,
            store: Store::new(system.words()),
            graph: needs_graph(system).then(Graph::new),
            found: Distinct::new(properties.len()),
            premises: vec![0; properties.len()],
            expansion: Expansion::of(system),
            coverage: Coverage::default(),
            buffer: vec![0; system.words()],
            violated: false,
        }
    }

    /// Explores until nothing is left or something says stop.
    fn explore(&mut self, plan: &Plan, meter: &mut Meter<'_>) -> Option<StopReason> {
        for state in self.system.initial() {
            if self.insert(&state, None).is_none() {
                return Some(StopReason::Memory);
            }
            self.coverage.initial = u64::from(self.store.len());
        }
        // The first number of the level after the one that is being expanded.
        let mut level_end = self.store.len();
        let mut depth = 0;
        let mut next = 0;
        while next < self.store.len() {
            if next == level_end {
                depth += 1;
                level_end = self.store.len();
                self.coverage.levels_complete = depth;
            }
            if plan.stop_at_first && self.violated {
                return Some(StopReason::Violation);
            }
            if let Some(reason) = meter.closed(self.tally(depth)) {
                return Some(reason);
            }
            let expanded = self.expand(next);
            if self.store.len() > level_end {
                self.coverage.depth = depth + 1;
            }
            if expanded.is_none() {
                return Some(StopReason::Memory);
            }
            next += 1;
            self.coverage.expanded = u64::from(next);
        }
        self.coverage.levels_complete = if next == 0 { 0 } else { depth + 1 };
        None
    }

    fn tally(&self, depth: u32) -> Tally {
        Tally { states: u64::from(self.store.len()), expanded: self.coverage.expanded, depth, bytes: self.bytes() }
    }

    fn bytes(&self) -> u64 {
        self.store.bytes() + self.graph.as_ref().map_or(0, Graph::bytes)
    }

    /// Expands state `number`; nothing if the store is full.
    fn expand(&mut self, number: u32) -> Option<()> {
        let state = self.state(number);
        // Moved out while successors are inserted, which borrows the rest of the search.
        let mut expansion = std::mem::replace(&mut self.expansion, Expansion::new(0, 0));
        expansion.clear_taken();
        self.system.expand(&state, &mut expansion);
        let inserted = expansion.taken().iter().try_for_each(|(event, successor)| {
            let (target, new) = self.insert(successor, Some(number))?;
            self.coverage.transitions += 1;
            self.coverage.duplicates += u64::from(!new);
            if let Some(graph) = &mut self.graph {
                graph.push_edge(target, self.system.actor(&state, event));
            }
            Some(())
        });
        if inserted.is_some() {
            if let Some(graph) = &mut self.graph {
                graph.end_row(expansion.is_curtailed());
            }
            if expansion.is_end(self.system, &state) {
                self.check_end(&state, number);
            }
        }
        self.expansion = expansion;
        inserted
    }

    /// Adds a state and checks it if it is new. Nothing if the store is full.
    fn insert(&mut self, state: &S::State, parent: Option<u32>) -> Option<(u32, bool)> {
        self.buffer.fill(0);
        self.system.pack(state, &mut self.buffer);
        match self.store.insert(&self.buffer, parent) {
            Inserted::New(number) => {
                self.check(state, number);
                Some((number, true))
            }
            Inserted::Known(number) => Some((number, false)),
            Inserted::Full => None,
        }
    }

    /// What a state by itself says about the properties.
    fn check(&mut self, state: &S::State, number: u32) {
        for (index, property) in self.system.properties().iter().enumerate() {
            self.premises[index] += u64::from(self.system.premise(index, state));
            let decided_by = match property.kind {
                Kind::Always => false,
                Kind::Reachable => true,
                Kind::AtEnd | Kind::Unstuck | Kind::Eventually => continue,
            };
            let apart = !decided_by && self.system.distinguishes(index);
            if (apart || !self.found.has(index)) && self.system.holds(index, state) == decided_by {
                self.find(index, apart, state, number);
                self.violated |= !decided_by;
            }
        }
    }

    /// What a state in which nothing more happens by itself says about the properties.
    fn check_end(&mut self, state: &S::State, number: u32) {
        for (index, property) in self.system.properties().iter().enumerate() {
            let apart = self.system.distinguishes(index);
            let asked = property.kind == Kind::AtEnd && (apart || !self.found.has(index));
            if asked && !self.system.holds(index, state) {
                self.find(index, apart, state, number);
                self.violated = true;
            }
        }
    }

    /// The state decides the property; `apart`: in ways that are told apart.
    fn find(&mut self, property: usize, apart: bool, state: &S::State, number: u32) {
        let ways = if apart { self.system.signatures(property, state) } else { vec![Signature::default()] };
        ways.into_iter().for_each(|signature| self.found.find(property, signature, number));
    }

    fn conclude(mut self, stopped: Option<StopReason>, meter: &mut Meter<'_>) -> Outcome<S::State, S::Event> {
        let states = self.store.len();
        self.coverage.states = u64::from(states);
        self.coverage.frontier = self.coverage.states - self.coverage.expanded;
        self.coverage.cut = self.expansion.cuts().iter().sum();
        let store = StoreReport {
            name: "exact",
            exact: true,
            bytes: self.store.bytes_per_state(),
            total: self.bytes(),
            collision_bound: 0.0,
        };
        meter.report(self.tally(self.coverage.depth));
        let searched = meter.gate().elapsed();
        let mut found = Findings::of(&self.found, self.premises.len());
        let patience = meter.gate().patience();
        let looked = match self.graph.take() {
            Some(mut graph) => {
                graph.close(states, self.coverage.initial as u32);
                decide(self.system, &graph, &self, None, &mut found, &patience)
            }
            None => true,
        };
        let stopped = stopped.or(patience.gave_up());
        let cut = self.coverage.cut > 0;
        let (verdicts, violations) = verdicts(self.system, &self, found, looked, stopped.is_none(), cut);
        meter.finish(searched);
        Outcome {
            verdicts,
            violations,
            premises: self.premises,
            end: stopped.map_or(End::Complete, End::Stopped),
            coverage: self.coverage,
            marks: self.expansion.marks().clone(),
            cuts: self.expansion.cuts().to_vec(),
            store,
        }
    }
}
