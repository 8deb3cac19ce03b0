//! The engine with its states on disk finds what the engine in memory finds.

use std::cell::Cell;
use std::fmt::Debug;

use checker::{
    Actor, EngineKind, Expansion, Kind, Limits, Outcome, Packed, Plan, Property, Signature, Stop, StopReason,
    StoreReport, System, Unpacking, Verdict, check_on_disk,
};
use proptest::prelude::*;

use crate::differential::search;
use crate::judge::judge;
use crate::packed_two_phase::Word;
use crate::renamed::parts;
use crate::small::{Edge, Numbered, Small};
use crate::small_graphs::{Numbers, small};
use crate::web::{MOST, for_all, web};

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

/// Without how states were kept, and without what comes eventually: the disk leaves it open.
fn told<S: Debug, E: Debug>(properties: &[Property], mut outcome: Outcome<S, E>) -> String {
    outcome.store = StoreReport { name: "", exact: true, bytes: 0, total: 0, collision_bound: 0.0 };
    for (index, property) in properties.iter().enumerate() {
        if property.kind == Kind::Eventually {
            outcome.verdicts[index] = Verdict::Undecided;
            outcome.violations[index].told.clear();
        }
    }
    format!("{outcome:?}")
}

fn eventually_is_open<S, E>(properties: &[Property], outcome: &Outcome<S, E>) -> bool {
    let mut verdicts = properties.iter().zip(&outcome.verdicts);
    verdicts.all(|(property, verdict)| property.kind != Kind::Eventually || verdict.word() == "undecided")
}

/// Complete, or stopped where both can stop: after some expansions, at a depth. In next to no memory the questions that edges ask are
/// answered many times in a level.
#[test]
fn random_systems_on_disk_and_in_memory() {
    let limits = (0..4u8, 0..45u64).prop_map(|(which, most)| match which {
        0 => Limits { depth: Some(most as u32 / 4), ..Limits::default() },
        1 => Limits { stop_after_expansions: Some((most, StopReason::Interrupt)), ..Limits::default() },
        2 => Limits { memory: Some(1_000 + most * 16), ..Limits::default() },
        _ => Limits { memory: Some(1 << 16), ..Limits::default() },
    });
    let stuck = Cell::new(0);
    let asked = for_all(1_000, (web(MOST), limits), |(web, limits)| {
        let properties = &web.0.properties;
        let outcome = on_disk(&Unpacking(&web), &limits);
        prop_assert!(eventually_is_open(properties, &outcome));
        // In memory the limit would be one.
        let right = search(&web, EngineKind::Sequential, Limits { memory: None, ..limits.clone() });
        let mut verdicts = properties.iter().zip(&outcome.verdicts);
        let is_stuck = |(property, verdict): &(&Property, &Verdict<_, _>)| {
            property.kind == Kind::Unstuck && verdict.run().is_some()
        };
        stuck.set(stuck.get() + verdicts.by_ref().filter(is_stuck).count());
        prop_assert_eq!(told(properties, outcome), told(properties, right), "{:?} {:#?}", limits, web);
        Ok(())
    });
    println!("{asked} systems, {} of their properties violated by stuck agents", stuck.get());
    assert!(stuck.get() > 300);
}

/// Cycles, ends and bottom components, on graphs so small that all kinds of them occur.
#[test]
fn small_graphs_on_disk_and_in_memory() {
    let mut numbers = Numbers(0xD1B5_4A32_D192_ED03);
    let (mut stuck, mut hold) = (0, 0);
    for case in 0..3_000 {
        let web = small(&mut numbers);
        let outcome = on_disk(&Unpacking(&web), &Limits { memory: Some(1 << 12), ..Limits::default() });
        for (property, verdict) in web.0.properties.iter().zip(&outcome.verdicts) {
            if property.kind == Kind::Unstuck {
                *(if verdict.run().is_some() { &mut stuck } else { &mut hold }) += 1;
            }
        }
        let right = search(&web, EngineKind::Sequential, Limits::default());
        let properties = &web.0.properties;
        assert_eq!(told(properties, outcome), told(properties, right), "case {case}: {web:#?}");
    }
    println!("{stuck} stuck, {hold} hold");
    assert!(stuck > 300 && hold > 300);
}

/// Agents that change their names along the edges.
#[test]
fn renamed_parts_on_disk_and_in_memory() {
    let stuck = Cell::new(0);
    for_all(1_000, parts(), |plain| {
        let reduced = plain.reduced();
        let outcome = on_disk(&Unpacking(&reduced), &Limits { memory: Some(1 << 14), ..Limits::default() });
        let unstuck = reduced.properties().iter().zip(&outcome.verdicts);
        let unstuck = unstuck.filter(|(property, _)| property.kind == Kind::Unstuck);
        stuck.set(stuck.get() + unstuck.filter(|(_, verdict)| verdict.run().is_some()).count());
        let right = search(&reduced, EngineKind::Sequential, Limits::default());
        prop_assert_eq!(told(reduced.properties(), outcome), told(reduced.properties(), right), "{:#?}", reduced);
        Ok(())
    });
    println!("{} properties violated by stuck agents", stuck.get());
    assert!(stuck.get() > 100);
}

/// Twenty thousand places without a pattern in regions of five hundred. Ways lead onward, or back within the region; some regions are never left. One
/// agent after another has nothing to do any more.
#[derive(Clone, Debug)]
struct Maze {
    seed: u64,
    properties: Vec<Property>,
}

impl Maze {
    const PLACES: u64 = 20_000;

    fn new(seed: u64) -> Self {
        let properties = (0..6).map(|number| Property::new(format!("{number}"), Kind::Unstuck)).collect();
        Self { seed, properties }
    }

    fn mixed(&self, place: u64, salt: u64, below: u64) -> u64 {
        let word = (place ^ self.seed << 40 ^ salt << 20).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((word ^ word >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 20) % below
    }
}

impl Small for Maze {
    fn initial(&self) -> Vec<u64> {
        vec![0, 1, 0]
    }

    fn expand(&self, place: &u64, expansion: &mut Expansion<u64, Edge>) {
        let edges = if self.mixed(*place, 0, 60) == 0 && *place > 100 { 0 } else { 1 + self.mixed(*place, 1, 4) };
        let region = place / 500;
        for edge in 0..edges {
            let near = 1 + self.mixed(*place, edge + 2, 90);
            let onward = match self.mixed(*place, edge + 10, 40) {
                0 => *place,
                1..4 => place.saturating_sub(near * 2).max(region * 500),
                4 => place + near * near,
                _ => place + near,
            };
            let next = if region % 8 == 5 && onward / 500 > region { region * 500 + near } else { onward };
            // The last one is nobody's doing, and may never happen.
            let actor = match self.mixed(*place, edge + 20, 4 + self.seed % 2) {
                4 => Actor::EnvironmentFault,
                agent if *place > (agent + 1) * Self::PLACES / 5 => Actor::Reliable(0),
                agent => Actor::Agent(agent as usize),
            };
            if next < Self::PLACES {
                expansion.take((edge, actor), next);
            }
        }
        if self.mixed(*place, 30, 5_000) == 0 {
            expansion.break_off();
        }
    }

    fn properties(&self) -> &[Property] {
        &self.properties
    }

    fn agents(&self) -> usize {
        4
    }

    fn stuck_signatures(&self, place: &u64, stuck: u64, settled: bool) -> Vec<(usize, Signature)> {
        let one = stuck.trailing_zeros() as usize;
        let rare = self.mixed(*place, 40, 4_000) == 0;
        let broken = [(rare, one), (settled && rare, 4), (!settled && stuck & 8 != 0 && rare, 5)];
        // More than are told.
        let named = broken.into_iter().filter(|(is, _)| *is);
        named.map(|(_, property)| (property, Signature(vec![place % 97, stuck]))).collect()
    }

    fn idle(&self, place: &u64) -> u64 {
        self.mixed(*place, 50, 16)
    }
}

/// Edges in many blocks.
#[test]
fn mazes_on_disk_and_in_memory() {
    let (mut stuck, mut hold) = (0, 0);
    for seed in 0..10 {
        let maze = Numbered::new(Maze::new(seed));
        let right = search(&maze, EngineKind::Sequential, Limits::default());
        assert!(right.coverage.states > 10_000, "{:?}", right.coverage);
        stuck += right.verdicts.iter().filter(|verdict| verdict.run().is_some()).count();
        hold += right.verdicts.iter().filter(|verdict| verdict.run().is_none()).count();
        let right = told(maze.properties(), right);
        for memory in [1 << 17, 1 << 24] {
            let outcome = on_disk(&Unpacking(&maze), &Limits { memory: Some(memory), ..Limits::default() });
            assert_eq!(told(maze.properties(), outcome), right, "{seed} {memory}");
        }
    }
    println!("{stuck} stuck, {hold} hold");
    assert!(stuck > 10 && hold > 10);
}

/// Levels of which a part only fits into memory.
#[test]
fn two_phase_commit_on_disk() {
    for (system, least) in [(Word::new(6), 1 << 12), (Word::asked(6), 1 << 17)] {
        let right = told(system.properties(), search(&system, EngineKind::Sequential, Limits::default()));
        for memory in [least, 1 << 20, 1 << 24] {
            let limits = Limits { memory: Some(memory), ..Limits::default() };
            assert_eq!(told(system.properties(), on_disk(&system, &limits)), right, "{memory}");
        }
    }
}

/// Where memory is too short to look at the edges, who is stuck is open, unless nothing moves any more.
#[test]
fn without_room_for_the_analysis_it_stays_open() {
    let numbers = &mut Numbers(0xD1B5_4A32_D192_ED03);
    let (mut open, mut found) = (0, 0);
    for _ in 0..1_000 {
        let web = small(numbers);
        let outcome = on_disk(&Unpacking(&web), &Limits { memory: Some(16), ..Limits::default() });
        let right = search(&web, EngineKind::Sequential, Limits::default());
        for (property, (verdict, right)) in outcome.verdicts.iter().zip(&right.verdicts).enumerate() {
            match (web.0.properties[property].kind, verdict) {
                (Kind::Unstuck, Verdict::Violated(run)) => {
                    judge(&web, property, run).expect("who moves no more is stuck");
                    found += 1;
                }
                (Kind::Unstuck | Kind::Eventually, verdict) => {
                    assert_eq!(*verdict, Verdict::Undecided);
                    open += 1;
                }
                (_, verdict) => assert_eq!(verdict, right),
            }
        }
    }
    println!("{open} open, {found} found");
    assert!(open > 1_000 && found > 50);
}

#[test]
fn a_directory_that_cannot_be_written_is_an_error() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let missing = directory.path().join("missing");
    let outcome = check_on_disk(&Word::new(3), &Plan::default(), &missing, &Stop::new(), &mut ());
    assert_eq!(outcome.expect_err("a mistake").kind(), std::io::ErrorKind::NotFound);
}
