//! `rundown check --fault all`.

use std::io::IsTerminal;
use std::path::PathBuf;

use rundown::internal::Stop;
use rundown::internal::faults::{self, Fate, NOTICED_ENOUGH, Survey};
use rundown::internal::human::grouped;
use rundown::{Options, Scenario};

use super::terminal::color;
use super::{complain, print};
use crate::exit::Exit;

/// What `--fault` takes for every rule, one after the other.
pub const ALL: &str = "all";

/// Switches every rule off by itself over the scenarios, and prints who notices; `brief`: only where an exercised rule is not noticed twice. `lone`: a
/// rule that only one scenario notices fails, too.
pub fn all(files: &[PathBuf], options: &Options, stop: &Stop, brief: bool, lone: bool) -> Exit {
    let mut scenarios = Vec::new();
    for file in files {
        match Scenario::from_file(file) {
            Ok(scenario) => scenarios.push(scenario),
            Err(mistake) => {
                complain(&mistake.render(color(std::io::stderr().is_terminal())));
                return Exit::Usage;
            }
        }
    }
    let survey = faults::survey(&scenarios, &faults::rules(), options, stop);
    for fate in &survey.fates {
        let settled = fate.noticed.len() >= NOTICED_ENOUGH || fate.exercised_by == 0;
        if !(brief && settled && fate.equivalent.is_none()) {
            print(&row(fate));
        }
        for mistake in &fate.mistakes {
            complain(&mistake.render(color(std::io::stderr().is_terminal())));
        }
    }
    print(&total(&survey));
    judge(&survey, lone)
}

/// A rule: what became of it, and who notices.
fn row(fate: &Fate) -> String {
    let scenarios = |count: usize| if count == 1 { "1 scenario".to_string() } else { format!("{count} scenarios") };
    let (word, told) = match (&fate.noticed[..], fate.equivalent) {
        ([], _) if fate.exercised_by == 0 && fate.equivalent.is_none() => ("NOT EXERCISED", String::new()),
        ([], None) => ("SURVIVES", format!("in {} that exercise it", scenarios(fate.exercised_by))),
        ([], Some(why)) => ("equivalent", why.to_string()),
        ([_, ..], Some(_)) => ("KILLED", "though the reviewed list says that nobody can notice".to_string()),
        ([_], None) => ("killed by one", format!("of {} that exercise it", scenarios(fate.exercised_by))),
        ([_, _, ..], None) => ("killed", String::new()),
    };
    let mut out = format!("{:<9} {word:<14} {told}", fate.rule.id()).trim_end().to_string();
    for noticed in &fate.noticed {
        out.push_str(&format!("\n            {}: {}", noticed.scenario, noticed.by));
    }
    out.push('\n');
    out
}

/// How many of each.
fn total(survey: &Survey) -> String {
    let count = |such: &dyn Fn(&Fate) -> bool| survey.fates.iter().filter(|fate| such(fate)).count();
    let mut out = format!(
        "\n{} rules switched off by themselves over {} scenarios, in {} checks: {} killed by at least {NOTICED_ENOUGH}, {} by one, {} survive, {} not \
         exercised, {} equivalent\n",
        survey.fates.len(),
        grouped(survey.asked as u64),
        grouped(survey.checks as u64),
        count(&|fate| fate.noticed.len() >= NOTICED_ENOUGH),
        count(&|fate| fate.noticed.len() == 1),
        count(&|fate| fate.noticed.is_empty() && fate.equivalent.is_none() && fate.exercised_by > 0),
        count(&|fate| fate.noticed.is_empty() && fate.equivalent.is_none() && fate.exercised_by == 0),
        count(&|fate| fate.noticed.is_empty() && fate.equivalent.is_some()),
    );
    for (name, reason) in &survey.left_out {
        out.push_str(&format!("left out  {name}: {}\n", reason.trim_end()));
    }
    if survey.is_cut {
        out.push_str("it was ended early: rules may be noticed by more than is told\n");
    }
    out
}

fn judge(survey: &Survey, lone: bool) -> Exit {
    let mut exit = if survey.is_cut { Exit::Incomplete } else { Exit::Fine };
    for fate in &survey.fates {
        if !fate.mistakes.is_empty() {
            exit = exit.or(Exit::Internal);
        }
        if !fate.is_fine() || (lone && fate.noticed.len() == 1) {
            exit = exit.or(Exit::Violated);
        }
    }
    exit
}
