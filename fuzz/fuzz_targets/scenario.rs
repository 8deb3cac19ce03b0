//! Any bytes as a scenario: parsed, lowered, and its first states checked.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tests::entry::{scenario, unfit_for_terminals};

fuzz_target!(|bytes: &[u8]| {
    let answer = scenario(bytes);
    assert_eq!(unfit_for_terminals(&answer.text), None, "{}", answer.text);
});
