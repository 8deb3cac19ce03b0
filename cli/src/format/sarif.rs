//! Reports as SARIF 2.1.0: a rule is a property, a result is at the line of the scenario where it happens.
//!
//! A violation that the scenario expects is a suppressed note, one that it does not expect an error; what the search left open
//! is a result of the kind `open`. How the run got there is a code flow with one thread flow for each thread of the model.

use std::collections::BTreeMap;

use model::lang::line_index::LineIndex;
use model::properties::Property;
use serde_json::{Value, json};
use traces::run::replay;

use super::json::Violation;
use super::place::{Region, of_violation, stands};
use super::sarif_flow::code_flow;
use super::{Checked, Settings};
use crate::expectation::{Involved, Outcome};
use crate::human;
use crate::report::{PropertyReport, Report};
use crate::scenario::Mistake;
use crate::telling;

/// Where the schema of the format is published.
pub const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The rules that results refer to, in order of appearance after the built-in ones.
struct Rules {
    all: Vec<Value>,
    places: BTreeMap<String, usize>,
}

impl Rules {
    fn new() -> Self {
        let mut rules = Rules { all: Vec::new(), places: BTreeMap::new() };
        for property in Property::ALL {
            rules.place(property.name(), property.sentence());
        }
        rules
    }

    fn place(&mut self, id: &str, sentence: &str) -> usize {
        if let Some(place) = self.places.get(id) {
            return *place;
        }
        let place = self.all.len();
        self.places.insert(id.to_string(), place);
        self.all.push(ordered([
            ("id", id.into()),
            ("shortDescription", text(sentence)),
            ("defaultConfiguration", json!({ "level": "error" })),
        ]));
        place
    }

    /// A built-in property is a rule; the claims of scenarios share their prefix, since each scenario has its own.
    fn of(&mut self, property: &PropertyReport) -> (String, usize) {
        let (id, sentence) = match property.built_in {
            Some(built_in) => (property.name.clone(), built_in.sentence().to_string()),
            None => (format!("claim/{}", property.name), format!("the claim `{}` of a scenario holds", property.name)),
        };
        let place = self.place(&id, &sentence);
        (id, place)
    }
}

/// The document.
pub fn document(checked: &[Checked], settings: Settings) -> String {
    let mut rules = Rules::new();
    let mut results = Vec::new();
    let mut notifications = Vec::new();
    for one in checked {
        match one {
            Checked::Report(report) => of_report(report, settings, &mut rules, &mut results),
            Checked::Mistake(mistake) => of_mistake(mistake, &mut notifications),
        }
    }
    // the format wants each file once, even if it was named twice
    let mut files: Vec<&str> = Vec::new();
    for one in checked {
        if !files.contains(&one.name()) {
            files.push(one.name());
        }
    }
    let artifact = |name: &&str| json!({ "location": { "uri": uri(name) }, "roles": ["analysisTarget"] });
    let artifacts: Vec<Value> = files.iter().map(artifact).collect();
    let successful = notifications.is_empty();
    let driver = ordered([
        ("name", "rundown".into()),
        ("semanticVersion", env!("CARGO_PKG_VERSION").into()),
        ("shortDescription", text(env!("CARGO_PKG_DESCRIPTION"))),
        ("rules", rules.all.into()),
    ]);
    let invocation =
        ordered([("executionSuccessful", successful.into()), ("toolExecutionNotifications", notifications.into())]);
    let run = ordered([
        ("tool", json!({ "driver": driver })),
        ("invocations", json!([invocation])),
        ("columnKind", "unicodeCodePoints".into()),
        ("artifacts", artifacts.into()),
        ("results", results.into()),
    ]);
    let log = ordered([("$schema", SCHEMA.into()), ("version", "2.1.0".into()), ("runs", json!([run]))]);
    format!("{}\n", serde_json::to_string_pretty(&log).unwrap_or_default())
}

fn of_report(report: &Report, settings: Settings, rules: &mut Rules, results: &mut Vec<Value>) {
    for property in &report.properties {
        let (id, place) = rules.of(property);
        let begin = |message: &str| Result::new(report, &id, place, message);
        match report.outcome(property) {
            Outcome::Fine => {}
            Outcome::Undecided => {
                let message = format!("undecided: {}", human::word(report.word));
                let mut result = begin(&message);
                result.set("kind", "open".into());
                result.set("level", "none".into());
                results.push(result.done());
            }
            Outcome::AsExpected => {
                let mut result = begin(&telling::brief(report, property));
                result.set("level", "note".into());
                result.set(
                    "suppressions",
                    json!([{ "kind": "inSource", "justification": "the scenario expects this violation" }]),
                );
                violation(report, property, &mut result);
                results.push(result.done());
            }
            Outcome::Failed(why) => {
                let why = why.join("; ");
                let told = if property.violated { telling::brief(report, property) } else { String::new() };
                let mut result = begin(&format!("{why}\n{told}"));
                result.set("level", "error".into());
                if property.violated {
                    violation(report, property, &mut result);
                }
                results.push(result.done());
            }
        }
    }
    let known = |name: &str| report.properties.iter().any(|property| property.name == name);
    for complaint in report.complaints.iter().filter(|complaint| !known(&complaint.property)) {
        let place = rules.place("not_as_expected", "a scenario comes out as it expects");
        let mut result = Result::new(report, "not_as_expected", place, &complaint.text);
        result.set("level", "error".into());
        results.push(result.done());
    }
    for missing in if settings.deny_vacuous { report.vacuous() } else { Vec::new() } {
        let place = rules.place("vacuous", "what passes was put to the test");
        let mut result = Result::new(report, "vacuous", place, &missing);
        result.set("level", "error".into());
        results.push(result.done());
    }
}

/// What tells a violation from others of its property that survives when lines move or others are repaired: who and what, and its number
/// among those of which this is the same.
fn fingerprint(report: &Report, property: &PropertyReport) -> String {
    let who = |one: &PropertyReport| {
        let Involved { by, on, hitting: _, lines: _ } = Involved::of(&report.program, one);
        (by, on)
    };
    let (by, on) = who(property);
    let same = |one: &&PropertyReport| one.name == property.name && who(one) == (by.clone(), on.clone());
    let number = report.violations().take_while(|one| one.signature != property.signature || one.name != property.name);
    let number = number.filter(same).count();
    let told = format!("{}\0{}\0{}\0{}\0{number}", report.name, property.name, by.join("\0"), on.join("\0"));
    traces::file::digest(&told)
}

/// Place, code flow and where the threads stand.
fn violation(report: &Report, property: &PropertyReport, result: &mut Result) {
    if property.of > 1 {
        result.set("partialFingerprints", json!({ "violation/v1": fingerprint(report, property) }));
    }
    result.set("properties", json!({ "violation": Violation::of(report, property) }));
    let replayed = property.run.as_ref().and_then(|run| replay(&report.program, &run.events).ok());
    if let Some(span) = of_violation(report, property, replayed.as_ref()) {
        let lines = LineIndex::new(&report.program.source);
        let region = Region::of(&lines, &report.program.source, span);
        result.set("locations", json!([{ "physicalLocation": physical(&report.name, region) }]));
    }
    if let (Some(run), Some(replayed)) = (&property.run, &replayed) {
        result.set("codeFlows", json!([code_flow(report, run, replayed)]));
        let lines = LineIndex::new(&report.program.source);
        let threads = 0..report.program.threads.len();
        let related: Vec<Value> = threads
            .filter_map(|thread| {
                let region =
                    Region::of(&lines, &report.program.source, stands(&report.program, replayed.last(), thread)?);
                let name = model::names::thread(&report.program, thread);
                let message = text(&format!("{name} stands here"));
                Some(json!({ "physicalLocation": physical(&report.name, region), "message": message }))
            })
            .collect();
        if !related.is_empty() {
            result.set("relatedLocations", related.into());
        }
    }
}

/// A result under construction.
struct Result {
    fields: serde_json::Map<String, Value>,
}

impl Result {
    /// At the first line, until a better place is known.
    fn new(report: &Report, rule: &str, place: usize, message: &str) -> Result {
        let mut result = Result { fields: serde_json::Map::new() };
        result.set("ruleId", rule.into());
        result.set("ruleIndex", place.into());
        result.set("message", text(message.trim_end()));
        let first = Region { line: 1, column: 1, end_line: 1, end_column: 1 };
        result.set("locations", json!([{ "physicalLocation": physical(&report.name, Some(first)) }]));
        // the same finding keeps its number when lines move
        let fingerprint = traces::file::digest(&format!("{}\0{rule}", report.name));
        result.set("partialFingerprints", json!({ "scenarioAndRule/v1": fingerprint }));
        result
    }

    fn set(&mut self, name: &str, value: Value) {
        self.fields.insert(name.to_string(), value);
    }

    /// The keys in order, whether or not the map of serde_json keeps the order of insertion.
    fn done(self) -> Value {
        let sorted: BTreeMap<String, Value> = self.fields.into_iter().collect();
        Value::Object(sorted.into_iter().collect())
    }
}

fn of_mistake(mistake: &Mistake, notifications: &mut Vec<Value>) {
    let mut push = |name: &str, id: &str, message: &str, region: Option<Region>| {
        notifications.push(ordered([
            ("descriptor", json!({ "id": id })),
            ("level", "error".into()),
            ("message", text(message)),
            ("locations", json!([{ "physicalLocation": physical(name, region) }])),
        ]));
    };
    match mistake {
        Mistake::Unreadable { name, reason } => push(name, "unreadable", reason, None),
        Mistake::Internal { name, reason } => push(name, "internal", reason, None),
        Mistake::Wrong { name, text, diagnostics } => {
            let lines = LineIndex::new(text);
            for diagnostic in diagnostics {
                let region = Region::of(&lines, text, diagnostic.primary.0);
                push(name, diagnostic.code, &diagnostic.message, region);
            }
        }
    }
}

/// A place in a file.
pub(super) fn physical(file: &str, region: Option<Region>) -> Value {
    let location = json!({ "uri": uri(file) });
    match region {
        Some(region) => {
            let region = json!({
                "startLine": region.line,
                "startColumn": region.column,
                "endLine": region.end_line,
                "endColumn": region.end_column,
            });
            json!({ "artifactLocation": location, "region": region })
        }
        None => json!({ "artifactLocation": location }),
    }
}

/// A message. Braces begin a placeholder and `](` ends the text of a link there, so both are written otherwise.
pub(super) fn text(message: &str) -> Value {
    let plain = message.replace('{', "{{").replace('}', "}}").replace("](", "] (");
    let shown = plain.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c });
    json!({ "text": shown.collect::<String>() })
}

/// An object with its keys in order.
pub(super) fn ordered<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let sorted: BTreeMap<String, Value> = fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    Value::Object(sorted.into_iter().collect())
}

/// A path as a URI reference: forward slashes, everything unusual percent-encoded.
pub fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    let mut out = String::new();
    if drive {
        out.push_str("file:///");
    } else if path.starts_with('/') {
        out.push_str("file://");
    }
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            b':' if drive && at == 1 => out.push(':'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
