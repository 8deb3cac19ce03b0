//! Threads that hold one another fast: none of them moves again, whatever anybody else does.
//!
//! Who is stuck is found out by looking at all that can follow. Where that is not known (a property is broken and the run ends, a bound cuts a
//! step) the state alone has to show it. It does so for threads that wait for locks, for each other's ends, for answers and for events, if nobody
//! outside can end one of these waits. The answer is rather too small than too large.

use crate::ample::effects::{Effects, Touch};
use crate::lifecycle::process::ProcessPhase;
use crate::lifecycle::thread::ThreadPhase;
use crate::operation::Does;
use crate::operation::operand::Until;
use crate::program::{Api, Op, ProcessId, Program, ThreadId, Timeout, Waitable};
use crate::state::State;
use crate::waits::{Reason, Wait, resting, waits};

/// What has to be known of a program for it.
#[derive(Clone, Debug)]
pub struct Held {
    effects: Effects,
    /// By process: its code can end it.
    ends: Vec<bool>,
    /// No rule is switched off: waits are what they look like.
    sound: bool,
}

impl Held {
    /// For a program.
    pub fn new(program: &Program) -> Held {
        let exits = program.functions.iter().flat_map(|function| &function.code).any(|op| op.may(Does::Exits));
        Held {
            effects: Effects::new(program),
            ends: program.processes.iter().map(|process| exits || process.main.is_some()).collect(),
            sound: program.faults.is_empty(),
        }
    }

    /// The threads that hold one another fast in a state, a bit each.
    pub fn fast(&self, program: &Program, state: &State) -> u64 {
        if !self.sound {
            return 0;
        }
        let waiting: Vec<Option<Vec<Wait>>> =
            (0..program.threads.len()).map(|thread| blocked(program, state, thread)).collect();
        let mut held =
            (0..waiting.len()).filter(|thread| waiting[*thread].is_some()).fold(0, |all, one| all | 1 << one);
        // the greatest set: whoever can be let go from outside is taken out until nobody is left who can
        loop {
            if held == 0 {
                return 0;
            }
            let touches = self.effects.future(program, state, held);
            let stays = |thread: &usize| {
                let waits = waiting[*thread].as_deref().unwrap_or(&[]);
                held & (1 << *thread) != 0
                    && !waits.is_empty()
                    && waits.iter().all(|wait| self.lasts(program, state, (*thread, wait), held, &touches))
            };
            let left = (0..waiting.len()).filter(stays).fold(0, |all, one| all | 1 << one);
            if left == held {
                // who rests in a call that never answers holds others, and is not held itself
                return held & !resting(program, state);
            }
            held = left;
        }
    }

    /// Can nobody but the threads in `held` end the wait?
    fn lasts(
        &self,
        program: &Program,
        state: &State,
        (thread, wait): (usize, &Wait),
        held: u64,
        touches: &[u64],
    ) -> bool {
        let own = program.threads[thread].process;
        let all_held = !wait.on.is_empty() && wait.on.iter().all(|on| held & (1 << on) != 0);
        // the end of a process ends what its threads hold up; if it is the waiting thread's own, that ends too
        let stays = |on: ThreadId| self.stays(state, own, program.threads[usize::from(on)].process);
        match wait.reason {
            Reason::Section(_) | Reason::Srw(_) => all_held,
            Reason::Thread(_) | Reason::Callback(_) | Reason::Answer(_) | Reason::Dispatch(_) => {
                all_held && wait.on.iter().all(|on| stays(*on))
            }
            Reason::Event(event) => !self.effects.has(touches, Touch::Set(event)),
            // it comes beside the event itself, which the thread would have to set
            Reason::OwnEvent(..) => true,
            Reason::Foreign(_) => true,
            Reason::Condition(_)
            | Reason::OwnWake(..)
            | Reason::Release(_)
            | Reason::Drain(_)
            | Reason::Close(_)
            | Reason::Closing(_)
            | Reason::Message => false,
        }
    }

    /// Does a process go on for as long as the waiting thread's own does?
    fn stays(&self, state: &State, own: ProcessId, process: ProcessId) -> bool {
        let process = usize::from(process);
        usize::from(own) == process || (!self.ends[process] && state.processes[process] == ProcessPhase::Running)
    }
}

/// What a thread waits for that cannot move by itself and serves nobody; none if it may.
fn blocked(program: &Program, state: &State, thread: usize) -> Option<Vec<Wait>> {
    let held = &state.threads[thread];
    if held.phase != ThreadPhase::Running {
        return None;
    }
    let serves = |apartment: u8| program.apartments[usize::from(apartment)].thread == Some(thread as ThreadId);
    if held.apartment.is_some_and(serves) && crate::step::pumps(program, state, thread) {
        return None;
    }
    let frame = state.stack(program, thread).last()?;
    let op = &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)];
    let mut waits = waits(program, state, thread);
    if let Op::Api(Api::Wait { on, until, timeout, .. }, _) = op {
        let all = *until == Until::All;
        if *timeout != Timeout::Infinite {
            return None;
        }
        let missing = |waitable: &&Waitable| match **waitable {
            Waitable::Event(event) => !state.events[usize::from(event)],
            Waitable::Thread(awaited) => state.threads[usize::from(awaited)].phase != ThreadPhase::Ended,
        };
        let several = on.iter().filter(missing).count() > 1;
        if !all && !on.iter().all(|waitable| missing(&waitable)) {
            return None;
        }
        // one of several that are all wanted is enough to hold it; which one is not asked
        if all && several {
            waits.clear();
        }
    }
    (!waits.is_empty()).then_some(waits)
}
