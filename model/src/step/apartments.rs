//! Entering and leaving apartments.

use super::stack::Flow;
use super::{Part, Refusal, Step};
use crate::bounds::Bound;
use crate::codes::Code;
use crate::lifecycle::apartment::{self, ApartmentEvent, ApartmentPhase};
use crate::lifecycle::class_object::{self, ClassObjectEvent, ClassObjectPhase};
use crate::lifecycle::proxy::{self, ProxyEvent};
use crate::lifecycle::stub::StubPhase;
use crate::program::ApartmentId;
use crate::readings::UninitializeWait;
use crate::rules::Rule;
use crate::state::Frame;

/// [`Frame::phase`] of the last CoUninitialize of an apartment: it cuts what is idle and waits for the rest.
pub(crate) const CLOSING: u8 = 1;

impl Step<'_> {
    /// CoInitializeEx.
    pub(super) fn initialize(&mut self, thread: usize, top: usize, sta: bool) -> Part<Flow> {
        let described = &self.program.threads[thread];
        if let Some(entered) = self.state.threads[thread].apartment {
            let is_sta = self.program.apartments[usize::from(entered)].thread.is_some();
            if is_sta != sta && self.applies(Rule::AptMode) {
                return Ok(Flow::Done(Code::RPC_E_CHANGED_MODE.0));
            }
            self.within(Bound::References, self.state.threads[thread].inits < self.program.bounds.references)?;
            self.state.threads[thread].inits += 1;
            return Ok(Flow::Done(Code::S_FALSE.0));
        }
        let mta = self.program.processes[usize::from(described.process)].mta;
        let apartment = if sta { described.own_sta.unwrap_or(mta) } else { mta };
        if self.applies(Rule::AptEnter) {
            let state = self.state.apartments[usize::from(apartment)];
            let phase = self.advance(state.phase, apartment::next(state.phase, ApartmentEvent::Enter))?;
            self.state.apartments[usize::from(apartment)].phase = phase;
            self.state.apartments[usize::from(apartment)].inits += 1;
            self.state.threads[thread].apartment = Some(apartment);
            self.state.threads[thread].inits = 1;
            self.frame_mut(thread, top).context = apartment;
        }
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// CoUninitialize.
    pub(super) fn uninitialize(&mut self, thread: usize, top: usize, frame: Frame) -> Part<Flow> {
        let state = self.state.threads[thread];
        let Some(apartment) = state.apartment.filter(|_| state.inits > 0) else { return Ok(Flow::Done(0)) };
        let id = usize::from(apartment);
        if frame.phase == CLOSING {
            return self.close(thread, apartment);
        }
        self.state.threads[thread].inits -= 1;
        if state.inits > 1 {
            return Ok(Flow::Done(0));
        }
        let entered = self.state.apartments[id];
        if entered.inits > 1 {
            self.state.apartments[id].phase =
                self.advance(entered.phase, apartment::next(entered.phase, ApartmentEvent::Leave))?;
            self.state.apartments[id].inits -= 1;
            self.state.threads[thread].apartment = None;
            return Ok(Flow::Done(0));
        }
        if self.program.apartments[id].thread.is_some() && !self.applies(Rule::AptThread) {
            return Ok(Flow::Done(0));
        }
        self.state.apartments[id].phase =
            self.advance(entered.phase, apartment::next(entered.phase, ApartmentEvent::LastLeave))?;
        self.state.apartments[id].inits = 0;
        // counted again at the end, so that the thread is still in its apartment while destructors run
        self.state.threads[thread].inits = 1;
        self.cut_proxies(apartment)?;
        if self.applies(Rule::AptClose) {
            for class in 0..self.state.class_objects.len() {
                let object = self.state.class_objects[class];
                let here = self.program.contexts[usize::from(object.context)].apartment == apartment;
                if here && object.phase == ClassObjectPhase::Registered {
                    self.state.class_objects[class].phase =
                        self.advance(object.phase, class_object::next(object.phase, ClassObjectEvent::Revoke))?;
                }
            }
            for place in 0..self.state.stubs.len() {
                let stub = self.state.stubs[place];
                if stub.apartment == apartment && stub.phase == StubPhase::Connected {
                    self.flag(place)?;
                }
            }
        }
        self.frame_mut(thread, top).phase = CLOSING;
        Ok(Flow::Stay)
    }

    fn cut_proxies(&mut self, apartment: ApartmentId) -> Part {
        if !self.applies(Rule::AptProxies) {
            return Ok(());
        }
        for place in 0..self.state.proxies.len() {
            let held = self.state.proxies[place];
            if held.apartment == apartment {
                self.state.proxies[place].phase =
                    self.advance(held.phase, proxy::next(held.phase, ProxyEvent::ApartmentEnds))?;
            }
        }
        Ok(())
    }

    /// The last CoUninitialize of an apartment under way: one cut at a time, then the end.
    fn close(&mut self, thread: usize, apartment: ApartmentId) -> Part<Flow> {
        if let Some(stub) = self.idle_flagged(|stub| stub.apartment == apartment) {
            self.cut(thread, stub)?;
            return Ok(Flow::Stay);
        }
        // what a call that was under way has exported meanwhile goes too
        let newcomer =
            self.state.stubs.iter().position(|stub| stub.apartment == apartment && stub.phase == StubPhase::Connected);
        if let Some(stub) = newcomer
            && self.applies(Rule::AptClose)
        {
            self.flag(stub)?;
            return Ok(Flow::Stay);
        }
        let waits = self.program.readings.uninitialize_wait == UninitializeWait::Waits;
        let busy = self.state.stubs.iter().any(|stub| {
            stub.apartment == apartment && matches!(stub.phase, StubPhase::Disconnecting | StubPhase::Cutting)
        });
        let activating =
            self.state.class_objects.iter().any(|class| {
                class.pending > 0 && self.program.contexts[usize::from(class.context)].apartment == apartment
            });
        if waits && (busy || activating) && !self.faulted(Rule::AptDrain) {
            return Err(Refusal::Rule(Rule::AptDrain));
        }
        self.rules.insert(Rule::AptDrain);
        let id = usize::from(apartment);
        let state = self.state.apartments[id];
        self.state.apartments[id].phase =
            self.advance(state.phase, apartment::next(state.phase, ApartmentEvent::Drained))?;
        self.state.threads[thread].apartment = None;
        self.state.threads[thread].inits = 0;
        let process = self.program.apartments[id].process;
        let last = self.program.apartments.iter().zip(&self.state.apartments).all(|(described, state)| {
            described.process != process || !matches!(state.phase, ApartmentPhase::Open | ApartmentPhase::Closing)
        });
        if last && self.applies(Rule::ModLast) {
            self.unload_for_com(process)?;
        }
        Ok(Flow::Done(0))
    }
}
