//! Searches that look at a sample: random walks, and states let through by a table of bits.

mod bits;
mod random;
mod trail;
mod walks;

pub(crate) use bits::search as bits;
pub(crate) use walks::search as walks;
