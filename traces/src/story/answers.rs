//! The HRESULTs that the run-time gave in a run, and the one that matters.
//!
//! A result that the scenario throws away is found by asking the model again: the same step of the same program in which the
//! operation keeps its result and the thread stops behind it.

use super::facts::Facts;
use super::{telling, words};
use model::codes::Code;
use model::event::Event;
use model::operation::Gives;
use model::program::{Api, Op, Place, Program, Slot, Ty};
use model::state::{CallKind, Frame, State};
use model::step::Step;

/// A code that a thread got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The step in which it got it.
    pub(crate) step: usize,
    pub(crate) thread: usize,
    pub(crate) code: Code,
    /// The scenario threw it away.
    pub(crate) dropped: bool,
}

/// Every code of the run, by step.
pub(crate) fn answers(facts: &Facts) -> Vec<Answer> {
    (0..facts.replayed.steps.len()).filter_map(|step| answer(facts, step)).collect()
}

fn answer(facts: &Facts, step: usize) -> Option<Answer> {
    let taken = &facts.replayed.steps[step];
    let before = facts.replayed.before(step);
    let (Event::Run { thread, .. } | Event::Pick { thread, .. } | Event::TimeOut { thread }) = taken.event else {
        return None;
    };
    let thread = usize::from(thread);
    let frame = before.stack(facts.program, thread).last().copied()?;
    let function = facts.program.functions.get(usize::from(frame.function))?;
    let op = function.code.get(usize::from(frame.pc))?;
    let dropped = match op {
        Op::Api(_, dst) | Op::Method { dst, .. } | Op::QueryInterface(.., dst) => dst.is_none(),
        _ => false,
    };
    if let Op::Method { template, method, asynchronous, .. } = op {
        // a call that is not even sent fails at once
        let at_once = || {
            let result = facts.program.templates.get(usize::from(*template))?.methods.get(usize::from(*method))?.result;
            let value = result_of(facts, step, frame, thread).filter(|_| result == Ty::Code && !asynchronous)?;
            Some(Code(value)).filter(|code| !code.succeeded())
        };
        let code = method_answer(facts, before, step, thread, *template, *method).or_else(at_once)?;
        return Some(Answer { step, thread, code, dropped });
    }
    let Op::Api(api, _) = op else { return None };
    if !answers_a_code(api) {
        return None;
    }
    let value = result_of(facts, step, frame, thread)?;
    Some(Answer { step, thread, code: Code(value), dropped })
}

/// The result that the operation gives at which a frame stands before a step, if it gives it in that step.
fn result_of(facts: &Facts, step: usize, frame: Frame, thread: usize) -> Option<i8> {
    let before = facts.replayed.before(step);
    result(facts.program, before, &facts.replayed.steps[step].event, frame.function, frame.pc, thread)
}

/// The code of a call through a proxy, when its caller takes the answer.
fn method_answer(facts: &Facts, before: &State, step: usize, thread: usize, template: u8, method: u8) -> Option<Code> {
    let after = facts.replayed.after(step);
    let taken = before.calls.iter().zip(&after.calls).find(|(call, next)| {
        use model::lifecycle::call::CallPhase;
        usize::from(call.caller) == thread
            && call.phase == CallPhase::Answered
            && next.phase == CallPhase::Absent
            && call.kind == CallKind::Method
    });
    let (call, _) = taken?;
    if !call.code.succeeded() {
        return Some(call.code);
    }
    let method = facts.program.templates.get(usize::from(template))?.methods.get(usize::from(method))?;
    method.answered(call.result, call.code)
}

/// Does the function answer with an HRESULT or a wait code?
fn answers_a_code(api: &Api) -> bool {
    match api.row().gives {
        Gives::Hresult => true,
        Gives::Nothing | Gives::Bool | Gives::Ok | Gives::Sum | Gives::Before | Gives::Handle => false,
    }
}

/// The result that the run-time's function gives in this step; none if it does not return in it.
fn result(program: &Program, before: &State, event: &Event, function: u16, pc: u16, thread: usize) -> Option<i8> {
    let mut probe = program.clone();
    let probed = probe.functions.get_mut(usize::from(function))?;
    let slot = u8::try_from(probed.slots.len()).ok()?;
    probed.slots.push(Slot { name: String::new(), ty: Ty::Code });
    match probed.code.get_mut(usize::from(pc))? {
        Op::Api(_, dst) | Op::Method { dst, .. } => *dst = Some(Place::Local(slot)),
        _ => return None,
    }
    // a shared operation behind it: the thread stops there and the slot keeps the result
    *probed.code.get_mut(usize::from(pc) + 1)? = Op::Api(Api::Sleep {}, None);
    let depth = usize::from(before.threads.get(thread)?.depth).checked_sub(1)?;
    let lies = usize::from(slot) + before.slot_base(&probe, thread, depth);
    // no room for one more slot, or another frame of the same function beneath, whose slots would move
    let same = before.stack(program, thread).iter().filter(|frame| frame.function == function).count();
    if lies >= (thread + 1) * usize::from(program.bounds.slots) || same != 1 {
        return None;
    }
    let mut step = Step::new(&probe, before.clone());
    step.take(event).ok()?;
    let after = step.state();
    let frame = after.stack(&probe, thread).get(depth)?;
    (frame.function == function && frame.pc == pc + 1).then(|| after.slots.get(lies).copied())?
}

/// The sentence about the code that matters: the last failing one that a thread that matters got, or for a broken promise of
/// success the success itself.
pub(crate) fn that_matters(facts: &Facts, answers: &[Answer]) -> Option<String> {
    let matters = matter(facts, answers)?;
    let what = function(facts, matters);
    let ignored = if matters.dropped { ", which did not look at it" } else { "" };
    Some(format!("{what} returned {} to {}{ignored}.", words::code(matters.code), facts.thread(matters.thread)))
}

/// The function that gave a code; a method as it was called.
pub(crate) fn function(facts: &Facts, answer: &Answer) -> String {
    let name = facts.executed(answer.step).and_then(|executed| facts.op(executed)).map_or("", words::api_name);
    let what = if name.is_empty() { facts.whole_step_text(answer.step) } else { name.to_string() };
    what.strip_suffix(" returns").unwrap_or(&what).to_string()
}

/// The code that matters, if any.
pub(crate) fn matter<'a>(facts: &Facts, answers: &'a [Answer]) -> Option<&'a Answer> {
    let concerned = |answer: &&Answer| facts.matter.contains(&answer.thread) || facts.matter.is_empty();
    // a wait that timed out explains an end, but not why threads wait now
    let timed_out = |answer: &Answer| answer.code == Code::WAIT_TIMEOUT && facts.cycle.is_empty();
    let failing = answers.iter().rev().filter(concerned).find(|answer| !answer.code.succeeded() || timed_out(answer));
    failing
        .or_else(|| {
            let promised = telling::of(facts).of_success;
            let disconnects = |answer: &&Answer| {
                let executed = facts.executed(answer.step).and_then(|executed| facts.op(executed));
                matches!(executed, Some(Op::Api(Api::CoDisconnectContext { .. } | Api::CoDisconnectObject { .. }, _)))
            };
            answers.iter().rev().filter(concerned).find(|answer| promised && disconnects(answer))
        })
        .or_else(|| answers.iter().rev().find(|answer| !answer.code.succeeded()))
}
