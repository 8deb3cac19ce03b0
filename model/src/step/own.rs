//! Classes that marshal their objects themselves (their own IMarshal), and the channel of their own between an object and what
//! stands for it elsewhere.
//!
//! The class writes MarshalInterface, ReleaseMarshalData and DisconnectObject as methods; the class that stands for it elsewhere
//! (`as`) writes UnmarshalInterface, which gets a pointer to the object. Calls through that pointer from another process are the
//! class's own protocol: no stub manager sees them, no disconnect waits for them.

use super::run::Values;
use super::stack::Flow;
use super::{Part, Step};
use crate::bounds::Bound;
use crate::codes::Code;
use crate::lifecycle::packet::{self, PacketEvent, PacketPhase};
use crate::lifecycle::{At, Cell as Next};
use crate::program::{Expr, FunctionId, Iid, PacketKind, Place, TemplateId, Ty};
use crate::properties::Property;
use crate::rules::Rule;
use crate::state::{CallKind, Continuation, Frame, Origin, PacketState, Pointee, Subject};

impl Step<'_> {
    /// Does the object's class marshal its objects itself? Gives the class that stands for it elsewhere.
    pub(super) fn own_marshaller(&self, object: usize) -> Option<TemplateId> {
        self.program.classes[usize::from(self.state.objects[object].class)].unmarshaller
    }

    /// A method of an object's class by name.
    fn own_method(&self, object: usize, name: &str) -> Option<(u8, FunctionId)> {
        let class = &self.program.classes[usize::from(self.state.objects[object].class)];
        let methods = &self.program.templates[usize::from(class.template)].methods;
        let index = methods.iter().position(|method| method.name == name)?;
        Some((index as u8, *class.methods.get(index)?))
    }

    /// The function behind a method of a class as written, in an object's class: an object that stands for another one has the
    /// same methods by name.
    pub(super) fn function_of(&self, object: usize, template: TemplateId, method: u8) -> Option<FunctionId> {
        let class = &self.program.classes[usize::from(self.state.objects[object].class)];
        self.program.function_of(class, template, method)
    }

    /// The same, called on a thread. While the constructor or destructor of a base of the class runs there the object is one of the base, as
    /// in C++.
    pub(super) fn function_on(
        &self,
        thread: usize,
        object: usize,
        template: TemplateId,
        method: u8,
    ) -> Option<FunctionId> {
        let own = usize::from(self.state.objects[object].class);
        let classes = &self.program.classes;
        if classes[own].base.is_none() {
            return self.function_of(object, template, method);
        }
        let special =
            |class: usize, function| [classes[class].constructor, classes[class].destructor].contains(&Some(function));
        let stack = self.state.stack(self.program, thread);
        let here = |frame: &Frame| match frame.origin {
            Origin::Constructor(of) | Origin::Destructor(of) => usize::from(of) == object,
            Origin::Called
            | Origin::Dispatched(_)
            | Origin::Counting
            | Origin::Making
            | Origin::Connecting(_)
            | Origin::Disconnecting(_)
            | Origin::Posted
            | Origin::Thread
            | Origin::CleanUp => false,
        };
        let mut class = own;
        if let Some(bottom) = stack.iter().rposition(here) {
            // each calls that of its base, directly
            for frame in &stack[bottom + 1..] {
                match classes[class].base.map(usize::from).filter(|base| special(*base, frame.function)) {
                    Some(base) => class = base,
                    None => break,
                }
            }
        }
        self.program.function_of(&classes[class], template, method)
    }

    /// The run-time calls a method of an object in the middle of an operation, which goes on at `asked` with its answer.
    fn ask(
        &mut self,
        thread: usize,
        top: usize,
        object: usize,
        function: FunctionId,
        argument: i8,
        asked: Continuation,
    ) -> Part<Flow> {
        if !self.usable(thread, object) {
            return Ok(Flow::Stay);
        }
        let mut values = Values::of([self.state.pointer(Pointee::Object(object))]);
        let described = &self.program.functions[usize::from(function)];
        if described.parameters > 1 {
            let fits = match described.slots.get(1).map(|slot| slot.ty) {
                Some(Ty::Int(low, high)) => (low..=high).contains(&argument),
                Some(Ty::Bool) => (0..=1).contains(&argument),
                // a DWORD is read as a code: S_OK is 0, S_FALSE is 1
                Some(Ty::Code) => argument == Code::S_OK.0 || argument == Code::S_FALSE.0,
                Some(Ty::Cookie | Ty::Handle) => argument == 0,
                Some(Ty::Void | Ty::Lock(_) | Ty::Pointer(_) | Ty::ComPtr(_)) | None => true,
            };
            self.within(Bound::Integers, fits)?;
            values.push(argument);
        }
        self.frame_mut(thread, top).at = asked;
        let context = self.frame(thread, top).context;
        self.push(thread, function, Origin::Called, &values, context)?;
        Ok(Flow::Stay)
    }

    /// CoMarshalInterface of an object that marshals itself.
    pub(super) fn marshal_own(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        stream: usize,
        object: usize,
        kind: PacketKind,
    ) -> Part<Flow> {
        if frame.is_at_start()
            && let Some((_, function)) = self.own_method(object, "MarshalInterface")
        {
            return self.ask(thread, top, object, function, 0, Continuation::Asked(0));
        }
        if let Continuation::Answered(code) = frame.at
            && !Code(code).succeeded()
        {
            return Ok(Flow::Done(code));
        }
        let kind = match kind {
            PacketKind::Normal | PacketKind::Own => PacketKind::Own,
            PacketKind::TableStrong | PacketKind::TableWeak | PacketKind::OwnTable => PacketKind::OwnTable,
        };
        let free = super::place(&self.state.packets, object, PacketPhase::Absent);
        self.within(Bound::Packets, free.is_some())?;
        let place = free.unwrap_or(0);
        let phase = self.advance(At::default(), packet::next_of(kind, PacketPhase::Absent, PacketEvent::Write))?;
        self.state.packets[place] = PacketState { phase, kind, stub: object as u8, writer: None, interface: 0 };
        self.put(stream, place)
    }

    /// CoUnmarshalInterface of a packet that the object's class wrote itself.
    pub(super) fn unmarshal_own(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        packet: usize,
        place: Place,
        iid: Iid,
    ) -> Part<Flow> {
        let held = self.state.packets[packet];
        let object = usize::from(held.stub);
        if let Continuation::Answered(code) = frame.at {
            return self.unmarshalled(thread, top, Code(code), packet, place, iid);
        }
        if let Continuation::AnsweredAgain(_) = frame.at {
            return self.hand_out_made(thread, top, place, iid);
        }
        if frame.is_at_start() {
            if let Next::No(rule) = packet::next_of(held.kind, held.phase, PacketEvent::Unmarshal)
                && self.applies(rule)
                && self.refuses(rule)
            {
                return Ok(Flow::Done(Code::CO_E_OBJNOTCONNECTED.0));
            }
            let Some(class) = self.unmarshal_class(thread, object) else {
                return Ok(Flow::Done(Code::REGDB_E_CLASSNOTREG.0));
            };
            let made = self.create(thread, class, frame.context)?;
            let pointer = self.state.pointer(Pointee::Object(made));
            self.store(thread, top, place, i16::from(pointer))?;
            if usize::from(self.state.threads[thread].depth) > top + 1 {
                // the variable holds it
                self.frame_mut(thread, top).at = Continuation::StandIn(0);
                return Ok(Flow::Stay);
            }
        }
        let pointer = self.read(thread, top, place) as i8;
        let Pointee::Object(made) = self.state.pointee(pointer) else { return Ok(Flow::Done(Code::E_UNEXPECTED.0)) };
        let origin = self.state.pointer(Pointee::Object(object));
        match self.own_method(made, "UnmarshalInterface") {
            Some((_, function)) => self.ask(thread, top, made, function, origin, Continuation::Asked(0)),
            None => self.unmarshalled(thread, top, Code::S_OK, packet, place, iid),
        }
    }

    /// UnmarshalInterface has answered.
    fn unmarshalled(
        &mut self,
        thread: usize,
        top: usize,
        code: Code,
        packet: usize,
        place: Place,
        iid: Iid,
    ) -> Part<Flow> {
        let pointer = self.read(thread, top, place) as i8;
        let Pointee::Object(made) = self.state.pointee(pointer) else { return Ok(Flow::Done(Code::E_UNEXPECTED.0)) };
        if !code.succeeded() {
            self.store(thread, top, place, 0)?;
            self.release_object(thread, made)?;
            return Ok(Flow::Done(code.0));
        }
        if self.state.packets[packet].kind == PacketKind::Own {
            self.move_packet(packet, PacketEvent::Unmarshal)?;
            if let Some((_, function)) = self.own_method(made, "ReleaseMarshalData")
                && self.applies(Rule::MarshRelease)
            {
                let origin = self.state.pointer(Pointee::Object(usize::from(self.state.packets[packet].stub)));
                return self.ask(thread, top, made, function, origin, Continuation::AskedAgain);
            }
        }
        self.hand_out_made(thread, top, place, iid)
    }

    /// What stands for the object is asked for the interface last of all.
    fn hand_out_made(&mut self, thread: usize, top: usize, place: Place, iid: Iid) -> Part<Flow> {
        let pointer = self.read(thread, top, place) as i8;
        let made = self.state.pointee(pointer);
        if self.has_interface(iid, made) || !self.applies(Rule::ProxyInterface) {
            return Ok(Flow::Done(Code::S_OK.0));
        }
        self.store(thread, top, place, 0)?;
        if let Pointee::Object(made) = made
            && self.usable(thread, made)
        {
            self.release_object(thread, made)?;
        }
        Ok(Flow::Done(Code::E_NOINTERFACE.0))
    }

    /// CoReleaseMarshalData of a packet that the object's class wrote itself: as for reading, an object of the unmarshal class is made in
    /// the caller's process, and its ReleaseMarshalData is called.
    pub(super) fn release_own(&mut self, thread: usize, top: usize, frame: Frame, stream: usize) -> Part<Flow> {
        let at = self.state.streams[stream];
        let found = if frame.is_at_start() { at.ahead().or(at.passed()) } else { at.passed() };
        let Some(place) = found.map(usize::from) else {
            return Ok(Flow::Done(Code::STG_E_READFAULT.0));
        };
        let packet = self.state.packets[place];
        let object = usize::from(packet.stub);
        if let Continuation::Answered(code) = frame.at {
            return Ok(Flow::Done(code));
        }
        let made = if let Continuation::StandIn(pointer) = frame.at {
            match self.state.pointee(pointer) {
                Pointee::Object(made) => made,
                Pointee::Null | Pointee::Proxy(_) => return Ok(Flow::Done(Code::E_UNEXPECTED.0)),
            }
        } else {
            self.pass(stream);
            let wanted = self.unmarshal_class(thread, object);
            let Some(class) = wanted else { return Ok(Flow::Done(Code::REGDB_E_CLASSNOTREG.0)) };
            match packet::next_of(packet.kind, packet.phase, PacketEvent::Release) {
                Next::To(next) => self.state.packets[place].phase = next,
                Next::No(rule) if self.applies(rule) && self.refuses(rule) => {
                    self.breach(Property::DoubleRelease, None, Subject::Stream(stream as u8));
                    return Ok(Flow::Done(Code::RPC_E_INVALID_OBJREF.0));
                }
                Next::No(_) => {}
            }
            if !self.applies(Rule::MarshRelease) {
                return Ok(Flow::Done(Code::S_OK.0));
            }
            let made = self.create(thread, class, frame.context)?;
            if usize::from(self.state.threads[thread].depth) > top + 1 {
                let pointer = self.state.pointer(Pointee::Object(made));
                self.frame_mut(thread, top).at = Continuation::StandIn(pointer);
                return Ok(Flow::Stay);
            }
            made
        };
        let origin = self.state.pointer(Pointee::Object(object));
        match self.own_method(made, "ReleaseMarshalData") {
            // released when its ReleaseMarshalData has answered, see `go_on_after`
            Some((_, function)) => {
                let pointer = self.state.pointer(Pointee::Object(made));
                self.ask(thread, top, made, function, origin, Continuation::Asked(pointer))
            }
            None => {
                self.release_object(thread, made)?;
                Ok(Flow::Done(Code::S_OK.0))
            }
        }
    }

    /// The class that stands for an object elsewhere, in the process of a thread.
    fn unmarshal_class(&mut self, thread: usize, object: usize) -> Option<usize> {
        let process = self.program.threads[thread].process;
        let wanted = self.own_marshaller(object);
        let mut classes = self.program.classes.iter();
        let found = classes.position(|class| Some(class.template) == wanted && class.process == process);
        found.filter(|_| self.applies(Rule::MarshUnmarshal))
    }

    /// CoDisconnectObject of an object that marshals itself: its own DisconnectObject is called with the same dwReserved, and its
    /// answer is the answer.
    pub(super) fn disconnect_own(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        object: usize,
        reserved: i8,
    ) -> Part<Flow> {
        if let Continuation::Answered(code) = frame.at {
            return Ok(Flow::Done(code));
        }
        match self.own_method(object, "DisconnectObject") {
            Some((_, function)) => self.ask(thread, top, object, function, reserved, Continuation::Asked(0)),
            None => Ok(Flow::Done(Code::S_OK.0)),
        }
    }

    /// Does the object live in another process than the thread?
    pub(super) fn is_foreign(&self, thread: usize, object: usize) -> bool {
        let apartment = usize::from(self.state.objects[object].apartment);
        self.program.apartments[apartment].process != self.program.threads[thread].process
    }

    /// A call through the class's own channel: to an object of another process, without a stub manager.
    pub(super) fn call_own(
        &mut self,
        thread: usize,
        top: usize,
        object: usize,
        template: TemplateId,
        method: u8,
        arguments: &[Expr],
    ) -> Part<Flow> {
        let values = self.values(thread, top, arguments)?;
        let call = self.send(thread, CallKind::Own, object as u8, method)?;
        self.state.calls[call].template = template;
        let program = self.program;
        let method = &program.templates[usize::from(template)].methods[usize::from(method)];
        for (value, ty) in values.iter().zip(&method.parameters) {
            self.within(Bound::Integers, super::eval::fits(*ty, i16::from(*value)))?;
        }
        for (slot, value) in self.state.calls[call].arguments.iter_mut().zip(values.iter()) {
            *slot = *value;
        }
        self.wait_for(thread, top, call);
        Ok(Flow::Stay)
    }

    /// Release of an object of another process, by a message of the class's own: it is destroyed at home.
    pub(super) fn release_foreign(&mut self, thread: usize, object: usize) -> Part {
        let home = self.state.objects[object].apartment;
        self.background = true;
        let wanted = usize::from(self.program.threads[thread].rank);
        let runner = self.runner(thread, home, wanted)?;
        let context = self.state.objects[object].context;
        self.push(runner, crate::program::builtin::CLEAN_UP, Origin::CleanUp, &[], context)?;
        if self.usable(runner, object) {
            self.release_object(runner, object)?;
        }
        self.background = false;
        self.settle(runner)
    }
}
