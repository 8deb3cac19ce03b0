//! A scenario: its text, and the program compiled from it.

use std::fmt;
use std::path::Path;

use model::lang::diagnostic::Diagnostic;
use model::lang::limits::SOURCE_BYTES_MAX;
use model::lang::lower;
use model::program::Program;

/// A scenario that compiled.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What diagnostics and reports call it: the path as it was given.
    pub name: String,
    /// The text.
    pub text: String,
    /// What it compiles to.
    pub program: Program,
    /// Mistakes that do not keep it from being checked.
    pub warnings: Vec<Diagnostic>,
}

/// Why a scenario cannot be checked.
#[derive(Clone, Debug)]
pub enum Mistake {
    /// The file cannot be read.
    Unreadable {
        /// The path as it was given.
        name: String,
        /// Why not.
        reason: String,
    },
    /// The text has mistakes.
    Wrong {
        /// The path as it was given.
        name: String,
        /// The text, as far as it is text.
        text: String,
        /// The mistakes.
        diagnostics: Vec<Diagnostic>,
    },
}

impl Mistake {
    /// The mistakes as rustc would print them.
    pub fn render(&self, color: bool) -> String {
        match self {
            Mistake::Unreadable { name, reason } => format!("error: cannot read {name}: {reason}\n"),
            Mistake::Wrong { name, text, diagnostics } => {
                traces::diagnostics::render(name, text, diagnostics, color)
            }
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Mistake {}

impl Scenario {
    /// Reads and compiles a file.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Scenario, Mistake> {
        let path = path.as_ref();
        let name = path.to_string_lossy().into_owned();
        let unreadable = |reason: String| Mistake::Unreadable { name: name.clone(), reason };
        let about = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
        if !about.is_file() {
            return Err(unreadable("it is not a regular file".into()));
        }
        if about.len() > SOURCE_BYTES_MAX as u64 {
            return Err(unreadable(format!("it is larger than {SOURCE_BYTES_MAX} bytes")));
        }
        let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        Scenario::from_bytes(&name, &bytes)
    }

    /// Compiles a text.
    pub fn parse(name: &str, text: &str) -> Result<Scenario, Mistake> {
        Scenario::from_bytes(name, text.as_bytes())
    }

    /// Compiles bytes, which must be UTF-8.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Scenario, Mistake> {
        let wrong = |text: &str, diagnostics| Mistake::Wrong {
            name: name.to_string(),
            text: text.to_string(),
            diagnostics,
        };
        let Ok(text) = std::str::from_utf8(bytes) else {
            let (_, diagnostics) = model::lang::parser::parse_bytes(bytes);
            return Err(wrong(&String::from_utf8_lossy(bytes), diagnostics));
        };
        match lower::compile(text) {
            Ok((program, warnings)) => {
                Ok(Scenario { name: name.to_string(), text: text.to_string(), program, warnings })
            }
            Err(diagnostics) => Err(wrong(text, diagnostics)),
        }
    }
}
