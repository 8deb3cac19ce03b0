//! Strongly connected components of the explored graph, or of a part of it, in one pass over its edges.
//!
//! The algorithm is Tarjan's in the form of Pearce ("A space-efficient algorithm for finding strongly connected components", 2016): one
//! number a state is in turn its visit number, the lowest visit reachable from it, and its component. The path is an explicit stack, as
//! deep as the graph is. Neither reversed edges nor lists of components are needed.

use crate::graph::{Edge, Graph};

/// By state: nothing while it has not been visited, else the least visit that is known to be reached from it, or the complement of its
/// component's number. There are at most 2^31 states, so that these do not meet.
pub(crate) struct Components {
    lowest: Vec<u32>,
}

/// A state on the path from a root to where the search stands.
struct PathEntry {
    state: u32,
    /// Where its next edge lies, and where its last one ends.
    next: usize,
    end: usize,
    /// No earlier state is known to be reached from it.
    is_root: bool,
}

impl Components {
    /// What finding them takes at most, for each state: a number, a place among those that wait, one on the path.
    pub(crate) const BYTES_PER_STATE: u64 = 4 + 4 + size_of::<PathEntry>() as u64;

    /// The number of the component of a state that was visited.
    #[inline]
    pub(crate) fn of(&self, state: u32) -> u32 {
        !self.lowest[state as usize]
    }

    /// Visits the part of `graph` that consists of the states and edges that are `admitted`, an edge only between such states. Each component is
    /// handed to `each` with its number and its members, after every component that it can reach.
    pub(crate) fn visit(
        graph: &Graph,
        admits_state: impl Fn(u32) -> bool,
        admits_edge: impl Fn(Edge) -> bool,
        mut each: impl FnMut(&Components, u32, &[u32]),
    ) -> Components {
        let mut components = Components { lowest: vec![0; graph.states() as usize] };
        let (mut visits, mut number) = (0, 0);
        let mut path: Vec<PathEntry> = Vec::new();
        // States whose component is not complete and that are not on the path.
        let mut waiting: Vec<u32> = Vec::new();
        for root in 0..graph.states() {
            if components.lowest[root as usize] != 0 || !admits_state(root) {
                continue;
            }
            components.enter(graph, root, &mut visits, &mut path);
            while let Some(at) = path.last_mut() {
                if at.next < at.end {
                    let edge = graph.edge(at.next);
                    at.next += 1;
                    if !admits_edge(edge) || !admits_state(edge.end) {
                        continue;
                    }
                    match components.lowest[edge.end as usize] {
                        0 => components.enter(graph, edge.end, &mut visits, &mut path),
                        beyond => components.lower(at, beyond),
                    }
                    continue;
                }
                let PathEntry { state, is_root, .. } = *at;
                path.pop();
                if is_root {
                    let own = components.lowest[state as usize];
                    let inner = |member: &&u32| components.lowest[**member as usize] >= own;
                    let members = waiting.len() - waiting.iter().rev().take_while(inner).count();
                    waiting.push(state);
                    for member in &waiting[members..] {
                        components.lowest[*member as usize] = !number;
                    }
                    each(&components, number, &waiting[members..]);
                    waiting.truncate(members);
                    number += 1;
                } else {
                    waiting.push(state);
                }
                if let Some(before) = path.last_mut() {
                    components.lower(before, components.lowest[state as usize]);
                }
            }
        }
        components
    }

    fn enter(&mut self, graph: &Graph, state: u32, visits: &mut u32, path: &mut Vec<PathEntry>) {
        *visits += 1;
        self.lowest[state as usize] = *visits;
        let row = graph.row(state);
        path.push(PathEntry { state, next: row.start, end: row.end, is_root: true });
    }

    /// Notes that `at` reaches what has `beyond`. A complete component has more than any visit.
    #[inline]
    fn lower(&mut self, at: &mut PathEntry, beyond: u32) {
        let own = &mut self.lowest[at.state as usize];
        if beyond < *own {
            *own = beyond;
            at.is_root = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::ENVIRONMENT_FAULT;
    use crate::system::Actor;
    use petgraph::algo::kosaraju_scc;
    use petgraph::graph::DiGraph;

    /// Graphs drawn without a library's help: the same ones every time.
    fn drawn(seed: u64) -> Graph {
        let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut draw = |below: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random >> 11) % below
        };
        let states = 1 + draw(if seed.is_multiple_of(10) { 600 } else { 12 });
        let mut graph = Graph::new();
        for _ in 0..states - draw(2) {
            for _ in 0..draw(4) {
                let actor = if draw(4) == 0 { Actor::EnvironmentFault } else { Actor::Reliable(0) };
                graph.push_edge(draw(states) as u32, actor);
            }
            graph.end_row(false);
        }
        graph.close(states as u32, 1);
        graph
    }

    /// The library's components of the same part.
    fn expected(
        graph: &Graph,
        admits_state: impl Fn(u32) -> bool,
        admits_edge: impl Fn(Edge) -> bool,
    ) -> Vec<Vec<u32>> {
        let mut theirs = DiGraph::<(), ()>::new();
        let nodes: Vec<_> = (0..graph.states()).map(|_| theirs.add_node(())).collect();
        for state in (0..graph.states()).filter(|state| admits_state(*state)) {
            for edge in graph.edges(state).filter(|edge| admits_edge(*edge) && admits_state(edge.end)) {
                theirs.add_edge(nodes[state as usize], nodes[edge.end as usize], ());
            }
        }
        let components = kosaraju_scc(&theirs).into_iter();
        let numbers = components.map(|members| members.iter().map(|node| node.index() as u32).collect::<Vec<_>>());
        sorted(numbers.filter(|members| members.iter().all(|state| admits_state(*state))).collect())
    }

    fn sorted(mut components: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
        components.iter_mut().for_each(|members| members.sort_unstable());
        components.sort();
        components
    }

    #[test]
    fn components_are_those_of_a_library_and_come_after_what_they_reach() {
        for seed in 0..3_000 {
            let graph = drawn(seed);
            let admits_state = |state: u32| seed % 3 != 1 || state % 5 != 2;
            let admits_edge = |edge: Edge| seed % 2 == 0 || edge.actor != ENVIRONMENT_FAULT;
            let mut found = Vec::new();
            let components = Components::visit(&graph, admits_state, admits_edge, |components, number, members| {
                assert_eq!(number as usize, found.len());
                for edge in members.iter().flat_map(|state| graph.edges(*state)) {
                    if admits_edge(edge) && admits_state(edge.end) {
                        assert!(components.of(edge.end) <= number);
                    }
                }
                found.push(members.to_vec());
            });
            for (number, members) in found.iter().enumerate() {
                assert!(members.iter().all(|state| components.of(*state) as usize == number));
            }
            assert_eq!(sorted(found), expected(&graph, admits_state, admits_edge), "seed {seed}");
        }
    }
}
