//! Bitstate search: depth first, with a bit table in place of the states. A state whose bits are all set counts as visited.

use crate::engine::common::hash::hash;
use crate::limits::{Meter, Tally};
use crate::outcome::{Coverage, StopReason, StoreReport};
use crate::packed::{OutcomeOf, Packed};
use crate::plan::Plan;
use crate::sampling::{Bitstate, Sample, Sampling};
use crate::system::System;

use super::ordinals::{OrdinalPath, Owing};

/// The bit table.
struct BitTable {
    words: Vec<u64>,
    hashes: u32,
    set: u64,
    /// The expected number of new states that were taken for visited ones.
    dismissed: f64,
}

impl BitTable {
    fn new(bits: Bitstate) -> Self {
        let words = (bits.bytes / 8).clamp(1, usize::MAX as u64 / 16) as usize;
        Self { words: vec![0; words], hashes: bits.hashes.clamp(1, Bitstate::HASHES_MAX), set: 0, dismissed: 0.0 }
    }

    /// Whether the state is new as far as the table shows. Its bits are set from then on.
    fn admit(&mut self, state: &[u64]) -> bool {
        let size = self.words.len() as u64 * 64;
        let (start, stride) = (hash(state), hash(&[hash(state)]) | 1);
        let before = self.set;
        for round in 0..u64::from(self.hashes) {
            let position = start.wrapping_add(stride.wrapping_mul(round));
            let bit = ((u128::from(position) * u128::from(size)) >> 64) as u64;
            let word = &mut self.words[(bit / 64) as usize];
            self.set += u64::from(*word >> (bit % 64) & 1 == 0);
            *word |= 1 << (bit % 64);
        }
        if self.set == before {
            return false;
        }
        // Each admitted state stands for this expected number of omitted ones.
        let chance = (before as f64 / size as f64).powi(self.hashes as i32);
        self.dismissed += chance / (1.0 - chance).max(f64::EPSILON);
        true
    }

    fn sample(&self) -> Sample {
        let dismissed = self.dismissed.round() as u64;
        Sample::Bitstate { bytes: self.words.len() as u64 * 8, hashes: self.hashes, set: self.set, dismissed }
    }
}

/// A state of the current path, with the successors that are left.
struct DfsFrame {
    /// Where its successors begin on the stack of words.
    start: usize,
    count: u32,
    next: u32,
    owing: Owing,
}

/// Searches depth first. The stack holds the path to the current state.
pub(crate) fn search<P: Packed>(packed: &P, plan: &Plan, bits: Bitstate, meter: &mut Meter<'_>) -> OutcomeOf<P> {
    let most = plan.limits.depth.unwrap_or(Sampling::DEPTH);
    let mut plan = plan.clone();
    // The depth limits each path, not the search.
    plan.limits.depth = None;
    let mut depth_first = DepthFirst {
        packed,
        path: OrdinalPath::new(packed),
        table: BitTable::new(bits),
        words: Vec::new(),
        frames: Vec::new(),
        coverage: Coverage::default(),
        most,
    };
    let stopped = depth_first.search(&plan, meter);
    meter.report(depth_first.tally());
    let searched = meter.gate().elapsed();
    let sample = depth_first.table.sample();
    let collision_bound = depth_first.table.dismissed.min(1.0);
    let store = StoreReport { name: "bitstate", exact: false, bytes: 0, total: depth_first.bytes(), collision_bound };
    let outcome = depth_first.path.conclude(sample, stopped, depth_first.coverage, store);
    meter.finish(searched);
    outcome
}

struct DepthFirst<'a, P: Packed> {
    packed: &'a P,
    path: OrdinalPath<'a, P>,
    table: BitTable,
    /// The successors of the states on the path.
    words: Vec<u64>,
    frames: Vec<DfsFrame>,
    coverage: Coverage,
    most: u32,
}

impl<P: Packed> DepthFirst<'_, P> {
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
            self.path.ordinals.clear();
            self.path.ordinals.push(number);
            if let Some(reason) = self.enter(&state, 0, plan, meter) {
                return Some(reason);
            }
            while let Some(frame) = self.frames.last_mut() {
                if frame.next == frame.count {
                    self.words.truncate(frame.start);
                    self.frames.pop();
                    self.path.ordinals.pop();
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
                self.path.ordinals.push(ordinal);
                if let Some(reason) = self.enter(&state, owing, plan, meter) {
                    return Some(reason);
                }
            }
        }
        None
    }

    /// Evaluates a state and pushes it on the stack, or drops it from the path at the depth limit.
    fn enter(&mut self, state: &[u64], owing: Owing, plan: &Plan, meter: &mut Meter<'_>) -> Option<StopReason> {
        let depth = self.path.ordinals.len() as u32 - 1;
        self.coverage.depth = self.coverage.depth.max(depth);
        let owing = self.path.evaluate(state, owing, true);
        if plan.stop_at_first && self.path.violated {
            return Some(StopReason::Violation);
        }
        if let Some(reason) = meter.closed(self.tally()) {
            return Some(reason);
        }
        if depth == self.most {
            self.path.ordinals.pop();
            return None;
        }
        self.coverage.expanded += 1;
        let successors = &self.path.successors;
        let start = self.words.len();
        self.words.extend_from_slice(successors.words());
        self.frames.push(DfsFrame { start, count: successors.count() as u32, next: 0, owing });
        None
    }

    fn tally(&self) -> Tally {
        let Coverage { states, expanded, .. } = self.coverage;
        Tally { states, expanded, depth: self.path.ordinals.len() as u32, bytes: self.bytes() }
    }

    fn bytes(&self) -> u64 {
        let stack = self.words.capacity() * 8 + self.frames.capacity() * size_of::<DfsFrame>();
        (self.table.words.len() * 8 + stack + self.path.ordinals.capacity() * 4) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_dismisses_about_as_many_as_it_says() {
        let mut table = BitTable::new(Bitstate { bytes: 64 << 10, hashes: 3 });
        let states = 300_000u64;
        let admitted = (0..states).filter(|state| table.admit(&[*state, state % 5])).count() as f64;
        let lost = states as f64 - admitted;
        assert!(lost > 50_000.0 && (table.dismissed / lost - 1.0).abs() < 0.1, "{lost} {}", table.dismissed);
        assert!((0..states).all(|state| !table.admit(&[state, state % 5])), "a state is new twice");
    }
}
