//! Partial order reduction: steps after which it need not be asked what would have happened without them.
//!
//! A step of a thread is *ample* in a state if it is the only thing the thread can do there, if nobody else, whatever happens until then,
//! touches what it touches, and if nothing that is asked loses by it. Then every run from that state that does not take it can be given it as
//! its first step without any other change. `docs/partial-order.md` has the argument, condition by condition.
//!
//! Three uses are made of it. A thread *runs on* through ample steps that follow a step of its own: the states between vanish. Where
//! another thread stands before an ample step, that step *alone* is taken, at once, so that such states vanish as well. And where fairness
//! counts, for which no step may stand alone, it *catches up* with the event of somebody else. No step is ample in which the code goes back,
//! so no run puts others off for ever, and no engine has to know.

pub(crate) mod effects;
mod rules;
mod seen;

use crate::event::{Actor, Event};
use crate::program::{ClaimKind, Program, ThreadId};
use crate::state::State;
use crate::step::{Step, actor};
use effects::Effects;

/// How much is asked of an ample step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// It neither enables nor disables anything of others. Threads run on through such steps, and catch up on them with the steps of others
    /// where they could move before: what comes eventually on fair runs is the same.
    Fair,
    /// It may enable others, and may stand alone. Everything but what comes eventually is the same.
    Branching,
}

/// One of the conditions of an ample step. Tests leave one out and see that something is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// Nobody else writes what the step reads, or reads or writes what it writes.
    Variables,
    /// No claim loses by what the step writes.
    Unseen,
    /// The code does not go back.
    Forward,
    /// Nobody else resets the event that the step sets or waits for, or looks whether it is set.
    Events,
    /// Nobody else tries to enter, or, for entering, touches the critical section.
    Sections,
    /// Nobody else starts, posts to or looks at the thread that ends.
    Ending,
    /// The thread does not serve an apartment before or after the step.
    Serving,
    /// Nobody can make anything in the place of what the step frees.
    Places,
    /// Nobody else would be given the place of the call whose answer is taken.
    Calls,
}

impl Condition {
    /// Every condition.
    pub const ALL: [Condition; 9] = [
        Condition::Variables,
        Condition::Unseen,
        Condition::Forward,
        Condition::Events,
        Condition::Sections,
        Condition::Ending,
        Condition::Serving,
        Condition::Places,
        Condition::Calls,
    ];
}

/// What is known about a program before it runs: what its code can touch, and what is asked.
#[derive(Clone, Debug)]
pub struct Ample {
    strength: Strength,
    effects: Effects,
    /// By thread: it has, or may make, an apartment of its own, which it serves.
    serves: Vec<bool>,
    /// No two calls under way can want the same place.
    calls_apart: bool,
    /// Left out, in tests only.
    without: Option<Condition>,
}

impl Ample {
    /// The reduction for a program: as far as what is asked allows. None where a rule is switched off, because the argument rests on rules.
    pub fn new(program: &Program) -> Option<Ample> {
        if !program.faults.is_empty() {
            return None;
        }
        let eventually = program.claims.iter().any(|claim| claim.kind == ClaimKind::Eventually);
        let strength = if eventually { Strength::Fair } else { Strength::Branching };
        let effects = Effects::new(program);
        Some(Ample {
            strength,
            serves: (0..program.threads.len() as ThreadId)
                .map(|thread| program.apartments.iter().any(|apartment| apartment.thread == Some(thread)))
                .collect(),
            calls_apart: rules::calls_apart(program),
            effects,
            without: None,
        })
    }

    /// The same without one of its conditions, and so wrong: for tests of the tests.
    pub fn without(mut self, condition: Condition) -> Ample {
        self.without = Some(condition);
        self
    }

    /// What it preserves.
    pub fn strength(&self) -> Strength {
        self.strength
    }

    /// Does the condition count?
    fn asks(&self, condition: Condition) -> bool {
        self.without != Some(condition)
    }

    /// Takes the step of a thread if it is ample, on a step under way. Otherwise everything is as before. `fits`: can the state be kept?
    pub fn advance(&self, step: &mut Step<'_>, thread: ThreadId, fits: &mut impl FnMut(&State) -> bool) -> bool {
        let program = step.program;
        let index = usize::from(thread);
        if step.state.breach.is_some() || !self.may_be(program, &step.state, index) {
            return false;
        }
        let before = step.state.clone();
        let (rules, refusing, executed, actor) = (step.rules, step.refusing, step.executed.len(), step.actor);
        let taken = step.take(&Event::Run { thread, choice: 0 }).is_ok()
            && step.state.breach.is_none()
            && fits(&step.state)
            && self.is_ample(program, &before, step, index, executed);
        if !taken {
            step.state = before;
            step.rules = rules;
            step.refusing = refusing;
            step.executed.truncate(executed);
            step.dangling = None;
            step.unmapped = None;
        }
        // whoever is behind the event is behind what follows from it
        step.actor = actor;
        taken
    }

    /// After an event in state `from`, goes on through ample steps for as long as there are any. Gives the threads of which this shows that
    /// they can move where the event was, a bit each, besides the one whose own step the event is. What misfortune makes possible is no such
    /// thing.
    pub fn run_on(
        &self,
        step: &mut Step<'_>,
        from: &State,
        event: &Event,
        fits: &mut impl FnMut(&State) -> bool,
    ) -> u64 {
        let mut moved = 0;
        while let Some(thread) = self.goes_on(step, from, event, fits) {
            moved |= 1 << thread;
        }
        match actor(step.program, event) {
            Actor::Thread(thread) => moved & !(1 << thread),
            Actor::Runtime => moved,
            Actor::Misfortune => 0,
        }
    }

    /// Takes the next ample step after an event in state `from`: of the thread whose step it was, else of another. Gives whose.
    pub fn goes_on(
        &self,
        step: &mut Step<'_>,
        from: &State,
        event: &Event,
        fits: &mut impl FnMut(&State) -> bool,
    ) -> Option<ThreadId> {
        let own = actor(step.program, event).thread().filter(|thread| self.advance(step, *thread, fits));
        own.or_else(|| match self.strength {
            Strength::Fair => self.caught_up(step, from, fits),
            Strength::Branching => self.alone(step, fits),
        })
    }

    /// Takes an ample step of a thread that could move before the event too: fairness asks who can move where, and the edge of its own that
    /// such a thread has there says nothing new.
    fn caught_up(&self, step: &mut Step<'_>, from: &State, fits: &mut impl FnMut(&State) -> bool) -> Option<ThreadId> {
        let program = step.program;
        (0..program.threads.len() as ThreadId).find(|thread| {
            self.may_be(program, &step.state, usize::from(*thread))
                && could_move(program, from, *thread, fits)
                && self.advance(step, *thread, fits)
        })
    }

    /// The thread whose step alone need be taken in the state in which the step under way begins; it has been taken then.
    pub fn alone(&self, step: &mut Step<'_>, fits: &mut impl FnMut(&State) -> bool) -> Option<ThreadId> {
        match self.strength {
            Strength::Fair => None,
            Strength::Branching => {
                (0..step.program.threads.len() as ThreadId).find(|thread| self.advance(step, *thread, fits))
            }
        }
    }
}

/// Can the thread take a step of its own in the state?
fn could_move(program: &Program, from: &State, thread: ThreadId, fits: &mut impl FnMut(&State) -> bool) -> bool {
    let mut step = Step::new(program, from.clone());
    step.take(&Event::Run { thread, choice: 0 }).is_ok() && fits(step.state())
}
