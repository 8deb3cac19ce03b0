//! Classes that count their objects themselves, and `delete`.
//!
//! Whoever takes or gives back a reference calls the class's AddRef or Release: a frame on his thread. What stands in
//! [`crate::state::ObjectState::references`] is then what was taken and not given back, for the books alone; the object ends where `delete` says.

use super::stack::Flow;
use super::{Part, Step};
use crate::counting::Counting;
use crate::lifecycle::Cell as Next;
use crate::lifecycle::object::{self, ObjectEvent};
use crate::program::{Expr, FunctionId, Ty};
use crate::properties::Property;
use crate::rules::Rule;
use crate::state::{CallKind, Continuation, Frame, Origin, Pointee, StubState, Subject};

impl Step<'_> {
    /// AddRef and Release of an object's class, if it counts its objects itself.
    pub(super) fn counting(&mut self, object: usize) -> Option<Counting> {
        if !self.program.counts {
            return None;
        }
        let class = usize::from(self.state.objects[object].class);
        let counting = self.program.classes[class].counting?;
        self.applies(Rule::LifeCount).then_some(counting)
    }

    fn call_counting(&mut self, thread: usize, function: FunctionId, origin: Origin, object: usize) -> Part {
        let this = self.state.pointer(Pointee::Object(object));
        let above = usize::from(self.state.threads[thread].depth).checked_sub(1).filter(|_| origin == Origin::Counting);
        let context = match above {
            Some(top) => self.frame(thread, top).context,
            None => self.state.objects[object].context,
        };
        self.push(thread, function, origin, &[this], context)
    }

    /// One more reference on an object, for the code of a thread.
    pub(super) fn count_up(&mut self, thread: usize, object: usize) -> Part {
        self.object_reference(object)?;
        if let Some(counting) = self.counting(object) {
            self.call_counting(thread, counting.add_reference, Origin::Counting, object)?;
        }
        Ok(())
    }

    /// One reference less. Gives false if the class does not count its objects itself.
    pub(super) fn count_down(&mut self, thread: usize, object: usize, origin: Origin) -> Part<bool> {
        let Some(counting) = self.counting(object) else { return Ok(false) };
        if self.usable(thread, object) {
            let references = self.state.objects[object].references;
            self.state.objects[object].references = references.saturating_sub(1);
            self.call_counting(thread, counting.release, origin, object)?;
        }
        Ok(true)
    }

    /// An activation makes an object. One whose class counts from 0 gets a reference behind its constructor.
    pub(super) fn count_first(&mut self, thread: usize, object: usize) -> Part {
        match self.counting(object) {
            Some(counting) if !counting.begins_held && self.applies(Rule::LifeBegin) => self.count_up(thread, object),
            Some(_) | None => Ok(()),
        }
    }

    /// The constructor of an object has failed, which the class counts itself: what was to count it first is left out, and it is deleted. Gives
    /// false if the class does not count its objects itself.
    pub(super) fn uncounted(&mut self, thread: usize, object: usize) -> Part<bool> {
        let Some(counting) = self.counting(object) else { return Ok(false) };
        let top = self.top(thread)?;
        let frame = self.frame(thread, top);
        if frame.origin == Origin::Counting && frame.function == counting.add_reference {
            self.pop(thread)?;
        }
        Ok(true)
    }

    /// A stub manager takes a reference on its object. What that calls is started when the step knows what else it starts.
    pub(super) fn take_for_stub(&mut self, thread: usize, stub: usize) -> Part {
        let object = usize::from(self.state.stubs[stub].object);
        self.object_reference(object)?;
        if self.counting(object).is_some() {
            if self.applies(Rule::LifeStub) {
                self.state.stubs[stub].pending += 1;
            }
            self.taking.push((thread, object));
        }
        Ok(())
    }

    /// Starts the AddRefs that stub managers have asked for, above everything else.
    pub(super) fn start_taking(&mut self) -> Part {
        while let Some((thread, object)) = self.taking.pop() {
            if let Some(counting) = self.counting(object) {
                self.call_counting(thread, counting.add_reference, Origin::Connecting(object as u8), object)?;
            }
        }
        Ok(())
    }

    /// AddRef for a stub manager has returned.
    pub(super) fn has_taken(&mut self, thread: usize, object: usize) -> Part {
        if self.faulted(Rule::LifeStub) {
            return Ok(());
        }
        let here = self.apartment(thread);
        let of = |stub: &StubState| usize::from(stub.object) == object && stub.pending > 0;
        let found = self.state.stubs.iter().position(|stub| of(stub) && stub.apartment == here);
        let Some(stub) = found.or_else(|| self.state.stubs.iter().position(of)) else { return Ok(()) };
        self.state.stubs[stub].pending -= 1;
        self.cut_if_unused(thread, stub, false)
    }

    /// The reference that comes with a result goes to the stub manager that is made for it: nobody counts.
    pub(super) fn hands_over(&mut self, thread: usize, value: i8) -> bool {
        let Pointee::Object(object) = self.state.pointee(value) else { return false };
        self.counting(object).is_some()
            && self.find_stub(object, self.apartment(thread)).is_none()
            && self.applies(Rule::LifeResult)
    }

    /// A call is about to answer with an object that has a stub manager: the answer is written, and the reference that came with the result
    /// goes back. Gives whether something has to run first.
    pub(super) fn give_back_result(&mut self, thread: usize, top: usize, frame: Frame, value: i8) -> Part<bool> {
        if !self.program.counts || frame.at == Continuation::Counted {
            return Ok(false);
        }
        let Some(place) = frame.origin.call().map(usize::from) else { return Ok(false) };
        let call = self.state.calls[place];
        let (value, ty) = match call.kind {
            CallKind::Method => {
                let method = &self.program.templates[usize::from(call.template)].methods[usize::from(call.method)];
                let slot =
                    method.out_pointer().map(|index| self.state.slot_base(self.program, thread, top) + index + 1);
                (slot.map_or(value, |slot| self.state.slots[slot]), method.carries())
            }
            CallKind::Activation => (value, Ty::Pointer(None)),
            CallKind::Release | CallKind::AddRef | CallKind::Query | CallKind::Own => (0, Ty::Void),
        };
        let Pointee::Object(object) = self.state.pointee(if ty.is_pointer() { value } else { 0 }) else {
            return Ok(false);
        };
        let Some(_) = self.counting(object) else { return Ok(false) };
        let Some(stub) = self.find_stub(object, self.apartment(thread)) else { return Ok(false) };
        if !self.applies(Rule::LifeResult) {
            return Ok(false);
        }
        let context = self.state.stubs[stub].context;
        let packet = self.pack_pointer(thread, value, ty, context)?;
        if packet == 0 {
            return Ok(false);
        }
        self.state.calls[place].result = packet;
        self.frame_mut(thread, top).at = Continuation::Counted;
        self.release_object(thread, object)?;
        Ok(true)
    }

    /// `delete p;`
    pub(super) fn delete(&mut self, thread: usize, top: usize, pointer: &Expr) -> Part<Flow> {
        let class = match self.pointee(thread, top, pointer)? {
            Pointee::Null => return Ok(Flow::Done(0)),
            Pointee::Object(object) if !self.is_foreign(thread, object) => {
                self.destroy(thread, object)?;
                return Ok(Flow::Done(0));
            }
            Pointee::Object(object) => self.state.objects[object].class,
            Pointee::Proxy(proxy) => {
                let stub = self.state.stubs[usize::from(self.state.proxies[proxy].stub)];
                self.state.objects[usize::from(stub.object)].class
            }
        };
        if self.applies(Rule::LifeDelete) {
            self.breach(Property::UseAfterFree, Some(thread), Subject::Class(class));
        }
        Ok(Flow::Done(0))
    }

    /// An object is deleted.
    pub(super) fn destroy(&mut self, thread: usize, object: usize) -> Part {
        if !self.applies(Rule::LifeDelete) {
            return Ok(());
        }
        match object::next(self.state.objects[object].phase, ObjectEvent::Delete) {
            Next::To(next) => {
                self.rules.insert(Rule::ObjOnce);
                self.state.objects[object].references = 0;
                self.destruct(thread, object, next)
            }
            Next::No(rule) => {
                if self.refuses(rule) {
                    let class = self.state.objects[object].class;
                    self.breach(Property::DoubleDestroy, Some(thread), Subject::Class(class));
                }
                Ok(())
            }
        }
    }
}
