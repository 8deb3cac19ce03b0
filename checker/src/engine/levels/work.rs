//! The two pieces of work that threads do together: to expand the states of a block, and to add what was found to the store. In both
//! they fetch shares from a common counter; who does which makes no difference to what comes out.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::engine::wanted::Wanted;
use crate::limits::Gate;
use crate::packed::{Answers, Packed};

use super::hash::PARTS;
use super::part::{Form, Part, identity};
use super::recent::Recent;
use super::share::{Collector, Share};
use super::store::{Coder, Kept};
use super::width::Width;

/// A block's states are expanded before any of their successors is added to the store.
pub(crate) struct Block {
    pub shares: Vec<RwLock<Share>>,
    /// How many shares are in use.
    pub used: AtomicUsize,
    next_share: AtomicUsize,
    next_part: AtomicUsize,
}

impl Block {
    pub(crate) fn new() -> Self {
        let zero = || AtomicUsize::new(0);
        Self { shares: Vec::new(), used: zero(), next_share: zero(), next_part: zero() }
    }

    /// The shares in use.
    pub(crate) fn shares(&self) -> &[RwLock<Share>] {
        &self.shares[..self.used.load(Ordering::Relaxed)]
    }

    /// Lets the shares and parts be handed out again.
    pub(crate) fn restart(&self, used: usize) {
        self.used.store(used, Ordering::Relaxed);
        self.next_share.store(0, Ordering::Relaxed);
        self.next_part.store(0, Ordering::Relaxed);
    }
}

/// What all threads of a search see.
pub(crate) struct Shared<'a, P, K> {
    pub packed: &'a P,
    pub form: Form<K>,
    pub kept: Kept,
    pub parts: Vec<RwLock<Part>>,
    /// Two, so that one can be expanded while the other is given its numbers.
    pub blocks: RwLock<[Block; 2]>,
    pub wanted: RwLock<Wanted>,
    pub gate: Gate,
    /// Nobody will look at what is being done.
    pub futile: AtomicBool,
}

/// A lock is poisoned when a system panics; the panic is what the caller gets to see.
pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// See [`read`].
pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// What a thread keeps for itself.
pub(crate) struct Worker<S> {
    scratch: S,
    answers: Answers,
    coder: Coder,
    recent: Option<Recent>,
}

impl<S> Worker<S> {
    /// Has to be told when the store loses what was handed to it.
    pub(crate) fn forget(&mut self) {
        self.recent.iter_mut().for_each(Recent::forget);
    }
}

/// A state is fetched from memory so many states before it is needed.
const SOON: usize = 12;
/// Someone may want to stop: it is looked at once in so many states.
const PATIENCE: u32 = 8;

impl<P: Packed, K: Width> Shared<'_, P, K> {
    /// A new thread's own things.
    pub(crate) fn worker(&self) -> Worker<P::Scratch> {
        let properties = crate::System::properties(self.packed.system()).len();
        let answers = Answers::new(properties);
        let recent = (self.form.key.words() == 1 && !read(&self.wanted).edges).then(Recent::new);
        Worker { scratch: self.packed.scratch(), answers, coder: Coder::default(), recent }
    }

    /// Expands states of the block until there are no shares left.
    pub(crate) fn expand(&self, block: usize, worker: &mut Worker<P::Scratch>) {
        let blocks = read(&self.blocks);
        let block = &blocks[block];
        let parts: Vec<_> = self.parts.iter().map(read).collect();
        let wanted = read(&self.wanted);
        loop {
            let share = block.next_share.fetch_add(1, Ordering::Relaxed);
            let Some(share) = block.shares().get(share) else { return };
            self.expand_share(&mut write(share), &parts, &wanted, worker, false);
        }
    }

    /// Expands the states of a share, or only asks about them.
    pub(crate) fn expand_share(
        &self,
        share: &mut Share,
        parts: &[RwLockReadGuard<'_, Part>],
        wanted: &Wanted,
        worker: &mut Worker<P::Scratch>,
        ask_only: bool,
    ) {
        let Worker { scratch, answers, coder, recent } = worker;
        let mut decoded = std::mem::take(&mut coder.state);
        let numbers = share.first..share.first + share.parts.len() as u32;
        for (index, number) in numbers.enumerate() {
            if number.is_multiple_of(PATIENCE) && self.is_futile() && !ask_only {
                share.unfinished = true;
                break;
            }
            if let Some(part) = share.parts.get(index + SOON) {
                let part = usize::from(*part);
                // Where it is exactly would have to be counted; it is near.
                parts[part].fetch(self.form, share.places[part]);
            }
            let part = usize::from(share.parts[index]);
            let place = share.places[part];
            share.places[part] += 1;
            let words = match &self.kept {
                Kept::States => parts[part].key(self.form, place),
                Kept::Fingerprints => parts[part].state(self.form, place),
                Kept::Pairs(pairs) => {
                    pairs.decode(parts[part].key(self.form, place)[0], &mut decoded);
                    &decoded
                }
            };
            self.packed.load(words, scratch);
            answers.clear();
            self.packed.judge(scratch, answers);
            answers.count_idle(&mut share.idle);
            self.note(share, wanted, answers, scratch, number);
            if wanted.resting {
                share.resting.push(self.packed.resting(scratch));
            }
            if ask_only {
                continue;
            }
            let mut collector = Collector {
                share,
                state: Some(words),
                own: identity(part, place),
                coder: &mut coder.scratch,
                recent: recent.as_mut(),
                kept: &self.kept,
                key: self.form.key,
                edges: wanted.edges,
                transitions: 0,
                curtailed: false,
                busy: false,
            };
            self.packed.successors(scratch, &mut collector);
            let Collector { transitions, curtailed, busy, .. } = collector;
            share.transitions += transitions;
            if curtailed {
                share.curtailed.push(number);
                if wanted.resting {
                    share.resting.set(index, !self.packed.held_fast(scratch));
                }
            }
            share.ends.push(share.asked);
            if !busy && !curtailed {
                for property in &wanted.at_end {
                    if !self.packed.holds_at_end(scratch, *property) {
                        for signature in wanted.ways(self.packed, scratch, *property) {
                            share.found.find(*property, signature, number);
                        }
                    }
                }
            }
        }
        share.make_places();
        coder.state = decoded;
    }

    /// Notes in the share what the answers about the loaded state, which is `number`, decide.
    #[inline(always)]
    fn note(&self, share: &mut Share, wanted: &Wanted, answers: &Answers, scratch: &mut P::Scratch, number: u32) {
        for property in wanted.decided(answers) {
            self.find(share, wanted, scratch, property, number);
        }
        for property in &wanted.eventually {
            share.owed.push(u8::from(!answers.idles(*property)) | u8::from(!answers.denies(*property)) << 1);
        }
    }

    /// Notes in which ways the loaded state decides a property. Kept apart: it is rare, and the loop is to stay small.
    #[inline(never)]
    fn find(&self, share: &mut Share, wanted: &Wanted, scratch: &mut P::Scratch, property: usize, number: u32) {
        for signature in wanted.ways(self.packed, scratch, property) {
            share.found.find(property, signature, number);
        }
    }

    fn is_futile(&self) -> bool {
        self.futile.load(Ordering::Relaxed) || self.gate.urgent().is_some()
    }

    /// Adds what the block's states lead to, until no part of the store is left.
    pub(crate) fn insert(&self, block: usize) {
        let blocks = read(&self.blocks);
        let block = &blocks[block];
        let shares: Vec<_> = block.shares().iter().map(read).collect();
        let touched = shares.iter().fold(0, |touched, share| touched | share.touched);
        let edges = read(&self.wanted).edges;
        loop {
            let number = block.next_part.fetch_add(1, Ordering::Relaxed);
            if number >= PARTS {
                return;
            }
            if touched >> number & 1 == 0 {
                continue;
            }
            let mut part = write(&self.parts[number]);
            for share in &shares {
                part.insert(self.form, &share.entries[number], &share.told, edges);
            }
        }
    }
}
