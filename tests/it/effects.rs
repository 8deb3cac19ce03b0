//! Declared effects are what steps do: rows, partial order reduction, dead values, garbage collection and the transition cache assume nothing of a
//! step's reads and writes that is not so. And each kind of mistake, planted, is found.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use model::program::Program;
use proptest::test_runner::TestCaseError;
use rundown::Scenario;
use tests::effects::planted::PLANTED;
use tests::effects::{Assumption, Check, Declared, Mismatch, Mistake, operations};
use tests::generate::{Random, scenarios};
use tests::wide::Grammar;
use tests::{corpus, scenario};

use crate::differential::{cases, runner};

/// States of one scenario of the corpus that are checked.
const STATES_MAX: usize = 60;
/// States of one generated scenario.
const GENERATED_STATES_MAX: usize = 25;
/// Steps of one walk.
const STEPS_MAX: usize = 120;
/// Generated scenarios, if nothing else is said.
const CASES: u32 = 300;

/// What was compared, and what did not agree.
#[derive(Default)]
struct Sum {
    compared: BTreeMap<(Assumption, Mistake), usize>,
    occurring: BTreeSet<String>,
    executed: BTreeSet<String>,
    found: BTreeMap<Mismatch, String>,
}

impl Sum {
    fn check(&mut self, name: &str, program: &Program, states_max: usize) {
        let mut check = Check::new(program, Declared::by(program));
        check.walk(states_max, STEPS_MAX);
        for (what, count) in check.compared {
            *self.compared.entry(what).or_default() += count;
        }
        self.occurring.extend(operations(program));
        self.executed.extend(check.executed);
        for (mismatch, seen) in check.found {
            self.found.entry(mismatch).or_insert_with(|| format!("{name}: {seen}"));
        }
    }

    /// Nothing disagrees, and each assumption was compared so often.
    fn agrees(&self, least: usize) {
        println!("{:?}", self.compared);
        let told: Vec<String> = self.found.iter().map(|(mismatch, seen)| format!("{mismatch}\n    {seen}")).collect();
        assert!(told.is_empty(), "{} mismatches\n{}", told.len(), told.join("\n"));
        for assumption in
            [Assumption::Row, Assumption::Order, Assumption::Dead, Assumption::Collection, Assumption::Cache]
        {
            let counts = self.compared.iter().filter(|((other, _), _)| *other == assumption).map(|(_, count)| *count);
            let fewest = counts.min().unwrap_or_default();
            assert!(fewest >= least, "{assumption:?} was compared {fewest} times: {:?}", self.compared);
        }
    }
}

#[test]
fn declared_effects_are_those_of_steps_on_the_corpus() {
    let mut sum = Sum::default();
    for name in corpus() {
        sum.check(&name, &scenario(&name).program, STATES_MAX);
    }
    sum.agrees(500);
    let never: Vec<&String> = sum.occurring.difference(&sum.executed).collect();
    assert!(never.is_empty(), "operations that no step executed: {never:?}");
}

#[test]
fn declared_effects_are_those_of_steps_on_random_scenarios() {
    let cases = cases(CASES);
    let sum = RefCell::new(Sum::default());
    let outcome = runner(cases).run(&scenarios(), |Random { text }| {
        let scenario =
            Scenario::parse("random.scn", &text).map_err(|mistake| TestCaseError::fail(mistake.to_string()))?;
        let mut sum = sum.borrow_mut();
        sum.check("random", &scenario.program, GENERATED_STATES_MAX);
        // shrinking goes on from here
        match std::mem::take(&mut sum.found).pop_first() {
            Some((mismatch, seen)) => Err(TestCaseError::fail(format!("{mismatch}\n    {seen}"))),
            None => Ok(()),
        }
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    sum.into_inner().agrees(cases as usize / 3);
}

#[test]
fn declared_effects_are_those_of_steps_on_wide_scenarios() {
    let mut sum = Sum::default();
    let grammar = Grammar::default();
    let cases = cases(CASES);
    for seed in 0..u64::from(cases) {
        let text = grammar.text(&grammar.derive(seed));
        let scenario = Scenario::parse("wide.scn", &text).unwrap_or_else(|mistake| panic!("{mistake}"));
        sum.check(&format!("seed {seed}"), &scenario.program, GENERATED_STATES_MAX);
    }
    sum.agrees(cases as usize / 3);
}

#[test]
fn planted_mistakes_are_found() {
    for planted in PLANTED {
        let [with, without] = planted.found();
        assert!(without.is_empty(), "{}: found without the mistake: {without:?}", planted.name);
        let expected = planted.expected();
        assert!(with.contains(&expected), "{}: {expected:?} is not among {with:?}", planted.name);
    }
    // a read, a write and a wrong row, as far as the assumption speaks of such
    let kinds: BTreeSet<(Assumption, Mistake)> =
        PLANTED.iter().map(|planted| (planted.expected().assumption, planted.expected().mistake)).collect();
    for assumption in [Assumption::Row, Assumption::Order, Assumption::Dead, Assumption::Collection, Assumption::Cache]
    {
        for mistake in [Mistake::Read, Mistake::Write] {
            assert!(kinds.contains(&(assumption, mistake)), "no {mistake:?} is planted for {assumption:?}");
        }
    }
    for assumption in [Assumption::Row, Assumption::Order, Assumption::Collection] {
        assert!(kinds.contains(&(assumption, Mistake::Row)), "no wrong row is planted for {assumption:?}");
    }
}
