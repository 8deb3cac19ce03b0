//! Files that somebody forged with care: the digests are right, and what they say is in the ranges of the scenario.

use model::event::Event;
use model::pack::Codec;
use model::readings::READINGS;
use model::rules::Rule;
use model::step::{self, Outcome};
use proptest::prelude::*;
use rundown::Options;
use rundown::internal::Stop;
use tests::{corpus, scenario};
use traces::certificate::{verify, write};

/// Scenarios with a certificate of a few states, and their states.
fn certified() -> Vec<(model::program::Program, Vec<u64>)> {
    let names = ["seeds/codisconnectcontext/self-disconnect-guarded", "field/c34-repaired", "rules/stub-06-stays-cut"];
    let each = names.iter().map(|name| {
        let scenario = scenario(&format!("scenarios/{name}.scn"));
        let bytes = rundown::internal::certify(&scenario, &Options::default(), &Stop::new()).expect("a certificate");
        let begin = bytes.iter().position(|byte| *byte == b'\n').expect("a header") + 1;
        let words = bytes[begin..].chunks_exact(8);
        let words = words.map(|word| u64::from_le_bytes(word.try_into().unwrap_or_default())).collect();
        (scenario.program, words)
    });
    each.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// States of random bits, and states of the scenario with some bits turned, added to the true set or put in their place.
    #[test]
    fn a_certificate_with_forged_states_is_refused_without_a_panic(
        which in any::<prop::sample::Index>(),
        turned in prop::collection::vec((any::<prop::sample::Index>(), 0..64_u32), 0..6),
        random in prop::collection::vec(any::<u64>(), 0..40),
        added in any::<bool>(),
    ) {
        // made once: it is the same for every case
        static CERTIFIED: std::sync::OnceLock<Vec<(model::program::Program, Vec<u64>)>> = std::sync::OnceLock::new();
        let all = CERTIFIED.get_or_init(certified);
        let (program, words) = &all[which.index(all.len())];
        let width = Codec::new(program).words();
        let mut forged = words.clone();
        for (at, bit) in &turned {
            forged[at.index(words.len())] ^= 1 << bit;
        }
        forged.extend(&random[..random.len() / width * width]);
        if added {
            forged.extend(words);
        }
        forged.chunks(width).for_each(|state| assert_eq!(state.len(), width));
        let mut sets: Vec<&[u64]> = forged.chunks(width).collect();
        sets.sort_unstable();
        sets.dedup();
        let mut truth: Vec<&[u64]> = words.chunks(width).collect();
        truth.sort_unstable();
        let accepted = verify(&write(program, &forged, &["use_after_free".to_string()], true)).is_ok();
        prop_assert_eq!(accepted, sets == truth);
    }

    /// A trace chooses faults, readings and bounds for itself: whatever they are, no run of the scenario panics.
    #[test]
    fn any_faults_readings_and_bounds_can_be_run(
        which in any::<prop::sample::Index>(),
        faults in prop::collection::vec(prop::sample::select(Rule::ALL), 0..6),
        readings in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..3),
        bounds in prop::collection::vec((0..8_usize, 1..=24_i64), 0..4),
        choices in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
    ) {
        let names = corpus();
        let mut program = scenario(&names[which.index(names.len())]).program;
        faults.iter().for_each(|rule| { program.faults.insert(*rule); });
        for (reading, value) in readings {
            let reading = &READINGS[reading.index(READINGS.len())];
            prop_assert!(program.readings.set(reading.name, reading.values[value.index(reading.values.len())].0));
        }
        for (bound, value) in bounds {
            let names = ["objects", "stubs", "proxies", "packets", "calls", "references", "frames", "slots"];
            program.bounds.set(names[bound], value);
        }
        let codec = Codec::new(&program);
        let mut words = vec![0; codec.words()];
        let events = Event::all(&program);
        let mut state = step::initial(&program);
        for choice in choices {
            let next: Vec<_> = events
                .iter()
                .filter_map(|event| match step::step(&program, &state, event) {
                    Outcome::Taken { next, .. } => Some(next),
                    Outcome::Refused(_) => None,
                })
                .collect();
            if next.is_empty() {
                break;
            }
            state = next[choice.index(next.len())].clone();
            codec.pack(&state, &mut words);
            prop_assert_eq!(&codec.unpack(&words), &state, "packing loses something");
            model::waits::resting(&program, &state);
            for property in model::properties::Property::ALL {
                model::waits::holds_at_end(&program, &state, property);
            }
        }
    }
}
