//! Systems of alike parts, searched plain and with the parts' names given up: the same verdicts at the same distances. The orbits of what is
//! left add up to all states.

use std::collections::BTreeSet;

use checker::{Actor, EngineKind, Expansion, Kind, Limits, Property, System, Verdict};
use proptest::prelude::*;

use crate::differential::search;
use crate::web::for_all;

/// What a part can do where it stands.
#[derive(Clone, Debug)]
struct Rule {
    from: u8,
    /// Only while what is shared has this value.
    shared: Option<u8>,
    /// Only while another part stands here.
    other: Option<u8>,
    to: u8,
    sets: Option<u8>,
    /// A misfortune, not the part's own doing.
    unreliable: bool,
}

/// Alike parts around something shared.
#[derive(Clone, Debug)]
pub struct Parts {
    count: usize,
    rules: Vec<Rule>,
    first: Vec<u8>,
    bad: (u8, u8),
    idle: u8,
    reduced: bool,
    properties: Vec<Property>,
}

/// Where each part stands, and what is shared.
pub type PathEntry = (Vec<u8>, u8);

impl Parts {
    /// The same with the parts' names given up.
    pub fn reduced(&self) -> Self {
        Self { reduced: true, ..self.clone() }
    }

    /// The state in order, and by part where it has gone.
    fn canonical(&self, (parts, shared): &PathEntry) -> (PathEntry, Vec<u8>) {
        let mut order: Vec<usize> = (0..self.count).collect();
        order.sort_by_key(|part| parts[*part]);
        let mut names = vec![0; self.count];
        order.iter().enumerate().for_each(|(place, part)| names[*part] = place as u8);
        ((order.iter().map(|part| parts[*part]).collect(), *shared), names)
    }

    fn successors(&self, (parts, shared): &PathEntry) -> Vec<((u8, u8), PathEntry)> {
        let mut found = Vec::new();
        for part in 0..self.count {
            for (number, rule) in self.rules.iter().enumerate() {
                let other = |wanted: u8| (0..self.count).any(|one| one != part && parts[one] == wanted);
                let possible = rule.from == parts[part]
                    && rule.shared.is_none_or(|wanted| wanted == *shared)
                    && rule.other.is_none_or(other);
                if possible {
                    let mut next = parts.clone();
                    next[part] = rule.to;
                    found.push(((part as u8, number as u8), (next, rule.sets.unwrap_or(*shared))));
                }
            }
        }
        found
    }

    fn orbit(&self, (parts, _): &PathEntry) -> u64 {
        let product = |count: usize| (1..=count as u64).product::<u64>();
        let alike = (0..=u8::MAX).map(|place| product(parts.iter().filter(|part| **part == place).count()));
        product(self.count) / alike.product::<u64>()
    }
}

impl System for Parts {
    type State = PathEntry;
    type Event = (u8, u8);

    fn initial(&self) -> Vec<PathEntry> {
        let first = (self.first.clone(), 0);
        vec![if self.reduced { self.canonical(&first).0 } else { first }]
    }

    fn expand(&self, state: &PathEntry, expansion: &mut Expansion<PathEntry, (u8, u8)>) {
        for (event, next) in self.successors(state) {
            expansion.take(event, if self.reduced { self.canonical(&next).0 } else { next });
        }
    }

    fn properties(&self) -> &[Property] {
        &self.properties
    }

    fn holds(&self, _: usize, (parts, shared): &PathEntry) -> bool {
        *shared != self.bad.1 || parts.iter().filter(|part| **part == self.bad.0).count() < 2
    }

    fn agents(&self) -> usize {
        self.count
    }

    fn actor(&self, _: &Self::State, (part, rule): &(u8, u8)) -> Actor {
        if self.rules[usize::from(*rule)].unreliable { Actor::EnvironmentFault } else { Actor::Agent((*part).into()) }
    }

    fn classify_stuck(&self, (parts, _): &PathEntry, stuck: u64, settled: bool) -> Vec<usize> {
        let stuck = (0..self.count).filter(|part| stuck & 1 << part != 0);
        let here = stuck.filter(|part| parts[*part] == self.bad.0).count();
        let broken = [(3, here > 0), (4, here == 1 && settled)];
        broken.into_iter().filter(|(_, is)| *is).map(|(property, _)| property).collect()
    }

    fn idle(&self, (parts, _): &PathEntry) -> u64 {
        (0..self.count).filter(|part| parts[*part] == self.idle).fold(0, |set, part| set | 1 << part)
    }

    fn renames(&self) -> bool {
        self.reduced
    }

    fn renamings(&self, state: &PathEntry) -> Vec<Vec<u8>> {
        self.successors(state).into_iter().map(|(_, next)| self.canonical(&next).1).collect()
    }

    fn words(&self) -> usize {
        1
    }

    fn pack(&self, (parts, shared): &PathEntry, words: &mut [u64]) {
        words[0] = parts.iter().fold(u64::from(*shared), |word, part| word << 8 | u64::from(*part));
    }

    fn unpack(&self, words: &[u64]) -> PathEntry {
        let part = |place: usize| (words[0] >> (8 * (self.count - 1 - place))) as u8;
        ((0..self.count).map(part).collect(), (words[0] >> (8 * self.count)) as u8)
    }
}

/// Parts that are told apart by where they begin, or not at all.
pub fn parts() -> impl Strategy<Value = Parts> {
    let local = || 0..4u8;
    let some = |most: u8| prop::option::weighted(0.4, 0..most);
    let rule = (local(), some(3), some(4), local(), some(3), prop::bool::weighted(0.15));
    let rule =
        rule.prop_map(|(from, shared, other, to, sets, unreliable)| Rule { from, shared, other, to, sets, unreliable });
    let first = prop_oneof![3 => Just(vec![0; 5]), 1 => prop::collection::vec(0..2u8, 5)];
    (2..5usize, prop::collection::vec(rule, 1..7), first, (local(), 0..3u8), local()).prop_map(
        |(count, rules, first, bad, idle)| Parts {
            count,
            rules,
            first: first[..count].to_vec(),
            bad,
            idle,
            reduced: false,
            properties: [Kind::Always, Kind::Reachable, Kind::AtEnd, Kind::Unstuck, Kind::Unstuck]
                .into_iter()
                .enumerate()
                .map(|(number, kind)| Property::new(number.to_string(), kind))
                .collect(),
        },
    )
}

#[test]
fn renamed_parts_change_no_verdict_and_no_distance() {
    let mut stuck = [0u32; 2];
    let mut saved = 0u32;
    let told = |verdict: &Verdict<PathEntry, (u8, u8)>| (verdict.word(), verdict.run().map(|run| run.steps.len()));
    let counts = std::cell::RefCell::new((&mut stuck, &mut saved));
    for_all(10_000, parts(), |plain| {
        let reduced = plain.reduced();
        let whole = search(&plain, EngineKind::BreadthFirst, Limits::default());
        for engine in EngineKind::ALL.iter().copied() {
            let outcome = search(&reduced, engine, Limits::default());
            for (ours, theirs) in whole.verdicts.iter().zip(&outcome.verdicts) {
                prop_assert_eq!(told(ours), told(theirs), "{}", engine);
            }
            prop_assert!(outcome.coverage.depth <= whole.coverage.depth, "{}", engine);
            prop_assert!(outcome.coverage.states <= whole.coverage.states);
            let mut counts = counts.borrow_mut();
            *counts.1 += u32::from(outcome.coverage.states < whole.coverage.states);
            for (count, verdict) in counts.0.iter_mut().zip(&whole.verdicts[3..]) {
                *count += u32::from(matches!(verdict, Verdict::Violated(_)));
            }
        }
        Ok(())
    });
    // the systems are worth nothing if nobody is ever stuck in them, or if nothing is ever saved
    assert!(stuck.iter().all(|count| *count > 100) && saved > 1_000, "{stuck:?} {saved}");
}

#[test]
fn orbits_of_renamed_parts_add_up() {
    for_all(2_000, parts(), |plain| {
        if plain.first.iter().any(|part| *part != plain.first[0]) {
            // parts that begin apart cannot be exchanged in all that is reachable
            return Ok(());
        }
        let reduced = plain.reduced();
        let mut found = BTreeSet::from([reduced.initial()[0].clone()]);
        let mut todo: Vec<PathEntry> = found.iter().cloned().collect();
        while let Some(state) = todo.pop() {
            for (_, next) in reduced.successors(&state) {
                let next = reduced.canonical(&next).0;
                if found.insert(next.clone()) {
                    todo.push(next);
                }
            }
        }
        let whole = search(&plain, EngineKind::BreadthFirst, Limits::default());
        prop_assert_eq!(found.iter().map(|state| reduced.orbit(state)).sum::<u64>(), whole.coverage.states);
        let outcome = search(&reduced, EngineKind::BreadthFirst, Limits::default());
        prop_assert_eq!(outcome.coverage.states, found.len() as u64);
        Ok(())
    });
}
