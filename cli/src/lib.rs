//! Rundown as a library: compile a scenario, check it, read the report.
//!
//! In a test, with `rundown` as a dev-dependency:
//!
//! ```
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
//! let report = rundown::Scenario::from_file("scenarios/field/c34-broken.scn").unwrap().check();
//! report.assert_as_expected();
//! let violation = report.assert_violated("unload_in_use");
//! assert!(violation.story().contains("what happened, in 20 steps"));
//! ```
//!
//! `examples/widget-service` is a crate that does this, `docs/test-api.md` says how to start. [`format`] writes reports for
//! other programs. [`binding`] is the only place where the model and the checker meet. The command `rundown` is a thin shell
//! around this.

#![forbid(unsafe_code)]

pub mod aftermath;
pub mod binding;
mod builder;
mod certify;
pub mod compare;
pub mod depends;
mod expectation;
#[cfg(feature = "explore")]
pub mod explore;
pub mod format;
pub mod guard;
pub mod human;
mod identity;
pub mod input;
pub mod output;
pub mod page;
pub mod progress;
mod reduced;
mod replay;
mod report;
mod scenario;
pub mod spec;
pub mod telling;
mod testing;

pub use builder::ScenarioBuilder;
pub use certify::certify;
pub use checker::{
    Bits, EngineKind, Every, Hunt, Limits, Observer, Progress, Sample, Stop, StopReason, StoreKind, Walks,
};
pub use expectation::{Complaint, Met, Outcome};
pub use guard::guarded;
pub use model::reduce::{Note, Reduction, Reductions};
pub use replay::{Refused, replay};
pub use report::{BoundHit, Options, PropertyReport, ReadingUsed, Report, Way, Word, check, check_by, check_with};
pub use scenario::{Mistake, Scenario};
pub use testing::Violation;
