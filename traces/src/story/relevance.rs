//! Which steps have to do with the outcome; the others may be folded.

use super::answers::{self, Answer};
use super::facts::Facts;
use super::{ledger, ownership, signals, telling};
use model::event::Event;
use model::lifecycle::module::ModulePhase;
use model::program::Op;
use model::reduce::Kind;
use model::state::Subject;

/// A run of no more steps than this is shown in full.
const SHORT_RUN: usize = 12;

/// Which steps have to do with a property, besides those that any story shows.
#[derive(Clone, Copy)]
pub(crate) enum Steps {
    /// Each may: what the scenario itself claims can rest on anything.
    All,
    /// Those of which this says so.
    These(fn(&Facts, usize) -> bool),
}

/// For each step: does it matter? With no thread and no account to go by, every step does.
pub(crate) fn relevant(facts: &Facts, answers: &[Answer]) -> Vec<bool> {
    let accounts = ledger::accounts(facts);
    let concerned = concerned(facts);
    let count = facts.replayed.steps.len();
    let own = match telling::of(facts).steps {
        Steps::These(own) if count > SHORT_RUN && !(concerned.is_empty() && accounts.is_empty()) => own,
        Steps::These(_) | Steps::All => return vec![true; count],
    };
    let telling = answers::matter(facts, answers).map(|answer| answer.step);
    let ends = signals::that_end_waits(facts, &concerned);
    (0..count)
        .map(|step| {
            let taken = &facts.replayed.steps[step];
            let (before, after) = (facts.replayed.before(step), facts.replayed.after(step));
            let acts = taken.thread.is_some_and(|thread| concerned.contains(&usize::from(thread)));
            let counts = accounts.iter().any(|account| ledger::changes(facts, *account, step));
            let unloads = before
                .modules
                .iter()
                .zip(&after.modules)
                .any(|(old, new)| old.phase == ModulePhase::Loaded && new.phase == ModulePhase::Unloaded);
            let misfortune = matches!(taken.event, Event::Lose { .. } | Event::Crash { .. });
            // which of several things was taken is what decided how the run went on
            let picked = matches!(taken.event, Event::Pick { .. });
            let failed = answers.iter().any(|answer| answer.step == step && !answer.code.succeeded());
            acts || counts
                || failed
                || own(facts, step)
                || ends.contains(&step)
                || unloads
                || misfortune
                || picked
                || telling == Some(step)
                || step + 1 == count
        })
        .collect()
}

/// No others.
pub(super) fn none(_: &Facts, _: usize) -> bool {
    false
}

/// The threads that matter and those whose calls they execute.
fn concerned(facts: &Facts) -> Vec<usize> {
    let mut found = facts.matter.clone();
    let culprit = facts.breach.and_then(|breach| ownership::destroyed_by(facts, breach.subject));
    if let Some(thread) = culprit.and_then(|(step, _)| facts.replayed.steps[step].thread).map(usize::from)
        && !found.contains(&thread)
    {
        found.push(thread);
    }
    for thread in &facts.matter {
        let stack = facts.last().stack(facts.program, *thread);
        for call in stack.iter().filter_map(|frame| frame.origin.call()) {
            let caller = usize::from(facts.last().calls[usize::from(call)].caller);
            if !found.contains(&caller) {
                found.push(caller);
            }
        }
    }
    found
}

/// Does a step concern the stream of a leaked packet?
pub(super) fn streamed(facts: &Facts, step: usize) -> bool {
    let streams = match facts.executed(step).and_then(|executed| facts.op(executed)) {
        Some(Op::Api(api, _)) => api.all_named(Kind::Stream),
        Some(_) | None => return false,
    };
    let leaked = facts.leaked_packets();
    let mut named = streams.into_iter().filter_map(|stream| facts.last().streams.get(stream));
    named.any(|stream| leaked.iter().any(|packet| stream.holds(*packet)))
}

/// Does a step spend, or give back, what the last one gives back once more?
pub(super) fn gives_back(facts: &Facts, step: usize) -> bool {
    let (before, after) = (facts.replayed.before(step), facts.replayed.after(step));
    match facts.breach.map(|breach| breach.subject) {
        Some(Subject::Stream(stream)) => ownership::packets_in(facts, usize::from(stream))
            .into_iter()
            .any(|packet| before.packets[packet].phase != after.packets[packet].phase),
        Some(Subject::Module(module)) => {
            before.modules[usize::from(module)].count != after.modules[usize::from(module)].count
        }
        Some(Subject::Class(class)) => before
            .stubs
            .iter()
            .zip(&after.stubs)
            .any(|(old, new)| old.locks != new.locks && after.objects[usize::from(new.object)].class == class),
        Some(
            Subject::None
            | Subject::Context(_)
            | Subject::Process(_)
            | Subject::Section(_)
            | Subject::Srw(_)
            | Subject::Condition(_)
            | Subject::Event(_)
            | Subject::Thread(_),
        )
        | None => false,
    }
}
