//! The fields of an entity and their values in a state, as short texts.

use model::codes::Code;
use model::lang::line_index::LineIndex;
use model::names;
use model::program::{PacketKind, Program, Ty};
use model::state::{Kind as Thing, Origin, Pointee, State};

use super::cast::{Cast, Who};
use crate::story::facts::Facts;
use crate::story::words;

/// What a phase is called whose entity is not there.
pub(crate) const ABSENT: &str = "Absent";

/// Which of [`model::lifecycle::all`] an entity goes through.
pub(crate) fn lifecycle(who: Who) -> Option<usize> {
    // the kinds of packets have tables of their own; things without phases have none
    let name = if who.thing == Thing::Packet { "packet (normal)" } else { who.thing.noun() };
    model::lifecycle::all().iter().position(|matrix| matrix.name == name)
}

/// The names of an entity's fields; for an object, of its class's fields too.
pub(crate) fn fields(facts: &Facts, who: Who) -> Vec<String> {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect::<Vec<_>>();
    match who.thing {
        Thing::Process | Thing::Context => own(&["phase"]),
        Thing::Apartment => own(&["phase", "initialisations"]),
        Thing::Module => own(&["phase", "references", "held by COM"]),
        Thing::Class => own(&["phase", "context", "activations"]),
        Thing::Thread => own(&["phase", "apartment", "stack", "variables", "messages"]),
        Thing::Global => own(&["value"]),
        Thing::Event => own(&["set"]),
        Thing::Section => own(&["owner", "depth"]),
        Thing::Srw => own(&["owner", "shared by", "waited for by"]),
        Thing::Condition => own(&["sleeping"]),
        Thing::Stream => own(&["packet", "position"]),
        Thing::Object => {
            let mut names = own(&["phase", "references"]);
            let class = usize::from(facts.replayed.before(who.since).objects[who.number].class);
            let class = facts.program.classes.get(class);
            names.extend(class.iter().flat_map(|class| &class.fields).map(|field| field.name.clone()));
            names
        }
        Thing::Function => Vec::new(),
        Thing::Stub => own(&["phase", "strong", "weak", "locks", "pending"]),
        Thing::Proxy => own(&["phase", "references", "strong"]),
        Thing::Packet => own(&["phase", "kind", "stream"]),
        Thing::Call => own(&["phase", "code", "executed by"]),
    }
}

/// The values of an entity's fields. `at`: the state of the run by which places are told apart; `state` is that one, or one that
/// it could lead to.
pub(crate) fn values(facts: &Facts, cast: &Cast, entity: usize, at: usize, state: &State) -> Vec<String> {
    let program = facts.program;
    let thread = |id: Option<u8>| id.map_or_else(String::new, |id| names::thread(program, usize::from(id)));
    let threads = |mask: u32| {
        let set = (0..program.threads.len()).filter(|id| mask & (1 << id) != 0);
        set.map(|id| names::thread(program, id)).collect::<Vec<_>>().join(", ")
    };
    let Who { thing, number: id, .. } = cast.who[entity];
    match thing {
        Thing::Process => vec![state.processes[id].name().to_string()],
        Thing::Apartment => {
            let one = state.apartments[id];
            vec![one.phase.name().to_string(), one.inits.to_string()]
        }
        Thing::Context => vec![state.contexts[id].name().to_string()],
        Thing::Module => {
            let one = state.modules[id];
            vec![one.phase.name().to_string(), one.count.to_string(), yes(one.com())]
        }
        Thing::Class => {
            let one = state.class_objects[id];
            let context = names::context(program, usize::from(one.context));
            vec![one.phase.name().to_string(), context, one.pending.to_string()]
        }
        Thing::Thread => of_thread(facts, state, id),
        Thing::Global => vec![cell(facts, state, program.globals[id].ty, state.globals[id])],
        Thing::Event => vec![yes(state.events[id])],
        Thing::Section => vec![thread(state.sections[id].owner), state.sections[id].depth.to_string()],
        Thing::Srw => {
            let one = state.srws[id];
            vec![thread(one.owner), threads(one.shared), threads(one.queued)]
        }
        Thing::Condition => vec![threads(state.conditions[id].sleeping)],
        Thing::Stream => {
            let one = state.streams[id];
            let packets: Vec<String> = one
                .packets
                .iter()
                .flatten()
                .map(|place| words::packet_bare(facts, state, usize::from(*place)))
                .collect();
            let pointer = match one.at {
                0 => "at the start".to_string(),
                1 => "behind the packet".to_string(),
                many => format!("behind {many} packets"),
            };
            vec![packets.join(", "), pointer]
        }
        Thing::Function => Vec::new(),
        Thing::Object | Thing::Stub | Thing::Proxy | Thing::Packet | Thing::Call => {
            let shown = if cast.shows(entity, at) { of_place(facts, state, thing, id) } else { None };
            let mut values = shown.unwrap_or_else(|| vec![ABSENT.to_string()]);
            values.resize(cast.entities[entity].fields.len(), String::new());
            values
        }
    }
}

/// The values of what stands in a place; none if nothing does.
fn of_place(facts: &Facts, state: &State, thing: Thing, place: usize) -> Option<Vec<String>> {
    let program = facts.program;
    let values = match thing {
        Thing::Object => {
            let one = state.objects[place];
            let mut values = vec![one.phase.name().to_string(), one.references.to_string()];
            let each = State::fields_each(program);
            let fields = program.classes.get(usize::from(one.class)).map_or(&[][..], |class| &class.fields);
            let cells = state.fields.get(place * each..).unwrap_or(&[]);
            values.extend(fields.iter().zip(cells).map(|(field, value)| cell(facts, state, field.ty, *value)));
            values
        }
        Thing::Stub => {
            let one = state.stubs[place];
            let counts = [one.strong, one.weak, one.locks, one.pending];
            std::iter::once(one.phase.name().to_string()).chain(counts.map(|count| count.to_string())).collect()
        }
        Thing::Proxy => {
            let one = state.proxies[place];
            vec![one.phase.name().to_string(), one.references.to_string(), one.strong.to_string()]
        }
        Thing::Packet => {
            let one = state.packets[place];
            let kind = match one.kind {
                PacketKind::Normal => "normal",
                PacketKind::TableStrong => "table, strong",
                PacketKind::TableWeak => "table, weak",
                PacketKind::Own => "of the class's own marshalling",
                PacketKind::OwnTable => "of the class's own marshalling, table",
            };
            let stream = state.streams.iter().position(|stream| stream.holds(place));
            let stream = stream.map_or_else(String::new, |stream| program.streams[stream].name.clone());
            vec![one.phase.name().to_string(), kind.to_string(), stream]
        }
        Thing::Call => {
            let one = state.calls[place];
            let runs = |thread: &usize| {
                let such = |frame: &model::state::Frame| frame.origin == Origin::Dispatched(place as u8);
                state.stack(program, *thread).iter().any(such)
            };
            let by = (0..program.threads.len()).find(runs);
            let by = by.map_or_else(String::new, |thread| names::thread(program, thread));
            vec![one.phase.name().to_string(), one.code.name().to_string(), by]
        }
        Thing::Process
        | Thing::Apartment
        | Thing::Context
        | Thing::Module
        | Thing::Class
        | Thing::Thread
        | Thing::Function
        | Thing::Global
        | Thing::Event
        | Thing::Section
        | Thing::Srw
        | Thing::Condition
        | Thing::Stream => return None,
    };
    (values[0] != ABSENT).then_some(values)
}

fn of_thread(facts: &Facts, state: &State, id: usize) -> Vec<String> {
    let program = facts.program;
    let one = state.threads[id];
    let apartment = one.apartment.map_or_else(String::new, |id| names::apartment(program, usize::from(id)));
    let mut stack = Vec::new();
    let mut variables = Vec::new();
    for (depth, frame) in state.stack(program, id).iter().enumerate() {
        let name = words::function(program, frame.function);
        let line = line(&facts.lines, crate::run::span(program, frame.function, frame.pc));
        stack.push(line.map_or_else(|| name.clone(), |line| format!("{name} line {line}")));
        let cells = state.slots.get(state.slot_base(program, id, depth)..).unwrap_or(&[]);
        let slots = program.functions.get(usize::from(frame.function)).map_or(&[][..], |function| &function.slots);
        let named = slots.iter().zip(cells).filter(|(slot, _)| !slot.name.is_empty());
        variables.extend(named.map(|(slot, value)| format!("{} = {}", slot.name, cell(facts, state, slot.ty, *value))));
    }
    let mut messages: Vec<String> = [one.taken]
        .iter()
        .chain(&one.posted)
        .filter(|work| **work != 0)
        .map(|work| words::posted(program, *work))
        .collect();
    if one.no_queue {
        messages.push("no queue yet".to_string());
    }
    if one.quit {
        messages.push("WM_QUIT".to_string());
    }
    let phase = one.phase.name().to_string();
    vec![phase, apartment, stack.join(" > "), variables.join(", "), messages.join(", ")]
}

fn line(lines: &LineIndex, span: model::lang::ast::Span) -> Option<u32> {
    (span.end > span.start).then(|| lines.line(span.start))
}

fn yes(value: bool) -> String {
    if value { "yes" } else { "no" }.to_string()
}

/// The value of a cell by its type.
pub(crate) fn cell(facts: &Facts, state: &State, ty: Ty, value: i8) -> String {
    match ty {
        Ty::Bool => if value == 0 { "false" } else { "true" }.to_string(),
        Ty::Code => Code(value).name().to_string(),
        Ty::Pointer(_) | Ty::ComPtr(_) => match state.pointee(value) {
            Pointee::Null => "NULL".to_string(),
            Pointee::Object(place) => words::object(facts, state, place),
            Pointee::Proxy(place) => format!("proxy of {}", proxied(facts, state, place)),
        },
        Ty::Cookie => cookie(facts.program, value),
        Ty::Handle | Ty::Lock(_) if value == 0 => "NULL".to_string(),
        Ty::Handle => format!("handle {value}"),
        Ty::Lock(_) => format!("lock {value}"),
        Ty::Void | Ty::Int(..) => value.to_string(),
    }
}

fn proxied(facts: &Facts, state: &State, place: usize) -> String {
    let stub = state.stubs[usize::from(state.proxies[place].stub)];
    words::object(facts, state, usize::from(stub.object))
}

fn cookie(program: &Program, value: i8) -> String {
    let class = usize::try_from(value).ok().and_then(|index| program.classes.get(index.checked_sub(1)?));
    class.map_or_else(|| "0".to_string(), |class| format!("cookie of {}", class.name))
}
