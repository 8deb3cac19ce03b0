//! What happens when a call has been executed: the answer, what goes back with it, and the caller who takes it.

use super::calls::failed;
use super::eval::fits;
use super::stack::{Flow, Outs};
use super::{Part, Step};
use crate::bounds::{ARGUMENTS_MAX, Bound};
use crate::codes::Code;
use crate::lifecycle::call::{self, CallEvent, CallPhase};
use crate::lifecycle::proxy::{self, ProxyEvent};
use crate::program::{ContextId, Expr, Signature, Ty};
use crate::readings::ExitInCall;
use crate::rules::Rule;
use crate::state::{CallKind, CallState, Frame, LACKING, Pointee};

impl Step<'_> {
    /// The frame of an incoming call has returned `value`.
    pub(super) fn finish_call(&mut self, thread: usize, place: usize, value: i8, outs: &Outs) -> Part {
        let call = self.state.calls[place];
        let abandoned = call.phase == CallPhase::Abandoned;
        let (stub, _) = self.route(place);
        match call.kind {
            CallKind::Method => {
                let stub = stub.unwrap_or(0);
                let program = self.program;
                let method = &program.templates[usize::from(call.template)].methods[usize::from(call.method)];
                let context = self.state.stubs[stub].context;
                self.answer_outs(place, method, outs)?;
                match method.out_pointer() {
                    None => self.answer(thread, place, value, method.result, context)?,
                    Some(index) => {
                        self.answer(thread, place, outs.value(index + 1), method.carries(), context)?;
                        if method.result == Ty::Code && self.state.calls[place].code.succeeded() {
                            self.state.calls[place].code = Code(value);
                        }
                    }
                }
            }
            CallKind::Activation => {
                let context = match self.state.pointee(value) {
                    Pointee::Object(object) => self.state.objects[object].context,
                    Pointee::Null | Pointee::Proxy(_) => self.state.class_objects[usize::from(call.target)].context,
                };
                self.answer(thread, place, value, Ty::Pointer(None), context)?;
                if value == 0 && call.method == LACKING {
                    self.state.calls[place].code = Code::E_NOINTERFACE;
                }
            }
            CallKind::Own => {
                let method = &self.program.templates[usize::from(call.template)].methods[usize::from(call.method)];
                self.within(Bound::Integers, fits(method.result, i16::from(value)))?;
                self.state.calls[place].result = value;
            }
            CallKind::Release | CallKind::AddRef | CallKind::Query => {}
        }
        if abandoned {
            self.lose_answer(place)?;
        }
        if abandoned || self.applies(Rule::CallReply) {
            let next = self.advance(call.phase, call::next(call.phase, CallEvent::Return))?;
            self.state.calls[place].phase = next;
        }
        if abandoned {
            self.rules.insert(Rule::CallCallerGone);
            self.state.calls[place] = CallState::default();
        }
        match (call.kind, stub) {
            (CallKind::Own | CallKind::AddRef | CallKind::Query, _) | (CallKind::Method | CallKind::Release, None) => {}
            (CallKind::Activation, _) => self.activation_ended(call.target),
            (CallKind::Method, Some(stub)) if call.asynchronous && !self.faulted(Rule::CallAsync) => {
                self.release_object(thread, usize::from(self.state.stubs[stub].object))?;
            }
            (CallKind::Method, Some(stub)) => {
                self.state.stubs[stub].pending = self.state.stubs[stub].pending.saturating_sub(1);
                // weak packets alone hold a stub manager that never had a strong reference; a call had one
                self.cut_if_unused(thread, stub, true)?;
            }
            (CallKind::Release, Some(_)) => {}
        }
        Ok(())
    }

    /// A thread ends in the middle of what it executes: nothing returns to COM from the calls that lie on its stack.
    pub(super) fn leave_calls(&mut self, thread: usize) -> Part {
        let stack = self.state.stack(self.program, thread).iter().rev();
        let calls: Vec<usize> = stack.filter_map(|frame| frame.origin.call()).map(usize::from).collect();
        for place in calls {
            if self.applies(Rule::CallExit) {
                match self.program.readings.exit_in_call {
                    ExitInCall::Unanswered => continue,
                    ExitInCall::Fails => self.state.calls[place].code = Code::RPC_S_CALL_FAILED,
                }
            }
            let phase = self.state.calls[place].phase;
            self.state.calls[place].phase = self.advance(phase, call::next(phase, CallEvent::Return))?;
            // what was unpacked for it stays with the thread that is gone
            self.state.calls[place].arguments = Default::default();
            if phase == CallPhase::Abandoned {
                self.state.calls[place] = CallState::default();
            }
        }
        Ok(())
    }

    /// Puts numbers that are handed back into the answer.
    fn answer_outs(&mut self, place: usize, method: &Signature, outs: &Outs) -> Part {
        for (index, ty) in method.parameters.iter().enumerate() {
            if method.hands_back(index) && !ty.is_pointer() {
                let value = outs.value(index + 1);
                self.within(Bound::Integers, fits(*ty, i16::from(value)))?;
                self.state.calls[place].arguments[index] = value;
            }
        }
        Ok(())
    }

    /// The caller's variables get what the answer hands back: a pointer, NULL if there is none; a number if the call succeeded.
    fn take_outs(&mut self, thread: usize, top: usize, call: &CallState, method: &Signature, given: &[Expr]) -> Part {
        for (index, (argument, ty)) in given.iter().zip(&method.parameters).enumerate() {
            let Expr::Read(to) = argument else { continue };
            if !method.hands_back(index) {
                continue;
            }
            let value = match (ty.is_pointer(), call.kind == CallKind::Own) {
                (true, false) => {
                    let context = self.frame(thread, top).context;
                    self.unpack_pointer(thread, call.result, context)?
                }
                (_, _) if !call.code.succeeded() => continue,
                (true, true) | (false, _) => call.arguments[index],
            };
            self.store(thread, top, *to, i16::from(value))?;
        }
        Ok(())
    }

    /// Puts the result into the answer; an interface pointer goes in a packet, with the reference the method gave up.
    fn answer(&mut self, thread: usize, place: usize, value: i8, result: Ty, context: ContextId) -> Part {
        if !result.is_pointer() {
            self.within(Bound::Integers, fits(result, i16::from(value)))?;
            self.state.calls[place].result = value;
            return Ok(());
        }
        if self.program.counts && self.state.calls[place].result != 0 {
            // it was written before the reference of the result went back
            return Ok(());
        }
        self.handed = self.hands_over(thread, value);
        let packet = self.pack_pointer(thread, value, result, context)?;
        if std::mem::take(&mut self.handed) && packet != 0 {
            self.state.calls[place].result = packet;
            return Ok(());
        }
        self.state.calls[place].result = packet;
        if packet == 0 && value != 0 {
            self.state.calls[place].code = Code::CO_E_OBJNOTCONNECTED;
        }
        match self.state.pointee(value) {
            Pointee::Null => Ok(()),
            Pointee::Object(object) => {
                if self.usable(thread, object) {
                    self.release_object(thread, object)?;
                }
                Ok(())
            }
            Pointee::Proxy(proxy) => self.let_go_proxy(proxy),
        }
    }

    /// A method returns: interface pointers among its arguments were lent for the call, and go back before the answer is sent. Gives whether
    /// something has to run first.
    pub(super) fn let_go_arguments(&mut self, thread: usize, top: usize, frame: Frame) -> Part<bool> {
        let Some(place) = frame.origin.call().map(usize::from) else { return Ok(false) };
        let call = self.state.calls[place];
        if call.kind != CallKind::Method {
            return Ok(false);
        }
        let program = self.program;
        let method = &program.templates[usize::from(call.template)].methods[usize::from(call.method)];
        for (index, ty) in method.parameters.iter().enumerate().take(ARGUMENTS_MAX) {
            if !ty.is_pointer() || method.hands_back(index) {
                continue;
            }
            let value = std::mem::take(&mut self.state.calls[place].arguments[index]);
            match self.state.pointee(value) {
                Pointee::Null => {}
                Pointee::Object(object) => self.release_object(thread, object)?,
                Pointee::Proxy(proxy) => self.let_go_proxy(proxy)?,
            }
        }
        Ok(self.has_pushed(thread, top))
    }

    /// COM lets go of a proxy that it made for a call; its references go back later.
    pub(super) fn let_go_proxy(&mut self, proxy: usize) -> Part {
        let left = self.state.proxies[proxy].references.saturating_sub(1);
        self.state.proxies[proxy].references = left;
        if left == 0 {
            let phase = self.state.proxies[proxy].phase;
            self.state.proxies[proxy].phase = self.advance(phase, proxy::next(phase, ProxyEvent::LetGo))?;
        }
        Ok(())
    }

    /// A caller takes its answer.
    pub(super) fn await_answer(&mut self, thread: usize, top: usize, frame: Frame, call: u8) -> Part<Flow> {
        let place = usize::from(call);
        let call = self.state.calls[place];
        self.guard(Rule::CallSend, call.phase == CallPhase::Answered)?;
        if call.phase != CallPhase::Answered {
            return Ok(Flow::Done(0));
        }
        self.state.calls[place].phase = self.advance(call.phase, call::next(call.phase, CallEvent::Take))?;
        let op = &self.program.functions[usize::from(frame.function)].code[usize::from(frame.pc)];
        let mut handed = false;
        let result = if let crate::program::Op::Method { template, method, arguments, .. } = op {
            let signature = &self.program.templates[usize::from(*template)].methods[usize::from(*method)];
            if signature.outs != 0 {
                self.take_outs(thread, top, &call, signature, arguments)?;
            }
            handed = signature.out_pointer().is_some();
            signature.result
        } else {
            Ty::Pointer(None)
        };
        let value = if !call.code.succeeded() || handed {
            failed(result, call.code)
        } else if result.is_pointer() && call.kind != CallKind::Own {
            let context = self.frame(thread, top).context;
            self.unpack_pointer(thread, call.result, context)?
        } else {
            call.result
        };
        self.drop_arguments(thread, place)?;
        self.state.calls[place] = CallState::default();
        Ok(Flow::Done(value))
    }

    /// A RemRelease executes: the proxy's references go back.
    pub(super) fn rem_release(&mut self, thread: usize, place: usize) -> Part {
        let call = self.state.calls[place];
        let count = u8::try_from(call.result).unwrap_or(0);
        self.state.calls[place].result = 0;
        self.give_back(thread, usize::from(call.stub), count)?;
        self.unping(usize::from(call.stub))
    }
}
