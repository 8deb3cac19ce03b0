//! Two-phase commit with 7 to 9 managers, on this engine and on the stateright library, in turns. `cargo bench -p checker`.
//!
//! Both search the same packed word with the same guards and the same property. Every figure is the median of the rounds; a round runs
//! every engine once, so that a noisy moment hits all of them. Arguments: the sizes, `--rounds N`,
//! `--only PART` for the engines whose name has that part.
//!
//! On a machine that others use too, the time on the processor says more than the time on the clock: both are printed, and the ratios are those of
//! the former per thread.

#[path = "../tests/it/packed_two_phase.rs"]
mod packed_two_phase;

use std::num::NonZero;
use std::time::Instant;

use checker::{Plan, Stop, StoreKind, check_packed};
use packed_two_phase::Word;
use stateright::{Checker, Model, Property};

/// States and transitions, as other tools count them.
const KNOWN: [(usize, u64, u64); 5] = [
    (3, 288, 1_145),
    (5, 8_832, 58_145),
    (7, 296_448, 2_744_705),
    (8, 1_745_408, 18_507_777),
    (9, 10_340_352, 123_558_401),
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
            Engine::Ours(threads, store) => format!("levels, {}, {threads} thread(s)", store.name()),
            Engine::PeerBreadthFirst(threads) => format!("stateright bfs, {threads} thread(s)"),
            Engine::PeerDepthFirst(threads) => format!("stateright dfs, {threads} thread(s)"),
        }
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

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` passes this: a small run shows that it still compiles and counts right.
    let quick = arguments.iter().any(|argument| argument == "--test");
    let mut rounds = if quick { 1 } else { 5 };
    if let Some(at) = arguments.iter().position(|argument| argument == "--rounds") {
        rounds = arguments.get(at + 1).and_then(|text| text.parse().ok()).unwrap_or(rounds).max(1);
        arguments.drain(at..(at + 2).min(arguments.len()));
    }
    let mut only = None;
    if let Some(at) = arguments.iter().position(|argument| argument == "--only") {
        only = arguments.get(at + 1).cloned();
        arguments.drain(at..(at + 2).min(arguments.len()));
    }
    let mut sizes: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = if quick { vec![3] } else { vec![7, 8, 9] };
    }
    let mut engines = Vec::new();
    for store in StoreKind::ALL.into_iter().filter(|store| *store != StoreKind::Compressed) {
        engines.extend([1, 2].map(|threads| Engine::Ours(threads, store)));
    }
    engines.extend([1, 2].map(Engine::PeerDepthFirst));
    engines.extend([1, 2].map(Engine::PeerBreadthFirst));
    engines.retain(|engine| only.as_ref().is_none_or(|only| engine.name().contains(only.as_str())));
    for managers in sizes {
        compare(managers, &engines, rounds);
    }
}

fn compare(managers: usize, engines: &[Engine], rounds: usize) {
    let mut seconds = vec![Vec::new(); engines.len()];
    let mut processor = seconds.clone();
    let mut bytes = vec![None; engines.len()];
    let mut states = 0;
    for _ in 0..rounds {
        for (index, engine) in engines.iter().enumerate() {
            let (started, before) = (Instant::now(), processor_seconds());
            let (found, transitions, total) = engine.run(managers);
            seconds[index].push(started.elapsed().as_secs_f64());
            processor[index].push(processor_seconds() - before);
            if let Some((_, known, generated)) = KNOWN.iter().find(|(size, ..)| *size == managers) {
                assert_eq!((found, transitions), (*known, *generated), "{}", engine.name());
            }
            (bytes[index], states) = (total, found);
        }
    }
    let seconds: Vec<f64> = seconds.iter_mut().map(|seconds| median(seconds)).collect();
    let processor: Vec<f64> = processor.iter_mut().map(|seconds| median(seconds)).collect();
    let spent = |index: usize| processor[index] / engines[index].threads() as f64;
    // The best that the library does with as many threads.
    let best = |threads| {
        let peer = |index: &usize| !matches!(engines[*index], Engine::Ours(..)) && engines[*index].threads() == threads;
        (0..engines.len()).filter(peer).map(spent).fold(f64::INFINITY, f64::min)
    };
    println!("{managers} managers, {states} states, medians of {rounds} rounds");
    println!(
        "  {:<34} {:>9} {:>12} {:>13} {:>12} {:>12} {:>10}",
        "", "clock", "states/s", "processor", "states/s", "bytes/state", "x library"
    );
    for (index, engine) in engines.iter().enumerate() {
        let per_state = bytes[index].map_or("-".into(), |bytes| format!("{:.1}", bytes as f64 / states as f64));
        let ratio = best(engine.threads()) / spent(index);
        let rate = |seconds: f64| states as f64 / seconds.max(1e-9);
        println!(
            "  {:<34} {:>8.3}s {:>12.0} {:>12.3}s {:>12.0} {per_state:>12} {:>10}",
            engine.name(),
            seconds[index],
            rate(seconds[index]),
            processor[index],
            rate(spent(index)),
            if ratio.is_finite() { format!("{ratio:.1}") } else { "-".into() },
        );
    }
}

/// Seconds that all threads of this process together have spent on processors; zero where that cannot be told.
fn processor_seconds() -> f64 {
    let Ok(text) = std::fs::read_to_string("/proc/self/stat") else { return 0.0 };
    // After the name, which is in brackets: fields 14 and 15, in hundredths.
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn median(seconds: &mut [f64]) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2].max(1e-9)
}
