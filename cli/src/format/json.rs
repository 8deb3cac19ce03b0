//! Reports as JSON. The shape is versioned by `schema` and described in `docs/schemas/report.schema.json`.

use checker::End;
use model::lang::diagnostic::Severity;
use model::lang::line_index::LineIndex;
use serde::Serialize;

use super::place::Region;
use super::{Checked, Settings};
use crate::expectation::{Involved, Met};
use crate::report::{PropertyReport, Report, Word};
use crate::scenario::Mistake;
use crate::telling;

/// The version of a report's shape.
pub const REPORT: &str = "rundown-report/1";
/// The version of the shape of what stands in a report's place if the scenario cannot be checked.
pub const MISTAKE: &str = "rundown-mistake/1";

/// The report's outer shape.
#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    scenario: &'a str,
    title: &'a str,
    verdict: String,
    as_expected: Option<bool>,
    complaints: Vec<String>,
    properties: Vec<Property<'a>>,
    engine: &'static str,
    coverage: checker::Coverage,
    complete: bool,
    bounds_hit: Vec<Hit>,
    leaks_not_judged: Vec<&'a str>,
    not_modelled: &'a [&'static str],
    readings: Vec<Reading>,
    assumed: Vec<Assumption<'a>>,
    faults: Vec<&'static str>,
    rules_applied: Vec<&'static str>,
    rules_refusing: Vec<&'static str>,
    lines_never_executed: &'a [usize],
    store: &'a checker::StoreReport,
    reductions: Vec<Reduced<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<checker::Sample>,
}

#[derive(Serialize)]
struct Reduced<'a> {
    reduction: &'static str,
    on: bool,
    text: &'a str,
}

#[derive(Serialize)]
struct Property<'a> {
    name: &'a str,
    sentence: &'a str,
    built_in: bool,
    verdict: &'static str,
    violated: bool,
    outcome: &'static str,
    headline: Option<String>,
    steps: Option<usize>,
    loop_start: Option<usize>,
    events: Vec<String>,
    premise_states: u64,
    violation: Option<Violation>,
}

/// What tells a violation from others of its property.
#[derive(Serialize)]
pub(super) struct Violation {
    number: usize,
    of: usize,
    more: bool,
    by: Vec<String>,
    on: Vec<String>,
    hitting: Vec<String>,
    lines: Vec<u16>,
}

impl Violation {
    /// Of a property that is violated.
    pub(super) fn of(report: &Report, property: &PropertyReport) -> Option<Self> {
        let Involved { by, on, hitting, lines } = Involved::of(&report.program, property);
        let (number, of, more) = (property.number, property.of, property.more);
        property.violated.then_some(Violation { number, of, more, by, on, hitting, lines })
    }
}

#[derive(Serialize)]
struct Hit {
    bound: &'static str,
    cut: u64,
}

#[derive(Serialize)]
struct Assumption<'a> {
    line: usize,
    text: &'a str,
    satisfied: bool,
}

#[derive(Serialize)]
struct Reading {
    name: &'static str,
    value: &'static str,
    default: bool,
}

/// A scenario that cannot be checked.
#[derive(Serialize)]
struct Wrong<'a> {
    schema: &'static str,
    scenario: &'a str,
    mistakes: Vec<Wrongness<'a>>,
}

#[derive(Serialize)]
struct Wrongness<'a> {
    code: Option<&'static str>,
    severity: &'static str,
    message: &'a str,
    line: Option<u32>,
    column: Option<u32>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Either<'a> {
    Report(Box<Json<'a>>),
    Mistake(Wrong<'a>),
}

/// The report as one JSON object.
pub fn report(report: &Report) -> serde_json::Value {
    serde_json::to_value(shape(report)).unwrap_or_default()
}

/// One object, or an array of them if several scenarios were asked for.
pub fn document(checked: &[Checked], settings: Settings) -> String {
    let all: Vec<Either> = checked.iter().map(either).collect();
    // the shapes have no maps and no numbers that JSON lacks: writing them cannot fail
    let text = match all.as_slice() {
        [one] if !settings.several => serde_json::to_string_pretty(one),
        all => serde_json::to_string_pretty(all),
    };
    format!("{}\n", text.unwrap_or_default())
}

/// One scenario on one line.
pub fn line(checked: &Checked) -> String {
    format!("{}\n", serde_json::to_string(&either(checked)).unwrap_or_default())
}

fn either(checked: &Checked) -> Either<'_> {
    match checked {
        Checked::Report(report) => Either::Report(Box::new(shape(report))),
        Checked::Mistake(mistake) => Either::Mistake(wrong(mistake)),
    }
}

fn wrong(mistake: &Mistake) -> Wrong<'_> {
    let (scenario, mistakes) = match mistake {
        Mistake::Unreadable { name, reason } => {
            (name, vec![Wrongness { code: None, severity: "error", message: reason, line: None, column: None }])
        }
        Mistake::Internal { name, reason } => (
            name,
            vec![Wrongness { code: Some("internal"), severity: "error", message: reason, line: None, column: None }],
        ),
        Mistake::Wrong { name, text, diagnostics } => {
            let lines = LineIndex::new(text);
            let all = diagnostics.iter().map(|diagnostic| {
                let region = Region::of(&lines, text, diagnostic.primary.0);
                Wrongness {
                    code: Some(diagnostic.code),
                    severity: match diagnostic.severity {
                        Severity::Error => "error",
                        Severity::Warning => "warning",
                    },
                    message: &diagnostic.message,
                    line: region.map(|region| region.line),
                    column: region.map(|region| region.column),
                }
            });
            (name, all.collect())
        }
    };
    Wrong { schema: MISTAKE, scenario, mistakes }
}

fn shape(report: &Report) -> Json<'_> {
    let properties = report
        .properties
        .iter()
        .map(|property| Property {
            name: &property.name,
            sentence: &property.sentence,
            built_in: property.built_in.is_some(),
            verdict: property.verdict,
            violated: property.violated,
            outcome: report.outcome(property).word(),
            headline: property.violated.then(|| telling::headline(report, property)),
            steps: property.run.as_ref().map(|run| run.events.len()),
            loop_start: property.run.as_ref().and_then(|run| run.loop_start),
            events: property.run.as_ref().map_or_else(Vec::new, |run| {
                run.events.iter().map(|event| model::names::event(&report.program, event)).collect()
            }),
            premise_states: property.premises,
            violation: Violation::of(report, property),
        })
        .collect();
    let (as_expected, complaints) = match &report.met {
        Met::Yes => (Some(true), Vec::new()),
        Met::No(complaints) => (Some(false), complaints.clone()),
        Met::NotAsked | Met::Open => (None, Vec::new()),
    };
    Json {
        schema: REPORT,
        scenario: &report.name,
        title: &report.title,
        verdict: match report.word {
            Word::Holds => "holds".into(),
            Word::HoldsWithinBounds => "holds within bounds".into(),
            Word::Violated => "violated".into(),
            Word::Incomplete(reason) => format!("incomplete: {reason}"),
            Word::NotFound(sample) => crate::human::not_found(sample),
        },
        as_expected,
        complaints,
        properties,
        engine: report.engine.name(),
        coverage: report.coverage,
        complete: report.end == End::Complete,
        bounds_hit: report.bounds.iter().map(|hit| Hit { bound: hit.name, cut: hit.count }).collect(),
        leaks_not_judged: crate::human::leaks_not_judged(report),
        not_modelled: &report.program.not_modelled,
        readings: report
            .readings
            .iter()
            .map(|reading| Reading { name: reading.name, value: reading.value, default: reading.default })
            .collect(),
        assumed: report
            .assumed
            .iter()
            .map(|one| Assumption { line: one.line, text: &one.text, satisfied: one.satisfied })
            .collect(),
        faults: report.program.faults.iter().map(|rule| rule.id()).collect(),
        rules_applied: report.rules.iter().filter(|(_, applied, _)| *applied).map(|(rule, ..)| rule.id()).collect(),
        rules_refusing: report.rules.iter().filter(|(_, _, refused)| *refused).map(|(rule, ..)| rule.id()).collect(),
        lines_never_executed: &report.lines_never,
        store: &report.store,
        reductions: report
            .reductions
            .iter()
            .map(|note| Reduced { reduction: note.reduction.name(), on: note.on, text: &note.text })
            .collect(),
        sample: match report.end {
            End::Sampled(sample, _) => Some(sample),
            End::Complete | End::Stopped(_) => None,
        },
    }
}
