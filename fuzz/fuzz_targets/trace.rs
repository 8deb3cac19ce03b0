//! Any bytes as a trace or a certificate: read, its scenario compiled, its run replayed, judged and told.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tests::entry::{trace, unfit_for_terminals};

fuzz_target!(|bytes: &[u8]| {
    let answer = trace(bytes);
    assert_eq!(unfit_for_terminals(&answer.text), None, "{}", answer.text);
});
