//! Private contexts and CoDisconnectContext.

use super::stack::Flow;
use super::{Part, Refusal, Step};
use crate::codes::Code;
use crate::event::Thing;
use crate::lifecycle::At;
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::context::{self, ContextEvent, ContextPhase};
use crate::lifecycle::disconnect::{self, DisconnectEvent, DisconnectPhase};
use crate::lifecycle::stub::StubPhase;
use crate::program::{ContextId, Server, Timeout};
use crate::properties::Property;
use crate::readings::{InprocOnly, OkAfter, RefusedSweep, Sweep, WouldDeadlock};
use crate::rules::Rule;
use crate::state::{CallKind, CallState, Continuation, Frame, StubState, Subject};

impl Step<'_> {
    /// IContextCallback::ContextCallback begins.
    pub(super) fn enter_context(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        context: ContextId,
        slot: u8,
    ) -> Part<Flow> {
        let base = self.state.slot_base(self.program, thread, top);
        self.state.slots[base + usize::from(slot)] = frame.context as i8;
        if self.applies(Rule::CtxEnter) {
            self.frame_mut(thread, top).context = context;
        }
        Ok(Flow::Done(0))
    }

    /// IContextCallback::ContextCallback ends.
    pub(super) fn leave_context(&mut self, thread: usize, top: usize, slot: u8) -> Part<Flow> {
        let base = self.state.slot_base(self.program, thread, top);
        let left = self.state.slots[base + usize::from(slot)];
        self.frame_mut(thread, top).context = left as u8;
        Ok(Flow::Done(0))
    }

    /// The context in which a call executes or will execute.
    pub(super) fn context_of(&self, call: &CallState) -> ContextId {
        self.state.destination(self.program, call).1
    }

    /// Is the caller inside a call on an object of the context, by the chosen reading?
    fn would_deadlock(&self, thread: usize, context: ContextId) -> bool {
        let mut executed = self.state.stack(self.program, thread).iter().filter_map(|frame| frame.origin.call());
        let stack = executed.any(|call| {
            let call = &self.state.calls[usize::from(call)];
            call.kind != CallKind::Own && self.context_of(call) == context
        });
        let causality = self.causality(thread).is_some_and(|root| {
            self.state.calls.iter().any(|call| {
                matches!(*call.phase, CallPhase::Executing | CallPhase::Abandoned)
                    && call.kind != CallKind::Own
                    && call.root == root
                    && self.context_of(call) == context
            })
        });
        match self.program.readings.would_deadlock {
            WouldDeadlock::Either => stack || causality,
            WouldDeadlock::Stack => stack,
            WouldDeadlock::Causality => causality,
            WouldDeadlock::None => false,
        }
    }

    /// CoDisconnectContext.
    pub(super) fn disconnect_context(&mut self, thread: usize, frame: Frame, timeout: Timeout) -> Part<Flow> {
        if frame.at == Continuation::Drain {
            return self.wait_for_drain(thread, frame, timeout);
        }
        if !self.initialized(thread) {
            return Ok(Flow::Done(Code::CO_E_NOTINITIALIZED.0));
        }
        let context = frame.context;
        let called = DisconnectPhase::Called;
        if self.program.contexts[usize::from(context)].com_plus && self.applies(Rule::CtxComPlus) {
            self.advance(called, disconnect::next(called, DisconnectEvent::DefaultContext))?;
            return Ok(Flow::Done(Code::CO_E_NOT_SUPPORTED.0));
        }
        if !self.program.contexts[usize::from(context)].private {
            if self.applies(Rule::CtxDefault) {
                self.advance(called, disconnect::next(called, DisconnectEvent::DefaultContext))?;
                return Ok(Flow::Done(Code::CO_E_NOT_SUPPORTED.0));
            }
            self.breach(Property::WrongCode, None, Subject::None);
            return Ok(Flow::Done(Code::S_OK.0));
        }
        let refused = self.would_deadlock(thread, context) && self.applies(Rule::CtxDeadlock);
        if !refused || self.program.readings.refused_sweep == RefusedSweep::Flagged {
            self.sweep(context)?;
        }
        if refused {
            self.advance(called, disconnect::next(called, DisconnectEvent::SelfCall))?;
            return Ok(Flow::Done(Code::CONTEXT_E_WOULD_DEADLOCK.0));
        }
        self.advance(called, disconnect::next(called, DisconnectEvent::Sweep))?;
        let top = self.top(thread)?;
        self.frame_mut(thread, top).at = Continuation::Drain;
        Ok(Flow::Stay)
    }

    /// Does CoDisconnectContext not see this stub manager, because its object's class is in-process only?
    fn passed_over(&mut self, stub: &StubState) -> bool {
        if stub.phase == StubPhase::Absent {
            return false;
        }
        let object = self.state.objects[usize::from(stub.object)];
        let in_process = self.program.classes[usize::from(object.class)].server == Server::InProcess;
        in_process && self.program.readings.inproc_only == InprocOnly::Skipped && self.applies(Rule::CtxInproc)
    }

    /// Flags every connected stub manager of a context.
    pub(super) fn sweep(&mut self, context: ContextId) -> Part {
        if !self.applies(Rule::CtxSweep) {
            return Ok(());
        }
        let here = self.state.contexts[usize::from(context)];
        self.state.contexts[usize::from(context)] = self.advance(here, context::next(here, ContextEvent::Sweep))?;
        for place in 0..self.state.stubs.len() {
            let stub = self.state.stubs[place];
            if stub.phase != StubPhase::Connected || self.passed_over(&stub) {
                continue;
            }
            if stub.context == context {
                self.flag(place)?;
            } else if !(self.applies(Rule::CtxOnly) && self.refuses(Rule::CtxOnly)) {
                self.flag(place)?;
                let class = self.state.objects[usize::from(stub.object)].class;
                self.breach(Property::Isolation, None, Subject::Class(class));
            }
        }
        Ok(())
    }

    /// CoDisconnectContext after its sweep: one cut, one newcomer or the answer at a time.
    fn wait_for_drain(&mut self, thread: usize, frame: Frame, timeout: Timeout) -> Part<Flow> {
        let context = frame.context;
        let newcomers = self.takes_newcomers(context);
        if self.disconnect_next(thread, drained_by(context), newcomers)? {
            return Ok(Flow::Stay);
        }
        match self.undrained(context) {
            None => {
                self.rules.insert(Rule::CtxWait);
                self.answer_ok(context)
            }
            Some(rule) if self.faulted(rule) => self.answer_ok(context),
            Some(rule) => match timeout {
                Timeout::Poll => {
                    self.refuses(rule);
                    self.rules.insert(Rule::CtxTimeout);
                    self.answer_timeout(context)
                }
                Timeout::Finite | Timeout::Infinite => Err(Refusal::Rule(rule)),
            },
        }
    }

    /// Does CoDisconnectContext flag what is exported to the context after its sweep? Gives the rule.
    fn takes_newcomers(&self, context: ContextId) -> Option<Rule> {
        let fixpoint = self.program.readings.sweep == Sweep::Fixpoint;
        let swept = self.state.contexts[usize::from(context)] == ContextPhase::Disconnecting;
        (fixpoint && swept).then_some(Rule::CtxNewcomers)
    }

    /// Is there nothing for CoDisconnectContext to do, nor to answer, but to wait?
    pub(super) fn drains_in_vain(&mut self, context: ContextId) -> bool {
        let newcomers = self.takes_newcomers(context);
        self.next_to_disconnect(drained_by(context), newcomers) == 0
            && self.undrained(context).is_some_and(|rule| !self.faulted(rule))
    }

    /// What a disconnect that is under way can go on with, a bit each: stub managers that are flagged and have no pending call, and
    /// newcomers, where the rule wants that.
    fn next_to_disconnect(&mut self, among: impl Fn(&mut Self, &StubState) -> bool, newcomers: Option<Rule>) -> u64 {
        let mut found = 0;
        for place in 0..self.state.stubs.len() {
            let stub = self.state.stubs[place];
            let next = match *stub.phase {
                StubPhase::Disconnecting => {
                    let locked = stub.locks > 0 && self.faulted(Rule::LockBroken);
                    among(self, &stub) && !locked && self.drained(place)
                }
                StubPhase::Connected => newcomers.is_some_and(|rule| among(self, &stub) && !self.faulted(rule)),
                StubPhase::Absent | StubPhase::Cutting | StubPhase::Gone => false,
            };
            found |= u64::from(next) << place;
        }
        found
    }

    /// Goes on with a disconnect that is under way: cuts a stub manager that is flagged and has no pending call, or flags a newcomer,
    /// where the rule wants that. Nothing says which of them comes first, so any may. Gives whether there was one.
    pub(super) fn disconnect_next(
        &mut self,
        thread: usize,
        among: impl Fn(&mut Self, &StubState) -> bool,
        newcomers: Option<Rule>,
    ) -> Part<bool> {
        let found = self.next_to_disconnect(among, newcomers);
        let Some(place) = self.pick(found, Thing::Stub)? else { return Ok(false) };
        match newcomers {
            Some(rule) if self.state.stubs[place].phase == StubPhase::Connected => {
                self.rules.insert(rule);
                self.flag(place)?;
            }
            Some(_) | None => self.cut(thread, place)?,
        }
        Ok(true)
    }

    /// The rule that keeps CoDisconnectContext from S_OK, if any.
    fn undrained(&mut self, context: ContextId) -> Option<Rule> {
        let fixpoint = self.program.readings.sweep == Sweep::Fixpoint;
        let after_release = self.program.readings.ok_after == OkAfter::Release;
        let (mut connected, mut disconnecting, mut cutting) = (false, false, false);
        for place in 0..self.state.stubs.len() {
            let stub = self.state.stubs[place];
            if !self.passed_over(&stub) && stub.context == context {
                connected |= stub.phase == StubPhase::Connected;
                disconnecting |= stub.phase == StubPhase::Disconnecting;
                cutting |= stub.phase == StubPhase::Cutting;
            }
        }
        if disconnecting || (fixpoint && connected) {
            return Some(Rule::CtxWait);
        }
        let activating = self.state.class_objects.iter().any(|class| class.context == context && class.pending > 0);
        if fixpoint && activating {
            return Some(Rule::CtxActivations);
        }
        (after_release && cutting).then_some(Rule::CtxReleases)
    }

    fn answer_ok(&mut self, context: ContextId) -> Part<Flow> {
        let busy = (0..self.state.stubs.len()).any(|place| {
            let stub = self.state.stubs[place];
            stub.context == context
                && !self.passed_over(&stub)
                && (stub.phase == StubPhase::Connected || stub.phase == StubPhase::Disconnecting || stub.pending > 0)
        }) || self.state.class_objects.iter().any(|class| class.context == context && class.pending > 0);
        if busy {
            self.breach(Property::OkMeansDrained, None, Subject::Context(context));
        }
        self.rules.insert(Rule::CtxActivations);
        self.rules.insert(Rule::CtxReleases);
        let waiting = DisconnectPhase::Waiting;
        self.advance(waiting, disconnect::next(waiting, DisconnectEvent::Drained))?;
        let here = self.state.contexts[usize::from(context)];
        self.state.contexts[usize::from(context)] = self.advance(here, context::next(here, ContextEvent::Drained))?;
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// The time-out elapses: everything stays as it is.
    pub(super) fn answer_timeout(&mut self, context: ContextId) -> Part<Flow> {
        let waiting = DisconnectPhase::Waiting;
        self.advance(waiting, disconnect::next(waiting, DisconnectEvent::TimeOut))?;
        let here = self.state.contexts[usize::from(context)];
        self.state.contexts[usize::from(context)] = self.advance(here, context::next(here, ContextEvent::TimedOut))?;
        if !self.applies(Rule::CtxNoRollback) {
            for place in 0..self.state.stubs.len() {
                let stub = self.state.stubs[place];
                if stub.context == context && stub.phase == StubPhase::Disconnecting {
                    self.state.stubs[place].phase = At::without(Rule::CtxNoRollback, StubPhase::Connected);
                }
            }
        }
        Ok(Flow::Done(Code::RPC_E_TIMEOUT.0))
    }
}

/// Which stub managers CoDisconnectContext disconnects: those of its context that it does not pass over.
fn drained_by(context: ContextId) -> impl Fn(&mut Step<'_>, &StubState) -> bool {
    move |step, stub| {
        let passed_over = stub.phase == StubPhase::Connected && step.passed_over(stub);
        stub.context == context && !passed_over
    }
}
