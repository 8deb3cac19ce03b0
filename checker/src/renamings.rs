//! The renamings of agents along edges, for systems under symmetry reduction.

use std::collections::BTreeMap;

use crate::graph::{ENVIRONMENT_FAULT, Graph, agent};
use crate::limits::Patience;
use crate::system::System;

/// By edge, the number of each agent of its source in its target.
pub(crate) struct Renamings {
    /// By state: its edges' renamings, by number in `table`; none if they are not known.
    rows: Vec<Option<Vec<u32>>>,
    table: Vec<Vec<u8>>,
}

impl Renamings {
    /// Bytes per state, for a few edges, with the results computed from them.
    pub(crate) const BYTES_PER_STATE: u64 = 64;

    /// Computes the renamings of every expanded state; nothing if patience ends before.
    pub(crate) fn of<S: System>(
        system: &S,
        graph: &Graph,
        state: impl Fn(u32) -> S::State,
        patience: &Patience,
    ) -> Option<Self> {
        let mut numbers: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
        let mut rows = Vec::with_capacity(graph.states() as usize);
        for number in 0..graph.states() {
            if patience.is_over() {
                return None;
            }
            let edges = graph.edges(number).count();
            if edges == 0 {
                rows.push(Some(Vec::new()));
                continue;
            }
            let row = system.renamings(&state(number)).into_iter().map(|renaming| {
                let next = numbers.len() as u32;
                *numbers.entry(renaming).or_insert(next)
            });
            let row: Vec<u32> = row.collect();
            rows.push((row.len() == edges).then_some(row));
        }
        let mut table = vec![Vec::new(); numbers.len()];
        for (renaming, number) in numbers {
            table[number as usize] = renaming;
        }
        Some(Self { rows, table })
    }

    /// Computes which agents can still move from the `members` of a component, numbered as in each state. The components that it reaches
    /// are done; within it the computation is repeated until nothing changes, or patience ends and the result is discarded.
    pub(crate) fn settle(
        &self,
        graph: &Graph,
        members: &[u32],
        can_move: &mut [u64],
        may_move: &impl Fn(u32) -> u64,
        patience: &Patience,
    ) {
        while !patience.is_over() {
            let mut changed = false;
            for state in members {
                let mask = self.moves(graph, *state, can_move, may_move);
                changed |= mask != can_move[*state as usize];
                can_move[*state as usize] = mask;
            }
            if !changed {
                break;
            }
        }
    }

    /// The agents that move in `state`, or can move after one edge as far as is known.
    fn moves(&self, graph: &Graph, state: u32, can_move: &[u64], may_move: &impl Fn(u32) -> u64) -> u64 {
        let Some(row) = self.rows[state as usize].as_ref() else { return u64::MAX };
        let mut mask = if graph.is_open(state) { may_move(state) } else { 0 };
        for (edge, renaming) in graph.edges(state).zip(row).filter(|(edge, _)| edge.actor != ENVIRONMENT_FAULT) {
            mask |= agent(edge.actor).map_or(0, |agent| 1 << agent);
            let beyond = can_move[edge.end as usize];
            if beyond == u64::MAX {
                return u64::MAX;
            }
            for (agent, name) in self.table[*renaming as usize].iter().enumerate() {
                mask |= (beyond >> name & 1) << agent;
            }
        }
        mask
    }
}
