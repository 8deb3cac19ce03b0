//! Tree compression: every distinct word of a state gets a number in the table of its position, every distinct pair of such numbers a
//! number in a table of pairs, and so on; the root pair is one word that stands for the whole state, exactly.
//!
//! Neighbouring states share most of their words, so the tables are small and a state costs little more than its root pair.

use std::sync::{PoisonError, RwLock};

use crate::engine::common::hash::hash;
use crate::engine::common::tree_shape::{TreeShape, pair};

/// The tables of tree compression, filled in the order of first occurrence.
pub(crate) struct TreeTables {
    shape: TreeShape,
    tables: RwLock<Vec<ValueNumbers>>,
}

/// One table: distinct values, numbered in the order of first occurrence.
#[derive(Default)]
struct ValueNumbers {
    values: Vec<u64>,
    /// 0 for an empty slot; otherwise the number of a value plus one.
    slots: Vec<u32>,
}

/// The state encoded last, with all its numbers: unchanged values need no lookup.
#[derive(Default)]
pub(crate) struct EncodeScratch {
    values: Vec<u64>,
    numbers: Vec<u32>,
}

impl ValueNumbers {
    fn find(&self, value: u64) -> Option<u32> {
        let mut at = self.home(value)?;
        loop {
            let number = self.slots[at].checked_sub(1)?;
            if self.values[number as usize] == value {
                return Some(number);
            }
            at = (at + 1) % self.slots.len();
        }
    }

    fn home(&self, value: u64) -> Option<usize> {
        let slots = self.slots.len() as u128;
        (slots > 0).then(|| ((u128::from(hash(&[value])) * slots) >> 64) as usize)
    }

    fn find_or_add(&mut self, value: u64) -> u32 {
        if let Some(number) = self.find(value) {
            return number;
        }
        let number = self.values.len() as u32;
        if self.values.len() == self.values.capacity() {
            // A quarter more at a time: doubling would leave half of the memory unused.
            self.values.reserve_exact((self.values.len() / 4).max(16));
        }
        self.values.push(value);
        if self.values.len() * 8 > self.slots.len() * 7 {
            self.slots = vec![0; (self.slots.len() * 3 / 2).max(16)];
            (0..number + 1).for_each(|number| self.enter(number));
        } else {
            self.enter(number);
        }
        number
    }

    fn enter(&mut self, number: u32) {
        let Some(mut at) = self.home(self.values[number as usize]) else { return };
        while self.slots[at] != 0 {
            at = (at + 1) % self.slots.len();
        }
        self.slots[at] = number + 1;
    }
}

impl TreeTables {
    /// Tables for states of `width` words, at least two.
    pub(crate) fn new(width: usize) -> Self {
        let shape = TreeShape::new(width);
        let tables = (0..shape.places()).map(|_| ValueNumbers::default()).collect();
        Self { shape, tables: RwLock::new(tables) }
    }

    /// The root pair of `state`.
    pub(crate) fn encode(&self, state: &[u64], scratch: &mut EncodeScratch) -> u64 {
        let count = self.shape.places();
        let fresh = scratch.numbers.len() != count;
        if fresh {
            scratch.values.resize(count, 0);
            scratch.numbers.resize(count, 0);
        }
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        let missed = self.number(state, scratch, 0, fresh, |place, value| tables[place].find(value));
        drop(tables);
        if let Some(place) = missed {
            // New values are rare, so the write lock is, too.
            let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
            self.number(state, scratch, place, fresh, |place, value| Some(tables[place].find_or_add(value)));
        }
        let [left, right] = self.shape.root();
        pair(scratch.numbers[left], scratch.numbers[right])
    }

    /// Fills in the numbers from `first` on. Returns the first position without a number, if there is one.
    fn number(
        &self,
        state: &[u64],
        scratch: &mut EncodeScratch,
        first: usize,
        fresh: bool,
        mut look_up: impl FnMut(usize, u64) -> Option<u32>,
    ) -> Option<usize> {
        // the loop reads earlier numbers and writes this one, so it goes by place
        #[allow(clippy::needless_range_loop)]
        for place in first..scratch.numbers.len() {
            let value = match place.checked_sub(self.shape.width()) {
                None => state[place],
                Some(node) => {
                    let [left, right] = self.shape.inner()[node];
                    pair(scratch.numbers[left], scratch.numbers[right])
                }
            };
            if fresh || scratch.values[place] != value {
                let Some(number) = look_up(place, value) else { return Some(place) };
                scratch.values[place] = value;
                scratch.numbers[place] = number;
            }
        }
        None
    }

    /// The state with the root pair `word`.
    pub(crate) fn decode(&self, word: u64, state: &mut Vec<u64>) {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        let (width, inner, root) = (self.shape.width(), self.shape.inner(), self.shape.root());
        state.resize(self.shape.places(), 0);
        state[root[0]] = word >> 32;
        state[root[1]] = word & u64::from(u32::MAX);
        // From the root down: each number is replaced by its value.
        for (node, [left, right]) in inner.iter().enumerate().rev() {
            let place = width + node;
            let value = tables[place].values[state[place] as usize];
            state[*left] = value >> 32;
            state[*right] = value & u64::from(u32::MAX);
        }
        for (table, word) in tables.iter().zip(&mut state[..width]) {
            *word = table.values[*word as usize];
        }
        state.truncate(width);
    }

    /// The values of each table in turn, by number.
    pub(crate) fn each_table<E>(&self, take: impl FnMut(&[u64]) -> Result<(), E>) -> Result<(), E> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        tables.iter().map(|table| table.values.as_slice()).try_for_each(take)
    }

    /// Fills the empty tables with such values.
    pub(crate) fn restore<E>(&self, mut give: impl FnMut() -> Result<Vec<u64>, E>) -> Result<(), E> {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        for table in tables.iter_mut() {
            for value in give()? {
                table.find_or_add(value);
            }
        }
        Ok(())
    }

    /// Bytes of the tables, spare capacity included.
    pub(crate) fn bytes(&self) -> u64 {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        tables.iter().map(|table| (table.values.capacity() * 8 + table.slots.capacity() * 4) as u64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_comes_back_and_nothing_else_has_its_word() {
        for width in 2..12 {
            let pairs = TreeTables::new(width);
            let (mut one, mut other) = (EncodeScratch::default(), EncodeScratch::default());
            let mut words = std::collections::BTreeMap::new();
            for round in 0..3_000u64 {
                let word = |place: usize| ((round * round) >> (place % 5)) % (17 + place as u64);
                let state: Vec<u64> = (0..width).map(word).collect();
                let scratch = if round % 3 == 0 { &mut one } else { &mut other };
                let code = pairs.encode(&state, scratch);
                let mut back = Vec::new();
                pairs.decode(code, &mut back);
                assert_eq!(back, state);
                let known = words.entry(code).or_insert_with(|| state.clone());
                assert_eq!(*known, state);
            }
            assert!(words.len() > 20 && pairs.bytes() > 0);
        }
    }
}
