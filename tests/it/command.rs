//! The command as a shell sees it: exit codes, streams, files.

use std::path::PathBuf;
use std::process::{Command, Output};
use tests::root;

/// The program, built with this test run.
pub fn program() -> PathBuf {
    // target/<profile>/deps/it-… -> target/<profile>/rundown
    let mut path = std::env::current_exe().expect("the test's own path");
    path.pop();
    path.pop();
    let release = path.ends_with("release");
    let program = path.join(format!("rundown{}", std::env::consts::EXE_SUFFIX));
    // `cargo test` does not build the program, and an old one may lie there; all that is built then has the features that tests have (tests/Cargo.toml)
    static BUILT: std::sync::Once = std::sync::Once::new();
    BUILT.call_once(|| {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--offline", "--quiet", "--bins"]).args(release.then_some("--release"));
        let built = build.current_dir(root()).status().expect("cargo");
        assert!(built.success() && program.exists(), "the program is not built: {}", program.display());
    });
    program
}

pub fn rundown(arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).current_dir(root()).output().expect("the program runs")
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A scenario file of its own for one test.
pub fn file(directory: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = directory.path().join(name);
    std::fs::write(&path, text).expect("a temporary file");
    path.to_string_lossy().into_owned()
}

const HANGS: &str = r#"scenario "waits for nobody";
process host {
    HANDLE never_set = CreateEvent(NULL, TRUE, FALSE, NULL);
    thread main : MTA { WaitForSingleObject(never_set, INFINITE); }
}
"#;

const COUNTS: &str = r#"scenario "counts for a while";
process host {
    int<0..90> a = 0;
    int<0..90> b = 0;
    thread one : MTA { while (a < 90) { a = a + 1; } }
    thread two : MTA { while (b < 90) { b = b + 1; } }
}
"#;

const CUT: &str = r#"scenario "leaves the range";
process host {
    int<0..1> x = 0;
    thread main : MTA { x = x + 1; x = x + 1; x = 0; }
}
"#;

#[test]
fn what_is_not_modelled_is_said() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let text = r#"scenario "closes its handle";
process host {
    HANDLE done = CreateEvent(NULL, TRUE, FALSE, NULL);
    class Widget { }
    thread worker : by CreateThread { }
    thread main { CoInitializeEx(NULL, COINIT_MULTITHREADED | COINIT_SPEED_OVER_MEMORY); CloseHandle(worker); ExitThread(3); }
}
expect holds;
"#;
    let one = file(&directory, "one.scn", text);
    let told = out(&rundown(&["check", &one]));
    assert!(told.contains("ignored   COINIT_SPEED_OVER_MEMORY; CloseHandle; ExitThread: dwExitCode:"), "{told}");
    assert!(told.contains("no leaks  of host: it ends"), "{told}");
    let listed = out(&rundown(&["rules", "--not-modelled"]));
    for row in model::lang::not_modelled::NOT_MODELLED {
        assert!(listed.contains(row.name) && listed.contains(row.what), "{}", row.name);
    }
    // what does nothing has a row
    for row in model::lang::lower::api::API.iter().filter(|row| row.what.starts_with("nothing")) {
        assert!(model::lang::not_modelled::find(row.name).is_some(), "{} is accepted in silence", row.name);
    }
}

#[test]
fn a_scenario_comes_from_standard_input() {
    use std::io::Write;
    let mut child = Command::new(program())
        .args(["check", "-", "--color", "always"])
        .current_dir(root())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program runs");
    child.stdin.take().expect("a pipe").write_all(HANGS.as_bytes()).expect("the program reads");
    let told = child.wait_with_output().expect("the program ends");
    assert_eq!(code(&told), 1, "{}", err(&told));
    assert!(out(&told).starts_with("stdin\n") && out(&told).contains("\x1b[1;31mviolated: hang"), "{}", out(&told));
    // a pipe has no colour unless that is asked for
    assert!(!out(&rundown(&["check", "scenarios/seeds"])).contains('\x1b'));
}

#[test]
fn many_scenarios_end_with_their_totals() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let hangs = file(&directory, "hangs.scn", HANGS);
    let expected = file(&directory, "expected.scn", &format!("{HANGS}expect hang by host.main;\n"));
    let bad = file(&directory, "bad.scn", "proces host { }\n");
    let told = out(&rundown(&["check", "--quiet", &hangs, &expected, &bad]));
    let last = told.lines().last().expect("a line");
    assert!(last.starts_with("3 scenarios: 1 violated, 1 as expected, 1 not checked; "), "{last}");
}

#[test]
fn what_is_written_is_named() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let hangs = file(&directory, "hangs.scn", HANGS);
    let pages = directory.path().join("pages");
    let told = err(&rundown(&["check", &hangs, "--html", &pages.to_string_lossy()]));
    let page = pages.join("hangs.hang.html");
    assert!(page.exists() && told.contains(&format!("wrote {}\n", page.display())), "{told}");
}

#[test]
fn sizes_are_written_as_people_write_them() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let hangs = file(&directory, "hangs.scn", &format!("{HANGS}expect hang;\n"));
    for size in ["4GB", "4GiB", "512MB", "536870912"] {
        assert_eq!(code(&rundown(&["check", &hangs, "--memory", size])), 0, "{size}");
    }
    for size in ["4gibs", "-1", "GB", "99999999999GiB"] {
        assert_eq!(code(&rundown(&["check", &hangs, &format!("--memory={size}")])), 2, "{size}");
    }
}

#[test]
fn shells_complete_and_every_command_has_a_manual_page() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let told = rundown(&["completions", shell]);
        assert!(code(&told) == 0 && out(&told).contains("gallery"), "{shell}");
    }
    assert!(out(&rundown(&["completions", "powershell"])).contains("Register-ArgumentCompleter"));
    let page = out(&rundown(&["man"]));
    assert!(page.contains(".TH rundown") && page.contains("gallery"), "{page}");
    assert!(out(&rundown(&["man", "check"])).contains("\\-\\-reading"));
    assert_eq!(code(&rundown(&["man", "chekc"])), 2);
    let help = out(&rundown(&["--help"]));
    let place = |word: &str| help.find(word).unwrap_or_else(|| panic!("{word} is not in\n{help}"));
    assert!(place("Every day:") < place("\n  check ") && place("\n  explore ") < place("Runs and proofs:"), "{help}");
}

#[test]
fn exit_codes() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let hangs = file(&directory, "hangs.scn", HANGS);
    let expected = file(&directory, "expected.scn", &format!("{HANGS}expect hang by host.main;\n"));
    let mistaken = file(&directory, "mistaken.scn", &format!("{HANGS}expect holds;\n"));
    let elsewhere = file(&directory, "elsewhere.scn", &format!("{HANGS}expect deadlock;\n"));
    let counts = file(&directory, "counts.scn", &format!("{COUNTS}expect holds;\n"));
    let bad = file(&directory, "bad.scn", "proces host { }\n");
    let vacuous = file(&directory, "vacuous.scn", &format!("{COUNTS}rules CTX-03;\nexpect holds;\n"));
    let cut = file(&directory, "cut.scn", CUT);
    let asked = file(&directory, "asked.scn", &format!("{CUT}expect holds;\n"));
    let within = file(&directory, "within.scn", &format!("{CUT}expect holds within bounds;\n"));
    let violated_and_cut = file(&directory, "both.scn", &format!("{CUT}never one: host.x == 1;\nexpect one;\n"));
    let reached_or_cut = file(
        &directory,
        "reach.scn",
        &format!("{CUT}reachable both: host.x == 1 && exited(host);\nexpect holds within bounds;\n"),
    );
    let missing = directory.path().join("missing.scn").to_string_lossy().into_owned();
    let folder = directory.path().join("empty");
    std::fs::create_dir(&folder).expect("a folder");
    let folder = folder.to_string_lossy().into_owned();
    let cases: Vec<(Vec<&str>, i32)> = vec![
        (vec!["check", &hangs], 1),
        (vec!["check", &expected], 0),
        (vec!["check", &mistaken], 1),
        (vec!["check", &elsewhere], 1),
        (vec!["check", &counts], 0),
        (vec!["check", &counts, "--states", "100"], 3),
        (vec!["check", &counts, "--depth", "5"], 3),
        (vec!["check", &counts, "--time", "0"], 3),
        (vec!["check", &counts, "--memory", "1KiB"], 3),
        (vec!["check", &expected, "--states", "1"], 3),
        (vec!["check", &counts, &mistaken], 1),
        (vec!["check", &counts, "--states", "100", &mistaken], 1),
        (vec!["check", &bad], 2),
        (vec!["check", &bad, &mistaken], 2),
        (vec!["check", &missing], 2),
        (vec!["check", &folder], 2),
        (vec!["check"], 2),
        (vec!["check", &counts, "--engine", "fast"], 2),
        (vec!["check", &counts, "--reading", "sweep=often"], 2),
        (vec!["check", &counts, "--reading", "sweep"], 2),
        (vec!["check", &counts, "--fault", "CTX-99"], 2),
        (vec!["check", &counts, "--fault", "LIFE-02"], 2),
        (vec!["check", &counts, "--time", "soon"], 2),
        (vec!["check", &counts, "--memory", "much"], 2),
        (vec!["check", &vacuous], 0),
        (vec!["check", &vacuous, "--deny", "vacuous"], 4),
        (vec!["check", &vacuous, "--deny", "vacuous", "--states", "100"], 3),
        (vec!["check", &counts, "--engine", "reference", "--states", "50"], 3),
        (vec!["check", &expected, "--engine", "reference"], 0),
        (vec!["check", &expected, "--engine", "stateright"], 0),
        (vec!["check", &expected, "--format", "json"], 0),
        (vec!["check", &hangs, "--format", "json"], 1),
        (vec!["replay", &hangs], 2),
        (vec!["replay", &missing], 2),
        (vec!["explain", "CTX-03"], 0),
        (vec!["explain", "hang"], 0),
        (vec!["explain", "sweep"], 0),
        (vec!["explain", "CoDisconnectContext"], 0),
        (vec!["explain", "R0101"], 0),
        (vec!["explain", "R9999"], 2),
        (vec!["matrix"], 0),
        (vec!["matrix", "packet"], 0),
        (vec!["matrix", "no-such-lifecycle"], 2),
        (vec!["rules"], 0),
        (vec!["rules", "CTX"], 0),
        (vec!["rules", "ABC"], 2),
        (vec!["rules", "--readings"], 0),
        (vec!["rules", "--not-modelled"], 0),
        (vec!["explain", "CloseHandle"], 0),
        (vec!["explain", "MSHLFLAGS_NOPING"], 0),
        (vec!["explain", "pUnkOuter"], 0),
        (vec!["check", &cut], 3),
        (vec!["check", &cut, "--quiet"], 3),
        (vec!["check", &asked, "--quiet"], 3),
        (vec!["check", &within, "--quiet"], 0),
        (vec!["check", &violated_and_cut, "--quiet"], 3),
        (vec!["check", &reached_or_cut, "--quiet"], 3),
        (vec!["list", "scenarios"], 0),
        (vec!["--version"], 0),
        (vec!["--help"], 0),
        (vec!["frobnicate"], 2),
    ];
    for (arguments, expected) in cases {
        let output = rundown(&arguments);
        assert_eq!(code(&output), expected, "{arguments:?}\n{}\n{}", out(&output), err(&output));
        if expected == 3 {
            assert!(!out(&output).contains("holds ("), "{arguments:?} is incomplete and says that it holds");
        }
    }
}

#[test]
fn a_violation_is_told_on_standard_output_and_the_speed_on_standard_error() {
    let output = rundown(&["check", "scenarios/field/c34-broken.scn"]);
    assert_eq!(code(&output), 0);
    assert!(out(&output).contains("verdict   violated: unload_in_use (2), as expected"), "{}", out(&output));
    assert!(err(&output).contains("states/s") && !out(&output).contains("states/s"));
    let again = rundown(&["check", "scenarios/field/c34-broken.scn"]);
    assert_eq!(out(&output), out(&again), "the same input gives the same bytes");
}

#[test]
fn json_is_json() {
    let output = rundown(&["check", "scenarios/field/c34-broken.scn", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["schema"], "rundown-report/1");
    assert_eq!(report["verdict"], "violated");
    assert_eq!(report["as_expected"], true);
    assert!(report["coverage"]["states"].as_u64().is_some_and(|states| states > 10));
}

#[test]
fn init_writes_a_scenario_that_fails_interestingly_and_never_overwrites() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("service.scn").to_string_lossy().into_owned();
    assert_eq!(code(&rundown(&["init", &path])), 0);
    assert_eq!(code(&rundown(&["init", &path])), 2, "an existing file is kept");
    let output = rundown(&["check", &path]);
    assert_eq!(code(&output), 0);
    assert!(out(&output).contains("unload_in_use"));
}

#[test]
fn traces_are_written_and_replayed_and_a_changed_one_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let traces = directory.path().join("traces").to_string_lossy().into_owned();
    let output = rundown(&["check", "--quiet", "--traces", &traces, "scenarios/field/c34-broken.scn"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let trace = format!("{traces}/c34-broken.unload_in_use.trace.json");
    let replayed = rundown(&["replay", &trace]);
    assert_eq!(code(&replayed), 0, "{}", err(&replayed));
    assert!(out(&replayed).contains("the run fits the model"));
    let text = std::fs::read_to_string(&trace).expect("the trace");
    let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let steps = value["steps"].as_array_mut().expect("steps");
    steps.remove(0);
    std::fs::write(&trace, value.to_string()).expect("a temporary file");
    let refused = rundown(&["replay", &trace]);
    assert_eq!(code(&refused), 5, "{}{}", out(&refused), err(&refused));
}

#[test]
fn every_reading_is_tried_by_reading_all() {
    let output =
        rundown(&["check", "scenarios/seeds/codisconnectcontext/self-disconnect-guarded.scn", "--reading", "all"]);
    assert!(out(&output).contains("would_deadlock=none"), "{}", out(&output));
    assert!(out(&output).contains("<- differs"), "{}", out(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let counts = file(&directory, "counts.scn", &format!("{COUNTS}expect holds;\n"));
    for arguments in [vec!["check", &counts], vec!["check", &counts, "--format", "json"], vec!["rules"], vec!["--help"]]
    {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("a full device");
        let output = Command::new(program()).args(&arguments).stdout(full).output().expect("the program runs");
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(err(&output).contains("cannot write the report"), "{arguments:?}: {}", err(&output));
    }
}

#[test]
fn the_old_certificate_stays_until_the_new_one_is_whole() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let counts = file(&directory, "counts.scn", &format!("{COUNTS}expect holds;\n"));
    let old = file(&directory, "old.certificate", "the old one");
    let stopped = rundown(&["certify", &counts, "-o", &old, "--time", "0"]);
    assert_eq!(code(&stopped), 3, "{}", err(&stopped));
    assert_eq!(std::fs::read(&old).expect("it is there"), b"the old one");
    assert_eq!(code(&rundown(&["certify", &counts, "-o", &old])), 0);
    assert_eq!(code(&rundown(&["verify", &old])), 0);
    assert_eq!(std::fs::read_dir(directory.path()).expect("the folder").count(), 2, "nothing else is left");
}

#[test]
fn a_fault_of_our_own_is_one_entry_of_the_report() {
    use rundown::internal::format::{Checked, Machine, Settings, document};
    let fault = rundown::internal::guarded("one.scn", || -> u32 { panic!("no room") }).expect_err("it panics");
    let checked = [Checked::Mistake(fault)];
    for machine in [Machine::Json, Machine::Jsonl, Machine::Junit, Machine::Sarif, Machine::Github] {
        let text = document(machine, &checked, Settings::default());
        assert!(text.contains("no room") && text.contains("internal"), "{text}");
    }
}

#[test]
fn two_processes_do_not_share_a_checkpoint() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let counts = file(&directory, "counts.scn", &format!("{COUNTS}expect holds;\n"));
    let kept = directory.path().join("kept").to_string_lossy().into_owned();
    let lock = std::fs::File::create(format!("{kept}.lock")).expect("the lock");
    lock.lock().expect("it is free");
    let refused = rundown(&["check", &counts, "--checkpoint", &kept]);
    assert_eq!(code(&refused), 2);
    assert!(err(&refused).contains("another process keeps its search in this file"), "{}", err(&refused));
    drop(lock);
    assert_eq!(code(&rundown(&["check", &counts, "--checkpoint", &kept])), 0);
}
