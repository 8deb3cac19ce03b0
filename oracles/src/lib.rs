//! Other people's searches beside ours: Spin on hand-written twins of our families, and children that are measured in turns.
//!
//! Nothing here knows a scenario or an engine. The benchmarks (`cli/benches/twins.rs`, `checker/benches/two_phase.rs`) say what to run
//! and what must come out.

pub mod measure;
pub mod rounds;
pub mod spin;

use std::path::PathBuf;

/// The directory with the Promela models.
pub fn models() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("promela")
}
