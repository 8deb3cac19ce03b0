//! From a run of a reduced system to a run of the model as it is: what is told, replayed and judged.

use checker::Counterexample;
use model::event::Event;
use model::state::State;
use model::step;
use traces::run::Run;

use super::Service;

/// The run of the model that goes through the same canonical states, with the state that it ends in: at each step the first event that
/// leads to the next of them, by itself or with steps through which its thread runs on. None if there is no such event, which would be a mistake in a reduction.
pub fn concrete(service: &Service, property: &str, run: &Counterexample<State, Event>) -> Option<(Run, State)> {
    let mut walk = Walk { service, state: step::initial(service.program()), events: Vec::new() };
    let mut begin = None;
    for (index, (event, next)) in run.steps.iter().enumerate() {
        if run.loop_start == Some(index) {
            begin = Some((walk.state.clone(), walk.events.len()));
        }
        walk.step(event, next)?;
    }
    // a run can end where it goes on for ever: by doing nothing
    let mut loop_start = run.loop_start.map(|_| walk.events.len());
    if let (Some(start), Some((state, at))) = (run.loop_start, begin) {
        if walk.state == state {
            loop_start = Some(at);
        } else {
            // what nobody reads may be other the first time round; after that it is always the same
            for (event, next) in &run.steps[start..] {
                walk.step(event, next)?;
            }
        }
    }
    let Walk { state, events, .. } = walk;
    Some((Run { property: property.to_string(), events, loop_start, about: Vec::new() }, state))
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
        let (events, state) = std::iter::once(event).chain(&all).find_map(|event| {
            let led = self.service.led(&self.state, event);
            let end = led.iter().position(|(_, state)| self.service.reducer().canonical(program, state) == *next)?;
            let events: Vec<Event> = led[..=end].iter().map(|(event, _)| *event).collect();
            Some((events, led[end].1.clone()))
        })?;
        self.events.extend(events);
        self.state = state;
        Some(())
    }
}
