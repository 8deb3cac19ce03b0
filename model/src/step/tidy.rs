//! After every step: places whose entity is gone and that nothing refers to become free again, so that equal situations are
//! equal states and identities are never reused while somebody could still tell.

use std::ops::ControlFlow;

use super::Step;
use crate::codes::Code;
use crate::lifecycle::Cell as Next;
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::object::{self, ObjectEvent, ObjectPhase};
use crate::lifecycle::packet::{self, PacketEvent, PacketPhase};
use crate::lifecycle::proxy::{self, ProxyEvent, ProxyPhase};
use crate::lifecycle::stub::{self, StubEvent, StubPhase};
use crate::operation::Stop;
use crate::program::Program;
use crate::state::{CallKind, CallState, ObjectState, PacketState, Pointee, ProxyState, State, StreamState, StubState};
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
    let _ = each_pointee(program, state, |pointee| {
        match pointee {
            Pointee::Null => {}
            Pointee::Object(object) => found.objects |= 1 << object,
            Pointee::Proxy(proxy) => found.proxies |= 1 << proxy,
        }
        ControlFlow::Continue(())
    });
    found
}

/// What of `asked` nothing points at. Looks no further than it must.
fn unpointed(program: &Program, state: &State, mut asked: Pointed) -> Pointed {
    let _ = each_pointee(program, state, |pointee| {
        match pointee {
            Pointee::Null => {}
            Pointee::Object(object) => asked.objects &= !(1 << object),
            Pointee::Proxy(proxy) => asked.proxies &= !(1 << proxy),
        }
        if asked == Pointed::default() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    asked
}

/// Hands `visit` what each pointer points at, until it has enough. What was touched comes first: a step has looked at that anyway.
#[inline(always)]
fn each_pointee(
    program: &Program,
    state: &State,
    mut visit: impl FnMut(Pointee) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let touched = state.threads.touched() | state.frames.touched() | state.slots.touched();
    let stepped = |thread: usize| touched >> state.threads.group_of(thread) & 1 != 0;
    for thread in (0..program.threads.len()).filter(|thread| stepped(*thread)) {
        in_thread(program, state, thread, &mut visit)?;
    }
    for global in 0..program.globals.len() {
        in_global(program, state, global, &mut visit)?;
    }
    for object in 0..state.objects.len() {
        in_object(program, state, object, &mut visit)?;
    }
    for thread in (0..program.threads.len()).filter(|thread| !stepped(*thread)) {
        in_thread(program, state, thread, &mut visit)?;
    }
    for call in &state.calls {
        in_call(program, state, call, &mut visit)?;
    }
    ControlFlow::Continue(())
}

fn in_global(
    program: &Program,
    state: &State,
    global: usize,
    visit: &mut impl FnMut(Pointee) -> ControlFlow<()>,
) -> ControlFlow<()> {
    if program.globals[global].ty.is_pointer() {
        visit(state.pointee(state.globals[global]))
    } else {
        ControlFlow::Continue(())
    }
}

fn in_object(
    program: &Program,
    state: &State,
    place: usize,
    visit: &mut impl FnMut(Pointee) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let object = state.objects[place];
    if matches!(object.phase, ObjectPhase::Alive | ObjectPhase::Destroying) {
        let each = State::fields_each(program);
        for (index, field) in program.classes[usize::from(object.class)].fields.iter().enumerate() {
            if field.ty.is_pointer() {
                visit(state.pointee(state.fields[place * each + index]))?;
            }
        }
    }
    ControlFlow::Continue(())
}

fn in_thread(
    program: &Program,
    state: &State,
    thread: usize,
    visit: &mut impl FnMut(Pointee) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut base = thread * usize::from(program.bounds.slots);
    for frame in state.stack(program, thread) {
        let function = &program.functions[usize::from(frame.function)];
        for (index, slot) in function.slots.iter().enumerate() {
            if slot.ty.is_pointer() {
                visit(state.pointee(state.slots[base + index]))?;
            }
        }
        base += function.slots.len();
        // what an operation under way keeps: a new object whose constructor runs
        if matches!(frame.kind, crate::state::FrameKind::Constructor | crate::state::FrameKind::Destructor) {
            visit(Pointee::Object(usize::from(frame.link)))?;
        }
        if let Some(made) = made(&function.code[usize::from(frame.pc)], frame) {
            visit(state.pointee(made))?;
        }
        if frame.phase == super::stack::DONE || frame.phase == 2 {
            let op = &function.code[usize::from(frame.pc)];
            let makes = op.row().is_some_and(|row| row.stops_at(Stop::Constructor));
            let pointer = matches!(op, crate::program::Op::New(..)) || (makes && frame.phase != super::stack::DONE);
            if pointer {
                visit(state.pointee(frame.kept as i8))?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// The object that CoReleaseMarshalData has made, as a cell, while it is asked.
pub(crate) fn made(op: &crate::program::Op, frame: &crate::state::Frame) -> Option<i8> {
    use crate::program::{Api, Op};
    use crate::step::own::{ASKED, CONSTRUCTED};
    let asked = matches!(frame.phase, CONSTRUCTED | ASKED);
    (asked && matches!(op, Op::Api(Api::CoReleaseMarshalData { .. }, _))).then_some(frame.kept as i8)
}

fn in_call(
    program: &Program,
    state: &State,
    call: &CallState,
    visit: &mut impl FnMut(Pointee) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let held = matches!(call.phase, CallPhase::Executing | CallPhase::Abandoned);
    let own = call.phase != CallPhase::Absent && call.kind == CallKind::Own;
    if own {
        visit(Pointee::Object(usize::from(call.target)))?;
    }
    if own || held && call.kind == CallKind::Method {
        let method = &program.templates[usize::from(call.template)].methods[usize::from(call.method)];
        for (argument, ty) in call.arguments.iter().zip(&method.parameters) {
            if ty.is_pointer() {
                visit(state.pointee(*argument))?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// Entities that a step may have set free, as sets of places: it changed them, or something that referred to them.
#[derive(Clone, Copy, Debug)]
struct Loose {
    packets: u64,
    proxies: u64,
    stubs: u64,
    objects: u64,
}

impl Loose {
    const ALL: Loose = Loose { packets: u64::MAX, proxies: u64::MAX, stubs: u64::MAX, objects: u64::MAX };

    fn point(&mut self, pointee: Pointee) {
        match pointee {
            Pointee::Null => {}
            Pointee::Object(object) => self.objects |= 1 << object,
            Pointee::Proxy(proxy) => self.proxies |= 1 << proxy,
        }
    }
}

/// What a step from `before` to `now` may have set free.
fn loose(program: &Program, before: &State, now: &State) -> Loose {
    let rows = |rows: &mut dyn Iterator<Item = usize>| rows.fold(0, |bits, row| bits | 1 << row);
    let mut loose = Loose {
        packets: rows(&mut now.packets.touched_rows()),
        proxies: rows(&mut now.proxies.touched_rows()),
        stubs: rows(&mut now.stubs.touched_rows()),
        objects: rows(&mut now.objects.touched_rows()),
    };
    for stream in now.streams.touched_rows() {
        loose.packets |= before.streams[stream].packets.iter().flatten().fold(0, |bits, packet| bits | 1 << packet);
    }
    for call in now.calls.touched_rows() {
        let call = &before.calls[call];
        if call.phase == CallPhase::Absent {
            continue;
        }
        loose.packets |= super::packets::carried(program, call).map_or(0, |packet| 1 << packet);
        if through_proxy(call) {
            loose.proxies |= 1 << call.target;
            loose.stubs |= 1 << call.stub;
        }
    }
    for proxy in now.proxies.touched_rows() {
        let proxy = before.proxies[proxy];
        loose.stubs |= if proxy.phase == ProxyPhase::Absent { 0 } else { 1 << proxy.stub };
    }
    for packet in now.packets.touched_rows() {
        let packet = before.packets[packet];
        if packet.phase != PacketPhase::Absent {
            match packet.stub() {
                Some(stub) => {
                    loose.stubs |= 1 << stub;
                    // the stub manager need not have been touched: asked of `now` too, so that it counts as looked at
                    loose.objects |= 1 << before.stubs[stub].object | 1 << now.stubs[stub].object;
                }
                None => loose.objects |= 1 << packet.stub,
            }
        }
    }
    for stub in now.stubs.touched_rows() {
        let stub = before.stubs[stub];
        loose.objects |= if stub.phase == StubPhase::Absent { 0 } else { 1 << stub.object };
    }
    let mut dropped = |pointee: Pointee| {
        loose.point(pointee);
        ControlFlow::Continue(())
    };
    for global in now.globals.touched_rows() {
        let _ = in_global(program, before, global, &mut dropped);
    }
    for object in Bits(now.objects.touched() | now.fields.touched()) {
        for object in now.objects.group(object) {
            let _ = in_object(program, before, object, &mut dropped);
        }
    }
    for thread in Bits(now.threads.touched() | now.frames.touched() | now.slots.touched()) {
        let _ = in_thread(program, before, thread, &mut dropped);
    }
    for call in now.calls.touched_rows() {
        let _ = in_call(program, before, &before.calls[call], &mut dropped);
    }
    loose
}

fn through_proxy(call: &CallState) -> bool {
    call.kind.through_proxy()
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
            let loose = before.map_or(Loose::ALL, |before| loose(self.program, before, &self.state));
            let changed = self.tidy_packets(loose.packets)
                | self.tidy_proxies(loose.proxies)
                | self.tidy_stubs(loose.stubs)
                | self.tidy_objects(loose.objects);
            if !changed {
                return;
            }
        }
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
            cut(self.state.stubs[stub].phase) && before.is_none_or(|before| !cut(before.stubs[stub].phase))
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
                if stream.packets.iter().all(Option::is_none) && stream != StreamState::default() {
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
        match (proxy.phase, self.state.stubs[usize::from(proxy.stub)].phase) {
            (ProxyPhase::Absent, _) => kept = ProxyState::default(),
            // the cut has dropped what it held
            (_, StubPhase::Cutting | StubPhase::Gone) => kept.strong = 0,
            (_, StubPhase::Absent | StubPhase::Connected | StubPhase::Disconnecting) => {}
        }
        if kept != proxy {
            self.state.proxies[place] = kept;
        }
    }

    fn tidy_packets(&mut self, loose: u64) -> bool {
        let mut changed = false;
        for place in Bits(loose & below(self.state.packets.len())) {
            let packet = self.state.packets[place];
            let forgotten = packet::next_of(packet.kind, packet.phase, PacketEvent::Forget);
            let spent = packet.phase != PacketPhase::Absent && forgotten == Next::To(PacketPhase::Absent);
            let carried = |step: &Self| {
                step.state.streams.iter().any(|stream| stream.holds(place))
                    || (0..step.state.calls.len()).any(|call| step.call_packets(call) == Some(place))
            };
            if spent && !carried(self) {
                self.state.packets[place] = PacketState::default();
                changed = true;
            }
        }
        changed
    }

    fn tidy_proxies(&mut self, loose: u64) -> bool {
        let mut free = 0u64;
        for place in Bits(loose & below(self.state.proxies.len())) {
            let proxy = self.state.proxies[place];
            // what is still held is to be given back, or run down
            let holds = proxy.phase != ProxyPhase::Dead && proxy.strong > 0;
            let forgotten = proxy::next(proxy.phase, ProxyEvent::Forget);
            let spent = proxy.phase != ProxyPhase::Absent && forgotten == Next::To(ProxyPhase::Absent) && !holds;
            if spent && !self.is_called(|call| usize::from(call.target) == place) {
                free |= 1 << place;
            }
        }
        if free != 0 {
            free = unpointed(self.program, &self.state, Pointed { proxies: free, objects: 0 }).proxies;
        }
        for place in Bits(free) {
            self.state.proxies[place] = ProxyState::default();
        }
        free != 0
    }

    /// Is there a call through a proxy of which this holds?
    fn is_called(&self, such: impl Fn(&CallState) -> bool) -> bool {
        self.state.calls.iter().any(|call| call.phase != CallPhase::Absent && through_proxy(call) && such(call))
    }

    fn tidy_stubs(&mut self, loose: u64) -> bool {
        let mut changed = false;
        for place in Bits(loose & below(self.state.stubs.len())) {
            let phase = self.state.stubs[place].phase;
            if phase == StubPhase::Absent || stub::next(phase, StubEvent::Forget) != Next::To(StubPhase::Absent) {
                continue;
            }
            let mut proxies = self.state.proxies.iter();
            let mut packets = self.state.packets.iter();
            let referred = proxies.any(|proxy| proxy.phase != ProxyPhase::Absent && usize::from(proxy.stub) == place)
                || packets.any(|packet| packet.phase != PacketPhase::Absent && packet.stub() == Some(place))
                || self.is_called(|call| usize::from(call.stub) == place);
            if !referred {
                self.state.stubs[place] = StubState::default();
                changed = true;
            }
        }
        changed
    }

    fn tidy_objects(&mut self, loose: u64) -> bool {
        let state = &self.state;
        let mut free = 0u64;
        for place in Bits(loose & below(state.objects.len())) {
            let phase = state.objects[place].phase;
            if phase == ObjectPhase::Absent || object::next(phase, ObjectEvent::Forget) != Next::To(ObjectPhase::Absent)
            {
                continue;
            }
            let stubbed =
                state.stubs.iter().any(|stub| stub.phase != StubPhase::Absent && usize::from(stub.object) == place);
            let packed = || {
                let mut packets = state.packets.iter();
                packets.any(|packet| packet.phase != PacketPhase::Absent && packet.object(state) == place)
            };
            if !stubbed && !packed() {
                free |= 1 << place;
            }
        }
        if free != 0 {
            free = unpointed(self.program, state, Pointed { objects: free, proxies: 0 }).objects;
        }
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
