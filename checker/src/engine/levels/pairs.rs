//! States as trees of pairs: every word of a state gets a number in a table of the words that occur in that place, every pair of such
//! numbers a number in a table of pairs, and so on; the last pair is one word that stands for the whole state, exactly.
//!
//! Neighbouring states share most of their words, so the tables are small and a state costs little more than its last pair.

use std::ops::Range;
use std::sync::{PoisonError, RwLock};

use super::hash::hash;

/// The tables of one search.
pub(crate) struct Pairs {
    joints: Joints,
    tables: RwLock<Vec<Table>>,
}

/// Which numbers of a state are made of which: those of its words come first, then those of pairs.
pub(crate) struct Joints {
    width: usize,
    /// For each pair that has a number: the places of the two numbers it is made of.
    inner: Vec<[usize; 2]>,
    /// The places of the two numbers of the last pair, which has none.
    root: [usize; 2],
}

/// Values with numbers, in the order in which they came.
#[derive(Default)]
struct Table {
    values: Vec<u64>,
    /// Zero, or the number of a value plus one.
    slots: Vec<u32>,
}

/// The state that was encoded last, with all its numbers: what has not changed need not be looked up.
#[derive(Default)]
pub(crate) struct Scratch {
    values: Vec<u64>,
    numbers: Vec<u32>,
}

/// Two numbers as one word.
pub(crate) fn pair(left: u32, right: u32) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}

impl Table {
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

/// Both halves of some words; the last word is seldom full, and so it goes to the larger one.
fn halves(words: Range<usize>) -> [Range<usize>; 2] {
    let middle = words.start + words.len() / 2;
    [words.start..middle, middle..words.end]
}

/// The place of the number that stands for these words, one at the least.
fn join(words: Range<usize>, width: usize, joints: &mut Vec<[usize; 2]>) -> usize {
    if words.len() == 1 {
        return words.start;
    }
    let joint = halves(words).map(|half| join(half, width, joints));
    joints.push(joint);
    width + joints.len() - 1
}

impl Joints {
    /// For states of `width` words, at least two.
    pub(crate) fn new(width: usize) -> Self {
        let mut inner = Vec::new();
        let root = halves(0..width).map(|half| join(half, width, &mut inner));
        Self { width, inner, root }
    }

    /// How many numbers a state has.
    pub(crate) fn places(&self) -> usize {
        self.width + self.inner.len()
    }

    /// What the numbers after those of the words are made of.
    pub(crate) fn inner(&self) -> &[[usize; 2]] {
        &self.inner
    }

    /// What the last pair is made of.
    pub(crate) fn root(&self) -> [usize; 2] {
        self.root
    }
}

impl Pairs {
    /// Tables for states of `width` words, at least two.
    pub(crate) fn new(width: usize) -> Self {
        let joints = Joints::new(width);
        let tables = (0..joints.places()).map(|_| Table::default()).collect();
        Self { joints, tables: RwLock::new(tables) }
    }

    /// The word that stands for `state`.
    pub(crate) fn encode(&self, state: &[u64], scratch: &mut Scratch) -> u64 {
        let count = self.joints.places();
        let fresh = scratch.numbers.len() != count;
        if fresh {
            scratch.values.resize(count, 0);
            scratch.numbers.resize(count, 0);
        }
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        let missed = self.number(state, scratch, 0, fresh, |place, value| tables[place].find(value));
        drop(tables);
        if let Some(place) = missed {
            // Most states have no word that was not seen before, so this is rare.
            let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
            self.number(state, scratch, place, fresh, |place, value| Some(tables[place].find_or_add(value)));
        }
        pair(scratch.numbers[self.joints.root[0]], scratch.numbers[self.joints.root[1]])
    }

    /// Fills in the numbers from `first` on. Stops where there is none, and says where.
    fn number(
        &self,
        state: &[u64],
        scratch: &mut Scratch,
        first: usize,
        fresh: bool,
        mut look_up: impl FnMut(usize, u64) -> Option<u32>,
    ) -> Option<usize> {
        // the loop reads earlier numbers and writes this one, so it goes by place
        #[allow(clippy::needless_range_loop)]
        for place in first..scratch.numbers.len() {
            let value = match place.checked_sub(self.joints.width) {
                None => state[place],
                Some(joint) => {
                    let [left, right] = self.joints.inner[joint];
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

    /// The state for which `word` stands.
    pub(crate) fn decode(&self, word: u64, state: &mut Vec<u64>) {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        let Joints { width, inner, root } = &self.joints;
        state.resize(self.joints.places(), 0);
        state[root[0]] = word >> 32;
        state[root[1]] = word & u64::from(u32::MAX);
        // From the root down: each number is replaced by what it stands for.
        for (joint, [left, right]) in inner.iter().enumerate().rev() {
            let place = *width + joint;
            let value = tables[place].values[state[place] as usize];
            state[*left] = value >> 32;
            state[*right] = value & u64::from(u32::MAX);
        }
        for (table, word) in tables.iter().zip(&mut state[..*width]) {
            *word = table.values[*word as usize];
        }
        state.truncate(*width);
    }

    /// The values of each table in turn, in the order in which they came.
    pub(crate) fn each_table<E>(&self, take: impl FnMut(&[u64]) -> Result<(), E>) -> Result<(), E> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        tables.iter().map(|table| table.values.as_slice()).try_for_each(take)
    }

    /// Fills the tables, which are empty, with such values again.
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
            let pairs = Pairs::new(width);
            let (mut one, mut other) = (Scratch::default(), Scratch::default());
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
