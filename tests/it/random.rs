//! Random walks through the corpus and random programs: packing, short cuts, purity.

use model::event::Event;
use model::pack::Codec;
use model::program::Program;
use model::state::State;
use model::step::{self, Outcome, Refusal};
use proptest::prelude::*;
use rundown::internal::binding::Service;
use tests::{corpus, scenario};

/// All that must hold of one state and its events.
fn examine(service: &Service, program: &Program, codec: &Codec, events: &[Event], state: &State) -> Vec<State> {
    let mut words = vec![0; codec.words()];
    codec.pack(state, &mut words);
    assert_eq!(codec.unpack(&words), *state, "packing loses something");
    // who asks for everything that can happen asks less, and finds the same
    let moves = traces::moves::Moves::of(program, state).taken;
    let taken = |event: &&Event| matches!(step::step(program, state, event), Outcome::Taken { .. });
    assert!(moves.iter().map(|(event, _)| event).eq(events.iter().filter(taken)));
    let mut next = Vec::new();
    for event in events {
        let outcome = step::step(program, state, event);
        assert_eq!(outcome, step::step(program, state, event), "not a function: {event:?}");
        match outcome {
            Outcome::Taken { next: after, .. } => {
                assert!(!service.ruled_out(state, event), "{event:?} is ruled out but taken");
                next.push(after);
            }
            Outcome::Refused(Refusal::Rule(_) | Refusal::Bound(_)) => {
                assert!(!service.ruled_out(state, event), "{event:?} is ruled out, but a rule refuses it");
            }
            Outcome::Refused(Refusal::Absent | Refusal::Unpicked | Refusal::Broken) => {}
        }
    }
    next
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_walks(which in any::<prop::sample::Index>(), choices in prop::collection::vec(any::<prop::sample::Index>(), 0..60)) {
        let names = corpus();
        let name = &names[which.index(names.len())];
        let program = scenario(name).program;
        let service = Service::new(program.clone());
        let codec = Codec::new(&program);
        let events = Event::all(&program);
        let mut state = step::initial(&program);
        for choice in choices {
            let next = examine(&service, &program, &codec, &events, &state);
            if next.is_empty() {
                break;
            }
            state = next[choice.index(next.len())].clone();
        }
    }
}
