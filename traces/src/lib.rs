//! (to be written)

pub mod diagnostics;
