//! Two-phase commit on this engine, on the stateright library and on Spin, in turns. In this folder: `cargo bench --bench two_phase -- 7 8 9 10`.
//!
//! This engine and the library search the same packed word with the same guards and the same property; Spin searches
//! `oracles/promela/two_phase.pml`. Every count is checked. Every figure is the median of the rounds; a round runs every engine once, each
//! in a process of its own. Arguments: the sizes, `--rounds N`, `--only PART` for the engines whose name has that part.

#[path = "../tests/it/packed_two_phase.rs"]
mod packed_two_phase;

use std::num::NonZero;
use std::process::{Command, ExitCode};

use checker::{Plan, Stop, StoreKind, check_packed};
use oracles::rounds::{self, Entry, Row};
use oracles::spin;
use packed_two_phase::Word;
use stateright::{Checker, Model, Property};

/// States and transitions, as other tools count them.
const KNOWN: [(usize, u64, u64); 6] = [
    (3, 288, 1_145),
    (5, 8_832, 58_145),
    (7, 296_448, 2_744_705),
    (8, 1_745_408, 18_507_777),
    (9, 10_340_352, 123_558_401),
    (10, 61_515_776, 817_760_257),
];

/// The same system as stateright wants it: a list of actions, then one successor for each.
#[derive(Clone)]
struct Peer(Word);

impl Model for Peer {
    type State = u64;
    type Action = u64;

    fn init_states(&self) -> Vec<u64> {
        vec![0]
    }

    fn actions(&self, state: &u64, actions: &mut Vec<u64>) {
        self.0.next(*state, |_, next| actions.push(next));
    }

    fn next_state(&self, _: &u64, next: u64) -> Option<u64> {
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("consistent", |peer: &Peer, state| peer.0.consistent(*state))]
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Engine {
    Ours(usize, StoreKind),
    PeerBreadthFirst(usize),
    PeerDepthFirst(usize),
}

impl Engine {
    fn name(self) -> String {
        match self {
            Engine::Ours(threads, store) => format!("ours, {}, {threads}", store.name()),
            Engine::PeerBreadthFirst(threads) => format!("stateright bfs, {threads}"),
            Engine::PeerDepthFirst(threads) => format!("stateright dfs, {threads}"),
        }
    }

    /// All of them; the one for use first.
    fn all() -> Vec<Engine> {
        let stores = StoreKind::ALL.into_iter();
        let mut engines: Vec<Engine> =
            stores.flat_map(|store| [1, 2].map(|threads| Engine::Ours(threads, store))).collect();
        engines.extend([1, 2].map(Engine::PeerDepthFirst));
        engines.extend([1, 2].map(Engine::PeerBreadthFirst));
        engines
    }

    fn threads(self) -> usize {
        match self {
            Engine::Ours(threads, _) | Engine::PeerBreadthFirst(threads) | Engine::PeerDepthFirst(threads) => threads,
        }
    }

    /// Distinct states, transitions, bytes of the store if it says so.
    fn run(self, managers: usize) -> (u64, u64, Option<u64>) {
        match self {
            Engine::Ours(threads, store) => {
                let plan = Plan { threads: NonZero::new(threads), store, ..Plan::default() };
                let outcome = check_packed(&Word::new(managers), &plan, &Stop::new(), &mut ());
                assert_eq!(outcome.verdicts[0].word(), "holds");
                (outcome.coverage.states, outcome.coverage.transitions, Some(outcome.store.total))
            }
            Engine::PeerBreadthFirst(threads) => {
                let checker = Peer(Word::new(managers)).checker().threads(threads).spawn_bfs().join();
                checker.assert_properties();
                (checker.unique_state_count() as u64, checker.state_count() as u64 - 1, None)
            }
            Engine::PeerDepthFirst(threads) => {
                let checker = Peer(Word::new(managers)).checker().threads(threads).spawn_dfs().join();
                checker.assert_properties();
                (checker.unique_state_count() as u64, checker.state_count() as u64 - 1, None)
            }
        }
    }
}

/// The engine in a process of its own: this program again, with `--child`.
fn entry(engine: Engine, managers: usize) -> Option<Entry> {
    let program = std::env::current_exe().ok()?;
    let command = move || {
        let mut command = Command::new(&program);
        command.args(["--child", &engine.name(), &managers.to_string()]);
        command
    };
    let ours = matches!(engine, Engine::Ours(..));
    Some(Entry {
        name: engine.name(),
        threads: engine.threads(),
        peer: !ours,
        // the library and the fingerprints tell states apart by 64 bits; over these sizes that is exact in practice, and checked
        lossy: false,
        counts_transitions: true,
        command: Box::new(command),
        read: rounds::read_line,
    })
}

/// Spin in each of its ways.
fn spins(directory: &std::path::Path, managers: usize) -> std::io::Result<Vec<Entry>> {
    let model = oracles::models().join("two_phase.pml");
    let known = KNOWN.iter().find(|(size, ..)| *size == managers);
    let expected = known.map_or(6u64.saturating_pow(managers as u32), |(_, states, _)| *states);
    rounds::spins(directory, &model, managers, expected)
}

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|argument| argument == "--child") {
        return child(&arguments[1..]);
    }
    // `cargo test --benches` passes this: a small run shows that it still compiles and counts right
    let quick = arguments.iter().any(|argument| argument == "--test");
    let mut option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.drain(at..(at + 2).min(arguments.len())).nth(1)
    };
    let rounds = option("--rounds").and_then(|text| text.parse().ok()).unwrap_or(if quick { 1 } else { 5 });
    let only = option("--only").unwrap_or_default();
    let mut sizes: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = if quick { vec![3] } else { vec![7, 8, 9] };
    }
    match compare_all(&sizes, rounds, &only, quick) {
        Ok(()) => ExitCode::SUCCESS,
        Err(said) => {
            eprintln!("{said}");
            ExitCode::FAILURE
        }
    }
}

/// One engine, in its own process.
fn child(arguments: &[String]) -> ExitCode {
    let engine = Engine::all().into_iter().find(|engine| arguments.first() == Some(&engine.name()));
    let managers = arguments.get(1).and_then(|text| text.parse().ok());
    let (Some(engine), Some(managers)) = (engine, managers) else { return ExitCode::FAILURE };
    let (states, transitions, bytes) = engine.run(managers);
    println!("{}", rounds::line(states, transitions, bytes));
    ExitCode::SUCCESS
}

fn compare_all(sizes: &[usize], rounds: usize, only: &str, quick: bool) -> Result<(), String> {
    let version = spin::version().filter(|_| !quick);
    println!("two-phase commit, {rounds} rounds");
    println!("{}", version.clone().unwrap_or_else(|| format!("Spin does not take part. {}", spin::HINT)));
    println!("{}", rounds::LEGEND);
    let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut before: Option<Vec<Row>> = None;
    for &managers in sizes {
        let mut entries: Vec<Entry> = Engine::all().into_iter().filter_map(|engine| entry(engine, managers)).collect();
        if version.is_some() {
            entries.extend(spins(directory.path(), managers).map_err(|error| error.to_string())?);
        }
        entries.retain(|entry| entry.name.contains(only));
        let known = KNOWN.iter().find(|(size, ..)| *size == managers);
        let rows = rounds::run(&entries, rounds, known.map(|(_, states, transitions)| (*states, *transitions)))?;
        rounds::print(&format!("{managers} managers"), &rows, before.as_deref());
        before = Some(rows);
    }
    Ok(())
}
