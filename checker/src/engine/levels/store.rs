//! How states are kept: whole, as fingerprints, or as pairs of numbers of their halves.

use super::hash::{PARTS, hash};
use super::pairs::{Pairs, Scratch};

/// What stands for a state in the store.
pub(crate) enum Kept {
    /// The state itself.
    States,
    /// 64 bits of a hash. States of the level that is expanded and of the next one are kept beside them.
    Fingerprints,
    /// The numbers of its two halves, each the number of a pair of such numbers, and so on.
    Pairs(Pairs),
}

/// What a thread needs to turn states into keys and back.
#[derive(Default)]
pub(crate) struct Coder {
    pub scratch: Scratch,
    /// A state that was made from its key.
    pub state: Vec<u64>,
}

impl Kept {
    /// Whether a key is a hash.
    pub(crate) fn is_hashed(&self) -> bool {
        match self {
            Kept::Fingerprints => true,
            Kept::States | Kept::Pairs(_) => false,
        }
    }

    /// How many words a key has, for states of `width` words.
    pub(crate) fn key_words(&self, width: usize) -> usize {
        match self {
            Kept::States => width,
            Kept::Fingerprints | Kept::Pairs(_) => 1,
        }
    }

    /// How many words come with the key.
    pub(crate) fn state_words(&self, width: usize) -> usize {
        match self {
            Kept::Fingerprints => width,
            Kept::States | Kept::Pairs(_) => 0,
        }
    }

    /// The key of a state that is kept by its hash.
    pub(crate) fn fingerprint(words: &[u64]) -> u64 {
        hash(words)
    }

    /// Bytes that are not in the parts.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Kept::States | Kept::Fingerprints => 0,
            Kept::Pairs(pairs) => pairs.bytes(),
        }
    }
}

/// An upper bound of the probability that some two of `states` states share a fingerprint: n(n-1) / 2^65.
pub(crate) fn collision_bound(states: u64) -> f64 {
    let states = states as f64;
    states * (states - 1.0).max(0.0) / 2f64.powi(65)
}

/// The parts, numbered.
pub(crate) fn parts<T>(make: impl FnMut(usize) -> T) -> Vec<T> {
    (0..PARTS).map(make).collect()
}
