//! Bounds inside a system, the edges of the interface, and what is printed.

use std::sync::Arc;

use checker::{Actor, EngineKind, Expansion, Kind, Limits, Plan, Property, Stop, System, Verdict, check};

use crate::differential::search;
use crate::small::{Numbered, Small};
use crate::web::{Asked, Edge, Place, Plain, Web};

/// A line of three states walked by agent 0, one property of each kind, the given cuts.
fn line(cuts: Vec<Vec<(usize, Actor)>>, agents: usize) -> Web {
    let edge = |target| vec![Edge { target, actor: Actor::Agent(0), label: 0 }];
    let kinds = [Kind::Always, Kind::Reachable, Kind::AtEnd, Kind::Unstuck, Kind::Eventually];
    let asked = |kind: &Kind| Asked {
        holds: if *kind == Kind::Always { u64::MAX } else { 0 },
        premise: u64::MAX,
        agents: u64::MAX,
        settled: None,
    };
    Web(Arc::new(Plain {
        agents,
        initial: vec![0],
        edges: vec![edge(1), edge(2), Vec::new()],
        cuts,
        broken: 0,
        idle: vec![0; 3],
        held: vec![0; 3],
        properties: kinds.iter().map(|kind| Property::new(format!("{kind:?}"), *kind)).collect(),
        asked: kinds.iter().map(asked).collect(),
    }))
}

fn words(web: &Web, engine: EngineKind) -> Vec<&'static str> {
    search(web, engine, Limits::default()).verdicts.iter().map(Verdict::word).collect()
}

#[test]
fn a_cut_event_makes_no_end_and_nobody_stuck() {
    let nothing = vec![Vec::new(); 3];
    let at_the_end = |actor| vec![Vec::new(), Vec::new(), vec![(1, actor)]];
    for engine in EngineKind::ALL.iter().copied() {
        let plain = words(&line(nothing.clone(), 1), engine);
        assert_eq!(plain, ["holds", "unreachable", "violated", "violated", "violated"]);
        for actor in [Actor::Agent(0), Actor::Reliable(0)] {
            let cut = words(&line(at_the_end(actor), 1), engine);
            let within = "holds within bounds";
            assert_eq!(cut, [within, "unreachable within bounds", within, within, within], "{engine} {actor:?}");
        }
        // One more loss that was not allowed: it need not have happened, so the end is one.
        let lost = words(&line(at_the_end(Actor::EnvironmentFault), 1), engine);
        let expected = ["holds within bounds", "unreachable within bounds", "violated", "violated", "violated"];
        assert_eq!(lost, expected, "{engine}");
    }
}

#[test]
fn more_agents_than_bits_leave_the_questions_about_them_open() {
    for engine in EngineKind::ALL.iter().copied() {
        let many = words(&line(vec![Vec::new(); 3], 65), engine);
        assert_eq!(many, ["holds", "unreachable", "violated", "undecided", "undecided"], "{engine}");
        let just = words(&line(vec![Vec::new(); 3], 64), engine);
        assert_eq!(just, ["holds", "unreachable", "violated", "violated", "violated"], "{engine}");
    }
}

/// On a line each expansion finds one state, so a limit on states is met exactly.
#[test]
fn a_limit_on_states_is_not_passed_without_need() {
    for engine in EngineKind::ALL.iter().copied() {
        let limits = Limits { states: Some(2), ..Limits::default() };
        let coverage = search(&line(vec![Vec::new(); 3], 1), engine, limits).coverage;
        assert_eq!((coverage.states, coverage.expanded, coverage.frontier), (2, 1, 1), "{engine}");
    }
}

#[test]
fn marks_cuts_and_premises_are_counted() {
    let web = line(
        vec![
            vec![(0, Actor::EnvironmentFault)],
            vec![(1, Actor::EnvironmentFault), (7, Actor::Reliable(0))],
            Vec::new(),
        ],
        1,
    );
    for engine in EngineKind::ALL.iter().copied() {
        let outcome = search(&web, engine, Limits::default());
        // The bound that was not announced is counted with the last one.
        assert_eq!(outcome.cuts, [1, 2], "{engine}");
        assert_eq!(outcome.coverage.cut, 3);
        assert_eq!(outcome.premises, [3; 5]);
        assert_eq!(outcome.marks.count(), 5);
        assert_eq!(outcome.marks.missing().next(), Some(3));
    }
}

#[test]
fn an_outcome_is_printed_like_this() {
    let web = line(vec![Vec::new(); 3], 1);
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
    struct Count(u8);
    #[derive(Clone)]
    struct Counter(Web);
    impl System for Counter {
        type State = Count;
        type Event = &'static str;
        fn initial(&self) -> Vec<Count> {
            vec![Count(0)]
        }
        fn expand(&self, state: &Count, expansion: &mut Expansion<Count, &'static str>) {
            if state.0 < 2 {
                expansion.take("up", Count(state.0 + 1));
            }
        }
        fn properties(&self) -> &[Property] {
            self.0.properties()
        }
        fn holds(&self, property: usize, state: &Count) -> bool {
            self.0.holds(property, &Place(state.0))
        }
        fn agents(&self) -> usize {
            1
        }
        fn actor(&self, _: &Self::State, _: &&'static str) -> Actor {
            Actor::Agent(0)
        }
        fn words(&self) -> usize {
            1
        }
        fn pack(&self, state: &Count, words: &mut [u64]) {
            words[0] = u64::from(state.0);
        }
        fn unpack(&self, words: &[u64]) -> Count {
            Count(words[0] as u8)
        }
    }
    let mut outcome = check(&Counter(web), &Plan::default(), &Stop::new(), &mut ());
    // Spare capacity is the business of the standard library.
    outcome.store.total = 0;
    let printed = serde_json::to_string_pretty(&outcome).expect("serialisable");
    let compact: String = printed.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let expected = concat!(
        r#"{ "verdicts": [ "holds", "unreachable", "#,
        r#"{ "violated": { "initial": 0, "steps": [ [ "up", 1 ], [ "up", 2 ] ], "loop_start": null } }, "#,
        r#""holds", "#,
        r#"{ "violated": { "initial": 0, "steps": [ [ "up", 1 ], [ "up", 2 ] ], "loop_start": null } } ], "#,
        r#""violations": [ { "told": [], "more": false }, { "told": [], "more": false }, "#,
        r#"{ "told": [ { "signature": [], "#,
        r#""run": { "initial": 0, "steps": [ [ "up", 1 ], [ "up", 2 ] ], "loop_start": null } } ], "more": false }, "#,
        r#"{ "told": [], "more": false }, "#,
        r#"{ "told": [ { "signature": [], "#,
        r#""run": { "initial": 0, "steps": [ [ "up", 1 ], [ "up", 2 ] ], "loop_start": null } } ], "more": false } ], "#,
        r#""premises": [ 3, 3, 3, 3, 3 ], "end": "complete", "#,
        r#""coverage": { "states": 3, "initial": 1, "expanded": 3, "frontier": 0, "transitions": 2, "duplicates": 0, "#,
        r#""cut": 0, "levels_complete": 3, "depth": 2 }, "marks": [], "cuts": [], "#,
        r#""store": { "name": "exact", "exact": true, "bytes": 16, "total": 0, "collision_bound": 0.0 } }"#,
    );
    assert_eq!(compact, expected);
}

#[test]
fn engines_have_names() {
    for engine in EngineKind::ALL.iter().copied() {
        assert_eq!(engine.to_string().parse(), Ok(engine));
        assert_eq!(serde_json::to_value(engine).ok(), Some(engine.name().into()));
    }
    let error = "dfs".parse::<EngineKind>().expect_err("no such engine");
    assert_eq!(error.to_string(), "there is no engine `dfs`; there are: reference, bfs, sequential, stateright");
}

/// A long line: nothing may recurse along it.
#[test]
fn depth_is_no_danger() {
    struct Long(Vec<Property>);
    impl Small for Long {
        fn initial(&self) -> Vec<u64> {
            vec![0]
        }
        fn expand(&self, state: &u64, expansion: &mut Expansion<u64, crate::small::Edge>) {
            expansion.take((0, Actor::Agent(0)), (state + 1) % 300_000);
        }
        fn properties(&self) -> &[Property] {
            &self.0
        }
        fn holds(&self, _: usize, _: &u64) -> bool {
            false
        }
    }
    let system =
        Numbered::new(Long(vec![Property::new("moves", Kind::Unstuck), Property::new("comes", Kind::Eventually)]));
    let outcome = search(&system, EngineKind::BreadthFirst, Limits::default());
    assert_eq!(outcome.verdicts[0], Verdict::Holds);
    let run = outcome.verdicts[1].run().expect("a lasso");
    assert_eq!((run.loop_start, run.steps.len()), (Some(0), 300_000));
}
