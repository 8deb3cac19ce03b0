//! Every "holds" of the corpus that is small enough carries a certificate that the model alone accepts, and no damaged one.

use rundown::internal::Stop;
use rundown::{Options, Word};
use tests::{corpus, scenario};
use traces::certificate::verify;

#[test]
fn every_holds_is_certified() {
    let mut certified = 0;
    for name in corpus() {
        let scenario = scenario(&name);
        let report = rundown::check(&scenario, &Options::default());
        if report.coverage.states > 2_000 || !matches!(report.word, Word::Holds | Word::HoldsWithinBounds) {
            continue;
        }
        let bytes = rundown::internal::certify(&scenario, &Options::default(), &Stop::new())
            .unwrap_or_else(|complaint| panic!("{name}: {complaint}"));
        let proved = verify(&bytes).unwrap_or_else(|complaint| panic!("{name}: {complaint}"));
        assert_eq!(proved.states as u64, report.coverage.states, "{name}");
        assert_eq!(proved.transitions, report.coverage.transitions, "{name}");
        assert_eq!(proved.cut, report.coverage.cut, "{name}");
        certified += 1;
    }
    println!("{certified} certificates accepted");
    assert!(certified >= 60, "only {certified} certificates");
}

/// A property that does not hold cannot be certified, and neither can a set that lacks a state.
#[test]
fn a_wrong_certificate_is_refused() {
    let scenario = scenario("scenarios/field/c34-repaired.scn");
    let good = rundown::internal::certify(&scenario, &Options::default(), &Stop::new()).expect("a certificate");
    assert!(verify(&good).is_ok());
    let header = good.iter().position(|byte| *byte == b'\n').expect("a header") + 1;
    let proved = verify(&good).expect("it is good");
    let size = (good.len() - header) / proved.states;
    let words: Vec<u64> =
        good[header..].chunks_exact(8).map(|chunk| u64::from_le_bytes(chunk.try_into().unwrap_or_default())).collect();
    for state in 0..proved.states {
        let mut fewer = words.clone();
        fewer.drain(state * size / 8..(state + 1) * size / 8);
        let lacking = traces::certificate::write(&scenario.program, &fewer, &proved.checked, false);
        assert!(verify(&lacking).is_err(), "the set without state {state} is accepted");
    }
    for length in (0..good.len()).step_by(7) {
        assert!(verify(&good[..length]).is_err(), "cut at {length}");
    }
    let mut flipped = good.clone();
    for at in (header..good.len()).step_by(3) {
        flipped[at] ^= 1 << (at % 8);
        assert!(verify(&flipped).is_err(), "a bit at {at} is flipped");
        flipped[at] = good[at];
    }
}

/// The broken twin's own states, with the claim that it holds.
#[test]
fn a_violated_property_is_not_certified() {
    let scenario = scenario("scenarios/field/c34-broken.scn");
    let bytes = rundown::internal::certify(&scenario, &Options::default(), &Stop::new()).expect("a certificate");
    let end = bytes.iter().position(|byte| *byte == b'\n').expect("a header");
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    assert!(!text.contains("\"unload_in_use\""), "what does not hold is not in it");
    let claimed = text.replacen("\"use_after_free\"", "\"use_after_free\",\"unload_in_use\"", 1);
    let mut forged = claimed.into_bytes();
    forged.extend_from_slice(&bytes[end..]);
    let complaint = verify(&forged).expect_err("a forged claim");
    assert!(complaint.contains("unload_in_use does not hold"), "{complaint}");
}
