//! The part of the page's data that there is for every step: moments, steps, arrows, what can happen, the books, the graph.

use model::event::Event;
use serde::Serialize;

use super::Write;

/// How things stand at one moment; only what changed since the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// Thread, start and end of the text at which it stands, in UTF-16 units.
    pub at: Vec<(usize, u32, u32)>,
    /// Threads that cannot move, and why.
    pub blocked: Vec<(usize, String)>,
    /// Who waits for whom; complete when there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<Vec<WaitFor>>,
    /// The threads of a closed cycle; complete when there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle: Option<Vec<usize>>,
    /// Property and verdict: 0 holds here, 1 violated, 2 cannot be told.
    pub properties: Vec<(usize, u8)>,
    /// What can happen here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
    /// Of the state.
    pub fingerprint: String,
}

/// One edge of the wait-for graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitFor {
    /// The thread that waits.
    pub from: usize,
    /// Who could end the wait.
    pub to: Vec<usize>,
    /// What for.
    pub text: String,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Canonical name of the event.
    pub name: String,
    /// The event, as trace files have it.
    pub event: Event,
    /// The thread that moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<usize>,
    /// Who is behind it.
    pub who: String,
    /// What it does.
    pub text: String,
    /// What it changed.
    pub effect: String,
    /// The ids of the rules that it applied.
    pub rules: Vec<&'static str>,
    /// It has to do with the outcome.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub relevant: bool,
    /// 2 a call begins or returns, 1 an operation of the run-time, 0 anything else.
    pub size: u8,
    /// Call depth.
    pub depth: usize,
    /// Executed source, in UTF-16 units.
    pub spans: Vec<(u32, u32)>,
    /// The state's changes.
    pub writes: Vec<Write>,
    /// Entities that were looked at.
    pub reads: Vec<usize>,
    /// Arrows of the chart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arrows: Vec<Arrow>,
    /// How things stand after it.
    #[serde(flatten)]
    pub moment: Moment,
}

/// An arrow between entities, usually threads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Arrow {
    /// From this entity.
    pub from: usize,
    /// To this one.
    pub to: usize,
    /// What it carries.
    pub text: String,
    /// What it is.
    pub kind: ArrowKind,
}

/// Kinds of arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ArrowKind {
    /// A call arrives.
    Call,
    /// A call's answer goes back.
    Return,
    /// A packet is written or read.
    Packet,
    /// A wait is ended.
    Wake,
}

/// What can happen at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Next {
    /// What can.
    pub enabled: Vec<Enabled>,
    /// What cannot, and why not.
    pub disabled: Vec<Disabled>,
}

/// An event that can happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Enabled {
    /// Canonical name.
    pub name: String,
    /// Who is behind it.
    pub who: String,
    /// What it does.
    pub text: String,
    /// The thread that moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<usize>,
    /// It is what the run does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub taken: bool,
    /// What it would change, in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub effect: String,
    /// The same as changes of the state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<Write>,
}

/// An event that cannot happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disabled {
    /// Canonical name.
    pub name: String,
    /// Who would be behind it.
    pub who: String,
    /// What it would do.
    pub text: String,
    /// The thread that would move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<usize>,
    /// The rule that refuses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// Why not.
    pub reason: String,
}

/// The books of one count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Whose.
    pub entity: usize,
    /// What is counted.
    pub title: String,
    /// The field that holds the count, or the first of those that are added up.
    pub field: usize,
    /// The entries.
    pub rows: Vec<LedgerRow>,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerRow {
    /// The step; -1 is from the start.
    pub step: i64,
    /// Who.
    pub who: String,
    /// By what.
    pub call: String,
    /// By how much.
    pub change: i32,
    /// What sort of count.
    pub kind: &'static str,
    /// What there is then.
    pub balance: u32,
    /// It is given back later, or gives something back.
    pub matched: bool,
}

/// A bounded part of the explored graph.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// States.
    pub nodes: Vec<Node>,
    /// From, to, the event's canonical name.
    pub edges: Vec<(usize, usize, String)>,
    /// How many states the whole graph has.
    pub states: u64,
    /// Some states near the run are left out.
    pub cut: bool,
}

/// A state in the graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Steps from the initial state.
    pub depth: u32,
    /// Where it is drawn.
    pub x: u32,
    /// Where it is drawn.
    pub y: u32,
    /// Which state of the first run it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// A property is violated in it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bad: bool,
    /// What led to it.
    pub text: String,
}
