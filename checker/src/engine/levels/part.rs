//! One part of the store: keys in a growing array, found through a table of their numbers.

use std::sync::atomic::{AtomicU32, Ordering};

use prefetch_index::prefetch_index;

use super::hash::{hash, inside};
use super::width::{Width, item, same};

/// A place within a part has so many bits. With the part's number it fits an identity, with one bit to spare.
const PLACE_BITS: u32 = 25;
const PLACE_MASK: u32 = (1 << PLACE_BITS) - 1;
/// The bit of an identity that says that the state was new.
pub(crate) const NEW: u32 = 1 << 31;
/// What is written where a state was known and nobody asks which one it was.
pub(crate) const KNOWN: u32 = 0;

/// So many entries are looked up at once.
const AHEAD: usize = 128;

/// A state's identity while it is searched for: part and place. It is never seen outside.
#[inline]
pub(crate) fn identity(part: usize, place: u32) -> u32 {
    (part as u32) << PLACE_BITS | place
}

/// The part and the place of an identity.
#[inline]
pub(crate) fn located(identity: u32) -> (usize, u32) {
    (((identity & !NEW) >> PLACE_BITS) as usize, identity & PLACE_MASK)
}

/// What comes with an entry: its number in the order of its block, and the part of its hash that matters here.
#[inline(always)]
pub(crate) fn head(ordinal: u32, hash: u64) -> u64 {
    u64::from(ordinal) << 32 | u64::from(inside(hash))
}

/// The keys whose hashes begin with this part's number.
pub(crate) struct Part {
    number: usize,
    /// Zero, or the place of a key plus one, with some bits of the key's hash above it.
    slots: Vec<u32>,
    keys: Vec<u64>,
    len: u32,
    /// For keys that do not say what their states are: the states of the levels that are still needed.
    states: Vec<u64>,
    /// The place of the first of these.
    states_from: u32,
    /// Keys are hashes already.
    hashed: bool,
    full: bool,
}

/// How keys and states lie in the entries of a search.
#[derive(Clone, Copy)]
pub(crate) struct Form<K> {
    /// Words of a key.
    pub key: K,
    /// Words of the state that comes with it; none if the key says it all.
    pub state: usize,
}

impl Part {
    pub(crate) fn new(number: usize, hashed: bool) -> Self {
        let (slots, keys, states) = (Vec::new(), Vec::new(), Vec::new());
        Self { number, slots, keys, len: 0, states, states_from: 0, hashed, full: false }
    }

    /// Whether something did not fit.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// The key at `place`.
    #[inline(always)]
    pub(crate) fn key<K: Width>(&self, form: Form<K>, place: u32) -> &[u64] {
        item(&self.keys, form.key, place as usize)
    }

    /// The state at `place`, if the key does not say it.
    #[inline(always)]
    pub(crate) fn state<K: Width>(&self, form: Form<K>, place: u32) -> &[u64] {
        let start = (place - self.states_from) as usize * form.state;
        &self.states[start..][..form.state]
    }

    /// Fetches the key and state at `place`, without waiting for them.
    #[inline(always)]
    pub(crate) fn fetch<K: Width>(&self, form: Form<K>, place: u32) {
        prefetch_index(&self.keys, (place as usize).wrapping_mul(form.key.words()));
        if form.state > 0 {
            prefetch_index(&self.states, (place.wrapping_sub(self.states_from) as usize).wrapping_mul(form.state));
        }
    }

    /// Gives up the states before `place`.
    pub(crate) fn forget_before<K: Width>(&mut self, form: Form<K>, place: u32) {
        self.states.drain(..(place - self.states_from) as usize * form.state);
        self.states_from = place;
    }

    /// Gives up the table: nothing will be looked for any more.
    pub(crate) fn close(&mut self) {
        self.slots = Vec::new();
    }

    /// Bytes of keys and table. Room that was made ahead is not counted: how much there is depends on how the entries were shared out.
    pub(crate) fn bytes(&self) -> u64 {
        ((self.keys.len() + self.states.len()) * 8 + slots_for(self.len as usize) * 4) as u64
    }

    #[inline(always)]
    fn home(&self, inside: u32) -> usize {
        ((u64::from(inside) * self.slots.len() as u64) >> 32) as usize
    }

    #[inline(always)]
    fn after(&self, at: usize) -> usize {
        if at + 1 == self.slots.len() { 0 } else { at + 1 }
    }

    /// Adds the keys of all `entries` that are not there yet, in their order. For each that is new, and if `tell_known` for the others
    /// too, its identity is written to the place in `told` that the entry names.
    pub(crate) fn insert<K: Width>(&mut self, form: Form<K>, entries: &[u64], told: &[AtomicU32], tell_known: bool) {
        let stride = 1 + form.key.words() + form.state;
        for entries in entries.chunks(stride * AHEAD) {
            if !self.make_room(form, AHEAD) {
                self.full = true;
                return;
            }
            self.fetch_all(form, entries, stride);
            for entry in entries.chunks_exact(stride) {
                let (key, state) = entry[1..].split_at(form.key.words());
                let place = self.find_or_add(form, entry[0] as u32, key, state);
                if place & NEW != 0 || tell_known {
                    let identity = identity(self.number, place & !NEW) | (place & NEW);
                    told[(entry[0] >> 32) as usize].store(identity, Ordering::Relaxed);
                }
            }
        }
    }

    /// Fetches what the entries will need, without waiting for it: first the slots, and when these have come, the keys. The waiting for
    /// memory is what takes the time here, and so it is done for many at once.
    #[inline(always)]
    fn fetch_all<K: Width>(&self, form: Form<K>, entries: &[u64], stride: usize) {
        for entry in entries.chunks_exact(stride) {
            prefetch_index(&self.slots, self.home(entry[0] as u32));
        }
        for entry in entries.chunks_exact(stride) {
            let slot = self.slots[self.home(entry[0] as u32)];
            let place = (slot & PLACE_MASK).saturating_sub(1) as usize;
            prefetch_index(&self.keys, place.wrapping_mul(form.key.words()));
        }
    }

    /// The place of `key`; with the bit [`NEW`] if it was not there.
    #[inline(always)]
    fn find_or_add<K: Width>(&mut self, form: Form<K>, inside: u32, key: &[u64], state: &[u64]) -> u32 {
        let tag = tag(inside);
        let mut at = self.home(inside);
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                let place = self.len;
                self.slots[at] = tag | (place + 1);
                self.keys.extend_from_slice(&key[..form.key.words()]);
                if form.state > 0 {
                    self.states.extend_from_slice(state);
                }
                self.len += 1;
                return place | NEW;
            }
            if slot & !PLACE_MASK == tag {
                let place = (slot & PLACE_MASK) - 1;
                if same(self.key(form, place), key) {
                    return place;
                }
            }
            at = self.after(at);
        }
    }

    /// Makes sure that `more` keys fit. False if there are no places left.
    fn make_room<K: Width>(&mut self, form: Form<K>, more: usize) -> bool {
        let wanted = self.len as usize + more;
        if wanted >= PLACE_MASK as usize {
            return false;
        }
        grow(&mut self.keys, more * form.key.words());
        grow(&mut self.states, more * form.state);
        if wanted * 3 > self.slots.len() * 2 {
            self.rebuild(form, slots_for(wanted));
        }
        true
    }

    /// Gives up the table: keys are looked at by their places only from now on.
    pub(crate) fn forget_table(&mut self) {
        self.slots = Vec::new();
    }

    fn rebuild<K: Width>(&mut self, form: Form<K>, slots: usize) {
        // Freed first: the old slots say nothing that the keys do not.
        self.slots = Vec::new();
        self.slots = vec![0; slots];
        let mut insides = [0; AHEAD];
        for first in (0..self.len).step_by(AHEAD) {
            let places = first..self.len.min(first + AHEAD as u32);
            for (place, inside) in places.clone().zip(&mut insides) {
                *inside = self.inside(self.key(form, place));
                prefetch_index(&self.slots, self.home(*inside));
            }
            for (place, inside) in places.zip(insides) {
                let mut at = self.home(inside);
                while self.slots[at] != 0 {
                    at = self.after(at);
                }
                self.slots[at] = tag(inside) | (place + 1);
            }
        }
    }

    #[inline]
    fn inside(&self, key: &[u64]) -> u32 {
        inside(if self.hashed { key[0] } else { hash(key) })
    }

    /// Takes out again what was added last, so that `len` keys are left.
    pub(crate) fn shrink<K: Width>(&mut self, form: Form<K>, len: u32) {
        for place in (len..self.len).rev() {
            // No key that stays was put behind one that goes: it was there before.
            let mut at = self.home(self.inside(self.key(form, place)));
            while self.slots[at] & PLACE_MASK != place + 1 {
                at = self.after(at);
            }
            self.slots[at] = 0;
        }
        self.keys.truncate(len as usize * form.key.words());
        self.states.truncate((len - self.states_from) as usize * form.state);
        self.len = len;
        self.full = false;
    }
}

/// The bits of a hash that a slot remembers: those that have least to do with where the slot is.
#[inline(always)]
fn tag(inside: u32) -> u32 {
    inside << PLACE_BITS
}

/// How many slots a table for `len` keys has: a number out of a fixed row, so that at most two thirds of the slots are taken; beyond
/// that ways get long.
fn slots_for(len: usize) -> usize {
    let mut slots = 64;
    while len * 3 > slots * 2 {
        slots += slots / 2;
    }
    slots
}

/// Makes room for `more` words. A quarter more at a time: doubling would leave half of the memory unused.
fn grow(words: &mut Vec<u64>, more: usize) {
    if words.capacity() - words.len() < more {
        words.reserve_exact(more.max(words.len() / 4));
    }
}
