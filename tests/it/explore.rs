//! The live page's session: it follows its file, keeps what last compiled, and checks every version.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rundown::internal::Stop;
use rundown::internal::explore::gate::{Gate, Head, Route};
use rundown::internal::explore::reply::Status;
use rundown::internal::explore::session::News;
use rundown::internal::explore::{Session, api};
use rundown::{Options, Scenario};
use serde_json::{Value, json};
use tests::root;

const FINE: &str = "process host { int<0..3> n = 0; thread main { n = 1; n = 2; } }";
const LONGER: &str = "process host { int<0..3> n = 0; thread main { n = 1; n = 2; n = 3; } }";
const BROKEN: &str = "process host { int<0..3> n = 0; thread main { n = 1; never_heard_of(); } }";
const VIOLATED: &str = "process host { int<0..3> n = 0; thread main { n = 1; n = 2; } } never two: n == 2;";

fn ask(session: &Session, route: Route, body: &Value) -> Value {
    let reply = api::answer(session, route, body.to_string().as_bytes(), &Stop::new());
    assert_eq!(reply.status, Status::Fine, "{}", String::from_utf8_lossy(&reply.body));
    serde_json::from_slice(&reply.body).expect("JSON")
}

fn open(file: &Path, text: &str) -> Session {
    std::fs::write(file, text).expect("it is written");
    Session::open(file, &Options::default()).unwrap_or_else(|mistake| panic!("{mistake}"))
}

fn steps(session: &Session, count: usize) -> (usize, Value) {
    let answer = ask(session, Route::Run, &json!({ "names": vec!["host.main"; count] }));
    (answer["run"]["steps"].as_array().map_or(0, Vec::len), answer["misfit"].clone())
}

#[test]
fn a_changed_file_is_read_and_a_broken_one_leaves_the_last_good_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("one.scn");
    let session = open(&file, FINE);
    assert_eq!(session.look(), None, "nothing has changed");
    let (whole, misfit) = steps(&session, 9);
    assert!(misfit["step"] == whole && whole >= 1, "{whole} steps, {misfit}");

    std::fs::write(&file, LONGER).expect("it is written");
    assert_eq!(session.look(), Some(None));
    assert_eq!(session.look(), None);
    assert_eq!(steps(&session, 9).0, whole + 1, "the longer text is played");
    let page = ask(&session, Route::Page, &json!({}));
    assert_eq!((&page["live"]["version"], &page["scenario"]["text"]), (&json!(2), &json!(LONGER)));

    std::fs::write(&file, BROKEN).expect("it is written");
    let told = session.look().flatten().expect("a mistake");
    assert!(told.contains("never_heard_of"), "{told}");
    let version = ask(&session, Route::Version, &json!({}));
    assert_eq!((&version["version"], &version["error"]), (&json!(3), &json!(told)));
    assert_eq!(steps(&session, 9).0, whole + 1, "the last good text is still played");

    std::fs::remove_file(&file).expect("it is there");
    assert!(session.look().flatten().is_some_and(|told| told.contains("cannot read")));
    assert_eq!(session.look(), None, "it is told once");
    // the same text again: nothing is wrong any more
    std::fs::write(&file, LONGER).expect("it is written");
    assert_eq!(session.look(), Some(None));
    assert_eq!((session.standing().version, session.standing().error), (5, None));
    // a position that no longer fits is said, and what fits is shown
    std::fs::write(&file, FINE).expect("it is written");
    assert_eq!(session.look(), Some(None));
    let (fits, misfit) = steps(&session, whole + 1);
    assert_eq!((fits, &misfit["step"]), (whole, &json!(whole)));
    assert_eq!(session.standing().version, 6);
}

#[test]
fn a_text_of_the_same_length_and_time_is_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("one.scn");
    let session = open(&file, FINE);
    let time = std::fs::metadata(&file).and_then(|about| about.modified()).expect("a time");
    std::fs::write(&file, FINE.replace("n = 2", "n = 3")).expect("it is written");
    std::fs::File::options().write(true).open(&file).and_then(|file| file.set_modified(time)).expect("a time");
    assert_eq!(session.look(), Some(None));
}

#[test]
fn what_is_saved_is_checked_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("one.scn");
    let session = Arc::new(open(&file, FINE));
    let told = Arc::new(Mutex::new(Vec::new()));
    let follower = {
        let told = told.clone();
        session.follow(Some(Duration::from_millis(10)), move |news| {
            let line = match news {
                News::Changed(error) => format!("changed, {}", if error.is_some() { "wrong" } else { "fine" }),
                News::Checked(report) => format!("checked, {} violations", report.violations().count()),
            };
            told.lock().expect("nobody failed").push(line);
        })
    };
    let wait_for = |line: &str| {
        let began = Instant::now();
        while !told.lock().expect("nobody failed").iter().any(|told| told == line) {
            assert!(began.elapsed() < Duration::from_secs(20), "nobody says: {line}");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    wait_for("checked, 0 violations");
    std::fs::write(&file, VIOLATED).expect("it is written");
    wait_for("checked, 1 violations");
    let version = ask(&session, Route::Version, &json!({}));
    assert_eq!(version["check"]["violated"], json!(["two"]), "{version}");
    std::fs::write(&file, BROKEN).expect("it is written");
    wait_for("changed, wrong");
    drop(follower);
}

#[test]
fn a_run_that_breaks_something_is_told_as_what_it_breaks() {
    let folder = tempfile::tempdir().expect("a folder");
    let session = open(&folder.path().join("one.scn"), VIOLATED);
    let found = ask(&session, Route::Find, &json!({ "names": [], "goal": { "property": "two" } }));
    let run = &ask(&session, Route::Run, &json!({ "names": found["names"] }))["run"];
    assert_eq!((&run["property"], &run["verdict"]), (&json!("two"), &json!("violated")));
    let run = &ask(&session, Route::Run, &json!({ "names": [] }))["run"];
    assert_eq!((&run["property"], &run["verdict"]), (&json!(""), &json!("")));
}

/// The gate decides without sockets; the cases over sockets are in `explore_http`.
#[test]
fn the_gate_lets_in_what_the_page_sends_and_no_more() {
    let token = "0123456789abcdef0123456789abcdef";
    let gate = Gate::new("127.0.0.1:4711", token);
    assert_eq!(gate.address(), format!("http://127.0.0.1:4711/{token}/"));
    for (route, path) in Route::ALL {
        let path = format!("/{token}/{path}");
        let post: [(&str, &[u8]); 3] =
            [("x-rundown-token", token.as_bytes()), ("content-type", b"application/json"), ("content-length", b"12")];
        let mut headers: Vec<(&str, &[u8])> = vec![("host", b"127.0.0.1:4711")];
        if route.method() == "POST" {
            headers.extend(post);
        }
        let head = Head { method: route.method(), path: Some(&path), query: false, current: true, headers };
        let admitted = gate.admit(&head).unwrap_or_else(|reply| panic!("{path}: {reply:?}"));
        assert_eq!(admitted.route, route);
        // every header that is there is needed, and none may be there twice
        for missing in 0..head.headers.len() {
            let mut less = head.clone();
            let header = less.headers.remove(missing);
            assert!(gate.admit(&less).is_err(), "{path} without {}", header.0);
            let mut more = head.clone();
            more.headers.push(header);
            assert!(gate.admit(&more).is_err(), "{path} with {} twice", header.0);
        }
        assert!(gate.admit(&Head { path: None, ..head.clone() }).is_err());
        assert!(gate.admit(&Head { query: true, ..head.clone() }).is_err());
        assert!(gate.admit(&Head { current: false, ..head.clone() }).is_err());
        assert!(gate.admit(&Head { method: "PUT", ..head }).is_err());
    }
}

#[test]
fn every_answer_carries_the_strict_headers() {
    for (route, _) in Route::ALL {
        let folder = tempfile::tempdir().expect("a folder");
        let session = open(&folder.path().join("one.scn"), FINE);
        let reply = api::answer(&session, route, b"", &Stop::new());
        let header = |name: &str| reply.headers().iter().find(|(given, _)| *given == name).map(|(_, value)| *value);
        let policy = header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-content-type-options"), Some("nosniff"));
        assert_eq!(header("referrer-policy"), Some("no-referrer"));
        assert_eq!(header("cache-control"), Some("no-store"));
        assert_eq!(header("access-control-allow-origin"), None);
        let text = String::from_utf8_lossy(&reply.body);
        assert!(!text.contains(&folder.path().display().to_string()), "{route:?} names the folder");
    }
}

#[test]
fn a_run_is_compared_with_another_scenario_and_another_reading() {
    let file = root().join("scenarios/field/c34-broken.scn");
    let repaired = Scenario::from_file(root().join("scenarios/field/c34-repaired.scn")).unwrap_or_else(|_| panic!());
    let session =
        Session::open(&file, &Options::default()).unwrap_or_else(|mistake| panic!("{mistake}")).beside(repaired);
    let page = ask(&session, Route::Page, &json!({}));
    let others = page["live"]["others"].as_array().expect("what there is to compare with").clone();
    assert_eq!(others[0], "c34-repaired.scn");
    assert!(others.contains(&json!("would_deadlock=none")) && others.len() > 10, "{others:?}");
    let names =
        ask(&session, Route::Find, &json!({ "names": [], "goal": { "property": "unload_in_use" } }))["names"].clone();
    for other in &others {
        let answer = ask(&session, Route::Compare, &json!({ "names": names, "with": other }));
        assert_eq!(answer["run"]["label"], *other);
        assert!(answer["run"]["parting"]["text"].is_string(), "{answer}");
    }
    let answer = ask(&session, Route::Compare, &json!({ "names": names, "with": "c34-repaired.scn" }));
    assert!(
        answer["run"]["parting"]["text"].as_str().is_some_and(|text| text.contains("WaitForSingleObject(hook_thread"))
    );
    let nothing = ask(&session, Route::Compare, &json!({ "names": names, "with": "../../secret.scn" }));
    assert_eq!(nothing, json!({ "error": "there is nothing of this name to compare with" }));
}

#[test]
fn a_trace_is_opened_as_far_as_it_fits() {
    let report = tests::scenario("scenarios/field/c34-broken.scn").check();
    let violation = report.assert_violated("unload_in_use");
    let file = root().join("scenarios/field/c34-broken.scn");
    let session = Session::open(&file, &Options::default()).unwrap_or_else(|mistake| panic!("{mistake}"));
    // the same scenario after a thread got another name
    let text = std::fs::read_to_string(&file).expect("a scenario");
    let folder = tempfile::tempdir().expect("a folder");
    let renamed = self::open(&folder.path().join("renamed.scn"), &text.replace("hook_thread", "hook"));
    let open = |session: &Session, bytes: &str| -> Value {
        let reply = api::answer(session, Route::Open, bytes.as_bytes(), &Stop::new());
        assert_eq!(reply.status, Status::Fine);
        serde_json::from_slice(&reply.body).expect("JSON")
    };
    for trace in [violation.trace_json().expect("a trace"), violation.itf().expect("ITF")] {
        let opened = open(&session, &trace);
        assert_eq!(opened["run"]["property"], "unload_in_use");
        assert_eq!((&opened["misfit"], &opened["note"]), (&Value::Null, &Value::Null));
        // there it is stale: the longest part that fits, and the step that does not
        let stale = open(&renamed, &trace);
        assert_eq!((stale["run"]["steps"].as_array().map(Vec::len), &stale["misfit"]["step"]), (Some(9), &json!(9)));
        assert_eq!(stale["misfit"]["text"], "step 10: the scenario has no event of this name");
        assert_eq!(stale["note"], "The trace was made from another text of the scenario.");
    }
    for hostile in [
        "",
        "{}",
        "[]",
        "null",
        "\u{feff}{}",
        "{\"schema\":\"rundown-trace/9\"}",
        "{\"states\":[]}",
        &"[".repeat(100_000),
    ] {
        let refused = open(&session, hostile);
        assert!(refused["error"].is_string() && refused["run"].is_null(), "{refused}");
    }
}
