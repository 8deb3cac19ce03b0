//! A certificate for "holds": the closed set of all reachable states, which this file re-checks with the model alone.
//!
//! A set of states that contains the initial state, that no event leads out of, and in every state of which a property is true,
//! proves the property, however it was found. The check walks through the sorted set from the initial state, steps each state with
//! every event, and looks successors up by bisection. It knows no hashing and no order: every state that it steps is one that the
//! model itself has led to, so a forged one can neither mislead nor stop it; a set with states that no run reaches is refused.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Read as _};

use model::bounds::Bound;
use model::event::{Actor, Event};
use model::pack::Codec;
use model::program::{ClaimKind, Program};
use model::properties::{Decided, Property};
use model::state::State;
use model::step::{self, Outcome, Refusal};
use model::waits;
use serde::{Deserialize, Serialize};

use crate::file::{TraceFile, quoted};
use crate::run::Run;

/// The first line of a certificate.
pub const SCHEMA: &str = "rundown-certificate/1";
/// How certificates of all versions begin.
const FAMILY: &str = "{\"schema\":\"rundown-certificate/";
/// Bytes of the header line, at the most: a scenario's text and names.
pub const HEADER_BYTES_MAX: usize = 4 << 20;
/// States of a certificate, at the most.
pub const STATES_MAX: usize = 1_000_000;

/// What a certificate says of itself: a line of JSON before the states.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Header {
    schema: String,
    /// The scenario with its readings, bounds and faults, in the form of a trace without steps.
    scenario: TraceFile,
    /// The properties that are said to hold.
    #[serde(deserialize_with = "crate::file::few_names")]
    properties: Vec<String>,
    /// A bound cut events: the set is closed but for those.
    within_bounds: bool,
    /// Words of a state.
    words: usize,
    /// States.
    states: usize,
    /// XXH3-128 of the states' bytes, in hex: damage is noticed before a state is looked at.
    digest: String,
}

/// What was certified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// States in the set.
    pub states: usize,
    /// Transitions followed.
    pub transitions: u64,
    /// Properties that were checked on every state.
    pub checked: Vec<String>,
    /// Properties that need the graph (deadlock, liveness) and are not decided by a closed set.
    pub not_checked: Vec<String>,
    /// A bound cut events, and how often.
    pub cut: u64,
}

/// Writes a certificate: `states` are packed states in any order, as the checker found them.
pub fn write(program: &Program, states: &[u64], properties: &[String], within_bounds: bool) -> Vec<u8> {
    let words = Codec::new(program).words();
    let mut sorted: Vec<&[u64]> = states.chunks_exact(words).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let nothing = Run { property: String::new(), events: Vec::new(), loop_start: None, about: Vec::new() };
    let body: Vec<u8> = sorted.iter().flat_map(|state| state.iter().flat_map(|word| word.to_le_bytes())).collect();
    let header = Header {
        schema: SCHEMA.to_string(),
        scenario: TraceFile::new(program, &nothing),
        properties: properties.to_vec(),
        within_bounds,
        words,
        states: sorted.len(),
        digest: digest(&body),
    };
    let mut bytes = serde_json::to_vec(&header).unwrap_or_default();
    bytes.push(b'\n');
    bytes.extend_from_slice(&body);
    bytes
}

/// XXH3-128 of the states' bytes, in hex.
pub fn digest(states: &[u8]) -> String {
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(states))
}

/// Is this the beginning of a certificate?
pub fn is_certificate(bytes: &[u8]) -> bool {
    bytes.starts_with(format!("{{\"schema\":\"{SCHEMA}\"").as_bytes())
}

/// Re-checks a certificate. The error says what is wrong with it.
pub fn verify(bytes: &[u8]) -> Result<Certified, String> {
    verify_from(bytes)
}

/// Re-checks a certificate that is read from a file. No more is read than the header and what the header says that there is.
pub fn verify_from(mut source: impl std::io::BufRead) -> Result<Certified, String> {
    let unread = |error: std::io::Error| format!("it cannot be read: {error}");
    let mut line = Vec::new();
    source.by_ref().take(HEADER_BYTES_MAX as u64).read_until(b'\n', &mut line).map_err(unread)?;
    if !is_certificate(&line) && line.starts_with(FAMILY.as_bytes()) {
        return Err(format!("it is a certificate of another version than {SCHEMA}: `rundown certify` writes one anew"));
    }
    if !is_certificate(&line) {
        return Err("it is not a certificate".into());
    }
    if line.pop() != Some(b'\n') {
        return Err(format!("there is no header line of at most {HEADER_BYTES_MAX} bytes"));
    }
    let malformed = |error: serde_json::Error| format!("the header: {}", quoted(&error.to_string()));
    let header: Header = serde_json::from_slice(&line).map_err(malformed)?;
    drop(line);
    if header.schema != SCHEMA {
        return Err(format!("the schema is not {SCHEMA}"));
    }
    let program = header.scenario.whole().and_then(|scenario| scenario.program()).map_err(|error| error.to_string())?;
    let codec = Codec::new(&program);
    if header.words != codec.words() || header.states > STATES_MAX {
        return Err("the states have another width, or are too many".into());
    }
    let size = header.states * header.words * 8;
    let mut body = Vec::new();
    source.take(size as u64 + 1).read_to_end(&mut body).map_err(unread)?;
    if body.len() != size {
        return Err("the file is cut short or has something behind its states".into());
    }
    if header.digest != digest(&body) {
        return Err("the states are not those that were written".into());
    }
    let words: Vec<u64> =
        body.chunks_exact(8).map(|chunk| u64::from_le_bytes(chunk.try_into().unwrap_or_default())).collect();
    drop(body);
    let set: Vec<&[u64]> = words.chunks_exact(header.words).collect();
    if set.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err("the states are not in order, or one of them stands twice".into());
    }
    let (checked, not_checked) = sort_properties(&program, &header.properties)?;
    close(&program, &codec, &set, &checked, header.within_bounds).map(|(transitions, cut)| Certified {
        states: set.len(),
        transitions,
        checked: checked.keys().cloned().collect(),
        not_checked,
        cut,
    })
}

/// A property that a single state can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Local {
    Breach(Property),
    AtEnd(Property),
    Never(usize),
}

type Checked = BTreeMap<String, Local>;

/// Which of the named properties a closed set decides.
fn sort_properties(program: &Program, names: &[String]) -> Result<(Checked, Vec<String>), String> {
    let mut checked = Checked::new();
    let mut not_checked = Vec::new();
    for name in names {
        let claim = program.claims.iter().position(|claim| claim.name == *name);
        let local = match (Property::by_name(name), claim) {
            (Some(property), _) => match property.decided() {
                Decided::AtStep => Some(Local::Breach(property)),
                Decided::AtEnd(_) => Some(Local::AtEnd(property)),
                Decided::Stuck(_) => None,
            },
            (None, Some(claim)) => match program.claims[claim].kind {
                ClaimKind::Never => Some(Local::Never(claim)),
                ClaimKind::Reachable | ClaimKind::Eventually => None,
            },
            (None, None) => return Err(format!("there is no property `{}`", name.escape_default())),
        };
        match local {
            Some(local) => {
                checked.insert(name.clone(), local);
            }
            None => not_checked.push(name.clone()),
        }
    }
    Ok((checked, not_checked))
}

/// Where a state is in the set.
enum Found {
    Number(usize),
    Missing,
    /// It has no packed form, and the search counted the way there as cut.
    WithoutWords,
}

/// The heart: the initial state is in the set, nothing leads out of it, and every property is true on every state.
fn close(
    program: &Program,
    codec: &Codec,
    set: &[&[u64]],
    checked: &Checked,
    within_bounds: bool,
) -> Result<(u64, u64), String> {
    let mut packed = vec![0; codec.words()];
    let mut find = |state: &State| {
        if !codec.fits(state, &mut packed) {
            return Found::WithoutWords;
        }
        let number = set.binary_search(&packed.as_slice()).ok();
        // what does not come back from its packed form would be another state from there on
        number.filter(|number| codec.unpack(set[*number]) == *state).map_or(Found::Missing, Found::Number)
    };
    let Found::Number(first) = find(&step::initial(program)) else {
        return Err("the initial state is not in the set".into());
    };
    let events = Event::all(program);
    let (mut transitions, mut cut) = (0, 0);
    let mut reached = vec![false; set.len()];
    reached[first] = true;
    let mut ahead = vec![first];
    while let Some(number) = ahead.pop() {
        let state = codec.unpack(set[number]);
        let mut end = true;
        for event in &events {
            let bound = match step::step(program, &state, event) {
                Outcome::Taken { next, .. } => match find(&next) {
                    Found::Number(to) => {
                        transitions += 1;
                        end &= step::actor(program, event) == Actor::Misfortune;
                        if !std::mem::replace(&mut reached[to], true) {
                            ahead.push(to);
                        }
                        continue;
                    }
                    Found::Missing => {
                        let name = model::names::event(program, event);
                        return Err(format!("the set is not closed: {name} leads out of state {number}"));
                    }
                    Found::WithoutWords => Bound::Integers,
                },
                Outcome::Refused(Refusal::Bound(bound)) => bound,
                Outcome::Refused(Refusal::Rule(_) | Refusal::Absent | Refusal::Unpicked | Refusal::Broken) => continue,
            };
            cut += 1;
            end &= step::actor(program, event) == Actor::Misfortune;
            if !within_bounds {
                return Err(format!("the bound {} cuts an event in state {number}", bound.name()));
            }
        }
        for (name, local) in checked {
            let holds = match local {
                Local::Breach(property) => state.breach.is_none_or(|breach| breach.property != *property),
                Local::AtEnd(property) => !end || waits::holds_at_end(program, &state, *property),
                Local::Never(claim) => !step::claim(program, &state, &program.claims[*claim].condition),
            };
            if !holds {
                return Err(format!("{name} does not hold in state {number}"));
            }
        }
    }
    match reached.iter().position(|reached| !reached) {
        Some(number) => Err(format!("no run of the scenario reaches state {number}")),
        None => Ok((transitions, cut)),
    }
}
