//! Which steps have to do with the outcome; the others may be folded.

use super::answers::{self, Answer};
use super::facts::Facts;
use super::{ledger, ownership};
use model::event::Event;
use model::lifecycle::module::ModulePhase;
use model::program::Op;
use model::properties::Property;
use model::reduce::Kind;
use model::state::FrameKind;

/// A run of no more steps than this is shown in full.
const SHORT_RUN: usize = 12;

/// For each step: does it matter? With no thread and no account to go by, every step does.
pub(crate) fn relevant(facts: &Facts, answers: &[Answer]) -> Vec<bool> {
    let accounts = ledger::accounts(facts);
    let concerned = concerned(facts);
    let count = facts.replayed.steps.len();
    // what the scenario itself claims may rest on anything
    let own = facts.property.is_none() || matches!(facts.property, Some(Property::Assertion | Property::Assumption));
    if own || count <= SHORT_RUN || (concerned.is_empty() && accounts.is_empty()) {
        return vec![true; count];
    }
    let telling = answers::matter(facts, answers).map(|answer| answer.step);
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
                || streamed(facts, step)
                || unloads
                || misfortune
                || picked
                || telling == Some(step)
                || step + 1 == count
        })
        .collect()
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
        for frame in facts.last().stack(facts.program, *thread) {
            let caller =
                usize::from(facts.last().calls[usize::from(frame.link) % facts.last().calls.len().max(1)].caller);
            if frame.kind == FrameKind::Dispatched && !found.contains(&caller) {
                found.push(caller);
            }
        }
    }
    found
}

/// Does a step concern the stream of a leaked packet?
fn streamed(facts: &Facts, step: usize) -> bool {
    if facts.property != Some(Property::LeakPacket) {
        return false;
    }
    let stream = match facts.executed(step).and_then(|executed| facts.op(executed)) {
        Some(Op::Api(api, _)) => api.named(Kind::Stream),
        Some(_) | None => return false,
    };
    let Some(stream) = stream else { return false };
    let leaked = facts.leaked_packets();
    facts.last().streams.get(stream).is_some_and(|stream| leaked.iter().any(|packet| stream.holds(*packet)))
}
