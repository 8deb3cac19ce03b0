//! The coordinator of a search: sets up blocks level by level, numbers new states in the order of discovery, and stops at the same state as
//! a sequential search.

use std::sync::atomic::Ordering;

use crate::analysis::{Owed, StateFacts};
use crate::checkpoint::Keeper;
use crate::engine::common::hash::SHARDS;
use crate::engine::common::locks::{read, write};
use crate::engine::common::pool::JoinGuard;
use crate::engine::common::width::Width;
use crate::engine::queries::Queries;
use crate::graph::Graph;
use crate::limits::{Meter, Since, Tally};
use crate::marks::MarkSet;
use crate::masks::Masks;
use crate::outcome::{Coverage, StopReason};
use crate::packed::{Packed, SuccessorSink};
use crate::plan::Plan;
use crate::signature::Distinct;
use crate::system::{Actor, Kind, System};

use super::batch::{Batch, BatchSink};
use super::discovery_log::DiscoveryLog;
use super::memory_forecast::MemoryForecast;
use super::saved::{Position, may_go_on};
use super::shard::{NEW, located};
use super::store::KeyEncoding;
use super::work::{Block, SearchShared, Worker};

/// The fewest and the most states of a block. Longer blocks access neighbouring memory more often in a row; but all successors wait in
/// buffers until the block is done.
const BLOCK: std::ops::RangeInclusive<u32> = 8_192..=65_536;
/// States of one word per block; of wider states, fewer.
const BLOCK_WORDS: u32 = 2 * 65_536;
/// The fewest and the most states of a batch.
const BATCH: std::ops::RangeInclusive<u32> = 32..=4_096;

/// The state of a search between two blocks, and the parts of it that only the coordinator touches.
pub(crate) struct Coordinator<'a, 's, P: Packed, K> {
    pub shared: &'s SearchShared<'a, P, K>,
    pub log: DiscoveryLog,
    /// Edges, if some property needs them.
    pub graph: Option<Graph>,
    /// For edges: the state numbers by shard and place.
    pub numbers: Vec<Vec<u32>>,
    /// For each `Eventually` property.
    pub owed: Vec<Owed>,
    /// By state, the agents that need not move, if some property asks who is stuck.
    pub idle: Masks,
    pub found: Distinct<u32>,
    pub vacuous: Vec<u64>,
    pub marks: MarkSet,
    pub cuts: Vec<u64>,
    pub coverage: Coverage,
    pub bytes: Vec<u64>,
    /// Memory that will be needed and is not allocated yet.
    pub forecast: MemoryForecast,
    /// Writes checkpoints, if they are asked for.
    pub keeper: Option<Keeper>,
    /// Where to continue, if the search was restored from a checkpoint.
    pub resumed: Option<Position>,
    /// Since when the search has been at its end, if it was stopped.
    pub left: Option<Since>,
    threads: u32,
    /// The most states of a block. It does not depend on the number of threads, because memory is looked at between blocks.
    block: u32,
}

/// A block whose states are expanded and whose new successors are in the store without numbers.
#[derive(Clone, Copy)]
struct PendingBlock {
    block: usize,
    first: u32,
    len: u32,
    depth: u32,
}

impl<'a, 's, P: Packed, K: Width> Coordinator<'a, 's, P, K> {
    pub(crate) fn new(shared: &'s SearchShared<'a, P, K>, graph: bool, threads: usize) -> Self {
        let system = shared.packed.system();
        let properties = system.properties().len();
        let numbers = if graph { vec![Vec::new(); SHARDS] } else { Vec::new() };
        let eventually = system.properties().iter().filter(|property| property.kind == Kind::Eventually).count();
        let owed = if graph { eventually } else { 0 };
        Self {
            shared,
            log: DiscoveryLog::new(),
            graph: graph.then(Graph::new),
            numbers,
            owed: vec![Owed::default(); owed],
            idle: Masks::new(system.agents()),
            found: Distinct::new(properties),
            vacuous: vec![0; properties],
            marks: MarkSet::new(system.marks()),
            cuts: vec![0; system.bounds()],
            coverage: Coverage::default(),
            bytes: vec![0; SHARDS],
            forecast: MemoryForecast::new(system, &shared.encoding, owed > 0, graph),
            keeper: None,
            resumed: None,
            left: None,
            threads: threads as u32,
            block: (BLOCK_WORDS / (system.words() as u32 + 1)).clamp(*BLOCK.start(), *BLOCK.end()),
        }
    }

    /// Explores until nothing is left or something says stop.
    pub(crate) fn explore(
        &mut self,
        plan: &Plan,
        meter: &mut Meter<'_>,
        pool: &mut JoinGuard<'_>,
        worker: &mut Worker<P::Scratch>,
    ) -> Option<StopReason> {
        let mut at = match self.resumed.take() {
            Some(position) => position,
            None => {
                self.begin();
                let at = Position { level_end: self.log.len(), ..Position::default() };
                // Write the first checkpoint at once: an unwritable path must fail now, not after an hour.
                if let Some(reason) = self.save(at) {
                    return Some(reason);
                }
                at
            }
        };
        // With tree compression, blocks do not overlap: the size of the tables is a figure of the limits, and must not change while it is
        // read.
        let overlap = !matches!(self.shared.encoding, KeyEncoding::Compressed(_));
        let (mut next, mut block) = (self.coverage.expanded as u32, 0);
        let mut pending: Option<PendingBlock> = None;
        loop {
            let due = self.is_due(next);
            if next != at.level_end && at.block_len.is_none() && overlap {
                // Fixed before the pending block is absorbed, whether that is now or later.
                at.block_len = Some(self.forecast.block(self.block, plan.limits.memory));
            }
            if (next == at.level_end || !overlap || due)
                && let Some(pending) = pending.take()
                && let Some(reason) = self.absorb_or_cut(pending, plan, pool, worker)
            {
                return Some(reason);
            }
            if next == at.level_end {
                if self.log.len() == at.level_end {
                    self.coverage.levels_complete = if next == 0 { 0 } else { at.depth + 1 };
                    return None;
                }
                let depth = at.depth + 1;
                self.coverage.levels_complete = depth;
                self.forget_before(at.level_end);
                // All shards: which ones were touched depends on the front caches of the threads.
                self.weigh(u64::MAX);
                at = Position { level_start: at.level_end, level_end: self.log.len(), depth, block_len: None };
            }
            if due && let Some(reason) = self.save(at) {
                return Some(reason);
            }
            let block_len = match at.block_len {
                Some(len) => len,
                None => self.forecast.block(self.block, plan.limits.memory),
            };
            let len = size(plan, next, (at.level_end - next).min(block_len));
            self.set_up(block, next, len);
            self.shared.futile.store(false, Ordering::Relaxed);
            pool.start(block);
            if let Some(pending) = pending.take()
                && let Some(reason) = self.absorb_or_cut(pending, plan, pool, worker)
            {
                return Some(reason);
            }
            at.block_len = Some(block_len);
            if let Some(reason) = meter.closed(self.tally_ahead(at.depth, block_len, plan.limits.memory)) {
                self.shared.futile.store(true, Ordering::Relaxed);
                pool.finish();
                return Some(self.leave(at, reason));
            }
            self.shared.expand(block, worker);
            pool.finish();
            if self.is_unfinished(block) {
                let reason = self.shared.gate.urgent().unwrap_or(StopReason::Interrupt);
                return Some(self.leave(at, reason));
            }
            at.block_len = None;
            pool.start(block | INSERT);
            self.shared.insert(block);
            pool.finish();
            pending = Some(PendingBlock { block, first: next, len, depth: at.depth });
            next += len;
            block ^= 1;
        }
    }

    /// Ends the search at a position between blocks, with a last checkpoint if it can be resumed.
    fn leave(&mut self, at: Position, reason: StopReason) -> StopReason {
        // the second of grace for the analysis begins before the last checkpoint is written
        self.left = self.shared.gate.urgent().map(|_| Since::now());
        if may_go_on(reason) {
            self.save(at);
        }
        reason
    }

    /// Adds the initial states.
    fn begin(&mut self) {
        let shared = self.shared;
        let system = shared.packed.system();
        self.set_up(0, 0, 0);
        {
            let blocks = read(&shared.blocks);
            let mut batch = write(&blocks[0].batches[0]);
            let mut words = vec![0; system.words()];
            for state in system.initial() {
                words.fill(0);
                system.pack(&state, &mut words);
                let mut sink = BatchSink {
                    batch: &mut batch,
                    state: None,
                    own: 0,
                    coder: &mut Default::default(),
                    cache: None,
                    encoding: &shared.encoding,
                    key: shared.layout.key,
                    edges: false,
                    transitions: 0,
                    curtailed: false,
                    busy: false,
                };
                sink.take(Actor::EnvironmentFault, &words);
            }
            batch.make_lookups();
        }
        shared.insert(0);
        let blocks = read(&shared.blocks);
        for lookups in &read(&blocks[0].batches[0]).lookups {
            self.number(lookups.load(Ordering::Relaxed));
        }
        self.log.end_initial();
        self.coverage.initial = u64::from(self.log.len());
        self.weigh(u64::MAX);
    }

    /// Numbers a state if the lookup says that it is new. Returns its number if edges are kept, otherwise 0.
    #[inline(always)]
    fn number(&mut self, lookups: u32) -> u32 {
        if lookups & NEW == 0 && self.graph.is_none() {
            return 0;
        }
        let (shard, place) = located(lookups);
        if lookups & NEW == 0 {
            return self.numbers[shard][place as usize];
        }
        let number = self.log.len();
        self.log.push(shard);
        if self.graph.is_some() {
            self.numbers[shard].push(number);
        }
        number
    }

    /// Sets up a block for the states `first..first + len`, cut into batches.
    fn set_up(&self, block: usize, first: u32, len: u32) {
        let system = self.shared.packed.system();
        let size = (len / (4 * self.threads)).clamp(*BATCH.start(), *BATCH.end());
        let used = len.div_ceil(size).max(1);
        let mut blocks = write(&self.shared.blocks);
        let block = &mut blocks[block];
        let count = block.batches.len().max(used as usize);
        block.batches.resize_with(count, || std::sync::RwLock::new(Batch::new(system)));
        let mut places = self.log.counts_before(first);
        let mut start = first;
        for batch in &block.batches[..used as usize] {
            let end = (start + size).min(first + len);
            let shards = self.log.shards(start, end);
            write(batch).set(start, shards, &places);
            for shard in shards {
                places[usize::from(*shard)] += 1;
            }
            start = end;
        }
        block.restart(used as usize);
        drop(blocks);
        *write(&self.shared.queries) = self.queries();
    }

    fn queries(&self) -> Queries {
        let open = |property: usize| !self.found.has(property);
        Queries::of(self.shared.packed.system(), open, self.graph.is_some())
    }

    fn is_unfinished(&self, block: usize) -> bool {
        read(&self.shared.blocks)[block].batches().iter().any(|batch| read(batch).unfinished)
    }

    /// Numbers the successors of a pending block. If a sequential search would have stopped within it, the insertions beyond that state are
    /// undone.
    fn absorb_or_cut(
        &mut self,
        pending: PendingBlock,
        plan: &Plan,
        pool: &mut JoinGuard<'_>,
        worker: &mut Worker<P::Scratch>,
    ) -> Option<StopReason> {
        let Some((len, reason)) = self.cut(pending, plan) else {
            self.absorb(pending);
            return None;
        };
        self.shared.futile.store(true, Ordering::Relaxed);
        pool.finish();
        self.shared.futile.store(false, Ordering::Relaxed);
        for (shard, len) in self.shared.shards.iter().zip(self.log.counts()) {
            write(shard).shrink(self.shared.layout, *len);
        }
        worker.forget();
        let pending = PendingBlock { len, ..pending };
        self.set_up(pending.block, pending.first, len);
        self.shared.expand(pending.block, worker);
        if self.is_unfinished(pending.block) {
            // Time is up or somebody asked to stop. States without numbers are dropped.
            return Some(self.shared.gate.urgent().unwrap_or(reason));
        }
        self.shared.insert(pending.block);
        self.absorb(pending);
        Some(reason)
    }

    /// After how many states of a pending block a sequential search would have stopped, and why; nothing if it would not.
    fn cut(&self, pending: PendingBlock, plan: &Plan) -> Option<(u32, StopReason)> {
        if self.shared.shards.iter().any(|shard| read(shard).is_full()) {
            return Some((0, StopReason::Memory));
        }
        let blocks = read(&self.shared.blocks);
        let mut cut: Option<(u32, StopReason)> = None;
        let mut earliest = |len: u32, reason| {
            if len < pending.len && cut.is_none_or(|(cut, _)| len < cut) {
                cut = Some((len, reason));
            }
        };
        let mut states = u64::from(self.log.len());
        for batch in blocks[pending.block].batches() {
            let batch = read(batch);
            if plan.stop_at_first {
                for (index, property) in self.shared.packed.system().properties().iter().enumerate() {
                    match (property.kind, batch.found.first(index)) {
                        // The sequential search sees the violation before it expands this state.
                        (Kind::Always, Some(number)) => earliest(number - pending.first, StopReason::Violation),
                        (Kind::AtEnd, Some(number)) => earliest(number + 1 - pending.first, StopReason::Violation),
                        _ => {}
                    }
                }
            }
            let Some(most) = plan.limits.states else { continue };
            let mut start = 0;
            for (number, end) in (batch.first..).zip(&batch.ends) {
                let new = |lookups: &&std::sync::atomic::AtomicU32| lookups.load(Ordering::Relaxed) & NEW != 0;
                states += batch.lookups[start..*end as usize].iter().filter(new).count() as u64;
                start = *end as usize;
                if states >= most {
                    earliest(number + 1 - pending.first, StopReason::States);
                    break;
                }
            }
        }
        cut
    }

    /// Adds the results of a pending block to the totals, in the order of its states.
    fn absorb(&mut self, pending: PendingBlock) {
        let shared = self.shared;
        let blocks = read(&shared.blocks);
        let mut touched = 0;
        let before = self.log.len();
        for batch in blocks[pending.block].batches() {
            let batch = read(batch);
            touched |= batch.touched;
            let mut curtailed = batch.curtailed.iter().copied().peekable();
            let mut start = 0;
            for (number, end) in (batch.first..).zip(&batch.ends) {
                let end = *end as usize;
                for successor in start..end {
                    let target = self.number(batch.lookups[successor].load(Ordering::Relaxed));
                    if let Some(graph) = &mut self.graph {
                        graph.push_edge_code(target, batch.actors[successor]);
                    }
                }
                start = end;
                self.log.end_children();
                if let Some(graph) = &mut self.graph {
                    graph.end_row(curtailed.next_if_eq(&number).is_some());
                }
            }
            self.coverage.transitions += batch.transitions;
            self.note(&batch);
        }
        let transitions = blocks[pending.block].batches().iter().map(|batch| read(batch).transitions).sum();
        drop(blocks);
        self.forecast.learn(pending.len, transitions);
        self.coverage.expanded += u64::from(pending.len);
        if self.log.len() > before {
            self.coverage.depth = pending.depth + 1;
        }
        self.weigh(touched);
    }

    /// Adds the results of a batch that do not depend on successors.
    fn note(&mut self, batch: &Batch) {
        self.found.merge(&batch.found);
        for (sum, vacuous) in self.vacuous.iter_mut().zip(&batch.vacuous) {
            *sum += vacuous;
        }
        self.marks.insert_words(batch.marks.words());
        self.cuts.resize(self.cuts.len().max(batch.cuts.len()), 0);
        for (sum, cuts) in self.cuts.iter_mut().zip(&batch.cuts) {
            *sum += cuts;
        }
        self.idle.append(&batch.idle);
        if self.owed.is_empty() {
            return;
        }
        for (number, bits) in (batch.first as usize..).zip(batch.owed.chunks(self.owed.len())) {
            for ((premise, goal), bits) in self.owed.iter_mut().zip(bits) {
                premise.grow(number + 1);
                goal.grow(number + 1);
                premise.set(number, bits & 1 != 0);
                goal.set(number, bits & 2 != 0);
            }
        }
    }

    /// Evaluates the properties on the states that were found and not expanded.
    pub(crate) fn evaluate_rest(&mut self, worker: &mut Worker<P::Scratch>) {
        let (mut first, states) = (self.coverage.expanded as u32, self.log.len());
        while first < states {
            let len = (states - first).min(self.block);
            self.set_up(0, first, len);
            let blocks = read(&self.shared.blocks);
            let shards: Vec<_> = self.shared.shards.iter().map(read).collect();
            let queries = self.queries();
            for batch in blocks[0].batches() {
                let mut batch = write(batch);
                self.shared.expand_batch(&mut batch, &shards, &queries, worker, true);
                self.note(&batch);
            }
            drop((blocks, shards));
            first += len;
        }
    }

    /// Drops the packed states before `number`, which are stored beside fingerprints and not needed any more.
    pub(crate) fn forget_before(&self, number: u32) {
        if let KeyEncoding::Fingerprint = self.shared.encoding {
            // `number` is the first state of the level that comes now.
            let counts = self.log.counts_before(number);
            for (shard, place) in self.shared.shards.iter().zip(counts) {
                write(shard).forget_before(self.shared.layout, place);
            }
        }
    }

    /// Updates the sizes of the touched shards.
    fn weigh(&mut self, touched: u64) {
        for (number, shard) in self.shared.shards.iter().enumerate() {
            if touched >> number & 1 == 1 {
                self.bytes[number] = read(shard).bytes();
            }
        }
    }

    /// Frees the buffers and tables of the search: the analysis needs the memory.
    pub(crate) fn dismiss(&mut self) {
        self.numbers = Vec::new();
        *write(&self.shared.blocks) = [Block::new(), Block::new()];
        self.shared.shards.iter().for_each(|shard| write(shard).drop_table());
    }

    /// Bytes of the store, without edges.
    pub(crate) fn store_bytes(&self) -> u64 {
        self.bytes.iter().sum::<u64>() + self.log.bytes() + self.shared.encoding.bytes()
    }

    /// The figures that limits are compared with, forecast included: once that memory is needed, the search cannot stop any more.
    fn tally_ahead(&self, depth: u32, block_len: u32, memory: Option<u64>) -> Tally {
        let tally = self.tally(depth);
        Tally { bytes: tally.bytes + self.forecast.bytes(tally.states, tally.bytes, block_len, memory), ..tally }
    }

    /// The figures without the forecast.
    pub(crate) fn tally(&self, depth: u32) -> Tally {
        let numbers: usize = self.numbers.iter().map(Vec::capacity).sum();
        let graph = self.graph.as_ref().map_or(0, |graph| graph.bytes() + self.idle.bytes());
        let bytes = self.store_bytes() + graph + numbers as u64 * 4;
        Tally { states: u64::from(self.log.len()), expanded: self.coverage.expanded, depth, bytes }
    }

    /// Takes the graph, if edges were kept, with the facts about states that its analysis needs.
    pub(crate) fn take_graph(&mut self) -> Option<(Graph, StateFacts)> {
        self.numbers = Vec::new();
        let idle = std::mem::replace(&mut self.idle, Masks::new(0));
        let known = StateFacts { owed: std::mem::take(&mut self.owed), idle };
        self.graph.take().map(|graph| (graph, known))
    }
}

/// The bit of a work number that says insert instead of expand.
pub(crate) const INSERT: usize = 2;

/// The length of the next block, cut where limits and reports of progress are due.
fn size(plan: &Plan, next: u32, most: u32) -> u32 {
    let expanded = u64::from(next);
    let every = plan.progress_every.max(1);
    let mut len = u64::from(most).min(every - expanded % every);
    if let Some((most, _)) = plan.limits.stop_after_expansions {
        len = len.min(most.saturating_sub(expanded).max(1));
    }
    len as u32
}
