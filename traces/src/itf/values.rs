//! A state as ITF values: by the names that stories use, what is there and not the empty places.

use std::collections::{BTreeMap, BTreeSet};

use model::codes::Code;
use model::lifecycle::call::CallPhase;
use model::lifecycle::object::ObjectPhase;
use model::lifecycle::packet::PacketPhase;
use model::lifecycle::proxy::ProxyPhase;
use model::lifecycle::stub::StubPhase;
use model::names;
use model::program::{Program, Ty};
use model::state::{Frame, Pointee, State};
use serde_json::{Map, Value, json};

use super::{ACTION, PICKS};

/// The variables of every state, in the order in which `vars` lists them.
pub(super) const VARIABLES: [&str; 20] = [
    ACTION,
    PICKS,
    "apartments",
    "breach",
    "calls",
    "class_objects",
    "condition_variables",
    "contexts",
    "critical_sections",
    "events",
    "modules",
    "objects",
    "packets",
    "processes",
    "proxies",
    "slim_locks",
    "streams",
    "stubs",
    "threads",
    "variables",
];

/// A state as ITF values by variable: what is there, by the names that stories use.
pub fn variables(program: &Program, state: &State) -> BTreeMap<String, Value> {
    let thread = |id: u8| Value::from(names::thread(program, id.into()));
    let apartment = |id: u8| match program.apartments.get(usize::from(id)) {
        Some(_) => Value::from(names::apartment(program, id.into())),
        None => Value::from("none"),
    };
    let context = |id: u8| match program.contexts.get(usize::from(id)) {
        Some(_) => Value::from(names::context(program, id.into())),
        None => Value::from("none"),
    };
    let stub = |id: u8| Value::from(format!("stub manager {}", u32::from(id) + 1));
    let packet = |id: u8| Value::from(format!("packet {}", u32::from(id) + 1));
    let threads = |mask: u32| {
        let set = (0..program.threads.len()).filter(|id| mask & (1 << id) != 0);
        let mut names: Vec<String> = set.map(|id| names::thread(program, id)).collect();
        names.sort();
        json!({ "#set": names })
    };
    let class = |id: u8| program.classes.get(usize::from(id)).map_or("?", |class| &class.name).to_string();
    let mut all = BTreeMap::new();
    let mut put = |name: &str, value: Value| all.insert(name.to_string(), value);

    put(
        "processes",
        map(program
            .processes
            .iter()
            .zip(&state.processes)
            .map(|(process, phase)| (process.name.clone(), phase.name().into()))),
    );
    put(
        "apartments",
        map(state.apartments.iter().enumerate().map(|(id, one)| {
            (names::apartment(program, id), record([("inits", int(one.inits)), ("phase", one.phase.name().into())]))
        })),
    );
    put(
        "contexts",
        map(state.contexts.iter().enumerate().map(|(id, phase)| (names::context(program, id), phase.name().into()))),
    );
    put(
        "modules",
        map(program.modules.iter().zip(&state.modules).map(|(module, one)| {
            (
                module.name.clone(),
                record([("com", one.com.into()), ("count", int(one.count)), ("phase", one.phase.name().into())]),
            )
        })),
    );
    put(
        "class_objects",
        map(program.classes.iter().zip(&state.class_objects).map(|(class, one)| {
            let value = record([
                ("context", context(one.context)),
                ("pending", int(one.pending)),
                ("phase", one.phase.name().into()),
            ]);
            (class.name.clone(), value)
        })),
    );
    put(
        "threads",
        map(state.threads.iter().enumerate().map(|(id, one)| {
            let stack = state
                .stack(program, id)
                .iter()
                .enumerate()
                .map(|(at, frame)| self::frame(program, state, id, at, frame));
            let posted = one.posted.iter().filter(|function| **function != 0);
            let value = record([
                ("apartment", option(one.apartment.map(apartment))),
                ("inits", int(one.inits)),
                ("phase", one.phase.name().into()),
                ("posted", posted.map(|function| Value::from(function_name(program, *function))).collect()),
                ("quit", one.quit.into()),
                ("stack", stack.collect()),
            ]);
            (names::thread(program, id), value)
        })),
    );
    put(
        "variables",
        map(program
            .globals
            .iter()
            .zip(&state.globals)
            .map(|(global, value)| (global.name.clone(), cell(program, state, global.ty, *value)))),
    );
    let each = State::fields_each(program);
    put(
        "objects",
        map(present(&state.objects, "object", |one| one.phase != ObjectPhase::Absent).map(|(id, name, one)| {
            let fields = program.classes.get(usize::from(one.class)).map_or(&[][..], |class| &class.fields);
            let values = state.fields.get(id * each..).unwrap_or(&[]);
            let fields = fields
                .iter()
                .zip(values)
                .map(|(field, value)| (field.name.clone(), cell(program, state, field.ty, *value)));
            let value = record([
                ("apartment", apartment(one.apartment)),
                ("class", class(one.class).into()),
                ("context", context(one.context)),
                ("fields", map(fields)),
                ("phase", one.phase.name().into()),
                ("references", int(one.references)),
            ]);
            (name, value)
        })),
    );
    put(
        "stubs",
        map(present(&state.stubs, "stub manager", |one| one.phase != StubPhase::Absent).map(|(_, name, one)| {
            let value = record([
                ("apartment", apartment(one.apartment)),
                ("context", context(one.context)),
                ("locks", int(one.locks)),
                ("object", format!("object {}", u32::from(one.object) + 1).into()),
                ("pending", int(one.pending)),
                ("phase", one.phase.name().into()),
                ("strong", int(one.strong)),
                ("weak", int(one.weak)),
            ]);
            (name, value)
        })),
    );
    put(
        "proxies",
        map(present(&state.proxies, "proxy", |one| one.phase != ProxyPhase::Absent).map(|(_, name, one)| {
            let value = record([
                ("apartment", apartment(one.apartment)),
                ("phase", one.phase.name().into()),
                ("references", int(one.references)),
                ("strong", int(one.strong)),
                ("stub", stub(one.stub)),
            ]);
            (name, value)
        })),
    );
    put(
        "packets",
        map(present(&state.packets, "packet", |one| one.phase != PacketPhase::Absent).map(|(_, name, one)| {
            let kind = format!("{:?}", one.kind);
            (name, record([("kind", kind.into()), ("phase", one.phase.name().into()), ("stub", stub(one.stub))]))
        })),
    );
    put(
        "calls",
        map(present(&state.calls, "call", |one| one.phase != CallPhase::Absent).map(|(id, name, one)| {
            let value = record([
                ("caller", thread(one.caller)),
                ("code", one.code.name().into()),
                ("phase", one.phase.name().into()),
                ("root", format!("call {}", u32::from(one.root) + 1).into()),
                ("what", names::call(program, state, id).into()),
            ]);
            (name, value)
        })),
    );
    put(
        "events",
        map(program.events.iter().zip(&state.events).map(|(event, set)| (event.name.clone(), (*set).into()))),
    );
    put(
        "critical_sections",
        map(program.sections.iter().zip(&state.sections).map(|(section, one)| {
            (section.name.clone(), record([("depth", int(one.depth)), ("owner", option(one.owner.map(thread)))]))
        })),
    );
    put(
        "slim_locks",
        map(program.srws.iter().zip(&state.srws).map(|(srw, one)| {
            (srw.name.clone(), record([("owner", option(one.owner.map(thread))), ("shared", threads(one.shared))]))
        })),
    );
    put(
        "condition_variables",
        map(program
            .conditions
            .iter()
            .zip(&state.conditions)
            .map(|(condition, one)| (condition.name.clone(), threads(one.sleeping)))),
    );
    put(
        "streams",
        map(program.streams.iter().zip(&state.streams).map(|(stream, one)| {
            (stream.name.clone(), record([("behind", one.behind.into()), ("packet", option(one.packet.map(packet)))]))
        })),
    );
    put(
        "breach",
        option(state.breach.map(|breach| {
            record([
                ("by", option(breach.by.map(thread))),
                ("property", breach.property.name().into()),
                ("subject", names::subject(program, breach.subject).into()),
                ("victim", option(breach.victim.map(thread))),
            ])
        })),
    );
    all
}

fn frame(program: &Program, state: &State, thread: usize, at: usize, frame: &Frame) -> Value {
    let slots = program.functions.get(usize::from(frame.function)).map_or(&[][..], |function| &function.slots);
    let values = state.slots.get(state.slot_base(program, thread, at)..).unwrap_or(&[]);
    // temporaries of the lowering have no name and say nothing to anybody
    let named = slots.iter().zip(values).filter(|(slot, _)| !slot.name.is_empty());
    let locals = named.map(|(slot, value)| (slot.name.clone(), cell(program, state, slot.ty, *value)));
    let span = crate::run::span(program, frame.function, frame.pc);
    let line = match program.source.get(..span.start as usize) {
        Some(before) if span.end > span.start => before.bytes().filter(|byte| *byte == b'\n').count() as i64 + 1,
        Some(_) | None => 0,
    };
    record([
        ("function", function_name(program, frame.function).into()),
        ("line", int(line)),
        ("locals", map(locals)),
        ("operation", int(frame.pc)),
        ("phase", int(frame.phase)),
    ])
}

fn function_name(program: &Program, function: u16) -> String {
    program.functions.get(usize::from(function)).map_or_else(|| "?".into(), |function| function.name.clone())
}

/// The value of a cell by its type.
fn cell(program: &Program, state: &State, ty: Ty, value: i8) -> Value {
    match ty {
        Ty::Bool => Value::from(value != 0),
        Ty::Code => Code(value).name().into(),
        Ty::Pointer(_) | Ty::ComPtr(_) => match state.pointee(value) {
            Pointee::Null => "NULL".into(),
            Pointee::Object(object) => format!("object {}", object + 1).into(),
            Pointee::Proxy(proxy) => format!("proxy {}", proxy + 1).into(),
        },
        Ty::Cookie => match usize::try_from(value).ok().and_then(|index| program.classes.get(index.checked_sub(1)?)) {
            Some(class) => format!("cookie of {}", class.name).into(),
            None => "0".into(),
        },
        Ty::Void | Ty::Int(..) => int(value),
    }
}

/// Places of a table that are in use, each with its name.
fn present<'a, T>(
    table: &'a [T],
    what: &'a str,
    there: impl Fn(&T) -> bool + 'a,
) -> impl Iterator<Item = (usize, String, &'a T)> + 'a {
    let used = table.iter().enumerate().filter(move |(_, one)| there(one));
    used.map(move |(id, one)| (id, format!("{what} {}", id + 1), one))
}

pub(super) fn int(value: impl Into<i64>) -> Value {
    json!({ "#bigint": value.into().to_string() })
}

pub(super) fn some(value: Value) -> Value {
    record([("tag", "Some".into()), ("value", value)])
}

/// As Quint writes it; there is no null in ITF.
fn option(value: Option<Value>) -> Value {
    value.map_or_else(|| record([("tag", "None".into()), ("value", json!({ "#tup": [] }))]), some)
}

/// A map with names as keys, in the order of the names.
fn map(entries: impl IntoIterator<Item = (String, Value)>) -> Value {
    let (names, values): (Vec<String>, Vec<Value>) = entries.into_iter().unzip();
    let sorted: BTreeMap<String, Value> = unique(names).into_iter().zip(values).collect();
    json!({ "#map": sorted.into_iter().map(|(name, value)| json!([name, value])).collect::<Vec<Value>>() })
}

/// Names as keys of a map: one that comes again gets a number, so that no entry is lost.
pub(crate) fn unique(names: Vec<String>) -> Vec<String> {
    let mut used: BTreeSet<String> = BTreeSet::new();
    let each = names.into_iter().map(|name| {
        let mut key = name.clone();
        let mut number = 2;
        while !used.insert(key.clone()) {
            key = format!("{name} ({number})");
            number += 1;
        }
        key
    });
    each.collect()
}

pub(super) fn record<const N: usize>(entries: [(&str, Value); N]) -> Value {
    sorted(entries.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
}

/// An object with its keys in order, whether or not the map of serde_json keeps the order of insertion.
pub(super) fn sorted(entries: BTreeMap<String, Value>) -> Value {
    Value::Object(entries.into_iter().collect::<Map<String, Value>>())
}
