//! Callbacks of the system: work objects, waits and timers whose functions a thread of the pool runs.
//!
//! Every object has threads of its own, as many as callbacks of it can be outstanding. A thread of the pool is there from the moment at which a callback is
//! queued. It stands at the beginning of its first function until it has its turn, and is free again when the callback has returned.

use super::run::Values;
use super::stack::{Ending, Flow};
use super::{Part, Step};
use crate::bounds::Bound;
use crate::codes::Code;
use crate::lifecycle::thread::ThreadPhase;
use crate::operation::operand::{Event, InOut, Module, PoolObjects, Thread, Value};
use crate::program::{Api, Op, Place, Program, ThreadId, Ty, Waitable};
use crate::rules::Rule;
use crate::state::{Origin, State};

/// What the variable of a handle says.
const OPEN: i16 = 1;
const CLOSED: i16 = 2;
/// Closed, and an event is to be set when the last callback is over.
const ENDING: i16 = 3;

/// How far a thread of the pool is with its callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It has none.
    Free,
    /// It waits for what the callback is for, a signal or a time, or is about to.
    Armed,
    /// The callback is queued and has not begun.
    Queued,
    /// The callback runs.
    Runs,
    /// The callback has returned, and the thread is about to be free.
    Over,
}

/// How far a thread of the pool is.
pub(crate) fn turn(program: &Program, state: &State, thread: usize) -> Turn {
    let [frames @ .., top] = state.stack(program, thread) else { return Turn::Free };
    let op = &program.functions[usize::from(top.function)].code[usize::from(top.pc)];
    if !frames.is_empty() || matches!(op, Op::Call(..) | Op::Api(Api::EndCallback { .. }, _)) {
        Turn::Runs
    } else if matches!(op, Op::Api(Api::BeginCallback {}, _)) {
        Turn::Queued
    } else if matches!(op, Op::Return(_) | Op::Api(Api::CoUninitialize {}, _)) {
        Turn::Over
    } else {
        Turn::Armed
    }
}

/// The threads for whose callbacks a call waits.
pub(crate) fn awaited(program: &Program, state: &State, api: &Api) -> Vec<ThreadId> {
    let (threads, cancel) = if let Api::WaitForThreadpoolWorkCallbacks { threads, cancel }
    | Api::WaitForThreadpoolTimerCallbacks { threads, cancel }
    | Api::WaitForThreadpoolWaitCallbacks { threads, cancel } = api
    {
        (threads, *cancel)
    } else if let Api::UnregisterWaitEx { threads, blocks: true, .. }
    | Api::DeleteTimerQueueTimer { threads, blocks: true, .. } = api
    {
        (threads, false)
    } else {
        return Vec::new();
    };
    let takes_back = cancel && !program.faults.contains(Rule::PoolCancel);
    let missing = |thread: &&Thread| match turn(program, state, usize::from(**thread)) {
        Turn::Free | Turn::Armed | Turn::Over => false,
        Turn::Queued => !takes_back,
        Turn::Runs => true,
    };
    threads.iter().filter(missing).map(|thread| thread.0).collect()
}

/// What is given to a call that ends a registration.
#[derive(Clone, Copy)]
pub(super) struct Unregister<'a> {
    pub(super) threads: &'a [Thread],
    pub(super) open: InOut,
    /// It waits for callbacks.
    pub(super) blocks: bool,
    /// What it sets when they are over.
    pub(super) event: Option<Event>,
}

impl Step<'_> {
    /// Makes an object: the first one that is not there, and of which no callback is outstanding.
    pub(super) fn create_callbacks(&mut self, thread: usize, top: usize, objects: &PoolObjects) -> Part<Flow> {
        let which = self.free_object(thread, top, objects)?;
        if let (Some(context), Some(value)) = (objects.contexts.get(which), &objects.context) {
            let given = self.eval(thread, top, &value.0)?;
            self.store(thread, top, context.0, given)?;
        }
        self.store(thread, top, objects.open[which].0, OPEN)?;
        Ok(Flow::Done(objects.handle + which as i8))
    }

    fn free_object(&mut self, thread: usize, top: usize, objects: &PoolObjects) -> Part<usize> {
        let held: Vec<i16> = objects.open.iter().map(|open| self.read(thread, top, open.0)).collect();
        let mut all = held.iter().zip(&objects.threads);
        let free =
            all.position(|(held, threads)| *held != OPEN && threads.iter().all(|one| self.is_free(usize::from(*one))));
        self.within(Bound::Handles, free.is_some())?;
        Ok(free.unwrap_or(0))
    }

    fn is_free(&self, thread: usize) -> bool {
        self.state.threads.phase(thread) == ThreadPhase::Absent
    }

    /// Queues a callback, for the first of these threads that is free.
    pub(super) fn queue_callback(
        &mut self,
        thread: usize,
        top: usize,
        threads: &[Thread],
        context: Option<&Value>,
    ) -> Part<Flow> {
        if self.applies(Rule::PoolSubmit) {
            self.give(thread, top, threads, context, None)?;
        }
        Ok(Flow::Done(1))
    }

    /// The first of these threads that is free gets a callback. `more`: what else it is started with.
    fn give(
        &mut self,
        thread: usize,
        top: usize,
        threads: &[Thread],
        context: Option<&Value>,
        more: Option<i8>,
    ) -> Part {
        let free = threads.iter().map(|one| usize::from(*one)).find(|one| self.is_free(*one));
        self.within(Bound::PoolThreads, free.is_some())?;
        let mut given = Values::default();
        if let Some(value) = context {
            let value = self.eval(thread, top, &value.0)? as i8;
            given.push(if self.applies(Rule::PoolContext) { value } else { 0 });
        }
        given.extend(more);
        self.start_thread(free.unwrap_or(0), &given)
    }

    /// SetThreadpoolTimer, SetThreadpoolWait: what was set before is over. `set`: what the thread is started with, none for NULL.
    pub(super) fn set_callback(
        &mut self,
        thread: usize,
        top: usize,
        threads: &[Thread],
        context: Option<&Value>,
        set: Option<i8>,
    ) -> Part<Flow> {
        self.disarm(threads)?;
        if set.is_some() && self.applies(Rule::PoolTimer) {
            self.give(thread, top, threads, context, set)?;
        }
        Ok(Flow::Done(0))
    }

    /// RegisterWaitForSingleObject, CreateTimerQueueTimer.
    pub(super) fn register_callback(
        &mut self,
        thread: usize,
        top: usize,
        objects: &PoolObjects,
        out: Place,
    ) -> Part<Flow> {
        let which = self.free_object(thread, top, objects)?;
        if self.applies(Rule::PoolTimer) {
            self.give(thread, top, &objects.threads[which], objects.context.as_ref(), None)?;
        }
        self.store(thread, top, objects.open[which].0, OPEN)?;
        self.store(thread, top, out, i16::from(objects.handle) + which as i16)?;
        Ok(Flow::Done(1))
    }

    /// No more callbacks are queued for what these threads wait for.
    fn disarm(&mut self, threads: &[Thread]) -> Part {
        for thread in threads.iter().map(|one| usize::from(*one)) {
            match turn(self.program, &self.state, thread) {
                Turn::Free | Turn::Over => {}
                Turn::Armed => {
                    if self.applies(Rule::PoolDisarm) {
                        self.end_thread(thread, Ending::Begins)?;
                    }
                }
                Turn::Queued | Turn::Runs => self.once(thread),
            }
        }
        Ok(())
    }

    /// The timer for which a thread runs a callback has no period any more.
    fn once(&mut self, thread: usize) {
        let body = self.program.threads[thread].body.unwrap_or(0);
        let described = &self.program.functions[usize::from(body)];
        let period = usize::from(described.parameters);
        if described.slots.get(period).is_some_and(|slot| slot.ty == Ty::Bool) {
            let base = self.state.slot_base(self.program, thread, 0);
            self.state.slots[base + period] = 0;
        }
    }

    /// UnregisterWait, UnregisterWaitEx, DeleteTimerQueueTimer.
    pub(super) fn unregister(&mut self, api: &Api, thread: usize, top: usize, ending: Unregister<'_>) -> Part<Flow> {
        let awaited = awaited(self.program, &self.state, api);
        if ending.blocks {
            self.guard(Rule::PoolUnregister, awaited.is_empty())?;
        }
        self.disarm(ending.threads)?;
        let busy = self.is_outstanding(ending.threads, None);
        let closed = if busy && ending.event.is_some() { ENDING } else { CLOSED };
        self.store(thread, top, ending.open.0, closed)?;
        if let Some(event) = ending.event.filter(|_| !busy)
            && self.applies(Rule::PoolCompletion)
        {
            self.state.events[usize::from(event)] = true;
        }
        Ok(Flow::Done(i8::from(!busy)))
    }

    /// Is a callback outstanding on one of these threads?
    fn is_outstanding(&self, threads: &[Thread], but: Option<usize>) -> bool {
        let mut others = threads.iter().map(|one| usize::from(*one)).filter(|one| Some(*one) != but);
        others.any(|one| matches!(turn(self.program, &self.state, one), Turn::Queued | Turn::Runs))
    }

    /// A wait of the pool ends by what it waits for.
    pub(super) fn await_signal(&mut self, on: Waitable) -> Part<Flow> {
        let ready = self.ready(on);
        self.guard(Rule::PoolSignal, ready)?;
        if let Waitable::Event(event) = on
            && !self.program.events[usize::from(event)].manual_reset
            && self.applies(Rule::ThrAutoReset)
        {
            self.state.events[usize::from(event)] = false;
        }
        Ok(Flow::Done(Code::wait_object(0).0))
    }

    /// A callback has returned: what was left for that moment.
    pub(super) fn end_callback(
        &mut self,
        thread: usize,
        top: usize,
        threads: &[Thread],
        open: Option<InOut>,
        event: Option<Event>,
        module: Option<Module>,
    ) -> Part<Flow> {
        if let (Some(open), Some(event)) = (open, event)
            && self.read(thread, top, open.0) == ENDING
            && !self.is_outstanding(threads, Some(thread))
            && self.applies(Rule::PoolCompletion)
        {
            self.store(thread, top, open.0, CLOSED)?;
            self.state.events[usize::from(event)] = true;
        }
        if let Some(module) = module.filter(|_| self.state.threads[thread].holds) {
            self.rules.insert(Rule::PoolLibrary);
            self.state.threads[thread].holds = false;
            if let Some(mapping) = self.program.modules[usize::from(module)].mapping {
                let context = self.frame(thread, top).context;
                self.push(thread, mapping.free, Origin::Called, &[], context)?;
                return Ok(Flow::Stay);
            }
            self.free(usize::from(module))?;
        }
        Ok(Flow::Done(0))
    }

    /// Waits for the callbacks of an object; `cancel`: takes back those that have not begun.
    pub(super) fn wait_for_callbacks(&mut self, api: &Api, threads: &[Thread], cancel: bool) -> Part<Flow> {
        let over = awaited(self.program, &self.state, api).is_empty();
        self.guard(Rule::PoolWait, over)?;
        if cancel && !self.faulted(Rule::PoolCancel) {
            for thread in threads.iter().map(|one| usize::from(*one)) {
                if turn(self.program, &self.state, thread) == Turn::Queued {
                    self.rules.insert(Rule::PoolCancel);
                    self.end_thread(thread, Ending::Begins)?;
                }
            }
        }
        Ok(Flow::Done(0))
    }

    /// The handle of an object is closed; its callbacks go on.
    pub(super) fn close_callbacks(
        &mut self,
        thread: usize,
        top: usize,
        threads: &[Thread],
        open: InOut,
        context: Option<InOut>,
    ) -> Part<Flow> {
        // a timer that is set may still be due, but not again
        for one in threads.iter().map(|one| usize::from(*one)) {
            if turn(self.program, &self.state, one) != Turn::Free {
                self.once(one);
            }
        }
        if self.applies(Rule::PoolClose) {
            self.store(thread, top, open.0, CLOSED)?;
            // each callback that is outstanding has its own
            if let Some(context) = context {
                self.store(thread, top, context.0, 0)?;
            }
        }
        Ok(Flow::Done(0))
    }

    /// A callback begins. `stale`: it was queued for an image of its module that is gone.
    pub(super) fn begin_callback(&mut self, thread: usize) -> Part<Flow> {
        self.rules.insert(Rule::PoolSubmit);
        if self.state.threads[thread].stale != 0 {
            self.state.threads[thread].stale = 0;
            let module = self.program.threads[thread].callback.and_then(|function| self.module_of(function));
            self.execute_image(thread, module, true);
        }
        Ok(Flow::Done(0))
    }

    /// Marks the callbacks that are queued for an image that goes.
    pub(super) fn leave_queue(&mut self, module: usize) {
        for thread in 0..self.program.threads.len() {
            let here = self.program.threads[thread].callback.and_then(|function| self.module_of(function));
            let waits = matches!(turn(self.program, &self.state, thread), Turn::Armed | Turn::Queued);
            if here.map(usize::from) == Some(module) && waits {
                self.rules.insert(Rule::ModImage);
                self.state.threads[thread].stale = 1;
            }
        }
    }
}
