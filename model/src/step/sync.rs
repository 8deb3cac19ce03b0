//! Threads among themselves: starting, waiting, locks, messages, time-outs.

use super::packets::released_elsewhere;
use super::stack::Flow;
use super::{Part, Refusal, Step};
use crate::bounds::{Bound, POSTED_MAX};
use crate::codes::Code;
use crate::event::Thing;
use crate::lifecycle::thread::{self, ThreadEvent, ThreadPhase};
use crate::operation::Waits;
use crate::operation::operand::{Intake, Until};
use crate::program::{Api, FunctionId, Op, Place, Timeout, Ty, Waitable, builtin};
use crate::properties::Property;
use crate::readings::{DisconnectWait, SlimLockReaders};
use crate::rules::Rule;
use crate::state::{CallKind, ConditionState, Continuation, Frame, Origin, Pumps, SectionState, Subject, ThreadState};

/// The bit of [`ThreadState::stale`] for the message that is taken.
const TAKEN: u8 = 1 << POSTED_MAX;

impl Step<'_> {
    /// CreateThread; `of_runtime`: _beginthreadex.
    pub(super) fn create_thread(&mut self, created: usize, of_runtime: bool) -> Part<Flow> {
        let phase = self.state.threads[created].phase;
        self.advance(phase, thread::next(phase, ThreadEvent::Start))?;
        if self.applies(Rule::ThrStart) {
            self.start_thread(created, &[])?;
            if of_runtime {
                self.hold_for_thread(created)?;
            }
        }
        Ok(Flow::Done(1))
    }

    /// Is what a wait waits for there?
    pub(super) fn ready(&self, on: Waitable) -> bool {
        match on {
            Waitable::Event(event) => self.state.events[usize::from(event)],
            Waitable::Thread(thread) => self.state.threads.phase(usize::from(thread)) == ThreadPhase::Ended,
        }
    }

    /// Is everything, or anything, that a wait waits for there?
    fn satisfied(&self, on: &[Waitable], until: Until) -> bool {
        let mut ready = on.iter().map(|one| self.ready(*one));
        match until {
            Until::All => ready.all(|ready| ready),
            Until::Any => ready.any(|ready| ready),
        }
    }

    /// A wait of any kind.
    #[allow(clippy::too_many_arguments, reason = "the parts of one operation")]
    pub(super) fn wait(
        &mut self,
        thread: usize,
        top: usize,
        on: &[Waitable],
        until: Until,
        timeout: Timeout,
        intake: Intake,
        index: Option<Place>,
    ) -> Part<Flow> {
        let all = until == Until::All;
        let satisfied = self.satisfied(on, until);
        if !satisfied && intake == Intake::Messages && self.dispatch_message(thread)? {
            return Ok(Flow::Stay);
        }
        if !satisfied && timeout == Timeout::Poll && self.applies(Rule::ThrTimeout) {
            return Ok(Flow::Done(timed_out(intake).0));
        }
        self.guard(Rule::ThrWait, satisfied)?;
        let first = on.iter().position(|one| self.ready(*one));
        for (index, one) in on.iter().enumerate() {
            let taken = all || Some(index) == first;
            if let (true, Waitable::Event(event)) = (taken, *one)
                && !self.program.events[usize::from(event)].manual_reset
                && self.applies(Rule::ThrAutoReset)
            {
                self.state.events[usize::from(event)] = false;
            }
        }
        let which = if all || !self.applies(Rule::ThrWhich) { 0 } else { first.unwrap_or(0) };
        if let Some(place) = index {
            let value = match self.type_of(thread, top, place) {
                Ty::Code => i16::from(Code::wait_object(which).0),
                Ty::Void
                | Ty::Int(..)
                | Ty::Bool
                | Ty::Cookie
                | Ty::Handle
                | Ty::Lock(_)
                | Ty::Pointer(_)
                | Ty::ComPtr(_) => which as i16,
            };
            self.store(thread, top, place, value)?;
        }
        Ok(Flow::Done(match intake {
            Intake::Nothing => Code::wait_object(which).0,
            Intake::Calls | Intake::Messages => Code::S_OK.0,
        }))
    }

    /// The finite time-out of the wait at which a thread stands elapses.
    pub(super) fn time_out(&mut self, thread: usize) -> Part {
        if self.state.threads.phase(thread) != ThreadPhase::Running {
            return Err(Refusal::Absent);
        }
        let top = self.top(thread)?;
        let frame = self.frame(thread, top);
        let program = self.program;
        let op = &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)];
        let Op::Api(api, _) = op else { return Err(Refusal::Absent) };
        if let Api::Wait { on, until, timeout: Timeout::Finite, intake, .. } = api
            && frame.is_at_start()
        {
            self.elapse(!self.satisfied(on, *until))?;
            self.finish(thread, timed_out(*intake).0)?;
        } else if let Api::AwaitSignal { on, timeout: Timeout::Finite } = api {
            self.elapse(!self.ready(*on))?;
            self.finish(thread, Code::WAIT_TIMEOUT.0)?;
        } else if let Api::CoDisconnectContext { timeout: Timeout::Finite } = api
            && frame.at == Continuation::Drain
        {
            let in_vain = self.drains_in_vain(frame.context);
            self.elapse(in_vain)?;
            if !self.applies(Rule::CtxTimeout) {
                return Err(Refusal::Rule(Rule::CtxTimeout));
            }
            if let Flow::Done(code) = self.answer_timeout(frame.context)? {
                self.finish(thread, code)?;
            }
        } else if let Api::SleepConditionVariableCS { condition, timeout: Timeout::Finite, .. } = api
            && let Continuation::Asleep(depth) = frame.at
        {
            let bit = 1 << thread;
            self.elapse(self.state.conditions[usize::from(*condition)].sleeping & bit != 0)?;
            self.state.conditions[usize::from(*condition)].sleeping &= !bit;
            self.frame_mut(thread, top).at = Continuation::TimedOut(depth);
        } else {
            return Err(Refusal::Absent);
        }
        self.executed.push((frame.function, frame.pc));
        self.settle(thread)
    }

    /// A time-out elapses, if the thread waits in vain: whose wait is over comes first.
    pub(super) fn elapse(&mut self, in_vain: bool) -> Part {
        if !self.applies(Rule::ThrTimeout) {
            return Err(Refusal::Rule(Rule::ThrTimeout));
        }
        self.guard(Rule::ThrInVain, in_vain)
    }

    /// EnterCriticalSection.
    pub(super) fn enter_section(&mut self, thread: usize, section: usize) -> Part<Flow> {
        let state = self.state.sections[section];
        let free = state.owner.is_none() || state.owner == Some(thread as u8);
        if self.is_deleted(section) {
            self.lock_gone(None, Subject::Section(section as u8));
            return Ok(Flow::Done(0));
        }
        self.guard(Rule::ThrSection, free)?;
        self.within(Bound::References, state.depth < self.program.bounds.references)?;
        self.state.sections[section] = SectionState { owner: Some(thread as u8), depth: state.depth + 1 };
        Ok(Flow::Done(0))
    }

    /// TryEnterCriticalSection.
    pub(super) fn try_enter_section(&mut self, thread: usize, section: usize) -> Part<Flow> {
        let state = self.state.sections[section];
        if state.owner.is_none() || state.owner == Some(thread as u8) {
            self.enter_section(thread, section)?;
            return Ok(Flow::Done(1));
        }
        Ok(Flow::Done(0))
    }

    /// LeaveCriticalSection.
    pub(super) fn leave_section(&mut self, thread: usize, section: usize) -> Part<Flow> {
        let state = self.state.sections[section];
        if state.owner != Some(thread as u8) {
            self.breach(Property::LockMisuse, None, Subject::Section(section as u8));
            return Ok(Flow::Done(0));
        }
        if self.applies(Rule::ThrLeave) {
            let depth = state.depth.saturating_sub(1);
            let owner = state.owner.filter(|_| depth > 0);
            self.state.sections[section] = SectionState { owner, depth };
        }
        Ok(Flow::Done(0))
    }

    /// AcquireSRWLockExclusive. A thread that cannot have the lock at once is first counted among those that wait for it.
    pub(super) fn acquire_exclusive(&mut self, thread: usize, top: usize, frame: Frame, srw: usize) -> Part<Flow> {
        let state = self.state.srws[srw];
        let taken = state.is_held();
        let first = self.program.readings.slim_lock_readers == SlimLockReaders::Wait;
        if taken && first && frame.is_at_start() && self.applies(Rule::ThrWriter) {
            self.state.srws[srw].queued |= 1 << thread;
            self.frame_mut(thread, top).at = Continuation::Queued;
            return Ok(Flow::Stay);
        }
        self.guard(Rule::ThrShared, !taken)?;
        self.state.srws[srw].queued &= !(1 << thread);
        self.state.srws[srw].owner = Some(thread as u8);
        Ok(Flow::Done(0))
    }

    /// ReleaseSRWLockExclusive.
    pub(super) fn release_exclusive(&mut self, thread: usize, srw: usize) -> Part<Flow> {
        if self.state.srws[srw].owner != Some(thread as u8) {
            self.breach(Property::LockMisuse, None, Subject::Srw(srw as u8));
        } else if self.applies(Rule::ThrSharedLeave) {
            self.state.srws[srw].owner = None;
        }
        Ok(Flow::Done(0))
    }

    /// AcquireSRWLockShared.
    pub(super) fn acquire_shared(&mut self, thread: usize, srw: usize) -> Part<Flow> {
        let state = self.state.srws[srw];
        let bit = 1 << thread;
        self.guard(Rule::ThrShared, state.owner.is_none())?;
        self.guard(Rule::ThrWriter, state.queued == 0)?;
        self.within(Bound::Integers, state.twice & bit == 0)?;
        if state.shared & bit == 0 {
            self.state.srws[srw].shared |= bit;
        } else {
            self.state.srws[srw].twice |= bit;
        }
        Ok(Flow::Done(0))
    }

    /// ReleaseSRWLockShared.
    pub(super) fn release_shared(&mut self, thread: usize, srw: usize) -> Part<Flow> {
        let bit = 1 << thread;
        let state = self.state.srws[srw];
        if state.shared & bit == 0 {
            self.breach(Property::LockMisuse, None, Subject::Srw(srw as u8));
        } else if self.applies(Rule::ThrSharedLeave) {
            if state.twice & bit == 0 {
                self.state.srws[srw].shared &= !bit;
            } else {
                self.state.srws[srw].twice &= !bit;
            }
        }
        Ok(Flow::Done(0))
    }

    /// SleepConditionVariableCS: leave and sleep in one step, wake, enter again.
    pub(super) fn sleep_condition(
        &mut self,
        thread: usize,
        top: usize,
        frame: Frame,
        condition: usize,
        section: usize,
        timeout: Timeout,
    ) -> Part<Flow> {
        let bit = 1 << thread;
        let (Continuation::Asleep(depth) | Continuation::TimedOut(depth)) = frame.at else {
            let held = self.state.sections[section];
            if held.owner != Some(thread as u8) {
                self.breach(Property::LockMisuse, None, Subject::Section(section as u8));
                // where nobody wants to know, it fails and the run goes on
                return Ok(Flow::Done(0));
            }
            if timeout == Timeout::Poll {
                return Ok(Flow::Done(0));
            }
            self.state.sections[section] = SectionState::default();
            if self.applies(Rule::ThrSleep) {
                self.state.conditions[condition].sleeping |= bit;
            }
            self.frame_mut(thread, top).at = Continuation::Asleep(held.depth);
            return Ok(Flow::Stay);
        };
        self.guard(Rule::ThrWait, self.state.conditions[condition].sleeping & bit == 0)?;
        self.guard(Rule::ThrSection, self.state.sections[section].owner.is_none())?;
        self.state.sections[section] = SectionState { owner: Some(thread as u8), depth };
        Ok(Flow::Done(i8::from(frame.at == Continuation::Asleep(depth))))
    }

    /// WakeConditionVariable, WakeAllConditionVariable.
    pub(super) fn wake(&mut self, condition: usize, all: bool) -> Part<Flow> {
        if self.applies(Rule::ThrWake) {
            let sleeping = self.state.conditions[condition].sleeping;
            // any of them may be the one that is woken
            let woken = if all { None } else { self.pick(sleeping.into(), Thing::Thread)? };
            let left = woken.map_or(0, |thread| sleeping & !(1 << thread));
            self.state.conditions[condition] = ConditionState { sleeping: left };
        }
        Ok(Flow::Done(0))
    }

    /// A thread gets its message queue, unless it has one.
    pub(super) fn make_queue(&mut self, thread: usize) -> bool {
        let makes = self.state.threads[thread].no_queue;
        if makes {
            self.rules.insert(Rule::ThrQueue);
            self.state.threads[thread].no_queue = false;
        }
        makes
    }

    /// PeekMessage that removes nothing.
    pub(super) fn peek_message(&mut self, thread: usize) -> Part<Flow> {
        self.make_queue(thread);
        let ThreadState { posted, quit, .. } = self.state.threads[thread];
        Ok(Flow::Done((posted[0] != 0 || quit).into()))
    }

    /// GetMessage. A message that was taken before and not dispatched is gone.
    pub(super) fn get_message(&mut self, thread: usize) -> Part<Flow> {
        if self.make_queue(thread) {
            return Ok(Flow::Stay);
        }
        match self.next_message(thread) {
            Some((builtin::QUIT, _)) => {
                self.rules.insert(Rule::ThrMessage);
                self.hold_message(thread, 0, false);
                Ok(Flow::Done(0))
            }
            Some((work, stale)) => {
                self.rules.insert(Rule::ThrMessage);
                self.hold_message(thread, work, stale);
                if self.applies(Rule::ThrEach) { Ok(Flow::Done(1)) } else { Ok(Flow::Stay) }
            }
            None => {
                self.guard(Rule::ThrMessage, self.state.threads[thread].quit)?;
                self.hold_message(thread, 0, false);
                self.state.threads[thread].quit = false;
                Ok(Flow::Done(0))
            }
        }
    }

    /// What DispatchMessage would run; nothing needs to be kept if the program never calls it.
    fn hold_message(&mut self, thread: usize, work: FunctionId, stale: bool) {
        let kept = self.program.dispatches && work != 0;
        let held = &mut self.state.threads[thread];
        held.taken = if kept { work } else { 0 };
        held.stale = held.stale & (TAKEN - 1) | if kept && stale { TAKEN } else { 0 };
    }

    /// DispatchMessage: runs what GetMessage has taken, if that is work.
    pub(super) fn dispatch_taken(&mut self, thread: usize) -> Part<Flow> {
        let ThreadState { taken, stale, .. } = self.state.threads[thread];
        self.hold_message(thread, 0, false);
        if taken != 0 && self.applies(Rule::ThrDispatch) {
            self.run_posted(thread, taken, stale & TAKEN != 0)?;
        }
        Ok(Flow::Done(0))
    }

    /// Takes the first message out of a thread's queue; whether its code is in an image that is gone.
    fn next_message(&mut self, thread: usize) -> Option<(FunctionId, bool)> {
        let ThreadState { posted, stale, .. } = &mut self.state.threads[thread];
        let (first, gone) = (posted[0], *stale & 1 != 0);
        if first == 0 {
            return None;
        }
        posted.rotate_left(1);
        if let Some(last) = posted.last_mut() {
            *last = 0;
        }
        *stale = *stale & TAKEN | (*stale & (TAKEN - 1)) >> 1;
        Some((first, gone))
    }

    /// Runs posted work; `stale`: a pointer into an image that is gone.
    fn run_posted(&mut self, thread: usize, work: FunctionId, stale: bool) -> Part {
        if stale {
            self.execute_image(thread, self.module_of(work), true);
        }
        let context = self.apartment(thread);
        self.push(thread, work, Origin::Posted, &[], context)
    }

    /// A wait that dispatches messages takes one up, if there is one. WM_QUIT is put off until it is over, as PostQuitMessage does.
    fn dispatch_message(&mut self, thread: usize) -> Part<bool> {
        let apartment = usize::from(self.apartment(thread));
        if self.program.apartments[apartment].thread.is_none() || self.faulted(Rule::ThrWindow) {
            return Ok(false);
        }
        let Some((work, stale)) = self.next_message(thread) else { return Ok(false) };
        self.rules.insert(Rule::ThrWindow);
        if work == builtin::QUIT {
            self.state.threads[thread].quit = true;
        } else {
            self.run_posted(thread, work, stale)?;
        }
        Ok(true)
    }

    /// PostQuitMessage.
    pub(super) fn post_quit(&mut self, thread: usize) -> Part<Flow> {
        self.make_queue(thread);
        if self.applies(Rule::ThrPost) {
            self.state.threads[thread].quit = true;
        }
        Ok(Flow::Done(1))
    }

    /// PostThreadMessage: work, or WM_QUIT.
    pub(super) fn post_work(&mut self, target: usize, work: FunctionId) -> Part<Flow> {
        if self.state.threads.phase(target) != ThreadPhase::Running {
            return Ok(Flow::Done(0));
        }
        if self.state.threads[target].no_queue && self.applies(Rule::ThrQueue) {
            return Ok(Flow::Done(0));
        }
        if self.applies(Rule::ThrPost) {
            let free = self.state.threads[target].posted.iter().position(|posted| *posted == 0);
            self.within(Bound::Posted, free.is_some())?;
            self.state.threads[target].posted[free.unwrap_or(0)] = work;
        }
        Ok(Flow::Done(1))
    }

    /// Does the thread serve incoming calls of its STA where it stands?
    pub(crate) fn pumps(&self, thread: usize) -> bool {
        pumps(self.program, &self.state, thread)
    }
}

/// What a wait answers whose time-out has elapsed.
fn timed_out(intake: Intake) -> Code {
    match intake {
        Intake::Nothing => Code::WAIT_TIMEOUT,
        Intake::Calls | Intake::Messages => Code::RPC_S_CALLPENDING,
    }
}

/// Does a thread serve incoming calls of its STA where it stands?
pub fn pumps(program: &crate::program::Program, state: &crate::state::State, thread: usize) -> bool {
    let stack = state.stack(program, thread);
    let Some(frame) = stack.last() else { return false };
    // COM's own code at the end of a thread: that dispatches nothing any more
    let ending = frame.function == builtin::LEAVE;
    let (stop, kept) = frame.at.parts();
    match stop.pumps() {
        Pumps::Never => false,
        Pumps::ForAnswer => !ending && leaves_apartment(program, state, kept),
        Pumps::ByReading => program.readings.disconnect_wait == DisconnectWait::Pumps,
        // the modal loop is CoUninitialize's
        Pumps::UnlessEnding => !ending,
        Pumps::ByRow | Pumps::ForRelease => {
            let op = &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)];
            let Op::Api(api, _) = op else { return false };
            match api.row().waits {
                Waits::Never
                | Waits::Section
                | Waits::Wake
                | Waits::Exclusive
                | Waits::Shared
                | Waits::Entry
                | Waits::Drain
                | Waits::Close
                | Waits::Callbacks
                | Waits::Signal => false,
                Waits::Message | Waits::Handles => api.takes_up() != Intake::Nothing,
                // it waits for the other apartment, or is about to
                Waits::Release => released_elsewhere(program, state, thread, api, frame.at).is_some(),
            }
        }
    }
}

/// Does the call that a frame waits for go to another apartment? Within one apartment COM only switches the context, on the caller's
/// own thread, and no modal loop runs.
fn leaves_apartment(program: &crate::program::Program, state: &crate::state::State, call: u8) -> bool {
    let call = state.calls[usize::from(call)];
    let caller = state.threads[usize::from(call.caller)].apartment;
    call.kind == CallKind::Activation || caller != Some(state.destination(program, &call).0)
}
