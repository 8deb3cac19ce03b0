//! CoCreateInstance: in another process by a call to the class object there, in this one step by step.
//!
//! An in-process activation is CoGetClassObject, IClassFactory::CreateInstance and Release on the calling thread. Where the scenario says
//! what the factory does, its constructor and destructor run there too.

use super::stack::Flow;
use super::{Part, Step};
use crate::codes::Code;
use crate::program::{Api, ClassId, FunctionId, Iid, Op, Place, builtin};
use crate::readings::ActivationHold;
use crate::rules::Rule;
use crate::state::{CallKind, Continuation, Frame, LACKING, ObjectState, Origin, Pointee};

/// What an in-process activation asks for.
#[derive(Clone, Copy)]
pub(super) struct Activation {
    pub(super) class: usize,
    pub(super) place: Place,
    pub(super) iid: Iid,
    /// Where the factory is held.
    pub(super) factory: Option<Place>,
}

impl Step<'_> {
    /// CoCreateInstance of a local server.
    pub(super) fn create_local(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        class: ClassId,
        place: Place,
        iid: Iid,
    ) -> Part<Flow> {
        if let Continuation::Answer(call) = frame.at {
            let code = self.state.calls[usize::from(call)].code;
            return match self.await_answer(thread, top, frame, call)? {
                Flow::Done(pointer) => {
                    let pointer = if code.succeeded() { pointer } else { 0 };
                    let code = if code.succeeded() && pointer == 0 { Code::CO_E_OBJNOTCONNECTED } else { code };
                    self.store(thread, top, place, i16::from(pointer))?;
                    self.learn(self.state.pointee(pointer), iid);
                    Ok(Flow::Done(code.0))
                }
                Flow::Stay => Ok(Flow::Stay),
            };
        }
        self.store(thread, top, place, 0)?;
        if !self.initialized(thread) {
            return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
        }
        let lacks = self.program.lacks(usize::from(class), iid) && self.applies(Rule::ActInterface);
        let call = self.send(thread, CallKind::Activation, class, if lacks { LACKING } else { 0 })?;
        self.wait_for(thread, top, call);
        Ok(Flow::Stay)
    }

    /// An activation from elsewhere has made its object: if that does not have the interface, or cannot be handed out, it is released here,
    /// as a part of the activation. Gives whether something has to run first.
    pub(super) fn refuse_object(&mut self, thread: usize, top: usize, frame: Frame) -> Part<bool> {
        let made = self.state.slot_base(self.program, thread, top);
        let Pointee::Object(object) = self.state.pointee(self.state.slots[made]) else { return Ok(false) };
        let call = self.executed_call(frame)?;
        let ObjectState { apartment, context, .. } = self.state.objects[object];
        if self.state.calls[call].method != LACKING && !self.refuses_exports(apartment, context) {
            return Ok(false);
        }
        self.state.slots[made] = 0;
        if !self.usable(thread, object) {
            return Ok(true);
        }
        self.release_object(thread, object)?;
        Ok(self.has_pushed(thread, top))
    }

    /// CoCreateInstance of an in-process class.
    pub(super) fn create_in_process(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        asked: Activation,
    ) -> Part<Flow> {
        if let Continuation::Constructor(pointer) = frame.at {
            return self.offer(thread, top, asked, self.state.pointee(pointer));
        }
        if frame.at == Continuation::FactoryMade {
            if let Some(module) = self.module_of_class(asked.class)
                && self.program.readings.activation_hold == ActivationHold::ClassObject
            {
                self.activated(thread, module)?;
            }
            return self.make(thread, top, frame, asked);
        }
        if let Continuation::Refused(code) = frame.at {
            return self.release_factory(thread, top, asked, code);
        }
        if let Continuation::Released(code) = frame.at {
            return self.end_activation(thread, top, asked, code);
        }
        self.get_class_object(thread, top, frame, asked)
    }

    pub(super) fn module_of_class(&self, class: usize) -> Option<usize> {
        self.program.classes[class].module.map(usize::from)
    }

    /// Does something run above the frame?
    pub(super) fn has_pushed(&self, thread: usize, top: usize) -> bool {
        usize::from(self.state.threads[thread].depth) > top + 1
    }

    /// What was started runs first; then the activation goes on. COM holds the library from the first such moment on.
    fn pause(&mut self, thread: usize, top: usize, asked: Activation, then: Continuation) -> Part<Flow> {
        if let Some(module) = self.module_of_class(asked.class)
            && self.frame(thread, top).is_at_start()
            && (then == Continuation::FactoryMade || self.program.readings.activation_hold == ActivationHold::Whole)
        {
            self.hold_for_activation(module)?;
        }
        self.frame_mut(thread, top).at = then;
        Ok(Flow::Stay)
    }

    /// CoGetClassObject: the library is loaded and makes its factory.
    fn get_class_object(&mut self, thread: usize, top: usize, frame: Frame, asked: Activation) -> Part<Flow> {
        self.store(thread, top, asked.place, 0)?;
        if !self.initialized(thread) {
            return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
        }
        let loaded = frame.at == Continuation::Loading;
        if loaded {
            // nobody can come between: it is one step
            self.leave_loader_of(thread);
            self.frame_mut(thread, top).at = Continuation::Start;
        } else if self.maps_first(thread, top, asked.class)? {
            return Ok(Flow::Stay);
        }
        if !self.applies(Rule::ActInProcess) {
            return Ok(Flow::Done(Code::REGDB_E_CLASSNOTREG.0));
        }
        if let Some(module) = self.module_of_class(asked.class)
            && !self.load_for_com(thread, module)?
        {
            return Ok(Flow::Stay);
        }
        if let (Some(class), Some(kept)) = (self.program.classes[asked.class].factory, asked.factory)
            && self.applies(Rule::ActFactory)
        {
            let factory = self.activate(thread, usize::from(class), frame.context)?;
            let pointer = self.state.pointer(Pointee::Object(factory));
            self.store(thread, top, kept, i16::from(pointer))?;
            if self.has_pushed(thread, top) {
                return self.pause(thread, top, asked, Continuation::FactoryMade);
            }
        }
        self.make(thread, top, frame, asked)
    }

    /// A constructor has answered with a failure: its object is released, and whoever asked for it gets none.
    pub(super) fn constructor_failed(&mut self, thread: usize, object: usize, code: Code) -> Part {
        self.rules.insert(Rule::ActFails);
        let counts = self.uncounted(thread, object)?;
        let top = self.top(thread)?;
        let frame = self.frame(thread, top);
        if frame.function == builtin::ACTIVATE {
            let made = self.state.slot_base(self.program, thread, top);
            self.state.slots[made] = 0;
            let call = self.executed_call(frame)?;
            self.state.calls[call].code = code;
        }
        self.frame_mut(thread, top).at = if let Continuation::Constructor(_) = frame.at {
            Continuation::Refused(code)
        } else if let Continuation::Result(_) = frame.at {
            Continuation::Result(0)
        } else {
            frame.at
        };
        if counts { self.destroy(thread, object) } else { self.release_object(thread, object) }
    }

    /// The factory of an activation.
    fn factory(&mut self, thread: usize, top: usize, asked: Activation) -> Option<usize> {
        let cell = self.read(thread, top, asked.factory?) as i8;
        match self.state.pointee(cell) {
            Pointee::Object(factory) => Some(factory),
            Pointee::Null | Pointee::Proxy(_) => None,
        }
    }

    /// IClassFactory::CreateInstance.
    fn make(&mut self, thread: usize, top: usize, frame: Frame, asked: Activation) -> Part<Flow> {
        if let Some(factory) = self.factory(thread, top, asked)
            && !self.usable(thread, factory)
        {
            return Ok(Flow::Stay);
        }
        if let Some(create) = self.factory(thread, top, asked).and_then(|factory| self.creates(factory)) {
            let factory = self.factory(thread, top, asked).unwrap_or(0);
            self.pause(thread, top, asked, Continuation::Making)?;
            let this = self.state.pointer(Pointee::Object(factory));
            self.push(thread, create, Origin::Making, &[this, 0, 0], frame.context)?;
            return Ok(Flow::Stay);
        }
        let object = self.activate(thread, asked.class, frame.context)?;
        if self.has_pushed(thread, top) {
            let pointer = self.state.pointer(Pointee::Object(object));
            return self.pause(thread, top, asked, Continuation::Constructor(pointer));
        }
        self.offer(thread, top, asked, Pointee::Object(object))
    }

    /// CreateInstance of an object that is a factory.
    fn creates(&mut self, factory: usize) -> Option<FunctionId> {
        let class = usize::from(self.state.objects[factory].class);
        let creates = self.program.classes[class].creates?;
        self.applies(Rule::ActCreate).then_some(creates)
    }

    /// CreateInstance of a factory has answered: what it gives is the caller's, if it has not failed.
    pub(super) fn created(&mut self, thread: usize, code: Code, made: i8) -> Part {
        let top = self.top(thread)?;
        let frame = self.frame(thread, top);
        let op = &self.program.functions[usize::from(frame.function)].code[usize::from(frame.pc)];
        if let Op::Api(Api::CoCreateInProcess { out, .. }, _) = op {
            let made = if code.succeeded() { made } else { 0 };
            self.store(thread, top, out.0, i16::from(made))?;
            self.frame_mut(thread, top).at = Continuation::Refused(code);
        }
        Ok(())
    }

    /// What the activation asks for whose CreateInstance a frame executes.
    pub(super) fn asked_for(&self, thread: usize, top: usize, iid: Iid) -> Iid {
        let below = top.checked_sub(1).map(|below| self.frame(thread, below)).filter(|_| iid == Iid::ASKED);
        let op = below.map(|below| &self.program.functions[usize::from(below.function)].code[usize::from(below.pc)]);
        if let Some(Op::Api(Api::CoCreateInProcess { iid, .. }, _)) = op { *iid } else { iid }
    }

    /// The new object is asked for the interface. If it does not have it, nobody else has the object: it is released.
    fn offer(&mut self, thread: usize, top: usize, asked: Activation, made: Pointee) -> Part<Flow> {
        let refused = self.program.lacks(asked.class, asked.iid) && self.applies(Rule::ActInterface);
        if !refused {
            let pointer = self.state.pointer(made);
            self.store(thread, top, asked.place, i16::from(pointer))?;
            return self.release_factory(thread, top, asked, Code::S_OK);
        }
        if let Pointee::Object(object) = made {
            if !self.usable(thread, object) {
                return Ok(Flow::Stay);
            }
            self.release_object(thread, object)?;
        }
        if self.has_pushed(thread, top) {
            return self.pause(thread, top, asked, Continuation::Refused(Code::E_NOINTERFACE));
        }
        self.release_factory(thread, top, asked, Code::E_NOINTERFACE)
    }

    /// Release of the class object.
    fn release_factory(&mut self, thread: usize, top: usize, asked: Activation, code: Code) -> Part<Flow> {
        if let (Some(factory), Some(kept)) = (self.factory(thread, top, asked), asked.factory) {
            self.store(thread, top, kept, 0)?;
            if !self.usable(thread, factory) {
                return Ok(Flow::Stay);
            }
            self.release_object(thread, factory)?;
            if self.has_pushed(thread, top) {
                return self.pause(thread, top, asked, Continuation::Released(code));
            }
        }
        self.end_activation(thread, top, asked, code)
    }

    fn end_activation(&mut self, thread: usize, top: usize, asked: Activation, code: Code) -> Part<Flow> {
        // held from the first pause on, if there was one
        if let Some(module) = self.module_of_class(asked.class)
            && !self.frame(thread, top).is_at_start()
            && self.program.readings.activation_hold == ActivationHold::Whole
        {
            self.activated(thread, module)?;
        }
        Ok(Flow::Done(code.0))
    }
}
