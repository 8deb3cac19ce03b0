//! A run as a code flow of SARIF: one thread flow for each thread of the model, `executionOrder` as the interleaving,
//! `nestingLevel` as the depth of calls.
//!
//! `executionOrder` is the number of the step in the story. Behind the last step, each thread that stands in the scenario's code
//! gets a location for where it stands, so that a thread that only waits has a flow too. What COM does by itself is the flow `COM`.

use std::collections::BTreeMap;

use model::event::{Actor, Event};
use model::lang::line_index::LineIndex;
use model::names;
use serde_json::{Map, Value, json};
use traces::run::{Replayed, Run};

use super::place::{Region, executed, stands};
use super::sarif::{ordered, physical, text};
use crate::report::Report;

/// Changed values that are written for one step; more says nothing to anybody.
const CHANGES_MAX: usize = 24;

/// The code flow.
pub fn code_flow(report: &Report, run: &Run, replayed: &Replayed) -> Value {
    let program = &report.program;
    let lines = LineIndex::new(&program.source);
    let mut flows: Vec<(String, Vec<Value>)> =
        (0..program.threads.len()).map(|thread| (names::thread(program, thread), Vec::new())).collect();
    flows.push(("COM".to_string(), Vec::new()));
    let com = flows.len() - 1;
    let mut before = flat(program, replayed.before(0));
    for (index, step) in replayed.steps.iter().enumerate() {
        let after = flat(program, replayed.after(index));
        let flow = step.thread.map_or(com, usize::from);
        // an arriving call is told where it arrives: its frame is there only after the step
        let arrives = step.actor == Actor::Runtime;
        let state = if arrives { replayed.after(index) } else { replayed.before(index) };
        let depth = step.thread.map_or(0, |thread| state.threads[usize::from(thread)].depth);
        let span = executed(step).or_else(|| step.thread.and_then(|thread| stands(program, state, thread.into())));
        let region = span.and_then(|span| Region::of(&lines, &program.source, span));
        let mut message = names::event(program, &step.event);
        if let Some(span) = span.filter(|_| region.is_some()) {
            let source = program.source.get(span.start as usize..span.end as usize).unwrap_or("");
            message = model::lang::lexer::quoted(source);
            if message == "}" {
                message = "returns".to_string();
            }
            match step.event {
                Event::Run { choice, .. } if choice != 0 => message.push_str(&format!("   [any = {choice}]")),
                Event::Run { .. } => {}
                _ => message = format!("{}: {message}", names::event(program, &step.event)),
            }
        }
        if run.loop_start == Some(index) {
            message.push_str("   (from here on the run repeats itself)");
        }
        let last = index + 1 == replayed.steps.len();
        let mut fields = Map::new();
        fields.insert("executionOrder".into(), (index + 1).into());
        fields.insert("importance".into(), if last { "essential" } else { "important" }.into());
        fields.insert("location".into(), location(report, region, &message));
        fields.insert("nestingLevel".into(), depth.saturating_sub(1).into());
        let changes = changes(&before, &after);
        if !changes.is_empty() {
            fields.insert("state".into(), Value::Object(changes));
        }
        flows[flow].1.push(Value::Object(fields));
        before = after;
    }
    for (thread, (name, locations)) in flows.iter_mut().enumerate().take(com) {
        if let Some(span) = stands(program, replayed.last(), thread) {
            let region = Region::of(&lines, &program.source, span);
            let depth = replayed.last().threads[thread].depth;
            locations.push(ordered([
                ("executionOrder", (replayed.steps.len() + 1).into()),
                ("importance", "essential".into()),
                ("location", location(report, region, &format!("{name} stands here at the end"))),
                ("nestingLevel", depth.saturating_sub(1).into()),
            ]));
        }
    }
    // the format has no flow without locations: a thread that never runs and stands nowhere has none
    let flows: Vec<Value> = flows
        .into_iter()
        .filter(|(_, locations)| !locations.is_empty())
        .map(|(name, locations)| ordered([("id", name.into()), ("locations", locations.into())]))
        .collect();
    json!({ "threadFlows": flows })
}

fn location(report: &Report, region: Option<Region>, message: &str) -> Value {
    let message = text(message);
    match region {
        Some(_) => json!({ "message": message, "physicalLocation": physical(&report.name, region) }),
        None => json!({ "message": message }),
    }
}

/// The values of a state by path, without the stacks, which the flow itself shows.
fn flat(program: &model::program::Program, state: &model::state::State) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (name, value) in traces::itf::variables(program, state) {
        if name != "threads" {
            flatten(&name, &value, &mut out);
        }
    }
    out
}

fn flatten(path: &str, value: &Value, out: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Array(entries)) = fields.get("#map") {
                for entry in entries {
                    if let (Some(Value::String(key)), Some(value)) = (entry.get(0), entry.get(1)) {
                        flatten(&format!("{path}/{key}"), value, out);
                    }
                }
            } else if let Some(Value::String(number)) = fields.get("#bigint") {
                out.insert(path.to_string(), number.clone());
            } else if let (Some(tag), Some(value)) = (fields.get("tag"), fields.get("value")) {
                if tag == "Some" {
                    flatten(path, value, out);
                } else {
                    out.insert(path.to_string(), "none".to_string());
                }
            } else if fields.contains_key("#set") {
                out.insert(path.to_string(), fields["#set"].to_string());
            } else {
                for (name, value) in fields {
                    flatten(&format!("{path}/{name}"), value, out);
                }
            }
        }
        Value::String(text) => {
            out.insert(path.to_string(), text.clone());
        }
        other => {
            out.insert(path.to_string(), other.to_string());
        }
    }
}

/// What a step changed, with the value after it; what is gone has none.
fn changes(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Map<String, Value> {
    let new = after.iter().filter(|(path, value)| before.get(*path) != Some(value));
    let gone = before.keys().filter(|path| !after.contains_key(*path)).map(|path| (path, None));
    let all: BTreeMap<&String, Option<&String>> = new.map(|(path, value)| (path, Some(value))).chain(gone).collect();
    all.into_iter()
        .take(CHANGES_MAX)
        .map(|(path, value)| (path.clone(), text(value.map_or("gone", String::as_str))))
        .collect()
}
