//! One case as text: what is seen, the mechanism, the run that shows it, the repair and its verdict. Both files are checked while one waits: they
//! are small.

use serde_json::{Value, json};

use super::list::wrapped;
use super::read::{Case, File};
use super::{diff, links};
use crate::report::{Options, PropertyReport, Report};
use crate::scenario::{Mistake, Scenario};
use crate::{human, telling};

/// The longest line, but for code.
const WIDTH: usize = 80;

/// A case with what its files come to.
pub struct Checked<'a> {
    /// The case.
    pub case: &'a Case,
    /// What the broken file comes to.
    pub broken: Report,
    /// What the repaired file comes to.
    pub repaired: Report,
}

impl<'a> Checked<'a> {
    /// Checks both files.
    pub fn new(case: &'a Case) -> Result<Checked<'a>, Mistake> {
        let check = |file: &File| {
            let scenario = Scenario::parse(&file.name(), file.text)?;
            Ok::<Report, Mistake>(crate::check(&scenario, &Options::default()))
        };
        Ok(Checked { case, broken: check(&case.broken)?, repaired: check(&case.repaired)? })
    }

    /// The violations of the broken file, that one first which the fewest threads are needed for.
    pub fn violations(&self) -> Vec<&PropertyReport> {
        human::violations(&self.broken)
    }

    /// The story of the first, in lines of `width`, without its ledger and its commands.
    pub fn story(&self, width: usize) -> String {
        self.violations().first().map_or_else(String::new, |first| telling::told_in(&self.broken, first, width))
    }

    /// The others, a sentence each. What differs in the line alone is one sentence.
    pub fn others(&self) -> Vec<String> {
        let mut headlines: Vec<String> = Vec::new();
        for property in self.violations() {
            let headline = telling::headline(&self.broken, property);
            if !headlines.contains(&headline) {
                headlines.push(headline);
            }
        }
        headlines.into_iter().skip(1).collect()
    }

    /// The verdict on the repaired file.
    pub fn verdict(&self) -> String {
        human::word(self.repaired.word)
    }

    /// Everything, for programs.
    pub fn json(&self) -> Value {
        let mut value = super::json(self.case);
        value["mechanism"] = json!(self.case.broken.prose);
        value["story"] = json!(self.story(110));
        value["repair"] =
            json!({ "text": self.case.repaired.prose, "diff": diff(self.case), "verdict": self.verdict() });
        value
    }
}

/// The whole case. `paint` may colour a line of the diff.
pub fn text(checked: &Checked<'_>, paint: impl Fn(&str) -> String) -> String {
    let case = checked.case;
    let mut out = wrapped(&format!("{}  {}", case.id, case.broken.title), WIDTH, "", 6);
    let mut row = |name: &str, what: &str| out.push_str(&wrapped(&format!("{name:<9} {what}"), WIDTH, "  ", 10));
    row("seen", &case.symptoms.iter().map(|symptom| symptom.title).collect::<Vec<_>>().join("; "));
    row("found", &case.broken.found.join(", "));
    row("from", &case.broken.source);
    for (_, address) in links(&case.broken.source) {
        row("", &address);
    }
    // some rest on no function of the run-time at all
    if !case.calls.is_empty() {
        row("calls", &case.calls.iter().copied().collect::<Vec<_>>().join(", "));
    }
    out.push('\n');
    out.push_str(&prose(&case.broken));
    out.push_str("\nTHE RUN\n\n");
    out.push_str(&checked.story(WIDTH));
    let others = checked.others();
    if !others.is_empty() {
        out.push('\n');
    }
    for other in others {
        out.push_str(&wrapped(&format!("also {other}"), WIDTH, "", 2));
    }
    out.push_str("\nTHE REPAIR\n\n");
    out.push_str(&prose(&case.repaired));
    out.push('\n');
    for line in diff(case).lines() {
        out.push_str(&paint(line));
        out.push('\n');
    }
    let states = human::grouped(checked.repaired.coverage.states);
    out.push_str(&format!("\n{}: {}, {states} states\n", case.repaired.name(), checked.verdict()));
    if !case.variants.is_empty() {
        out.push_str("\nOTHER WAYS\n\n");
        for variant in &case.variants {
            out.push_str(&format!("  {}.scn: {}\n", variant.stem, outcome(variant)));
            out.push_str(&wrapped(&variant.title, WIDTH, "    ", 0));
        }
    }
    out.push_str(&format!("\nnext\n  rundown init --from {:<28}# write both, to start from\n", case.id));
    if let Some(variant) = case.variants.first() {
        out.push_str(&format!("  rundown init --from {:<28}# or another way\n", variant.stem));
    }
    out
}

/// What a variant is expected to come to.
pub(super) fn outcome(file: &File) -> String {
    if file.holds() { "holds".to_string() } else { file.found.join(", ") }
}

fn prose(file: &File) -> String {
    file.prose.iter().map(|paragraph| wrapped(paragraph, WIDTH, "", 0)).collect()
}
