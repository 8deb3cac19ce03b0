//! Tables: what a row refers to is there. Renaming and garbage collection read references in different ways; where they do not agree, a place
//! is freed that a row still names.

use std::collections::BTreeMap;

use model::reduce::{Kind, References};
use model::state::State;
use tests::{corpus, scenario};

use crate::reduce::reachable;

/// States of one scenario that are looked at.
const STATES_MAX: usize = 60;

/// References to empty places: whose, and to what. What is put there next would be taken for what was there before, and situations that are
/// the same would be told apart.
fn dangling(references: &References<'_>, state: &State) -> Vec<(Kind, Kind)> {
    let mut found = Vec::new();
    for ((owner, _), to) in references.of(state) {
        let empty = to.into_iter().filter(|(kind, number)| state.is_absent(*kind, *number));
        found.extend(empty.map(|(kind, _)| (owner, kind)));
    }
    found
}

#[test]
fn no_row_refers_to_an_empty_place() {
    let mut seen = 0;
    let mut found: BTreeMap<(Kind, Kind), String> = BTreeMap::new();
    for name in corpus() {
        let program = scenario(&name).program;
        let references = References::new(&program);
        for state in reachable(&program, STATES_MAX) {
            for what in dangling(&references, &state) {
                found.entry(what).or_insert_with(|| format!("{name}: {state:?}"));
            }
            seen += references.of(&state).iter().map(|(_, to)| to.len()).sum::<usize>();
        }
    }
    assert_eq!(found, BTreeMap::new());
    assert!(seen > 50_000, "few references: {seen}");
}
