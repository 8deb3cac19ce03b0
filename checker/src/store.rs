//! The exact store: every state in full, in one growing array, found through an index of numbers.

use std::hash::Hasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::FxHasher;

/// The parent of a state that has none.
const NOBODY: u32 = u32::MAX;

/// Packed states of a fixed width, numbered in the order of their insertion, each with the number of the state it was found from.
///
/// The array holds whole states, so two states are never taken for one; hashes only say where to look.
pub(crate) struct Store {
    width: usize,
    arena: Vec<u64>,
    parents: Vec<u32>,
    index: HashTable<u32>,
}

/// The result of an insertion.
pub(crate) enum Inserted {
    /// The state is new and has this number.
    New(u32),
    /// The state was there before, with this number.
    Known(u32),
    /// There is no number left for it.
    Full,
}

fn hash(words: &[u64]) -> u64 {
    // The hasher has no seed: the same states meet the same slots in every run.
    let mut hasher = FxHasher::default();
    for word in words {
        hasher.write_u64(*word);
    }
    hasher.finish()
}

/// The words of state number `number`.
fn slice(arena: &[u64], width: usize, number: u32) -> &[u64] {
    let start = number as usize * width;
    &arena[start..start + width]
}

impl Store {
    /// An empty store for states of `width` words.
    pub(crate) fn new(width: usize) -> Self {
        Self { width, arena: Vec::new(), parents: Vec::new(), index: HashTable::new() }
    }

    /// How many states there are.
    pub(crate) fn len(&self) -> u32 {
        // Insertion never lets the number reach u32::MAX.
        self.parents.len() as u32
    }

    /// Adds a state, unless it is there already.
    pub(crate) fn insert(&mut self, words: &[u64], parent: Option<u32>) -> Inserted {
        let Store { width, arena, parents, index } = self;
        let same = |number: &u32| slice(arena, *width, *number) == words;
        let rehash = |number: &u32| hash(slice(arena, *width, *number));
        match index.entry(hash(words), same, rehash) {
            Entry::Occupied(entry) => Inserted::Known(*entry.get()),
            Entry::Vacant(entry) => {
                let number = parents.len() as u32;
                if number >= NOBODY - 1 {
                    return Inserted::Full;
                }
                entry.insert(number);
                arena.extend_from_slice(words);
                parents.push(parent.unwrap_or(NOBODY));
                Inserted::New(number)
            }
        }
    }

    /// The words of state number `number`.
    pub(crate) fn words(&self, number: u32) -> &[u64] {
        slice(&self.arena, self.width, number)
    }

    /// The state from which state number `number` was found first; none for an initial state.
    pub(crate) fn parent(&self, number: u32) -> Option<u32> {
        let parent = self.parents.get(number as usize).copied()?;
        (parent != NOBODY).then_some(parent)
    }

    /// Bytes that one more state takes: its words, its parent, its slot in the index with the slot's control byte.
    pub(crate) fn bytes_per_state(&self) -> u64 {
        self.width as u64 * 8 + 4 + 4 + 1
    }

    /// Bytes of all of it, spare capacity included.
    pub(crate) fn bytes(&self) -> u64 {
        (self.arena.capacity() * 8 + self.parents.capacity() * 4 + self.index.allocation_size()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many that their hashes meet in the index, with first words that agree.
    #[test]
    fn numbers_states_in_order_and_finds_them_again() {
        const COUNT: u64 = 100_000;
        let words = |i: u64| [i % 3, i * i * i];
        let mut store = Store::new(2);
        for i in 0..COUNT {
            let parent = i.checked_sub(1).map(|parent| parent as u32);
            assert!(matches!(store.insert(&words(i), parent), Inserted::New(n) if u64::from(n) == i));
        }
        for i in 0..COUNT {
            assert!(matches!(store.insert(&words(i), None), Inserted::Known(n) if u64::from(n) == i));
        }
        assert_eq!(u64::from(store.len()), COUNT);
        assert_eq!(store.words(7), [1, 343]);
        assert_eq!(store.parent(7), Some(6));
        assert_eq!(store.parent(0), None);
        assert!(store.bytes() >= COUNT * store.bytes_per_state());
    }

    #[test]
    fn a_system_with_one_state_needs_no_words() {
        let mut store = Store::new(0);
        assert!(matches!(store.insert(&[], None), Inserted::New(0)));
        assert!(matches!(store.insert(&[], None), Inserted::Known(0)));
        assert_eq!(store.words(0), [0u64; 0]);
    }
}
