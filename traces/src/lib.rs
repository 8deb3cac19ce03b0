//! Runs as artefacts: replayed, judged, told, written to files.
//!
//! A [`run::Run`] is a list of events. [`run::replay`] plays it through the model; [`judge::judge`] decides with the model alone
//! whether it breaks the property that it is said to break; [`story::story`] tells it to a COM developer;
//! [`file::TraceFile`] keeps it, [`record::Record`] says all of it, [`itf`] writes it for other tools, [`open::open`] reads what was written.
//! [`diagnostics`] renders the mistakes of a scenario. Nothing here searches.

#![forbid(unsafe_code)]

pub mod certificate;
pub mod diagnostics;
pub mod file;
pub mod itf;
pub mod judge;
pub mod moves;
pub mod open;
pub mod page;
pub mod record;
pub mod run;
#[cfg(test)]
mod schema;
pub mod shell;
pub mod spot;
pub mod story;
pub mod style;
