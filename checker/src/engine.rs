//! The engines.

pub(crate) mod bfs;
pub(crate) mod common;
pub(crate) mod disk;
pub(crate) mod queries;
pub(crate) mod reference;
pub(crate) mod reference_liveness;
pub(crate) mod replay;
pub(crate) mod sampling;
pub(crate) mod sequential;
pub(crate) mod set;
#[cfg(feature = "stateright")]
pub(crate) mod stateright;
pub(crate) mod successors;
