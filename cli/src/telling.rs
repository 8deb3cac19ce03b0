//! A violation in one sentence, in short, and in full: what every format says about it.

use crate::report::{PropertyReport, Report};

/// The sections of a story that formats which show the source by themselves leave out: the excerpt, the table of steps, the
/// ledger, and commands for a terminal.
const LONG: [&str; 4] = ["where they stand", "what happened", "who holds what", "next"];

/// The story in full, with unrelated steps folded.
pub fn full(report: &Report, property: &PropertyReport) -> String {
    match &property.run {
        Some(run) => traces::story::story(&report.program, run, &crate::human::options(&report.name, false)),
        None => format!("{}: {} is never reached\n", property.name, property.sentence),
    }
}

/// The first sentence of the story, in one line. What comes after it begins a line of its own: the lines of a sentence are indented.
pub fn headline(report: &Report, property: &PropertyReport) -> String {
    let story = full(report, property);
    let mut lines = story.lines();
    let first = lines.next().into_iter().chain(lines.take_while(|line| line.starts_with(' ')));
    first.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// The story without its long parts: what is wrong, why, what to change.
pub fn brief(report: &Report, property: &PropertyReport) -> String {
    short(&full(report, property), &LONG)
}

/// The story with its excerpt and its table of steps, without the ledger and the commands at its end.
pub fn told(report: &Report, property: &PropertyReport) -> String {
    short(&full(report, property), &LONG[2..])
}

/// The same in lines of another width.
#[cfg(feature = "command")]
pub fn told_in(report: &Report, property: &PropertyReport, width: usize) -> String {
    let options = traces::story::StoryOptions { width, ..crate::human::options(&report.name, false) };
    match &property.run {
        Some(run) => short(&traces::story::story(&report.program, run, &options), &LONG[2..]),
        None => full(report, property),
    }
}

fn short(story: &str, without: &[&str]) -> String {
    let long = |part: &&str| !without.iter().any(|title| part.trim_start_matches('\n').starts_with(title));
    let parts: Vec<&str> =
        story.split("\n\n").enumerate().filter(|(at, part)| *at == 0 || long(part)).map(|(_, part)| part).collect();
    format!("{}\n", parts.join("\n\n").trim_end())
}
