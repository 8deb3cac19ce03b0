//! Depth first with a table of bits in place of the states: a state whose bits are all set counts as known.

use crate::engine::levels::hash::hash;
use crate::hunt::{Bits, Hunt, Sample};
use crate::limits::{Meter, Tally};
use crate::outcome::{Coverage, StopReason, StoreReport};
use crate::packed::{OutcomeOf, Packed};
use crate::plan::Plan;
use crate::system::System;

use super::trail::{Owing, Trail};

/// The table.
struct Table {
    words: Vec<u64>,
    hashes: u32,
    set: u64,
    /// How many new states were taken for known ones, as far as chance tells.
    dismissed: f64,
}

impl Table {
    fn new(bits: Bits) -> Self {
        let words = (bits.bytes / 8).clamp(1, usize::MAX as u64 / 16) as usize;
        Self { words: vec![0; words], hashes: bits.hashes.clamp(1, Bits::HASHES_MAX), set: 0, dismissed: 0.0 }
    }

    /// Whether the state is new as far as the table tells; its bits are set from then on.
    fn admit(&mut self, state: &[u64]) -> bool {
        let size = self.words.len() as u64 * 64;
        let (start, stride) = (hash(state), hash(&[hash(state)]) | 1);
        let before = self.set;
        for round in 0..u64::from(self.hashes) {
            let spot = start.wrapping_add(stride.wrapping_mul(round));
            let bit = ((u128::from(spot) * u128::from(size)) >> 64) as u64;
            let word = &mut self.words[(bit / 64) as usize];
            self.set += u64::from(*word >> (bit % 64) & 1 == 0);
            *word |= 1 << (bit % 64);
        }
        if self.set == before {
            return false;
        }
        // For each state let through, chance has dismissed so many others.
        let chance = (before as f64 / size as f64).powi(self.hashes as i32);
        self.dismissed += chance / (1.0 - chance).max(f64::EPSILON);
        true
    }

    fn sample(&self) -> Sample {
        let dismissed = self.dismissed.round() as u64;
        Sample::Bits { bytes: self.words.len() as u64 * 8, hashes: self.hashes, set: self.set, dismissed }
    }
}

/// A state on the way: which of its successors are still to come.
struct Frame {
    /// Where its successors begin on the stack of words.
    start: usize,
    count: u32,
    next: u32,
    owing: Owing,
}

/// Searches depth first; what is on the stack is the way to the state at hand.
pub(crate) fn search<P: Packed>(packed: &P, plan: &Plan, bits: Bits, meter: &mut Meter<'_>) -> OutcomeOf<P> {
    let most = plan.limits.depth.unwrap_or(Hunt::DEPTH);
    let mut plan = plan.clone();
    // The depth is where a way ends, not where the search does.
    plan.limits.depth = None;
    let mut dive = Dive {
        packed,
        trail: Trail::new(packed),
        table: Table::new(bits),
        words: Vec::new(),
        frames: Vec::new(),
        coverage: Coverage::default(),
        most,
    };
    let stopped = dive.search(&plan, meter);
    meter.report(dive.tally());
    let searched = meter.gate().elapsed();
    let sample = dive.table.sample();
    let collision_bound = dive.table.dismissed.min(1.0);
    let store = StoreReport { name: "bitstate", exact: false, bytes: 0, total: dive.bytes(), collision_bound };
    let outcome = dive.trail.conclude(sample, stopped, dive.coverage, store);
    meter.finish(searched);
    outcome
}

struct Dive<'a, P: Packed> {
    packed: &'a P,
    trail: Trail<'a, P>,
    table: Table,
    /// The successors of the states on the way.
    words: Vec<u64>,
    frames: Vec<Frame>,
    coverage: Coverage,
    most: u32,
}

impl<P: Packed> Dive<'_, P> {
    fn search(&mut self, plan: &Plan, meter: &mut Meter<'_>) -> Option<StopReason> {
        let system = self.packed.system();
        let mut state = vec![0; system.words()];
        for (number, initial) in (0..).zip(system.initial()) {
            state.fill(0);
            system.pack(&initial, &mut state);
            if !self.table.admit(&state) {
                continue;
            }
            self.coverage.states += 1;
            self.coverage.initial += 1;
            self.trail.way.clear();
            self.trail.way.push(number);
            if let Some(reason) = self.enter(&state, 0, plan, meter) {
                return Some(reason);
            }
            while let Some(frame) = self.frames.last_mut() {
                if frame.next == frame.count {
                    self.words.truncate(frame.start);
                    self.frames.pop();
                    self.trail.way.pop();
                    continue;
                }
                let (ordinal, owing) = (frame.next, frame.owing);
                let start = frame.start + ordinal as usize * state.len();
                frame.next += 1;
                state.copy_from_slice(&self.words[start..][..system.words()]);
                self.coverage.transitions += 1;
                if !self.table.admit(&state) {
                    continue;
                }
                self.coverage.states += 1;
                self.trail.way.push(ordinal);
                if let Some(reason) = self.enter(&state, owing, plan, meter) {
                    return Some(reason);
                }
            }
        }
        None
    }

    /// Looks at a state and puts it on the stack, or takes it off the way if nothing follows there.
    fn enter(&mut self, state: &[u64], owing: Owing, plan: &Plan, meter: &mut Meter<'_>) -> Option<StopReason> {
        let depth = self.trail.way.len() as u32 - 1;
        self.coverage.depth = self.coverage.depth.max(depth);
        let owing = self.trail.look(state, owing, true);
        if plan.stop_at_first && self.trail.violated {
            return Some(StopReason::Violation);
        }
        if let Some(reason) = meter.closed(self.tally()) {
            return Some(reason);
        }
        if depth == self.most {
            self.trail.way.pop();
            return None;
        }
        self.coverage.expanded += 1;
        let successors = &self.trail.successors;
        let start = self.words.len();
        self.words.extend_from_slice(successors.words());
        self.frames.push(Frame { start, count: successors.count() as u32, next: 0, owing });
        None
    }

    fn tally(&self) -> Tally {
        let Coverage { states, expanded, .. } = self.coverage;
        Tally { states, expanded, depth: self.trail.way.len() as u32, bytes: self.bytes() }
    }

    fn bytes(&self) -> u64 {
        let stack = self.words.capacity() * 8 + self.frames.capacity() * size_of::<Frame>();
        (self.table.words.len() * 8 + stack + self.trail.way.capacity() * 4) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_dismisses_about_as_many_as_it_says() {
        let mut table = Table::new(Bits { bytes: 64 << 10, hashes: 3 });
        let states = 300_000u64;
        let admitted = (0..states).filter(|state| table.admit(&[*state, state % 5])).count() as f64;
        let lost = states as f64 - admitted;
        assert!(lost > 50_000.0 && (table.dismissed / lost - 1.0).abs() < 0.1, "{lost} {}", table.dismissed);
        assert!((0..states).all(|state| !table.admit(&[state, state % 5])), "a state is new twice");
    }
}
