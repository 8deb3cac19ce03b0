//! Runs as artefacts: replayed, judged, told, written to files.
//!
//! A [`run::Run`] is a list of events. [`run::replay`] plays it through the model; [`judge::judge`] decides with the model alone
//! whether it breaks the property that it is said to break; [`story::story`] tells it to a COM developer;
//! [`file::TraceFile`] keeps it.
//! [`diagnostics`] renders the mistakes of a scenario. Nothing here searches.

#![forbid(unsafe_code)]

pub mod diagnostics;
pub mod file;
pub mod judge;
pub mod moves;
pub mod run;
pub mod story;
