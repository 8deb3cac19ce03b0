//! A run of a program, and its replay with the model alone.
//!
//! A run is a list of events from the program's initial state; everything else is computed. The replay keeps every state in
//! between, the rules that each step applied and the operations that it executed, for whoever has to explain the run.

use model::event::{Actor, Event};
use model::lang::ast::Span;
use model::names;
use model::program::{FunctionId, Program, ThreadId};
use model::rules::RuleSet;
use model::state::{Origin, State};
use model::step::{Refusal, Step, initial};

/// Events of a run, at the most; a longer list is refused before it is replayed.
pub const EVENTS_MAX: usize = 20_000;

/// Events that an error names as possible, at the most; the others are counted.
const ENABLED_SHOWN: usize = 12;

/// A run from the program's initial state, and what it is said to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The property it breaks: a built-in one's or a claim's name.
    pub property: String,
    /// What happens, in order.
    pub events: Vec<Event>,
    /// The run goes on for ever by repeating its events from this one on. The state before it is the last state.
    pub loop_start: Option<usize>,
    /// Which of several violations of the property it shows, in the numbers by which `model::violation` tells them apart; empty: whichever
    /// there is.
    pub about: Vec<u64>,
}

/// An operation that a step executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Executed {
    /// The function.
    pub function: FunctionId,
    /// The operation's index in it.
    pub pc: u16,
    /// Its text in the scenario; empty for COM's own code.
    pub span: Span,
}

/// One step of a replayed run.
#[derive(Clone, Debug)]
pub struct RunStep {
    /// What happened.
    pub event: Event,
    /// Who is behind it.
    pub actor: Actor,
    /// The thread that moved: the acting one, or the one that took an arriving call.
    pub thread: Option<ThreadId>,
    /// The rules that were applied.
    pub rules: RuleSet,
    /// The operations that were executed, the one that touches shared state first.
    pub executed: Vec<Executed>,
}

/// A run with all its states.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The states: the initial one, then the one after each step.
    pub states: Vec<State>,
    /// The steps.
    pub steps: Vec<RunStep>,
}

impl Replayed {
    /// The state before a step.
    pub fn before(&self, step: usize) -> &State {
        &self.states[step.min(self.states.len() - 1)]
    }

    /// The state after a step.
    pub fn after(&self, step: usize) -> &State {
        self.before(step + 1)
    }

    /// The last state.
    pub fn last(&self) -> &State {
        self.before(self.steps.len())
    }
}

/// Why a list of events is not a run of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayError {
    /// It is longer than [`EVENTS_MAX`].
    TooLong(usize),
    /// An event does not fit where it stands.
    Misfit {
        /// The step, from 0.
        step: usize,
        /// The event.
        event: Event,
        /// Why it cannot happen; none if the program has no such event at all.
        refusal: Option<Refusal>,
        /// What could have happened instead.
        enabled: Vec<Event>,
    },
}

impl ReplayError {
    /// The error as text, with the program's names.
    pub fn text(&self, program: &Program) -> String {
        match self {
            ReplayError::TooLong(count) => format!("the run has {count} steps; at most {EVENTS_MAX} are replayed"),
            ReplayError::Misfit { step, event, refusal, enabled } => {
                let why = match refusal {
                    None => "the scenario has no such event".to_string(),
                    Some(Refusal::Rule(rule)) => format!("{} refuses it: {}", rule.id(), rule.info().sentence),
                    Some(Refusal::Bound(bound)) => format!("the bound `{}` cuts it", bound.name()),
                    Some(Refusal::Absent) => "what it speaks of is not there, or not at that point".to_string(),
                    Some(Refusal::Unpicked) => "it does not say which of several things the step takes".to_string(),
                    Some(Refusal::Broken) => "a property was broken before and the run ends there".to_string(),
                };
                let mut others: Vec<String> =
                    enabled.iter().take(ENABLED_SHOWN).map(|event| names::event(program, event)).collect();
                if enabled.len() > ENABLED_SHOWN {
                    others.push(format!("and {} more", enabled.len() - ENABLED_SHOWN));
                }
                let others = if others.is_empty() { "nothing".to_string() } else { others.join(", ") };
                let name = names::event(program, event);
                format!("step {} ({name}) does not fit: {why}; possible there: {others}", step + 1)
            }
        }
    }
}

/// What the replay of events takes, in bytes: states, and every operation that is executed. Counted as far as the events fit,
/// with one state at a time, and no further than `enough`.
pub fn replay_bytes(program: &Program, events: &[Event], enough: usize) -> usize {
    let mut possible = Event::all(program);
    possible.sort();
    let mut state = initial(program);
    let mut bytes = state.bytes();
    for event in events.iter().take(EVENTS_MAX) {
        if bytes > enough || possible.binary_search(event).is_err() {
            break;
        }
        let Ok((step, after)) = advance(program, &state, event) else { break };
        bytes += after.bytes() + size_of::<RunStep>() + step.executed.capacity() * size_of::<Executed>();
        state = after;
    }
    bytes
}

/// Replays events from the program's initial state.
pub fn replay(program: &Program, events: &[Event]) -> Result<Replayed, ReplayError> {
    if events.len() > EVENTS_MAX {
        return Err(ReplayError::TooLong(events.len()));
    }
    let mut possible = Event::all(program);
    possible.sort();
    // exact: a long run's list must not grow to twice its size
    let mut states = Vec::with_capacity(events.len() + 1);
    states.push(initial(program));
    let mut steps = Vec::with_capacity(events.len());
    for (index, event) in events.iter().enumerate() {
        let before = &states[index];
        let misfit = |refusal| ReplayError::Misfit {
            step: index,
            event: *event,
            refusal,
            enabled: possible.iter().copied().filter(|other| crate::moves::takes(program, before, other)).collect(),
        };
        // step trusts its indices, so nothing that the program does not have may reach it
        if possible.binary_search(event).is_err() {
            return Err(misfit(None));
        }
        let (step, after) = advance(program, before, event).map_err(|refusal| misfit(Some(refusal)))?;
        steps.push(step);
        states.push(after);
    }
    Ok(Replayed { states, steps })
}

/// Takes one event of the program: the step, and the state after it.
pub fn advance(program: &Program, before: &State, event: &Event) -> Result<(RunStep, State), Refusal> {
    let mut step = Step::new(program, before.clone());
    step.take(event)?;
    let after = step.state().clone();
    let executed = step
        .executed
        .iter()
        .map(|(function, pc)| Executed { function: *function, pc: *pc, span: span(program, *function, *pc) })
        .collect();
    let taken = RunStep {
        event: *event,
        actor: model::step::actor(program, event),
        thread: moved(program, before, &after, event),
        rules: step.rules,
        executed,
    };
    Ok((taken, after))
}

/// The text of an operation; empty where there is none.
pub(crate) fn span(program: &Program, function: FunctionId, pc: u16) -> Span {
    let spans = program.functions.get(usize::from(function)).map(|function| &function.spans);
    spans.and_then(|spans| spans.get(usize::from(pc))).copied().unwrap_or_default()
}

/// The thread that an event moves: its own, or the one on whose stack it puts a frame.
fn moved(program: &Program, before: &State, after: &State, event: &Event) -> Option<ThreadId> {
    match *event {
        Event::Run { thread, .. } | Event::Pick { thread, .. } | Event::TimeOut { thread } | Event::Fail { thread } => {
            Some(thread)
        }
        Event::Dispatch { call } => (0..program.threads.len())
            .find(|thread| {
                let such = |frame: &&model::state::Frame| frame.origin == Origin::Dispatched(call);
                after.stack(program, *thread).iter().filter(such).count()
                    > before.stack(program, *thread).iter().filter(such).count()
            })
            .map(|thread| thread as ThreadId),
        Event::RundownProxy { .. } | Event::RundownPacket { .. } | Event::Reclaim { .. } => (0..program.threads.len())
            .find(|thread| after.threads[*thread].depth > before.threads[*thread].depth)
            .map(|thread| thread as ThreadId),
        Event::Lose { .. } | Event::Crash { .. } => None,
    }
}
