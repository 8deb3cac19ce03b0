//! Frames: pushing, returning, and what the return of each kind of frame means.

use super::eval::NO_OBJECT;
use super::{Part, Refusal, Step};
use crate::bounds::{ARGUMENTS_MAX, Bound, FUSED_MAX};
use crate::codes::Code;
use crate::lifecycle::module::{self, ModuleEvent};
use crate::lifecycle::object::{self, ObjectEvent};
use crate::lifecycle::thread::{self, ThreadEvent, ThreadPhase};
use crate::program::{ContextId, Expr, FunctionId, ModuleId, Op, Place, Ty, builtin};
use crate::properties::Property;
use crate::rules::Rule;
use crate::state::{Continuation, Frame, Origin, Pointee, State, Subject, ThreadState};

/// How far a thread is that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It leaves its code.
    Begins,
    /// The loader has told every DllMain.
    Told,
    /// It has left its apartment.
    Left,
}

/// What the parameters of a function held that hand a value back, by slot.
#[derive(Clone, Copy, Default)]
pub(crate) struct Outs {
    set: u8,
    values: [i8; ARGUMENTS_MAX + 1],
}

impl Outs {
    /// The value of a parameter; with `this` in front.
    pub(crate) fn value(&self, slot: usize) -> i8 {
        self.values.get(slot).copied().unwrap_or(0)
    }
}

/// What an operation left behind.
pub(crate) enum Flow {
    /// It is finished, with this result.
    Done(i8),
    /// It is not finished, or it has moved the frame itself.
    Stay,
}

impl Step<'_> {
    /// Index in `state.frames` of a frame of a thread.
    pub(crate) fn frame_index(&self, thread: usize, frame: usize) -> usize {
        thread * usize::from(self.program.bounds.frames) + frame
    }

    /// The frame a thread executes.
    pub(crate) fn top(&self, thread: usize) -> Part<usize> {
        usize::from(self.state.threads[thread].depth).checked_sub(1).ok_or(Refusal::Absent)
    }

    /// A frame of a thread.
    pub(crate) fn frame(&self, thread: usize, frame: usize) -> Frame {
        self.state.frames[self.frame_index(thread, frame)]
    }

    /// A frame of a thread, to change.
    pub(crate) fn frame_mut(&mut self, thread: usize, frame: usize) -> &mut Frame {
        let index = self.frame_index(thread, frame);
        &mut self.state.frames[index]
    }

    /// The module whose code a function is.
    pub(crate) fn module_of(&self, function: FunctionId) -> Option<ModuleId> {
        self.program.functions[usize::from(function)].module
    }

    /// The module whose code a frame executes: for an activation the class's, because its class object is code of the class.
    pub(crate) fn code_of(&self, frame: &Frame) -> Option<ModuleId> {
        super::modules::code_of(self.program, &self.state, frame)
    }

    /// Checks that code about to be executed is there.
    pub(crate) fn execute_code(&mut self, thread: usize, code: Option<ModuleId>) {
        let Some(id) = code else { return };
        let phase = self.state.modules[usize::from(id)].phase;
        match module::next(phase, ModuleEvent::Execute) {
            crate::lifecycle::Cell::To(_) => self.rules.insert(Rule::ModCode),
            crate::lifecycle::Cell::No(rule) => {
                if self.refuses(rule) {
                    self.breach(Property::UnloadInUse, Some(thread), Subject::Module(id));
                }
            }
        }
    }

    /// Puts a frame on a thread's stack.
    pub(crate) fn push(
        &mut self,
        thread: usize,
        function: FunctionId,
        origin: Origin,
        arguments: &[i8],
        context: ContextId,
    ) -> Part {
        let depth = usize::from(self.state.threads[thread].depth);
        self.within(Bound::Frames, depth < usize::from(self.program.bounds.frames))?;
        let base = self.state.slot_base(self.program, thread, depth);
        let count = self.program.functions[usize::from(function)].slots.len();
        let end = (thread + 1) * usize::from(self.program.bounds.slots);
        self.within(Bound::Slots, base + count <= end)?;
        let entered = Frame { function, origin, ..Frame::default() };
        self.execute_code(thread, self.code_of(&entered));
        self.state.slots[base..base + count].fill(0);
        let program = self.program;
        for (index, (argument, slot)) in
            arguments.iter().zip(&program.functions[usize::from(function)].slots).enumerate()
        {
            self.within(Bound::Integers, super::eval::fits(slot.ty, i16::from(*argument)))?;
            self.state.slots[base + index] = *argument;
        }
        *self.frame_mut(thread, depth) = Frame { context, ..entered };
        self.state.threads[thread].depth += 1;
        Ok(())
    }

    /// Takes the top frame off and clears what it leaves.
    pub(crate) fn pop(&mut self, thread: usize) -> Part<Frame> {
        let top = self.top(thread)?;
        let base = self.state.slot_base(self.program, thread, top);
        let frame = self.frame(thread, top);
        let count = self.program.functions[usize::from(frame.function)].slots.len();
        self.state.slots[base..base + count].fill(0);
        *self.frame_mut(thread, top) = Frame::default();
        self.state.threads[thread].depth -= 1;
        Ok(frame)
    }

    /// The top frame returns `value`.
    pub(crate) fn return_from(&mut self, thread: usize, value: i8) -> Part {
        let outs = self.outs(thread)?;
        let frame = self.pop(thread)?;
        match frame.origin {
            // behind `this` and the outer object
            Origin::Making => self.created(thread, Code(value), outs.value(2))?,
            Origin::Thread => return self.return_from_first(thread, frame.function),
            Origin::Called => {
                self.hand_back(thread, &outs)?;
                self.go_on_after(thread, value)?;
            }
            Origin::Dispatched(call) => self.finish_call(thread, usize::from(call), value, &outs)?,
            Origin::Constructor(object) => {
                let answers = self.program.functions[usize::from(frame.function)].result == Ty::Code;
                if answers && !Code(value).succeeded() && !self.faulted(Rule::ActFails) {
                    self.constructor_failed(thread, usize::from(object), Code(value))?;
                }
            }
            Origin::Destructor(object) => self.destroyed(usize::from(object))?,
            Origin::Connecting(object) => self.has_taken(thread, usize::from(object))?,
            Origin::Disconnecting(object) => self.released(usize::from(object))?,
            Origin::Counting | Origin::Posted | Origin::CleanUp => {}
        }
        let depth = usize::from(self.state.threads[thread].depth);
        match depth.checked_sub(1) {
            Some(below) => {
                let code = self.code_of(&self.frame(thread, below));
                self.execute_code(thread, code);
            }
            None => self.park(thread)?,
        }
        Ok(())
    }

    /// What the top frame hands back.
    fn outs(&self, thread: usize) -> Part<Outs> {
        let top = self.top(thread)?;
        let function = usize::from(self.frame(thread, top).function);
        let mut outs = Outs { set: self.program.functions[function].outs, ..Outs::default() };
        if outs.set != 0 {
            let base = self.state.slot_base(self.program, thread, top);
            for (slot, value) in outs.values.iter_mut().enumerate().filter(|(slot, _)| outs.set & (1 << slot) != 0) {
                *value = self.state.slots[base + slot];
            }
        }
        Ok(outs)
    }

    /// What was handed back to the top frame goes to its variables.
    fn hand_back(&mut self, thread: usize, outs: &Outs) -> Part {
        if outs.set == 0 {
            return Ok(());
        }
        let top = self.top(thread)?;
        let frame = self.frame(thread, top);
        let program = self.program;
        let op = &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)];
        let (Op::Call(_, arguments, _) | Op::Method { arguments, .. }) = op else { return Ok(()) };
        let first = usize::from(matches!(op, Op::Method { .. }));
        for (index, argument) in arguments.iter().enumerate() {
            if let Expr::Read(place) = argument
                && outs.set & (1 << (index + first)) != 0
            {
                self.store(thread, top, *place, i16::from(outs.value(index + first)))?;
            }
        }
        Ok(())
    }

    /// What the top frame has called has returned `value`: its operation is finished, or goes on with the answer if the run-time asked in the
    /// middle of it.
    fn go_on_after(&mut self, thread: usize, value: i8) -> Part {
        let top = self.top(thread)?;
        let below = self.frame_mut(thread, top);
        if matches!(below.at, Continuation::Loading | Continuation::Closing) {
            // the loader is done, and the operation goes on
            return Ok(());
        }
        if let Continuation::Asked(made) = below.at {
            below.at = Continuation::Answered(value);
            // what was made to be asked has answered
            if let Pointee::Object(made) = self.state.pointee(made) {
                self.release_object(thread, made)?;
            }
            return Ok(());
        }
        if below.at == Continuation::AskedAgain {
            below.at = Continuation::AnsweredAgain(value);
            return Ok(());
        }
        self.finish(thread, value)
    }

    /// A pool thread whose stack is empty goes back to the pool.
    fn park(&mut self, thread: usize) -> Part {
        let phase = self.state.threads[thread].phase;
        self.advance(phase, thread::next(phase, ThreadEvent::Park))?;
        self.state.threads[thread] = ThreadState::default();
        let main = self.program.processes[usize::from(self.program.threads[thread].process)].main;
        if self.program.ends_threads
            && main.is_some_and(|main| self.state.threads.phase(usize::from(main)) != ThreadPhase::Running)
        {
            // it may have been the last thread that was busy after the end of `main`
            return self.has_ended(thread);
        }
        Ok(())
    }

    /// The destructor of an object has returned.
    pub(crate) fn destroyed(&mut self, object: usize) -> Part {
        let phase = self.state.objects[object].phase;
        self.state.objects[object].phase = self.advance(phase, object::next(phase, ObjectEvent::DestructorReturns))?;
        self.take_locks(object);
        // nobody reads them any more: to touch one is a breach, whatever it holds
        let each = State::fields_each(self.program);
        self.state.fields[object * each..(object + 1) * each].fill(0);
        // of a class that counts its objects itself Release has still to return
        if self.counting(object).is_some() && !self.faulted(Rule::LifeStub) {
            return Ok(());
        }
        self.released(object)
    }

    /// The operation of the top frame is finished: its result goes where it belongs and the frame moves on.
    pub(crate) fn finish(&mut self, thread: usize, value: i8) -> Part {
        let top = self.top(thread)?;
        self.finish_frame(thread, top, value)
    }

    fn finish_frame(&mut self, thread: usize, frame: usize, value: i8) -> Part {
        let at = self.frame(thread, frame);
        if let Some(place) = self.destination(at.function, at.pc) {
            self.store(thread, frame, place, i16::from(value))?;
        }
        let moved = self.frame_mut(thread, frame);
        moved.pc += 1;
        moved.at = Continuation::Start;
        Ok(())
    }

    /// Where the result of an operation goes.
    pub(crate) fn destination(&self, function: FunctionId, pc: u16) -> Option<Place> {
        match &self.program.functions[usize::from(function)].code[usize::from(pc)] {
            Op::Call(_, _, dst) | Op::Method { dst, .. } | Op::QueryInterface(.., dst) | Op::Api(_, dst) => *dst,
            Op::New(_, place) => Some(*place),
            Op::Set(..)
            | Op::Branch(..)
            | Op::Jump(_)
            | Op::Forget(..)
            | Op::Return(_)
            | Op::Assert(_)
            | Op::AddRef(_)
            | Op::Release(_)
            | Op::Drop(_)
            | Op::Delete(_)
            | Op::NeverAnswers
            | Op::RemRelease
            | Op::Construct
            | Op::CleanUp => None,
        }
    }

    /// Executes the operation of the top frame. If it pushed a frame on its way to its end (a destructor, a constructor), the
    /// result waits in the frame until that has returned.
    pub(crate) fn execute(&mut self, thread: usize) -> Part {
        let top = self.top(thread)?;
        let frame = self.frame(thread, top);
        self.executed.push((frame.function, frame.pc));
        if let Continuation::Result(value) = frame.at {
            return self.finish_frame(thread, top, value);
        }
        let flow = self.operation(thread, top, frame)?;
        self.start_taking()?;
        if let Some(object) = self.dangling.take() {
            let gone = self.state.objects.get(usize::from(object)).filter(|_| object != NO_OBJECT);
            let subject = gone.map_or(Subject::None, |object| Subject::Class(object.class));
            self.breach(Property::UseAfterFree, Some(thread), subject);
        }
        if let Some(module) = self.unmapped.take()
            && self.refuses(Rule::ModCode)
        {
            self.breach(Property::UnloadInUse, Some(thread), Subject::Module(module));
        }
        match flow {
            Flow::Stay => Ok(()),
            Flow::Done(value) => {
                if usize::from(self.state.threads[thread].depth) == top + 1 {
                    self.finish_frame(thread, top, value)
                } else {
                    self.frame_mut(thread, top).at = Continuation::Result(value);
                    Ok(())
                }
            }
        }
    }

    /// Runs a thread on through its local operations.
    pub(crate) fn settle(&mut self, thread: usize) -> Part {
        for _ in 0..FUSED_MAX {
            if self.state.breach.is_some() || !super::local::is_fused(self.program, &self.state, thread) {
                return Ok(());
            }
            self.execute(thread)?;
        }
        self.within(Bound::Fused, false)
    }

    /// A thread returns from its first function. That of `main` ends the process, without asking what it leaves behind.
    fn return_from_first(&mut self, thread: usize, function: FunctionId) -> Part {
        let process = usize::from(self.program.threads[thread].process);
        let main = self.program.processes[process].main == Some(thread as u8);
        let told = self.program.processes[process].loader.is_some_and(|loader| loader.ends == function);
        let ending = match (function == builtin::LEAVE, told) {
            (true, _) => Ending::Left,
            (false, true) => Ending::Told,
            (false, false) => Ending::Begins,
        };
        if main && ending == Ending::Begins && self.applies(Rule::LifeMain) {
            self.abandon_locks(thread);
            return self.exit(process);
        }
        self.end_thread(thread, ending)
    }

    /// A thread never returns into its frames.
    pub(super) fn leave_frames(&mut self, thread: usize) -> Part {
        while self.state.threads[thread].depth > 0 {
            self.pop(thread)?;
        }
        Ok(())
    }

    /// A thread ends, however that comes: it leaves its apartment, in steps of its own if there is something left in it, and is gone.
    pub(crate) fn end_thread(&mut self, thread: usize, ending: Ending) -> Part {
        self.rules.insert(Rule::ThrEnd);
        if ending == Ending::Begins
            && let Some(told) = self.told_at_end(thread)
        {
            return self.abandon(thread, told);
        }
        self.leave_calls(thread)?;
        let inside = self.state.threads[thread].apartment.filter(|_| self.program.threads[thread].body.is_some());
        if let Some(apartment) = inside
            && !self.faulted(Rule::ThrEnd)
            && self.applies(Rule::AptThread)
        {
            self.leave_frames(thread)?;
            if !self.leave_at_once(thread, apartment)? {
                return self.push(thread, builtin::LEAVE, Origin::Thread, &[], apartment);
            }
        }
        let phase = self.state.threads[thread].phase;
        // the pool makes another thread when it needs one
        let described = &self.program.threads[thread];
        let pool = described.body.is_none() || described.callback.is_some();
        let event = if pool { ThreadEvent::Park } else { ThreadEvent::End };
        let ended = self.advance(phase, thread::next(phase, event))?;
        let held = self.held_by(thread);
        if self.applies(Rule::ThrEnd) {
            self.leave_frames(thread)?;
            self.state.threads[thread] = ThreadState { phase: ended, ..ThreadState::default() };
        }
        self.abandon_locks(thread);
        if let Some(id) = held {
            // the C run-time ends its threads by FreeLibraryAndExitThread
            self.free(id)?;
        }
        self.has_ended(thread)
    }

    /// A thread that ends must hold no lock.
    fn abandon_locks(&mut self, thread: usize) {
        for index in 0..self.state.sections.len() {
            if self.state.sections[index].owner == Some(thread as u8) {
                self.breach(Property::LockMisuse, None, Subject::Section(index as u8));
            }
        }
        for index in 0..self.state.srws.len() {
            let srw = self.state.srws[index];
            if srw.owner == Some(thread as u8) || srw.shared & (1 << thread) != 0 {
                self.breach(Property::LockMisuse, None, Subject::Srw(index as u8));
            }
        }
    }
}
