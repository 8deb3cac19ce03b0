//! Why it is wrong: the condition that failed with its values, who waits for whom, who was inside and what was not waited for.

use super::answers::{self, Answer};
use super::facts::Facts;
use super::pointers::{self, Holders, Misuse, Null};
use super::text::listed;
use super::{claims, ownership, relevance, setters, signals, telling, words};
use model::codes::Code;
use model::lang::ast::Span;
use model::lifecycle::call::CallPhase;
use model::lifecycle::class_object::ClassObjectPhase;
use model::lifecycle::module::ModulePhase;
use model::lifecycle::object::ObjectPhase;
use model::lifecycle::stub::StubPhase;
use model::program::{Api, Op};
use model::state::{CallKind, Subject};
use model::waits::Reason;

/// The sentences, one per line of thought.
pub(crate) fn why(facts: &Facts, answers: &[Answer]) -> Vec<String> {
    (telling::of(facts).why)(facts, answers)
}

/// There is nothing to say about it.
pub(super) fn nothing(_: &Facts, _: &[Answer]) -> Vec<String> {
    Vec::new()
}

/// What the property asks for.
pub(super) fn required(facts: &Facts, _: &[Answer]) -> Vec<String> {
    facts.property.map(|property| format!("Required: {}.", property.sentence())).into_iter().collect()
}

pub(super) fn deadlock(facts: &Facts, _: &[Answer]) -> Vec<String> {
    if let [(thread, reason)] = facts.cycle.as_slice() {
        let thread = usize::from(*thread);
        let told = edge(facts, thread, *reason, Some(thread));
        return std::iter::once(told)
            .chain(let_in(facts, thread))
            .chain(["It waits for itself.".to_string()])
            .collect();
    }
    let edges = facts.cycle.iter().enumerate().map(|(index, (thread, reason))| {
        let on = facts.cycle.get((index + 1) % facts.cycle.len()).map(|(on, _)| usize::from(*on));
        edge(facts, usize::from(*thread), *reason, on)
    });
    edges.chain(std::iter::once("None of them can go on before another does.".to_string())).collect()
}

pub(super) fn stuck(facts: &Facts, _: &[Answer]) -> Vec<String> {
    facts.matter.iter().flat_map(|thread| vain(facts, *thread)).chain(unanswered(facts)).collect()
}

pub(super) fn leak_ref(facts: &Facts, _: &[Answer]) -> Vec<String> {
    let over = "All is over: every thread has ended or is idle, nothing is in flight, and only a Release that nobody will call could take the \
                last reference.";
    let objects = facts.leaked_objects().into_iter();
    let forgotten = objects.flat_map(|object| Holders::of(facts, object).forgotten(facts, object));
    std::iter::once(over.to_string()).chain(forgotten).collect()
}

pub(super) fn ok_means_drained(_: &Facts, _: &[Answer]) -> Vec<String> {
    vec![
        "S_OK must mean that no stub manager of the context is connected and no call is pending there. It is what the caller takes as \
         its licence to unload."
            .to_string(),
    ]
}

pub(super) fn double_release(facts: &Facts, answers: &[Answer]) -> Vec<String> {
    let mut told = required(facts, answers);
    let count = facts.replayed.steps.len().saturating_sub(1);
    let mut given: Vec<usize> = (0..count).filter(|step| relevance::gives_back(facts, *step)).collect();
    match facts.breach.map(|breach| breach.subject) {
        // it was written, and it was spent
        Some(Subject::Stream(_)) => {
            told.extend(given.pop().map(|step| {
                format!("The packet was spent in {}: {}.", facts.step_ref(step), facts.whole_step_text(step))
            }))
        }
        Some(Subject::Module(_) | Subject::Class(_)) => told.extend(given.pop().map(|step| {
            format!("The last reference was given back in {}: {}.", facts.step_ref(step), facts.whole_step_text(step))
        })),
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
        | None => {}
    }
    told
}

pub(super) fn use_after_free(facts: &Facts, answers: &[Answer]) -> Vec<String> {
    match facts.breach.map(|breach| breach.subject) {
        Some(subject @ Subject::Class(_)) => of_destroyed(facts, subject),
        _ => of_null(facts, answers),
    }
}

pub(super) fn unload_in_use(facts: &Facts, answers: &[Answer]) -> Vec<String> {
    match facts.breach.map(|breach| breach.subject) {
        Some(Subject::Module(module)) => unload(facts, answers, module),
        _ => required(facts, answers),
    }
}

/// How a call came to a thread that waits itself for an answer: the wait dispatches what comes in.
pub(super) fn let_in(facts: &Facts, thread: usize) -> Option<String> {
    let stack = facts.stack(thread);
    let inner = stack.iter().rposition(|frame| frame.origin.call().is_some()).filter(|inner| *inner > 0)?;
    let outer = stack[inner - 1];
    let span = crate::run::span(facts.program, outer.function, outer.pc);
    let line = facts.line(span).map_or_else(String::new, |line| format!(" in line {line}"));
    Some(format!(
        "{} executes {} because {}{line} dispatches what comes in while it waits.",
        facts.thread(thread),
        words::function(facts.program, stack[inner].function),
        facts.whole(span)
    ))
}

/// One edge of a wait cycle: where, who, for what, and who could end it.
fn edge(facts: &Facts, thread: usize, reason: Reason, on: Option<usize>) -> String {
    let line = |span| facts.line(span).map_or_else(String::new, |line| format!(" in line {line}"));
    let here = facts.stand(thread).map_or_else(String::new, line);
    let by = match (on, reason) {
        (Some(on), Reason::Srw(srw)) if words::waits_for(facts, srw, on) => {
            format!("; {} waits to hold it alone, and keeps later readers out", facts.thread(on))
        }
        (Some(on), Reason::Section(_) | Reason::Srw(_)) => {
            let since = held_since(facts, reason).map_or_else(String::new, |step| {
                let line = facts.step_line(step).map_or_else(String::new, |line| format!(" (line {line})"));
                format!(" since step {}{line}", step + 1)
            });
            format!("; {} holds it{since}", facts.thread(on))
        }
        (Some(on), Reason::Event(_) | Reason::Condition(_)) => match ahead(facts, on, reason) {
            Some(span) => format!("; {} would do that{}, which it has not reached", facts.thread(on), line(span)),
            None => format!("; {} would do that later", facts.thread(on)),
        },
        (
            Some(on),
            Reason::Answer(_) | Reason::OwnEvent(..) | Reason::OwnWake(..) | Reason::Drain(_) | Reason::Close(_),
        ) => {
            let idle = standing(facts, on).is_some_and(|op| matches!(op, Op::Api(Api::GetMessage {}, _)));
            let stands = facts.stand(on).map_or_else(String::new, line);
            let doing = if idle { format!(" and sits in its message loop{stands}") } else { String::new() };
            format!("; {} executes that{doing}", facts.thread(on))
        }
        (Some(on), Reason::Dispatch(_) | Reason::Release(_)) => {
            let stands = facts.stand(on).map_or_else(String::new, line);
            format!("; {} does not pump where it stands{stands}", facts.thread(on))
        }
        (
            Some(_),
            Reason::Thread(_) | Reason::Callback(_) | Reason::Closing(_) | Reason::Message | Reason::Foreign(_),
        )
        | (None, _) => String::new(),
    };
    format!("{} waits{here} {}{by}.", facts.thread(thread), words::awaited(facts, facts.last(), reason, on))
}

/// Where a thread would set an event or wake a sleeper, in the functions on its stack behind the point it has reached.
fn ahead(facts: &Facts, thread: usize, reason: Reason) -> Option<Span> {
    let ends = |op: &Op| match (op, reason) {
        (Op::Api(Api::SetEvent { event: set }, _), Reason::Event(event)) => set.0 == event,
        (
            Op::Api(
                Api::WakeConditionVariable { condition: woken } | Api::WakeAllConditionVariable { condition: woken },
                _,
            ),
            Reason::Condition(condition),
        ) => woken.0 == condition,
        _ => false,
    };
    let stack = facts.last().stack(facts.program, thread).iter().rev().map(|frame| (frame.function, frame.pc));
    // work that was posted to it comes after what it is doing
    let held = facts.last().threads[thread];
    let posted = [held.taken].into_iter().chain(held.posted).filter(|work| *work != 0).map(|work| (work, 0));
    stack.chain(posted).find_map(|(function, pc)| {
        let function = facts.program.functions.get(usize::from(function))?;
        let found = function.code.iter().skip(usize::from(pc)).position(ends)?;
        function.spans.get(usize::from(pc) + found).copied()
    })
}

/// The operation at which a thread stands at the end.
pub(super) fn standing<'a>(facts: &Facts<'a>, thread: usize) -> Option<&'a Op> {
    let frame = facts.last().stack(facts.program, thread).last()?;
    facts.program.functions.get(usize::from(frame.function))?.code.get(usize::from(frame.pc))
}

/// Was a call not yet under way when a step had been taken?
pub(super) fn came_after(facts: &Facts, call: Option<u8>, step: usize) -> bool {
    let then = facts.replayed.after(step);
    call.is_some_and(|call| then.calls[usize::from(call)].phase == CallPhase::Absent)
}

/// The step since which a lock is held.
fn held_since(facts: &Facts, reason: Reason) -> Option<usize> {
    ownership::since(facts, |state| match reason {
        Reason::Section(section) => state.sections[usize::from(section)].owner.is_some(),
        Reason::Srw(srw) => state.srws[usize::from(srw)].is_held(),
        _ => false,
    })
}

/// A thread that waits in vain: for what, and why nobody brings it about.
fn vain(facts: &Facts, thread: usize) -> Vec<String> {
    let Some(wait) = words::wait_of(facts, thread) else {
        return vec![format!("{} cannot go on.", facts.thread(thread))];
    };
    let mut told = Vec::new();
    let first = wait.on.first().map(|on| usize::from(*on));
    if matches!(
        wait.reason,
        Reason::Answer(_)
            | Reason::Drain(_)
            | Reason::Close(_)
            | Reason::Closing(_)
            | Reason::Section(_)
            | Reason::Srw(_)
    ) && first.is_some()
    {
        return vec![edge(facts, thread, wait.reason, first)];
    }
    told.push(edge(facts, thread, wait.reason, None));
    if matches!(wait.reason, Reason::Foreign(_)) {
        return told;
    }
    let lost = signalled(facts, thread, wait.reason);
    let again = if lost.is_some() { " once more" } else { "" };
    told.extend(lost);
    let able: Vec<String> = wait.on.iter().map(|on| facts.thread(*on)).collect();
    let nobody = match wait.reason {
        Reason::OwnEvent(..) | Reason::OwnWake(..) => "It does not get there itself while it waits.",
        Reason::Event(event) if able.is_empty() => {
            told.extend(setters::of_event(facts, event));
            return told;
        }
        Reason::Event(_) => "No thread that is left has a SetEvent for it in front of it.",
        Reason::Condition(_) => {
            "No thread that is left has a wake for it in front of it: a wake with nobody asleep is lost."
        }
        Reason::Callback(_) => "That callback never comes to its end.",
        Reason::Thread(_) => "That thread has not been started, or never gets to its end.",
        Reason::Message => "Nobody is left who would post WM_QUIT to it.",
        Reason::Dispatch(_) => "It never arrives.",
        Reason::Release(_) => "That apartment serves nobody any more.",
        Reason::Foreign(_) => "It never returns.",
        Reason::Answer(_) if wait.on.is_empty() => "The thread that executed it has ended inside it.",
        Reason::Answer(_)
        | Reason::Section(_)
        | Reason::Srw(_)
        | Reason::Drain(_)
        | Reason::Close(_)
        | Reason::Closing(_) => "Whoever it waits for is stuck itself.",
    };
    if able.is_empty() || matches!(wait.reason, Reason::Message) {
        told.push(nobody.to_string());
    } else {
        let and = if able.len() == 1 { "and does not get there" } else { "and they do not get there" };
        told.push(format!("Only {} could do that{again}, {and}.", listed(&able)));
    }
    told
}

/// The last signal that was there for a thread that waits in vain, and why it was of no use.
fn signalled(facts: &Facts, thread: usize, reason: Reason) -> Option<String> {
    match reason {
        Reason::Event(event) => {
            let name = facts.program.events.get(usize::from(event)).map_or("", |event| &event.name);
            Some(signals::lost(facts, event)?.told(facts, name, thread))
        }
        Reason::Condition(condition) => {
            let step = signals::woke_nobody(facts, condition)?;
            let name = facts.program.conditions.get(usize::from(condition)).map_or("", |condition| &condition.name);
            Some(format!(
                "The last wake of {name} was in {}, when nobody slept there: it is lost.",
                facts.step_ref(step)
            ))
        }
        Reason::Dispatch(_)
        | Reason::Answer(_)
        | Reason::OwnEvent(..)
        | Reason::Thread(_)
        | Reason::Callback(_)
        | Reason::Section(_)
        | Reason::Srw(_)
        | Reason::OwnWake(..)
        | Reason::Drain(_)
        | Reason::Close(_)
        | Reason::Closing(_)
        | Reason::Release(_)
        | Reason::Message
        | Reason::Foreign(_) => None,
    }
}

/// The calls that never return because their class never answers.
fn unanswered(facts: &Facts) -> Vec<String> {
    let told = words::peers(facts).into_iter().map(|(thread, class, method)| {
        let (class, method) = (words::class(facts, class), words::function(facts.program, method));
        format!("{} never comes back from {method}: class {class} says `never answers`.", facts.thread(thread))
    });
    told.collect()
}

fn unload(facts: &Facts, answers: &[Answer], module: u8) -> Vec<String> {
    let mut told = Vec::new();
    let name = facts.program.modules.get(usize::from(module)).map_or("", |module| &module.name);
    let step = ownership::since(facts, |state| state.modules[usize::from(module)].phase == ModulePhase::Unloaded);
    if let Some(step) = step {
        let line = facts.step_line(step).map_or_else(String::new, |line| format!(" in line {line}"));
        told.push(format!(
            "Step {}{line} gave back the last reference on {name}: its code is gone at once, whoever is in it.",
            step + 1
        ));
        if matches!(facts.lets_go(step), Some(Op::Api(Api::FreeUnusedLibrary { .. }, _))) {
            told.push(
                "DllCanUnloadNow had answered S_OK: what it counts does not cover what was still to run there."
                    .to_string(),
            );
            told.extend(counted_down(facts, usize::from(module), step));
        }
        told.extend(left(facts, step));
    }
    for thread in facts.inside_module(module) {
        let frames = facts.last().stack(facts.program, thread);
        let dispatched = frames.iter().find_map(|frame| frame.origin.call());
        let call = dispatched.map(|place| facts.last().calls[usize::from(place)]);
        let at = facts.stand(thread).map_or_else(String::new, |stand| facts.at_line(stand));
        if let Some(call) = call.filter(|call| call.kind == CallKind::Activation) {
            let revoked = facts.last().class_objects[usize::from(call.target)].phase == ClassObjectPhase::Revoked;
            let class = facts.program.classes.get(usize::from(call.target)).map_or("", |class| &class.name);
            let (by, what) = (facts.thread(thread), facts.inside_or_own(thread));
            told.push(if step.is_some_and(|step| came_after(facts, dispatched, step)) {
                format!("{by} comes to {what} only now: the class object of {class} was still registered.")
            } else if revoked {
                format!(
                    "{by} is still executing {what}, which is code of {class}; revoking the class object stopped new ones, not this one."
                )
            } else {
                format!("{by} is still executing {what}, which is code of {class}.")
            });
            continue;
        }
        let pending = call.map(|call| facts.last().stubs[usize::from(call.stub)]).filter(|stub| stub.pending > 0);
        told.push(match pending {
            Some(stub) => {
                let place = dispatched.map_or(0, |place| usize::from(facts.last().calls[usize::from(place)].stub));
                let flag = match *stub.phase {
                    StubPhase::Disconnecting => "its disconnect flag is set, which only keeps new calls out",
                    StubPhase::Connected => "it was never told to disconnect",
                    StubPhase::Absent | StubPhase::Cutting | StubPhase::Gone => "it is cut",
                };
                let name = words::stub(facts, facts.last(), place);
                format!(
                    "{} stands in {}{at}; {name} still counts {} pending, and {flag}.",
                    facts.thread(thread),
                    facts.inside_or_own(thread),
                    counted(stub.pending)
                )
            }
            None => format!(
                "{} stands in {}{at}, and no stub manager counts that as a call.",
                facts.thread(thread),
                facts.inside_or_own(thread)
            ),
        });
    }
    match answers::matter(facts, answers) {
        Some(answer) if answer.code == Code::RPC_E_TIMEOUT => told.push(
            "RPC_E_TIMEOUT means that calls were still pending when the time was up: nothing was waited for to the end and nothing \
             was undone."
                .to_string(),
        ),
        Some(answer) if answer.code == Code::CONTEXT_E_WOULD_DEADLOCK => told.push(
            "CONTEXT_E_WOULD_DEADLOCK means that the caller is itself inside a call on an object of the context: nothing was waited for."
                .to_string(),
        ),
        Some(answer) if is_call_of(facts, answer.step, "CoDisconnectObject") => {
            told.push("CoDisconnectObject does not wait for calls in progress: S_OK means accepted.".to_string());
        }
        Some(answer) if is_call_of(facts, answer.step, "CoDisconnectContext") && answer.code.succeeded() => told.push(
            "CoDisconnectContext did answer S_OK; what runs in the module now is not a call that it waits for.".to_string(),
        ),
        Some(_) | None => {}
    }
    let waited = facts.replayed.steps.iter().enumerate().any(|(step, _)| {
        let op = facts.executed(step).and_then(|executed| facts.op(executed));
        matches!(op, Some(Op::Api(Api::CoDisconnectContext { .. }, _)))
    });
    let called = facts.inside_module(module).iter().any(|thread| facts.caller(*thread).is_some());
    if !waited && called {
        told.push("Nothing in this run waited for calls in progress: no CoDisconnectContext was made.".to_string());
    }
    told
}

/// What DllCanUnloadNow read, which step made it so, and which objects were there all the same.
fn counted_down(facts: &Facts, module: usize, end: usize) -> Vec<String> {
    let value = |global: usize, at: usize| facts.replayed.before(at).globals[global];
    let read: Vec<String> = ownership::read_to_unload(facts, module)
        .into_iter()
        .map(|global| {
            let variable = &facts.program.globals[global];
            let since = ownership::changed_before(facts, global, end).map_or_else(
                || " from the start on".to_string(),
                |step| format!(" since {}: {}", facts.step_ref(step), facts.whole_step_text(step)),
            );
            format!("{} was {}{since}", variable.name, claims::shown(variable.ty, value(global, end)))
        })
        .collect();
    let state = facts.replayed.before(end);
    let alive = claims::objects_of(facts, state, module).into_iter().map(|place| {
        let made = (0..end).rev().find(|step| facts.replayed.before(*step).objects[place].phase == ObjectPhase::Absent);
        let made = made.map_or_else(String::new, |step| format!(", made in {},", facts.step_ref(step)));
        format!("{}{made} was still alive then.", words::object(facts, state, place))
    });
    (!read.is_empty()).then(|| format!("{}.", listed(&read))).into_iter().chain(alive).collect()
}

/// By what the module went, where that is no call that frees it: the end of its last apartment, or of a thread.
fn left(facts: &Facts, step: usize) -> Option<String> {
    let thread = facts.replayed.steps[step].thread?;
    let op = facts.executed(step).and_then(|executed| facts.op(executed));
    match op {
        Some(Op::Api(Api::CoUninitialize {}, _)) => Some(format!(
            "It was the last CoUninitialize of {}: COM frees the libraries of an apartment that it closes, and asks no DllCanUnloadNow.",
            facts.thread(thread)
        )),
        Some(Op::Return(_)) => Some(format!(
            "It was the end of {}, the last thread of its apartment: COM frees the libraries of an apartment that it closes.",
            facts.thread(thread)
        )),
        Some(_) | None => None,
    }
}

fn is_call_of(facts: &Facts, step: usize, name: &str) -> bool {
    facts.executed(step).and_then(|executed| facts.op(executed)).is_some_and(|op| words::api_name(op) == name)
}

fn counted(pending: u8) -> String {
    if pending == 1 { "one call".to_string() } else { format!("{pending} calls") }
}

fn of_destroyed(facts: &Facts, subject: Subject) -> Vec<String> {
    let mut told = Vec::new();
    if let Some((step, culprit)) = ownership::destroyed_by(facts, subject) {
        let line = facts.step_line(step).map_or_else(String::new, |line| format!(" (line {line})"));
        let how = if ownership::deletes(facts, step) { "It was deleted" } else { "The last Release was" };
        told.push(format!("{how} in step {}, by {culprit}{line}: {}.", step + 1, facts.whole_step_text(step)));
    }
    told.push(match pointers::misuse(facts) {
        Some(Misuse::Taken { by, pointer, since }) => format!(
            "{by} had taken no reference: it gave back the one that {pointer} has since {}.",
            facts.step_ref(since)
        ),
        Some(Misuse::GivenBack { pointer, .. }) => {
            format!("That was the reference of {pointer} itself, which was used after that all the same.")
        }
        Some(Misuse::Shared { pointer }) => {
            let user = facts.matter.first().map_or_else(String::new, |thread| facts.thread(*thread));
            format!("That was the reference of {pointer}, which {user} used too without having one of its own.")
        }
        Some(Misuse::Plain { pointer }) if !pointer.is_empty() => {
            format!("{pointer}, which was used after that, is a plain pointer: it does not keep its object.")
        }
        Some(Misuse::Plain { .. }) | None => {
            "The pointer that was used after that is a plain one: it does not keep its object.".to_string()
        }
    });
    told
}

/// Why a pointer is null.
fn of_null(facts: &Facts, answers: &[Answer]) -> Vec<String> {
    let Some(variable) = pointers::used(facts) else {
        return vec!["The pointer is null: the call that should have set it failed or was not made.".to_string()];
    };
    let name = &variable.name;
    if pointers::leads_elsewhere(facts, &variable) {
        return vec![format!("{name} leads to a proxy, or to an object of another class: neither has the fields.")];
    }
    let sentence = match pointers::null(facts, answers, &variable) {
        Null::Failed(answer) => format!(
            "{name} is null: {} answered {} in {}, and put nothing there.",
            answers::function(facts, &answer),
            words::code(answer.code),
            facts.step_ref(answer.step)
        ),
        Null::Cleared(step) => {
            format!("{name} is null since {}: {}.", facts.step_ref(step), facts.whole_step_text(step))
        }
        Null::NeverSet => format!("{name} is null from the start on: no step of the run has set it."),
    };
    vec![sentence]
}

pub(super) fn leak_packet(facts: &Facts, _: &[Answer]) -> Vec<String> {
    let state = facts.last();
    let mut told = Vec::new();
    for place in facts.leaked_packets() {
        let name = words::packet(facts, state, place);
        let Some(stub) = state.packets[place].stub() else {
            let object = words::object(facts, state, state.packets[place].object(state));
            told.push(format!(
                "What {object} put by for {name} is let go by its ReleaseMarshalData, which nobody called."
            ));
            continue;
        };
        told.push(format!(
            "{} holds one strong reference at {}, which therefore never lets {} go.",
            super::text::capital(&name),
            words::stub(facts, state, stub),
            words::object(facts, state, usize::from(state.stubs[stub].object))
        ));
    }
    let (entries, packets): (Vec<usize>, Vec<usize>) =
        facts.leaked_packets().into_iter().partition(|place| ownership::is_entry(facts, *place));
    if !packets.is_empty() {
        told.push(
            "A packet is given back by CoUnmarshalInterface or CoReleaseMarshalData, exactly one of them, exactly once."
                .to_string(),
        );
    }
    if !entries.is_empty() {
        told.push(
            "An entry of the global interface table is given back by RevokeInterfaceFromGlobal, and by nothing else."
                .to_string(),
        );
    }
    told
}
