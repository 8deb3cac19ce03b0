//! One hash of a state says everything about where it is looked for.

/// How many parts the store has, as a power of two.
const PARTS_LOG: u32 = 6;
/// How many parts the store has. It does not depend on the number of threads, so neither does anything that depends on it.
pub(crate) const PARTS: usize = 1 << PARTS_LOG;

// Odd numbers with no pattern in their bits: the golden ratio and two primes of a known mixer.
const SEEDS: [u64; 3] = [0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93, 0xA076_1D64_78BD_642F];

/// Multiplies to twice the width and folds the halves together: every bit of both numbers reaches every bit of the result.
#[inline(always)]
fn fold(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    product as u64 ^ (product >> 64) as u64
}

/// A hash without a seed: the same words meet the same places in every run.
#[inline(always)]
pub(crate) fn hash(words: &[u64]) -> u64 {
    if let [word] = words {
        return fold(word ^ SEEDS[0], SEEDS[1]) ^ fold(word.rotate_left(32) ^ SEEDS[2], SEEDS[0]);
    }
    let (mut one, mut other) = (SEEDS[0], SEEDS[2]);
    let mut pairs = words.chunks_exact(2);
    for pair in &mut pairs {
        // Two chains, so that a multiplication need not wait for the one before it.
        let next = fold(pair[0] ^ one, pair[1] ^ SEEDS[1]);
        one = other.rotate_left(23) ^ next;
        other = next;
    }
    for word in pairs.remainder() {
        one = fold(word ^ one, SEEDS[1] ^ other);
    }
    fold(one ^ SEEDS[2], other ^ SEEDS[0])
}

/// The part of the store that a hash belongs to.
#[inline(always)]
pub(crate) fn part(hash: u64) -> usize {
    (hash >> (64 - PARTS_LOG)) as usize
}

/// What of the hash matters inside a part: none of the bits that chose it.
#[inline(always)]
pub(crate) fn inside(hash: u64) -> u32 {
    (hash >> (32 - PARTS_LOG)) as u32
}
