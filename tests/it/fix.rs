//! `rundown fix`: the repairs of some field cases as reviewed diffs; what is no repair is refused; files keep their layout; bad input.

use std::path::Path;

use rundown::internal::Stop;
use rundown::internal::fix::{self, CATALOGUE, Ended, Fixed};
use rundown::{Limits, Options, Scenario, Word};
use tests::{corpus, root, scenario};

use super::command::{code, err, file, out, rundown};

/// States for each file: enough for the cases below, and the same on every machine.
const STATES: u64 = 400_000;

fn fixed(scenario: &Scenario) -> Fixed {
    let options = Options { limits: Limits { states: Some(STATES), ..Limits::default() }, ..Options::default() };
    fix::fix(scenario, &options, &Stop::new())
}

fn parsed(text: &str) -> Scenario {
    Scenario::parse("own.scn", text).unwrap_or_else(|mistake| panic!("{mistake}"))
}

fn repaired(fixed: &Fixed) -> (Vec<&'static str>, &str) {
    match &fixed.end {
        Ended::Repaired(rows, text) => (rows.iter().map(|row| row.name).collect(), text),
        other => panic!("{} has no repair: {other:?}", fixed.name),
    }
}

/// Cases of several kinds, each repaired by an edit of another row.
const SAMPLE: &[&str] = &[
    "c15", "c16", "c23", "c24", "c27", "c28", "c30", "c34", "c36", "c37", "c40", "c47", "c52", "c55", "c56", "c59",
    "c60", "c81",
];

/// What is shown of the sample; each repaired text holds when it is checked anew, says so, and is not vacuous.
#[test]
fn repairs_of_field_cases() {
    let mut shown = String::new();
    for case in SAMPLE {
        let scenario = scenario(&format!("scenarios/field/{case}-broken.scn"));
        let fixed = fixed(&scenario);
        let (_, text) = repaired(&fixed);
        let again = parsed(text);
        let report = again.check();
        report.assert_as_expected();
        assert_eq!(report.word, Word::Holds, "{case}");
        assert!(report.vacuous().is_empty(), "{case}: {:?}", report.vacuous());
        assert_eq!(again.warnings.len(), scenario.warnings.len(), "{case} has other warnings");
        shown.push_str(&fix::text(&fixed, str::to_string));
        shown.push('\n');
    }
    insta::assert_snapshot!(shown);
}

/// Every row has a name and a sentence of its own.
#[test]
fn the_catalogue_reads_well() {
    for (place, row) in CATALOGUE.iter().enumerate() {
        assert!(row.why.ends_with('.') && row.why.starts_with(char::is_uppercase), "{}: {}", row.name, row.why);
        let same = |other: &&fix::Row| other.name == row.name || other.why == row.why;
        assert_eq!(CATALOGUE.iter().position(|other| same(&other)), Some(place), "{} stands there twice", row.name);
    }
    let document = std::fs::read_to_string(root().join("docs/fix.md")).expect("docs/fix.md");
    for row in CATALOGUE {
        assert!(
            document.contains(&format!("| {} | {} |", row.name, row.why)),
            "docs/fix.md lacks the row {}",
            row.name
        );
    }
}

/// A wait that nobody ends would keep the violation away, and with it everything that comes behind: what was reached before has to be
/// reached, so that this is no repair.
#[test]
fn a_repair_that_takes_away_what_is_reached_is_none() {
    let text = r#"scenario "releases what its worker uses for ever";
process host {
    HANDLE done = CreateEvent(NULL, TRUE, FALSE, NULL);
    Widget* widget = NULL;
    class Widget { HRESULT Work() { return S_OK; } }
    thread worker : by CreateThread {
        while (true) { widget->Work(); }
    }
    thread main {
        widget = new Widget();
        CreateThread(NULL, 0, worker, NULL, 0, NULL);
        SetEvent(done);
        widget->Release();
    }
}
check off never_exits;
check off hang;
"#;
    let fixed = fixed(&parsed(text));
    assert!(matches!(fixed.end, Ended::NotFound), "{}", fix::text(&fixed, str::to_string));
    // the wait itself is in the catalogue, and nothing is violated with it
    let waits =
        text.replace("        widget->Rel", "        WaitForSingleObject(worker, INFINITE);\n        widget->Rel");
    assert!(parsed(&waits).check().violated().is_empty());
}

/// A claim that holds only because its premise is never true any more is not met.
#[test]
fn a_repair_that_makes_a_claim_vacuous_is_none() {
    let text = r#"scenario "says that it stops and does not";
process host {
    bool ready = false;
    bool stopping = false;
    bool stopped = false;
    thread main {
        ready = true;
        stopping = true;
        ready = false;
    }
}
eventually stops: host.stopped after host.ready && host.stopping;
"#;
    let fixed = fixed(&parsed(text));
    assert!(matches!(fixed.end, Ended::NotFound), "{}", fix::text(&fixed, str::to_string));
    // the two steps exchanged are in the catalogue, and nothing is violated with them
    let (one, other) = ("        stopping = true;\n", "        ready = false;\n");
    let report = parsed(&text.replace(&format!("{one}{other}"), &format!("{other}{one}"))).check();
    assert_eq!((report.word, report.vacuous().len()), (Word::Holds, 1));
}

/// No repair leaves out what the program calls, a thread or a process.
#[test]
fn nothing_is_taken_away() {
    let text = r#"scenario "uses what it has released";
process host {
    class Widget { HRESULT Work() { return S_OK; } }
    thread main {
        Widget* w = new Widget();
        w->Release();
        w->Work();
    }
}
"#;
    let fixed = fixed(&parsed(text));
    let (_, text) = repaired(&fixed);
    for kept in ["w->Work();", "new Widget()", "thread main"] {
        assert!(text.contains(kept), "{text}");
    }
}

/// The names of edits are the same each time, and so is everything that is printed.
#[test]
fn the_same_answer_every_time() {
    let scenario = scenario("scenarios/field/c47-broken.scn");
    let once = fix::json(&fixed(&scenario));
    assert_eq!(once, fix::json(&fixed(&scenario)));
}

const RELEASES_TWICE: &str = r#"scenario "releases twice";   // é
process host {
    class Widget { HRESULT Work() { return S_OK; } }
    thread main {
        Widget* w = new Widget();
        w->Work();      // used
        w->Release();
        w->Release();   // once more
    }
}
expect use_after_free by host.main on Widget;    // found
"#;

/// Ends of lines, the byte order mark, comments and the file's other bytes stay.
#[test]
fn a_file_keeps_its_layout() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, mark, feed) in [("unix.scn", "", "\n"), ("windows.scn", "", "\r\n"), ("mark.scn", "\u{feff}", "\r\n")] {
        let text = format!("{mark}{}", RELEASES_TWICE.replace('\n', feed));
        let path = file(&directory, name, &text);
        let output = rundown(&["fix", "--write", &path]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        assert!(out(&output).contains(&format!("wrote {path}")), "{}", out(&output));
        let wanted = text
            .replace(&format!("        w->Release();   // once more{feed}"), "")
            .replace("expect use_after_free by host.main on Widget;    // found", "expect holds;");
        let after = std::fs::read_to_string(&path).expect("the file");
        assert_eq!(after, wanted, "{name}");
        // a second time there is nothing to do, and nothing is written
        let output = rundown(&["fix", "--write", &path]);
        assert_eq!((code(&output), std::fs::read_to_string(&path).expect("the file")), (0, wanted));
        assert!(out(&output).contains("nothing to repair"), "{}", out(&output));
    }
}

/// Each input with its exit code and a word of what is said.
#[test]
fn bad_input() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let holds = "scenario \"a\";\nprocess host { thread main { } }\n";
    let waits = "scenario \"a\";\nprocess host {\n    HANDLE never_set = CreateEvent(NULL, TRUE, FALSE, NULL);\n    thread main { WaitForSingleObject(never_set, INFINITE); }\n}\n";
    let counts = "process host {\n    int<0..90> a = 0;\n    int<0..90> b = 0;\n    thread one { while (a < 90) { a = a + 1; } }\n    thread two { while (b < 90) { b = b + 1; } }\n}\n";
    let missing = directory.path().join("missing.scn").to_string_lossy().into_owned();
    let folder = directory.path().join("folder");
    std::fs::create_dir(&folder).expect("a folder");
    let own = |name: &str, text: &str| file(&directory, name, text);
    let cases: Vec<(Vec<String>, i32, &str)> = vec![
        (vec![own("empty.scn", "")], 2, "error"),
        (vec![own("wrong.scn", "proces host { }\n")], 2, "error"),
        (vec![own("zero.scn", "\0\0\0")], 2, "error"),
        (vec![own("control.scn", "process host { thread main { \u{1b}[31m } }")], 2, "error"),
        (vec![missing], 2, "cannot read"),
        (vec![folder.to_string_lossy().into_owned()], 2, "no *.scn"),
        (vec![own("holds.scn", holds)], 0, "nothing to repair"),
        (vec![own("expects.scn", &format!("{holds}expect deadlock;\n"))], 0, "nothing to repair"),
        (vec![own("waits.scn", waits)], 1, "no edit of the catalogue"),
        (vec![own("unreached.scn", &format!("{holds}reachable never: false;\n"))], 1, "no edit of the catalogue"),
        (vec![own("counts.scn", counts), "--states".into(), "50".into()], 3, "incomplete: states"),
        (vec![own("late.scn", waits), "--time".into(), "0".into()], 3, ""),
        (vec![own("time.scn", holds), "--time".into(), "-1".into()], 2, "error"),
        (vec![own("memory.scn", holds), "--memory".into(), "much".into()], 2, "error"),
        (vec![own("both.scn", holds), "--json".into(), "--quiet".into()], 2, "error"),
        (vec![own("one.scn", holds), own("two.scn", "x"), "--quiet".into()], 2, "1 not read"),
        (vec![], 2, "error"),
    ];
    for (arguments, wanted, word) in cases {
        let mut all = vec!["fix"];
        all.extend(arguments.iter().map(String::as_str));
        let output = rundown(&all);
        let said = format!("{}{}", out(&output), err(&output));
        assert_eq!(code(&output), wanted, "{arguments:?}: {said}");
        assert!(said.contains(word), "{arguments:?}: {said}");
        assert_eq!(tests::entry::unfit_for_terminals(&said), None, "{arguments:?}: {said:?}");
    }
}

/// A file that cannot be replaced stays as it is.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_stays() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = file(&directory, "own.scn", RELEASES_TWICE);
    let mode = |mode| std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(mode));
    mode(0o555).expect("a folder that is only read");
    // whoever may write everywhere cannot be kept from it
    let free = std::fs::write(directory.path().join("other"), "").is_ok();
    let output = rundown(&["fix", "--write", &path]);
    mode(0o755).expect("a folder again");
    let after = std::fs::read_to_string(&path).expect("the file");
    match free {
        true => assert_eq!(code(&output), 0),
        false => {
            assert_eq!((code(&output), after.as_str()), (2, RELEASES_TWICE), "{}", err(&output));
            assert!(err(&output).contains("cannot write"), "{}", err(&output));
        }
    }
}

/// Every broken field case is read by the command, whatever comes of it: with few states for each, nothing ends in a fault of our own.
#[test]
fn every_broken_case_is_read() {
    let broken = corpus().into_iter().filter(|name| name.ends_with("-broken.scn"));
    for name in broken.step_by(8) {
        let options = Options { limits: Limits { states: Some(2_000), ..Limits::default() }, ..Options::default() };
        let fixed = fix::fix(&scenario(&name), &options, &Stop::new());
        assert!(!matches!(fixed.end, Ended::Nothing), "{name} is not broken");
        if let Ended::Repaired(_, text) = &fixed.end {
            assert!(Scenario::parse(&name, text).is_ok() && Path::new(&name).is_relative(), "{name}:\n{text}");
        }
    }
}
