//! Systems drawn at random: a graph whose every edge says who takes it, with arbitrary sets of states for the predicates.

use std::sync::Arc;

use checker::{Actor, Expansion, Kind, Property, Signature, System};
use proptest::prelude::*;
use proptest::sample::Index;

/// The most states of a random system.
pub const MOST: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub u8);

/// The edge number `ordinal` out of its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    pub ordinal: u8,
    pub label: u8,
    pub actor: Actor,
}

#[derive(Clone, Debug)]
pub struct Edge {
    pub target: u8,
    pub actor: Actor,
    pub label: u8,
}

/// One property: its predicate and premise as sets of states, and, for `Unstuck`, which agents it objects to.
#[derive(Clone, Debug)]
pub struct Asked {
    pub holds: u64,
    pub premise: u64,
    pub agents: u64,
    pub settled: Option<bool>,
}

#[derive(Debug)]
pub struct Plain {
    pub agents: usize,
    pub initial: Vec<u8>,
    pub edges: Vec<Vec<Edge>>,
    pub cuts: Vec<Vec<(usize, Actor)>>,
    /// The states in which the run is broken off.
    pub broken: u64,
    pub idle: Vec<u64>,
    /// By state: the agents that are held fast, as far as what is missing there is concerned.
    pub held: Vec<u64>,
    pub properties: Vec<Property>,
    pub asked: Vec<Asked>,
}

/// A system given by a graph. Its marks are its states (when expanded) and its edges, so that equal marks mean equal sets.
#[derive(Clone, Debug)]
pub struct Web(pub Arc<Plain>);

impl Web {
    pub fn edge_mark(&self, state: u8, ordinal: usize) -> usize {
        MOST + self.0.edges[..state as usize].iter().map(Vec::len).sum::<usize>() + ordinal
    }
}

impl System for Web {
    type State = Place;
    type Event = Step;

    fn initial(&self) -> Vec<Place> {
        self.0.initial.iter().map(|state| Place(*state)).collect()
    }

    fn expand(&self, state: &Place, expansion: &mut Expansion<Place, Step>) {
        expansion.mark(state.0 as usize);
        for (ordinal, edge) in self.0.edges[state.0 as usize].iter().enumerate() {
            expansion.mark(self.edge_mark(state.0, ordinal));
            let step = Step { ordinal: ordinal as u8, label: edge.label, actor: edge.actor };
            expansion.take(step, Place(edge.target));
        }
        for (bound, actor) in &self.0.cuts[state.0 as usize] {
            expansion.cut(*bound, *actor);
        }
        if self.0.broken >> state.0 & 1 == 1 {
            expansion.break_off();
        }
    }

    fn properties(&self) -> &[Property] {
        &self.0.properties
    }

    fn holds(&self, property: usize, state: &Place) -> bool {
        self.0.asked[property].holds >> state.0 & 1 == 1
    }

    fn premise(&self, property: usize, state: &Place) -> bool {
        self.0.asked[property].premise >> state.0 & 1 == 1
    }

    fn agents(&self) -> usize {
        self.0.agents
    }

    fn actor(&self, _: &Place, event: &Step) -> Actor {
        event.actor
    }

    fn reliable(&self) -> usize {
        RELIABLE
    }

    fn held_fast(&self, state: &Place) -> u64 {
        self.0.held[state.0 as usize]
    }

    fn classify_stuck(&self, _: &Place, stuck: u64, settled: bool) -> Vec<usize> {
        let objects = |asked: &Asked| asked.agents & stuck != 0 && asked.settled.is_none_or(|wanted| wanted == settled);
        (0..self.0.asked.len()).filter(|index| objects(&self.0.asked[*index])).collect()
    }

    fn stuck_signatures(&self, place: &Place, stuck: u64, settled: bool) -> Vec<(usize, Signature)> {
        let named = self.classify_stuck(place, stuck, settled).into_iter();
        let ways = named.flat_map(|property| match property % 3 {
            0 => vec![(property, Signature::default())],
            1 => vec![(property, Signature(vec![stuck]))],
            _ => vec![(property, Signature(vec![u64::from(settled)])), (property, Signature(vec![u64::from(place.0)]))],
        });
        ways.collect()
    }

    fn distinguishes(&self, property: usize) -> bool {
        !property.is_multiple_of(3)
    }

    fn signatures(&self, _: usize, Place(state): &Place) -> Vec<Signature> {
        let mut ways = vec![Signature(vec![u64::from(state % 3)])];
        if state.is_multiple_of(5) {
            ways.push(Signature(vec![9, u64::from(state / 10)]));
        }
        ways
    }

    fn idle(&self, state: &Place) -> u64 {
        self.0.idle[state.0 as usize]
    }

    fn marks(&self) -> usize {
        MOST + self.0.edges.iter().map(Vec::len).sum::<usize>()
    }

    fn bounds(&self) -> usize {
        2
    }

    fn words(&self) -> usize {
        2
    }

    fn pack(&self, state: &Place, words: &mut [u64]) {
        // No word tells states apart by itself, and the words must come in clean.
        words[0] |= u64::from(state.0 % 4);
        words[1] |= u64::from(state.0 / 4) << 32;
    }

    fn unpack(&self, words: &[u64]) -> Place {
        Place((words[0] + (words[1] >> 32) * 4) as u8)
    }
}

/// How many numbers reliable events have.
pub const RELIABLE: usize = 2;

/// The actor with this number: unreliable and reliable events first, then agents, each in its two ways.
pub fn actor(agents: usize, number: usize) -> Actor {
    match number % (2 * agents + 1 + RELIABLE) {
        0 => Actor::EnvironmentFault,
        number @ 1..=RELIABLE => Actor::Reliable(number - 1),
        number if (number - RELIABLE) % 2 == 1 => Actor::Agent((number - RELIABLE - 1) / 2),
        number => Actor::Insistent((number - RELIABLE - 1) / 2),
    }
}

/// A shape: how many states, which are initial, which edges there are.
#[derive(Clone, Debug)]
struct Shape {
    states: usize,
    initial: Vec<u8>,
    edges: Vec<(u8, u8)>,
}

fn random_shape(most: usize) -> impl Strategy<Value = Shape> {
    (1..=most).prop_flat_map(|states| {
        let initial = prop::collection::vec(any::<Index>(), 1..=4);
        let edges = prop::collection::vec((any::<Index>(), any::<Index>(), any::<bool>()), 0..=states * 2);
        (initial, edges).prop_map(move |(initial, edges)| Shape {
            states,
            initial: initial.iter().map(|index| index.index(states) as u8).collect(),
            // Half of the edges go to a neighbour, so that there are deep systems as well as dense ones.
            edges: edges
                .iter()
                .map(|(from, to, near)| {
                    let from = from.index(states);
                    let to = if *near { (from + 1 + to.index(2)) % states } else { to.index(states) };
                    (from as u8, to as u8)
                })
                .collect(),
        })
    })
}

/// Shapes on which checkers are known to go wrong.
fn directed_shape() -> impl Strategy<Value = Shape> {
    let shape = |states, edges: &[(u8, u8)]| Just(Shape { states, initial: vec![0], edges: edges.to_vec() });
    prop_oneof![
        // A diamond whose sides differ, with a tail.
        shape(6, &[(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (4, 5)]),
        // A lasso.
        shape(5, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 2)]),
        // A cycle reached only after a join.
        shape(7, &[(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (4, 5), (5, 3), (4, 6)]),
        // A line: what is wrong may be at its very end.
        shape(8, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7)]),
        // Two states at the same depth, reached in both orders.
        shape(6, &[(0, 2), (0, 1), (1, 4), (1, 3), (2, 3), (2, 4), (3, 5), (4, 5), (5, 5)]),
        // Two cycles that share a state.
        shape(5, &[(0, 1), (1, 2), (2, 1), (1, 3), (3, 4), (4, 1)]),
        // Several initial states, one of them twice, one inside the other's cycle.
        Just(Shape { states: 4, initial: vec![2, 0, 2], edges: vec![(0, 1), (1, 2), (2, 0), (2, 3), (3, 3)] }),
        // No initial state at all.
        Just(Shape { states: 2, initial: vec![], edges: vec![(0, 1)] }),
    ]
}

/// A set of states: sparse, dense, or anything.
fn set() -> impl Strategy<Value = u64> {
    let rare = (any::<u64>(), any::<u64>(), any::<u64>()).prop_map(|(a, b, c)| a & b & c).boxed();
    prop_oneof![
        rare.clone(),
        rare.prop_map(|set| !set),
        any::<u64>(),
        (0..MOST).prop_map(|state| !(1u64 << state)),
        (0..MOST).prop_map(|state| 1u64 << state),
        Just(0),
        Just(u64::MAX),
    ]
}

fn asked() -> impl Strategy<Value = Asked> {
    let agents = prop_oneof![Just(u64::MAX), any::<u64>()];
    (set(), set(), agents, any::<Option<bool>>()).prop_map(|(holds, premise, agents, settled)| Asked {
        holds,
        premise,
        agents,
        settled,
    })
}

/// Between none and three properties of each kind.
fn properties() -> impl Strategy<Value = Vec<(Kind, Asked)>> {
    let of = |kind| prop::collection::vec(asked().prop_map(move |asked| (kind, asked)), 0..=3);
    (of(Kind::Always), of(Kind::Reachable), of(Kind::AtEnd), of(Kind::Unstuck), of(Kind::Eventually))
        .prop_map(|(a, b, c, d, e)| [a, b, c, d, e].concat())
}

fn dressed(shape: impl Strategy<Value = Shape>) -> impl Strategy<Value = Web> {
    let cuts = prop_oneof![
        3 => Just(Vec::new()),
        1 => prop::collection::vec((any::<Index>(), 0..2usize, 0..11usize), 1..=3),
    ];
    let broken = prop_oneof![3 => Just(0), 1 => (0..MOST).prop_map(|state| 1u64 << state), 1 => set()];
    let parts = (shape, 0..=4usize, cuts, broken, properties(), any::<u64>());
    parts.prop_flat_map(|(shape, agents, cuts, broken, properties, seed)| {
        let labels = prop::collection::vec((0..11usize, 0..4u8), shape.edges.len());
        labels.prop_map(move |labels| {
            let mut edges = vec![Vec::new(); shape.states];
            for ((from, target), (number, label)) in shape.edges.iter().zip(labels) {
                edges[*from as usize].push(Edge { target: *target, actor: actor(agents, number), label });
            }
            let mut cut = vec![Vec::new(); shape.states];
            for (state, bound, number) in &cuts {
                cut[state.index(shape.states)].push((*bound, actor(agents, *number)));
            }
            let idle = (0..shape.states).map(|state| (seed >> (state % 60)) & (seed >> 7) & 0b1111).collect();
            let named = |(number, (kind, _)): (usize, &(Kind, Asked))| Property::new(format!("p{number}"), *kind);
            Web(Arc::new(Plain {
                agents,
                initial: shape.initial.clone(),
                edges,
                cuts: cut,
                broken,
                idle,
                held: (0..shape.states).map(|state| (seed >> (state % 53)) & (seed >> 11) & 0b1111).collect(),
                properties: properties.iter().enumerate().map(named).collect(),
                asked: properties.iter().map(|(_, asked)| asked.clone()).collect(),
            }))
        })
    })
}

/// Systems of up to `most` states; one in five has a directed shape.
pub fn web(most: usize) -> impl Strategy<Value = Web> {
    prop_oneof![
        4 => dressed(random_shape(most)).boxed(),
        1 => dressed(directed_shape()).boxed(),
    ]
}

/// Runs `test` on random inputs: as many as the environment variable CASES says, drawn afresh; without it `cases`, always the same.
/// What fails is noted in a file and tried first from then on. Gives how many inputs there were to be.
pub fn for_all<T: Strategy>(cases: u32, strategy: T, test: impl Fn(T::Value) -> Result<(), TestCaseError>) -> u32 {
    use proptest::test_runner::{Config, FileFailurePersistence, RngAlgorithm, TestRng, TestRunner};
    let asked = std::env::var("CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = asked.unwrap_or(cases);
    let kept = FileFailurePersistence::Direct("proptest-regressions/systems.txt");
    let config = Config { cases, failure_persistence: Some(Box::new(kept)), ..Config::default() };
    let mut runner = match asked {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    if let Err(error) = runner.run(&strategy, test) {
        panic!("{error}");
    }
    cases
}
