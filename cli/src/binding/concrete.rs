//! From a run through canonical states to a run of the model as it is: what is told, replayed and judged.

use checker::Counterexample;
use model::event::Event;
use model::state::State;
use model::step::{self, Outcome};
use traces::run::Run;

use super::Service;

/// The run of the model that goes through the same canonical states, with the state that it ends in: at each step the first event that
/// leads to the next of them. None if there is no such event, which would be a mistake in a reduction.
pub fn concrete(service: &Service, property: &str, run: &Counterexample<State, Event>) -> Option<(Run, State)> {
    let mut walk = Walk { service, state: step::initial(service.program()), events: Vec::new() };
    let mut begin = None;
    for (index, (event, next)) in run.steps.iter().enumerate() {
        if run.loop_start == Some(index) {
            begin = Some(walk.state.clone());
        }
        walk.step(event, next)?;
    }
    let mut loop_start = run.loop_start;
    if let (Some(start), Some(begin)) = (loop_start, begin)
        && walk.state != begin
    {
        // what nobody reads may be other the first time round; after that it is always the same
        for (event, next) in &run.steps[start..] {
            walk.step(event, next)?;
        }
        loop_start = Some(run.steps.len());
    }
    let Walk { state, events, .. } = walk;
    Some((Run { property: property.to_string(), events, loop_start }, state))
}

struct Walk<'a> {
    service: &'a Service,
    state: State,
    events: Vec<Event>,
}

impl Walk<'_> {
    /// Takes the event itself if it leads to the next canonical state, else the first that does.
    fn step(&mut self, event: &Event, next: &State) -> Option<()> {
        let program = self.service.program();
        let all = Event::all(program);
        let (event, state) = std::iter::once(event).chain(&all).find_map(|event| {
            let Outcome::Taken { next: state, .. } = step::step(program, &self.state, event) else { return None };
            (self.service.reducer().canonical(program, &state) == *next).then_some((*event, state))
        })?;
        self.events.push(event);
        self.state = state;
        Some(())
    }
}
