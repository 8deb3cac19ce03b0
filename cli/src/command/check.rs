//! `rundown check`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use model::readings::READINGS;
use model::rules::Rule;
use rundown::{EngineKind, Limits, Met, Observer, Options, Progress, Report, Scenario, Stop, Word, human, json};

use super::{complain, print, usage};
use crate::exit::Exit;

/// Check scenarios.
#[derive(Args)]
pub struct Check {
    /// Scenario files, or directories that are searched for *.scn
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Take an open question this way (rundown rules --readings lists them); `all` prints the verdict under every value
    #[arg(long = "reading", alias = "readings", value_name = "NAME=VALUE")]
    readings: Vec<String>,
    /// Switch a rule off, to see what it is for
    #[arg(long = "fault", value_name = "RULE")]
    faults: Vec<String>,
    /// The engine: bfs, reference or stateright
    #[arg(long, default_value = "bfs")]
    engine: String,
    /// Stop at this many states
    #[arg(long, value_name = "N")]
    states: Option<u64>,
    /// Do not go deeper than this many steps
    #[arg(long, value_name = "N")]
    depth: Option<u32>,
    /// Stop after this many seconds
    #[arg(long, value_name = "SECONDS")]
    time: Option<f64>,
    /// Stop at this much memory (512MiB, 4GiB, or bytes)
    #[arg(long, value_name = "SIZE", default_value = "4GiB")]
    memory: String,
    /// Report for people or for programs
    #[arg(long, default_value = "human")]
    format: Format,
    /// Fold nothing, and tell every violation in full
    #[arg(long)]
    all: bool,
    /// One line per scenario
    #[arg(long, short)]
    quiet: bool,
    /// Also fail on these: `vacuous`
    #[arg(long, value_name = "WHAT")]
    deny: Vec<Deny>,
    /// Write a trace of each violation into this directory
    #[arg(long, value_name = "DIR")]
    traces: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    Vacuous,
}

impl Check {
    /// Runs the command.
    pub fn run(self) -> Exit {
        let mut options = match self.options() {
            Ok(options) => options,
            Err(complaint) => return usage(&complaint),
        };
        let files = match scenario_files(&self.paths) {
            Ok(files) if files.is_empty() => return usage("there is no *.scn below the given paths"),
            Ok(files) => files,
            Err(complaint) => return usage(&complaint),
        };
        let stop = Stop::new();
        let handle = stop.clone();
        let _ = ctrlc::set_handler(move || {
            // the first Ctrl-C ends the search and lets it report, the second ends the program
            if handle.is_asked() {
                std::process::exit(i32::from(Exit::Interrupted.code()));
            }
            handle.ask();
        });
        let all_readings = self.readings.iter().any(|reading| reading == "all");
        options.readings.retain(|(name, _)| name != "all");
        let mut exit = Exit::Fine;
        let mut documents = Vec::new();
        let many = files.len() > 1;
        for file in &files {
            let scenario = match Scenario::from_file(file) {
                Ok(scenario) => scenario,
                Err(mistake) => {
                    complain(&mistake.render(color(std::io::stderr().is_terminal())));
                    exit = exit.or(Exit::Usage);
                    continue;
                }
            };
            if !scenario.warnings.is_empty() && !self.quiet {
                let color = color(std::io::stderr().is_terminal());
                complain(&traces::diagnostics::render(&scenario.name, &scenario.text, &scenario.warnings, color));
            }
            if all_readings {
                exit = exit.or(self.table(&scenario, &options, &stop));
                continue;
            }
            let mut observer = Terminal::new();
            let started = Instant::now();
            let report = rundown::check_with(&scenario, &options, &stop, &mut observer);
            let elapsed = started.elapsed();
            observer.clear();
            exit = exit.or(self.judge(&report));
            match self.format {
                Format::Json => documents.push(json::report(&report)),
                Format::Human if self.quiet || (many && fine(&report)) => {
                    print(&format!("{}\n", human::line(&report)));
                }
                Format::Human => {
                    print(&format!("{}\n", human::report(&report, self.all).trim_end()));
                    complain(&format!("  speed     {}\n", speed(&report, elapsed)));
                }
            }
            if let Some(directory) = &self.traces
                && let Err(complaint) = write_traces(directory, &report)
            {
                return usage(&complaint);
            }
            if stop.is_asked() {
                break;
            }
        }
        if self.format == Format::Json {
            let document = if many { documents.into() } else { documents.pop().unwrap_or_default() };
            print(&format!("{}\n", serde_json::to_string_pretty(&document).unwrap_or_default()));
        }
        exit
    }

    fn options(&self) -> Result<Options, String> {
        let mut readings = Vec::new();
        for reading in &self.readings {
            if reading == "all" {
                continue;
            }
            let Some((name, value)) = reading.split_once('=') else {
                return Err(format!("--reading wants NAME=VALUE or all, not `{reading}`"));
            };
            if !model::readings::Readings::default().set(name, value) {
                return Err(unknown_reading(name, value));
            }
            readings.push((name.replace('-', "_"), value.to_string()));
        }
        let mut faults = Vec::new();
        for id in &self.faults {
            match Rule::by_id(id) {
                Some(rule) if rule.info().kind == model::rules::Kind::Assumption => {
                    return Err(format!("{} is an assumption and cannot be switched off", rule.id()));
                }
                Some(rule) => faults.push(rule),
                None => return Err(format!("there is no rule {id}; `rundown rules` lists them")),
            }
        }
        let engine: EngineKind = self.engine.parse().map_err(|error: checker::UnknownEngine| error.to_string())?;
        let time = match self.time {
            Some(seconds) if seconds.is_finite() && (0.0..1e9).contains(&seconds) => {
                Some(Duration::from_secs_f64(seconds))
            }
            Some(_) => return Err("--time wants seconds from 0 to 10^9".into()),
            None => None,
        };
        let memory = bytes(&self.memory).ok_or_else(|| format!("--memory wants a size, not `{}`", self.memory))?;
        let limits = Limits {
            states: self.states,
            depth: self.depth,
            time,
            memory: Some(memory),
            ..Limits::default()
        };
        Ok(Options { readings, faults, engine: Some(engine), limits })
    }

    fn judge(&self, report: &Report) -> Exit {
        let exit = match (&report.met, report.word) {
            (Met::No(_), _) | (Met::NotAsked, Word::Violated) => Exit::Violated,
            (Met::Open, _) | (_, Word::Incomplete(_)) => Exit::Incomplete,
            (Met::Yes | Met::NotAsked, _) => Exit::Fine,
        };
        let vacuous = report.properties.iter().any(|property| property.built_in.is_none() && property.premises == 0)
            || report.program.about.iter().any(|rule| {
                let (_, applied, refused) = report.rules[rule.index()];
                !applied && !refused
            });
        if vacuous && self.deny.contains(&Deny::Vacuous) { exit.or(Exit::Vacuous) } else { exit }
    }

    /// The verdict under every value of every reading that matters.
    fn table(&self, scenario: &Scenario, options: &Options, stop: &Stop) -> Exit {
        let base = rundown::check_with(scenario, options, stop, &mut Terminal::new());
        let mut exit = self.judge(&base);
        let summary = |report: &Report| {
            let names: Vec<&str> = report.violations().map(|property| property.name.as_str()).collect();
            if names.is_empty() { human::word(report.word) } else { format!("violated: {}", names.join(", ")) }
        };
        print(&format!("{}\n  {:<44} {}\n", scenario.name, "as it stands", summary(&base)));
        for reading in READINGS {
            for (value, _) in reading.values {
                if base.program.readings.get(reading.name) == Some(value) {
                    continue;
                }
                let mut varied = options.clone();
                varied.readings.push((reading.name.to_string(), (*value).to_string()));
                let report = rundown::check_with(scenario, &varied, stop, &mut Terminal::new());
                let differs = if summary(&report) == summary(&base) { "" } else { "   <- differs" };
                let name = format!("{}={value}", reading.name);
                print(&format!("  {name:<44} {}{differs}\n", summary(&report)));
                if let Met::No(_) = report.met {
                    exit = exit.or(Exit::Violated);
                }
            }
        }
        exit
    }
}

fn unknown_reading(name: &str, value: &str) -> String {
    let wanted = name.replace('-', "_");
    match READINGS.iter().find(|reading| reading.name == wanted) {
        Some(reading) => {
            let values: Vec<&str> = reading.values.iter().map(|(value, _)| *value).collect();
            format!("the reading {wanted} has no value `{value}`; it has: {}", values.join(", "))
        }
        None => {
            let names: Vec<&str> = READINGS.iter().map(|reading| reading.name).collect();
            format!("there is no reading `{name}`; there are: {}", names.join(", "))
        }
    }
}

/// Is there nothing to tell but one line?
fn fine(report: &Report) -> bool {
    match report.met {
        Met::Yes => true,
        Met::NotAsked => matches!(report.word, Word::Holds | Word::HoldsWithinBounds),
        Met::No(_) | Met::Open => false,
    }
}

fn speed(report: &Report, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    let rate = if seconds > 0.0 { report.coverage.states as f64 / seconds } else { 0.0 };
    format!("{} states/s, {seconds:.3} s", human::grouped(rate as u64))
}

fn write_traces(directory: &Path, report: &Report) -> Result<(), String> {
    std::fs::create_dir_all(directory).map_err(|error| format!("cannot make {}: {error}", directory.display()))?;
    let stem = Path::new(&report.name).file_stem().map_or_else(|| "scenario".into(), |stem| stem.to_string_lossy());
    for property in report.violations() {
        if let Some(run) = &property.run {
            let path = directory.join(format!("{stem}.{}.trace.json", property.name));
            std::fs::write(&path, traces::file::to_json(&report.program, run))
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
    }
    Ok(())
}

/// Should the output be coloured?
fn color(terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    (terminal && !set("NO_COLOR")) || set("CLICOLOR_FORCE")
}

/// A size such as 512MiB in bytes.
fn bytes(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "" | "B" => 1,
        "KiB" | "K" => 1 << 10,
        "MiB" | "M" => 1 << 20,
        "GiB" | "G" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(unit)
}

/// The scenario files that paths stand for, sorted.
pub fn scenario_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut found = Vec::new();
            below(path, 0, &mut found)?;
            found.sort();
            files.extend(found);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn below(directory: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), String> {
    // deep enough for any corpus, shallow enough for a loop of links
    if depth > 16 {
        return Ok(());
    }
    let entries = std::fs::read_dir(directory).map_err(|error| format!("cannot read {}: {error}", directory.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            below(&path, depth + 1, found)?;
        } else if path.extension().is_some_and(|extension| extension == "scn") {
            found.push(path);
        }
    }
    Ok(())
}

/// Progress on a terminal: one line on standard error that overwrites itself.
struct Terminal {
    on: bool,
    shown: bool,
    last: Option<Instant>,
}

impl Terminal {
    fn new() -> Self {
        Terminal { on: std::io::stderr().is_terminal(), shown: false, last: None }
    }

    fn clear(&mut self) {
        if self.shown {
            complain("\r\x1b[K");
            self.shown = false;
        }
    }
}

impl Observer for Terminal {
    fn progress(&mut self, progress: &Progress) {
        let due = self.last.is_none_or(|last| last.elapsed() > Duration::from_millis(200));
        if !self.on || !due {
            return;
        }
        self.last = Some(Instant::now());
        self.shown = true;
        let seconds = progress.elapsed.as_secs_f64().max(1e-3);
        complain(&format!(
            "\r\x1b[K{} states, {} to go, depth {}, {:.0} states/s, {} MiB",
            human::grouped(progress.states),
            human::grouped(progress.frontier),
            progress.depth,
            progress.states as f64 / seconds,
            progress.bytes >> 20
        ));
    }
}
