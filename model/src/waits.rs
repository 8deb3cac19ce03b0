//! Who waits for what and for whom, and what that means for threads that no continuation lets move.

use crate::lifecycle::call::CallPhase;
use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::packet::PacketPhase;
use crate::lifecycle::process::ProcessPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::stub::StubPhase;
use crate::lifecycle::thread::ThreadPhase;
use crate::program::{Api, FunctionId, Op, PacketKind, Program, SyncId, ThreadId, Waitable};
use crate::properties::Property;
use crate::state::{Frame, FrameKind, State};
use crate::step::calls::AWAITING;

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The answer of a call that nobody executes yet.
    Dispatch(u8),
    /// The answer of a call that is executing.
    Answer(u8),
    /// An event.
    Event(SyncId),
    /// The end of a thread.
    Thread(ThreadId),
    /// A critical section.
    Section(SyncId),
    /// A slim lock.
    Srw(SyncId),
    /// A condition variable.
    Condition(SyncId),
    /// CoDisconnectContext: the calls in a context.
    Drain(u8),
    /// CoUninitialize: the calls in an apartment.
    Close(u8),
    /// GetMessage: a message.
    Message,
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
    match op {
        Op::Method { .. } | Op::Release(_) | Op::Drop(_) if frame.phase == AWAITING => answer(program, state, frame),
        Op::Api(api, _) => api_waits(program, state, thread, frame, api),
        _ => Vec::new(),
    }
}

/// A thread's innermost frame and the operation at which it stands.
fn standing<'p>(program: &'p Program, state: &State, thread: usize) -> Option<(Frame, &'p Op)> {
    let frame = *state.stack(program, thread).last()?;
    Some((frame, &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)]))
}

fn answer(program: &Program, state: &State, frame: Frame) -> Vec<Wait> {
    let call = state.calls[usize::from(frame.kept)];
    match call.phase {
        CallPhase::Sent => {
            let (apartment, _) = state.destination(program, &call);
            let on = program.apartments[usize::from(apartment)].thread.into_iter().collect();
            vec![Wait { reason: Reason::Dispatch(frame.kept), on }]
        }
        CallPhase::Executing => {
            let on = executing(program, state, |at| at.kind == FrameKind::Dispatched && at.link == frame.kept);
            vec![Wait { reason: Reason::Answer(frame.kept), on }]
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
    executing(program, state, |frame| match frame.kind {
        FrameKind::Dispatched => {
            let call = state.calls[usize::from(frame.link)];
            match call.kind {
                crate::state::CallKind::Activation => true,
                crate::state::CallKind::Own => false,
                crate::state::CallKind::Method | crate::state::CallKind::Release => {
                    here(&state.stubs[usize::from(call.stub)])
                }
            }
        }
        FrameKind::Destructor => {
            state.stubs.iter().any(|stub| stub.phase == StubPhase::Cutting && stub.object == frame.link && here(stub))
        }
        FrameKind::Thread | FrameKind::Called | FrameKind::Constructor | FrameKind::Posted | FrameKind::CleanUp => {
            false
        }
    })
}

fn api_waits(program: &Program, state: &State, thread: usize, frame: Frame, api: &Api) -> Vec<Wait> {
    let one = |reason, on| vec![Wait { reason, on }];
    match api {
        Api::CoCreateLocal(..) if frame.phase == AWAITING => answer(program, state, frame),
        Api::Wait { on, .. } => on
            .iter()
            .filter_map(|waitable| match *waitable {
                Waitable::Event(event) => (!state.events[usize::from(event)]).then(|| Wait {
                    reason: Reason::Event(event),
                    on: able(
                        program,
                        state,
                        thread,
                        |op| matches!(op, Op::Api(Api::SetEvent(set), _) if *set == event),
                    ),
                }),
                Waitable::Thread(awaited) => (state.threads[usize::from(awaited)].phase != ThreadPhase::Ended)
                    .then(|| Wait { reason: Reason::Thread(awaited), on: vec![awaited] }),
            })
            .collect(),
        Api::EnterCriticalSection(section) => section_wait(state, thread, *section),
        Api::SleepCondition(condition, section, _) if frame.phase != 0 => {
            if state.conditions[usize::from(*condition)].sleeping & (1 << thread) != 0 {
                let wakers = able(
                    program,
                    state,
                    thread,
                    |op| matches!(op, Op::Api(Api::WakeAll(woken) | Api::WakeOne(woken), _) if woken == condition),
                );
                one(Reason::Condition(*condition), wakers)
            } else {
                section_wait(state, thread, *section)
            }
        }
        Api::AcquireExclusive(srw) | Api::AcquireShared(srw) => {
            let held = state.srws[usize::from(*srw)];
            let exclusive = matches!(api, Api::AcquireExclusive(_));
            let sharers = (0..program.threads.len() as ThreadId).filter(|sharer| held.shared & (1 << sharer) != 0);
            let mut on: Vec<ThreadId> = held.owner.into_iter().collect();
            on.extend(sharers.filter(|sharer| exclusive || usize::from(*sharer) == thread));
            if on.is_empty() { Vec::new() } else { one(Reason::Srw(*srw), on) }
        }
        Api::CoDisconnectContext(_) if frame.phase != 0 => {
            let on = drainers(program, state, |stub| stub.context == frame.context);
            one(Reason::Drain(frame.context), on)
        }
        Api::CoUninitialize if frame.phase != 0 => {
            let apartment = state.threads[thread].apartment.unwrap_or(0);
            one(Reason::Close(apartment), drainers(program, state, |stub| stub.apartment == apartment))
        }
        Api::GetMessage => one(Reason::Message, Vec::new()),
        _ => Vec::new(),
    }
}

fn section_wait(state: &State, thread: usize, section: SyncId) -> Vec<Wait> {
    match state.sections[usize::from(section)].owner {
        Some(owner) if usize::from(owner) != thread => {
            vec![Wait { reason: Reason::Section(section), on: vec![owner] }]
        }
        Some(_) | None => Vec::new(),
    }
}

/// The other threads whose code, from where they stand on, contains such an operation.
fn able(program: &Program, state: &State, thread: usize, such: impl Fn(&Op) -> bool) -> Vec<ThreadId> {
    (0..program.threads.len())
        .filter(|other| *other != thread)
        .filter(|other| {
            let mut seen = vec![false; program.functions.len()];
            let process = program.threads[*other].process;
            let stack = state.stack(program, *other);
            stack.iter().enumerate().any(|(index, frame)| {
                // what a frame has already called, or waits for the answer of, is not ahead of it any more
                let under_way = index + 1 < stack.len() || frame.phase == AWAITING;
                let pc = frame.pc + u16::from(under_way);
                ahead(program, process, frame.function, pc, &mut seen, &such)
            })
        })
        .map(|other| other as ThreadId)
        .collect()
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
            Op::Branch(_, to) => next.extend([at + 1, usize::from(*to)]),
            Op::Call(callee, _, _) => {
                callees.push(*callee);
                next.push(at + 1);
            }
            Op::Method { template, method, .. } => {
                let classes =
                    program.classes.iter().filter(|class| class.template == *template && class.process == process);
                callees.extend(classes.filter_map(|class| class.methods.get(usize::from(*method)).copied()));
                next.push(at + 1);
            }
            _ => next.push(at + 1),
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

/// The threads that need not move: ended, not started, or idle in GetMessage. The main thread of a process that must exit is
/// never at rest.
pub fn resting(program: &Program, state: &State) -> u64 {
    let mut resting = 0;
    for thread in 0..program.threads.len() {
        let idle = match state.threads[thread].phase {
            ThreadPhase::Absent | ThreadPhase::Ended => true,
            ThreadPhase::Running => {
                let process = &program.processes[usize::from(program.threads[thread].process)];
                let needed = process.must_exit && process.main == Some(thread as ThreadId);
                // what `waits` says of the operation, without the list that it makes
                !needed && matches!(standing(program, state, thread), Some((_, Op::Api(Api::GetMessage, _))))
            }
        };
        if idle {
            resting |= 1 << thread;
        }
    }
    resting
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
    if state.breach.is_some() || resting(program, state).count_ones() as usize != program.threads.len() {
        // stuck threads still hold what they hold
        return true;
    }
    match property {
        Property::LeakPacket => leaked_packets(program, state).is_empty(),
        Property::LeakRef => leaked_objects(program, state).is_empty() && leaked_proxies(program, state).is_empty(),
        _ => true,
    }
}

/// Packets that still hold a reference; of those that a class wrote itself, those for which it has not been asked to let go of what
/// it keeps.
pub fn leaked_packets(program: &Program, state: &State) -> Vec<usize> {
    let holds = |packet: &crate::state::PacketState| match (packet.kind, packet.stub()) {
        (PacketKind::Normal | PacketKind::TableStrong, Some(stub)) => {
            matches!(state.stubs[stub].phase, StubPhase::Connected | StubPhase::Disconnecting)
        }
        (PacketKind::Own, _) => {
            let object = state.objects[packet.object(state)];
            let class = &program.classes[usize::from(object.class)];
            let methods = &program.templates[usize::from(class.template)].methods;
            object.phase == ObjectPhase::Alive && methods.iter().any(|method| method.name == "ReleaseMarshalData")
        }
        // a weak packet holds nothing; how often a table's packet is released is the class's own affair
        (PacketKind::Normal | PacketKind::TableStrong, None) | (PacketKind::TableWeak | PacketKind::OwnTable, _) => {
            false
        }
    };
    let unread = |packet: &crate::state::PacketState| matches!(packet.phase, PacketPhase::InFlight | PacketPhase::Lost);
    (0..state.packets.len()).filter(|place| unread(&state.packets[*place]) && holds(&state.packets[*place])).collect()
}

/// Living objects that neither a pointer nor a stub manager refers to.
pub fn leaked_objects(program: &Program, state: &State) -> Vec<usize> {
    let pointed = crate::step::pointed(program, state).objects;
    let connected = |place: usize| {
        state.stubs.iter().any(|stub| {
            usize::from(stub.object) == place
                && matches!(stub.phase, StubPhase::Connected | StubPhase::Disconnecting | StubPhase::Cutting)
        })
    };
    (0..state.objects.len())
        .filter(|place| state.objects[*place].phase == ObjectPhase::Alive)
        .filter(|place| pointed & (1 << place) == 0 && !connected(*place))
        .collect()
}

/// Proxies of running processes that no pointer refers to.
pub fn leaked_proxies(program: &Program, state: &State) -> Vec<usize> {
    let pointed = crate::step::pointed(program, state).proxies;
    (0..state.proxies.len())
        .filter(|place| {
            let proxy = state.proxies[*place];
            let process = program.apartments[usize::from(proxy.apartment)].process;
            proxy.phase == ProxyPhase::Live
                && state.processes[usize::from(process)] == ProcessPhase::Running
                && pointed & (1 << place) == 0
        })
        .collect()
}
