//! Every rule met: how many drawn scenarios take each rule, and in how many each guard refuses. A generator decays in silence: a change of the language or
//! of the model can put a family of rules out of its reach, and every test that draws from it goes on passing.
//!
//! `CASES=10000 cargo test -p tests --test it met:: -- --nocapture` counts in ten thousand and prints the table.

use model::operation::Api;
use model::program::Op;
use model::rules::{Kind, Rule};
use rundown::{Limits, Options, Scenario};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tests::wide::Grammar;

use super::differential::cases;

/// So many scenarios of ten thousand have to take a rule.
const LEAST: u64 = 20;
const OF: u64 = 10_000;
/// Searches go no further than this.
const STATES_MAX: u64 = 600;

/// Rules that drawing does not reach, with the reason.
const UNREACHED: &[(Rule, &str)] = &[];
/// Guards that let nothing pass, so that nobody is seen to take them.
const REFUSE_ONLY: &[Rule] = &[Rule::CallNever];

/// What was seen in drawn scenarios.
struct Counts {
    applied: Vec<u64>,
    refused: Vec<u64>,
    rows: BTreeSet<&'static str>,
}

impl Counts {
    /// In the scenarios of these seeds. Which thread looks at which is no matter.
    fn new(seeds: std::ops::Range<u64>) -> Counts {
        let grammar = Grammar::default();
        let next = AtomicU64::new(seeds.start);
        let none = || vec![0; Rule::ALL.len()];
        let all = Mutex::new(Counts { applied: none(), refused: none(), rows: BTreeSet::new() });
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if !seeds.contains(&seed) {
                            return;
                        }
                        let text = grammar.text(&grammar.derive(seed));
                        let scenario = Scenario::parse("wide.scn", &text)
                            .unwrap_or_else(|mistake| panic!("seed {seed}: {mistake}"));
                        let limits = Limits { states: Some(STATES_MAX), ..Limits::default() };
                        let report = rundown::check(&scenario, &Options { limits, ..Options::default() });
                        let mut all = all.lock().expect("nobody panics with it");
                        for (rule, applied, refused) in &report.rules {
                            all.applied[rule.index()] += u64::from(*applied);
                            all.refused[rule.index()] += u64::from(*refused);
                        }
                        let code = scenario.program.functions.iter().flat_map(|function| &function.code);
                        all.rows.extend(code.filter_map(|op| match op {
                            Op::Api(api, _) => Some(api.row().name),
                            _ => None,
                        }));
                    }
                });
            }
        });
        all.into_inner().expect("nobody panicked with it")
    }
}

#[test]
fn every_rule_is_met_by_drawn_scenarios() {
    let count = u64::from(cases(1_500));
    let begun = std::time::Instant::now();
    let counts = Counts::new(0..count);
    // of a small sample less is asked, so that chance alone does not decide
    let least = (count * LEAST / if count < OF { 3 * OF } else { OF }).max(1);
    let (mut table, mut rare, mut listed_and_met) = (String::new(), Vec::new(), Vec::new());
    for rule in Rule::ALL {
        let (applied, refused) = (counts.applied[rule.index()], counts.refused[rule.index()]);
        let guard = rule.info().kind == Kind::Guard;
        table.push_str(&format!(
            "{:<9} {:<10} taken in {applied:>5} refuses in {refused:>5}\n",
            rule.id(),
            rule.info().kind.name()
        ));
        let taken = match guard {
            true => applied >= least || REFUSE_ONLY.contains(rule),
            false => applied.max(refused) >= least,
        };
        let met = taken && (!guard || refused >= least);
        match (met, UNREACHED.iter().any(|(other, _)| other == rule)) {
            (false, false) => rare.push(format!("{} (taken in {applied}, refuses in {refused})", rule.id())),
            (true, true) => listed_and_met.push(rule.id()),
            (true, false) | (false, true) => {}
        }
    }
    println!("{table}{count} scenarios in {:?}", begun.elapsed());
    assert!(rare.is_empty(), "of {count} scenarios fewer than {least} take or are refused by: {}", rare.join(", "));
    assert!(listed_and_met.is_empty(), "they are listed as not reached: {listed_and_met:?}");
    let undrawn: Vec<&str> = Api::NAMES.iter().copied().filter(|name| !counts.rows.contains(name)).collect();
    assert!(undrawn.is_empty(), "no drawn scenario calls {undrawn:?}");
}
