//! Every question about cycles, ends and stuck agents, on 100,000 graphs so small that the oracle's definitions can be tried on all of them.

use std::sync::Arc;

use checker::{EngineKind, Kind, Limits, Plan, Property, Stop, StoreKind, check};

use crate::differential::search;
use crate::judge::{same, sound};
use crate::web::{Asked, Edge, Plain, Web, actor};

/// Numbers without a pattern, always the same ones.
pub struct Numbers(pub u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % below
    }
}

/// Up to five states, up to two agents, one property of each kind that needs the graph.
pub fn small(numbers: &mut Numbers) -> Web {
    let states = 1 + numbers.next(5);
    let agents = numbers.next(3) as usize;
    let mut edges = vec![Vec::new(); states as usize];
    for _ in 0..numbers.next(3 * states) {
        let from = numbers.next(states) as usize;
        let (target, label) = (numbers.next(states) as u8, numbers.next(2) as u8);
        edges[from].push(Edge { target, actor: actor(agents, numbers.next(7) as usize), label });
    }
    let mut cuts = vec![Vec::new(); states as usize];
    if numbers.next(4) == 0 {
        cuts[numbers.next(states) as usize].push((0, actor(agents, numbers.next(7) as usize)));
    }
    let kinds = [Kind::Eventually, Kind::Unstuck, Kind::Eventually];
    let set = |numbers: &mut Numbers| numbers.next(32) & numbers.next(32);
    let asked = kinds.map(|_| Asked {
        holds: set(numbers),
        premise: set(numbers) | (numbers.next(2) * 31),
        agents: numbers.next(4),
        settled: [None, Some(true), Some(false)][numbers.next(3) as usize],
    });
    Web(Arc::new(Plain {
        agents,
        initial: vec![0],
        edges,
        cuts,
        broken: numbers.next(8).checked_sub(5).map_or(0, |_| numbers.next(32) & numbers.next(32)),
        idle: (0..states).map(|_| numbers.next(4) & numbers.next(4)).collect(),
        held: (0..states).map(|_| numbers.next(4) & numbers.next(4)).collect(),
        properties: kinds.iter().map(|kind| Property::new(format!("{kind:?}"), *kind)).collect(),
        asked: asked.to_vec(),
    }))
}

#[test]
fn liveness_is_what_the_definitions_say() {
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let (mut lassos, mut ends, mut stuck, mut hold) = (0, 0, 0, 0);
    for case in 0..100_000 {
        let web = small(&mut numbers);
        let plan = Plan { store: StoreKind::ALL[case % StoreKind::ALL.len()], ..Plan::default() };
        let ours = check(&web, &plan, &Stop::new(), &mut ());
        let oracle = search(&web, EngineKind::Reference, Limits::default());
        if let Err(why) = sound(&web, &ours).and_then(|()| same(&web, &oracle, &ours)) {
            panic!("case {case}: {why}\n{web:#?}");
        }
        for (property, verdict) in web.0.properties.iter().zip(&ours.verdicts) {
            match (property.kind, verdict.run()) {
                (Kind::Unstuck, Some(_)) => stuck += 1,
                (_, Some(run)) if run.loop_start.is_some() => lassos += 1,
                (_, Some(_)) => ends += 1,
                (_, None) => hold += 1,
            }
        }
    }
    println!("{lassos} lassos, {ends} ends, {stuck} stuck, {hold} hold");
    assert!([lassos, ends, stuck, hold].iter().all(|count| *count > 5_000));
}
