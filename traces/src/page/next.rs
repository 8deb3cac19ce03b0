//! What can happen in a state of a run, with what it would change; and what cannot, with the rule that refuses it.

use model::event::Event;
use model::expand::ruled_out;
use model::lifecycle::thread::ThreadPhase;
use model::names;
use model::program::{Op, Program, Timeout};
use model::state::State;
use model::step::{Outcome, Refusal, actor, step};
use model::waits;

use super::cast::Cast;
use super::data::{Disabled, Enabled, Next};
use super::steps;
use super::strings::Strings;
use super::values::values;
use crate::moves::Moves;
use crate::run::{Replayed, advance};
use crate::story::facts::{Facts, who};
use crate::story::{answers, effects, words};

/// Everything that can and cannot happen in state `at`, whose values are `now`.
pub(crate) fn next(
    facts: &Facts,
    cast: &Cast,
    strings: &mut Strings,
    at: usize,
    now: &[Vec<usize>],
    moves: &Moves,
) -> Next {
    let program = facts.program;
    let state = facts.replayed.before(at);
    let taken = facts.replayed.steps.get(at).map(|step| step.event);
    let mut next = Next::default();
    for (event, _) in &moves.taken {
        let Ok((step, after)) = advance(program, state, event) else { continue };
        let thread = step.thread;
        let replayed = Replayed { states: vec![state.clone(), after], steps: vec![step] };
        let glimpse = facts.glimpse(&replayed);
        let effect = effects::effects(&glimpse, &answers::answers(&glimpse), 0).join("; ");
        let is_taken = taken == Some(*event);
        // what the run takes stands with its step
        let writes = if is_taken { Vec::new() } else { changes(facts, cast, strings, at, now, replayed.last()) };
        next.enabled.push(Enabled {
            name: names::event(program, event),
            who: who(program, actor(program, event)),
            text: glimpse.whole_deed(0),
            thread: thread.and_then(|thread| cast.thread(usize::from(thread))),
            taken: is_taken,
            effect,
            writes,
        });
    }
    for event in Event::all(program) {
        if moves.taken.iter().any(|(other, _)| *other == event) || !worth_a_word(program, state, &event) {
            continue;
        }
        let Outcome::Refused(refusal) = step(program, state, &event) else { continue };
        let (rule, reason) = match refusal {
            Refusal::Rule(rule) => (Some(rule.id()), condition(facts, state, &event, rule.info().sentence)),
            Refusal::Bound(bound) => (None, format!("the bound `{}` of this run cuts it", bound.name())),
            Refusal::Broken => (None, "the run has ended: a property is broken".to_string()),
            Refusal::Absent | Refusal::Unpicked => continue,
        };
        let thread = thread_of(&event);
        next.disabled.push(Disabled {
            name: names::event(program, &event),
            who: who(program, actor(program, &event)),
            text: would(facts, state, &event),
            thread: thread.and_then(|thread| cast.thread(thread)),
            rule,
            reason,
        });
    }
    next
}

/// The changes of the entities that the run knows.
fn changes(
    facts: &Facts,
    cast: &Cast,
    strings: &mut Strings,
    at: usize,
    now: &[Vec<usize>],
    after: &State,
) -> Vec<super::data::Write> {
    let then: Vec<Vec<usize>> = (0..cast.entities.len())
        .map(|entity| values(facts, cast, entity, at, after).iter().map(|value| strings.number(value)).collect())
        .collect();
    steps::writes(now, &then)
}

fn thread_of(event: &Event) -> Option<usize> {
    match *event {
        Event::Run { thread, .. } | Event::Pick { thread, .. } | Event::TimeOut { thread } | Event::Fail { thread } => {
            Some(usize::from(thread))
        }
        Event::Dispatch { .. }
        | Event::RundownProxy { .. }
        | Event::RundownPacket { .. }
        | Event::Reclaim { .. }
        | Event::Lose { .. }
        | Event::Crash { .. } => None,
    }
}

/// Is it something that a reader could expect to happen here? What it speaks of must be there.
fn worth_a_word(program: &Program, state: &State, event: &Event) -> bool {
    let runs = |thread: u8| state.threads[usize::from(thread)].phase == ThreadPhase::Running;
    match *event {
        // a wait that has no end is the one whose time-out is missed
        Event::TimeOut { thread } => runs(thread) && !waits::waits(program, state, usize::from(thread)).is_empty(),
        Event::Run { choice, .. } => choice == 0 && !ruled_out(program, state, event),
        Event::Dispatch { .. } | Event::RundownProxy { .. } | Event::RundownPacket { .. } | Event::Reclaim { .. } => {
            !ruled_out(program, state, event)
        }
        // of what could be picked, only that is said which can be; misfortune that cannot strike is no news
        Event::Pick { .. } | Event::Fail { .. } | Event::Lose { .. } | Event::Crash { .. } => false,
    }
}

/// What an event would do.
pub(crate) fn would(facts: &Facts, state: &State, event: &Event) -> String {
    let at = |thread: u8| {
        let stack = state.stack(facts.program, usize::from(thread));
        let spans = stack.iter().rev().map(|frame| crate::run::span(facts.program, frame.function, frame.pc));
        let span = spans.into_iter().find(|span| span.end > span.start).unwrap_or_default();
        facts.source(span, usize::MAX)
    };
    match *event {
        Event::Run { thread, .. } => at(thread),
        Event::Pick { thread, thing } => format!("{}: {}", at(thread), words::picked(facts, state, thing)),
        Event::TimeOut { thread } => format!("time-out: {}", at(thread)),
        Event::Fail { thread } => format!("fails: {}", at(thread)),
        Event::Dispatch { call } => format!("delivers {}", words::call(facts, state, usize::from(call))),
        Event::RundownProxy { proxy } => format!("rundown of {}", words::proxy(facts, state, usize::from(proxy))),
        Event::RundownPacket { packet } => format!("rundown of {}", words::packet(facts, state, usize::from(packet))),
        Event::Reclaim { packet } => {
            format!("the reference of {} is taken back", words::packet(facts, state, usize::from(packet)))
        }
        Event::Lose { packet } => format!("{} is lost", words::packet(facts, state, usize::from(packet))),
        Event::Crash { process } => {
            format!("{} dies", facts.program.processes.get(usize::from(process)).map_or("", |process| &process.name))
        }
    }
}

/// The condition that is false, as near to the scenario as it can be said; else the rule's sentence.
pub(crate) fn condition(facts: &Facts, state: &State, event: &Event, sentence: &str) -> String {
    let program = facts.program;
    match *event {
        Event::Run { thread, .. } => {
            let waits = waits::waits(program, state, usize::from(thread));
            let told = waits.iter().map(|wait| {
                let on = wait.on.first().map(|on| usize::from(*on));
                words::awaited(facts, state, wait.reason, on)
            });
            match told.collect::<Vec<_>>() {
                told if told.is_empty() => sentence.to_string(),
                told => format!("waits {}", told.join(" and ")),
            }
        }
        Event::TimeOut { thread } => {
            let top = state.stack(program, usize::from(thread)).last().copied();
            let op = top
                .and_then(|frame| program.functions.get(usize::from(frame.function))?.code.get(usize::from(frame.pc)));
            match op {
                Some(Op::Api(api, _)) if api.lasts() == Some(Timeout::Infinite) => "INFINITE never elapses".to_string(),
                Some(_) | None => sentence.to_string(),
            }
        }
        Event::Dispatch { call } => {
            let held = state.calls[usize::from(call)];
            let (apartment, _) = state.destination(program, &held);
            let home = names::apartment(program, usize::from(apartment));
            match program.apartments.get(usize::from(apartment)).and_then(|one| one.thread) {
                Some(thread) => {
                    format!("{} does not pump where it stands", names::thread(program, usize::from(thread)))
                }
                None => format!("no thread of {home} is free: {sentence}"),
            }
        }
        Event::Pick { .. }
        | Event::RundownProxy { .. }
        | Event::RundownPacket { .. }
        | Event::Reclaim { .. }
        | Event::Fail { .. }
        | Event::Lose { .. }
        | Event::Crash { .. } => sentence.to_string(),
    }
}
