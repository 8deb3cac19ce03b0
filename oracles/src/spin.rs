//! Spin: from a Promela model and its parameter to a program that searches, and what that prints.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to do where Spin is missing.
pub const HINT: &str = "Debian has it: apt-get install spin gcc; .ci/oracles installs it and runs this";

/// The version of the Spin that is installed, if one is, and a C compiler with it.
pub fn version() -> Option<String> {
    Command::new("gcc").arg("--version").output().ok()?;
    let answer = Command::new("spin").arg("-V").output().ok()?;
    String::from_utf8(answer.stdout).ok().map(|text| text.trim().to_string())
}

/// How Spin searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// Depth first, whole states: its usual way.
    Exact,
    /// Depth first, states by a hash of four bytes.
    HashCompact,
    /// Depth first, states by three bits.
    Bitstate,
    /// Breadth first on two cores, which it does by hashes.
    BreadthFirst2,
    /// For the verdict, not for counts: ends are looked at.
    Verdict,
}

impl Search {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Search::Exact => "spin, exact",
            Search::HashCompact => "spin, hash-compact",
            Search::Bitstate => "spin, bitstate",
            Search::BreadthFirst2 => "spin, multi-core bfs",
            Search::Verdict => "spin, verdict",
        }
    }

    /// On how many threads.
    pub fn threads(self) -> usize {
        if self == Search::BreadthFirst2 { 2 } else { 1 }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Search::Exact | Search::Verdict => &[],
            Search::HashCompact => &["-DHC4"],
            Search::Bitstate => &["-DBITSTATE"],
            Search::BreadthFirst2 => &["-DBFS_PAR"],
        }
    }
}

/// What a search printed.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Stored states. From a hundred million on, Spin prints eight digits only.
    pub states: f64,
    /// Transitions as we count them: Spin's own number has the step to the initial state in it.
    pub transitions: f64,
    /// Errors found.
    pub errors: u64,
    /// Bytes for states and their table, as it says.
    pub bytes: Option<f64>,
}

/// A searching program that was made of a model.
#[derive(Clone, Debug)]
pub struct Pan {
    program: PathBuf,
    search: Search,
}

impl Pan {
    /// Makes the program in `directory`, from `model` with the parameter `size` and, if there is one, the definition `variant`.
    pub fn build(
        directory: &Path,
        model: &Path,
        variant: Option<&str>,
        size: usize,
        search: Search,
    ) -> io::Result<Pan> {
        let place = directory.join(format!("{}-{}-{size}-{search:?}", stem(model), variant.unwrap_or("plain")));
        std::fs::create_dir_all(&place)?;
        // its optimizations would hide variables that are only written, and so states
        let mut spin = Command::new("spin");
        spin.args(["-o1", "-o2"]).arg(format!("-DN={size}"));
        spin.args(variant.map(|variant| format!("-D{variant}")));
        if search == Search::Verdict {
            spin.arg("-DVERDICT");
        }
        done(spin.arg("-a").arg(model).current_dir(&place))?;
        // without partial order reduction: all states
        let always = ["-O2", "-w", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=20000"];
        let mut gcc = Command::new("gcc");
        done(gcc.args(always).args(search.flags()).args(["-o", "pan", "pan.c"]).current_dir(&place))?;
        Ok(Pan { program: place.join("pan"), search })
    }

    /// The command that searches, with a table that fits `expected` states. Each `also` is one more of its flags.
    pub fn command(&self, expected: u64, also: &[&str]) -> Command {
        let bits = 64 - expected.max(1024).leading_zeros();
        let mut command = Command::new(&self.program);
        match self.search {
            Search::Exact | Search::HashCompact | Search::Verdict => {
                command.args(["-m100000".to_string(), format!("-w{bits}")]);
            }
            // 128 to 256 bits for a state: what it calls a good hash factor
            Search::Bitstate => {
                command.args(["-m100000".to_string(), format!("-w{}", (bits + 7).min(35)), "-k3".to_string()]);
            }
            Search::BreadthFirst2 => {
                command.args([format!("-w{bits}"), "-u2".to_string()]);
            }
        }
        command.args(also);
        if let Some(place) = self.program.parent() {
            command.current_dir(place);
        }
        command
    }
}

fn stem(model: &Path) -> String {
    model.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn done(command: &mut Command) -> io::Result<()> {
    let answer = command.output()?;
    if answer.status.success() {
        return Ok(());
    }
    let said = [answer.stdout, answer.stderr].concat();
    Err(io::Error::other(format!("{command:?}: {}", String::from_utf8_lossy(&said).trim())))
}

/// Reads what a search printed.
pub fn read(output: &str) -> Option<Found> {
    let before = |what: &str| {
        let line = output.lines().find(|line| line.contains(what))?;
        line.split(what).next()?.split_whitespace().last()?.parse::<f64>().ok()
    };
    let errors = output.split("errors: ").nth(1)?.split_whitespace().next()?.parse().ok()?;
    let megabytes: Vec<f64> = [
        "\tactual memory usage for states",
        "\tmemory used for hash table",
        "\tmemory used for hash array",
        "\tshared memory used for hash table",
        "\tshared memory used for other",
    ]
    .into_iter()
    .filter_map(before)
    .collect();
    let bytes = (!megabytes.is_empty()).then(|| megabytes.iter().sum::<f64>() * 1_048_576.0);
    Some(Found { states: before(" states, stored")?, transitions: before(" transitions (=")? - 1.0, errors, bytes })
}

/// Is a number that Spin printed the known one, as far as it prints it?
pub fn same(printed: f64, known: u64) -> bool {
    let slack = if known < 100_000_000 { 0.0 } else { known as f64 * 1e-7 };
    (printed - known as f64).abs() <= slack
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "State-vector 36 byte, depth reached 22, errors: 0
   296448 states, stored
  2448258 states, matched
  2744706 transitions (= stored+matched)
   15.832\tequivalent memory usage for states (stored*(State-vector + overhead))
   13.761\tactual memory usage for states (compression: 86.92%)
    8.000\tmemory used for hash table (-w20)
";

    #[test]
    fn what_spin_prints_is_read() {
        let found = read(PRINTED).expect("readable");
        assert_eq!((found.states, found.transitions, found.errors), (296_448.0, 2_744_705.0, 0));
        assert_eq!(found.bytes.map(f64::round), Some((21.761f64 * 1_048_576.0).round()));
        assert_eq!(read("pan: out of memory"), None);
    }

    #[test]
    fn large_numbers_are_the_same_as_far_as_they_are_printed() {
        assert!(same(123_558_400.0, 123_558_401));
        assert!(!same(123_558_600.0, 123_558_401));
        assert!(!same(999_999.0, 1_000_000));
    }
}
