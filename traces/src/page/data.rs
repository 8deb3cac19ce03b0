//! What the page shows, as data: the same shapes, field by field, as `traces/page/src/data.ts`, where each is explained.
//!
//! Index = identity: the number of an entity, thread, rule or property is its index in the list of that name.

use serde::Serialize;

mod steps;

pub use steps::{Arrow, ArrowKind, Disabled, Enabled, Graph, Ledger, LedgerRow, Moment, Next, Node, Step, WaitFor};

/// The schema's name; the page refuses any other.
pub const SCHEMA: &str = "rundown-page/2";

/// Entity, field, value.
pub type Write = (usize, usize, usize);

/// Everything that one page shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Version of the tool.
    pub tool: &'static str,
    /// `file` or `live`.
    pub mode: Mode,
    /// The scenario.
    pub scenario: ScenarioText,
    /// Open questions and how they were taken.
    pub readings: Vec<(&'static str, &'static str)>,
    /// Sizes of the tables.
    pub bounds: Vec<(&'static str, u32)>,
    /// Ids of rules that are switched off.
    pub faults: Vec<&'static str>,
    /// What is asked, in report order.
    pub properties: Vec<PropertyText>,
    /// All rules.
    pub rules: Vec<RuleText>,
    /// All lifecycles.
    pub lifecycles: Vec<Lifecycle>,
    /// The runs: the counterexample first.
    pub runs: Vec<PageRun>,
    /// The neighbourhood of the first run in the explored graph.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graph: Option<Graph>,
    /// The story of the first run as text.
    pub story: String,
    /// What was left out to keep the file small.
    pub omitted: Vec<String>,
    /// Commands to copy, each with what it is for.
    pub commands: Vec<(String, String)>,
    /// Only in live mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<Live>,
}

/// Where the data come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The file itself.
    File,
    /// A server.
    Live,
}

/// What only a live page has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Live {
    /// Counts the changes of the scenario's file.
    pub version: u64,
    /// What a run can be compared with: another scenario, `name=value` for another reading.
    pub others: Vec<String>,
}

/// The scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScenarioText {
    /// Its file's name, without the folder.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// Digest of the text.
    pub digest: String,
}

/// A property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PropertyText {
    /// Its name.
    pub name: String,
    /// `step`, `end`, `stuck`, or a claim's kind.
    pub kind: &'static str,
    /// What must hold.
    pub sentence: String,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleText {
    /// Its id.
    pub id: &'static str,
    /// A short name.
    pub name: &'static str,
    /// Its sentence.
    pub sentence: &'static str,
}

/// A lifecycle's table: `cells[event][state]` is the next state, or the refusing rule in brackets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lifecycle {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// States.
    pub states: Vec<&'static str>,
    /// Events.
    pub events: Vec<&'static str>,
    /// The table.
    pub cells: Vec<Vec<String>>,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageRun {
    /// What it is: `counterexample`, `nearest good run`.
    pub label: String,
    /// The property that it decides; empty if none.
    pub property: String,
    /// The verdict's word.
    pub verdict: String,
    /// The first sentence of its story.
    pub headline: String,
    /// It repeats its steps from this one on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loop_start: Option<usize>,
    /// Digest of scenario, readings, faults and events.
    pub digest: String,
    /// Why it is wrong.
    pub why: Why,
    /// Its threads.
    pub threads: Vec<Thread>,
    /// Everything that ever exists in it.
    pub entities: Vec<Entity>,
    /// Where columns and lifelines stand.
    pub picture: Picture,
    /// Interned values.
    pub strings: Vec<String>,
    /// The initial state: `initial[entity][field]`.
    pub initial: Vec<Vec<usize>>,
    /// The initial moment.
    pub start: Moment,
    /// The steps.
    pub steps: Vec<Step>,
    /// The books.
    pub ledgers: Vec<Ledger>,
    /// Its own scenario, when that is another than the page's: spans speak of this text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<ScenarioText>,
    /// Its own readings, when they are others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readings: Option<Vec<(&'static str, &'static str)>>,
    /// Its own bounds, when they are others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Vec<(&'static str, u32)>>,
    /// Its own properties, when its scenario is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Vec<PropertyText>>,
    /// Where it parts from the first run, when it follows that one in another scenario or reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parting: Option<Parting>,
    /// The states as ITF has them: the first in full, then what of each is new; left out of long runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub itf: Vec<serde_json::Map<String, serde_json::Value>>,
}

/// Where a run parts from the first one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parting {
    /// The step of the first run that does not happen here; none if all of them do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// Why not, and what happens instead.
    pub text: String,
}

/// Why a run is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// In one sentence.
    pub sentence: String,
    /// One line of thought each.
    pub lines: Vec<String>,
    /// What had to hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The values that made it false.
    pub values: Vec<(String, String)>,
    /// Steps that have to do with it.
    pub relevant: Vec<usize>,
    /// The last step after which it could still have gone well; -1 is the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_return: Option<i64>,
    /// The same as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_return_text: Option<String>,
    /// What to change.
    pub advice: Vec<String>,
    /// Index of the nearest good run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub good_run: Option<usize>,
    /// Who still holds what at the end.
    pub holders: Vec<String>,
    /// Entity numbers of the threads to whom it happens: still inside, or in the cycle.
    pub hurt: Vec<usize>,
}

/// A thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Thread {
    /// Its name in full.
    pub name: String,
    /// Entity number of its process.
    pub process: usize,
    /// A letter for its badge.
    pub letter: String,
    /// Its own entity number.
    pub entity: usize,
    /// COM's own: it dispatches calls into an MTA.
    pub pool: bool,
}

/// What kind of thing an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the field's own words")]
pub enum Kind {
    Process,
    Apartment,
    Context,
    Module,
    Class,
    Thread,
    Object,
    Stub,
    Proxy,
    Packet,
    Call,
    Event,
    Section,
    Lock,
    Condition,
    Stream,
    Global,
}

/// Something that exists at some time of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entity {
    /// What it is.
    pub kind: Kind,
    /// Its name, as in the story.
    pub name: String,
    /// A short name for its box.
    pub label: String,
    /// What it is drawn inside of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<usize>,
    /// What its wire leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<usize>,
    /// For a call: the calling thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<usize>,
    /// Names of its fields.
    pub fields: Vec<String>,
    /// Its lifecycle; field 0 is then the phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<usize>,
    /// Left edge of its box.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width; 0: it has no box.
    pub w: u32,
    /// Height.
    pub h: u32,
}

/// Where columns and lifelines stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// Width of the whole.
    pub width: u32,
    /// Height of the whole.
    pub height: u32,
    /// One per process.
    pub columns: Vec<Column>,
    /// One per thread.
    pub lifelines: Vec<Lifeline>,
}

/// A process's column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Left edge.
    pub x: u32,
    /// Width.
    pub width: u32,
    /// Width of the gap to its right.
    pub gap: u32,
    /// The process.
    pub entity: usize,
}

/// A thread's lifeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Lifeline {
    /// The thread.
    pub thread: usize,
    /// Where it stands.
    pub x: u32,
}
