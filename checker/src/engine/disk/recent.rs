//! States met lately, so that most repetitions are never written.

use crate::engine::levels::hash::hash;

/// See above. Each slot has the words of a state and, behind them, what was said of it, and one more.
pub(crate) struct Recent {
    width: usize,
    slots: Vec<u64>,
}

impl Recent {
    /// In so many bytes.
    pub(crate) fn new(width: usize, bytes: u64) -> Self {
        let slots = bytes as usize / 8 / (width + 1);
        Self { width, slots: vec![0; slots * (width + 1)] }
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> u64 {
        self.slots.len() as u64 * 8
    }

    /// What was said of this state, if it is remembered.
    pub(crate) fn get(&self, words: &[u64]) -> Option<u64> {
        let slot = self.slots.get(self.place(words)..)?;
        (slot.len() > self.width && slot[..self.width] == *words).then_some(())?;
        slot[self.width].checked_sub(1)
    }

    /// Remembers what is to be said of this state.
    pub(crate) fn put(&mut self, words: &[u64], said: u64) {
        let place = self.place(words);
        if let Some(slot) = self.slots.get_mut(place..place + self.width + 1) {
            slot[..words.len()].copy_from_slice(words);
            slot[words.len()] = said + 1;
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
    fn what_was_said_last_is_remembered_or_nothing_is() {
        let mut recent = Recent::new(2, 1 << 12);
        let state = |number: u64| [number / 3, number % 3 * number];
        assert_eq!(recent.get(&state(0)), None, "an empty slot is not a state of zeros");
        let mut remembered = 0;
        for round in 0..3 {
            for number in 0..300 {
                let said = recent.get(&state(number));
                assert!(said.is_none_or(|said| said == number * 10 + round - 1), "{said:?}");
                remembered += u32::from(said.is_some());
                recent.put(&state(number), number * 10 + round);
            }
        }
        assert!(remembered > 100, "{remembered}");
        let mut nothing = Recent::new(2, 8);
        nothing.put(&state(1), 7);
        assert_eq!((nothing.get(&state(1)), nothing.bytes()), (None, 0));
    }
}
