//! Systems whose states are numbers, behind one type: every engine is compiled for that one, and not for each of them.

use std::sync::Arc;

use checker::{Actor, Expansion, Property, Signature, System};

/// The label of an edge, and who takes it.
pub type Edge = (u64, Actor);

/// What such a system says; what it leaves out is as plain as can be.
pub trait Small: Send + Sync + 'static {
    fn initial(&self) -> Vec<u64>;
    fn expand(&self, state: &u64, expansion: &mut Expansion<u64, Edge>);
    fn properties(&self) -> &[Property];
    fn holds(&self, _property: usize, _state: &u64) -> bool {
        true
    }
    fn agents(&self) -> usize {
        1
    }
    fn stuck_signatures(&self, _state: &u64, _stuck: u64, _settled: bool) -> Vec<(usize, Signature)> {
        Vec::new()
    }
    fn idle(&self, _state: &u64) -> u64 {
        0
    }
    fn words(&self) -> usize {
        1
    }
    fn pack(&self, state: &u64, words: &mut [u64]) {
        words[0] = *state;
    }
    fn unpack(&self, words: &[u64]) -> u64 {
        words[0]
    }
}

/// Any of them.
#[derive(Clone)]
pub struct Numbered(Arc<dyn Small>);

impl Numbered {
    pub fn new(small: impl Small) -> Self {
        Self(Arc::new(small))
    }
}

impl System for Numbered {
    type State = u64;
    type Event = Edge;

    fn initial(&self) -> Vec<u64> {
        self.0.initial()
    }

    fn expand(&self, state: &u64, expansion: &mut Expansion<u64, Edge>) {
        self.0.expand(state, expansion);
    }

    fn properties(&self) -> &[Property] {
        self.0.properties()
    }

    fn holds(&self, property: usize, state: &u64) -> bool {
        self.0.holds(property, state)
    }

    fn agents(&self) -> usize {
        self.0.agents()
    }

    fn actor(&self, _: &u64, (_, actor): &Edge) -> Actor {
        *actor
    }

    fn stuck_signatures(&self, state: &u64, stuck: u64, settled: bool) -> Vec<(usize, Signature)> {
        self.0.stuck_signatures(state, stuck, settled)
    }

    fn idle(&self, state: &u64) -> u64 {
        self.0.idle(state)
    }

    fn words(&self) -> usize {
        self.0.words()
    }

    fn pack(&self, state: &u64, words: &mut [u64]) {
        self.0.pack(state, words);
    }

    fn unpack(&self, words: &[u64]) -> u64 {
        self.0.unpack(words)
    }
}
