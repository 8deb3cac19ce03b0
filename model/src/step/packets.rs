//! Packets and proxies: marshalling, unmarshalling, releasing, losing, running down.

use super::stack::Flow;
use super::{Part, Refusal, Step};
use crate::bounds::{ARGUMENTS_MAX, Bound};
use crate::codes::Code;
use crate::lifecycle::Cell as Next;
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::packet::{self, PacketEvent, PacketPhase};
use crate::lifecycle::proxy::{self, ProxyEvent, ProxyPhase};
use crate::lifecycle::stub::StubPhase;
use crate::program::{ContextId, Expr, PacketKind, Place, Program, Ty};
use crate::properties::Property;
use crate::readings::{DeadPacket, ForeignRelease, UnreadPacket};
use crate::rules::Rule;
use crate::state::{CallKind, CallState, Frame, PacketState, Pointee, ProxyState, Subject};

impl Step<'_> {
    /// Writes a packet for a stub manager, with the reference that its kind holds.
    fn write_packet(&mut self, stub: usize, kind: PacketKind) -> Part<usize> {
        let free = super::place(&self.state.packets, stub, PacketPhase::Absent);
        self.within(Bound::Packets, free.is_some())?;
        let place = free.unwrap_or(0);
        let phase =
            self.advance(PacketPhase::Absent, packet::next_of(kind, PacketPhase::Absent, PacketEvent::Write))?;
        self.state.packets[place] = PacketState { phase, kind, stub: stub as u8 };
        match kind {
            PacketKind::Normal => {
                if self.applies(Rule::PktNormal) {
                    self.strong_reference(stub)?;
                }
            }
            PacketKind::TableStrong => {
                if self.applies(Rule::PktTableStrong) {
                    self.strong_reference(stub)?;
                }
            }
            PacketKind::Own | PacketKind::OwnTable => {}
            PacketKind::TableWeak => {
                self.rules.insert(Rule::PktTableWeak);
                self.within(Bound::References, self.state.stubs[stub].weak < self.program.bounds.references)?;
                self.state.stubs[stub].weak += 1;
            }
        }
        Ok(place)
    }

    /// The stub manager that a marshal of this pointer writes a packet for; none if it is refused.
    fn exporter(&mut self, thread: usize, pointee: Pointee, context: ContextId) -> Part<Option<usize>> {
        match pointee {
            Pointee::Null => Ok(None),
            Pointee::Object(object) => {
                if !self.usable(thread, object) {
                    return Ok(None);
                }
                let apartment = self.apartment(thread);
                self.export(thread, object, apartment, context)
            }
            Pointee::Proxy(proxy) => {
                if !self.proxy_usable(thread, proxy) {
                    return Ok(None);
                }
                let stub = usize::from(self.state.proxies[proxy].stub);
                let connected = self.state.stubs[stub].phase == StubPhase::Connected;
                if connected && !self.applies(Rule::ProxyMarshal) {
                    // the packet gets the reference of the proxy that made it
                    self.state.stubs[stub].strong = self.state.stubs[stub].strong.saturating_sub(1);
                }
                self.rules.insert(Rule::ProxyMarshal);
                Ok(connected.then_some(stub))
            }
        }
    }

    /// Packs an interface pointer of a call: 1 + the packet, or 0 for null and for a refused export.
    pub(super) fn pack_pointer(&mut self, thread: usize, value: i8, context: ContextId) -> Part<i8> {
        let pointee = self.state.pointee(value);
        let Some(stub) = self.exporter(thread, pointee, context)? else { return Ok(0) };
        let packet = self.write_packet(stub, PacketKind::Normal)?;
        Ok(packet as i8 + 1)
    }

    /// Unpacks an interface pointer of a call; null if the packet is dead and no proxy is made for it.
    pub(super) fn unpack_pointer(&mut self, thread: usize, value: i8, context: ContextId) -> Part<i8> {
        let Some(place) = usize::try_from(value).unwrap_or(0).checked_sub(1) else { return Ok(0) };
        match self.read_packet(thread, place, context)? {
            Ok(pointee) => Ok(self.state.pointer(pointee)),
            Err(_) => Ok(0),
        }
    }

    /// CoMarshalInterface.
    pub(super) fn marshal(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        stream: usize,
        pointer: &Expr,
        kind: PacketKind,
    ) -> Part<Flow> {
        if !self.initialized(thread) {
            return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
        }
        let pointee = self.pointee(thread, top, pointer)?;
        if pointee == Pointee::Null {
            return Ok(Flow::Done(Code::E_INVALIDARG.0));
        }
        if let Pointee::Object(object) = pointee
            && self.own_marshaller(object).is_some()
            && self.applies(Rule::MarshOwn)
        {
            return self.marshal_own(thread, top, frame, stream, object, kind);
        }
        let Some(stub) = self.exporter(thread, pointee, frame.context)? else {
            return Ok(Flow::Done(Code::CO_E_OBJNOTCONNECTED.0));
        };
        let packet = self.write_packet(stub, kind)?;
        self.rules.insert(Rule::PktRewind);
        self.state.streams[stream].packet = Some(packet as u8);
        self.state.streams[stream].behind = true;
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// The packet before which a stream stands; none answers STG_E_READFAULT.
    fn packet_ahead(&mut self, stream: usize) -> Option<usize> {
        let at = self.state.streams[stream];
        let blocked = at.behind && self.applies(Rule::PktRewind);
        at.packet.filter(|_| !blocked).map(usize::from)
    }

    /// CoUnmarshalInterface.
    pub(super) fn unmarshal(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        stream: usize,
        place: Place,
    ) -> Part<Flow> {
        if frame.phase != 0 {
            let packet = self.state.streams[stream].packet.map_or(0, usize::from);
            return self.unmarshal_own(thread, top, frame, packet, place);
        }
        self.store(thread, top, place, 0)?;
        if !self.initialized(thread) {
            return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
        }
        let Some(packet) = self.packet_ahead(stream) else { return Ok(Flow::Done(Code::STG_E_READFAULT.0)) };
        self.state.streams[stream].behind = true;
        if self.state.packets[packet].stub().is_none() {
            return self.unmarshal_own(thread, top, frame, packet, place);
        }
        match self.read_packet(thread, packet, frame.context)? {
            Ok(pointee) if !self.has_interface(thread, top, place, pointee) => {
                // the packet is spent all the same
                match pointee {
                    Pointee::Null => {}
                    Pointee::Object(object) => self.release_object(thread, object)?,
                    Pointee::Proxy(proxy) => self.let_go_proxy(proxy),
                }
                Ok(Flow::Done(Code::E_NOINTERFACE.0))
            }
            Ok(pointee) => {
                let pointer = self.state.pointer(pointee);
                self.store(thread, top, place, i16::from(pointer))?;
                Ok(Flow::Done(Code::S_OK.0))
            }
            Err(code) => Ok(Flow::Done(code.0)),
        }
    }

    /// Does what a pointer leads to have the interface of the variable it goes to?
    pub(super) fn has_interface(&self, thread: usize, top: usize, place: Place, pointee: Pointee) -> bool {
        let object = match pointee {
            Pointee::Null => return true,
            Pointee::Object(object) => object,
            Pointee::Proxy(proxy) => usize::from(self.state.stubs[usize::from(self.state.proxies[proxy].stub)].object),
        };
        let own = self.program.classes[usize::from(self.state.objects[object].class)].template;
        match self.type_of(thread, top, place) {
            Ty::Pointer(Some(wanted)) | Ty::ComPtr(Some(wanted)) => wanted == own,
            Ty::Pointer(None) | Ty::ComPtr(None) | Ty::Void | Ty::Int(..) | Ty::Bool | Ty::Code | Ty::Cookie => true,
        }
    }

    /// Reads a packet: the pointer, or the error.
    fn read_packet(&mut self, thread: usize, place: usize, context: ContextId) -> Part<Result<Pointee, Code>> {
        let packet = self.state.packets[place];
        let stub = usize::from(packet.stub);
        let held = self.state.stubs[stub];
        let home = held.apartment == self.apartment(thread) && held.context == context;
        let next = match packet::next_of(packet.kind, packet.phase, PacketEvent::Unmarshal) {
            Next::To(next) => next,
            Next::No(rule) if self.applies(rule) => {
                // a packet that was released or run down can still be read elsewhere: the proxy it gives is dead
                let zombie = self.program.readings.dead_packet == DeadPacket::Zombie
                    && packet.phase != PacketPhase::Read
                    && held.phase != StubPhase::Connected;
                if home || !zombie {
                    return Ok(Err(Code::CO_E_OBJNOTCONNECTED));
                }
                return self.connect(thread, stub, 0).map(Ok);
            }
            // the rule is switched off: the packet is read as if it were still in flight
            Next::No(_) => PacketPhase::Read,
        };
        if held.phase != StubPhase::Connected {
            return self.read_dead(thread, place, home, next);
        }
        self.state.packets[place].phase = next;
        let normal = packet.kind == PacketKind::Normal;
        if home && self.applies(Rule::PktHome) {
            self.object_reference(usize::from(held.object))?;
            if normal {
                self.give_back(thread, stub, 1)?;
            }
            return Ok(Ok(Pointee::Object(usize::from(held.object))));
        }
        let moved = self.applies(Rule::PktAway);
        if !normal && moved {
            self.strong_reference(stub)?;
        }
        // a normal packet's reference moves to the proxy: the count stays as it is
        self.connect(thread, stub, u8::from(moved)).map(Ok)
    }

    /// Reads a packet whose stub manager is disconnecting or gone.
    fn read_dead(&mut self, thread: usize, place: usize, home: bool, next: PacketPhase) -> Part<Result<Pointee, Code>> {
        let packet = self.state.packets[place];
        let normal = packet.kind == PacketKind::Normal;
        if !self.applies(Rule::PktDead) {
            self.breach(Property::WrongCode, None, Subject::None);
            return Ok(Err(Code::S_OK));
        }
        if normal {
            self.state.packets[place].phase = next;
        }
        if home {
            return Ok(Err(Code::CO_E_OBJNOTCONNECTED));
        }
        match self.program.readings.dead_packet {
            DeadPacket::Refused => Ok(Err(Code::CO_E_OBJNOTCONNECTED)),
            DeadPacket::Zombie if normal => self.connect(thread, usize::from(packet.stub), 0).map(Ok),
            DeadPacket::Zombie => Ok(Err(Code::CO_E_OBJNOTREG)),
        }
    }

    /// The proxy for a stub manager in the thread's apartment, with one more reference of the client's and `strong` more at
    /// the stub manager.
    fn connect(&mut self, thread: usize, stub: usize, strong: u8) -> Part<Pointee> {
        let apartment = self.apartment(thread);
        let known = self.state.proxies.iter().position(|proxy| {
            proxy.phase == ProxyPhase::Live && usize::from(proxy.stub) == stub && proxy.apartment == apartment
        });
        let place = match known {
            Some(place) if self.applies(Rule::ProxyOne) => place,
            _ => {
                let free = super::place(&self.state.proxies, stub, ProxyPhase::Absent);
                self.within(Bound::Proxies, free.is_some())?;
                let place = free.unwrap_or(0);
                let phase = self.advance(ProxyPhase::Absent, proxy::next(ProxyPhase::Absent, ProxyEvent::Unmarshal))?;
                self.state.proxies[place] = ProxyState { phase, stub: stub as u8, apartment, references: 0, strong: 0 };
                place
            }
        };
        let max = self.program.bounds.references;
        let proxy = self.state.proxies[place];
        self.within(Bound::References, proxy.references < max && proxy.strong + strong <= max)?;
        self.state.proxies[place].references += 1;
        self.state.proxies[place].strong += strong;
        Ok(Pointee::Proxy(place))
    }

    /// CoReleaseMarshalData.
    pub(super) fn release_marshal_data(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        stream: usize,
    ) -> Part<Flow> {
        if frame.phase != 0 {
            return self.release_own(thread, top, frame, stream);
        }
        if !self.initialized(thread) {
            return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
        }
        let Some(place) = self.packet_ahead(stream) else { return Ok(Flow::Done(Code::STG_E_READFAULT.0)) };
        if self.state.packets[place].stub().is_none() {
            return self.release_own(thread, top, frame, stream);
        }
        self.state.streams[stream].behind = true;
        let packet = self.state.packets[place];
        if packet.phase == PacketPhase::RunDown {
            // the run-time took the reference back; the caller cannot know
            return Ok(Flow::Done(Code::RPC_E_INVALID_OBJREF.0));
        }
        let next = match packet::next_of(packet.kind, packet.phase, PacketEvent::Release) {
            Next::To(next) => next,
            Next::No(rule) => {
                if self.applies(rule) {
                    self.breach(Property::DoubleRelease, None, Subject::Stream(stream as u8));
                    return Ok(Flow::Done(Code::RPC_E_INVALID_OBJREF.0));
                }
                packet.phase
            }
        };
        if !self.applies(Rule::PktRelease) {
            return Ok(Flow::Done(Code::S_OK.0));
        }
        self.state.packets[place].phase = next;
        let stub = usize::from(packet.stub);
        let away = self.state.stubs[stub].apartment != self.apartment(thread);
        if away && self.program.readings.foreign_release == ForeignRelease::Leaks {
            self.state.packets[place].phase = PacketPhase::Lost;
            return Ok(Flow::Done(Code::S_OK.0));
        }
        self.give_back_packet(thread, packet)?;
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// The reference of a packet goes back to its stub manager.
    fn give_back_packet(&mut self, thread: usize, packet: PacketState) -> Part {
        let stub = usize::from(packet.stub);
        match packet.kind {
            PacketKind::Normal | PacketKind::TableStrong => self.give_back(thread, stub, 1),
            // COM holds nothing for it: what it stands for is between the class and its unmarshaller
            PacketKind::Own | PacketKind::OwnTable => Ok(()),
            PacketKind::TableWeak => {
                self.state.stubs[stub].weak = self.state.stubs[stub].weak.saturating_sub(1);
                match self.state.stubs[stub].phase {
                    StubPhase::Connected => self.cut_if_unused(thread, stub, false),
                    StubPhase::Absent | StubPhase::Disconnecting | StubPhase::Cutting | StubPhase::Gone => Ok(()),
                }
            }
        }
    }

    /// Interface pointers of a call that was refused go back, on the caller's thread.
    pub(super) fn drop_arguments(&mut self, thread: usize, place: usize) -> Part {
        let call = self.state.calls[place];
        if call.kind != crate::state::CallKind::Method || call.code.succeeded() {
            return Ok(());
        }
        let program = self.program;
        let Some(method) = program.templates[usize::from(call.template)].methods.get(usize::from(call.method)) else {
            return Ok(());
        };
        for (index, ty) in method.parameters.iter().enumerate().take(ARGUMENTS_MAX) {
            let packet = usize::try_from(call.arguments[index]).unwrap_or(0).checked_sub(1);
            if let (true, Some(packet)) = (ty.is_pointer(), packet)
                && self.state.packets[packet].phase == PacketPhase::InFlight
            {
                self.state.packets[packet].phase = PacketPhase::Released;
                let written = self.state.packets[packet];
                self.give_back_packet(thread, written)?;
            }
        }
        Ok(())
    }

    /// The answer of a call whose caller is gone is dropped; the packet in it is lost.
    pub(super) fn lose_answer(&mut self, place: usize) -> Part {
        if let Some(packet) = self.call_packets(place)
            && self.state.packets[packet].phase == PacketPhase::InFlight
        {
            self.state.packets[packet].phase = PacketPhase::Lost;
        }
        Ok(())
    }

    /// The packet that the answer of a call carries.
    pub(super) fn call_packets(&self, place: usize) -> Option<usize> {
        carried(self.program, &self.state.calls[place])
    }

    /// A packet in a stream vanishes.
    pub(super) fn lose(&mut self, place: usize) -> Part {
        let packet = self.state.packets[place];
        let carried = (0..self.state.calls.len()).find(|call| self.call_packets(*call) == Some(place));
        let streamed = self.state.streams.iter().position(|stream| stream.packet == Some(place as u8));
        if packet.phase != PacketPhase::InFlight || (carried.is_none() && streamed.is_none()) {
            return Err(Refusal::Absent);
        }
        self.rules.insert(Rule::PktLost);
        self.state.packets[place].phase =
            self.advance(packet.phase, packet::next_of(packet.kind, packet.phase, PacketEvent::Lose))?;
        if let Some(call) = carried {
            self.state.calls[call].result = 0;
            self.state.calls[call].code = Code::RPC_S_CALL_FAILED;
        }
        if let Some(stream) = streamed {
            self.state.streams[stream].packet = None;
        }
        Ok(())
    }

    /// The reference of a packet that is lost, or that nobody reads, is taken back.
    pub(super) fn run_down_packet(&mut self, place: usize) -> Part {
        let packet = self.state.packets[place];
        match packet.phase {
            PacketPhase::Lost => self.rules.insert(Rule::PingLost),
            PacketPhase::InFlight => {
                // what travels in a call is read within the call: only a stream can lie unread for minutes
                if !self.state.streams.iter().any(|stream| stream.packet == Some(place as u8)) {
                    return Err(Refusal::Absent);
                }
                if self.program.readings.unread_packet == UnreadPacket::Kept {
                    return Err(Refusal::Rule(Rule::PingUnread));
                }
                self.rules.insert(Rule::PingUnread);
            }
            PacketPhase::Absent | PacketPhase::Read | PacketPhase::Released | PacketPhase::RunDown => {
                return Err(Refusal::Absent);
            }
        }
        if self.faulted(Rule::PingLost) {
            return Err(Refusal::Absent);
        }
        self.state.packets[place].phase =
            self.advance(packet.phase, packet::next_of(packet.kind, packet.phase, PacketEvent::RunDown))?;
        self.background = true;
        self.give_back_packet(0, packet)
    }

    /// The references of a proxy whose apartment or process is gone are taken back.
    pub(super) fn run_down_proxy(&mut self, place: usize) -> Part {
        let proxy = self.state.proxies[place];
        match proxy.phase {
            ProxyPhase::Cut | ProxyPhase::Orphaned => {}
            ProxyPhase::Absent | ProxyPhase::Live | ProxyPhase::Releasing | ProxyPhase::Dead => {
                return Err(Refusal::Absent);
            }
        }
        if proxy.strong == 0 && proxy.phase == ProxyPhase::Cut {
            return Err(Refusal::Absent);
        }
        if !self.applies(Rule::PingRundown) {
            return Err(Refusal::Absent);
        }
        self.state.proxies[place].phase = self.advance(proxy.phase, proxy::next(proxy.phase, ProxyEvent::RunDown))?;
        self.state.proxies[place].strong = 0;
        if self.state.proxies[place].phase == ProxyPhase::Absent {
            self.state.proxies[place] = ProxyState::default();
        }
        self.background = true;
        self.give_back(0, usize::from(proxy.stub), proxy.strong)
    }
}

/// The packet that the answer of a call carries.
pub(super) fn carried(program: &Program, call: &CallState) -> Option<usize> {
    let pointer = match call.kind {
        CallKind::Activation => true,
        CallKind::Release | CallKind::Own => false,
        CallKind::Method => program
            .templates
            .get(usize::from(call.template))
            .and_then(|template| template.methods.get(usize::from(call.method)))
            .is_some_and(|method| method.result.is_pointer()),
    };
    let carries = match call.phase {
        CallPhase::Answered | CallPhase::Abandoned => pointer,
        CallPhase::Absent | CallPhase::Sent | CallPhase::Executing => false,
    };
    if carries { usize::try_from(call.result).unwrap_or(0).checked_sub(1) } else { None }
}
