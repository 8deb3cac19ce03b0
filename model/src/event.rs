//! Everything that can happen. Given a state, an event leads to exactly one successor: every choice (who runs, does the wait
//! time out, is the packet lost, does the client die) is *which event*.

use crate::operation::Use;
use crate::program::{Expr, Op, ProcessId, Program, ThreadId};
use serde::{Deserialize, Serialize};

/// One step of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Event {
    /// A thread executes its next step. `choice` is the value of `any(…)` in it, 0 if there is none.
    Run {
        /// The thread.
        thread: ThreadId,
        /// The value chosen.
        choice: i8,
    },
    /// The same, and of several things that the step could take it takes this one. Where there is only one, the event is `Run`.
    Pick {
        /// The thread.
        thread: ThreadId,
        /// What it takes.
        thing: Thing,
    },
    /// The finite time-out of a thread's wait elapses.
    TimeOut {
        /// The thread.
        thread: ThreadId,
    },
    /// The call of the run-time at which a thread stands fails: memory is short, or the stream has an error.
    Fail {
        /// The thread.
        thread: ThreadId,
    },
    /// A call that was sent arrives: a thread of the target apartment takes it, or it is refused.
    Dispatch {
        /// The call's place.
        call: u8,
    },
    /// The references of a proxy whose owner is gone are taken back.
    RundownProxy {
        /// The proxy's place.
        proxy: u8,
    },
    /// The reference of a packet that nobody reads is taken back.
    RundownPacket {
        /// The packet's place.
        packet: u8,
    },
    /// The reference of a lost packet is taken back, since nobody pings its object any more.
    Reclaim {
        /// The packet's place.
        packet: u8,
    },
    /// A packet vanishes on its way.
    Lose {
        /// The packet's place.
        packet: u8,
    },
    /// A process dies.
    Crash {
        /// The process.
        process: ProcessId,
    },
}

/// One of several things that a step could take. Nothing in the sources says which it is, so any may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Thing {
    /// The stub manager that CoDisconnectContext or CoUninitialize goes on with.
    Stub(u8),
    /// The proxy that CoUninitialize lets go of next.
    Proxy(u8),
    /// The thread that WakeConditionVariable wakes.
    Thread(ThreadId),
}

impl Thing {
    /// Everything that a step of the program could have to pick from.
    pub fn all(program: &Program) -> Vec<Thing> {
        let stubs = (0..program.bounds.stubs).map(Thing::Stub);
        let proxies = (0..program.bounds.proxies).map(Thing::Proxy);
        let threads = (0..program.threads.len() as ThreadId).map(Thing::Thread);
        let code = program.functions.iter().flat_map(|function| &function.code);
        let picks: Vec<Picks> = code.filter_map(picks_of).collect();
        let all = stubs.chain(proxies).chain(threads);
        all.filter(|thing| picks.iter().any(|picks| picks.has(*thing))).collect()
    }
}

/// What an operation picks from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picks {
    /// Stub managers, once it is under way.
    Stubs,
    /// Proxies, then stub managers.
    Connections,
    /// Threads that sleep.
    Threads,
}

impl Picks {
    /// Is the thing of this kind?
    pub fn has(self, thing: Thing) -> bool {
        match thing {
            Thing::Stub(_) => self == Picks::Stubs || self == Picks::Connections,
            Thing::Proxy(_) => self == Picks::Connections,
            Thing::Thread(_) => self == Picks::Threads,
        }
    }
}

/// What an operation picks from, if it does.
pub fn picks_of(op: &Op) -> Option<Picks> {
    op.row().and_then(|row| row.picks)
}

/// Who is behind an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A thread.
    Thread(ThreadId),
    /// COM's own machinery, which does its work sooner or later.
    Runtime,
    /// Misfortune: may happen, need not.
    Misfortune,
}

impl Actor {
    /// The thread, if it is one.
    pub fn thread(self) -> Option<ThreadId> {
        match self {
            Actor::Thread(thread) => Some(thread),
            Actor::Runtime | Actor::Misfortune => None,
        }
    }
}

impl Event {
    /// The range that covers every `any(…)` of the program, and 0.
    pub fn choices(program: &Program) -> (i8, i8) {
        let code = program.functions.iter().flat_map(|function| &function.code);
        code.filter_map(choice_of).fold((0, 0), |(low, high), (from, to)| (low.min(from), high.max(to)))
    }

    /// Every event that the program could ever have, in the order in which successors are generated.
    pub fn all(program: &Program) -> Vec<Event> {
        let (low, high) = Event::choices(program);
        let things = Thing::all(program);
        let mut events = Vec::new();
        for thread in 0..program.threads.len() as ThreadId {
            events.extend((low..=high).map(|choice| Event::Run { thread, choice }));
            events.extend(things.iter().map(|thing| Event::Pick { thread, thing: *thing }));
        }
        events.extend((0..program.threads.len() as ThreadId).map(|thread| Event::TimeOut { thread }));
        events.extend((0..program.bounds.calls).map(|call| Event::Dispatch { call }));
        events.extend((0..program.bounds.proxies).map(|proxy| Event::RundownProxy { proxy }));
        events.extend((0..program.bounds.packets).map(|packet| Event::RundownPacket { packet }));
        events.extend((0..program.bounds.packets).map(|packet| Event::Reclaim { packet }));
        if program.may_lose_packets {
            events.extend((0..program.bounds.packets).map(|packet| Event::Lose { packet }));
        }
        if program.may_fail {
            events.extend((0..program.threads.len() as ThreadId).map(|thread| Event::Fail { thread }));
        }
        for (index, process) in program.processes.iter().enumerate() {
            if process.may_crash {
                events.push(Event::Crash { process: index as ProcessId });
            }
        }
        events
    }
}

/// The range of the `any(…)` in an operation, if there is one.
pub fn choice_of(op: &Op) -> Option<(i8, i8)> {
    let mut found = None;
    each_expr(op, &mut |expr| {
        if let Expr::Any(low, high) = expr {
            found = Some((*low, *high));
        }
    });
    found
}

/// Visits every expression of an operation, inner ones too.
pub fn each_expr(op: &Op, visit: &mut impl FnMut(&Expr)) {
    op.visit(&mut |used| match used {
        Use::Value(e) => e.visit(visit),
        Use::Result(_)
        | Use::Out(_)
        | Use::InOut(_)
        | Use::Saves(_)
        | Use::Restores(_)
        | Use::Names(..)
        | Use::Lasts(_)
        | Use::Until(_)
        | Use::TakesUp(_)
        | Use::Packet(_)
        | Use::Asks(_)
        | Use::Word(_)
        | Use::Number(_) => {}
    });
}
