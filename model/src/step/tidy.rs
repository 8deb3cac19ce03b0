//! After every step: places whose entity is gone and that nothing refers to become free again, so that equal situations are
//! equal states and identities are never reused while somebody could still tell.

use super::Step;
use crate::codes::Code;
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::packet::PacketPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::stub::StubPhase;
use crate::program::Program;
use crate::state::{CallKind, CallState, ObjectState, PacketState, Pointee, ProxyState, State, StreamState, StubState};

/// What pointer cells point at, as sets of places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pointed {
    /// Objects.
    pub objects: u64,
    /// Proxies.
    pub proxies: u64,
}

impl Pointed {
    fn add(&mut self, state: &State, cell: i8) {
        match state.pointee(cell) {
            Pointee::Null => {}
            Pointee::Object(object) => self.objects |= 1 << object,
            Pointee::Proxy(proxy) => self.proxies |= 1 << proxy,
        }
    }
}

/// Everything that variables, fields, frames and calls point at.
pub fn pointed(program: &Program, state: &State) -> Pointed {
    let mut found = Pointed::default();
    for (cell, global) in state.globals.iter().zip(&program.globals) {
        if global.ty.is_pointer() {
            found.add(state, *cell);
        }
    }
    let each = State::fields_each(program);
    for (place, object) in state.objects.iter().enumerate() {
        if matches!(object.phase, ObjectPhase::Alive | ObjectPhase::Destroying) {
            for (index, field) in program.classes[usize::from(object.class)].fields.iter().enumerate() {
                if field.ty.is_pointer() {
                    found.add(state, state.fields[place * each + index]);
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
                    found.add(state, state.slots[base + index]);
                }
            }
            base += function.slots.len();
            // what an operation under way keeps: a new object whose constructor runs
            if matches!(frame.kind, crate::state::FrameKind::Constructor | crate::state::FrameKind::Destructor) {
                found.objects |= 1 << frame.link;
            }
            if frame.phase == super::stack::DONE || frame.phase == 2 {
                let op = &function.code[usize::from(frame.pc)];
                let pointer = matches!(
                    op,
                    crate::program::Op::New(..)
                        | crate::program::Op::Api(crate::program::Api::CoCreateInProcess(..), _)
                ) && !(frame.phase == super::stack::DONE && matches!(op, crate::program::Op::Api(..)));
                if pointer {
                    found.add(state, frame.kept as i8);
                }
            }
        }
    }
    for call in &state.calls {
        let held = matches!(call.phase, CallPhase::Executing | CallPhase::Abandoned);
        if call.phase != CallPhase::Absent && call.kind == CallKind::Own {
            found.objects |= 1 << call.target;
            let method = &program.templates[usize::from(call.template)].methods[usize::from(call.method)];
            for (argument, ty) in call.arguments.iter().zip(&method.parameters) {
                if ty.is_pointer() {
                    found.add(state, *argument);
                }
            }
        }
        if held && call.kind == CallKind::Method {
            let method = &program.templates[usize::from(call.template)].methods[usize::from(call.method)];
            for (argument, ty) in call.arguments.iter().zip(&method.parameters) {
                if ty.is_pointer() {
                    found.add(state, *argument);
                }
            }
        }
    }
    found
}

impl Step<'_> {
    /// Frees the places that nothing needs any more. One thing going can free another, so it goes on until nothing changes.
    pub(super) fn tidy(&mut self) {
        self.forget();
        while self.tidy_packets() | self.tidy_proxies() | self.tidy_stubs() | self.tidy_objects() {}
    }

    /// Clears what nobody can read any more, so that it does not tell equal situations apart.
    fn forget(&mut self) {
        for place in 0..self.state.calls.len() {
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
        for place in 0..self.state.proxies.len() {
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
        for place in 0..self.state.streams.len() {
            let stream = self.state.streams[place];
            if stream.packet.is_none() && stream != StreamState::default() {
                self.state.streams[place] = StreamState::default();
            }
        }
    }

    fn tidy_packets(&mut self) -> bool {
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
        let candidate = |proxy: &ProxyState| match proxy.phase {
            ProxyPhase::Dead => true,
            ProxyPhase::Cut => proxy.strong == 0,
            ProxyPhase::Orphaned => proxy.strong == 0,
            ProxyPhase::Absent | ProxyPhase::Live | ProxyPhase::Releasing => false,
        };
        if !self.state.proxies.iter().any(candidate) {
            return false;
        }
        let pointed = pointed(self.program, &self.state);
        let mut changed = false;
        for place in 0..self.state.proxies.len() {
            let called = self.state.calls.iter().any(|call| {
                call.phase != CallPhase::Absent
                    && matches!(call.kind, CallKind::Method | CallKind::Release)
                    && usize::from(call.target) == place
            });
            if candidate(&self.state.proxies[place]) && pointed.proxies & (1 << place) == 0 && !called {
                self.state.proxies[place] = ProxyState::default();
                changed = true;
            }
        }
        changed
    }

    fn tidy_stubs(&mut self) -> bool {
        let mut changed = false;
        for place in 0..self.state.stubs.len() {
            if self.state.stubs[place].phase != StubPhase::Gone {
                continue;
            }
            let referred = self
                .state
                .proxies
                .iter()
                .any(|proxy| proxy.phase != ProxyPhase::Absent && usize::from(proxy.stub) == place)
                || self
                    .state
                    .packets
                    .iter()
                    .any(|packet| packet.phase != PacketPhase::Absent && packet.stub() == Some(place))
                || self.state.calls.iter().any(|call| {
                    call.phase != CallPhase::Absent
                        && matches!(call.kind, CallKind::Method | CallKind::Release)
                        && usize::from(call.stub) == place
                });
            if !referred {
                self.state.stubs[place] = StubState::default();
                changed = true;
            }
        }
        changed
    }

    fn tidy_objects(&mut self) -> bool {
        if !self.state.objects.iter().any(|object| object.phase == ObjectPhase::Destroyed) {
            return false;
        }
        let pointed = pointed(self.program, &self.state);
        let each = State::fields_each(self.program);
        let mut changed = false;
        for place in 0..self.state.objects.len() {
            if self.state.objects[place].phase != ObjectPhase::Destroyed {
                continue;
            }
            let stubbed = self
                .state
                .stubs
                .iter()
                .any(|stub| stub.phase != StubPhase::Absent && usize::from(stub.object) == place);
            let packed = self
                .state
                .packets
                .iter()
                .any(|packet| packet.phase != PacketPhase::Absent && packet.object(&self.state) == place);
            if pointed.objects & (1 << place) == 0 && !stubbed && !packed {
                self.state.objects[place] = ObjectState::default();
                self.state.fields[place * each..(place + 1) * each].fill(0);
                changed = true;
            }
        }
        changed
    }
}
