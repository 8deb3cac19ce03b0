//! Breadth-first search with the states on disk (delayed duplicate detection): the successors of a level are collected, sorted, and then
//! compared with all known states in one pass. Memory holds buffers of fixed sizes.
//!
//! States are expanded in the order of discovery, so figures, verdicts and runs are those of the engine in memory. For each state its
//! parent and the ordinal of the step from there are kept on disk too, and, if a property asks for stuck agents, its edges. Which agents
//! can still move is then computed by repeated passes over the edges ([`stuck`]).

mod discovery;
mod edges;
mod known_states;
mod lookup_cache;
mod ranks;
mod rows;
mod runs;
mod sorter;
mod stuck;

use std::io;
use std::path::Path;

use crate::engine::queries::Queries;
use crate::engine::replay::{replay, stuck_at_end};
use crate::engine::successors::Successors;
use crate::graph::MOST_AGENTS;
use crate::limits::{Meter, Patience, Tally};
use crate::outcome::{Counterexample, Coverage, End, FoundRuns, Outcome, StopReason, StoreReport};
use crate::packed::{OutcomeOf, Packed, PropertyValues};
use crate::plan::Plan;
use crate::signature::Distinct;
use crate::system::{Kind, System};

use discovery::Discovery;
use edges::ResolvedEdges;
use runs::Run;
use stuck::{EdgeScan, stuck};

/// Bits of the ordinal of the step in an origin.
const ORDINAL_BITS: u32 = 16;
/// Bytes of memory if there is no limit.
const MEMORY: u64 = 1 << 30;

/// Searches `packed` with its states below `directory`.
pub(crate) fn search<P: Packed>(
    packed: &P,
    plan: &Plan,
    directory: &Path,
    meter: &mut Meter<'_>,
) -> io::Result<OutcomeOf<P>> {
    let mut search = DiskSearch::new(packed, plan.limits.memory.unwrap_or(MEMORY), directory)?;
    let patience = meter.gate().patience();
    let stopped = search.explore(plan, meter, &patience)?;
    search.conclude(stopped, meter, &patience)
}

struct DiskSearch<'a, P: Packed> {
    packed: &'a P,
    memory: u64,
    scratch: P::Scratch,
    values: PropertyValues,
    queries: Queries,
    successors: Successors,
    discovery: Discovery,
    /// Properties that ask who is stuck; none if there are too many agents.
    unstuck: Vec<usize>,
    found: Distinct<u64>,
    /// What ends show of these properties, for the case that memory is too short to read the edges.
    stuck_at_ends: Distinct<u64>,
    vacuous: Vec<u64>,
    coverage: Coverage,
    violated: bool,
}

impl<'a, P: Packed> DiskSearch<'a, P> {
    fn new(packed: &'a P, memory: u64, directory: &'a Path) -> io::Result<Self> {
        let system = packed.system();
        let properties = system.properties().len();
        let is_unstuck = |index: &usize| system.properties()[*index].kind == Kind::Unstuck;
        let asked = if system.agents() > MOST_AGENTS { 0 } else { properties };
        let unstuck: Vec<usize> = (0..asked).filter(is_unstuck).collect();
        Ok(Self {
            packed,
            memory,
            scratch: packed.scratch(),
            values: PropertyValues::new(properties),
            queries: Queries::of(system, |_| true, false),
            successors: Successors::of(system),
            discovery: Discovery::new(directory, system, memory, !unstuck.is_empty())?,
            unstuck,
            found: Distinct::new(properties),
            stuck_at_ends: Distinct::new(properties),
            vacuous: vec![0; properties],
            coverage: Coverage::default(),
            violated: false,
        })
    }

    fn explore(&mut self, plan: &Plan, meter: &mut Meter<'_>, patience: &Patience) -> io::Result<Option<StopReason>> {
        let system = self.packed.system();
        let mut words = vec![0; system.words()];
        for (number, state) in (0..).zip(system.initial()) {
            words.fill(0);
            system.pack(&state, &mut words);
            self.discovery.initial(&words, number)?;
        }
        let (mut first, mut depth) = (0, 0);
        let mut frontier = self.discovery.level()?;
        self.coverage.initial = frontier.len();
        self.coverage.states = frontier.len();
        loop {
            self.coverage.levels_complete = depth;
            if frontier.len() == 0 {
                return Ok(None);
            }
            self.coverage.depth = depth;
            let mut reader = frontier.read()?;
            let mut stopped = None;
            let mut number = first;
            while let Some(words) = reader.record() {
                if stopped.is_none() {
                    stopped = match plan.stop_at_first && self.violated {
                        true => Some(StopReason::Violation),
                        false if self.discovery.is_full() => Some(StopReason::Memory),
                        false => meter.closed(self.tally(depth)),
                    };
                } else if patience.is_over() {
                    // what is known but not looked at stays so: the search is incomplete anyway
                    return Ok(stopped);
                }
                self.judge(words, number);
                if stopped.is_none() {
                    self.expand(words, number)?;
                }
                number += 1;
                reader.advance()?;
            }
            if stopped.is_some() && patience.is_over() {
                return Ok(stopped);
            }
            let next = self.discovery.level()?;
            self.coverage.states = self.discovery.states();
            if stopped.is_some() {
                // New states are evaluated, too.
                self.coverage.depth += u32::from(next.len() > 0);
                let mut reader = next.read()?;
                while let Some(words) = reader.record().filter(|_| !patience.is_over()) {
                    self.judge(words, number);
                    number += 1;
                    reader.advance()?;
                }
                return Ok(stopped);
            }
            first += frontier.len();
            frontier = next;
            depth += 1;
        }
    }

    fn tally(&self, depth: u32) -> Tally {
        let Coverage { states, expanded, .. } = self.coverage;
        Tally { states, expanded, depth, bytes: self.discovery.bytes() }
    }

    /// Evaluates the properties on a state.
    fn judge(&mut self, words: &[u64], number: u64) {
        self.packed.load(words, &mut self.scratch);
        self.values.clear();
        self.packed.judge(&mut self.scratch, &mut self.values);
        self.values.count_vacuous(&mut self.vacuous);
        for index in self.queries.decided(&self.values) {
            for signature in self.queries.signatures(self.packed, &mut self.scratch, index) {
                self.found.find(index, signature, number);
            }
            self.violated |= self.packed.system().properties()[index].kind == Kind::Always;
        }
    }

    /// Expands the state evaluated last.
    fn expand(&mut self, words: &[u64], number: u64) -> io::Result<()> {
        self.successors.clear();
        let idle = if self.unstuck.is_empty() { 0 } else { self.packed.idle(&mut self.scratch) };
        self.packed.successors(&mut self.scratch, &mut self.successors);
        let count = self.successors.count();
        if count >> ORDINAL_BITS != 0 {
            return Err(io::Error::other("a state has too many successors"));
        }
        self.coverage.expanded += 1;
        self.coverage.transitions += count as u64;
        let curtailed = self.successors.is_curtailed() && !self.unstuck.is_empty();
        let idle = if curtailed { !self.packed.held_fast(&mut self.scratch) } else { idle };
        let Self { packed, successors, discovery, .. } = self;
        for ordinal in 0..count {
            discovery.step(number, words, ordinal, successors.actor(ordinal), successors.get(ordinal))?;
        }
        let system = packed.system();
        let renamings = || system.renames().then(|| system.renamings(&system.unpack(words)));
        discovery.end_steps(idle, successors.is_curtailed(), renamings)?;
        if self.successors.is_end() {
            self.judge_end(words, number);
        }
        Ok(())
    }

    fn judge_end(&mut self, words: &[u64], number: u64) {
        let system = self.packed.system();
        for index in &self.queries.at_end {
            if !self.packed.holds_at_end(&mut self.scratch, *index) {
                for signature in self.queries.signatures(self.packed, &mut self.scratch, *index) {
                    self.found.find(*index, signature, number);
                }
                self.violated = true;
            }
        }
        if !self.unstuck.is_empty() {
            for (index, signature) in stuck_at_end(system, words) {
                self.stuck_at_ends.find(index, signature, number);
            }
        }
    }

    fn conclude(
        mut self,
        stopped: Option<StopReason>,
        meter: &mut Meter<'_>,
        patience: &Patience,
    ) -> io::Result<OutcomeOf<P>> {
        let system = self.packed.system();
        let mut coverage = self.coverage;
        coverage.conclude(self.successors.cuts());
        let numbers = if self.unstuck.is_empty() { 0 } else { 4 };
        let store = StoreReport {
            name: "disk",
            exact: true,
            bytes: system.words() as u64 * 8 + 8 + numbers,
            total: self.discovery.bytes_on_disk(),
            collision_bound: 0.0,
        };
        meter.report(self.tally(coverage.depth));
        let searched = meter.gate().elapsed();
        let (known, origins, edges) = self.discovery.finish()?;
        let mut open = vec![true; system.properties().len()];
        let mut looked_at = vec![false; open.len()];
        if let Some(ResolvedEdges { rows, renamings }) = edges {
            let renamings = system.renames().then_some(&*renamings);
            // The number fits: with edges, states have numbers of four bytes.
            let states = coverage.states as u32;
            let edges = EdgeScan { rows: &rows, renamings, states, agents: system.agents(), patience };
            let stuck = stuck(system, &self.unstuck, &edges, &known, self.memory)?;
            self.found.merge(&stuck.found);
            for (property, is_open) in self.unstuck.iter().zip(stuck.open) {
                (open[*property], looked_at[*property]) = (is_open, !is_open);
            }
        }
        let stopped = stopped.or(patience.gave_up());
        for property in self.unstuck.iter().filter(|property| !looked_at[**property]) {
            self.stuck_at_ends
                .of(*property)
                .into_iter()
                .for_each(|(signature, number)| self.found.find(*property, signature, number));
        }
        let (mut verdicts, mut violations) = (Vec::new(), Vec::new());
        for (index, (property, open)) in system.properties().iter().zip(open).enumerate() {
            let mut runs = Vec::new();
            for (signature, number) in self.found.of(index) {
                runs.push((signature, run(system, &origins, coverage.initial, number)?));
            }
            let complete = stopped.is_none() && !(property.kind.needs_graph() && open);
            let found = FoundRuns { runs, more: self.found.more(index) };
            let (verdict, told) = found.conclude(property.kind, complete, coverage.cut > 0);
            verdicts.push(verdict);
            violations.push(told);
        }
        meter.finish(searched);
        Ok(Outcome {
            verdicts,
            violations,
            premises: self.vacuous.iter().map(|vacuous| coverage.states - vacuous).collect(),
            end: stopped.map_or(End::Complete, End::Stopped),
            coverage,
            marks: self.successors.marks().clone(),
            cuts: self.successors.cuts().to_vec(),
            store,
        })
    }
}

/// The run to a state along its origins. The first `initial` states are initial.
fn run<S: System>(
    system: &S,
    origins: &Run,
    initial: u64,
    number: u64,
) -> io::Result<Counterexample<S::State, S::Event>> {
    let mut ordinals = Vec::new();
    let mut origin = origins.word(number)?;
    let mut current = number;
    while current >= initial {
        ordinals.push((origin & ((1 << ORDINAL_BITS) - 1)) as usize);
        current = origin >> ORDINAL_BITS;
        origin = origins.word(current)?;
    }
    let changed = || io::Error::other("a state was expanded in another way than before");
    replay(system, origin as usize, ordinals.into_iter().rev()).ok_or_else(changed)
}
