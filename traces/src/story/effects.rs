//! What a step changed, in short phrases, found by comparing the states before and after it.

use super::answers::Answer;
use super::facts::Facts;
use super::words;
use model::codes::Code;
use model::lifecycle::call::CallPhase;
use model::lifecycle::class_object::ClassObjectPhase;
use model::lifecycle::context::ContextPhase;
use model::lifecycle::module::ModulePhase;
use model::lifecycle::object::ObjectPhase;
use model::lifecycle::packet::PacketPhase;
use model::lifecycle::process::ProcessPhase;
use model::lifecycle::proxy::ProxyPhase;
use model::lifecycle::stub::StubPhase;
use model::lifecycle::thread::ThreadPhase;
use model::program::{Api, Op};
use model::state::{CallKind, State};

/// The changes of a step, the most telling first.
pub(crate) fn effects(facts: &Facts, answers: &[Answer], step: usize) -> Vec<String> {
    let (before, after) = (facts.replayed.before(step), facts.replayed.after(step));
    let mut found = Vec::new();
    if let Some(answer) = answers.iter().find(|answer| answer.step == step) {
        let waited =
            matches!(facts.executed(step).and_then(|executed| facts.op(executed)), Some(Op::Api(Api::Wait { .. }, _)));
        // S_OK of a wait says nothing, and that nobody looks at a success is no news
        if answer.code != Code::S_OK {
            let name = if waited { answer.code.wait_name() } else { answer.code.name() };
            found.push(format!("{name}{}", if answer.dropped { " (ignored)" } else { "" }));
        } else if !waited {
            found.push("S_OK".to_string());
        }
    }
    calls(facts, before, after, &mut found);
    stubs(facts, before, after, &mut found);
    objects(facts, before, after, &mut found);
    packets(facts, before, after, &mut found);
    proxies(facts, before, after, &mut found);
    rest(facts, before, after, &mut found);
    if let Some(breach) = after.breach.filter(|_| before.breach.is_none()) {
        found.push(breach.property.name().to_uppercase());
    }
    found
}

fn calls(facts: &Facts, before: &State, after: &State, found: &mut Vec<String>) {
    for (place, (old, new)) in before.calls.iter().zip(&after.calls).enumerate() {
        if old.phase == new.phase {
            continue;
        }
        let (state, call) = if new.phase == CallPhase::Absent { (before, old) } else { (after, new) };
        let name = words::call_bare(facts, state, place);
        let runner = || {
            let runs = |thread: &usize| {
                let such = |frame: &model::state::Frame| frame.origin == model::state::Origin::Dispatched(place as u8);
                after.stack(facts.program, *thread).iter().any(such)
            };
            (0..facts.program.threads.len())
                .find(runs)
                .map_or_else(String::new, |thread| format!(" on {}", facts.thread(thread)))
        };
        match (*old.phase, *new.phase) {
            (_, CallPhase::Sent) => found.push(format!("{name} sent")),
            (_, CallPhase::Executing) => found.push(format!("{name} runs{}", runner())),
            (CallPhase::Executing, CallPhase::Answered) => found.push(answered(facts, call, &name)),
            (CallPhase::Sent, CallPhase::Answered) if call.code.succeeded() && call.kind == CallKind::AddRef => {
                found.push(format!("{name} answered"));
            }
            (_, CallPhase::Answered) => found.push(format!("{name} refused: {}", call.code.name())),
            (_, CallPhase::Abandoned) => found.push(format!("{name} goes on without its caller")),
            (CallPhase::Abandoned, CallPhase::Absent) => found.push(format!("answer of {name} dropped")),
            (CallPhase::Answered, CallPhase::Absent) if call.kind != CallKind::Method => {}
            (CallPhase::Absent | CallPhase::Sent | CallPhase::Executing | CallPhase::Answered, CallPhase::Absent) => {}
        }
    }
}

fn answered(facts: &Facts, call: &model::state::CallState, name: &str) -> String {
    let method =
        facts.program.templates.get(usize::from(call.template)).and_then(|t| t.methods.get(usize::from(call.method)));
    let handed = call.kind == CallKind::Method && method.is_some_and(|method| method.out_pointer().is_some());
    if !call.code.succeeded() && !handed {
        return format!("{name} fails: {}", call.code.name());
    }
    let answered = method.and_then(|method| method.answered(call.result, call.code));
    match (call.kind, answered) {
        (CallKind::Method | CallKind::Own, Some(code)) => {
            format!("{name} returned {}", code.name())
        }
        (
            CallKind::Method
            | CallKind::Release
            | CallKind::AddRef
            | CallKind::Query
            | CallKind::Activation
            | CallKind::Own,
            _,
        ) => format!("{name} returned"),
    }
}

fn stubs(facts: &Facts, before: &State, after: &State, found: &mut Vec<String>) {
    for (place, (old, new)) in before.stubs.iter().zip(&after.stubs).enumerate() {
        let name = |state: &State| words::object(facts, state, usize::from(state.stubs[place].object));
        if old.phase != new.phase {
            match *new.phase {
                StubPhase::Connected => found.push(format!("stub manager of {} made", name(after))),
                StubPhase::Disconnecting => found.push(format!("disconnect flag set on {}", name(after))),
                StubPhase::Cutting => found.push(format!("stub manager of {} cut", name(after))),
                StubPhase::Gone if old.phase != StubPhase::Cutting => {
                    found.push(format!("stub manager of {} cut", name(after)))
                }
                StubPhase::Absent if matches!(*old.phase, StubPhase::Connected | StubPhase::Disconnecting) => {
                    found.push(format!("stub manager of {} cut", name(before)));
                }
                StubPhase::Gone | StubPhase::Absent => {}
            }
        }
        if new.phase != StubPhase::Absent && new.locks != old.locks {
            found.push(format!("external locks {} -> {}", old.locks, new.locks));
        }
    }
}

fn objects(facts: &Facts, before: &State, after: &State, found: &mut Vec<String>) {
    for (place, (old, new)) in before.objects.iter().zip(&after.objects).enumerate() {
        let gone = matches!(*new.phase, ObjectPhase::Absent | ObjectPhase::Destroyed);
        let was = matches!(*old.phase, ObjectPhase::Alive | ObjectPhase::Destroying);
        match (*old.phase, *new.phase) {
            (ObjectPhase::Absent, ObjectPhase::Alive) => {
                found.push(format!("{} made", words::object(facts, after, place)));
            }
            (ObjectPhase::Alive, ObjectPhase::Destroying) => {
                found.push(format!("last Release of {}: destructor starts", words::object(facts, after, place)));
            }
            _ if was && gone => found.push(format!("{} destroyed", words::object(facts, before, place))),
            (ObjectPhase::Alive, ObjectPhase::Alive) if old.references != new.references => {
                let name = words::object(facts, after, place);
                found.push(format!("{name}: references {} -> {}", old.references, new.references));
            }
            _ => {}
        }
    }
}

fn packets(facts: &Facts, before: &State, after: &State, found: &mut Vec<String>) {
    for (place, (old, new)) in before.packets.iter().zip(&after.packets).enumerate() {
        if old.phase == new.phase {
            continue;
        }
        let streamed = |state: &State| state.streams.iter().any(|stream| stream.holds(place));
        match *new.phase {
            // a packet inside an answer comes and goes with it
            PacketPhase::InFlight if streamed(after) => {
                found.push(format!("{} written", words::packet_bare(facts, after, place)))
            }
            PacketPhase::InFlight => {}
            PacketPhase::Read if streamed(after) => {
                found.push(format!("{} read", words::packet_bare(facts, after, place)))
            }
            PacketPhase::Read | PacketPhase::Absent => {}
            PacketPhase::Released => found.push(format!("{} released", words::packet_bare(facts, after, place))),
            PacketPhase::Lost => found.push(format!("{} lost", words::packet_bare(facts, before, place))),
            // the reference that it still holds is told when it is taken back
            PacketPhase::Due => {}
            PacketPhase::RunDown => found.push(format!("{} run down", words::packet_bare(facts, after, place))),
        }
    }
}

fn proxies(facts: &Facts, before: &State, after: &State, found: &mut Vec<String>) {
    for (place, (old, new)) in before.proxies.iter().zip(&after.proxies).enumerate() {
        let name = |state| words::proxy(facts, state, place);
        if old.phase == new.phase {
            if old.references != new.references && new.phase == ProxyPhase::Live {
                found.push(format!("{}: references {} -> {}", name(after), old.references, new.references));
            }
            continue;
        }
        match *new.phase {
            ProxyPhase::Live => found.push(format!("{} made", name(after))),
            ProxyPhase::Cut => found.push(format!("{} cut", name(after))),
            ProxyPhase::Orphaned => found.push(format!("{} left behind", name(after))),
            // told by the RemRelease that goes with it
            ProxyPhase::Releasing | ProxyPhase::Dead => {}
            ProxyPhase::Absent if old.phase == ProxyPhase::Orphaned => {
                found.push(format!("{} taken back", name(before)))
            }
            ProxyPhase::Absent => {}
        }
    }
}

fn rest(facts: &Facts, before: &State, after: &State, found: &mut Vec<String>) {
    let program = facts.program;
    for (index, (old, new)) in before.modules.iter().zip(&after.modules).enumerate() {
        let name = &program.modules[index].name;
        match (*old.phase, *new.phase) {
            (ModulePhase::Loaded, ModulePhase::Unloaded) => found.push(format!("{name} unloaded")),
            (ModulePhase::Unloaded, ModulePhase::Loaded) => found.push(format!("{name} loaded")),
            (ModulePhase::Loaded, ModulePhase::Loaded) | (ModulePhase::Unloaded, ModulePhase::Unloaded) => {
                if old.count != new.count {
                    found.push(format!("{name}: references {} -> {}", old.count, new.count));
                }
                if new.candidate & !old.candidate != 0 {
                    found.push(format!("{name} is a candidate for unloading"));
                } else if old.candidate & !new.candidate & new.active != 0 {
                    found.push(format!("{name} is no candidate any more"));
                }
            }
        }
    }
    for (index, (old, new)) in before.class_objects.iter().zip(&after.class_objects).enumerate() {
        if old.phase != new.phase {
            let name = &program.classes[index].name;
            match *new.phase {
                ClassObjectPhase::Registered if old.phase == ClassObjectPhase::Suspended => {
                    found.push(format!("{name} resumed"));
                }
                ClassObjectPhase::Registered => found.push(format!("{name} registered")),
                ClassObjectPhase::Suspended => found.push(format!("{name} suspended")),
                ClassObjectPhase::Revoked => found.push(format!("{name} revoked")),
                ClassObjectPhase::Unregistered => {}
            }
        }
    }
    for (index, (old, new)) in before.contexts.iter().zip(&after.contexts).enumerate() {
        if old != new {
            let name = model::names::context(program, index);
            match **new {
                ContextPhase::Open => found.push(format!("{name} has connections again")),
                ContextPhase::Disconnecting => found.push(format!("{name}: disconnecting")),
                ContextPhase::Disconnected => found.push(format!("{name}: drained")),
            }
        }
    }
    for (index, (old, new)) in before.events.iter().zip(&after.events).enumerate() {
        if old != new {
            found.push(format!("{} {}", program.events[index].name, if *new { "set" } else { "reset" }));
        }
    }
    for (index, (old, new)) in before.sections.iter().zip(&after.sections).enumerate() {
        if old.owner != new.owner {
            let lock = match program.locks_loader(index as u8) {
                Some(process) => format!("the loader lock of {}", process.name),
                None => program.sections[index].name.clone(),
            };
            match new.owner {
                Some(owner) => found.push(format!("{} holds {lock}", facts.thread(owner))),
                None => found.push(format!("{lock} free")),
            }
        }
    }
    for (index, (old, new)) in before.threads.iter().zip(&after.threads).enumerate() {
        if old.phase != new.phase && program.threads[index].body.is_some() {
            let callback = program.threads[index].callback.is_some();
            match *new.phase {
                ThreadPhase::Running if callback => found.push(format!("{} queued", facts.thread(index))),
                // with its process goes what never had a callback, too
                ThreadPhase::Ended if callback && old.phase == ThreadPhase::Absent => {}
                ThreadPhase::Absent if callback => found.push(format!("{} is over", facts.thread(index))),
                ThreadPhase::Running => found.push(format!("{} starts", facts.thread(index))),
                ThreadPhase::Ended => found.push(format!("{} ended", facts.thread(index))),
                ThreadPhase::Absent => {}
            }
        }
        let posted = |state: &model::state::ThreadState| state.posted.iter().filter(|work| **work != 0).count();
        if posted(new) > posted(old) {
            let last = new.posted.iter().rev().find(|work| **work != 0);
            let what = if last == Some(&model::program::builtin::QUIT) { "WM_QUIT" } else { "work" };
            found.push(format!("{what} posted to {}", facts.thread(index)));
        }
        if old.no_queue && !new.no_queue && new.phase == old.phase {
            found.push(format!("{} has a message queue now", facts.thread(index)));
        }
        if new.quit && !old.quit {
            found.push(format!("WM_QUIT for {}", facts.thread(index)));
        }
    }
    for (index, (old, new)) in before.processes.iter().zip(&after.processes).enumerate() {
        if old != new {
            match **new {
                ProcessPhase::Running => {}
                ProcessPhase::Exited => found.push(format!("{} exited", program.processes[index].name)),
                ProcessPhase::Crashed => found.push(format!("{} is dead", program.processes[index].name)),
            }
        }
    }
}
