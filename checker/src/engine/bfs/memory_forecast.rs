//! Memory that is certain to be needed: block buffers now, graph analysis later. It counts towards the limit in advance, because a limit
//! reached after the allocation cannot be kept.

use crate::analysis::bytes_per_state;
use crate::engine::common::overhead;
use crate::system::System;

use super::store::KeyEncoding;

/// Block buffers may take this fraction of a limit: one in so many bytes.
const BUFFERS: u64 = 16;
/// The fewest states of a block.
const LEAST: u32 = 256;
/// Successors per state assumed before the first block is done.
const SUCCESSORS: u64 = 8;
/// Bytes per state that are freed before the analysis: the table, and the state numbers by shard.
const FREED: u64 = 4 + 4;
/// Forecasts the memory of a search, in bytes. It depends on the states found so far and not on the number of threads.
pub(crate) struct MemoryForecast {
    /// Bytes of one successor in the buffers of a block.
    entry: u64,
    /// The largest average number of successors per state of a block so far, in sixteenths.
    pub widest: u64,
    graph: bool,
    /// Bytes per state of the analysis.
    analysed: u64,
    hashed: bool,
}

impl MemoryForecast {
    pub(crate) fn new<S: System>(system: &S, encoding: &KeyEncoding, eventually: bool, graph: bool) -> Self {
        let width = system.words();
        let words = 1 + encoding.key_words(width) + encoding.state_words(width);
        // An entry, its lookup result and its actor; half as much again for growing vectors.
        Self {
            entry: (words as u64 * 8 + 5) * 3 / 2,
            widest: 16 * SUCCESSORS,
            graph,
            analysed: bytes_per_state(eventually, system.renames()),
            hashed: encoding.is_hashed(),
        }
    }

    /// Records that a block of `len` states had so many successors.
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

    /// Bytes of the successors of one state in both blocks.
    fn of_state(&self) -> u64 {
        2 * (self.entry * self.widest).div_ceil(16)
    }

    /// Bytes that will be needed in addition to the `counted` ones: buffers during the search, or the analysis after it, whichever is more.
    pub(crate) fn bytes(&self, states: u64, counted: u64, block: u32, memory: Option<u64>) -> u64 {
        let buffers = u64::from(block).min(states) * self.of_state();
        let per_state = self.analysed.saturating_sub(FREED);
        let analysis = if self.graph { states * per_state } else { 0 };
        // The states stored beside fingerprints keep the capacity of the largest level.
        let waiting = if self.hashed { counted / 8 } else { 0 };
        buffers.max(analysis) + waiting + overhead(memory)
    }
}
