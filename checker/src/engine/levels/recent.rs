//! The keys that a thread has met lately.
//!
//! Neighbours in a level lead to the same states, and most of what is found was found a few states ago. Who says so early spares the store
//! an entry. A key that is remembered was handed to the store before, by a state that comes earlier in the order of discovery: so
//! nothing that is new is ever held back.

/// So many keys are remembered, as a power of two: few enough to stay near the processor.
const KEYS_LOG: u32 = 13;
const KEYS: usize = 1 << KEYS_LOG;

/// See above. Each key has one place, which it shares with others.
pub(crate) struct Recent {
    keys: Box<[u64; KEYS]>,
}

#[inline(always)]
fn place(key: u64) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - KEYS_LOG)) as usize
}

impl Recent {
    pub(crate) fn new() -> Self {
        let mut recent = Self { keys: Box::new([0; KEYS]) };
        recent.forget();
        recent
    }

    /// Forgets everything: every place gets a key that does not belong there.
    pub(crate) fn forget(&mut self) {
        self.keys.fill(0);
        // 0 has place 0
        self.keys[0] = u64::MAX;
    }

    /// Whether the key was met lately; from now on it was.
    #[inline(always)]
    pub(crate) fn meets(&mut self, key: u64) -> bool {
        let met = &mut self.keys[place(key)];
        std::mem::replace(met, key) == key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_met_before_it_came() {
        let mut recent = Recent::new();
        let mut known = std::collections::BTreeSet::new();
        let mut met = 0;
        for round in 0..200_000u64 {
            let key = match round % 4 {
                0 => round / 1_000,
                1 => u64::MAX - round % 7,
                2 => round.wrapping_mul(0xD6E8_FEB8_6659_FD93),
                _ => 1 << (round % 64),
            };
            if round == 100_000 {
                recent.forget();
                known.clear();
            }
            if recent.meets(key) {
                assert!(known.contains(&key), "{key}");
                met += 1;
            }
            known.insert(key);
        }
        assert!(place(0) == 0 && place(u64::MAX) != 0);
        assert!(met > 50_000, "only {met}");
    }
}
