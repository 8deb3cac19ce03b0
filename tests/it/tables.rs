//! Tables: what a row refers to is there. Renaming and garbage collection read references in different ways; where they do not agree, a place
//! is freed that a row still names.

use model::program::Program;
use model::reduce::{Kind, references};
use model::state::State;
use tests::{corpus, scenario};

use crate::reduce::reachable;

/// States of one scenario that are looked at.
const STATES_MAX: usize = 120;

/// References to empty places. A call that began a chain may be over before the calls that it led to.
fn dangling(program: &Program, state: &State) -> Vec<String> {
    let mut found = Vec::new();
    for (owner, to) in references(program, state) {
        for (kind, number) in to.into_iter().filter(|(kind, _)| *kind != Kind::Call) {
            if state.is_absent(kind, number) {
                found.push(format!("{owner:?} refers to {kind:?} {number}"));
            }
        }
    }
    found
}

#[test]
fn no_row_refers_to_an_empty_place() {
    let mut references_seen = 0;
    for name in corpus() {
        let program = scenario(&name).program;
        for state in reachable(&program, STATES_MAX) {
            assert_eq!(dangling(&program, &state), Vec::<String>::new(), "{name}: {state:?}");
            references_seen += references(&program, &state).iter().map(|(_, to)| to.len()).sum::<usize>();
        }
    }
    assert!(references_seen > 100_000, "few references: {references_seen}");
}
