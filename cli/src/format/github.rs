//! Reports as workflow commands of GitHub Actions: an annotation for each thing that is not as it should be.
//!
//! What is as expected makes no annotation, and nothing else is printed: a log line is read as a command wherever it comes from,
//! so every byte of the output is a command of ours with its text escaped.

use model::lang::diagnostic::Severity;
use model::lang::line_index::LineIndex;
use traces::run::replay;

use super::place::{Region, of_violation};
use super::{Checked, Settings};
use crate::expectation::Outcome;
use crate::human;
use crate::report::{PropertyReport, Report};
use crate::scenario::Mistake;
use crate::telling;

/// The document: one annotation on each line; empty if everything is as it should be.
pub fn document(checked: &[Checked], settings: Settings) -> String {
    let mut out = String::new();
    for one in checked {
        match one {
            Checked::Report(report) => of_report(report, settings, &mut out),
            Checked::Mistake(mistake) => of_mistake(mistake, &mut out),
        }
    }
    out
}

fn of_report(report: &Report, settings: Settings, out: &mut String) {
    let mut undecided: Vec<&str> = Vec::new();
    for property in &report.properties {
        match report.outcome(property) {
            Outcome::Fine | Outcome::AsExpected => {}
            Outcome::Undecided => undecided.push(&property.name),
            Outcome::Failed(why) => {
                let why = why.join("; ");
                let text = if property.violated { format!("{why}\n{}", telling::brief(report, property)) } else { why };
                out.push_str(&command("error", &report.name, region(report, property), &property.title(), &text));
            }
        }
    }
    let known = |name: &str| report.properties.iter().any(|property| property.name == name);
    for complaint in report.complaints.iter().filter(|complaint| !known(&complaint.property)) {
        out.push_str(&command("error", &report.name, None, &complaint.property, &complaint.text));
    }
    if !undecided.is_empty() {
        let text = format!("undecided: {}\n{}", undecided.join(", "), human::line(report));
        out.push_str(&command("warning", &report.name, None, &human::word(report.word), &text));
    }
    if settings.deny_vacuous {
        for text in report.vacuous() {
            out.push_str(&command("error", &report.name, None, "vacuous", &text));
        }
    }
}

fn region(report: &Report, property: &PropertyReport) -> Option<Region> {
    let run = property.run.as_ref();
    let replayed = run.and_then(|run| replay(&report.program, &run.events).ok());
    let span = of_violation(report, property, replayed.as_ref())?;
    Region::of(&LineIndex::new(&report.program.source), &report.program.source, span)
}

fn of_mistake(mistake: &Mistake, out: &mut String) {
    match mistake {
        Mistake::Unreadable { name, reason } => out.push_str(&command("error", name, None, "unreadable", reason)),
        Mistake::Internal { name, reason } => out.push_str(&command("error", name, None, "internal error", reason)),
        Mistake::Wrong { name, text, diagnostics } => {
            let lines = LineIndex::new(text);
            for diagnostic in diagnostics {
                let level = match diagnostic.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                };
                let mut message = diagnostic.message.clone();
                for help in &diagnostic.help {
                    message.push_str(&format!("\nhelp: {help}"));
                }
                let region = Region::of(&lines, text, diagnostic.primary.0);
                out.push_str(&command(level, name, region, diagnostic.code, &message));
            }
        }
    }
}

/// One workflow command.
fn command(level: &str, file: &str, region: Option<Region>, title: &str, message: &str) -> String {
    let place = region.map_or_else(String::new, |region| {
        // a column is only understood together with an end on the same line
        let columns = format!(",col={},endColumn={}", region.column, region.end_column);
        let columns = if region.line == region.end_line { columns } else { String::new() };
        format!(",line={},endLine={}{columns}", region.line, region.end_line)
    });
    format!("::{level} file={}{place},title={}::{}\n", property(file), property(title), data(message.trim_end()))
}

/// A property's value: what ends it is escaped too.
pub fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A message: one line, with the percent sign, which begins an escape, escaped first.
pub fn data(text: &str) -> String {
    let escaped = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    // what is left of control characters has no meaning here, but a terminal that shows the log would act on it
    escaped.chars().map(|c| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
