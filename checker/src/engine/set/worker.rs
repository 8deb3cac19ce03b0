//! A worker: it expands states of the level and inserts successors in batches, so that their memory accesses overlap. Where a structure is
//! full it stops, keeps its unfinished work, and continues when there is room.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};

use crate::engine::common::front_cache::FrontCache;
use crate::engine::common::locks::read;
use crate::engine::common::width::same;
use crate::engine::queries::Queries;
use crate::limits::Gate;
use crate::marks::MarkWords;
use crate::packed::{Packed, PropertyValues, SuccessorSink};
use crate::system::{Actor, System, count_cut};

use super::table::{StateTable, mix};
use super::tree::{ConcurrentTree, DecodedState};

/// Keys of a batch: their slots are prefetched before they are looked up.
const BATCH: usize = 64;
/// The newest keys of a batch wait for the next one, because their memory may not have arrived.
const LATE: usize = 32;
/// States of a chunk. A request to stop waits for no more than these.
const CHUNK: usize = 256;

/// What all threads of a states-only search share.
pub(crate) struct SetShared<'a, P> {
    pub packed: &'a P,
    pub table: RwLock<StateTable>,
    pub tree: RwLock<ConcurrentTree>,
    pub level: RwLock<Level>,
    pub workers: Vec<Mutex<SetWorker>>,
    pub queries: Queries,
    pub gate: Gate,
    /// A worker has no room for its successors.
    pub short: AtomicBool,
    /// Some state decides a property.
    pub decided: AtomicBool,
    /// States found and expanded so far, for reports of progress.
    pub states: AtomicU64,
    pub expanded: AtomicU64,
}

/// The states of a level, by the worker that found them.
#[derive(Default)]
pub(crate) struct Level {
    pub keys: Vec<Vec<u64>>,
    next: AtomicUsize,
}

impl Level {
    pub(crate) fn new(keys: Vec<Vec<u64>>) -> Self {
        Self { keys, next: AtomicUsize::new(0) }
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.iter().map(Vec::len).sum()
    }

    /// Takes the next chunk.
    fn take(&self) -> Option<Chunk> {
        let mut chunk = self.next.fetch_add(1, Ordering::Relaxed);
        for (source, keys) in self.keys.iter().enumerate() {
            let chunks = keys.len().div_ceil(CHUNK);
            if chunk < chunks {
                return Some(Chunk { source, range: chunk * CHUNK..keys.len().min((chunk + 1) * CHUNK) });
            }
            chunk -= chunks;
        }
        None
    }

    /// Makes all chunks available again.
    pub(crate) fn restart(&mut self) {
        self.next = AtomicUsize::new(0);
    }

    /// The states of the chunks that are left.
    pub(crate) fn rest(&self) -> impl Iterator<Item = u64> {
        std::iter::from_fn(|| self.take()).flat_map(|chunk| self.keys[chunk.source][chunk.range].iter().copied())
    }
}

struct Chunk {
    source: usize,
    range: Range<usize>,
}

/// Sums over expanded states.
#[derive(Default)]
pub(crate) struct LevelSums {
    pub expanded: u64,
    pub transitions: u64,
    /// By property: in how many states its premise fails.
    pub vacuous: Vec<u64>,
    pub marks: MarkWords,
    pub cuts: Vec<u64>,
    /// Some end decides a property.
    pub ended: bool,
}

impl LevelSums {
    pub(crate) fn of(system: &impl System) -> Self {
        Self {
            vacuous: vec![0; system.properties().len()],
            marks: MarkWords::new(system.marks()),
            cuts: vec![0; system.bounds()],
            ..Self::default()
        }
    }

    /// Adds the sums of `other` and clears it.
    pub(crate) fn take_over(&mut self, other: &mut Self) {
        self.expanded += std::mem::take(&mut other.expanded);
        self.transitions += std::mem::take(&mut other.transitions);
        self.ended |= std::mem::take(&mut other.ended);
        self.cuts.resize(self.cuts.len().max(other.cuts.len()), 0);
        for (own, sum) in [(&mut self.vacuous, &mut other.vacuous), (&mut self.cuts, &mut other.cuts)] {
            own.iter_mut().zip(sum).for_each(|(own, sum)| *own += std::mem::take(sum));
        }
        self.marks.insert_words(other.marks.words());
        other.marks.clear();
    }

    /// Counts the property values of a state. Whether they decide something.
    #[inline(always)]
    pub(crate) fn note(&mut self, values: &PropertyValues, queries: &Queries) -> bool {
        values.count_vacuous(&mut self.vacuous);
        queries.decided(values).next().is_some()
    }
}

/// The results of a worker in this level, and its unfinished work.
pub(crate) struct SetWorker {
    /// The rest of its chunk.
    chunk: Option<Chunk>,
    /// Keys with their mixed forms, whose slots are being prefetched.
    batch: Vec<(u64, u64)>,
    /// States of several words that have no key yet.
    wide: Vec<u64>,
    cache: FrontCache,
    /// Insertions granted by the table and not used yet.
    granted: u64,
    /// The keys of the new states that it inserted: its part of the next level.
    pub found: Vec<u64>,
    pub sums: LevelSums,
}

impl SetWorker {
    pub(crate) fn new(system: &impl System) -> Self {
        Self {
            chunk: None,
            batch: Vec::with_capacity(4 * BATCH),
            wide: Vec::new(),
            cache: FrontCache::new(),
            granted: 0,
            found: Vec::new(),
            sums: LevelSums::of(system),
        }
    }

    /// Drops the unused grant: new grants are given after the table has changed.
    pub(crate) fn drop_grant(&mut self) {
        self.granted = 0;
    }

    #[inline(always)]
    fn push(&mut self, key: u64, table: &StateTable) {
        if !self.cache.meets(key) {
            let mixed = mix(key);
            table.fetch(mixed);
            self.batch.push((key, mixed));
        }
    }

    /// Encodes the waiting states. False if the tree compression has no room.
    fn make_keys(
        &mut self,
        tree: &ConcurrentTree,
        table: &StateTable,
        width: usize,
        near: &DecodedState,
        numbers: &mut Vec<u32>,
    ) -> bool {
        let mut wide = std::mem::take(&mut self.wide);
        let mut done = 0;
        for words in wide.chunks_exact(width) {
            let Some(key) = tree.key(words, near, numbers) else { break };
            self.push(key, table);
            done += width;
        }
        wide.drain(..done);
        self.wide = wide;
        self.wide.is_empty()
    }

    /// Inserts the keys of the batch, `all` of them or those whose memory should have arrived. False if there is no room for them.
    fn add_batch(&mut self, table: &StateTable, all: bool) -> bool {
        let mut done = 0;
        // The memory of the newest keys is still on its way.
        let ready = if all { self.batch.len() } else { self.batch.len() - LATE };
        for keys in self.batch[..ready].chunks(BATCH) {
            if self.granted < BATCH as u64 {
                let Some(more) = table.grant_more() else { break };
                self.granted += more;
            }
            let before = self.found.len();
            for (key, mixed) in keys {
                if table.add(*mixed) {
                    self.found.push(*key);
                }
            }
            self.granted -= (self.found.len() - before) as u64;
            done += keys.len();
        }
        self.batch.drain(..done);
        done == ready
    }
}

/// Scratch of a worker, kept from level to level.
pub(crate) struct WorkerScratch<S> {
    scratch: S,
    values: PropertyValues,
    /// The state that is expanded.
    state: DecodedState,
    numbers: Vec<u32>,
}

impl<P: Packed> SetShared<'_, P> {
    pub(crate) fn scratch(&self) -> WorkerScratch<P::Scratch> {
        let values = PropertyValues::new(self.packed.system().properties().len());
        WorkerScratch { scratch: self.packed.scratch(), values, state: DecodedState::default(), numbers: Vec::new() }
    }

    /// Whether further results would be discarded.
    fn is_over(&self) -> bool {
        self.decided.load(Ordering::Relaxed) || self.gate.urgent().is_some()
    }

    /// Expands states of the level until none is left, there is no room, or the search is over. `WIDE`: states have more than one word.
    pub(crate) fn work<const WIDE: bool>(
        &self,
        worker: &mut SetWorker,
        scratch: &mut WorkerScratch<P::Scratch>,
        mut after_chunk: impl FnMut(),
    ) {
        let (table, tree, level) = (&*read(&self.table), &*read(&self.tree), &*read(&self.level));
        let width = self.packed.system().words();
        if !self.flush::<WIDE>(worker, scratch, table, tree, true) {
            return;
        }
        loop {
            let chunk = worker.chunk.take();
            let Some(chunk) = chunk.or_else(|| if self.is_over() { None } else { level.take() }) else { break };
            let before = worker.found.len();
            let len = chunk.range.len() as u64;
            for at in chunk.range.clone() {
                self.expand::<WIDE>(level.keys[chunk.source][at], width, worker, scratch, table, tree);
                if !self.flush::<WIDE>(worker, scratch, table, tree, false) {
                    worker.chunk = Some(Chunk { range: at + 1..chunk.range.end, ..chunk });
                    return;
                }
            }
            self.states.fetch_add((worker.found.len() - before) as u64, Ordering::Relaxed);
            self.expanded.fetch_add(len, Ordering::Relaxed);
            after_chunk();
        }
        self.flush::<WIDE>(worker, scratch, table, tree, true);
    }

    /// Inserts what was found: `all` of it, or a batch as soon as there is one. False if there is no room for it.
    #[inline(always)]
    fn flush<const WIDE: bool>(
        &self,
        worker: &mut SetWorker,
        scratch: &mut WorkerScratch<P::Scratch>,
        table: &StateTable,
        tree: &ConcurrentTree,
        all: bool,
    ) -> bool {
        let width = self.packed.system().words();
        let keyed = !WIDE || worker.make_keys(tree, table, width, &scratch.state, &mut scratch.numbers);
        let wait = !all && worker.batch.len() < BATCH + LATE;
        let added = wait || worker.add_batch(table, all);
        if !(keyed && added) {
            self.short.store(true, Ordering::Relaxed);
        }
        keyed && added
    }

    #[inline(always)]
    fn expand<const WIDE: bool>(
        &self,
        key: u64,
        width: usize,
        worker: &mut SetWorker,
        scratch: &mut WorkerScratch<P::Scratch>,
        table: &StateTable,
        tree: &ConcurrentTree,
    ) {
        let WorkerScratch { scratch, values, state, .. } = scratch;
        let one = [key];
        let words = if WIDE {
            tree.write_out(key, state);
            &state.values()[..width]
        } else {
            &one[..width]
        };
        self.packed.load(words, scratch);
        values.clear();
        self.packed.judge(scratch, values);
        if worker.sums.note(values, &self.queries) {
            self.decided.store(true, Ordering::Relaxed);
        }
        let mut sink = SetSink::<WIDE> { worker, table, state: words, transitions: 0, curtailed: false, busy: false };
        self.packed.successors(scratch, &mut sink);
        let SetSink { transitions, curtailed, busy, .. } = sink;
        worker.sums.transitions += transitions;
        worker.sums.expanded += 1;
        if !busy && !curtailed && !worker.sums.ended {
            let mut at_end = self.queries.at_end.iter();
            worker.sums.ended = at_end.any(|property| !self.packed.holds_at_end(scratch, *property));
        }
    }

    /// Evaluates the properties on a state. Whether one is decided.
    pub(crate) fn evaluate<const WIDE: bool>(
        &self,
        key: u64,
        scratch: &mut WorkerScratch<P::Scratch>,
        sums: &mut LevelSums,
    ) -> bool {
        let width = self.packed.system().words();
        if WIDE {
            read(&self.tree).write_out(key, &mut scratch.state);
            self.packed.load(&scratch.state.values()[..width], &mut scratch.scratch);
        } else {
            self.packed.load(&[key][..width], &mut scratch.scratch);
        }
        scratch.values.clear();
        self.packed.judge(&mut scratch.scratch, &mut scratch.values);
        sums.note(&scratch.values, &self.queries)
    }

    /// Adds an initial state to the work of a worker.
    pub(crate) fn begin_with<const WIDE: bool>(&self, words: &[u64], worker: &mut SetWorker) {
        if WIDE {
            worker.wide.extend_from_slice(words);
        } else {
            worker.push(words.first().copied().unwrap_or(0), &read(&self.table));
        }
    }
}

/// Collects the successors of one state.
struct SetSink<'a, const WIDE: bool> {
    worker: &'a mut SetWorker,
    table: &'a StateTable,
    state: &'a [u64],
    /// All successors, known ones and loops too.
    transitions: u64,
    curtailed: bool,
    /// An agent or a reliable event is possible.
    busy: bool,
}

impl<const WIDE: bool> SuccessorSink for SetSink<'_, WIDE> {
    #[inline(always)]
    fn take(&mut self, actor: Actor, words: &[u64]) {
        self.transitions += 1;
        self.busy |= actor.is_relied_on();
        let words = &words[..self.state.len()];
        if WIDE {
            if !same(self.state, words) {
                self.worker.wide.extend_from_slice(words);
            }
        } else if let ([word], [own]) = (words, self.state)
            && word != own
        {
            self.worker.push(*word, self.table);
        }
    }

    #[inline(always)]
    fn mark(&mut self, mark: usize) {
        self.worker.sums.marks.insert(mark);
    }

    #[inline(always)]
    fn mark_words(&mut self, words: &[u64]) {
        self.worker.sums.marks.insert_words(words);
    }

    fn cut(&mut self, bound: usize, actor: Actor) {
        count_cut(&mut self.worker.sums.cuts, bound);
        self.curtailed |= actor.is_relied_on();
    }

    fn break_off(&mut self) {
        self.curtailed = true;
    }
}
