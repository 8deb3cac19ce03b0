//! Reports as JUnit's XML: a suite is a scenario file, a case is a property.
//!
//! A violation that the scenario expects passes, with its story as output; a vacuous pass fails with `--deny vacuous`, as the exit
//! code does. There are no times and no time stamps, so that the same input gives the same bytes; readers take them as 0.

use std::fmt::Write;

use super::{Checked, Settings};
use crate::expectation::Outcome;
use crate::human;
use crate::report::{PropertyReport, Report};
use crate::scenario::Mistake;
use crate::telling;

/// The counts of a suite.
#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

/// A suite: its counts, and its text with everything in it.
struct Suite {
    counts: Counts,
    body: String,
}

/// The document.
pub fn document(checked: &[Checked], settings: Settings) -> String {
    let mut total = Counts::default();
    let mut suites = String::new();
    for one in checked {
        let suite = match one {
            Checked::Report(report) => of_report(report, settings),
            Checked::Mistake(mistake) => of_mistake(mistake),
        };
        total.tests += suite.counts.tests;
        total.failures += suite.counts.failures;
        total.errors += suite.counts.errors;
        total.skipped += suite.counts.skipped;
        let name = escaped(one.name());
        let _ = writeln!(suites, "  <testsuite name=\"{name}\" file=\"{name}\"{}>", counts(suite.counts));
        suites.push_str(&suite.body);
        suites.push_str("  </testsuite>\n");
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rundown\"{}>\n{suites}</testsuites>\n",
        counts(total)
    )
}

fn counts(counts: Counts) -> String {
    let Counts { tests, failures, errors, skipped } = counts;
    format!(" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
}

fn of_report(report: &Report, settings: Settings) -> Suite {
    let mut suite = Suite { counts: Counts::default(), body: String::new() };
    let covered = report.coverage;
    let about = [
        ("title", report.title.clone()),
        ("verdict", human::word(report.word)),
        ("states", covered.states.to_string()),
        ("transitions", covered.transitions.to_string()),
        ("depth", covered.depth.to_string()),
    ];
    suite.body.push_str("    <properties>\n");
    for (name, value) in about {
        let _ = writeln!(suite.body, "      <property name=\"{name}\" value=\"{}\"/>", escaped(&value));
    }
    suite.body.push_str("    </properties>\n");
    for property in &report.properties {
        of_property(report, property, &mut suite);
    }
    // what is off unless it is asked for is not switched off
    for off in report.program.off.iter().filter(|off| !off.when_asked()) {
        suite.counts.skipped += 1;
        case(&mut suite, &report.name, off.name(), "<skipped message=\"the scenario switches it off\"/>");
    }
    let known = |name: &str| report.properties.iter().any(|property| property.name == name);
    for complaint in report.complaints.iter().filter(|complaint| !known(&complaint.property)) {
        suite.counts.failures += 1;
        let inside = element("failure", &complaint.text, "expectation", &complaint.text);
        case(&mut suite, &report.name, &complaint.property, &inside);
    }
    let vacuous = if settings.deny_vacuous { report.vacuous() } else { Vec::new() };
    for text in vacuous {
        suite.counts.failures += 1;
        let name = format!("vacuous: {}", text.split(':').next().unwrap_or(""));
        case(&mut suite, &report.name, &name, &element("failure", &text, "vacuous", &text));
    }
    suite
}

fn of_property(report: &Report, property: &PropertyReport, suite: &mut Suite) {
    let inside = match report.outcome(property) {
        Outcome::Fine => String::new(),
        Outcome::AsExpected => format!("<system-out>{}</system-out>", content(&telling::told(report, property))),
        Outcome::Failed(why) => {
            suite.counts.failures += 1;
            let why = why.join("; ");
            if property.violated {
                let text = format!("{why}\n\n{}", telling::told(report, property));
                element("failure", &telling::headline(report, property), &property.name, &text)
            } else {
                element("failure", &why, "expectation", &why)
            }
        }
        Outcome::Undecided => {
            suite.counts.errors += 1;
            let text = format!("undecided: {}; {}", human::word(report.word), human::line(report).trim());
            element("error", &format!("undecided: {}", human::word(report.word)), "undecided", &text)
        }
    };
    case(suite, &report.name, &property.title(), &inside);
}

fn of_mistake(mistake: &Mistake) -> Suite {
    let mut suite = Suite { counts: Counts { errors: 1, ..Counts::default() }, body: String::new() };
    let (name, message, kind) = match mistake {
        Mistake::Unreadable { name, reason } => (name, reason.as_str(), "unreadable"),
        Mistake::Internal { name, reason } => (name, reason.as_str(), "internal"),
        Mistake::Wrong { name, diagnostics, .. } => {
            let first = diagnostics.first();
            (name, first.map_or("", |first| first.message.as_str()), first.map_or("mistake", |first| first.code))
        }
    };
    case(&mut suite, name, "scenario", &element("error", message, kind, &mistake.render(false)));
    suite
}

fn case(suite: &mut Suite, class: &str, name: &str, inside: &str) {
    suite.counts.tests += 1;
    let _ = write!(suite.body, "    <testcase classname=\"{}\" name=\"{}\"", escaped(class), escaped(name));
    if inside.is_empty() {
        suite.body.push_str("/>\n");
    } else {
        let _ = writeln!(suite.body, ">{inside}</testcase>");
    }
}

fn element(name: &str, message: &str, kind: &str, text: &str) -> String {
    format!("<{name} message=\"{}\" type=\"{}\">{}</{name}>", escaped(message), escaped(kind), content(text))
}

/// Text for XML 1.0 in an element: as [`escaped`], but lines stay lines.
pub fn content(text: &str) -> String {
    escaped(text).replace("&#10;", "\n").replace("&#9;", "\t")
}

/// Text for XML 1.0 in a quoted attribute, good anywhere. Characters that XML cannot hold are shown as pictures.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // a line feed in an attribute would be read as a space, a raw carriage return as a line feed
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            '\u{0}'..='\u{1f}' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or(' ')),
            '\u{7f}' => out.push('\u{2421}'),
            '\u{80}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}
