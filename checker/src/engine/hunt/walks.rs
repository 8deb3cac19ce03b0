//! Random walks.

use hashbrown::HashTable;

use crate::engine::levels::hash::hash;
use crate::hunt::{Hunt, Sample, Walks};
use crate::limits::{Meter, Tally};
use crate::outcome::{Coverage, StopReason, StoreReport};
use crate::packed::{OutcomeOf, Packed};
use crate::plan::Plan;
use crate::system::System;

use super::random::Random;
use super::trail::Trail;

/// Walks, and counts the distinct states on the way by fingerprints. Only the count rests on these.
pub(crate) fn search<P: Packed>(packed: &P, plan: &Plan, walks: Walks, meter: &mut Meter<'_>) -> OutcomeOf<P> {
    let mut strolls = Strolls {
        packed,
        trail: Trail::new(packed),
        met: HashTable::new(),
        coverage: Coverage::default(),
        expansions: 0,
        most: plan.limits.depth.unwrap_or(Hunt::DEPTH),
    };
    let mut plan = plan.clone();
    // The depth is where a walk ends, not where the search does.
    plan.limits.depth = None;
    let mut done = 0;
    let mut stopped = None;
    while done < walks.count && stopped.is_none() {
        stopped = strolls.walk(&mut Random::new(walks.seed, done), &plan, meter);
        done += u64::from(stopped.is_none());
    }
    meter.report(strolls.tally());
    let searched = meter.gate().elapsed();
    let total = strolls.bytes();
    let store = StoreReport { name: "walks", exact: false, bytes: 0, total, collision_bound: 1.0 };
    let sample = Sample::Walks { walks: done, seed: walks.seed };
    let outcome = strolls.trail.conclude(sample, stopped, strolls.coverage, store);
    meter.finish(searched);
    outcome
}

struct Strolls<'a, P: Packed> {
    packed: &'a P,
    trail: Trail<'a, P>,
    met: HashTable<u64>,
    coverage: Coverage,
    /// Expansions, of states known before too.
    expansions: u64,
    most: u32,
}

impl<P: Packed> Strolls<'_, P> {
    /// One walk. Returns why it was broken off, if it was.
    fn walk(&mut self, random: &mut Random, plan: &Plan, meter: &mut Meter<'_>) -> Option<StopReason> {
        let system = self.packed.system();
        let initial = system.initial();
        let first = random.below(initial.len());
        let state = initial.get(first)?;
        let mut words = vec![0; system.words()];
        system.pack(state, &mut words);
        self.trail.way.clear();
        self.trail.way.push(first as u32);
        let mut new = self.meet(&words);
        self.coverage.initial += u64::from(new);
        let mut owing = 0;
        for depth in 0..=self.most {
            if let Some(reason) = meter.closed(self.tally()) {
                // The state at hand was met and not looked at: it does not count.
                self.forget(new, depth);
                return Some(reason);
            }
            owing = self.trail.look(&words, owing, new);
            self.expansions += 1;
            self.coverage.expanded += u64::from(new);
            self.coverage.depth = self.coverage.depth.max(depth);
            if plan.stop_at_first && self.trail.violated {
                return Some(StopReason::Violation);
            }
            let count = self.trail.successors.count();
            if count == 0 || depth == self.most {
                break;
            }
            let next = random.below(count);
            words.copy_from_slice(self.trail.successors.get(next));
            self.trail.way.push(next as u32);
            new = self.meet(&words);
            self.coverage.transitions += 1;
        }
        None
    }

    /// Whether the state is met for the first time.
    fn meet(&mut self, words: &[u64]) -> bool {
        let hash = hash(words);
        let entry = self.met.entry(hash, |known| *known == hash, |known| *known);
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
        self.met.allocation_size() as u64
    }
}
