//! Figures of the whole command, measured from outside: `cargo bench -p rundown --bench figures -- corpus` checks all of
//! `scenarios/` on two threads; `… -- large [FAMILY SIZE [OPTIONS OF CHECK]]` checks one family that has more than 10^8 states, by default
//! `clients 5` within 8 GiB, in the states-only store, which is exact; `… -- stuck FAMILY SIZE OPTIONS` asks for everything, who is stuck, too. Each
//! prints states, seconds, the most memory the process had, and what the command said.

mod scenarios;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use oracles::measure;

/// What a large check is not asked, to decide what is broken at a step only: deadlocks and ends need every edge.
const OFF: [&str; 5] = ["deadlock", "hang", "never_exits", "leak_ref", "leak_packet"];

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_rundown"))
}

/// Runs a check and prints its output from the last lines on, and what it took. Gives the number of states in it.
fn measured(command: &mut Command, lines: usize, states: fn(&str) -> u64) -> Result<f64, String> {
    let measured = measure::run(command).map_err(|error| error.to_string())?;
    let said: Vec<&str> = measured.output.lines().filter(|line| !line.trim().is_empty()).collect();
    said.iter().skip(said.len().saturating_sub(lines)).for_each(|line| println!("{line}"));
    let states = states(&measured.output);
    println!(
        "{states} states, {:.2} s on the clock, {:.2} s on processors, {:.0} states/s, at most {:.2} GiB, {:.1} bytes per state",
        measured.seconds,
        measured.processor,
        states as f64 / measured.seconds,
        measured.peak as f64 / (1u64 << 30) as f64,
        measured.peak as f64 / states.max(1) as f64
    );
    if measured.success { Ok(measured.seconds) } else { Err("the check did not end with 0".into()) }
}

/// The numbers before the word `states`, added up.
fn all_states(output: &str) -> u64 {
    let words: Vec<&str> = output.split_whitespace().collect();
    let before = words.windows(2).filter(|pair| pair[1].trim_end_matches(',') == "states");
    before.filter_map(|pair| pair[0].replace(',', "").parse::<u64>().ok()).sum()
}

fn corpus() -> Result<(), String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join("scenarios");
    let mut seconds = Vec::new();
    for _ in 0..5 {
        seconds.push(measured(command().args(["check", "--quiet", "--threads", "2"]).arg(&root), 0, all_states)?);
    }
    seconds.sort_by(f64::total_cmp);
    println!("the corpus on two threads: {:.2} s, the median of {} runs", seconds[seconds.len() / 2], seconds.len());
    Ok(())
}

fn large(arguments: &[String], without: &[&str]) -> Result<(), String> {
    let (name, size) = match arguments {
        [name, size, ..] => (name.as_str(), size.parse().map_err(|_| format!("`{size}` is no size"))?),
        _ => ("clients", 5),
    };
    let make = scenarios::FAMILIES.into_iter().find(|(known, _)| *known == name).map(|(_, make)| make);
    let make = make.ok_or_else(|| format!("there is no family `{name}`"))?;
    let off: String = without.iter().map(|name| format!("check off {name};\n")).collect();
    let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = directory.path().join("large.scn");
    std::fs::write(&path, format!("{}{off}expect holds;\n", make(size).replace("expect holds;\n", "")))
        .map_err(|error| error.to_string())?;
    let mut command = command();
    command.arg("check").arg(&path).args(["--threads", "2"]);
    match arguments.get(2..) {
        Some(options) if !options.is_empty() => command.args(options),
        _ => command.args(["--memory", "8GiB", "--store", "states-only"]),
    };
    println!("{name} {size}, without {}", if without.is_empty() { "exception".into() } else { without.join(", ") });
    measured(&mut command, 6, all_states).map(|_| ())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let outcome = match arguments.first().map(String::as_str) {
        Some("corpus") | None => corpus(),
        Some("large") => large(&arguments[1..], &OFF),
        Some("stuck") => large(&arguments[1..], &[]),
        // `cargo test --benches` passes this
        Some("--test") => large(&["calls".into(), "1".into()], &OFF),
        Some(other) => Err(format!("there is no figure `{other}`; there are corpus, large and stuck")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(said) => {
            eprintln!("{said}");
            ExitCode::FAILURE
        }
    }
}
