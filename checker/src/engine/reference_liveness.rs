//! The oracle's own answers about stuck agents and owed goals: state by state, straight from the definitions. Quadratic and worse.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::engine::reference::{Map, StateEntry, is_end};
use crate::limits::Patience;
use crate::outcome::Counterexample;
use crate::signature::Signature;
use crate::system::{Actor, System};

/// Steps of a run: each event with the state after it.
type Steps<S> = Vec<(<S as System>::Event, <S as System>::State)>;

/// A state, and what has become of the fairness conditions on the way to it.
type Pair<S> = (<S as System>::State, Claims);

/// The pair and the event from which a pair was reached first; none at the start.
type FirstArrival<S> = Option<(Pair<S>, <S as System>::Event)>;

/// Whether everything that agents and reliable events can do in a state is known.
fn is_closed<S: System>(entry: &StateEntry<S>) -> bool {
    entry.successors.is_some() && !entry.curtailed
}

/// The successors of a state that are known.
fn successors<'a, S: System>(known: &'a Map<S>, state: &S::State) -> &'a [(S::Event, S::State)] {
    known.get(state).and_then(|entry| entry.successors.as_deref()).unwrap_or(&[])
}

/// Everything that agents and reliable events can reach from `state`.
fn future<S: System>(system: &S, known: &Map<S>, state: &S::State, patience: &Patience) -> BTreeSet<S::State> {
    let mut future = BTreeSet::from([state.clone()]);
    let mut todo = vec![state.clone()];
    while let Some(state) = todo.pop().filter(|_| !patience.is_over()) {
        for (event, next) in successors(known, &state) {
            if system.actor(&state, event) != Actor::EnvironmentFault && future.insert(next.clone()) {
                todo.push(next.clone());
            }
        }
    }
    future
}

/// The same, each state with what the agents of `state` may be called there; nothing if they keep their names.
fn names<S: System>(
    system: &S,
    known: &Map<S>,
    state: &S::State,
    patience: &Patience,
) -> BTreeSet<(S::State, Vec<u8>)> {
    if !system.renames() {
        return future(system, known, state, patience).into_iter().map(|later| (later, Vec::new())).collect();
    }
    let first = (state.clone(), (0..system.agents() as u8).collect::<Vec<u8>>());
    let mut found = BTreeSet::from([first.clone()]);
    let mut todo = vec![first];
    while let Some((state, names)) = todo.pop().filter(|_| !patience.is_over()) {
        for ((event, next), renaming) in successors(known, &state).iter().zip(system.renamings(&state)) {
            let names: Vec<u8> = names.iter().map(|name| renaming[usize::from(*name)]).collect();
            let place = (next.clone(), names);
            if system.actor(&state, event) != Actor::EnvironmentFault && found.insert(place.clone()) {
                todo.push(place);
            }
        }
    }
    found
}

/// In which ways `state` violates the `Unstuck` property number `property`; none if it does not. When patience is over, the answer is worth
/// nothing.
pub(crate) fn stuck_signatures<S: System>(
    system: &S,
    known: &Map<S>,
    property: usize,
    state: &S::State,
    patience: &Patience,
) -> Vec<Signature> {
    let future_states = future(system, known, state, patience);
    let called = names(system, known, state, patience);
    // In what is not known everybody may move but those who are held fast, whatever comes.
    let may_move = |later: &S::State, agent: usize| {
        let entry = &known[later];
        !is_closed(entry) && (entry.successors.is_none() || system.held_fast(later) >> agent & 1 == 0)
    };
    let moves = |agent| {
        called.iter().any(|(later, names)| {
            let now = names.get(agent).map_or(agent, |name| usize::from(*name));
            let by_now = |(event, _): &(S::Event, S::State)| system.actor(later, event).agent() == Some(now);
            may_move(later, now) || successors(known, later).iter().any(by_now)
        })
    };
    let idle = system.idle(state);
    let stuck = (0..system.agents()).filter(|agent| idle >> agent & 1 == 0 && !moves(*agent));
    let stuck = stuck.fold(0u64, |mask, agent| mask | 1 << agent);
    if stuck == 0 {
        return Vec::new();
    }
    // Settled: there is a way back from everything that can still come, and nothing else can come.
    let settled = || {
        let back =
            |later: &S::State| is_closed(&known[later]) && future(system, known, later, patience).contains(state);
        future_states.iter().all(|later| !patience.is_over() && back(later))
    };
    let named = system.stuck_signatures(state, stuck, settled());
    named.into_iter().filter(|(named, _)| *named == property).map(|(_, signature)| signature).collect()
}

/// What a round has done so far about the fairness conditions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Claims {
    /// The agents that moved or could not move in some state.
    treated: u64,
    /// The agents that could move insistently, and those that moved.
    insisted: (u64, u64),
    /// The numbers of reliable events that were possible, and of those that happened.
    due: (u128, u128),
}

impl Claims {
    /// After being in a state as well.
    fn in_state<S: System>(mut self, system: &S, known: &Map<S>, state: &S::State) -> Self {
        if !is_closed(&known[state]) {
            // Everything may be possible there.
            self.insisted.0 = u64::MAX;
            self.due.0 = u128::MAX;
            return self.tidy();
        }
        let mut able = 0;
        for (event, _) in successors(known, state) {
            match system.actor(state, event) {
                Actor::Agent(agent) => able |= 1 << agent,
                Actor::Insistent(agent) => {
                    able |= 1 << agent;
                    self.insisted.0 |= 1 << agent;
                }
                Actor::Reliable(number) => self.due.0 |= 1 << number,
                Actor::EnvironmentFault => {}
            }
        }
        self.treated |= !able;
        self.tidy()
    }

    /// After an event as well.
    fn with_event(mut self, actor: Actor) -> Self {
        match actor {
            Actor::Agent(agent) | Actor::Insistent(agent) => {
                self.treated |= 1 << agent;
                self.insisted.1 |= 1 << agent;
            }
            Actor::Reliable(number) => self.due.1 |= 1 << number,
            Actor::EnvironmentFault => {}
        }
        self.tidy()
    }

    /// What was met once needs no note that it was asked.
    fn tidy(mut self) -> Self {
        self.insisted.0 &= !self.insisted.1;
        self.due.0 &= !self.due.1;
        self
    }

    /// Whether every condition is met.
    fn are_met<S: System>(self, system: &S) -> bool {
        let agents =
            (0..system.agents()).all(|agent| self.treated >> agent & 1 == 1 && self.insisted.0 >> agent & 1 == 0);
        agents && (0..system.reliable()).all(|number| self.due.0 >> number & 1 == 0)
    }
}

/// The shortest run from `start` back to it through states without the goal that meets every fairness condition: a search over pairs of
/// a state and what has become of the conditions.
fn fair_round<S: System>(
    system: &S,
    known: &Map<S>,
    property: usize,
    start: &S::State,
    patience: &Patience,
) -> Option<Steps<S>> {
    let first: Pair<S> = (start.clone(), Claims::default().in_state(system, known, start));
    let mut from: BTreeMap<Pair<S>, FirstArrival<S>> = BTreeMap::from([(first.clone(), None)]);
    let mut queue = VecDeque::from([first]);
    while let Some(pair) = queue.pop_front().filter(|_| !patience.is_over()) {
        for (event, next) in successors(known, &pair.0).iter().filter(|(_, next)| !system.holds(property, next)) {
            let met = pair.1.with_event(system.actor(&pair.0, event)).in_state(system, known, next);
            if next == start && met.are_met(system) {
                let mut steps = vec![(event.clone(), next.clone())];
                let mut back = pair.clone();
                while let Some(Some((earlier, event))) = from.get(&back) {
                    steps.push((event.clone(), back.0.clone()));
                    back = earlier.clone();
                }
                steps.reverse();
                return Some(steps);
            }
            from.entry((next.clone(), met)).or_insert_with(|| {
                queue.push_back((next.clone(), met));
                Some((pair.clone(), event.clone()))
            });
        }
    }
    None
}

/// A run that owes the goal of the `Eventually` property number `property` for ever: of those with the shortest way to where it stays the
/// least in the order of initial states and events.
pub(crate) fn endless_debt<S: System>(
    system: &S,
    known: &Map<S>,
    property: usize,
    patience: &Patience,
) -> Option<Counterexample<S::State, S::Event>> {
    // The same state is another place if the goal is owed there. Ways of equal length are met in their order.
    let owes =
        |owed: bool, state: &S::State| (owed || system.premise(property, state)) && !system.holds(property, state);
    let mut met: BTreeSet<(S::State, bool)> = BTreeSet::new();
    let mut queue = VecDeque::new();
    for initial in system.initial() {
        let place = (initial.clone(), owes(false, &initial));
        if met.insert(place.clone()) {
            queue.push_back((place, Counterexample { initial, steps: Vec::new(), loop_start: None }));
        }
    }
    while let Some(((state, owed), way)) = queue.pop_front().filter(|_| !patience.is_over()) {
        if owed && is_end(system, &state, &known[&state]) {
            return Some(way);
        }
        if owed && let Some(round) = fair_round(system, known, property, &state, patience) {
            let loop_start = Some(way.steps.len());
            return Some(Counterexample { steps: [way.steps, round].concat(), loop_start, ..way });
        }
        for (event, next) in successors(known, &state) {
            let place = (next.clone(), owes(owed, next));
            if met.insert(place.clone()) {
                let steps = [way.steps.as_slice(), &[(event.clone(), next.clone())]].concat();
                queue.push_back((place, Counterexample { initial: way.initial.clone(), steps, loop_start: None }));
            }
        }
    }
    None
}
