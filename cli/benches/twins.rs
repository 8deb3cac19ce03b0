//! Our families beside other people's searches: Spin on a hand-written twin of each, stateright on the same model.
//!
//! `cargo bench -p rundown --bench twins -- counts` (which is `oracles/run`) compares distinct states, transitions and verdicts with the
//! twins' for each size up to a limit, and fails if they differ or if there is no Spin. `… --bench twins` alone compares speed, in turns,
//! several rounds, medians; arguments: `--rounds N`, `--only PART` of an engine's name, then `FAMILY SIZE SIZE …`.

#[path = "twins/peer.rs"]
mod peer;
mod scenarios;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use oracles::measure;
use oracles::rounds::{self, Entry, Row};
use oracles::spin::{self, Pan, Search};
use rundown::{Options, Report, Scenario, StoreKind};

/// Sizes whose counts are compared by default: all that take seconds.
const COUNTED: [(&str, usize); 3] = [("clients", 3), ("calls", 4), ("packets", 4)];
/// Sizes whose speed is compared by default.
const TIMED: [(&str, [usize; 2]); 3] = [("clients", [2, 3]), ("calls", [3, 4]), ("packets", [3, 4])];

/// Properties that are decided on a kept graph or at ends. Spin's search for states and assertions knows nothing like them.
const BEYOND_SAFETY: [&str; 5] = ["deadlock", "hang", "never_exits", "leak_ref", "leak_packet"];

fn family(name: &str) -> Option<fn(usize) -> String> {
    scenarios::FAMILIES.into_iter().find(|(known, _)| *known == name).map(|(_, make)| make)
}

fn compiled(text: &str) -> Scenario {
    Scenario::parse("family", text).unwrap_or_else(|mistake| panic!("{mistake}"))
}

fn checked(text: &str, threads: usize, store: StoreKind) -> Report {
    // the whole graph, as the twins have it
    rundown::check(&compiled(text), &Options { threads: NonZero::new(threads), store, ..Options::default() })
}

/// A search of a family, other than Spin's.
#[derive(Clone, Copy, PartialEq)]
enum Engine {
    /// A whole check, as the command makes it.
    Check(usize),
    /// Only what Spin looks for too.
    Safety(usize, StoreKind),
    /// stateright, breadth first, on the model's states.
    PeerPlain(usize),
    /// stateright on packed words.
    PeerPacked(usize, bool),
}

impl Engine {
    fn all() -> Vec<Engine> {
        let mut engines = Vec::from([1, 2].map(Engine::Check));
        for store in StoreKind::ALL {
            engines.extend([1, 2].map(|threads| Engine::Safety(threads, store)));
        }
        engines.extend([1, 2].map(|threads| Engine::PeerPacked(threads, true)));
        engines.extend([1, 2].map(|threads| Engine::PeerPacked(threads, false)));
        engines.extend([1, 2].map(Engine::PeerPlain));
        engines
    }

    fn name(self) -> String {
        match self {
            Engine::Check(threads) => format!("check, {threads}"),
            Engine::Safety(threads, store) => format!("safety, {}, {threads}", store.name()),
            Engine::PeerPlain(threads) => format!("stateright bfs, plain, {threads}"),
            Engine::PeerPacked(threads, true) => format!("stateright dfs, packed, {threads}"),
            Engine::PeerPacked(threads, false) => format!("stateright bfs, packed, {threads}"),
        }
    }

    fn threads(self) -> usize {
        match self {
            Engine::Check(threads)
            | Engine::Safety(threads, _)
            | Engine::PeerPlain(threads)
            | Engine::PeerPacked(threads, _) => threads,
        }
    }

    /// Distinct states, transitions, bytes for states if it says so.
    fn run(self, text: &str) -> (u64, u64, Option<u64>) {
        let ours = |report: Report| {
            let coverage = report.coverage;
            (coverage.states, coverage.transitions, Some(report.store.total))
        };
        let theirs = |(states, transitions)| (states, transitions, None);
        match self {
            Engine::Check(threads) => ours(checked(text, threads, StoreKind::Exact)),
            Engine::Safety(threads, store) => {
                let off: String = BEYOND_SAFETY.iter().map(|name| format!("check off {name};\n")).collect();
                ours(checked(&format!("{text}{off}"), threads, store))
            }
            Engine::PeerPlain(threads) => theirs(peer::plain(compiled(text).program, threads)),
            Engine::PeerPacked(threads, depth_first) => {
                theirs(peer::packed(compiled(text).program, threads, depth_first))
            }
        }
    }

    /// This program again, with `--child`.
    fn entry(self, family: &str, size: usize) -> Option<Entry> {
        let program = std::env::current_exe().ok()?;
        let arguments = ["--child".to_string(), self.name(), family.to_string(), size.to_string()];
        let command = move || {
            let mut command = Command::new(&program);
            command.args(&arguments);
            command
        };
        Some(Entry {
            name: self.name(),
            threads: self.threads(),
            peer: matches!(self, Engine::PeerPlain(_) | Engine::PeerPacked(..)),
            lossy: false,
            counts_transitions: true,
            command: Box::new(command),
            read: rounds::read_line,
        })
    }
}

fn child(arguments: &[String]) -> Option<()> {
    let engine = Engine::all().into_iter().find(|engine| arguments.first() == Some(&engine.name()))?;
    let make = family(arguments.get(1)?)?;
    let (states, transitions, bytes) = engine.run(&make(arguments.get(2)?.parse().ok()?));
    println!("{}", rounds::line(states, transitions, bytes));
    Some(())
}

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.first().is_some_and(|argument| argument == "--child") {
        return child(&arguments[1..]).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    let outcome = if arguments.iter().any(|argument| argument == "--test") {
        // `cargo test --benches` passes this: a small run shows that it still compiles and that stateright counts the same
        let wanted = scenarios::FAMILIES.map(|(name, _)| (name.to_string(), vec![1]));
        speed(&wanted, 1, "", None)
    } else if arguments.first().is_some_and(|argument| argument == "counts") {
        counts(&arguments[1..])
    } else {
        let mut option = |name: &str| {
            let at = arguments.iter().position(|argument| argument == name)?;
            arguments.drain(at..(at + 2).min(arguments.len())).nth(1)
        };
        let rounds = option("--rounds").and_then(|text| text.parse().ok()).unwrap_or(3);
        let only = option("--only").unwrap_or_default();
        let sizes: Vec<usize> = arguments.iter().skip(1).filter_map(|argument| argument.parse().ok()).collect();
        let wanted = match arguments.first() {
            Some(name) => vec![(name.clone(), sizes)],
            None => TIMED.map(|(name, sizes)| (name.to_string(), sizes.to_vec())).to_vec(),
        };
        speed(&wanted, rounds, &only, spin::version())
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(said) => {
            eprintln!("{said}");
            ExitCode::FAILURE
        }
    }
}

fn told(error: std::io::Error) -> String {
    error.to_string()
}

/// Compares speed; with Spin if there is one.
fn speed(wanted: &[(String, Vec<usize>)], rounds: usize, only: &str, spin: Option<String>) -> Result<(), String> {
    println!("{}", spin.clone().unwrap_or_else(|| format!("Spin does not take part. {}", spin::HINT)));
    println!("{}", rounds::LEGEND);
    println!(
        "check: everything that `rundown check` decides; safety: only states and what is broken at a step, as the others"
    );
    let directory = tempfile::tempdir().map_err(told)?;
    for (name, sizes) in wanted {
        family(name).ok_or_else(|| format!("there is no family `{name}`"))?;
        let mut before: Option<Vec<Row>> = None;
        for &size in sizes {
            let mut entries: Vec<Entry> =
                Engine::all().into_iter().filter_map(|engine| engine.entry(name, size)).collect();
            if spin.is_some() {
                let expected = number(name, size)?;
                entries.extend(spins(directory.path(), name, size, expected).map_err(told)?);
            }
            entries.retain(|entry| entry.name.contains(only));
            let rows = rounds::run(&entries, rounds, None)?;
            rounds::print(&format!("{name} {size}"), &rows, before.as_deref());
            before = Some(rows);
        }
    }
    Ok(())
}

/// How many states there are: counted by a child, because a child's peak of memory begins with what this process has.
fn number(name: &str, size: usize) -> Result<u64, String> {
    let entry = Engine::Safety(2, StoreKind::Fingerprint).entry(name, size).ok_or("this program has no name")?;
    let rows = rounds::run(&[entry], 1, None)?;
    Ok(rows.iter().map(|row| row.counts.states as u64).sum())
}

fn spins(directory: &Path, name: &str, size: usize, expected: u64) -> std::io::Result<Vec<Entry>> {
    let model = oracles::models().join(format!("{name}.pml"));
    rounds::spins(directory, &model, size, expected)
}

/// A family whose counts are compared, or one with a mistake: its name, its scenario, its twin.
struct Pair {
    name: String,
    make: fn(usize) -> String,
    model: PathBuf,
    variant: Option<&'static str>,
    limit: usize,
}

impl Pair {
    fn of(name: &str, limit: usize) -> Option<Pair> {
        let model = oracles::models().join(format!("{name}.pml"));
        Some(Pair { name: name.into(), make: family(name)?, model, variant: None, limit })
    }

    fn all() -> Vec<Pair> {
        let mut pairs: Vec<Pair> = COUNTED.into_iter().filter_map(|(name, limit)| Pair::of(name, limit)).collect();
        pairs.extend(scenarios::MISTAKEN.map(|mistaken| Pair {
            name: mistaken.name.to_lowercase(),
            make: mistaken.make,
            model: oracles::models().join(format!("{}.pml", mistaken.family)),
            variant: Some(mistaken.name),
            limit: 3,
        }));
        pairs
    }
}

/// Compares counts and verdicts with the twins', for sizes 1 to a limit. `arguments` are a family and its limit, or nothing.
fn counts(arguments: &[String]) -> Result<(), String> {
    let version = spin::version().ok_or_else(|| format!("NOT COMPARED: Spin or gcc is missing. {}", spin::HINT))?;
    let pairs = match arguments {
        [name, limit, ..] => {
            let limit = limit.parse().map_err(|_| format!("`{limit}` is no size"))?;
            vec![Pair::of(name, limit).ok_or_else(|| format!("there is no family `{name}`"))?]
        }
        _ => Pair::all(),
    };
    println!("{version}; without partial order reduction, without its optimizations of variables");
    println!(
        "{:<10} {:>2} {:>12} {:>12} {:>12} {:>12} {:>8} {:>8}",
        "family", "n", "states", "spin's", "transitions", "spin's", "verdict", "spin's"
    );
    let directory = tempfile::tempdir().map_err(told)?;
    let mut different = 0;
    for pair in &pairs {
        for size in 1..=pair.limit {
            different += usize::from(!compare(directory.path(), pair, size)?);
        }
    }
    if different == 0 { Ok(()) } else { Err(format!("{different} sizes differ")) }
}

/// Compares one size and prints its line; true if nothing differs.
fn compare(directory: &Path, pair: &Pair, size: usize) -> Result<bool, String> {
    let report = checked(&(pair.make)(size), 2, StoreKind::Exact);
    let coverage = report.coverage;
    let pan = Pan::build(directory, &pair.model, pair.variant, size, Search::Exact).map_err(told)?;
    let printed = measure::run(&mut pan.command(coverage.states, &[])).map_err(told)?;
    let found = spin::read(&printed.output).ok_or(printed.output)?;
    let ours = verdict_of_ours(&report);
    let spins = verdict_of_spin(directory, pair, size, coverage.states)?;
    let equal = spin::same(found.states, coverage.states)
        && spin::same(found.transitions, coverage.transitions)
        && ours == spins;
    println!(
        "{:<10} {size:>2} {:>12} {:>12} {:>12} {:>12} {ours:>8} {spins:>8}{}",
        pair.name,
        coverage.states,
        found.states,
        coverage.transitions,
        found.transitions,
        if equal { "" } else { "  DIFFERENT" }
    );
    Ok(equal)
}

/// What is wrong, in words that both sides have: something broken at a step, somebody who waits for ever.
fn verdict_of_ours(report: &Report) -> &'static str {
    let violated = |name: &str| report.properties.iter().any(|property| property.violated && property.name == name);
    let stuck = violated("deadlock") || violated("hang");
    let broken =
        report.properties.iter().any(|property| property.violated && !BEYOND_SAFETY.contains(&&*property.name));
    said(broken, stuck)
}

/// The same from Spin: `-E` leaves invalid ends out, `-A` assertions.
fn verdict_of_spin(directory: &Path, pair: &Pair, size: usize, expected: u64) -> Result<&'static str, String> {
    let pan = Pan::build(directory, &pair.model, pair.variant, size, Search::Verdict).map_err(told)?;
    let errors = |flag: &str| -> Result<bool, String> {
        let printed = measure::run(&mut pan.command(expected, &[flag])).map_err(told)?;
        Ok(spin::read(&printed.output).ok_or(printed.output)?.errors > 0)
    };
    Ok(said(errors("-E")?, errors("-A")?))
}

fn said(broken: bool, stuck: bool) -> &'static str {
    match (broken, stuck) {
        (false, false) => "fine",
        (true, false) => "broken",
        (false, true) => "stuck",
        (true, true) => "both",
    }
}
