//! After every step: places whose entity is gone and that nothing refers to become free again, so that equal situations are
//! equal states and identities are never reused while somebody could still tell.

use std::ops::ControlFlow;

use super::Step;
use crate::codes::Code;
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::object::{self, ObjectEvent, ObjectPhase};
use crate::lifecycle::packet::{self, PacketEvent, PacketPhase};
use crate::lifecycle::proxy::{self, ProxyEvent, ProxyPhase};
use crate::lifecycle::stub::{self, StubEvent, StubPhase};
use crate::lifecycle::{At, Cell as Next};
use crate::program::{Program, Ty};
use crate::state::{
    CallKind, CallState, Frame, KINDS, Keeps, Kind, Naming, ObjectState, PacketState, Pointee, ProxyState, State,
    StreamState, StubState, tables,
};
use crate::table::Bits;

/// What pointer cells point at, as sets of places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pointed {
    /// Objects.
    pub objects: u64,
    /// Proxies.
    pub proxies: u64,
}

/// Everything that variables, fields, frames and calls point at.
pub fn pointed(program: &Program, state: &State) -> Pointed {
    let mut found = Pointed::default();
    let _ = each_reference(program, state, &[Kind::Object, Kind::Proxy], |reference| {
        match reference {
            Reference::Pointer(Pointee::Object(object)) => found.objects |= 1 << object,
            Reference::Pointer(Pointee::Proxy(proxy)) => found.proxies |= 1 << proxy,
            Reference::Pointer(Pointee::Null) | Reference::Link(..) => {}
        }
        ControlFlow::Continue(())
    });
    found
}

/// What of the places in `asked` nothing refers to. Looks no further than it must.
fn unreferred(program: &Program, state: &State, kind: Kind, mut asked: u64) -> u64 {
    if asked != 0 {
        let _ = each_reference(program, state, &[kind], |reference| {
            if let Some((_, place)) = reference.place().filter(|(to, _)| *to == kind) {
                asked &= !(1 << place);
            }
            if asked == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    }
    asked
}

/// How a row refers to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reference {
    /// With a pointer of the program's code, or of what executes for it.
    Pointer(Pointee),
    /// As a part of COM's own bookkeeping.
    Link(Kind, usize),
}

impl Reference {
    fn place(self) -> Option<(Kind, usize)> {
        match self {
            Reference::Pointer(Pointee::Null) => None,
            Reference::Pointer(Pointee::Object(object)) => Some((Kind::Object, object)),
            Reference::Pointer(Pointee::Proxy(proxy)) => Some((Kind::Proxy, proxy)),
            Reference::Link(kind, place) => Some((kind, place)),
        }
    }
}

/// What looks at references, until it has enough.
trait Visit: FnMut(Reference) -> ControlFlow<()> {}

impl<V: FnMut(Reference) -> ControlFlow<()>> Visit for V {}

/// The order in which tables are asked what they refer to: where an answer is likely and few rows are read, first.
const ASKED: [Kind; KINDS] = Kind::ordered(&[
    Kind::Stub,
    Kind::Proxy,
    Kind::Packet,
    Kind::Stream,
    Kind::Global,
    Kind::Object,
    Kind::Thread,
    Kind::Call,
]);

/// By kind of thing: the kinds of places that its rows can refer to, a bit each. The column `refers` of the tables' declaration.
const REFERS: [u32; KINDS] = {
    macro_rules! refers {
        ($($table:ident $kind:ident $one:ident $packed:ident $ends:ident $reduced:ident $refers:ident [$($to:ident)*] [$($part:ident)*];)*) => {{
            let mut refers = [0; KINDS];
            $(refers[Kind::$kind as usize] = 0 $(| 1 << Kind::$to as u32)*;)*
            refers
        }};
    }
    tables!(refers)
};

/// The kinds of places that garbage collection looks for in the rows of a kind.
pub(crate) fn refers(kind: Kind) -> impl Iterator<Item = Kind> {
    Kind::all().filter(move |to| REFERS[kind as usize] & (1 << *to as u32) != 0)
}

/// Hands `visit` each reference to places of these kinds, and others beside them. Threads that were touched come first: a step has looked at
/// them anyway.
#[inline(always)]
fn each_reference(program: &Program, state: &State, to: &[Kind], mut visit: impl Visit) -> ControlFlow<()> {
    let asked = to.iter().fold(0, |bits, kind| bits | 1 << *kind as u32);
    let touched = state.threads.touched() | state.frames.touched() | state.slots.touched();
    let stepped = |thread: usize| touched >> state.threads.group_of(thread) & 1 != 0;
    if REFERS[Kind::Thread as usize] & asked != 0 {
        for thread in (0..program.threads.len()).filter(|thread| stepped(*thread)) {
            in_thread(program, state, thread, &mut visit)?;
        }
    }
    for kind in ASKED {
        if REFERS[kind as usize] & asked == 0 {
            continue;
        }
        for number in 0..kind.count(program) {
            if kind != Kind::Thread || !stepped(number) {
                in_row(program, state, kind, number, &mut visit)?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// What a row refers to: the column `refers` of the tables' declaration.
#[inline(always)]
fn in_row(program: &Program, state: &State, kind: Kind, number: usize, visit: &mut impl Visit) -> ControlFlow<()> {
    macro_rules! refers {
        ($($table:ident $kind:ident $one:ident $packed:ident $ends:ident $reduced:ident $refers:ident [$($to:ident)*] [$($part:ident)*];)*) => {
            match kind {
                $(Kind::$kind => $refers(program, state, number, visit),)*
                Kind::Function => ControlFlow::Continue(()),
            }
        };
    }
    tables!(refers)
}

/// Rows that refer to no place.
fn nothing(_: &Program, _: &State, _: usize, _: &mut impl Visit) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn in_global(program: &Program, state: &State, global: usize, visit: &mut impl Visit) -> ControlFlow<()> {
    if program.globals[global].ty.is_pointer() {
        visit(Reference::Pointer(state.pointee(state.globals[global])))
    } else {
        ControlFlow::Continue(())
    }
}

fn in_object(program: &Program, state: &State, place: usize, visit: &mut impl Visit) -> ControlFlow<()> {
    let object = state.objects[place];
    if matches!(*object.phase, ObjectPhase::Alive | ObjectPhase::Destroying) {
        let each = State::fields_each(program);
        for (index, field) in program.classes[usize::from(object.class)].fields.iter().enumerate() {
            if field.ty.is_pointer() {
                visit(Reference::Pointer(state.pointee(state.fields[place * each + index])))?;
            }
        }
    }
    ControlFlow::Continue(())
}

fn in_thread(program: &Program, state: &State, thread: usize, visit: &mut impl Visit) -> ControlFlow<()> {
    let mut base = thread * usize::from(program.bounds.slots);
    for frame in state.stack(program, thread) {
        let function = &program.functions[usize::from(frame.function)];
        for (index, slot) in function.slots.iter().enumerate() {
            if slot.ty.is_pointer() {
                visit(Reference::Pointer(state.pointee(state.slots[base + index])))?;
            }
        }
        base += function.slots.len();
        in_kept(program, state, frame, frame.origin.kept(), visit)?;
        in_kept(program, state, frame, frame.at.kept(), visit)?;
    }
    ControlFlow::Continue(())
}

/// What a frame keeps: its object, and what an operation under way has made.
#[inline(always)]
fn in_kept(
    program: &Program,
    state: &State,
    frame: &Frame,
    (keeps, byte): (Keeps, u8),
    visit: &mut impl Visit,
) -> ControlFlow<()> {
    match keeps {
        // a call is freed by whoever takes its answer, and not before
        Keeps::Nothing | Keeps::Call | Keeps::Depth | Keeps::Code | Keeps::Answer => ControlFlow::Continue(()),
        Keeps::Object => visit(Reference::Pointer(Pointee::Object(byte.into()))),
        Keeps::Pointer => visit(Reference::Pointer(state.pointee(byte as i8))),
        Keeps::Value => {
            let op = &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)];
            if op.refers(program).is_some_and(Ty::is_pointer) {
                visit(Reference::Pointer(state.pointee(byte as i8)))
            } else {
                ControlFlow::Continue(())
            }
        }
    }
}

/// Visits what the fields of a row refer to, by its declaration.
struct Links<'v, V> {
    visit: &'v mut V,
    flow: ControlFlow<()>,
}

impl<V: Visit> Naming for Links<'_, V> {
    fn name(&mut self, kind: Kind, number: usize) -> usize {
        if self.flow.is_continue() && kind.is_place() {
            self.flow = (self.visit)(Reference::Link(kind, number));
        }
        number
    }
}

macro_rules! links {
    ($($name:ident $table:ident $(unless $absent:expr)?;)*) => {
        $(fn $name<V: Visit>(_: &Program, state: &State, number: usize, visit: &mut V) -> ControlFlow<()> {
            let row = state.$table[number];
            $(if row.phase == $absent {
                return ControlFlow::Continue(());
            })?
            let mut links = Links { visit, flow: ControlFlow::Continue(()) };
            let _ = row.named(&mut links);
            links.flow
        })*
    };
}

links! {
    in_stub stubs unless StubPhase::Absent;
    in_proxy proxies unless ProxyPhase::Absent;
    in_stream streams;
}

fn in_packet(_: &Program, state: &State, place: usize, visit: &mut impl Visit) -> ControlFlow<()> {
    let packet = state.packets[place];
    if packet.phase == PacketPhase::Absent {
        return ControlFlow::Continue(());
    }
    visit(match packet.stub() {
        Some(stub) => Reference::Link(Kind::Stub, stub),
        None => Reference::Link(Kind::Object, packet.stub.into()),
    })
}

fn in_call(program: &Program, state: &State, place: usize, visit: &mut impl Visit) -> ControlFlow<()> {
    let call = &state.calls[place];
    if call.phase == CallPhase::Absent {
        return ControlFlow::Continue(());
    }
    if call.kind.through_proxy() {
        visit(Reference::Link(Kind::Proxy, call.target.into()))?;
        visit(Reference::Link(Kind::Stub, call.stub.into()))?;
    }
    if let Some(packet) = super::packets::carried(program, call) {
        visit(Reference::Link(Kind::Packet, packet))?;
    }
    let held = matches!(*call.phase, CallPhase::Executing | CallPhase::Abandoned);
    let own = call.kind == CallKind::Own;
    if own {
        visit(Reference::Pointer(Pointee::Object(usize::from(call.target))))?;
    }
    if own || held && call.kind == CallKind::Method {
        let method = &program.templates[usize::from(call.template)].methods[usize::from(call.method)];
        for (argument, ty) in call.arguments.iter().zip(&method.parameters) {
            if ty.is_pointer() {
                visit(Reference::Pointer(state.pointee(*argument)))?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// By kind of place: those that a step may have set free, because it changed them or something that referred to them.
type Loose = [u64; KINDS];

/// What a step from `before` to `now` may have set free.
fn loose(program: &Program, before: &State, now: &State) -> Loose {
    let mut loose = [0; KINDS];
    macro_rules! touched {
        ($($table:ident $kind:ident $one:ident $packed:ident $ends:ident $reduced:ident $refers:ident [$($to:ident)*] [$($part:ident)*];)*) => {
            $(for group in Bits(now.$table.touched() $(| now.$part.touched())*) {
                for number in now.$table.group(group) {
                    // of other kinds it is never asked
                    loose[Kind::$kind as usize] |= 1_u64.checked_shl(number as u32).unwrap_or(0);
                    let _ = $refers(program, before, number, &mut |reference: Reference| {
                        if let Some((kind, place)) = reference.place() {
                            loose[kind as usize] |= 1 << place;
                        }
                        ControlFlow::Continue(())
                    });
                }
            })*
        };
    }
    tables!(touched);
    loose
}

/// Is there nothing left that [`Step::take`] would have freed? Looks at everything; after a step only what it touched is looked at.
pub fn is_tidy(program: &Program, state: &State) -> bool {
    let mut step = Step::new(program, state.clone());
    step.state.touch_all();
    step.tidy(None);
    step.state == *state
}

impl Step<'_> {
    /// Frees the places that nothing needs any more. One thing going can free another, so it goes on until nothing changes.
    ///
    /// The state that the step began in was tidy. So only what was touched can have become free, or what was referred to by what was
    /// touched: if the state before is given, nothing else is looked at.
    pub(super) fn tidy(&mut self, before: Option<&State>) {
        self.forget(before);
        loop {
            let loose = before.map_or([u64::MAX; KINDS], |before| loose(self.program, before, &self.state));
            let of = |kind: Kind| loose[kind as usize] & below(kind.count(self.program));
            let changed = self.tidy_packets(of(Kind::Packet))
                | self.tidy_proxies(of(Kind::Proxy))
                | self.tidy_stubs(of(Kind::Stub))
                | self.tidy_objects(of(Kind::Object));
            if !changed {
                return;
            }
        }
    }

    /// Does a call refer to this place?
    pub(super) fn called(&self, kind: Kind, place: usize) -> bool {
        let mut found = |reference: Reference| {
            if reference.place() == Some((kind, place)) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let calls = 0..self.state.calls.len();
        calls.map(|call| in_call(self.program, &self.state, call, &mut found)).any(|flow| flow.is_break())
    }

    /// Clears what nobody can read any more, so that it does not tell equal situations apart.
    fn forget(&mut self, before: Option<&State>) {
        for group in Bits(self.state.calls.touched()) {
            for place in self.state.calls.group(group) {
                self.forget_in_call(place);
            }
        }
        // what a proxy may hold depends on its stub manager
        let cut = |stub: StubPhase| matches!(stub, StubPhase::Cutting | StubPhase::Gone);
        let newly = |stub: usize| {
            cut(*self.state.stubs[stub].phase) && before.is_none_or(|before| !cut(*before.stubs[stub].phase))
        };
        let proxies = if self.state.stubs.touched_rows().any(newly) { u64::MAX } else { self.state.proxies.touched() };
        if proxies != 0 {
            for place in 0..self.state.proxies.len() {
                if proxies >> self.state.proxies.group_of(place) & 1 != 0 {
                    self.forget_in_proxy(place);
                }
            }
        }
        for group in Bits(self.state.streams.touched()) {
            for place in self.state.streams.group(group) {
                let stream = self.state.streams[place];
                let empty = stream.packets.iter().all(Option::is_none) && stream != StreamState::default();
                // the cookie of an entry that was revoked is not given again
                if empty && !self.program.is_entry(place) {
                    self.state.streams[place] = StreamState::default();
                }
            }
        }
    }

    fn forget_in_call(&mut self, place: usize) {
        let call = self.state.calls[place];
        let mut kept = call;
        let unseen = call.asynchronous && call.phase == CallPhase::Answered;
        if unseen || call.phase == CallPhase::Absent {
            kept = CallState::default();
        }
        if kept.kind == CallKind::Release {
            // nobody is told how it went, and the references it brought have been given back, or there was nobody to take them
            kept.code = Code::S_OK;
            kept.result = if kept.phase == CallPhase::Answered { 0 } else { kept.result };
        }
        if kept != call {
            self.state.calls[place] = kept;
        }
    }

    fn forget_in_proxy(&mut self, place: usize) {
        let proxy = self.state.proxies[place];
        let mut kept = proxy;
        match (*proxy.phase, *self.state.stubs[usize::from(proxy.stub)].phase) {
            (ProxyPhase::Absent, _) => kept = ProxyState::default(),
            // the cut has dropped what it held
            (_, StubPhase::Cutting | StubPhase::Gone) => kept.strong = 0,
            (_, StubPhase::Absent | StubPhase::Connected | StubPhase::Disconnecting) => {}
        }
        if kept != proxy {
            self.state.proxies[place] = kept;
        }
    }

    /// Which of these places are spent, and nothing refers to them?
    fn unneeded(&self, kind: Kind, loose: u64, spent: impl Fn(usize) -> bool) -> u64 {
        let spent = Bits(loose).filter(|place| spent(*place)).fold(0, |free, place| free | 1 << place);
        unreferred(self.program, &self.state, kind, spent)
    }

    fn tidy_packets(&mut self, loose: u64) -> bool {
        let free = self.unneeded(Kind::Packet, loose, |place| {
            let packet = self.state.packets[place];
            let forgotten = packet::next_of(packet.kind, packet.phase, PacketEvent::Forget);
            packet.phase != PacketPhase::Absent && forgotten == Next::To(At::default())
        });
        Bits(free).for_each(|place| self.state.packets[place] = PacketState::default());
        free != 0
    }

    fn tidy_proxies(&mut self, loose: u64) -> bool {
        let free = self.unneeded(Kind::Proxy, loose, |place| {
            let proxy = self.state.proxies[place];
            // what is still held is to be given back, or run down
            let holds = proxy.phase != ProxyPhase::Dead && proxy.strong > 0;
            let forgotten = proxy::next(proxy.phase, ProxyEvent::Forget);
            proxy.phase != ProxyPhase::Absent && forgotten == Next::To(At::default()) && !holds
        });
        Bits(free).for_each(|place| self.state.proxies[place] = ProxyState::default());
        free != 0
    }

    fn tidy_stubs(&mut self, loose: u64) -> bool {
        let free = self.unneeded(Kind::Stub, loose, |place| {
            let phase = self.state.stubs[place].phase;
            phase != StubPhase::Absent && stub::next(phase, StubEvent::Forget) == Next::To(At::default())
        });
        Bits(free).for_each(|place| self.state.stubs[place] = StubState::default());
        free != 0
    }

    fn tidy_objects(&mut self, loose: u64) -> bool {
        let free = self.unneeded(Kind::Object, loose, |place| {
            let phase = self.state.objects[place].phase;
            phase != ObjectPhase::Absent && object::next(phase, ObjectEvent::Forget) == Next::To(At::default())
        });
        let each = State::fields_each(self.program);
        for place in Bits(free) {
            self.state.objects[place] = ObjectState::default();
            self.state.fields[place * each..(place + 1) * each].fill(0);
        }
        free != 0
    }
}

/// The first `count` places, a bit each.
fn below(count: usize) -> u64 {
    if count < 64 { (1 << count) - 1 } else { u64::MAX }
}
