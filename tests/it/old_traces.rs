//! Traces that were written once stay readable: `tests/old-traces/1` and `2` have files as each version wrote them, and never
//! change. Those in `stale` no longer fit, and are refused as recorded: at which step, and by which rule.
//!
//! If a file of the first two folders is refused, the model has changed what a run of it means, or the reader is broken. The former
//! is said in the snapshot of the refusals after the file was moved to `stale`; the latter is repaired.

use std::path::PathBuf;

use rundown::internal::{Refused, replay};
use serde_json::Value;
use tests::root;
use traces::file::TraceFile;
use traces::open::open;

/// The traces in a folder, sorted, with their names.
fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = root().join("tests/old-traces").join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    let each = paths.into_iter().map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read(&path).expect("a file"))
    });
    each.collect()
}

/// The object that is ours.
fn ours(bytes: &[u8]) -> Value {
    let mut value: Value = serde_json::from_slice(bytes).expect("JSON");
    if value.get("rundown").is_some() { value["rundown"].take() } else { value }
}

#[test]
fn every_old_trace_opens_and_replays() {
    for (version, schema) in [("1", "trace-1.schema.json"), ("2", "trace.schema.json")] {
        let schema = crate::formats::schema(&format!("docs/schemas/{schema}"));
        let (mut loops, mut faults, mut read_otherwise) = ([0; 2], [0; 2], [0; 2]);
        for (name, bytes) in files(version) {
            let told = replay(&name, &bytes, false).unwrap_or_else(|why| panic!("{version}/{name}: {why:?}"));
            assert!(told.starts_with(&format!("{name}: the run fits the model")), "{told}");
            let opened = open(&bytes).expect("it opens");
            assert_eq!(opened.itf.is_some(), name.ends_with(".itf.json"), "{name}");
            assert_eq!(opened.recorded.is_some(), version != "1", "{name}");
            let ours = ours(&bytes);
            assert_eq!(ours["schema"], format!("rundown-trace/{version}"), "{name}");
            crate::formats::validate(&schema, &ours, &name);
            if opened.itf.is_some() {
                let text = std::str::from_utf8(&bytes).expect("UTF-8");
                let trace: itf::Trace<Value> = itf::trace_from_str(text).expect("the reader of ITF takes it");
                assert_eq!(trace.states.len(), opened.file.steps.len() + 1, "{name}");
            }
            let kind = usize::from(opened.itf.is_some());
            loops[kind] += usize::from(opened.file.loop_start.is_some());
            faults[kind] += usize::from(!opened.file.faults.is_empty());
            read_otherwise[kind] += usize::from(otherwise(&opened.file));
        }
        for (what, count) in [("loop", loops), ("fault", faults), ("reading", read_otherwise)] {
            // the states in an ITF file of version 1 are those of the model of its day: some are stale since
            let enough = if version == "1" { count[0] >= 1 } else { count.iter().all(|count| *count >= 1) };
            assert!(enough, "version {version} has no {what} in each format: {count:?}");
        }
    }
    assert_eq!(traces::record::SCHEMA, "rundown-trace/2", "a new version wants a folder of its own");
}

/// Is an open question taken otherwise than by default?
fn otherwise(file: &TraceFile) -> bool {
    let default = |name: &str| model::readings::Reading::by_name(name).map(|reading| reading.default_value());
    file.readings.iter().any(|(name, value)| default(name) != Some(value.as_str()))
}

#[test]
fn what_no_longer_fits_is_refused_at_a_step_by_a_rule() {
    let mut text = String::new();
    for (name, bytes) in files("stale") {
        match replay(&name, &bytes, false) {
            Err(Refused::Stale(why)) => text.push_str(&format!("{why}\n")),
            other => panic!("{name} is not stale: {other:?}"),
        }
    }
    // of the version that has a record, every refusal says at which step, but for what comes before the first
    for line in text.lines().filter(|line| line.starts_with("2-")) {
        assert!(["step ", "reading", "initial state"].iter().any(|word| line.contains(word)), "{line}");
    }
    insta::assert_snapshot!(text);
}

/// Puts a key that no version knows into every object that is ours. Not into maps, whose keys are names, nor into what is compared as a whole: an event,
/// and the places in a step's source.
fn more(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let maps = ["event", "source", "readings", "bounds", "values"];
            map.iter_mut().filter(|(key, _)| !maps.contains(&key.as_str())).for_each(|(_, value)| more(value));
            map.insert("of_a_later_version".to_string(), serde_json::json!({ "deep": [1, { "x": null }] }));
        }
        Value::Array(list) => list.iter_mut().for_each(more),
        _ => {}
    }
}

/// What a later version says besides is passed over, in each format and version of a trace: the run is what it was.
#[test]
fn keys_of_a_later_version_are_passed_over() {
    let mut kinds = std::collections::BTreeSet::new();
    for version in ["1", "2"] {
        for (name, bytes) in files(version) {
            let mut value: Value = serde_json::from_slice(&bytes).expect("JSON");
            let is_itf = value.get("rundown").is_some();
            if is_itf {
                // what is not ours is for other tools, and compared
                more(&mut value["rundown"]);
                value["of_a_later_version"] = Value::from(1);
            } else {
                more(&mut value);
            }
            let added = serde_json::to_vec(&value).expect("JSON");
            assert_eq!(open(&added).expect("it opens").file, open(&bytes).expect("it opens").file, "{version}/{name}");
            let told = replay(&name, &added, false).unwrap_or_else(|why| panic!("{version}/{name}: {why:?}"));
            assert_eq!(Ok(told), replay(&name, &bytes, false), "{version}/{name}");
            kinds.insert((version, is_itf));
        }
    }
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}

/// A certificate, too, may say more; one of another version is told apart from what is none, with the command that makes a new one.
#[test]
fn certificates_of_later_versions() {
    let text = "process host { int<0..3> n = 0; thread t { while (n < 3) { n = n + 1; } } }";
    let scenario = rundown::Scenario::parse("counts.scn", text).unwrap_or_else(|mistake| panic!("{mistake}"));
    let bytes = rundown::internal::certify(&scenario, &Default::default(), &Default::default()).expect("a certificate");
    let fine = traces::certificate::verify(&bytes).expect("it holds");
    let end = bytes.iter().position(|byte| *byte == b'\n').expect("a header");
    let mut head: Value = serde_json::from_slice(&bytes[..end]).expect("JSON");
    let written = |head: &Value| {
        // the schema is what a certificate begins with
        let rest = head.as_object().expect("an object").iter().filter(|(key, _)| *key != "schema");
        let rest: Vec<String> = rest.map(|(key, value)| format!(",{}:{value}", Value::from(key.as_str()))).collect();
        [format!("{{\"schema\":{}{}}}", head["schema"], rest.concat()).as_bytes(), &bytes[end..]].concat()
    };
    assert_eq!(traces::certificate::verify(&written(&head)), Ok(fine.clone()));
    more(&mut head);
    assert!(written(&head).len() > bytes.len() + 60, "nothing was added");
    assert_eq!(traces::certificate::verify(&written(&head)), Ok(fine));
    head["schema"] = "rundown-certificate/2".into();
    let why = traces::certificate::verify(&written(&head)).expect_err("another version");
    assert!(why.contains("another version") && why.contains("rundown certify"), "{why}");
}
