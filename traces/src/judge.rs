//! The judge: does a run exist, and does it really break the property it is said to break?
//!
//! It uses the model alone and shares no code with any search. It looks at the states of the run and, where a property speaks
//! of threads that never move again, at the successors of the last state. What it cannot see without a search it says that it
//! believes.

use crate::moves::Moves;
use crate::run::{ReplayError, Replayed, Run, replay};
use model::event::{Actor, Event};
use model::names;
use model::program::{Claim, ClaimKind, Program};
use model::properties::{Decided, Property, Stuck};
use model::state::State;
use model::step::{actor, claim};
use model::violation;
use model::waits::{self, Reason};

/// How many questions whether a step is possible the judge asks about a loop, at the most; a step counts once, whatever it picks from.
pub const LOOP_QUESTIONS_MAX: usize = 50_000;

/// A run that the judge accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The property.
    pub property: String,
    /// How many steps were replayed.
    pub steps: usize,
    /// What was checked, in one sentence.
    pub checked: &'static str,
    /// What would need a search and is believed; none if nothing is.
    pub believed: Option<&'static str>,
}

/// Why the judge refuses a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// It is not a run of the program.
    NoRun(ReplayError),
    /// Neither a built-in property nor a claim has this name.
    UnknownProperty(String),
    /// The scenario switches the property off.
    SwitchedOff(Property),
    /// The run exists, but does not show what it is said to show.
    Unshown(String),
}

impl Rejected {
    /// The refusal as text, with the program's names.
    pub fn text(&self, program: &Program) -> String {
        match self {
            Rejected::NoRun(error) => error.text(program),
            Rejected::UnknownProperty(name) => {
                format!("the scenario has no property or claim `{}`", crate::file::quoted(name))
            }
            Rejected::SwitchedOff(property) => format!("the scenario switches `{}` off", property.name()),
            Rejected::Unshown(why) => why.clone(),
        }
    }
}

/// Judges a run.
pub fn judge(program: &Program, run: &Run) -> Result<Accepted, Rejected> {
    let replayed = replay(program, &run.events).map_err(Rejected::NoRun)?;
    let named = program.claims.iter().find(|claim| claim.name == run.property);
    let (checked, believed) = match (Property::by_name(&run.property), named) {
        (Some(property), _) => {
            if program.off.contains(&property) {
                return Err(Rejected::SwitchedOff(property));
            }
            if run.loop_start.is_some() {
                return unshown("only an `eventually` is shown by a run that repeats itself");
            }
            let ways = || violation::Kin::new(program).ways(program, replayed.last(), property);
            let at_once = !matches!(property.decided(), Decided::Stuck(_));
            if !run.about.is_empty() && at_once && !ways().contains(&run.about) {
                return unshown("the property is violated in another way");
            }
            match property.decided() {
                Decided::AtStep => at_step(replayed.last(), property)?,
                Decided::AtEnd(_) => at_end(program, replayed.last(), property)?,
                Decided::Stuck(Stuck::Circle) => deadlock(program, replayed.last())?,
                Decided::Stuck(Stuck::Needed | Stuck::Others) => stuck(program, replayed.last(), property)?,
            }
        }
        (None, Some(named)) => of_claim(program, run, &replayed, named)?,
        (None, None) => return Err(Rejected::UnknownProperty(run.property.clone())),
    };
    Ok(Accepted { property: run.property.clone(), steps: run.events.len(), checked, believed })
}

type Ruling = Result<(&'static str, Option<&'static str>), Rejected>;

fn unshown<T>(why: impl Into<String>) -> Result<T, Rejected> {
    Err(Rejected::Unshown(why.into()))
}

/// The last step itself broke it.
fn at_step(last: &State, property: Property) -> Ruling {
    match last.breach {
        Some(breach) if breach.property == property => Ok(("the last step breaks the property", None)),
        Some(breach) => unshown(format!("the last step breaks `{}` instead", breach.property.name())),
        None => unshown("the last step breaks nothing"),
    }
}

/// Nothing but misfortune can happen any more, and the last state does not satisfy it.
fn at_end(program: &Program, last: &State, property: Property) -> Ruling {
    quiet(program, last)?;
    if waits::holds_at_end(program, last, property) {
        return unshown("the property holds in the last state");
    }
    Ok(("nothing more happens by itself after the last step, and the property does not hold there", None))
}

/// Refuses a state in which something still happens by itself, even if a bound would cut it.
fn quiet(program: &Program, state: &State) -> Result<(), Rejected> {
    if state.breach.is_some() {
        return unshown("the last step breaks a property; that is not an end");
    }
    match Moves::of(program, state).reliable(program).next() {
        Some(event) => unshown(format!("after the last step there is still: {}", names::event(program, &event))),
        None => Ok(()),
    }
}

/// A cycle of threads none of which can move or is at rest. Where a wait could be ended by somebody outside the cycle (an event
/// that several threads may set), that this never happens is believed.
fn deadlock(program: &Program, last: &State) -> Ruling {
    if last.breach.is_some() {
        return unshown("the last step breaks another property");
    }
    let moves = Moves::of(program, last);
    let blocked = moves.blocked(program, last);
    let Some(cycle) = waits::cycle(program, last, blocked) else {
        return unshown("no threads wait for one another in a cycle after the last step");
    };
    let inside = cycle.iter().fold(0u64, |set, (thread, _)| set | 1 << thread);
    let mut closed = true;
    for (thread, reason) in &cycle {
        if let Reason::Dispatch(call) = reason
            && moves.reliable(program).any(|event| event == Event::Dispatch { call: *call })
        {
            return unshown(format!("{} is about to be dispatched", names::call(program, last, usize::from(*call))));
        }
        for wait in waits::waits(program, last, usize::from(*thread)) {
            closed &= wait.on.iter().all(|on| inside & (1 << on) != 0);
        }
        // a call that arrives at a pumping thread could still do what another waits for
        closed &= !moves.reliable(program).any(|event| matches!(event, Event::Dispatch { .. }));
    }
    let believed = (!closed).then_some("no thread outside the cycle ends one of its waits");
    Ok(("threads that cannot move wait for one another in a cycle", believed))
}

/// Threads that wait in vain without a cycle: none of them moves, now or after any single step of the others.
fn stuck(program: &Program, last: &State, property: Property) -> Ruling {
    let moves = Moves::of(program, last);
    let blocked = moves.blocked(program, last);
    let concerned =
        (0..program.threads.len()).filter(|thread| blocked & (1 << thread) != 0).fold(0u64, |set, thread| {
            let process = &program.processes[usize::from(program.threads[thread].process)];
            let this = if process.must_exit { Property::NeverExits } else { Property::Hang };
            if this == property { set | 1 << thread } else { set }
        });
    if !waits::classify(program, last, blocked, true).contains(&property) || concerned == 0 {
        return unshown("no thread waits in vain after the last step");
    }
    let mut others = false;
    for (event, next) in &moves.taken {
        if actor(program, event) == Actor::Misfortune {
            continue;
        }
        others = true;
        if next.breach.is_some() {
            return unshown(format!("{} ends the run, whoever waits", names::event(program, event)));
        }
        let then = Moves::of(program, next).blocked(program, next);
        if then & concerned != concerned {
            return unshown(format!("{} would let a waiting thread go on", names::event(program, event)));
        }
    }
    if let Some((event, bound)) = moves.cut.first() {
        let name = names::event(program, event);
        return unshown(format!("{name} is only cut by the bound `{}`", bound.name()));
    }
    if others {
        return Ok((
            "the threads cannot move, now or after any one step of the others",
            Some("no longer continuation lets them move"),
        ));
    }
    Ok(("the threads cannot move and nothing else happens any more", None))
}

/// A claim of the scenario.
fn of_claim(program: &Program, run: &Run, replayed: &Replayed, named: &Claim) -> Ruling {
    let holds = |state: &State| claim(program, state, &named.condition);
    match named.kind {
        ClaimKind::Never | ClaimKind::Reachable => {
            if run.loop_start.is_some() {
                return unshown("only an `eventually` is shown by a run that repeats itself");
            }
            if !holds(replayed.last()) {
                return unshown("the condition is false after the last step");
            }
            Ok(("the condition is true after the last step", None))
        }
        ClaimKind::Eventually => {
            // from where on must it have stayed false? The last state that satisfies it, then the premise after it
            let since = replayed.states.iter().rposition(holds).map_or(0, |at| at + 1);
            let due = match &named.after {
                None => since == 0,
                Some(premise) => replayed.states.iter().skip(since).any(|state| claim(program, state, premise)),
            };
            if !due {
                return unshown("the condition comes true, and nothing asks for it again");
            }
            match run.loop_start {
                None => {
                    quiet(program, replayed.last())?;
                    Ok(("nothing more happens by itself, and the condition has not come true", None))
                }
                Some(start) => {
                    closes(replayed, start)?;
                    if since > start {
                        return unshown("the condition comes true in the loop");
                    }
                    fair(program, replayed, start)?;
                    Ok(("the loop closes, is fair to everybody, and the condition is false all through it", None))
                }
            }
        }
    }
}

/// The loop has steps and ends where it began.
fn closes(replayed: &Replayed, start: usize) -> Result<(), Rejected> {
    if start >= replayed.steps.len() {
        return unshown("the loop has no steps");
    }
    if replayed.before(start) != replayed.last() {
        return unshown("the loop does not end where it began");
    }
    Ok(())
}

/// Fairness, as SPEC.md says it: a thread that could move in every state of the loop moves in it, one that could have the lock for which it waits
/// in any of them, too; and each call that could be delivered in any of them is.
fn fair(program: &Program, replayed: &Replayed, start: usize) -> Result<(), Rejected> {
    let steps = &replayed.steps[start..];
    let possible = Event::all(program).iter().filter(|event| !matches!(event, Event::Pick { .. })).count();
    if steps.len().saturating_mul(possible) > LOOP_QUESTIONS_MAX {
        return unshown(format!(
            "the loop is too long to be looked at: {} steps, after each of which {possible} others could be possible, \
             and that makes more than {LOOP_QUESTIONS_MAX} questions",
            steps.len()
        ));
    }
    let acts = |thread: usize| steps.iter().any(|step| step.actor == Actor::Thread(thread as u8));
    let mut idle: Vec<usize> = (0..program.threads.len()).filter(|thread| !acts(*thread)).collect();
    let missed =
        |event: &Event| actor(program, event) == Actor::Runtime && !steps.iter().any(|step| step.event == *event);
    let mut due = None;
    let mut put_off = None;
    for at in start..replayed.steps.len() {
        let state = replayed.before(at);
        let moves = Moves::of(program, state);
        let waits = |thread: &usize| waits::insists(program, state, *thread) && moves.moves(program, *thread);
        put_off = put_off.or((0..program.threads.len()).find(|thread| !acts(*thread) && waits(thread)));
        idle.retain(|thread| moves.moves(program, *thread));
        due = due.or(moves.reliable(program).find(missed));
    }
    if let Some(thread) = idle.first() {
        return unshown(format!("{} could move all the time and never does", names::thread(program, *thread)));
    }
    if let Some(thread) = put_off {
        return unshown(format!(
            "{} could have the lock again and again and never does",
            names::thread(program, thread)
        ));
    }
    if let Some(event) = due {
        return unshown(format!("{} is due again and again and never happens", names::event(program, &event)));
    }
    Ok(())
}
