//! Rundown in `cargo test`: assertions on a report, and what a violation can be asked.
//!
//! A failed assertion panics with the story of what happened and what to run next. No text here contains a time, a hash or an
//! absolute path, so that stories can be compared with snapshots.

use std::fmt::Write;
use std::path::Path;

use checker::End;
use model::bounds::Bounds;
use traces::shell::quoted;

use crate::builder::UNNAMED;
use crate::expectation::{Involved, Met};
use crate::report::{PropertyReport, Report, Word};
use crate::{human, paths, telling};

impl Report {
    /// Panics unless every property holds in every reachable state.
    ///
    /// What the scenario expects plays no part, but for one thing: where bounds cut something, everything holds only as far as they let
    /// the model go, and that is enough only if the scenario says `expect holds within bounds`.
    ///
    /// ```
    /// let text = "process host { int n = 0; thread main { n = 1; } }";
    /// rundown::Scenario::parse("one.scn", text).unwrap().check().assert_holds().assert_complete();
    /// ```
    #[track_caller]
    pub fn assert_holds(&self) -> &Report {
        match self.word {
            Word::HoldsWithinBounds if self.is_cut() => {
                let hit = self.bounds_hit();
                panic!("{}", self.complaint(&format!("every property should hold, but these bounds cut events: {hit}")))
            }
            Word::Holds | Word::HoldsWithinBounds => self,
            Word::Violated => {
                let names: Vec<&str> = self.violated();
                panic!("{}", self.complaint(&format!("every property should hold, but violated: {}", names.join(", "))))
            }
            Word::Incomplete(_) | Word::NotFound(_) => {
                panic!("{}", self.complaint("every property should hold, but that is UNDECIDED"))
            }
        }
    }

    /// Panics unless the property is violated, and hands out the violation.
    ///
    /// Other properties may be violated too. A `reachable` that nothing reaches counts as violated.
    ///
    /// ```
    /// let text = "process host { module dll; thread worker : code dll { } thread control { FreeLibrary(dll); } }";
    /// let report = rundown::Scenario::parse("free.scn", text).unwrap().check();
    /// let violation = report.assert_violated("unload_in_use");
    /// assert_eq!(violation.by(), ["host.control"]);
    /// ```
    #[track_caller]
    pub fn assert_violated(&self, name: &str) -> Violation<'_> {
        match self.violation(name) {
            Some(property) => Violation { report: self, property },
            None if self.properties.iter().any(|property| property.name == name) => {
                panic!("{}", self.complaint(&format!("{name} should be violated, but it is not")))
            }
            None => {
                let names: Vec<&str> = self.properties.iter().map(|property| property.name.as_str()).collect();
                panic!("{}: no property `{name}` was checked; checked were: {}", self.name, names.join(", "))
            }
        }
    }

    /// All violations of a property that are told apart, the shortest run first: by thread, thing and line, stuck threads by the lines in which
    /// they wait. None if it is not violated.
    ///
    /// ```
    /// let text = "process host { module dll; thread worker : code dll { } thread control { FreeLibrary(dll); } }";
    /// let report = rundown::Scenario::parse("free.scn", text).unwrap().check();
    /// assert_eq!(report.violations_of("unload_in_use").len(), 1);
    /// ```
    pub fn violations_of(&self, name: &str) -> Vec<Violation<'_>> {
        let properties = self.violations().filter(|property| property.name == name);
        properties.map(|property| Violation { report: self, property }).collect()
    }

    /// Panics unless everything was explored: the search ended by itself and no bound cut anything.
    ///
    /// ```
    /// let report = rundown::Scenario::parse("one.scn", "process host { thread main { } }").unwrap().check();
    /// report.assert_complete();
    /// ```
    #[track_caller]
    pub fn assert_complete(&self) -> &Report {
        if let End::Stopped(reason) = self.end {
            panic!("{}", self.complaint(&format!("the search should be complete, but it was stopped by: {reason}")));
        }
        if !self.bounds.is_empty() {
            let hit = self.bounds_hit();
            panic!("{}", self.complaint(&format!("the search should be complete, but these bounds cut events: {hit}")));
        }
        self
    }

    /// Panics unless the outcome is exactly the one that the scenario expects with its `expect` statements.
    ///
    /// ```
    /// let text = "process host { thread main { } } expect holds;";
    /// rundown::Scenario::parse("one.scn", text).unwrap().check().assert_as_expected();
    /// ```
    #[track_caller]
    pub fn assert_as_expected(&self) -> &Report {
        match &self.met {
            Met::Yes => self,
            Met::NotAsked => {
                panic!("{}", self.complaint("the scenario expects nothing, or a rule was switched off from outside"))
            }
            Met::Open => panic!("{}", self.complaint("whether it is as expected is UNDECIDED")),
            Met::No(complaints) => panic!("{}", self.complaint(&complaints.join("; "))),
        }
    }

    /// The bounds that cut something, and how far each can be raised.
    fn bounds_hit(&self) -> String {
        let hit = self.bounds.iter().map(|hit| format!("{} (at most {})", hit.name, Bounds::ceiling(hit.name)));
        hit.collect::<Vec<String>>().join(", ")
    }

    /// What a failed assertion says: what was wanted, what happened, what was covered, what to run next.
    fn complaint(&self, wanted: &str) -> String {
        let mut out = format!("{}: {wanted}\n", self.name);
        if !self.title.is_empty() {
            let _ = writeln!(out, "  \"{}\"", self.title);
        }
        let mut violations = self.violations();
        let first = violations.next();
        if let Some(property) = first {
            let _ = write!(out, "\n{}", telling::told(self, property));
        }
        for property in violations {
            let _ = write!(out, "\nalso {}\n", telling::headline(self, property));
        }
        let _ = writeln!(out, "\n{}", human::line(self));
        out.push_str("\nnext\n");
        if self.name == UNNAMED {
            let _ = writeln!(
                out,
                "  the scenario was built in the test: write `scenario.text` to a file, for instance as {UNNAMED}"
            );
        }
        for property in self.violations() {
            if let Some(path) = crate::page::for_a_test(self, property) {
                let _ = writeln!(out, "  {} {}   # the run as a page", paths::OPEN, paths::argument(&path));
            }
        }
        let name = quoted(&self.name);
        let _ = writeln!(out, "  rundown check {name}                # the whole report");
        if let Some(property) = first.filter(|property| property.run.is_some()) {
            let stem = Path::new(&self.name).file_stem().map_or("scenario".into(), |stem| stem.to_string_lossy());
            let trace = quoted(&format!("traces/{stem}.{}.trace.json", property.stem()));
            let _ = writeln!(out, "  rundown check {name} --traces traces");
            let _ = writeln!(out, "  rundown replay {trace}   # step by step");
        }
        out
    }
}

/// A violated property of a [`Report`]; [`Report::assert_violated`] hands it out.
///
/// ```
/// let text = "process host { module dll; thread worker : code dll { } thread control { FreeLibrary(dll); } }";
/// let report = rundown::Scenario::parse("free.scn", text).unwrap().check();
/// let violation = report.assert_violated("unload_in_use");
/// assert!(violation.story().starts_with("unload_in_use: host.control freed dll"));
/// assert_eq!(violation.events(), ["host.control"]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Violation<'a> {
    report: &'a Report,
    property: &'a PropertyReport,
}

impl Violation<'_> {
    /// The property's name.
    ///
    /// ```
    /// # let text = "process host { module dll; thread worker : code dll { } thread control { FreeLibrary(dll); } }";
    /// # let report = rundown::Scenario::parse("free.scn", text).unwrap().check();
    /// assert_eq!(report.assert_violated("unload_in_use").name(), "unload_in_use");
    /// ```
    pub fn name(&self) -> &str {
        &self.property.name
    }

    /// The first sentence of the story.
    ///
    /// ```
    /// # let text = "process host { module dll; thread worker : code dll { } thread control { FreeLibrary(dll); } }";
    /// # let report = rundown::Scenario::parse("free.scn", text).unwrap().check();
    /// let sentence = report.assert_violated("unload_in_use").headline();
    /// assert!(sentence.starts_with("unload_in_use: host.control freed dll while host.worker"));
    /// ```
    pub fn headline(&self) -> String {
        telling::headline(self.report, self.property)
    }

    /// The story, as `rundown check` prints it: stable text, fit for a snapshot.
    ///
    /// ```
    /// # let text = "process host { module dll; thread worker : code dll { } thread control { FreeLibrary(dll); } }";
    /// # let report = rundown::Scenario::parse("free.scn", text).unwrap().check();
    /// // insta::assert_snapshot!(report.assert_violated("unload_in_use").story());
    /// assert!(report.assert_violated("unload_in_use").story().contains("what to change"));
    /// ```
    pub fn story(&self) -> String {
        telling::full(self.report, self.property)
    }

    /// The steps of the run by their stable names, in order; none for a `reachable` that nothing reaches.
    ///
    /// ```
    /// # let text = "process host { module dll; thread worker : code dll { } thread control { FreeLibrary(dll); } }";
    /// # let report = rundown::Scenario::parse("free.scn", text).unwrap().check();
    /// assert_eq!(report.assert_violated("unload_in_use").events(), ["host.control"]);
    /// ```
    pub fn events(&self) -> Vec<String> {
        let events = self.property.run.iter().flat_map(|run| &run.events);
        events.map(|event| model::names::event(&self.report.program, event)).collect()
    }

    /// The threads that do it, in full (`host.control`), as an `expect … by` names them.
    ///
    /// ```
    /// # let text = "process host { module dll; thread worker : code dll { } thread control { FreeLibrary(dll); } }";
    /// # let report = rundown::Scenario::parse("free.scn", text).unwrap().check();
    /// assert_eq!(report.assert_violated("unload_in_use").by(), ["host.control"]);
    /// ```
    pub fn by(&self) -> Vec<String> {
        self.involved().by
    }

    /// What it happens to, as an `expect … on` names it.
    ///
    /// ```
    /// # let text = "process host { module dll; thread worker : code dll { } thread control { FreeLibrary(dll); } }";
    /// # let report = rundown::Scenario::parse("free.scn", text).unwrap().check();
    /// assert_eq!(report.assert_violated("unload_in_use").on(), ["dll"]);
    /// ```
    pub fn on(&self) -> Vec<String> {
        self.involved().on
    }

    /// The threads that it happens to, as an `expect … hitting` names them.
    ///
    /// ```
    /// # let text = "process host { module dll; thread worker : code dll { } thread control { FreeLibrary(dll); } }";
    /// # let report = rundown::Scenario::parse("free.scn", text).unwrap().check();
    /// assert_eq!(report.assert_violated("unload_in_use").hitting(), ["host.worker"]);
    /// ```
    pub fn hitting(&self) -> Vec<String> {
        self.involved().hitting
    }

    /// The lines in which it happens, or in which threads wait, as an `expect … at` names one.
    ///
    /// ```
    /// # let text = "process host { module dll; thread worker : code dll { } thread control { FreeLibrary(dll); } }";
    /// # let report = rundown::Scenario::parse("free.scn", text).unwrap().check();
    /// assert_eq!(report.assert_violated("unload_in_use").lines(), [1]);
    /// ```
    pub fn lines(&self) -> Vec<u16> {
        self.involved().lines
    }

    fn involved(&self) -> Involved {
        Involved::of(&self.report.program, self.property)
    }

    /// The run as a trace file for `rundown replay`; none if there is no run, because nothing reaches a `reachable`, or if it would be
    /// larger than is read again.
    ///
    /// ```
    /// # let text = "process host { module dll; thread worker : code dll { } thread control { FreeLibrary(dll); } }";
    /// # let report = rundown::Scenario::parse("free.scn", text).unwrap().check();
    /// assert!(report.assert_violated("unload_in_use").trace_json().unwrap().contains("rundown-trace/2"));
    /// ```
    pub fn trace_json(&self) -> Option<String> {
        let run = self.property.run.as_ref()?;
        traces::record::to_json(&self.report.program, run).ok()
    }

    /// The run as ITF, for the viewers of Quint and Apalache, and for `rundown replay`; none if there is no run, or if it would
    /// be larger than is read again.
    ///
    /// ```
    /// # let text = "process host { module dll; thread worker : code dll { } thread control { FreeLibrary(dll); } }";
    /// # let report = rundown::Scenario::parse("free.scn", text).unwrap().check();
    /// assert!(report.assert_violated("unload_in_use").itf().unwrap().contains("\"#meta\""));
    /// ```
    pub fn itf(&self) -> Option<String> {
        traces::itf::to_itf(&self.report.program, self.property.run.as_ref()?).ok()
    }
}
