//! Rundown as a library: compile a scenario, check it, read the report.
//!
//! ```no_run
//! let scenario = rundown::Scenario::from_file("service.scn").expect("a readable scenario");
//! let report = rundown::check(&scenario, &rundown::Options::default());
//! report.assert_as_expected();
//! ```
//!
//! [`binding`] is the only place where the model and the checker meet. The command `rundown` is a thin shell around this.

#![forbid(unsafe_code)]

pub mod binding;
mod expectation;
pub mod human;
pub mod json;
mod report;
mod scenario;
pub mod spec;

pub use checker::{EngineKind, Limits, Observer, Progress, Stop, StopReason};
pub use expectation::Met;
pub use report::{BoundHit, Options, PropertyReport, ReadingUsed, Report, Word, check, check_with};
pub use scenario::{Mistake, Scenario};
