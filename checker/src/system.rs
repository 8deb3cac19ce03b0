//! The systems that are searched: states, events, properties.

use std::fmt::Debug;
use std::hash::Hash;

use serde::Serialize;

use crate::marks::MarkSet;
use crate::signature::Signature;

/// A transition system with finitely many states, searched by every engine of this crate.
///
/// Every method is a pure function of its arguments: the engines call `expand` again on a state they have seen to name the
/// events of a run, and they rely on getting the same events in the same order. `Hash`, `Eq` and `Ord` of the state must be the
/// derived ones (or agree with them): an engine that compares states in one way and hashes them in another loses states.
///
/// The bounds beyond `Clone` are those of the engines that run on threads of their own; a system that shares a large program
/// does so through an `Arc`.
pub trait System: Clone + Send + Sync + 'static {
    /// A state, complete: whatever `expand` or a property reads is in it.
    type State: Clone + Eq + Ord + Hash + Debug + Send + Sync + 'static;
    /// What happens between two states. Given state and event there is exactly one successor.
    type Event: Clone + Eq + Ord + Debug + Send + Sync + 'static;

    /// The initial states, in a fixed order. Repetitions are ignored.
    fn initial(&self) -> Vec<Self::State>;

    /// Adds the successors of `state` to `expansion`, in the system's fixed event order.
    ///
    /// The caller has emptied the list of successors before; marks and cuts go on accumulating.
    fn expand(&self, state: &Self::State, expansion: &mut Expansion<Self::State, Self::Event>);

    /// The properties to decide; the index in this slice is the property's number.
    fn properties(&self) -> &[Property];

    /// Whether the predicate of property number `property` holds in `state`. [`Kind`] says what follows from it.
    fn holds(&self, property: usize, state: &Self::State) -> bool;

    /// Whether the premise of `property` holds in `state`.
    ///
    /// For [`Kind::Eventually`] the goal is owed from such a state on. For every kind the states in which it holds are counted, so that a
    /// property that holds vacuously is noticed.
    fn premise(&self, property: usize, state: &Self::State) -> bool {
        let _ = (property, state);
        true
    }

    /// How many agents there are, at most 64. With more, [`Kind::Unstuck`] and [`Kind::Eventually`] stay undecided.
    fn agents(&self) -> usize;

    /// The actor of `event`, which is possible in `state`.
    fn actor(&self, state: &Self::State, event: &Self::Event) -> Actor;

    /// How many numbers [`Actor::Reliable`] may have, at most 126. With more, [`Kind::Eventually`] stays undecided.
    fn reliable(&self) -> usize {
        1
    }

    /// Which [`Kind::Unstuck`] properties are violated by the agents in `stuck`.
    ///
    /// `stuck` is a bit mask, never empty: the agents that no continuation over agent and reliable events lets move again, without those
    /// that `idle` names. A continuation that is cut or broken off might have let everybody move but those whom
    /// [`System::held_fast`] names there. `settled`: the state lies in a bottom component of the graph of those events, that is, everything that can
    /// still happen around the stuck agents happens for ever.
    fn classify_stuck(&self, state: &Self::State, stuck: u64, settled: bool) -> Vec<usize> {
        let _ = (state, stuck, settled);
        Vec::new()
    }

    /// The same with signatures, which distinguish violations. A property may be named with several signatures.
    fn stuck_signatures(&self, state: &Self::State, stuck: u64, settled: bool) -> Vec<(usize, Signature)> {
        let named = self.classify_stuck(state, stuck, settled);
        named.into_iter().map(|property| (property, Signature::default())).collect()
    }

    /// Whether violations of `property`, of kind [`Kind::Always`] or [`Kind::AtEnd`], are distinguished by [`System::signatures`].
    /// Otherwise all of them are one.
    fn distinguishes(&self, property: usize) -> bool {
        let _ = property;
        false
    }

    /// The signatures of the violation of `property` in `state`: at least one. Called only if [`System::distinguishes`].
    fn signatures(&self, property: usize, state: &Self::State) -> Vec<Signature> {
        let _ = (property, state);
        vec![Signature::default()]
    }

    /// The agents that certainly never move again after `state`, as a bit mask, as far as the state alone shows it. Called where
    /// continuations may be missing: where a bound has cut an event, or the run was broken off.
    fn held_fast(&self, state: &Self::State) -> u64 {
        let _ = state;
        0
    }

    /// The agents that need not move in `state` (ended or idle), as a bit mask.
    fn idle(&self, state: &Self::State) -> u64 {
        let _ = state;
        0
    }

    /// Whether agents may have other numbers in a successor: symmetry reduction merges states in which agents have swapped roles. Then no
    /// [`Kind::Eventually`] is allowed, which follows each agent along a run.
    fn renames(&self) -> bool {
        false
    }

    /// For each successor of `state`, in the order of [`System::expand`]: by agent of `state`, its number there. Called only if
    /// [`System::renames`].
    fn renamings(&self, state: &Self::State) -> Vec<Vec<u8>> {
        let _ = state;
        Vec::new()
    }

    /// How many marks there are: things whose exercise is recorded, such as rules and statements.
    fn marks(&self) -> usize {
        0
    }

    /// How many distinct bounds there are that may cut an event.
    fn bounds(&self) -> usize {
        0
    }

    /// The fixed width of a packed state, in words.
    fn words(&self) -> usize;

    /// Writes `state` into `words`, which is `self.words()` long and zero. Equal states give equal words, distinct ones distinct words.
    fn pack(&self, state: &Self::State, words: &mut [u64]);

    /// The state that `pack` wrote.
    fn unpack(&self, words: &[u64]) -> Self::State;
}

/// The actor of an event, and so the fairness that may be assumed of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// An agent. Weakly fair: if it can always move, it eventually does.
    Agent(usize),
    /// An agent that competes for something that others may take again and again. Strongly fair: if it can move infinitely often, it
    /// eventually does.
    Insistent(usize),
    /// The reliable part of the environment. The events of one number are strongly fair: if one is possible infinitely often, one
    /// eventually happens.
    Reliable(usize),
    /// An environment fault: it may happen and need never happen, such as a loss, a crash or a time-out. No fairness.
    EnvironmentFault,
}

impl Actor {
    /// The agent, if it is one.
    pub fn agent(self) -> Option<usize> {
        match self {
            Actor::Agent(agent) | Actor::Insistent(agent) => Some(agent),
            Actor::Reliable(_) | Actor::EnvironmentFault => None,
        }
    }

    /// Whether fairness is assumed of the actor.
    #[inline(always)]
    pub(crate) fn is_relied_on(self) -> bool {
        match self {
            Actor::Agent(_) | Actor::Insistent(_) | Actor::Reliable(_) => true,
            Actor::EnvironmentFault => false,
        }
    }
}

/// A property to decide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Property {
    /// Its name in reports.
    pub name: String,
    /// What it says about its predicate.
    pub kind: Kind,
}

impl Property {
    /// A property of this name and kind.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind }
    }
}

/// What a property says about its predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It holds in every reachable state.
    Always,
    /// It holds in some reachable state.
    Reachable,
    /// It holds in every state in which no agent and no reliable event can do anything.
    AtEnd,
    /// No agents are stuck in a way that [`System::classify_stuck`] names. The predicate is not used.
    Unstuck,
    /// Every state in which the premise holds is followed, on every fair run, by a state in which the predicate holds; that state itself
    /// counts. [`Actor`] defines fairness.
    Eventually,
}

impl Kind {
    /// Whether the kind is decided on the graph of all states and edges, after the search.
    pub fn needs_graph(self) -> bool {
        match self {
            Kind::Always | Kind::Reachable | Kind::AtEnd => false,
            Kind::Unstuck | Kind::Eventually => true,
        }
    }
}

/// Whether some property of the system is decided on the graph of all states and edges.
pub(crate) fn needs_graph(system: &impl System) -> bool {
    system.properties().iter().any(|property| property.kind.needs_graph())
}

/// Counts an event that `bound` has cut.
pub(crate) fn count_cut(cuts: &mut Vec<u64>, bound: usize) {
    if cuts.is_empty() {
        // A bound beyond [`System::bounds`] must still prevent an exhaustive verdict.
        cuts.push(0);
    }
    let last = cuts.len() - 1;
    cuts[bound.min(last)] += 1;
}

/// The successors of one state, with marks and cuts.
///
/// One expansion serves a whole search: successors are removed from state to state, marks and cuts accumulate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion<S, E> {
    taken: Vec<(E, S)>,
    marks: MarkSet,
    cuts: Vec<u64>,
    curtailed: bool,
}

impl<S, E> Expansion<S, E> {
    /// An empty expansion for a system with that many marks and bounds.
    pub fn new(marks: usize, bounds: usize) -> Self {
        Self { taken: Vec::new(), marks: MarkSet::new(marks), cuts: vec![0; bounds], curtailed: false }
    }

    /// An empty expansion for `system`.
    pub fn of<Y: System<State = S, Event = E>>(system: &Y) -> Self {
        Self::new(system.marks(), system.bounds())
    }

    /// `event` is possible and leads to `state`.
    pub fn take(&mut self, event: E, state: S) {
        self.taken.push((event, state));
    }

    /// The thing number `mark` was exercised. A number beyond [`System::marks`] is ignored.
    pub fn mark(&mut self, mark: usize) {
        self.marks.insert(mark);
    }

    /// An event of `actor` would be possible, but `bound` forbids it.
    ///
    /// The actor matters: where an agent's or a reliable event was cut, the state is not known to be an end, nor any agent to be stuck, so
    /// no such violation is reported from it. A cut environment fault leaves both certain.
    pub fn cut(&mut self, bound: usize, actor: Actor) {
        count_cut(&mut self.cuts, bound);
        self.curtailed |= actor.is_relied_on();
    }

    /// The run is broken off in this state: its continuations are not in the system.
    ///
    /// No bound has cut an event, so an exhaustive verdict stays possible. But the state is no end, and only agents that
    /// [`System::held_fast`] names there are stuck in it or before it: others might have moved in a continuation.
    pub fn break_off(&mut self) {
        self.curtailed = true;
    }

    /// Forgets the successors, keeps marks and cuts.
    pub fn clear_taken(&mut self) {
        self.taken.clear();
        self.curtailed = false;
    }

    /// Forgets everything, marks and cuts too.
    pub(crate) fn clear(&mut self) {
        self.clear_taken();
        self.marks.clear();
        self.cuts.fill(0);
    }

    /// The successors of the state expanded last, in the system's order.
    pub fn taken(&self) -> &[(E, S)] {
        &self.taken
    }

    /// Whether a bound cut an agent's or a reliable event in the state expanded last, or the run was broken off there.
    pub fn is_curtailed(&self) -> bool {
        self.curtailed
    }

    /// The marks set so far.
    pub fn marks(&self) -> &MarkSet {
        &self.marks
    }

    /// How often each bound has cut an event so far.
    pub fn cuts(&self) -> &[u64] {
        &self.cuts
    }

    /// Whether `state`, which was expanded last, is an end: nothing but environment faults is possible in it.
    pub fn is_end<Y: System<State = S, Event = E>>(&self, system: &Y, state: &S) -> bool {
        !self.curtailed && !self.taken.iter().any(|(event, _)| system.actor(state, event).is_relied_on())
    }
}
