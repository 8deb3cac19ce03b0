//! A front cache: keys that a thread has inserted recently.
//!
//! Neighbouring states of a level lead to the same successors, and most duplicates occur within a few states. A hit saves a lookup in the
//! store. A cached key was handed to the store before, by a state earlier in the order of discovery, so a hit is never a new state.

/// Slots, as a power of two: few enough for the cache of the processor.
const KEYS_LOG: u32 = 13;
const KEYS: usize = 1 << KEYS_LOG;

/// A direct-mapped cache of keys of one word: each key has one slot, which it shares with others.
pub(crate) struct FrontCache {
    keys: Box<[u64; KEYS]>,
}

#[inline(always)]
fn place(key: u64) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - KEYS_LOG)) as usize
}

impl FrontCache {
    pub(crate) fn new() -> Self {
        let mut cache = Self { keys: Box::new([0; KEYS]) };
        cache.forget();
        cache
    }

    /// Clears the cache: every slot gets a key that does not belong there.
    pub(crate) fn forget(&mut self) {
        self.keys.fill(0);
        // The key 0 belongs to slot 0.
        self.keys[0] = u64::MAX;
    }

    /// Whether the key is in the cache. It is from now on.
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
        let mut cache = FrontCache::new();
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
                cache.forget();
                known.clear();
            }
            if cache.meets(key) {
                assert!(known.contains(&key), "{key}");
                met += 1;
            }
            known.insert(key);
        }
        assert!(place(0) == 0 && place(u64::MAX) != 0);
        assert!(met > 50_000, "only {met}");
    }
}
