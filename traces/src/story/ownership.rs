//! Who made a thing, who destroyed it, who still holds it, and from which line.

use super::facts::Facts;
use super::pointers::Holders;
use super::words;
use model::lifecycle::object::ObjectPhase;
use model::lifecycle::packet::PacketPhase;
use model::lifecycle::process::ProcessPhase;
use model::lifecycle::proxy::ProxyPhase;
use model::lifecycle::stub::StubPhase;
use model::operation::Use;
use model::program::{Expr, FunctionId, Op, Place};
use model::state::{Pointee, State, Subject};

/// The step since which something that is there at the end has been there; none if it was there from the start.
pub(crate) fn since(facts: &Facts, there: impl Fn(&State) -> bool) -> Option<usize> {
    (0..facts.replayed.steps.len())
        .rev()
        .find(|step| there(facts.replayed.after(*step)) && !there(facts.replayed.before(*step)))
}

/// Does code delete an object in this step?
pub(super) fn deletes(facts: &Facts, step: usize) -> bool {
    facts.executed(step).and_then(|executed| facts.op(executed)).is_some_and(|op| matches!(op, Op::Delete(_)))
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
        let holds = matches!(*packet.phase, PacketPhase::InFlight | PacketPhase::Lost | PacketPhase::Due)
            && packet.stub() == Some(place);
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
    let books = Holders::of(facts, place);
    let mut found = Vec::new();
    for (index, (global, value)) in program.globals.iter().zip(&state.globals).enumerate() {
        if global.ty.is_pointer() && *value == cell {
            found.push(format!("the variable {} points at it{}", global.name, books.of_global(facts, index)));
        }
    }
    let each = State::fields_each(program);
    for (owner, object) in state.objects.iter().enumerate() {
        if !matches!(*object.phase, ObjectPhase::Alive | ObjectPhase::Destroying) {
            continue;
        }
        for (index, field) in program.classes[usize::from(object.class)].fields.iter().enumerate() {
            if field.ty.is_pointer() && state.fields[owner * each + index] == cell {
                let note = books.of_field(facts, owner, index as u8);
                let owner = words::object(facts, state, owner);
                found.push(format!("the field {} of {owner} points at it{note}", field.name));
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
                    let note = books.of_slot(facts, thread, depth, frame.function, index as u8);
                    found.push(format!("the variable {} of {} points at it{note}", slot.name, facts.thread(thread)));
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

/// Is the packet an entry of a global interface table?
pub(crate) fn is_entry(facts: &Facts, packet: usize) -> bool {
    let mut streams = facts.last().streams.iter();
    streams.position(|stream| stream.holds(packet)).is_some_and(|stream| facts.program.is_entry(stream))
}

/// The packets that lie in a stream at the end, also those that are spent.
pub(crate) fn packets_in(facts: &Facts, stream: usize) -> Vec<usize> {
    let state = facts.last();
    let holds = |packet: &usize| state.streams.get(stream).is_some_and(|stream| stream.holds(*packet));
    (0..state.packets.len()).filter(holds).collect()
}

/// The last step before another one that changed a variable.
pub(crate) fn changed_before(facts: &Facts, global: usize, end: usize) -> Option<usize> {
    let value = |at: usize| facts.replayed.before(at).globals[global];
    (0..end).rev().find(|step| value(*step) != value(*step + 1))
}

/// The variables that the DllCanUnloadNow of a module reads.
pub(crate) fn read_to_unload(facts: &Facts, module: usize) -> Vec<usize> {
    let asked = facts.program.modules.get(module).and_then(|module| module.can_unload_now);
    let mut globals = Vec::new();
    for id in asked.into_iter().flat_map(|asked| comes_to(facts, asked)) {
        for op in facts.program.functions.get(usize::from(id)).into_iter().flat_map(|function| &function.code) {
            op.visit(&mut |used| {
                if let Use::Value(value) = used {
                    value.visit(&mut |part| {
                        if let Expr::Read(Place::Global(global)) = part
                            && !globals.contains(&usize::from(*global))
                        {
                            globals.push(usize::from(*global));
                        }
                    });
                }
            });
        }
    }
    globals
}

/// The functions that one comes to by plain calls, itself first.
pub(crate) fn comes_to(facts: &Facts, function: FunctionId) -> Vec<FunctionId> {
    let mut found = vec![function];
    let mut next = 0;
    while let Some(function) = found.get(next).and_then(|id| facts.program.functions.get(usize::from(*id))) {
        next += 1;
        for called in function.code.iter().filter_map(Op::function) {
            if !found.contains(&called) {
                found.push(called);
            }
        }
    }
    found
}
