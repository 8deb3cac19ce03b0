//! The engine with its states on disk finds what the engine in memory finds.

use std::cell::Cell;
use std::fmt::Debug;

use checker::{
    EngineKind, Kind, Limits, Outcome, Packed, Plan, Stop, StopReason, StoreReport, Unpacking, Verdict, check_on_disk,
};
use proptest::prelude::*;

use crate::differential::search;
use crate::judge::judge;
use crate::packed_two_phase::Word;
use crate::web::{MOST, Place, Step, Web, for_all, web};

fn on_disk<P: Packed>(
    packed: &P,
    limits: &Limits,
) -> Outcome<<P::Of as checker::System>::State, <P::Of as checker::System>::Event> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let plan = Plan { limits: limits.clone(), ..Plan::default() };
    let outcome = check_on_disk(packed, &plan, directory.path(), &Stop::new(), &mut ()).expect("files");
    assert_eq!(std::fs::read_dir(directory.path()).expect("the directory").count(), 0, "files are left");
    outcome
}

fn without_store<S: Debug, E: Debug>(mut outcome: Outcome<S, E>) -> String {
    outcome.store = StoreReport { name: "", exact: true, bytes: 0, total: 0, collision_bound: 0.0 };
    format!("{outcome:?}")
}

/// Takes out what is decided on the graph. What the disk says of it must be right, if it says something.
fn without_graph(
    web: &Web,
    outcome: &mut Outcome<Place, Step>,
    right: &mut Outcome<Place, Step>,
) -> Result<u32, String> {
    let mut stuck = 0;
    for (property, (verdict, right)) in outcome.verdicts.iter_mut().zip(&mut right.verdicts).enumerate() {
        if !web.0.properties[property].kind.needs_graph() {
            continue;
        }
        match verdict {
            Verdict::Undecided => {}
            Verdict::Violated(run) => {
                judge(web, property, run)?;
                stuck += u32::from(web.0.properties[property].kind == Kind::Unstuck);
            }
            other => return Err(format!("property {property}: {other:?}")),
        }
        (*verdict, *right) = (Verdict::Undecided, Verdict::Undecided);
    }
    Ok(stuck)
}

/// Complete, or stopped where both can stop: after some expansions, at a depth.
#[test]
fn random_systems_on_disk_and_in_memory() {
    let limits = (0..4u8, 0..45u64).prop_map(|(which, most)| match which {
        0 => Limits { depth: Some(most as u32 / 4), ..Limits::default() },
        1 => Limits { stop_after_expansions: Some((most, StopReason::Interrupt)), ..Limits::default() },
        2 => Limits { memory: Some(most * 16), ..Limits::default() },
        _ => Limits { memory: Some(1 << 16), ..Limits::default() },
    });
    let stuck = Cell::new(0);
    let asked = for_all(1_000, (web(MOST), limits), |(web, limits)| {
        let mut outcome = on_disk(&Unpacking(&web), &limits);
        // In memory the limit would be one.
        let mut right = search(&web, EngineKind::Sequential, Limits { memory: None, ..limits.clone() });
        let found = without_graph(&web, &mut outcome, &mut right).map_err(TestCaseError::fail)?;
        stuck.set(stuck.get() + found);
        prop_assert_eq!(without_store(outcome), without_store(right), "{:?} {:#?}", limits, web);
        Ok(())
    });
    println!("{asked} systems, {} of their stuck ends found on disk", stuck.get());
    assert!(stuck.get() > 100);
}

/// Levels of which a part only fits into memory.
#[test]
fn two_phase_commit_on_disk() {
    let system = Word::new(6);
    let right = without_store(search(&system, EngineKind::Sequential, Limits::default()));
    for memory in [1 << 12, 1 << 16, 1 << 24] {
        let limits = Limits { memory: Some(memory), ..Limits::default() };
        assert_eq!(without_store(on_disk(&system, &limits)), right, "{memory}");
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_an_error() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let missing = directory.path().join("missing");
    let outcome = check_on_disk(&Word::new(3), &Plan::default(), &missing, &Stop::new(), &mut ());
    assert_eq!(outcome.expect_err("a mistake").kind(), std::io::ErrorKind::NotFound);
}
