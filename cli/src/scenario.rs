//! A scenario: its text, and the program compiled from it.

use std::fmt;
use std::path::Path;

use model::lang::diagnostic::Diagnostic;
use model::lang::limits::SOURCE_BYTES_MAX;
use model::lang::lower;
use model::program::Program;

use crate::builder::ScenarioBuilder;
use crate::report::{Options, Report};

/// A scenario that compiled.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What diagnostics and reports call it: the path as it was given, with `/` on every system.
    pub name: String,
    /// The text.
    pub text: String,
    /// What it compiles to.
    #[doc(hidden)]
    pub program: Program,
    /// Mistakes that do not keep it from being checked.
    #[doc(hidden)]
    pub warnings: Vec<Diagnostic>,
}

/// Why a scenario cannot be checked.
#[derive(Clone, Debug)]
#[non_exhaustive]
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
        #[doc(hidden)]
        diagnostics: Vec<Diagnostic>,
    },
    /// Nothing is wrong with the scenario that we know of: Rundown itself failed at it.
    Internal {
        /// The path as it was given.
        name: String,
        /// What it says.
        reason: String,
    },
}

impl Mistake {
    /// The mistakes as rustc would print them.
    pub fn render(&self, color: bool) -> String {
        match self {
            Mistake::Unreadable { name, reason } => format!("error: cannot read {name}: {reason}\n"),
            Mistake::Internal { name, reason } => format!(
                "internal error: {name}: {reason}\n  this is a fault of rundown and says nothing about the scenario; please report it with the scenario\n"
            ),
            Mistake::Wrong { name, text, diagnostics } => traces::diagnostics::render(name, text, diagnostics, color),
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
    /// Starts a scenario that is put together in code; see [`ScenarioBuilder`].
    ///
    /// ```
    /// let scenario = rundown::Scenario::builder().process("process host { thread main { } }").build().unwrap();
    /// scenario.check().assert_holds();
    /// ```
    pub fn builder() -> ScenarioBuilder {
        ScenarioBuilder::new()
    }

    /// Checks it with the default options; the same as [`check`](crate::check).
    ///
    /// ```
    /// let scenario = rundown::Scenario::parse("tiny.scn", "process host { thread main { } }").unwrap();
    /// assert_eq!(scenario.check().word, rundown::Word::Holds);
    /// ```
    pub fn check(&self) -> Report {
        crate::check(self, &Options::default())
    }

    /// Checks it with other readings, faults, limits or another engine.
    ///
    /// ```
    /// use rundown::{Limits, Options, Scenario, Word};
    /// let text = "process host { int<0..90> n = 0; thread main { while (n < 90) { n = n + 1; } } }";
    /// let limits = Limits { depth: Some(3), ..Limits::default() };
    /// let report = Scenario::parse("long.scn", text).unwrap().check_with(&Options { limits, ..Options::default() });
    /// assert!(matches!(report.word, Word::Incomplete(_)));
    /// ```
    pub fn check_with(&self, options: &Options) -> Report {
        crate::check(self, options)
    }

    /// Reads and compiles a file.
    ///
    /// The path, with `/` on every system, is what reports call the scenario. Tests run in the folder of their crate, so that a relative path makes reports
    /// and snapshots that are the same on every machine.
    ///
    /// ```
    /// # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
    /// let scenario = rundown::Scenario::from_file("scenarios/field/c34-broken.scn").unwrap();
    /// assert_eq!(scenario.name, "scenarios/field/c34-broken.scn");
    /// ```
    pub fn from_file(path: impl AsRef<Path>) -> Result<Scenario, Mistake> {
        let (name, bytes) = Scenario::read(path.as_ref())?;
        Scenario::from_bytes(&name, &bytes)
    }

    /// Compiles what is read to its end; `name` is what reports call it.
    #[doc(hidden)]
    pub fn from_reader(name: &str, from: impl std::io::Read) -> Result<Scenario, Mistake> {
        let bytes = crate::input::to_end(from, SOURCE_BYTES_MAX)
            .map_err(|reason| Mistake::Unreadable { name: name.to_string(), reason })?;
        Scenario::from_bytes(name, &bytes)
    }

    /// Reads a file of a scenario's size: what reports call it, and its bytes.
    pub(crate) fn read(path: &Path) -> Result<(String, Vec<u8>), Mistake> {
        let name = crate::paths::name(path);
        let bytes = crate::input::read(path, SOURCE_BYTES_MAX)
            .map_err(|reason| Mistake::Unreadable { name: name.clone(), reason })?;
        Ok((name, bytes))
    }

    /// Compiles a text; `name` is what reports call it.
    ///
    /// ```
    /// let scenario = rundown::Scenario::parse("tiny.scn", "process host { thread main { } } expect holds;").unwrap();
    /// scenario.check().assert_as_expected();
    /// ```
    pub fn parse(name: &str, text: &str) -> Result<Scenario, Mistake> {
        Scenario::from_bytes(name, text.as_bytes())
    }

    /// Compiles bytes, which must be UTF-8.
    #[doc(hidden)]
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Scenario, Mistake> {
        let wrong =
            |text: &str, diagnostics| Mistake::Wrong { name: name.to_string(), text: text.to_string(), diagnostics };
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
