//! States of several words as one word, exactly: every word gets a number among those that occur in its place, every pair of such numbers a
//! number among the pairs, and so on; the last pair is the key.
//!
//! Several threads number at once. Which number something gets depends on who comes first; that two things never share one, and one
//! thing never has two, does not, and nothing else is ever seen from outside.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::engine::levels::hash::hash;
use crate::engine::levels::pairs::{Joints, pair};

/// What stands in a slot while its value is being written.
const BUSY: u32 = u32::MAX;
/// The fewest values there is room for.
const LEAST: usize = 224;

/// See above.
pub(crate) struct Tree {
    joints: Joints,
    tables: Vec<Numbers>,
}

/// Values with numbers.
struct Numbers {
    /// Zero, or the number of a value plus one.
    slots: Vec<AtomicU32>,
    /// By number. As many as there may be with these slots.
    values: Vec<AtomicU64>,
    len: AtomicU32,
}

/// A state with all its values and their numbers.
#[derive(Clone, Default)]
pub(crate) struct Written {
    values: Vec<u64>,
    numbers: Vec<u32>,
}

impl Written {
    /// The state's words, and the pairs after them.
    pub(crate) fn values(&self) -> &[u64] {
        &self.values
    }
}

/// As many slots there are for so many values.
fn slots_for(values: usize) -> usize {
    values * 8 / 7 * 3 / 2
}

/// Out of a fixed row, how much room there is for `len` values.
fn room_for(len: usize) -> usize {
    let mut room = LEAST;
    while room < len {
        room = larger(room);
    }
    room
}

fn larger(room: usize) -> usize {
    // A table that is small is soon too small.
    if room < 1 << 16 { room * 2 } else { room + room / 4 }
}

impl Numbers {
    fn new() -> Self {
        let mut numbers = Self { slots: Vec::new(), values: Vec::new(), len: AtomicU32::new(0) };
        numbers.make_room(LEAST);
        numbers
    }

    fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed) as usize
    }

    #[inline]
    fn home(&self, value: u64) -> usize {
        ((u128::from(hash(&[value])) * self.slots.len() as u128) >> 64) as usize
    }

    /// The number of `value`, which it gets if it has none; nothing if there is no room for it.
    #[inline]
    fn number(&self, value: u64) -> Option<u32> {
        let mut at = self.home(value);
        loop {
            let slot = &self.slots[at];
            // What was written before the number has to be seen by whoever sees the number.
            match slot.load(Ordering::Acquire) {
                0 => {
                    if slot.compare_exchange(0, BUSY, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                        return self.enter(slot, value);
                    }
                }
                // Somebody writes a number here, perhaps this one: it does not take long.
                BUSY => std::thread::yield_now(),
                number => {
                    if self.value(number - 1) == value {
                        return Some(number - 1);
                    }
                    at = if at + 1 == self.slots.len() { 0 } else { at + 1 };
                }
            }
        }
    }

    /// Gives a value the next number, in a slot that nobody else touches now.
    #[cold]
    fn enter(&self, slot: &AtomicU32, value: u64) -> Option<u32> {
        let next = |len: u32| ((len as usize) < self.values.len()).then_some(len + 1);
        let Ok(number) = self.len.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) else {
            slot.store(0, Ordering::Release);
            return None;
        };
        self.values[number as usize].store(value, Ordering::Relaxed);
        slot.store(number + 1, Ordering::Release);
        Some(number)
    }

    #[inline]
    fn value(&self, number: u32) -> u64 {
        self.values[number as usize].load(Ordering::Relaxed)
    }

    /// Makes room for so many values.
    fn make_room(&mut self, room: usize) {
        self.values.reserve_exact(room - self.values.len());
        self.values.resize_with(room, AtomicU64::default);
        self.slots = Vec::new();
        self.slots.resize_with(slots_for(room), AtomicU32::default);
        for number in 0..self.len() as u32 {
            let mut at = self.home(self.value(number));
            while *self.slots[at].get_mut() != 0 {
                at = if at + 1 == self.slots.len() { 0 } else { at + 1 };
            }
            *self.slots[at].get_mut() = number + 1;
        }
    }
}

impl Tree {
    /// For states of `width` words, at least two.
    pub(crate) fn new(width: usize) -> Self {
        let joints = Joints::new(width);
        let tables = (0..joints.places()).map(|_| Numbers::new()).collect();
        Self { joints, tables }
    }

    /// Makes room wherever there is none. False if there are no numbers left.
    pub(crate) fn grow(&mut self) -> bool {
        for table in &mut self.tables {
            if table.len() == table.values.len() {
                let room = larger(table.values.len());
                if room >= BUSY as usize {
                    return false;
                }
                table.make_room(room);
            }
        }
        true
    }

    /// Whether somewhere there is no room.
    pub(crate) fn is_full(&self) -> bool {
        self.tables.iter().any(|table| table.len() == table.values.len())
    }

    /// Bytes of everything, by what there is.
    pub(crate) fn bytes(&self) -> u64 {
        let of = |room: usize| (room * 8 + slots_for(room) * 4) as u64;
        self.tables.iter().map(|table| of(room_for(table.len()))).sum()
    }

    /// The key of the state `words`, which is like `parent` in most places; nothing if there is no room for something in it.
    pub(crate) fn key(&self, words: &[u64], parent: &Written, numbers: &mut Vec<u32>) -> Option<u64> {
        numbers.clear();
        let known = |place: usize, value: u64| parent.values.get(place) == Some(&value);
        for (place, value) in words.iter().enumerate() {
            let number =
                if known(place, *value) { parent.numbers[place] } else { self.tables[place].number(*value)? };
            numbers.push(number);
        }
        for [left, right] in self.joints.inner() {
            let (place, value) = (numbers.len(), pair(numbers[*left], numbers[*right]));
            let number = if known(place, value) { parent.numbers[place] } else { self.tables[place].number(value)? };
            numbers.push(number);
        }
        let [left, right] = self.joints.root();
        Some(pair(numbers[left], numbers[right]))
    }

    /// Writes out the state that has this key.
    pub(crate) fn write_out(&self, key: u64, written: &mut Written) {
        let places = self.tables.len();
        written.values.resize(places, 0);
        written.numbers.resize(places, 0);
        let [left, right] = self.joints.root();
        (written.numbers[left], written.numbers[right]) = ((key >> 32) as u32, key as u32);
        let first = places - self.joints.inner().len();
        for (joint, [left, right]) in self.joints.inner().iter().enumerate().rev() {
            let place = first + joint;
            let value = self.tables[place].value(written.numbers[place]);
            written.values[place] = value;
            (written.numbers[*left], written.numbers[*right]) = ((value >> 32) as u32, value as u32);
        }
        for (place, table) in self.tables[..first].iter().enumerate() {
            written.values[place] = table.value(written.numbers[place]);
        }
    }
}
