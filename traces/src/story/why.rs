//! Why it is wrong: the condition that failed with its values, who waits for whom, who was inside and what was not waited for.

use super::answers::{self, Answer};
use super::facts::Facts;
use super::text::listed;
use super::{ownership, words};
use crate::moves::Moves;
use model::codes::Code;
use model::event::Actor;
use model::lang::ast::Span;
use model::lifecycle::class_object::ClassObjectPhase;
use model::lifecycle::module::ModulePhase;
use model::lifecycle::stub::StubPhase;
use model::program::{Api, Op};
use model::properties::Property;
use model::state::{CallKind, FrameKind, Subject};
use model::waits::{self, Reason};

/// The sentences, one per line of thought.
pub(crate) fn why(facts: &Facts, answers: &[Answer]) -> Vec<String> {
    let subject = facts.breach.map(|breach| breach.subject);
    match (facts.property, subject) {
        (Some(Property::UnloadInUse), Some(Subject::Module(module))) => unload(facts, answers, module),
        (Some(Property::Deadlock), _) => facts
            .cycle
            .iter()
            .enumerate()
            .map(|(index, (thread, reason))| {
                let on = facts.cycle.get((index + 1) % facts.cycle.len()).map(|(on, _)| usize::from(*on));
                edge(facts, usize::from(*thread), *reason, on)
            })
            .chain(std::iter::once("None of them can go on before another does.".to_string()))
            .collect(),
        (Some(Property::Hang | Property::NeverExits), _) => {
            facts.blocked.iter().flat_map(|thread| vain(facts, *thread)).chain(unanswered(facts)).collect()
        }
        (Some(Property::UseAfterFree), Some(Subject::Class(_))) => use_after_free(facts, subject.unwrap_or(Subject::None)),
        (Some(Property::UseAfterFree), _) => vec!["The pointer is null: the call that should have set it failed or was not made.".to_string()],
        (Some(Property::LeakPacket), _) => leak_packet(facts),
        (Some(Property::LeakRef), _) => vec![
            "All is over: every thread has ended or is idle, nothing is in flight, and only a Release that nobody will call could \
             take the last reference."
                .to_string(),
        ],
        (Some(Property::OkMeansDrained), _) => vec![
            "S_OK must mean that no stub manager of the context is connected and no call is pending there. It is what the caller \
             takes as its licence to unload."
                .to_string(),
        ],
        (Some(Property::Assertion | Property::Assumption), _) => facts
            .matter
            .first()
            .map(|thread| format!("The condition was 0 when {} evaluated it.{}", facts.thread(*thread), values(facts, *thread)))
            .into_iter()
            .collect(),
        (Some(property), _) => vec![format!("Required: {}.", property.sentence())],
        (None, _) => claim(facts),
    }
}

/// One edge of a wait cycle: where, who, for what, and who could end it.
fn edge(facts: &Facts, thread: usize, reason: Reason, on: Option<usize>) -> String {
    let line = |span| facts.line(span).map_or_else(String::new, |line| format!(" in line {line}"));
    let here = facts.stand(thread).map_or_else(String::new, line);
    let by = match (on, reason) {
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
        (Some(_), Reason::Thread(_) | Reason::Closing(_) | Reason::Message | Reason::Foreign(_)) | (None, _) => {
            String::new()
        }
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
fn standing<'a>(facts: &Facts<'a>, thread: usize) -> Option<&'a Op> {
    let frame = facts.last().stack(facts.program, thread).last()?;
    facts.program.functions.get(usize::from(frame.function))?.code.get(usize::from(frame.pc))
}

/// The step since which a lock is held.
fn held_since(facts: &Facts, reason: Reason) -> Option<usize> {
    ownership::since(facts, |state| match reason {
        Reason::Section(section) => state.sections[usize::from(section)].owner.is_some(),
        Reason::Srw(srw) => state.srws[usize::from(srw)].owner.is_some() || state.srws[usize::from(srw)].shared != 0,
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
    let able: Vec<String> = wait.on.iter().map(|on| facts.thread(*on)).collect();
    let nobody = match wait.reason {
        Reason::OwnEvent(..) | Reason::OwnWake(..) => "It does not get there itself while it waits.",
        Reason::Event(_) => "No thread that is left has a SetEvent for it in front of it.",
        Reason::Condition(_) => {
            "No thread that is left has a wake for it in front of it: a wake with nobody asleep is lost."
        }
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
        told.push(format!("Only {} could, and does not get there.", listed(&able)));
    }
    told
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
        if matches!(
            facts.executed(step).and_then(|executed| facts.op(executed)),
            Some(Op::Api(Api::FreeUnusedLibrary { .. }, _))
        ) {
            told.push(
                "DllCanUnloadNow had answered S_OK: what it counts does not cover what was still to run there."
                    .to_string(),
            );
        }
    }
    for thread in facts.inside_module(module) {
        let frames = facts.last().stack(facts.program, thread);
        let dispatched =
            frames.iter().find(|frame| frame.kind == FrameKind::Dispatched).map(|frame| usize::from(frame.link));
        let call = dispatched.map(|place| facts.last().calls[place]);
        let at = facts.stand(thread).map_or_else(String::new, |stand| facts.at_line(stand));
        if let Some(call) = call.filter(|call| call.kind == CallKind::Activation) {
            let revoked = facts.last().class_objects[usize::from(call.target)].phase == ClassObjectPhase::Revoked;
            let class = facts.program.classes.get(usize::from(call.target)).map_or("", |class| &class.name);
            let note = if revoked { "; revoking the class object stopped new ones, not this one" } else { "" };
            told.push(format!(
                "{} is still executing {}, which is code of {class}{note}.",
                facts.thread(thread),
                facts.inside_or_own(thread)
            ));
            continue;
        }
        let pending = call.map(|call| facts.last().stubs[usize::from(call.stub)]).filter(|stub| stub.pending > 0);
        told.push(match pending {
            Some(stub) => {
                let place = dispatched.map_or(0, |place| usize::from(facts.last().calls[place].stub));
                let flag = match stub.phase {
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

fn is_call_of(facts: &Facts, step: usize, name: &str) -> bool {
    facts.executed(step).and_then(|executed| facts.op(executed)).is_some_and(|op| words::api_name(op) == name)
}

fn counted(pending: u8) -> String {
    if pending == 1 { "one call".to_string() } else { format!("{pending} calls") }
}

fn use_after_free(facts: &Facts, subject: Subject) -> Vec<String> {
    let mut told = Vec::new();
    if let Some((step, culprit)) = ownership::destroyed_by(facts, subject) {
        let line = facts.step_line(step).map_or_else(String::new, |line| format!(" (line {line})"));
        told.push(format!(
            "The last Release was in step {}, by {culprit}{line}: {}.",
            step + 1,
            facts.whole_step_text(step)
        ));
    }
    told.push("The pointer that was used after that is a plain one: it does not keep its object.".to_string());
    told
}

fn leak_packet(facts: &Facts) -> Vec<String> {
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
    told.push(
        "A packet is given back by CoUnmarshalInterface or CoReleaseMarshalData, exactly one of them, exactly once."
            .to_string(),
    );
    told
}

fn claim(facts: &Facts) -> Vec<String> {
    let Some(claim) = facts.claim else { return Vec::new() };
    let mut told =
        vec![format!("Claimed in line {}: {}.", facts.lines.line(claim.span.start), facts.source(claim.span, 80))];
    let globals: Vec<String> = facts
        .program
        .globals
        .iter()
        .zip(&facts.last().globals)
        .filter(|(global, _)| mentions(&facts.source(claim.span, 200), &global.name))
        .map(|(global, value)| format!("{} is {value}", global.name))
        .collect();
    if !globals.is_empty() {
        told.push(format!("At the end {}.", listed(&globals)));
    }
    if let Some(start) = facts.run.loop_start {
        told.push(format!(
            "Steps {} to {} repeat for ever, and everybody who can move does.",
            start + 1,
            facts.replayed.steps.len()
        ));
        told.extend(passed_over(facts, start));
    }
    told
}

/// The threads that could have a lock again and again in a loop, and do not get it.
fn passed_over(facts: &Facts, start: usize) -> Vec<String> {
    let (program, replayed) = (facts.program, facts.replayed);
    let acts = |thread: usize| replayed.steps[start..].iter().any(|step| step.actor == Actor::Thread(thread as u8));
    let starves = |thread: &usize| {
        let could = |at: usize| {
            let state = replayed.before(at);
            waits::asks_for_lock(program, state, *thread) && Moves::of(program, state).moves(program, *thread)
        };
        !acts(*thread) && (start..replayed.steps.len()).any(could)
    };
    (0..program.threads.len())
        .filter(starves)
        .map(|thread| {
            let line = facts.stand(thread).and_then(|span| facts.line(span));
            let line = line.map_or_else(String::new, |line| format!(" in line {line}"));
            format!(
                "{} waits for a lock{line} that is free again and again, and others take it first every time: the reading \
                 lock_fairness = weak allows that for ever.",
                facts.thread(thread)
            )
        })
        .collect()
}

/// Does a text mention a variable by the last part of its name?
fn mentions(text: &str, name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == last)
}

/// The values of the variables that the line of a thread mentions.
fn values(facts: &Facts, thread: usize) -> String {
    let found: Vec<String> =
        mentioned(facts, thread).into_iter().map(|(name, value)| format!("{name} is {value}")).collect();
    if found.is_empty() { String::new() } else { format!(" There, {}.", listed(&found)) }
}

/// The same as names and values.
fn mentioned(facts: &Facts, thread: usize) -> Vec<(String, String)> {
    let Some(stand) = facts.stand(thread) else { return Vec::new() };
    let text = facts.source(stand, 200);
    let (program, state) = (facts.program, facts.last());
    let mut found = Vec::new();
    for (global, value) in program.globals.iter().zip(&state.globals) {
        if mentions(&text, &global.name) {
            found.push((global.name.clone(), shown(global.ty, *value)));
        }
    }
    let depth = state.stack(program, thread).len();
    if let Some(frame) = state.stack(program, thread).last() {
        let base = state.slot_base(program, thread, depth.saturating_sub(1));
        for (index, slot) in program.functions[usize::from(frame.function)].slots.iter().enumerate() {
            if !slot.name.is_empty() && mentions(&text, &slot.name) {
                found.push((slot.name.clone(), shown(slot.ty, state.slots[base + index])));
            }
        }
    }
    found
}

/// What had to hold, and the values that made it false: for what the scenario itself states.
pub(crate) fn condition(facts: &Facts) -> (Option<String>, Vec<(String, String)>) {
    match (facts.property, facts.claim) {
        (Some(Property::Assertion | Property::Assumption), _) => {
            let thread = facts.matter.first().copied();
            let text = thread.and_then(|thread| facts.stand(thread)).map(|stand| facts.source(stand, 200));
            (text, thread.map(|thread| mentioned(facts, thread)).unwrap_or_default())
        }
        (Some(property), _) => (Some(property.sentence().to_string()), Vec::new()),
        (None, Some(claim)) => {
            let text = facts.source(claim.span, 200);
            let globals = facts.program.globals.iter().zip(&facts.last().globals);
            let values = globals.filter(|(global, _)| mentions(&text, &global.name));
            let values = values.map(|(global, value)| (global.name.clone(), shown(global.ty, *value))).collect();
            (Some(text), values)
        }
        (None, None) => (None, Vec::new()),
    }
}

fn shown(ty: model::program::Ty, value: i8) -> String {
    use model::program::Ty;
    match ty {
        Ty::Code => Code(value).name().to_string(),
        Ty::Bool => if value == 0 { "false" } else { "true" }.to_string(),
        Ty::Pointer(_) | Ty::ComPtr(_) => if value == 0 { "null" } else { "set" }.to_string(),
        Ty::Void | Ty::Int(..) | Ty::Cookie => value.to_string(),
    }
}
