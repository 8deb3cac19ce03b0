//! Hostile inputs: every way we know to make a reader slow, large, deep, wrong or rude. They are made here, so that no file of
//! the repository has to be junk.

mod bytes;
mod certificates;
mod numbers;
mod sizes;
mod traces;
mod words;

use rundown::{Report, Scenario};

/// What an input pretends to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A scenario: `rundown check`.
    Scenario,
    /// A trace, in our own format or as ITF: `rundown replay`.
    Trace,
    /// A certificate: `rundown verify`.
    Certificate,
}

/// One hostile input.
#[derive(Clone, Debug)]
pub struct Input {
    /// What it is.
    pub kind: Kind,
    /// What is hostile about it; one input, one name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The exit code of the command.
    pub exit: i32,
}

impl Input {
    fn new(kind: Kind, name: &str, bytes: impl Into<Vec<u8>>, exit: i32) -> Input {
        Input { kind, name: name.to_string(), bytes: bytes.into(), exit }
    }
}

/// Every hostile input, in a fixed order.
pub fn inputs() -> Vec<Input> {
    let mut all = bytes::inputs();
    all.extend(words::inputs());
    all.extend(numbers::inputs());
    all.extend(sizes::inputs());
    all.extend(traces::inputs());
    all.extend(certificates::inputs());
    all
}

/// A scenario of less than a kilobyte with more than 10^12 states: each thread counts on its own, 101^7 ways to stand.
pub fn blow_up() -> String {
    let mut text = String::from("process host {\n");
    for thread in 0..7 {
        text.push_str(&format!(
            "int<0..100> n{thread} = 0; thread t{thread} {{ while (n{thread} < 100) n{thread}++; }}\n"
        ));
    }
    text.push_str("}\n");
    text
}

/// A small scenario with one violation, which the hostile ones vary.
pub const FINE: &str = "scenario \"frees too early\";\nprocess host {\n    module dll;\n    thread worker : code dll { }\n    \
                        thread control { FreeLibrary(dll); }\n}\nexpect unload_in_use;\n";

/// A scenario with a run that goes round for ever.
pub const ROUND: &str = "process host { bool done = false; thread t { while (!done) { Sleep(1); } } }\ncheck off hang;\n\
                         eventually ends: host.done;\nexpect ends;\n";

fn report(text: &str) -> Report {
    Scenario::parse("fine.scn", text).unwrap_or_else(|mistake| panic!("{mistake}")).check()
}

/// The trace of a scenario's violation, in our format.
pub fn fine_trace(text: &str, property: &str) -> String {
    report(text).assert_violated(property).trace_json().unwrap_or_default()
}

/// The same in version 1: the run without what follows from it.
pub fn fine_lean_trace(text: &str, property: &str) -> String {
    let report = report(text);
    let run = report.violation(property).and_then(|found| found.run.clone());
    run.map_or_else(String::new, |run| ::traces::file::TraceFile::new(&report.program, &run).to_json())
}

/// As long as a trace with all on record may be: the run of a violation goes on by repeating its first event.
pub fn long_trace(text: &str, property: &str) -> String {
    use ::traces::file::RECORD_BYTES_MAX;
    use ::traces::run::replay_bytes;
    let report = report(text);
    let Some(mut run) = report.violation(property).and_then(|found| found.run.clone()) else { return String::new() };
    let bytes = |steps: usize| replay_bytes(&report.program, &vec![run.events[0]; steps], RECORD_BYTES_MAX);
    // after the first step it goes round in two
    let (one, three) = (bytes(1), bytes(3));
    let steps = (RECORD_BYTES_MAX - one) / (three - one) * 2;
    run.events = vec![run.events[0]; steps];
    run.loop_start = Some(steps - 2);
    ::traces::record::to_json(&report.program, &run).unwrap_or_default()
}

/// The same as ITF.
pub fn fine_itf(text: &str, property: &str) -> String {
    report(text).assert_violated(property).itf().unwrap_or_default()
}
