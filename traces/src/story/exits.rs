//! Why a process ended while somebody still used it: what told it to go, and what came in after that.

use super::answers::Answer;
use super::facts::Facts;
use super::{ownership, signals, why, words};
use model::lifecycle::call::CallPhase;
use model::lifecycle::class_object::ClassObjectPhase;
use model::lifecycle::object::ObjectPhase;
use model::names;
use model::state::{CallKind, State, Subject};
use model::step::{awaited_calls, connections};

/// What a client in another process still has of the process, or waits for.
struct Use {
    /// What it is.
    what: String,
    /// The class whose class object led to it.
    class: u8,
    /// Is it a call?
    call: bool,
    /// The step in which it came; none if it was there from the start.
    since: Option<usize>,
}

/// The sentences.
pub(super) fn why(facts: &Facts, answers: &[Answer]) -> Vec<String> {
    let mut told = why::required(facts, answers);
    let decision = decision(facts);
    if let Some((step, thread)) = decision {
        told.push(format!(
            "{} leaves because of {}: {}.",
            facts.thread(thread),
            facts.step_ref(step),
            facts.whole_step_text(step)
        ));
    }
    for one in uses(facts) {
        let Use { what, call, since: Some(since), .. } = &one else { continue };
        let (when, came) = (facts.step_ref(*since), if *call { "came in" } else { "was made" });
        told.push(if is_late(facts, decision, &one) {
            let class = words::class(facts, one.class);
            format!("{what} {came} after that, in {when}: the class object of {class} was still registered.")
        } else if decision.is_some_and(|(step, _)| *since > step) {
            format!("{what} {came} after that, in {when}.")
        } else if *call {
            format!("{what} has been executing since {when}, and what the process waited for does not wait for it.")
        } else {
            format!("{what} has been there since {when}, and a client was still connected to it.")
        });
    }
    told
}

/// The class that was activated after the process had decided to end, because its class object was still registered.
pub(super) fn activated_later(facts: &Facts) -> Option<u8> {
    let decision = decision(facts);
    uses(facts).iter().find(|one| is_late(facts, decision, one)).map(|one| one.class)
}

fn is_late(facts: &Facts, decision: Option<(usize, usize)>, one: &Use) -> bool {
    let registered = |step: usize| {
        facts.replayed.before(step).class_objects[usize::from(one.class)].phase == ClassObjectPhase::Registered
    };
    decision.is_some_and(|(step, _)| one.since.is_some_and(|since| since > step && registered(since)))
}

/// Is a step what told the process to go, or what made something that a client still uses?
pub(super) fn matters(facts: &Facts, step: usize) -> bool {
    decision(facts).is_some_and(|(decided, _)| decided == step) || uses(facts).iter().any(|one| one.since == Some(step))
}

/// Who in other processes used the process that ended, and what of it.
pub(super) fn users(facts: &Facts) -> Vec<String> {
    let Some(process) = process(facts) else { return Vec::new() };
    let state = before_the_end(facts);
    let mut found: Vec<String> = Vec::new();
    for place in connections(facts.program, state, process) {
        let proxy = state.proxies[place];
        let object = words::object(facts, state, usize::from(state.stubs[usize::from(proxy.stub)].object));
        let owner = words::owner(facts.program, usize::from(proxy.apartment));
        found.push(format!("{owner}, with its proxy of {object},"));
    }
    for place in awaited_calls(facts.program, state, process) {
        let caller = facts.thread(state.calls[place].caller);
        found.push(format!("{caller}, which waits for {},", names::call(facts.program, state, place)));
    }
    found.dedup();
    if found.is_empty() { vec!["a client in another process".to_string()] } else { found }
}

/// The step that let the thread go whose end is the end of the process, and that thread.
fn decision(facts: &Facts) -> Option<(usize, usize)> {
    let thread = usize::from(facts.breach?.by?);
    signals::let_go(facts, thread).map(|step| (step, thread))
}

/// The process that ended.
fn process(facts: &Facts) -> Option<usize> {
    match facts.breach?.subject {
        Subject::Process(process) => Some(usize::from(process)),
        Subject::None
        | Subject::Class(_)
        | Subject::Module(_)
        | Subject::Context(_)
        | Subject::Stream(_)
        | Subject::Section(_)
        | Subject::Srw(_)
        | Subject::Condition(_)
        | Subject::Event(_)
        | Subject::Thread(_) => None,
    }
}

fn before_the_end<'a>(facts: &Facts<'a>) -> &'a State {
    facts.replayed.before(facts.replayed.steps.len().saturating_sub(1))
}

fn uses(facts: &Facts) -> Vec<Use> {
    let Some(process) = process(facts) else { return Vec::new() };
    let state = before_the_end(facts);
    let mut found: Vec<Use> = Vec::new();
    for place in connections(facts.program, state, process) {
        let object = usize::from(state.stubs[usize::from(state.proxies[place].stub)].object);
        let what = words::object(facts, state, object);
        if found.iter().all(|one| one.what != what) {
            let since = ownership::since(facts, |state| state.objects[object].phase != ObjectPhase::Absent);
            found.push(Use { what, class: state.objects[object].class, call: false, since });
        }
    }
    for place in awaited_calls(facts.program, state, process) {
        let call = state.calls[place];
        let class = match call.kind {
            CallKind::Activation => call.target,
            CallKind::Method | CallKind::Release | CallKind::AddRef | CallKind::Query | CallKind::Own => {
                state.objects[usize::from(state.stubs[usize::from(call.stub)].object)].class
            }
        };
        let name = names::call(facts.program, state, place);
        // names stay as they are written
        let name = name.strip_prefix("the ").map_or_else(|| name.clone(), |name| format!("The {name}"));
        let what = format!("{name} for {}", facts.thread(call.caller));
        let since = ownership::since(facts, |state| state.calls[place].phase == CallPhase::Executing);
        found.push(Use { what, class, call: true, since });
    }
    found
}
