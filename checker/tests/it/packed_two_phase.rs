//! Two-phase commit with four bits for each manager, searched on the packed word itself.

use checker::{Actor, Expansion, Kind, Packed, Property, PropertyValues, Signature, SuccessorSink, System};

/// Two-phase commit with up to 15 managers. Of the word, bits 0 and 1 of the four that a manager has say what it does (0 working, 1
/// prepared, 2 committed, 3 aborted), bit 2 that it has sent that it is prepared, bit 3 that the coordinator has heard it. Above them: what
/// the coordinator decided, in two bits, and its two messages.
#[derive(Clone)]
pub struct Word {
    managers: usize,
    properties: Vec<Property>,
}

const DECIDED: u32 = 60;
const COMMIT: u64 = 1 << 62;
const ABORT: u64 = 1 << 63;
const LOWEST: u64 = 0x1111_1111_1111_1111;

impl Word {
    /// With the one property that the states are consistent.
    pub fn new(managers: usize) -> Self {
        Self { managers, properties: vec![Property::new("consistent", Kind::Always)] }
    }

    /// With more properties, one of each kind.
    #[allow(dead_code, reason = "one of the benchmarks does not ask them")]
    pub fn asked(managers: usize) -> Self {
        let mut word = Self::new(managers);
        let kinds = [Kind::Reachable, Kind::AtEnd, Kind::Unstuck, Kind::Eventually];
        word.properties.extend(kinds.map(|kind| Property::new(format!("{kind:?}"), kind)));
        word
    }

    pub fn consistent(&self, word: u64) -> bool {
        let mine = LOWEST & ((1 << (4 * self.managers)) - 1);
        let (low, high) = (word & mine, word >> 1 & mine);
        low & high == 0 || high & !low == 0
    }

    /// All successors with the number of their event.
    #[inline(always)]
    pub fn next(&self, word: u64, mut take: impl FnMut(u8, u64)) {
        let open = word >> DECIDED & 3 == 0;
        if open {
            let heard = (8 * LOWEST) & ((1 << (4 * self.managers)) - 1);
            if word & heard == heard {
                take(0, word | 1 << DECIDED | COMMIT);
            }
            take(1, word | 2 << DECIDED | ABORT);
        }
        for manager in 0..self.managers {
            let (shift, event) = (4 * manager, 2 + 5 * manager as u8);
            let own = word >> shift;
            if open && own & 4 != 0 {
                take(event, word | 8 << shift);
            }
            if own & 3 == 0 {
                take(event + 1, word | 5 << shift);
                take(event + 2, word | 3 << shift);
            }
            if word & COMMIT != 0 {
                take(event + 3, word & !(3 << shift) | 2 << shift);
            }
            if word & ABORT != 0 {
                take(event + 4, word | 3 << shift);
            }
        }
    }
}

#[inline(always)]
fn actor(event: u8) -> Actor {
    match event.checked_sub(2) {
        Some(event) if event % 5 != 0 => Actor::Agent(usize::from(event / 5)),
        _ => Actor::Reliable(0),
    }
}

impl System for Word {
    type State = u64;
    type Event = u8;

    fn initial(&self) -> Vec<u64> {
        vec![0]
    }

    fn expand(&self, state: &u64, expansion: &mut Expansion<u64, u8>) {
        self.next(*state, |event, next| expansion.take(event, next));
    }

    fn properties(&self) -> &[Property] {
        &self.properties
    }

    fn holds(&self, property: usize, state: &u64) -> bool {
        match property {
            0 => self.consistent(*state),
            1 => state & 0xFF == 0x3F,
            2 => state & 3 == 2,
            _ => state >> DECIDED & 3 != 0,
        }
    }

    fn premise(&self, property: usize, state: &u64) -> bool {
        property != 4 || state & 4 != 0
    }

    fn agents(&self) -> usize {
        self.managers
    }

    fn actor(&self, _: &Self::State, event: &u8) -> Actor {
        actor(*event)
    }

    fn classify_stuck(&self, _: &u64, stuck: u64, settled: bool) -> Vec<usize> {
        if settled && stuck & 2 != 0 { vec![3] } else { Vec::new() }
    }

    fn distinguishes(&self, property: usize) -> bool {
        property < 2
    }

    fn signatures(&self, property: usize, state: &u64) -> Vec<Signature> {
        vec![Signature(vec![property as u64, state >> DECIDED & 3, state.count_ones().into()])]
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

impl Packed for Word {
    type Of = Word;
    type Scratch = u64;

    fn system(&self) -> &Word {
        self
    }

    fn scratch(&self) -> u64 {
        0
    }

    fn load(&self, words: &[u64], scratch: &mut u64) {
        *scratch = words[0];
    }

    fn judge(&self, scratch: &mut u64, values: &mut PropertyValues) {
        for property in 0..self.properties.len() {
            if !self.holds(property, scratch) {
                values.fails(property);
            }
            if !self.premise(property, scratch) {
                values.premise_fails(property);
            }
        }
    }

    fn holds_at_end(&self, scratch: &mut u64, property: usize) -> bool {
        self.holds(property, scratch)
    }

    fn signatures(&self, scratch: &mut u64, property: usize) -> Vec<Signature> {
        System::signatures(self, property, scratch)
    }

    fn idle(&self, _: &mut u64) -> u64 {
        0
    }

    fn successors(&self, scratch: &mut u64, sink: &mut impl SuccessorSink) {
        self.next(*scratch, |event, next| sink.take(actor(event), &[next]));
    }
}
