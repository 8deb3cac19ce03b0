//! Breadth-first search over packed states, level by level, on any number of threads: the default engine.
//!
//! The outcome is that of one thread which expands one state after another in the order of discovery: the same numbers of states, coverage
//! and runs, also when the search is stopped. The states of a level are processed in blocks. First, threads expand batches of a block's
//! states and sort the successors by shard of the store; the number of shards is fixed. Second, each shard inserts its entries in the order
//! of the states and events they come from; the first occurrence of a state counts as its discovery. No data is written by two threads in
//! the same phase, so there are no races. Third, the coordinator gives new states their numbers in the order of discovery, while the next
//! block is expanded.
//!
//! Each phase does the same operation many times in a row, so that many memory accesses can be in flight at once.

mod batch;
mod compression;
mod coordinator;
mod discovery_log;
mod memory_forecast;
mod saved;
mod shard;
mod state_reader;
mod store;
mod work;

use std::cell::RefCell;
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;

use crate::analysis::{Findings, decide, verdicts};
use crate::checkpoint::{Checkpoint, CheckpointError, Keeper};
use crate::engine::common::locks::write;
use crate::engine::common::pool::{JoinGuard, Pool};
use crate::engine::common::width::{Dynamic, Fixed, Width};
use crate::engine::queries::Queries;
use crate::limits::Meter;
use crate::outcome::{End, Outcome, StopReason, StoreReport};
use crate::packed::{OutcomeOf, Packed};
use crate::plan::{Plan, StoreKind};
use crate::system::{System, needs_graph};

use compression::TreeTables;
use coordinator::{Coordinator, INSERT};
use saved::may_go_on;
use shard::{EntryLayout, Shard};
use state_reader::StateReader;
use store::{KeyEncoding, collision_bound, shards};
use work::{Block, SearchShared};

/// Searches `packed`.
pub(crate) fn search<P: Packed>(packed: &P, plan: &Plan, meter: &mut Meter<'_>) -> OutcomeOf<P> {
    unkept(explored(packed, plan, meter, needs_graph(packed.system()), None, Concluding))
}

/// Searches `packed` and keeps the search on file.
pub(crate) fn search_on_file<P: Packed>(
    packed: &P,
    plan: &Plan,
    checkpoint: &Checkpoint,
    meter: &mut Meter<'_>,
) -> Result<OutcomeOf<P>, CheckpointError> {
    let mut keeper = Keeper::new(checkpoint, packed.system(), plan);
    keeper.lock()?;
    explored(packed, plan, meter, needs_graph(packed.system()), Some(keeper), Concluding)
}

/// The result of a search without a checkpoint file, which cannot fail.
fn unkept<T>(made: Result<T, CheckpointError>) -> T {
    made.unwrap_or_else(|error| unreachable!("nothing is encoding on file: {error}"))
}

/// Every reachable state in packed layout, in the order of discovery.
pub(crate) fn states<P: Packed>(packed: &P, plan: &Plan, meter: &mut Meter<'_>) -> Result<Vec<u64>, StopReason> {
    unkept(explored(packed, plan, meter, false, None, Listing))
}

/// What to compute from a finished exploration. A trait instead of a closure, because the key width is a type parameter chosen in between.
trait Finish<P: Packed> {
    type Made;
    fn finish<K: Width>(
        self,
        coordinator: Coordinator<'_, '_, P, K>,
        worker: work::Worker<P::Scratch>,
        stopped: Option<StopReason>,
        meter: &mut Meter<'_>,
    ) -> Self::Made;
}

/// Chooses the key encoding and instantiates the search for the width of its keys.
fn explored<P: Packed, F: Finish<P>>(
    packed: &P,
    plan: &Plan,
    meter: &mut Meter<'_>,
    graph: bool,
    keeper: Option<Keeper>,
    finish: F,
) -> Result<F::Made, CheckpointError> {
    let width = packed.system().words();
    let encoding = match plan.store {
        StoreKind::Exact => KeyEncoding::Whole,
        StoreKind::Fingerprint => KeyEncoding::Fingerprint,
        // A state of one word is as small as a pair.
        StoreKind::Compressed | StoreKind::StatesOnly if width < 2 => KeyEncoding::Whole,
        // Searches that need parents or the graph fall back to the most compact encoding that has them.
        StoreKind::Compressed | StoreKind::StatesOnly => KeyEncoding::Compressed(TreeTables::new(width)),
    };
    let task = Task { packed, plan, graph, keeper };
    match encoding.key_words(width) {
        1 => explored_with(task, meter, encoding, Fixed::<1>, finish),
        2 => explored_with(task, meter, encoding, Fixed::<2>, finish),
        words => explored_with(task, meter, encoding, Dynamic(words), finish),
    }
}

/// The part of the set-up that does not depend on the key width.
struct Task<'t, P> {
    packed: &'t P,
    plan: &'t Plan,
    graph: bool,
    keeper: Option<Keeper>,
}

fn explored_with<P: Packed, K: Width, F: Finish<P>>(
    task: Task<'_, P>,
    meter: &mut Meter<'_>,
    encoding: KeyEncoding,
    key: K,
    finish: F,
) -> Result<F::Made, CheckpointError> {
    let Task { packed, plan, graph, keeper } = task;
    let hashed = encoding.is_hashed();
    let shared = SearchShared {
        packed,
        layout: EntryLayout { key, state: encoding.state_words(packed.system().words()) },
        encoding,
        shards: shards(|number| RwLock::new(Shard::new(number, hashed))),
        blocks: RwLock::new([Block::new(), Block::new()]),
        queries: RwLock::new(Queries::of(packed.system(), |_| true, graph)),
        gate: meter.gate().clone(),
        futile: AtomicBool::new(false),
    };
    let threads = plan.threads.map_or(1, std::num::NonZero::get);
    let pool = Pool::new(threads);
    let mut coordinator = Coordinator::new(&shared, graph, threads);
    if let Some(mut source) = keeper.as_ref().map(Keeper::open).transpose()?.flatten() {
        coordinator.restore(&mut source)?;
        meter.resumed(u64::from(coordinator.log.len()));
    }
    coordinator.keeper = keeper;
    if let Some(keeper) = &mut coordinator.keeper {
        keeper.note(coordinator.coverage.expanded);
    }
    let (worker, stopped) = std::thread::scope(|scope| {
        for _ in 0..pool.helpers() {
            scope.spawn(|| {
                let mut worker = shared.worker();
                pool.help(|work| match work & INSERT {
                    0 => shared.expand(work, &mut worker),
                    _ => shared.insert(work & !INSERT),
                });
            });
        }
        let mut guard = JoinGuard { pool: &pool, busy: false };
        let mut worker = shared.worker();
        let stopped = coordinator.explore(plan, meter, &mut guard, &mut worker);
        (worker, stopped)
    });
    let Some(mut keeper) = coordinator.keeper.take() else {
        return Ok(finish.finish(coordinator, worker, stopped, meter));
    };
    if let Some(error) = keeper.failed.take() {
        return Err(error.into());
    }
    let made = finish.finish(coordinator, worker, stopped, meter);
    // Remove the file only now: the analysis can be interrupted, too.
    if !stopped.or(meter.gate().urgent()).is_some_and(may_go_on) {
        keeper.remove()?;
    }
    Ok(made)
}

struct Listing;

impl<P: Packed> Finish<P> for Listing {
    type Made = Result<Vec<u64>, StopReason>;

    fn finish<K: Width>(
        self,
        coordinator: Coordinator<'_, '_, P, K>,
        _: work::Worker<P::Scratch>,
        stopped: Option<StopReason>,
        _: &mut Meter<'_>,
    ) -> Self::Made {
        if let Some(reason) = stopped {
            return Err(reason);
        }
        let state_reader = state_reader(&coordinator);
        let mut words = Vec::with_capacity(coordinator.log.len() as usize * coordinator.shared.packed.system().words());
        (0..coordinator.log.len()).for_each(|number| state_reader.append_words(number, &mut words));
        Ok(words)
    }
}

/// Reads the numbered states. Moves the shards out of the coordinator.
fn state_reader<'l, P: Packed, K: Width>(coordinator: &'l Coordinator<'_, '_, P, K>) -> StateReader<'l, P, K> {
    let shared = coordinator.shared;
    let take = |shard: &RwLock<Shard>| {
        let mut shard = std::mem::replace(&mut *write(shard), Shard::new(0, false));
        shard.close();
        shard
    };
    StateReader {
        packed: shared.packed,
        layout: shared.layout,
        encoding: &shared.encoding,
        shards: shared.shards.iter().map(take).collect(),
        log: &coordinator.log,
        replayed: RefCell::default(),
    }
}

struct Concluding;

impl<P: Packed> Finish<P> for Concluding {
    type Made = OutcomeOf<P>;

    fn finish<K: Width>(
        self,
        mut coordinator: Coordinator<'_, '_, P, K>,
        mut worker: work::Worker<P::Scratch>,
        stopped: Option<StopReason>,
        meter: &mut Meter<'_>,
    ) -> Self::Made {
        coordinator.evaluate_rest(&mut worker);
        let system = coordinator.shared.packed.system();
        let states = coordinator.log.len();
        let coverage = &mut coordinator.coverage;
        coverage.states = u64::from(states);
        coverage.conclude(&coordinator.cuts);
        let coverage = *coverage;
        let tally = coordinator.tally(coverage.depth);
        let store = report(&coordinator.shared.encoding, system.words(), coverage.states, tally.bytes);
        meter.report(tally);
        let searched = meter.gate().elapsed();
        let mut found = Findings::of(&coordinator.found, system.properties().len());
        let graph = coordinator.take_graph();
        coordinator.dismiss();
        let state_reader = state_reader(&coordinator);
        let patience = meter.gate().patience_since(coordinator.left);
        let looked = graph.is_none_or(|(mut graph, known)| {
            graph.close(states, coverage.initial as u32);
            decide(system, &graph, &state_reader, Some(known), &mut found, &patience)
        });
        let stopped = stopped.or(patience.gave_up());
        let (verdicts, violations) =
            verdicts(system, &state_reader, found, looked, stopped.is_none(), coverage.cut > 0);
        meter.finish(searched);
        Outcome {
            verdicts,
            violations,
            premises: coordinator.vacuous.iter().map(|vacuous| coverage.states - vacuous).collect(),
            end: stopped.map_or(End::Complete, End::Stopped),
            coverage,
            marks: coordinator.marks,
            cuts: coordinator.cuts,
            store,
        }
    }
}

/// Bytes of a state besides its key: its shard, its count of children, its slots in the table at the usual load.
const BESIDE_THE_KEY: u64 = 8;

fn report(encoding: &KeyEncoding, width: usize, states: u64, total: u64) -> StoreReport {
    let bytes = encoding.key_words(width) as u64 * 8 + BESIDE_THE_KEY;
    match encoding {
        KeyEncoding::Whole => StoreReport { name: "exact", exact: true, bytes, total, collision_bound: 0.0 },
        KeyEncoding::Compressed(pairs) => {
            let bytes = bytes + pairs.bytes().div_ceil(states.max(1));
            StoreReport { name: "compressed", exact: true, bytes, total, collision_bound: 0.0 }
        }
        KeyEncoding::Fingerprint => {
            let collision_bound = collision_bound(states);
            StoreReport { name: "fingerprint", exact: false, bytes, total, collision_bound }
        }
    }
}
