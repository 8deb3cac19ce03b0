//! Certificates that are cut, or claim more than they have. Those with forged states are made in `tests/it/hostile/forged.rs`.

use super::{Input, Kind};
use crate::entry::with_digests;
use rundown::internal::Stop;
use rundown::{Options, Scenario};

/// A scenario of a few states that holds.
const HOLDS: &str = "process host { int<0..3> n = 0; thread t { while (n < 3) { n = n + 1; } } }\nexpect holds;\n";

pub(super) fn inputs() -> Vec<Input> {
    let scenario = Scenario::parse("holds.scn", HOLDS).unwrap_or_else(|mistake| panic!("{mistake}"));
    let fine = rundown::internal::certify(&scenario, &Options::default(), &Stop::new()).unwrap_or_default();
    let end = fine.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (head, body) = (String::from_utf8_lossy(&fine[..end]).into_owned(), fine[end..].to_vec());
    let with = |from: &str, to: &str| with_digests(&[head.replacen(from, to, 1).as_bytes(), &body].concat());
    let mut all = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>, exit: i32| all.push(Input::new(Kind::Certificate, name, bytes, exit));
    add("a fine certificate", fine.clone(), 0);
    add("empty", Vec::new(), 2);
    add("not UTF-8", vec![0xff; 100], 2);
    add("a mebibyte of NUL", vec![0; 1 << 20], 2);
    add("the beginning of one", b"{\"schema\":\"rundown-certificate/1\"".to_vec(), 5);
    add(
        "a header without end",
        [b"{\"schema\":\"rundown-certificate/1\"".as_slice(), &vec![b' '; 5 << 20]].concat(),
        5,
    );
    add("a header alone", fine[..end].to_vec(), 5);
    add("no states", fine[..=end].to_vec(), 5);
    add("cut in a state", fine[..fine.len() - 3].to_vec(), 5);
    add("something behind the states", [fine.as_slice(), b"x"].concat(), 5);
    let value: serde_json::Value = serde_json::from_str(&head).unwrap_or_default();
    let (states, words) = (format!("\"states\":{}", value["states"]), format!("\"words\":{}", value["words"]));
    add("2^64 - 1 states", with(&states, "\"states\":18446744073709551615"), 5);
    add("2^64 states", with(&states, "\"states\":18446744073709551616"), 5);
    add("a million states", with(&states, "\"states\":1000000"), 5);
    add("words of 2^63", with(&words, "\"words\":9223372036854775808"), 5);
    add("words of 0", with(&words, "\"words\":0"), 5);
    add("a property that clears the screen", with("\"properties\":[", "\"properties\":[\"\\u001b[2J\\u202e\","), 5);
    add("a hundred properties", with("\"properties\":[", &format!("\"properties\":[{}", "\"hang\",".repeat(100))), 5);
    add("an unknown key that clears the screen", with(&words, "\"\\u001b[2J\":1"), 5);
    add("all bounds as large as may be", with("\"objects\":4", "\"objects\":24"), 5);
    add("a scenario that does not compile", with("thread t", "thread \\u001b[2J"), 5);
    add("a scenario under another digest", [head.replace("n < 3", "n < 2").as_bytes(), &body].concat(), 5);
    add("states of ones", with_digests(&[fine[..=end].to_vec(), vec![0xff; body.len() - 1]].concat()), 5);
    add("states of zeros", with_digests(&[fine[..=end].to_vec(), vec![0; body.len() - 1]].concat()), 5);
    all
}
