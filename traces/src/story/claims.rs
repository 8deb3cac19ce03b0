//! What the scenario itself states: the claim or the assertion with the values that decide it, which step made them so, and who keeps
//! what stays.

use super::answers::Answer;
use super::facts::Facts;
use super::ledger::{self, Account};
use super::pointers::{self, Variable};
use super::text::listed;
use super::words::once;
use super::{ownership, telling, words};
use crate::moves::Moves;
use model::codes::Code;
use model::event::Actor;
use model::lifecycle::module::ModulePhase;
use model::lifecycle::object::ObjectPhase;
use model::lifecycle::stub::StubPhase;
use model::lifecycle::thread::ThreadPhase;
use model::program::{Claim, ClaimKind, Expr, GlobalId, Op, Place, Probe, TemplateId, Ty};
use model::state::State;
use model::step::answer;
use model::waits;

/// A condition that had to hold, as text, and the values that made it false, by name.
pub(crate) type Condition = (Option<String>, Vec<(String, String)>);

/// What had to hold, and the values that made it false.
pub(crate) fn condition_of(facts: &Facts) -> Condition {
    (telling::of(facts).condition)(facts)
}

/// What a built-in property requires; its values stand in the sentences about it.
pub(super) fn required(facts: &Facts) -> Condition {
    (facts.property.map(|property| property.sentence().to_string()), Vec::new())
}

/// Nothing is required.
pub(super) fn nothing(_: &Facts) -> Condition {
    (None, Vec::new())
}

/// The text of the claim, in full.
fn text(facts: &Facts) -> String {
    facts.claim.map_or_else(String::new, |claim| facts.whole(claim.span))
}

/// What it says, without its kind and its name.
pub(super) fn what(facts: &Facts) -> String {
    let text = text(facts);
    text.split_once(':').map_or(text.as_str(), |(_, what)| what).trim().to_string()
}

/// The text of the claim, and the values of what it reads.
pub(super) fn condition(facts: &Facts) -> Condition {
    let Some(claim) = facts.claim else { return nothing(facts) };
    let values = asked(claim).into_iter().map(|one| (one.name(facts), one.value(facts, facts.last())));
    (Some(text(facts)), values.collect())
}

/// The text of the assertion, and the values of what it reads.
pub(super) fn asserted(facts: &Facts) -> Condition {
    let thread = facts.matter.first().copied();
    let text = thread.and_then(|thread| facts.stand(thread)).map(|stand| facts.whole(stand));
    let values = read(facts).into_iter().map(|(variable, ty)| {
        let value = variable.value(facts, facts.last()).map_or_else(String::new, |value| shown(ty, value));
        (variable.name, value)
    });
    (text, values.collect())
}

/// Something that a condition asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    /// A variable.
    Global(GlobalId),
    /// A question about the run-time.
    Probe(Probe),
}

/// Everything that a claim asks for, each once, in the order in which it is written.
fn asked(claim: &Claim) -> Vec<Asked> {
    let mut found: Vec<Asked> = Vec::new();
    for condition in std::iter::once(&claim.condition).chain(&claim.after) {
        condition.visit(&mut |part| {
            let asks = match part {
                Expr::Read(Place::Global(global)) => Asked::Global(*global),
                Expr::Probe(probe) => Asked::Probe(probe.clone()),
                // a claim has no other places
                Expr::Read(Place::Local(_) | Place::Field(_) | Place::FieldOf { .. })
                | Expr::Const(_)
                | Expr::Not(_)
                | Expr::Negate(_)
                | Expr::Binary(..)
                | Expr::Choose(..)
                | Expr::Succeeded(_)
                | Expr::Any(..) => return,
            };
            if !found.contains(&asks) {
                found.push(asks);
            }
        });
    }
    found
}

impl Asked {
    /// Its name, as the claim has it.
    fn name(&self, facts: &Facts) -> String {
        let program = facts.program;
        let class = |template: TemplateId| program.templates[usize::from(template)].name.clone();
        match self {
            Asked::Global(global) => program.globals[usize::from(*global)].name.clone(),
            Asked::Probe(Probe::Loaded(id)) => format!("loaded({})", program.modules[usize::from(*id)].name),
            Asked::Probe(Probe::Ended(id)) => format!("ended({})", facts.thread(*id)),
            Asked::Probe(Probe::Exited(id)) => format!("exited({})", program.processes[usize::from(*id)].name),
            Asked::Probe(Probe::Alive(id)) => format!("alive({})", class(*id)),
            Asked::Probe(Probe::Connected(id)) => format!("connected({})", class(*id)),
            Asked::Probe(Probe::Disconnecting(id)) => format!("disconnecting({})", class(*id)),
            Asked::Probe(Probe::Pending(id)) => format!("pending({})", class(*id)),
            Asked::Probe(Probe::Packets) => "packets()".to_string(),
            Asked::Probe(Probe::IsSet(id)) => format!("is_set({})", program.events[usize::from(*id)].name),
            Asked::Probe(Probe::Registered(id)) => format!("registered({})", program.classes[usize::from(*id)].name),
        }
    }

    /// The answer in a state, as a number.
    fn number(&self, facts: &Facts, state: &State) -> i16 {
        let asks = match self {
            Asked::Global(global) => Expr::Read(Place::Global(*global)),
            Asked::Probe(probe) => Expr::Probe(probe.clone()),
        };
        answer(facts.program, state, &asks)
    }

    /// The answer in a state, in its own words.
    fn value(&self, facts: &Facts, state: &State) -> String {
        let number = self.number(facts, state);
        match self {
            Asked::Global(global) => {
                shown(facts.program.globals[usize::from(*global)].ty, i8::try_from(number).unwrap_or(0))
            }
            Asked::Probe(
                Probe::Loaded(_) | Probe::Ended(_) | Probe::Exited(_) | Probe::IsSet(_) | Probe::Registered(_),
            ) => yes(number != 0).to_string(),
            Asked::Probe(
                Probe::Alive(_) | Probe::Connected(_) | Probe::Disconnecting(_) | Probe::Pending(_) | Probe::Packets,
            ) => number.to_string(),
        }
    }

    /// What it is at the end and since when, as a sentence without its stop.
    fn told(&self, facts: &Facts) -> String {
        let number = |at: usize| self.number(facts, facts.replayed.before(at));
        let changed = (0..facts.replayed.steps.len()).rev().find(|step| number(*step) != number(*step + 1));
        let since = match changed {
            Some(step) => format!("since {}", facts.step_ref(step)),
            None => "from the start on".to_string(),
        };
        format!("{} is {} {since}", self.name(facts), self.value(facts, facts.last()))
    }
}

/// Why the claim does not hold.
pub(super) fn why(facts: &Facts, _: &[Answer]) -> Vec<String> {
    let Some(claim) = facts.claim else { return Vec::new() };
    let mut told = vec![format!("Claimed in line {}: {}.", facts.lines.line(claim.span.start), text(facts))];
    let values: Vec<String> = asked(claim).iter().map(|one| one.told(facts)).collect();
    if !values.is_empty() {
        told.push(format!("At the end {}.", listed(&values)));
    }
    told.extend(turned(facts, claim));
    told.extend(asked(claim).iter().flat_map(|one| kept(facts, one)));
    if let Some(start) = facts.run.loop_start {
        let steps = &facts.replayed.steps[start.min(facts.replayed.steps.len())..];
        let actors = once(steps.iter().map(|step| super::facts::who(facts.program, step.actor)));
        let who = if actors.is_empty() { String::new() } else { format!(" ({})", listed(&actors)) };
        told.push(format!(
            "Steps {} to {} repeat for ever{who}, and everybody who can move does.",
            start + 1,
            facts.replayed.steps.len()
        ));
        told.extend(passed_over(facts, start));
        told.extend(left_out(facts, start));
    }
    told
}

/// Which step decided it, where that is not the last one.
fn turned(facts: &Facts, claim: &Claim) -> Option<String> {
    let holds = |expr: &Expr, at: usize| answer(facts.program, facts.replayed.before(at), expr) != 0;
    let count = facts.replayed.steps.len();
    match (claim.kind, &claim.after) {
        (ClaimKind::Never | ClaimKind::Reachable, _) => {
            let step = count.checked_sub(1).filter(|step| !holds(&claim.condition, *step))?;
            Some(format!(
                "{} made the condition true: {}.",
                capital(&facts.step_ref(step)),
                facts.whole_step_text(step)
            ))
        }
        (ClaimKind::Eventually, Some(after)) => {
            let step = (0..count).find(|step| !holds(after, *step) && holds(after, *step + 1))?;
            Some(format!("Its premise has held since {}.", facts.step_ref(step)))
        }
        (ClaimKind::Eventually, None) => None,
    }
}

fn capital(text: &str) -> String {
    super::text::capital(text)
}

/// Who keeps what is there at the end or has not come: what holds a library, where a thread stands.
fn kept(facts: &Facts, asked: &Asked) -> Vec<String> {
    let so = asked.number(facts, facts.last()) != 0;
    match asked {
        Asked::Probe(Probe::Loaded(module)) if so => keeps_loaded(facts, usize::from(*module)),
        Asked::Probe(Probe::Ended(thread)) if !so => stands(facts, usize::from(*thread)).into_iter().collect(),
        Asked::Probe(Probe::Exited(process)) if !so => {
            let main = facts.program.processes[usize::from(*process)].main;
            main.and_then(|main| stands(facts, usize::from(main))).into_iter().collect()
        }
        Asked::Probe(Probe::Loaded(_) | Probe::Ended(_) | Probe::Exited(_)) => Vec::new(),
        // the books have who holds these
        Asked::Probe(Probe::Alive(_) | Probe::Connected(_) | Probe::Disconnecting(_) | Probe::Pending(_)) => Vec::new(),
        Asked::Global(_) | Asked::Probe(Probe::Packets | Probe::IsSet(_) | Probe::Registered(_)) => Vec::new(),
    }
}

/// What a claim that a library goes comes down to: the objects of it that are alive.
pub(super) fn kept_alive(facts: &Facts) -> Vec<usize> {
    let Some(claim) = facts.claim.filter(|claim| claim.kind != ClaimKind::Reachable) else { return Vec::new() };
    let objects = asked(claim).into_iter().flat_map(|one| match one {
        Asked::Probe(Probe::Loaded(module)) => objects_of(facts, facts.last(), usize::from(module)),
        Asked::Global(_) | Asked::Probe(_) => Vec::new(),
    });
    objects.collect()
}

/// Why a thread has not ended.
fn stands(facts: &Facts, thread: usize) -> Option<String> {
    if facts.last().threads[thread].phase != ThreadPhase::Running {
        return Some(format!("{} is never started.", facts.thread(thread)));
    }
    let line = facts
        .stand(thread)
        .and_then(|span| facts.line(span))
        .map_or_else(String::new, |line| format!(" (line {line})"));
    let wait = words::wait_of(facts, thread)?;
    let on = wait.on.first().map(|on| usize::from(*on));
    Some(format!("{} {}{line}.", facts.thread(thread), words::waiting(facts, thread, wait.reason, on)))
}

/// Why a module is still loaded: its objects, and what its DllCanUnloadNow answered last.
fn keeps_loaded(facts: &Facts, module: usize) -> Vec<String> {
    let (program, state) = (facts.program, facts.last());
    let name = &program.modules[module].name;
    let mut told = Vec::new();
    for place in objects_of(facts, state, module) {
        let made = ownership::since(facts, |state| state.objects[place].phase == ObjectPhase::Alive);
        let made = made.map_or_else(String::new, |step| format!(", made in {},", facts.step_ref(step)));
        let holders = ownership::object_holders(facts, place);
        let holders = if holders.is_empty() { String::new() } else { format!(": {}", listed(&holders)) };
        told.push(format!("{}{made} is still alive in {name}{holders}.", words::object(facts, state, place)));
    }
    if let Some(asked) = program.modules[module].can_unload_now {
        let runs =
            |step: &usize| facts.replayed.steps[*step].executed.iter().any(|executed| executed.function == asked);
        match (0..facts.replayed.steps.len()).rev().find(runs) {
            Some(step) => {
                let read = ownership::read_to_unload(facts, module).into_iter().map(|global| {
                    let variable = &program.globals[global];
                    format!("{} was {}", variable.name, shown(variable.ty, facts.replayed.before(step).globals[global]))
                });
                let read: Vec<String> = read.collect();
                let when = if read.is_empty() { String::new() } else { format!(", when {}", listed(&read)) };
                told.push(format!(
                    "DllCanUnloadNow of {name} was last asked in {}{when}; nobody asks it again after that.",
                    facts.step_ref(step)
                ));
            }
            None => told.push(format!("Nobody asked DllCanUnloadNow of {name} (CoFreeUnusedLibraries does).")),
        }
    }
    told
}

/// The objects that are alive in a state and whose code is in a module.
pub(super) fn objects_of(facts: &Facts, state: &State, module: usize) -> Vec<usize> {
    let objects = &state.objects;
    let here = |place: &usize| {
        let object = objects[*place];
        object.phase == ObjectPhase::Alive
            && facts.program.classes[usize::from(object.class)].module.map(usize::from) == Some(module)
    };
    (0..objects.len()).filter(here).collect()
}

/// The books of what a claim asks for and what stays.
pub(super) fn accounts(facts: &Facts) -> Vec<Account> {
    let Some(claim) = facts.claim.filter(|claim| claim.kind != ClaimKind::Reachable) else { return Vec::new() };
    let state = facts.last();
    let of = |object: usize, template: TemplateId| {
        facts.program.is_a(facts.program.classes[usize::from(state.objects[object].class)].template, template)
    };
    let stubs = |template: TemplateId| {
        let there = move |place: &usize| {
            let stub = state.stubs[*place];
            matches!(*stub.phase, StubPhase::Connected | StubPhase::Disconnecting) && of(stub.object.into(), template)
        };
        (0..state.stubs.len()).filter(there)
    };
    let mut found = Vec::new();
    for one in asked(claim).iter().filter(|one| one.number(facts, state) != 0) {
        match one {
            Asked::Probe(Probe::Loaded(module)) => {
                if state.modules[usize::from(*module)].phase == ModulePhase::Loaded {
                    found.push(Account::Module(usize::from(*module)));
                }
                found.extend(ledger::counted_by(facts, usize::from(*module)));
                found.extend(objects_of(facts, state, usize::from(*module)).into_iter().map(Account::Object));
            }
            Asked::Probe(Probe::Alive(template)) => {
                let alive = |place: &usize| state.objects[*place].phase == ObjectPhase::Alive && of(*place, *template);
                found.extend((0..state.objects.len()).filter(alive).map(Account::Object));
            }
            Asked::Probe(Probe::Connected(template) | Probe::Disconnecting(template)) => {
                found.extend(stubs(*template).map(Account::Stub));
            }
            Asked::Probe(Probe::Pending(template)) => found.extend(stubs(*template).map(Account::Pending)),
            Asked::Probe(
                Probe::Ended(_) | Probe::Exited(_) | Probe::Packets | Probe::IsSet(_) | Probe::Registered(_),
            )
            | Asked::Global(_) => {}
        }
    }
    found
}

/// The threads that could have a lock again and again in a loop, and do not get it.
fn passed_over(facts: &Facts, start: usize) -> Vec<String> {
    (0..facts.program.threads.len())
        .filter(|thread| starves(facts, start, *thread))
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

fn acts(facts: &Facts, start: usize, thread: usize) -> bool {
    facts.replayed.steps[start..].iter().any(|step| step.actor == Actor::Thread(thread as u8))
}

fn starves(facts: &Facts, start: usize, thread: usize) -> bool {
    let (program, replayed) = (facts.program, facts.replayed);
    let could = |at: usize| {
        let state = replayed.before(at);
        waits::asks_for_lock(program, state, thread) && Moves::of(program, state).moves(program, thread)
    };
    !acts(facts, start, thread) && (start..replayed.steps.len()).any(could)
}

/// The threads that wait all through the loop, for something else than a lock.
fn left_out(facts: &Facts, start: usize) -> Vec<String> {
    let resting = waits::resting(facts.program, facts.last());
    let waits = |thread: &usize| {
        resting & (1 << *thread) == 0 && !acts(facts, start, *thread) && !starves(facts, start, *thread)
    };
    (0..facts.program.threads.len())
        .filter(waits)
        .filter_map(|thread| stands(facts, thread))
        .map(|told| format!("All the time {told}"))
        .collect()
}

/// What an assertion is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asserted {
    /// A condition that the scenario asserts.
    Condition,
    /// An element of an array or a list.
    Index,
    /// What a library's class asserts by itself.
    Library,
    /// A list that a loop goes over is as it was.
    Unchanged,
}

/// What the assertion that failed is about: its text says it.
pub(super) fn about(facts: &Facts) -> Asserted {
    let text = facts.matter.first().map(|thread| facts.doing(*thread)).unwrap_or_default();
    let is = |word| text.strip_prefix(word).is_some_and(|rest: &str| rest.trim_start().starts_with('('));
    let element = ["[", ".front(", ".back(", ".at(", ".pop_back(", ".erase("].iter().any(|part| text.contains(part));
    let plain = !text.contains(['.', ' ']);
    match (is("assert"), is("for"), element, plain) {
        (true, ..) => Asserted::Condition,
        (_, true, ..) => Asserted::Unchanged,
        (_, _, true, _) => Asserted::Index,
        (false, false, false, true) => Asserted::Condition,
        (false, false, false, false) => Asserted::Library,
    }
}

/// Why the assertion failed.
pub(super) fn why_assertion(facts: &Facts, _: &[Answer]) -> Vec<String> {
    let Some(thread) = facts.matter.first() else { return Vec::new() };
    let first = match about(facts) {
        Asserted::Condition => format!("The condition was false when {} evaluated it.", facts.thread(*thread)),
        Asserted::Index => "There is no element of this number.".to_owned(),
        Asserted::Library => {
            format!("The class of the library checks this by itself, and {} came to it.", facts.thread(*thread))
        }
        Asserted::Unchanged => {
            format!(
                "The list was changed while {} went through it: its place in it means nothing any more.",
                facts.thread(*thread)
            )
        }
    };
    let mut told = vec![first];
    if about(facts) == Asserted::Unchanged {
        // what is read is what it was, and how often the list was changed
        let steps = read(facts).into_iter().filter_map(|(variable, _)| variable.changed(facts));
        told.extend(steps.max().map(|step| format!("It was last changed in {}.", facts.step_ref(step))));
        return told;
    }
    let values = read(facts).into_iter().filter_map(|(variable, ty)| {
        let value = variable.value(facts, facts.last())?;
        let since = match variable.changed(facts) {
            Some(step) => format!(" since {}", facts.step_ref(step)),
            None => " from the start on".to_string(),
        };
        Some(format!("{} is {}{since}", variable.name, shown(ty, value)))
    });
    let values: Vec<String> = values.collect();
    if !values.is_empty() {
        told.push(format!("There {}.", listed(&values)));
    }
    told
}

/// The variables that the failed assertion reads, with their types.
fn read(facts: &Facts) -> Vec<(Variable, Ty)> {
    let Some(step) = facts.replayed.steps.len().checked_sub(1) else { return Vec::new() };
    let taken = &facts.replayed.steps[step];
    let Some(thread) = taken.thread.map(usize::from) else { return Vec::new() };
    let failed = taken.executed.iter().rev().find_map(|executed| match facts.op(*executed) {
        Some(Op::Assert(condition)) => Some((*executed, condition)),
        Some(_) | None => None,
    });
    let Some((executed, condition)) = failed else { return Vec::new() };
    let mut found: Vec<(Variable, Ty)> = Vec::new();
    condition.visit(&mut |part| {
        let Expr::Read(place) = part else { return };
        if let Some(variable) = pointers::variable(facts, step, thread, executed, *place)
            && !found.iter().any(|(other, _)| *other == variable)
        {
            let ty = variable.ty(facts);
            found.push((variable, ty));
        }
    });
    found
}

fn yes(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// A value in its own words.
pub(super) fn shown(ty: Ty, value: i8) -> String {
    match ty {
        Ty::Code => Code(value).name().to_string(),
        Ty::Bool => yes(value != 0).to_string(),
        Ty::Pointer(_) | Ty::ComPtr(_) => if value == 0 { "null" } else { "set" }.to_string(),
        Ty::Handle if value == 0 => "NULL".to_string(),
        Ty::Void | Ty::Int(..) | Ty::Cookie | Ty::Handle | Ty::Lock(_) => value.to_string(),
    }
}
