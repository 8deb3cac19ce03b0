//! The comparison must see a wrong engine: here are wrong ones.

use std::cell::Cell;

use checker::{EngineKind, Expansion, Limits, Property, System, Verdict};
use proptest::prelude::*;

use crate::differential::search;
use crate::judge::{same, sound};
use crate::web::{MOST, Place, Step, Web, for_all, web};

/// The system as a wrong engine sees it: one edge is missing.
#[derive(Clone, Debug)]
struct Dropping {
    web: Web,
    state: u8,
    ordinal: u8,
}

impl System for Dropping {
    type State = Place;
    type Event = Step;
    fn initial(&self) -> Vec<Place> {
        self.web.initial()
    }
    fn expand(&self, state: &Place, expansion: &mut Expansion<Place, Step>) {
        if state.0 != self.state {
            return self.web.expand(state, expansion);
        }
        let mut whole = Expansion::of(&self.web);
        self.web.expand(state, &mut whole);
        for mark in whole.marks().iter() {
            expansion.mark(mark);
        }
        for (bound, actor) in &self.web.0.cuts[state.0 as usize] {
            expansion.cut(*bound, *actor);
        }
        for (event, next) in whole.taken().iter().filter(|(event, _)| event.ordinal != self.ordinal) {
            expansion.take(*event, *next);
        }
    }
    fn properties(&self) -> &[Property] {
        self.web.properties()
    }
    fn holds(&self, property: usize, state: &Place) -> bool {
        self.web.holds(property, state)
    }
    fn premise(&self, property: usize, state: &Place) -> bool {
        self.web.premise(property, state)
    }
    fn agents(&self) -> usize {
        self.web.agents()
    }
    fn actor(&self, state: &Self::State, event: &Step) -> checker::Actor {
        self.web.actor(state, event)
    }
    fn classify_stuck(&self, state: &Place, stuck: u64, settled: bool) -> Vec<usize> {
        self.web.classify_stuck(state, stuck, settled)
    }
    fn idle(&self, state: &Place) -> u64 {
        self.web.idle(state)
    }
    fn marks(&self) -> usize {
        self.web.marks()
    }
    fn bounds(&self) -> usize {
        self.web.bounds()
    }
    fn words(&self) -> usize {
        self.web.words()
    }
    fn pack(&self, state: &Place, words: &mut [u64]) {
        self.web.pack(state, words);
    }
    fn unpack(&self, words: &[u64]) -> Place {
        self.web.unpack(words)
    }
}

/// Every reachable edge that an engine forgets is noticed, even with the marks intact.
#[test]
fn a_dropped_edge_is_noticed() {
    let dropped = Cell::new(0);
    for_all(200, web(MOST), |web| {
        let right = search(&web, EngineKind::Reference, Limits::default());
        for state in 0..web.0.edges.len() as u8 {
            for ordinal in 0..web.0.edges[state as usize].len() as u8 {
                if !right.marks.contains(state as usize) {
                    continue;
                }
                let wrong = Dropping { web: web.clone(), state, ordinal };
                let outcome = search(&wrong, EngineKind::BreadthFirst, Limits::default());
                prop_assert!(same(&web, &right, &outcome).is_err(), "{state} {ordinal} {web:#?}");
                dropped.set(dropped.get() + 1);
            }
        }
        Ok(())
    });
    println!("{} dropped edges noticed", dropped.get());
    assert!(dropped.get() > 500);
}

/// Wrong verdicts and wrong runs are noticed by looking at one outcome alone, or at two.
#[test]
fn a_wrong_verdict_is_noticed() {
    let changed = Cell::new(0);
    for_all(200, web(MOST), |web| {
        let right = search(&web, EngineKind::BreadthFirst, Limits::default());
        for property in 0..right.verdicts.len() {
            let mut wrong = right.clone();
            wrong.verdicts[property] = Verdict::Undecided;
            prop_assert!(sound(&web, &wrong).is_err() && same(&web, &right, &wrong).is_err());
            if let Verdict::Violated(run) = &right.verdicts[property] {
                let mut shorter = run.clone();
                if shorter.steps.pop().is_some() && run.loop_start.is_none_or(|start| start < shorter.steps.len()) {
                    wrong.verdicts[property] = Verdict::Violated(shorter);
                    prop_assert!(sound(&web, &wrong).is_err() || same(&web, &right, &wrong).is_err());
                }
                wrong.verdicts[property] = Verdict::Holds;
                prop_assert!(same(&web, &right, &wrong).is_err());
                changed.set(changed.get() + 1);
            }
        }
        let limits = Limits { stop_after_expansions: Some((0, checker::StopReason::Time)), ..Limits::default() };
        let mut early = search(&web, EngineKind::BreadthFirst, limits);
        if !early.is_complete() && !early.verdicts.is_empty() {
            early.verdicts[0] = Verdict::Holds;
            prop_assert!(sound(&web, &early).is_err());
        }
        Ok(())
    });
    assert!(changed.get() > 100);
}
