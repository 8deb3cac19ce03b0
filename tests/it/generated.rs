//! What random scenarios reach. A generator decays in silence: a change of the language or of the model can make a whole family
//! of rules unreachable for it, and every test that uses it goes on passing. Hence a snapshot to be looked at.

use crate::differential::{CASES, bounded, runner};
use model::rules::Rule;
use proptest::prelude::*;
use rundown::{EngineKind, Scenario};
use std::cell::RefCell;
use std::collections::BTreeMap;
use tests::generate::{Random, scenarios};

/// Fires in fewer scenarios than this: rarely.
const RARELY: u32 = 5;

#[derive(Default)]
struct Seen {
    applied: BTreeMap<&'static str, u32>,
    refused: BTreeMap<&'static str, u32>,
    violated: BTreeMap<String, u32>,
    bounds: BTreeMap<&'static str, u32>,
    readings: BTreeMap<String, u32>,
}

/// The names in three lists: often, rarely, never.
fn lists<'a>(title: &str, names: impl Iterator<Item = &'a str>, count: impl Fn(&str) -> u32) -> String {
    let mut lists: [Vec<&str>; 3] = Default::default();
    for name in names {
        let list = match count(name) {
            0 => 2,
            few if few < RARELY => 1,
            _ => 0,
        };
        lists[list].push(name);
    }
    let [often, rarely, never] = lists.map(|names| names.join(" "));
    format!("{title}\n  often: {often}\n  rarely: {rarely}\n  never: {never}\n")
}

/// Always the same scenarios, those of the differential test, whatever the environment says.
#[test]
fn what_random_scenarios_reach() {
    let seen = RefCell::new(Seen::default());
    let outcome = runner(CASES).run(&scenarios(), |Random { text }| {
        let scenario =
            Scenario::parse("random.scn", &text).map_err(|mistake| TestCaseError::fail(mistake.to_string()))?;
        let report = rundown::check(&scenario, &bounded(EngineKind::BreadthFirst));
        let mut seen = seen.borrow_mut();
        for (rule, applied, refused) in &report.rules {
            *seen.applied.entry(rule.id()).or_default() += u32::from(*applied);
            *seen.refused.entry(rule.id()).or_default() += u32::from(*refused);
        }
        for property in report.violations().filter(|property| property.built_in.is_some()) {
            *seen.violated.entry(property.name.clone()).or_default() += 1;
        }
        for hit in &report.bounds {
            *seen.bounds.entry(hit.name).or_default() += 1;
        }
        for reading in &report.readings {
            *seen.readings.entry(format!("{}={}", reading.name, reading.value)).or_default() += 1;
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let seen = seen.into_inner();
    let rules = || Rule::ALL.iter().map(|rule| rule.id());
    let properties = model::properties::Property::ALL.into_iter().map(|property| property.name());
    let bounds = model::bounds::Bound::ALL.into_iter().map(|bound| bound.name());
    let readings: Vec<String> = model::readings::READINGS
        .iter()
        .flat_map(|reading| reading.values.iter().map(|(value, _)| format!("{}={value}", reading.name)))
        .collect();
    let of = |table: &BTreeMap<&'static str, u32>, name: &str| table.get(name).copied().unwrap_or(0);
    let text = [
        lists("rules applied", rules(), |rule| of(&seen.applied, rule)),
        lists("rules refusing", rules(), |rule| of(&seen.refused, rule)),
        lists("properties violated", properties, |name| seen.violated.get(name).copied().unwrap_or(0)),
        lists("bounds hit", bounds, |bound| of(&seen.bounds, bound)),
        lists("readings that matter", readings.iter().map(String::as_str), |one| {
            seen.readings.get(one).copied().unwrap_or(0)
        }),
    ];
    insta::assert_snapshot!("reached", text.concat());
}
