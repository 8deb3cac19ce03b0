//! Packets and proxies: marshalling, unmarshalling, releasing, losing.

use super::stack::Flow;
use super::{Part, Refusal, Step};
use crate::bounds::{ARGUMENTS_MAX, Bound};
use crate::codes::Code;
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::packet::{self, PacketEvent, PacketPhase};
use crate::lifecycle::proxy::{self, ProxyEvent, ProxyPhase};
use crate::lifecycle::stub::StubPhase;
use crate::lifecycle::{At, Cell as Next};
use crate::program::{ApartmentId, Api, ContextId, Expr, Iid, PacketKind, Place, Program, Ty};
use crate::properties::Property;
use crate::readings::{DeadPacket, ForeignRelease};
use crate::rules::Rule;
use crate::state::{CallKind, CallState, Continuation, Frame, Kind, PacketState, Pointee, ProxyState, State, Subject};

/// The stub manager in another apartment that is cut by a CoReleaseMarshalData or RevokeInterfaceFromGlobal which stands there.
pub(crate) fn released_elsewhere(
    program: &Program,
    state: &State,
    thread: usize,
    api: &Api,
    at: Continuation,
) -> Option<usize> {
    let named = api.named(Kind::Stream)?;
    let stream = state.streams[named];
    let start = at == Continuation::Start;
    let held = if start && !program.is_entry(named) { stream.ahead() } else { stream.passed() };
    let packet = &state.packets[usize::from(held?)];
    let place = packet.stub()?;
    let stub = &state.stubs[place];
    let process = usize::from(program.threads[thread].process);
    let here = state.threads[thread].apartment.unwrap_or(program.processes[process].mta);
    if stub.apartment == here || packet.writer.is_some_and(|writer| writer != here) {
        return None;
    }
    let last = stub.phase == StubPhase::Connected
        && stub.locks == 0
        && match packet.kind {
            PacketKind::Normal | PacketKind::TableStrong => stub.strong == 1,
            PacketKind::TableWeak => stub.strong == 0 && stub.weak == 1,
            PacketKind::Own | PacketKind::OwnTable => false,
        };
    let about = start && last && packet.phase == PacketPhase::InFlight;
    (about || at == Continuation::Elsewhere).then_some(place)
}

/// What reading a packet comes to.
pub(super) enum Read {
    /// A pointer.
    Pointer(Pointee),
    /// A proxy that has to ask its stub manager for a reference first.
    Asks(usize),
    /// Nothing: the answer.
    Refused(Code),
}

impl Step<'_> {
    /// Writes a packet for a stub manager, with the reference that its kind holds.
    fn write_packet(&mut self, stub: usize, kind: PacketKind, iid: Iid) -> Part<usize> {
        let free = super::place(&self.state.packets, stub, PacketPhase::Absent);
        self.within(Bound::Packets, free.is_some())?;
        let place = free.unwrap_or(0);
        let phase = self.advance(At::default(), packet::next_of(kind, PacketPhase::Absent, PacketEvent::Write))?;
        self.state.packets[place] = PacketState {
            phase,
            kind,
            stub: stub as u8,
            writer: None,
            interface: self.program.asked(iid).map_or(0, |place| place as u8 + 1),
        };
        match *self.state.stubs[stub].phase {
            StubPhase::Connected | StubPhase::Disconnecting => {}
            // a proxy whose other end is gone gives away a reference that nobody counts any more
            StubPhase::Absent | StubPhase::Cutting | StubPhase::Gone => return Ok(place),
        }
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
                if self.state.proxies[proxy].phase == ProxyPhase::Cut && self.applies(Rule::ProxyCut) {
                    return Ok(None);
                }
                let stub = usize::from(self.state.proxies[proxy].stub);
                if !self.applies(Rule::ProxyMarshal) {
                    // the packet gets the reference of the proxy that made it
                    self.state.stubs[stub].strong = self.state.stubs[stub].strong.saturating_sub(1);
                }
                Ok(Some(stub))
            }
        }
    }

    /// Packs an interface pointer of a call: 1 + the packet, or 0 for null and for a refused export.
    pub(super) fn pack_pointer(&mut self, thread: usize, value: i8, ty: Ty, context: ContextId) -> Part<i8> {
        let pointee = self.state.pointee(value);
        let Some(stub) = self.exporter(thread, pointee, context)? else { return Ok(0) };
        let iid = match ty {
            Ty::Pointer(iid) | Ty::ComPtr(iid) => Iid(iid),
            Ty::Void | Ty::Int(..) | Ty::Bool | Ty::Code | Ty::Cookie | Ty::Handle | Ty::Lock(_) => Iid(None),
        };
        let packet = self.write_packet(stub, PacketKind::Normal, iid)?;
        Ok(packet as i8 + 1)
    }

    /// Unpacks an interface pointer of a call; null if the packet is dead and no proxy is made for it.
    pub(super) fn unpack_pointer(&mut self, thread: usize, value: i8, context: ContextId) -> Part<i8> {
        let Some(place) = usize::try_from(value).unwrap_or(0).checked_sub(1) else { return Ok(0) };
        match self.read_packet(thread, place, context)? {
            Read::Pointer(pointee) => Ok(self.state.pointer(pointee)),
            // what travels in a call is no table packet
            Read::Asks(proxy) => Ok(self.state.pointer(Pointee::Proxy(proxy))),
            Read::Refused(_) => Ok(0),
        }
    }

    /// CoMarshalInterface.
    #[allow(clippy::too_many_arguments, reason = "the parts of one operation")]
    pub(super) fn marshal(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        stream: usize,
        pointer: &Expr,
        kind: PacketKind,
        iid: Iid,
    ) -> Part<Flow> {
        if let Continuation::Answer(call) = frame.at {
            let call = self.take_message(call)?;
            if !call.code.succeeded() {
                return Ok(Flow::Done(call.code.0));
            }
            let (stub, proxy) = (usize::from(call.stub), usize::from(call.target));
            if call.kind == CallKind::AddRef {
                // the reference that the proxy was given is the packet's
                self.state.proxies[proxy].strong = self.state.proxies[proxy].strong.saturating_sub(1);
                self.state.stubs[stub].strong = self.state.stubs[stub].strong.saturating_sub(1);
                return self.write_into(thread, stream, stub, kind, iid);
            }
            self.learn(Pointee::Proxy(proxy), iid);
        }
        if !self.initialized(thread) {
            return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
        }
        let pointee = self.pointee(thread, top, pointer)?;
        if pointee == Pointee::Null {
            if self.applies(Rule::PktNull) {
                return Ok(Flow::Done(Code::E_INVALIDARG.0));
            }
            self.breach(Property::WrongCode, None, Subject::None);
            return Ok(Flow::Done(Code::S_OK.0));
        }
        if !self.has_interface(iid, pointee) && self.applies(Rule::PktInterface) {
            return self.refuse_to_marshal(thread, top, frame, pointee);
        }
        if let Some(proxy) = self.must_ask(pointee, iid) {
            return match self.refuse_at_proxy(thread, proxy, frame.context) {
                _ if !self.proxy_usable(thread, proxy) => Ok(Flow::Stay),
                Some(code) => Ok(Flow::Done(code.0)),
                None => self.ask_for(thread, top, proxy),
            };
        }
        // what goes into a table goes by way of the standard marshaler, as what is passed in calls
        if let Pointee::Object(object) = pointee
            && !self.program.is_entry(stream)
            && self.own_marshaller(object).is_some()
            && self.applies(Rule::MarshOwn)
        {
            return self.marshal_own(thread, top, frame, stream, object, kind);
        }
        let Some(stub) = self.exporter(thread, pointee, frame.context)? else {
            return Ok(Flow::Done(Code::CO_E_OBJNOTCONNECTED.0));
        };
        if let (Pointee::Proxy(proxy), PacketKind::TableStrong) = (pointee, kind) {
            // a reference for the table has to be asked for; for a normal packet the proxy gives one of its own away
            return self.send_message(thread, top, CallKind::AddRef, proxy);
        }
        self.write_into(thread, stream, stub, kind, iid)
    }

    /// Writes a packet into a stream. Where it was written decides, under a reading, where it can be released; an entry of a table can be
    /// revoked everywhere.
    fn write_into(&mut self, thread: usize, stream: usize, stub: usize, kind: PacketKind, iid: Iid) -> Part<Flow> {
        let packet = self.write_packet(stub, kind, iid)?;
        if self.program.readings.foreign_release == ForeignRelease::Leaks && !self.program.is_entry(stream) {
            self.state.packets[packet].writer = Some(self.apartment(thread));
        }
        self.put(stream, packet)
    }

    /// A packet that was written stands in a stream.
    pub(super) fn put(&mut self, stream: usize, packet: usize) -> Part<Flow> {
        self.rules.insert(Rule::PktRewind);
        let at = usize::from(self.state.streams[stream].at);
        self.within(Bound::Packets, at < self.program.stream_room(stream))?;
        self.state.streams[stream].packets[at] = Some(packet as u8);
        self.pass(stream);
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// The seek pointer of a stream is left behind the packet that was written, read or released.
    pub(super) fn pass(&mut self, stream: usize) {
        let at = self.state.streams[stream];
        // with nothing ahead it stands behind already: the rule that says so is switched off
        if at.ahead().is_some() {
            self.state.streams[stream].at = at.at + 1;
        }
    }

    /// The packet before which a stream stands; none answers STG_E_READFAULT.
    fn packet_ahead(&mut self, stream: usize) -> Option<usize> {
        let at = self.state.streams[stream];
        let ahead = match at.ahead() {
            None if at.at > 0 && !self.applies(Rule::PktRewind) => at.passed(),
            ahead => ahead,
        };
        ahead.map(usize::from)
    }

    /// CoUnmarshalInterface.
    pub(super) fn unmarshal(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        stream: usize,
        place: Place,
        iid: Iid,
    ) -> Part<Flow> {
        if let Continuation::Answer(call) = frame.at {
            return self.unmarshal_answered(thread, top, call, place, iid);
        }
        if !frame.is_at_start() {
            let packet = self.state.streams[stream].passed().map_or(0, usize::from);
            return self.unmarshal_own(thread, top, frame, packet, place, iid);
        }
        self.store(thread, top, place, 0)?;
        if !self.initialized(thread) {
            return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
        }
        let Some(packet) = self.packet_ahead(stream) else { return Ok(Flow::Done(Code::STG_E_READFAULT.0)) };
        self.pass(stream);
        if self.state.packets[packet].stub().is_none() {
            return self.unmarshal_own(thread, top, frame, packet, place, iid);
        }
        match self.read_packet(thread, packet, frame.context)? {
            Read::Pointer(pointee) => self.hand_out(thread, top, place, iid, pointee),
            Read::Asks(proxy) => self.send_message(thread, top, CallKind::AddRef, proxy),
            Read::Refused(code) => Ok(Flow::Done(code.0)),
        }
    }

    /// Reads a packet.
    pub(super) fn read_packet(&mut self, thread: usize, place: usize, context: ContextId) -> Part<Read> {
        let packet = self.state.packets[place];
        let stub = usize::from(packet.stub);
        let held = self.state.stubs[stub];
        let home = held.apartment == self.apartment(thread) && held.context == context;
        let connected = held.phase == StubPhase::Connected;
        let next = match packet::next_of(packet.kind, packet.phase, PacketEvent::Unmarshal) {
            Next::To(next) => next,
            Next::No(rule) if self.applies(rule) && self.refuses(rule) => {
                // a packet that has nothing to give can still be read elsewhere once the other end is gone: the proxy is dead
                let zombie = self.program.readings.dead_packet == DeadPacket::Zombie && !connected;
                if home || !zombie {
                    return Ok(Read::Refused(Code::CO_E_OBJNOTCONNECTED));
                }
                let proxy = self.connect(thread, stub, 0, context, packet.interface)?;
                return Ok(match (packet.kind, proxy) {
                    // a table packet carries no reference: its proxy asks, and is told that there is nobody
                    (PacketKind::TableStrong | PacketKind::TableWeak, Pointee::Proxy(asking)) => Read::Asks(asking),
                    _ => Read::Pointer(proxy),
                });
            }
            // the rule is switched off: the packet is read as if it were still in flight
            Next::No(rule) => At::without(rule, PacketPhase::Read),
        };
        let normal = packet.kind == PacketKind::Normal;
        if !connected && !self.applies(Rule::PktDead) {
            self.breach(Property::WrongCode, None, Subject::None);
            return Ok(Read::Refused(Code::S_OK));
        }
        if connected || normal {
            self.state.packets[place].phase = next;
        }
        if home && (!connected || self.applies(Rule::PktHome)) {
            if !connected {
                return Ok(Read::Refused(Code::CO_E_OBJNOTCONNECTED));
            }
            self.take_for_stub(thread, stub)?;
            if normal {
                // the connection of the packet goes, and weak packets stay
                self.take_back(thread, stub, 1, false)?;
            }
            return Ok(Read::Pointer(Pointee::Object(usize::from(held.object))));
        }
        if normal {
            if !connected && self.program.readings.dead_packet == DeadPacket::Refused {
                return Ok(Read::Refused(Code::CO_E_OBJNOTCONNECTED));
            }
            // the packet's reference moves to the proxy: the count stays as it is
            let moved = connected && self.applies(Rule::PktAway);
            return self.connect(thread, stub, u8::from(moved), context, packet.interface).map(Read::Pointer);
        }
        // a table packet carries no reference: a proxy that has none yet has to ask for one
        let proxy = self.connect(thread, stub, 0, context, packet.interface)?;
        let Pointee::Proxy(asking) = proxy else { return Ok(Read::Pointer(proxy)) };
        let known = self.state.proxies[asking].references > 1;
        let supplied = self.state.proxies[asking].strong > 0 || (known && !connected);
        if supplied || !self.applies(Rule::PktAway) { Ok(Read::Pointer(proxy)) } else { Ok(Read::Asks(asking)) }
    }

    /// The proxy for a stub manager in the thread's apartment and context, with one more reference of the client's and `strong` more at
    /// the stub manager. It is asked for the interface of the packet.
    fn connect(&mut self, thread: usize, stub: usize, strong: u8, context: ContextId, interface: u8) -> Part<Pointee> {
        let apartment = self.apartment(thread);
        let known = self.state.proxies.iter().position(|proxy| {
            let here = proxy.apartment == apartment && proxy.context == context;
            proxy.phase == ProxyPhase::Live && usize::from(proxy.stub) == stub && here
        });
        let place = match known {
            Some(place) if self.applies(Rule::ProxyOne) => place,
            _ => {
                let free = super::place(&self.state.proxies, stub, ProxyPhase::Absent);
                self.within(Bound::Proxies, free.is_some())?;
                let place = free.unwrap_or(0);
                let phase = self.advance(At::default(), proxy::next(ProxyPhase::Absent, ProxyEvent::Unmarshal))?;
                self.state.proxies[place] =
                    ProxyState { phase, stub: stub as u8, apartment, context, ..ProxyState::default() };
                place
            }
        };
        let max = self.program.bounds.references;
        let proxy = self.state.proxies[place];
        self.within(Bound::References, proxy.references < max && proxy.strong + strong <= max)?;
        self.state.proxies[place].references += 1;
        self.state.proxies[place].strong += strong;
        if let Some(interface) = interface.checked_sub(1) {
            self.state.proxies[place].interfaces |= 1 << interface;
        }
        Ok(Pointee::Proxy(place))
    }

    /// CoReleaseMarshalData.
    pub(super) fn release_marshal_data(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        stream: usize,
        api: &Api,
    ) -> Part<Flow> {
        if frame.at == Continuation::Elsewhere {
            return self.released_there(thread, api);
        }
        if !frame.is_at_start() {
            return self.release_own(thread, top, frame, stream);
        }
        if !self.initialized(thread) {
            return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
        }
        let Some(place) = self.packet_ahead(stream) else { return Ok(Flow::Done(Code::STG_E_READFAULT.0)) };
        if self.state.packets[place].stub().is_none() {
            return self.release_own(thread, top, frame, stream);
        }
        self.pass(stream);
        self.release_packet(thread, top, stream, place, api)
    }

    /// The object that was let go of has been released in its own apartment.
    pub(super) fn released_there(&mut self, thread: usize, api: &Api) -> Part<Flow> {
        let stub = released_elsewhere(self.program, &self.state, thread, api, Continuation::Elsewhere);
        let released = stub.is_none_or(|stub| self.state.stubs[stub].phase != StubPhase::Cutting);
        self.guard(Rule::StubCut, released)?;
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// What a packet that COM wrote holds is given back.
    pub(super) fn release_packet(
        &mut self,
        thread: usize,
        top: usize,
        stream: usize,
        place: usize,
        api: &Api,
    ) -> Part<Flow> {
        let packet = self.state.packets[place];
        // the run-time took the reference back, or the stub manager is gone: the caller cannot know
        let stub = *self.state.stubs[usize::from(packet.stub)].phase;
        let gone = matches!(stub, StubPhase::Absent | StubPhase::Cutting | StubPhase::Gone);
        let given = matches!(*packet.phase, PacketPhase::Read | PacketPhase::Released);
        if packet.phase == PacketPhase::RunDown || (gone && !given && self.applies(Rule::PktGone)) {
            if packet.phase == PacketPhase::InFlight {
                self.move_packet(place, PacketEvent::Release)?;
            }
            return Ok(Flow::Done(Code::RPC_E_INVALID_OBJREF.0));
        }
        let next = match packet::next_of(packet.kind, packet.phase, PacketEvent::Release) {
            Next::To(next) => next,
            Next::No(rule) => {
                if self.applies(rule) && self.refuses(rule) {
                    self.breach(Property::DoubleRelease, None, Subject::Stream(stream as u8));
                    return Ok(Flow::Done(Code::RPC_E_INVALID_OBJREF.0));
                }
                packet.phase
            }
        };
        if !self.applies(Rule::PktRelease) {
            return Ok(Flow::Done(Code::S_OK.0));
        }
        if packet.writer.is_some_and(|writer| writer != self.apartment(thread)) {
            return self.move_packet(place, PacketEvent::ReleaseElsewhere).map(|()| Flow::Done(Code::S_OK.0));
        }
        self.state.packets[place].phase = next;
        self.give_back_packet(thread, packet)?;
        let elsewhere = released_elsewhere(self.program, &self.state, thread, api, Continuation::Elsewhere);
        if elsewhere.is_some_and(|stub| self.state.stubs[stub].phase == StubPhase::Cutting) {
            self.frame_mut(thread, top).at = Continuation::Elsewhere;
            return Ok(Flow::Stay);
        }
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// Something happens to a packet.
    pub(super) fn move_packet(&mut self, place: usize, event: PacketEvent) -> Part {
        let packet = self.state.packets[place];
        let next = packet::next_of(packet.kind, packet.phase, event);
        self.state.packets[place].phase = self.advance(packet.phase, next)?;
        Ok(())
    }

    /// The reference of a packet goes back to its stub manager.
    pub(super) fn give_back_packet(&mut self, thread: usize, packet: PacketState) -> Part {
        let stub = usize::from(packet.stub);
        match packet.kind {
            PacketKind::Normal | PacketKind::TableStrong => self.give_back(thread, stub, 1),
            // COM holds nothing for it: what it stands for is between the class and its unmarshaller
            PacketKind::Own | PacketKind::OwnTable => Ok(()),
            PacketKind::TableWeak => {
                self.state.stubs[stub].weak = self.state.stubs[stub].weak.saturating_sub(1);
                match *self.state.stubs[stub].phase {
                    StubPhase::Connected => self.cut_if_unused(thread, stub, false),
                    StubPhase::Absent | StubPhase::Disconnecting | StubPhase::Cutting | StubPhase::Gone => Ok(()),
                }
            }
        }
    }

    /// Interface pointers of a call that was refused go back, on the caller's thread.
    pub(super) fn drop_arguments(&mut self, thread: usize, place: usize) -> Part {
        let call = self.state.calls[place];
        if call.kind != CallKind::Method || call.code.succeeded() {
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
                self.move_packet(packet, PacketEvent::Release)?;
                let written = self.state.packets[packet];
                self.give_back_packet(thread, written)?;
            }
        }
        Ok(())
    }

    /// The answer of a call whose caller is gone is dropped. The reference of the packet in it counts as one of the dead client's, so that
    /// it is run down with them.
    pub(super) fn lose_answer(&mut self, place: usize) -> Part {
        let Some(packet) = self.call_packets(place) else { return Ok(()) };
        let written = self.state.packets[packet];
        if written.phase != PacketPhase::InFlight {
            return Ok(());
        }
        let stub = usize::from(written.stub);
        let held = match *self.state.stubs[stub].phase {
            StubPhase::Connected | StubPhase::Disconnecting => true,
            StubPhase::Absent | StubPhase::Cutting | StubPhase::Gone => false,
        };
        if !held || !self.applies(Rule::CallAnswerGone) {
            return self.move_packet(packet, PacketEvent::Lose);
        }
        self.move_packet(packet, PacketEvent::Unmarshal)?;
        let caller = usize::from(self.state.calls[place].caller);
        let apartment = self.program.processes[usize::from(self.program.threads[caller].process)].mta;
        self.leave_to_rundown(stub, apartment)
    }

    /// A reference at a stub manager counts as one of a client that is gone: it is run down with the others.
    pub(super) fn leave_to_rundown(&mut self, stub: usize, apartment: ApartmentId) -> Part {
        let free = super::place(&self.state.proxies, stub, ProxyPhase::Absent);
        self.within(Bound::Proxies, free.is_some())?;
        let phase = self.advance(At::default(), proxy::next(ProxyPhase::Absent, ProxyEvent::Unmarshal))?;
        let phase = self.advance(phase, proxy::next(phase, ProxyEvent::ProcessEnds))?;
        self.state.proxies[free.unwrap_or(0)] =
            ProxyState { phase, stub: stub as u8, apartment, context: apartment, strong: 1, ..ProxyState::default() };
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
        // what a process keeps in its table does not get lost on the way
        let on_its_way = |stream: &usize| !self.program.is_entry(*stream) && self.state.streams[*stream].holds(place);
        let streamed = (0..self.state.streams.len()).find(on_its_way);
        if packet.phase != PacketPhase::InFlight || (carried.is_none() && streamed.is_none()) {
            return Err(Refusal::Absent);
        }
        self.rules.insert(Rule::PktLost);
        self.move_packet(place, PacketEvent::Lose)?;
        if let Some(call) = carried {
            self.state.calls[call].result = 0;
            self.state.calls[call].code = Code::RPC_S_CALL_FAILED;
        }
        if let Some(stream) = streamed {
            for held in self.state.streams[stream].packets.iter_mut().filter(|held| **held == Some(place as u8)) {
                *held = None;
            }
        }
        Ok(())
    }
}

/// The packet that the answer of a call carries.
pub(super) fn carried(program: &Program, call: &CallState) -> Option<usize> {
    let pointer = match call.kind {
        CallKind::Activation => true,
        CallKind::Release | CallKind::AddRef | CallKind::Query | CallKind::Own => false,
        CallKind::Method => program
            .templates
            .get(usize::from(call.template))
            .and_then(|template| template.methods.get(usize::from(call.method)))
            .is_some_and(|method| method.carries().is_pointer()),
    };
    let carries = match *call.phase {
        CallPhase::Answered | CallPhase::Abandoned => pointer,
        CallPhase::Absent | CallPhase::Sent | CallPhase::Executing => false,
    };
    if carries { usize::try_from(call.result).unwrap_or(0).checked_sub(1) } else { None }
}
