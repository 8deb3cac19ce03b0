//! A report as JSON, for programs. The shape is versioned by `schema`.

use serde::Serialize;

use crate::expectation::Met;
use crate::report::{Report, Word};

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
    readings: Vec<Reading>,
    faults: Vec<&'static str>,
    rules_applied: Vec<&'static str>,
    rules_refusing: Vec<&'static str>,
    lines_never_executed: &'a [usize],
    store: &'a checker::StoreReport,
}

#[derive(Serialize)]
struct Property<'a> {
    name: &'a str,
    verdict: &'static str,
    violated: bool,
    steps: Option<usize>,
    loop_start: Option<usize>,
    events: Vec<String>,
    premise_states: u64,
}

#[derive(Serialize)]
struct Hit {
    bound: &'static str,
    cut: u64,
}

#[derive(Serialize)]
struct Reading {
    name: &'static str,
    value: &'static str,
    default: bool,
}

/// The report as one JSON object.
pub fn report(report: &Report) -> serde_json::Value {
    let properties = report
        .properties
        .iter()
        .map(|property| Property {
            name: &property.name,
            verdict: property.verdict,
            violated: property.violated,
            steps: property.run.as_ref().map(|run| run.events.len()),
            loop_start: property.run.as_ref().and_then(|run| run.loop_start),
            events: property.run.as_ref().map_or_else(Vec::new, |run| {
                run.events.iter().map(|event| model::names::event(&report.program, event)).collect()
            }),
            premise_states: property.premises,
        })
        .collect();
    let (as_expected, complaints) = match &report.met {
        Met::Yes => (Some(true), Vec::new()),
        Met::No(complaints) => (Some(false), complaints.clone()),
        Met::NotAsked | Met::Open => (None, Vec::new()),
    };
    let json = Json {
        schema: "rundown-report/1",
        scenario: &report.name,
        title: &report.title,
        verdict: match report.word {
            Word::Holds => "holds".into(),
            Word::HoldsWithinBounds => "holds within bounds".into(),
            Word::Violated => "violated".into(),
            Word::Incomplete(reason) => format!("incomplete: {reason}"),
        },
        as_expected,
        complaints,
        properties,
        engine: report.engine.name(),
        coverage: report.coverage,
        complete: report.end == checker::End::Complete,
        bounds_hit: report.bounds.iter().map(|hit| Hit { bound: hit.name, cut: hit.count }).collect(),
        readings: report
            .readings
            .iter()
            .map(|reading| Reading { name: reading.name, value: reading.value, default: reading.default })
            .collect(),
        faults: report.program.faults.iter().map(|rule| rule.id()).collect(),
        rules_applied: report.rules.iter().filter(|(_, applied, _)| *applied).map(|(rule, ..)| rule.id()).collect(),
        rules_refusing: report.rules.iter().filter(|(_, _, refused)| *refused).map(|(rule, ..)| rule.id()).collect(),
        lines_never_executed: &report.lines_never,
        store: &report.store,
    };
    serde_json::to_value(json).unwrap_or_default()
}
