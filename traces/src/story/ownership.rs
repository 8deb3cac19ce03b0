//! Who made a thing, who destroyed it, who still holds it, and from which line.

use super::facts::Facts;
use super::words;
use model::lang::ast::Span;
use model::lifecycle::object::ObjectPhase;
use model::lifecycle::packet::PacketPhase;
use model::lifecycle::process::ProcessPhase;
use model::lifecycle::proxy::ProxyPhase;
use model::lifecycle::stub::StubPhase;
use model::properties::Property;
use model::state::{Pointee, State, Subject};

/// The step since which something that is there at the end has been there; none if it was there from the start.
pub(crate) fn since(facts: &Facts, there: impl Fn(&State) -> bool) -> Option<usize> {
    (0..facts.replayed.steps.len())
        .rev()
        .find(|step| there(facts.replayed.after(*step)) && !there(facts.replayed.before(*step)))
}

/// The step in which the object of the breach was destroyed, and who did it.
pub(crate) fn destroyed_by(facts: &Facts, subject: Subject) -> Option<(usize, String)> {
    let Subject::Class(class) = subject else { return None };
    let place = destroyed_object(facts, class)?;
    let gone = |state: &State| matches!(*state.objects[place].phase, ObjectPhase::Destroyed | ObjectPhase::Destroying);
    let step = since(facts, gone)?;
    let culprit = match facts.replayed.steps[step].thread {
        Some(thread) => facts.thread(thread),
        None => facts.actor(step),
    };
    Some((step, culprit))
}

/// A destroyed object of a class that something still points at.
pub(crate) fn destroyed_object(facts: &Facts, class: u8) -> Option<usize> {
    let gone = |place: &usize| {
        let object = facts.last().objects[*place];
        object.class == class && matches!(*object.phase, ObjectPhase::Destroyed | ObjectPhase::Destroying)
    };
    (0..facts.last().objects.len()).find(gone)
}

/// The clients of a process that has ended, by the state before the last step.
pub(crate) fn clients(facts: &Facts, subject: Subject) -> Vec<String> {
    let Subject::Process(process) = subject else { return Vec::new() };
    let program = facts.program;
    let state = facts.replayed.before(facts.replayed.steps.len().saturating_sub(1));
    let process_of = |apartment: u8| program.apartments[usize::from(apartment)].process;
    let mut found = Vec::new();
    for proxy in &state.proxies {
        let stub = state.stubs[usize::from(proxy.stub)];
        let used = proxy.phase == ProxyPhase::Live && process_of(stub.apartment) == process;
        if used && process_of(proxy.apartment) != process {
            let object = words::object(facts, state, usize::from(stub.object));
            let name = format!("{}, with its proxy of {object},", words::owner(program, usize::from(proxy.apartment)));
            if !found.contains(&name) {
                found.push(name);
            }
        }
    }
    if found.is_empty() { vec!["a pending call".to_string()] } else { found }
}

/// The lines that made what is left over, for the excerpt of a leak.
pub(crate) fn origins(facts: &Facts) -> Vec<(Span, String)> {
    let state = facts.last();
    let mut found = Vec::new();
    let mut add = |step: Option<usize>, what: String| {
        let Some(step) = step else { return };
        if let Some(executed) = facts.executed(step).filter(|executed| executed.span.end > executed.span.start) {
            found.push((executed.span, format!("{} makes {what}", facts.actor(step))));
        }
    };
    match facts.property {
        Some(Property::LeakPacket) => {
            for place in facts.leaked_packets() {
                let made = since(facts, |state| state.packets[place].phase != PacketPhase::Absent);
                add(made, words::packet(facts, state, place));
            }
        }
        Some(Property::LeakRef) => {
            for place in facts.leaked_objects() {
                add(
                    since(facts, |state| state.objects[place].phase != ObjectPhase::Absent),
                    words::object(facts, state, place),
                );
            }
            for place in facts.leaked_proxies() {
                add(
                    since(facts, |state| state.proxies[place].phase != ProxyPhase::Absent),
                    words::proxy(facts, state, place),
                );
            }
        }
        _ => {
            // a claim, or an event of the run-time: the last line that was executed
            if let Some(step) = (0..facts.replayed.steps.len()).rev().find(|step| facts.step_line(*step).is_some())
                && let Some(executed) = facts.executed(step)
            {
                found.push((executed.span, format!("{} was here last", facts.actor(step))));
            }
        }
    }
    found
}

/// Who holds references of a stub manager: proxies, packets and locks, with the line that made each.
pub(crate) fn stub_holders(facts: &Facts, place: usize) -> Vec<String> {
    let state = facts.last();
    let mut found = Vec::new();
    for (index, proxy) in state.proxies.iter().enumerate() {
        let held = usize::from(proxy.stub) == place && proxy.strong > 0;
        if held && proxy.phase != ProxyPhase::Absent {
            let made = since(facts, |state| {
                state.proxies[index].phase != ProxyPhase::Absent && usize::from(state.proxies[index].stub) == place
            });
            let process = facts.program.apartments[usize::from(proxy.apartment)].process;
            let dead = facts.last().processes[usize::from(process)] != ProcessPhase::Running;
            let note = if dead { ", whose process is gone" } else { "" };
            found.push(format!(
                "{} holds {}{}{note}",
                words::proxy(facts, state, index),
                proxy.strong,
                from(facts, made)
            ));
        }
    }
    for (index, packet) in state.packets.iter().enumerate() {
        let holds = matches!(*packet.phase, PacketPhase::InFlight | PacketPhase::Lost) && packet.stub() == Some(place);
        if holds && packet.kind != model::program::PacketKind::TableWeak {
            let made = since(facts, |state| {
                state.packets[index].phase != PacketPhase::Absent && state.packets[index].stub() == Some(place)
            });
            found.push(format!("{} holds 1{}", words::packet(facts, state, index), from(facts, made)));
        }
    }
    let locks = state.stubs[place].locks;
    if locks > 0 {
        let made = since(facts, |state| state.stubs[place].locks > 0);
        found.push(format!("CoLockObjectExternal holds {locks}{}", from(facts, made)));
    }
    found
}

/// Who holds an object: variables that point at it and stub managers.
pub(crate) fn object_holders(facts: &Facts, place: usize) -> Vec<String> {
    let (program, state) = (facts.program, facts.last());
    let cell = state.pointer(Pointee::Object(place));
    let mut found = Vec::new();
    for (global, value) in program.globals.iter().zip(&state.globals) {
        if global.ty.is_pointer() && *value == cell {
            found.push(format!("the variable {} points at it", global.name));
        }
    }
    let each = State::fields_each(program);
    for (owner, object) in state.objects.iter().enumerate() {
        if !matches!(*object.phase, ObjectPhase::Alive | ObjectPhase::Destroying) {
            continue;
        }
        for (index, field) in program.classes[usize::from(object.class)].fields.iter().enumerate() {
            if field.ty.is_pointer() && state.fields[owner * each + index] == cell {
                found.push(format!("the field {} of {} points at it", field.name, words::object(facts, state, owner)));
            }
        }
    }
    for thread in 0..program.threads.len() {
        for (depth, frame) in state.stack(program, thread).iter().enumerate() {
            let base = state.slot_base(program, thread, depth);
            for (index, slot) in program.functions[usize::from(frame.function)].slots.iter().enumerate() {
                if slot.ty.is_pointer()
                    && state.slots[base + index] == cell
                    && !slot.name.is_empty()
                    && slot.name != "this"
                {
                    found.push(format!("the variable {} of {} points at it", slot.name, facts.thread(thread)));
                }
            }
        }
    }
    for (index, stub) in state.stubs.iter().enumerate() {
        if usize::from(stub.object) == place && matches!(*stub.phase, StubPhase::Connected | StubPhase::Disconnecting) {
            let made = since(facts, |state| {
                state.stubs[index].phase != StubPhase::Absent && usize::from(state.stubs[index].object) == place
            });
            found.push(format!("its stub manager holds 1{}", from(facts, made)));
        }
    }
    found
}

/// `, since step 3 (line 12)`.
fn from(facts: &Facts, made: Option<usize>) -> String {
    let Some(step) = made else { return String::new() };
    let line = facts.step_line(step).map_or_else(String::new, |line| format!(", line {line}"));
    format!(" (since step {}, {}{line})", step + 1, facts.actor(step))
}
