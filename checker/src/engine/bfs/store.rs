//! Key encodings: how a state is represented in the store.

use crate::engine::common::hash::{SHARDS, hash};

use super::compression::{EncodeScratch, TreeTables};

/// How a state becomes a key.
pub(crate) enum KeyEncoding {
    /// The whole state.
    Whole,
    /// A hash of 64 bits. Packed states of the current level and the next are stored beside the keys.
    Fingerprint,
    /// The root of its tree compression, one word; see [`TreeTables`].
    Compressed(TreeTables),
}

/// Buffers of one thread for encoding and decoding.
#[derive(Default)]
pub(crate) struct Coder {
    pub scratch: EncodeScratch,
    /// A decoded state.
    pub state: Vec<u64>,
}

impl KeyEncoding {
    /// Whether a key is a hash.
    pub(crate) fn is_hashed(&self) -> bool {
        match self {
            KeyEncoding::Fingerprint => true,
            KeyEncoding::Whole | KeyEncoding::Compressed(_) => false,
        }
    }

    /// How many words a key has, for states of `width` words.
    pub(crate) fn key_words(&self, width: usize) -> usize {
        match self {
            KeyEncoding::Whole => width,
            KeyEncoding::Fingerprint | KeyEncoding::Compressed(_) => 1,
        }
    }

    /// Words of the packed state stored with a key.
    pub(crate) fn state_words(&self, width: usize) -> usize {
        match self {
            KeyEncoding::Fingerprint => width,
            KeyEncoding::Whole | KeyEncoding::Compressed(_) => 0,
        }
    }

    /// The key of a state that is kept by its hash.
    pub(crate) fn fingerprint(words: &[u64]) -> u64 {
        hash(words)
    }

    /// Bytes outside the shards.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            KeyEncoding::Whole | KeyEncoding::Fingerprint => 0,
            KeyEncoding::Compressed(pairs) => pairs.bytes(),
        }
    }
}

/// An upper bound of the probability that two of `states` states have the same fingerprint: n(n-1) / 2^65.
pub(crate) fn collision_bound(states: u64) -> f64 {
    let states = states as f64;
    states * (states - 1.0).max(0.0) / 2f64.powi(65)
}

/// One value for each shard.
pub(crate) fn shards<T>(make: impl FnMut(usize) -> T) -> Vec<T> {
    (0..SHARDS).map(make).collect()
}
