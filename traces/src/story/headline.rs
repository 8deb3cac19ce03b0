//! The first sentence: what went wrong, in COM's words, with the scenario's names.

use super::facts::Facts;
use super::ownership;
use super::text::listed;
use super::words;
use model::lifecycle::module::ModulePhase;
use model::lifecycle::object::ObjectPhase;
use model::lifecycle::packet::PacketPhase;
use model::lifecycle::thread::ThreadPhase;
use model::names;
use model::program::ClaimKind;
use model::properties::Property;
use model::state::{Breach, Subject};
use model::waits::Reason;

/// `property: sentence`.
pub(crate) fn headline(facts: &Facts) -> String {
    let sentence = match (facts.breach, facts.property, facts.claim) {
        (Some(breach), _, _) => of_breach(facts, breach),
        (None, Some(Property::Deadlock), _) => deadlock(facts),
        (None, Some(Property::Hang | Property::NeverExits), _) => stuck(facts),
        (None, Some(Property::LeakPacket), _) => leak_packet(facts),
        (None, Some(Property::LeakRef), _) => leak_ref(facts),
        (None, Some(property), _) => format!("the run does not break that {}", property.sentence()),
        (None, None, Some(claim)) => {
            let condition = facts.source(claim.span, 60);
            match (claim.kind, facts.run.loop_start) {
                (ClaimKind::Never, _) => format!("it happens after all: {condition}"),
                (ClaimKind::Reachable, _) => format!("it is reached: {condition}"),
                (ClaimKind::Eventually, Some(_)) => {
                    format!("it never happens, the threads go round for ever: {condition}")
                }
                (ClaimKind::Eventually, None) => format!("it has not happened when all is over: {condition}"),
            }
        }
        (None, None, None) => "the scenario has no such property".to_string(),
    };
    format!("{}: {sentence}", facts.run.property)
}

fn of_breach(facts: &Facts, breach: Breach) -> String {
    let last = facts.replayed.steps.len().saturating_sub(1);
    let by = breach.by.map_or_else(|| facts.actor(last), |thread| facts.thread(thread));
    let victims = facts.victims();
    let who = victims.first().map_or_else(|| by.clone(), |thread| facts.thread(*thread));
    let subject = names::subject(facts.program, breach.subject);
    let actor = breach.by.map(usize::from).or(victims.first().copied());
    let text = facts.stand(actor.unwrap_or(0)).map(|stand| facts.source(stand, 48));
    // a call that is just being dispatched has no place in the scenario's text yet
    let text = text.filter(|text| !text.is_empty()).unwrap_or_else(|| "a call that was just dispatched".to_string());
    match breach.property {
        Property::UnloadInUse => unload_in_use(facts, breach, &by, &victims, &subject),
        Property::UseAfterFree => match (breach.subject, ownership::destroyed_by(facts, breach.subject)) {
            (Subject::None, _) => format!("{who} called through a null pointer: {text}"),
            (_, Some((step, culprit))) => {
                format!("{who} used {subject} in {text}, but {culprit} had destroyed it in step {}", step + 1)
            }
            (_, None) => format!("{who} used {subject} in {text} after its last Release"),
        },
        Property::DoubleDestroy => format!("the destructor of {subject} would run a second time, on {who}, in {text}"),
        Property::CallAfterCut => {
            format!("a call reached {subject} although its stub manager was disconnecting or gone")
        }
        Property::DoubleRelease if matches!(breach.subject, Subject::Module(_)) => {
            format!("{by} freed {subject} although nobody had a reference on it")
        }
        Property::DoubleRelease => {
            format!("{by} released the packet in {subject} although it had already been read or released")
        }
        Property::OkMeansDrained => {
            format!(
                "CoDisconnectContext answered S_OK to {by} while {subject} was not drained: {}",
                listed(&undrained(facts, breach))
            )
        }
        Property::Isolation => {
            format!("{by} disconnected its own context and {subject}, which lives in another, lost its clients")
        }
        Property::WrongCode => format!("{by} got a result from {text} that COM does not give in that state"),
        Property::ExitInUse => {
            format!("{subject} exited while {} still used it", listed(&ownership::clients(facts, breach.subject)))
        }
        Property::LockMisuse => {
            let ended =
                breach.by.is_some_and(|thread| facts.last().threads[usize::from(thread)].phase == ThreadPhase::Ended);
            if ended {
                format!("{by} ended while it held {subject}")
            } else {
                format!("{by} left {subject} without holding it, in {text}")
            }
        }
        Property::Assertion | Property::Assumption => format!("{by} found {text} false"),
        Property::LeakPacket | Property::LeakRef | Property::Deadlock | Property::Hang | Property::NeverExits => {
            breach.property.sentence().to_string()
        }
    }
}

fn unload_in_use(facts: &Facts, breach: Breach, by: &str, victims: &[usize], module: &str) -> String {
    let who = victims.first().map_or_else(|| by.to_string(), |thread| facts.thread(*thread));
    let Subject::Module(id) = breach.subject else { return format!("{who} ran code that is not loaded") };
    let inside = facts.inside_module(id);
    let doing = |thread: usize| {
        if inside.contains(&thread) {
            return facts.inside_or_own(thread);
        }
        let text = facts.stand(thread).map(|span| facts.source(span, 48)).unwrap_or_default();
        if text.is_empty() { "a call that was just dispatched".to_string() } else { text }
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

fn deadlock(facts: &Facts) -> String {
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

fn stuck(facts: &Facts) -> String {
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
    let process = facts.blocked.first().map(|thread| usize::from(facts.program.threads[*thread].process));
    let mut silent: Vec<String> = words::peers(facts).iter().map(|(_, class, _)| words::class(facts, *class)).collect();
    silent.sort();
    silent.dedup();
    let end = match silent.as_slice() {
        [] => "nobody will end that wait".to_string(),
        [class] => format!("{class} never answers"),
        several => format!("{} never answer", listed(several)),
    };
    match (facts.property, process) {
        (Some(Property::NeverExits), Some(process)) => {
            format!("{} never exits: {}, and {end}", facts.program.processes[process].name, listed(&parts))
        }
        _ => format!("{}, and {end}", listed(&parts)),
    }
}

fn leak_packet(facts: &Facts) -> String {
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
            let fate = if lost { "is lost" } else { "was never read or released" };
            format!("{}{by} {fate}", words::packet(facts, state, *place))
        })
        .collect();
    let objects: Vec<String> =
        leaked.iter().map(|place| words::object(facts, state, state.packets[*place].object(state))).collect();
    let own = leaked.iter().any(|place| state.packets[*place].stub().is_none());
    let what = if own { "keeps what it has put by for it" } else { "stays alive" };
    format!("{}, so that {} {what} for ever", listed(&told), listed(&objects))
}

fn leak_ref(facts: &Facts) -> String {
    let state = facts.last();
    let mut told: Vec<String> = facts
        .leaked_objects()
        .into_iter()
        .map(|place| {
            let made = ownership::since(facts, |state| state.objects[place].phase != ObjectPhase::Absent);
            let by =
                made.map_or_else(String::new, |step| format!(", made by {} in step {},", facts.actor(step), step + 1));
            let count = state.objects[place].references;
            let references = if count == 1 { "a reference".to_string() } else { format!("{count} references") };
            format!("{}{by} still has {references}", words::object(facts, state, place))
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
