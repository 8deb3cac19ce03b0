//! What a search will take that it has not taken yet: the buffers of its blocks, and the analysis after it. A limit on memory is kept only if it
//! is reached before they are there.

use crate::analysis::bytes_per_state;
use crate::system::System;

use super::store::Kept;

/// The share of a limit that the buffers of blocks may take.
const BUFFERS: u64 = 16;
/// The fewest states of a block.
const LEAST: u32 = 256;
/// What a state is taken to lead to as long as nothing is known.
const SUCCESSORS: u64 = 8;
/// Of the store: bytes for each state of what is freed before the analysis, the table and the numbers of parts' states.
const FREED: u64 = 4 + 4;
/// What a search takes whatever its size: code that was not in memory before, stacks of threads, gaps between what is allocated. Less of a small
/// limit, which no measurement of a whole process can hold.
pub(crate) const BESIDE: u64 = 6 << 20;

/// See above. It depends on what was found only, not on threads.
pub(crate) struct Foresight {
    /// Bytes of one successor in the buffers of a block.
    entry: u64,
    /// The most successors that a block's states had, on the average, times 16.
    pub widest: u64,
    graph: bool,
    /// Bytes of a state in the analysis.
    analysed: u64,
    hashed: bool,
}

impl Foresight {
    pub(crate) fn new<S: System>(system: &S, kept: &Kept, eventually: bool, graph: bool) -> Self {
        let width = system.words();
        let words = 1 + kept.key_words(width) + kept.state_words(width);
        // An entry, what is told of it, its actor; half as much again where lists have grown.
        Self {
            entry: (words as u64 * 8 + 5) * 3 / 2,
            widest: 16 * SUCCESSORS,
            graph,
            analysed: bytes_per_state(eventually, system.renames()),
            hashed: kept.is_hashed(),
        }
    }

    /// A block of `len` states led to so many successors.
    pub(crate) fn learn(&mut self, len: u32, transitions: u64) {
        if len >= LEAST {
            self.widest = self.widest.max(transitions * 16 / u64::from(len));
        }
    }

    /// How many states the next block may have.
    pub(crate) fn block(&self, most: u32, memory: Option<u64>) -> u32 {
        let Some(memory) = memory else { return most };
        let len = (memory / BUFFERS).min(u64::from(most) * self.of_state()) / self.of_state();
        (len as u32).clamp(LEAST.min(most), most)
    }

    /// Bytes of a state's successors in both blocks.
    fn of_state(&self) -> u64 {
        2 * (self.entry * self.widest).div_ceil(16)
    }

    /// Bytes that will come on top of the `counted` ones: buffers as long as the search goes on, the analysis after it.
    pub(crate) fn bytes(&self, states: u64, counted: u64, block: u32, memory: Option<u64>) -> u64 {
        let buffers = u64::from(block).min(states) * self.of_state();
        let per_state = self.analysed.saturating_sub(FREED);
        let analysis = if self.graph { states * per_state } else { 0 };
        // States that wait beside their hashes keep the room of the largest level.
        let waiting = if self.hashed { counted / 8 } else { 0 };
        buffers.max(analysis) + waiting + memory.map_or(0, |memory| BESIDE.min(memory / 8))
    }
}
