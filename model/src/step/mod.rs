//! The transition function: one event, one successor, or a refusal that names its rule.
//!
//! `step` is pure. Guards and effects stand in the same place, in the files beside this one; what is enabled is derived from
//! `step` and never written a second time. After an event the acting thread runs on through its local operations, up to the next
//! one that touches shared state: see [`local`].

pub(crate) mod activation;
mod answers;
pub(crate) mod apartments;
mod atomics;
pub(crate) mod callbacks;
pub(crate) mod calls;
mod class_objects;
mod connections;
mod contexts;
mod counting;
mod eval;
mod external_locks;
mod failing;
mod handles;
mod initial;
mod interface_table;
mod loader;
pub mod local;
mod modules;
mod objects;
pub(crate) mod own;
pub(crate) mod packets;
mod processes;
mod run;
mod rundown;
pub(crate) mod stack;
mod sync;
mod tidy;
mod wire;
pub use modules::inside;
pub use processes::{awaited_calls, connections};
pub use sync::pumps;
pub(crate) use tidy::refers;
pub use tidy::{is_tidy, pointed};

pub(crate) use eval::compute;
pub use eval::{answer, claim};
pub use initial::{begin, initial};

use crate::bounds::Bound;
use crate::event::{Actor, Event, Thing};
use crate::lifecycle::{At, Cell as Next};
use crate::program::{FunctionId, Program, ThreadId};
use crate::properties::Property;
use crate::rules::{Rule, RuleSet};
use crate::state::{Breach, State, Subject};
use crate::table::{Phased, Table};

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It happened.
    Taken {
        /// The state after it.
        next: State,
        /// The rules that were applied.
        rules: RuleSet,
    },
    /// It cannot happen.
    Refused(Refusal),
}

/// Why an event cannot happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// A rule refuses it.
    Rule(Rule),
    /// A bound of the run cuts it: it could happen, but is not followed.
    Bound(Bound),
    /// The thing it speaks of is not there, or is not at that point.
    Absent,
    /// The step could take one of several things, and the event does not say which.
    Unpicked,
    /// A property was broken before; the run has ended.
    Broken,
}

/// Result of a part of a step.
pub(crate) type Part<T = ()> = Result<T, Refusal>;

/// A step under way.
pub struct Step<'a> {
    pub(crate) program: &'a Program,
    pub(crate) state: State,
    /// The rules applied so far.
    pub rules: RuleSet,
    /// The rules that have refused something within this step, which goes on with an answer or a breach.
    pub refusing: RuleSet,
    /// The operations executed so far.
    pub executed: Vec<(FunctionId, u16)>,
    /// The value of `any(…)`; none once it is used up.
    pub(crate) choice: i8,
    pub(crate) chosen: bool,
    /// Which of several things is taken; none once it is.
    picked: Option<Thing>,
    /// The thread that acts.
    pub(crate) actor: Option<ThreadId>,
    /// COM's own machinery acts, not a thread.
    pub(crate) background: bool,
    /// A field of a destroyed object was touched, or one was looked for where no object is.
    pub(crate) dangling: Option<u8>,
    /// A variable of a module that is not loaded was touched.
    pub(crate) unmapped: Option<u8>,
    /// AddRefs that stub managers have asked for: the thread and the object.
    taking: Vec<(usize, usize)>,
    /// The stub manager that is made gets the reference of a result.
    handed: bool,
}

/// Takes `event` in `state`.
pub fn step(program: &Program, state: &State, event: &Event) -> Outcome {
    let mut step = Step::new(program, state.clone());
    match step.take(event) {
        Ok(()) => Outcome::Taken { next: step.state, rules: step.rules },
        Err(refusal) => Outcome::Refused(refusal),
    }
}

/// Who is behind an event, under the program's readings.
pub fn actor(program: &Program, event: &Event) -> Actor {
    use crate::readings::LostPacket;
    match *event {
        Event::Run { thread, .. } | Event::Pick { thread, .. } | Event::TimeOut { thread } => Actor::Thread(thread),
        Event::Dispatch { .. } | Event::RundownProxy { .. } | Event::Reclaim { .. } => Actor::Runtime,
        Event::RundownPacket { .. } => match program.readings.lost_packet {
            LostPacket::MayLeak => Actor::Misfortune,
            LostPacket::Reclaimed => Actor::Runtime,
        },
        Event::Lose { .. } | Event::Crash { .. } | Event::Fail { .. } => Actor::Misfortune,
    }
}

/// Where a thread would like its new entities to be: written threads by their rank, pool threads by their number in the pool.
pub(crate) fn preferred(program: &Program, thread: usize) -> usize {
    let described = &program.threads[thread];
    match described.body {
        Some(_) => usize::from(described.rank),
        None => program.threads[..thread]
            .iter()
            .filter(|other| other.body.is_none() && other.process == described.process)
            .count(),
    }
}

/// The place for a new entity: the first absent one from `wanted` on, around the table. Who makes it decides where it goes, not
/// who comes first, so that independent threads do not give one situation several names.
pub(crate) fn place<T: Phased + Copy>(table: &Table<T>, wanted: usize, absent: T::Phase) -> Option<usize>
where
    T::Phase: PartialEq,
{
    around(table.len(), wanted).find(|place| table.phase(*place) == absent)
}

/// The numbers below `count`, from `wanted` on and around.
pub(crate) fn around(count: usize, wanted: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |offset| (wanted + offset) % count)
}

impl<'a> Step<'a> {
    /// A step that starts in `state`.
    pub fn new(program: &'a Program, state: State) -> Self {
        Step {
            program,
            state,
            rules: RuleSet::EMPTY,
            refusing: RuleSet::EMPTY,
            executed: Vec::new(),
            choice: 0,
            chosen: false,
            picked: None,
            actor: None,
            background: false,
            dangling: None,
            unmapped: None,
            taking: Vec::new(),
            handed: false,
        }
    }

    /// Goes back to `state`, keeping the memory.
    pub fn reset(&mut self, state: &State) {
        self.state.clone_from(state);
        self.clear();
    }

    /// Becomes a step that starts in `state`: its own state equals that but for what was touched there.
    pub(crate) fn start(&mut self, state: &mut State) {
        self.state.follow(state);
        self.state.unsee();
        self.clear();
    }

    /// Undoes everything since [`Step::start`] of the same state: puts back the rows that were touched.
    pub(crate) fn put_back(&mut self, state: &State) {
        self.state.restore(state);
        self.state.unsee();
        self.clear();
    }

    fn clear(&mut self) {
        self.rules = RuleSet::EMPTY;
        self.refusing = RuleSet::EMPTY;
        self.executed.clear();
        self.actor = None;
        self.dangling = None;
        self.unmapped = None;
        self.taking.clear();
        self.handed = false;
    }

    /// The state as it stands.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes the event. After a refusal the state is spoilt: [`Step::reset`] it.
    pub fn take(&mut self, event: &Event) -> Part {
        self.take_from(event, None)
    }

    /// The same; the state that the step is in may be given once more, so that less has to be looked at.
    pub(crate) fn take_from(&mut self, event: &Event, before: Option<&State>) -> Part {
        if self.state.breach.is_some() {
            return Err(Refusal::Broken);
        }
        self.choice = 0;
        self.chosen = false;
        self.picked = None;
        self.background = false;
        match *event {
            Event::Run { thread, choice } => {
                self.choice = choice;
                self.actor = Some(thread);
                self.run(usize::from(thread))?;
                if choice != 0 && !self.chosen {
                    return Err(Refusal::Absent);
                }
            }
            Event::Pick { thread, thing } => {
                self.picked = Some(thing);
                self.actor = Some(thread);
                self.run(usize::from(thread))?;
                if self.picked.is_some() {
                    return Err(Refusal::Absent);
                }
            }
            Event::TimeOut { thread } => {
                self.actor = Some(thread);
                self.time_out(usize::from(thread))?;
            }
            Event::Fail { thread } => {
                self.actor = Some(thread);
                self.fail(usize::from(thread))?;
            }
            Event::Dispatch { call } => self.dispatch(usize::from(call))?,
            Event::RundownProxy { proxy } => self.run_down_proxy(usize::from(proxy))?,
            Event::RundownPacket { packet } => self.run_down_packet(usize::from(packet))?,
            Event::Reclaim { packet } => self.reclaim_packet(usize::from(packet))?,
            Event::Lose { packet } => self.lose(usize::from(packet))?,
            Event::Crash { process } => self.crash(usize::from(process))?,
        }
        self.tidy(before);
        Ok(())
    }

    /// Is the rule switched off?
    pub(crate) fn faulted(&self, rule: Rule) -> bool {
        self.program.faults.contains(rule)
    }

    /// A guard: refuses unless `holds` or the rule is switched off.
    pub(crate) fn guard(&mut self, rule: Rule, holds: bool) -> Part {
        if holds || self.faulted(rule) {
            self.rules.insert(rule);
            Ok(())
        } else {
            Err(Refusal::Rule(rule))
        }
    }

    /// An effect or answer: true, and noted, unless the rule is switched off.
    pub(crate) fn applies(&mut self, rule: Rule) -> bool {
        let on = !self.faulted(rule);
        if on {
            self.rules.insert(rule);
        }
        on
    }

    /// A guard whose refusal does not refuse the event: the caller gets an answer, or a property is broken. True, and noted, unless the rule is
    /// switched off.
    pub(crate) fn refuses(&mut self, rule: Rule) -> bool {
        let on = !self.faulted(rule);
        if on {
            self.refusing.insert(rule);
        }
        on
    }

    /// A move through a lifecycle table. A refusal by a rule that is switched off leaves the phase as it is.
    pub(crate) fn advance<P, Q: From<At<P>>>(&mut self, phase: Q, next: Next<At<P>>) -> Part<Q> {
        match next {
            Next::To(next) => Ok(next.into()),
            Next::No(rule) => self.guard(rule, false).map(|()| phase),
        }
    }

    /// Which of some things, a bit each, the step takes: the one that the event names; without an event that names one, the only one.
    pub(crate) fn pick(&mut self, among: u64, thing: impl Fn(u8) -> Thing) -> Part<Option<usize>> {
        match (among.count_ones(), self.picked) {
            (0, None) => Ok(None),
            (1, None) => Ok(Some(among.trailing_zeros() as usize)),
            (0 | 1, Some(_)) => Err(Refusal::Absent),
            (_, None) => Err(Refusal::Unpicked),
            (_, Some(wanted)) => {
                let found = crate::table::Bits(among).find(|number| thing(*number as u8) == wanted);
                self.picked = None;
                found.map(Some).ok_or(Refusal::Absent)
            }
        }
    }

    /// A bound: cuts the event unless `fits`.
    pub(crate) fn within(&self, bound: Bound, fits: bool) -> Part {
        if fits { Ok(()) } else { Err(Refusal::Bound(bound)) }
    }

    /// Notes that a property is broken. The first breach of a step stays. If the scenario does not want to know of the property the run goes
    /// on, unless the program has crashed: then the run ends all the same, and nothing is said of it.
    pub(crate) fn breach(&mut self, property: Property, victim: Option<usize>, subject: Subject) {
        if self.state.breach.is_none() && (property.crashes() || !self.program.off.contains(&property)) {
            let victim = victim.map(|thread| thread as ThreadId);
            let line = self.line();
            self.state.breach = Some(Breach { property, by: self.actor, victim, subject, line });
        }
    }

    /// The line of what is being executed: of the last operation that has a text. A thread that has not come to execute anything stands there.
    fn line(&self) -> u16 {
        let executed = self.executed.iter().rev().copied();
        let standing = self.actor.into_iter().flat_map(|thread| {
            let frames = self.state.stack(self.program, usize::from(thread)).iter().rev();
            frames.map(|frame| (frame.function, frame.pc))
        });
        executed.chain(standing).find_map(|(function, pc)| self.program.line(function, pc)).unwrap_or(0)
    }
}
