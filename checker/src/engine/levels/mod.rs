//! The engine for use: breadth first over packed states, level by level, on any number of threads.
//!
//! It finds what one thread finds that expands one state after another in the order of discovery, whatever the number of threads: the
//! same numbers of states, the same coverage, the same runs, also when it is stopped. The states of a level are taken in blocks, in
//! order. In a first step threads expand the states of a block and sort what they find by parts of the store, of which there are always
//! equally many. In a second step each part takes up its entries, in the order of the states and events that they come from; who
//! comes first in it is new. Between the steps nothing is shared that is written, so there is no race to be lost. Last, new states
//! get their numbers in the order of discovery, while the next block is under way.
//!
//! That each step works through much alike in a row is also what makes it fast: memory is waited for once for many states.

mod archive;
pub(crate) mod foresight;
pub(crate) mod hash;
mod leader;
mod order;
pub(crate) mod pairs;
mod part;
pub(crate) mod recent;
mod saved;
mod share;
mod store;
pub(crate) mod team;
pub(crate) mod width;
pub(crate) mod work;

use std::cell::RefCell;
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;

use crate::analysis::{Findings, decide, verdicts};
use crate::checkpoint::{Checkpoint, CheckpointError, Keeper};
use crate::engine::wanted::Wanted;
use crate::limits::Meter;
use crate::outcome::{End, Outcome, StopReason, StoreReport};
use crate::packed::Packed;
use crate::plan::{Plan, StoreKind};
use crate::system::{System, needs_graph};

use archive::Archive;
use leader::{INSERT, Leader};
use pairs::Pairs;
use part::{Form, Part};
use saved::may_go_on;
use store::{Kept, collision_bound, parts};
use team::{Dismissal, Team};
use width::{Dynamic, Fixed, Width};
use work::{Block, Shared};

/// The outcome of a search of `P`.
type OutcomeOf<P> = Outcome<<<P as Packed>::Of as System>::State, <<P as Packed>::Of as System>::Event>;

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

/// What comes of a search that touches no file.
fn unkept<T>(made: Result<T, CheckpointError>) -> T {
    made.unwrap_or_else(|error| unreachable!("nothing is kept on file: {error}"))
}

/// Every reachable state in packed form, in the order of discovery.
pub(crate) fn states<P: Packed>(packed: &P, plan: &Plan, meter: &mut Meter<'_>) -> Result<Vec<u64>, StopReason> {
    unkept(explored(packed, plan, meter, false, None, Listing))
}

/// What is made of an exploration. A trait instead of a closure, because the width of the keys is chosen in between.
trait Finish<P: Packed> {
    type Made;
    fn finish<K: Width>(
        self,
        leader: Leader<'_, '_, P, K>,
        worker: work::Worker<P::Scratch>,
        stopped: Option<StopReason>,
        meter: &mut Meter<'_>,
    ) -> Self::Made;
}

/// Picks the width of the keys.
fn explored<P: Packed, F: Finish<P>>(
    packed: &P,
    plan: &Plan,
    meter: &mut Meter<'_>,
    graph: bool,
    keeper: Option<Keeper>,
    finish: F,
) -> Result<F::Made, CheckpointError> {
    let width = packed.system().words();
    let kept = match plan.store {
        StoreKind::Exact => Kept::States,
        StoreKind::Fingerprint => Kept::Fingerprints,
        // A single word is as small as a pair.
        StoreKind::Compressed | StoreKind::Bare if width < 2 => Kept::States,
        // What needs the way back, or the graph, gets them with as little memory as there is a store for.
        StoreKind::Compressed | StoreKind::Bare => Kept::Pairs(Pairs::new(width)),
    };
    let task = Task { packed, plan, graph, keeper };
    match kept.key_words(width) {
        1 => explored_with(task, meter, kept, Fixed::<1>, finish),
        2 => explored_with(task, meter, kept, Fixed::<2>, finish),
        words => explored_with(task, meter, kept, Dynamic(words), finish),
    }
}

/// What does not depend on the width.
struct Task<'t, P> {
    packed: &'t P,
    plan: &'t Plan,
    graph: bool,
    keeper: Option<Keeper>,
}

fn explored_with<P: Packed, K: Width, F: Finish<P>>(
    task: Task<'_, P>,
    meter: &mut Meter<'_>,
    kept: Kept,
    key: K,
    finish: F,
) -> Result<F::Made, CheckpointError> {
    let Task { packed, plan, graph, keeper } = task;
    let hashed = kept.is_hashed();
    let shared = Shared {
        packed,
        form: Form { key, state: kept.state_words(packed.system().words()) },
        kept,
        parts: parts(|number| RwLock::new(Part::new(number, hashed))),
        blocks: RwLock::new([Block::new(), Block::new()]),
        wanted: RwLock::new(Wanted::of(packed.system(), |_| true, graph)),
        gate: meter.gate().clone(),
        futile: AtomicBool::new(false),
    };
    let threads = plan.threads.map_or(1, std::num::NonZero::get);
    let team = Team::new(threads);
    let mut leader = Leader::new(&shared, graph, threads);
    if let Some(mut source) = keeper.as_ref().map(Keeper::open).transpose()?.flatten() {
        leader.restore(&mut source)?;
        meter.resumed(u64::from(leader.order.len()));
    }
    leader.keeper = keeper;
    if let Some(keeper) = &mut leader.keeper {
        keeper.note(leader.coverage.expanded);
    }
    let (worker, stopped) = std::thread::scope(|scope| {
        for _ in 0..team.helpers() {
            scope.spawn(|| {
                let mut worker = shared.worker();
                team.help(|work| match work & INSERT {
                    0 => shared.expand(work, &mut worker),
                    _ => shared.insert(work & !INSERT),
                });
            });
        }
        let mut dismissal = Dismissal { team: &team, busy: false };
        let mut worker = shared.worker();
        let stopped = leader.explore(plan, meter, &mut dismissal, &mut worker);
        (worker, stopped)
    });
    let Some(mut keeper) = leader.keeper.take() else { return Ok(finish.finish(leader, worker, stopped, meter)) };
    if let Some(error) = keeper.failed.take() {
        return Err(error.into());
    }
    let made = finish.finish(leader, worker, stopped, meter);
    // Not before: what comes after the search can be interrupted, too.
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
        leader: Leader<'_, '_, P, K>,
        _: work::Worker<P::Scratch>,
        stopped: Option<StopReason>,
        _: &mut Meter<'_>,
    ) -> Self::Made {
        if let Some(reason) = stopped {
            return Err(reason);
        }
        let archive = archive(&leader);
        let mut words = Vec::with_capacity(leader.order.len() as usize * leader.shared.packed.system().words());
        (0..leader.order.len()).for_each(|number| archive.append_words(number, &mut words));
        Ok(words)
    }
}

/// The states that a leader has numbered. Its store is moved over.
fn archive<'l, P: Packed, K: Width>(leader: &'l Leader<'_, '_, P, K>) -> Archive<'l, P, K> {
    let shared = leader.shared;
    let take = |part: &RwLock<Part>| {
        let mut part = std::mem::replace(&mut *work::write(part), Part::new(0, false));
        part.close();
        part
    };
    Archive {
        packed: shared.packed,
        form: shared.form,
        kept: &shared.kept,
        parts: shared.parts.iter().map(take).collect(),
        order: &leader.order,
        way: RefCell::default(),
    }
}

struct Concluding;

impl<P: Packed> Finish<P> for Concluding {
    type Made = OutcomeOf<P>;

    fn finish<K: Width>(
        self,
        mut leader: Leader<'_, '_, P, K>,
        mut worker: work::Worker<P::Scratch>,
        stopped: Option<StopReason>,
        meter: &mut Meter<'_>,
    ) -> Self::Made {
        leader.ask_the_rest(&mut worker);
        let system = leader.shared.packed.system();
        let states = leader.order.len();
        let coverage = &mut leader.coverage;
        coverage.states = u64::from(states);
        coverage.conclude(&leader.cuts);
        let coverage = *coverage;
        let tally = leader.tally(coverage.depth);
        let store = report(&leader.shared.kept, system.words(), coverage.states, tally.bytes);
        meter.report(tally);
        let searched = meter.gate().elapsed();
        let mut found = Findings::of(&leader.found, system.properties().len());
        let graph = leader.take_graph();
        leader.dismiss();
        let archive = archive(&leader);
        let patience = meter.gate().patience();
        let looked = graph.is_none_or(|(mut graph, known)| {
            graph.close(states, coverage.initial as u32);
            decide(system, &graph, &archive, Some(known), &mut found, &patience)
        });
        let stopped = stopped.or(patience.gave_up());
        let (verdicts, violations) = verdicts(system, &archive, found, looked, stopped.is_none(), coverage.cut > 0);
        meter.finish(searched);
        Outcome {
            verdicts,
            violations,
            premises: leader.idle.iter().map(|idle| coverage.states - idle).collect(),
            end: stopped.map_or(End::Complete, End::Stopped),
            coverage,
            marks: leader.marks,
            cuts: leader.cuts,
            store,
        }
    }
}

/// Bytes of a state beside its key: its part, its children, its share of the table at the load that is usual.
const BESIDE_THE_KEY: u64 = 8;

fn report(kept: &Kept, width: usize, states: u64, total: u64) -> StoreReport {
    let bytes = kept.key_words(width) as u64 * 8 + BESIDE_THE_KEY;
    match kept {
        Kept::States => StoreReport { name: "exact", exact: true, bytes, total, collision_bound: 0.0 },
        Kept::Pairs(pairs) => {
            let bytes = bytes + pairs.bytes().div_ceil(states.max(1));
            StoreReport { name: "compressed", exact: true, bytes, total, collision_bound: 0.0 }
        }
        Kept::Fingerprints => {
            let collision_bound = collision_bound(states);
            StoreReport { name: "fingerprint", exact: false, bytes, total, collision_bound }
        }
    }
}
