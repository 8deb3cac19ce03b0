//! A limit on memory is kept, measured from outside: what the process takes above what it took before the search. Processes of their own,
//! because the peak of a process only grows.

#[path = "it/packed_two_phase.rs"]
mod packed_two_phase;

use std::num::NonZero;
use std::process::Command;

use checker::{End, Limits, Plan, Stop, StopReason, StoreKind, check_on_disk, check_packed};
use packed_two_phase::Word;

/// What a child is told to do.
const TASK: &str = "CHECKER_MEMORY_TASK";
const MIB: u64 = 1 << 20;

/// A figure of this process in bytes, as Linux tells it.
fn figure(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim_start_matches(':').trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib << 10)
}

/// Does what it is told to, if it is a child, and prints what that took.
#[test]
fn child() {
    let Ok(task) = std::env::var(TASK) else { return };
    let words: Vec<&str> = task.split(' ').collect();
    let [kind, managers, memory, threads, store] = words[..] else { panic!("{task}") };
    let number = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("{task}"));
    let system = match kind {
        "plain" => Word::new(number(managers) as usize),
        _ => Word::asked(number(managers) as usize),
    };
    let store = StoreKind::ALL.into_iter().find(|kind| kind.name() == store).expect("a store");
    let limits = Limits { memory: Some(number(memory)), ..Limits::default() };
    let plan = Plan { limits, store, threads: NonZero::new(number(threads) as usize), ..Plan::default() };
    let before = figure("VmRSS").expect("Linux");
    let outcome = match kind {
        "disk" => {
            let directory = tempfile::tempdir().expect("a temporary directory");
            check_on_disk(&system, &plan, directory.path(), &Stop::new(), &mut ()).expect("files")
        }
        _ => check_packed(&system, &plan, &Stop::new(), &mut ()),
    };
    let taken = figure("VmHWM").expect("Linux") - before;
    let stopped = outcome.end == End::Stopped(StopReason::Memory);
    println!("taken {taken} {} {stopped} {}", outcome.store.total, outcome.coverage.states);
}

/// Bytes taken, bytes counted, whether it was stopped, states.
fn search(kind: &str, managers: u64, memory: u64, threads: u64, store: StoreKind) -> (u64, u64, bool, u64) {
    let task = format!("{kind} {managers} {memory} {threads} {}", store.name());
    let mut command = Command::new(std::env::current_exe().expect("the test's own path"));
    let output = command.args(["--exact", "child", "--nocapture"]).env(TASK, &task).output().expect("a process");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.split_once("taken ")).map(|(_, line)| line);
    let line = line.unwrap_or_else(|| panic!("{task}: {text}{}", String::from_utf8_lossy(&output.stderr)));
    let words: Vec<&str> = line.split(' ').collect();
    let number = |index: usize| words[index].parse::<u64>().expect("a number");
    (number(0), number(1), words[2] == "true", number(3))
}

#[test]
#[cfg(target_os = "linux")]
fn a_limit_on_memory_is_kept_within_a_tenth() {
    println!("{:<28} {:>10} {:>10} {:>10} {:>12}", "search", "limit", "taken", "counted", "states");
    let mut stops = 0;
    for (kind, managers, most, threads, store) in [
        ("plain", 9, 48, 2, StoreKind::Exact),
        ("plain", 9, 112, 1, StoreKind::Exact),
        ("plain", 9, 96, 2, StoreKind::Fingerprint),
        ("plain", 9, 64, 1, StoreKind::StatesOnly),
        ("plain", 9, 96, 2, StoreKind::StatesOnly),
        ("asked", 9, 100, 1, StoreKind::Exact),
        ("asked", 9, 200, 2, StoreKind::Exact),
        ("asked", 8, 160, 2, StoreKind::Fingerprint),
    ] {
        let (taken, counted, stopped, states) = search(kind, managers, most * MIB, threads, store);
        let name = format!("{kind} {managers}, {}, {threads}", store.name());
        println!("{name:<28} {most:>6} MiB {:>6} MiB {:>6} MiB {states:>12}", taken / MIB, counted / MIB);
        assert!(stopped, "{name} is not stopped by {most} MiB");
        assert!(taken * 10 <= most * MIB * 11, "{name} takes {taken} bytes under a limit of {most} MiB");
        // What never comes near the limit does not keep it, but wastes it.
        assert!(taken * 2 >= most * MIB, "{name} takes only {taken} bytes under a limit of {most} MiB");
        stops += 1;
    }
    assert_eq!(stops, 8);
    // On disk it is no reason to stop.
    for (managers, most) in [(7, 16), (8, 32)] {
        let (taken, _, stopped, states) = search("disk", managers, most * MIB, 1, StoreKind::Exact);
        let name = format!("disk {managers}");
        println!("{name:<28} {most:>6} MiB {:>6} MiB {:>14} {states:>12}", taken / MIB, "");
        assert!(!stopped && taken * 10 <= most * MIB * 11, "{name} takes {taken} bytes under a limit of {most} MiB");
    }
}
