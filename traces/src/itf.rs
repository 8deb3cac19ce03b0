//! A run as ITF, the trace format of Apalache and Quint, so that their viewers and readers can open it.
//!
//! The states are written out for others; what we need ourselves to replay the run is the [`TraceFile`] in the top-level key
//! `rundown`, which other tools ignore. `#meta` is always there and has only strings and the index, no value is null, and
//! integers are `#bigint`: readers in use insist on each of these. A state holds what is there, not the empty places.

use std::fmt;

use model::event::Event;
use model::names;
use model::program::Program;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::file::{FILE_BYTES_MAX, SCHEMA, TraceError, TraceFile, quoted};
use crate::run::{Replayed, Run, RunStep, replay};
use values::{VARIABLES, int, record, some, sorted};

mod values;

pub use values::variables;

/// Where the format is described.
pub const FORMAT: &str = "https://apalache-mc.org/docs/adr/015adr-trace.html";
/// The variable in which Quint and Apalache look for the name of the action that led to a state.
const ACTION: &str = "mbt::actionTaken";
/// The variable in which they look for the values that were chosen.
const PICKS: &str = "mbt::nondetPicks";

/// Why a run is not written as ITF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItfError {
    /// The events are no run of the program; the text says where.
    NoRun(String),
    /// With all its states it would be larger than [`FILE_BYTES_MAX`], and would not be read again.
    TooLarge(usize),
}

impl fmt::Display for ItfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ItfError::NoRun(why) => f.write_str(why),
            ItfError::TooLarge(bytes) => {
                write!(f, "as ITF the run has {bytes} bytes; at most {FILE_BYTES_MAX} are written and read")
            }
        }
    }
}

impl std::error::Error for ItfError {}

/// An ITF file of ours: the run, and the states as they stand in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct ItfFile {
    /// The run.
    pub trace: TraceFile,
    states: Vec<Value>,
    loop_index: Option<u64>,
}

/// A run as an ITF document, one state on a line, with a line feed at its end.
pub fn to_itf(program: &Program, run: &Run) -> Result<String, ItfError> {
    let replayed = replay(program, &run.events).map_err(|error| ItfError::NoRun(error.text(program)))?;
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
    out.push_str(&format!("\"vars\": {},\n\"states\": [\n", Value::from(VARIABLES.to_vec())));
    for index in 0..replayed.states.len() {
        let end = if index + 1 == replayed.states.len() { "\n" } else { ",\n" };
        out.push_str(&format!("{}{end}", state(program, &replayed, index)));
        // a long run with large states is given up here and not when it fills the memory
        if out.len() > FILE_BYTES_MAX {
            return Err(ItfError::TooLarge(out.len()));
        }
    }
    out.push_str(&format!("],\n\"rundown\": {}\n}}\n", TraceFile::new(program, run).to_json().trim_end()));
    if out.len() > FILE_BYTES_MAX { Err(ItfError::TooLarge(out.len())) } else { Ok(out) }
}

/// Are these the bytes of an ITF file, ours or another tool's?
pub fn is_itf(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(rename = "states")]
        _states: IgnoredAny,
    }
    bytes.len() <= FILE_BYTES_MAX && serde_json::from_slice::<Envelope>(bytes).is_ok()
}

/// Reads an ITF file that was written by [`to_itf`]. Keys of other tools are ignored.
pub fn from_itf(bytes: &[u8]) -> Result<ItfFile, TraceError> {
    /// What says how to read the rest.
    #[derive(Deserialize)]
    struct Outer {
        rundown: Option<Envelope>,
    }
    #[derive(Deserialize)]
    struct Envelope {
        schema: String,
    }
    #[derive(Deserialize)]
    struct Whole {
        rundown: TraceFile,
        states: Vec<Value>,
        #[serde(rename = "loop")]
        loop_index: Option<u64>,
    }
    if bytes.len() > FILE_BYTES_MAX {
        return Err(TraceError::TooLarge(bytes.len()));
    }
    let malformed = |error: serde_json::Error| TraceError::Malformed(quoted(&error.to_string()));
    let outer: Outer = serde_json::from_slice(bytes).map_err(malformed)?;
    match outer.rundown {
        Some(ours) if ours.schema == SCHEMA => {}
        Some(ours) => return Err(TraceError::UnknownSchema(ours.schema)),
        None => {
            return Err(TraceError::Malformed(
                "it is ITF without the key `rundown`, so Rundown did not write it and cannot replay it".into(),
            ));
        }
    }
    let whole: Whole = serde_json::from_slice(bytes).map_err(malformed)?;
    // the same checks as for a file of its own, of the digest too
    let trace = TraceFile::from_json(whole.rundown.to_json().as_bytes())?;
    Ok(ItfFile { trace, states: whole.states, loop_index: whole.loop_index })
}

/// Reads a trace in either format: our own JSON, or ITF with our key. The second part is the ITF file itself, whose states can be
/// compared with the run.
pub fn read(bytes: &[u8]) -> Result<(TraceFile, Option<ItfFile>), TraceError> {
    if is_itf(bytes) {
        let file = from_itf(bytes)?;
        Ok((file.trace.clone(), Some(file)))
    } else {
        Ok((TraceFile::from_json(bytes)?, None))
    }
}

impl ItfFile {
    /// Compares the states in the file with those that the run goes through: what others are shown must be what is replayed.
    pub fn compare(&self, program: &Program) -> Result<(), TraceError> {
        let run = self.trace.run();
        let replayed = replay(program, &run.events).map_err(|error| TraceError::NoRun(error.text(program)))?;
        if self.loop_index != loop_index(&run) {
            return Err(TraceError::Stale("the file's `loop` is not the run's".into()));
        }
        let (ours, theirs) = (replayed.states.len(), self.states.len());
        if ours != theirs {
            return Err(TraceError::Stale(format!("the file has {theirs} states, the run {ours}")));
        }
        let differs = (0..ours).find(|index| state(program, &replayed, *index) != self.states[*index]);
        match differs {
            Some(index) => Err(TraceError::Stale(format!("state {index} in the file is not the one the run leads to"))),
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

fn picks(step: Option<&RunStep>) -> Value {
    match step.map(|step| step.event) {
        Some(Event::Run { choice, .. }) if choice != 0 => record([("any", some(int(choice)))]),
        Some(_) | None => record([]),
    }
}
