//! `rundown check`.

use std::io::IsTerminal;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use model::readings::READINGS;
use rundown::internal::compare::Others;
use rundown::internal::format::{self, Checked, Machine, Settings};
use rundown::internal::{Met, Stop, Way, check_with, depends, human, paths};
use rundown::{EngineKind, Options, Reductions, Report, Scenario, StoreKind, Word};

use super::faults;
use super::files::{Folders, RunWriter, scenario, scenario_files};
use super::limits::LimitArgs;
use super::terminal::{Terminal, color, look};
use super::totals::Totals;
use super::way::WayArgs;
use super::{assume, complain, interruptible, print, usage};
use crate::exit::Exit;

/// Check scenarios.
#[derive(Args)]
pub struct Check {
    /// Scenario files, directories that are searched for *.scn, or - for standard input
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Take an open question this way (rundown rules --readings lists them); `all` prints the verdict under every value
    #[arg(help_heading = "Assumptions", long = "reading", alias = "readings", value_name = "NAME=VALUE")]
    readings: Vec<String>,
    /// Switch a rule off, to see what it is for; `all` switches each off by itself over the scenarios that exercise it, and prints who notices
    #[arg(help_heading = "Assumptions", long = "fault", value_name = "RULE")]
    faults: Vec<String>,
    /// The engine: bfs, or one of those it is held against: reference, sequential, stateright
    #[arg(help_heading = "Engine", long, default_value = "bfs")]
    engine: String,
    /// Search on so many threads (bfs) instead of as many as there are processors; the report does not change
    #[arg(help_heading = "Engine", long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// How states are kept (bfs)
    #[arg(help_heading = "Engine", long, value_name = "HOW", default_value = "exact")]
    store: Store,
    /// Look at fewer states with the same verdicts: none, all, or a list of fuse, dead, names, symmetry, por
    #[arg(help_heading = "Engine", long, value_name = "LIST", default_value = "fuse")]
    reduce: Reductions,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    way: WayArgs,
    /// Report for people, or for programs: as one document on standard output
    #[arg(long, default_value = "human")]
    format: Format,
    /// Fold nothing, and tell every violation in full
    #[arg(long)]
    all: bool,
    /// One line per scenario
    #[arg(long, short)]
    quiet: bool,
    /// Also fail on these: `vacuous`; with --fault all `lone`
    #[arg(long, value_name = "WHAT")]
    deny: Vec<Deny>,
    /// Write the run of each violation into this directory, as NAME.trace.json and as ITF, NAME.itf.json
    #[arg(long, value_name = "DIR")]
    traces: Option<PathBuf>,
    /// Write each violation into this directory as one page that needs nothing else, NAME.html
    #[arg(long, value_name = "DIR")]
    html: Option<PathBuf>,
    /// With --html: show beside each violation the same run in this scenario, the repaired one, up to where they part and on to its end
    #[arg(long, value_name = "FILE", requires = "html")]
    compare: Option<PathBuf>,
    /// With --html: the same under another reading; may be given several times. Without it the page has those on which the verdict
    /// depends, where that is cheap to know
    #[arg(long = "compare-reading", value_name = "NAME=VALUE", requires = "html")]
    compare_readings: Vec<String>,
    /// Write the picture of each violation's end into this directory, as NAME.svg
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
    /// With --svg: the picture after this step instead
    #[arg(long, value_name = "N", requires = "svg")]
    svg_step: Option<usize>,
    /// Write each violation into this directory as Markdown with a Mermaid chart, NAME.md
    #[arg(long, value_name = "DIR")]
    markdown: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text
    Human,
    /// One object, or an array for several scenarios
    Json,
    /// One object on a line, as each scenario is done
    Jsonl,
    /// JUnit's XML: a suite is a file, a case a property
    Junit,
    /// SARIF 2.1.0 with code flows
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

impl Format {
    /// The format for programs; none for people.
    fn machine(self) -> Option<Machine> {
        match self {
            Format::Human => None,
            Format::Json => Some(Machine::Json),
            Format::Jsonl => Some(Machine::Jsonl),
            Format::Junit => Some(Machine::Junit),
            Format::Sarif => Some(Machine::Sarif),
            Format::Github => Some(Machine::Github),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Store {
    /// Whole
    Exact,
    /// By 64 bits of a hash, with the odds that two were taken for one in the report
    Fingerprint,
    /// Whole, with common parts stored once: less memory, more time
    Compressed,
    /// Whole and nothing else, for what is expected to hold: the least memory. What is violated, or reached, and everything that is
    /// decided on the graph of all states, is searched for as with `compressed`, which the report then names
    #[value(alias = "bare")]
    StatesOnly,
}

impl Store {
    fn kind(self) -> StoreKind {
        match self {
            Store::Exact => StoreKind::Exact,
            Store::Fingerprint => StoreKind::Fingerprint,
            Store::Compressed => StoreKind::Compressed,
            Store::StatesOnly => StoreKind::StatesOnly,
        }
    }
}

/// What is the same for every scenario of a run.
struct Course<'a> {
    options: &'a Options,
    way: &'a Way,
    stop: &'a Stop,
    many: bool,
    all_readings: bool,
    repaired: Option<&'a Scenario>,
    compare_readings: &'a [(String, String)],
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Something passed without being put to the test
    Vacuous,
    /// With --fault all: a rule that only one scenario notices
    Lone,
}

/// Does the work for each file and delivers what comes of it. A fault of Rundown itself in one of them is delivered as such, and the others
/// are still done.
fn each(
    files: &[PathBuf],
    stop: &Stop,
    mut work: impl FnMut(&Path) -> (Exit, Option<Checked>),
    mut deliver: impl FnMut(Checked),
) -> Exit {
    let mut exit = Exit::Fine;
    for (index, file) in files.iter().enumerate() {
        let name = paths::name(file);
        let (ended, one) = rundown::internal::guarded(&name, || work(file)).unwrap_or_else(|fault| {
            complain(&fault.render(color(std::io::stderr().is_terminal())));
            (Exit::Internal, Some(Checked::Mistake(fault)))
        });
        exit = exit.or(ended);
        one.into_iter().for_each(&mut deliver);
        let left = files.len() - index - 1;
        if stop.is_asked() && left > 0 {
            complain(&format!("interrupted: {left} more scenarios were not checked\n"));
            exit = exit.or(Exit::Incomplete);
            break;
        }
    }
    exit
}

impl Check {
    /// Runs the command.
    pub fn run(self) -> Exit {
        let (mut options, way) = match self.options() {
            Ok(both) => both,
            Err(complaint) => return usage(&complaint),
        };
        let files = match scenario_files(&self.paths) {
            Ok(files) if files.is_empty() => return usage("there is no *.scn below the given paths"),
            Ok(files) => files,
            Err(complaint) => return usage(&complaint),
        };
        if self.compare.is_some() && files.len() > 1 {
            return usage("--compare wants one scenario to compare with the other");
        }
        let repaired = match self.compare.as_ref().map(Scenario::from_file).transpose() {
            Ok(repaired) => repaired,
            Err(mistake) => {
                complain(&mistake.render(color(std::io::stderr().is_terminal())));
                return Exit::Usage;
            }
        };
        let compare_readings = match assume::readings(&self.compare_readings) {
            Ok(readings) => readings,
            Err(complaint) => return usage(&complaint),
        };
        let stop = interruptible();
        if self.all_faults() {
            return match self.cannot_survey(&way) {
                Some(complaint) => usage(complaint),
                None => faults::all(&files, &options, &stop, self.quiet, self.deny.contains(&Deny::Lone)),
            };
        }
        if self.deny.contains(&Deny::Lone) {
            return usage("--deny lone goes with --fault all");
        }
        let all_readings = self.readings.iter().any(|reading| reading == "all");
        let machine = self.format.machine();
        if all_readings && machine.is_some() {
            return usage("--reading all prints a table for people; name one reading, or leave --format out");
        }
        options.readings.retain(|(name, _)| name != "all");
        let many = files.len() > 1;
        if way.checkpoint().is_some() && (many || all_readings) {
            return usage("--checkpoint is for one search: one scenario, under one reading");
        }
        let settings = Settings { deny_vacuous: self.deny.contains(&Deny::Vacuous), several: many };
        let mut runs = RunWriter::new(Folders {
            traces: self.traces.clone(),
            html: self.html.clone(),
            svg: self.svg.clone(),
            svg_step: self.svg_step,
            markdown: self.markdown.clone(),
        });
        let mut checked = Vec::new();
        let course = Course {
            options: &options,
            way: &way,
            stop: &stop,
            many,
            all_readings,
            repaired: repaired.as_ref(),
            compare_readings: &compare_readings,
        };
        let work = |file: &Path| self.one(file, &course, &mut runs);
        let mut totals = Totals::default();
        let exit = each(&files, &stop, work, |one| {
            totals.add(&one);
            self.deliver(one, &mut checked);
        });
        match machine {
            None if many && !all_readings => print(&totals.line()),
            None | Some(Machine::Jsonl) => {}
            Some(machine) => print(&format::document(machine, &checked, settings)),
        }
        if let Some(page) = runs.first_page() {
            complain(&format!("next:  {} {}   # the run as a page\n", paths::OPEN, paths::argument(page)));
        }
        exit
    }

    /// Is every rule to be switched off, one after the other?
    fn all_faults(&self) -> bool {
        self.faults.iter().any(|fault| fault == faults::ALL)
    }

    /// What does not go with `--fault all`.
    fn cannot_survey(&self, way: &Way) -> Option<&'static str> {
        let writes = [&self.traces, &self.html, &self.svg, &self.markdown].into_iter().any(Option::is_some);
        if self.faults.len() > 1 {
            Some("--fault all switches each rule off by itself; name no other")
        } else if self.readings.iter().any(|reading| reading == "all") {
            Some("--fault all goes with one reading, not with all")
        } else if self.format.machine().is_some() || writes {
            Some("--fault all prints a table for people and writes no files; leave --format and the directories out")
        } else if *way != Way::InMemory {
            Some("--fault all keeps its searches in memory")
        } else {
            None
        }
    }

    /// One scenario: how it ends, and what there is to deliver.
    fn one(&self, file: &Path, course: &Course<'_>, runs: &mut RunWriter) -> (Exit, Option<Checked>) {
        let Course { way, stop, many, .. } = *course;
        let scenario = match scenario(file) {
            Ok(scenario) => scenario,
            Err(mistake) => {
                complain(&mistake.render(color(std::io::stderr().is_terminal())));
                return (Exit::Usage, Some(Checked::Mistake(mistake)));
            }
        };
        if !scenario.warnings.is_empty() && !self.quiet {
            let color = color(std::io::stderr().is_terminal());
            complain(&traces::diagnostics::render(&scenario.name, &scenario.text, &scenario.warnings, color));
        }
        // the time is for the scenario, whatever it is looked at for
        let options = course.options.until();
        if course.all_readings {
            return (self.table(&scenario, &options, way, stop), None);
        }
        let mut observer = Terminal::new(self.way.progress);
        let started = Instant::now();
        let report = rundown::internal::check_by(&scenario, &options, way, stop, &mut observer);
        let elapsed = started.elapsed();
        observer.clear();
        let report = match report {
            Ok(report) => report,
            Err(complaint) => return (usage(&complaint), None),
        };
        let mut exit = self.judge(&report);
        if let Some(file) = way.checkpoint().filter(|file| file.exists()) {
            complain(&format!("the same command goes on from {}\n", paths::native(file)));
        }
        let machine = self.format.machine();
        if machine.is_none() {
            self.tell(&report, many, &speed(&report, observer.begun_with(), elapsed));
        }
        let in_a_line = machine.is_some() || self.quiet || (many && fine(&report));
        let shown = runs.pages() && report.violations().next().is_some();
        let mut others = Others::default();
        if way.is_in_memory() && (!in_a_line || shown) {
            let depends = depends::others(&report, &options, stop);
            if !in_a_line {
                print(&depends::lines(&report, depends.as_deref()));
            }
            others.depends = depends.unwrap_or_default();
        }
        if shown {
            others.asked = self.compared(&scenario, course.repaired, course.compare_readings, &options, stop);
        }
        let written = runs.write(&report, &others, |sentence| complain(&format!("{sentence}\n")));
        if let Err(complaint) = written {
            // the document is still printed: what was checked is not lost
            exit = exit.or(usage(&complaint));
        }
        (exit, Some(Checked::Report(Box::new(report))))
    }

    /// The checks that pages are asked to show the run in.
    fn compared(
        &self,
        scenario: &Scenario,
        repaired: Option<&Scenario>,
        readings: &[(String, String)],
        options: &Options,
        stop: &Stop,
    ) -> Vec<(String, Report)> {
        let check = |scenario: &Scenario, options: &Options| {
            check_with(scenario, options, stop, &mut Terminal::new(self.way.progress))
        };
        let file = |scenario: &Scenario| {
            let name = std::path::Path::new(&scenario.name).file_name();
            name.map_or_else(|| scenario.name.clone(), |name| name.to_string_lossy().into_owned())
        };
        let repaired = repaired.map(|repaired| (file(repaired), check(repaired, options)));
        let readings = readings.iter().map(|(name, value)| {
            let mut options = options.clone();
            options.readings.push((name.clone(), value.clone()));
            (format!("{name}={value}"), check(scenario, &options))
        });
        repaired.into_iter().chain(readings).collect()
    }

    /// Keeps it for the document at the end, or prints it at once.
    fn deliver(&self, one: Checked, checked: &mut Vec<Checked>) {
        match self.format {
            Format::Human => {}
            Format::Jsonl => print(&format::json::line(&one)),
            Format::Json | Format::Junit | Format::Sarif | Format::Github => checked.push(one),
        }
    }

    /// For people.
    fn tell(&self, report: &Report, many: bool, speed: &str) {
        if self.quiet || (many && fine(report)) {
            print(&format!("{}\n", human::line(report)));
        } else {
            let look = look(self.all);
            print(&format!("{}\n", human::report_in(report, &look).trim_end()));
            complain(&format!("  speed     {speed}\n"));
        }
    }

    fn options(&self) -> Result<(Options, Way), String> {
        let named: Vec<&String> = self.readings.iter().filter(|reading| *reading != "all").collect();
        let (readings, faults) =
            (assume::readings(&named)?, assume::faults(self.faults.iter().filter(|fault| *fault != faults::ALL))?);
        let engine: EngineKind = self.engine.parse().map_err(|error: checker::UnknownEngine| error.to_string())?;
        let (limits, memory) = self.limits.limits()?;
        let threads = match self.threads {
            Some(threads) => NonZero::new(usize::from(threads)),
            None => std::thread::available_parallelism().ok(),
        };
        let options = Options {
            readings,
            faults,
            engine: Some(engine),
            threads,
            store: self.store.kind(),
            limits,
            reductions: self.reduce,
        };
        let way = self.way.way(memory)?;
        if !way.is_in_memory() && options.reductions != Reductions::FUSE {
            return Err("--reduce is for the search that keeps its states in memory".into());
        }
        Ok((options, way))
    }

    fn judge(&self, report: &Report) -> Exit {
        let exit = match (&report.met, report.word) {
            (Met::No(_), _) | (Met::NotAsked, Word::Violated) => Exit::Violated,
            (Met::Open, _) | (_, Word::Incomplete(_) | Word::NotFound(_)) => Exit::Incomplete,
            (Met::NotAsked, Word::HoldsWithinBounds) => Exit::Incomplete,
            (Met::Yes | Met::NotAsked, _) => Exit::Fine,
        };
        let vacuous = !report.vacuous().is_empty();
        if vacuous && self.deny.contains(&Deny::Vacuous) { exit.or(Exit::Vacuous) } else { exit }
    }

    /// The verdict under every value of every reading that matters.
    fn table(&self, scenario: &Scenario, options: &Options, way: &Way, stop: &Stop) -> Exit {
        let check = |options: &Options| {
            rundown::internal::check_by(scenario, options, way, stop, &mut Terminal::new(self.way.progress))
        };
        let base = match check(options) {
            Ok(base) => base,
            Err(complaint) => return usage(&complaint),
        };
        let mut exit = self.judge(&base);
        let summary = |report: &Report| {
            let names: Vec<&str> = report.violated();
            if names.is_empty() { human::word(report.word) } else { format!("violated: {}", names.join(", ")) }
        };
        print(&format!("{}\n  {:<44} {}\n", scenario.name, "as it stands", summary(&base)));
        for reading in READINGS {
            for value in reading.value_names() {
                if base.program.readings.value(reading.id) == value {
                    continue;
                }
                let mut varied = options.clone();
                varied.readings.push((reading.name.to_string(), value.to_string()));
                let report = match check(&varied) {
                    Ok(report) => report,
                    Err(complaint) => return usage(&complaint),
                };
                let differs = if summary(&report) == summary(&base) { "" } else { "   <- differs" };
                let name = format!("{}={value}", reading.name);
                print(&format!("  {name:<44} {}{differs}\n", summary(&report)));
                exit = exit.or(match report.met {
                    Met::No(_) => Exit::Violated,
                    Met::Open => Exit::Incomplete,
                    Met::Yes | Met::NotAsked => Exit::Fine,
                });
            }
        }
        exit
    }
}

/// Is there nothing to tell but one line?
fn fine(report: &Report) -> bool {
    match report.met {
        Met::Yes => true,
        Met::NotAsked => report.word == Word::Holds,
        Met::No(_) | Met::Open => false,
    }
}

/// Of the states that were found in this time; `known` ones are from a file.
fn speed(report: &Report, known: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    let states = report.coverage.states.saturating_sub(known);
    let rate = if seconds > 0.0 { states as f64 / seconds } else { 0.0 };
    format!("{} states/s, {seconds:.3} s", human::grouped(rate as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rundown::internal::format::document;

    /// One scenario of three makes Rundown itself fail: the two others are reported, the fault is an entry of the report, and the exit code
    /// is 70.
    #[test]
    fn a_fault_of_our_own_is_one_entry_and_the_others_are_reported() {
        let files: Vec<PathBuf> = ["one.scn", "two.scn", "three.scn"].map(PathBuf::from).into();
        let text = "scenario \"a\";\nprocess p { thread main { } }\nexpect holds;\n";
        let work = |file: &Path| {
            assert!(file != Path::new("two.scn"), "no room for it");
            let scenario = Scenario::from_bytes(&file.to_string_lossy(), text.as_bytes()).expect("a scenario");
            let report = scenario.check();
            (Exit::Fine, Some(Checked::Report(Box::new(report))))
        };
        let mut checked = Vec::new();
        let exit = each(&files, &Stop::new(), work, |one| checked.push(one));
        assert_eq!(exit.code(), 70);
        let settings = Settings { deny_vacuous: false, several: true };
        for machine in [Machine::Json, Machine::Junit, Machine::Github, Machine::Sarif] {
            let told = document(machine, &checked, settings);
            assert!(told.contains("internal") && told.contains("no room for it"), "{told}");
        }
        let told = document(Machine::Json, &checked, settings);
        assert!(["one.scn", "three.scn"].iter().all(|name| told.contains(name)), "{told}");
    }
}
