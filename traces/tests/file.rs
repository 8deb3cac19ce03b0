//! Trace files: there and back, and everything that can be wrong with one.

mod common;

use common::scenarios::{ALL, LOCKS, UNLOAD};
use common::{program, shortest};
use model::event::Event;
use traces::file::{FILE_BYTES_MAX, RECORD_BYTES_MAX, REPLAY_BYTES_MAX, TraceError, TraceFile, digest};
use traces::judge::judge;
use traces::open::open;
use traces::record::{Record, Unwritten, to_json};
use traces::run::{EVENTS_MAX, Run};

#[test]
fn there_and_back() {
    for (text, property) in ALL {
        let program = program(text);
        let run = shortest(&program, property).expect("a run");
        let json = to_json(&program, &run).expect("it is written");
        assert_eq!(json, to_json(&program, &run).expect("the same"));
        let opened = open(json.as_bytes()).expect("our own file");
        opened.recorded.expect("a record").compare(&program, &run).expect("it is what the run does");
        let file = opened.file;
        assert_eq!(file.run(), run);
        let old = TraceFile::new(&program, &run);
        let old = open(old.to_json().as_bytes()).expect("version 1").file;
        assert_eq!((old.run(), old.scenario), (run.clone(), file.scenario.clone()));
        let (again, replayed) = file.replay().expect("it still fits");
        assert_eq!(replayed.steps.len(), run.events.len());
        assert!(judge(&again, &file.run()).is_ok());
    }
}

#[test]
fn the_file_as_it_is_written() {
    let program = program(LOCKS);
    let run = shortest(&program, "deadlock").expect("a run");
    insta::assert_snapshot!(to_json(&program, &run).expect("it is written"));
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
    assert_eq!(
        error.to_string(),
        "the trace has the schema `rundown-trace/9`; this version reads `rundown-trace/1` and `rundown-trace/2`"
    );
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

/// What a record says follows from the run: one that says anything else is noticed, at the step that it speaks of.
#[test]
fn a_record_that_says_something_else_is_stale() {
    let program = program(LOCKS);
    let run = shortest(&program, "deadlock").expect("a run");
    let good = Record::new(&program, &run).expect("a record");
    assert!(good.steps.iter().all(|step| !step.writes.is_empty()), "every step of this run changes something");
    let refused = |change: &dyn Fn(&mut Record)| {
        let mut record = good.clone();
        change(&mut record);
        let json = record.to_json().expect("it is written");
        let opened = open(json.as_bytes()).expect("it has the shape");
        let error =
            opened.recorded.expect("a record").compare(&program, &run).expect_err("it is not what the run does");
        let (line, _) = error.spot().expect("a place").position(json.as_bytes());
        (error.to_string(), json.lines().nth(line - 1).unwrap_or_default().to_string())
    };
    type Change<'a> = &'a dyn Fn(&mut Record);
    let cases: [(Change, &str); 7] = [
        (&|r| r.initial = "0".repeat(32), "the initial state is not the one"),
        (&|r| r.steps[1].state = "0".repeat(32), "step 2 (host.worker) leads to another state than in the trace, by "),
        (
            &|r| r.steps[1].rules.push(model::rules::Rule::CtxOnly),
            "step 2 (host.worker) applied CTX-05 in the trace and no longer does",
        ),
        (&|r| r.steps[0].actor = "COM".into(), "its `actor` in the trace"),
        (&|r| r.steps[0].source.clear(), "its `source` in the trace"),
        (&|r| r.steps[0].reads.push("x".into()), "its `reads` in the trace"),
        (&|r| r.steps[0].writes.clear(), "its `writes` in the trace"),
    ];
    for (change, wanted) in cases {
        let (text, line) = refused(change);
        assert!(text.starts_with("the trace is stale: ") && text.contains(wanted), "{text}");
        assert!(line.contains("event") || line.contains("initial"), "{text}: {line}");
    }
    let (text, _) = refused(&|r| r.verdict.word = traces::record::Word::Reached);
    assert!(text.contains("verdict"), "{text}");
}

/// A run as long as may be is written if its replay is affordable, as its events alone if no more is, and refused by both sides if not.
#[test]
fn whatever_is_written_is_read() {
    let text = |more: &str| {
        format!(
            "process host {{ bool done = false; thread t {{ while (!done) {{ Sleep(1); }} }} {more} }}\ncheck off hang;\n\
             eventually ends: host.done;\n"
        )
    };
    let others: String = (0..20).map(|n| format!("thread t{n} {{ Sleep(1); }} ")).collect();
    let large = text(&others) + "bounds { objects = 24; stubs = 24; proxies = 24; packets = 24; calls = 24; }\n";
    let cases = [(text(""), 2_000, Some(true)), (text(""), EVENTS_MAX, Some(false)), (large, EVENTS_MAX, None)];
    for (text, steps, recorded) in cases {
        let program = program(&text);
        let event = Event::Run { thread: 0, choice: 0 };
        let run =
            Run { property: "ends".into(), events: vec![event; steps], loop_start: Some(steps - 2), about: Vec::new() };
        let affordable = |most| TraceFile::new(&program, &run).affordable(&program, most).is_ok();
        assert_eq!(affordable(REPLAY_BYTES_MAX), recorded.is_some());
        assert_eq!(affordable(RECORD_BYTES_MAX), recorded == Some(true));
        match to_json(&program, &run) {
            Ok(json) => {
                assert!(json.len() <= FILE_BYTES_MAX);
                let opened = open(json.as_bytes()).expect("it is read");
                assert_eq!(opened.recorded.is_some(), recorded.expect("it is refused"));
                assert_eq!(opened.file.run(), run);
                if let Some(there) = opened.recorded {
                    there.compare(&program, &run).expect("it is what the run does");
                }
            }
            Err(why) => assert!(recorded.is_none() && matches!(why, Unwritten::TooMuch(_)), "{why}"),
        }
        assert_eq!(traces::itf::to_itf(&program, &run).is_ok(), recorded == Some(true));
    }
}

#[test]
fn cut_and_flipped_bytes_are_errors_not_panics() {
    let program = program(LOCKS);
    let run = shortest(&program, "deadlock").expect("a run");
    let json = to_json(&program, &run).expect("it is written").into_bytes();
    for length in 0..json.len() {
        let _ = open(&json[..length]);
    }
    for at in 0..json.len() {
        for flip in [1, 2, 16, 128] {
            let mut bytes = json.clone();
            bytes[at] ^= flip;
            if let Ok(opened) = open(&bytes) {
                let _ = opened.file.replay();
                let _ = opened
                    .file
                    .program()
                    .map(|program| opened.recorded.map(|recorded| recorded.compare(&program, &opened.file.run())));
            }
        }
    }
}
