//! Which agents can still move, state by state, and the least states that show stuck agents.

use crate::components::Components;
use crate::graph::{ENVIRONMENT_FAULT, Graph, agent, all_agents};
use crate::limits::Patience;
use crate::masks::Masks;
use crate::renamings::Renamings;
use crate::signature::Distinct;
use crate::system::System;

/// For each state, the agents that some continuation lets move. It is computed by component, one set of agents each.
pub(crate) struct Mobility {
    components: Components,
    /// By component: the agents that some continuation over agent and reliable events lets move.
    can_move: Masks,
    /// The same by state, if agents are renamed along edges.
    by_state: Option<Vec<u64>>,
    /// By component: no such event leads out of it.
    settled: Vec<bool>,
}

impl Mobility {
    /// Bytes per state, besides the components: a set of agents and a flag.
    pub(crate) const BYTES_PER_STATE: u64 = 9;

    /// Linear in the edges, except with renamings. `may_move`: the agents that may move in what is missing after an open state.
    pub(crate) fn of(
        graph: &Graph,
        agents: usize,
        renamings: Option<&Renamings>,
        may_move: impl Fn(u32) -> u64,
        patience: &Patience,
    ) -> Self {
        let mut by_state = renamings.map(|_| vec![0; graph.states() as usize]);
        let mut can_move = Masks::new(agents);
        let mut settled = Vec::new();
        let components = Components::visit(
            graph,
            |_| true,
            |edge| edge.actor != ENVIRONMENT_FAULT,
            |components, number, members| {
                let (mut mask, mut bottom) = (0u64, true);
                for state in members {
                    if graph.is_open(*state) {
                        // After a missing edge, every agent may move that is not held fast.
                        (mask, bottom) = (mask | may_move(*state), false);
                    }
                    for edge in graph.edges(*state).filter(|edge| edge.actor != ENVIRONMENT_FAULT) {
                        mask |= agent(edge.actor).map_or(0, |agent| 1 << agent);
                        let beyond = components.of(edge.end);
                        if beyond != number {
                            bottom = false;
                            mask |= can_move.get(beyond as usize);
                        }
                    }
                }
                if let (Some(renamings), Some(can_move)) = (renamings, &mut by_state) {
                    renamings.settle(graph, members, can_move, &may_move, patience);
                }
                can_move.push(mask);
                settled.push(bottom);
            },
        );
        Self { components, can_move, by_state, settled }
    }

    /// For each property and signature the least state at which [`System::stuck_signatures`] names it. Only properties in `asked` are looked for.
    /// `idle`: by state, the agents that need not move, as far as it is known.
    pub(crate) fn stuck<S: System>(
        &self,
        system: &S,
        asked: &[usize],
        states: u32,
        idle: &Masks,
        state: impl Fn(u32) -> S::State,
        patience: &Patience,
    ) -> Distinct<u32> {
        let all = all_agents(system.agents());
        let mut found = Distinct::new(system.properties().len());
        for number in 0..states {
            let component = self.components.of(number) as usize;
            let by_state = self.by_state.as_ref().map(|can_move| can_move[number as usize]);
            let still = all & !by_state.unwrap_or_else(|| self.can_move.get(component));
            if still == 0 || still & !idle.get(number as usize) == 0 {
                continue;
            }
            if patience.is_over() {
                break;
            }
            let state = state(number);
            let stuck = still & !system.idle(&state);
            if stuck == 0 {
                continue;
            }
            for (property, signature) in system.stuck_signatures(&state, stuck, self.settled[component]) {
                if asked.contains(&property) {
                    found.find(property, signature, number);
                }
            }
        }
        found
    }
}
