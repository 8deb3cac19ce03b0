//! What a file says of its run, compared with what the run does: at the first step that differs, by which rule?

use std::collections::BTreeMap;

use model::event::Event;
use model::program::Program;
use model::rules::Rule;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Blame, RecordStep, Recorder, Verdict, Word};
use crate::file::{FileStep, Scenario, TraceError, TraceFile, at_most, faults, few, few_names, numbers, quoted};
use crate::itf::same::same;
use crate::run::{EVENTS_MAX, ReplayError, Replayed, Run, replay};
use crate::spot::Spot;
use crate::story::facts::Facts;

/// A record as it stands in a file: what follows from the run is compared as it is written there and never built, because a
/// hostile file's would take many times its size.
#[derive(Clone, Debug, Deserialize)]
#[serde(expecting = "an object")]
pub(crate) struct Written<'a> {
    schema: String,
    tool: String,
    scenario: Scenario,
    #[serde(deserialize_with = "few")]
    readings: BTreeMap<String, String>,
    #[serde(deserialize_with = "few")]
    bounds: BTreeMap<String, u8>,
    #[serde(deserialize_with = "faults")]
    faults: Vec<Rule>,
    property: String,
    verdict: Verdict,
    // its words are read to see that they have the shape, and no more
    #[serde(rename = "blame")]
    _blame: Blame,
    #[serde(default)]
    loop_start: Option<usize>,
    #[serde(default, deserialize_with = "numbers")]
    about: Vec<u64>,
    initial: String,
    #[serde(borrow, deserialize_with = "written_steps")]
    steps: Vec<WrittenStep<'a>>,
}

/// A step as it stands in a file.
#[derive(Clone, Debug, Deserialize)]
struct WrittenStep<'a> {
    text: String,
    event: Event,
    #[serde(borrow)]
    actor: &'a RawValue,
    #[serde(borrow)]
    rules: &'a RawValue,
    #[serde(borrow)]
    source: &'a RawValue,
    #[serde(borrow)]
    reads: &'a RawValue,
    #[serde(borrow)]
    writes: &'a RawValue,
    #[serde(borrow)]
    state: &'a RawValue,
}

fn written_steps<'de: 'a, 'a, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<WrittenStep<'a>>, D::Error> {
    at_most(deserializer, EVENTS_MAX)
}

impl<'a> Written<'a> {
    /// The run, and what the file says of it.
    pub(crate) fn split(self) -> Result<(TraceFile, Recorded<'a>), TraceError> {
        let mut recorded = Recorded { word: self.verdict.word, initial: self.initial, steps: Vec::new() };
        recorded.steps.reserve_exact(self.steps.len());
        let mut steps = Vec::with_capacity(self.steps.len());
        for WrittenStep { text, event, actor, rules, source, reads, writes, state } in self.steps {
            steps.push(FileStep { text, event });
            recorded.steps.push([rules, state, actor, source, reads, writes]);
        }
        let file = TraceFile {
            schema: self.schema,
            tool: self.tool,
            scenario: self.scenario,
            readings: self.readings,
            bounds: self.bounds,
            faults: self.faults,
            property: self.property,
            steps,
            loop_start: self.loop_start,
            about: self.about,
        };
        Ok((file.whole()?, recorded))
    }
}

/// What a file says of its run, to be compared with what the replay gives.
#[derive(Clone, Debug)]
pub struct Recorded<'a> {
    word: Word,
    initial: String,
    /// What [`COMPARED`] names, of each step.
    steps: Vec<[&'a RawValue; 6]>,
}

/// What is compared of a step, with the text that it would have by now. The rules come first, because they say why the rest differs.
type Compared = (&'static str, fn(&RecordStep) -> String);
const COMPARED: [Compared; 6] = [
    ("rules", |step| json(&step.rules)),
    ("state", |step| json(&step.state)),
    ("actor", |step| json(&step.actor)),
    ("source", |step| json(&step.source)),
    ("reads", |step| json(&step.reads)),
    ("writes", |step| json(&step.writes)),
];

/// The same conversion as when it was written: it cannot fail.
fn json(part: &impl Serialize) -> String {
    serde_json::to_string(part).unwrap_or_default()
}

/// Does a text in a file say the same as ours? Most stand there as they were written.
fn says(ours: &str, theirs: &str) -> bool {
    ours == theirs || serde_json::from_str(ours).is_ok_and(|value| same(&value, theirs))
}

impl Recorded<'_> {
    /// Compares what the file says with what the run does. The error speaks of the first step that differs; a run that does not
    /// fit any more is compared as far as it goes.
    pub fn compare(&self, program: &Program, run: &Run) -> Result<(), TraceError> {
        let fits = match replay(program, &run.events) {
            Ok(replayed) => return self.compare_steps(program, run, &replayed),
            Err(ReplayError::TooLong(count)) => return Err(TraceError::TooLong(count)),
            Err(error) => error,
        };
        let misfit = TraceError::NoRun(fits.text(program), Spot::of(&fits));
        let ReplayError::Misfit { step, .. } = fits else { return Err(misfit) };
        let before = Run { events: run.events[..step].to_vec(), ..run.clone() };
        match replay(program, &before.events) {
            Ok(replayed) => match self.compare_steps(program, &before, &replayed) {
                Err(TraceError::Stale(why, spot)) => {
                    Err(TraceError::Stale(format!("{why}; {}", fits.text(program)), spot))
                }
                Ok(()) | Err(_) => Err(misfit),
            },
            Err(_) => Err(misfit),
        }
    }

    fn compare_steps(&self, program: &Program, run: &Run, replayed: &Replayed) -> Result<(), TraceError> {
        let facts = Facts::new(program, run, replayed);
        let mut recorder = Recorder::new(&facts);
        if self.initial != recorder.fingerprint() {
            let why = "the initial state is not the one that the trace was made from".to_string();
            return Err(TraceError::Stale(why, Spot::key("initial")));
        }
        for (index, there) in self.steps.iter().enumerate().take(run.events.len()) {
            let now = recorder.step(index);
            let differs = COMPARED.iter().zip(there).find(|((_, ours), raw)| !says(&ours(&now), raw.get()));
            if let Some(((key, _), raw)) = differs {
                let why = difference(index, &now, key, raw.get());
                return Err(TraceError::Stale(why, Spot { key: "event".into(), nth: index }));
            }
        }
        if self.word != Word::of(program, &run.property) {
            let why = format!("the verdict on `{}` is another", quoted(&run.property));
            return Err(TraceError::Stale(why, Spot::key("verdict")));
        }
        Ok(())
    }
}

/// What is different about a step, as text.
fn difference(index: usize, now: &RecordStep, key: &str, raw: &str) -> String {
    let step = format!("step {} ({})", index + 1, now.text);
    let applied: Vec<&str> = now.rules.iter().map(|rule| rule.id()).collect();
    match key {
        "rules" => {
            let then = few_names(&mut serde_json::Deserializer::from_str(raw)).unwrap_or_default();
            let more: Vec<&str> = applied.iter().copied().filter(|id| then.iter().all(|other| other != id)).collect();
            let less: Vec<&str> = then.iter().map(String::as_str).filter(|id| !applied.contains(id)).collect();
            match (more.is_empty(), less.is_empty()) {
                (false, true) => format!("{step} applies {} by now and did not in the trace", more.join(", ")),
                (true, false) => format!("{step} applied {} in the trace and no longer does", quoted(&less.join(", "))),
                (false, false) => {
                    format!("{step} applies {} by now, and {} in the trace", more.join(", "), quoted(&less.join(", ")))
                }
                (true, true) => format!("{step}: its `rules` in the trace are no list of {}", applied.join(", ")),
            }
        }
        "state" if applied.is_empty() => format!("{step} leads to another state than in the trace"),
        "state" => format!("{step} leads to another state than in the trace, by {}", applied.join(", ")),
        _ => format!("{step}: its `{key}` in the trace is not what it is by now"),
    }
}
