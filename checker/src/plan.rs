//! Options of a search.

use std::fmt;
use std::num::NonZero;
use std::str::FromStr;

use serde::Serialize;

use crate::limits::Limits;

/// The options of a search. By default: the breadth-first engine, no limits, all violations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Which engine searches.
    pub engine: EngineKind,
    /// The threads of the default engine; one if there is no number. The outcome does not depend on it.
    pub threads: Option<NonZero<usize>>,
    /// How the default engine keeps states.
    pub store: StoreKind,
    /// How far it may go.
    pub limits: Limits,
    /// Stop at the first state that violates an `Always` or `AtEnd` property. Verdicts on other properties then stay open.
    pub stop_at_first: bool,
    /// Report progress once in this many expansions.
    pub progress_every: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            engine: EngineKind::BreadthFirst,
            threads: None,
            store: StoreKind::Exact,
            limits: Limits::default(),
            stop_at_first: false,
            progress_every: 65_536,
        }
    }
}

impl Plan {
    /// The default plan for `engine`.
    pub fn new(engine: EngineKind) -> Self {
        Self { engine, ..Self::default() }
    }
}

/// The engines. All give the same verdicts; they differ in speed and in what has to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub enum EngineKind {
    /// A sorted map and simple, slow algorithms, to compare with.
    #[serde(rename = "reference")]
    Reference,
    /// Packed states, level by level, on several threads: the default engine.
    #[serde(rename = "bfs")]
    BreadthFirst,
    /// Packed states in one table, one after another. The default engine must agree with it in every figure and every run.
    #[serde(rename = "sequential")]
    Sequential,
    /// The stateright library, driven through an adapter. Only with the feature `stateright`.
    #[cfg(feature = "stateright")]
    #[serde(rename = "stateright")]
    Stateright,
}

impl EngineKind {
    /// All engines of this build.
    pub const ALL: &[EngineKind] = &[
        EngineKind::Reference,
        EngineKind::BreadthFirst,
        EngineKind::Sequential,
        #[cfg(feature = "stateright")]
        EngineKind::Stateright,
    ];

    /// The engine's name.
    pub fn name(self) -> &'static str {
        match self {
            EngineKind::Reference => "reference",
            EngineKind::BreadthFirst => "bfs",
            EngineKind::Sequential => "sequential",
            #[cfg(feature = "stateright")]
            EngineKind::Stateright => "stateright",
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How the default engine keeps states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StoreKind {
    /// Whole.
    #[default]
    Exact,
    /// By a hash of 64 bits. Two states can be taken for one; the outcome has a bound of the probability.
    Fingerprint,
    /// Whole, with tree compression: every word and every pair of numbers is stored once.
    Compressed,
    /// Whole, and nothing else: a set of states without parents and edges. For what is expected to hold and is decided on states alone;
    /// otherwise the search is repeated, or done at once, as with `Compressed`, and the outcome says so.
    StatesOnly,
}

impl StoreKind {
    /// All of them.
    pub const ALL: [StoreKind; 4] =
        [StoreKind::Exact, StoreKind::Fingerprint, StoreKind::Compressed, StoreKind::StatesOnly];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            StoreKind::Exact => "exact",
            StoreKind::Fingerprint => "fingerprint",
            StoreKind::Compressed => "compressed",
            StoreKind::StatesOnly => "states-only",
        }
    }
}

/// A name that no engine of this build has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownEngine(pub String);

impl fmt::Display for UnknownEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = EngineKind::ALL.iter().map(|engine| engine.name()).collect();
        let names = names.join(", ");
        // with the feature it has been found, and nothing is said
        if self.0 == "stateright" {
            return write!(
                f,
                "the engine `stateright` is not in this build, which was made without the feature `stateright`; there are: {names}"
            );
        }
        write!(f, "there is no engine `{}`; there are: {names}", self.0)
    }
}

impl std::error::Error for UnknownEngine {}

impl FromStr for EngineKind {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        let same = |engine: &EngineKind| engine.name() == name;
        EngineKind::ALL.iter().copied().find(same).ok_or_else(|| UnknownEngine(name.to_owned()))
    }
}
