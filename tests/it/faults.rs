//! What each rule is for: switched off, something in the corpus comes out differently.

use model::rules::{Kind, Rule};
use rundown::{Limits, Options};
use std::collections::BTreeSet;
use std::fmt::Write;
use tests::{corpus, scenario};

/// Scenarios that are small enough to be run once for every rule.
const STATES_MAX: u64 = 3_000;

#[test]
fn every_guard_that_is_switched_off_is_noticed() {
    let mut small = Vec::new();
    for name in corpus() {
        let scenario = scenario(&name);
        if !scenario.program.faults.is_empty() {
            continue;
        }
        let report = rundown::check(&scenario, &Options::default());
        if report.coverage.states > STATES_MAX {
            continue;
        }
        let violated: BTreeSet<String> = report.violations().map(|property| property.name.clone()).collect();
        let met: BTreeSet<Rule> =
            report.rules.iter().filter(|(_, applied, refused)| *applied || *refused).map(|(rule, ..)| *rule).collect();
        small.push((name, scenario, violated, met));
    }
    let mut table = String::new();
    let mut unnoticed = Vec::new();
    for rule in Rule::ALL.iter().filter(|rule| rule.info().kind != Kind::Assumption) {
        let mut killed: Option<(String, String)> = None;
        for (name, scenario, violated, met) in &small {
            // a rule that a scenario never meets cannot change it
            if !met.contains(rule) {
                continue;
            }
            let limits = Limits { states: Some(20 * STATES_MAX), ..Limits::default() };
            let report = rundown::check(scenario, &Options { faults: vec![*rule], limits, ..Options::default() });
            let found: BTreeSet<String> = report.violations().map(|property| property.name.clone()).collect();
            if let Some(new) = found.difference(violated).next() {
                killed = Some((new.clone(), name.clone()));
                break;
            }
            if let Some(gone) = violated.difference(&found).next() {
                killed.get_or_insert((format!("not {gone}"), name.clone()));
            }
        }
        match killed {
            Some((property, name)) => {
                writeln!(table, "{:<9} {property:<20} {name}", rule.id()).expect("a string takes everything");
            }
            None => {
                unnoticed.push(rule.id());
                writeln!(table, "{:<9} -", rule.id()).expect("a string takes everything");
            }
        }
    }
    insta::assert_snapshot!("faults", table);
    let guards: Vec<&str> = Rule::ALL
        .iter()
        .filter(|rule| rule.info().kind == Kind::Guard)
        .map(|rule| rule.id())
        .filter(|id| unnoticed.contains(id))
        .collect();
    assert!(guards.is_empty(), "switching off {guards:?} changes nothing");
}
