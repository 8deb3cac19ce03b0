//! A run as ITF, the trace format of Apalache and Quint, so that their viewers and readers can open it.
//!
//! The states are written out for others; what we need ourselves to replay the run is the [`Record`] in the top-level key
//! `rundown`, which other tools ignore. `#meta` is always there and has only strings and the index, no value is null, and
//! integers are `#bigint`: readers in use insist on each of these. A state holds what is there, not the empty places.

use model::event::{Event, Thing};
use model::names;
use model::program::Program;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::file::{FILE_BYTES_MAX, TraceError};
use crate::record::{Record, Unwritten, replay_to_write};
use crate::run::{Replayed, Run, RunStep, replay};
use crate::spot::Spot;
use values::{int, names_of_variables, record, some, sorted};

pub(crate) mod same;
mod values;

pub use values::variables;
pub(crate) use values::{Reel, unique};

/// Where the format is described.
pub const FORMAT: &str = "https://apalache-mc.org/docs/adr/015adr-trace.html";
/// The variable in which Quint and Apalache look for the name of the action that led to a state.
const ACTION: &str = "mbt::actionTaken";
/// The variable in which they look for the values that were chosen.
const PICKS: &str = "mbt::nondetPicks";

/// The states of an ITF file of ours as they are written there: they are compared one by one and never built, because a hostile
/// file's would take many times its size.
#[derive(Clone, Debug)]
pub struct ItfFile<'a> {
    pub(crate) states: Vec<&'a RawValue>,
    pub(crate) loop_index: Option<u64>,
}

/// A run as an ITF document, one state on a line, with a line feed at its end.
pub fn to_itf(program: &Program, run: &Run) -> Result<String, Unwritten> {
    let replayed = replay_to_write(program, run)?;
    let meta = record([
        ("description", format!("{}: {}", run.property, program.title).into()),
        ("format", "ITF".into()),
        ("format-description", FORMAT.into()),
        ("source", concat!("rundown ", env!("CARGO_PKG_VERSION")).into()),
    ]);
    let mut out = format!("{{\n\"#meta\": {meta},\n");
    if let Some(index) = loop_index(run) {
        out.push_str(&format!("\"loop\": {index},\n"));
    }
    out.push_str(&format!("\"vars\": {},\n\"states\": [\n", Value::from(names_of_variables())));
    for index in 0..replayed.states.len() {
        let end = if index + 1 == replayed.states.len() { "\n" } else { ",\n" };
        out.push_str(&format!("{}{end}", state(program, &replayed, index)));
        // a long run with large states is given up here and not when it fills the memory
        if out.len() > FILE_BYTES_MAX {
            return Err(Unwritten::TooLarge(out.len()));
        }
    }
    let ours = Record::of(program, run, &replayed)?.to_json()?;
    out.push_str(&format!("],\n\"rundown\": {}\n}}\n", ours.trim_end()));
    if out.len() > FILE_BYTES_MAX { Err(Unwritten::TooLarge(out.len())) } else { Ok(out) }
}

impl ItfFile<'_> {
    /// Compares the states in the file with those that the run goes through: what others are shown must be what is replayed.
    pub fn compare(&self, program: &Program, run: &Run) -> Result<(), TraceError> {
        let replayed =
            replay(program, &run.events).map_err(|error| TraceError::NoRun(error.text(program), Spot::of(&error)))?;
        if self.loop_index != loop_index(run) {
            let why = "the file's `loop` is not the run's".into();
            return Err(TraceError::Stale(why, Spot::key("loop_start")));
        }
        let (ours, theirs) = (replayed.states.len(), self.states.len());
        if ours != theirs {
            let why = format!("the file has {theirs} states, the run {ours}");
            return Err(TraceError::Stale(why, Spot::key("steps")));
        }
        let differs =
            (0..ours).find(|index| !same::same(&state(program, &replayed, *index), self.states[*index].get()));
        match differs {
            Some(index) => {
                let mut why = format!("state {index} in the file is not the one the run leads to");
                if let Some(step) = index.checked_sub(1).and_then(|before| replayed.steps.get(before)) {
                    let rules: Vec<&str> = step.rules.iter().map(|rule| rule.id()).collect();
                    why.push_str(&format!(" by step {index} ({})", names::event(program, &step.event)));
                    if !rules.is_empty() {
                        why.push_str(&format!(" and {}", rules.join(", ")));
                    }
                }
                // the first state has no step that leads to it
                let spot = index.checked_sub(1).map_or(Spot::key("steps"), |nth| Spot { key: "event".into(), nth });
                Err(TraceError::Stale(why, spot))
            }
            None => Ok(()),
        }
    }
}

/// The run closes where its last state is the one before `loop_start`; ITF wants the state that follows the last one.
fn loop_index(run: &Run) -> Option<u64> {
    run.loop_start.map(|start| start as u64 + 1)
}

/// A state as it stands in the file, with the step that led to it.
fn state(program: &Program, replayed: &Replayed, index: usize) -> Value {
    let step = index.checked_sub(1).and_then(|before| replayed.steps.get(before));
    let mut all = variables(program, &replayed.states[index]);
    all.insert(ACTION.into(), step.map_or_else(|| "init".into(), |step| names::event(program, &step.event).into()));
    all.insert(PICKS.into(), picks(step));
    all.insert("#meta".into(), json!({ "index": index }));
    sorted(all)
}

/// The states as [`state`] gives them, but after the first one only the variables that are new.
pub(crate) fn changes(program: &Program, replayed: &Replayed) -> Vec<serde_json::Map<String, Value>> {
    let mut before = serde_json::Map::new();
    let mut found = Vec::with_capacity(replayed.states.len());
    for index in 0..replayed.states.len() {
        let Value::Object(now) = state(program, replayed, index) else { continue };
        let fresh = now.iter().filter(|(name, value)| before.get(*name) != Some(*value));
        found.push(fresh.map(|(name, value)| (name.clone(), value.clone())).collect());
        before = now;
    }
    found
}

fn picks(step: Option<&RunStep>) -> Value {
    match step.map(|step| step.event) {
        Some(Event::Run { choice, .. }) if choice != 0 => record([("any", some(int(choice)))]),
        Some(Event::Pick { thing: Thing::Stub(stub), .. }) => record([("stub", some(int(stub)))]),
        Some(Event::Pick { thing: Thing::Proxy(proxy), .. }) => record([("proxy", some(int(proxy)))]),
        Some(Event::Pick { thing: Thing::Thread(thread), .. }) => record([("thread", some(int(thread)))]),
        Some(_) | None => record([]),
    }
}
