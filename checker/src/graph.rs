//! The explored graph: states as numbers, edges with their actors, and who can still move in it.

use fixedbitset::FixedBitSet;
use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::visit::{GraphBase, GraphRef, IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers, Visitable};

use crate::system::{Actor, System};

/// The most agents whose moves fit the masks.
pub(crate) const MOST_AGENTS: usize = 64;
const RELIABLE: u8 = 64;
const UNRELIABLE: u8 = 65;

/// An actor in one byte.
pub(crate) fn code(actor: Actor) -> u8 {
    match actor {
        Actor::Agent(agent) if agent < MOST_AGENTS => agent as u8,
        // Nobody asks about such an agent: with more than 64 of them all questions about the graph stay undecided.
        Actor::Agent(_) | Actor::Reliable => RELIABLE,
        Actor::Unreliable => UNRELIABLE,
    }
}

/// The fairness condition that an edge of this actor belongs to, as a mask: one bit per agent, one for all reliable events, none for
/// the unreliable ones.
pub(crate) fn condition(code: u8) -> u128 {
    if code == UNRELIABLE { 0 } else { 1 << code }
}

/// The mask of the first `agents` agents.
pub(crate) fn all_agents(agents: usize) -> u64 {
    match 1u64.checked_shl(agents as u32) {
        Some(bit) => bit - 1,
        None => u64::MAX,
    }
}

/// All fairness conditions of a system with that many agents.
pub(crate) fn all_conditions(agents: usize) -> u128 {
    u128::from(all_agents(agents)) | condition(RELIABLE)
}

/// An edge as seen from one of its ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    /// The state at the other end.
    pub end: u32,
    /// Who takes it.
    pub actor: u8,
}

/// Edges row by row, in three arrays.
#[derive(Debug)]
struct Rows {
    starts: Vec<usize>,
    ends: Vec<u32>,
    actors: Vec<u8>,
}

impl Rows {
    /// Where row `state` lies; empty if there is no such row.
    fn range(&self, state: u32) -> std::ops::Range<usize> {
        let state = state as usize;
        match (self.starts.get(state), self.starts.get(state + 1)) {
            (Some(start), Some(end)) => *start..*end,
            _ => 0..0,
        }
    }

    /// The edges of row `state`.
    fn row(&self, state: u32) -> impl Iterator<Item = Edge> + '_ {
        let range = self.range(state);
        let actors = self.actors[range.clone()].iter();
        self.ends[range].iter().zip(actors).map(|(end, actor)| Edge { end: *end, actor: *actor })
    }

    /// The same edges by their other end, for `states` states.
    fn reversed(&self, states: u32) -> Rows {
        let mut starts = vec![0usize; states as usize + 1];
        for end in &self.ends {
            starts[*end as usize + 1] += 1;
        }
        for state in 0..states as usize {
            starts[state + 1] += starts[state];
        }
        let mut place = starts.clone();
        let mut back = Rows { starts, ends: vec![0; self.ends.len()], actors: vec![0; self.ends.len()] };
        for state in 0..self.starts.len().saturating_sub(1) as u32 {
            for edge in self.row(state) {
                let slot = &mut place[edge.end as usize];
                back.ends[*slot] = state;
                back.actors[*slot] = edge.actor;
                *slot += 1;
            }
        }
        back
    }
}

/// The graph that a search has explored. Rows are added in the order of the states' numbers; states without a row are open.
///
/// A state is *open* if some of what agents and reliable events can do in it is not in the graph, because it was not expanded, because
/// a bound cut an event, or because the run was broken off there. Nothing that rests on a missing edge is concluded from an open state.
#[derive(Debug)]
pub(crate) struct Graph {
    rows: Rows,
    curtailed: FixedBitSet,
    states: u32,
    initial: u32,
}

impl Graph {
    /// A graph without states.
    pub(crate) fn new() -> Self {
        let rows = Rows { starts: vec![0], ends: Vec::new(), actors: Vec::new() };
        Self { rows, curtailed: FixedBitSet::new(), states: 0, initial: 0 }
    }

    /// Adds an edge to the row that is being written.
    pub(crate) fn push_edge(&mut self, end: u32, actor: Actor) {
        self.push_edge_code(end, code(actor));
    }

    /// The same for an actor in one byte.
    pub(crate) fn push_edge_code(&mut self, end: u32, actor: u8) {
        self.rows.ends.push(end);
        self.rows.actors.push(actor);
    }

    /// Ends the row that is being written. `curtailed`: a bound cut an agent's or a reliable event, or the run was broken off.
    pub(crate) fn end_row(&mut self, curtailed: bool) {
        let row = self.rows.starts.len() - 1;
        if curtailed {
            self.curtailed.grow(row + 1);
            self.curtailed.insert(row);
        }
        self.rows.starts.push(self.rows.ends.len());
    }

    /// Says how many states there are, and that the first `initial` of them are initial.
    pub(crate) fn close(&mut self, states: u32, initial: u32) {
        // A row that was begun and not ended belongs to a state that counts as not expanded.
        let whole = self.rows.starts.last().copied().unwrap_or(0);
        self.rows.ends.truncate(whole);
        self.rows.actors.truncate(whole);
        self.states = states;
        self.initial = initial;
    }

    /// How many states there are.
    pub(crate) fn states(&self) -> u32 {
        self.states
    }

    /// The initial states.
    pub(crate) fn initial(&self) -> std::ops::Range<u32> {
        0..self.initial
    }

    /// The edges out of `state`, in the system's order.
    pub(crate) fn edges(&self, state: u32) -> impl Iterator<Item = Edge> + '_ {
        self.rows.row(state)
    }

    /// Whether edges of agents or reliable events may be missing at `state`.
    pub(crate) fn is_open(&self, state: u32) -> bool {
        let state = state as usize;
        state + 1 >= self.rows.starts.len() || self.curtailed.contains(state)
    }

    /// The fairness conditions that are enabled in `state`; in an open one all of them may be.
    pub(crate) fn enabled(&self, state: u32) -> u128 {
        if self.is_open(state) {
            return u128::MAX;
        }
        self.edges(state).fold(0, |mask, edge| mask | condition(edge.actor))
    }

    /// Bytes of the edges, spare capacity included.
    pub(crate) fn bytes(&self) -> u64 {
        let Rows { starts, ends, actors } = &self.rows;
        (starts.capacity() * size_of::<usize>() + ends.capacity() * 4 + actors.capacity()) as u64
    }

    /// The edges by their targets.
    pub(crate) fn backward(&self) -> Backward {
        Backward { rows: self.rows.reversed(self.states) }
    }

    /// Strongly connected components of the part of the graph inside `inside` (everything if there is none), over all edges or over
    /// those that are not unreliable. A component comes after every component that it can reach.
    pub(crate) fn components(
        &self,
        backward: &Backward,
        reliable_only: bool,
        inside: Option<&FixedBitSet>,
    ) -> Vec<Vec<u32>> {
        kosaraju_scc(View { graph: self, backward, reliable_only, inside })
    }
}

/// The edges of a graph by their targets.
pub(crate) struct Backward {
    rows: Rows,
}

/// A part of the graph, in the form in which petgraph's algorithms take it: the edges stay where they are.
#[derive(Clone, Copy)]
struct View<'a> {
    graph: &'a Graph,
    backward: &'a Backward,
    reliable_only: bool,
    inside: Option<&'a FixedBitSet>,
}

impl<'a> View<'a> {
    fn admits(&self, state: u32) -> bool {
        self.inside.is_none_or(|inside| inside.contains(state as usize))
    }

    fn neighbours(self, rows: &'a Rows, state: u32) -> Neighbours<'a> {
        let range = rows.range(state);
        Neighbours { view: self, ends: rows.ends[range.clone()].iter(), actors: rows.actors[range].iter() }
    }
}

/// The ends of the edges in one row that are part of a view.
struct Neighbours<'a> {
    view: View<'a>,
    ends: std::slice::Iter<'a, u32>,
    actors: std::slice::Iter<'a, u8>,
}

impl Iterator for Neighbours<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        loop {
            let (end, actor) = (*self.ends.next()?, *self.actors.next()?);
            if !(self.view.reliable_only && actor == UNRELIABLE) && self.view.admits(end) {
                return Some(end);
            }
        }
    }
}

impl GraphBase for View<'_> {
    type NodeId = u32;
    type EdgeId = usize;
}

impl GraphRef for View<'_> {}

impl<'a> IntoNeighbors for View<'a> {
    type Neighbors = Neighbours<'a>;

    fn neighbors(self, state: u32) -> Self::Neighbors {
        self.neighbours(&self.graph.rows, state)
    }
}

impl<'a> IntoNeighborsDirected for View<'a> {
    type NeighborsDirected = Neighbours<'a>;

    fn neighbors_directed(self, state: u32, direction: Direction) -> Self::NeighborsDirected {
        match direction {
            Direction::Outgoing => self.neighbours(&self.graph.rows, state),
            Direction::Incoming => self.neighbours(&self.backward.rows, state),
        }
    }
}

impl<'a> IntoNodeIdentifiers for View<'a> {
    type NodeIdentifiers = Box<dyn Iterator<Item = u32> + 'a>;

    fn node_identifiers(self) -> Self::NodeIdentifiers {
        Box::new((0..self.graph.states).filter(move |state| self.admits(*state)))
    }
}

impl Visitable for View<'_> {
    type Map = FixedBitSet;

    fn visit_map(&self) -> FixedBitSet {
        FixedBitSet::with_capacity(self.graph.states as usize)
    }

    fn reset_map(&self, map: &mut FixedBitSet) {
        map.clear();
        map.grow(self.graph.states as usize);
    }
}

/// Who can still move, state by state.
#[derive(Debug)]
pub(crate) struct Mobility {
    component: Vec<u32>,
    can_move: Vec<u64>,
    settled: Vec<bool>,
}

impl Mobility {
    /// For every state the agents that some continuation over agent and reliable events lets move. Linear in the edges.
    pub(crate) fn of(graph: &Graph, backward: &Backward) -> Self {
        let components = graph.components(backward, true, None);
        let mut component = vec![0u32; graph.states() as usize];
        for (number, members) in components.iter().enumerate() {
            for state in members {
                component[*state as usize] = number as u32;
            }
        }
        let mut can_move = Vec::with_capacity(components.len());
        let mut settled = Vec::with_capacity(components.len());
        for (number, members) in components.iter().enumerate() {
            let (mut mask, mut bottom) = (0u64, true);
            for state in members {
                if graph.is_open(*state) {
                    // What comes after a missing edge may let anybody move.
                    (mask, bottom) = (u64::MAX, false);
                }
                for edge in graph.edges(*state).filter(|edge| edge.actor != UNRELIABLE) {
                    if edge.actor < RELIABLE {
                        mask |= 1 << edge.actor;
                    }
                    let beyond = component[edge.end as usize] as usize;
                    if beyond != number {
                        bottom = false;
                        // Components come after those they reach, so this one is done.
                        mask |= can_move.get(beyond).copied().unwrap_or(u64::MAX);
                    }
                }
            }
            can_move.push(mask);
            settled.push(bottom);
        }
        Self { component, can_move, settled }
    }

    /// For each property the least state at which [`System::classify_stuck`] names it. Only properties in `asked` are looked for.
    pub(crate) fn first_stuck<S: System>(
        &self,
        system: &S,
        asked: &[usize],
        state: impl Fn(u32) -> S::State,
    ) -> Vec<(usize, u32)> {
        let all = all_agents(system.agents());
        let mut found: Vec<(usize, u32)> = Vec::new();
        for number in 0..self.component.len() as u32 {
            if found.len() == asked.len() {
                break;
            }
            let component = self.component[number as usize] as usize;
            let still = all & !self.can_move[component];
            if still == 0 {
                continue;
            }
            let state = state(number);
            let stuck = still & !system.resting(&state);
            if stuck == 0 {
                continue;
            }
            for property in system.classify_stuck(&state, stuck, self.settled[component]) {
                if asked.contains(&property) && found.iter().all(|(known, _)| *known != property) {
                    found.push((property, number));
                }
            }
        }
        found
    }
}
