//! Growing the table in place, on all threads.
//!
//! Lines keep their order, and none moves down. So the table is cut into segments, each of which becomes a segment of the larger table: two
//! lines become three, or three become four. A thread takes the last segment that is left, sorts its keys into lines of its own, waits
//! until the segments whose lines it will overwrite have been read, and writes its lines there. Segments are taken in order, so a segment
//! waits only for segments taken before it; and it seldom waits, because those were taken long before, except at the beginning of the
//! table.
//!
//! A key that was displaced from its own line, because that was full, may belong to the segment before; and the last lines of a segment may
//! be full. Such keys are inserted when everything else is in place.

use std::mem::MaybeUninit;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, scope, yield_now};

use super::table::{Line, SLOTS, StateTable, home, larger};

/// Lines of a segment of the larger table, at most. Every size of a table is a multiple of its segments, because the least one is.
const SEGMENT: usize = 1_024;
/// Lines read at once.
const READ: usize = 64;
/// Segments that make another thread worth starting.
const WORTH: usize = 16;
/// Likely sizes of pages. With others the result is the same, and slower.
const LARGE_PAGE: usize = 1 << 21;
const SMALL_PAGE: usize = 1 << 12;

/// What all threads of a resize share.
struct Resize<'a> {
    /// The lines of the larger table; the first ones of them are those of the smaller one.
    lines: &'a [Line],
    /// Lines of a segment before.
    from: usize,
    /// Lines of a segment afterwards.
    to: usize,
    /// How many segments have been taken.
    taken: AtomicUsize,
    /// By segment: it has been read.
    read: Vec<AtomicBool>,
}

/// The lines of a segment while they are filled.
struct Segment {
    lines: Vec<[u64; SLOTS]>,
    /// By line, a bit for each slot: there is a key.
    full: Vec<u8>,
}

impl StateTable {
    /// Makes the table one size larger.
    pub(crate) fn grow(&mut self) {
        let (before, after) = (self.lines.len(), larger(self.lines.len()));
        let (from, to) =
            if before.is_power_of_two() { (SEGMENT / 2, SEGMENT / 4 * 3) } else { (SEGMENT / 4 * 3, SEGMENT) };
        let segments = before / from;
        let threads = (self.threads as usize).min(segments / WORTH).max(1);
        self.reserve(after);
        let room = self.lines.spare_capacity_mut();
        let new = room.len().min(after - before);
        if threads > 1 {
            touch(&mut room[..new], threads);
        }
        self.lines.resize_with(after, Line::default);
        let work = Resize {
            lines: &self.lines,
            from,
            to,
            taken: AtomicUsize::new(0),
            read: (0..segments).map(|_| AtomicBool::new(false)).collect(),
        };
        for key in together(threads, || work.segments()).into_iter().flatten() {
            self.add(key);
        }
    }
}

/// Runs `work` on this many threads.
fn together<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    scope(|scope| {
        // If a thread cannot be started, the others do its part.
        let others = (1..threads).map_while(|_| Builder::new().spawn_scoped(scope, &work).ok());
        let others: Vec<_> = others.collect();
        let mut done = vec![work()];
        done.extend(others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic))));
        done
    })
}

/// Writes into each page of the new lines. The system provides and clears a page when it is first written to; this does so on all threads.
/// Without it, two-phase commit with 9 managers takes a tenth longer on two threads.
fn touch(lines: &mut [MaybeUninit<Line>], threads: usize) {
    const LINES: usize = LARGE_PAGE / size_of::<Line>();
    // Two threads that first write to the same page wait for each other.
    let start = lines.as_ptr() as usize;
    let edge = (start.next_multiple_of(LARGE_PAGE) - start) / size_of::<Line>();
    let (first, rest) = lines.split_at_mut(edge.min(lines.len()));
    let pages = Mutex::new(std::iter::once(first).chain(rest.chunks_mut(LINES)));
    let next = || pages.lock().unwrap_or_else(PoisonError::into_inner).next();
    together(threads, || {
        while let Some(page) = next() {
            for line in page.iter_mut().step_by(SMALL_PAGE / size_of::<Line>()) {
                line.write(Line::default());
            }
        }
    });
}

impl Resize<'_> {
    /// Moves segments until none is left. The keys that have no place yet.
    fn segments(&self) -> Vec<u64> {
        let mut segment = Segment { lines: vec![[0; SLOTS]; self.to], full: vec![0; self.to] };
        let mut waiting = Vec::new();
        while let Some(number) = self.read.len().checked_sub(self.taken.fetch_add(1, Ordering::Relaxed) + 1) {
            self.read(number, &mut segment, &mut waiting);
            self.read[number].store(true, Ordering::Release);
            let (first, last) = (number * self.to, (number + 1) * self.to - 1);
            for other in self.read.iter().take(last / self.from + 1).skip(first / self.from) {
                while !other.load(Ordering::Acquire) {
                    yield_now();
                }
            }
            self.write(number, &mut segment);
        }
        waiting
    }

    /// Sorts the keys of a segment into their lines.
    fn read(&self, number: usize, segment: &mut Segment, waiting: &mut Vec<u64>) {
        let mut keys = [0; READ * SLOTS];
        for lines in self.lines[number * self.from..(number + 1) * self.from].chunks(READ) {
            let mut count = 0;
            for slot in lines.iter().flat_map(|line| &line.0) {
                // Branch-free: whether a slot is full is hard to predict.
                keys[count] = slot.load(Ordering::Relaxed);
                count += usize::from(keys[count] != 0);
            }
            for key in &keys[..count] {
                let line = home(*key, self.lines.len()).wrapping_sub(number * self.to);
                if !segment.put(line, *key) {
                    waiting.push(*key);
                }
            }
        }
    }

    /// Writes the lines of a segment to their new position, and empties it.
    fn write(&self, number: usize, segment: &mut Segment) {
        for (line, filled) in self.lines[number * self.to..].iter().zip(&mut segment.lines) {
            for (slot, key) in line.0.iter().zip(filled) {
                slot.store(std::mem::take(key), Ordering::Relaxed);
            }
        }
        segment.full.fill(0);
    }
}

impl Segment {
    /// Puts a key into a line from its own on. False if it is none of these, or if there is no room up to the end.
    #[inline(always)]
    fn put(&mut self, mut line: usize, key: u64) -> bool {
        while let (Some(full), Some(slots)) = (self.full.get_mut(line), self.lines.get_mut(line)) {
            // Slots are probed in the order in which a lookup probes them.
            let start = key as u32 % SLOTS as u32;
            let tried = full.rotate_right(start).trailing_ones();
            if tried < SLOTS as u32 {
                let slot = (start + tried) % SLOTS as u32;
                *full |= 1 << slot;
                slots[slot as usize] = key;
                return true;
            }
            line += 1;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::table::mix;
    use super::*;

    /// The mixed form of the `number`th key that belongs into a line out of `lines`.
    fn within(line: usize, lines: usize, number: u64) -> u64 {
        ((line as u128) << 64).div_ceil(lines as u128) as u64 + number * 7
    }

    /// All keys that stand in the table.
    fn standing(table: &StateTable) -> Vec<u64> {
        let slots = table.lines.iter().flat_map(|line| &line.0);
        slots.map(|slot| slot.load(Ordering::Relaxed)).filter(|key| *key != 0).collect()
    }

    /// Grows a table with these keys in their mixed form, and looks for them.
    fn is_kept(lines: usize, threads: usize, keys: &BTreeSet<u64>) {
        let mut table = StateTable::new(1, None);
        table.threads = threads as u64;
        table.lines.resize_with(lines, Line::default);
        assert!(keys.iter().all(|key| table.add(*key)));
        for _ in 0..2 {
            table.grow();
            let standing = standing(&table);
            assert_eq!(standing.len(), keys.len() - usize::from(keys.contains(&0)), "{lines} lines, {threads} threads");
            assert!(standing.iter().all(|key| keys.contains(key)));
            assert!(keys.iter().all(|key| !table.add(*key)), "{lines} lines, {threads} threads");
        }
        assert!(table.lines.len() == 2 * lines);
        assert!(table.add(mix(u64::MAX)));
    }

    /// Sizes of a few segments, and such that every thread has some.
    fn sizes(threads: usize) -> [usize; 6] {
        let many = threads.next_power_of_two() * 512 * WORTH;
        [512, 768, 1_024, 1_536, many, many / 2 * 3]
    }

    #[test]
    fn every_key_is_kept_on_any_number_of_threads() {
        for threads in 1..=4 {
            for lines in sizes(threads) {
                let most = lines as u64 * SLOTS as u64;
                for keys in [0, 1, most / 2, most / 6 * 5, most - 2] {
                    is_kept(lines, threads, &(0..keys).map(mix).collect());
                }
            }
        }
    }

    /// Where lines are full, keys stand in the next one: in the next segment at an edge, and in the first line behind the last one.
    #[test]
    fn keys_beside_their_lines_are_kept() {
        for threads in 1..=4 {
            for lines in sizes(threads) {
                let edges = (0..lines).step_by(128).flat_map(|line| [line, line + 127]);
                for crowd in [9, 60] {
                    let keys = |line| (0..crowd).map(move |number| within(line, lines, number));
                    is_kept(lines, threads, &edges.clone().flat_map(keys).chain([0]).collect());
                }
                // One crowd that goes over more than a segment, from the middle of the table and from its end.
                for line in [lines / 2 - 1, lines - 1] {
                    is_kept(lines, threads, &(0..3_500).map(|number| within(line, lines, number)).collect());
                }
            }
        }
    }
}
