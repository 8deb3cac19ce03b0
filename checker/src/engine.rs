//! The engines.

pub(crate) mod breadth_first;
pub(crate) mod reference;
pub(crate) mod reference_liveness;
pub(crate) mod stateright;
