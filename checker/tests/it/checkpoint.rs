//! A search that is killed and begun again finds what it would have found; a file that is not its own is refused.

use std::cell::Cell;
use std::fmt::Debug;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use checker::{
    Checkpoint, CheckpointError, EngineKind, Every, Limits, Observer, Outcome, OutcomeOf, Packed, Plan, Progress, Stop,
    StopReason, StoreKind, System, Unpacking, check_on_file, check_packed,
};
use proptest::prelude::*;

use crate::packed_two_phase::Word;
use crate::two_phase::TwoPhase;
use crate::web::{MOST, for_all, web};

/// Takes a copy of the file whenever it is told of progress: what is left of a search that is killed there.
#[derive(Default)]
struct Witness {
    file: PathBuf,
    copies: Vec<Vec<u8>>,
    resumed: Option<u64>,
}

impl Observer for Witness {
    fn progress(&mut self, _: &Progress) {
        if let Ok(copy) = std::fs::read(&self.file)
            && self.copies.last() != Some(&copy)
        {
            self.copies.push(copy);
        }
    }

    fn resumed(&mut self, states: u64) {
        self.resumed = Some(states);
    }
}

fn checkpoint(file: &Path, states: u64) -> Checkpoint {
    Checkpoint { file: file.to_owned(), every: Every::States(states), identity: b"this one".to_vec() }
}

fn on_file<P: Packed>(packed: &P, plan: &Plan, checkpoint: &Checkpoint) -> Result<OutcomeOf<P>, CheckpointError> {
    check_on_file(packed, plan, checkpoint, &Stop::new(), &mut ())
}

fn text<S: Debug, E: Debug>(outcome: &Outcome<S, E>) -> String {
    format!("{outcome:?}")
}

/// Kills a search after each of its writings and lets another one go on from there. All must end like the search that nobody disturbs. Says
/// from how many files a search went on.
fn killed_everywhere<P: Packed>(packed: &P, plan: &Plan, every: u64) -> usize {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let checkpoint = checkpoint(&folder.path().join("search"), every);
    // On file there is always a way back.
    let store = if plan.store == StoreKind::StatesOnly { StoreKind::Compressed } else { plan.store };
    let right = text(&check_packed(packed, &Plan { store, ..plan.clone() }, &Stop::new(), &mut ()));
    let mut witness = Witness { file: checkpoint.file.clone(), ..Witness::default() };
    let undisturbed = check_on_file(packed, plan, &checkpoint, &Stop::new(), &mut witness).expect("files");
    assert_eq!(text(&undisturbed), right, "{plan:?}");
    assert!(witness.resumed.is_none());
    for copy in &witness.copies {
        std::fs::write(&checkpoint.file, copy).expect("a temporary file");
        let mut observer = Witness::default();
        let outcome = check_on_file(packed, plan, &checkpoint, &Stop::new(), &mut observer).expect("files");
        assert_eq!(text(&outcome), right, "{plan:?}");
        assert!(observer.resumed.is_some_and(|states| states <= outcome.coverage.states));
        if outcome.is_complete() {
            assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "files are left");
        }
    }
    witness.copies.len()
}

fn threads(threads: usize) -> Option<NonZero<usize>> {
    NonZero::new(threads)
}

#[test]
fn random_systems_killed_after_every_block() {
    let resumed = Cell::new(0);
    let limits = (0..6u8, 1..45u64).prop_map(|(which, most)| match which {
        0 => Limits { states: Some(most), ..Limits::default() },
        1 => Limits { depth: Some(most as u32 / 4), ..Limits::default() },
        2 => Limits { memory: Some(most << 8), ..Limits::default() },
        _ => Limits::default(),
    });
    let asked = for_all(600, (web(MOST), limits, 0..StoreKind::ALL.len(), 1..3usize), |(web, limits, store, count)| {
        let store = StoreKind::ALL[store];
        let plan = Plan { limits, store, threads: threads(count), progress_every: 7, ..Plan::default() };
        resumed.set(resumed.get() + killed_everywhere(&Unpacking(&web), &plan, 5));
        Ok(())
    });
    println!("{asked} systems, {} searches that went on", resumed.get());
    assert!(resumed.get() > 600);
}

#[test]
fn two_phase_commit_killed_now_and_then() {
    let mut resumed = 0;
    for store in StoreKind::ALL {
        for count in [1, 2] {
            let plan = Plan { store, threads: threads(count), progress_every: 1_000, ..Plan::default() };
            resumed += killed_everywhere(&Word::new(5), &plan, 3_000);
            // Several words, and edges.
            resumed += killed_everywhere(&Unpacking(&TwoPhase::new(4)), &plan, 400);
        }
    }
    // The larger one has blocks of which the length depends on what was found.
    for (managers, memory, progress_every, every) in [(6, 400_000, 500, 2_500), (7, 6_000_000, 5_000, 10_000)] {
        let system = Word::new(managers);
        let limits = Limits { memory: Some(memory), ..Limits::default() };
        let plan = Plan { limits, progress_every, ..Plan::default() };
        assert!(!check_packed(&system, &plan, &Stop::new(), &mut ()).is_complete());
        resumed += killed_everywhere(&system, &plan, every);
    }
    println!("{resumed} searches went on");
    assert!(resumed > 30);
}

/// A search that is interrupted keeps what it has, to the last block.
#[test]
fn one_step_a_day() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let checkpoint = checkpoint(&folder.path().join("search"), u64::MAX);
    let system = TwoPhase::new(3);
    let packed = Unpacking(&system);
    let right = check_packed(&packed, &Plan::default(), &Stop::new(), &mut ());
    let mut day = 1;
    for reason in [StopReason::Interrupt, StopReason::Time, StopReason::Memory].into_iter().cycle() {
        let limits = Limits { stop_after_expansions: Some((day * 11, reason)), ..Limits::default() };
        let mut observer = Witness::default();
        let plan = Plan { limits, ..Plan::default() };
        let outcome = check_on_file(&packed, &plan, &checkpoint, &Stop::new(), &mut observer).expect("files");
        assert_eq!(observer.resumed.is_some(), day > 1);
        if outcome.is_complete() {
            assert_eq!(text(&outcome), text(&right));
            break;
        }
        assert_eq!(outcome.coverage.expanded, day * 11);
        assert!(checkpoint.file.exists());
        day += 1;
    }
    assert!(day > 20 && !checkpoint.file.exists());
}

/// A file of a search with edges that was interrupted, and what the search would have come to.
fn interrupted(system: &impl System, checkpoint: &Checkpoint) -> Plan {
    let limits = Limits { stop_after_expansions: Some((9, StopReason::Interrupt)), ..Limits::default() };
    let outcome = on_file(&Unpacking(system), &Plan { limits, ..Plan::default() }, checkpoint).expect("files");
    assert!(!outcome.is_complete());
    Plan::default()
}

#[test]
fn a_damaged_file_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let checkpoint = checkpoint(&folder.path().join("search"), u64::MAX);
    let system = TwoPhase::new(2);
    let plan = interrupted(&system, &checkpoint);
    let whole = std::fs::read(&checkpoint.file).expect("the file");
    let refused = |bytes: &[u8]| {
        std::fs::write(&checkpoint.file, bytes).expect("the file");
        let error = on_file(&Unpacking(&system), &plan, &checkpoint).expect_err("a mistake");
        assert!(matches!(error, CheckpointError::Damaged | CheckpointError::Unknown), "{error:?}");
        assert!(std::fs::read(&checkpoint.file).is_ok_and(|left| left == bytes), "it was touched");
    };
    for at in 0..whole.len() {
        for bit in [1, 0x80] {
            let mut damaged = whole.clone();
            damaged[at] ^= bit;
            refused(&damaged);
        }
        refused(&whole[..at]);
    }
    refused(&[whole.clone(), vec![0]].concat());
    refused(b"int main() { return 0; } /* a file of somebody else's, longer than a head */");
    println!("{} bytes, each damaged and each the last", whole.len());
    std::fs::write(&checkpoint.file, &whole).expect("the file");
    assert!(on_file(&Unpacking(&system), &plan, &checkpoint).expect("files").is_complete());
}

#[test]
fn a_file_of_another_search_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let checkpoint = checkpoint(&folder.path().join("search"), u64::MAX);
    let system = TwoPhase::new(3);
    let plan = interrupted(&system, &checkpoint);
    let whole = std::fs::read(&checkpoint.file).expect("the file");
    let refused = |system: &TwoPhase, plan: &Plan, checkpoint: &Checkpoint| {
        let error = on_file(&Unpacking(system), plan, checkpoint).expect_err("a mistake");
        assert!(matches!(error, CheckpointError::Foreign), "{error:?}");
        assert!(std::fs::read(&checkpoint.file).is_ok_and(|left| left == whole), "it was touched");
    };
    let limited = |limits| Plan { limits, ..plan.clone() };
    refused(&system, &plan, &Checkpoint { identity: b"another".to_vec(), ..checkpoint.clone() });
    refused(&TwoPhase::new(4), &plan, &checkpoint);
    refused(&system, &limited(Limits { states: Some(1_000), ..Limits::default() }), &checkpoint);
    refused(&system, &limited(Limits { depth: Some(1_000), ..Limits::default() }), &checkpoint);
    refused(&system, &Plan { store: StoreKind::Compressed, ..plan.clone() }, &checkpoint);
    refused(&system, &Plan { store: StoreKind::Fingerprint, ..plan.clone() }, &checkpoint);
    refused(&system, &Plan { stop_at_first: true, ..plan.clone() }, &checkpoint);
    let mut fewer = system.clone();
    fewer.drop_slow_properties();
    refused(&fewer, &plan, &checkpoint);
    // What has no say in the outcome may differ.
    let limits = Limits { memory: Some(1 << 30), ..Limits::default() };
    let plan = Plan { limits, threads: threads(2), ..Plan::default() };
    assert!(on_file(&Unpacking(&system), &plan, &checkpoint).expect("files").is_complete());
}

#[test]
fn a_file_that_cannot_be_is_an_error_at_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let missing = checkpoint(&folder.path().join("missing").join("search"), 1);
    let error = on_file(&Word::new(3), &Plan::default(), &missing).expect_err("a mistake");
    assert!(matches!(&error, CheckpointError::Files(why) if why.kind() == std::io::ErrorKind::NotFound), "{error:?}");
    let error = on_file(&Word::new(3), &Plan::default(), &checkpoint(folder.path(), 1)).expect_err("a mistake");
    assert!(matches!(error, CheckpointError::Unknown), "{error:?}");
    for engine in EngineKind::ALL.iter().copied().filter(|engine| *engine != EngineKind::BreadthFirst) {
        let file = checkpoint(&folder.path().join("search"), 1);
        let error = on_file(&Word::new(3), &Plan::new(engine), &file).expect_err("a mistake");
        assert!(matches!(error, CheckpointError::Unsupported) && !file.file.exists());
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);
}
