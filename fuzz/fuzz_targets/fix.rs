//! Any bytes as a scenario to be repaired: parsed, checked as far as a few hundred states go, edits tried, and the repair shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tests::entry::{repair, unfit_for_terminals};

fuzz_target!(|bytes: &[u8]| {
    let answer = repair(bytes);
    assert_eq!(unfit_for_terminals(&answer.text), None, "{}", answer.text);
});
