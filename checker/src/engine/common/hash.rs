//! The hash of a state, which selects its shard and its slot there.

/// Shards of the store, as a power of two.
const SHARDS_LOG: u32 = 6;
/// Shards of the store. The number does not depend on the number of threads, so neither does anything that depends on it.
pub(crate) const SHARDS: usize = 1 << SHARDS_LOG;

// Odd numbers without a pattern in their bits: the golden ratio and two primes of a known mixer.
const SEEDS: [u64; 3] = [0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93, 0xA076_1D64_78BD_642F];

/// Multiplies to 128 bits and folds the halves together: every bit of both numbers affects every bit of the result.
#[inline(always)]
fn fold(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    product as u64 ^ (product >> 64) as u64
}

/// A hash without a seed: it is the same in every run.
#[inline(always)]
pub(crate) fn hash(words: &[u64]) -> u64 {
    if let [word] = words {
        return fold(word ^ SEEDS[0], SEEDS[1]) ^ fold(word.rotate_left(32) ^ SEEDS[2], SEEDS[0]);
    }
    let (mut one, mut other) = (SEEDS[0], SEEDS[2]);
    let mut pairs = words.chunks_exact(2);
    for pair in &mut pairs {
        // Two chains, so that multiplications overlap.
        let next = fold(pair[0] ^ one, pair[1] ^ SEEDS[1]);
        one = other.rotate_left(23) ^ next;
        other = next;
    }
    for word in pairs.remainder() {
        one = fold(word ^ one, SEEDS[1] ^ other);
    }
    fold(one ^ SEEDS[2], other ^ SEEDS[0])
}

/// The shard of the store that a hash belongs to.
#[inline(always)]
pub(crate) fn shard(hash: u64) -> usize {
    (hash >> (64 - SHARDS_LOG)) as usize
}

/// The bits of a hash that matter within a shard: none of those that selected it.
#[inline(always)]
pub(crate) fn within_shard(hash: u64) -> u32 {
    (hash >> (32 - SHARDS_LOG)) as u32
}
