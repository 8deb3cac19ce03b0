//! The steps of a run as the page shows them: what was executed, what it changed, who spoke to whom.

use model::event::{Actor, Event, each_expr};
use model::lifecycle::call::CallPhase;
use model::lifecycle::packet::PacketPhase;
use model::names;
use model::operation::Use;
use model::program::{Api, Expr, Op, Place};
use model::state::{Kind as Thing, Origin, Pointee, State};

use super::cast::{Cast, Who};
use super::data::{Arrow, ArrowKind, Moment, Step, Write};
use super::offsets::Offsets;
use super::strings::Strings;
use super::values::values;
use crate::story::answers::Answer;
use crate::story::effects::effects;
use crate::story::facts::Facts;

/// The values of all entities in a state of the run, interned.
pub(crate) fn snapshot(facts: &Facts, cast: &Cast, strings: &mut Strings, at: usize) -> Vec<Vec<usize>> {
    let state = facts.replayed.before(at);
    let of = |entity| values(facts, cast, entity, at, state);
    (0..cast.entities.len()).map(|entity| of(entity).iter().map(|value| strings.number(value)).collect()).collect()
}

/// What is different in `after`.
pub(crate) fn writes(before: &[Vec<usize>], after: &[Vec<usize>]) -> Vec<Write> {
    let mut found = Vec::new();
    for (entity, (old, new)) in before.iter().zip(after).enumerate() {
        let fields = old.iter().zip(new).enumerate().filter(|(_, (old, new))| old != new);
        found.extend(fields.map(|(field, (_, new))| (entity, field, *new)));
    }
    found
}

/// One step, without its moment.
pub(crate) fn step(
    facts: &Facts,
    cast: &Cast,
    answers: &[Answer],
    offsets: &Offsets,
    index: usize,
    writes: Vec<Write>,
) -> Step {
    let taken = &facts.replayed.steps[index];
    let (before, after) = (facts.replayed.before(index), facts.replayed.after(index));
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for executed in &taken.executed {
        let range = offsets.range(executed.span);
        if range != (0, 0) && !spans.contains(&range) {
            spans.push(range);
        }
    }
    let moved = taken.thread.map(usize::from);
    let depth = moved.map_or(0, |thread| before.threads[thread].depth.min(after.threads[thread].depth));
    let mut reads = reads(facts, cast, index);
    reads.retain(|entity| writes.iter().all(|(written, _, _)| written != entity));
    Step {
        name: names::event(facts.program, &taken.event),
        event: taken.event,
        thread: moved.and_then(|thread| cast.thread(thread)),
        who: facts.actor(index),
        text: facts.whole_deed(index),
        effect: effects(facts, answers, index).join("; "),
        rules: taken.rules.iter().map(|rule| rule.id()).collect(),
        relevant: false,
        size: size(facts, index),
        depth: usize::from(depth.saturating_sub(1)),
        spans,
        writes,
        reads,
        arrows: arrows(facts, cast, index),
        moment: Moment::default(),
    }
}

/// 2: a call begins or returns, or COM acts; 1: an operation of the run-time; 0: anything else.
fn size(facts: &Facts, index: usize) -> u8 {
    let taken = &facts.replayed.steps[index];
    let (before, after) = (facts.replayed.before(index), facts.replayed.after(index));
    let calls = before.calls.iter().zip(&after.calls).any(|(old, new)| old.phase != new.phase);
    let returns = taken
        .thread
        .is_some_and(|thread| before.threads[usize::from(thread)].depth != after.threads[usize::from(thread)].depth);
    if calls || returns || !matches!(taken.actor, Actor::Thread(_)) {
        return 2;
    }
    let of_the_run_time = taken.executed.iter().any(|executed| {
        matches!(
            facts.op(*executed),
            Some(
                Op::Api(..)
                    | Op::Method { .. }
                    | Op::New(..)
                    | Op::AddRef(_)
                    | Op::Release(_)
                    | Op::Drop(_)
                    | Op::Delete(_)
                    | Op::QueryInterface(..)
                    | Op::RemRelease
                    | Op::Construct
                    | Op::CleanUp
                    | Op::NeverAnswers
            )
        )
    });
    u8::from(of_the_run_time)
}

/// What the executed operations look at.
pub(crate) fn reads(facts: &Facts, cast: &Cast, index: usize) -> Vec<usize> {
    let taken = &facts.replayed.steps[index];
    let before = facts.replayed.before(index);
    let mut found: Vec<usize> = Vec::new();
    let mut add = |entity: Option<usize>| {
        if let Some(entity) = entity.filter(|entity| !found.contains(entity)) {
            found.push(entity);
        }
    };
    let pointed = |value: i8| match before.pointee(value) {
        Pointee::Null => None,
        Pointee::Object(place) => cast.in_place(Thing::Object, place, index),
        Pointee::Proxy(place) => cast.in_place(Thing::Proxy, place, index),
    };
    let frame = taken.thread.and_then(|thread| {
        let depth = before.stack(facts.program, usize::from(thread)).len().checked_sub(1)?;
        let frame = before.stack(facts.program, usize::from(thread))[depth];
        Some((frame.function, before.slot_base(facts.program, usize::from(thread), depth)))
    });
    for executed in &taken.executed {
        let Some(op) = facts.op(*executed) else { continue };
        let base = frame.filter(|(function, _)| *function == executed.function).map(|(_, base)| base);
        each_expr(op, &mut |expr| match expr {
            Expr::Read(Place::Global(id)) => {
                let id = usize::from(*id);
                add(cast.find(Who::declared(Thing::Global, id)));
                if facts.program.globals[id].ty.is_pointer() {
                    add(pointed(before.globals[id]));
                }
            }
            Expr::Read(Place::Field(_)) => add(base.and_then(|base| pointed(before.slots[base]))),
            Expr::Read(Place::FieldOf { pointer, .. }) => {
                let value = base.and_then(|base| before.slots.get(base + usize::from(*pointer)));
                add(value.and_then(|value| pointed(*value)));
            }
            Expr::Read(Place::Local(slot)) => {
                let slots = &facts.program.functions[usize::from(executed.function)].slots;
                let pointer = slots.get(usize::from(*slot)).is_some_and(|slot| slot.ty.is_pointer());
                let value = base.and_then(|base| before.slots.get(base + usize::from(*slot)));
                add(value.filter(|_| pointer).and_then(|value| pointed(*value)));
            }
            Expr::Const(_)
            | Expr::Not(_)
            | Expr::Negate(_)
            | Expr::Binary(..)
            | Expr::Choose(..)
            | Expr::Succeeded(_)
            | Expr::Any(..)
            | Expr::Probe(_) => {}
        });
        if let Op::Api(api, _) = op {
            for who in asked(api) {
                add(cast.find(who));
            }
        }
    }
    found
}

/// What a call of the run-time names.
fn asked(api: &Api) -> Vec<Who> {
    let mut found = Vec::new();
    api.visit(&mut |used| {
        if let Use::Names(thing, number) = used {
            found.push(Who::declared(thing, number));
        }
    });
    found
}

/// Calls that arrive and return, packets that are written and read.
fn arrows(facts: &Facts, cast: &Cast, index: usize) -> Vec<Arrow> {
    let (before, after) = (facts.replayed.before(index), facts.replayed.after(index));
    let mut found = Vec::new();
    let mut add = |from: Option<usize>, to: Option<usize>, text: String, kind: ArrowKind| {
        if let (Some(from), Some(to)) = (from, to) {
            found.push(Arrow { from, to, text, kind });
        }
    };
    for (place, (old, new)) in before.calls.iter().zip(&after.calls).enumerate() {
        let caller = |thread: u8| cast.thread_entity(usize::from(thread));
        match (*old.phase, *new.phase) {
            (CallPhase::Absent | CallPhase::Sent, CallPhase::Executing) => {
                let name = names::call(facts.program, after, place);
                add(caller(new.caller), executing(facts, cast, after, place), name, ArrowKind::Call);
            }
            (CallPhase::Executing, CallPhase::Answered | CallPhase::Absent) => {
                let name = names::call(facts.program, before, place);
                add(executing(facts, cast, before, place), caller(old.caller), name, ArrowKind::Return);
            }
            _ => {}
        }
    }
    let mover = facts.replayed.steps[index].thread.and_then(|thread| cast.thread_entity(usize::from(thread)));
    let streamed = |state: &State, place: usize| state.streams.iter().any(|stream| stream.holds(place));
    for (place, (old, new)) in before.packets.iter().zip(&after.packets).enumerate() {
        let packet = cast.in_place(Thing::Packet, place, index + 1);
        match (*old.phase, *new.phase) {
            (old, PacketPhase::InFlight) if old != PacketPhase::InFlight && streamed(after, place) => {
                add(mover, packet, "written".to_string(), ArrowKind::Packet);
            }
            (PacketPhase::InFlight, PacketPhase::Read) if streamed(before, place) => {
                add(packet, mover, "read".to_string(), ArrowKind::Packet);
            }
            (PacketPhase::InFlight, PacketPhase::Released) if streamed(before, place) => {
                add(packet, mover, "released".to_string(), ArrowKind::Packet);
            }
            _ => {}
        }
    }
    found
}

/// The thread that executes a call.
fn executing(facts: &Facts, cast: &Cast, state: &State, place: usize) -> Option<usize> {
    let such = |frame: &model::state::Frame| frame.origin == Origin::Dispatched(place as u8);
    let runs = |thread: &usize| state.stack(facts.program, *thread).iter().any(such);
    (0..facts.program.threads.len()).find(runs).and_then(|thread| cast.thread_entity(thread))
}

/// Waits that a step ends: an arrow from who moved to each thread that can go on now.
pub(crate) fn wakes(facts: &Facts, cast: &Cast, step: &mut Step, index: usize) {
    let Some(from) = step.thread.map(|thread| cast.threads[thread]).and_then(|thread| cast.thread_entity(thread))
    else {
        return;
    };
    let woken = step.moment.blocked.iter().filter(|(_, why)| why.is_empty()).map(|(thread, _)| *thread);
    for thread in woken {
        let Some(to) = cast.thread_entity(cast.threads[thread]) else { continue };
        if to != from && step.arrows.iter().all(|arrow| arrow.to != to) {
            let text = match facts.replayed.steps[index].event {
                Event::TimeOut { .. } => String::new(),
                _ => "lets it go on".to_string(),
            };
            step.arrows.push(Arrow { from, to, text, kind: ArrowKind::Wake });
        }
    }
}
