//! The two parallel phases: expanding the states of a block, and inserting the successors. Threads take batches or shards from a shared
//! counter; which thread takes which does not affect the result.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{RwLock, RwLockReadGuard};

use crate::engine::common::front_cache::FrontCache;
use crate::engine::common::hash::SHARDS;
use crate::engine::common::locks::{read, write};
use crate::engine::common::width::Width;
use crate::engine::queries::Queries;
use crate::limits::Gate;
use crate::packed::{Packed, PropertyValues};

use super::batch::{Batch, BatchSink};
use super::shard::{EntryLayout, Shard, identity};
use super::store::{Coder, KeyEncoding};

/// A block of a level. All of its states are expanded before any successor is inserted.
pub(crate) struct Block {
    pub batches: Vec<RwLock<Batch>>,
    /// How many batches are in use.
    pub used: AtomicUsize,
    next_batch: AtomicUsize,
    next_shard: AtomicUsize,
}

impl Block {
    pub(crate) fn new() -> Self {
        let zero = || AtomicUsize::new(0);
        Self { batches: Vec::new(), used: zero(), next_batch: zero(), next_shard: zero() }
    }

    /// The batches in use.
    pub(crate) fn batches(&self) -> &[RwLock<Batch>] {
        &self.batches[..self.used.load(Ordering::Relaxed)]
    }

    /// Resets the counters from which batches and shards are taken.
    pub(crate) fn restart(&self, used: usize) {
        self.used.store(used, Ordering::Relaxed);
        self.next_batch.store(0, Ordering::Relaxed);
        self.next_shard.store(0, Ordering::Relaxed);
    }
}

/// What all threads of a breadth-first search share.
pub(crate) struct SearchShared<'a, P, K> {
    pub packed: &'a P,
    pub layout: EntryLayout<K>,
    pub encoding: KeyEncoding,
    pub shards: Vec<RwLock<Shard>>,
    /// Two, so that one can be expanded while the states found in the other are numbered.
    pub blocks: RwLock<[Block; 2]>,
    pub queries: RwLock<Queries>,
    pub gate: Gate,
    /// The current work will be discarded; workers may skip it.
    pub futile: AtomicBool,
}

/// The data of one thread: scratch of the system, property values, encoder, front cache.
pub(crate) struct Worker<S> {
    scratch: S,
    values: PropertyValues,
    coder: Coder,
    cache: Option<FrontCache>,
}

impl<S> Worker<S> {
    /// Clears the front cache. Needed whenever inserted keys are removed from the store.
    pub(crate) fn forget(&mut self) {
        self.cache.iter_mut().for_each(FrontCache::forget);
    }
}

/// States are prefetched this many states ahead.
const SOON: usize = 12;
/// Whether to stop is checked once in this many states.
const PATIENCE: u32 = 8;

impl<P: Packed, K: Width> SearchShared<'_, P, K> {
    /// The data of a new thread.
    pub(crate) fn worker(&self) -> Worker<P::Scratch> {
        let properties = crate::System::properties(self.packed.system()).len();
        let values = PropertyValues::new(properties);
        let cache = (self.layout.key.words() == 1 && !read(&self.queries).edges).then(FrontCache::new);
        Worker { scratch: self.packed.scratch(), values, coder: Coder::default(), cache }
    }

    /// Expands states of the block until there are no batches left.
    pub(crate) fn expand(&self, block: usize, worker: &mut Worker<P::Scratch>) {
        let blocks = read(&self.blocks);
        let block = &blocks[block];
        let shards: Vec<_> = self.shards.iter().map(read).collect();
        let queries = read(&self.queries);
        loop {
            let batch = block.next_batch.fetch_add(1, Ordering::Relaxed);
            let Some(batch) = block.batches().get(batch) else { return };
            self.expand_batch(&mut write(batch), &shards, &queries, worker, false);
        }
    }

    /// Expands the states of a batch, or only evaluates the properties on them (`evaluate_only`).
    pub(crate) fn expand_batch(
        &self,
        batch: &mut Batch,
        shards: &[RwLockReadGuard<'_, Shard>],
        queries: &Queries,
        worker: &mut Worker<P::Scratch>,
        evaluate_only: bool,
    ) {
        let Worker { scratch, values, coder, cache } = worker;
        let mut decoded = std::mem::take(&mut coder.state);
        let numbers = batch.first..batch.first + batch.shards.len() as u32;
        for (index, number) in numbers.enumerate() {
            if number.is_multiple_of(PATIENCE) && self.is_futile() && !evaluate_only {
                batch.unfinished = true;
                break;
            }
            if let Some(shard) = batch.shards.get(index + SOON) {
                let shard = usize::from(*shard);
                // The exact place is not known yet; this one is near.
                shards[shard].fetch(self.layout, batch.places[shard]);
            }
            let shard = usize::from(batch.shards[index]);
            let place = batch.places[shard];
            batch.places[shard] += 1;
            let words = match &self.encoding {
                KeyEncoding::Whole => shards[shard].key(self.layout, place),
                KeyEncoding::Fingerprint => shards[shard].state(self.layout, place),
                KeyEncoding::Compressed(pairs) => {
                    pairs.decode(shards[shard].key(self.layout, place)[0], &mut decoded);
                    &decoded
                }
            };
            self.packed.load(words, scratch);
            values.clear();
            self.packed.judge(scratch, values);
            values.count_vacuous(&mut batch.vacuous);
            self.note(batch, queries, values, scratch, number);
            if queries.idle {
                batch.idle.push(self.packed.idle(scratch));
            }
            if evaluate_only {
                continue;
            }
            let mut sink = BatchSink {
                batch,
                state: Some(words),
                own: identity(shard, place),
                coder: &mut coder.scratch,
                cache: cache.as_mut(),
                encoding: &self.encoding,
                key: self.layout.key,
                edges: queries.edges,
                transitions: 0,
                curtailed: false,
                busy: false,
            };
            self.packed.successors(scratch, &mut sink);
            let BatchSink { transitions, curtailed, busy, .. } = sink;
            batch.transitions += transitions;
            if curtailed {
                batch.curtailed.push(number);
                if queries.idle {
                    batch.idle.set(index, !self.packed.held_fast(scratch));
                }
            }
            batch.ends.push(batch.lookup_count);
            if !busy && !curtailed {
                for property in &queries.at_end {
                    if !self.packed.holds_at_end(scratch, *property) {
                        for signature in queries.signatures(self.packed, scratch, *property) {
                            batch.found.find(*property, signature, number);
                        }
                    }
                }
            }
        }
        batch.make_lookups();
        coder.state = decoded;
    }

    /// Records what the property values of the loaded state, whose number is `number`, decide.
    #[inline(always)]
    fn note(
        &self,
        batch: &mut Batch,
        queries: &Queries,
        values: &PropertyValues,
        scratch: &mut P::Scratch,
        number: u32,
    ) {
        for property in queries.decided(values) {
            self.find(batch, queries, scratch, property, number);
        }
        for property in &queries.eventually {
            batch.owed.push(u8::from(!values.is_vacuous(*property)) | u8::from(!values.is_false(*property)) << 1);
        }
    }

    /// Records the signatures with which the loaded state decides a property. Not inlined: it is rare, and the loop is to stay small.
    #[inline(never)]
    fn find(&self, batch: &mut Batch, queries: &Queries, scratch: &mut P::Scratch, property: usize, number: u32) {
        for signature in queries.signatures(self.packed, scratch, property) {
            batch.found.find(property, signature, number);
        }
    }

    fn is_futile(&self) -> bool {
        self.futile.load(Ordering::Relaxed) || self.gate.urgent().is_some()
    }

    /// Inserts the successors of the block, one shard at a time.
    pub(crate) fn insert(&self, block: usize) {
        let blocks = read(&self.blocks);
        let block = &blocks[block];
        let batches: Vec<_> = block.batches().iter().map(read).collect();
        let touched = batches.iter().fold(0, |touched, batch| touched | batch.touched);
        let edges = read(&self.queries).edges;
        loop {
            let number = block.next_shard.fetch_add(1, Ordering::Relaxed);
            if number >= SHARDS {
                return;
            }
            if touched >> number & 1 == 0 {
                continue;
            }
            let mut shard = write(&self.shards[number]);
            for batch in &batches {
                shard.insert(self.layout, &batch.entries[number], &batch.lookups, edges);
            }
        }
    }
}
