//! One flat table of keys: a key stands in its slot, and nothing stands beside it.
//!
//! Slots lie in lines, as the processor fetches memory. A key belongs into the line that its mixed form names, in proportion; if that is
//! full, into the next one. Threads add keys at the same time: a slot is taken once and never given up, and everybody who looks for a key
//! tries the same slots in the same order, so two of them that bring the same key meet at the same slot, and one is told that it is new.
//!
//! The table grows where it stands ([`super::growth`]).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use prefetch_index::prefetch_index;

use super::pages::ask_for_large_pages;

/// Slots of a line: 64 bytes, which are fetched at once.
pub(crate) const SLOTS: usize = 8;
/// The fewest lines of a table, as the bytes of one are counted.
const LEAST: usize = 256;
/// Tables from so many lines on get room to grow where they stand.
const LARGE: usize = 1 << 14;
/// So many lines are asked for at first if no limit says how large a table can become. They are not taken before they are used.
const ROOM: usize = 1 << 28;

/// Slots in one line of memory. Zero is an empty slot.
#[derive(Default)]
#[repr(align(64))]
pub(super) struct Line(pub(super) [AtomicU64; SLOTS]);

/// See above.
pub(crate) struct Table {
    pub(super) lines: Vec<Line>,
    /// The one key whose mixed form looks like an empty slot is there.
    zero: AtomicBool,
    /// Keys that are there or that somebody has leave to add.
    granted: AtomicU64,
    /// As many may be granted.
    ceiling: u64,
    /// As many are granted at a time.
    grant: u64,
    pub(super) threads: u64,
    /// Lines that the table is allowed to have in the end.
    room: usize,
}

/// Gives each key another form of which every bit depends on all bits of the key; no two keys have the same.
#[inline(always)]
pub(crate) fn mix(key: u64) -> u64 {
    // The constants of a known mixer, and its steps but the last one: the high bits, which name the line, are mixed by then.
    let key = (key ^ key >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    (key ^ key >> 29).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// The line out of `lines` that a key belongs into.
#[inline(always)]
pub(super) fn home(mixed: u64, lines: usize) -> usize {
    ((u128::from(mixed) * lines as u128) >> 64) as usize
}

/// How many lines a table for `keys` keys has, out of a fixed row: at most five of six slots are taken, beyond that ways get long.
fn lines_for(keys: u64) -> usize {
    let mut lines = LEAST;
    while keys > most_in(lines) {
        lines = larger(lines);
    }
    lines
}

/// The next one in the row of sizes: powers of two, and half as much again.
pub(super) fn larger(lines: usize) -> usize {
    if lines.is_power_of_two() { lines / 2 * 3 } else { lines / 3 * 4 }
}

/// As many keys a table of so many lines is meant for.
fn most_in(lines: usize) -> u64 {
    (lines * SLOTS) as u64 * 5 / 6
}

/// Bytes of a table for `keys` keys.
pub(crate) fn bytes_for(keys: u64) -> u64 {
    (lines_for(keys) * size_of::<Line>()) as u64
}

impl Table {
    /// An empty table for `threads` threads, that may take `memory` bytes.
    pub(crate) fn new(threads: usize, memory: Option<u64>) -> Self {
        // What is left over of the grants has to fit in beside what is meant to.
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

    /// Says how many keys there are, and that no more than `most` are of use: whoever finds himself without leave has seen more than that,
    /// or more than this table is meant for.
    pub(crate) fn settle(&mut self, keys: u64, most: u64) {
        let slots = (self.lines.len() * SLOTS) as u64;
        self.grant = (slots / 32 / (self.threads + 1)).clamp(64, 4_096);
        let left_over = (self.threads + 1) * self.grant;
        self.ceiling = most_in(self.lines.len()).min(most).saturating_add(left_over);
        self.granted = AtomicU64::new(keys);
    }

    /// Leave to add so many keys; none if there is no room.
    pub(crate) fn leave(&self) -> Option<u64> {
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

    /// Fetches the line of a key, without waiting for it, and the next one, where it is if there was no room.
    #[inline(always)]
    pub(crate) fn fetch(&self, mixed: u64) {
        let home = self.home(mixed);
        prefetch_index(&self.lines, home);
        prefetch_index(&self.lines, home + 1);
    }

    /// Adds a key, of which this is the mixed form. Whether it was not there. The caller has leave to add one.
    #[inline(always)]
    pub(crate) fn add(&self, mixed: u64) -> bool {
        if mixed == 0 {
            return !self.zero.swap(true, Ordering::Relaxed);
        }
        let mut at = self.home(mixed);
        loop {
            // Each key tries the slots of a line from a place of its own on.
            let line = &self.lines[at].0;
            for step in 0..SLOTS {
                let slot = &line[(mixed as usize + step) % SLOTS];
                let mut found = slot.load(Ordering::Relaxed);
                if found == 0 {
                    // Nothing but the key is made known by it, so there is nothing that would have to be seen before.
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

    /// Makes room for so many lines; for a large table at once for all that it may ever have, so that it need not be moved.
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
    fn filled(keys: u64, threads: usize, spread: fn(u64) -> u64) -> Table {
        let mut table = Table::new(threads, None);
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

    /// Whoever has no leave has seen more keys than he was meant to add; and the table has room for all leave that was given.
    #[test]
    fn leave_is_given_up_to_what_there_is_room_for() {
        for threads in [1, 2, 8] {
            for most in [10, 1_000, u64::MAX] {
                let mut table = Table::new(threads, None);
                table.settle(0, most);
                let mut given = 0;
                while let Some(leave) = table.leave() {
                    given += leave;
                }
                assert!(given - threads as u64 * table.grant > most.min(most_in(table.lines.len())));
                assert!(given < (table.lines.len() * SLOTS) as u64 * 19 / 20);
            }
        }
    }
}
