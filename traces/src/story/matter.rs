//! Which threads a run is about, the acting one first.

use super::facts::Facts;
use super::words::{self, once};
use model::properties::{Decided, Property, Stuck};
use model::state::Subject;
use model::violation;
use model::waits::{self, Reason};

/// Nobody in particular.
pub(super) fn nobody(_: &Facts) -> Vec<usize> {
    Vec::new()
}

/// Who breaks the property, and to whom it happens.
pub(super) fn of_breach(facts: &Facts) -> Vec<usize> {
    let Some(breach) = facts.breach else { return Vec::new() };
    let acting = || facts.replayed.steps.last().and_then(|step| step.thread.map(usize::from));
    let by = breach.by.map(usize::from).or_else(acting);
    once(by.into_iter().chain(facts.victims()))
}

/// The same with everybody who is inside the module.
pub(super) fn of_unload(facts: &Facts) -> Vec<usize> {
    let inside = match facts.breach.map(|breach| breach.subject) {
        Some(Subject::Module(module)) => facts.inside_module(module),
        _ => Vec::new(),
    };
    once(of_breach(facts).into_iter().chain(inside))
}

/// The threads of the circle; of those that are stuck if there is none.
pub(super) fn of_circle(facts: &Facts) -> Vec<usize> {
    if facts.cycle.is_empty() {
        return of_blocked(facts);
    }
    facts.cycle.iter().map(|(thread, _)| usize::from(*thread)).collect()
}

/// The threads that wait in vain, and those for whom they wait, where these wait themselves: at the end of that chain is the cause.
pub(super) fn of_blocked(facts: &Facts) -> Vec<usize> {
    let mut found = facts.blocked.clone();
    let mut next = 0;
    while let Some(thread) = found.get(next).copied() {
        next += 1;
        let Some(wait) = words::wait_of(facts, thread).filter(|wait| is_for_somebody(wait.reason)) else { continue };
        let on = wait.on.first().map(|on| usize::from(*on));
        let on = on.filter(|on| {
            !found.contains(on) && words::wait_of(facts, *on).is_some_and(|wait| stands_still(wait.reason))
        });
        found.extend(on);
    }
    found
}

/// Is a wait more than an idle message loop, or a body that never answers, which is told where its caller is?
fn stands_still(reason: Reason) -> bool {
    !matches!(reason, Reason::Message | Reason::Foreign(_))
}

/// Is it one thread, or one of its calls, that a wait is for?
fn is_for_somebody(reason: Reason) -> bool {
    match reason {
        Reason::Answer(_)
        | Reason::Drain(_)
        | Reason::Close(_)
        | Reason::Closing(_)
        | Reason::Section(_)
        | Reason::Srw(_)
        | Reason::Thread(_)
        | Reason::Callback(_) => true,
        Reason::Event(_)
        | Reason::Condition(_)
        | Reason::OwnEvent(..)
        | Reason::OwnWake(..)
        | Reason::Dispatch(_)
        | Reason::Release(_)
        | Reason::Message
        | Reason::Foreign(_) => false,
    }
}

/// The threads that act in the last step, or in the part that repeats.
pub(super) fn of_claim(facts: &Facts) -> Vec<usize> {
    let steps = &facts.replayed.steps;
    let from = facts.run.loop_start.unwrap_or(steps.len().saturating_sub(1));
    once(steps.iter().skip(from).filter_map(|step| step.thread.map(usize::from)))
}

/// The threads of which a property says that they are stuck, and their circle if it is about one.
pub(super) fn stuck(facts: &Facts, property: Property) -> (Vec<usize>, Vec<(model::program::ThreadId, Reason)>) {
    let (program, last) = (facts.program, facts.last());
    let Decided::Stuck(which) = property.decided() else { return (Vec::new(), Vec::new()) };
    let blocked = crate::moves::Moves::of(program, last).blocked(program, last);
    let needed = |thread: &usize| program.processes[usize::from(program.threads[*thread].process)].must_exit;
    let threads = (0..program.threads.len()).filter(|thread| blocked & (1 << thread) != 0);
    match which {
        Stuck::Needed => (threads.filter(needed).collect(), Vec::new()),
        Stuck::Others => (threads.filter(|thread| !needed(thread)).collect(), Vec::new()),
        Stuck::Circle => {
            // of several circles the one that the run is about
            let line = |thread: &usize| u64::from(violation::line_of(program, last, *thread));
            let told = (0..program.threads.len()).filter(|thread| facts.run.about.contains(&line(thread)));
            let told = told.fold(0, |set, thread| set | 1 << thread) & blocked;
            let cycle = waits::cycle(program, last, told).or_else(|| waits::cycle(program, last, blocked));
            (threads.collect(), cycle.unwrap_or_default())
        }
    }
}
