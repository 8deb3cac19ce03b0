//! Stub managers: making, flagging, draining, cutting.

use super::stack::Flow;
use super::{Part, Refusal, Step};
use crate::bounds::Bound;
use crate::codes::Code;
use crate::lifecycle::At;
use crate::lifecycle::apartment::ApartmentPhase;
use crate::lifecycle::context::{self, ContextEvent};
use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::stub::{self, StubEvent, StubPhase};
use crate::program::{ApartmentId, ContextId, Expr, builtin};
use crate::properties::Property;
use crate::readings::{FlaggedMarshal, NewExports};
use crate::rules::Rule;
use crate::state::{Continuation, Frame, Origin, Pointee, StubState, Subject};

impl Step<'_> {
    /// The stub manager of an object in an apartment that is not gone.
    pub(super) fn find_stub(&self, object: usize, apartment: ApartmentId) -> Option<usize> {
        self.state.stubs.iter().position(|stub| {
            usize::from(stub.object) == object
                && stub.apartment == apartment
                && matches!(*stub.phase, StubPhase::Connected | StubPhase::Disconnecting | StubPhase::Cutting)
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
            return match *self.state.stubs[found].phase {
                StubPhase::Connected => Ok(Some(found)),
                StubPhase::Absent | StubPhase::Disconnecting | StubPhase::Cutting | StubPhase::Gone => {
                    let refused = self.program.readings.flagged_marshal == FlaggedMarshal::Refused
                        && self.applies(Rule::PktFlagged);
                    Ok((!refused).then_some(found))
                }
            };
        }
        if self.refuses_exports(apartment, context) {
            return Ok(None);
        }
        let free = super::place(&self.state.stubs, object, StubPhase::Absent);
        self.within(Bound::Stubs, free.is_some())?;
        let place = free.unwrap_or(0);
        if !self.usable(thread, object) {
            return Ok(None);
        }
        let phase = self.advance(At::default(), stub::next(StubPhase::Absent, StubEvent::Export))?;
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
        if self.applies(Rule::StubMake) && !self.handed {
            self.take_for_stub(thread, place)?;
        }
        let here = self.state.contexts[usize::from(context)];
        self.state.contexts[usize::from(context)] = self.advance(here, context::next(here, ContextEvent::Export))?;
        Ok(Some(place))
    }

    /// Is no stub manager made for a new object of the context?
    pub(super) fn refuses_exports(&mut self, apartment: ApartmentId, context: ContextId) -> bool {
        let closed = self.state.apartments[usize::from(apartment)].phase == ApartmentPhase::Closed;
        let refused = self.program.readings.new_exports == NewExports::Refused;
        closed && self.applies(Rule::AptClose)
            || refused && self.is_being_disconnected(context) && self.applies(Rule::PktFlagged)
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
        match *self.state.stubs[stub].phase {
            StubPhase::Connected | StubPhase::Disconnecting => {}
            // the cut has dropped all references already
            StubPhase::Absent | StubPhase::Cutting | StubPhase::Gone => return Ok(()),
        }
        let held = self.state.stubs[stub].strong;
        if held >= count || (self.applies(Rule::StubClamp) && self.refuses(Rule::StubClamp)) {
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
        let unused = match *stub.phase {
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
        idle || !self.refuses(Rule::StubPending)
    }

    /// Sets the disconnect flag.
    pub(super) fn flag(&mut self, place: usize) -> Part {
        let stub = self.state.stubs[place];
        self.state.stubs[place].phase = self.advance(stub.phase, stub::next(stub.phase, StubEvent::Flag))?;
        // nobody has decided to disconnect what goes with its apartment
        let apartment = self.state.apartments[usize::from(stub.apartment)];
        self.state.stubs[place].left = apartment.phase == ApartmentPhase::Closing;
        self.break_locks(place)
    }

    /// Makes the cut: everything that refers to the stub manager is dead, and the object is released in its apartment, on this thread
    /// if it is there, else on one that is.
    pub(super) fn cut(&mut self, thread: usize, place: usize) -> Part {
        if !self.applies(Rule::StubCut) {
            self.state.stubs[place].phase = At::without(Rule::StubCut, StubPhase::Gone);
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
            if self.counting(object).is_some() && self.applies(Rule::LifeStub) {
                self.count_down(runner, object, Origin::Disconnecting(object as u8))?;
                return if elsewhere { self.settle(runner) } else { Ok(()) };
            }
            self.release_object(runner, object)?;
        }
        match *self.state.objects[object].phase {
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
}
