//! What only the explored graph tells about a run: up to where it could still have gone well, the good run nearest to it, and the
//! states around it.

use std::collections::{BTreeSet, HashMap, VecDeque};

use model::event::{Actor, Event};
use model::names;
use model::pack::Codec;
use model::program::{ClaimKind, Program};
use model::properties::{Decided, Property};
use model::state::State;
use model::step::{actor, claim};
use model::waits;
use traces::moves::Moves;
use traces::page::data::{Graph, Node};
use traces::run::{Run, replay};

/// A graph with more states is not gone through again for the sake of a page.
const STATES_MAX: usize = 60_000;
/// States of a drawn neighbourhood, at the most.
const NODES_MAX: usize = 1_500;

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aftermath {
    /// The last step (from 0; -1 is the start) after which it could still have gone well.
    pub last_good: i64,
    /// From there on the shortest way on which all goes well to the end; none if it goes well only by going on for ever.
    pub good: Option<Vec<Event>>,
}

/// The explored states, as numbers.
struct Explored {
    codec: Codec,
    numbers: HashMap<Vec<u64>, usize>,
    next: Vec<Vec<(Event, usize)>>,
    /// Nothing but misfortune happens any more and nothing is wrong.
    good_end: Vec<bool>,
}

impl Explored {
    fn packed(&self, state: &State) -> Vec<u64> {
        let mut words = vec![0; self.codec.words()];
        self.codec.pack(state, &mut words);
        words
    }

    /// Goes through everything; none if there is too much, or if a bound cuts something.
    fn of(program: &Program, property: &str) -> Option<Explored> {
        let mut explored =
            Explored { codec: Codec::new(program), numbers: HashMap::new(), next: Vec::new(), good_end: Vec::new() };
        let mut open = VecDeque::from([model::step::initial(program)]);
        let first = explored.packed(&open[0]);
        explored.numbers.insert(first, 0);
        while let Some(state) = open.pop_front() {
            let moves = Moves::of(program, &state);
            if !moves.cut.is_empty() {
                return None;
            }
            explored.good_end.push(goes_well(program, &state, &moves, property));
            let mut row = Vec::with_capacity(moves.taken.len());
            for (event, next) in moves.taken {
                let fresh = explored.numbers.len();
                let number = *explored.numbers.entry(explored.packed(&next)).or_insert(fresh);
                if number == fresh {
                    if fresh >= STATES_MAX {
                        return None;
                    }
                    open.push_back(next);
                }
                row.push((event, number));
            }
            explored.next.push(row);
        }
        Some(explored)
    }

    /// The states from which one of `targets` can be reached.
    fn leading_to(&self, targets: &[bool]) -> Vec<bool> {
        let mut back: Vec<Vec<usize>> = vec![Vec::new(); self.next.len()];
        for (from, row) in self.next.iter().enumerate() {
            row.iter().for_each(|(_, to)| back[*to].push(from));
        }
        let mut leads = targets.to_vec();
        let mut open: Vec<usize> = (0..leads.len()).filter(|state| leads[*state]).collect();
        while let Some(state) = open.pop() {
            for from in &back[state] {
                if !std::mem::replace(&mut leads[*from], true) {
                    open.push(*from);
                }
            }
        }
        leads
    }

    /// The states from which one can go on for ever: those left when states without a successor are taken away again and again.
    fn endless(&self) -> Vec<bool> {
        let mut back: Vec<Vec<usize>> = vec![Vec::new(); self.next.len()];
        let mut left: Vec<usize> = vec![0; self.next.len()];
        for (from, row) in self.next.iter().enumerate() {
            let targets: BTreeSet<usize> = row.iter().map(|(_, to)| *to).collect();
            left[from] = targets.len();
            targets.into_iter().for_each(|to| back[to].push(from));
        }
        let mut gone: Vec<usize> = (0..left.len()).filter(|state| left[*state] == 0).collect();
        let mut endless = vec![true; left.len()];
        gone.iter().for_each(|state| endless[*state] = false);
        while let Some(state) = gone.pop() {
            for from in &back[state] {
                left[*from] -= 1;
                if left[*from] == 0 {
                    endless[*from] = false;
                    gone.push(*from);
                }
            }
        }
        endless
    }

    /// The shortest way from a state to a good end.
    fn way(&self, from: usize) -> Option<Vec<Event>> {
        let mut before: HashMap<usize, (usize, Event)> = HashMap::new();
        let mut open = VecDeque::from([from]);
        while let Some(state) = open.pop_front() {
            if self.good_end[state] {
                let mut way = Vec::new();
                let mut at = state;
                while at != from {
                    let (previous, event) = before[&at];
                    way.push(event);
                    at = previous;
                }
                way.reverse();
                return Some(way);
            }
            for (event, to) in &self.next[state] {
                if *to != from && !before.contains_key(to) {
                    before.insert(*to, (state, *event));
                    open.push_back(*to);
                }
            }
        }
        None
    }
}

/// Is a state an end, and is all well there?
fn goes_well(program: &Program, state: &State, moves: &Moves, property: &str) -> bool {
    if state.breach.is_some() || moves.reliable(program).next().is_some() {
        return false;
    }
    let stuck = moves.blocked(program, state);
    let claims = program.claims.iter().find(|one| one.name == property);
    let well = match (Property::by_name(property).map(Property::decided), claims) {
        (Some(Decided::AtEnd(_)), _) => {
            Property::by_name(property).is_none_or(|one| waits::holds_at_end(program, state, one))
        }
        (None, Some(one)) => one.kind != ClaimKind::Never || !claim(program, state, &one.condition),
        (Some(Decided::AtStep | Decided::Stuck(_)), _) | (None, None) => true,
    };
    well && waits::classify(program, state, stuck, true).is_empty()
}

/// What became of a run; none where the graph is too large, or where going on for ever may be as bad as what the run shows.
pub fn aftermath(program: &Program, run: &Run) -> Option<Aftermath> {
    let decided = Property::by_name(&run.property).map(Property::decided);
    let claims = program.claims.iter().find(|one| one.name == run.property);
    if claims.is_some_and(|one| one.kind != ClaimKind::Never) {
        return None;
    }
    let replayed = replay(program, &run.events).ok()?;
    let mut explored = Explored::of(program, &run.property)?;
    if let Some(one) = claims {
        // nothing that comes after a state in which it happened is good
        for (words, number) in &explored.numbers {
            if claim(program, &explored.codec.unpack(words), &one.condition) {
                explored.next[*number].clear();
            }
        }
    }
    let endless = explored.endless();
    let good = match decided {
        // a thread may be stuck while others go round for ever
        Some(Decided::Stuck(_)) if endless.iter().any(|endless| *endless) => return None,
        Some(Decided::Stuck(_)) => explored.good_end.clone(),
        Some(Decided::AtStep | Decided::AtEnd(_)) | None => {
            endless.iter().zip(&explored.good_end).map(|(endless, end)| *endless || *end).collect()
        }
    };
    let leads = explored.leading_to(&good);
    let number = |state: &State| explored.numbers.get(&explored.packed(state)).copied();
    let last = replayed.states.iter().rposition(|state| number(state).is_some_and(|number| leads[number]))?;
    let from = number(&replayed.states[last])?;
    let way = explored.way(from).map(|way| run.events[..last].iter().copied().chain(way).collect());
    Some(Aftermath { last_good: last as i64 - 1, good: way })
}

/// Where the way on from a state leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onward {
    /// To an end at which all is well.
    Good,
    /// There is no such end near; to the nearest other one.
    Bad,
    /// There is no end near at all; the way is empty.
    Open,
}

/// The shortest way from a state to an end at which all is well, measured by a property, without misfortune; else to the nearest end.
pub fn onward(program: &Program, from: &State, property: &str) -> (Vec<Event>, Onward) {
    let codec = Codec::new(program);
    let packed = |state: &State| {
        let mut words = vec![0; codec.words()];
        codec.pack(state, &mut words);
        words
    };
    let mut seen = HashMap::from([(packed(from), 0)]);
    // the state before, and the event that led on from there
    let mut before: Vec<(usize, Option<Event>)> = vec![(0, None)];
    let mut open = VecDeque::from([(0, from.clone())]);
    let mut bad = None;
    let way = |before: &[(usize, Option<Event>)], mut at: usize| {
        let mut way = Vec::new();
        while let (previous, Some(event)) = before[at] {
            way.push(event);
            at = previous;
        }
        way.reverse();
        way
    };
    while let Some((number, state)) = open.pop_front() {
        let moves = Moves::of(program, &state);
        if goes_well(program, &state, &moves, property) && moves.cut.is_empty() {
            return (way(&before, number), Onward::Good);
        }
        if bad.is_none() && (state.breach.is_some() || moves.reliable(program).next().is_none()) {
            bad = Some(number);
        }
        for (event, next) in moves.taken {
            if actor(program, &event) == Actor::Misfortune || seen.len() >= STATES_MAX {
                continue;
            }
            let fresh = seen.len();
            if *seen.entry(packed(&next)).or_insert(fresh) == fresh {
                before.push((number, Some(event)));
                open.push_back((fresh, next));
            }
        }
    }
    bad.map_or((Vec::new(), Onward::Open), |bad| (way(&before, bad), Onward::Bad))
}

/// The states around a run, nearest first, as far as a page can draw them. `states`: how many there are in all.
pub fn neighbourhood(program: &Program, run: &Run, states: u64) -> Option<Graph> {
    let replayed = replay(program, &run.events).ok()?;
    let mut graph = Graph { states, ..Graph::default() };
    let mut numbers: HashMap<State, usize> = HashMap::new();
    let mut all: Vec<State> = Vec::new();
    for (index, state) in replayed.states.iter().enumerate() {
        if all.len() >= NODES_MAX {
            graph.cut = true;
            break;
        }
        if numbers.contains_key(state) {
            continue;
        }
        numbers.insert(state.clone(), all.len());
        let text = index
            .checked_sub(1)
            .and_then(|at| run.events.get(at))
            .map_or_else(|| "the start".to_string(), |event| names::event(program, event));
        let last = index + 1 == replayed.states.len();
        graph.nodes.push(Node { depth: index as u32, x: 0, y: 0, step: Some(index), bad: bad(state) || last, text });
        all.push(state.clone());
    }
    let mut at = 0;
    while at < all.len() {
        for (event, next) in Moves::of(program, &all[at].clone()).taken {
            let name = names::event(program, &event);
            let to = match numbers.get(&next) {
                Some(to) => *to,
                None if all.len() >= NODES_MAX => {
                    graph.cut = true;
                    continue;
                }
                None => {
                    let depth = graph.nodes[at].depth + 1;
                    graph.nodes.push(Node { depth, x: 0, y: 0, step: None, bad: bad(&next), text: name.clone() });
                    numbers.insert(next.clone(), all.len());
                    all.push(next);
                    all.len() - 1
                }
            };
            graph.edges.push((at, to, name));
        }
        at += 1;
    }
    let mut rows: HashMap<u32, u32> = HashMap::new();
    for node in &mut graph.nodes {
        let row = rows.entry(node.depth).or_insert(0);
        (node.x, node.y) = (node.depth, *row);
        *row += 1;
    }
    Some(graph)
}

fn bad(state: &State) -> bool {
    state.breach.is_some()
}
