//! Breadth-first search with a set of states and nothing else: no numbers, no order, no parents, no edges.
//!
//! Workers take states of a level, expand them, and insert the successors into one concurrent table ([`table`]); the worker that inserts a
//! state keeps it for the next level. Which thread finds a state first is a race; only sums over whole levels, which do not depend on it,
//! are reported. A search that meets its memory limit discards the level it is in, because which half of it was expanded would differ from
//! run to run.
//!
//! The set has no runs to show. As soon as a state decides a property, the search ends, and the default engine searches again with parents.

mod pages;
mod resize;
mod table;
mod tree;
mod worker;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, RwLock};

use crate::engine::bfs;
use crate::engine::common::locks::{locked, read, write};
use crate::engine::common::overhead;
use crate::engine::common::pool::{JoinGuard, Pool};
use crate::engine::queries::Queries;
use crate::limits::{Meter, Tally};
use crate::marks::MarkSet;
use crate::outcome::{Coverage, End, Outcome, StopReason, StoreReport, Verdict, Violations};
use crate::packed::{OutcomeOf, Packed};
use crate::plan::{Plan, StoreKind};
use crate::system::{System, needs_graph};

use table::{StateTable, bytes_for};
use tree::ConcurrentTree;
use worker::{Level, LevelSums, SetShared, SetWorker, WorkerScratch};

/// Levels of at most this many states are expanded on the calling thread alone.
const TOGETHER: usize = 128;

/// Searches `packed`, or leaves it to the default engine.
pub(crate) fn search<P: Packed>(packed: &P, plan: &Plan, meter: &mut Meter<'_>) -> OutcomeOf<P> {
    let system = packed.system();
    // Where a sequential search stops within a level depends on the order of discovery.
    let ordered = plan.limits.states.is_some() || plan.limits.stop_after_expansions.is_some();
    let searched = match (needs_graph(system) || ordered, system.words()) {
        (true, _) => None,
        (false, 0 | 1) => explored::<P, false>(packed, plan, meter),
        (false, _) => explored::<P, true>(packed, plan, meter),
    };
    searched.unwrap_or_else(|| bfs::search(packed, &Plan { store: StoreKind::Compressed, ..plan.clone() }, meter))
}

/// Nothing if something is decided.
fn explored<P: Packed, const WIDE: bool>(packed: &P, plan: &Plan, meter: &mut Meter<'_>) -> Option<OutcomeOf<P>> {
    let system = packed.system();
    let threads = plan.threads.map_or(1, std::num::NonZero::get);
    let shared = SetShared {
        packed,
        table: RwLock::new(StateTable::new(threads, plan.limits.memory)),
        tree: RwLock::new(ConcurrentTree::new(system.words().max(2))),
        level: RwLock::default(),
        workers: (0..threads).map(|_| Mutex::new(SetWorker::new(system))).collect(),
        queries: Queries::of(system, |_| true, false),
        gate: meter.gate().clone(),
        short: AtomicBool::new(false),
        decided: AtomicBool::new(false),
        states: AtomicU64::new(0),
        expanded: AtomicU64::new(0),
    };
    let pool = Pool::new(threads);
    let coordinator = SetCoordinator {
        shared: &shared,
        plan,
        coverage: Coverage::default(),
        sums: LevelSums::of(system),
        waiting: 0,
        tree: 0,
    };
    std::thread::scope(|scope| {
        for number in 1..threads {
            let (shared, pool) = (&shared, &pool);
            scope.spawn(move || {
                let mut scratch = shared.scratch();
                pool.help(|_| shared.work::<WIDE>(&mut locked(&shared.workers[number]), &mut scratch, || ()));
            });
        }
        let guard = JoinGuard { pool: &pool, busy: false };
        coordinator.search::<WIDE>(meter, guard)
    })
}

/// Bytes for this many states, of which at most `waiting` were waiting at once.
fn bytes<P>(shared: &SetShared<'_, P>, states: u64, waiting: u64) -> u64 {
    bytes_for(states) + waiting * 8 + read(&shared.tree).bytes()
}

/// The coordinator of the search: its totals at the end of a level.
struct SetCoordinator<'s, 'a, P: Packed> {
    shared: &'s SetShared<'a, P>,
    plan: &'s Plan,
    coverage: Coverage,
    sums: LevelSums,
    /// The most states that were waiting at once.
    waiting: u64,
    /// Bytes of the tree compression, without those of a discarded level.
    tree: u64,
}

/// How a level ended.
enum LevelEnd {
    /// All of its states are expanded.
    Whole,
    /// Some states are expanded, and the results count.
    InPart(StopReason),
    /// The level is discarded.
    GivenUp,
    /// Some state decides a property.
    Decided,
}

impl<P: Packed> SetCoordinator<'_, '_, P> {
    /// Nothing if something is decided.
    fn search<const WIDE: bool>(mut self, meter: &mut Meter<'_>, mut pool: JoinGuard<'_>) -> Option<OutcomeOf<P>> {
        let mut scratch = self.shared.scratch();
        self.begin::<WIDE>(&mut scratch);
        let mut depth = 0;
        let stopped = loop {
            self.coverage.levels_complete = depth;
            if read(&self.shared.level).len() == 0 {
                break None;
            }
            self.coverage.depth = depth;
            if let Some(reason) = meter.closed(self.tally_ahead(depth)) {
                break Some(reason);
            }
            match self.pass::<WIDE>(depth, meter, &mut pool, &mut scratch) {
                LevelEnd::Whole => depth += 1,
                LevelEnd::InPart(reason) => break Some(reason),
                LevelEnd::GivenUp => break Some(StopReason::Memory),
                LevelEnd::Decided => return None,
            }
        };
        if stopped.is_none() && self.shared.decided.load(Ordering::Relaxed) {
            return None;
        }
        if let Some(reason) = stopped
            && self.evaluate_rest::<WIDE>(&mut scratch)
            // There would be no time to search again.
            && !matches!(reason, StopReason::Time | StopReason::Interrupt)
        {
            return None;
        }
        Some(self.conclude(stopped, meter))
    }

    /// Adds the initial states.
    fn begin<const WIDE: bool>(&mut self, scratch: &mut WorkerScratch<P::Scratch>) {
        let system = self.shared.packed.system();
        let mut words = vec![0; system.words()];
        for state in system.initial() {
            words.fill(0);
            system.pack(&state, &mut words);
            let mut worker = locked(&self.shared.workers[0]);
            self.shared.begin_with::<WIDE>(&words, &mut worker);
            drop(worker);
            while self.is_short(|coordinator| {
                coordinator.shared.work::<WIDE>(&mut locked(&coordinator.shared.workers[0]), scratch, || ())
            }) {
                self.make_room();
                self.settle(u64::MAX);
            }
        }
        self.coverage.initial = self.found();
        self.tree = read(&self.shared.tree).bytes();
        self.next_level();
    }

    /// Runs `work`. Whether a worker ran out of room.
    fn is_short(&self, work: impl FnOnce(&Self)) -> bool {
        self.shared.short.store(false, Ordering::Relaxed);
        work(self);
        self.shared.short.load(Ordering::Relaxed)
    }

    /// States found in this level so far.
    fn found(&self) -> u64 {
        self.shared.workers.iter().map(|worker| locked(worker).found.len() as u64).sum()
    }

    /// Expands the level.
    fn pass<const WIDE: bool>(
        &mut self,
        depth: u32,
        meter: &mut Meter<'_>,
        pool: &mut JoinGuard<'_>,
        scratch: &mut WorkerScratch<P::Scratch>,
    ) -> LevelEnd {
        let waiting = read(&self.shared.level).len() as u64;
        let mut most = self.most(waiting);
        self.settle(most);
        let (shared, kept) = (self.shared, self.waiting.max(waiting));
        let every = self.plan.progress_every.max(1);
        let mut reported = self.coverage.expanded / every;
        let mut report = || {
            let expanded = shared.expanded.load(Ordering::Relaxed);
            if expanded / every > reported {
                reported = expanded / every;
                let states = shared.states.load(Ordering::Relaxed);
                meter.report(Tally { states, expanded, depth, bytes: bytes(shared, states, kept) });
            }
        };
        let together = waiting as usize > TOGETHER;
        while self.is_short(|coordinator| {
            if together {
                pool.start(0);
            }
            coordinator.shared.work::<WIDE>(&mut locked(&coordinator.shared.workers[0]), scratch, &mut report);
            pool.finish();
        }) {
            if self.states() > most || !self.make_room() {
                return self.give_up();
            }
            most = self.most(waiting);
            self.settle(most);
        }
        if self.shared.decided.load(Ordering::Relaxed) && self.shared.gate.urgent().is_none() {
            return LevelEnd::Decided;
        }
        let states = self.states();
        if states > self.most(waiting) {
            return self.give_up();
        }
        self.shared.workers.iter().for_each(|worker| self.sums.take_over(&mut locked(worker).sums));
        // An end counts only if its level does: whether one was met in a discarded level is a race.
        if self.sums.ended {
            return LevelEnd::Decided;
        }
        self.coverage.expanded = self.sums.expanded;
        self.coverage.transitions = self.sums.transitions;
        self.waiting = self.waiting.max(waiting + self.found());
        self.tree = read(&self.shared.tree).bytes();
        if self.sums.expanded < self.coverage.states {
            self.coverage.states = states;
            self.coverage.depth += u32::from(self.found() > 0);
            return LevelEnd::InPart(self.shared.gate.urgent().unwrap_or(StopReason::Interrupt));
        }
        self.next_level();
        LevelEnd::Whole
    }

    /// Makes the states found the next level.
    fn next_level(&mut self) {
        let mut level = write(&self.shared.level);
        let mut keys = std::mem::take(&mut level.keys);
        keys.resize_with(self.shared.workers.len(), Vec::new);
        for (keys, worker) in keys.iter_mut().zip(&self.shared.workers) {
            keys.clear();
            std::mem::swap(keys, &mut locked(worker).found);
        }
        *level = Level::new(keys);
        self.coverage.states += level.len() as u64;
        self.waiting = self.waiting.max(level.len() as u64);
        self.shared.states.store(self.coverage.states, Ordering::Relaxed);
        self.shared.expanded.store(self.coverage.expanded, Ordering::Relaxed);
    }

    /// States in the table, those found in the unfinished level included.
    fn states(&self) -> u64 {
        self.coverage.states + self.found()
    }

    /// Discards the results of this level.
    fn give_up(&mut self) -> LevelEnd {
        self.shared.workers.iter().for_each(|worker| locked(worker).found.clear());
        write(&self.shared.level).restart();
        LevelEnd::GivenUp
    }

    /// Grows the structures that are full. False if one cannot grow.
    fn make_room(&mut self) -> bool {
        let states = self.states();
        let mut tree = write(&self.shared.tree);
        if tree.is_full() && !tree.grow() {
            return false;
        }
        let mut table = write(&self.shared.table);
        if table.is_short_of(states) {
            table.grow();
        }
        true
    }

    /// Sets the ceiling of insertions to about `most` states.
    fn settle(&mut self, most: u64) {
        self.shared.workers.iter().for_each(|worker| locked(worker).drop_grant());
        write(&self.shared.table).settle(self.states(), most);
    }

    /// Bytes for this many states, of which so many are waiting.
    fn bytes(&self, states: u64, waiting: u64) -> u64 {
        bytes(self.shared, states, self.waiting.max(waiting))
    }

    /// The figures that limits are compared with.
    fn tally_ahead(&self, depth: u32) -> Tally {
        let Coverage { states, expanded, .. } = self.coverage;
        let beside = overhead(self.plan.limits.memory);
        Tally { states, expanded, depth, bytes: self.bytes(states, states - expanded) + beside }
    }

    /// The most states that the memory limit allows at the end of the level, of which `waiting` are being expanded.
    fn most(&self, waiting: u64) -> u64 {
        let Some(memory) = self.plan.limits.memory else { return u64::MAX };
        let allowed = memory.saturating_sub(overhead(Some(memory)));
        let before = self.coverage.states;
        let fits = |new: u64| self.bytes(before + new, waiting + new) < allowed;
        // A state takes at least one word.
        let (mut fit, mut too_many) = (0, memory / 8 + 1);
        while fit + 1 < too_many {
            let middle = fit.midpoint(too_many);
            if fits(middle) { fit = middle } else { too_many = middle }
        }
        before + fit
    }

    /// Evaluates the properties on the states that were found and not expanded. Whether one of them decides something.
    fn evaluate_rest<const WIDE: bool>(&mut self, scratch: &mut WorkerScratch<P::Scratch>) -> bool {
        let mut decided = false;
        let level = read(&self.shared.level);
        for key in level.rest() {
            decided |= self.shared.evaluate::<WIDE>(key, scratch, &mut self.sums);
        }
        for worker in &self.shared.workers {
            for key in &locked(worker).found {
                decided |= self.shared.evaluate::<WIDE>(*key, scratch, &mut self.sums);
            }
        }
        decided
    }

    fn conclude(mut self, stopped: Option<StopReason>, meter: &mut Meter<'_>) -> OutcomeOf<P> {
        let system = self.shared.packed.system();
        let coverage = &mut self.coverage;
        coverage.conclude(&self.sums.cuts);
        let coverage = *coverage;
        let stored = bytes_for(coverage.states) + self.tree;
        let total = stored + self.waiting.max(coverage.frontier) * 8;
        meter.report(Tally {
            states: coverage.states,
            expanded: coverage.expanded,
            depth: coverage.depth,
            bytes: total,
        });
        let searched = meter.gate().elapsed();
        meter.finish(searched);
        let verdict =
            |property: &crate::Property| Verdict::conclude(property.kind, None, stopped.is_none(), coverage.cut > 0);
        let mut marks = MarkSet::new(system.marks());
        marks.insert_words(self.sums.marks.words());
        Outcome {
            verdicts: system.properties().iter().map(verdict).collect(),
            violations: system.properties().iter().map(|_| Violations::none()).collect(),
            premises: self.sums.vacuous.iter().map(|vacuous| coverage.states - vacuous).collect(),
            end: stopped.map_or(End::Complete, End::Stopped),
            coverage,
            marks,
            cuts: self.sums.cuts,
            store: StoreReport {
                name: StoreKind::StatesOnly.name(),
                exact: true,
                bytes: stored.div_ceil(coverage.states.max(1)),
                total,
                collision_bound: 0.0,
            },
        }
    }
}
