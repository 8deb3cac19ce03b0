//! The first sentence: what went wrong, in COM's words, with the scenario's names.

use super::claims::Asserted;
use super::facts::Facts;
use super::text::listed;
use super::{claims, exits, ownership, pointers, telling, words};
use model::lifecycle::module::ModulePhase;
use model::lifecycle::object::ObjectPhase;
use model::lifecycle::packet::PacketPhase;
use model::lifecycle::thread::ThreadPhase;
use model::names;
use model::properties::Property;
use model::state::{Breach, Subject};
use model::waits::Reason;

/// `property: sentence`.
pub(crate) fn headline(facts: &Facts) -> String {
    format!("{}: {}", facts.run.property, (telling::of(facts).headline)(facts))
}

/// A run of something that the scenario does not have.
pub(super) fn unknown(_: &Facts) -> String {
    "the scenario has no such property".to_string()
}

/// What a breach's sentence is made of.
struct Deed {
    breach: Breach,
    /// Who did it.
    by: String,
    /// To whom: the first victim, else who did it.
    who: String,
    /// The thing.
    subject: String,
    /// The code in which it happened.
    text: String,
}

/// The sentence of a breach; of a run that ends without it, that it does.
fn told(facts: &Facts, property: Property, sentence: impl Fn(&Deed) -> String) -> String {
    let Some(breach) = facts.breach.filter(|breach| breach.property == property) else {
        return format!("the run does not break that {}", property.sentence());
    };
    let last = facts.replayed.steps.len().saturating_sub(1);
    let by = breach.by.map_or_else(|| facts.actor(last), |thread| facts.thread(thread));
    let victims = facts.victims();
    let who = victims.first().map_or_else(|| by.clone(), |thread| facts.thread(*thread));
    let actor = breach.by.map(usize::from).or(victims.first().copied()).unwrap_or(0);
    let text = facts.doing(actor);
    sentence(&Deed { breach, by, who, subject: names::subject(facts.program, breach.subject), text })
}

pub(super) fn use_after_free(facts: &Facts) -> String {
    told(facts, Property::UseAfterFree, |Deed { breach, who, subject, text, .. }| {
        match (breach.subject, ownership::destroyed_by(facts, breach.subject)) {
            (Subject::None, _) if pointers::looked_for_field(facts) => {
                format!("{who} looked for a field through a pointer that leads to no object which has it: {text}")
            }
            (Subject::None, _) => format!("{who} called through a null pointer: {text}"),
            (_, Some((step, culprit))) => {
                format!("{who} used {subject} in {text}, but {culprit} had destroyed it in step {}", step + 1)
            }
            (_, None) => format!("{who} used {subject} in {text} after its last Release"),
        }
    })
}

pub(super) fn double_destroy(facts: &Facts) -> String {
    told(facts, Property::DoubleDestroy, |Deed { who, subject, text, .. }| {
        format!("the destructor of {subject} would run a second time, on {who}, in {text}")
    })
}

pub(super) fn call_after_cut(facts: &Facts) -> String {
    told(facts, Property::CallAfterCut, |Deed { subject, .. }| {
        format!("a call reached {subject} although its stub manager was disconnecting or gone")
    })
}

pub(super) fn double_release(facts: &Facts) -> String {
    told(facts, Property::DoubleRelease, |Deed { breach, by, subject, .. }| match breach.subject {
        Subject::Module(_) => format!("{by} freed {subject} although nobody had a reference on it"),
        Subject::Class(_) => format!("{by} unlocked {subject} although nobody held a lock on it"),
        Subject::None
        | Subject::Context(_)
        | Subject::Process(_)
        | Subject::Stream(_)
        | Subject::Section(_)
        | Subject::Srw(_)
        | Subject::Condition(_)
        | Subject::Event(_)
        | Subject::Thread(_) => {
            format!("{by} released the packet in {subject} although it had already been read or released")
        }
    })
}

pub(super) fn ok_means_drained(facts: &Facts) -> String {
    told(facts, Property::OkMeansDrained, |Deed { breach, by, subject, .. }| {
        let left = listed(&undrained(facts, *breach));
        format!("CoDisconnectContext answered S_OK to {by} while {subject} was not drained: {left}")
    })
}

pub(super) fn isolation(facts: &Facts) -> String {
    told(facts, Property::Isolation, |Deed { by, subject, .. }| {
        format!("{by} disconnected its own context and {subject}, which lives in another, lost its clients")
    })
}

pub(super) fn wrong_code(facts: &Facts) -> String {
    told(facts, Property::WrongCode, |Deed { by, text, .. }| {
        format!("{by} got a result from {text} that COM does not give in that state")
    })
}

pub(super) fn exit_in_use(facts: &Facts) -> String {
    told(facts, Property::ExitInUse, |Deed { subject, .. }| {
        format!("{subject} exited while {} still used it", listed(&exits::users(facts)))
    })
}

pub(super) fn handle_misuse(facts: &Facts) -> String {
    told(facts, Property::HandleMisuse, |Deed { breach, by, who, subject, text }| {
        let closes = pointers::closes(facts);
        match (breach.subject, breach.victim) {
            (Subject::None, _) => format!("{by} used a handle that is NULL, or of the wrong kind: {text}"),
            (_, Some(_)) => format!("{by} let {subject} go in {text} while {who} held it or waited for it"),
            (_, None) if closes => format!("{by} let {subject} go in {text}, which was gone already"),
            (_, None) => format!("{by} used {subject} in {text} after it was let go"),
        }
    })
}

pub(super) fn lock_misuse(facts: &Facts) -> String {
    told(facts, Property::LockMisuse, |Deed { breach, by, subject, text, .. }| {
        let ended =
            breach.by.is_some_and(|thread| facts.last().threads[usize::from(thread)].phase == ThreadPhase::Ended);
        if ended {
            format!("{by} ended while it held {subject}")
        } else {
            format!("{by} left {subject} without holding it, in {text}")
        }
    })
}

pub(super) fn assertion(facts: &Facts) -> String {
    told(facts, Property::Assertion, |Deed { by, text, .. }| match claims::about(facts) {
        Asserted::Condition => format!("{by} found {text} false"),
        Asserted::Index => format!("{by} used {text}, and there is no such element"),
        Asserted::Library => format!("{by} came to {text}, which throws or terminates in C++"),
        Asserted::Unchanged => format!("{by} went on with {text}, but the list had been changed meanwhile"),
    })
}

pub(super) fn wrong_thread(facts: &Facts) -> String {
    called_from_outside(facts, Property::WrongThread, "apartment")
}

pub(super) fn context_misuse(facts: &Facts) -> String {
    called_from_outside(facts, Property::ContextMisuse, "context")
}

fn called_from_outside(facts: &Facts, property: Property, home: &str) -> String {
    told(facts, property, |Deed { by, subject, text, .. }| {
        format!("{by} called {subject} directly, which belongs to another {home}, in {text}")
    })
}

pub(super) fn assumption(facts: &Facts) -> String {
    told(facts, Property::Assumption, |Deed { by, text, .. }| format!("{by} found {text} false"))
}

pub(super) fn never(facts: &Facts) -> String {
    format!("it happens after all: {}", claims::what(facts))
}

pub(super) fn reachable(facts: &Facts) -> String {
    format!("it is reached: {}", claims::what(facts))
}

pub(super) fn eventually(facts: &Facts) -> String {
    let condition = claims::what(facts);
    match facts.run.loop_start {
        Some(_) => format!("it never happens, the threads go round for ever: {condition}"),
        None => format!("it has not happened when all is over: {condition}"),
    }
}

pub(super) fn unload_in_use(facts: &Facts) -> String {
    told(facts, Property::UnloadInUse, |Deed { breach, by, subject, .. }| {
        unloaded(facts, *breach, by, &facts.victims(), subject)
    })
}

fn unloaded(facts: &Facts, breach: Breach, by: &str, victims: &[usize], module: &str) -> String {
    let who = victims.first().map_or_else(|| by.to_string(), |thread| facts.thread(*thread));
    let Subject::Module(id) = breach.subject else { return format!("{who} ran code that is not loaded") };
    let inside = facts.inside_module(id);
    let doing = |thread: usize| {
        if inside.contains(&thread) {
            return facts.inside_or_own(thread);
        }
        facts.doing(thread)
    };
    let first = victims.first().map_or_else(|| "a call that was just dispatched".to_string(), |thread| doing(*thread));
    let last = facts.replayed.steps.len().saturating_sub(1);
    match ownership::since(facts, |state| state.modules[usize::from(id)].phase == ModulePhase::Unloaded) {
        Some(step) if step == last => {
            // who frees the code that it runs in comes first
            let own = victims.iter().filter(|thread| facts.thread(**thread) == by);
            let own = own.map(|thread| format!("while it was itself running in it: {}", doing(*thread)));
            let others = victims.iter().filter(|thread| facts.thread(**thread) != by);
            let others: Vec<String> =
                others.map(|thread| format!("{} was still inside {}", facts.thread(*thread), doing(*thread))).collect();
            let others = (!others.is_empty()).then(|| format!("while {}", listed(&others)));
            let told: Vec<String> = own.chain(others).collect();
            format!("{by} freed {module} {}", told.join(", and "))
        }
        Some(step) => {
            let actor = facts.actor(step);
            let actor = if actor == who { "it".to_string() } else { actor };
            let plain = first.contains('=') && !first.contains('(');
            let did = if plain { "used a variable" } else { "ran code" };
            format!("{who} {did} of {module}, which {actor} had unloaded in step {}: {first}", step + 1)
        }
        None => format!("{who} ran code of {module}, which nobody has loaded: {first}"),
    }
}

/// What keeps a context from being drained.
fn undrained(facts: &Facts, breach: Breach) -> Vec<String> {
    let Subject::Context(context) = breach.subject else { return Vec::new() };
    let state = facts.last();
    let mut found: Vec<String> = (0..state.stubs.len())
        .filter(|place| state.stubs[*place].context == context && state.stubs[*place].pending > 0)
        .map(|place| format!("{} has {} pending", words::stub(facts, state, place), calls(state.stubs[place].pending)))
        .collect();
    found.extend((0..state.stubs.len()).filter_map(|place| {
        let stub = state.stubs[place];
        let here = stub.context == context && stub.pending == 0;
        let connected = stub.phase == model::lifecycle::stub::StubPhase::Connected;
        (here && connected).then(|| format!("{} is connected", words::stub(facts, state, place)))
    }));
    let activating = |(index, class): (usize, &model::state::ClassObjectState)| {
        let here = class.context == context && class.pending > 0;
        here.then(|| format!("an activation of {} is executing", facts.program.classes[index].name))
    };
    found.extend(state.class_objects.iter().enumerate().filter_map(activating));
    found
}

fn calls(count: u8) -> String {
    if count == 1 { "a call".to_string() } else { format!("{count} calls") }
}

pub(super) fn deadlock(facts: &Facts) -> String {
    let count = facts.cycle.len().max(1);
    let parts: Vec<String> = facts
        .cycle
        .iter()
        .enumerate()
        .map(|(index, (thread, reason))| {
            let on = facts.cycle.get((index + 1) % count).map_or(usize::from(*thread), |(on, _)| usize::from(*on));
            let waits = words::waiting(facts, usize::from(*thread), *reason, Some(on));
            format!("{} {waits}{}", facts.thread(*thread), words::relation(facts, *reason, on))
        })
        .collect();
    parts.join("; ")
}

pub(super) fn hang(facts: &Facts) -> String {
    let (parts, end) = stuck(facts);
    format!("{}, and {end}", listed(&parts))
}

pub(super) fn never_exits(facts: &Facts) -> String {
    let (parts, end) = stuck(facts);
    let process = facts.blocked.first().map(|thread| usize::from(facts.program.threads[*thread].process));
    match process.and_then(|process| facts.program.processes.get(process)) {
        Some(process) => format!("{} never exits: {}, and {end}", process.name, listed(&parts)),
        None => format!("{}, and {end}", listed(&parts)),
    }
}

/// Who waits for what, and why that does not end.
fn stuck(facts: &Facts) -> (Vec<String>, String) {
    let mut parts = Vec::new();
    for thread in &facts.blocked {
        let wait = words::wait_of(facts, *thread);
        let waits = match &wait {
            Some(wait) => {
                let on = wait.on.first().map(|on| usize::from(*on));
                // whoever executes what does not return is named
                let peer = on.filter(|_| matches!(wait.reason, Reason::Answer(_)));
                let by = peer.map_or_else(String::new, |on| words::relation(facts, wait.reason, on));
                format!("{}{by}", words::waiting(facts, *thread, wait.reason, on))
            }
            None => "cannot go on".to_string(),
        };
        parts.push(format!("{} {waits}", facts.thread(*thread)));
    }
    let end = match words::silent(facts).as_slice() {
        [] => "nobody will end that wait".to_string(),
        [class] => format!("{class} never answers"),
        several => format!("{} never answer", listed(several)),
    };
    (parts, end)
}

pub(super) fn leak_packet(facts: &Facts) -> String {
    let state = facts.last();
    let leaked = facts.leaked_packets();
    let told: Vec<String> = leaked
        .iter()
        .map(|place| {
            let made = ownership::since(facts, |state| state.packets[*place].phase != PacketPhase::Absent);
            let by = made.map_or_else(String::new, |step| {
                let line = facts.step_line(step).map_or_else(String::new, |line| format!(" in line {line}"));
                format!(", written by {}{line},", facts.actor(step))
            });
            let lost = state.packets[*place].phase == PacketPhase::Lost;
            let fate = match lost {
                true => "is lost",
                false if ownership::is_entry(facts, *place) => "was never revoked",
                false => "was never read or released",
            };
            format!("{}{by} {fate}", words::packet(facts, state, *place))
        })
        .collect();
    let objects: Vec<String> =
        leaked.iter().map(|place| words::object(facts, state, state.packets[*place].object(state))).collect();
    let own = leaked.iter().any(|place| state.packets[*place].stub().is_none());
    let what = if own { "keeps what it has put by for it" } else { "stays alive" };
    format!("{}, so that {} {what} for ever", listed(&told), listed(&objects))
}

pub(super) fn leak_ref(facts: &Facts) -> String {
    let state = facts.last();
    let mut told: Vec<String> = facts
        .leaked_objects()
        .into_iter()
        .map(|place| {
            let made = ownership::since(facts, |state| state.objects[place].phase != ObjectPhase::Absent);
            let by =
                made.map_or_else(String::new, |step| format!(", made by {} in step {},", facts.actor(step), step + 1));
            let count = state.objects[place].references;
            let left = match count {
                // its class counts for itself, or nobody has ever taken a reference
                0 => "was never deleted".to_string(),
                1 => "still has a reference".to_string(),
                _ => format!("still has {count} references"),
            };
            format!("{}{by} {left}", words::object(facts, state, place))
        })
        .collect();
    told.extend(
        facts
            .leaked_proxies()
            .into_iter()
            .map(|place| format!("{} was never released", words::proxy(facts, state, place))),
    );
    format!("{}, and no pointer leads to it any more", listed(&told))
}
