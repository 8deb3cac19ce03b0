//! Options of a search that looks at a sample of the states.

use serde::Serialize;

/// A search of a sample of the states. It never concludes that something holds.
///
/// What it finds is a real run, though seldom a shortest one. Of the properties that are decided on the graph of all states it sees only
/// what an end shows: [`Kind::Unstuck`](crate::Kind::Unstuck) where nothing moves any more, [`Kind::Eventually`](crate::Kind::Eventually)
/// where a run stops and the goal is still owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// Random walks.
    Walks(Walks),
    /// Depth-first search with a bit table in place of the states (bitstate hashing).
    Bitstate(Bitstate),
}

/// Random walks: in each state every successor is equally likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walks {
    /// How many.
    pub count: u64,
    /// The seed of the random numbers. The same seed gives the same walks.
    pub seed: u64,
}

/// A bit table: a state counts as visited if all of its bits are set, even if by other states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bitstate {
    /// The size of the table in bytes.
    pub bytes: u64,
    /// How many bits a state has.
    pub hashes: u32,
}

impl Bitstate {
    /// The default number of bits of a state.
    pub const HASHES: u32 = 3;
    /// The most bits that a state can have.
    pub const HASHES_MAX: u32 = 16;
}

impl Sampling {
    /// The default depth limit: the path to the current state is kept in memory.
    pub const DEPTH: u32 = 10_000;
}

/// What a sampling search looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sample {
    /// Random walks.
    Walks {
        /// How many were finished.
        walks: u64,
        /// Their seed.
        seed: u64,
    },
    /// The states that a bit table admitted.
    #[serde(rename = "bits")]
    Bitstate {
        /// The size of the table in bytes.
        bytes: u64,
        /// How many bits a state has.
        hashes: u32,
        /// How many bits are set at the end.
        set: u64,
        /// The expected number of new states taken for visited ones. Those reachable only through them are not counted.
        dismissed: u64,
    },
}

impl Sample {
    /// The probability that a new state would be taken for a visited one at the end of the search.
    pub fn chance_of_omission(&self) -> f64 {
        match *self {
            Sample::Walks { .. } => 1.0,
            Sample::Bitstate { bytes, hashes, set, .. } => (set as f64 / (bytes as f64 * 8.0)).powi(hashes as i32),
        }
    }
}
