//! Searches of a sample of the states: random walks, and depth-first search with a bit table (bitstate hashing).

mod bitstate;
mod ordinals;
mod random;
mod walks;

pub(crate) use bitstate::search as bitstate;
pub(crate) use walks::search as walks;
