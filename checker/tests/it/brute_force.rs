//! Shortest and least: against a list of all runs, in order of length and then of their steps.

use checker::{Counterexample, EngineKind, Kind, Limits, System};
use proptest::prelude::*;

use crate::differential::search;
use crate::judge::{Run, judge};
use crate::web::{Web, for_all, web};

/// All runs with one more step, in order.
fn longer(web: &Web, runs: &[Run]) -> Vec<Run> {
    let extend = |run: &Run| {
        let mut expansion = checker::Expansion::of(web);
        web.expand(run.last(), &mut expansion);
        let extended = |step: &(_, _)| {
            let mut run = run.clone();
            run.steps.push(*step);
            run
        };
        expansion.taken().iter().map(extended).collect::<Vec<_>>()
    };
    runs.iter().flat_map(extend).collect()
}

#[test]
fn runs_are_the_least_of_the_shortest() {
    for_all(3000, web(7), |web| {
        let outcome = search(&web, EngineKind::BreadthFirst, Limits::default());
        let mut runs: Vec<Run> = web
            .initial()
            .into_iter()
            .map(|initial| Counterexample { initial, steps: Vec::new(), loop_start: None })
            .collect();
        let mut open: Vec<usize> = (0..web.properties().len()).collect();
        for length in 0..8 {
            open.retain(|property| {
                if web.properties()[*property].kind == Kind::Eventually {
                    return false;
                }
                let least = runs.iter().find(|run| judge(&web, *property, run).is_ok());
                let given = outcome.verdicts[*property].run();
                // A shorter one than the one given was looked for in the rounds before.
                if let Some(least) = least {
                    assert_eq!(given, Some(least), "property {property}, length {length}: {web:#?}");
                } else {
                    assert!(given.is_none_or(|given| given.steps.len() > length), "{property}: {given:?} {web:#?}");
                }
                least.is_none()
            });
            runs = longer(&web, &runs);
            if runs.len() > 3000 {
                return Ok(());
            }
        }
        // Seven states: whatever can be reached is reached in six steps.
        for property in open {
            prop_assert!(outcome.verdicts[property].run().is_none());
        }
        Ok(())
    });
}

/// For an owed goal that is never paid at an end: no shorter run, and none of that length before it, ends in such a state.
#[test]
fn runs_into_an_end_are_the_least_of_the_shortest() {
    for_all(3000, web(7), |web| {
        let outcome = search(&web, EngineKind::BreadthFirst, Limits::default());
        for (property, verdict) in outcome.verdicts.iter().enumerate() {
            let Some(given) = verdict.run() else { continue };
            if web.properties()[property].kind != Kind::Eventually {
                continue;
            }
            let mut runs: Vec<Run> = web
                .initial()
                .into_iter()
                .map(|initial| Counterexample { initial, steps: Vec::new(), loop_start: None })
                .collect();
            for length in 0..=given.distance() {
                let least = runs.iter().find(|run| judge(&web, property, run).is_ok());
                if let Some(least) = least {
                    prop_assert_eq!(length, given.distance());
                    if given.loop_start.is_none() {
                        prop_assert_eq!(given, least);
                    }
                }
                runs = longer(&web, &runs);
                if runs.len() > 3000 {
                    break;
                }
            }
        }
        Ok(())
    });
}
