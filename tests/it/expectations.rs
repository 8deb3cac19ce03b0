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
    for path in tests::corpus() {
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
    assert!(several > 10);
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
