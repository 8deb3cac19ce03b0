//! Tree compression for several threads: as in the engine `bfs` ([`super::super::bfs`]), but with concurrent tables.
//!
//! The number of a value depends on which thread comes first. That two values never share a number, and one value never has two, does not;
//! and no number is seen outside.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::engine::common::hash::hash;
use crate::engine::common::tree_shape::{TreeShape, pair};

/// A slot with this content is being written.
const BUSY: u32 = u32::MAX;
/// The smallest room of a table, in values.
const LEAST: usize = 224;

/// The tables of tree compression, one for each node but the root, shared by all workers.
pub(crate) struct ConcurrentTree {
    shape: TreeShape,
    tables: Vec<ValueTable>,
}

/// A concurrent table of distinct values, numbered in the order of insertion.
struct ValueTable {
    /// 0 for an empty slot; otherwise the number of a value plus one.
    slots: Vec<AtomicU32>,
    /// The values by number. The length is the room of the table.
    values: Vec<AtomicU64>,
    len: AtomicU32,
}

/// A state with its values and numbers at all nodes but the root.
#[derive(Clone, Default)]
pub(crate) struct DecodedState {
    values: Vec<u64>,
    numbers: Vec<u32>,
}

impl DecodedState {
    /// The words of the state, then the pairs of the inner nodes.
    pub(crate) fn values(&self) -> &[u64] {
        &self.values
    }
}

/// Slots of a table with room for this many values.
fn slots_for(values: usize) -> usize {
    values * 8 / 7 * 3 / 2
}

/// The room of a table of `len` values, out of a fixed sequence.
fn room_for(len: usize) -> usize {
    let mut room = LEAST;
    while room < len {
        room = larger(room);
    }
    room
}

fn larger(room: usize) -> usize {
    // Small tables double.
    if room < 1 << 16 { room * 2 } else { room + room / 4 }
}

impl ValueTable {
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

    /// The number of `value`, which is inserted if it is new; nothing if there is no room.
    #[inline]
    fn number(&self, value: u64) -> Option<u32> {
        let mut at = self.home(value);
        loop {
            let slot = &self.slots[at];
            // Acquire: the value written before the number must be visible with it.
            match slot.load(Ordering::Acquire) {
                0 => {
                    if slot.compare_exchange(0, BUSY, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                        return self.enter(slot, value);
                    }
                }
                // Another thread is writing, perhaps the same value: it does not take long.
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

    /// Numbers a value in a slot that this thread has claimed.
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

impl ConcurrentTree {
    /// For states of `width` words, at least two.
    pub(crate) fn new(width: usize) -> Self {
        let shape = TreeShape::new(width);
        let tables = (0..shape.places()).map(|_| ValueTable::new()).collect();
        Self { shape, tables }
    }

    /// Grows the tables that are full. False if there are no numbers left.
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

    /// Whether a table is full.
    pub(crate) fn is_full(&self) -> bool {
        self.tables.iter().any(|table| table.len() == table.values.len())
    }

    /// Bytes of all tables, by their numbers of values.
    pub(crate) fn bytes(&self) -> u64 {
        let of = |room: usize| (room * 8 + slots_for(room) * 4) as u64;
        self.tables.iter().map(|table| of(room_for(table.len()))).sum()
    }

    /// The root pair of the state `words`, which agrees with `parent` in most positions; nothing if a table is full.
    pub(crate) fn key(&self, words: &[u64], parent: &DecodedState, numbers: &mut Vec<u32>) -> Option<u64> {
        numbers.clear();
        let known = |place: usize, value: u64| parent.values.get(place) == Some(&value);
        for (place, value) in words.iter().enumerate() {
            let number =
                if known(place, *value) { parent.numbers[place] } else { self.tables[place].number(*value)? };
            numbers.push(number);
        }
        for [left, right] in self.shape.inner() {
            let (place, value) = (numbers.len(), pair(numbers[*left], numbers[*right]));
            let number = if known(place, value) { parent.numbers[place] } else { self.tables[place].number(value)? };
            numbers.push(number);
        }
        let [left, right] = self.shape.root();
        Some(pair(numbers[left], numbers[right]))
    }

    /// Decodes the state that has this key.
    pub(crate) fn write_out(&self, key: u64, written: &mut DecodedState) {
        let places = self.tables.len();
        written.values.resize(places, 0);
        written.numbers.resize(places, 0);
        let [left, right] = self.shape.root();
        (written.numbers[left], written.numbers[right]) = ((key >> 32) as u32, key as u32);
        let first = places - self.shape.inner().len();
        for (node, [left, right]) in self.shape.inner().iter().enumerate().rev() {
            let place = first + node;
            let value = self.tables[place].value(written.numbers[place]);
            written.values[place] = value;
            (written.numbers[*left], written.numbers[*right]) = ((value >> 32) as u32, value as u32);
        }
        for (place, table) in self.tables[..first].iter().enumerate() {
            written.values[place] = table.value(written.numbers[place]);
        }
    }
}
