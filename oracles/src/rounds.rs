//! Several programs that search the same states, run in turns, as one table of medians.
//!
//! A round runs each program once, so that a noisy moment hits all of them. Each run is a child process, so that none finds
//! memory that another has warmed, and the system says what it took.

use std::io;
use std::path::Path;
use std::process::Command;

use crate::measure::{self, Measured};
use crate::spin::{self, Pan, Search};

/// What a child says it found.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    /// Distinct states.
    pub states: f64,
    /// Transitions, without the way into the initial state.
    pub transitions: f64,
    /// Bytes for states, by its own account.
    pub bytes: Option<f64>,
}

/// The line that a child of ours prints; [`read_line`] reads it.
pub fn line(states: u64, transitions: u64, bytes: Option<u64>) -> String {
    format!("counts {states} {transitions} {}", bytes.map_or("-".into(), |bytes| bytes.to_string()))
}

/// Reads the line of a child of ours.
pub fn read_line(output: &str) -> Option<Counts> {
    let line = output.lines().find_map(|line| line.strip_prefix("counts "))?;
    let mut words = line.split_whitespace();
    let states = words.next()?.parse().ok()?;
    let transitions = words.next()?.parse().ok()?;
    Some(Counts { states, transitions, bytes: words.next()?.parse().ok() })
}

/// Reads what Spin printed.
pub fn read_spin(output: &str) -> Option<Counts> {
    let found = spin::read(output)?;
    (found.errors == 0).then_some(Counts { states: found.states, transitions: found.transitions, bytes: found.bytes })
}

/// A program of the comparison.
pub struct Entry {
    /// What it is called.
    pub name: String,
    /// On how many threads it searches.
    pub threads: usize,
    /// Is it somebody else's?
    pub peer: bool,
    /// May it miss states? Then it is nobody's best peer unless it found all.
    pub lossy: bool,
    /// May its number of transitions differ, because it does not count them, or not so?
    pub counts_transitions: bool,
    /// Runs it.
    pub command: Box<dyn Fn() -> Command>,
    /// Reads what it printed.
    pub read: fn(&str) -> Option<Counts>,
}

/// Spin in each of its ways, on a model of this size with about so many states.
pub fn spins(directory: &Path, model: &Path, size: usize, expected: u64) -> io::Result<Vec<Entry>> {
    let searches = [Search::Exact, Search::HashCompact, Search::Bitstate, Search::BreadthFirst2];
    let entry = |search: Search| {
        let pan = Pan::build(directory, model, None, size, search)?;
        Ok(Entry {
            name: search.name().into(),
            threads: search.threads(),
            peer: true,
            lossy: search != Search::Exact,
            counts_transitions: true,
            command: Box::new(move || pan.command(expected, &[])),
            read: read_spin,
        })
    };
    searches.into_iter().map(entry).collect()
}

/// Medians of an entry.
#[derive(Clone, Debug)]
pub struct Row {
    /// The entry's name.
    pub name: String,
    /// On how many threads.
    pub threads: usize,
    /// Somebody else's.
    pub peer: bool,
    /// What it found.
    pub counts: Counts,
    /// On the clock.
    pub seconds: f64,
    /// On processors.
    pub processor: f64,
    /// The most memory.
    pub peak: f64,
}

impl Row {
    /// Processor time of one thread.
    fn spent(&self) -> f64 {
        self.processor / self.threads as f64
    }
}

/// Runs all entries `rounds` times in turns. `known` is what must come out; without it the first entry's counts are. Says what went
/// wrong if anything did.
pub fn run(entries: &[Entry], rounds: usize, known: Option<(u64, u64)>) -> Result<Vec<Row>, String> {
    let mut runs: Vec<Vec<(Measured, Counts)>> = entries.iter().map(|_| Vec::new()).collect();
    let mut wanted = known;
    for _ in 0..rounds.max(1) {
        for (entry, runs) in entries.iter().zip(&mut runs) {
            let measured = measure::run(&mut (entry.command)()).map_err(|error| format!("{}: {error}", entry.name))?;
            let counts = (entry.read)(&measured.output).filter(|_| measured.success);
            let Some(counts) = counts else { return Err(format!("{} failed:\n{}", entry.name, measured.output)) };
            let (states, transitions) = *wanted.get_or_insert((counts.states as u64, counts.transitions as u64));
            let right = spin::same(counts.states, states)
                && (!entry.counts_transitions || spin::same(counts.transitions, transitions));
            let fewer = entry.lossy && counts.states < states as f64;
            if !(right || fewer) {
                let Counts { states: found, transitions: taken, .. } = counts;
                return Err(format!(
                    "{}: {found} states and {taken} transitions, not {states} and {transitions}",
                    entry.name
                ));
            }
            runs.push((measured, counts));
        }
    }
    let rows = entries.iter().zip(runs).map(|(entry, runs)| Row {
        name: entry.name.clone(),
        threads: entry.threads,
        peer: entry.peer,
        counts: runs[runs.len() - 1].1.clone(),
        seconds: median(runs.iter().map(|(measured, _)| measured.seconds)),
        processor: median(runs.iter().map(|(measured, _)| measured.processor)),
        peak: median(runs.iter().map(|(measured, _)| measured.peak as f64)),
    });
    Ok(rows.collect())
}

/// Prints the table of one size. `before` are the rows of the size before it, for how cost grows.
pub fn print(title: &str, rows: &[Row], before: Option<&[Row]>) {
    let states = rows.iter().map(|row| row.counts.states).fold(0.0, f64::max);
    let grown = before.map(|before| states / before.iter().map(|row| row.counts.states).fold(1.0, f64::max));
    let grown = grown.map_or(String::new(), |grown| format!(", {grown:.2}x the size before"));
    println!("\n{title}: {states} states{grown}");
    println!(
        "  {:<30} {:>7} {:>9} {:>9} {:>11} {:>11} {:>10} {:>10} {:>9} {:>9} {:>8}",
        "", "threads", "clock", "processor", "states/s", "found", "bytes/st", "peak/st", "x clock", "x cpu", "growth"
    );
    // the best among the others on at most as many threads that found every state
    let best = |row: &Row, cost: fn(&Row) -> f64| {
        let all =
            |peer: &&Row| peer.peer && peer.threads <= row.threads && spin::same(peer.counts.states, states as u64);
        rows.iter().filter(all).map(cost).fold(f64::INFINITY, f64::min)
    };
    for row in rows {
        let ratio = |cost: fn(&Row) -> f64| {
            let ratio = best(row, cost) / cost(row).max(1e-3);
            if ratio.is_finite() { format!("{ratio:.2}") } else { "-".into() }
        };
        let earlier = before.and_then(|before| before.iter().find(|earlier| earlier.name == row.name));
        println!(
            "  {:<30} {:>7} {:>8.3}s {:>8.3}s {:>11.0} {:>10.4}% {:>10} {:>10.1} {:>9} {:>9} {:>8}",
            row.name,
            row.threads,
            row.seconds,
            row.processor,
            row.counts.states / row.seconds.max(1e-3),
            100.0 * row.counts.states / states,
            row.counts.bytes.map_or("-".into(), |bytes| format!("{:.1}", bytes / row.counts.states)),
            row.peak / row.counts.states,
            ratio(|row| row.seconds),
            ratio(Row::spent),
            earlier.map_or(String::new(), |earlier| format!("{:.2}x", row.processor / earlier.processor.max(1e-3))),
        );
    }
    for pair in rows.windows(2).filter(|pair| (pair[0].threads, pair[1].threads) == (1, 2) && !pair[0].peer) {
        println!("  {}: the second thread gives {:.2}x", pair[0].name, pair[0].seconds / pair[1].seconds.max(1e-3));
    }
}

/// What the columns are.
pub const LEGEND: &str = "\
clock, processor: seconds, medians; states/s: by the clock; found: of the states; bytes/st: by the program's own account; peak/st: the most
memory the child had, per state found; x clock: how many times faster than the fastest of the others on at most as many threads that found
every state; x cpu: the same by processor seconds of one thread, which a busy machine disturbs less; growth: processor seconds against
the size before";

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, printed: &'static str, lossy: bool) -> Entry {
        let command = Box::new(move || {
            let mut command = Command::new("echo");
            command.arg(printed);
            command
        });
        Entry { name: name.into(), threads: 1, peer: false, lossy, counts_transitions: true, command, read: read_line }
    }

    #[test]
    fn a_wrong_count_is_an_error() {
        let right = [entry("a", "counts 3 5 48", false), entry("b", "counts 3 5 -", false)];
        assert_eq!(run(&right, 2, None).expect("equal").len(), 2);
        assert!(run(&right, 1, Some((4, 5))).is_err());
        let wrong = [entry("a", "counts 3 5 48", false), entry("b", "counts 2 5 -", false)];
        assert!(run(&wrong, 1, None).is_err_and(|said| said.contains("b: 2 states")));
        let lossy = [entry("a", "counts 3 5 48", false), entry("b", "counts 2 4 -", true)];
        assert!(run(&lossy, 1, None).is_ok());
        let silent = [entry("a", "nothing", false)];
        assert!(run(&silent, 1, None).is_err());
    }
}
