//! External locks: CoLockObjectExternal.

use super::stack::Flow;
use super::{Part, Step};
use crate::bounds::Bound;
use crate::codes::Code;
use crate::lifecycle::external_lock::{self, LockEvent, LockPhase};
use crate::lifecycle::stub::StubPhase;
use crate::program::Expr;
use crate::properties::Property;
use crate::readings::LateUnlock;
use crate::rules::Rule;
use crate::state::{Continuation, Frame, Pointee, Subject};

impl Step<'_> {
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
                let lock = phase(locks);
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

    /// A stub manager is disconnected: its locks are broken.
    pub(super) fn break_locks(&mut self, place: usize) -> Part {
        let stub = self.state.stubs[place];
        let lock = phase(stub.locks);
        if lock == LockPhase::Held && self.applies(Rule::LockBroken) {
            let free = self.advance(lock, external_lock::next(lock, LockEvent::Disconnect))?;
            debug_assert_eq!(free, LockPhase::Free);
            self.state.stubs[place].locks = 0;
            self.lock_broken(usize::from(stub.object), stub.locks)?;
        }
        Ok(())
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

/// Where the locks of a stub manager are in their lifecycle.
fn phase(locks: u8) -> LockPhase {
    if locks > 0 { LockPhase::Held } else { LockPhase::Free }
}
