//! What is asked of a search that looks at a sample only.

use serde::Serialize;

/// A search that looks at a sample of the states and so never says that something holds.
///
/// What it finds is a real run, though rarely a shortest one. Of the properties that are decided on the graph of all states it sees only
/// what an end shows: [`Kind::Unstuck`](crate::Kind::Unstuck) where nothing moves any more, [`Kind::Eventually`](crate::Kind::Eventually)
/// where a run stops that owes the goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hunt {
    /// Along random walks.
    Walks(Walks),
    /// Depth first, with a table of bits in place of the states.
    Bits(Bits),
}

/// Random walks: from an initial state on, each successor is as likely as the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walks {
    /// How many.
    pub count: u64,
    /// What decides where they go. The same seed gives the same walks.
    pub seed: u64,
}

/// A table of bits: a state counts as known if all of its bits are set, be it by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    /// The size of the table in bytes.
    pub bytes: u64,
    /// How many bits a state has.
    pub hashes: u32,
}

impl Bits {
    /// How many bits a state has if nobody says otherwise.
    pub const HASHES: u32 = 3;
    /// The most bits that a state can have.
    pub const HASHES_MAX: u32 = 16;
}

impl Hunt {
    /// How deep a hunt goes if no limit says otherwise: what leads to a state is kept in memory.
    pub const DEPTH: u32 = 10_000;
}

/// What a sample was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sample {
    /// Random walks.
    Walks {
        /// How many were finished.
        walks: u64,
        /// What they were drawn with.
        seed: u64,
    },
    /// The states that a table of bits let through.
    Bits {
        /// The size of the table in bytes.
        bytes: u64,
        /// How many bits a state has.
        hashes: u32,
        /// How many bits are set at the end.
        set: u64,
        /// An estimate of how many new states were taken for known ones; those behind them come on top.
        dismissed: u64,
    },
}

impl Sample {
    /// The chance that a new state would be taken for a known one at the end of the search.
    pub fn chance_of_omission(&self) -> f64 {
        match *self {
            Sample::Walks { .. } => 1.0,
            Sample::Bits { bytes, hashes, set, .. } => (set as f64 / (bytes as f64 * 8.0)).powi(hashes as i32),
        }
    }
}
