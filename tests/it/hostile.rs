//! Bad input: every hostile file is refused, or bounded, as recorded, with line and column and without a character that a terminal
//! would act on. `hostile_memory` holds what they may take, `cargo bench -p tests --bench hostile` prints how long they take.

mod corpus;
mod forged;
mod limits;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::command::program;
use tests::entry::unfit_for_terminals;
use tests::hostile::{Input, Kind, inputs};

/// Far above what any input takes, on a busy machine too: it only tells a blow-up from an answer.
const TIME_MAX: Duration = Duration::from_secs(10);

/// What a command said.
pub struct Said {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

/// Runs the command in a directory; whoever hangs is ended and fails the test.
pub fn run(directory: &Path, arguments: &[&std::ffi::OsStr]) -> Said {
    let (out, err) = (directory.join("stdout"), directory.join("stderr"));
    let file = |path: &Path| Stdio::from(File::create(path).expect("a temporary file"));
    let mut command = Command::new(program());
    command.args(arguments).current_dir(directory).stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err));
    let mut child = command.spawn().expect("the program runs");
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("the program's end") {
            break status;
        }
        if started.elapsed() > TIME_MAX {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{arguments:?} does not end");
        }
        std::thread::sleep(Duration::from_micros(500));
    };
    let text = |path: &Path| String::from_utf8(std::fs::read(path).expect("what it said")).expect("UTF-8");
    Said { exit: status.code().unwrap_or(-1), out: text(&out), err: text(&err) }
}

/// The file's name and the arguments with which the command reads it.
fn arguments(kind: Kind) -> (&'static str, Vec<&'static str>) {
    match kind {
        Kind::Scenario => ("input.scn", vec!["check", "--quiet", "--states", "300"]),
        Kind::Trace => ("input.json", vec!["replay"]),
        Kind::Certificate => ("input.cert", vec!["verify"]),
    }
}

/// Line and column in what was said: `input.scn:3:5`, or in words.
fn place(file: &str, text: &str) -> Option<String> {
    let numbers = |text: &str, between: &str| {
        let (line, rest) = text.split_once(between)?;
        let column: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let good = |digits: &str| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
        (good(line) && good(&column)).then(|| format!("{line}:{column}"))
    };
    let named = text.split(&format!("{file}:")).skip(1).find_map(|rest| numbers(rest, ":"));
    let told = || {
        let mut rests = text.split("line ").skip(1);
        rests.find_map(|rest| numbers(rest, " column ").or_else(|| numbers(rest, ", column ")))
    };
    named.or_else(told)
}

/// What was said about one input, in one line; what is not as it must be goes to the complaints.
fn recorded(directory: &Path, input: &Input, complaints: &mut Vec<String>) -> String {
    let (file, mut words) = arguments(input.kind);
    std::fs::write(directory.join(file), &input.bytes).expect("a temporary file");
    words.push(file);
    let words: Vec<&std::ffi::OsStr> = words.into_iter().map(std::ffi::OsStr::new).collect();
    let said = run(directory, &words);
    let Said { exit, out, err } = &said;
    let name = &input.name;
    let mut complain = |fits: bool, what: &str| {
        if !fits {
            complaints.push(format!("{name}: {what}: exit {exit} where {} is expected\n{out}\n{err:.500}", input.exit));
        }
    };
    complain(*exit == input.exit, "another exit code");
    complain(unfit_for_terminals(out).or(unfit_for_terminals(err)).is_none(), "a character that is not for terminals");
    let refused = matches!(exit, 2 | 5);
    // warnings may stand before the first error
    let told = if refused { err.find("error").map_or(&**err, |at| &err[at..]) } else { out };
    let first = told.lines().next().unwrap_or_default();
    complain(refused == out.is_empty(), "a result and a refusal");
    let place = place(file, told).filter(|_| refused);
    let (large, binary) = (first.contains("larger than"), input.kind == Kind::Certificate);
    complain(!refused || place.is_some() || large || binary, "no line and column");
    format!("{name} → {exit}: {}{first}\n", place.map(|place| format!("{place}: ")).unwrap_or_default())
}

#[test]
fn every_hostile_input_is_refused_or_bounded_as_recorded() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let all = inputs();
    let names: BTreeSet<(String, &str)> = all.iter().map(|one| (format!("{:?}", one.kind), &*one.name)).collect();
    assert_eq!(names.len(), all.len(), "a name stands twice");
    let of = |kind: Kind| all.iter().filter(move |one| one.kind == kind);
    let (scenarios, traces) = (of(Kind::Scenario).count(), of(Kind::Trace).count());
    assert!(scenarios + traces >= 120 && traces >= 50, "{scenarios} scenarios and {traces} traces");
    let certificates = of(Kind::Certificate).count();
    let mut text =
        format!("{} inputs: {scenarios} scenarios, {traces} traces, {certificates} certificates\n", all.len());
    let mut complaints = Vec::new();
    for (kind, title) in [(Kind::Scenario, "scenarios"), (Kind::Trace, "traces"), (Kind::Certificate, "certificates")] {
        text.push_str(&format!("\n{title}\n"));
        of(kind).for_each(|input| text.push_str(&recorded(directory.path(), input, &mut complaints)));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    insta::assert_snapshot!("hostile", text);
}

#[test]
fn a_kilobyte_of_a_trillion_states_stops_at_its_limit_and_says_what_was_covered() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let text = tests::hostile::blow_up();
    assert!(text.len() < 1024, "{} bytes", text.len());
    std::fs::write(directory.path().join("input.scn"), text).expect("a temporary file");
    for (limit, value, word) in [
        ("--states", "20000", "states"),
        ("--depth", "9", "depth"),
        ("--memory", "1MiB", "memory"),
        ("--time", "0.2", "time"),
    ] {
        let said = run(directory.path(), &["check", "input.scn", limit, value].map(std::ffi::OsStr::new));
        assert_eq!(said.exit, 3, "{}{}", said.out, said.err);
        assert!(said.out.contains(&format!("incomplete: {word}")), "{}", said.out);
        let covered = said.out.lines().find(|line| line.trim_start().starts_with("covered")).expect("what was covered");
        assert!(covered.contains(" states, ") && !said.out.contains("every reachable state was expanded"), "{covered}");
    }
}
