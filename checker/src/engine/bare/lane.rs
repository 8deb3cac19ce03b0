//! What one thread does: it expands states of the level, and hands what it finds to the store in batches, so that memory is waited for once
//! for many. Where the store has no room it stops, with everything it still has to do in its lane, and goes on when there is room.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};

use crate::engine::levels::recent::Recent;
use crate::engine::levels::width::same;
use crate::engine::levels::work::read;
use crate::engine::wanted::Wanted;
use crate::limits::Gate;
use crate::marks::MarkWords;
use crate::packed::{Answers, Packed, Taker};
use crate::system::{Actor, System, count_cut};

use super::table::{Table, mix};
use super::tree::{Tree, Written};

/// So many keys are on their way from memory before they are looked up.
const BATCH: usize = 64;
/// The last ones of them are left to come while the next states are expanded.
const LATE: usize = 32;
/// So many states are taken at a time. Whoever wants to stop waits for no more than these.
const CHUNK: usize = 256;

/// What all threads of a search see.
pub(crate) struct Shared<'a, P> {
    pub packed: &'a P,
    pub table: RwLock<Table>,
    pub tree: RwLock<Tree>,
    pub level: RwLock<Level>,
    pub lanes: Vec<Mutex<Lane>>,
    pub wanted: Wanted,
    pub gate: Gate,
    /// Somebody has no room for what was found.
    pub short: AtomicBool,
    /// Some state decides a property.
    pub decided: AtomicBool,
    /// States found and expanded so far, for those who want to know how it is going.
    pub states: AtomicU64,
    pub expanded: AtomicU64,
}

/// The states to be expanded, by who found them.
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

    /// Some states that nobody else has taken.
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

    /// Acts as if nobody had taken any.
    pub(crate) fn restart(&mut self) {
        self.next = AtomicUsize::new(0);
    }

    /// The states that nobody has taken.
    pub(crate) fn rest(&self) -> impl Iterator<Item = u64> {
        std::iter::from_fn(|| self.take()).flat_map(|chunk| self.keys[chunk.source][chunk.range].iter().copied())
    }
}

struct Chunk {
    source: usize,
    range: Range<usize>,
}

/// Sums over states that were expanded.
#[derive(Default)]
pub(crate) struct Gains {
    pub expanded: u64,
    pub transitions: u64,
    /// By property: in how many states its premise fails.
    pub idle: Vec<u64>,
    pub marks: MarkWords,
    pub cuts: Vec<u64>,
    /// Some end decides a property.
    pub ended: bool,
}

impl Gains {
    pub(crate) fn of(system: &impl System) -> Self {
        Self {
            idle: vec![0; system.properties().len()],
            marks: MarkWords::new(system.marks()),
            cuts: vec![0; system.bounds()],
            ..Self::default()
        }
    }

    /// Adds what is in `other`, and leaves nothing in it.
    pub(crate) fn take_over(&mut self, other: &mut Self) {
        self.expanded += std::mem::take(&mut other.expanded);
        self.transitions += std::mem::take(&mut other.transitions);
        self.ended |= std::mem::take(&mut other.ended);
        self.cuts.resize(self.cuts.len().max(other.cuts.len()), 0);
        for (own, sum) in [(&mut self.idle, &mut other.idle), (&mut self.cuts, &mut other.cuts)] {
            own.iter_mut().zip(sum).for_each(|(own, sum)| *own += std::mem::take(sum));
        }
        self.marks.insert_words(other.marks.words());
        other.marks.clear();
    }

    /// Notes what the answers about a state say. Whether they decide something.
    #[inline(always)]
    pub(crate) fn note(&mut self, answers: &Answers, wanted: &Wanted) -> bool {
        answers.count_idle(&mut self.idle);
        wanted.decided(answers).next().is_some()
    }
}

/// What a thread has found, and what it has still to do.
pub(crate) struct Lane {
    /// What is left of the states it took.
    chunk: Option<Chunk>,
    /// Keys with their mixed forms, for which memory is on its way.
    batch: Vec<(u64, u64)>,
    /// States that have no key yet.
    wide: Vec<u64>,
    recent: Recent,
    /// As many keys it may add.
    leave: u64,
    /// The keys of the states that it found first: part of the next level.
    pub found: Vec<u64>,
    pub gains: Gains,
}

impl Lane {
    pub(crate) fn new(system: &impl System) -> Self {
        Self {
            chunk: None,
            batch: Vec::with_capacity(4 * BATCH),
            wide: Vec::new(),
            recent: Recent::new(),
            leave: 0,
            found: Vec::new(),
            gains: Gains::of(system),
        }
    }

    /// Gives back the leave it has: somebody else says who may add how many.
    pub(crate) fn give_back(&mut self) {
        self.leave = 0;
    }

    #[inline(always)]
    fn push(&mut self, key: u64, table: &Table) {
        if !self.recent.meets(key) {
            let mixed = mix(key);
            table.fetch(mixed);
            self.batch.push((key, mixed));
        }
    }

    /// Makes keys of the states that have none. False if there is no room for what is in them.
    fn make_keys(&mut self, tree: &Tree, table: &Table, width: usize, near: &Written, numbers: &mut Vec<u32>) -> bool {
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

    /// Adds the keys at hand to the table, `all` of them or those that have had time to come. False if there is no room for them.
    fn add_batch(&mut self, table: &Table, all: bool) -> bool {
        let mut done = 0;
        // What was asked for last is still on its way.
        let ready = if all { self.batch.len() } else { self.batch.len() - LATE };
        for keys in self.batch[..ready].chunks(BATCH) {
            if self.leave < BATCH as u64 {
                let Some(more) = table.leave() else { break };
                self.leave += more;
            }
            let before = self.found.len();
            for (key, mixed) in keys {
                if table.add(*mixed) {
                    self.found.push(*key);
                }
            }
            self.leave -= (self.found.len() - before) as u64;
            done += keys.len();
        }
        self.batch.drain(..done);
        done == ready
    }
}

/// What a thread needs besides, whatever the level.
pub(crate) struct Hand<S> {
    scratch: S,
    answers: Answers,
    /// The state that is expanded.
    state: Written,
    numbers: Vec<u32>,
}

impl<P: Packed> Shared<'_, P> {
    pub(crate) fn hand(&self) -> Hand<P::Scratch> {
        let answers = Answers::new(self.packed.system().properties().len());
        Hand { scratch: self.packed.scratch(), answers, state: Written::default(), numbers: Vec::new() }
    }

    /// Nobody needs what would be done from now on.
    fn is_over(&self) -> bool {
        self.decided.load(Ordering::Relaxed) || self.gate.urgent().is_some()
    }

    /// Expands states of the level until none is left, or there is no room, or it is over. `WIDE`: states are more than one word.
    pub(crate) fn work<const WIDE: bool>(
        &self,
        lane: &mut Lane,
        hand: &mut Hand<P::Scratch>,
        mut after_chunk: impl FnMut(),
    ) {
        let (table, tree, level) = (&*read(&self.table), &*read(&self.tree), &*read(&self.level));
        let width = self.packed.system().words();
        if !self.hand_over::<WIDE>(lane, hand, table, tree, true) {
            return;
        }
        loop {
            let chunk = lane.chunk.take();
            let Some(chunk) = chunk.or_else(|| if self.is_over() { None } else { level.take() }) else { break };
            let before = lane.found.len();
            let len = chunk.range.len() as u64;
            for at in chunk.range.clone() {
                self.expand::<WIDE>(level.keys[chunk.source][at], width, lane, hand, table, tree);
                if !self.hand_over::<WIDE>(lane, hand, table, tree, false) {
                    lane.chunk = Some(Chunk { range: at + 1..chunk.range.end, ..chunk });
                    return;
                }
            }
            self.states.fetch_add((lane.found.len() - before) as u64, Ordering::Relaxed);
            self.expanded.fetch_add(len, Ordering::Relaxed);
            after_chunk();
        }
        self.hand_over::<WIDE>(lane, hand, table, tree, true);
    }

    /// Hands what was found to the store: `all` of it, or what has come as soon as that is enough. False if there is no room for it.
    #[inline(always)]
    fn hand_over<const WIDE: bool>(
        &self,
        lane: &mut Lane,
        hand: &mut Hand<P::Scratch>,
        table: &Table,
        tree: &Tree,
        all: bool,
    ) -> bool {
        let width = self.packed.system().words();
        let keyed = !WIDE || lane.make_keys(tree, table, width, &hand.state, &mut hand.numbers);
        let wait = !all && lane.batch.len() < BATCH + LATE;
        let added = wait || lane.add_batch(table, all);
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
        lane: &mut Lane,
        hand: &mut Hand<P::Scratch>,
        table: &Table,
        tree: &Tree,
    ) {
        let Hand { scratch, answers, state, .. } = hand;
        let one = [key];
        let words = if WIDE {
            tree.write_out(key, state);
            &state.values()[..width]
        } else {
            &one[..width]
        };
        self.packed.load(words, scratch);
        answers.clear();
        self.packed.judge(scratch, answers);
        if lane.gains.note(answers, &self.wanted) {
            self.decided.store(true, Ordering::Relaxed);
        }
        let mut collector =
            Collector::<WIDE> { lane, table, state: words, transitions: 0, curtailed: false, busy: false };
        self.packed.successors(scratch, &mut collector);
        let Collector { transitions, curtailed, busy, .. } = collector;
        lane.gains.transitions += transitions;
        lane.gains.expanded += 1;
        if !busy && !curtailed && !lane.gains.ended {
            let mut at_end = self.wanted.at_end.iter();
            lane.gains.ended = at_end.any(|property| !self.packed.holds_at_end(scratch, *property));
        }
    }

    /// Only asks about a state. Whether it decides something.
    pub(crate) fn ask<const WIDE: bool>(&self, key: u64, hand: &mut Hand<P::Scratch>, gains: &mut Gains) -> bool {
        let width = self.packed.system().words();
        if WIDE {
            read(&self.tree).write_out(key, &mut hand.state);
            self.packed.load(&hand.state.values()[..width], &mut hand.scratch);
        } else {
            self.packed.load(&[key][..width], &mut hand.scratch);
        }
        hand.answers.clear();
        self.packed.judge(&mut hand.scratch, &mut hand.answers);
        gains.note(&hand.answers, &self.wanted)
    }

    /// Hands an initial state to the lane.
    pub(crate) fn begin_with<const WIDE: bool>(&self, words: &[u64], lane: &mut Lane) {
        if WIDE {
            lane.wide.extend_from_slice(words);
        } else {
            lane.push(words.first().copied().unwrap_or(0), &read(&self.table));
        }
    }
}

/// Takes the successors of one state.
struct Collector<'a, const WIDE: bool> {
    lane: &'a mut Lane,
    table: &'a Table,
    state: &'a [u64],
    /// All successors, known ones and loops too.
    transitions: u64,
    curtailed: bool,
    /// An agent or the surroundings can do something.
    busy: bool,
}

impl<const WIDE: bool> Taker for Collector<'_, WIDE> {
    #[inline(always)]
    fn take(&mut self, actor: Actor, words: &[u64]) {
        self.transitions += 1;
        self.busy |= actor.is_relied_on();
        let words = &words[..self.state.len()];
        if WIDE {
            if !same(self.state, words) {
                self.lane.wide.extend_from_slice(words);
            }
        } else if let ([word], [own]) = (words, self.state)
            && word != own
        {
            self.lane.push(*word, self.table);
        }
    }

    #[inline(always)]
    fn mark(&mut self, mark: usize) {
        self.lane.gains.marks.insert(mark);
    }

    #[inline(always)]
    fn mark_words(&mut self, words: &[u64]) {
        self.lane.gains.marks.insert_words(words);
    }

    fn cut(&mut self, bound: usize, actor: Actor) {
        count_cut(&mut self.lane.gains.cuts, bound);
        self.curtailed |= actor.is_relied_on();
    }

    fn break_off(&mut self) {
        self.curtailed = true;
    }
}
