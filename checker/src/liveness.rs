//! Runs that owe a goal for ever: ends and weakly fair cycles, found on the explored graph.

use std::collections::{BTreeMap, VecDeque};

use fixedbitset::FixedBitSet;

use crate::components::Components;
use crate::graph::{Edge, Graph, all_conditions, condition};

/// What a question takes at most for each state, beside the components: two arrivals and some bits.
pub(crate) const BYTES_PER_STATE: u64 = 2 * size_of::<Arrival>() as u64 + 1;

/// A walk through the graph: from `start` along edges, each given by its place in the row of the state it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Walk {
    pub start: u32,
    pub steps: Vec<(u32, u32)>,
    pub loop_start: Option<usize>,
}

/// The question about one property, as sets of states.
pub(crate) struct Question<'a> {
    pub graph: &'a Graph,
    pub agents: usize,
    /// Where the goal begins to be owed.
    pub premise: FixedBitSet,
    /// Where it is reached.
    pub goal: FixedBitSet,
}

/// One place in the search for a walk: a state, and whether the goal is owed there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    state: u32,
    owing: bool,
}

/// How a place was reached first: from which earlier place, along which edge.
struct Arrival {
    place: Place,
    from: Option<(usize, u32)>,
}

impl Question<'_> {
    /// The least of the shortest walks into a state that violates the property, with a round of a fair cycle if it is none that ends.
    pub(crate) fn answer(&self) -> Option<Walk> {
        let arrivals = self.arrivals();
        let mut owing = FixedBitSet::with_capacity(self.graph.states() as usize);
        for arrival in arrivals.iter().filter(|arrival| arrival.place.owing) {
            owing.insert(arrival.place.state as usize);
        }
        let admits = |state: u32| owing.contains(state as usize);
        let mut fair = FixedBitSet::with_capacity(self.graph.states() as usize);
        let components = Components::visit(
            self.graph,
            admits,
            |_| true,
            |components, number, members| {
                if self.is_fair(members, |state| admits(state) && components.of(state) == number) {
                    members.iter().for_each(|state| fair.insert(*state as usize));
                }
            },
        );
        let is_fair = |state: u32| fair.contains(state as usize);
        let violates = |place: &Place| place.owing && (is_fair(place.state) || self.is_end(place.state));
        let reached = arrivals.iter().position(|arrival| violates(&arrival.place))?;
        let mut walk = walk_to(&arrivals, reached);
        let last = arrivals[reached].place.state;
        // An end needs no cycle to be one, but a fair cycle may start in it: an unreliable event then leads around.
        if !self.is_end(last) {
            walk.loop_start = Some(walk.steps.len());
            let inside = |state: u32| admits(state) && components.of(state) == components.of(last);
            self.go_round(last, &inside, &mut walk.steps);
        }
        Some(walk)
    }

    /// All places in the order of their first discovery, breadth first.
    fn arrivals(&self) -> Vec<Arrival> {
        let mut seen = FixedBitSet::with_capacity(self.graph.states() as usize * 2);
        let mut arrivals = Vec::new();
        let mut arrive = |place: Place, from, arrivals: &mut Vec<Arrival>| {
            let bit = place.state as usize * 2 + usize::from(place.owing);
            if !seen.put(bit) {
                arrivals.push(Arrival { place, from });
            }
        };
        for state in self.graph.initial() {
            arrive(self.place(state, false), None, &mut arrivals);
        }
        let mut next = 0;
        while let Some(Place { state, owing }) = arrivals.get(next).map(|arrival| arrival.place) {
            for (ordinal, edge) in self.graph.edges(state).enumerate() {
                arrive(self.place(edge.end, owing), Some((next, ordinal as u32)), &mut arrivals);
            }
            next += 1;
        }
        arrivals
    }

    /// The place one is in on entering `state`, if the goal was owed before or not.
    fn place(&self, state: u32, owed: bool) -> Place {
        let owing = (owed || self.premise.contains(state as usize)) && !self.goal.contains(state as usize);
        Place { state, owing }
    }

    /// Whether a run may end in `state`: only unreliable events are possible there.
    fn is_end(&self, state: u32) -> bool {
        self.graph.enabled(state) == 0
    }

    /// The conditions that a run through `state` meets by being there: whoever is not enabled is not treated unfairly.
    fn met_in(&self, state: u32) -> u128 {
        all_conditions(self.agents) & !self.graph.enabled(state)
    }

    /// The conditions that a run meets by taking `edge`.
    fn met_along(&self, edge: Edge) -> u128 {
        (condition(edge.actor) & all_conditions(self.agents)) | self.met_in(edge.end)
    }

    /// Whether a fair run can stay, moving, among the `members` of a component for ever.
    fn is_fair(&self, members: &[u32], is_member: impl Fn(u32) -> bool) -> bool {
        let (mut met, mut cyclic) = (0, false);
        for state in members {
            met |= self.met_in(*state);
            for edge in self.graph.edges(*state).filter(|edge| is_member(edge.end)) {
                met |= self.met_along(edge);
                cyclic = true;
            }
        }
        cyclic && met == all_conditions(self.agents)
    }

    /// Adds a round from `entry` back to it, inside a fair component, that meets every condition: again and again the shortest way to
    /// something that is not met yet, at last the shortest way home.
    fn go_round(&self, entry: u32, inside: &impl Fn(u32) -> bool, steps: &mut Vec<(u32, u32)>) {
        let mut met = self.met_in(entry);
        let mut current = entry;
        let begin = steps.len();
        while met != all_conditions(self.agents) {
            let wanted = all_conditions(self.agents) & !met;
            let Some((way, end)) = self.way(current, inside, |edge| self.met_along(edge) & wanted != 0) else {
                // A fair component has what is wanted.
                return;
            };
            for (state, ordinal) in &way {
                if let Some(edge) = self.graph.edges(*state).nth(*ordinal as usize) {
                    met |= self.met_along(edge);
                }
            }
            steps.extend(way);
            current = end;
        }
        if current == entry && steps.len() > begin {
            return;
        }
        if let Some((way, _)) = self.way(current, inside, |edge| edge.end == entry) {
            steps.extend(way);
        }
    }

    /// The shortest way from `start` inside `inside` whose last edge, and no earlier one, is `wanted`, with the state it ends in.
    fn way(
        &self,
        start: u32,
        inside: &impl Fn(u32) -> bool,
        wanted: impl Fn(Edge) -> bool,
    ) -> Option<(Vec<(u32, u32)>, u32)> {
        let mut from: BTreeMap<u32, Option<(u32, u32)>> = BTreeMap::from([(start, None)]);
        let mut queue = VecDeque::from([start]);
        while let Some(state) = queue.pop_front() {
            for (ordinal, edge) in self.graph.edges(state).enumerate() {
                if !inside(edge.end) {
                    continue;
                }
                let step = (state, ordinal as u32);
                if wanted(edge) {
                    let mut way = vec![step];
                    let mut back = state;
                    while let Some(Some(earlier)) = from.get(&back) {
                        way.push(*earlier);
                        back = earlier.0;
                    }
                    way.reverse();
                    return Some((way, edge.end));
                }
                from.entry(edge.end).or_insert_with(|| {
                    queue.push_back(edge.end);
                    Some(step)
                });
            }
        }
        None
    }
}

/// The walk by which a place was reached first.
fn walk_to(arrivals: &[Arrival], reached: usize) -> Walk {
    let mut steps = Vec::new();
    let mut current = &arrivals[reached];
    while let Some((earlier, ordinal)) = current.from {
        current = &arrivals[earlier];
        steps.push((current.place.state, ordinal));
    }
    steps.reverse();
    Walk { start: current.place.state, steps, loop_start: None }
}
