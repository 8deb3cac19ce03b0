//! What each rule is for: every rule is switched off by itself, over the scenarios that exercise it, until two of them notice.
//!
//! A scenario notices when its outcome is no longer the one that it expects. Whether a search was large enough to tell is no matter of
//! time here: each has a limit of states, so that the same scenarios give the same table on every machine.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use checker::{End, Stop, StopReason};
use model::rules::{Kind, Rule, RuleSet};

use crate::expectation::Met;
use crate::guard::guarded;
use crate::report::{Options, Report, Word, check_with};
use crate::scenario::{Mistake, Scenario};

/// Scenarios with more states than this are left out; those left notice what they would.
pub const STATES_MAX: u64 = 20_000;
/// Without a rule a search may go so many times as far as with it, and a bit further.
const GROWTH: u64 = 4;
const GROWTH_LEAST: u64 = 2_000;
/// A rule that so many scenarios notice is done.
pub const NOTICED_ENOUGH: usize = 2;

/// A scenario under the readings of one of its expectations.
struct Case<'a> {
    scenario: &'a Scenario,
    readings: Vec<(String, String)>,
    states: u64,
    exercised: RuleSet,
}

/// A scenario that notices that a rule is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noticed {
    /// Its name.
    pub scenario: String,
    /// The first thing that is not as expected.
    pub by: String,
}

/// What became of one rule.
#[derive(Clone, Debug)]
pub struct Fate {
    /// The rule that was switched off.
    pub rule: Rule,
    /// How many scenarios exercise it.
    pub exercised_by: usize,
    /// Those that notice, the smallest first, and no more than are enough.
    pub noticed: Vec<Noticed>,
    /// Why nobody can notice, if the rule stands in the reviewed list.
    pub equivalent: Option<&'static str>,
    /// Rundown itself failed without the rule.
    pub mistakes: Vec<Mistake>,
}

impl Fate {
    /// Is it as it should be: noticed, or listed as nothing that can be noticed?
    pub fn is_fine(&self) -> bool {
        self.mistakes.is_empty() && self.noticed.is_empty() == self.equivalent.is_some()
    }
}

/// What came of switching rules off.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// In the order of SPEC.md.
    pub fates: Vec<Fate>,
    /// The scenarios that were asked.
    pub asked: usize,
    /// Those that were not, with the reason.
    pub left_out: Vec<(String, String)>,
    /// How many checks without a rule were made.
    pub checks: usize,
    /// It was ended early: rules may be missing, or noticed by more than is told.
    pub is_cut: bool,
}

/// The rules that can be switched off.
pub fn rules() -> Vec<Rule> {
    Rule::ALL.iter().copied().filter(|rule| rule.info().kind != Kind::Assumption).collect()
}

/// Switches each of the rules off over the scenarios that exercise it. `options` has readings, limits and how to search; as many searches
/// as it has threads run side by side, and the number of threads changes nothing in what comes out.
pub fn survey(scenarios: &[Scenario], rules: &[Rule], options: &Options, stop: &Stop) -> Survey {
    let threads = options.threads.map_or(1, NonZero::get);
    let options = Options { threads: None, ..options.until() };
    let plain = side_by_side(threads, scenarios, |scenario| plain(scenario, &options, stop));
    let mut survey = Survey::default();
    let mut cases = Vec::new();
    for (scenario, found) in scenarios.iter().zip(plain) {
        match found {
            Ok(found) => {
                survey.asked += 1;
                cases.extend(found);
            }
            Err(reason) => survey.left_out.push((scenario.name.clone(), reason)),
        }
    }
    // the smallest first: they answer soonest, and what they show is easiest to read
    cases.sort_by(|one, other| (one.states, &one.scenario.name).cmp(&(other.states, &other.scenario.name)));
    let fates = side_by_side(threads, rules, |rule| fate(*rule, &cases, &options, stop));
    for (fate, checks, cut) in fates {
        survey.checks += checks;
        survey.is_cut |= cut;
        survey.fates.push(fate);
    }
    survey.is_cut |= stop.is_asked();
    survey
}

/// Does the work for each item, on so many threads; the results are in the order of the items.
fn side_by_side<'a, I: Sync, T: Send>(threads: usize, items: &'a [I], work: impl Fn(&'a I) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    let result = work(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The readings that the expectations of a scenario speak of, the default ones first.
fn readings(scenario: &Scenario, options: &Options) -> Vec<Vec<(String, String)>> {
    let mut all = vec![options.readings.clone()];
    for when in scenario.program.expectations.iter().map(|one| &one.when) {
        let readings: Vec<_> = options.readings.iter().chain(when).cloned().collect();
        if !all.contains(&readings) {
            all.push(readings);
        }
    }
    all
}

/// What a scenario exercises as it stands; or why it cannot be asked.
fn plain<'a>(scenario: &'a Scenario, options: &Options, stop: &Stop) -> Result<Vec<Case<'a>>, String> {
    if !scenario.program.faults.is_empty() {
        return Err("it switches a rule off itself".into());
    }
    let mut cases = Vec::new();
    for readings in readings(scenario, options) {
        let mut options = Options { readings: readings.clone(), ..options.clone() };
        let most = options.limits.states.unwrap_or(STATES_MAX);
        options.limits.states = Some(most);
        let report = guarded(&scenario.name, || check_with(scenario, &options, stop, &mut ()))
            .map_err(|mistake| mistake.to_string())?;
        if report.end == End::Stopped(StopReason::States) {
            return Err(format!("it has more than {} states", crate::human::grouped(most)));
        }
        if !is_as_expected(&report) {
            return Err("it does not come out as it expects".into());
        }
        let mut exercised = RuleSet::EMPTY;
        let met = report.rules.iter().filter(|(_, applied, refused)| *applied || *refused);
        met.for_each(|(rule, ..)| exercised.insert(*rule));
        cases.push(Case { scenario, readings, states: report.coverage.states, exercised });
    }
    Ok(cases)
}

fn is_as_expected(report: &Report) -> bool {
    match report.met {
        Met::Yes => true,
        Met::NotAsked => report.word == Word::Holds,
        Met::No(_) | Met::Open => false,
    }
}

/// What becomes of one rule, how many checks that took, and whether one of them was ended from outside.
fn fate(rule: Rule, cases: &[Case<'_>], options: &Options, stop: &Stop) -> (Fate, usize, bool) {
    let met: Vec<&Case<'_>> = cases.iter().filter(|case| case.exercised.contains(rule)).collect();
    let files: BTreeSet<&str> = met.iter().map(|case| case.scenario.name.as_str()).collect();
    let equivalent = model::rules::EQUIVALENT.iter().find(|(other, _)| *other == rule).map(|(_, why)| *why);
    let mut fate = Fate { rule, exercised_by: files.len(), noticed: Vec::new(), equivalent, mistakes: Vec::new() };
    let (mut checks, mut cut) = (0, false);
    for case in met {
        if fate.noticed.len() >= NOTICED_ENOUGH || stop.is_asked() {
            break;
        }
        if fate.noticed.iter().any(|noticed| noticed.scenario == case.scenario.name) {
            continue;
        }
        checks += 1;
        let mut options = Options { readings: case.readings.clone(), ..options.clone() };
        options.limits.states = Some(GROWTH * case.states + GROWTH_LEAST);
        let mut without = case.scenario.clone();
        // as if the scenario itself said so: what it expects counts all the same
        without.program.faults.insert(rule);
        match guarded(&without.name, || check_with(&without, &options, stop, &mut ())) {
            Err(mistake) => fate.mistakes.push(mistake),
            Ok(report) => {
                cut |= matches!(report.end, End::Stopped(StopReason::Time | StopReason::Interrupt));
                if let Some(by) = noticed(&report) {
                    fate.noticed.push(Noticed { scenario: without.name.clone(), by });
                }
            }
        }
    }
    (fate, checks, cut)
}

/// The first thing that is not as expected.
fn noticed(report: &Report) -> Option<String> {
    match &report.met {
        Met::No(complaints) => complaints.first().cloned(),
        Met::NotAsked => report.violated().first().map(|name| format!("{name} is violated")),
        Met::Yes | Met::Open => None,
    }
}
