//! Collects the diagnostics of the lowering.
//!
//! The copies of a process are lowered one by one, so that every mistake in it is found once per copy: a place gets one
//! diagnostic of a code, whatever the copy.

use std::collections::BTreeSet;

use crate::lang::ast::{Name, Span};
use crate::lang::diagnostic::{Diagnostic, Severity};
use crate::lang::limits;
use crate::lang::suggest::suggest;
use crate::lang::system;

/// The diagnostics so far.
#[derive(Default)]
pub(super) struct Report {
    list: Vec<Diagnostic>,
    seen: BTreeSet<(&'static str, Span)>,
    errors: usize,
}

impl Report {
    /// Adds a diagnostic, unless the same code was already given for the same place.
    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        let error = diagnostic.severity == Severity::Error;
        // warnings never keep an error out
        if self.is_full() && (!error || self.errors >= 4 * limits::DIAGNOSTICS_MAX) {
            return;
        }
        // what is not modelled is told once, by the first of the names that belong together
        let missing = diagnostic.help.first().is_some_and(|help| system::says(help));
        if missing && self.list.iter().any(|told| told.help == diagnostic.help) {
            return;
        }
        if self.seen.insert((diagnostic.code, diagnostic.primary.0)) {
            self.errors += usize::from(error);
            self.list.push(diagnostic);
        }
    }

    /// Adds a diagnostic that does not keep the scenario from being checked.
    pub(super) fn warn(&mut self, mut diagnostic: Diagnostic) {
        diagnostic.severity = Severity::Warning;
        self.add(diagnostic);
    }

    /// So much is wrong that looking for more is a waste: a text without any sense must not take long.
    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= 4 * limits::DIAGNOSTICS_MAX
    }

    /// Has an error been reported?
    pub(super) fn failed(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// All of them in the order of the text, cut at the limit.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|diagnostic| (diagnostic.primary.0, diagnostic.code));
        if self.list.len() > limits::DIAGNOSTICS_MAX {
            // Errors first, so that no number of warnings hides one.
            self.list.sort_by_key(|diagnostic| diagnostic.severity);
            let next =
                self.list.get(limits::DIAGNOSTICS_MAX).map(|diagnostic| diagnostic.primary.0).unwrap_or_default();
            self.list.truncate(limits::DIAGNOSTICS_MAX);
            self.list.sort_by_key(|diagnostic| (diagnostic.primary.0, diagnostic.code));
            self.list.push(
                Diagnostic::error("R0015", "too many errors", next, "the next one is here; there may be more")
                    .help(format!("the first {} are shown", limits::DIAGNOSTICS_MAX)),
            );
        }
        self.list
    }
}

/// The diagnostic for something that exists and is not modelled.
pub(super) fn not_modelled(name: &Name, instead: &str) -> Diagnostic {
    let message = format!("`{}` is not modelled", name.text);
    Diagnostic::error("R0407", message, name.span, "the model does not know it").help(instead)
}

/// A diagnostic about a word that nobody knows, with the nearest word that somebody does.
pub(super) fn unknown<'a>(
    code: &'static str,
    what: &str,
    word: &str,
    span: Span,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let diagnostic = Diagnostic::error(code, format!("unknown {what} `{word}`"), span, "not known here");
    match suggest(word, known) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic,
    }
}
