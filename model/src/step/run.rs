//! One operation of a thread: the language's own ones here, the run-time's calls in the files that their rules belong to.

use super::activation::Activation;
use super::callbacks::Unregister;
use super::handles::Copies;
use super::stack::{Ending, Flow};
use super::{Part, Refusal, Step};
use crate::bounds::ARGUMENTS_MAX;
use crate::lifecycle::thread::ThreadPhase;
use crate::operation::operand::Model;
use crate::program::{Api, Op};
use crate::properties::Property;
use crate::rules::Rule;
use crate::state::{Frame, Origin, Pointee, Subject};

/// What a function is called with: `this` and the arguments. No heap: it is made at every call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Values {
    cells: [i8; ARGUMENTS_MAX + 1],
    count: usize,
}

impl Values {
    /// These values.
    pub(super) fn of(cells: impl IntoIterator<Item = i8>) -> Self {
        let mut values = Values::default();
        values.extend(cells);
        values
    }

    /// One more, if there is room: the front end refuses more parameters than [`ARGUMENTS_MAX`].
    pub(super) fn push(&mut self, value: i8) {
        if let Some(cell) = self.cells.get_mut(self.count) {
            *cell = value;
            self.count += 1;
        }
    }

    /// Some more.
    pub(super) fn extend(&mut self, cells: impl IntoIterator<Item = i8>) {
        cells.into_iter().for_each(|cell| self.push(cell));
    }
}

impl std::ops::Deref for Values {
    type Target = [i8];

    fn deref(&self) -> &[i8] {
        &self.cells[..self.count]
    }
}

impl Step<'_> {
    /// A thread executes its next step and runs on through what is local.
    pub(super) fn run(&mut self, thread: usize) -> Part {
        if self.state.threads.phase(thread) != ThreadPhase::Running {
            return Err(Refusal::Absent);
        }
        let top = self.top(thread)?;
        let frame = self.frame(thread, top);
        let op = &self.program.functions[usize::from(frame.function)].code[usize::from(frame.pc)];
        if self.choice != 0 && crate::event::choice_of(op).is_none() {
            return Err(Refusal::Absent);
        }
        if self.picked.is_some_and(|thing| crate::event::picks_of(op).is_none_or(|picks| !picks.has(thing))) {
            return Err(Refusal::Absent);
        }
        let code = self.code_of(&frame);
        self.execute_code(thread, code);
        if self.state.breach.is_some() {
            return Ok(());
        }
        self.execute(thread)?;
        self.settle(thread)
    }

    /// Executes the operation at which frame `top` stands.
    pub(super) fn operation(&mut self, thread: usize, top: usize, frame: Frame) -> Part<Flow> {
        let program = self.program;
        let op = &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)];
        match op {
            Op::Set(place, expr) => {
                let value = self.eval(thread, top, expr)?;
                self.store(thread, top, *place, value)?;
                Ok(Flow::Done(0))
            }
            Op::Branch(expr, otherwise) => {
                if self.eval(thread, top, expr)? != 0 {
                    return Ok(Flow::Done(0));
                }
                self.frame_mut(thread, top).pc = *otherwise;
                Ok(Flow::Stay)
            }
            Op::Jump(to) => {
                self.frame_mut(thread, top).pc = *to;
                Ok(Flow::Stay)
            }
            Op::Forget(from, to) => {
                let base = self.state.slot_base(program, thread, top);
                self.state.slots[base + usize::from(*from)..base + usize::from(*to)].fill(0);
                Ok(Flow::Done(0))
            }
            Op::Call(function, arguments, _) => {
                let values = self.values(thread, top, arguments)?;
                self.push(thread, *function, Origin::Called, &values, frame.context)?;
                Ok(Flow::Stay)
            }
            Op::Return(value) => {
                if frame.function == crate::program::builtin::ACTIVATE && self.refuse_object(thread, top, frame)? {
                    return Ok(Flow::Stay);
                }
                if self.let_go_arguments(thread, top, frame)? {
                    return Ok(Flow::Stay);
                }
                let value = match value {
                    Some(expr) => self.eval(thread, top, expr)? as i8,
                    None => 0,
                };
                let value = if frame.function == crate::program::builtin::ACTIVATE {
                    let base = self.state.slot_base(program, thread, top);
                    self.state.slots[base]
                } else {
                    value
                };
                if self.give_back_result(thread, top, frame, value)? {
                    return Ok(Flow::Stay);
                }
                self.return_from(thread, value)?;
                Ok(Flow::Stay)
            }
            Op::Assert(condition) => {
                if self.eval(thread, top, condition)? == 0 {
                    self.breach(Property::Assertion, None, Subject::None);
                }
                Ok(Flow::Done(0))
            }
            Op::New(class, _) => {
                let object = self.create(thread, usize::from(*class), frame.context)?;
                Ok(Flow::Done(self.state.pointer(Pointee::Object(object))))
            }
            Op::Method { pointer, template, method, arguments, asynchronous, dst: _ } => {
                self.method(thread, top, frame, pointer, *template, *method, arguments, *asynchronous)
            }
            Op::AddRef(pointer) => {
                let pointee = self.pointee(thread, top, pointer)?;
                if frame.is_at_start() && self.is_null(thread, pointee) {
                    return Ok(Flow::Stay);
                }
                self.add_reference(thread, pointee)?;
                Ok(Flow::Done(0))
            }
            Op::Release(pointer) => {
                let pointee = self.pointee(thread, top, pointer)?;
                if frame.is_at_start() && self.is_null(thread, pointee) {
                    return Ok(Flow::Stay);
                }
                self.release_pointer(thread, top, frame, pointee)
            }
            Op::Delete(pointer) => self.delete(thread, top, pointer),
            Op::Drop(place) => {
                let cell = self.read(thread, top, *place) as i8;
                let pointee = self.state.pointee(cell);
                let flow = self.release_pointer(thread, top, frame, pointee)?;
                if matches!(flow, Flow::Done(_)) {
                    self.store(thread, top, *place, 0)?;
                }
                Ok(flow)
            }
            Op::QueryInterface(pointer, iid, place, _) => {
                self.query_interface(thread, top, frame, pointer, *iid, *place)
            }
            Op::Api(api, _) => self.api(thread, top, frame, api),
            Op::RemRelease => {
                self.rem_release(thread, self.executed_call(frame)?)?;
                Ok(Flow::Done(0))
            }
            Op::Construct => {
                let call = self.state.calls[self.executed_call(frame)?];
                let object = self.activate(thread, usize::from(call.target), frame.context)?;
                let base = self.state.slot_base(program, thread, top);
                self.state.slots[base] = self.state.pointer(Pointee::Object(object));
                Ok(Flow::Done(0))
            }
            Op::CleanUp => Ok(Flow::Done(0)),
            Op::NeverAnswers => {
                self.guard(Rule::CallNever, false)?;
                Ok(Flow::Done(0))
            }
        }
    }

    /// The incoming call that a frame of COM's own code executes.
    pub(super) fn executed_call(&self, frame: Frame) -> Part<usize> {
        frame.origin.call().map(usize::from).ok_or(Refusal::Absent)
    }

    /// Is a call made through NULL? C++ would fault there: a null pointer is a use of nothing. What a ComPtr does by itself looks first.
    pub(super) fn is_null(&mut self, thread: usize, pointee: Pointee) -> bool {
        let null = pointee == Pointee::Null;
        if null {
            self.breach(Property::UseAfterFree, Some(thread), Subject::None);
        }
        null
    }

    /// The values of arguments.
    pub(super) fn values(&mut self, thread: usize, top: usize, arguments: &[crate::program::Expr]) -> Part<Values> {
        let mut values = Values::default();
        for expr in arguments {
            values.push(self.eval(thread, top, expr)? as i8);
        }
        Ok(values)
    }

    /// A call of the run-time.
    fn api(&mut self, thread: usize, top: usize, frame: Frame, api: &Api) -> Part<Flow> {
        self.reach_named(api);
        if self.unmapped.is_some() {
            return Ok(Flow::Done(0));
        }
        match api {
            Api::CoInitializeEx { model } => self.initialize(thread, *model == Model::Sta),
            Api::CoUninitialize {} => self.uninitialize(thread, top, frame),
            Api::CoCreateLocal { class, iid, out } => self.create_local(thread, top, frame, class.0, out.0, *iid),
            Api::CoCreateInProcess { class, iid, out, factory, loader: _ } => {
                let factory = factory.map(|kept| kept.0);
                let asked = Activation { class: usize::from(*class), place: out.0, iid: *iid, factory };
                self.create_in_process(thread, top, frame, asked)
            }
            Api::CoRegisterClassObject { class, cookie } => {
                self.register(thread, top, frame, class.0, cookie.map(|cookie| cookie.0), false)
            }
            Api::RegisterSuspended { class, cookie } => {
                self.register(thread, top, frame, class.0, cookie.map(|cookie| cookie.0), true)
            }
            Api::CoSuspendClassObjects {} => self.suspend(thread),
            Api::CoResumeClassObjects {} => self.resume(thread),
            Api::CoAddRefServerProcess { count } => self.add(thread, top, count.0, 1, true),
            Api::CoReleaseServerProcess { count } => self.release_server_reference(thread, top, count.0),
            Api::CoRevokeClassObject { cookie } => self.revoke(thread, top, &cookie.0),
            Api::CoMarshalInterface { stream, iid, object, kind } => {
                self.marshal(thread, top, frame, usize::from(*stream), &object.0, *kind, *iid)
            }
            Api::CoUnmarshalInterface { stream, iid, out } => {
                self.unmarshal(thread, top, frame, usize::from(*stream), out.0, *iid)
            }
            Api::CoReleaseMarshalData { stream } => {
                self.release_marshal_data(thread, top, frame, usize::from(*stream), api)
            }
            Api::Seek { stream } => {
                self.state.streams[usize::from(*stream)].at = 0;
                Ok(Flow::Done(crate::codes::Code::S_OK.0))
            }
            Api::RegisterInterfaceInGlobal { entries, iid, object, kind, cookie } => {
                self.register_interface(thread, top, frame, entries, *iid, &object.0, *kind, cookie.0)
            }
            Api::GetInterfaceFromGlobal { entry, iid, out } => {
                self.get_interface(thread, top, frame, *entry, *iid, out.0)
            }
            Api::RevokeInterfaceFromGlobal { entry } => self.revoke_interface(thread, top, frame, *entry, api),
            Api::CoDisconnectObject { object, reserved } => {
                self.disconnect_object(thread, top, frame, &object.0, &reserved.0)
            }
            Api::CoDisconnectContext { timeout } => self.disconnect_context(thread, frame, *timeout),
            Api::CoLockObjectExternal { object, lock, last_unlock_releases } => {
                self.lock_external(thread, top, frame, &object.0, *lock, *last_unlock_releases)
            }
            Api::EnterContext { context, left } => self.enter_context(thread, top, frame, context.0, left.0),
            Api::LeaveContext { left } => self.leave_context(thread, top, left.0),
            Api::LoadLibrary { module } => self.load(usize::from(*module)),
            Api::FreeLibrary { module } => self.free(usize::from(*module)),
            Api::FreeLibraryAndExitThread { module } => self.free_and_exit(thread, usize::from(*module)),
            Api::AskUnusedLibrary { module } => self.ask_unused(thread, usize::from(*module)),
            Api::FreeUnusedLibrary { module, answer, now, no_delay } => {
                self.free_unused(thread, top, usize::from(*module), &answer.0, &now.0, *no_delay)
            }
            Api::HoldLibrary { module } => self.hold_library(usize::from(*module)),
            Api::MapLibrary { module } => self.map_library(usize::from(*module)),
            Api::ReleaseLibrary { module } => self.release_library(usize::from(*module)),
            Api::DetachLibrary { module } => self.detach_library(usize::from(*module)),
            Api::UnmapLibrary { module } => self.unmap_library(usize::from(*module)),
            Api::EnterLoader { lock, thread: of_thread } => self.enter_loader(thread, usize::from(*lock), *of_thread),
            Api::LeaveLoader { lock, thread: of_thread } => self.leave_loader(thread, usize::from(*lock), *of_thread),
            Api::AskDllMain { module, ends, quiet } => {
                self.ask_dll_main(thread, top, usize::from(*module), *ends, quiet.as_ref())
            }
            Api::DisableThreadLibraryCalls { quiet, .. } => {
                if let Some(quiet) = quiet {
                    self.store(thread, top, quiet.0, 1)?;
                }
                Ok(Flow::Done(1))
            }
            Api::ExitThread {} => self.exit_thread(thread, false),
            Api::EndThread {} => self.exit_thread(thread, true),
            Api::ExitProcess {} => {
                let process = usize::from(self.program.threads[thread].process);
                if self.applies(Rule::LifeMain) {
                    self.exit(process)?;
                    return Ok(Flow::Stay);
                }
                Ok(Flow::Done(0))
            }
            Api::CreateThread { thread } => self.create_thread(usize::from(*thread), false),
            Api::BeginThread { thread } => self.create_thread(usize::from(*thread), true),
            Api::StartThread { threads, argument, handle, open } => {
                let copies = Copies { threads, argument: argument.as_ref(), handle: *handle, open };
                self.start_one_of(thread, top, copies, false)
            }
            Api::BeginWith { threads, argument, handle, open } => {
                let copies = Copies { threads, argument: argument.as_ref(), handle: *handle, open };
                self.start_one_of(thread, top, copies, true)
            }
            Api::CreateThreadpoolWork { objects }
            | Api::CreateThreadpoolTimer { objects }
            | Api::CreateThreadpoolWait { objects } => self.create_callbacks(thread, top, objects),
            Api::SubmitThreadpoolWork { threads, context }
            | Api::TrySubmitThreadpoolCallback { threads, context }
            | Api::QueueUserWorkItem { threads, context } => {
                self.queue_callback(thread, top, threads, context.as_ref())
            }
            Api::WaitForThreadpoolWorkCallbacks { threads, cancel }
            | Api::WaitForThreadpoolTimerCallbacks { threads, cancel }
            | Api::WaitForThreadpoolWaitCallbacks { threads, cancel } => self.wait_for_callbacks(api, threads, *cancel),
            Api::CloseThreadpoolWork { open, context } => self.close_callbacks(thread, top, &[], *open, *context),
            Api::CloseThreadpoolTimer { threads, open, context }
            | Api::CloseThreadpoolWait { threads, open, context } => {
                self.close_callbacks(thread, top, threads, *open, *context)
            }
            Api::SetThreadpoolTimer { threads, context, due, again } => {
                self.set_callback(thread, top, threads, context.as_ref(), due.then_some(i8::from(*again)))
            }
            Api::SetThreadpoolWait { threads, context, which } => {
                self.set_callback(thread, top, threads, context.as_ref(), Some(*which).filter(|which| *which != 0))
            }
            Api::RegisterWaitForSingleObject { objects, out } | Api::CreateTimerQueueTimer { objects, out } => {
                self.register_callback(thread, top, objects, out.0)
            }
            Api::UnregisterWait { threads, open } => {
                let ending = Unregister { threads, open: *open, blocks: false, event: None };
                self.unregister(api, thread, top, ending)
            }
            Api::UnregisterWaitEx { threads, open, blocks, event }
            | Api::DeleteTimerQueueTimer { threads, open, blocks, event } => {
                let ending = Unregister { threads, open: *open, blocks: *blocks, event: *event };
                self.unregister(api, thread, top, ending)
            }
            Api::FreeLibraryWhenCallbackReturns { .. } => {
                // only a callback has an instance
                if self.program.threads[thread].callback.is_some() && self.applies(Rule::PoolLibrary) {
                    self.state.threads[thread].holds = true;
                }
                Ok(Flow::Done(0))
            }
            Api::AwaitSignal { on, .. } => self.await_signal(*on),
            Api::AwaitDue {} => {
                self.rules.insert(Rule::PoolTimer);
                Ok(Flow::Done(0))
            }
            Api::EndCallback { threads, open, event, module } => {
                self.end_callback(thread, top, threads, *open, *event, *module)
            }
            Api::BeginCallback {} => self.begin_callback(thread),
            Api::CreateEvent { events, open, handle, set } => {
                self.create_event(thread, top, events, open, *handle, *set)
            }
            Api::CloseHandle { on, open } => self.close_handle(thread, top, *on, open.0),
            Api::BadHandle { on } => self.bad_handle(*on),
            Api::InitializeCriticalSection { section } => self.initialize_section(usize::from(*section)),
            Api::DeleteCriticalSection { section } => self.delete_section(usize::from(*section)),
            Api::Wait { on, until, timeout, intake, index } => {
                self.wait(thread, top, on, *until, *timeout, *intake, index.map(|index| index.0))
            }
            Api::SetEvent { event } => {
                if self.applies(Rule::ThrSetEvent) {
                    self.state.events[usize::from(*event)] = true;
                }
                Ok(Flow::Done(1))
            }
            Api::ResetEvent { event } => {
                if self.applies(Rule::ThrSetEvent) {
                    self.state.events[usize::from(*event)] = false;
                }
                Ok(Flow::Done(1))
            }
            Api::EnterCriticalSection { section } => self.enter_section(thread, usize::from(*section)),
            Api::TryEnterCriticalSection { section } => self.try_enter_section(thread, usize::from(*section)),
            Api::LeaveCriticalSection { section } => self.leave_section(thread, usize::from(*section)),
            Api::AcquireSRWLockExclusive { lock } => self.acquire_exclusive(thread, top, frame, usize::from(*lock)),
            Api::ReleaseSRWLockExclusive { lock } => self.release_exclusive(thread, usize::from(*lock)),
            Api::AcquireSRWLockShared { lock } => self.acquire_shared(thread, usize::from(*lock)),
            Api::TryAcquireSRWLockExclusive { lock } => self.try_exclusive(thread, usize::from(*lock)),
            Api::TryAcquireSRWLockShared { lock } => self.try_shared(thread, usize::from(*lock)),
            Api::ReleaseSRWLockShared { lock } => self.release_shared(thread, usize::from(*lock)),
            Api::SleepConditionVariableCS { condition, section, timeout } => {
                self.sleep_condition(thread, top, frame, usize::from(*condition), usize::from(*section), *timeout)
            }
            Api::WakeConditionVariable { condition } => self.wake(usize::from(*condition), false),
            Api::WakeAllConditionVariable { condition } => self.wake(usize::from(*condition), true),
            Api::GetMessage {} => self.get_message(thread),
            Api::DispatchMessage {} => self.dispatch_taken(thread),
            Api::PeekMessage {} => self.peek_message(thread),
            // the thread that the former names is the one that runs it
            Api::PostQuitMessage { .. } | Api::PostQuitHere {} => self.post_quit(thread),
            Api::PostThreadMessage { thread, work } => self.post_work(usize::from(*thread), work.0),
            Api::Sleep {} => Ok(Flow::Done(0)),
            Api::Assume {} => {
                self.breach(Property::Assumption, None, Subject::None);
                Ok(Flow::Done(0))
            }
            Api::Interlocked { addend, add } => self.add(thread, top, addend.0, i16::from(*add), true),
            Api::Add { addend, value } => {
                let more = self.eval(thread, top, &value.0)?;
                self.add(thread, top, addend.0, more, true)
            }
            Api::ExchangeAdd { addend, value } => {
                let more = self.eval(thread, top, &value.0)?;
                self.add(thread, top, addend.0, more, false)
            }
            Api::Exchange { target, value } => self.exchange(thread, top, target.0, &value.0, None),
            Api::CompareExchange { target, value, comparand } => {
                self.exchange(thread, top, target.0, &value.0, Some(&comparand.0))
            }
            Api::CompareStrong { target, expected, value } => {
                self.compare_strong(thread, top, target.0, expected.0, &value.0)
            }
        }
    }

    /// ExitThread; `of_runtime`: _endthreadex. No frame is run to its end: the code of the frames is not returned into, and what the C
    /// run-time would give back stays, unless it is told.
    fn exit_thread(&mut self, thread: usize, of_runtime: bool) -> Part<Flow> {
        self.state.threads[thread].holds &= of_runtime;
        self.end_thread(thread, Ending::Begins)?;
        Ok(Flow::Stay)
    }
}
