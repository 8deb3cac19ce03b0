//! Where in a trace file the things stand that an error speaks of.
//!
//! serde says line and column of what it cannot read. What reads well but means nothing is found again here, by its key.

use crate::file::{FILE_BYTES_MAX, STRING_BYTES_MAX, TraceError};
use crate::judge::Rejected;
use crate::run::ReplayError;

/// A key in a JSON text, and which one of that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The key, as it is written.
    pub key: String,
    /// How many of that name stand before it.
    pub nth: usize,
}

impl Spot {
    /// The first key of this name.
    pub fn key(key: &str) -> Spot {
        Spot { key: key.to_string(), nth: 0 }
    }

    /// The step at which a run does not fit; the list of them if all are meant.
    pub fn of(error: &ReplayError) -> Spot {
        match error {
            ReplayError::TooLong(_) => Spot::key("steps"),
            ReplayError::Misfit { step, .. } => Spot { key: "event".into(), nth: *step },
        }
    }

    /// What the judge's refusal speaks of.
    pub fn of_rejected(rejected: &Rejected) -> Spot {
        match rejected {
            Rejected::NoRun(error) => Spot::of(error),
            Rejected::UnknownProperty(_) | Rejected::SwitchedOff(_) | Rejected::Unshown(_) => Spot::key("property"),
        }
    }

    /// Line and column, from 1, of the key in a trace file: of our JSON, or of the part of an ITF file that is ours. The
    /// beginning of the file if it is not there.
    pub fn position(&self, bytes: &[u8]) -> (usize, usize) {
        let keys = || strings(bytes).filter(|one| one.key);
        let ours = keys().filter(|one| one.text == b"rundown").last().map_or(0, |one| one.start);
        let found = keys().filter(|one| one.start >= ours && one.text == self.key.as_bytes()).nth(self.nth);
        found.map_or((1, 1), |one| position(bytes, one.start))
    }
}

/// Line and column, from 1, of a place in a text; columns are characters.
fn position(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = &bytes[..at.min(bytes.len())];
    let begin = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |feed| feed + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    // what goes on a character of UTF-8 begins with the bits 10
    (line, before[begin..].iter().filter(|byte| **byte & 0xc0 != 0x80).count() + 1)
}

/// Refuses a file that is too large, or has a string that is: what serde quotes of a string in its errors, and builds of its
/// escapes, takes a few times as much.
pub(crate) fn small(bytes: &[u8]) -> Result<(), TraceError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(TraceError::TooLarge(bytes.len()));
    }
    match strings(bytes).find(|one| one.text.len() > STRING_BYTES_MAX) {
        Some(long) => {
            let (line, column) = position(bytes, long.start);
            Err(TraceError::Malformed(format!(
                "a string in it has {} bytes; at most {STRING_BYTES_MAX} are read, at line {line} column {column}",
                long.text.len()
            )))
        }
        None => Ok(()),
    }
}

/// A string of a JSON text as it is written there, without its quotes.
struct Written<'a> {
    /// Where its first quote stands.
    start: usize,
    text: &'a [u8],
    /// A colon follows.
    key: bool,
}

/// The strings of a JSON text, in order; of a damaged one whatever looks like them.
fn strings(bytes: &[u8]) -> impl Iterator<Item = Written<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes.get(at..)?.iter().position(|byte| *byte == b'"')?;
        let mut end = start + 1;
        while let Some(byte) = bytes.get(end).filter(|byte| **byte != b'"') {
            end += if *byte == b'\\' { 2 } else { 1 };
        }
        end = end.min(bytes.len());
        at = end + 1;
        let follows = bytes.get(at..).unwrap_or(&[]).iter().find(|byte| !byte.is_ascii_whitespace());
        Some(Written { start, text: &bytes[start + 1..end], key: follows == Some(&b':') })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_where_they_stand() {
        let text = "{\"a\": \"b\\\"\",\n  \"ä\": {\"b\" : 1, \"b\":2}}".as_bytes();
        assert_eq!(Spot::key("a").position(text), (1, 2));
        assert_eq!(Spot::key("ä").position(text), (2, 3));
        assert_eq!(Spot::key("b").position(text), (2, 9), "a value is no key");
        assert_eq!(Spot { key: "b".into(), nth: 1 }.position(text), (2, 18));
        assert_eq!(Spot { key: "b".into(), nth: 2 }.position(text), (1, 1));
        assert_eq!(Spot::key("a").position(b"{\"a\":1, \"rundown\": {\"a\":2"), (1, 21));
        for cut in 0..text.len() {
            let _ = Spot::key("b").position(&text[..cut]);
        }
    }
}
