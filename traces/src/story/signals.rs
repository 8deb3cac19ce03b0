//! Signals: which step ended a wait, and where a signal was taken away that somebody waits for in the end.

use super::facts::Facts;
use super::words;
use model::lifecycle::thread::ThreadPhase;
use model::operation::{Does, Waits};
use model::program::{Op, SyncId, ThreadId, Waitable, builtin};
use model::reduce::Kind;
use model::state::State;
use model::waits::Reason;

/// The operation at which a thread stands before a step.
fn asked<'a>(facts: &Facts<'a>, step: usize, thread: usize) -> Option<&'a Op> {
    let frame = facts.replayed.before(step).stack(facts.program, thread).last()?;
    facts.program.functions.get(usize::from(frame.function))?.code.get(usize::from(frame.pc))
}

/// The last step before `end` after which something is so that was not so before it.
fn last(facts: &Facts, end: usize, so: impl Fn(&State) -> bool) -> Option<usize> {
    (0..end).rev().find(|step| so(facts.replayed.after(*step)) && !so(facts.replayed.before(*step)))
}

/// The steps that end waits of these threads, and those that give and take what they wait for in the end.
pub(super) fn that_end_waits(facts: &Facts, threads: &[usize]) -> Vec<usize> {
    let mut found = Vec::new();
    for (step, taken) in facts.replayed.steps.iter().enumerate() {
        let Some(thread) = taken.thread.map(usize::from).filter(|thread| threads.contains(thread)) else { continue };
        let Some(op @ Op::Api(api, _)) = asked(facts, step, thread) else { continue };
        match op.row().map_or(Waits::Never, |row| row.waits) {
            Waits::Handles => found.extend(api.handles().into_iter().filter_map(|handle| came(facts, step, handle))),
            Waits::Wake => {
                let bit = 1 << thread;
                found.extend(last(facts, step, |state| state.conditions.iter().all(|one| one.sleeping & bit == 0)));
            }
            Waits::Never
            | Waits::Section
            | Waits::Exclusive
            | Waits::Shared
            | Waits::Drain
            | Waits::Close
            | Waits::Release
            | Waits::Entry
            | Waits::Message
            | Waits::Callbacks
            | Waits::Signal => {}
        }
    }
    for thread in &facts.blocked {
        if let Some(Reason::Event(event)) = words::wait_of(facts, *thread).map(|wait| wait.reason)
            && let Some(lost) = lost(facts, event)
        {
            found.extend([lost.set, lost.taken]);
        }
    }
    found
}

/// The step that brought about the end of the last wait of a thread: for its handles, or for WM_QUIT.
pub(super) fn let_go(facts: &Facts, thread: usize) -> Option<usize> {
    let own = |step: &usize| facts.replayed.steps[*step].thread.map(usize::from) == Some(thread);
    (0..facts.replayed.steps.len()).rev().filter(own).find_map(|step| {
        let quits = |state: &State| {
            let held = state.threads[thread];
            held.quit || held.taken == builtin::QUIT || held.posted.contains(&builtin::QUIT)
        };
        if quits(facts.replayed.before(step)) && !quits(facts.replayed.after(step)) {
            return last(facts, step, quits);
        }
        let Op::Api(api, _) = asked(facts, step, thread)? else { return None };
        api.handles().into_iter().filter_map(|handle| came(facts, step, handle)).max()
    })
}

/// The step that brought about what a handle stands for.
fn came(facts: &Facts, step: usize, handle: Waitable) -> Option<usize> {
    match handle {
        Waitable::Event(event) => last(facts, step, |state| state.events[usize::from(event)]),
        Waitable::Thread(thread) => {
            last(facts, step, |state| state.threads[usize::from(thread)].phase == ThreadPhase::Ended)
        }
    }
}

/// A signal that came and was taken away again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost {
    /// The step that set the event.
    pub(super) set: usize,
    /// The step that reset it.
    pub(super) taken: usize,
}

/// The last signal of an event that is not set at the end.
pub(super) fn lost(facts: &Facts, event: SyncId) -> Option<Lost> {
    let set = |state: &State| state.events[usize::from(event)];
    let count = facts.replayed.steps.len();
    let taken = last(facts, count, |state| !set(state))?;
    Some(Lost { set: last(facts, taken, set)?, taken })
}

impl Lost {
    /// Was it taken away by resetting the event, and not by a wait?
    pub(super) fn reset(self, facts: &Facts) -> bool {
        facts.executed(self.taken).and_then(|executed| facts.op(executed)).is_some_and(|op| op.may(Does::Resets))
    }

    /// The thread that took it away.
    pub(super) fn taker(self, facts: &Facts) -> Option<ThreadId> {
        facts.replayed.steps[self.taken].thread
    }

    /// The sentence about it, for a thread that waits for the event in vain.
    pub(super) fn told(self, facts: &Facts, event: &str, waits: usize) -> String {
        let (set, taken) = (facts.step_ref(self.set), facts.step_ref(self.taken));
        let what = facts.whole_step_text(self.taken);
        let own = self.taker(facts).map(usize::from) == Some(waits);
        if self.reset(facts) {
            let who = facts.thread(waits);
            format!(
                "{event} was set in {set} and reset in {taken} ({what}), before {who} waited for it: that signal is lost."
            )
        } else if own {
            format!(
                "{event} was last set in {set}; {} took that signal itself in {taken}, and no other came.",
                facts.thread(waits)
            )
        } else {
            format!(
                "{event} was last set in {set}, and the wait in {taken} took that signal: an auto-reset event lets one wait pass."
            )
        }
    }
}

/// The last step that woke the sleepers of a condition variable when there was none.
pub(super) fn woke_nobody(facts: &Facts, condition: SyncId) -> Option<usize> {
    let wakes = |step: &usize| {
        let op = facts.executed(*step).and_then(|executed| facts.op(executed));
        let woken = match op {
            Some(op @ Op::Api(api, _)) if op.may(Does::Wakes) => api.named(Kind::Condition),
            Some(_) | None => None,
        };
        woken == Some(usize::from(condition))
            && facts.replayed.before(*step).conditions[usize::from(condition)].sleeping == 0
    };
    (0..facts.replayed.steps.len()).rev().find(wakes)
}
