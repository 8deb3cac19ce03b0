//! A shard of the store: keys in a growing array, and an open-addressing table of their places.

use std::sync::atomic::{AtomicU32, Ordering};

use prefetch_index::prefetch_index;

use crate::engine::common::hash::{hash, within_shard};
use crate::engine::common::width::{Width, item, same};

/// Bits of a place within a shard. With the number of the shard it makes an identity, which leaves one bit for [`NEW`].
const PLACE_BITS: u32 = 25;
const PLACE_MASK: u32 = (1 << PLACE_BITS) - 1;
/// The bit of a lookup result that says that the state was inserted.
pub(crate) const NEW: u32 = 1 << 31;
/// The lookup result of a known state if edges are not kept: its identity is not needed then.
pub(crate) const KNOWN: u32 = 0;

/// Entries looked up at once, after their memory was prefetched.
const AHEAD: usize = 128;

/// The identity of a state during the search: shard and place. Outcomes do not contain it.
#[inline]
pub(crate) fn identity(shard: usize, place: u32) -> u32 {
    (shard as u32) << PLACE_BITS | place
}

/// The shard and the place of an identity.
#[inline]
pub(crate) fn located(identity: u32) -> (usize, u32) {
    (((identity & !NEW) >> PLACE_BITS) as usize, identity & PLACE_MASK)
}

/// The head word of an entry: its index in `lookups`, and the bits of its hash that matter within a shard.
#[inline(always)]
pub(crate) fn head(ordinal: u32, hash: u64) -> u64 {
    u64::from(ordinal) << 32 | u64::from(within_shard(hash))
}

/// The keys whose hashes begin with the number of this shard.
pub(crate) struct Shard {
    number: usize,
    /// 0 for an empty slot; otherwise the place of a key plus one, with a tag from the hash in the upper bits.
    slots: Vec<u32>,
    keys: Vec<u64>,
    len: u32,
    /// With fingerprints: the packed states of the levels that are still needed.
    states: Vec<u64>,
    /// The place of the first of these.
    states_from: u32,
    /// Keys are hashes already.
    hashed: bool,
    full: bool,
}

/// How keys and states lie in the entries of a search.
#[derive(Clone, Copy)]
pub(crate) struct EntryLayout<K> {
    /// Words of a key.
    pub key: K,
    /// Words of the state that comes with it; none if the key says it all.
    pub state: usize,
}

impl Shard {
    pub(crate) fn new(number: usize, hashed: bool) -> Self {
        let (slots, keys, states) = (Vec::new(), Vec::new(), Vec::new());
        Self { number, slots, keys, len: 0, states, states_from: 0, hashed, full: false }
    }

    /// Whether an insertion failed for lack of places.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// The key at `place`.
    #[inline(always)]
    pub(crate) fn key<K: Width>(&self, layout: EntryLayout<K>, place: u32) -> &[u64] {
        item(&self.keys, layout.key, place as usize)
    }

    /// The packed state at `place`, stored beside a fingerprint.
    #[inline(always)]
    pub(crate) fn state<K: Width>(&self, layout: EntryLayout<K>, place: u32) -> &[u64] {
        let start = (place - self.states_from) as usize * layout.state;
        &self.states[start..][..layout.state]
    }

    /// Prefetches the key and state at `place`.
    #[inline(always)]
    pub(crate) fn fetch<K: Width>(&self, layout: EntryLayout<K>, place: u32) {
        prefetch_index(&self.keys, (place as usize).wrapping_mul(layout.key.words()));
        if layout.state > 0 {
            prefetch_index(&self.states, (place.wrapping_sub(self.states_from) as usize).wrapping_mul(layout.state));
        }
    }

    /// Drops the packed states before `place`.
    pub(crate) fn forget_before<K: Width>(&mut self, layout: EntryLayout<K>, place: u32) {
        self.states.drain(..(place - self.states_from) as usize * layout.state);
        self.states_from = place;
    }

    /// Gives up the table: nothing will be looked for any more.
    pub(crate) fn close(&mut self) {
        self.slots = Vec::new();
    }

    /// Bytes of keys and table. Spare capacity is not counted: it depends on how entries were cut into batches.
    pub(crate) fn bytes(&self) -> u64 {
        ((self.keys.len() + self.states.len()) * 8 + slots_for(self.len as usize) * 4) as u64
    }

    #[inline(always)]
    fn home(&self, within_shard: u32) -> usize {
        ((u64::from(within_shard) * self.slots.len() as u64) >> 32) as usize
    }

    #[inline(always)]
    fn after(&self, at: usize) -> usize {
        if at + 1 == self.slots.len() { 0 } else { at + 1 }
    }

    /// Inserts the keys of `entries` in order. For each new one, and with `tell_known` for known ones too, its lookup result is written to
    /// the index of `lookups` that the entry names.
    pub(crate) fn insert<K: Width>(
        &mut self,
        layout: EntryLayout<K>,
        entries: &[u64],
        lookups: &[AtomicU32],
        tell_known: bool,
    ) {
        let stride = 1 + layout.key.words() + layout.state;
        for entries in entries.chunks(stride * AHEAD) {
            if !self.make_room(layout, AHEAD) {
                self.full = true;
                return;
            }
            self.fetch_all(layout, entries, stride);
            for entry in entries.chunks_exact(stride) {
                let (key, state) = entry[1..].split_at(layout.key.words());
                let place = self.find_or_add(layout, entry[0] as u32, key, state);
                if place & NEW != 0 || tell_known {
                    let identity = identity(self.number, place & !NEW) | (place & NEW);
                    lookups[(entry[0] >> 32) as usize].store(identity, Ordering::Relaxed);
                }
            }
        }
    }

    /// Prefetches what the entries need: first the slots, then, when these have arrived, the keys. Memory latency dominates here, so it is
    /// overlapped for many entries.
    #[inline(always)]
    fn fetch_all<K: Width>(&self, layout: EntryLayout<K>, entries: &[u64], stride: usize) {
        for entry in entries.chunks_exact(stride) {
            prefetch_index(&self.slots, self.home(entry[0] as u32));
        }
        for entry in entries.chunks_exact(stride) {
            let slot = self.slots[self.home(entry[0] as u32)];
            let place = (slot & PLACE_MASK).saturating_sub(1) as usize;
            prefetch_index(&self.keys, place.wrapping_mul(layout.key.words()));
        }
    }

    /// The place of `key`; with the bit [`NEW`] if it was not there.
    #[inline(always)]
    fn find_or_add<K: Width>(&mut self, layout: EntryLayout<K>, within_shard: u32, key: &[u64], state: &[u64]) -> u32 {
        let tag = tag(within_shard);
        let mut at = self.home(within_shard);
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                let place = self.len;
                self.slots[at] = tag | (place + 1);
                self.keys.extend_from_slice(&key[..layout.key.words()]);
                if layout.state > 0 {
                    self.states.extend_from_slice(state);
                }
                self.len += 1;
                return place | NEW;
            }
            if slot & !PLACE_MASK == tag {
                let place = (slot & PLACE_MASK) - 1;
                if same(self.key(layout, place), key) {
                    return place;
                }
            }
            at = self.after(at);
        }
    }

    /// Makes room for `more` keys. False if there are no places left.
    fn make_room<K: Width>(&mut self, layout: EntryLayout<K>, more: usize) -> bool {
        let wanted = self.len as usize + more;
        if wanted >= PLACE_MASK as usize {
            return false;
        }
        grow(&mut self.keys, more * layout.key.words());
        grow(&mut self.states, more * layout.state);
        if wanted * 3 > self.slots.len() * 2 {
            self.rebuild(layout, slots_for(wanted));
        }
        true
    }

    /// Gives up the table: keys are looked at by their places only from now on.
    pub(crate) fn drop_table(&mut self) {
        self.slots = Vec::new();
    }

    fn rebuild<K: Width>(&mut self, layout: EntryLayout<K>, slots: usize) {
        // Freed first: the table is rebuilt from the keys.
        self.slots = Vec::new();
        self.slots = vec![0; slots];
        let mut insides = [0; AHEAD];
        for first in (0..self.len).step_by(AHEAD) {
            let places = first..self.len.min(first + AHEAD as u32);
            for (place, within_shard) in places.clone().zip(&mut insides) {
                *within_shard = self.within_shard(self.key(layout, place));
                prefetch_index(&self.slots, self.home(*within_shard));
            }
            for (place, within_shard) in places.zip(insides) {
                let mut at = self.home(within_shard);
                while self.slots[at] != 0 {
                    at = self.after(at);
                }
                self.slots[at] = tag(within_shard) | (place + 1);
            }
        }
    }

    #[inline]
    fn within_shard(&self, key: &[u64]) -> u32 {
        within_shard(if self.hashed { key[0] } else { hash(key) })
    }

    /// Removes the keys inserted last, so that `len` are left.
    pub(crate) fn shrink<K: Width>(&mut self, layout: EntryLayout<K>, len: u32) {
        for place in (len..self.len).rev() {
            // No remaining key was displaced by a removed one: it was inserted earlier.
            let mut at = self.home(self.within_shard(self.key(layout, place)));
            while self.slots[at] & PLACE_MASK != place + 1 {
                at = self.after(at);
            }
            self.slots[at] = 0;
        }
        self.keys.truncate(len as usize * layout.key.words());
        self.states.truncate((len - self.states_from) as usize * layout.state);
        self.len = len;
        self.full = false;
    }
}

/// The bits of a hash that a slot stores: the low ones, which have the least influence on its position.
#[inline(always)]
fn tag(within_shard: u32) -> u32 {
    within_shard << PLACE_BITS
}

/// Slots of a table for `len` keys, out of a fixed sequence of sizes: at most two thirds are used; above that, probe sequences get long.
fn slots_for(len: usize) -> usize {
    let mut slots = 64;
    while len * 3 > slots * 2 {
        slots += slots / 2;
    }
    slots
}

/// Makes room for `more` words. The capacity grows by a quarter: doubling would leave half of the memory unused.
fn grow(words: &mut Vec<u64>, more: usize) {
    if words.capacity() - words.len() < more {
        words.reserve_exact(more.max(words.len() / 4));
    }
}
