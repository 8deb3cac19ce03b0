//! Objects: making, counting, destroying.

use super::stack::Flow;
use super::{Part, Step};
use crate::bounds::Bound;
use crate::lifecycle::object::{self, ObjectEvent, ObjectPhase};
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::{At, Cell as Next};
use crate::program::ContextId;
use crate::properties::Property;
use crate::rules::Rule;
use crate::state::{Continuation, Frame, ObjectState, Origin, Pointee, State, Subject};

impl Step<'_> {
    /// Makes an object with one reference and starts its constructor.
    pub(super) fn create(&mut self, thread: usize, class: usize, context: ContextId) -> Part<usize> {
        let place = self.allocate(thread, class, context)?;
        self.construct(thread, place, class, context)?;
        Ok(place)
    }

    /// Makes the object of an activation.
    pub(super) fn activate(&mut self, thread: usize, class: usize, context: ContextId) -> Part<usize> {
        let place = self.allocate(thread, class, context)?;
        self.count_first(thread, place)?;
        self.construct(thread, place, class, context)?;
        Ok(place)
    }

    fn allocate(&mut self, thread: usize, class: usize, context: ContextId) -> Part<usize> {
        let held = self.program.classes[class].counting.is_none_or(|counting| counting.begins_held);
        let references = u8::from(self.applies(Rule::ObjNew) && held);
        let free = super::place(&self.state.objects, super::preferred(self.program, thread), ObjectPhase::Absent);
        self.within(Bound::Objects, free.is_some())?;
        let place = free.unwrap_or(0);
        let phase = self.advance(At::default(), object::next(ObjectPhase::Absent, ObjectEvent::Create))?;
        let process = usize::from(self.program.threads[thread].process);
        let apartment = self.state.threads[thread].apartment.unwrap_or(self.program.processes[process].mta);
        self.state.objects[place] =
            ObjectState { phase, class: class as u8, references, apartment, context, broken: 0, stale: false };
        let described = &self.program.classes[class];
        let each = State::fields_each(self.program);
        for (index, field) in described.fields.iter().enumerate() {
            self.state.fields[place * each + index] = field.initial;
        }
        self.give_locks(place, class);
        Ok(place)
    }

    fn construct(&mut self, thread: usize, place: usize, class: usize, context: ContextId) -> Part {
        match self.program.classes[class].constructor {
            Some(constructor) => {
                let this = self.state.pointer(Pointee::Object(place));
                self.push(thread, constructor, Origin::Constructor(place as u8), &[this], context)
            }
            None => Ok(()),
        }
    }

    /// Checks that an object may be used; notes the breach and gives false if it is destroyed.
    pub(super) fn usable(&mut self, thread: usize, place: usize) -> bool {
        let object = self.state.objects[place];
        let usable = match object::next(object.phase, ObjectEvent::Use) {
            Next::To(_) => {
                self.rules.insert(Rule::ObjAlive);
                true
            }
            Next::No(rule) => {
                if self.refuses(rule) {
                    self.breach(Property::UseAfterFree, Some(thread), Subject::Class(object.class));
                }
                false
            }
        };
        // AddRef, Release and methods are code of the class
        if usable {
            self.execute_class(thread, place);
        }
        usable && self.state.breach.is_none()
    }

    /// AddRef through a pointer.
    pub(super) fn add_reference(&mut self, thread: usize, pointee: Pointee) -> Part {
        match pointee {
            Pointee::Null => Ok(()),
            Pointee::Object(place) => {
                if self.usable(thread, place) {
                    self.count_up(thread, place)?;
                }
                Ok(())
            }
            Pointee::Proxy(place) => {
                if self.proxy_usable(thread, place) {
                    self.within(
                        Bound::References,
                        self.state.proxies[place].references < self.program.bounds.references,
                    )?;
                    self.state.proxies[place].references += 1;
                }
                Ok(())
            }
        }
    }

    /// One more reference on an object.
    pub(super) fn object_reference(&mut self, place: usize) -> Part {
        if self.applies(Rule::ObjAddRef) {
            self.within(Bound::References, self.state.objects[place].references < self.program.bounds.references)?;
            self.state.objects[place].references += 1;
        }
        Ok(())
    }

    /// Checks that a pointer to a proxy does not dangle.
    pub(super) fn proxy_usable(&mut self, thread: usize, place: usize) -> bool {
        let proxy = self.state.proxies[place];
        match *proxy.phase {
            // cut, but there: Release works, calls answer an error
            ProxyPhase::Live | ProxyPhase::Cut => true,
            ProxyPhase::Absent | ProxyPhase::Releasing | ProxyPhase::Dead | ProxyPhase::Orphaned => {
                if self.refuses(Rule::ObjAlive) {
                    let class = self.state.objects[usize::from(self.state.stubs[usize::from(proxy.stub)].object)].class;
                    self.breach(Property::UseAfterFree, Some(thread), Subject::Class(class));
                }
                false
            }
        }
    }

    /// Release through a pointer. The last Release of a proxy waits for its RemRelease.
    pub(super) fn release_pointer(&mut self, thread: usize, top: usize, frame: Frame, pointee: Pointee) -> Part<Flow> {
        if let Continuation::Answer(call) = frame.at {
            self.take_message(call)?;
            return Ok(Flow::Done(0));
        }
        match pointee {
            Pointee::Null => Ok(Flow::Done(0)),
            Pointee::Object(place) if self.is_foreign(thread, place) => {
                if self.usable(thread, place) {
                    self.release_foreign(thread, place)?;
                }
                Ok(Flow::Done(0))
            }
            Pointee::Object(place) => {
                if self.usable(thread, place) {
                    self.release_object(thread, place)?;
                }
                Ok(Flow::Done(0))
            }
            Pointee::Proxy(place) => {
                if !self.proxy_usable(thread, place) || !self.applies(Rule::ObjRelease) {
                    return Ok(Flow::Done(0));
                }
                self.state.proxies[place].references = self.state.proxies[place].references.saturating_sub(1);
                if self.state.proxies[place].references > 0 {
                    return Ok(Flow::Done(0));
                }
                self.release_proxy(thread, top, place)
            }
        }
    }

    /// One reference of an object less; at zero it is destroyed on this thread.
    pub(super) fn release_object(&mut self, thread: usize, place: usize) -> Part {
        if !self.applies(Rule::ObjRelease) {
            return Ok(());
        }
        if self.count_down(thread, place, Origin::Counting)? {
            return Ok(());
        }
        let left = self.state.objects[place].references.saturating_sub(1);
        self.state.objects[place].references = left;
        if left > 0 || !self.applies(Rule::ObjLast) {
            return Ok(());
        }
        let phase = self.state.objects[place].phase;
        let next = match object::next(phase, ObjectEvent::LastRelease) {
            Next::To(next) => next,
            Next::No(rule) => {
                if self.refuses(rule) {
                    let class = self.state.objects[place].class;
                    self.breach(Property::DoubleDestroy, Some(thread), Subject::Class(class));
                }
                return Ok(());
            }
        };
        self.rules.insert(Rule::ObjOnce);
        self.destruct(thread, place, next)
    }

    /// Starts the destructor of an object.
    pub(super) fn destruct(&mut self, thread: usize, place: usize, next: At<ObjectPhase>) -> Part {
        self.execute_class(thread, place);
        self.state.objects[place].phase = next;
        let class = usize::from(self.state.objects[place].class);
        match self.program.classes[class].destructor {
            Some(destructor) => {
                let this = self.state.pointer(Pointee::Object(place));
                let context = self.state.objects[place].context;
                self.push(thread, destructor, Origin::Destructor(place as u8), &[this], context)
            }
            None => self.destroyed(place),
        }
    }
}
