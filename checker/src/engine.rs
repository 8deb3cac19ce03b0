//! The engines.

pub(crate) mod levels;
pub(crate) mod reference;
pub(crate) mod reference_liveness;
pub(crate) mod sequential;
pub(crate) mod stateright;
