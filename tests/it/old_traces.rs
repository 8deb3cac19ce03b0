//! Traces that were written once stay readable: `tests/old-traces/1` and `2` have files as each version wrote them, and never
//! change. Those in `stale` no longer fit, and are refused as recorded: at which step, and by which rule.
//!
//! If a file of the first two folders is refused, the model has changed what a run of it means, or the reader is broken. The former
//! is said in the snapshot of the refusals after the file was moved to `stale`; the latter is repaired.

use std::path::PathBuf;

use rundown::internal::Refused;
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
            let told = rundown::internal::replay(&name, &bytes, false)
                .unwrap_or_else(|why| panic!("{version}/{name}: {why:?}"));
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
        match rundown::internal::replay(&name, &bytes, false) {
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
