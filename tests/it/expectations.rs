//! Violations of one property are told apart, and each wants an `expect` of its own; reductions and engines tell the same ones.

use checker::EngineKind;
use model::properties::Property;
use rundown::internal::Met;
use rundown::{Options, Reduction, Reductions, Report, Scenario, check};

/// Two threads use an object that a third has destroyed: one of them in two lines.
const TWO: &str = r#"
process host {
    class Widget { HRESULT Work() { return S_OK; } }
    IWidget* w = NULL;
    HANDLE gone = CreateEvent(NULL, TRUE, FALSE, NULL);
    thread main : MTA {
        w = new Widget();
        w->Release();
        SetEvent(gone);
    }
    thread one : MTA {
        WaitForSingleObject(gone, INFINITE);
        if (w) {
            w->Work();
        } else {
            w->Release();
        }
    }
    thread two : MTA {
        WaitForSingleObject(gone, INFINITE);
        w->AddRef();
    }
}
"#;

fn checked(text: &str) -> Report {
    check(&Scenario::parse("two.scn", text).expect("no mistake"), &Options::default())
}

fn met(expects: &str) -> Met {
    checked(&format!("{TWO}{expects}")).met
}

fn complaints(expects: &str) -> Vec<String> {
    match met(expects) {
        Met::No(complaints) => complaints,
        other => panic!("{other:?}: {expects}"),
    }
}

#[test]
fn each_violation_is_told_with_its_own_shortest_run() {
    let report = checked(&format!("{TWO}expect holds;"));
    let violations = report.violations_of("use_after_free");
    let told: Vec<_> = violations.iter().map(|one| (one.by(), one.on(), one.lines())).collect();
    let by = |thread: &str, line| (vec![thread.to_string()], vec!["Widget".to_string()], vec![line]);
    assert_eq!(told, [by("host.two", 21), by("host.one", 14)]);
    assert!(violations.iter().all(|one| one.story().contains("destroyed")));
}

#[test]
fn each_violation_wants_an_expect_of_its_own() {
    let both = "expect use_after_free by host.one on Widget; expect use_after_free by host.two on Widget;";
    assert_eq!(met(both), Met::Yes);
    assert_eq!(met("expect use_after_free on Widget; expect use_after_free by host.one at \"Work\";"), Met::Yes);
    assert_eq!(met("expect use_after_free by host.one at 14; expect use_after_free by host.two at 21;"), Met::Yes);
    assert_eq!(complaints("expect use_after_free by host.one on Widget;").len(), 1);
    assert_eq!(complaints("expect use_after_free on Widget;").len(), 1);
    assert_eq!(complaints("expect use_after_free;").len(), 1);
    let third = complaints(&format!("{both} expect use_after_free by host.main on Widget;"));
    assert_eq!(third, ["use_after_free is expected by host.main on Widget, but no violation is so"]);
    let line = complaints(&format!("{both} expect use_after_free by host.one at 16;"));
    assert_eq!(line, ["use_after_free is expected by host.one in line 16, but no violation is so"]);
}

#[test]
fn the_victim_can_be_named() {
    let text = |expects: &str| {
        format!(
            "process host {{ module dll; thread worker : code dll {{ }} thread control {{ FreeLibrary(dll); }} }}\n{expects}"
        )
    };
    let right = "expect unload_in_use by host.control on dll hitting host.worker;";
    assert_eq!(checked(&text(right)).met, Met::Yes);
    let wrong = "expect unload_in_use by host.control on dll hitting host.control;";
    assert!(matches!(checked(&text(wrong)).met, Met::No(_)));
    let nowhere = Scenario::parse("one.scn", &text("expect unload_in_use at \"no such text\";"));
    assert!(nowhere.is_err_and(|mistake| mistake.render(false).contains("R0414")));
}

/// Threads that hang in other lines hang otherwise; each assertion is a claim of its own.
#[test]
fn stuck_threads_and_assertions_are_told_apart_by_their_lines() {
    let text = r#"
process host {
    HANDLE never = CreateEvent(NULL, TRUE, FALSE, NULL);
    HANDLE first = CreateEvent(NULL, FALSE, TRUE, NULL);
    thread asks : MTA {
        DWORD got = WaitForMultipleObjects(1, &first, FALSE, 0);
    }
    thread other : MTA {
        if (WaitForSingleObject(first, 0) == WAIT_OBJECT_0) {
            WaitForSingleObject(never, INFINITE);
        }
        WaitForSingleObject(never, INFINITE);
    }
}
"#;
    let report = checked(text);
    let mut lines: Vec<_> = report.violations_of("hang").iter().map(|one| one.lines()).collect();
    lines.sort();
    assert_eq!(lines, [[10], [12]]);
    let text = r#"
process host {
    bool late = false;
    thread main : MTA {
        late = true;
    }
    thread asks : MTA {
        bool seen = late;
        assert(!seen);
        assert(late);
    }
}
"#;
    let report = checked(text);
    let mut asserted: Vec<_> = report.violations_of("assertion").iter().map(|one| one.lines()).collect();
    asserted.sort();
    assert_eq!(asserted, [[9], [10]]);
}

/// What is told apart, with the lengths of the runs.
fn told(report: &Report) -> Vec<(String, Vec<u64>, Option<usize>)> {
    report
        .violations()
        .map(|one| (one.name.clone(), one.signature.clone(), one.run.as_ref().map(|run| run.events.len())))
        .collect()
}

#[test]
fn reductions_and_engines_tell_the_same_violations() {
    let (mut several, mut all) = (0, 0);
    for path in tests::some_of_the_corpus(0) {
        let scenario = tests::scenario(&path);
        let plain = check(&scenario, &Options { reductions: Reductions::FUSE, ..Options::default() });
        if plain.violations().next().is_none() || plain.coverage.states > 1_000 {
            continue;
        }
        all += 1;
        several += usize::from(plain.violations().any(|one| one.of > 1));
        for reduction in [Reduction::Names, Reduction::Symmetry, Reduction::Dead, Reduction::Por] {
            let reductions = Reductions::FUSE.with(reduction);
            let reduced = check(&scenario, &Options { reductions, ..Options::default() });
            let words =
                |report: &Report| -> Vec<_> { told(report).into_iter().map(|(name, way, _)| (name, way)).collect() };
            let (mut ours, mut theirs) = (words(&plain), words(&reduced));
            ours.sort();
            theirs.sort();
            assert_eq!(ours, theirs, "{path:?} with {reduction:?}");
        }
        for engine in [EngineKind::Reference, EngineKind::Sequential, EngineKind::Stateright] {
            if plain.coverage.states < 400 || engine == EngineKind::Sequential {
                let other = check(&scenario, &Options { engine: Some(engine), ..Options::default() });
                assert_eq!(told(&plain), told(&other), "{path:?} by {engine}");
            }
        }
    }
    println!("{several} of {all} violated scenarios have several violations of one property");
    assert!(several > 3);
}

#[test]
fn the_table_of_the_language_says_what_explain_says() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/language.md")).expect("the page");
    for property in Property::ALL {
        let cells: Vec<&str> = property.roles().rows().map(|(_, what)| what).to_vec();
        let row = format!("| `{}` | {} |", property.name(), cells.join(" | "));
        assert!(page.contains(&row), "docs/language.md lacks\n{row}");
    }
}

#[test]
fn the_page_of_the_language_has_every_macro() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/language.md")).expect("the page");
    for row in model::lang::macros::MACROS {
        let row = format!("| `{}{}` | `{}` | {} |", row.name, row.parameters, row.body, row.from);
        assert!(page.contains(&row), "docs/language.md lacks\n{row}");
    }
}

#[test]
fn the_page_of_the_language_has_every_class_of_a_library() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/language.md")).expect("the page");
    for row in model::lang::library::rows() {
        let names: Vec<String> = row.names.iter().map(|name| format!("`{name}`")).collect();
        let row = format!("| {} | {} | {} |", names.join(", "), row.from, row.what);
        assert!(page.contains(&row), "docs/language.md lacks\n{row}");
    }
}

/// Two classes leak in the one end that there is, and two pairs of threads hold one another fast in another program.
const LEAKS: &str = "process host { class Widget {} class Gadget {}
    thread user : MTA { Widget* w = new Widget(); Gadget* g = new Gadget(); } } expect leak_ref;";
const CIRCLES: &str = "process host { CRITICAL_SECTION a; CRITICAL_SECTION b; CRITICAL_SECTION c; CRITICAL_SECTION d;
    thread one : MTA { EnterCriticalSection(&a);
        EnterCriticalSection(&b); }
    thread two : MTA { EnterCriticalSection(&b);
        EnterCriticalSection(&a); }
    thread three : MTA { EnterCriticalSection(&c);
        EnterCriticalSection(&d); }
    thread four : MTA { EnterCriticalSection(&d);
        EnterCriticalSection(&c); } } expect deadlock;";

/// The story of each violation of a property, by what its JSON says that it is about.
fn stories(report: &Report, property: &str, about: &str) -> Vec<(String, String)> {
    let json = rundown::internal::format::json::report(report);
    let all = json["properties"].as_array().expect("an array");
    let all = report.properties.iter().zip(all).filter(|(one, _)| one.name == property);
    all.map(|(one, json)| {
        let run = one.run.as_ref().expect("a run");
        assert!(traces::judge::judge(&report.program, run).is_ok());
        let read = |bytes: &[u8]| traces::open::open(bytes).expect("a trace that opens").file.run();
        let written = traces::record::to_json(&report.program, run).expect("a trace");
        assert_eq!(&read(written.as_bytes()), run, "a trace says which violation it shows");
        let story = traces::story::story(&report.program, run, &traces::story::StoryOptions::default());
        (json["violation"][about].to_string(), story)
    })
    .collect()
}

#[test]
fn each_of_two_leaks_in_one_end_is_told_by_itself() {
    let report = checked(LEAKS);
    let told = stories(&report, "leak_ref", "on");
    assert_eq!(told.len(), 2, "{}", rundown::internal::human::report(&report, true));
    for (class, other) in [("Widget", "Gadget"), ("Gadget", "Widget")] {
        let (_, story) = told.iter().find(|(on, _)| *on == format!("[\"{class}\"]")).expect("one for each class");
        let first = story.lines().next().expect("a headline");
        assert!(first.contains(class) && !first.contains(other), "{story}");
        let ledger = story.split("who holds what").nth(1).expect("a ledger");
        assert!(!ledger.contains(other), "{story}");
    }
    let mut wrong = report.violations().next().and_then(|one| one.run.clone()).expect("a run");
    wrong.about = vec![77];
    assert!(traces::judge::judge(&report.program, &wrong).is_err(), "nothing of that class leaks");
}

#[test]
fn each_of_two_circles_is_told_by_itself() {
    let report = checked(CIRCLES);
    let told = stories(&report, "deadlock", "lines");
    for (lines, inside, outside) in
        [("[3,5]", ["one", "two"], ["three", "four"]), ("[7,9]", ["three", "four"], ["one", "two"])]
    {
        let (_, story) =
            told.iter().find(|(found, _)| found == lines).unwrap_or_else(|| panic!("no {lines}: {told:?}"));
        let first = story.split("\n\n").next().expect("a headline");
        assert!(inside.iter().all(|thread| first.contains(&format!("host.{thread}"))), "{story}");
        assert!(!outside.iter().any(|thread| first.contains(&format!("host.{thread}"))), "{story}");
    }
}

/// Three threads use an object that a fourth has destroyed.
fn many() -> Report {
    checked(&TWO.replace(
        "    thread two : MTA {",
        "    thread three : MTA {\n        WaitForSingleObject(gone, INFINITE);\n        w->Release();\n    }\n    thread two : MTA {",
    ))
}

/// Further violations are a list: one line for each, which says which one it is, and nothing else.
#[test]
fn further_violations_are_a_list_of_sentences() {
    let report = many();
    let text = rundown::internal::human::report(&report, false);
    let lines: Vec<&str> = text.lines().collect();
    let also: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with("also ")).collect();
    assert_eq!(also.len(), report.violations().count() - 1, "{text}");
    assert!(also.len() > 1 && also.windows(2).all(|pair| pair[1] == pair[0] + 1), "{text}");
    for (at, violation) in also.iter().zip(report.violations().skip(1)) {
        let headline = rundown::internal::telling::headline(&report, violation);
        let what = headline.strip_prefix(&violation.name).expect("its name first");
        let steps = violation.run.as_ref().expect("a run").events.len();
        let wanted = format!("also {}{what} ({steps} steps; --all tells it in full)", violation.title());
        assert_eq!(lines[*at], wanted);
    }
}

#[test]
fn formats_tell_violations_of_a_property_apart() {
    let report = many();
    let settings = rundown::internal::format::Settings::default();
    let checked = [rundown::internal::format::Checked::Report(Box::new(report.clone()))];
    let json = rundown::internal::format::json::report(&report);
    let violated = json["properties"].as_array().expect("an array").iter().filter(|one| one["violated"] == true);
    let about: std::collections::BTreeSet<String> = violated
        .map(|one| {
            let of = &one["violation"];
            format!("{} {} {} {}", one["name"], of["by"], of["on"], of["lines"])
        })
        .collect();
    let count = report.violations().count();
    assert!(count > 2 && about.len() == count, "{about:?}");
    let sarif: serde_json::Value =
        serde_json::from_str(&rundown::internal::format::sarif::document(&checked, settings)).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let prints: std::collections::BTreeSet<String> =
        results.iter().map(|result| result["partialFingerprints"].to_string()).collect();
    assert_eq!(prints.len(), count);
    assert!(results.iter().all(|result| result["properties"]["violation"]["of"].is_u64()));
    let github = rundown::internal::format::github::document(&checked, settings);
    assert!(
        (1..=count).all(|number| github.contains(&format!("title=use_after_free ({number} of {count})"))),
        "{github}"
    );
}
