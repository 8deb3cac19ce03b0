//! A concurrent hash set of keys of one word, with open addressing and no further data.
//!
//! Slots are grouped in lines of the cache. A key belongs to the line that its mixed form selects, in proportion to the size of the table;
//! if that is full, to the next one. A slot is taken once, by compare-and-swap, and never freed, and all threads probe in the same order;
//! so threads that insert the same key meet at the same slot, and exactly one of them is told that it is new.
//!
//! The table grows in place ([`super::resize`]).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use prefetch_index::prefetch_index;

use super::pages::ask_for_large_pages;

/// Slots of a line: 64 bytes, one line of the cache.
pub(crate) const SLOTS: usize = 8;
/// The fewest lines that the size of a table is counted with.
const LEAST: usize = 256;
/// Tables of at least this many lines reserve address space to grow in place.
const LARGE: usize = 1 << 14;
/// Lines reserved if no limit bounds the table. Memory is used only when it is written to.
const ROOM: usize = 1 << 28;

/// The slots of one line. 0 is an empty slot.
#[derive(Default)]
#[repr(align(64))]
pub(super) struct Line(pub(super) [AtomicU64; SLOTS]);

/// The set of the states found so far, as keys in their mixed form.
pub(crate) struct StateTable {
    pub(super) lines: Vec<Line>,
    /// Whether the key 0 is in the set: its mixed form looks like an empty slot.
    zero: AtomicBool,
    /// Keys that are in the table or whose insertion is granted.
    granted: AtomicU64,
    /// The most keys that may be granted.
    ceiling: u64,
    /// Insertions granted at a time.
    grant: u64,
    pub(super) threads: u64,
    /// Lines that the table may have in the end.
    room: usize,
}

/// A bijection on keys after which every bit depends on all bits of the key.
#[inline(always)]
pub(crate) fn mix(key: u64) -> u64 {
    // The steps of a known mixer but the last one: the high bits, which select the line, are mixed by then.
    let key = (key ^ key >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    (key ^ key >> 29).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// The line, out of `lines`, of a key.
#[inline(always)]
pub(super) fn home(mixed: u64, lines: usize) -> usize {
    ((u128::from(mixed) * lines as u128) >> 64) as usize
}

/// Lines of a table for `keys` keys, out of a fixed sequence of sizes: at most five of six slots are used; above that, probe sequences get
/// long.
fn lines_for(keys: u64) -> usize {
    let mut lines = LEAST;
    while keys > most_in(lines) {
        lines = larger(lines);
    }
    lines
}

/// The next size: powers of two, and half as much again.
pub(super) fn larger(lines: usize) -> usize {
    if lines.is_power_of_two() { lines / 2 * 3 } else { lines / 3 * 4 }
}

/// The most keys that a table of this size is meant for.
fn most_in(lines: usize) -> u64 {
    (lines * SLOTS) as u64 * 5 / 6
}

/// Bytes of a table for `keys` keys.
pub(crate) fn bytes_for(keys: u64) -> u64 {
    (lines_for(keys) * size_of::<Line>()) as u64
}

impl StateTable {
    /// An empty table for `threads` threads, that may take `memory` bytes.
    pub(crate) fn new(threads: usize, memory: Option<u64>) -> Self {
        // Unused grants have to fit in besides.
        let lines = lines_for(1).max(256 * (threads + 1).next_power_of_two());
        let room = memory.map_or(ROOM, |memory| (memory / size_of::<Line>() as u64) as usize);
        let mut table = Self {
            lines: Vec::new(),
            zero: AtomicBool::new(false),
            granted: AtomicU64::new(0),
            ceiling: 0,
            grant: 0,
            threads: threads as u64,
            room,
        };
        table.lines.resize_with(lines, Line::default);
        table.settle(0, u64::MAX);
        table
    }

    /// Sets the number of keys and the ceiling: a worker that gets no grant has seen more than `most` keys, or more than this table is
    /// meant for.
    pub(crate) fn settle(&mut self, keys: u64, most: u64) {
        let slots = (self.lines.len() * SLOTS) as u64;
        self.grant = (slots / 32 / (self.threads + 1)).clamp(64, 4_096);
        let left_over = (self.threads + 1) * self.grant;
        self.ceiling = most_in(self.lines.len()).min(most).saturating_add(left_over);
        self.granted = AtomicU64::new(keys);
    }

    /// Grants some insertions; none if there is no room.
    pub(crate) fn grant_more(&self) -> Option<u64> {
        let before = self.granted.fetch_add(self.grant, Ordering::Relaxed);
        (before + self.grant <= self.ceiling).then_some(self.grant)
    }

    /// Whether `keys` keys are more than the table is meant for.
    pub(crate) fn is_short_of(&self, keys: u64) -> bool {
        keys > most_in(self.lines.len())
    }

    #[inline(always)]
    fn home(&self, mixed: u64) -> usize {
        home(mixed, self.lines.len())
    }

    /// Prefetches the line of a key and the next one, where the key is if the line was full.
    #[inline(always)]
    pub(crate) fn fetch(&self, mixed: u64) {
        let home = self.home(mixed);
        prefetch_index(&self.lines, home);
        prefetch_index(&self.lines, home + 1);
    }

    /// Inserts a key, given its mixed form. Whether it is new. The caller must have a grant for it.
    #[inline(always)]
    pub(crate) fn add(&self, mixed: u64) -> bool {
        if mixed == 0 {
            return !self.zero.swap(true, Ordering::Relaxed);
        }
        let mut at = self.home(mixed);
        loop {
            // Each key probes the slots of a line from its own start.
            let line = &self.lines[at].0;
            for step in 0..SLOTS {
                let slot = &line[(mixed as usize + step) % SLOTS];
                let mut found = slot.load(Ordering::Relaxed);
                if found == 0 {
                    // No other memory is published with the key, so relaxed ordering is enough.
                    match slot.compare_exchange(0, mixed, Ordering::Relaxed, Ordering::Relaxed) {
                        Ok(_) => return true,
                        Err(other) => found = other,
                    }
                }
                if found == mixed {
                    return false;
                }
            }
            at = if at + 1 == self.lines.len() { 0 } else { at + 1 };
        }
    }

    /// Makes room for this many lines; for a large table at once for all that it may ever have, so that it need not be moved.
    pub(super) fn reserve(&mut self, lines: usize) {
        if self.lines.capacity() >= lines || lines < LARGE {
            return;
        }
        let mut room = self.room.max(lines);
        while room > lines && self.lines.try_reserve_exact(room - self.lines.len()).is_err() {
            room = lines.max(room / 2);
        }
        ask_for_large_pages(self.lines.spare_capacity_mut());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds the numbers below `keys`, spread by `spread`, from several threads at once, each of them from each; the table grows as it must.
    fn filled(keys: u64, threads: usize, spread: fn(u64) -> u64) -> StateTable {
        let mut table = StateTable::new(threads, None);
        let (mut known, mut round) = (0, 0);
        while round * 1_000 < keys {
            let of_round = round * 1_000..keys.min((round + 1) * 1_000);
            let new = AtomicU64::new(0);
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        let added = of_round.clone().filter(|key| table.add(mix(spread(*key)))).count();
                        new.fetch_add(added as u64, Ordering::Relaxed);
                    });
                }
            });
            assert_eq!(new.into_inner(), of_round.end - of_round.start, "round {round}");
            known += of_round.end - of_round.start;
            round += 1;
            while table.is_short_of(known + 1_000) {
                table.grow();
            }
        }
        table
    }

    #[test]
    fn every_key_is_new_once_on_any_number_of_threads() {
        for spread in [|key| key, |key: u64| u64::MAX - key, |key: u64| key << 40, |key: u64| key.rotate_right(3)] {
            for threads in [1, 2, 5] {
                let table = filled(40_000, threads, spread);
                assert!((0..40_000).all(|key| !table.add(mix(spread(key)))), "{threads} threads");
                assert!(table.add(mix(spread(40_000))));
            }
        }
    }

    /// The high bits, which name the line, change with every bit of a key, so that neighbours do not crowd.
    #[test]
    fn keys_are_mixed() {
        assert_eq!(mix(0), 0);
        for bit in 0..64 {
            let same = |key: u64| (mix(key * 77) ^ mix((key * 77) ^ (1 << bit))).leading_zeros();
            let same: u32 = (0..256).map(same).sum();
            assert!(same < 256 * 3, "bit {bit}: {same}");
        }
    }

    /// A worker without a grant has seen more keys than it was meant to insert; and the table has room for all grants.
    #[test]
    fn grants_are_given_up_to_what_there_is_room_for() {
        for threads in [1, 2, 8] {
            for most in [10, 1_000, u64::MAX] {
                let mut table = StateTable::new(threads, None);
                table.settle(0, most);
                let mut given = 0;
                while let Some(granted) = table.grant_more() {
                    given += granted;
                }
                assert!(given - threads as u64 * table.grant > most.min(most_in(table.lines.len())));
                assert!(given < (table.lines.len() * SLOTS) as u64 * 19 / 20);
            }
        }
    }
}
