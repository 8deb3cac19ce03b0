//! A run on record: all that a trace file says of it, so that other tools need not replay it, and so that a replay can say at
//! which step a model of another time goes another way.
//!
//! What is needed to replay the run is the [`TraceFile`]; everything else follows from it and is compared with what the replay
//! gives, but for what is said in words: that may be said better one day. What a step reads and writes is named as in the states
//! of an ITF file: a variable, a stroke, and the key in it.

use std::collections::BTreeMap;

use model::event::{Actor, Event};
use model::lang::ast::Span;
use model::names;
use model::program::{ClaimKind, Program};
use model::rules::Rule;
use serde::{Deserialize, Serialize};

use crate::file::{FILE_BYTES_MAX, RECORD_BYTES_MAX, REPLAY_BYTES_MAX, Scenario, TraceFile, at_most, few, few_names};
use crate::itf::Reel;
use crate::judge::judge;
use crate::run::{EVENTS_MAX, Replayed, Run, replay, replay_bytes};
use crate::story::facts::Facts;
use crate::story::{answers, claims, headline, relevance, why};

mod compare;
mod entities;

pub use compare::Recorded;
pub(crate) use compare::Written;
use entities::Entities;

/// The format that this version writes: [`crate::file::SCHEMA`] and what follows from it.
pub const SCHEMA: &str = "rundown-trace/2";

/// A run with all that its trace file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct Record {
    /// `rundown-trace/2`.
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    pub schema: String,
    /// The tool that wrote it, with its version.
    pub tool: String,
    /// The scenario.
    pub scenario: Scenario,
    /// How every open question was taken.
    pub readings: BTreeMap<String, String>,
    /// The sizes of the tables.
    pub bounds: BTreeMap<String, u8>,
    /// The rules that were switched off.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub faults: Vec<Rule>,
    /// The property that the run decides.
    pub property: String,
    /// How it decides it.
    pub verdict: Verdict,
    /// Why, and which steps have to do with it.
    pub blame: Blame,
    /// The run repeats its steps from this one on, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "usize"))]
    pub loop_start: Option<usize>,
    /// Which of several violations of the property it shows: the numbers that tell them apart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "Vec<u64>"))]
    pub about: Vec<u64>,
    /// Fingerprint of the initial state.
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9a-f]{32}$")))]
    pub initial: String,
    /// The steps, in order.
    #[cfg_attr(test, schemars(length(max = EVENTS_MAX)))]
    pub steps: Vec<RecordStep>,
}

/// How a run decides its property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct Verdict {
    /// What the property is.
    pub word: Word,
    /// What the judge checked, as a sentence.
    pub checked: String,
    /// What would need a search and is believed; none if nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub believed: Option<String>,
}

/// What a run shows of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// It does not hold.
    Violated,
    /// What is to be reachable is reached.
    Reached,
}

impl Word {
    fn of(program: &Program, property: &str) -> Word {
        let named = program.claims.iter().find(|claim| claim.name == property);
        match named.map(|claim| claim.kind) {
            Some(ClaimKind::Reachable) => Word::Reached,
            Some(ClaimKind::Never | ClaimKind::Eventually) | None => Word::Violated,
        }
    }
}

/// Why a run is wrong, in words, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct Blame {
    /// In one sentence.
    pub sentence: String,
    /// One line of thought each.
    #[serde(deserialize_with = "few_names")]
    pub lines: Vec<String>,
    /// What had to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub condition: Option<String>,
    /// Names in the condition with the values that make it false.
    #[serde(deserialize_with = "few")]
    pub values: BTreeMap<String, String>,
    /// The steps that have to do with it, counted from 0.
    #[serde(deserialize_with = "numbers")]
    #[cfg_attr(test, schemars(length(max = EVENTS_MAX)))]
    pub relevant: Vec<usize>,
}

/// One step on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct RecordStep {
    /// The event's name, for people; compared when the run is replayed.
    pub text: String,
    /// The event.
    #[cfg_attr(test, schemars(with = "crate::schema::EventShape"))]
    pub event: Event,
    /// Who is behind it: a thread by its name, `COM`, or `misfortune`.
    pub actor: String,
    /// The rules that it applied, by their ids.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub rules: Vec<Rule>,
    /// The stretches of the scenario that it executed, the one that touches shared state first.
    pub source: Vec<Region>,
    /// What it looked at and did not change: `objects/object 1`.
    pub reads: Vec<String>,
    /// What it changed.
    pub writes: Vec<String>,
    /// Fingerprint of the state after it: XXH3-128 of the state's variables as JSON without spaces, keys in order.
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9a-f]{32}$")))]
    pub state: String,
}

/// A stretch of text in lines and columns from one; columns are characters, the end is behind the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct Region {
    /// Its first line.
    pub line: u32,
    /// The column of its first character.
    pub column: u32,
    /// The line on which it ends.
    pub end_line: u32,
    /// The column behind its last character.
    pub end_column: u32,
}

/// Why a run is not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unwritten {
    /// The events are no run of the program, or the run does not show what it claims; the text says where.
    NoRun(String),
    /// It would be larger than [`FILE_BYTES_MAX`], and would not be read again.
    TooLarge(usize),
    /// Its replay takes more than [`RECORD_BYTES_MAX`], and would be refused.
    TooMuch(usize),
}

impl std::fmt::Display for Unwritten {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unwritten::NoRun(why) => f.write_str(why),
            Unwritten::TooLarge(bytes) => {
                write!(f, "the file would have {bytes} bytes; at most {FILE_BYTES_MAX} are written and read")
            }
            Unwritten::TooMuch(bytes) => {
                write!(f, "its replay would take {bytes} bytes; at most {RECORD_BYTES_MAX} are spent on a record")
            }
        }
    }
}

impl std::error::Error for Unwritten {}

impl Record {
    /// All that is to be said of a run.
    pub fn new(program: &Program, run: &Run) -> Result<Record, Unwritten> {
        let replayed = replay_to_write(program, run)?;
        Record::of(program, run, &replayed)
    }

    /// The same for a run that was replayed.
    pub(crate) fn of(program: &Program, run: &Run, replayed: &Replayed) -> Result<Record, Unwritten> {
        let accepted = judge(program, run).map_err(|rejected| Unwritten::NoRun(rejected.text(program)))?;
        let TraceFile { schema: _, tool, scenario, readings, bounds, faults, property, steps: _, loop_start, about } =
            TraceFile::new(program, &Run { events: Vec::new(), ..run.clone() });
        let facts = Facts::new(program, run, replayed);
        let mut recorder = Recorder::new(&facts);
        Ok(Record {
            schema: SCHEMA.to_string(),
            tool,
            scenario,
            readings,
            bounds,
            faults,
            property,
            verdict: Verdict {
                word: Word::of(program, &run.property),
                checked: accepted.checked.to_string(),
                believed: accepted.believed.map(str::to_string),
            },
            blame: blame(&facts),
            loop_start,
            about,
            initial: recorder.fingerprint(),
            steps: (0..run.events.len()).map(|index| recorder.step(index)).collect(),
        })
    }

    /// The file as JSON, a step on a line, with a line feed at its end.
    pub fn to_json(&self) -> Result<String, Unwritten> {
        let head = Record { steps: Vec::new(), ..self.clone() };
        // no map with keys that are not strings and no number that JSON lacks: it cannot fail
        let mut text = serde_json::to_string_pretty(&head).unwrap_or_default();
        text.truncate(text.trim_end_matches(['}', '\n', ']']).len());
        for (index, step) in self.steps.iter().enumerate() {
            text.push_str(if index == 0 { "\n    " } else { ",\n    " });
            text.push_str(&serde_json::to_string(step).unwrap_or_default());
            if text.len() > FILE_BYTES_MAX {
                break;
            }
        }
        text.push_str("\n  ]\n}\n");
        if text.len() > FILE_BYTES_MAX { Err(Unwritten::TooLarge(text.len())) } else { Ok(text) }
    }
}

/// The JSON of a run of a program. What is too long to be on record is written as its events alone.
pub fn to_json(program: &Program, run: &Run) -> Result<String, Unwritten> {
    match Record::new(program, run).and_then(|record| record.to_json()) {
        Err(why @ (Unwritten::TooLarge(_) | Unwritten::TooMuch(_))) => {
            let file = TraceFile::new(program, run);
            let judged = file.affordable(program, REPLAY_BYTES_MAX).is_ok() && judge(program, run).is_ok();
            let json = if judged { file.to_json() } else { return Err(why) };
            if json.len() <= FILE_BYTES_MAX { Ok(json) } else { Err(why) }
        }
        written => written,
    }
}

/// Replays a run that is to be written, if whoever reads it would replay it too.
pub(crate) fn replay_to_write(program: &Program, run: &Run) -> Result<Replayed, Unwritten> {
    let bytes = replay_bytes(program, &run.events, RECORD_BYTES_MAX);
    if bytes > RECORD_BYTES_MAX {
        return Err(Unwritten::TooMuch(bytes));
    }
    replay(program, &run.events).map_err(|error| Unwritten::NoRun(error.text(program)))
}

fn blame(facts: &Facts) -> Blame {
    let told = answers::answers(facts);
    let (condition, values) = claims::condition_of(facts);
    let relevant = relevance::relevant(facts, &told);
    Blame {
        sentence: headline::headline(facts),
        lines: why::why(facts, &told).into_iter().take(crate::file::ENTRIES_MAX).collect(),
        condition,
        values: values.into_iter().take(crate::file::ENTRIES_MAX).collect(),
        relevant: (0..relevant.len()).filter(|step| relevant[*step]).collect(),
    }
}

/// Goes along a replayed run and says of each step what its record has.
struct Recorder<'a> {
    facts: &'a Facts<'a>,
    entities: Entities,
    reel: Reel<'a>,
}

impl<'a> Recorder<'a> {
    fn new(facts: &'a Facts<'a>) -> Self {
        Recorder { facts, entities: Entities::of(facts), reel: Reel::new(facts.program, facts.replayed.before(0)) }
    }

    /// Of the state that was reached.
    fn fingerprint(&self) -> String {
        crate::file::digest(&self.reel.json())
    }

    /// The next step; they are asked for in order.
    fn step(&mut self, index: usize) -> RecordStep {
        let (facts, taken) = (self.facts, &self.facts.replayed.steps[index]);
        let mut writes = Vec::new();
        self.reel.turn(facts.replayed.after(index), |variable, old, new| {
            entities::writes(variable, old, new, &mut writes);
        });
        let mut source: Vec<Region> = Vec::new();
        for region in taken.executed.iter().filter_map(|executed| region(facts, executed.span)) {
            if !source.contains(&region) {
                source.push(region);
            }
        }
        RecordStep {
            text: names::event(facts.program, &taken.event),
            event: taken.event,
            actor: match taken.actor {
                Actor::Thread(thread) => names::thread(facts.program, usize::from(thread)),
                Actor::Runtime => "COM".to_string(),
                Actor::Misfortune => "misfortune".to_string(),
            },
            rules: taken.rules.iter().collect(),
            source,
            reads: self.entities.reads(facts, index, &writes),
            writes,
            state: self.fingerprint(),
        }
    }
}

fn region(facts: &Facts, span: Span) -> Option<Region> {
    if span.end <= span.start {
        return None;
    }
    let text = &facts.program.source;
    let ((line, column), (end_line, end_column)) =
        (facts.lines.position(text, span.start), facts.lines.position(text, span.end));
    Some(Region { line, column, end_line, end_column })
}

fn numbers<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<usize>, D::Error> {
    let numbers = at_most::<usize, D>(deserializer, EVENTS_MAX)?;
    if numbers.len() > EVENTS_MAX {
        return Err(serde::de::Error::custom(format_args!("more than {EVENTS_MAX} steps")));
    }
    Ok(numbers)
}
