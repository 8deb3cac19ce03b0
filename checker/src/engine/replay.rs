//! Replays runs that are known by the ordinals of their steps, and classifies their ends.

use crate::graph::{MOST_AGENTS, all_agents};
use crate::outcome::Counterexample;
use crate::signature::Signature;
use crate::system::{Expansion, Kind, System};

/// Replays the run from initial state `initial` along the successors with these ordinals. Nothing if there is no such run.
pub(crate) fn replay<S: System>(
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

/// The `Unstuck` properties that an end violates, with signatures: agents that are not idle there are stuck. None with too many agents.
pub(crate) fn stuck_at_end<S: System>(system: &S, words: &[u64]) -> Vec<(usize, Signature)> {
    let asks = |number: &usize| system.properties().get(*number).is_some_and(|asked| asked.kind == Kind::Unstuck);
    if system.agents() > MOST_AGENTS || !(0..system.properties().len()).any(|number| asks(&number)) {
        return Vec::new();
    }
    let state = system.unpack(words);
    let stuck = all_agents(system.agents()) & !system.idle(&state);
    let classified = if stuck == 0 { Vec::new() } else { system.stuck_signatures(&state, stuck, true) };
    classified.into_iter().filter(|(number, _)| asks(number)).collect()
}
