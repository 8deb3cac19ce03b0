//! For tests only: compiles small scenarios and finds a shortest run by going through the model breadth-first.

#![allow(dead_code, reason = "each test file uses a part")]

pub mod payloads;
pub mod scenarios;

use std::collections::HashMap;

use model::event::Event;
use model::lang::lower::compile;
use model::program::Program;
use model::state::State;
use model::step::{Outcome, initial, step};
use traces::judge::judge;
use traces::run::Run;

/// Compiles, or fails with the mistakes.
pub fn program(text: &str) -> Program {
    match compile(text) {
        Ok((program, _)) => program,
        Err(diagnostics) => panic!("{}", traces::diagnostics::render("test.scn", text, &diagnostics, false)),
    }
}

/// The least of the shortest runs that the judge accepts for a property.
pub fn shortest(program: &Program, property: &str) -> Option<Run> {
    let events = Event::all(program);
    let start = initial(program);
    let mut found: HashMap<State, usize> = HashMap::from([(start.clone(), 0)]);
    let mut states: Vec<(State, usize, Option<Event>)> = vec![(start, 0, None)];
    let mut at = 0;
    while at < states.len() {
        if at > 400_000 {
            return None;
        }
        let state = states[at].0.clone();
        if likely(program, &state, property) {
            let run = Run { property: property.into(), events: way(&states, at), loop_start: None, about: Vec::new() };
            // without a search the judge can only be sure of threads that wait in vain once nothing else happens
            let sure = !matches!(property, "hang" | "never_exits");
            if judge(program, &run).is_ok_and(|accepted| sure || accepted.believed.is_none()) {
                return Some(run);
            }
        }
        for event in &events {
            if let Outcome::Taken { next, .. } = step(program, &state, event)
                && !found.contains_key(&next)
            {
                found.insert(next.clone(), states.len());
                states.push((next, at, Some(*event)));
            }
        }
        at += 1;
    }
    None
}

/// Worth a look by the judge?
fn likely(program: &Program, state: &State, property: &str) -> bool {
    use model::properties::{Decided, Property};
    match Property::by_name(property).map(Property::decided) {
        Some(Decided::AtStep) => state.breach.is_some(),
        Some(Decided::AtEnd(_) | Decided::Stuck(_)) => state.breach.is_none(),
        None => program.claims.iter().any(|claim| claim.name == property),
    }
}

fn way(states: &[(State, usize, Option<Event>)], end: usize) -> Vec<Event> {
    let mut events = Vec::new();
    let mut at = end;
    while let (_, before, Some(event)) = &states[at] {
        events.push(*event);
        at = *before;
    }
    events.reverse();
    events
}
