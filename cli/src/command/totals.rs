//! What came of all scenarios of a run, in a line.

use rundown::internal::format::Checked;
use rundown::internal::human::{self, Mark};

/// Counts scenarios by how they ended.
#[derive(Default)]
pub struct Totals {
    marks: Vec<(&'static str, usize)>,
    states: u64,
}

impl Totals {
    /// Counts one more.
    pub fn add(&mut self, one: &Checked) {
        let what = match one {
            Checked::Report(report) => {
                self.states += report.coverage.states;
                match human::mark(report) {
                    Mark::Ok => "as expected",
                    Mark::NotAsExpected => "not as expected",
                    Mark::Violated => "violated",
                    Mark::Undecided => "undecided",
                }
            }
            Checked::Mistake(_) => "not checked",
        };
        match self.marks.iter_mut().find(|(name, _)| *name == what) {
            Some((_, count)) => *count += 1,
            None => self.marks.push((what, 1)),
        }
    }

    /// `812 scenarios: 811 as expected, 1 violated; 1,234,567 states`.
    pub fn line(&self) -> String {
        let all: usize = self.marks.iter().map(|(_, count)| count).sum();
        let parts: Vec<String> = self.marks.iter().map(|(name, count)| format!("{count} {name}")).collect();
        format!("{all} scenarios: {}; {} states\n", parts.join(", "), human::grouped(self.states))
    }
}
