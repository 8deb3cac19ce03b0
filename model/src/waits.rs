//! Who waits for what and for whom, and what that means for threads that no continuation lets move.

use crate::leaks;
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::stub::StubPhase;
use crate::lifecycle::thread::ThreadPhase;
use crate::operation::{Does, Waits};
use crate::program::{Api, ClassId, FunctionId, Op, Program, SyncId, ThreadId, Waitable, builtin};
use crate::properties::{Decided, Left, Property};
use crate::readings::LockFairness;
use crate::reduce::Kind;
use crate::rules::Rule;
use crate::state::{CallKind, Continuation, Frame, Origin, State};
use crate::step::apartments::ending;
use crate::step::callbacks::awaited;
use crate::step::packets::released_elsewhere;
use crate::step::pumps;

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The answer of a call that nobody executes yet.
    Dispatch(u8),
    /// The answer of a call that is executing.
    Answer(u8),
    /// An event.
    Event(SyncId),
    /// An event that the thread would set itself, further out on its stack, once this call has returned.
    OwnEvent(SyncId, u8),
    /// The end of a thread.
    Thread(ThreadId),
    /// The end of the callback that a thread of the system's pool runs, or has in its queue.
    Callback(ThreadId),
    /// A critical section.
    Section(SyncId),
    /// A slim lock.
    Srw(SyncId),
    /// A condition variable.
    Condition(SyncId),
    /// A wake that the thread would make itself, further out on its stack, once this call has returned.
    OwnWake(SyncId, u8),
    /// CoDisconnectContext: the calls in a context.
    Drain(u8),
    /// CoUninitialize: the calls in an apartment.
    Close(u8),
    /// CoInitializeEx: the end of an apartment that is just ending.
    Closing(u8),
    /// CoReleaseMarshalData of a packet of another apartment: that apartment has to serve.
    Release(u8),
    /// GetMessage: a message.
    Message,
    /// The return of a method whose class says `never answers`, in which the thread is itself.
    Foreign(FunctionId),
}

/// One thing that a thread waits for, with the threads that could bring it about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What.
    pub reason: Reason,
    /// Who could end the wait.
    pub on: Vec<ThreadId>,
}

/// What a thread waits for where it stands; empty if it can run, has ended, or waits for nothing that is missing.
pub fn waits(program: &Program, state: &State, thread: usize) -> Vec<Wait> {
    if state.threads[thread].phase != ThreadPhase::Running {
        return Vec::new();
    }
    let Some((frame, op)) = standing(program, state, thread) else { return Vec::new() };
    if let Continuation::Answer(call) = frame.at {
        return answer(program, state, call);
    }
    match op {
        Op::Api(api, _) => api_waits(program, state, thread, frame, api),
        Op::NeverAnswers if stops(program, op) => {
            vec![Wait { reason: Reason::Foreign(frame.function), on: Vec::new() }]
        }
        Op::Set(..)
        | Op::Branch(..)
        | Op::Jump(_)
        | Op::Forget(..)
        | Op::Call(..)
        | Op::Return(_)
        | Op::Assert(_)
        | Op::New(..)
        | Op::Method { .. }
        | Op::AddRef(_)
        | Op::Release(_)
        | Op::Drop(_)
        | Op::Delete(_)
        | Op::QueryInterface(..)
        | Op::NeverAnswers
        | Op::RemRelease
        | Op::Construct
        | Op::CleanUp => Vec::new(),
    }
}

/// The class that never answers, and the method of it, in which a thread stands.
pub fn foreign(program: &Program, state: &State, thread: usize) -> Option<(ClassId, FunctionId)> {
    let running = state.threads[thread].phase == ThreadPhase::Running;
    let (frame, _) = standing(program, state, thread).filter(|(_, op)| running && stops(program, op))?;
    let class = program.classes.iter().position(|class| class.methods.contains(&frame.function))?;
    Some((class as ClassId, frame.function))
}

/// Is it where the code never goes on?
fn stops(program: &Program, op: &Op) -> bool {
    matches!(op, Op::NeverAnswers) && !program.faults.contains(Rule::CallNever)
}

/// A thread's innermost frame and the operation at which it stands.
fn standing<'p>(program: &'p Program, state: &State, thread: usize) -> Option<(Frame, &'p Op)> {
    let frame = *state.stack(program, thread).last()?;
    Some((frame, &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)]))
}

fn answer(program: &Program, state: &State, place: u8) -> Vec<Wait> {
    let call = state.calls[usize::from(place)];
    match *call.phase {
        CallPhase::Sent => {
            let (apartment, _) = state.destination(program, &call);
            // a thread that pumps takes the call: nobody waits for it
            let deaf = |thread: &ThreadId| !pumps(program, state, usize::from(*thread));
            let on = program.apartments[usize::from(apartment)].thread.filter(deaf).into_iter().collect();
            vec![Wait { reason: Reason::Dispatch(place), on }]
        }
        CallPhase::Executing => {
            let on = executing(program, state, |at| at.origin == Origin::Dispatched(place));
            vec![Wait { reason: Reason::Answer(place), on }]
        }
        CallPhase::Absent | CallPhase::Answered | CallPhase::Abandoned => Vec::new(),
    }
}

/// The threads that have such a frame.
fn executing(program: &Program, state: &State, such: impl Fn(&Frame) -> bool) -> Vec<ThreadId> {
    (0..program.threads.len())
        .filter(|thread| state.stack(program, *thread).iter().any(&such))
        .map(|thread| thread as ThreadId)
        .collect()
}

/// The threads that execute calls, or destructors, on connections that are being cut.
fn drainers(program: &Program, state: &State, here: impl Fn(&crate::state::StubState) -> bool) -> Vec<ThreadId> {
    executing(program, state, |frame| match frame.origin {
        Origin::Dispatched(call) => {
            let call = state.calls[usize::from(call)];
            match call.kind {
                CallKind::Activation => true,
                CallKind::Own => false,
                CallKind::Method | CallKind::Release | CallKind::AddRef | CallKind::Query => {
                    here(&state.stubs[usize::from(call.stub)])
                }
            }
        }
        Origin::Destructor(object) | Origin::Disconnecting(object) => {
            state.stubs.iter().any(|stub| stub.phase == StubPhase::Cutting && stub.object == object && here(stub))
        }
        Origin::Connecting(object) => {
            state.stubs.iter().any(|stub| stub.pending > 0 && stub.object == object && here(stub))
        }
        Origin::Thread
        | Origin::Called
        | Origin::Constructor(_)
        | Origin::Counting
        | Origin::Making
        | Origin::Posted
        | Origin::CleanUp => false,
    })
}

fn api_waits(program: &Program, state: &State, thread: usize, frame: Frame, api: &Api) -> Vec<Wait> {
    let one = |reason, on| vec![Wait { reason, on }];
    let named = |kind| api.named(kind).unwrap_or(0) as u8;
    match api.row().waits {
        Waits::Handles => api
            .handles()
            .into_iter()
            .flat_map(|waitable| match waitable {
                Waitable::Event(event) if state.events[usize::from(event)] => Vec::new(),
                Waitable::Event(event) => {
                    let sets = |op: &Op| concerns(op, Does::Sets, Kind::Event, event);
                    let mut waits = vec![Wait { reason: Reason::Event(event), on: able(program, state, thread, sets) }];
                    waits.extend(own(program, state, thread, sets).map(|(call, on)| {
                        let reason = Reason::OwnEvent(event, call);
                        Wait { reason, on }
                    }));
                    waits
                }
                Waitable::Thread(awaited) if state.threads[usize::from(awaited)].phase == ThreadPhase::Ended => {
                    Vec::new()
                }
                Waitable::Thread(awaited) => one(Reason::Thread(awaited), vec![awaited]),
            })
            .collect(),
        Waits::Section => section_wait(state, thread, named(Kind::Section)),
        Waits::Wake if !frame.is_at_start() => {
            let condition = named(Kind::Condition);
            if state.conditions[usize::from(condition)].sleeping & (1 << thread) != 0 {
                let wakes = |op: &Op| concerns(op, Does::Wakes, Kind::Condition, condition);
                let mut waits = one(Reason::Condition(condition), able(program, state, thread, wakes));
                waits.extend(own(program, state, thread, wakes).map(|(call, on)| {
                    let reason = Reason::OwnWake(condition, call);
                    Wait { reason, on }
                }));
                waits
            } else {
                section_wait(state, thread, named(Kind::Section))
            }
        }
        waits @ (Waits::Exclusive | Waits::Shared) => {
            let srw = named(Kind::Srw);
            let held = state.srws[usize::from(srw)];
            let others = if waits == Waits::Exclusive { held.shared } else { held.queued };
            let mut on: Vec<ThreadId> = held.owner.into_iter().collect();
            on.extend((0..program.threads.len() as ThreadId).filter(|other| others & (1 << other) != 0));
            if on.is_empty() { Vec::new() } else { one(Reason::Srw(srw), on) }
        }
        Waits::Drain if !frame.is_at_start() => {
            let on = drainers(program, state, |stub| stub.context == frame.context);
            one(Reason::Drain(frame.context), on)
        }
        Waits::Close if frame.at == Continuation::Closing => {
            let apartment = state.threads[thread].apartment.unwrap_or(0);
            one(Reason::Close(apartment), drainers(program, state, |stub| stub.apartment == apartment))
        }
        Waits::Entry => {
            ending(program, state, thread, api).map_or_else(Vec::new, |(id, on)| one(Reason::Closing(id), on))
        }
        Waits::Release => match released_elsewhere(program, state, thread, api, frame.at) {
            None => Vec::new(),
            Some(stub) => {
                let held = state.stubs[stub];
                let apartment = held.apartment;
                if frame.at == Continuation::Elsewhere {
                    let on = executing(program, state, |at| {
                        let runs = [Origin::Destructor(held.object), Origin::Disconnecting(held.object)];
                        runs.contains(&at.origin) && held.phase == StubPhase::Cutting
                    });
                    return one(Reason::Close(apartment), on);
                }
                let owner = program.apartments[usize::from(apartment)].thread;
                let blocks = owner.filter(|owner| !crate::step::pumps(program, state, usize::from(*owner)));
                if blocks.is_some() {
                    one(Reason::Release(apartment), blocks.into_iter().collect())
                } else {
                    Vec::new()
                }
            }
        },
        Waits::Message if frame.is_at_start() && !state.threads[thread].no_queue => one(Reason::Message, Vec::new()),
        Waits::Callbacks => {
            let awaited = awaited(program, state, api).into_iter();
            awaited.map(|other| Wait { reason: Reason::Callback(other), on: vec![other] }).collect()
        }
        Waits::Never | Waits::Wake | Waits::Drain | Waits::Close | Waits::Message | Waits::Signal => Vec::new(),
    }
}

/// Does an operation do something with this thing?
fn concerns(op: &Op, does: Does, kind: Kind, thing: u8) -> bool {
    matches!(op, Op::Api(api, _) if api.row().may(does) && api.named(kind) == Some(thing.into()))
}

fn section_wait(state: &State, thread: usize, section: SyncId) -> Vec<Wait> {
    match state.sections[usize::from(section)].owner {
        Some(owner) if usize::from(owner) != thread => {
            vec![Wait { reason: Reason::Section(section), on: vec![owner] }]
        }
        Some(_) | None => Vec::new(),
    }
}

/// The threads that would come to such an operation: in their code from where they stand on, in work that is posted to them, or in a
/// call that was sent into their apartment. What the thread itself has further out on its stack is another matter: see [`own`].
fn able(program: &Program, state: &State, thread: usize, such: impl Fn(&Op) -> bool) -> Vec<ThreadId> {
    let comes = |other: usize| {
        let process = program.threads[other].process;
        let mut seen = vec![false; program.functions.len()];
        let stack = state.stack(program, other);
        let standing = other != thread
            && stack.iter().enumerate().any(|(index, frame)| {
                let pc = behind(stack, index, *frame);
                ahead(program, process, frame.function, pc, &mut seen, &such)
            });
        // what the loader does at its end
        let ends = || {
            let loader =
                program.processes[usize::from(process)].loader.filter(|_| other != thread && !stack.is_empty());
            let described = &program.threads[other];
            let held = described.body.filter(|_| state.threads[other].holds);
            let held = held.and_then(|body| program.functions[usize::from(body)].module);
            let exit = held.and_then(|module| program.modules[usize::from(module)].mapping).map(|one| one.exit);
            let told = loader.filter(|_| described.body.is_some() && described.callback.is_none());
            let mut told = told.map(|loader| loader.ends).into_iter().chain(exit);
            told.any(|told| ahead(program, process, told, 0, &mut vec![false; program.functions.len()], &such))
        };
        standing
            || ends()
            || queued(program, state, other).into_iter().any(|work| ahead(program, process, work, 0, &mut seen, &such))
    };
    (0..program.threads.len()).filter(|other| comes(*other)).map(|other| other as ThreadId).collect()
}

/// Where the code of a frame goes on: what it has already called, or waits for the answer of, is not ahead of it any more.
fn behind(stack: &[Frame], index: usize, frame: Frame) -> u16 {
    let above = stack.get(index + 1).is_some_and(|above| above.function != builtin::ENTER);
    frame.pc + u16::from(above || frame.at.awaited().is_some())
}

/// What waits for a thread to take it up: posted work, and calls that were sent into its apartment.
fn queued(program: &Program, state: &State, thread: usize) -> Vec<FunctionId> {
    let held = &state.threads[thread];
    if held.phase != ThreadPhase::Running {
        return Vec::new();
    }
    // what it has taken is lost if it takes another one
    let asks = matches!(standing(program, state, thread), Some((_, Op::Api(Api::GetMessage {}, _))));
    let work = [if asks { 0 } else { held.taken }].into_iter().chain(held.posted);
    let mut queued: Vec<FunctionId> = work.filter(|work| *work != 0 && *work != builtin::QUIT).collect();
    for call in state.calls.iter().filter(|call| call.phase == CallPhase::Sent) {
        let (apartment, _) = state.destination(program, call);
        if program.apartments[usize::from(apartment)].thread != Some(thread as ThreadId) {
            continue;
        }
        let process = program.threads[thread].process;
        match call.kind {
            CallKind::Activation => queued.extend(program.classes[usize::from(call.target)].constructor),
            CallKind::Method | CallKind::Own => {
                queued.extend(program.targets(process, call.template, call.method));
            }
            CallKind::Release | CallKind::AddRef | CallKind::Query => {}
        }
    }
    queued
}

/// Would the thread itself come to such an operation once it has left a call that was dispatched to it while it waited for one of its own?
/// Then it waits for that one to return: its place, and who executes it.
fn own(
    program: &Program,
    state: &State,
    thread: usize,
    such: impl Fn(&Op) -> bool,
) -> impl Iterator<Item = (u8, Vec<ThreadId>)> {
    let stack = state.stack(program, thread);
    let process = program.threads[thread].process;
    let nested = |index: usize| stack.get(index + 1).and_then(|above| above.origin.call());
    // a call that was dispatched while CoDisconnectContext waits is the one that has to return
    let outer = (0..stack.len()).filter_map(|index| match (stack[index].at, nested(index)) {
        (Continuation::Answer(call), Some(_)) | (Continuation::Drain, Some(call)) => Some((index, call)),
        _ => None,
    });
    let found = outer.filter(|(index, _)| {
        let mut seen = vec![false; program.functions.len()];
        (0..=*index).any(|below| {
            let pc = behind(stack, below, stack[below]);
            ahead(program, process, stack[below].function, pc, &mut seen, &such)
        })
    });
    let calls: Vec<_> =
        found.map(|(_, call)| (call, executing(program, state, |at| at.origin == Origin::Dispatched(call)))).collect();
    calls.into_iter()
}

/// Does the code of a function from `pc` on, or code it may call, contain such an operation?
/// A method of another process's class is executed by a thread of that process.
fn ahead(
    program: &Program,
    process: u8,
    function: FunctionId,
    pc: u16,
    seen: &mut [bool],
    such: &impl Fn(&Op) -> bool,
) -> bool {
    let code = &program.functions[usize::from(function)].code;
    let mut visited = vec![false; code.len()];
    let mut next = vec![usize::from(pc)];
    while let Some(at) = next.pop() {
        if at >= code.len() || std::mem::replace(&mut visited[at], true) {
            continue;
        }
        let op = &code[at];
        if such(op) {
            return true;
        }
        let mut callees = Vec::new();
        match op {
            Op::Jump(to) => next.push(usize::from(*to)),
            Op::Return(_) => {}
            _ if stops(program, op) => {}
            Op::Branch(_, to) => next.extend([at + 1, usize::from(*to)]),
            Op::Call(callee, _, _) => {
                callees.push(*callee);
                next.push(at + 1);
            }
            Op::Method { template, method, .. } => {
                callees.extend(program.targets(process, *template, *method));
                next.push(at + 1);
            }
            Op::New(class, _) => {
                callees.extend(program.classes[usize::from(*class)].constructor);
                next.push(at + 1);
            }
            Op::Api(api, _) => {
                // what it starts or posts would come of it, too
                if let (Some(class), true) = (api.named(Kind::Class), api.row().may(Does::Constructs)) {
                    callees
                        .extend(program.made_with(class).flat_map(|made| [made.constructor, made.creates]).flatten());
                    callees.extend(program.made_with(class).skip(1).filter_map(|factory| factory.destructor));
                }
                let started = if api.row().may(Does::Starts) { api.all_named(Kind::Thread) } else { Vec::new() };
                callees.extend(started.into_iter().filter_map(|thread| program.threads[thread].body));
                callees.extend(op.function());
                callees.extend(program.loader_calls(process, api));
                if let (true, Some(module)) = (api.row().may(Does::EndsThread), api.named(Kind::Module)) {
                    callees.extend(program.modules[module].mapping.map(|mapping| mapping.exit));
                }
                next.push(at + 1);
            }
            Op::Set(..)
            | Op::Forget(..)
            | Op::Assert(_)
            | Op::AddRef(_)
            | Op::Release(_)
            | Op::Drop(_)
            | Op::Delete(_)
            | Op::QueryInterface(..)
            | Op::NeverAnswers
            | Op::RemRelease
            | Op::Construct
            | Op::CleanUp => next.push(at + 1),
        }
        for callee in callees {
            if !std::mem::replace(&mut seen[usize::from(callee)], true)
                && ahead(program, process, callee, 0, seen, such)
            {
                return true;
            }
        }
    }
    false
}

/// Does a thread stand where it asks for a lock, and is it sure to have it at some time if that is free again and again?
pub fn insists(program: &Program, state: &State, thread: usize) -> bool {
    program.readings.lock_fairness == LockFairness::Strong && asks_for_lock(program, state, thread)
}

/// Does a thread stand where it waits for a lock, for the first time or again after a wake?
pub fn asks_for_lock(program: &Program, state: &State, thread: usize) -> bool {
    if state.threads[thread].phase != ThreadPhase::Running {
        return false;
    }
    let Some((frame, op)) = standing(program, state, thread) else { return false };
    match op.row().map_or(Waits::Never, |row| row.waits) {
        Waits::Section | Waits::Exclusive | Waits::Shared => true,
        Waits::Wake => !frame.is_at_start(),
        Waits::Never
        | Waits::Handles
        | Waits::Drain
        | Waits::Close
        | Waits::Release
        | Waits::Entry
        | Waits::Message
        | Waits::Callbacks
        | Waits::Signal => false,
    }
}

/// The threads that need not move: ended, not started, idle in GetMessage, or held by a call that never answers and that came to them
/// while they were idle. The main thread of a process that must exit is never at rest.
pub fn resting(program: &Program, state: &State) -> u64 {
    let mut resting = 0;
    for thread in 0..program.threads.len() {
        let idle = match *state.threads[thread].phase {
            ThreadPhase::Absent | ThreadPhase::Ended => true,
            ThreadPhase::Running => {
                let process = &program.processes[usize::from(program.threads[thread].process)];
                let needed = process.must_exit && process.main == Some(thread as ThreadId);
                // what `waits` says of the operation, without the list that it makes
                !needed
                    && standing(program, state, thread).is_some_and(|(frame, op)| match op.row() {
                        Some(row) => frame.is_at_start() && matches!(row.waits, Waits::Message | Waits::Signal),
                        None => stops(program, op) && was_idle(program, state, thread, frame),
                    })
            }
        };
        if idle {
            resting |= 1 << thread;
        }
    }
    resting
}

/// Did the call that a thread executes come to it while it had nothing else to do: in a pool, or in its message loop?
fn was_idle(program: &Program, state: &State, thread: usize, top: Frame) -> bool {
    let stack = state.stack(program, thread);
    let below = stack.len().checked_sub(2).map(|below| stack[below]);
    let listens = |frame: Frame| {
        let op = &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)];
        op.row().is_some_and(|row| row.waits == Waits::Message)
    };
    top.origin.call().is_some() && below.is_none_or(listens)
}

/// A cycle of threads that wait for one another, among those in `stuck`; the least thread first.
pub fn cycle(program: &Program, state: &State, stuck: u64) -> Option<Vec<(ThreadId, Reason)>> {
    let count = program.threads.len();
    let edges: Vec<Vec<Wait>> = (0..count).map(|thread| waits(program, state, thread)).collect();
    for start in (0..count).filter(|thread| stuck & (1 << thread) != 0) {
        // shortest way back to the start, breadth-first
        let mut from: Vec<Option<(usize, Reason)>> = vec![None; count];
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(thread) = queue.pop_front() {
            for wait in &edges[thread] {
                for on in wait.on.iter().map(|on| usize::from(*on)).filter(|on| stuck & (1 << on) != 0) {
                    if on == start {
                        let mut path = vec![(thread as ThreadId, wait.reason)];
                        let mut at = thread;
                        while at != start {
                            let Some((previous, reason)) = from[at] else { break };
                            path.push((previous as ThreadId, reason));
                            at = previous;
                        }
                        path.reverse();
                        return Some(path);
                    }
                    if from[on].is_none() {
                        from[on] = Some((thread, wait.reason));
                        queue.push_back(on);
                    }
                }
            }
        }
    }
    None
}

/// Which properties the threads in `stuck` break: a cycle is a deadlock at once; waiting in vain is one only when everything
/// else has come to rest (`settled`).
pub fn classify(program: &Program, state: &State, stuck: u64, settled: bool) -> Vec<Property> {
    if state.breach.is_some() {
        return Vec::new();
    }
    if cycle(program, state, stuck).is_some() {
        return vec![Property::Deadlock];
    }
    if !settled {
        return Vec::new();
    }
    let mut broken = Vec::new();
    for thread in (0..program.threads.len()).filter(|thread| stuck & (1 << thread) != 0) {
        let process = &program.processes[usize::from(program.threads[thread].process)];
        let property = if process.must_exit { Property::NeverExits } else { Property::Hang };
        if !broken.contains(&property) {
            broken.push(property);
        }
    }
    broken.sort();
    broken
}

/// Does a property that is decided at the end hold in this state?
pub fn holds_at_end(program: &Program, state: &State, property: Property) -> bool {
    let Decided::AtEnd(left) = property.decided() else { return true };
    if state.breach.is_some() || resting(program, state).count_ones() as usize != program.threads.len() {
        // stuck threads still hold what they hold
        return true;
    }
    match left {
        Left::Packets => leaks::leaked_packets(program, state).is_empty(),
        Left::References => {
            leaks::leaked_objects(program, state).is_empty() && leaks::leaked_proxies(program, state).is_empty()
        }
    }
}
