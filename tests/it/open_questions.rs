//! The table of docs/open-questions.md: every question has a switch that can be shown to matter, a rule, or a reason; and every switch
//! stands in it.

use crate::seed_map::{applied_rules, linked_rules_in, links_in, named_rules, rows as seed_rows};
use model::readings::READINGS;
use rundown::{Options, Report};
use std::collections::BTreeSet;
use tests::{root, scenario};

/// The numbers of the list: Q1 to Q49, the project's own from Q50 on, QF1 to QF11.
fn numbers() -> Vec<String> {
    (1..=55).map(|number| format!("Q{number}")).chain((1..=11).map(|number| format!("QF{number}"))).collect()
}

struct Row {
    question: String,
    raised_by: String,
    decided: String,
    scenarios: Vec<String>,
}

impl Row {
    /// The readings that decide it.
    fn switches(&self) -> Vec<&'static str> {
        let decided = self.decided.split_once("switch ").map_or("", |(_, rest)| rest);
        let named = decided.split('`').skip(1).step_by(2);
        let known = |name: &str| READINGS.iter().find(|reading| reading.name == name).map(|reading| reading.name);
        named.map(|name| known(name).unwrap_or_else(|| panic!("{}: {name} is no reading", self.question))).collect()
    }
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("docs/open-questions.md")).expect("docs/open-questions.md");
    let lines = text.lines().filter(|line| line.starts_with("| Q") || line.starts_with("| QF"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [question, open, raised_by, decided, links] = cells[..] else { panic!("not five cells: {line}") };
            assert!(!open.is_empty(), "{question} asks nothing");
            Row {
                question: question.to_string(),
                raised_by: raised_by.to_string(),
                decided: decided.to_string(),
                scenarios: links_in(question, links),
            }
        })
        .collect()
}

#[test]
fn every_question_is_decided_by_something() {
    let rows = rows();
    let asked: Vec<String> = rows.iter().map(|row| row.question.clone()).collect();
    assert_eq!(asked, numbers(), "the questions in their order");
    let seeds: BTreeSet<String> = seed_rows().into_iter().map(|row| row.id).collect();
    for row in &rows {
        if row.raised_by != "no seed" {
            for id in row.raised_by.split(", ") {
                assert!(seeds.contains(id), "{} names the row {id}, which does not exist", row.question);
            }
        }
        let (how, why) = row.decided.split_once(": ").unwrap_or_else(|| panic!("{} gives no reason", row.question));
        assert!(why.len() > 10, "{} gives no reason", row.question);
        let rules = linked_rules_in(&row.question, how);
        match how.split(' ').next() {
            Some("switch") => assert!(!row.switches().is_empty(), "{} names no switch", row.question),
            Some("rule") => {
                assert!(!rules.is_empty(), "{} names no rule", row.question);
                for path in &row.scenarios {
                    let about = [named_rules(path), applied_rules(path)].concat();
                    let touches = rules.iter().any(|rule| about.contains(rule));
                    assert!(touches, "{} links to {path}, which is about none of its rules", row.question);
                }
            }
            Some("not") => assert_eq!(how, "not modelled", "{}", row.question),
            other => panic!("{}: neither switch nor rule nor reason: {other:?}", row.question),
        }
        assert!(how == "not modelled" || !row.scenarios.is_empty(), "{} is shown by nothing", row.question);
    }
}

#[test]
fn every_switch_stands_in_the_table_once() {
    let mut named: Vec<&str> = rows().iter().flat_map(Row::switches).collect();
    let mut known: Vec<&str> = READINGS.iter().map(|reading| reading.name).collect();
    named.sort_unstable();
    known.sort_unstable();
    assert_eq!(named, known);
    for reading in READINGS {
        let row = rows().into_iter().find(|row| row.switches().contains(&reading.name)).expect("just looked");
        assert_eq!(row.question, reading.question, "the question of {}", reading.name);
    }
}

/// What a check comes to: the verdict's word and what is violated.
fn verdict(report: &Report) -> String {
    let violated: Vec<&str> = report.violations().map(|property| property.name.as_str()).collect();
    format!("{:?} {violated:?}", report.word)
}

/// On some scenario of its row every switch has two values with different verdicts; and the report names the switch without being
/// asked.
#[test]
fn every_switch_has_a_telling_scenario() {
    for row in rows() {
        for name in row.switches() {
            let reading = READINGS.iter().find(|reading| reading.name == name).expect("a switch is a reading");
            let told: Vec<BTreeSet<String>> = row
                .scenarios
                .iter()
                .map(|path| {
                    let scenario = scenario(path);
                    let under = |value: &str| {
                        let readings = vec![(name.to_string(), value.to_string())];
                        rundown::check(&scenario, &Options { readings, ..Options::default() })
                    };
                    reading.values.iter().map(|(value, _)| verdict(&under(value))).collect()
                })
                .collect();
            assert!(
                told.iter().any(|verdicts| verdicts.len() > 1),
                "{name}: its scenarios do not tell its values apart"
            );
            let rests = row.scenarios.iter().any(|path| {
                let report = rundown::check(&scenario(path), &Options::default());
                report.readings.iter().any(|used| used.name == name)
            });
            assert!(rests, "{name}: no report of its scenarios names it without being asked");
        }
    }
}
