//! A run in a file: the scenario's text, how it was read, the property and the events, so that it can be replayed anywhere.
//!
//! The events are the run; the names beside them are for people and are compared on reading, so that a file that no longer means
//! what it says is noticed. As JSON of its own it is version 1 of our traces, which pages write and certificates contain; files that
//! are written now say more of the run: see [`crate::record`].
//!
//! A key that is not known is passed over: a file of a later version that only says more is read. One whose known keys mean something else gets
//! another schema.

use std::collections::BTreeMap;

use crate::diagnostics::visible;
use crate::run::{EVENTS_MAX, Replayed, Run, replay, replay_bytes};
use crate::spot::{Spot, small};
use model::bounds::Bounds;
use model::event::Event;
use model::lang::line_index::LineIndex;
use model::lang::lower::compile;
use model::names;
use model::program::Program;
use model::readings::READINGS;
use model::rules::{Rule, RuleSet};
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The format of a run without what follows from it. It is read; what is written is [`crate::record::SCHEMA`].
pub const SCHEMA: &str = "rundown-trace/1";
/// Bytes of a trace file, at the most.
pub const FILE_BYTES_MAX: usize = 8 << 20;

/// What the replay of a trace from elsewhere may take, in bytes: all states are kept, and every operation that was executed.
pub const REPLAY_BYTES_MAX: usize = 23 << 20;
/// The same where more than the events is on record: each state is put into words again, which takes ten times as long as the step.
pub const RECORD_BYTES_MAX: usize = 4 << 20;
/// Bytes of a string in a trace file as it is written there, at the most: a scenario's text with all its escapes.
pub const STRING_BYTES_MAX: usize = 2 << 20;
/// Readings or bounds of a trace file, at the most.
pub const ENTRIES_MAX: usize = 64;

/// The bounds by the names that a scenario sets them with.
const BOUND_NAMES: [&str; 9] =
    ["objects", "stubs", "proxies", "packets", "calls", "references", "frames", "slots", "pool_threads"];

/// A run in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceFile {
    /// [`SCHEMA`].
    pub schema: String,
    /// The tool that wrote it, with its version.
    pub tool: String,
    /// The scenario.
    pub scenario: Scenario,
    /// How every open question was taken.
    #[serde(deserialize_with = "few")]
    pub readings: BTreeMap<String, String>,
    /// The sizes of the tables.
    #[serde(deserialize_with = "few")]
    pub bounds: BTreeMap<String, u8>,
    /// The rules that were switched off.
    #[serde(deserialize_with = "faults")]
    pub faults: Vec<Rule>,
    /// The property that the run breaks.
    pub property: String,
    /// The events, in order.
    #[serde(deserialize_with = "steps")]
    pub steps: Vec<FileStep>,
    /// The run repeats its steps from this one on, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loop_start: Option<usize>,
    /// Which of several violations of the property the run shows: see [`Run::about`]. Version 1 does not say it.
    #[serde(skip)]
    pub about: Vec<u64>,
}

/// The scenario of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct Scenario {
    /// Its text.
    pub text: String,
    /// XXH3-128 of the text, in hex.
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9a-f]{32}$")))]
    pub digest: String,
}

/// A step of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStep {
    /// Its name, for people.
    pub text: String,
    /// The event.
    pub event: Event,
}

/// Only the field that says how to read the others.
#[derive(Deserialize)]
struct Envelope {
    schema: String,
}

/// Why a trace file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceError {
    /// It is longer than [`FILE_BYTES_MAX`].
    TooLarge(usize),
    /// It has more than [`EVENTS_MAX`] steps.
    TooLong(usize),
    /// Its replay takes so many bytes or more, and at most so many are spent.
    TooMuch(usize, usize),
    /// It is not JSON of this shape.
    Malformed(String),
    /// It is of another format, or of a version that this tool does not read.
    UnknownSchema(String),
    /// The text is not the one whose digest it carries.
    Digest,
    /// The scenario in it no longer compiles.
    Scenario(String),
    /// A reading, bound or name in it is not what the scenario has by now.
    Stale(String, Spot),
    /// The events are no run of the scenario by now.
    NoRun(String, Spot),
}

impl std::fmt::Display for TraceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TraceError::TooLarge(bytes) => write!(f, "the trace has {bytes} bytes; at most {FILE_BYTES_MAX} are read"),
            TraceError::TooLong(steps) => {
                write!(f, "the trace has {steps} or more steps; at most {EVENTS_MAX} are read")
            }
            TraceError::TooMuch(bytes, most) => {
                write!(f, "the replay takes {bytes} or more bytes; at most {most} are spent on a trace of this kind")
            }
            TraceError::Malformed(why) => write!(f, "this is not a trace file: {why}"),
            TraceError::UnknownSchema(schema) => {
                let newest = crate::record::SCHEMA;
                write!(f, "the trace has the schema `{}`; this version reads `{SCHEMA}` and `{newest}`", quoted(schema))
            }
            TraceError::Digest => {
                f.write_str("the scenario in the trace is not the one that it was made from: its digest differs")
            }
            TraceError::Scenario(why) => write!(f, "the scenario in the trace does not compile: {why}"),
            TraceError::Stale(why, _) | TraceError::NoRun(why, _) => write!(f, "the trace is stale: {why}"),
        }
    }
}

impl std::error::Error for TraceError {}

impl TraceError {
    /// What in the file it speaks of; none if the text of the error says where it is, or if the whole file is meant.
    pub fn spot(&self) -> Option<Spot> {
        match self {
            TraceError::TooLarge(_) | TraceError::Malformed(_) => None,
            TraceError::TooLong(_) | TraceError::TooMuch(..) => Some(Spot::key("steps")),
            TraceError::UnknownSchema(_) => Some(Spot::key("schema")),
            TraceError::Digest => Some(Spot::key("digest")),
            TraceError::Scenario(_) => Some(Spot::key("scenario")),
            TraceError::Stale(_, spot) | TraceError::NoRun(_, spot) => Some(spot.clone()),
        }
    }
}

impl TraceFile {
    /// A run of a program, ready to be written.
    pub fn new(program: &Program, run: &Run) -> TraceFile {
        let readings = READINGS
            .iter()
            .map(|reading| (reading.name.to_string(), program.readings.value(reading.id).to_string()))
            .collect();
        TraceFile {
            schema: SCHEMA.to_string(),
            tool: concat!("rundown ", env!("CARGO_PKG_VERSION")).to_string(),
            scenario: Scenario { text: program.source.clone(), digest: digest(&program.source) },
            readings,
            bounds: BOUND_NAMES.iter().map(|name| ((*name).to_string(), bound(&program.bounds, name))).collect(),
            faults: program.faults.iter().collect(),
            property: run.property.clone(),
            steps: run
                .events
                .iter()
                .map(|event| FileStep { text: names::event(program, event), event: *event })
                .collect(),
            loop_start: run.loop_start,
            about: run.about.clone(),
        }
    }

    /// Reads the bytes of a trace file of version 1; [`crate::open::open`] reads all versions. What they say is not compared with the scenario yet: see [`TraceFile::program`].
    pub fn from_json(bytes: &[u8]) -> Result<TraceFile, TraceError> {
        small(bytes)?;
        // serde quotes what it does not know as it stands in the file
        let malformed = |error: serde_json::Error| TraceError::Malformed(quoted(&error.to_string()));
        let envelope: Envelope = serde_json::from_slice(bytes).map_err(malformed)?;
        if envelope.schema != SCHEMA {
            return Err(TraceError::UnknownSchema(envelope.schema));
        }
        serde_json::from_slice::<TraceFile>(bytes).map_err(malformed)?.whole()
    }

    /// What was read has no more steps than are read, and the scenario that it was made from.
    pub(crate) fn whole(self) -> Result<TraceFile, TraceError> {
        if self.steps.len() > EVENTS_MAX {
            return Err(TraceError::TooLong(self.steps.len()));
        }
        if self.scenario.digest != digest(&self.scenario.text) {
            return Err(TraceError::Digest);
        }
        Ok(self)
    }

    /// The run as a file of version 1, with a line feed at its end.
    pub fn to_json(&self) -> String {
        // no map with keys that are not strings and no number that JSON lacks: it cannot fail
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Compiles the scenario again, with the readings, bounds and faults of the trace.
    pub fn program(&self) -> Result<Program, TraceError> {
        let (mut program, _) = compile(&self.scenario.text).map_err(|diagnostics| {
            TraceError::Scenario(diagnostics.first().map_or_else(String::new, |first| {
                let text = &self.scenario.text;
                let (line, column) = LineIndex::new(text).position(text, first.primary.0.start);
                format!("line {line}, column {column}: {}", quoted(&first.message))
            }))
        })?;
        for (name, value) in &self.readings {
            if !program.readings.set(name, value) {
                let why = format!("there is no reading `{}={}`", quoted(name), quoted(value));
                return Err(TraceError::Stale(why, Spot::key(name)));
            }
        }
        for (name, value) in &self.bounds {
            // the threads of the pools are made as the scenario is compiled; the other tables only get their length
            let differs = bound(&program.bounds, name) != *value;
            if differs && (name == "pool_threads" || !program.bounds.set(name, i64::from(*value))) {
                let why = format!("the bound `{}` cannot be {value} in the scenario", quoted(name));
                return Err(TraceError::Stale(why, Spot::key(name)));
            }
        }
        program.faults = RuleSet::EMPTY;
        for rule in &self.faults {
            program.faults.insert(*rule);
        }
        Ok(program)
    }

    /// Refuses a run whose replay takes more than `most` bytes: [`RECORD_BYTES_MAX`] if more than its events is on record, else
    /// [`REPLAY_BYTES_MAX`]. For files from elsewhere.
    pub fn affordable(&self, program: &Program, most: usize) -> Result<(), TraceError> {
        let bytes = replay_bytes(program, &self.run().events, most);
        if bytes > most { Err(TraceError::TooMuch(bytes, most)) } else { Ok(()) }
    }

    /// The run in it.
    pub fn run(&self) -> Run {
        Run {
            property: self.property.clone(),
            events: self.steps.iter().map(|step| step.event).collect(),
            loop_start: self.loop_start,
            about: self.about.clone(),
        }
    }

    /// Compiles the scenario and replays the run; every step must still have its name.
    pub fn replay(&self) -> Result<(Program, Replayed), TraceError> {
        let program = self.program()?;
        let events = self.run().events;
        let replayed =
            replay(&program, &events).map_err(|error| TraceError::NoRun(error.text(&program), Spot::of(&error)))?;
        self.named(&program)?;
        Ok((program, replayed))
    }

    /// Does every step still have its name?
    pub fn named(&self, program: &Program) -> Result<(), TraceError> {
        for (index, step) in self.steps.iter().enumerate() {
            let name = names::event(program, &step.event);
            if step.text != name {
                let text = quoted(&step.text);
                let why = format!("step {} is called `{text}` but would be `{name}` by now", index + 1);
                return Err(TraceError::Stale(why, Spot { key: "event".into(), nth: index }));
            }
        }
        Ok(())
    }
}

/// XXH3-128 of a text, in hex.
pub fn digest(text: &str) -> String {
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()))
}

/// Something out of a file for a message: on one line, short, and without anything that a terminal would act on. The end is
/// kept too, because serde's messages say there where it was.
pub(crate) fn quoted(text: &str) -> String {
    const HEAD_CHARS: usize = 160;
    const TAIL_CHARS: usize = 60;
    let shown = |part: &str| visible(part).trim_end().to_string();
    let Some((cut, _)) = text.char_indices().nth(HEAD_CHARS) else { return shown(text) };
    let tail = text[cut..].char_indices().rev().nth(TAIL_CHARS - 1).map_or(cut, |(at, _)| cut + at);
    if tail == cut { shown(text) } else { format!("{}…{}", shown(&text[..cut]), shown(&text[tail..])) }
}

/// A small map in which no key stands twice: a hostile file must not fill the memory, nor say two things at once.
pub(crate) fn few<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, V>, D::Error> {
    struct Few<V>(std::marker::PhantomData<V>);
    impl<'de, V: Deserialize<'de>> Visitor<'de> for Few<V> {
        type Value = BTreeMap<String, V>;
        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            write!(f, "a map of at most {ENTRIES_MAX} entries")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some((key, value)) = access.next_entry::<String, V>()? {
                if map.len() >= ENTRIES_MAX {
                    return Err(A::Error::custom(format_args!("more than {ENTRIES_MAX} entries")));
                }
                if map.contains_key(&key) {
                    return Err(A::Error::custom(format_args!("`{key}` stands twice")));
                }
                map.insert(key, value);
            }
            Ok(map)
        }
    }
    deserializer.deserialize_map(Few(std::marker::PhantomData))
}

/// The faults: no more than there are rules.
pub(crate) fn faults<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Rule>, D::Error> {
    struct Faults;
    impl<'de> Visitor<'de> for Faults {
        type Value = Vec<Rule>;
        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            f.write_str("a list of rules")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut rules = Vec::new();
            while let Some(rule) = access.next_element()? {
                if rules.len() >= Rule::ALL.len() {
                    return Err(A::Error::custom("more faults than there are rules"));
                }
                rules.push(rule);
            }
            Ok(rules)
        }
    }
    deserializer.deserialize_seq(Faults)
}

/// At most [`ENTRIES_MAX`] names.
pub(crate) fn few_names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let names = at_most::<String, D>(deserializer, ENTRIES_MAX)?;
    if names.len() > ENTRIES_MAX {
        return Err(D::Error::custom(format_args!("more than {ENTRIES_MAX} names")));
    }
    Ok(names)
}

/// The numbers of [`Run::about`].
pub(crate) fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    let numbers = at_most::<u64, D>(deserializer, ENTRIES_MAX)?;
    if numbers.len() > ENTRIES_MAX {
        return Err(D::Error::custom(format_args!("more than {ENTRIES_MAX} numbers")));
    }
    Ok(numbers)
}

/// The steps, as far as they are read.
fn steps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<FileStep>, D::Error> {
    at_most(deserializer, EVENTS_MAX)
}

/// A list as far as it is read: one more than the limit shows that there are too many, the others are skipped.
pub(crate) fn at_most<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
    most: usize,
) -> Result<Vec<T>, D::Error> {
    struct Most<T>(usize, std::marker::PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Most<T> {
        type Value = Vec<T>;
        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            f.write_str("a list")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut list = Vec::new();
            while list.len() <= self.0 {
                match access.next_element()? {
                    Some(one) => list.push(one),
                    None => return Ok(list),
                }
            }
            while access.next_element::<IgnoredAny>()?.is_some() {}
            Ok(list)
        }
    }
    deserializer.deserialize_seq(Most(most, std::marker::PhantomData))
}

/// A bound by its name.
fn bound(bounds: &Bounds, name: &str) -> u8 {
    match name {
        "objects" => bounds.objects,
        "stubs" => bounds.stubs,
        "proxies" => bounds.proxies,
        "packets" => bounds.packets,
        "calls" => bounds.calls,
        "references" => bounds.references,
        "frames" => bounds.frames,
        "slots" => bounds.slots,
        "pool_threads" => bounds.pool_threads,
        _ => 0,
    }
}
