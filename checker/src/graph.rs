//! The explored graph: states as numbers, edges with their actors.

use std::ops::Range;

use fixedbitset::FixedBitSet;

use crate::system::Actor;

/// The most agents whose moves fit the masks.
pub(crate) const MOST_AGENTS: usize = 64;
/// The code of the first agent where it is insistent.
const INSISTENT: u8 = 64;
/// The code of the first number of [`Actor::Reliable`]; agents have smaller ones.
const RELIABLE: u8 = 128;
/// The most numbers of [`Actor::Reliable`] with codes of their own.
pub(crate) const MOST_RELIABLE: usize = 126;
/// The code of [`Actor::EnvironmentFault`].
pub(crate) const ENVIRONMENT_FAULT: u8 = 255;

/// The code of actors beyond these limits.
const BEYOND: u8 = 254;

/// An actor in one byte.
#[inline]
pub(crate) fn code(actor: Actor) -> u8 {
    match actor {
        Actor::Agent(agent) if agent < MOST_AGENTS => agent as u8,
        Actor::Insistent(agent) if agent < MOST_AGENTS => INSISTENT + agent as u8,
        Actor::Reliable(number) if number < MOST_RELIABLE => RELIABLE + number as u8,
        // Not used: with more agents all graph properties stay undecided, and with more numbers those about fairness.
        Actor::Agent(_) | Actor::Insistent(_) | Actor::Reliable(_) => BEYOND,
        Actor::EnvironmentFault => ENVIRONMENT_FAULT,
    }
}

/// Whether a byte is the code of an actor within the limits.
pub(crate) fn is_code(code: u8) -> bool {
    code != BEYOND
}

/// The agent behind an edge.
#[inline(always)]
pub(crate) fn agent(code: u8) -> Option<u8> {
    (code < RELIABLE).then_some(code % INSISTENT)
}

/// A set of fairness conditions.
///
/// A run is fair to a *weak* condition if infinitely often it is not raised or is satisfied; to a *strong* one if it is raised only
/// finitely often or satisfied infinitely often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    /// By agent: it moves.
    pub weak: u64,
    /// By agent: it moves where it is insistent.
    pub strong: u64,
    /// By number: a reliable event.
    pub reliable: u128,
}

impl Conditions {
    /// Those of a system with that many agents and numbers of reliable events.
    pub(crate) fn all(agents: usize, reliable: usize) -> Self {
        let numbers = 1u128.checked_shl(reliable as u32).map_or(u128::MAX, |bit| bit - 1);
        Self { weak: all_agents(agents), strong: all_agents(agents), reliable: numbers }
    }

    /// The conditions that an edge raises in its source state.
    pub(crate) fn raised_by(code: u8) -> Self {
        let mut conditions = Self::satisfied_by(code);
        if code < INSISTENT {
            conditions.strong = 0;
        }
        conditions
    }

    /// The conditions that an edge satisfies when taken. A move of an agent satisfies all of its conditions.
    pub(crate) fn satisfied_by(code: u8) -> Self {
        match (agent(code), code) {
            (Some(agent), _) => Self { weak: 1 << agent, strong: 1 << agent, reliable: 0 },
            (None, ENVIRONMENT_FAULT | BEYOND) => Self::default(),
            (None, _) => Self { reliable: 1 << (code - RELIABLE), ..Self::default() },
        }
    }

    /// The weak ones of them.
    pub(crate) fn weak_ones(self) -> Self {
        Self { weak: self.weak, ..Self::default() }
    }

    /// The strong ones of them.
    pub(crate) fn strong_ones(self) -> Self {
        Self { weak: 0, ..self }
    }

    /// In one set or the other.
    pub(crate) fn or(self, other: Self) -> Self {
        let Self { weak, strong, reliable } = other;
        Self { weak: self.weak | weak, strong: self.strong | strong, reliable: self.reliable | reliable }
    }

    /// In this set and in the other.
    pub(crate) fn and(self, other: Self) -> Self {
        let Self { weak, strong, reliable } = other;
        Self { weak: self.weak & weak, strong: self.strong & strong, reliable: self.reliable & reliable }
    }

    /// In this set and not in the other.
    pub(crate) fn without(self, other: Self) -> Self {
        let Self { weak, strong, reliable } = other;
        Self { weak: self.weak & !weak, strong: self.strong & !strong, reliable: self.reliable & !reliable }
    }

    /// None.
    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// The mask of the first `agents` agents.
pub(crate) fn all_agents(agents: usize) -> u64 {
    match 1u64.checked_shl(agents as u32) {
        Some(bit) => bit - 1,
        None => u64::MAX,
    }
}

/// An edge as seen from one of its ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    /// The state at the other end.
    pub end: u32,
    /// Who takes it.
    pub actor: u8,
}

/// Starts of rows are stored relative to their block of this many rows.
const BLOCK: usize = 256;

/// The graph that a search has explored. Rows are added in the order of the states' numbers; states without a row are open.
///
/// A state is *open* if some of what agents and reliable events can do in it is not in the graph, because it was not expanded, because
/// a bound cut an event, or because the run was broken off there. Nothing that rests on a missing edge is concluded from an open state.
///
/// An edge takes five bytes, a state four.
#[derive(Debug)]
pub(crate) struct Graph {
    /// By block of rows: where its first one begins.
    blocks: Vec<usize>,
    /// By row, and one more: where it begins, after its block.
    starts: Vec<u32>,
    ends: Vec<u32>,
    actors: Vec<u8>,
    curtailed: FixedBitSet,
    states: u32,
    initial: u32,
}

impl Graph {
    /// A graph without states.
    pub(crate) fn new() -> Self {
        let (ends, actors, curtailed) = (Vec::new(), Vec::new(), FixedBitSet::new());
        Self { blocks: vec![0], starts: vec![0], ends, actors, curtailed, states: 0, initial: 0 }
    }

    /// Adds an edge to the row that is being written.
    pub(crate) fn push_edge(&mut self, end: u32, actor: Actor) {
        self.push_edge_code(end, code(actor));
    }

    /// The same for an actor in one byte.
    #[inline]
    pub(crate) fn push_edge_code(&mut self, end: u32, actor: u8) {
        if self.ends.len() == self.ends.capacity() {
            // A quarter more at a time: doubling would leave half of the memory unused.
            let more = (self.ends.len() / 4).max(1_024);
            self.ends.reserve_exact(more);
            self.actors.reserve_exact(more);
        }
        self.ends.push(end);
        self.actors.push(actor);
    }

    /// Ends the row that is being written. `curtailed`: a bound cut an agent's or a reliable event, or the run was broken off.
    #[inline]
    pub(crate) fn end_row(&mut self, curtailed: bool) {
        let next = self.starts.len();
        if curtailed {
            self.curtailed.grow(next);
            self.curtailed.insert(next - 1);
        }
        if next.is_multiple_of(BLOCK) {
            self.blocks.push(self.ends.len());
        }
        if next == self.starts.capacity() {
            self.starts.reserve_exact((next / 4).max(BLOCK));
        }
        self.starts.push((self.ends.len() - self.blocks[next / BLOCK]) as u32);
    }

    /// Where the row that begins last begins: everything before it is whole.
    fn whole(&self) -> usize {
        let last = self.starts.len() - 1;
        self.blocks[last / BLOCK] + self.starts[last] as usize
    }

    /// Says how many states there are, and that the first `initial` of them are initial.
    pub(crate) fn close(&mut self, states: u32, initial: u32) {
        // A row that was begun and not ended belongs to a state that counts as not expanded.
        let whole = self.whole();
        self.ends.truncate(whole);
        self.actors.truncate(whole);
        self.states = states;
        self.initial = initial;
    }

    /// How many states there are.
    pub(crate) fn states(&self) -> u32 {
        self.states
    }

    /// The initial states.
    pub(crate) fn initial(&self) -> Range<u32> {
        0..self.initial
    }

    /// Where the edges out of `state` lie; nowhere if it has no row.
    #[inline]
    pub(crate) fn row(&self, state: u32) -> Range<usize> {
        let state = state as usize;
        match self.starts.get(state..state + 2) {
            Some([start, end]) => {
                let start = self.blocks[state / BLOCK] + *start as usize;
                start..self.blocks[(state + 1) / BLOCK] + *end as usize
            }
            _ => 0..0,
        }
    }

    /// The edge that lies there.
    #[inline]
    pub(crate) fn edge(&self, at: usize) -> Edge {
        Edge { end: self.ends[at], actor: self.actors[at] }
    }

    /// The edges out of `state`, in the system's order.
    #[inline]
    pub(crate) fn edges(&self, state: u32) -> impl Iterator<Item = Edge> + '_ {
        let row = self.row(state);
        let actors = self.actors[row.clone()].iter();
        self.ends[row].iter().zip(actors).map(|(end, actor)| Edge { end: *end, actor: *actor })
    }

    /// Whether edges of agents or reliable events may be missing at `state`.
    #[inline]
    pub(crate) fn is_open(&self, state: u32) -> bool {
        let state = state as usize;
        state + 1 >= self.starts.len() || self.curtailed.contains(state)
    }

    /// Whether `state` was expanded.
    pub(crate) fn is_expanded(&self, state: u32) -> bool {
        state as usize + 1 < self.starts.len()
    }

    /// The fairness conditions that are raised in `state`; in an open one all of them may be.
    pub(crate) fn raised(&self, state: u32) -> Conditions {
        if self.is_open(state) {
            return Conditions::all(MOST_AGENTS, MOST_RELIABLE);
        }
        self.edges(state).fold(Conditions::default(), |raised, edge| raised.or(Conditions::raised_by(edge.actor)))
    }

    /// Whether a run may end in `state`: only environment faults are possible there.
    pub(crate) fn is_end(&self, state: u32) -> bool {
        !self.is_open(state) && self.edges(state).all(|edge| edge.actor == ENVIRONMENT_FAULT)
    }

    /// Bytes of the edges, spare capacity included.
    pub(crate) fn bytes(&self) -> u64 {
        let starts = self.blocks.capacity() * size_of::<usize>() + self.starts.capacity() * 4;
        (starts + self.ends.capacity() * 4 + self.actors.capacity()) as u64
    }
}
