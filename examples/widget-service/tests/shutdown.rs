//! The shutdown, checked: as it is, as it must not become, and when it is asked for from inside a call.

use rundown::{Options, Report, Scenario};
use widget_service::{Answer, Host, Shutdown, shut_down};

fn check(file: &str) -> Report {
    Scenario::from_file(file).unwrap_or_else(|mistake| panic!("{mistake}")).check()
}

/// The answers of a host, in order, and what it was told to do.
struct Scripted {
    answers: Vec<Answer>,
    log: Vec<&'static str>,
}

impl Host for Scripted {
    fn revoke(&mut self) {
        self.log.push("revoke");
    }

    fn disconnect(&mut self) -> Answer {
        self.log.push("disconnect");
        self.answers.remove(0)
    }

    fn unload(&mut self) {
        self.log.push("unload");
    }
}

/// The code asks until everybody has left, and the design is right under every interleaving.
#[test]
fn the_shutdown_loop_holds() {
    let mut host = Scripted { answers: vec![Answer::TimedOut, Answer::Drained], log: Vec::new() };
    assert_eq!(shut_down(&mut host), Shutdown::Unloaded);
    assert_eq!(host.log, ["revoke", "disconnect", "disconnect", "unload"]);

    check("tests/shutdown-loop.scn").assert_holds().assert_complete().assert_as_expected();
}

/// The variant that ignores the time-out frees the DLL under a client's call. The snapshot is the story of how.
#[test]
fn ignoring_the_time_out_unloads_code_in_use() {
    let report = check("tests/ignores-time-out.scn");
    report.assert_as_expected();
    let violation = report.assert_violated("unload_in_use");
    assert_eq!(violation.by(), ["host.control"]);
    insta::assert_snapshot!(violation.story());
}

/// From inside a call the answer is CONTEXT_E_WOULD_DEADLOCK. Without COM's guard it would be a deadlock: that is what it is for.
#[test]
fn a_call_that_stops_the_service_is_refused() {
    let mut host = Scripted { answers: vec![Answer::WouldDeadlock], log: Vec::new() };
    assert_eq!(shut_down(&mut host), Shutdown::Refused);
    assert_eq!(host.log, ["revoke", "disconnect"]);

    let scenario = Scenario::from_file("tests/stop-from-inside.scn").unwrap_or_else(|mistake| panic!("{mistake}"));
    scenario.check().assert_as_expected();
    let unguarded = Options { readings: vec![("would_deadlock".into(), "none".into())], ..Options::default() };
    scenario.check_with(&unguarded).assert_violated("refused");
}

/// A failed assertion says what happened and writes the run as a page, which it names. That needs none of Rundown's features.
#[test]
fn a_failed_assertion_writes_its_page() {
    let report = check("tests/ignores-time-out.scn");
    let payload = std::panic::catch_unwind(|| {
        report.assert_holds();
    })
    .expect_err("the assertion fails");
    let said = payload.downcast_ref::<String>().expect("a text");
    // each system has a word of its own for opening a file
    let named = said.lines().find(|line| line.ends_with("# the run as a page"));
    let named = named.and_then(|line| line.split_whitespace().nth(1));
    let named = named.unwrap_or_else(|| panic!("no page is named: {said}"));
    // it stands in the folder of the target directory, which cargo marks
    let program = std::env::current_exe().expect("the test's own path");
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).expect("a target directory");
    let page = target.parent().expect("its folder").join(named);
    let text = std::fs::read_to_string(&page).unwrap_or_else(|why| panic!("{}: {why}", page.display()));
    assert!(text.contains("unload_in_use") && text.contains("<script"), "{} is no page", page.display());
}
