//! The transition cache: where the bits that count as looked at are the same, a step does the same; and what does not count as touched is as it
//! was.

use model::assumed::Unit;
use model::program::Program;

use super::{Assumption, At, Check, Mistake};

/// States whose rows take the place of those that were not looked at.
const OTHERS: usize = 2;

fn has(words: &[u64], mask: &[u64]) -> bool {
    words.iter().zip(mask).any(|(word, mask)| word & mask != 0)
}

fn told(program: &Program, (kind, group): Unit) -> String {
    super::items::told(program, super::Item::Row(kind, group))
}

impl Check<'_> {
    /// Rows that were not looked at are those of another state.
    pub(super) fn cache(&mut self, at: &At<'_>, words: &[u64]) {
        let mut recorded = self.recorder.take(words, &at.event);
        (self.declared.remembered)(&self.recorder, &mut recorded);
        if at.did.refusal.is_none() {
            if recorded.next != at.did.after {
                // only what was touched is collected, and it is all
                let item = "what is freed by looking at what was touched".into();
                self.report(at, Assumption::Collection, Mistake::Write, item);
            }
            self.touched(at, words, &recorded.touched);
        }
        for _ in 0..OTHERS.min(self.pool.len()) {
            let other = (self.number() % self.pool.len() as u64) as usize;
            let other = self.pool[other].clone();
            let units: Vec<Unit> = self.recorder.units().map(|(unit, _)| unit).collect();
            self.count(Assumption::Cache, Mistake::Read);
            if self.does_the_same(at, words, &other, &recorded.looked, &units) {
                continue;
            }
            for unit in &units {
                if !self.does_the_same(at, words, &other, &recorded.looked, &[*unit]) {
                    self.report(at, Assumption::Cache, Mistake::Read, told(self.program, *unit));
                }
            }
        }
    }

    /// Everything that the step has changed counts as touched.
    fn touched(&mut self, at: &At<'_>, words: &[u64], touched: &[Unit]) {
        let mut next = vec![0; words.len()];
        self.recorder.codec().pack(&at.did.after, &mut next);
        let changed: Vec<u64> = words.iter().zip(&next).map(|(old, new)| old ^ new).collect();
        let units = self.recorder.units().filter(|(unit, mask)| has(&changed, mask) && !touched.contains(unit));
        let missing: Vec<Unit> = units.map(|(unit, _)| unit).collect();
        for unit in missing {
            self.report(at, Assumption::Cache, Mistake::Write, told(self.program, unit));
        }
        self.count(Assumption::Cache, Mistake::Write);
    }

    /// Does the step do the same if those of these units that were not looked at are as in another state? Of a row of which only the phase was
    /// looked at, the rest.
    fn does_the_same(&self, at: &At<'_>, words: &[u64], other: &[u64], looked: &[u64], units: &[Unit]) -> bool {
        let mut mixed = words.to_vec();
        for (_, mask) in self.recorder.units().filter(|(unit, _)| units.contains(unit)) {
            let differs = (0..words.len()).any(|word| (words[word] ^ other[word]) & looked[word] & mask[word] != 0);
            if !differs {
                mixed.iter_mut().zip(other).zip(mask).for_each(|((mixed, other), mask)| {
                    *mixed = *mixed & !mask | other & mask;
                });
            }
        }
        if mixed == words {
            return true;
        }
        let again = self.recorder.take(&mixed, &at.event);
        if (again.refusal, again.rules, &again.executed) != (at.did.refusal, at.did.rules, &at.did.executed) {
            return false;
        }
        if again.refusal.is_some() {
            return true;
        }
        let (mut next, mut expected) = (vec![0; words.len()], vec![0; words.len()]);
        self.recorder.codec().pack(&at.did.after, &mut expected);
        self.recorder.codec().fits(&again.next, &mut next)
            && (0..words.len()).all(|word| words[word] ^ expected[word] == mixed[word] ^ next[word])
    }
}
