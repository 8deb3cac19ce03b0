//! The way of a search through the model equals `step` and `pack`: the same successors in the same order, cuts and marks.

use std::cell::Cell;
use std::collections::HashSet;

use model::bounds::Bound;
use model::event::Event;
use model::expand::{Expander, Marks, Visitor};
use model::pack::Codec;
use model::program::Program;
use model::state::State;
use model::step::{Refusal, Step, is_tidy};
use model::waits;
use proptest::test_runner::TestCaseError;
use rundown::Scenario;
use tests::generate::{Random, scenarios};
use tests::{scenario, some_of_the_corpus};

use crate::differential::{CASES, cases, runner};

/// States of one scenario that are compared; the corpus has few scenarios with more.
const STATES_MAX: usize = 40_000;

/// States of one random scenario that are compared.
const RANDOM_STATES_MAX: usize = 150;

/// What an expansion hands over.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    taken: Vec<(Event, Vec<u64>)>,
    cuts: Vec<(Event, Bound)>,
}

impl Visitor for Seen {
    fn taken(&mut self, event: &Event, _: Option<&State>, words: &[u64]) {
        self.taken.push((*event, words.to_vec()));
    }

    fn cut(&mut self, event: &Event, bound: Bound) {
        self.cuts.push((*event, bound));
    }
}

/// The same from `step` and `pack`, with nothing ruled out, and the successors as they are.
fn by_step(
    program: &Program,
    codec: &Codec,
    marks: &Marks,
    events: &[Event],
    state: &State,
) -> (Seen, Vec<u64>, Vec<State>) {
    let mut seen = Seen::default();
    let mut exercised = vec![0; marks.count().div_ceil(64)];
    let mut states = Vec::new();
    for event in events {
        let mut step = Step::new(program, state.clone());
        let outcome = step.take(event);
        let mut noted: Vec<usize> =
            step.executed.iter().map(|(function, pc)| marks.executed((*function).into(), (*pc).into())).collect();
        match outcome {
            Ok(()) => {
                let mut words = vec![0; codec.words()];
                codec.pack(step.state(), &mut words);
                seen.taken.push((*event, words));
                states.push(step.state().clone());
                noted.extend(step.rules.iter().map(|rule| marks.applied(rule)));
                noted.extend(step.refusing.iter().map(|rule| marks.refused(rule)));
            }
            Err(Refusal::Rule(rule)) => noted.push(marks.refused(rule)),
            Err(Refusal::Bound(bound)) => {
                seen.cuts.push((*event, bound));
                noted.clear();
            }
            Err(Refusal::Absent | Refusal::Unpicked | Refusal::Broken) => noted.clear(),
        }
        for mark in noted {
            exercised[mark / 64] |= 1 << (mark % 64);
        }
    }
    (seen, exercised, states)
}

/// Compares on every reachable state, up to a limit; gives how many that were.
fn compare(name: &str, program: &Program, limit: usize) -> usize {
    let (codec, events, marks) = (Codec::new(program), Event::all(program), Marks::new(program));
    let mut expander = Expander::new(program, &codec, &marks);
    let mut initial = vec![0; codec.words()];
    codec.pack(&model::step::initial(program), &mut initial);
    let mut known = HashSet::from([initial.clone()]);
    let mut states = vec![initial];
    let mut next = 0;
    while next < states.len() {
        let words = states[next].clone();
        next += 1;
        expander.load(&words);
        let mut fast = Seen::default();
        let exercised = expander.successors(&mut fast).to_vec();
        let state = codec.unpack(&words);
        assert_eq!(*expander.state(), state, "{name}: what is loaded");
        assert_eq!(expander.resting(), waits::resting(program, &state), "{name}: who rests in {state:?}");
        let (slow, slowly_exercised, successors) = by_step(program, &codec, &marks, &events, &state);
        assert_eq!(fast, slow, "{name}: the successors of {state:?}");
        assert_eq!(exercised, slowly_exercised, "{name}: what was exercised in {state:?}");
        for ((event, words), successor) in fast.taken.into_iter().zip(successors) {
            assert_eq!(codec.unpack(&words), successor, "{name}: {event:?} leads to a state that packing changes");
            assert!(
                is_tidy(program, &successor),
                "{name}: {event:?} leaves something that nothing needs: {successor:?}"
            );
            if states.len() < limit && known.insert(words.clone()) {
                states.push(words);
            }
        }
    }
    states.len()
}

#[test]
fn the_fast_way_equals_step_on_the_corpus() {
    let mut compared = 0;
    for name in some_of_the_corpus(0) {
        compared += compare(&name, &scenario(&name).program, STATES_MAX);
    }
    assert!(compared > 10_000, "only {compared} states were compared");
}

/// A scenario that nobody has thought of must not lead to a state without a packed form either: `compare` packs every successor, and
/// a state without room for a value of its own would end the test.
#[test]
fn the_fast_way_equals_step_on_random_scenarios() {
    let compared = Cell::new(0);
    let outcome = runner(cases(CASES)).run(&scenarios(), |Random { text }| {
        let scenario =
            Scenario::parse("random.scn", &text).map_err(|mistake| TestCaseError::fail(mistake.to_string()))?;
        compared.set(compared.get() + compare("random", &scenario.program, RANDOM_STATES_MAX));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(compared.get() > 10_000, "only {} states were compared", compared.get());
}

/// With a rule switched off things happen that the code alone does not let expect: their states must have packed forms too.
#[test]
fn the_fast_way_equals_step_with_each_rule_switched_off() {
    let mut compared = 0;
    for name in some_of_the_corpus(2) {
        let scenario = scenario(&name);
        for rule in &scenario.program.about {
            let mut program = scenario.program.clone();
            program.faults.insert(*rule);
            compared += compare(&name, &program, 300);
        }
    }
    assert!(compared > 1_000, "only {compared} states were compared");
}
