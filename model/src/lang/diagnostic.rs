//! A mistake in a scenario, as data: code, labels, notes, help. Rendering is somebody else's business.

use super::ast::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario cannot be checked.
    Error,
    /// The scenario can be checked, but something looks wrong.
    Warning,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The stable code, such as `R0102`; `rundown explain CODE` tells more.
    pub code: &'static str,
    /// One sentence without a full stop, in lower case, as rustc writes it.
    pub message: String,
    /// Where the mistake is, and what stands there.
    pub primary: (Span, String),
    /// Other places that matter.
    pub secondary: Vec<(Span, String)>,
    /// What to do, or more to know.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error with one label.
    pub fn error(code: &'static str, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            primary: (span, label.into()),
            secondary: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Adds a second place.
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.secondary.push((span, label.into()));
        self
    }

    /// Adds a help line.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }
}
