//! The engines.

pub(crate) mod bare;
pub(crate) mod disk;
pub(crate) mod hunt;
pub(crate) mod levels;
pub(crate) mod reference;
pub(crate) mod reference_liveness;
pub(crate) mod sequential;
#[cfg(feature = "stateright")]
pub(crate) mod stateright;
pub(crate) mod successors;
pub(crate) mod wanted;
pub(crate) mod way;
