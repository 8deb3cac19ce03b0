//! Opens a trace, whichever version of Rundown wrote it, as our own JSON or as ITF.
//!
//! A version that was once written is read for good: `tests/old-traces/` has files of each.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::file::{self, TraceError, TraceFile, at_most, quoted};
use crate::itf::ItfFile;
use crate::record::{self, Recorded, Written};
use crate::run::EVENTS_MAX;
use crate::spot::small;

/// A trace as it was read. Nothing in it has been compared with the scenario or the model yet.
#[derive(Clone, Debug)]
pub struct Opened<'a> {
    /// The run.
    pub file: TraceFile,
    /// What the file says of it; version 1 says nothing.
    pub recorded: Option<Recorded<'a>>,
    /// Its states, if it is ITF.
    pub itf: Option<ItfFile<'a>>,
}

/// What says how to read the rest.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Outer {
    schema: Option<Text>,
    rundown: Option<Envelope>,
    states: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Envelope {
    schema: String,
}

/// A string, so that the error says what else it is.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text(String);

/// An ITF file; keys of other tools are ignored.
#[derive(Deserialize)]
struct Whole<'a, T> {
    rundown: T,
    #[serde(borrow, deserialize_with = "states")]
    states: Vec<&'a RawValue>,
    #[serde(rename = "loop")]
    loop_index: Option<u64>,
}

/// One more than a run can have shows that there are too many.
fn states<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<&'a RawValue>, D::Error> {
    at_most(deserializer, EVENTS_MAX + 1)
}

fn malformed(error: serde_json::Error) -> TraceError {
    // serde quotes what it does not know as it stands in the file
    TraceError::Malformed(quoted(&error.to_string()))
}

fn whole<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<(T, ItfFile<'a>), TraceError> {
    let Whole { rundown, states, loop_index } = serde_json::from_slice::<Whole<T>>(bytes).map_err(malformed)?;
    Ok((rundown, ItfFile { states, loop_index }))
}

/// Reads the bytes of a trace: our own JSON or ITF, of any version.
pub fn open(bytes: &[u8]) -> Result<Opened<'_>, TraceError> {
    small(bytes)?;
    let outer: Outer = serde_json::from_slice(bytes).map_err(malformed)?;
    if outer.states.is_none() {
        return match outer.schema {
            Some(schema) if schema.0 == record::SCHEMA => {
                let (file, recorded) = serde_json::from_slice::<Written>(bytes).map_err(malformed)?.split()?;
                Ok(Opened { file, recorded: Some(recorded), itf: None })
            }
            // what is no trace at all is refused there
            Some(_) | None => Ok(Opened { file: TraceFile::from_json(bytes)?, recorded: None, itf: None }),
        };
    }
    match outer.rundown {
        Some(ours) if ours.schema == record::SCHEMA => {
            let (ours, itf) = whole::<Written>(bytes)?;
            let (file, recorded) = ours.split()?;
            Ok(Opened { file, recorded: Some(recorded), itf: Some(itf) })
        }
        Some(ours) if ours.schema == file::SCHEMA => {
            let (ours, itf) = whole::<TraceFile>(bytes)?;
            Ok(Opened { file: ours.whole()?, recorded: None, itf: Some(itf) })
        }
        Some(ours) => Err(TraceError::UnknownSchema(ours.schema)),
        None => Err(TraceError::Malformed(
            "it is ITF without the key `rundown`, so Rundown did not write it and cannot replay it, at line 1 column 1"
                .into(),
        )),
    }
}
