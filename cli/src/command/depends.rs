//! Does the verdict depend on how the open questions are taken? Asked without being asked for, where that is cheap.

use model::readings::READINGS;
use rundown::{Limits, Options, Report, Scenario, Stop, Word, check_with, human};

/// Searches larger than this are not repeated for every reading.
const STATES_MAX: u64 = 50_000;

/// The verdict's word with the violated properties.
pub fn summary(report: &Report) -> String {
    let names: Vec<&str> = report.violations().map(|property| property.name.as_str()).collect();
    if names.is_empty() { human::word(report.word) } else { format!("violated: {}", names.join(", ")) }
}

/// Lines for the report: every other value of a reading it rests on that gives another verdict.
pub fn lines(scenario: &Scenario, options: &Options, report: &Report, stop: &Stop) -> String {
    let complete = !matches!(report.word, Word::Incomplete(_));
    if !complete || report.coverage.states > STATES_MAX {
        return "  depends   not looked at for a search of this size; --reading all does it\n".into();
    }
    let mut found = Vec::new();
    for used in &report.readings {
        let Some(reading) = READINGS.iter().find(|reading| reading.name == used.name) else { continue };
        for (value, _) in reading.values.iter().filter(|(value, _)| *value != used.value) {
            let mut varied = options.clone();
            varied.readings.push((reading.name.to_string(), (*value).to_string()));
            varied.limits = Limits { states: Some(10 * STATES_MAX), ..options.limits.clone() };
            let other = check_with(scenario, &varied, stop, &mut ());
            if summary(&other) != summary(report) {
                found.push(format!("{}={value} ({})", reading.name, summary(&other)));
            }
        }
    }
    match found.as_slice() {
        [] if report.readings.is_empty() => String::new(),
        [] => "  depends   on none of these\n".into(),
        [first, rest @ ..] => {
            let mut out = format!("  DEPENDS   another verdict under {first}\n");
            for one in rest {
                out.push_str(&format!("            and under {one}\n"));
            }
            out
        }
    }
}
