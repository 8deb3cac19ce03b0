//! The engines against each other on random systems.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use checker::{EngineKind, Kind, Limits, Outcome, Plan, Stop, StopReason, System, Verdict, check};
use proptest::prelude::*;

use crate::judge::{same, sound};
use crate::web::{MOST, Place, Step, Web, for_all, web};

pub fn search<S: System>(system: &S, engine: EngineKind, limits: Limits) -> Outcome<S::State, S::Event> {
    check(system, &Plan { limits, ..Plan::new(engine) }, &Stop::new(), &mut ())
}

fn fail(web: &Web, engine: EngineKind) -> impl Fn(String) -> TestCaseError {
    move |why| TestCaseError::fail(format!("{engine}: {why}\n{web:#?}"))
}

#[test]
fn all_engines_agree_on_random_systems() {
    let words: RefCell<BTreeMap<String, usize>> = RefCell::default();
    let (systems, edges) = (Cell::new(0u64), Cell::new(0u64));
    let asked = for_all(10_000, web(MOST), |web| {
        let outcomes: Vec<_> =
            EngineKind::ALL.iter().map(|engine| (*engine, search(&web, *engine, Limits::default()))).collect();
        let (_, oracle) = &outcomes[0];
        for (engine, outcome) in &outcomes {
            sound(&web, outcome).and_then(|()| same(&web, oracle, outcome)).map_err(fail(&web, *engine))?;
            prop_assert!(outcome.is_complete());
        }
        systems.set(systems.get() + 1);
        edges.set(edges.get() + oracle.coverage.transitions);
        for (property, verdict) in web.properties().iter().zip(&oracle.verdicts) {
            let lasso = verdict.run().is_some_and(|run| run.loop_start.is_some());
            let word = format!("{:?} {}{}", property.kind, verdict.word(), if lasso { " (lasso)" } else { "" });
            *words.borrow_mut().entry(word).or_default() += 1;
        }
        Ok(())
    });
    // The generator is worth nothing if it does not reach every answer.
    let words = words.into_inner();
    println!("{} random systems with {} edges, the same on every engine", systems.get(), edges.get());
    assert!(systems.get() >= u64::from(asked), "{} of {asked}", systems.get());
    for (word, count) in &words {
        println!("{count:6} {word}");
    }
    let expected = [
        "Always holds",
        "Always holds within bounds",
        "Always violated",
        "AtEnd holds",
        "AtEnd holds within bounds",
        "AtEnd violated",
        "Eventually holds",
        "Eventually holds within bounds",
        "Eventually violated",
        "Eventually violated (lasso)",
        "Reachable reached",
        "Reachable unreachable",
        "Reachable unreachable within bounds",
        "Unstuck holds",
        "Unstuck holds within bounds",
        "Unstuck violated",
    ];
    for word in expected {
        assert!(words.get(word).is_some_and(|count| *count >= 10), "{word}: {:?}", words.get(word));
    }
}

/// Stopped early, the engines have still seen the same.
#[test]
fn all_engines_agree_when_stopped() {
    let limit = (0..3u8, 0..45u64).prop_map(|(which, most)| match which {
        0 => Limits { states: Some(most), ..Limits::default() },
        1 => Limits { depth: Some(most as u32 / 4), ..Limits::default() },
        _ => Limits { stop_after_expansions: Some((most, StopReason::Interrupt)), ..Limits::default() },
    });
    for_all(3000, (web(MOST), limit), |(web, limits)| {
        let whole = search(&web, EngineKind::BreadthFirst, Limits::default());
        let outcomes: Vec<_> =
            EngineKind::ALL.iter().map(|engine| (*engine, search(&web, *engine, limits.clone()))).collect();
        let (_, mut oracle) = outcomes[0].clone();
        for (engine, outcome) in &outcomes {
            sound(&web, outcome).map_err(fail(&web, *engine))?;
            // The stateright engine computes the successors of the state it checks and so sees ends a step earlier.
            for (property, seen) in oracle.verdicts.iter_mut().enumerate() {
                if *engine != EngineKind::Stateright {
                    continue;
                }
                if *seen == Verdict::Undecided {
                    *seen = outcome.verdicts[property].clone();
                }
                if web.0.properties[property].kind == Kind::AtEnd {
                    oracle.violations[property] = outcome.violations[property].clone();
                }
            }
            same(&web, &oracle, outcome).map_err(fail(&web, *engine))?;
            // What part of the search said is what all of it says.
            for (part, all) in outcome.verdicts.iter().zip(&whole.verdicts) {
                prop_assert!(*part == Verdict::Undecided || part.word() == all.word(), "{part:?} {all:?}");
            }
        }
        Ok(())
    });
}

#[test]
fn an_outcome_is_the_same_each_time() {
    for_all(100, web(MOST), |web| {
        for engine in EngineKind::ALL.iter().copied() {
            let [one, other] = [(); 2].map(|()| search(&web, engine, Limits::default()));
            prop_assert_eq!(format!("{one:?}"), format!("{other:?}"));
        }
        Ok(())
    });
}

/// Without properties that need it, no graph is kept: the other verdicts must not notice.
#[test]
fn properties_do_not_influence_each_other() {
    for_all(200, web(MOST), |web| {
        let together: Outcome<Place, Step> = search(&web, EngineKind::BreadthFirst, Limits::default());
        for property in 0..web.properties().len() {
            let alone = Web(std::sync::Arc::new(crate::web::Plain {
                agents: web.0.agents,
                initial: web.0.initial.clone(),
                edges: web.0.edges.clone(),
                cuts: web.0.cuts.clone(),
                broken: web.0.broken,
                idle: web.0.idle.clone(),
                held: web.0.held.clone(),
                properties: vec![web.0.properties[property].clone()],
                asked: vec![web.0.asked[property].clone()],
            }));
            let outcome = search(&alone, EngineKind::BreadthFirst, Limits::default());
            prop_assert_eq!(&outcome.verdicts[0], &together.verdicts[property]);
            prop_assert_eq!(&outcome.coverage, &together.coverage);
        }
        Ok(())
    });
}
