//! One changed scenario checked: does everything hold, and does the program still do what it did?

use std::collections::{BTreeMap, BTreeSet};

use checker::{Limits, Stop};
use model::lang::ast::Item;
use model::lang::diagnostic::Severity;
use model::lang::line_index::LineIndex;
use model::lang::parser;
use similar::{DiffTag, TextDiff};
use traces::run::replay;

use super::catalogue::Story;
use super::keep::{self, FIRST, Kept};
use crate::expectation::Involved;
use crate::guard::guarded;
use crate::report::{Options, PropertyReport, Report, Word, check_with};
use crate::scenario::Scenario;

/// States of the first, short look: most changed scenarios fail within a few.
const FIRST_LOOK: u64 = 300;

/// States of a changed scenario, at the most: so many times those of the scenario as it is, and at least so many.
const GROWTH: (u64, u64) = (20, 20_000);

/// Violations whose runs are read, at the most.
const READ: usize = 6;

/// Who and what a violation is about: its property, threads and things.
pub type Key = (String, Vec<String>, Vec<String>);

/// What the scenario does as it is.
pub struct Before {
    /// Its text.
    pub text: String,
    /// Violations, those that need the fewest threads first.
    pub keys: Vec<Key>,
    /// What the runs of the violations tell.
    pub story: Story,
    /// States of its check.
    pub states: u64,
    /// What it has.
    kept: Kept,
    /// The warnings of the compiler.
    warnings: BTreeSet<String>,
    /// What some run reaches.
    reached: BTreeSet<String>,
    /// What passes without being put to the test.
    vacuous: BTreeSet<String>,
    /// Lines that no run executes.
    never: BTreeSet<usize>,
    /// Bounds cut something.
    is_cut: bool,
}

/// What came of a changed scenario.
#[derive(Clone, Debug)]
pub enum Came {
    /// It does not compile, or lacks what the scenario had.
    Refused,
    /// It is violated, or vacuous.
    Fails(Vec<Key>),
    /// It was not decided within the limits.
    Undecided,
    /// Everything holds.
    Holds,
}

/// The result of a trial, and the states that it searched.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What came of it.
    pub came: Came,
    /// States that were searched.
    pub states: u64,
}

/// What limits all trials.
pub struct Limit<'a> {
    /// Options of each check, with the moment at which the time is up.
    pub options: &'a Options,
    /// Ends everything.
    pub stop: &'a Stop,
}

/// The text with other characters in the place of each `expect`: lines and offsets stay.
pub fn unexpecting(text: &str) -> String {
    let (scenario, _) = parser::parse(text);
    let mut bytes = text.as_bytes().to_vec();
    for item in &scenario.items {
        if let Item::Expect(expect) = item {
            for byte in &mut bytes[expect.span.start as usize..expect.span.end as usize] {
                // what is no ASCII stands in comments and strings; a string of `at` is whole within the item
                if *byte != b'\n' && *byte != b'\r' {
                    *byte = b' ';
                }
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_string())
}

/// The text as it is checked: without what it expects, and with the questions whether what was reached is still reached behind it.
fn asking(text: &str) -> String {
    let text = unexpecting(text);
    let (scenario, _) = parser::parse(&text);
    let asked = format!("{}\n{}\n", text, keep::questions(&scenario).join("\n"));
    // a scenario at the limits of its size may have no room for them
    if model::lang::lower::compile(&asked).is_ok() { asked } else { text }
}

fn ours(property: &PropertyReport) -> bool {
    property.name.starts_with(FIRST)
}

/// Checks the scenario as it is. Gives back the report, too.
pub fn before(name: &str, text: &str, limit: &Limit<'_>) -> Option<(Before, Report)> {
    let scenario = Scenario::from_bytes(name, asking(text).as_bytes()).ok()?;
    let report = guarded(name, || check_with(&scenario, limit.options, limit.stop, &mut ())).ok()?;
    let (tree, _) = parser::parse(text);
    let reached = report.properties.iter().filter(|one| ours(one) && one.verdict == "reached");
    let before = Before {
        keys: keys(&report),
        story: story(&report),
        states: report.coverage.states,
        kept: keep::kept(text, &tree),
        warnings: warnings(&scenario),
        reached: reached.map(|one| one.sentence.clone()).collect(),
        vacuous: vacuous(&report),
        never: report.lines_never.iter().copied().collect(),
        is_cut: !report.bounds.is_empty(),
        text: text.to_string(),
    };
    Some((before, report))
}

fn warnings(scenario: &Scenario) -> BTreeSet<String> {
    let warning = scenario.warnings.iter().filter(|one| one.severity == Severity::Warning);
    warning.map(|one| format!("{} {}", one.code, one.message)).collect()
}

/// What is vacuous but for the rules that the scenario names: a repair need not exercise what breaks a rule.
fn vacuous(report: &Report) -> BTreeSet<String> {
    let named = |text: &String| report.program.about.iter().any(|rule| text.starts_with(&format!("{}:", rule.id())));
    report.vacuous().into_iter().filter(|text| !named(text)).collect()
}

/// Who and what the violations of a report are about.
pub fn keys(report: &Report) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for property in crate::human::violations(report).into_iter().filter(|one| !ours(one)) {
        let involved = Involved::of(&report.program, property);
        let key = (property.name.clone(), involved.by, involved.on);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// What the runs of the violations tell.
pub fn story(report: &Report) -> Story {
    let mut story = Story::default();
    let lines = LineIndex::new(&report.program.source);
    for property in crate::human::violations(report).into_iter().filter(|one| !ours(one)) {
        match property.built_in {
            Some(model::properties::Property::Assertion) | None => story.claims = true,
            Some(built_in) => drop(story.properties.insert(built_in)),
        }
    }
    for property in crate::human::violations(report).into_iter().filter(|one| !ours(one)).take(READ) {
        let involved = Involved::of(&report.program, property);
        story.culprits.extend(involved.lines.iter().map(|line| usize::from(*line)));
        let replayed = property.run.as_ref().and_then(|run| replay(&report.program, &run.events).ok());
        for step in replayed.iter().flat_map(|run| &run.steps) {
            let met = step.executed.iter().filter(|one| one.span.end > one.span.start);
            story.lines.extend(met.map(|one| lines.line(one.span.start) as usize));
        }
    }
    story
}

impl Before {
    /// Checks a changed text. `most`: states, at the most.
    pub fn trial(&self, name: &str, text: &str, most: u64, limit: &Limit<'_>) -> Trial {
        let refused = Trial { came: Came::Refused, states: 0 };
        let (tree, diagnostics) = parser::parse(text);
        if diagnostics.iter().any(|one| one.severity == Severity::Error)
            || !keep::keeps(&self.kept, &keep::kept(text, &tree))
        {
            return refused;
        }
        let Ok(scenario) = Scenario::from_bytes(name, asking(text).as_bytes()) else { return refused };
        if !warnings(&scenario).is_subset(&self.warnings) {
            return refused;
        }
        let most = most.min((self.states * GROWTH.0).max(GROWTH.1));
        let mut states = 0;
        for look in [FIRST_LOOK.min(most), most] {
            let limits = Limits { states: Some(look), ..limit.options.limits.clone() };
            let options = Options { limits, ..limit.options.clone() };
            let checked = guarded(name, || check_with(&scenario, &options, limit.stop, &mut ()));
            let Ok(report) = checked else { return Trial { came: Came::Undecided, states } };
            states += report.coverage.states;
            let came = self.came(text, &report);
            if !matches!(came, Came::Undecided) || look == most {
                return Trial { came, states };
            }
        }
        Trial { came: Came::Undecided, states }
    }

    /// What a report says of a changed text.
    fn came(&self, text: &str, report: &Report) -> Came {
        let keys = keys(report);
        if !keys.is_empty() {
            return Came::Fails(keys);
        }
        match report.word {
            Word::Incomplete(_) | Word::NotFound(_) => return Came::Undecided,
            Word::HoldsWithinBounds if !self.is_cut => return Came::Fails(keys),
            Word::Violated if !report.bounds.is_empty() && !self.is_cut => return Came::Fails(keys),
            Word::Holds | Word::HoldsWithinBounds | Word::Violated => {}
        }
        let reached: BTreeSet<&str> = report
            .properties
            .iter()
            .filter(|one| ours(one) && one.verdict == "reached")
            .map(|one| one.sentence.as_str())
            .collect();
        let keeps = self.reached.iter().all(|one| reached.contains(one.as_str()));
        let fresh = vacuous(report).iter().any(|one| !self.vacuous.contains(one));
        if keeps && !fresh && self.dead(text, &report.lines_never).is_empty() { Came::Holds } else { Came::Fails(keys) }
    }

    /// The lines of a changed text that no run executes, although they are new or were executed before.
    fn dead(&self, text: &str, never: &[usize]) -> Vec<usize> {
        let diff = TextDiff::from_lines(self.text.as_str(), text);
        let mut from: BTreeMap<usize, usize> = BTreeMap::new();
        for op in diff.ops().iter().filter(|op| op.tag() == DiffTag::Equal) {
            from.extend(op.new_range().zip(op.old_range()).map(|(new, old)| (new + 1, old + 1)));
        }
        let lived = |line: &&usize| from.get(line).is_none_or(|old| !self.never.contains(old));
        never.iter().filter(lived).copied().collect()
    }
}
