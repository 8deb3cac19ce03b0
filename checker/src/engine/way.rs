//! Runs that are known by the numbers of their steps, and what can be said of their ends.

use crate::graph::{MOST_AGENTS, all_agents};
use crate::outcome::Counterexample;
use crate::signature::Signature;
use crate::system::{Expansion, Kind, System};

/// The run from the initial state number `initial` by the successors with these numbers. Nothing if there is no such run.
pub(crate) fn along<S: System>(
    system: &S,
    initial: usize,
    ordinals: impl IntoIterator<Item = usize>,
) -> Option<Counterexample<S::State, S::Event>> {
    let initial = system.initial().get(initial)?.clone();
    let mut steps: Vec<(S::Event, S::State)> = Vec::new();
    let mut expansion = Expansion::of(system);
    for ordinal in ordinals {
        expansion.clear_taken();
        system.expand(steps.last().map_or(&initial, |(_, state)| state), &mut expansion);
        steps.push(expansion.taken().get(ordinal)?.clone());
    }
    Some(Counterexample { initial, steps, loop_start: None })
}

/// The `Unstuck` properties that an end violates, and how: whoever does not rest there is stuck. None where there are too many agents to tell.
pub(crate) fn stuck_at_end<S: System>(system: &S, words: &[u64]) -> Vec<(usize, Signature)> {
    let asks = |number: &usize| system.properties().get(*number).is_some_and(|asked| asked.kind == Kind::Unstuck);
    if system.agents() > MOST_AGENTS || !(0..system.properties().len()).any(|number| asks(&number)) {
        return Vec::new();
    }
    let state = system.unpack(words);
    let stuck = all_agents(system.agents()) & !system.resting(&state);
    let classified = if stuck == 0 { Vec::new() } else { system.stuck_ways(&state, stuck, true) };
    classified.into_iter().filter(|(number, _)| asks(number)).collect()
}
