//! The global interface table: an entry is a strong table packet that the process keeps, and its cookie is its number.

use super::packets::Read;
use super::stack::Flow;
use super::{Part, Step};
use crate::bounds::Bound;
use crate::codes::Code;
use crate::lifecycle::packet::{PacketEvent, PacketPhase};
use crate::lifecycle::stub::StubPhase;
use crate::operation::operand::Stream;
use crate::program::{Api, Expr, Iid, PacketKind, Place};
use crate::properties::Property;
use crate::rules::Rule;
use crate::state::{CallKind, Continuation, Frame, Subject};

impl Step<'_> {
    /// RegisterInterfaceInGlobal.
    #[allow(clippy::too_many_arguments, reason = "the parts of one operation")]
    pub(super) fn register_interface(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        entries: &[Stream],
        iid: Iid,
        pointer: &Expr,
        kind: PacketKind,
        cookie: Place,
    ) -> Part<Flow> {
        let revoked = |step: &Self, entry: usize| {
            let entry = step.state.streams[entry];
            entry.at > 0 && entry.packets.iter().all(Option::is_none)
        };
        let mut numbers = 0..entries.len();
        let free = match numbers.clone().find(|number| revoked(self, usize::from(entries[*number]))) {
            Some(old) if !self.applies(Rule::GitFresh) => {
                self.state.streams[usize::from(entries[old])].at = 0;
                Some(old)
            }
            Some(_) | None => numbers.find(|number| self.state.streams[usize::from(entries[*number])].at == 0),
        };
        self.within(Bound::Handles, free.is_some())?;
        let free = free.unwrap_or(0);
        if frame.is_at_start() && !self.applies(Rule::GitRegister) {
            return Ok(Flow::Done(Code::S_OK.0));
        }
        let flow = self.marshal(thread, top, frame, usize::from(entries[free]), pointer, kind, iid)?;
        if matches!(flow, Flow::Done(code) if Code(code).succeeded()) {
            self.store(thread, top, cookie, free as i16 + 1)?;
        }
        Ok(flow)
    }

    /// GetInterfaceFromGlobal.
    pub(super) fn get_interface(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        entry: Option<Stream>,
        iid: Iid,
        place: Place,
    ) -> Part<Flow> {
        if let Continuation::Answer(call) = frame.at {
            return self.unmarshal_answered(thread, top, call, place, iid);
        }
        self.store(thread, top, place, 0)?;
        if !self.initialized(thread) {
            return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
        }
        let Some((_, packet)) = self.registered_under(entry) else { return Ok(self.wrong_cookie()) };
        if !self.applies(Rule::GitGet) {
            return Ok(Flow::Done(Code::S_OK.0));
        }
        match self.read_packet(thread, packet, frame.context)? {
            Read::Pointer(pointee) => self.hand_out(thread, top, place, iid, pointee),
            Read::Asks(proxy) => self.send_message(thread, top, CallKind::AddRef, proxy),
            Read::Refused(code) => Ok(Flow::Done(code.0)),
        }
    }

    /// RevokeInterfaceFromGlobal.
    pub(super) fn revoke_interface(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        entry: Option<Stream>,
        api: &Api,
    ) -> Part<Flow> {
        let flow = if frame.at == Continuation::Elsewhere {
            self.released_there(thread, api)?
        } else {
            if !self.initialized(thread) {
                return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
            }
            let Some((entry, packet)) = self.registered_under(entry) else { return Ok(self.wrong_cookie()) };
            if !self.applies(Rule::GitRevoke) {
                return Ok(Flow::Done(Code::S_OK.0));
            }
            let home = self.state.packets[packet].stub().map(|stub| self.state.stubs[stub].apartment);
            if home == Some(self.apartment(thread)) || self.applies(Rule::GitElsewhere) {
                self.release_packet(thread, top, entry, packet, api)?
            } else {
                self.move_packet(packet, PacketEvent::ReleaseElsewhere)?;
                Flow::Done(Code::S_OK.0)
            }
        };
        if let (Flow::Done(_), Some(entry)) = (&flow, entry) {
            self.state.streams[usize::from(entry)].packets = Default::default();
        }
        Ok(flow)
    }

    /// What is registered under a cookie: the entry and its packet. One that is just being revoked is not.
    fn registered_under(&self, entry: Option<Stream>) -> Option<(usize, usize)> {
        let entry = usize::from(entry?);
        let packet = usize::from(self.state.streams[entry].passed()?);
        (self.state.packets[packet].phase == PacketPhase::InFlight).then_some((entry, packet))
    }

    /// The process of an entry ends: what the entry holds elsewhere is run down as what its proxies hold.
    pub(super) fn end_entry(&mut self, packet: usize, process: usize) -> Part {
        self.move_packet(packet, PacketEvent::Release)?;
        let Some(stub) = self.state.packets[packet].stub() else { return Ok(()) };
        match *self.state.stubs[stub].phase {
            StubPhase::Connected | StubPhase::Disconnecting => {
                self.leave_to_rundown(stub, self.program.processes[process].mta)
            }
            StubPhase::Absent | StubPhase::Cutting | StubPhase::Gone => Ok(()),
        }
    }

    fn wrong_cookie(&mut self) -> Flow {
        if self.applies(Rule::GitCookie) {
            return Flow::Done(Code::E_INVALIDARG.0);
        }
        self.breach(Property::WrongCode, None, Subject::None);
        Flow::Done(Code::S_OK.0)
    }
}
