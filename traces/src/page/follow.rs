//! A run followed in another program: the repaired scenario, or another reading of the documents.
//!
//! The events are taken by their names, one after the other, as long as the other program does the same. It may do something in
//! between, or lack a statement; where it cannot do what the run does, or does something else, they part. Nothing is searched.

use std::collections::{BTreeMap, BTreeSet};

use model::event::Event;
use model::expand::ruled_out;
use model::names;
use model::program::Program;
use model::state::State;
use model::step::{Refusal, initial};

use super::next::{condition, would};
use crate::moves::Moves;
use crate::run::{ReplayError, Replayed, Run, RunStep, advance, replay};
use crate::story::facts::Facts;
use crate::story::text;

/// Statements that the other program may have in between, or may have later, before it counts as going another way.
const AHEAD_MAX: usize = 6;

/// How far a run can be followed in another program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// What happens in the other program until then.
    pub events: Vec<Event>,
    /// The step (from 0) of the run that does not happen there; none if all of them do.
    pub parted: Option<usize>,
    /// What the other program does instead, or why it cannot; if all happens there, how that ends.
    pub text: String,
}

/// Follows a run of `program` in `other`.
pub fn follow(program: &Program, run: &Run, other: &Program) -> Result<Followed, ReplayError> {
    let replayed = replay(program, &run.events)?;
    let facts = Facts::new(program, run, &replayed);
    let nothing = Run { property: String::new(), events: Vec::new(), loop_start: None, about: Vec::new() };
    let start = Replayed { states: vec![initial(other)], steps: Vec::new() };
    let mut there = Other {
        facts: Facts::new(other, &nothing, &start),
        all: Event::all(other).into_iter().map(|event| (names::event(other, &event), event)).collect(),
        statements: statements(other),
        now: initial(other),
        events: Vec::new(),
    };
    for index in 0..replayed.steps.len() {
        if let Some(why) = there.take(&facts, index) {
            let text = format!("Step {}, {}: {}, {why}.", index + 1, facts.actor(index), facts.whole_deed(index));
            return Ok(Followed { events: there.events, parted: Some(index), text });
        }
    }
    let last = replayed.steps.len().checked_sub(1);
    let (parted, text) = match (facts.breach, there.now.breach) {
        (Some(broken), None) => {
            (last, format!("Every step happens here too, but the last one does not break {}.", broken.property.name()))
        }
        (_, Some(broken)) => (None, format!("Every step happens here too, and breaks {}.", broken.property.name())),
        (None, None) if Moves::of(other, &there.now).reliable(other).next().is_some() => {
            (None, "Every step happens here too, and from there it goes on.".to_string())
        }
        (None, None) => (None, "Every step happens here too.".to_string()),
    };
    Ok(Followed { events: there.events, parted, text })
}

/// All statements of a program, each on one line.
fn statements(program: &Program) -> BTreeSet<String> {
    let spans = program.functions.iter().flat_map(|function| &function.spans);
    let source = |start: u32, end: u32| program.source.get(start as usize..end as usize);
    spans.filter_map(|span| source(span.start, span.end)).map(|source| text::one_line(source, usize::MAX)).collect()
}

/// The other program as far as it has got.
struct Other<'a> {
    /// Its words.
    facts: Facts<'a>,
    all: BTreeMap<String, Event>,
    statements: BTreeSet<String>,
    now: State,
    events: Vec<Event>,
}

impl Other<'_> {
    /// Takes a step of the run, or leaves out a statement that this program lacks; says why if they part here.
    fn take(&mut self, facts: &Facts, index: usize) -> Option<String> {
        let Some(event) = self.twin(facts, index) else {
            return Some("cannot happen here: there is no such thing now".to_string());
        };
        let Event::Run { thread, .. } = event else {
            return match advance(self.facts.program, &self.now, &event) {
                Ok((_, after)) => self.go_on([event], after),
                Err(refusal) => Some(self.refused(facts, index, &event, refusal)),
            };
        };
        let wanted = facts.whole_deed(index);
        let mut ahead = self.now.clone();
        let mut between = Vec::new();
        while between.len() <= AHEAD_MAX {
            if let Ok((step, after)) = advance(self.facts.program, &ahead, &event)
                && self.deed(&ahead, step, &after) == wanted
            {
                between.push(event);
                return self.go_on(between, after);
            }
            let more = Event::Run { thread, choice: 0 };
            let Ok((_, after)) = advance(self.facts.program, &ahead, &more) else { break };
            between.push(more);
            ahead = after;
        }
        match advance(self.facts.program, &self.now, &event) {
            Err(refusal) => Some(self.refused(facts, index, &event, refusal)),
            Ok((step, after)) => {
                let instead = self.deed(&self.now, step, &after);
                let later = later(facts, index).any(|deed| deed == instead);
                if later || self.lacks(facts, index) {
                    return None;
                }
                Some(format!("is not what happens here: it does {instead} instead"))
            }
        }
    }

    /// The event that is here what a step of the run is there: the one of its name. Calls, proxies and packets may stand in other
    /// places here; what is to happen to them tells which is meant.
    fn twin(&self, facts: &Facts, index: usize) -> Option<Event> {
        let event = facts.replayed.steps[index].event;
        let own = self.all.get(&names::event(facts.program, &event)).copied();
        match event {
            Event::Run { .. } | Event::TimeOut { .. } | Event::Fail { .. } | Event::Crash { .. } => own,
            Event::Pick { .. }
            | Event::Dispatch { .. }
            | Event::RundownProxy { .. }
            | Event::RundownPacket { .. }
            | Event::Reclaim { .. }
            | Event::Lose { .. } => {
                let wanted = meant(facts, facts.replayed.before(index), &event);
                let kind = std::mem::discriminant(&event);
                let such = |other: &&Event| {
                    std::mem::discriminant(*other) == kind
                        && !ruled_out(self.facts.program, &self.now, other)
                        && meant(&self.facts, &self.now, other) == wanted
                };
                own.filter(|own| such(&own)).or_else(|| self.all.values().find(such).copied())
            }
        }
    }

    fn go_on(&mut self, taken: impl IntoIterator<Item = Event>, after: State) -> Option<String> {
        self.events.extend(taken);
        self.now = after;
        None
    }

    /// What a step does, in the words of the run's steps.
    fn deed(&self, before: &State, step: RunStep, after: &State) -> String {
        let replayed = Replayed { states: vec![before.clone(), after.clone()], steps: vec![step] };
        self.facts.glimpse(&replayed).whole_deed(0)
    }

    /// Has this program no such statement anywhere?
    fn lacks(&self, facts: &Facts, index: usize) -> bool {
        let statement = facts.executed(index).map(|executed| facts.source(executed.span, usize::MAX));
        statement.is_some_and(|statement| !statement.is_empty() && !self.statements.contains(&statement))
    }

    /// Why an event cannot happen, and where its thread stands if it is at something else.
    fn refused(&self, facts: &Facts, index: usize, event: &Event, refusal: Refusal) -> String {
        let reason = match refusal {
            Refusal::Rule(rule) => {
                let info = rule.info();
                format!(
                    "{} ({})",
                    condition(&self.facts, &self.now, event, info.sentence).trim_end_matches('.'),
                    info.id
                )
            }
            Refusal::Bound(bound) => format!("the bound `{}` of this check cuts it", bound.name()),
            Refusal::Broken => match self.now.breach {
                Some(breach) => format!("the run has ended, {} is broken", breach.property.name()),
                None => "the run has ended".to_string(),
            },
            Refusal::Absent | Refusal::Unpicked => {
                return "cannot happen here: there is nothing that could do it now".to_string();
            }
        };
        let stands = would(&self.facts, &self.now, event);
        let statement = facts.executed(index).map(|executed| facts.source(executed.span, usize::MAX));
        match event {
            Event::Run { .. } if !stands.is_empty() && statement.as_ref() != Some(&stands) => {
                format!("is not what happens here: it stands at {stands} and {reason}")
            }
            Event::Run { .. } if reason.starts_with("waits ") => format!("cannot happen here: it {reason}"),
            _ => format!("cannot happen here: {reason}"),
        }
    }
}

/// What an event would do, and for whom.
fn meant(facts: &Facts, state: &State, event: &Event) -> (String, Option<String>) {
    let caller = match *event {
        Event::Dispatch { call } => Some(facts.thread(state.calls[usize::from(call)].caller)),
        Event::Pick { thread, .. } => Some(facts.thread(thread)),
        Event::Run { .. }
        | Event::TimeOut { .. }
        | Event::Fail { .. }
        | Event::RundownProxy { .. }
        | Event::RundownPacket { .. }
        | Event::Reclaim { .. }
        | Event::Lose { .. }
        | Event::Crash { .. } => None,
    };
    (would(facts, state, event), caller)
}

/// What the thread of a step does in the run's next steps of its own.
fn later<'a>(facts: &'a Facts, index: usize) -> impl Iterator<Item = String> + 'a {
    let event = facts.replayed.steps[index].event;
    let own = (index + 1..facts.replayed.steps.len()).filter(move |at| facts.replayed.steps[*at].event == event);
    own.take(AHEAD_MAX).map(|at| facts.whole_deed(at))
}
