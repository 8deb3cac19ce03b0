//! After every step: places whose entity is gone and that nothing refers to become free again, so that equal situations are
//! equal states and identities are never reused while somebody could still tell.

use std::ops::ControlFlow;

use super::Step;
use crate::codes::Code;
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::packet::PacketPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::stub::StubPhase;
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

/// Hands `visit` what each pointer points at, until it has enough.
#[inline(always)]
fn each_pointee(
    program: &Program,
    state: &State,
    mut visit: impl FnMut(Pointee) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for (cell, global) in state.globals.iter().zip(&program.globals) {
        if global.ty.is_pointer() {
            visit(state.pointee(*cell))?;
        }
    }
    let each = State::fields_each(program);
    for (place, object) in state.objects.iter().enumerate() {
        if matches!(object.phase, ObjectPhase::Alive | ObjectPhase::Destroying) {
            for (index, field) in program.classes[usize::from(object.class)].fields.iter().enumerate() {
                if field.ty.is_pointer() {
                    visit(state.pointee(state.fields[place * each + index]))?;
                }
            }
        }
    }
    for thread in 0..program.threads.len() {
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
            if frame.phase == super::stack::DONE || frame.phase == 2 {
                let op = &function.code[usize::from(frame.pc)];
                let pointer = matches!(
                    op,
                    crate::program::Op::New(..)
                        | crate::program::Op::Api(crate::program::Api::CoCreateInProcess(..), _)
                ) && !(frame.phase == super::stack::DONE && matches!(op, crate::program::Op::Api(..)));
                if pointer {
                    visit(state.pointee(frame.kept as i8))?;
                }
            }
        }
    }
    for call in &state.calls {
        let held = matches!(call.phase, CallPhase::Executing | CallPhase::Abandoned);
        if call.phase != CallPhase::Absent && call.kind == CallKind::Own {
            visit(Pointee::Object(usize::from(call.target)))?;
            let method = &program.templates[usize::from(call.template)].methods[usize::from(call.method)];
            for (argument, ty) in call.arguments.iter().zip(&method.parameters) {
                if ty.is_pointer() {
                    visit(state.pointee(*argument))?;
                }
            }
        }
        if held && call.kind == CallKind::Method {
            let method = &program.templates[usize::from(call.template)].methods[usize::from(call.method)];
            for (argument, ty) in call.arguments.iter().zip(&method.parameters) {
                if ty.is_pointer() {
                    visit(state.pointee(*argument))?;
                }
            }
        }
    }
    ControlFlow::Continue(())
}

/// Is there nothing left that [`Step::take`] would have freed? Looks at everything; after a step only what it touched is looked at.
pub fn is_tidy(program: &Program, state: &State) -> bool {
    let mut step = Step::new(program, state.clone());
    step.state.touch_all();
    step.tidy();
    step.state == *state
}

impl Step<'_> {
    /// Frees the places that nothing needs any more. One thing going can free another, so it goes on until nothing changes.
    ///
    /// The state that the step began in was tidy. So only what was touched can have become free, or what is referred to by what was
    /// touched; and anything may be pointed at from what was touched, which is asked last.
    pub(super) fn tidy(&mut self) {
        self.forget();
        while self.tidy_packets() | self.tidy_proxies() | self.tidy_stubs() | self.tidy_objects() {}
    }

    /// Clears what nobody can read any more, so that it does not tell equal situations apart.
    fn forget(&mut self) {
        for group in Bits(self.state.calls.touched()) {
            for place in self.state.calls.group(group) {
                self.forget_in_call(place);
            }
        }
        // what a proxy may hold depends on its stub manager
        let stubs = self.state.stubs.touched() != 0;
        let proxies = if stubs { u64::MAX } else { self.state.proxies.touched() };
        if proxies != 0 {
            for place in 0..self.state.proxies.len() {
                if proxies >> self.state.proxies.group_of(place) & 1 != 0 {
                    self.forget_in_proxy(place);
                }
            }
        }
        if self.state.streams.touched() != 0 {
            for place in 0..self.state.streams.len() {
                let stream = self.state.streams[place];
                if stream.packet.is_none() && stream != StreamState::default() {
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

    fn tidy_packets(&mut self) -> bool {
        let state = &self.state;
        if state.packets.touched() | state.streams.touched() | state.calls.touched() == 0 {
            return false;
        }
        let mut changed = false;
        for place in 0..self.state.packets.len() {
            let spent = match self.state.packets[place].phase {
                PacketPhase::Read | PacketPhase::Released | PacketPhase::RunDown => true,
                PacketPhase::Absent | PacketPhase::InFlight | PacketPhase::Lost => false,
            };
            let carried = |step: &Self| {
                step.state.streams.iter().any(|stream| stream.packet == Some(place as u8))
                    || (0..step.state.calls.len()).any(|call| step.call_packets(call) == Some(place))
            };
            if spent && !carried(self) {
                self.state.packets[place] = PacketState::default();
                changed = true;
            }
        }
        changed
    }

    fn tidy_proxies(&mut self) -> bool {
        let mut free = 0u64;
        for (place, proxy) in self.state.proxies.iter().enumerate() {
            let spent = match proxy.phase {
                ProxyPhase::Dead => true,
                ProxyPhase::Cut | ProxyPhase::Orphaned => proxy.strong == 0,
                ProxyPhase::Absent | ProxyPhase::Live | ProxyPhase::Releasing => false,
            };
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
        let through_proxy = |call: &CallState| matches!(call.kind, CallKind::Method | CallKind::Release);
        self.state.calls.iter().any(|call| call.phase != CallPhase::Absent && through_proxy(call) && such(call))
    }

    fn tidy_stubs(&mut self) -> bool {
        let state = &self.state;
        if state.stubs.touched() | state.proxies.touched() | state.packets.touched() | state.calls.touched() == 0 {
            return false;
        }
        let mut changed = false;
        for place in 0..self.state.stubs.len() {
            if self.state.stubs[place].phase != StubPhase::Gone {
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

    fn tidy_objects(&mut self) -> bool {
        let state = &self.state;
        let mut free = 0u64;
        for (place, object) in state.objects.iter().enumerate() {
            if object.phase != ObjectPhase::Destroyed {
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
