//! Searches that look at a sample: what they find is real, and they never say more than that.

use std::cell::Cell;

use checker::{
    Bitstate, End, EngineKind, Limits, Outcome, Plan, Sample, Sampling, Stop, StopReason, Unpacking, Walks, sample,
};
use proptest::prelude::*;

use crate::differential::search;
use crate::judge::judge;
use crate::packed_two_phase::Word;
use crate::web::{MOST, Place, Step, Web, for_all, web};

const WALKS: Sampling = Sampling::Walks(Walks { count: 20, seed: 7 });
const BITS: Sampling = Sampling::Bitstate(Bitstate { bytes: 1 << 16, hashes: 3 });

fn look(web: &Web, how: &Sampling, limits: &Limits) -> Outcome<Place, Step> {
    sample(&Unpacking(web), &Plan { limits: limits.clone(), ..Plan::default() }, how, &Stop::new(), &mut ())
}

/// What holds of every sample: sums, no claim about all states, every run valid, nothing found that is not there.
fn honest(web: &Web, outcome: &Outcome<Place, Step>, whole: &Outcome<Place, Step>) -> Result<u32, String> {
    let c = &outcome.coverage;
    if c.expanded + c.frontier != c.states || c.initial + c.transitions != c.states + c.duplicates {
        return Err(format!("sums: {c:?}"));
    }
    if outcome.is_complete() || outcome.store.exact || c.states > whole.coverage.states || c.levels_complete > 0 {
        return Err(format!("too much is claimed: {outcome:?}"));
    }
    if outcome.marks.iter().any(|mark| !whole.marks.contains(mark)) {
        return Err("something was met that cannot be".into());
    }
    let mut found = 0;
    for (property, (verdict, right)) in outcome.verdicts.iter().zip(&whole.verdicts).enumerate() {
        match verdict.run() {
            None if verdict.word() == "undecided" => {}
            None => return Err(format!("{property}: {}", verdict.word())),
            Some(run) => {
                judge(web, property, run).map_err(|why| format!("property {property}: {why}; {run:?}"))?;
                if verdict.word() != right.word() || right.run().is_some_and(|least| least.distance() > run.steps.len())
                {
                    return Err(format!("{property}: {verdict:?}, but {right:?}"));
                }
                found += 1;
            }
        }
    }
    Ok(found)
}

#[test]
fn samples_find_real_runs_in_random_systems_and_claim_nothing_else() {
    let found = [(); 2].map(|()| Cell::new(0));
    let decided = Cell::new(0);
    let limits = (0..4u8, 0..45u64).prop_map(|(which, most)| match which {
        0 => Limits { states: Some(most), ..Limits::default() },
        1 => Limits { depth: Some(most as u32 / 4), ..Limits::default() },
        2 => Limits { stop_after_expansions: Some((most, StopReason::Time)), ..Limits::default() },
        // deeper than any system without a cycle
        _ => Limits { depth: Some(100), ..Limits::default() },
    });
    for_all(1_000, (web(MOST), limits), |(web, limits)| {
        let whole = search(&web, EngineKind::BreadthFirst, Limits::default());
        decided.set(decided.get() + whole.verdicts.iter().filter(|verdict| verdict.run().is_some()).count());
        for (how, found) in [WALKS, BITS].iter().zip(&found) {
            let outcome = look(&web, how, &limits);
            let count = honest(&web, &outcome, &whole).map_err(|why| TestCaseError::fail(format!("{how:?}: {why}")))?;
            found.set(found.get() + count);
            prop_assert_eq!(format!("{outcome:?}"), format!("{:?}", look(&web, how, &limits)));
            let unlimited = limits.depth == Some(100);
            if unlimited {
                prop_assert!(matches!(outcome.end, End::Sampled(_, None)));
            }
            // A table that is nearly empty lets everything through.
            if unlimited && *how == BITS {
                prop_assert_eq!(outcome.coverage.states, whole.coverage.states);
                prop_assert_eq!(outcome.coverage.transitions, whole.coverage.transitions);
                prop_assert_eq!(&outcome.premises, &whole.premises);
                prop_assert_eq!((&outcome.cuts, &outcome.marks), (&whole.cuts, &whole.marks));
            }
        }
        Ok(())
    });
    let found = found.map(Cell::into_inner);
    println!("of {} runs walks found {}, bits {}", decided.get(), found[0], found[1]);
    assert!(found.iter().all(|found| *found > 500));
}

/// Another seed goes elsewhere; each walk is its own, so fewer walks see part of what more walks see.
#[test]
fn walks_depend_on_the_seed_only() {
    let system = Word::asked(5);
    let walk = |count, seed| {
        let how = Sampling::Walks(Walks { count, seed });
        sample(&system, &Plan::default(), &how, &Stop::new(), &mut ())
    };
    assert_eq!(format!("{:?}", walk(50, 1)), format!("{:?}", walk(50, 1)));
    assert_ne!(walk(50, 1).coverage, walk(50, 2).coverage);
    assert!(walk(10, 1).coverage.transitions < walk(50, 1).coverage.transitions);
    assert_eq!(walk(50, 1).end, End::Sampled(Sample::Walks { walks: 50, seed: 1 }, None));
    assert_eq!(walk(50, 1).verdicts[1].word(), "reached");
}

/// A table that is too small loses states, and says about how many.
#[test]
fn a_small_table_says_what_it_loses() {
    let depth_first = |bytes| {
        let how = Sampling::Bitstate(Bitstate { bytes, hashes: 2 });
        let outcome = sample(&Word::new(7), &Plan::default(), &how, &Stop::new(), &mut ());
        let End::Sampled(Sample::Bitstate { dismissed, .. }, None) = outcome.end else { panic!("{:?}", outcome.end) };
        (outcome.coverage.states, dismissed)
    };
    let (all, none) = depth_first(4 << 20);
    assert!((296_000..=296_448).contains(&all) && none < 500, "{all} {none}");
    let (some, dismissed) = depth_first(64 << 10);
    assert!(some < 280_000 && dismissed > 10_000, "{some} {dismissed}");
}
