//! A cache of recent lookups, so that most duplicates are never written to disk.

use crate::engine::common::hash::hash;

/// A direct-mapped cache from packed states to numbers. A slot has the words of a state, then its number plus one.
pub(crate) struct LookupCache {
    width: usize,
    slots: Vec<u64>,
}

impl LookupCache {
    /// A cache of this many bytes.
    pub(crate) fn new(width: usize, bytes: u64) -> Self {
        let slots = bytes as usize / 8 / (width + 1);
        Self { width, slots: vec![0; slots * (width + 1)] }
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> u64 {
        self.slots.len() as u64 * 8
    }

    /// The number cached for this state.
    pub(crate) fn get(&self, words: &[u64]) -> Option<u64> {
        let slot = self.slots.get(self.place(words)..)?;
        (slot.len() > self.width && slot[..self.width] == *words).then_some(())?;
        slot[self.width].checked_sub(1)
    }

    /// Caches a number for this state.
    pub(crate) fn put(&mut self, words: &[u64], value: u64) {
        let place = self.place(words);
        if let Some(slot) = self.slots.get_mut(place..place + self.width + 1) {
            slot[..words.len()].copy_from_slice(words);
            slot[words.len()] = value + 1;
        }
    }

    fn place(&self, words: &[u64]) -> usize {
        let slots = self.slots.len() / (self.width + 1);
        ((u128::from(hash(words)) * slots as u128) >> 64) as usize * (self.width + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_is_cached_or_none_is() {
        let mut cache = LookupCache::new(2, 1 << 12);
        let state = |number: u64| [number / 3, number % 3 * number];
        assert_eq!(cache.get(&state(0)), None, "an empty slot is not a state of zeros");
        let mut remembered = 0;
        for round in 0..3 {
            for number in 0..300 {
                let value = cache.get(&state(number));
                assert!(value.is_none_or(|value| value == number * 10 + round - 1), "{value:?}");
                remembered += u32::from(value.is_some());
                cache.put(&state(number), number * 10 + round);
            }
        }
        assert!(remembered > 100, "{remembered}");
        let mut nothing = LookupCache::new(2, 8);
        nothing.put(&state(1), 7);
        assert_eq!((nothing.get(&state(1)), nothing.bytes()), (None, 0));
    }
}
