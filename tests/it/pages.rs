//! Pages of violations: as the command writes them, as a failed assertion names them, what the explored graph adds to them, and the
//! samples that the front end is developed with.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rundown::internal::aftermath;
use rundown::{Report, Scenario};
use serde_json::{Value, json};
use tests::root;
use traces::run::replay;

use crate::command::{code, err, file, rundown};

const BROKEN: &str =
    "process host {\n    module dll;\n    thread worker : code dll { }\n    thread control { FreeLibrary(dll); }\n}\n";

fn checked(path: &str) -> Report {
    let mut scenario = Scenario::from_file(root().join(path)).unwrap_or_else(|mistake| panic!("{mistake}"));
    scenario.name = path.to_string();
    scenario.check()
}

#[test]
fn the_command_writes_pages_pictures_and_markdown() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let broken = file(&directory, "broken.scn", BROKEN);
    let folder = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
    let read = |path: &str| std::fs::read_to_string(directory.path().join(path)).unwrap_or_default();
    let (html, svg, markdown, traces) = (folder("html"), folder("svg"), folder("markdown"), folder("traces"));
    let all = ["check", &broken, "--html", &html, "--svg", &svg, "--markdown", &markdown, "--traces", &traces];
    let output = rundown(&all);
    assert_eq!(code(&output), 1, "{}", err(&output));
    let first = read("html/broken.unload_in_use.html");
    assert!(first.starts_with("<!DOCTYPE html>") && first.ends_with("</html>\n"));
    assert!(first.contains("host.control freed dll while host.worker"));
    assert!(!first.contains(&*directory.path().to_string_lossy()), "a page names no folder");
    assert!(read("svg/broken.unload_in_use.svg").contains("after step 1 of 1"));
    assert!(read("markdown/broken.unload_in_use.md").contains("```mermaid"));
    assert!(read("traces/broken.unload_in_use.trace.json").contains("rundown-trace/2"));
    rundown(&all);
    assert_eq!(first, read("html/broken.unload_in_use.html"), "the same input gives the same bytes");
    rundown(&["check", &broken, "--svg", &svg, "--svg-step", "0"]);
    assert!(read("svg/broken.unload_in_use.svg").contains("at the start"));
    // without the option nothing is written, and a folder that cannot be is a complaint
    assert_eq!(code(&rundown(&["check", &broken, "--html", &broken])), 2);
    assert_eq!(code(&rundown(&["check", &broken, "--svg-step", "1"])), 2);
}

#[test]
fn a_failed_assertion_writes_the_page_and_names_it() {
    let report = Scenario::parse("page of a test.scn", BROKEN).unwrap_or_else(|mistake| panic!("{mistake}")).check();
    let payload = catch_unwind(AssertUnwindSafe(|| report.assert_holds().name.len())).expect_err("the assertion fails");
    let said = payload.downcast_ref::<String>().expect("a text");
    // the name has spaces, and is quoted for a shell
    let open = format!("  {} \"", rundown::internal::paths::OPEN);
    let line = said.lines().find_map(|line| line.strip_prefix(&*open)).expect("the page's name");
    let name = line.strip_suffix("\"   # the run as a page").expect("a path");
    let exe = std::env::current_exe().expect("the test's own path");
    let target = exe.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).expect("a target directory");
    let written = std::fs::read_to_string(target.parent().expect("its folder").join(name)).expect("the page");
    let violation = report.violation("unload_in_use").expect("a violation");
    assert_eq!(Some(written), rundown::internal::page::html(&report, violation));
}

#[test]
fn the_last_good_moment_and_the_nearest_good_run_are_real() {
    let mut told = 0;
    for path in ["c34-broken.scn", "c25-broken.scn", "c02-broken.scn", "c48-broken.scn", "c39-broken.scn"] {
        let report = checked(&format!("scenarios/field/{path}"));
        for violation in report.violations() {
            let run = violation.run.as_ref().expect("a run");
            let Some(after) = aftermath::aftermath(&report.program, run) else { continue };
            assert!(after.last_good < run.events.len() as i64 - 1, "{path}: the end itself is not good");
            let Some(good) = after.good else { continue };
            told += 1;
            let same = usize::try_from(after.last_good + 1).expect("a count");
            assert_eq!(good[..same], run.events[..same], "{path}");
            let replayed = replay(&report.program, &good).unwrap_or_else(|_| panic!("{path}: not a run"));
            assert_eq!(replayed.last().breach, None, "{path}");
            let moves = traces::moves::Moves::of(&report.program, replayed.last());
            assert!(moves.reliable(&report.program).next().is_none(), "{path}: the good run goes to its end");
            assert!(
                !ends_well_somewhere(&report.program, &run.events[..same + 1]),
                "{path}: step {same} is not the last"
            );
            let shown = rundown::internal::page::page(&report, violation).expect("a page").page;
            assert_eq!(shown.runs[1].label, "nearest good run");
            assert!(shown.runs[2..].iter().all(|run| run.label.contains('=') && run.parting.is_some()));
            assert_eq!(shown.runs[0].why.no_return, Some(after.last_good));
            assert!(shown.runs[0].why.no_return_text.is_some() || after.last_good + 2 >= run.events.len() as i64);
        }
    }
    assert!(told >= 4, "{told}");
}

/// The runs of a page that the command wrote, but for the counterexample: labels, whether they have their own text, where they part.
fn elsewhere(html: &str) -> Vec<(String, Value)> {
    use base64::Engine as _;
    let packed = html.split("id=\"data\">").nth(1).and_then(|rest| rest.split('<').next()).expect("data in the page");
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed).expect("base64");
    let page: Value = serde_json::from_reader(flate2::read::GzDecoder::new(&bytes[..])).expect("JSON");
    let runs = page["runs"].as_array().expect("runs").iter().skip(1);
    runs.map(|run| (run["label"].as_str().unwrap_or_default().to_string(), run.clone())).collect()
}

#[test]
fn a_run_is_followed_in_the_repaired_scenario_and_under_other_readings() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let html = directory.path().to_string_lossy().into_owned();
    let page = |name: &str| std::fs::read_to_string(directory.path().join(name)).expect("a page");
    let check = |more: &[&str]| {
        let output = rundown(&[&["check", "--quiet", "--html", &html], more].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
    };
    check(&["scenarios/field/c34-broken.scn", "--compare", "scenarios/field/c34-repaired.scn"]);
    let runs = elsewhere(&page("c34-broken.unload_in_use.html"));
    let (label, repaired) = runs.last().expect("the repaired run");
    assert_eq!(label, "c34-repaired.scn");
    // what should have been waited for, and by which rule the waiting has no end yet
    let parting = repaired["parting"]["text"].as_str().expect("why they part");
    assert_eq!(
        parting,
        "Step 12, application.caller: WaitForSingleObject(exit_acknowledged, INFINITE), is not what happens here: it stands at \
         WaitForSingleObject(hook_thread, INFINITE) and waits for the thread application.hook_thread to end (THR-03)."
    );
    assert_eq!((&repaired["parting"]["step"], &repaired["verdict"]), (&json!(11), &json!("holds")));
    assert!(repaired["scenario"]["text"].as_str().is_some_and(|text| text.contains("bool released = false")));
    assert!(repaired["properties"].as_array().is_some_and(|list| list.iter().any(|one| one["name"] == "lingers")));
    // it is a run of that scenario, up to a good end
    let scenario = Scenario::from_file(root().join("scenarios/field/c34-repaired.scn")).unwrap_or_else(|_| panic!());
    let names: Vec<String> = repaired["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| step["name"].as_str().unwrap_or_default().to_string())
        .collect();
    let played = traces::page::play(&scenario.program, &names, "", &traces::page::RunOptions::default());
    assert_eq!((played.misfit, played.run.steps.len()), (None, names.len()));
    let ended = replay(&scenario.program, &played.run.steps.iter().map(|step| step.event).collect::<Vec<_>>());
    let moves = |state| traces::moves::Moves::of(&scenario.program, state);
    assert!(moves(ended.expect("a run").last()).reliable(&scenario.program).next().is_none());

    // readings on which the verdict depends stand there without being asked for, one that was asked for stands first
    check(&["scenarios/field/p16-broken.scn", "--compare-reading", "refused_sweep=flagged"]);
    let runs = elsewhere(&page("p16-broken.assertion.html"));
    let labels: Vec<&str> = runs.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["nearest good run", "refused_sweep=flagged", "would_deadlock=none"]);
    assert!(runs[1].1["readings"].as_array().is_some_and(|list| list.contains(&json!(["refused_sweep", "flagged"]))));
    assert_eq!(runs[1].1["scenario"], Value::Null, "the text is the page's");

    for (arguments, word) in [
        (vec!["check", "scenarios/field/c34-broken.scn", "--compare", "scenarios/field/c34-repaired.scn"], "--html"),
        (vec!["check", "scenarios/field", "--html", &html, "--compare", "x.scn"], "--compare wants one scenario"),
        (vec!["check", "scenarios/field/c34-broken.scn", "--html", &html, "--compare", "x.scn"], "cannot read x.scn"),
        (vec!["check", "cli/sample.scn", "--html", &html, "--compare-reading", "x=y"], "there is no reading"),
    ] {
        let output = rundown(&arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(err(&output).contains(word), "{arguments:?}: {}", err(&output));
    }
}

/// Every broken scenario of the field is followed in its repaired twin: the way there is a run of the twin, and where they part the step
/// named is one that the twin does not take.
#[test]
fn every_broken_scenario_is_followed_in_its_repaired_twin() {
    let mut parted = 0;
    for entry in std::fs::read_dir(root().join("scenarios/field")).expect("the folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix("-broken.scn") else { continue };
        let broken = checked(&format!("scenarios/field/{name}"));
        let twin = Scenario::from_file(root().join(format!("scenarios/field/{stem}-repaired.scn")))
            .unwrap_or_else(|mistake| panic!("{mistake}"));
        for violation in broken.violations() {
            let run = violation.run.as_ref().expect("a run");
            let followed = traces::page::follow::follow(&broken.program, run, &twin.program).expect("a run");
            let replayed = replay(&twin.program, &followed.events).unwrap_or_else(|_| panic!("{stem}: not a run"));
            assert_eq!(replayed.last().breach, None, "{stem}: the repaired one does not break");
            parted += usize::from(followed.parted.is_some());
            assert!(followed.text.ends_with('.') && !followed.text.contains("  "), "{stem}: {}", followed.text);
            // in itself everything happens, and breaks the same
            let itself = traces::page::follow::follow(&broken.program, run, &broken.program).expect("a run");
            assert_eq!((itself.events.as_slice(), itself.parted), (run.events.as_slice(), None), "{stem}");
        }
    }
    assert!(parted >= 10, "{parted}");
}

/// Can a run be continued, one event after the other in any way, to an end without a breach, a stuck thread or a leak?
fn ends_well_somewhere(program: &model::program::Program, events: &[model::event::Event]) -> bool {
    use model::properties::Property;
    let first = replay(program, events).expect("a run").last().clone();
    let mut seen = std::collections::HashSet::from([first.clone()]);
    let mut open = vec![first];
    while let Some(state) = open.pop() {
        let moves = traces::moves::Moves::of(program, &state);
        if state.breach.is_none() && moves.reliable(program).next().is_none() {
            let leaks = [Property::LeakPacket, Property::LeakRef];
            let leaks = leaks.into_iter().any(|leak| !model::waits::holds_at_end(program, &state, leak));
            if !leaks && moves.blocked(program, &state) == 0 {
                return true;
            }
        }
        open.extend(moves.taken.into_iter().map(|(_, next)| next).filter(|next| seen.insert(next.clone())));
    }
    false
}

#[test]
fn a_neighbourhood_holds_the_run_and_stays_small() {
    let report = checked("cli/sample.scn");
    let violation = report.violation("unload_in_use").expect("a violation");
    let run = violation.run.as_ref().expect("a run");
    let graph = aftermath::neighbourhood(&report.program, run, report.coverage.states).expect("a graph");
    assert_eq!(graph.states, report.coverage.states);
    assert_eq!((graph.nodes.len(), graph.cut), (1_500, true));
    let on_run = |step: usize| graph.nodes.iter().position(|node| node.step == Some(step)).expect("a state of the run");
    for (step, event) in run.events.iter().enumerate() {
        let name = model::names::event(&report.program, event);
        assert!(graph.edges.contains(&(on_run(step), on_run(step + 1), name)), "step {step}");
    }
    assert!(graph.nodes[on_run(run.events.len())].bad);
    assert!(graph.edges.iter().all(|(from, to, _)| *from < graph.nodes.len() && *to < graph.nodes.len()));
}

/// The committed bundle was made from the sources that are there; `npm run build` in traces/page makes it anew. Needs no node.
#[test]
fn the_bundle_belongs_to_its_sources() {
    use sha2::Digest as _;
    let page = root().join("traces/page");
    let mut paths = vec!["build.mjs".to_string(), "package-lock.json".to_string()];
    let mut folders = vec!["src".to_string()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(page.join(&folder)).expect("the sources of the page").flatten() {
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() { folders.push(path) } else { paths.push(path) }
        }
    }
    paths.sort();
    assert!(paths.len() > 30, "{paths:?}");
    let mut digest = sha2::Sha256::new();
    for path in paths {
        digest.update(format!("{path}\0"));
        digest.update(std::fs::read(page.join(&path)).expect("a source"));
        digest.update("\0");
    }
    let made: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let kept = std::fs::read_to_string(page.join("dist/sources.sha256")).expect("what the bundle was made from");
    assert_eq!(kept.trim(), made, "traces/page/dist is old: npm ci && npm run build in traces/page");
}

const SAMPLES: [(&str, &str, &str); 5] = [
    ("c34", "scenarios/field/c34-broken.scn", "unload_in_use"),
    ("sample", "cli/sample.scn", "unload_in_use"),
    ("deadlock", "scenarios/field/c02-broken.scn", "deadlock"),
    ("leak", "scenarios/field/c48-broken.scn", "leak_packet"),
    ("loop", "scenarios/liveness/retry-loop-never-ends.scn", "ends"),
];

/// `UPDATE_SAMPLES=1 cargo test -p tests samples` writes them.
#[test]
fn samples_are_what_the_code_writes() {
    for (name, path, property) in SAMPLES {
        let report = checked(path);
        let violation = report.violation(property).expect("a violation");
        let mut page = rundown::internal::page::page(&report, violation).expect("a run").page;
        if let Some(graph) = &mut page.graph {
            // enough to draw
            graph.nodes.truncate(120);
            let count = graph.nodes.len();
            graph.edges.retain(|(from, to, _)| *from < count && *to < count);
        }
        let text = format!("{}\n", serde_json::to_string(&page).expect("JSON"));
        let path = root().join(format!("traces/page/sample/{name}.json"));
        if std::env::var_os("UPDATE_SAMPLES").is_some() {
            std::fs::write(&path, &text).expect("a sample");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == text, "{name}.json is old: UPDATE_SAMPLES=1 cargo test -p tests samples");
    }
}
