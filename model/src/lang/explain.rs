//! `rundown explain CODE`: what a diagnostic means, a wrong example and the right one.
//!
//! The texts stand in tables beside the code that uses the codes; this file only looks them up.

use super::{explain_meaning, explain_names, explain_syntax};

/// All tables of explanations.
const TABLES: &[&[(&str, &str)]] = &[explain_syntax::CODES, explain_names::CODES, explain_meaning::CODES];

/// The explanation of a code such as `R0102`; upper and lower case are the same.
pub fn explain(code: &str) -> Option<&'static str> {
    codes().find(|(known, _)| known.eq_ignore_ascii_case(code)).map(|(_, text)| text)
}

/// Every code with its explanation, in the order of the tables.
pub fn codes() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES.iter().copied().flatten().copied()
}
