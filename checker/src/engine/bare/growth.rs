//! How the table becomes one size larger, where it stands and on all threads.
//!
//! Lines keep their order, and none moves down. So the table is cut into pieces of which each becomes a piece of the larger one: two lines
//! become three, or three become four. A thread takes a piece, the last one first, sorts its keys into lines of its own, waits until
//! whatever stands where these belong has been read, and puts them there. Pieces are taken in order, so what a piece waits for
//! was taken before it; and there is little to wait for, because it was taken long before, but for the first few pieces of the table.
//!
//! A key that stands behind its own line, because that was full, may belong to the piece before; and the last lines of a piece may be full.
//! Such keys are added when everything else stands where it should.

use std::mem::MaybeUninit;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, scope, yield_now};

use super::table::{Line, SLOTS, Table, home, larger};

/// Lines of a piece of the larger table, at most. Every size is some pieces, because the least is one.
const PIECE: usize = 1_024;
/// So many lines are read at once.
const READ: usize = 64;
/// A thread is not worth beginning for fewer pieces.
const WORTH: usize = 16;
/// Bytes of the pages that memory is likely to be given in. With others everything is as right, and slower.
const LARGE_PAGE: usize = 1 << 21;
const SMALL_PAGE: usize = 1 << 12;

/// What all threads see.
struct Move<'a> {
    /// Those of the larger table; the first ones of them are those of the smaller one.
    lines: &'a [Line],
    /// Lines of a piece before.
    from: usize,
    /// Lines of a piece afterwards.
    to: usize,
    /// How many pieces have been taken.
    taken: AtomicUsize,
    /// By piece: it has been read.
    read: Vec<AtomicBool>,
}

/// The lines of a piece while they are filled.
struct Piece {
    lines: Vec<[u64; SLOTS]>,
    /// By line, a bit for each slot: there is a key.
    full: Vec<u8>,
}

impl Table {
    /// Makes the table one size larger.
    pub(crate) fn grow(&mut self) {
        let (before, after) = (self.lines.len(), larger(self.lines.len()));
        let (from, to) = if before.is_power_of_two() { (PIECE / 2, PIECE / 4 * 3) } else { (PIECE / 4 * 3, PIECE) };
        let pieces = before / from;
        let threads = (self.threads as usize).min(pieces / WORTH).max(1);
        self.reserve(after);
        let room = self.lines.spare_capacity_mut();
        let new = room.len().min(after - before);
        if threads > 1 {
            touch(&mut room[..new], threads);
        }
        self.lines.resize_with(after, Line::default);
        let work = Move {
            lines: &self.lines,
            from,
            to,
            taken: AtomicUsize::new(0),
            read: (0..pieces).map(|_| AtomicBool::new(false)).collect(),
        };
        for key in together(threads, || work.pieces()).into_iter().flatten() {
            self.add(key);
        }
    }
}

/// Does a piece of work on each of so many threads.
fn together<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    scope(|scope| {
        // Where no thread can be had, the others do its part.
        let others = (1..threads).map_while(|_| Builder::new().spawn_scoped(scope, &work).ok());
        let others: Vec<_> = others.collect();
        let mut done = vec![work()];
        done.extend(others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic))));
        done
    })
}

/// Writes somewhere into each page of new lines, of which one thread would clear one after the other: the system gives and clears a
/// page when it is first written to. Without it two-phase commit with 9 managers takes a tenth longer on two threads.
fn touch(lines: &mut [MaybeUninit<Line>], threads: usize) {
    const LINES: usize = LARGE_PAGE / size_of::<Line>();
    // Two threads that write to the same page at first would both wait for it.
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

impl Move<'_> {
    /// Moves pieces until none is left. The keys that have no place yet.
    fn pieces(&self) -> Vec<u64> {
        let mut piece = Piece { lines: vec![[0; SLOTS]; self.to], full: vec![0; self.to] };
        let mut waiting = Vec::new();
        while let Some(number) = self.read.len().checked_sub(self.taken.fetch_add(1, Ordering::Relaxed) + 1) {
            self.read(number, &mut piece, &mut waiting);
            self.read[number].store(true, Ordering::Release);
            let (first, last) = (number * self.to, (number + 1) * self.to - 1);
            for other in self.read.iter().take(last / self.from + 1).skip(first / self.from) {
                while !other.load(Ordering::Acquire) {
                    yield_now();
                }
            }
            self.write(number, &mut piece);
        }
        waiting
    }

    /// Sorts the keys of a piece into their lines.
    fn read(&self, number: usize, piece: &mut Piece, waiting: &mut Vec<u64>) {
        let mut keys = [0; READ * SLOTS];
        for lines in self.lines[number * self.from..(number + 1) * self.from].chunks(READ) {
            let mut count = 0;
            for slot in lines.iter().flat_map(|line| &line.0) {
                // Whether there is a key is hard to foresee, so nothing waits for the answer.
                keys[count] = slot.load(Ordering::Relaxed);
                count += usize::from(keys[count] != 0);
            }
            for key in &keys[..count] {
                let line = home(*key, self.lines.len()).wrapping_sub(number * self.to);
                if !piece.put(line, *key) {
                    waiting.push(*key);
                }
            }
        }
    }

    /// Puts the lines of a piece where they belong, and empties it.
    fn write(&self, number: usize, piece: &mut Piece) {
        for (line, filled) in self.lines[number * self.to..].iter().zip(&mut piece.lines) {
            for (slot, key) in line.0.iter().zip(filled) {
                slot.store(std::mem::take(key), Ordering::Relaxed);
            }
        }
        piece.full.fill(0);
    }
}

impl Piece {
    /// Puts a key into a line from its own on. False if it is none of these, or if there is no room up to the end.
    #[inline(always)]
    fn put(&mut self, mut line: usize, key: u64) -> bool {
        while let (Some(full), Some(slots)) = (self.full.get_mut(line), self.lines.get_mut(line)) {
            // The slots are tried in the order in which the key is looked for.
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
    fn standing(table: &Table) -> Vec<u64> {
        let slots = table.lines.iter().flat_map(|line| &line.0);
        slots.map(|slot| slot.load(Ordering::Relaxed)).filter(|key| *key != 0).collect()
    }

    /// Grows a table with these keys in their mixed form, and looks for them.
    fn is_kept(lines: usize, threads: usize, keys: &BTreeSet<u64>) {
        let mut table = Table::new(1, None);
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

    /// Sizes of a few pieces, and such that every thread has some.
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

    /// Where lines are full, keys stand in the next one: in the next piece at an edge, and in the first line behind the last one.
    #[test]
    fn keys_beside_their_lines_are_kept() {
        for threads in 1..=4 {
            for lines in sizes(threads) {
                let edges = (0..lines).step_by(128).flat_map(|line| [line, line + 127]);
                for crowd in [9, 60] {
                    let keys = |line| (0..crowd).map(move |number| within(line, lines, number));
                    is_kept(lines, threads, &edges.clone().flat_map(keys).chain([0]).collect());
                }
                // One crowd that goes over more than a piece, from the middle of the table and from its end.
                for line in [lines / 2 - 1, lines - 1] {
                    is_kept(lines, threads, &(0..3_500).map(|number| within(line, lines, number)).collect());
                }
            }
        }
    }
}
