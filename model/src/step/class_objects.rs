//! Class objects: registering, suspending, revoking, activations that execute, and the count of the server's process.

use super::stack::Flow;
use super::{Part, Step};
use crate::bounds::Bound;
use crate::codes::Code;
use crate::lifecycle::Cell as Next;
use crate::lifecycle::class_object::{self, ClassObjectEvent};
use crate::program::{ApartmentId, ContextId, Expr, Place};
use crate::properties::Property;
use crate::rules::Rule;
use crate::state::{ClassObjectState, Frame, Subject};

impl Step<'_> {
    /// CoRegisterClassObject.
    pub(super) fn register(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        class: u8,
        place: Option<Place>,
        suspended: bool,
    ) -> Part<Flow> {
        if !self.initialized(thread) {
            return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
        }
        let object = self.state.class_objects[usize::from(class)];
        let event = match suspended && self.applies(Rule::ActSuspend) {
            true => ClassObjectEvent::RegisterSuspended,
            false => ClassObjectEvent::Register,
        };
        if self.applies(Rule::ActRegister) {
            let phase = self.advance(object.phase, class_object::next(object.phase, event))?;
            self.state.class_objects[usize::from(class)] =
                ClassObjectState { phase, context: frame.context, pending: object.pending, stale: false };
        }
        if let Some(place) = place {
            self.store(thread, top, place, i16::from(class) + 1)?;
        }
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// CoRevokeClassObject.
    pub(super) fn revoke(&mut self, thread: usize, top: usize, cookie: &Expr) -> Part<Flow> {
        if !self.initialized(thread) {
            return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
        }
        let cookie = self.eval(thread, top, cookie)?;
        let class = usize::try_from(cookie).unwrap_or(0).checked_sub(1);
        let Some(class) = class.filter(|class| *class < self.state.class_objects.len()) else {
            self.rules.insert(Rule::ActThread);
            return Ok(Flow::Done(Code::E_INVALIDARG.0));
        };
        let object = self.state.class_objects[class];
        if !object.phase.is_registered() {
            self.rules.insert(Rule::ActThread);
            return Ok(Flow::Done(Code::E_INVALIDARG.0));
        }
        let apartment = self.program.contexts[usize::from(object.context)].apartment;
        if apartment != self.apartment(thread) {
            if self.applies(Rule::ActThread) {
                return Ok(Flow::Done(Code::RPC_E_WRONG_THREAD.0));
            }
            self.breach(Property::WrongCode, None, Subject::Class(class as u8));
        }
        if self.applies(Rule::ActRevoke) {
            self.state.class_objects[class].phase =
                self.advance(object.phase, class_object::next(object.phase, ClassObjectEvent::Revoke))?;
        }
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// An apartment ends: what is registered there is withdrawn.
    pub(super) fn revoke_all(&mut self, apartment: ApartmentId) -> Part {
        for class in 0..self.state.class_objects.len() {
            let object = self.state.class_objects[class];
            let here = self.program.contexts[usize::from(object.context)].apartment == apartment;
            if here && object.phase.is_registered() {
                self.state.class_objects[class].phase =
                    self.advance(object.phase, class_object::next(object.phase, ClassObjectEvent::Revoke))?;
            }
        }
        Ok(())
    }

    /// May an activation enter? Gives the context of the class object.
    pub(super) fn admit_activation(&mut self, place: usize) -> Part<Option<ContextId>> {
        let class = usize::from(self.state.calls[place].target);
        let object = self.state.class_objects[class];
        if let Next::No(_) = class_object::next(object.phase, ClassObjectEvent::Activate)
            && self.applies(Rule::ActRegistered)
        {
            self.refuse(place, Code::REGDB_E_CLASSNOTREG)?;
            return Ok(None);
        }
        let context = if self.applies(Rule::ActMake) {
            object.context
        } else {
            self.program.contexts[usize::from(object.context)].apartment
        };
        self.within(Bound::Calls, object.pending < self.program.bounds.calls)?;
        self.state.class_objects[class].pending += 1;
        Ok(Some(context))
    }

    /// An activation has been executed.
    pub(super) fn activation_ended(&mut self, class: u8) {
        let object = &mut self.state.class_objects[usize::from(class)];
        object.pending = object.pending.saturating_sub(1);
    }

    /// CoSuspendClassObjects.
    pub(super) fn suspend(&mut self, thread: usize) -> Part<Flow> {
        if self.applies(Rule::ActSuspend) {
            self.move_class_objects(thread, ClassObjectEvent::Suspend)?;
        }
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// CoResumeClassObjects.
    pub(super) fn resume(&mut self, thread: usize) -> Part<Flow> {
        if self.applies(Rule::ActResume) {
            self.move_class_objects(thread, ClassObjectEvent::Resume)?;
        }
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// All class objects of the thread's process at once.
    fn move_class_objects(&mut self, thread: usize, event: ClassObjectEvent) -> Part {
        let process = self.program.threads[thread].process;
        for class in 0..self.state.class_objects.len() {
            if self.program.classes[class].process == process {
                let phase = self.state.class_objects[class].phase;
                let next = self.advance(phase, class_object::next(phase, event))?;
                if next != phase {
                    self.state.class_objects[class].phase = next;
                }
            }
        }
        Ok(())
    }

    /// CoReleaseServerProcess.
    pub(super) fn release_server_reference(&mut self, thread: usize, top: usize, count: Place) -> Part<Flow> {
        let rest = self.add(thread, top, count, -1, true)?;
        if self.read(thread, top, count) == 0 && self.applies(Rule::ActServerCount) {
            self.move_class_objects(thread, ClassObjectEvent::Suspend)?;
        }
        Ok(rest)
    }
}
