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
//! `examples/widget-service` is a crate that does this, `docs/test-api.md` says how to start, and names everything that is public here; a test holds
//! the two together. What the command `rundown`, which is a thin shell around this, and our own tests need besides is in [`internal`]: it is
//! public because a binary is a crate of its own to its package's library, hidden, and promises nothing.

#![forbid(unsafe_code)]

mod aftermath;
mod binding;
mod builder;
mod certify;
mod compare;
mod depends;
mod expectation;
#[cfg(feature = "explore")]
mod explore;
mod faults;
#[cfg(feature = "command")]
mod fix;
mod format;
#[cfg(feature = "command")]
mod gallery;
mod guard;
mod human;
mod identity;
mod input;
mod output;
mod page;
mod paths;
mod progress;
mod reduced;
mod replay;
mod report;
mod scenario;
mod spec;
mod telling;
mod testing;

pub use builder::ScenarioBuilder;
pub use checker::{EngineKind, Limits, Sample, StopReason, StoreKind};
pub use model::reduce::{Reduction, Reductions};
pub use report::{Options, Report, Word, check};
pub use scenario::{Mistake, Scenario};
pub use testing::Violation;

/// What the command and our tests need besides. Anything here may change at any time.
#[doc(hidden)]
pub mod internal {
    /// Passes the public items of the modules on, each under its module's name.
    macro_rules! pass_on {
        ($($(#[$when:meta])* $module:ident)*) => {
            $($(#[$when])* pub mod $module {
                pub use crate::$module::*;
            })*
        };
    }
    pass_on! {
        aftermath binding compare depends
        #[cfg(feature = "explore")] explore
        faults
        #[cfg(feature = "command")] fix
        format
        #[cfg(feature = "command")] gallery
        guard human input output page paths progress spec telling
    }

    pub use crate::certify::certify;
    pub use crate::expectation::{Complaint, Met, Outcome};
    pub use crate::guard::guarded;
    pub use crate::replay::{Refused, replay};
    pub use crate::report::{BoundHit, PropertyReport, ReadingUsed, Way, check_by, check_with};
    pub use checker::{Bitstate, Every, Observer, Progress, Sampling, Stop, Walks};
    pub use model::reduce::Note;
}
