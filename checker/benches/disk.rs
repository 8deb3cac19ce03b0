//! Two-phase commit with its states on disk, in little memory. Prints states, transitions, seconds, bytes on disk, and the most memory that the process
//! took, as Linux tells it. In this folder: `cargo bench --bench disk -- MANAGERS --memory MIB --dir DIR`; with `--stuck` it is asked who is stuck, too.

#[path = "../tests/it/packed_two_phase.rs"]
mod packed_two_phase;

use std::path::PathBuf;
use std::time::Instant;

use checker::{Limits, Plan, Stop, check_on_disk};
use packed_two_phase::Word;

fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib >> 10)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).cloned()
    };
    let managers: usize = arguments.first().and_then(|first| first.parse().ok()).unwrap_or(7);
    let memory: u64 = after("--memory").and_then(|text| text.parse().ok()).unwrap_or(32);
    let directory = after("--dir").map_or_else(std::env::temp_dir, PathBuf::from);
    let plan = Plan { limits: Limits { memory: Some(memory << 20), ..Limits::default() }, ..Plan::default() };
    let asked = arguments.iter().any(|argument| argument == "--stuck");
    let system = if asked { Word::asked(managers) } else { Word::new(managers) };
    let started = Instant::now();
    match check_on_disk(&system, &plan, &directory, &Stop::new(), &mut ()) {
        Ok(outcome) => println!(
            "{managers} managers, {memory} MiB: {}, {} states, {} transitions, {} levels, {:.1} s, {} MiB on disk, peak {} MiB",
            outcome.verdicts.iter().map(checker::Verdict::word).collect::<Vec<_>>().join(", "),
            outcome.coverage.states,
            outcome.coverage.transitions,
            outcome.coverage.levels_complete,
            started.elapsed().as_secs_f64(),
            outcome.store.total >> 20,
            peak_mib().map_or_else(|| "?".into(), |mib| mib.to_string())
        ),
        Err(error) => println!("cannot keep states in {}: {error}", directory.display()),
    }
}
