//! The rows of a state under a renaming: what they refer to gets its new names.

use super::dead::Dead;
use super::names::Names;
use crate::lifecycle::At;
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::context::ContextPhase;
use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::packet::PacketPhase;
use crate::lifecycle::process::ProcessPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::stub::StubPhase;
use crate::program::{Program, Ty};
use crate::state::{
    ApartmentState, CallKind, CallState, ClassObjectState, ConditionState, Frame, Keeps, Kind, ModuleState, Naming,
    ObjectState, PacketState, Pointee, ProxyState, SectionState, SrwState, State, StreamState, StubState, Subject,
    ThreadState, tables,
};

/// Where rows are read: a state of a program.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) program: &'a Program,
    pub(super) dead: &'a Dead,
    pub(super) state: &'a State,
}

/// Rows that refer to nothing, rows whose declaration says what they refer to, and such rows of places, which may be empty.
macro_rules! rows {
    ($($table:ident $one:ident $row:ty $(, $named:ident $(unless $absent:expr)?)?;)*) => {
        $(pub(super) fn $one(from: Source<'_>, number: usize, _n: &mut impl Naming) -> $row {
            let row = from.state.$table[number];
            $($(if row.phase == $absent {
                return row;
            })?
            let row = row.$named(_n);)?
            row
        })*
    };
}

rows! {
    processes process At<ProcessPhase>;
    apartments apartment ApartmentState, named;
    contexts context At<ContextPhase>;
    modules module ModuleState, named;
    class_objects class_object ClassObjectState, named;
    threads thread ThreadState, named;
    objects object ObjectState, named unless ObjectPhase::Absent;
    stubs stub StubState, named unless StubPhase::Absent;
    proxies proxy ProxyState, named unless ProxyPhase::Absent;
    events event bool;
    sections section SectionState, named;
    srws srw SrwState, named;
    conditions condition ConditionState, named;
    streams stream StreamState, named;
}

/// A cell of this type.
pub(super) fn cell(state: &State, value: i8, ty: Ty, n: &mut impl Naming) -> i8 {
    match ty {
        // handles and locks are numbered in each process and class from 1 on
        Ty::Void | Ty::Int(..) | Ty::Bool | Ty::Code | Ty::Handle | Ty::Lock(_) => value,
        Ty::Cookie => match usize::try_from(value).unwrap_or(0).checked_sub(1) {
            Some(class) => n.name(Kind::Class, class) as i8 + 1,
            None => value,
        },
        Ty::Pointer(_) | Ty::ComPtr(_) => pointer(state, value, n),
    }
}

fn pointer(state: &State, value: i8, n: &mut impl Naming) -> i8 {
    state.pointer(match state.pointee(value) {
        Pointee::Null => Pointee::Null,
        Pointee::Object(object) => Pointee::Object(n.name(Kind::Object, object)),
        Pointee::Proxy(proxy) => Pointee::Proxy(n.name(Kind::Proxy, proxy)),
    })
}

/// A global cell.
pub(super) fn global(from: Source<'_>, number: usize, n: &mut impl Naming) -> i8 {
    cell(from.state, from.state.globals[number], from.program.globals[number].ty, n)
}

/// A cell of a message: 0, or 1 + a packet.
fn carried(value: i8, n: &mut impl Naming) -> i8 {
    match usize::try_from(value).unwrap_or(0).checked_sub(1) {
        Some(packet) => n.name(Kind::Packet, packet) as i8 + 1,
        None => value,
    }
}

fn frame(program: &Program, state: &State, row: Frame, n: &mut impl Naming) -> Frame {
    let at = row.at.renamed(|keeps, byte| kept(program, state, row, keeps, byte, n));
    let origin = row.origin.renamed(|keeps, byte| kept(program, state, row, keeps, byte, n));
    let function = n.name(Kind::Function, row.function.into()) as u16;
    let context = n.byte(Kind::Context, row.context);
    Frame { function, pc: row.pc, at, origin, context }
}

/// What a frame keeps.
fn kept(program: &Program, state: &State, row: Frame, keeps: Keeps, byte: u8, n: &mut impl Naming) -> u8 {
    match keeps {
        Keeps::Nothing | Keeps::Depth | Keeps::Code | Keeps::Answer => byte,
        Keeps::Call => n.byte(Kind::Call, byte),
        Keeps::Object => n.byte(Kind::Object, byte),
        Keeps::Pointer => pointer(state, byte as i8, n) as u8,
        Keeps::Value => {
            let op = program.functions[usize::from(row.function)].code.get(usize::from(row.pc));
            match op.and_then(|op| op.refers(program)) {
                Some(ty) => cell(state, byte as i8, ty, n) as u8,
                None => byte,
            }
        }
    }
}

/// Hands over the frames of a thread, each with its number among the thread's.
pub(super) fn frames<N: Naming>(from: Source<'_>, thread: usize, n: &mut N, mut take: impl FnMut(usize, Frame)) {
    let Source { program, state, .. } = from;
    for (at, row) in state.stack(program, thread).iter().enumerate() {
        take(at, frame(program, state, *row, n));
    }
}

/// Hands over the slots of a thread, each with its number among the thread's.
pub(super) fn slots<N: Naming>(from: Source<'_>, thread: usize, n: &mut N, mut take: impl FnMut(usize, i8)) {
    let Source { program, dead, state } = from;
    let first = thread * usize::from(program.bounds.slots);
    let mut at = 0;
    for frame in state.stack(program, thread) {
        let function = usize::from(frame.function);
        for (index, slot) in program.functions[function].slots.iter().enumerate() {
            let value = state.slots[first + at];
            let value = if dead.keeps_context(function, index) {
                let live = dead.is_live(function, frame.pc.into(), index);
                if live { n.byte(Kind::Context, value as u8) as i8 } else { value }
            } else {
                cell(state, value, slot.ty, n)
            };
            take(at, value);
            at += 1;
        }
    }
}

/// Hands over the fields of an object, each with its number among the object's.
pub(super) fn fields<N: Naming>(from: Source<'_>, object: usize, n: &mut N, mut take: impl FnMut(usize, i8)) {
    let Source { program, state, .. } = from;
    let each = State::fields_each(program);
    let there = state.objects[object].phase != ObjectPhase::Absent;
    let class = program.classes.get(usize::from(state.objects[object].class)).filter(|_| there);
    for field in 0..each {
        let value = state.fields[object * each + field];
        match class.and_then(|class| class.fields.get(field)) {
            Some(described) => take(field, cell(state, value, described.ty, n)),
            None => take(field, value),
        }
    }
}

pub(super) fn packet(from: Source<'_>, number: usize, n: &mut impl Naming) -> PacketState {
    let row = from.state.packets[number];
    if row.phase == PacketPhase::Absent {
        return row;
    }
    let kind = if row.stub().is_some() { Kind::Stub } else { Kind::Object };
    let writer = row.writer.map(|writer| n.byte(Kind::Apartment, writer));
    PacketState { stub: n.byte(kind, row.stub), writer, ..row }
}

pub(super) fn call(from: Source<'_>, number: usize, n: &mut impl Naming) -> CallState {
    let Source { program, state, .. } = from;
    let row = state.calls[number];
    if row.phase == CallPhase::Absent {
        return row;
    }
    // every field is named here: what refers to something gets its new name, the rest are values
    let CallState {
        phase: _,
        kind: _,
        caller,
        root,
        target: _,
        asynchronous: _,
        stub: _,
        template: _,
        method: _,
        arguments: _,
        result: _,
        code: _,
    } = row;
    let mut named = CallState { caller: n.byte(Kind::Thread, caller), ..row };
    named.root = n.byte(Kind::Call, root);
    let target = match row.kind {
        CallKind::Method | CallKind::Release | CallKind::AddRef | CallKind::Query => {
            named.stub = n.byte(Kind::Stub, row.stub);
            Kind::Proxy
        }
        CallKind::Activation => Kind::Class,
        CallKind::Own => Kind::Object,
    };
    named.target = n.byte(target, row.target);
    match row.kind {
        CallKind::Method | CallKind::Own => {
            let method = &program.templates[usize::from(row.template)].methods[usize::from(row.method)];
            // on their way interface pointers are packets; once delivered, cells
            let packed = match (row.kind, *row.phase) {
                (CallKind::Own, _) => false,
                (_, CallPhase::Sent | CallPhase::Answered) => true,
                (_, CallPhase::Absent | CallPhase::Executing | CallPhase::Abandoned) => false,
            };
            for (argument, ty) in named.arguments.iter_mut().zip(&method.parameters) {
                *argument = match ty.is_pointer() && packed {
                    true => carried(*argument, n),
                    false => cell(state, *argument, *ty, n),
                };
            }
            named.result = match method.carries().is_pointer() && row.kind == CallKind::Method {
                true => carried(row.result, n),
                false => cell(state, row.result, method.result, n),
            };
        }
        CallKind::Activation => named.result = carried(row.result, n),
        CallKind::Release | CallKind::AddRef | CallKind::Query => {}
    }
    named
}

/// A whole state under a renaming.
pub(super) fn state(program: &Program, dead: &Dead, from: &State, names: &Names) -> State {
    let mut to = from.clone();
    let n = &mut &*names;
    if let Some(breach) = &mut to.breach {
        breach.by = breach.by.map(|by| n.byte(Kind::Thread, by));
        breach.victim = breach.victim.map(|victim| n.byte(Kind::Thread, victim));
        breach.subject = match breach.subject {
            Subject::None => Subject::None,
            Subject::Class(id) => Subject::Class(n.byte(Kind::Class, id)),
            Subject::Module(id) => Subject::Module(n.byte(Kind::Module, id)),
            Subject::Context(id) => Subject::Context(n.byte(Kind::Context, id)),
            Subject::Process(id) => Subject::Process(n.byte(Kind::Process, id)),
            Subject::Stream(id) => Subject::Stream(n.byte(Kind::Stream, id)),
            Subject::Section(id) => Subject::Section(n.byte(Kind::Section, id)),
            Subject::Srw(id) => Subject::Srw(n.byte(Kind::Srw, id)),
            Subject::Condition(id) => Subject::Condition(n.byte(Kind::Condition, id)),
            Subject::Event(id) => Subject::Event(n.byte(Kind::Event, id)),
            Subject::Thread(id) => Subject::Thread(n.byte(Kind::Thread, id)),
        };
    }
    let source = Source { program, dead, state: from };
    macro_rules! rename {
        ($($table:ident $kind:ident $one:ident $packed:ident $ends:ident $reduced:ident $refers:ident [$($to:ident)*] [$($part:ident)*];)*) => {
            $(
                for number in 0..from.$table.len() {
                    to.$table[names.of(Kind::$kind, number)] = $one(source, number, n);
                }
                $(
                    let each = from.$part.len() / from.$table.len().max(1);
                    for number in 0..from.$table.len() {
                        let (old, new) = (number * each, names.of(Kind::$kind, number) * each);
                        // what is not in use moves as it is
                        to.$part[new..new + each].copy_from_slice(&from.$part[old..old + each]);
                        $part(source, number, n, |at, row| to.$part[new + at] = row);
                    }
                )*
            )*
        };
    }
    tables!(rename);
    to
}
