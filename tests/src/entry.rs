//! What hostile input goes through: the same functions for the table of hostile inputs, the measurements, the fuzz targets and
//! the test that runs the kept fuzz corpus.

use model::lang::diagnostic::{Diagnostic, Severity};
use rundown::internal::fix::{self, Ended};
use rundown::internal::{Refused, Stop};
use rundown::{Limits, Mistake, Options, Scenario};
use serde_json::Value;

/// States of a bounded check, at the most.
pub const STATES_MAX: u64 = 300;

/// What came of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// It was read and understood.
    pub read: bool,
    /// What is printed about it.
    pub text: String,
}

/// Compiles a scenario and checks its first states.
pub fn scenario(bytes: &[u8]) -> Answer {
    match Scenario::from_bytes("hostile.scn", bytes) {
        Ok(scenario) => {
            let limits = Limits { states: Some(STATES_MAX), ..Limits::default() };
            let options = Options { limits, ..Options::default() };
            let report = rundown::internal::check_with(&scenario, &options, &Stop::new(), &mut ());
            let mut text = rundown::internal::human::report(&report, false);
            for kept in &scenario.warnings {
                inspect(kept, &scenario.text, Severity::Warning);
            }
            text.push_str(&traces::diagnostics::render(&scenario.name, &scenario.text, &scenario.warnings, false));
            Answer { read: true, text }
        }
        Err(mistake) => {
            if let Mistake::Wrong { text, diagnostics, .. } = &mistake {
                assert!(diagnostics.iter().any(|one| one.severity == Severity::Error), "refused without an error");
                diagnostics.iter().for_each(|one| inspect(one, text, one.severity));
            }
            Answer { read: false, text: mistake.render(false) }
        }
    }
}

/// Looks for a repair of a scenario, among the first edits and with few states. What is found must compile and hold.
pub fn repair(bytes: &[u8]) -> Answer {
    let scenario = match Scenario::from_bytes("hostile.scn", bytes) {
        Ok(scenario) => scenario,
        Err(mistake) => return Answer { read: false, text: mistake.render(false) },
    };
    let limits = Limits { states: Some(STATES_MAX), ..Limits::default() };
    let fixed = fix::fix(&scenario, &Options { limits, ..Options::default() }, &Stop::new());
    if let Ended::Repaired(_, text) = &fixed.end {
        let repaired = Scenario::parse("hostile.scn", text).unwrap_or_else(|mistake| panic!("{mistake}"));
        let report = repaired.check();
        assert!(report.violated().is_empty(), "{text}");
    }
    Answer { read: true, text: fix::text(&fixed, str::to_string) }
}

/// What holds of every diagnostic: it is explained, and its places lie in the text.
fn inspect(diagnostic: &Diagnostic, text: &str, severity: Severity) {
    assert_eq!(diagnostic.severity, severity);
    assert!(model::lang::explain::explain(diagnostic.code).is_some(), "{} is not explained", diagnostic.code);
    for (span, _) in std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary) {
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{diagnostic:?} is not in the text");
    }
}

/// Replays a trace, or verifies a certificate; then once more with the digests that its texts have, because whoever writes a
/// hostile file can compute them and whoever only turns bits cannot.
pub fn trace(bytes: &[u8]) -> Answer {
    if traces::certificate::is_certificate(bytes) {
        let answer = match traces::certificate::verify(bytes) {
            Ok(certified) => Answer { read: true, text: format!("{certified:?}") },
            Err(why) => Answer { read: false, text: why },
        };
        let _ = traces::certificate::verify(&with_digests(bytes));
        return answer;
    }
    let answer = once(bytes);
    let mended = with_digests(bytes);
    if !answer.read && mended != bytes {
        let _ = once(&mended);
    }
    answer
}

/// Replays a trace as it is.
pub fn once(bytes: &[u8]) -> Answer {
    match rundown::internal::replay("hostile.trace.json", bytes, false) {
        Ok(text) => Answer { read: true, text },
        Err(Refused::Unreadable(text) | Refused::Stale(text)) => Answer { read: false, text },
    }
}

/// A trace or certificate with the digests that its scenario and its states have.
pub fn with_digests(bytes: &[u8]) -> Vec<u8> {
    let end = match traces::certificate::is_certificate(bytes) {
        true => bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len()),
        false => bytes.len(),
    };
    let (head, body) = bytes.split_at(end);
    let Ok(text) = std::str::from_utf8(head) else { return bytes.to_vec() };
    let Ok(value) = serde_json::from_str::<Value>(text) else { return bytes.to_vec() };
    let mut mended = text.to_string();
    for place in ["/scenario", "/rundown/scenario", "/scenario/scenario"] {
        if let Some(scenario) = value.pointer(place)
            && let (Some(text), Some(digest)) = (scenario["text"].as_str(), scenario["digest"].as_str())
            && !digest.is_empty()
        {
            mended = mended.replace(&format!("\"{digest}\""), &format!("\"{}\"", traces::file::digest(text)));
        }
    }
    if let Some(digest) = value["digest"].as_str().filter(|digest| !digest.is_empty()) {
        let states = body.strip_prefix(b"\n").unwrap_or(body);
        mended = mended.replace(&format!("\"{digest}\""), &format!("\"{}\"", traces::certificate::digest(states)));
    }
    let mut bytes = mended.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Characters that must not reach a terminal from a file: controls, and those that change the direction or hide.
pub fn unfit_for_terminals(text: &str) -> Option<char> {
    text.chars().find(|c| match c {
        '\n' => false,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control(),
    })
}
