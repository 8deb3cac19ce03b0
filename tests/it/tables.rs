//! Tables: what a row refers to is there. Renaming and garbage collection read references in different ways; where they do not agree, a place
//! is freed that a row still names.

use std::collections::BTreeMap;

use model::lifecycle::call::CallPhase;
use model::lifecycle::object::ObjectPhase;
use model::reduce::{Kind, References};
use model::state::State;
use tests::{corpus, scenario};

use crate::reduce::reachable;

/// States of one scenario that are looked at.
const STATES_MAX: usize = 60;

/// References to empty places: whose, and to what.
fn dangling(references: &References<'_>, state: &State) -> Vec<(Kind, Kind)> {
    let mut found = Vec::new();
    for ((owner, place), to) in references.of(state) {
        for (kind, number) in to {
            let abandoned = owner == Kind::Call && state.calls[place].phase == CallPhase::Abandoned;
            // the call that began a chain may be over before those that it led to, and the proxy of a caller that is gone with its process
            // what was in the fields of an object that is destroyed holds nothing any more
            let destroyed = owner == Kind::Object && state.objects[place].phase == ObjectPhase::Destroyed;
            let over = kind == Kind::Call || (kind == Kind::Proxy && abandoned) || destroyed;
            if state.is_absent(kind, number) && !over {
                found.push((owner, kind));
            }
        }
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
