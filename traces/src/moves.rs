//! What can happen in one state, asked of `step` itself: no search, only the successors of a single state.

use model::bounds::Bound;
use model::event::{Actor, Event};
use model::lifecycle::thread::ThreadPhase;
use model::program::Program;
use model::state::State;
use model::step::{Outcome, Refusal, actor, step};
use model::waits;

/// Can the event happen here?
pub fn takes(program: &Program, state: &State, event: &Event) -> bool {
    matches!(step(program, state, event), Outcome::Taken { .. })
}

/// One state with everything that can happen in it.
pub struct Moves {
    /// The events that can happen, each with the state that it leads to.
    pub taken: Vec<(Event, State)>,
    /// The events that only a bound of the run keeps from happening.
    pub cut: Vec<(Event, Bound)>,
}

impl Moves {
    /// Asks every event of the program.
    pub fn of(program: &Program, state: &State) -> Moves {
        let mut moves = Moves { taken: Vec::new(), cut: Vec::new() };
        // where a step has to pick, what it cannot do is go on by itself
        let mut picks = None;
        for event in Event::all(program) {
            if let Event::Pick { thread, .. } = event
                && picks != Some(thread)
            {
                continue;
            }
            match step(program, state, &event) {
                Outcome::Taken { next, .. } => moves.taken.push((event, next)),
                Outcome::Refused(Refusal::Bound(bound)) => moves.cut.push((event, bound)),
                Outcome::Refused(Refusal::Unpicked) => picks = actor(program, &event).thread(),
                Outcome::Refused(Refusal::Rule(_) | Refusal::Absent | Refusal::Broken) => {}
            }
        }
        moves
    }

    /// The events, cut ones included, that happen sooner or later if they stay possible: everything but misfortune.
    pub fn reliable<'a>(&'a self, program: &'a Program) -> impl Iterator<Item = Event> + 'a {
        let taken = self.taken.iter().map(|(event, _)| *event);
        let cut = self.cut.iter().map(|(event, _)| *event);
        taken.chain(cut).filter(|event| actor(program, event) != Actor::Misfortune)
    }

    /// Can a thread move by itself?
    pub fn moves(&self, program: &Program, thread: usize) -> bool {
        self.reliable(program).any(|event| actor(program, &event) == Actor::Thread(thread as u8))
    }

    /// The threads, as bits, that have code to run but no event of their own here and are not at rest.
    pub fn blocked(&self, program: &Program, state: &State) -> u64 {
        let resting = waits::resting(program, state);
        (0..program.threads.len())
            .filter(|thread| state.threads[*thread].phase == ThreadPhase::Running)
            .filter(|thread| resting & (1 << thread) == 0 && !self.moves(program, *thread))
            .fold(0, |set, thread| set | (1 << thread))
    }
}
