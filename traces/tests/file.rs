//! Trace files: there and back, and everything that can be wrong with one.

mod common;

use common::scenarios::{ALL, LOCKS, UNLOAD};
use common::{program, shortest};
use traces::file::{FILE_BYTES_MAX, TraceError, TraceFile, digest, to_json};
use traces::judge::judge;

#[test]
fn there_and_back() {
    for (text, property) in ALL {
        let program = program(text);
        let run = shortest(&program, property).expect("a run");
        let json = to_json(&program, &run);
        assert_eq!(json, to_json(&program, &run));
        let file = TraceFile::from_json(json.as_bytes()).expect("our own file");
        assert_eq!(file.run(), run);
        assert_eq!(file.to_json(), json);
        let (again, replayed) = file.replay().expect("it still fits");
        assert_eq!(replayed.steps.len(), run.events.len());
        assert!(judge(&again, &file.run()).is_ok());
    }
}

#[test]
fn the_file_as_it_is_written() {
    let program = program(LOCKS);
    let run = shortest(&program, "deadlock").expect("a run");
    insta::assert_snapshot!(to_json(&program, &run));
}

#[test]
fn readings_and_faults_travel() {
    let mut program = program(UNLOAD);
    let run = shortest(&program, "unload_in_use").expect("a run");
    assert!(program.readings.set("sweep", "snapshot"));
    program.faults.insert(model::rules::Rule::CtxOnly);
    let again = TraceFile::new(&program, &run).program().expect("it compiles");
    assert_eq!((again.readings, again.faults), (program.readings, program.faults));
}

#[test]
fn what_is_wrong_is_said() {
    let program = program(LOCKS);
    let run = shortest(&program, "deadlock").expect("a run");
    let good = TraceFile::new(&program, &run);
    let read = |text: &str| TraceFile::from_json(text.as_bytes());

    let other = good.to_json().replace("rundown-trace/1", "rundown-trace/9");
    let error = read(&other).expect_err("a schema of the future");
    assert_eq!(error.to_string(), "the trace has the schema `rundown-trace/9`; this version reads `rundown-trace/1`");
    assert_eq!(read(&good.to_json().replace("list", "lost")), Err(TraceError::Digest));
    assert!(matches!(read(&good.to_json().replace("\"tool\"", "\"tol\"")), Err(TraceError::Malformed(_))));
    assert!(matches!(read("[]"), Err(TraceError::Malformed(_))));
    assert_eq!(TraceFile::from_json(&vec![b' '; FILE_BYTES_MAX + 1]), Err(TraceError::TooLarge(FILE_BYTES_MAX + 1)));

    let mut stale = good.clone();
    stale.readings.insert("weather".into(), "fine".into());
    assert!(matches!(stale.program(), Err(TraceError::Stale(..))));
    let mut stale = good.clone();
    stale.bounds.insert("pool_threads".into(), 5);
    assert!(matches!(stale.program(), Err(TraceError::Stale(..))));
    let mut stale = good.clone();
    stale.steps[0].text = "host.other".into();
    assert!(matches!(stale.replay(), Err(TraceError::Stale(..))));
    let mut stale = good.clone();
    stale.steps.push(stale.steps[0].clone());
    assert!(matches!(stale.replay(), Err(TraceError::NoRun(..))));
    let mut broken = good;
    broken.scenario.text = "process {".into();
    broken.scenario.digest = digest(&broken.scenario.text);
    assert!(matches!(broken.program(), Err(TraceError::Scenario(_))));
}

#[test]
fn cut_and_flipped_bytes_are_errors_not_panics() {
    let program = program(LOCKS);
    let run = shortest(&program, "deadlock").expect("a run");
    let json = to_json(&program, &run).into_bytes();
    for length in 0..json.len() {
        let _ = TraceFile::from_json(&json[..length]);
    }
    for at in 0..json.len() {
        for flip in [1, 2, 16, 128] {
            let mut bytes = json.clone();
            bytes[at] ^= flip;
            if let Ok(file) = TraceFile::from_json(&bytes) {
                let _ = file.replay();
            }
        }
    }
}
