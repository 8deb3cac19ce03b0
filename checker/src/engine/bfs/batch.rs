//! A batch: consecutive states of a block that one thread expands, with the results.

use std::sync::atomic::AtomicU32;

use crate::engine::common::front_cache::FrontCache;
use crate::engine::common::hash::{SHARDS, hash, shard};
use crate::engine::common::width::{Width, same};
use crate::graph::code;
use crate::marks::MarkWords;
use crate::masks::Masks;
use crate::packed::SuccessorSink;
use crate::signature::Distinct;
use crate::system::{Actor, System, count_cut};

use super::compression::EncodeScratch;
use super::discovery_log::ShardCounts;
use super::shard::{KNOWN, head};
use super::store::KeyEncoding;

/// A batch of states and the results of their expansion. The first three fields are set before the expansion, the others by it.
pub(crate) struct Batch {
    /// The number of the first state.
    pub first: u32,
    /// The shards of the states.
    pub shards: Vec<u8>,
    /// By shard, the place of the next state of the batch in it.
    pub places: Vec<u32>,
    /// By shard: entries to insert, [`EntryLayout`](super::shard::EntryLayout) words each.
    pub entries: Vec<Vec<u64>>,
    /// The shards that have entries, as bits.
    pub touched: u64,
    /// Successors that have a slot in `lookups`.
    pub lookup_count: u32,
    /// The lookup results of these successors, in order: an identity, with [`NEW`](super::shard::NEW) if the state is new.
    pub lookups: Vec<AtomicU32>,
    /// By state: where its successors end in `lookups`.
    pub ends: Vec<u32>,
    /// The actors of the edges, if edges are kept.
    pub actors: Vec<u8>,
    /// The states in which a bound cut an agent's or a reliable event, or the run was broken off.
    pub curtailed: Vec<u32>,
    /// All successors, known ones and loops too.
    pub transitions: u64,
    pub marks: MarkWords,
    pub cuts: Vec<u64>,
    /// By property and signature: the first state that decides it.
    pub found: Distinct<u32>,
    /// By property: in how many states its premise fails.
    pub vacuous: Vec<u64>,
    /// For each state and each property in question: whether the premise holds (1), and whether the predicate does (2).
    pub owed: Vec<u8>,
    /// By state: the agents that need not move, if some property asks who is stuck.
    pub idle: Masks,
    /// The expansion was interrupted before the last state.
    pub unfinished: bool,
}

impl Batch {
    /// An empty batch.
    pub(crate) fn new(system: &impl System) -> Self {
        let properties = system.properties().len();
        Self {
            first: 0,
            shards: Vec::new(),
            places: Vec::new(),
            entries: vec![Vec::new(); SHARDS],
            touched: 0,
            lookup_count: 0,
            lookups: Vec::new(),
            ends: Vec::new(),
            actors: Vec::new(),
            curtailed: Vec::new(),
            transitions: 0,
            marks: MarkWords::new(system.marks()),
            cuts: vec![0; system.bounds()],
            found: Distinct::new(properties),
            vacuous: vec![0; properties],
            owed: Vec::new(),
            idle: Masks::new(system.agents()),
            unfinished: false,
        }
    }

    /// Sets it up for the states from `first` on that lie in `shards`.
    pub(crate) fn set(&mut self, first: u32, shards: &[u8], places: &ShardCounts) {
        self.first = first;
        self.shards.clear();
        self.shards.extend_from_slice(shards);
        self.places.clear();
        self.places.extend_from_slice(places);
        self.entries.iter_mut().for_each(Vec::clear);
        self.lookups.clear();
        self.ends.clear();
        self.actors.clear();
        self.curtailed.clear();
        (self.lookup_count, self.touched, self.transitions, self.unfinished) = (0, 0, 0, false);
        self.marks.clear();
        self.cuts.fill(0);
        self.found.clear();
        self.vacuous.fill(0);
        self.owed.clear();
        self.idle.clear();
    }

    /// Makes room for the lookup results.
    pub(crate) fn make_lookups(&mut self) {
        self.lookups.resize_with(self.lookup_count as usize, || AtomicU32::new(KNOWN));
    }
}

/// Collects the successors of one state into its batch.
pub(crate) struct BatchSink<'a, K> {
    pub batch: &'a mut Batch,
    /// The state itself; none for what stands before the initial states.
    pub state: Option<&'a [u64]>,
    /// Its identity: the lookup result of a self-loop.
    pub own: u32,
    /// How states become keys.
    pub coder: &'a mut EncodeScratch,
    /// Keys inserted recently, which need not be looked up again; none if edges are kept.
    pub cache: Option<&'a mut FrontCache>,
    pub encoding: &'a KeyEncoding,
    pub key: K,
    pub edges: bool,
    /// All successors, known ones and loops too.
    pub transitions: u64,
    pub curtailed: bool,
    /// An agent or a reliable event is possible.
    pub busy: bool,
}

impl<K: Width> BatchSink<'_, K> {
    /// Makes an entry for a state. Not inlined: what runs before it must be small enough for the system's own loop.
    #[inline(never)]
    fn enter(&mut self, words: &[u64]) {
        match self.encoding {
            KeyEncoding::Whole => {
                let (key, words) = (self.key, &words[..self.key.words()]);
                let (entries, head) = self.entry(hash(words));
                key.append(entries, head, words);
            }
            KeyEncoding::Fingerprint => {
                let hash = hash(words);
                if self.cache.as_mut().is_none_or(|cache| !cache.meets(hash)) {
                    let (entries, head) = self.entry(hash);
                    entries.extend_from_slice(&[head, hash]);
                    entries.extend_from_slice(words);
                }
            }
            KeyEncoding::Compressed(pairs) => {
                let pair = pairs.encode(words, self.coder);
                if self.cache.as_mut().is_none_or(|cache| !cache.meets(pair)) {
                    let (entries, head) = self.entry(hash(&[pair]));
                    entries.extend_from_slice(&[head, pair]);
                }
            }
        }
    }

    /// The buffer for an entry with this hash, and the entry's head word.
    #[inline(always)]
    fn entry(&mut self, hash: u64) -> (&mut Vec<u64>, u64) {
        let ordinal = self.batch.lookup_count;
        self.batch.lookup_count += 1;
        let shard = shard(hash);
        self.batch.touched |= 1 << shard;
        (&mut self.batch.entries[shard], head(ordinal, hash))
    }
}

impl<K: Width> SuccessorSink for BatchSink<'_, K> {
    #[inline(always)]
    fn take(&mut self, actor: Actor, words: &[u64]) {
        self.transitions += 1;
        self.busy |= actor.is_relied_on();
        let is_loop = self.state.is_some_and(|state| same(state, words));
        if self.edges {
            self.batch.actors.push(code(actor));
            self.batch.lookups.push(AtomicU32::new(if is_loop { self.own } else { KNOWN }));
            self.batch.lookup_count += u32::from(is_loop);
        }
        // Most successors end here: self-loops need no lookup, nor do keys in the front cache.
        if is_loop {
            return;
        }
        if let (KeyEncoding::Whole, [word], Some(cache)) = (self.encoding, &words[..self.key.words()], &mut self.cache)
            && cache.meets(*word)
        {
            return;
        }
        self.enter(words);
    }

    #[inline(always)]
    fn mark(&mut self, mark: usize) {
        self.batch.marks.insert(mark);
    }

    #[inline(always)]
    fn mark_words(&mut self, words: &[u64]) {
        self.batch.marks.insert_words(words);
    }

    fn cut(&mut self, bound: usize, actor: Actor) {
        count_cut(&mut self.batch.cuts, bound);
        self.curtailed |= actor.is_relied_on();
    }

    fn break_off(&mut self) {
        self.curtailed = true;
    }
}
