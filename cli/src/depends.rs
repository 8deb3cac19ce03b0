//! Does the verdict depend on how the open questions are taken? Asked without being asked for, where that is cheap.

use checker::Stop;
use model::readings::Reading;

use crate::human;
use crate::report::{Options, Report, Word, check_with};
use crate::scenario::Scenario;

/// Searches larger than this are not repeated for every reading.
const STATES_MAX: u64 = 50_000;

/// A value of a reading under which something else comes out.
#[derive(Clone, Debug)]
pub struct OtherVerdict {
    /// `name=value`.
    pub reading: String,
    /// What comes out under it.
    pub report: Report,
}

/// The verdict's word with the violated properties.
pub fn summary(report: &Report) -> String {
    let names: Vec<&str> = report.violated();
    if names.is_empty() { human::word(report.word) } else { format!("violated: {}", names.join(", ")) }
}

/// Every other value of a reading that the verdict rests on and that gives another verdict; none if that is not cheap to know.
/// `options` are those of the report: their limits hold.
pub fn others(report: &Report, options: &Options, stop: &Stop) -> Option<Vec<OtherVerdict>> {
    let complete = !matches!(report.word, Word::Incomplete(_) | Word::NotFound(_));
    if !complete || report.coverage.states > STATES_MAX {
        return None;
    }
    let mut found = Vec::new();
    for used in &report.readings {
        let Some(reading) = Reading::by_name(used.name) else { continue };
        for value in reading.value_names().filter(|value| *value != used.value) {
            let mut options = options.clone();
            options.readings.push((reading.name.to_string(), value.to_string()));
            options.limits.states = Some(10 * STATES_MAX);
            let other = check_with(&of(report), &options, stop, &mut ());
            if summary(&other) != summary(report) {
                found.push(OtherVerdict { reading: format!("{}={value}", reading.name), report: other });
            }
        }
    }
    Some(found)
}

/// The scenario of a report, with the readings and faults of its check.
fn of(report: &Report) -> Scenario {
    Scenario {
        name: report.name.clone(),
        text: report.program.source.clone(),
        program: report.program.clone(),
        warnings: Vec::new(),
    }
}

/// The same as lines of the report.
pub fn lines(report: &Report, others: Option<&[OtherVerdict]>) -> String {
    let told = |other: &OtherVerdict| format!("{} ({})", other.reading, summary(&other.report));
    match others {
        None => "  depends   not looked at for a search of this size; --reading all does it\n".into(),
        Some([]) if report.readings.is_empty() => String::new(),
        Some([]) => "  depends   on none of these\n".into(),
        Some([first, rest @ ..]) => {
            let mut out = format!("  DEPENDS   another verdict under {}\n", told(first));
            for one in rest {
                out.push_str(&format!("            and under {}\n", told(one)));
            }
            out
        }
    }
}
