//! The test API as its users see it: what is built, what is asserted, and what a failed assertion says.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rundown::{Limits, Options, Scenario, Word};
use tests::root;

const FREES: &str = "process host { module dll; thread worker : code dll { } thread control { FreeLibrary(dll); } }";
const COUNTS: &str = "process host { int<0..90> n = 0; thread t { while (n < 90) { n = n + 1; } } }";

fn parse(text: &str) -> Scenario {
    Scenario::parse("small.scn", text).unwrap_or_else(|mistake| panic!("{mistake}"))
}

/// What a panicking assertion says.
fn said(assertion: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(assertion)).expect_err("the assertion fails");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast::<&str>().map(|text| text.to_string()).unwrap_or_default(),
    }
}

#[test]
fn a_built_scenario_is_the_same_as_a_written_one() {
    let built = Scenario::builder()
        .name("built.scn")
        .title("a \"quoted\" title with a \\")
        .process(FREES)
        .process("process other { int n = 0; thread main { n = 1; } }")
        .claim("never two: other.n == 2;")
        .reading("would_deadlock", "stack")
        .fault("CTX-03")
        .without("leak_ref")
        .bound("calls", 3)
        .expect("unload_in_use by host.control on dll")
        .build()
        .unwrap_or_else(|mistake| panic!("{mistake}"));
    assert_eq!(built.program.title, "a \"quoted\" title with a \\");
    assert_eq!(built.program.bounds.calls, 3);
    assert_eq!(built.program.readings.would_deadlock, model::readings::WouldDeadlock::Stack);
    let report = built.check();
    report.assert_as_expected();
    assert!(!report.properties.iter().any(|property| property.name == "leak_ref"));
    let written = Scenario::parse("built.scn", &built.text).unwrap_or_else(|mistake| panic!("{mistake}"));
    assert_eq!(report.story("unload_in_use"), written.check().story("unload_in_use"));
}

/// The mistakes of a built scenario have places in its text, and no piece can make anything panic.
#[test]
fn mistakes_of_built_scenarios_are_told() {
    for (builder, wanted) in [
        (Scenario::builder().process("proces host { }"), "process"),
        (Scenario::builder().title("two\nlines").process(FREES), "error"),
        (Scenario::builder().process(FREES).expect("nonsense"), "nonsense"),
        (Scenario::builder().process(FREES).fault("CTX-99"), "CTX-99"),
        (Scenario::builder().process(FREES).reading("sweep", "often"), "often"),
        (Scenario::builder().process(FREES).bound("calls", 255), "calls"),
        (Scenario::builder().process(FREES).bound("} process x {", 1), "error"),
        (Scenario::builder().process("\u{0}\u{202e}"), "error"),
    ] {
        let mistake = builder.build().expect_err("a mistake").to_string();
        assert!(mistake.contains(wanted), "{mistake}");
    }
}

#[test]
fn assertions_that_hold_can_be_chained() {
    let text = format!("{COUNTS} expect holds;");
    parse(&text).check().assert_holds().assert_complete().assert_as_expected();
    let report = parse(&format!("{FREES} reachable never_so: 1 == 2;")).check();
    let violation = report.assert_violated("unload_in_use");
    assert_eq!((violation.name(), violation.events()), ("unload_in_use", vec!["host.control".to_string()]));
    assert_eq!((violation.by(), violation.on()), (vec!["host.control".to_string()], vec!["dll".to_string()]));
    assert_eq!(Some(violation.story()), report.story("unload_in_use"));
    assert!(violation.story().starts_with(&violation.headline()[..40]));
    let trace = violation.trace_json().expect("a run");
    let file = traces::open::open(trace.as_bytes()).expect("a trace").file;
    assert!(file.replay().is_ok());
    let text = violation.itf().expect("a run");
    let same = traces::open::open(text.as_bytes()).expect("ITF");
    assert!(same.itf.is_some() && same.recorded.is_some() && same.file == file);
    // what is never reached has no run
    let unreached = report.assert_violated("never_so");
    assert!(unreached.story().contains("is never reached"));
    assert!(unreached.events().is_empty() && unreached.trace_json().is_none() && unreached.itf().is_none());
    assert!(unreached.by().is_empty() && unreached.on().is_empty());
}

#[test]
fn failed_assertions_tell_the_story_and_what_to_run_next() {
    let frees = parse(&format!("scenario \"frees too early\";\n{FREES}\nexpect holds;")).check();
    let text = said(|| {
        frees.assert_holds();
    });
    // the page lies below the target directory, which may have any name
    let exe = std::env::current_exe().expect("the test's own path");
    let target = exe.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).expect("a target directory");
    let name = target.file_name().expect("a name").to_string_lossy();
    let open = rundown::internal::paths::OPEN;
    let text = text.replace(&format!("  {open} {name}/"), "  open target/");
    insta::assert_snapshot!("failed_assertion", text);
    let text = said(|| {
        frees.assert_as_expected();
    });
    assert!(text.contains("which is not expected") && text.contains("what happened, in 1 step"), "{text}");
    let text = said(|| {
        frees.assert_violated("hang");
    });
    assert!(text.contains("hang should be violated, but it is not"), "{text}");
    let text = said(|| {
        frees.assert_violated("hangs");
    });
    assert!(text.contains("no property `hangs`") && text.contains("unload_in_use, "), "{text}");
    let built = Scenario::builder().process(FREES).build().unwrap_or_else(|mistake| panic!("{mistake}")).check();
    let text = said(|| {
        built.assert_holds();
    });
    assert!(text.contains("write `scenario.text` to a file"), "{text}");
    let text = said(|| {
        built.assert_as_expected();
    });
    assert!(text.contains("expects nothing"), "{text}");
}

/// What was not finished is never called a pass.
#[test]
fn an_incomplete_search_fails_every_assertion() {
    let limits = Limits { depth: Some(3), ..Limits::default() };
    let report = parse(&format!("{COUNTS} expect holds;")).check_with(&Options { limits, ..Options::default() });
    assert!(matches!(report.word, Word::Incomplete(_)));
    for text in [
        said(|| {
            report.assert_holds();
        }),
        said(|| {
            report.assert_complete();
        }),
        said(|| {
            report.assert_as_expected();
        }),
    ] {
        assert!(text.contains("UNDECIDED") || text.contains("stopped by: depth"), "{text}");
        assert!(!text.contains("holds ("), "{text}");
    }
    // a bound that cuts is no early end, but not everything either
    let text = "process host { int n = 0; thread t { while (true) { n = n + 1; } } } check off hang; expect holds;";
    let report = parse(text).check();
    assert_eq!(report.word, Word::HoldsWithinBounds, "a counter that no bound stops");
    for text in [
        said(|| {
            report.assert_holds();
        }),
        said(|| {
            report.assert_complete();
        }),
        said(|| {
            report.assert_as_expected();
        }),
    ] {
        assert!(text.contains("bounds cut events") || text.contains("UNDECIDED"), "{text}");
    }
    // who says that this is enough has a pass
    let within = parse(&text.replace("expect holds;", "expect holds within bounds;")).check();
    within.assert_holds().assert_as_expected();
}

/// The functions that were there before do the same as the methods.
#[test]
fn functions_and_methods_agree() {
    let scenario = parse(FREES);
    let (one, other) = (rundown::check(&scenario, &Options::default()), scenario.check());
    assert_eq!(rundown::internal::human::report(&one, false), rundown::internal::human::report(&other, false));
}

/// Every part of the API has an example.
#[test]
fn every_public_function_of_the_test_api_has_an_example() {
    for file in ["cli/src/builder.rs", "cli/src/testing.rs"] {
        let text = std::fs::read_to_string(root().join(file)).expect("a source");
        let mut since = String::new();
        for line in text.lines() {
            if line.trim_start().starts_with("pub fn ") {
                assert!(since.contains("/// ```"), "{file}: no example: {line}");
            }
            if line.trim_start().starts_with("///") {
                since.push_str(line);
            } else if !line.trim_start().starts_with("#[") {
                since.clear();
            }
        }
    }
}
