//! A state as ITF values: by the names that stories use, what is there and not the empty places.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use model::codes::Code;
use model::names;
use model::program::{Program, Ty};
use model::state::{Frame, Kind, Pointee, State};
use model::violation;
use serde_json::{Map, Value, json};

use super::{ACTION, PICKS};

/// The variables of every state beside those of the step, in the order of their names: one for each table, and the breach.
static VARIABLES: LazyLock<Vec<Variable>> = LazyLock::new(|| {
    let tables =
        Kind::all().filter_map(|kind| Some(Variable { name: kind.plural(), of: Some(kind), value: value(kind)? }));
    let mut all: Vec<Variable> = tables.chain([Variable { name: "breach", of: None, value: breach }]).collect();
    all.sort_by_key(|one| one.name);
    all
});

/// A variable of a state.
struct Variable {
    name: &'static str,
    /// What it shows; none for the breach.
    of: Option<Kind>,
    value: Shown,
}

type Shown = fn(&Program, &State) -> Value;

/// How the table of a kind is shown. Functions have none.
fn value(kind: Kind) -> Option<Shown> {
    match kind {
        Kind::Process => Some(processes),
        Kind::Apartment => Some(apartments),
        Kind::Context => Some(contexts),
        Kind::Module => Some(modules),
        Kind::Class => Some(class_objects),
        Kind::Thread => Some(threads),
        Kind::Function => None,
        Kind::Global => Some(globals),
        Kind::Event => Some(events),
        Kind::Section => Some(sections),
        Kind::Srw => Some(slim_locks),
        Kind::Condition => Some(conditions),
        Kind::Stream => Some(streams),
        Kind::Object => Some(objects),
        Kind::Stub => Some(stubs),
        Kind::Proxy => Some(proxies),
        Kind::Packet => Some(packets),
        Kind::Call => Some(calls),
    }
}

impl Variable {
    /// Is it the same in two states of a program, as far as one sees without making it? What its value is made from is.
    fn is_same(&self, one: &State, other: &State) -> bool {
        let kinds: &[Kind] = match self.of {
            None => return one.breach == other.breach,
            // a last Release is named by the class of the stub manager's object
            Some(Kind::Call) => &[Kind::Call, Kind::Stub, Kind::Object],
            Some(kind) => return one.is_same(other, kind),
        };
        kinds.iter().all(|kind| one.is_same(other, *kind))
    }
}

/// The names of all variables, in the order in which `vars` lists them.
pub(super) fn names_of_variables() -> Vec<&'static str> {
    [ACTION, PICKS].into_iter().chain(VARIABLES.iter().map(|one| one.name)).collect()
}

/// A state as ITF values by variable: what is there, by the names that stories use.
pub fn variables(program: &Program, state: &State) -> BTreeMap<String, Value> {
    VARIABLES.iter().map(|one| (one.name.to_string(), (one.value)(program, state))).collect()
}

/// The variables of one state after the other, each with its text. From a state to the next one only what is different is made.
pub(crate) struct Reel<'a> {
    program: &'a Program,
    state: &'a State,
    values: Vec<(Value, String)>,
}

impl<'a> Reel<'a> {
    pub(crate) fn new(program: &'a Program, state: &'a State) -> Self {
        let of = |one: &Variable| {
            let value = (one.value)(program, state);
            let text = value.to_string();
            (value, text)
        };
        Reel { program, state, values: VARIABLES.iter().map(of).collect() }
    }

    /// Goes on to `state`. Gives the variables that are different: name, old value, new one.
    pub(crate) fn turn(&mut self, state: &'a State, mut differs: impl FnMut(&str, &Value, &Value)) {
        for (variable, (value, text)) in VARIABLES.iter().zip(&mut self.values) {
            if variable.is_same(self.state, state) {
                continue;
            }
            let new = (variable.value)(self.program, state);
            if new != *value {
                differs(variable.name, value, &new);
                *text = new.to_string();
                *value = new;
            }
        }
        self.state = state;
    }

    /// The state as JSON without spaces, keys in order.
    pub(crate) fn json(&self) -> String {
        let mut json = String::with_capacity(self.values.iter().map(|(_, text)| text.len() + 24).sum());
        for (variable, (_, text)) in VARIABLES.iter().zip(&self.values) {
            json.push(if json.is_empty() { '{' } else { ',' });
            json.push('"');
            json.push_str(variable.name);
            json.push_str("\":");
            json.push_str(text);
        }
        json.push('}');
        json
    }
}

fn thread(program: &Program, id: u8) -> Value {
    names::thread(program, id.into()).into()
}

fn apartment(program: &Program, id: u8) -> Value {
    match program.apartments.get(usize::from(id)) {
        Some(_) => Value::from(names::apartment(program, id.into())),
        None => Value::from("none"),
    }
}

fn context(program: &Program, id: u8) -> Value {
    match program.contexts.get(usize::from(id)) {
        Some(_) => Value::from(names::context(program, id.into())),
        None => Value::from("none"),
    }
}

fn stub(id: u8) -> Value {
    format!("stub manager {}", u32::from(id) + 1).into()
}

fn thread_set(program: &Program, mask: u32) -> Value {
    let set = (0..program.threads.len()).filter(|id| mask & (1 << id) != 0);
    let mut names: Vec<String> = set.map(|id| names::thread(program, id)).collect();
    names.sort();
    json!({ "#set": names })
}

fn class(program: &Program, id: u8) -> String {
    program.classes.get(usize::from(id)).map_or("?", |class| &class.name).to_string()
}

fn processes(program: &Program, state: &State) -> Value {
    map(program
        .processes
        .iter()
        .zip(&state.processes)
        .map(|(process, phase)| (process.name.clone(), phase.name().into())))
}

fn apartments(program: &Program, state: &State) -> Value {
    map(state.apartments.iter().enumerate().map(|(id, one)| {
        (names::apartment(program, id), record([("inits", int(one.inits)), ("phase", one.phase.name().into())]))
    }))
}

fn contexts(program: &Program, state: &State) -> Value {
    map(state.contexts.iter().enumerate().map(|(id, phase)| (names::context(program, id), phase.name().into())))
}

fn modules(program: &Program, state: &State) -> Value {
    map(program.modules.iter().zip(&state.modules).map(|(module, one)| {
        (
            module.name.clone(),
            record([("com", one.com().into()), ("count", int(one.count)), ("phase", one.phase.name().into())]),
        )
    }))
}

fn class_objects(program: &Program, state: &State) -> Value {
    map(program.classes.iter().zip(&state.class_objects).map(|(class, one)| {
        let value = record([
            ("context", context(program, one.context)),
            ("pending", int(one.pending)),
            ("phase", one.phase.name().into()),
        ]);
        (class.name.clone(), value)
    }))
}

fn threads(program: &Program, state: &State) -> Value {
    map(state.threads.iter().enumerate().map(|(id, one)| {
        let stack =
            state.stack(program, id).iter().enumerate().map(|(at, frame)| self::frame(program, state, id, at, frame));
        // what is taken comes before what waits
        let posted = [&one.taken].into_iter().chain(&one.posted).filter(|function| **function != 0);
        let value = record([
            ("apartment", option(one.apartment.map(|id| apartment(program, id)))),
            ("inits", int(one.inits)),
            ("phase", one.phase.name().into()),
            ("posted", posted.map(|function| Value::from(function_name(program, *function))).collect()),
            ("quit", one.quit.into()),
            ("stack", stack.collect()),
        ]);
        (names::thread(program, id), value)
    }))
}

fn globals(program: &Program, state: &State) -> Value {
    map(program
        .globals
        .iter()
        .zip(&state.globals)
        .map(|(global, value)| (global.name.clone(), cell(program, state, global.ty, *value))))
}

fn objects(program: &Program, state: &State) -> Value {
    let each = State::fields_each(program);
    map(present(program, state, Kind::Object, &state.objects).map(|(id, name, one)| {
        let fields = program.classes.get(usize::from(one.class)).map_or(&[][..], |class| &class.fields);
        let values = state.fields.get(id * each..).unwrap_or(&[]);
        let fields = fields
            .iter()
            .zip(values)
            .map(|(field, value)| (field.name.clone(), cell(program, state, field.ty, *value)));
        let value = record([
            ("apartment", apartment(program, one.apartment)),
            ("class", class(program, one.class).into()),
            ("context", context(program, one.context)),
            ("fields", map(fields)),
            ("phase", one.phase.name().into()),
            ("references", int(one.references)),
        ]);
        (name, value)
    }))
}

fn stubs(program: &Program, state: &State) -> Value {
    map(present(program, state, Kind::Stub, &state.stubs).map(|(_, name, one)| {
        let value = record([
            ("apartment", apartment(program, one.apartment)),
            ("context", context(program, one.context)),
            ("locks", int(one.locks)),
            ("object", format!("object {}", u32::from(one.object) + 1).into()),
            ("pending", int(one.pending)),
            ("phase", one.phase.name().into()),
            ("strong", int(one.strong)),
            ("weak", int(one.weak)),
        ]);
        (name, value)
    }))
}

fn proxies(program: &Program, state: &State) -> Value {
    map(present(program, state, Kind::Proxy, &state.proxies).map(|(_, name, one)| {
        let value = record([
            ("apartment", apartment(program, one.apartment)),
            ("phase", one.phase.name().into()),
            ("references", int(one.references)),
            ("strong", int(one.strong)),
            ("stub", stub(one.stub)),
        ]);
        (name, value)
    }))
}

fn packets(program: &Program, state: &State) -> Value {
    map(present(program, state, Kind::Packet, &state.packets).map(|(_, name, one)| {
        let kind = format!("{:?}", one.kind);
        (name, record([("kind", kind.into()), ("phase", one.phase.name().into()), ("stub", stub(one.stub))]))
    }))
}

fn calls(program: &Program, state: &State) -> Value {
    map(present(program, state, Kind::Call, &state.calls).map(|(id, name, one)| {
        let value = record([
            ("caller", thread(program, one.caller)),
            ("code", one.code.name().into()),
            ("phase", one.phase.name().into()),
            ("root", format!("call {}", u32::from(one.root) + 1).into()),
            ("what", names::call(program, state, id).into()),
        ]);
        (name, value)
    }))
}

fn events(program: &Program, state: &State) -> Value {
    map(program.events.iter().zip(&state.events).map(|(event, set)| (event.name.clone(), (*set).into())))
}

fn sections(program: &Program, state: &State) -> Value {
    map(program.sections.iter().zip(&state.sections).map(|(section, one)| {
        (
            section.name.clone(),
            record([("depth", int(one.depth)), ("owner", option(one.owner.map(|id| thread(program, id))))]),
        )
    }))
}

fn slim_locks(program: &Program, state: &State) -> Value {
    map(program.srws.iter().zip(&state.srws).map(|(srw, one)| {
        (
            srw.name.clone(),
            record([
                ("owner", option(one.owner.map(|id| thread(program, id)))),
                ("shared", thread_set(program, one.shared)),
                ("twice", thread_set(program, one.twice)),
                ("queued", thread_set(program, one.queued)),
            ]),
        )
    }))
}

fn conditions(program: &Program, state: &State) -> Value {
    map(program
        .conditions
        .iter()
        .zip(&state.conditions)
        .map(|(condition, one)| (condition.name.clone(), thread_set(program, one.sleeping))))
}

fn streams(program: &Program, state: &State) -> Value {
    map(program.streams.iter().zip(&state.streams).map(|(stream, one)| {
        (
            stream.name.clone(),
            record([
                ("at", int(one.at)),
                (
                    "packets",
                    one.packets
                        .iter()
                        .flatten()
                        .map(|id| Value::from(format!("packet {}", u32::from(*id) + 1)))
                        .collect::<Value>(),
                ),
            ]),
        )
    }))
}

fn breach(program: &Program, state: &State) -> Value {
    option(state.breach.map(|breach| {
        // of several the one declared first
        let victims = violation::victims(program, state);
        record([
            ("by", option(breach.by.map(|id| thread(program, id)))),
            ("property", breach.property.name().into()),
            ("subject", names::subject(program, breach.subject).into()),
            ("victim", option(victims.first().map(|id| Value::from(names::thread(program, *id))))),
        ])
    }))
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
        ("phase", int(frame.at.parts().0.number())),
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
        Ty::Handle | Ty::Lock(_) if value == 0 => "NULL".into(),
        Ty::Handle => format!("handle {value}").into(),
        Ty::Lock(_) => format!("lock {value}").into(),
        Ty::Void | Ty::Int(..) => int(value),
    }
}

/// Places of a table that are in use, each with its name.
fn present<'a, T>(
    program: &'a Program,
    state: &'a State,
    kind: Kind,
    table: &'a [T],
) -> impl Iterator<Item = (usize, String, &'a T)> + 'a {
    let used = table.iter().enumerate().filter(move |(id, _)| !state.is_absent(kind, *id));
    used.map(move |(id, one)| (id, names::declared(program, kind, id), one))
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
