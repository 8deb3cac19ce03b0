//! Stub managers: making, flagging, draining, cutting; and external locks.

use super::stack::Flow;
use super::{Part, Refusal, Step};
use crate::bounds::Bound;
use crate::codes::Code;
use crate::lifecycle::apartment::ApartmentPhase;
use crate::lifecycle::context::{self, ContextEvent};
use crate::lifecycle::external_lock::{self, LockEvent, LockPhase};
use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::stub::{self, StubEvent, StubPhase};
use crate::program::{ApartmentId, ContextId, Expr, builtin};
use crate::properties::Property;
use crate::readings::{FlaggedMarshal, LateUnlock, NewExports};
use crate::rules::Rule;
use crate::state::{Continuation, Frame, Origin, Pointee, StubState, Subject};

impl Step<'_> {
    /// The stub manager of an object in an apartment that is not gone.
    pub(super) fn find_stub(&self, object: usize, apartment: ApartmentId) -> Option<usize> {
        self.state.stubs.iter().position(|stub| {
            usize::from(stub.object) == object
                && stub.apartment == apartment
                && matches!(stub.phase, StubPhase::Connected | StubPhase::Disconnecting | StubPhase::Cutting)
        })
    }

    /// Finds or makes the stub manager for an export. None: the object is being disconnected and is not exported.
    pub(super) fn export(
        &mut self,
        thread: usize,
        object: usize,
        apartment: ApartmentId,
        context: ContextId,
    ) -> Part<Option<usize>> {
        if let Some(found) = self.find_stub(object, apartment) {
            return match self.state.stubs[found].phase {
                StubPhase::Connected => Ok(Some(found)),
                StubPhase::Absent | StubPhase::Disconnecting | StubPhase::Cutting | StubPhase::Gone => {
                    let refused = self.program.readings.flagged_marshal == FlaggedMarshal::Refused
                        && self.applies(Rule::PktFlagged);
                    Ok((!refused).then_some(found))
                }
            };
        }
        if self.state.apartments[usize::from(apartment)].phase == ApartmentPhase::Closed && self.applies(Rule::AptClose)
        {
            return Ok(None);
        }
        if self.program.readings.new_exports == NewExports::Refused
            && self.is_being_disconnected(context)
            && self.applies(Rule::PktFlagged)
        {
            return Ok(None);
        }
        let free = super::place(&self.state.stubs, object, StubPhase::Absent);
        self.within(Bound::Stubs, free.is_some())?;
        let place = free.unwrap_or(0);
        if !self.usable(thread, object) {
            return Ok(None);
        }
        let phase = self.advance(StubPhase::Absent, stub::next(StubPhase::Absent, StubEvent::Export))?;
        if self.applies(Rule::StubMake) {
            self.object_reference(object)?;
        }
        let gone = self
            .state
            .stubs
            .iter()
            .position(|stub| stub.phase == StubPhase::Gone && usize::from(stub.object) == object);
        // switched off: the old stub manager comes to life again, with everything that still refers to it
        let place = match gone {
            Some(gone) if !self.applies(Rule::StubFresh) => gone,
            Some(_) | None => place,
        };
        self.state.stubs[place] = StubState { phase, object: object as u8, apartment, context, ..StubState::default() };
        let here = self.state.contexts[usize::from(context)];
        self.state.contexts[usize::from(context)] = self.advance(here, context::next(here, ContextEvent::Export))?;
        Ok(Some(place))
    }

    /// Does a CoDisconnectContext wait in the context?
    fn is_being_disconnected(&self, context: ContextId) -> bool {
        (0..self.program.threads.len()).any(|thread| {
            let stack = self.state.stack(self.program, thread);
            stack.last().is_some_and(|frame| frame.context == context && frame.at == Continuation::Drain)
        })
    }

    /// One more strong reference on a stub manager.
    pub(super) fn strong_reference(&mut self, stub: usize) -> Part {
        self.within(Bound::References, self.state.stubs[stub].strong < self.program.bounds.references)?;
        self.state.stubs[stub].strong += 1;
        Ok(())
    }

    /// Strong references go back to a stub manager; the last one cuts it, on this thread.
    pub(super) fn give_back(&mut self, thread: usize, stub: usize, count: u8) -> Part {
        self.take_back(thread, stub, count, true)
    }

    /// The same; `last_closes`: the last one cuts the stub manager even if weak packets remain.
    pub(super) fn take_back(&mut self, thread: usize, stub: usize, count: u8, last_closes: bool) -> Part {
        match self.state.stubs[stub].phase {
            StubPhase::Connected | StubPhase::Disconnecting => {}
            // the cut has dropped all references already
            StubPhase::Absent | StubPhase::Cutting | StubPhase::Gone => return Ok(()),
        }
        let held = self.state.stubs[stub].strong;
        if held >= count || self.applies(Rule::StubClamp) {
            self.state.stubs[stub].strong = held.saturating_sub(count);
        } else {
            // without the clamp a count below zero reads as a huge one: the stub manager never goes
            self.state.stubs[stub].strong = self.program.bounds.references;
        }
        self.cut_if_unused(thread, stub, last_closes)
    }

    /// Cuts a stub manager that nothing holds any more. `strong_went`: a strong reference has just gone, so weak packets do
    /// not count.
    pub(super) fn cut_if_unused(&mut self, thread: usize, place: usize, strong_went: bool) -> Part {
        let stub = self.state.stubs[place];
        let held = stub.strong > 0 || stub.locks > 0;
        let weakly = stub.weak > 0 && !(strong_went && self.applies(Rule::PktTableWeak));
        let unused = match stub.phase {
            StubPhase::Connected => !held && !weakly && self.applies(Rule::StubZero),
            StubPhase::Disconnecting => stub.locks == 0 || !self.faulted(Rule::LockBroken),
            StubPhase::Absent | StubPhase::Cutting | StubPhase::Gone => false,
        };
        if unused && self.drained(place) {
            self.cut(thread, place)?;
        }
        Ok(())
    }

    /// Is no call pending?
    pub(super) fn drained(&mut self, stub: usize) -> bool {
        let idle = self.state.stubs[stub].pending == 0;
        if idle {
            self.rules.insert(Rule::StubPending);
        }
        idle || self.faulted(Rule::StubPending)
    }

    /// Sets the disconnect flag.
    pub(super) fn flag(&mut self, place: usize) -> Part {
        let stub = self.state.stubs[place];
        self.state.stubs[place].phase = self.advance(stub.phase, stub::next(stub.phase, StubEvent::Flag))?;
        // nobody has decided to disconnect what goes with its apartment
        let apartment = self.state.apartments[usize::from(stub.apartment)];
        self.state.stubs[place].left = apartment.phase == ApartmentPhase::Closing;
        let lock = if stub.locks > 0 { LockPhase::Held } else { LockPhase::Free };
        if lock == LockPhase::Held && self.applies(Rule::LockBroken) {
            let free = self.advance(lock, external_lock::next(lock, LockEvent::Disconnect))?;
            debug_assert_eq!(free, LockPhase::Free);
            self.state.stubs[place].locks = 0;
            self.lock_broken(usize::from(stub.object), stub.locks)?;
        }
        Ok(())
    }

    /// Makes the cut: everything that refers to the stub manager is dead, and the object is released in its apartment, on this thread
    /// if it is there, else on one that is.
    pub(super) fn cut(&mut self, thread: usize, place: usize) -> Part {
        if !self.applies(Rule::StubCut) {
            self.state.stubs[place].phase = StubPhase::Gone;
            return Ok(());
        }
        let stub = self.state.stubs[place];
        let phase = self.advance(stub.phase, stub::next(stub.phase, StubEvent::Cut))?;
        self.state.stubs[place] = StubState { phase, strong: 0, weak: 0, locks: 0, ..stub };
        let object = usize::from(stub.object);
        // what COM does by itself is done for no thread: the place tells who takes it, as it does for what is made for a caller
        let wanted = if self.background { place } else { usize::from(self.program.threads[thread].rank) };
        let runner = self.runner(thread, stub.apartment, wanted)?;
        let elsewhere = self.background || runner != thread;
        if elsewhere {
            let context = self.state.objects[object].context;
            self.push(runner, builtin::CLEAN_UP, Origin::CleanUp, &[], context)?;
        }
        if self.usable(runner, object) {
            self.release_object(runner, object)?;
        }
        match self.state.objects[object].phase {
            ObjectPhase::Destroying => {}
            ObjectPhase::Absent | ObjectPhase::Alive | ObjectPhase::Destroyed => self.released(object)?,
        }
        if elsewhere {
            self.settle(runner)?;
        }
        Ok(())
    }

    /// The thread that releases an object in an apartment: the given one if it is there; else a pool thread, or the STA's own thread,
    /// which has to serve. What an STA that has ended left to its last call is released where that call returns. `wanted`: the first thread
    /// of a pool to ask.
    pub(super) fn runner(&mut self, thread: usize, apartment: ApartmentId, wanted: usize) -> Part<usize> {
        let home = &self.program.apartments[usize::from(apartment)];
        if !self.background && self.apartment(thread) == apartment {
            return Ok(thread);
        }
        let Some(owner) = home.thread.map(usize::from) else {
            return self.free_pool_thread(home.process, wanted);
        };
        let ended = self.state.apartments[usize::from(apartment)].phase == ApartmentPhase::Closed;
        let here = self.program.threads[thread].process == home.process;
        if !self.background && (owner == thread || (ended && here)) {
            return Ok(thread);
        }
        let serves = self.pumps(owner);
        self.guard(Rule::CallPump, serves)?;
        Ok(owner)
    }

    /// The releases that cuts made of this object have returned.
    pub(super) fn released(&mut self, object: usize) -> Part {
        for place in 0..self.state.stubs.len() {
            let stub = self.state.stubs[place];
            if stub.phase == StubPhase::Cutting && usize::from(stub.object) == object {
                self.state.stubs[place].phase =
                    self.advance(stub.phase, stub::next(stub.phase, StubEvent::Released))?;
            }
        }
        Ok(())
    }

    /// CoDisconnectObject.
    pub(super) fn disconnect_object(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        pointer: &Expr,
        reserved: &Expr,
    ) -> Part<Flow> {
        if !self.initialized(thread) {
            return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
        }
        match self.pointee(thread, top, pointer)? {
            Pointee::Null => {
                if self.applies(Rule::DiscNull) {
                    return Ok(Flow::Done(Code::E_INVALIDARG.0));
                }
                self.breach(Property::WrongCode, None, Subject::None);
                Ok(Flow::Done(Code::S_OK.0))
            }
            Pointee::Proxy(_) => {
                if self.applies(Rule::DiscNone) {
                    return Ok(Flow::Done(Code::S_OK.0));
                }
                self.breach(Property::WrongCode, None, Subject::None);
                Ok(Flow::Done(Code::CO_E_OBJNOTREG.0))
            }
            Pointee::Object(object) => {
                if !self.usable(thread, object) {
                    return Ok(Flow::Done(Code::S_OK.0));
                }
                if self.own_marshaller(object).is_some() && self.applies(Rule::MarshDisconnect) {
                    let reserved = self.eval(thread, top, reserved)? as i8;
                    return self.disconnect_own(thread, top, frame, object, reserved);
                }
                let apartment = self.apartment(thread);
                let Some(stub) = self.find_stub(object, apartment) else {
                    if self.applies(Rule::DiscNone) {
                        return Ok(Flow::Done(Code::S_OK.0));
                    }
                    self.breach(Property::WrongCode, None, Subject::None);
                    return Ok(Flow::Done(Code::CO_E_OBJNOTREG.0));
                };
                if self.applies(Rule::DiscFlag) {
                    self.flag(stub)?;
                    self.cut_if_unused(thread, stub, true)?;
                    let waits = self.state.stubs[stub].phase == StubPhase::Disconnecting;
                    if waits && !self.applies(Rule::DiscNoWait) {
                        return Err(Refusal::Rule(Rule::DiscNoWait));
                    }
                }
                Ok(Flow::Done(Code::S_OK.0))
            }
        }
    }

    /// CoLockObjectExternal.
    pub(super) fn lock_external(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        pointer: &Expr,
        lock: bool,
        last_unlock_releases: bool,
    ) -> Part<Flow> {
        if let Continuation::Answer(call) = frame.at {
            self.take_message(call)?;
            return Ok(Flow::Done(Code::S_OK.0));
        }
        if !self.initialized(thread) {
            return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
        }
        let object = match self.pointee(thread, top, pointer)? {
            Pointee::Null => {
                if self.applies(Rule::LockNull) {
                    return Ok(Flow::Done(Code::E_INVALIDARG.0));
                }
                self.breach(Property::WrongCode, None, Subject::None);
                return Ok(Flow::Done(Code::S_OK.0));
            }
            Pointee::Proxy(proxy) => return self.lock_proxy(thread, top, proxy, lock),
            Pointee::Object(object) => object,
        };
        if !self.usable(thread, object) {
            return Ok(Flow::Done(Code::S_OK.0));
        }
        let apartment = self.apartment(thread);
        if lock {
            let dying = self.find_stub(object, apartment).filter(|_| !self.faulted(Rule::LockLate));
            let found = match dying {
                Some(stub) => Some(stub),
                None => self.export(thread, object, apartment, frame.context)?,
            };
            let Some(stub) = found else {
                return Ok(Flow::Done(Code::CO_E_OBJNOTCONNECTED.0));
            };
            if self.state.stubs[stub].phase != StubPhase::Connected && self.applies(Rule::LockLate) {
                // it goes with the connections that are being cut, and its unlock is still to come
                return self.lock_broken(object, 1).map(|()| Flow::Done(Code::S_OK.0));
            }
            if self.applies(Rule::LockTake) {
                let locks = self.state.stubs[stub].locks;
                self.within(Bound::References, locks < self.program.bounds.references)?;
                let lock = if locks > 0 { LockPhase::Held } else { LockPhase::Free };
                self.advance(lock, external_lock::next(lock, LockEvent::Lock))?;
                self.state.stubs[stub].locks += 1;
            }
            return Ok(Flow::Done(Code::S_OK.0));
        }
        let broken = self.state.objects[object].broken;
        let Some(stub) = self.find_stub(object, apartment) else {
            self.rules.insert(Rule::LockBroken);
            self.state.objects[object].broken = broken.saturating_sub(1);
            return Ok(Flow::Done(Code::S_OK.0));
        };
        if self.state.stubs[stub].locks == 0 {
            self.state.objects[object].broken = broken.saturating_sub(1);
            return self.unlock_nothing(thread, stub, broken > 0);
        }
        self.unlock(thread, stub, last_unlock_releases)?;
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// Unlocks an object on whose stub manager there is no lock. `broken`: a disconnect has broken one.
    fn unlock_nothing(&mut self, thread: usize, stub: usize, broken: bool) -> Part<Flow> {
        if broken {
            self.rules.insert(Rule::LockBroken);
            // some run-times take a reference of whatever is there now
            if self.program.readings.late_unlock == LateUnlock::NewStub {
                self.give_back(thread, stub, 1)?;
            }
        } else if self.applies(Rule::LockSurplus) {
            let class = self.state.objects[usize::from(self.state.stubs[stub].object)].class;
            self.breach(Property::DoubleRelease, None, Subject::Class(class));
            if self.state.breach.is_none() {
                self.give_back(thread, stub, 1)?;
            }
        }
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// Locks of an object are broken: each has an unlock to come that finds nothing.
    fn lock_broken(&mut self, object: usize, count: u8) -> Part {
        let broken = self.state.objects[object].broken + count;
        self.within(Bound::References, broken <= self.program.bounds.references)?;
        self.state.objects[object].broken = broken;
        Ok(())
    }

    /// CoLockObjectExternal of a proxy: a reference on the proxy of its own.
    fn lock_proxy(&mut self, thread: usize, top: usize, proxy: usize, lock: bool) -> Part<Flow> {
        if !self.proxy_usable(thread, proxy) || !self.applies(Rule::LockProxy) {
            return Ok(Flow::Done(Code::S_OK.0));
        }
        let held = self.state.proxies[proxy];
        if lock {
            self.add_reference(thread, Pointee::Proxy(proxy))?;
            self.state.proxies[proxy].locks += 1;
            return Ok(Flow::Done(Code::S_OK.0));
        }
        if held.locks == 0 {
            return Ok(Flow::Done(Code::S_OK.0));
        }
        self.state.proxies[proxy].locks -= 1;
        self.state.proxies[proxy].references = held.references.saturating_sub(1);
        if held.references > 1 {
            return Ok(Flow::Done(Code::S_OK.0));
        }
        self.release_proxy(thread, top, proxy)
    }

    fn unlock(&mut self, thread: usize, stub: usize, last_unlock_releases: bool) -> Part {
        let held = self.state.stubs[stub].locks;
        if self.applies(Rule::LockGive) {
            let event = if held == 1 { LockEvent::LastUnlock } else { LockEvent::Unlock };
            self.advance(LockPhase::Held, external_lock::next(LockPhase::Held, event))?;
            self.state.stubs[stub].locks = held - 1;
            self.cut_if_unused(thread, stub, last_unlock_releases)?;
        }
        Ok(())
    }
}
