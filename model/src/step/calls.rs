//! Calls between apartments: sending, dispatching, answering; and direct calls.

use super::run::Values;
use super::stack::Flow;
use super::{Part, Refusal, Step};
use crate::bounds::{ARGUMENTS_MAX, Bound, THREADS_MAX};
use crate::codes::Code;
use crate::lifecycle::apartment::ApartmentPhase;
use crate::lifecycle::call::{self, CallEvent, CallPhase};
use crate::lifecycle::process::ProcessPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::stub::{self, StubEvent, StubPhase};
use crate::lifecycle::thread::{self, ThreadEvent, ThreadPhase};
use crate::lifecycle::{At, Cell as Next};
use crate::program::{ApartmentId, ContextId, Expr, FunctionId, TemplateId, Thread, Ty, builtin};
use crate::properties::Property;
use crate::readings::GoneAnswer;
use crate::rules::Rule;
use crate::state::{CallKind, CallState, Continuation, Frame, Origin, Pointee, Subject, ThreadState};

impl Step<'_> {
    /// The apartment a thread is in; its process's MTA if it is in none.
    pub(super) fn apartment(&self, thread: usize) -> ApartmentId {
        let process = usize::from(self.program.threads[thread].process);
        self.state.threads[thread].apartment.unwrap_or(self.program.processes[process].mta)
    }

    /// Is the thread in an apartment: one that it has entered, or its process's MTA?
    pub(super) fn initialized(&mut self, thread: usize) -> bool {
        let entered = self.state.threads[thread].apartment.is_some() || self.is_in_implicit_mta(thread);
        if !entered && !self.applies(Rule::CallInit) {
            self.breach(Property::WrongCode, None, Subject::None);
            return true;
        }
        entered
    }

    /// Is a thread that has entered no apartment in the MTA, because its process has one?
    fn is_in_implicit_mta(&mut self, thread: usize) -> bool {
        let process = usize::from(self.program.threads[thread].process);
        let mta = usize::from(self.program.processes[process].mta);
        match *self.state.apartments[mta].phase {
            ApartmentPhase::Open | ApartmentPhase::Closing => self.applies(Rule::AptImplicit),
            ApartmentPhase::Absent | ApartmentPhase::Closed => false,
        }
    }

    /// A method call through any pointer.
    #[allow(clippy::too_many_arguments, reason = "the parts of one operation")]
    pub(super) fn method(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        pointer: &Expr,
        template: TemplateId,
        method: u8,
        arguments: &[Expr],
        asynchronous: bool,
    ) -> Part<Flow> {
        if let Continuation::Answer(call) = frame.at {
            return self.await_answer(thread, top, frame, call);
        }
        match self.pointee(thread, top, pointer)? {
            // C++ would fault here; a null pointer is a use of nothing
            Pointee::Null => {
                self.breach(Property::UseAfterFree, Some(thread), Subject::None);
                Ok(Flow::Stay)
            }
            Pointee::Object(object) if self.is_foreign(thread, object) => {
                self.call_own(thread, top, object, template, method, arguments)
            }
            Pointee::Object(object) => {
                if !self.usable(thread, object) {
                    return Ok(Flow::Stay);
                }
                let Some(function) = self.function_on(thread, object, template, method) else {
                    let result = self.program.templates[usize::from(template)].methods[usize::from(method)].result;
                    return Ok(Flow::Done(failed(result, Code::E_NOINTERFACE)));
                };
                self.belongs(thread, object, frame.context);
                let mut values = Values::of([self.state.pointer(Pointee::Object(object))]);
                values.extend(self.values(thread, top, arguments)?.iter().copied());
                if !self.applies(Rule::ObjDirect) {
                    return Ok(Flow::Done(0));
                }
                self.push(thread, function, Origin::Called, &values, frame.context)?;
                Ok(Flow::Stay)
            }
            Pointee::Proxy(proxy) => {
                if !self.proxy_usable(thread, proxy) {
                    return Ok(Flow::Stay);
                }
                let result = self.program.templates[usize::from(template)].methods[usize::from(method)].result;
                if let Some(code) = self.refuse_at_proxy(thread, proxy, frame.context) {
                    return Ok(Flow::Done(failed(result, code)));
                }
                let call = self.send(thread, CallKind::Method, proxy as u8, method)?;
                self.state.calls[call].template = template;
                self.pack_arguments(thread, top, call, template, method, arguments)?;
                if asynchronous {
                    self.state.calls[call].asynchronous = true;
                    return Ok(Flow::Done(Code::S_OK.0));
                }
                self.wait_for(thread, top, call);
                let (stub, apartment) = self.route(call);
                if apartment == self.apartment(thread) {
                    // only the context differs: COM switches it on the caller's own thread
                    self.deliver(call, Some(thread), stub)?;
                }
                Ok(Flow::Stay)
            }
        }
    }

    /// Notes a direct call of an object from where only a proxy of it may be called. The state is looked at where that is asked for alone.
    fn belongs(&mut self, thread: usize, object: usize, context: ContextId) {
        let asked = |property| !self.program.off.contains(&property);
        let (threads, contexts) = (asked(Property::WrongThread), asked(Property::ContextMisuse));
        if !threads && !contexts {
            return;
        }
        let held = self.state.objects[object];
        let here = held.apartment == self.apartment(thread) && self.initialized(thread);
        if threads && !here {
            self.breach(Property::WrongThread, None, Subject::Class(held.class));
        } else if contexts && here && held.context != context {
            self.breach(Property::ContextMisuse, None, Subject::Class(held.class));
        }
    }

    /// The errors that a proxy answers without sending anything.
    pub(super) fn refuse_at_proxy(&mut self, thread: usize, proxy: usize, context: ContextId) -> Option<Code> {
        let held = self.state.proxies[proxy];
        if held.phase == ProxyPhase::Cut && self.applies(Rule::ProxyCut) {
            return Some(Code::CO_E_OBJNOTCONNECTED);
        }
        if !self.initialized(thread) {
            return Some(Code::CO_E_NOTINITIALIZED);
        }
        if held.apartment != self.apartment(thread) || held.context != context {
            if self.applies(Rule::ProxyThread) {
                return Some(Code::RPC_E_WRONG_THREAD);
            }
            self.breach(Property::WrongCode, None, Subject::None);
        }
        None
    }

    /// Does a proxy refuse QueryInterface? A thread without COM is a wrong thread for it.
    pub(super) fn refuse_query(&mut self, thread: usize, proxy: usize, context: ContextId) -> Option<Code> {
        let bare = self.state.threads[thread].apartment.is_none() && !self.is_in_implicit_mta(thread);
        if bare && self.state.proxies[proxy].phase != ProxyPhase::Cut && self.applies(Rule::ProxyThread) {
            return Some(Code::RPC_E_WRONG_THREAD);
        }
        self.refuse_at_proxy(thread, proxy, context)
    }

    /// Sends a call.
    pub(super) fn send(&mut self, thread: usize, kind: CallKind, target: u8, method: u8) -> Part<usize> {
        self.rules.insert(Rule::CallSend);
        let wanted = usize::from(self.program.threads[thread].rank);
        let free = super::place(&self.state.calls, wanted, CallPhase::Absent);
        self.within(Bound::Calls, free.is_some())?;
        let place = free.unwrap_or(0);
        let phase = self.advance(At::default(), call::next(CallPhase::Absent, CallEvent::Send))?;
        let root = if self.applies(Rule::CallCausality) { self.causality(thread) } else { None };
        self.state.calls[place] = CallState {
            phase,
            kind,
            caller: thread as u8,
            root: root.unwrap_or(place as u8),
            target,
            stub: match kind {
                CallKind::Method | CallKind::Release | CallKind::AddRef | CallKind::Query => {
                    self.state.proxies[usize::from(target)].stub
                }
                CallKind::Activation | CallKind::Own => 0,
            },
            method,
            ..CallState::default()
        };
        Ok(place)
    }

    /// The causality a thread acts under: that of the incoming call it executes, if any.
    pub(super) fn causality(&self, thread: usize) -> Option<u8> {
        for frame in self.state.stack(self.program, thread).iter().rev() {
            match frame.origin {
                Origin::Dispatched(call) => return Some(self.state.calls[usize::from(call)].root),
                Origin::Posted | Origin::Thread | Origin::CleanUp => return None,
                Origin::Called
                | Origin::Constructor(_)
                | Origin::Destructor(_)
                | Origin::Counting
                | Origin::Making
                | Origin::Connecting(_)
                | Origin::Disconnecting(_) => {}
            }
        }
        None
    }

    /// The operation of this frame waits for the answer of a call.
    pub(super) fn wait_for(&mut self, thread: usize, top: usize, call: usize) {
        self.frame_mut(thread, top).at = Continuation::Answer(call as u8);
    }

    /// Interface pointers travel as packets.
    fn pack_arguments(
        &mut self,
        thread: usize,
        top: usize,
        call: usize,
        template: TemplateId,
        method: u8,
        arguments: &[Expr],
    ) -> Part {
        let values = self.values(thread, top, arguments)?;
        let program = self.program;
        let method = &program.templates[usize::from(template)].methods[usize::from(method)];
        let context = self.frame(thread, top).context;
        for (index, (value, ty)) in values.iter().zip(&method.parameters).enumerate().take(ARGUMENTS_MAX) {
            self.within(Bound::Integers, super::eval::fits(*ty, i16::from(*value)))?;
            self.state.calls[call].arguments[index] = match (ty.is_pointer(), method.hands_back(index)) {
                // what only comes back is NULL where it arrives
                (true, true) => 0,
                (true, false) => self.pack_pointer(thread, *value, *ty, context)?,
                (false, _) => *value,
            };
        }
        Ok(())
    }

    /// Where a call goes: the stub manager, if it goes to one, and the apartment.
    pub(super) fn route(&self, call: usize) -> (Option<usize>, ApartmentId) {
        let call = self.state.calls[call];
        let (apartment, _) = self.state.destination(self.program, &call);
        let stub = match call.kind {
            CallKind::Method | CallKind::Release | CallKind::AddRef | CallKind::Query => Some(usize::from(call.stub)),
            CallKind::Activation | CallKind::Own => None,
        };
        (stub, apartment)
    }

    /// A call that was sent arrives.
    pub(super) fn dispatch(&mut self, call: usize) -> Part {
        if self.state.calls[call].phase != CallPhase::Sent {
            return Err(Refusal::Absent);
        }
        let (stub, apartment) = self.route(call);
        let process = usize::from(self.program.apartments[usize::from(apartment)].process);
        if self.state.processes[process] != ProcessPhase::Running {
            if !self.applies(Rule::CallServerGone) {
                return Err(Refusal::Rule(Rule::CallServerGone));
            }
            return self.refuse(call, Code::RPC_S_SERVER_UNAVAILABLE);
        }
        let closed = self.state.apartments[usize::from(apartment)].phase == ApartmentPhase::Closed;
        if closed && self.state.calls[call].kind == CallKind::Release {
            // what it would give back has gone with the apartment, or goes with its last call
            return self.refuse(call, Code::S_OK);
        }
        let thread = match self.program.apartments[usize::from(apartment)].thread {
            None => None,
            Some(_) if closed => None,
            Some(thread) => {
                let pumping = self.pumps(usize::from(thread));
                self.guard(Rule::CallPump, pumping)?;
                self.within(Bound::Frames, self.state.threads[usize::from(thread)].depth > 0)?;
                Some(usize::from(thread))
            }
        };
        self.deliver(call, thread, stub)
    }

    /// Puts an arrived call on a thread (a pool thread if none is given), or refuses it.
    pub(super) fn deliver(&mut self, place: usize, thread: Option<usize>, stub: Option<usize>) -> Part {
        let call = self.state.calls[place];
        let (context, function, arguments) = match (call.kind, stub) {
            (CallKind::Own, _) => {
                let object = usize::from(call.target);
                let Some(function) = self.function_of(object, call.template, call.method) else {
                    return self.refuse(place, Code::E_NOINTERFACE);
                };
                let this = self.state.pointer(Pointee::Object(object));
                (self.state.objects[object].context, function, Values::of([this]))
            }
            (CallKind::Activation, _) | (_, None) => match self.admit_activation(place)? {
                Some(context) => (context, builtin::ACTIVATE, Values::default()),
                None => return Ok(()),
            },
            (CallKind::Release, Some(stub)) => match self.admit_release(place, stub)? {
                Some(context) => (context, builtin::REM_RELEASE, Values::default()),
                None => return Ok(()),
            },
            (CallKind::AddRef | CallKind::Query, Some(stub)) => return self.serve(place, stub),
            (CallKind::Method, Some(stub)) => match self.admit_method(place, stub)? {
                Some((context, function, this)) => (context, function, Values::of([this])),
                None => return Ok(()),
            },
        };
        let thread = match thread {
            Some(thread) => thread,
            None => self.pool_thread(place)?,
        };
        let phase = self.state.calls[place].phase;
        self.state.calls[place].phase = self.advance(phase, call::next(phase, CallEvent::Dispatch))?;
        self.actor = Some(thread as u8);
        match (call.kind, stub) {
            (CallKind::Method, Some(stub)) if self.program.deletes => {
                // a stub manager holds its object, but code can delete it
                if !self.usable(thread, usize::from(self.state.stubs[stub].object)) {
                    return Ok(());
                }
            }
            (CallKind::Method, Some(stub)) => self.execute_class(thread, usize::from(self.state.stubs[stub].object)),
            (CallKind::Activation, _) => {
                let class = usize::from(call.target);
                let stale = self.state.class_objects[class].stale;
                self.execute_image(thread, self.program.classes[class].module, stale);
            }
            // nothing of the object is called, or it is looked at below
            (CallKind::Method, None) | (CallKind::Release | CallKind::AddRef | CallKind::Query | CallKind::Own, _) => {}
        }
        if let (CallKind::Method, Some(stub), true) = (call.kind, stub, call.asynchronous) {
            // it is not counted by the stub manager, but it holds the object it executes on
            self.take_for_stub(thread, stub)?;
        }
        let mut values = arguments;
        if call.kind == CallKind::Own {
            // the class's own channel carries values as they are
            let count = usize::from(self.program.functions[usize::from(function)].parameters).saturating_sub(1);
            values.extend(call.arguments.into_iter().take(count));
            if !self.usable(thread, usize::from(call.target)) {
                return Ok(());
            }
        }
        if call.kind == CallKind::Method {
            let called = &self.program.functions[usize::from(function)];
            let parameters = called.slots.iter().take(called.parameters.into()).skip(1).take(ARGUMENTS_MAX);
            for (index, ty) in parameters.map(|slot| slot.ty).enumerate() {
                let value = call.arguments[index];
                let value = if ty.is_pointer() { self.unpack_pointer(thread, value, context)? } else { value };
                // kept, so that the pointer can be let go when the method has returned
                self.state.calls[place].arguments[index] = value;
                values.push(value);
            }
        }
        self.push(thread, function, Origin::Dispatched(place as u8), &values, context)?;
        self.start_taking()?;
        self.settle(thread)
    }

    /// A RemRelease is let in whatever the flag says; if the stub manager is gone there is nothing to do.
    fn admit_release(&mut self, place: usize, stub: usize) -> Part<Option<ContextId>> {
        match *self.state.stubs[stub].phase {
            StubPhase::Connected | StubPhase::Disconnecting => {
                // the references travel with the message: what becomes of the proxy no longer matters
                let proxy = usize::from(self.state.calls[place].target);
                self.state.calls[place].result = self.state.proxies[proxy].strong as i8;
                self.state.proxies[proxy].strong = 0;
                Ok(Some(self.state.stubs[stub].context))
            }
            StubPhase::Absent | StubPhase::Cutting | StubPhase::Gone => {
                self.refuse(place, Code::S_OK)?;
                Ok(None)
            }
        }
    }

    /// May a method call enter? Gives the context, the function and `this`.
    fn admit_method(&mut self, place: usize, stub: usize) -> Part<Option<(ContextId, FunctionId, i8)>> {
        let held = self.state.stubs[stub];
        if let Next::No(rule) = stub::next(held.phase, StubEvent::Call) {
            if self.applies(rule) {
                let as_before = self.program.readings.gone_answer == GoneAnswer::NotConnected;
                let code = if rule == Rule::CallFlag || as_before {
                    Code::CO_E_OBJNOTCONNECTED
                } else {
                    Code::RPC_E_DISCONNECTED
                };
                self.refuse(place, code)?;
                return Ok(None);
            }
            let class = self.state.objects[usize::from(held.object)].class;
            self.breach(Property::CallAfterCut, None, Subject::Class(class));
            return Ok(None);
        }
        let call = self.state.calls[place];
        let Some(function) = self.function_of(usize::from(held.object), call.template, call.method) else {
            self.refuse(place, Code::E_NOINTERFACE)?;
            return Ok(None);
        };
        let uncounted = self.state.calls[place].asynchronous && self.applies(Rule::CallAsync);
        if !uncounted && self.applies(Rule::CallPending) {
            self.state.stubs[stub].pending += 1;
        }
        let this = self.state.pointer(Pointee::Object(usize::from(held.object)));
        Ok(Some((held.context, function, this)))
    }

    /// Answers a call that does not reach its object.
    pub(super) fn refuse(&mut self, place: usize, code: Code) -> Part {
        let phase = self.state.calls[place].phase;
        self.state.calls[place].phase = self.advance(phase, call::next(phase, CallEvent::Refuse))?;
        self.state.calls[place].code = code;
        Ok(())
    }

    /// A free thread of the pool that serves a call.
    fn pool_thread(&mut self, call: usize) -> Part<usize> {
        let (_, apartment) = self.route(call);
        let process = self.program.apartments[usize::from(apartment)].process;
        // the threads of other processes in their order, so that the first client gets the first pool thread
        let caller = &self.program.threads[usize::from(self.state.calls[call].caller)];
        let before = |thread: &&Thread| thread.process != process && thread.rank < caller.rank;
        let wanted = self.program.threads.iter().filter(before).count();
        self.free_pool_thread(process, wanted)
    }

    /// Takes a free thread of a process's pool.
    pub(super) fn free_pool_thread(&mut self, process: u8, wanted: usize) -> Part<usize> {
        let (mut pool, mut count) = ([0; THREADS_MAX], 0);
        for (thread, described) in self.program.threads.iter().enumerate() {
            if described.body.is_none() && described.process == process && count < THREADS_MAX {
                pool[count] = thread;
                count += 1;
            }
        }
        let pool = &pool[..count];
        let mut places = super::around(count, wanted).map(|place| pool[place]);
        let free = places.find(|thread| self.state.threads.phase(*thread) == ThreadPhase::Absent);
        self.within(Bound::PoolThreads, free.is_some())?;
        let thread = free.unwrap_or(0);
        if !self.applies(Rule::CallPool) {
            return Err(Refusal::Rule(Rule::CallPool));
        }
        let phase = self.advance(At::default(), thread::next(ThreadPhase::Absent, ThreadEvent::Start))?;
        self.state.threads[thread] = ThreadState {
            phase,
            apartment: Some(self.program.processes[usize::from(process)].mta),
            ..ThreadState::default()
        };
        Ok(thread)
    }
}

/// What a caller gets from a call that failed: the error if the result can hold one, else nothing.
pub(super) fn failed(result: Ty, code: Code) -> i8 {
    match result {
        Ty::Code => code.0,
        Ty::Void | Ty::Int(..) | Ty::Bool | Ty::Cookie | Ty::Handle | Ty::Lock(_) | Ty::Pointer(_) | Ty::ComPtr(_) => 0,
    }
}
