//! The messages by which proxies count and ask: RemAddRef, RemRelease, RemQueryInterface. One rule for all: the message goes to the
//! apartment of the object, which has to serve it, and the thread waits for the answer.

use super::stack::Flow;
use super::{Part, Step};
use crate::codes::Code;
use crate::event::Thing;
use crate::lifecycle::call::{self, CallEvent, CallPhase};
use crate::lifecycle::process::ProcessPhase;
use crate::lifecycle::proxy::{self, ProxyEvent, ProxyPhase};
use crate::lifecycle::stub::StubPhase;
use crate::program::{ApartmentId, Expr, Iid, Place};
use crate::readings::DeadPacket;
use crate::rules::Rule;
use crate::state::{CallKind, CallState, Continuation, Frame, HAD, Pointee, ProxyState};

impl Step<'_> {
    /// Sends a message of a proxy; the operation goes on with its answer.
    pub(super) fn send_message(&mut self, thread: usize, top: usize, kind: CallKind, proxy: usize) -> Part<Flow> {
        self.send_with(thread, top, kind, proxy, 0)
    }

    /// Sends a message of a proxy that asks for an interface which the object has.
    pub(super) fn ask_for(&mut self, thread: usize, top: usize, proxy: usize) -> Part<Flow> {
        self.send_with(thread, top, CallKind::Query, proxy, HAD)
    }

    fn send_with(&mut self, thread: usize, top: usize, kind: CallKind, proxy: usize, method: u8) -> Part<Flow> {
        let call = self.send(thread, kind, proxy as u8, method)?;
        self.wait_for(thread, top, call);
        let (stub, apartment) = self.route(call);
        let process = usize::from(self.program.apartments[usize::from(apartment)].process);
        let runs = self.state.processes[process] == ProcessPhase::Running;
        // within one apartment only the context differs: COM switches it on the caller's own thread
        if apartment == self.apartment(thread) || (!self.applies(Rule::ProxyWire) && runs) {
            self.deliver(call, Some(thread), stub)?;
        }
        Ok(Flow::Stay)
    }

    /// The last Release of a proxy: its RemRelease is sent.
    pub(super) fn release_proxy(&mut self, thread: usize, top: usize, place: usize) -> Part<Flow> {
        let phase = self.state.proxies[place].phase;
        let next = self.advance(phase, proxy::next(phase, ProxyEvent::LastRelease))?;
        self.state.proxies[place].phase = next;
        if next == ProxyPhase::Releasing && self.applies(Rule::ProxyRelease) {
            return self.send_message(thread, top, CallKind::Release, place);
        }
        Ok(Flow::Done(0))
    }

    /// Takes the answer of a message for which a frame waits.
    pub(super) fn take_message(&mut self, call: u8) -> Part<CallState> {
        let place = usize::from(call);
        let call = self.state.calls[place];
        self.guard(Rule::CallSend, call.phase == CallPhase::Answered)?;
        if call.phase != CallPhase::Answered {
            return Ok(CallState { code: Code::S_OK, ..call });
        }
        self.state.calls[place].phase = self.advance(call.phase, call::next(call.phase, CallEvent::Take))?;
        if call.kind == CallKind::Release {
            let proxy = usize::from(call.target);
            let phase = self.state.proxies[proxy].phase;
            self.state.proxies[proxy].phase = self.advance(phase, proxy::next(phase, ProxyEvent::Released))?;
            self.state.proxies[proxy].strong = 0;
        }
        self.state.calls[place] = CallState::default();
        Ok(call)
    }

    /// A message that runs no code of the object's is answered as it arrives.
    pub(super) fn serve(&mut self, place: usize, stub: usize) -> Part {
        let call = self.state.calls[place];
        let proxy = usize::from(call.target);
        let connected = self.state.stubs[stub].phase == StubPhase::Connected;
        let code = match (call.kind, connected) {
            (CallKind::AddRef, true) => {
                self.strong_reference(stub)?;
                let held = self.state.proxies[proxy].strong;
                self.within(crate::bounds::Bound::References, held < self.program.bounds.references)?;
                self.state.proxies[proxy].strong = held + 1;
                Code::S_OK
            }
            (CallKind::AddRef, false) => {
                self.rules.insert(Rule::PktDead);
                match self.program.readings.dead_packet {
                    DeadPacket::Zombie => Code::CO_E_OBJNOTREG,
                    DeadPacket::Refused => Code::CO_E_OBJNOTCONNECTED,
                }
            }
            (CallKind::Query, true) if call.method == HAD => Code::S_OK,
            (CallKind::Query, true) => Code::E_NOINTERFACE,
            (CallKind::Query, false) => Code::RPC_E_INVALID_OBJECT,
            (CallKind::Method | CallKind::Release | CallKind::Activation | CallKind::Own, _) => return Ok(()),
        };
        self.state.calls[place].phase = self.advance(call.phase, call::next(call.phase, CallEvent::Serve))?;
        self.state.calls[place].code = code;
        Ok(())
    }

    /// Does what a pointer leads to have the interface?
    pub(super) fn has_interface(&self, iid: Iid, pointee: Pointee) -> bool {
        let object = match pointee {
            Pointee::Null => return true,
            Pointee::Object(object) => object,
            Pointee::Proxy(proxy) => usize::from(self.state.stubs[usize::from(self.state.proxies[proxy].stub)].object),
        };
        self.program.has_interface(&self.program.classes[usize::from(self.state.objects[object].class)], iid.0)
    }

    /// The proxy that has to ask its stub manager for an interface which the object has: it was not asked for it before.
    pub(super) fn must_ask(&mut self, pointee: Pointee, iid: Iid) -> Option<usize> {
        let (Pointee::Proxy(proxy), Some(place)) = (pointee, self.program.asked(iid)) else { return None };
        let known = self.state.proxies[proxy].interfaces & 1 << place != 0;
        (!known && self.applies(Rule::ProxyAsks)).then_some(proxy)
    }

    /// A proxy has been asked for an interface.
    pub(super) fn learn(&mut self, pointee: Pointee, iid: Iid) {
        if let (Pointee::Proxy(proxy), Some(place)) = (pointee, self.program.asked(iid)) {
            self.state.proxies[proxy].interfaces |= 1 << place;
        }
    }

    /// CoMarshalInterface for an interface that what a pointer leads to does not have.
    pub(super) fn refuse_to_marshal(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        pointee: Pointee,
    ) -> Part<Flow> {
        match pointee {
            Pointee::Proxy(proxy) if !self.proxy_usable(thread, proxy) => Ok(Flow::Stay),
            Pointee::Proxy(proxy) => match self.refuse_at_proxy(thread, proxy, frame.context) {
                Some(code) => Ok(Flow::Done(code.0)),
                None => self.send_message(thread, top, CallKind::Query, proxy),
            },
            Pointee::Object(object) if !self.usable(thread, object) => Ok(Flow::Stay),
            Pointee::Object(_) | Pointee::Null => Ok(Flow::Done(Code::E_NOINTERFACE.0)),
        }
    }

    /// QueryInterface.
    pub(super) fn query_interface(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        pointer: &Expr,
        iid: Iid,
        place: Place,
    ) -> Part<Flow> {
        if let Continuation::Answer(call) = frame.at {
            let call = self.take_message(call)?;
            let asked = Pointee::Proxy(usize::from(call.target));
            if call.method == HAD && call.code.succeeded() {
                if !self.proxy_usable(thread, usize::from(call.target)) {
                    return Ok(Flow::Stay);
                }
                self.learn(asked, iid);
                self.add_reference(thread, asked)?;
                self.store(thread, top, place, i16::from(self.state.pointer(asked)))?;
            }
            return Ok(Flow::Done(call.code.0));
        }
        let iid = self.asked_for(thread, top, iid);
        let cell = self.eval(thread, top, pointer)? as i8;
        let pointee = self.state.pointee(cell);
        if self.is_null(thread, pointee) {
            return Ok(Flow::Stay);
        }
        if let Pointee::Proxy(proxy) = pointee {
            if !self.proxy_usable(thread, proxy) {
                return Ok(Flow::Stay);
            }
            if let Some(code) = self.refuse_query(thread, proxy, frame.context) {
                self.store(thread, top, place, 0)?;
                return Ok(Flow::Done(code.0));
            }
        }
        if !self.has_interface(iid, pointee) && self.applies(Rule::ProxyInterface) {
            self.store(thread, top, place, 0)?;
            return match pointee {
                Pointee::Proxy(proxy) => self.send_message(thread, top, CallKind::Query, proxy),
                Pointee::Null | Pointee::Object(_) => Ok(Flow::Done(Code::E_NOINTERFACE.0)),
            };
        }
        if let Some(proxy) = self.must_ask(pointee, iid) {
            self.store(thread, top, place, 0)?;
            return self.ask_for(thread, top, proxy);
        }
        self.add_reference(thread, pointee)?;
        self.store(thread, top, place, i16::from(cell))?;
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// Hands out what a packet led to, if it has the interface that is asked for. The packet is spent all the same.
    pub(super) fn hand_out(
        &mut self,
        thread: usize,
        top: usize,
        place: Place,
        iid: Iid,
        pointee: Pointee,
    ) -> Part<Flow> {
        if self.has_interface(iid, pointee) || !self.applies(Rule::ProxyInterface) {
            if let Some(proxy) = self.must_ask(pointee, iid) {
                return self.ask_for(thread, top, proxy);
            }
            let pointer = self.state.pointer(pointee);
            self.store(thread, top, place, i16::from(pointer))?;
            return Ok(Flow::Done(Code::S_OK.0));
        }
        match pointee {
            Pointee::Null => {}
            Pointee::Object(object) => self.release_object(thread, object)?,
            Pointee::Proxy(proxy) => {
                let left = self.state.proxies[proxy].references.saturating_sub(1);
                self.state.proxies[proxy].references = left;
                if left > 0 {
                    return self.send_message(thread, top, CallKind::Query, proxy);
                }
                if let Flow::Stay = self.release_proxy(thread, top, proxy)? {
                    return Ok(Flow::Stay);
                }
            }
        }
        Ok(Flow::Done(Code::E_NOINTERFACE.0))
    }

    /// CoUnmarshalInterface goes on with the answer to a message of its proxy.
    pub(super) fn unmarshal_answered(
        &mut self,
        thread: usize,
        top: usize,
        call: u8,
        place: Place,
        iid: Iid,
    ) -> Part<Flow> {
        let call = self.take_message(call)?;
        match call.kind {
            CallKind::AddRef if call.code.succeeded() => {
                self.hand_out(thread, top, place, iid, Pointee::Proxy(usize::from(call.target)))
            }
            CallKind::Query if call.method == HAD && call.code.succeeded() => {
                let asked = Pointee::Proxy(usize::from(call.target));
                self.learn(asked, iid);
                self.hand_out(thread, top, place, iid, asked)
            }
            CallKind::Query if call.method == HAD => {
                self.let_go_proxy(usize::from(call.target))?;
                Ok(Flow::Done(call.code.0))
            }
            CallKind::AddRef => {
                self.let_go_proxy(usize::from(call.target))?;
                Ok(Flow::Done(call.code.0))
            }
            CallKind::Release | CallKind::Query | CallKind::Method | CallKind::Activation | CallKind::Own => {
                Ok(Flow::Done(Code::E_NOINTERFACE.0))
            }
        }
    }

    /// The last CoUninitialize of an apartment gives back what its proxies hold, one after the other: the next message is sent. Gives
    /// false if there is no proxy left.
    pub(super) fn leave_proxies(&mut self, thread: usize, top: usize, apartment: ApartmentId) -> Part<bool> {
        let here = |proxy: &ProxyState| proxy.apartment == apartment && proxy.phase == ProxyPhase::Live;
        let among = (0..self.state.proxies.len()).filter(|place| here(&self.state.proxies[*place]));
        let among = among.fold(0, |found, place| found | 1 << place);
        if among == 0 || !self.applies(Rule::AptProxies) {
            return Ok(false);
        }
        // nothing says which is let go first
        let Some(place) = self.pick(among, Thing::Proxy)? else { return Ok(false) };
        let held = self.state.proxies[place];
        self.state.proxies[place].phase =
            self.advance(held.phase, proxy::next(held.phase, ProxyEvent::ApartmentEnds))?;
        self.send_message(thread, top, CallKind::Release, place).map(|_| true)
    }
}
