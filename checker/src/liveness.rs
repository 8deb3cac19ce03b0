//! Violations of `Eventually`: ends and fair cycles at which a goal is still owed, found on the explored graph.
//!
//! Fairness is a set of conditions. A weak one (an agent that can always move) requires of a cycle a state that does not raise it or an
//! edge that satisfies it; a strong one (an insistent agent, a reliable event) requires an edge that satisfies it if any state of the cycle
//! raises it. A component that raises a strong condition and cannot satisfy it may still contain a fair cycle: it is decomposed again
//! without the states that raise the condition (Streett conditions; Emerson and Lei, "Modalities for model checking", 1987).

use std::collections::{BTreeMap, VecDeque};

use fixedbitset::FixedBitSet;

use crate::components::Components;
use crate::graph::{Conditions, Edge, Graph};

/// Bytes per state, besides the components: two arrivals and some bits.
pub(crate) const BYTES_PER_STATE: u64 = 2 * size_of::<Arrival>() as u64 + 2;

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
    /// What a fair run has to meet.
    pub conditions: Conditions,
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

/// The conditions met on the way round a cycle.
#[derive(Clone, Copy, Debug, Default)]
struct Round {
    /// Raised in some state.
    raised: Conditions,
    /// Not raised in some state; only the weak ones count.
    rested: Conditions,
    /// Satisfied by some edge.
    satisfied: Conditions,
}

impl Round {
    /// Takes note of a state.
    fn enter(&mut self, raised: Conditions) {
        let all = Conditions { weak: u64::MAX, ..Conditions::default() };
        self.rested = self.rested.or(all.without(raised));
        self.raised = self.raised.or(raised);
    }

    /// The conditions that such a round does not meet.
    fn unmet(&self, conditions: Conditions) -> Conditions {
        let weak = conditions.weak_ones().without(self.rested);
        let strong = conditions.strong_ones().and(self.raised);
        weak.or(strong).without(self.satisfied)
    }
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
        let mut fair = FixedBitSet::with_capacity(self.graph.states() as usize);
        self.fair_parts(&owing, |members| members.iter().for_each(|state| fair.insert(*state as usize)));
        let is_fair = |state: u32| fair.contains(state as usize);
        let violates = |place: &Place| place.owing && (is_fair(place.state) || self.graph.is_end(place.state));
        let reached = arrivals.iter().position(|arrival| violates(&arrival.place))?;
        let mut walk = walk_to(&arrivals, reached);
        let last = arrivals[reached].place.state;
        // An end needs no cycle to be one, but a fair cycle may start in it: an environment fault then leads around.
        if !self.graph.is_end(last) {
            walk.loop_start = Some(walk.steps.len());
            let mut part = FixedBitSet::with_capacity(self.graph.states() as usize);
            self.fair_parts(&owing, |members| {
                if members.contains(&last) {
                    members.iter().for_each(|state| part.insert(*state as usize));
                }
            });
            self.go_round(last, &|state| part.contains(state as usize), &mut walk.steps);
        }
        Some(walk)
    }

    /// Hands over the parts of the `admitted` states that fair cycles make up: each is strongly connected, and going all round it is fair. Every
    /// state on a fair cycle is in one of them.
    fn fair_parts(&self, admitted: &FixedBitSet, mut each: impl FnMut(&[u32])) {
        let mut left = admitted.clone();
        while !left.is_clear() {
            let mut next = FixedBitSet::with_capacity(self.graph.states() as usize);
            let admits = |state: u32| left.contains(state as usize);
            Components::visit(
                self.graph,
                admits,
                |_| true,
                |components, number, members| {
                    let is_member = |state: u32| admits(state) && components.of(state) == number;
                    match self.unmet(members, is_member) {
                        Some(unmet) if unmet.is_empty() => each(members),
                        Some(unmet) => {
                            let raises = |state: &&u32| !self.graph.raised(**state).and(unmet).is_empty();
                            let others = members.iter().filter(|state| !raises(state));
                            others.for_each(|state| next.insert(*state as usize));
                        }
                        None => {}
                    }
                },
            );
            left = next;
        }
    }

    /// The strong conditions that keep a run from being fair that goes all round the `members` of a component; none if nothing in it is fair.
    fn unmet(&self, members: &[u32], is_member: impl Fn(u32) -> bool) -> Option<Conditions> {
        let mut round = Round::default();
        let mut cyclic = false;
        for state in members {
            round.enter(self.graph.raised(*state));
            for edge in self.graph.edges(*state).filter(|edge| is_member(edge.end)) {
                round.satisfied = round.satisfied.or(Conditions::satisfied_by(edge.actor));
                cyclic = true;
            }
        }
        let unmet = round.unmet(self.conditions);
        // whoever could move in every state and does not is treated unfairly in every part of it, too
        (cyclic && unmet.weak_ones().is_empty()).then(|| unmet.strong_ones())
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

    /// Adds a round from `entry` back to it, inside a fair part, that meets every condition: again and again the shortest way to something that is
    /// not met yet, at last the shortest way home.
    fn go_round(&self, entry: u32, inside: &impl Fn(u32) -> bool, steps: &mut Vec<(u32, u32)>) {
        let mut round = Round::default();
        round.enter(self.graph.raised(entry));
        let (begin, mut current) = (steps.len(), entry);
        loop {
            let unmet = round.unmet(self.conditions);
            let meets = |edge: Edge| {
                let rests = unmet.weak_ones().without(self.graph.raised(edge.end));
                !Conditions::satisfied_by(edge.actor).and(unmet).or(rests).is_empty()
            };
            let found = match unmet.is_empty() {
                true if current == entry && steps.len() > begin => return,
                true => self.way(current, inside, |edge| edge.end == entry),
                false => self.way(current, inside, meets),
            };
            // A fair part has what is wanted.
            let Some((way, end)) = found else { return };
            for (state, ordinal) in &way {
                if let Some(edge) = self.graph.edges(*state).nth(*ordinal as usize) {
                    round.satisfied = round.satisfied.or(Conditions::satisfied_by(edge.actor));
                    round.enter(self.graph.raised(edge.end));
                }
            }
            steps.extend(way);
            current = end;
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
