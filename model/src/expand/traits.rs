//! Which events an operation can have, without trying them.

use crate::event::{Event, Picks, Thing, choice_of, picks_of};
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::packet::PacketPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::thread::ThreadPhase;
use crate::operation::Waits;
use crate::program::{FunctionId, Op, Program, ThreadId, Timeout};
use crate::state::{Frame, State, Stop};

/// The operation has an `any(…)`.
pub(super) const CHOOSES: u8 = 1;
/// The operation waits with a time-out.
pub(super) const ELAPSES: u8 = 2;
/// The operation is a call of the run-time, which may fail.
pub(super) const FAILS: u8 = 4;

/// The operation waits for messages.
pub(super) const LISTENS: u8 = 8;

/// The operation is never done.
pub(super) const HOLDS: u8 = 128;

/// The operation picks one of several stub managers.
pub(super) const PICKS_STUBS: u8 = 16;
/// The operation picks one of several proxies.
pub(super) const PICKS_PROXIES: u8 = 64;
/// The operation picks one of several threads.
pub(super) const PICKS_THREADS: u8 = 32;

/// The threads that are never at rest before they have ended: the main threads of processes that must exit.
pub(super) fn needed(program: &Program) -> u32 {
    let needed = program.processes.iter().filter(|process| process.must_exit).filter_map(|process| process.main);
    needed.fold(0, |needed, thread| needed | 1 << thread)
}

/// Which events an operation can have.
fn traits_of(op: &Op) -> u8 {
    let chooses = if choice_of(op).is_some() { CHOOSES } else { 0 };
    let others = match op {
        Op::Api(api, _) => {
            let row = api.row();
            let fails = if row.fails.is_some() { FAILS } else { 0 };
            let elapses = if api.lasts() == Some(Timeout::Finite) { ELAPSES } else { 0 };
            let listens = if matches!(row.waits, Waits::Message | Waits::Signal) { LISTENS } else { 0 };
            fails | elapses | listens
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
        | Op::RemRelease
        | Op::Construct
        | Op::CleanUp => 0,
        Op::NeverAnswers => HOLDS,
    };
    let picks = match picks_of(op) {
        Some(Picks::Stubs) => PICKS_STUBS,
        Some(Picks::Connections) => PICKS_STUBS | PICKS_PROXIES,
        Some(Picks::Threads) => PICKS_THREADS,
        None => 0,
    };
    chooses | others | picks
}

/// Which events a top frame at a spot can have.
pub(super) fn traits_at(program: &Program, (function, pc, stop): (FunctionId, u16, Stop)) -> u8 {
    let traits = traits_of(&program.functions[usize::from(function)].code[usize::from(pc)]);
    // what is under way does not fail any more, and nothing is disconnected before
    if stop == Stop::Start { traits & !PICKS_STUBS } else { traits & !(FAILS | LISTENS) }
}

/// Can the references of a proxy in this phase be run down?
pub(super) fn forsaken(phase: ProxyPhase) -> bool {
    match phase {
        ProxyPhase::Cut | ProxyPhase::Orphaned => true,
        ProxyPhase::Absent | ProxyPhase::Live | ProxyPhase::Releasing | ProxyPhase::Dead => false,
    }
}

/// Can a packet in this phase be run down or lost?
pub(super) fn unread(phase: PacketPhase) -> bool {
    match phase {
        PacketPhase::InFlight | PacketPhase::Lost => true,
        PacketPhase::Absent | PacketPhase::Read | PacketPhase::Released | PacketPhase::Due | PacketPhase::RunDown => {
            false
        }
    }
}

/// Is the reference of a packet in this phase to be taken back?
pub(super) fn due(phase: PacketPhase) -> bool {
    phase == PacketPhase::Due
}

/// Can the event be ruled out without trying it? A short cut only: a test shows that `step` refuses whatever this rules out, and that
/// neither a rule nor a bound is behind the refusal.
pub fn ruled_out(program: &Program, state: &State, event: &Event) -> bool {
    let lacks = |thread: ThreadId, wanted: u8| {
        standing(program, state, thread).is_none_or(|(_, op)| traits_of(op) & wanted != wanted)
    };
    match *event {
        Event::Run { thread, choice } => lacks(thread, if choice == 0 { 0 } else { CHOOSES }),
        Event::Pick { thread, thing: Thing::Stub(_) } => {
            lacks(thread, PICKS_STUBS) || standing(program, state, thread).is_some_and(|(frame, _)| frame.is_at_start())
        }
        Event::Pick { thread, thing: Thing::Proxy(_) } => lacks(thread, PICKS_PROXIES),
        Event::Pick { thread, thing: Thing::Thread(_) } => lacks(thread, PICKS_THREADS),
        Event::TimeOut { thread } => lacks(thread, ELAPSES),
        Event::Fail { thread } => {
            lacks(thread, FAILS) || standing(program, state, thread).is_some_and(|(frame, _)| !frame.is_at_start())
        }
        Event::Dispatch { call } => state.calls[usize::from(call)].phase != CallPhase::Sent,
        Event::RundownProxy { proxy } => !forsaken(*state.proxies[usize::from(proxy)].phase),
        Event::RundownPacket { packet } | Event::Lose { packet } => !unread(*state.packets[usize::from(packet)].phase),
        Event::Reclaim { packet } => !due(*state.packets[usize::from(packet)].phase),
        Event::Crash { .. } => false,
    }
}

/// The frame and the operation at which a running thread stands.
fn standing<'p>(program: &'p Program, state: &State, thread: ThreadId) -> Option<(Frame, &'p Op)> {
    let thread = usize::from(thread);
    if state.threads[thread].phase != ThreadPhase::Running {
        return None;
    }
    let frame = *state.stack(program, thread).last()?;
    Some((frame, &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)]))
}
