//! The answers that a real run-time gave: every scenario of `scenarios/measured` asserts them or names the deviation, and holds.

use std::collections::{BTreeMap, BTreeSet};

use rundown::Options;
use rundown::internal::{Met, human};
use tests::{measured, root, scenario};

/// By plan and step: what was answered.
fn recorded() -> BTreeMap<(String, usize), String> {
    let text = std::fs::read_to_string(root().join("tests/measured/wine-8.0.tsv")).expect("the recorded answers");
    let rows = text.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    rows.map(|row| ((row[0].to_string(), row[1].parse().expect("a step's number")), row[3].to_string())).collect()
}

/// An assertion of a scenario: the step, the answer, and what stands behind it on the line.
fn assertion(line: &str) -> Option<(usize, &str, &str)> {
    let (step, rest) = line.trim().strip_prefix("assert(h")?.split_once(" == ")?;
    let (answer, rest) = rest.split_once(");")?;
    Some((step.parse().ok()?, answer, rest.trim()))
}

#[test]
fn scenarios_assert_what_was_measured_or_name_the_deviation() {
    let recorded = recorded();
    let documented = std::fs::read_to_string(root().join("docs/measured.md")).expect("docs/measured.md");
    let (mut equal, mut deviating, mut wrong) = (0, BTreeSet::new(), Vec::new());
    for name in measured() {
        let text = std::fs::read_to_string(root().join(&name)).expect("a scenario");
        let plan = name.rsplit('/').next().and_then(|file| file.strip_suffix(".scn")).expect("a file's name");
        for (step, answer, rest) in text.lines().filter_map(assertion) {
            let Some(measured) = recorded.get(&(plan.to_string(), step)) else {
                wrong.push(format!("{name}: step {step} was not recorded"));
                continue;
            };
            if answer.split(" || ").any(|one| one.rsplit(' ').next() == Some(measured)) {
                equal += 1;
                continue;
            }
            let named = rest.strip_prefix("// ").and_then(|rest| rest.split_once(": measured "));
            match named {
                Some((deviation, said)) if said == measured && documented.contains(&format!("| {deviation} |")) => {
                    deviating.insert(plan.to_string());
                }
                Some(_) | None => wrong.push(format!("{name}: step {step} answered {measured}, not {answer}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} plans, {equal} answers as measured, {} plans name a deviation", measured().len(), deviating.len());
    assert!(equal > 500, "only {equal} answers were compared");
}

#[test]
fn every_measured_scenario_is_as_it_expects() {
    let mut wrong = String::new();
    for name in measured() {
        let report = rundown::check(&scenario(&name), &Options::default());
        if report.met != Met::Yes {
            wrong.push_str(&human::report(&report, false));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
