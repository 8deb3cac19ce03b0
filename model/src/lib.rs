//! COM server shutdown as data and one pure function.
//!
//! Start with [`event::Event`] (what can happen), [`state::State`] (what there is), then [`step::step`]: given a compiled
//! [`program::Program`], a state and an event there is exactly one successor, or a refusal that names its rule. The lifecycles
//! are tables in [`lifecycle`]; the rules are SPEC.md's, in [`rules`]; open questions are [`readings`].
//!
//! This crate does no I/O and knows no clock, no threads and no search: it builds for wasm.

#![forbid(unsafe_code)]
#![deny(clippy::wildcard_enum_match_arm)]

pub mod ample;
#[doc(hidden)]
pub mod assumed;
pub mod bounds;
mod breach;
pub mod codes;
mod counting;
pub mod event;
pub mod expand;
pub mod held;
pub mod lang;
pub mod leaks;
pub mod lifecycle;
mod mapping;
mod memo;
pub mod names;
pub mod needs;
pub mod operation;
pub mod pack;
pub mod program;
pub mod properties;
pub mod readings;
pub mod reduce;
pub mod rules;
pub mod state;
pub mod step;
pub mod table;
pub mod unjudged;
pub mod violation;
pub mod waits;
