//! What several engines are built of: hashes, keys of a fixed width, the worker pool, locks, the front cache, the shape of tree compression.

pub(crate) mod front_cache;
pub(crate) mod hash;
pub(crate) mod locks;
pub(crate) mod pool;
pub(crate) mod tree_shape;
pub(crate) mod width;

/// Bytes that a process takes whatever the size of its search: code loaded on demand, stacks of threads, gaps in the allocator. They count
/// towards a limit on memory.
const OVERHEAD: u64 = 6 << 20;

/// The overhead that counts towards a limit of `memory` bytes. It is capped at an eighth: a small limit cannot be held for the whole process.
pub(crate) fn overhead(memory: Option<u64>) -> u64 {
    memory.map_or(0, |memory| OVERHEAD.min(memory / 8))
}
