//! Two-phase commit (Gray and Lamport), whose numbers of states are known from other checkers.

use checker::{Actor, EngineKind, Expansion, Kind, Limits, Property, System, Verdict};

use crate::differential::search;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Manager {
    Working,
    Prepared,
    Committed,
    Aborted,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Transaction {
    managers: Vec<Manager>,
    /// What the coordinator has decided.
    decision: Option<bool>,
    /// From whom the coordinator has heard.
    heard: Vec<bool>,
    /// Who has sent that it is prepared.
    sent: Vec<bool>,
    /// Messages of the coordinator.
    commit: bool,
    abort: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    DecideCommit,
    DecideAbort,
    Hear(usize),
    Prepare(usize),
    GiveUp(usize),
    ObeyCommit(usize),
    ObeyAbort(usize),
}

#[derive(Clone, Debug)]
pub struct TwoPhase {
    managers: usize,
    properties: Vec<Property>,
}

impl TwoPhase {
    pub fn new(managers: usize) -> Self {
        let properties = vec![
            Property::new("all abort", Kind::Reachable),
            Property::new("all commit", Kind::Reachable),
            Property::new("consistent", Kind::Always),
            Property::new("never committed", Kind::Always),
            Property::new("once decided, all obey", Kind::Eventually),
            // Violated: the coordinator may go on hearing of the same manager for ever. All reliable events are one fair agent.
            Property::new("the coordinator decides", Kind::Eventually),
        ];
        Self { managers, properties }
    }

    /// Leaves out the properties that the oracle's method takes long to decide.
    pub fn drop_slow_properties(&mut self) {
        self.properties.truncate(4);
    }
}

impl System for TwoPhase {
    type State = Transaction;
    type Event = Step;

    fn initial(&self) -> Vec<Transaction> {
        vec![Transaction {
            managers: vec![Manager::Working; self.managers],
            decision: None,
            heard: vec![false; self.managers],
            sent: vec![false; self.managers],
            commit: false,
            abort: false,
        }]
    }

    fn expand(&self, state: &Transaction, expansion: &mut Expansion<Transaction, Step>) {
        let mut take = |event, change: &dyn Fn(&mut Transaction)| {
            let mut next = state.clone();
            change(&mut next);
            expansion.take(event, next);
        };
        let open = state.decision.is_none();
        if open && state.heard.iter().all(|heard| *heard) {
            take(Step::DecideCommit, &|next| (next.decision, next.commit) = (Some(true), true));
        }
        if open {
            take(Step::DecideAbort, &|next| (next.decision, next.abort) = (Some(false), true));
        }
        for rm in 0..self.managers {
            if open && state.sent[rm] {
                take(Step::Hear(rm), &|next| next.heard[rm] = true);
            }
            if state.managers[rm] == Manager::Working {
                take(Step::Prepare(rm), &|next| (next.managers[rm], next.sent[rm]) = (Manager::Prepared, true));
                take(Step::GiveUp(rm), &|next| next.managers[rm] = Manager::Aborted);
            }
            if state.commit {
                take(Step::ObeyCommit(rm), &|next| next.managers[rm] = Manager::Committed);
            }
            if state.abort {
                take(Step::ObeyAbort(rm), &|next| next.managers[rm] = Manager::Aborted);
            }
        }
    }

    fn properties(&self) -> &[Property] {
        &self.properties
    }

    fn holds(&self, property: usize, state: &Transaction) -> bool {
        let all = |wanted| state.managers.iter().all(|manager| *manager == wanted);
        let any = |wanted| state.managers.contains(&wanted);
        match property {
            0 => all(Manager::Aborted),
            1 => all(Manager::Committed),
            2 => !(any(Manager::Aborted) && any(Manager::Committed)),
            3 => !any(Manager::Committed),
            4 => !any(Manager::Working) && !any(Manager::Prepared),
            _ => state.decision.is_some(),
        }
    }

    fn premise(&self, property: usize, state: &Transaction) -> bool {
        property != 4 || state.decision.is_some()
    }

    fn agents(&self) -> usize {
        self.managers
    }

    fn actor(&self, _: &Self::State, event: &Step) -> Actor {
        match event {
            Step::DecideCommit | Step::DecideAbort | Step::Hear(_) => Actor::Reliable(0),
            Step::Prepare(rm) | Step::GiveUp(rm) | Step::ObeyCommit(rm) | Step::ObeyAbort(rm) => Actor::Agent(*rm),
        }
    }

    fn words(&self) -> usize {
        1
    }

    fn pack(&self, state: &Transaction, words: &mut [u64]) {
        let mut word = match state.decision {
            None => 0,
            Some(false) => 1,
            Some(true) => 2,
        };
        word = word << 2 | u64::from(state.commit) << 1 | u64::from(state.abort);
        for rm in 0..self.managers {
            let bits = u64::from(state.heard[rm]) << 1 | u64::from(state.sent[rm]);
            word = word << 4 | (state.managers[rm] as u64) << 2 | bits;
        }
        words[0] = word;
    }

    fn unpack(&self, words: &[u64]) -> Transaction {
        let nibble = |rm: usize| words[0] >> (4 * (self.managers - 1 - rm)) & 0b1111;
        let manager = |rm| match nibble(rm) >> 2 {
            0 => Manager::Working,
            1 => Manager::Prepared,
            2 => Manager::Committed,
            _ => Manager::Aborted,
        };
        let top = words[0] >> (4 * self.managers);
        let all = 0..self.managers;
        Transaction {
            managers: all.clone().map(manager).collect(),
            decision: [None, Some(false), Some(true)][(top >> 2) as usize % 3],
            heard: all.clone().map(|rm| nibble(rm) >> 1 & 1 == 1).collect(),
            sent: all.map(|rm| nibble(rm) & 1 == 1).collect(),
            commit: top >> 1 & 1 == 1,
            abort: top & 1 == 1,
        }
    }
}

fn words(managers: usize, engine: EngineKind) -> Vec<&'static str> {
    let outcome = search(&TwoPhase::new(managers), engine, Limits::default());
    outcome.verdicts.iter().map(Verdict::word).collect()
}

/// States and transitions, for 3, 4 and 5 managers. The states are those of stateright's own example; the transitions are, plus the
/// initial state, what its counter of generated states says.
const KNOWN: [(usize, u64, u64); 3] = [(3, 288, 1_145), (4, 1_568, 8_257), (5, 8_832, 58_145)];

#[test]
fn numbers_of_states_and_transitions_are_the_known_ones() {
    for (managers, states, transitions) in KNOWN {
        for engine in EngineKind::ALL.iter().copied() {
            let mut system = TwoPhase::new(managers);
            system.drop_slow_properties();
            let outcome = search(&system, engine, Limits::default());
            println!("{managers} {engine} {:?}", outcome.coverage);
            assert_eq!(outcome.coverage.states, states, "{engine}");
            assert_eq!(outcome.coverage.transitions, transitions, "{engine}");
        }
    }
}

#[test]
fn verdicts_are_the_known_ones() {
    let expected = ["reached", "reached", "holds", "violated", "holds", "violated"];
    for engine in EngineKind::ALL.iter().copied() {
        assert_eq!(words(2, engine), expected, "{engine}");
    }
    assert_eq!(words(5, EngineKind::BreadthFirst), expected);
}

#[test]
fn packing_loses_nothing() {
    let system = TwoPhase::new(3);
    let mut todo = system.initial();
    let mut seen = std::collections::BTreeSet::new();
    while let Some(state) = todo.pop() {
        let mut packed = [0];
        system.pack(&state, &mut packed);
        assert_eq!(system.unpack(&packed), state);
        if seen.insert(state.clone()) {
            let mut expansion = Expansion::of(&system);
            system.expand(&state, &mut expansion);
            todo.extend(expansion.taken().iter().map(|(_, next)| next.clone()));
        }
    }
    assert_eq!(seen.len(), 288);
}
