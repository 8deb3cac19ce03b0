//! Random walks.

use hashbrown::HashTable;

use crate::engine::common::hash::hash;
use crate::limits::{Meter, Tally};
use crate::outcome::{Coverage, StopReason, StoreReport};
use crate::packed::{OutcomeOf, Packed};
use crate::plan::Plan;
use crate::sampling::{Sample, Sampling, Walks};
use crate::system::System;

use super::ordinals::OrdinalPath;
use super::random::Random;

/// Walks, and counts distinct states by fingerprints. Only the count depends on these.
pub(crate) fn search<P: Packed>(packed: &P, plan: &Plan, walks: Walks, meter: &mut Meter<'_>) -> OutcomeOf<P> {
    let mut random_walks = RandomWalks {
        packed,
        path: OrdinalPath::new(packed),
        seen: HashTable::new(),
        coverage: Coverage::default(),
        expansions: 0,
        most: plan.limits.depth.unwrap_or(Sampling::DEPTH),
    };
    let mut plan = plan.clone();
    // The depth limits each walk, not the search.
    plan.limits.depth = None;
    let mut done = 0;
    let mut stopped = None;
    while done < walks.count && stopped.is_none() {
        stopped = random_walks.walk(&mut Random::new(walks.seed, done), &plan, meter);
        done += u64::from(stopped.is_none());
    }
    meter.report(random_walks.tally());
    let searched = meter.gate().elapsed();
    let total = random_walks.bytes();
    let store = StoreReport { name: "walks", exact: false, bytes: 0, total, collision_bound: 1.0 };
    let sample = Sample::Walks { walks: done, seed: walks.seed };
    let outcome = random_walks.path.conclude(sample, stopped, random_walks.coverage, store);
    meter.finish(searched);
    outcome
}

struct RandomWalks<'a, P: Packed> {
    packed: &'a P,
    path: OrdinalPath<'a, P>,
    seen: HashTable<u64>,
    coverage: Coverage,
    /// Expansions, repeated ones included.
    expansions: u64,
    most: u32,
}

impl<P: Packed> RandomWalks<'_, P> {
    /// One walk. Returns why it was stopped, if it was.
    fn walk(&mut self, random: &mut Random, plan: &Plan, meter: &mut Meter<'_>) -> Option<StopReason> {
        let system = self.packed.system();
        let initial = system.initial();
        let first = random.below(initial.len());
        let state = initial.get(first)?;
        let mut words = vec![0; system.words()];
        system.pack(state, &mut words);
        self.path.ordinals.clear();
        self.path.ordinals.push(first as u32);
        let mut new = self.count_state(&words);
        self.coverage.initial += u64::from(new);
        let mut owing = 0;
        for depth in 0..=self.most {
            if let Some(reason) = meter.closed(self.tally()) {
                // The current state was counted and not expanded.
                self.forget(new, depth);
                return Some(reason);
            }
            owing = self.path.evaluate(&words, owing, new);
            self.expansions += 1;
            self.coverage.expanded += u64::from(new);
            self.coverage.depth = self.coverage.depth.max(depth);
            if plan.stop_at_first && self.path.violated {
                return Some(StopReason::Violation);
            }
            let count = self.path.successors.count();
            if count == 0 || depth == self.most {
                break;
            }
            let next = random.below(count);
            words.copy_from_slice(self.path.successors.get(next));
            self.path.ordinals.push(next as u32);
            new = self.count_state(&words);
            self.coverage.transitions += 1;
        }
        None
    }

    /// Counts a state. Whether it is new.
    fn count_state(&mut self, words: &[u64]) -> bool {
        let hash = hash(words);
        let entry = self.seen.entry(hash, |known| *known == hash, |known| *known);
        let new = match entry {
            hashbrown::hash_table::Entry::Occupied(_) => false,
            hashbrown::hash_table::Entry::Vacant(entry) => {
                entry.insert(hash);
                true
            }
        };
        self.coverage.states += u64::from(new);
        new
    }

    fn forget(&mut self, new: bool, depth: u32) {
        self.coverage.states -= u64::from(new);
        match depth {
            0 => self.coverage.initial -= u64::from(new),
            _ => self.coverage.transitions -= 1,
        }
    }

    fn tally(&self) -> Tally {
        Tally { states: self.coverage.states, expanded: self.expansions, depth: 0, bytes: self.bytes() }
    }

    fn bytes(&self) -> u64 {
        self.seen.allocation_size() as u64
    }
}
