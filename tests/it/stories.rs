//! The stories of the broken field cases, as people read them. A change of wording or of a run is a diff to be reviewed.

use rundown::Options;
use rundown::internal::spec;
use std::collections::BTreeSet;
use tests::{corpus, root, scenario};

#[test]
fn stories_of_the_field() {
    let broken: Vec<String> = corpus()
        .into_iter()
        .filter(|name| name.starts_with("scenarios/field/") && name.ends_with("-broken.scn"))
        .collect();
    assert!(broken.len() >= 100, "{} field cases are broken", broken.len());
    for name in broken {
        let report = rundown::check(&scenario(&name), &Options::default());
        let first = report.violations().next().unwrap_or_else(|| panic!("{name} is not violated")).name.clone();
        let story = report.story(&first).unwrap_or_else(|| panic!("{name} has no run"));
        let short = name.trim_start_matches("scenarios/field/").trim_end_matches(".scn");
        insta::assert_snapshot!(format!("story_{}", short.replace('-', "_")), story);
    }
}

/// The run of every other scenario that violates something, as it stands or under a reading that it names: SPEC.md links to them.
#[test]
fn runs_of_the_corpus() {
    let mut told = BTreeSet::new();
    for name in corpus() {
        let scenario = scenario(&name);
        let mut readings: Vec<Vec<(String, String)>> = vec![Vec::new()];
        readings.extend(scenario.program.expectations.iter().map(|one| one.when.clone()));
        let mut text = String::new();
        let mut tried = BTreeSet::new();
        for readings in readings.into_iter().filter(|readings| tried.insert(readings.clone())) {
            let report = rundown::check(&scenario, &Options { readings: readings.clone(), ..Options::default() });
            // a `reachable` that is not reached has no run
            let Some(first) = report.violations().find(|violated| violated.run.is_some()) else { continue };
            for (reading, value) in &readings {
                text.push_str(&format!("under {reading} = {value}\n\n"));
            }
            text.push_str(&report.story(&first.name).unwrap_or_else(|| panic!("{name} has no run")));
            text.push('\n');
        }
        let file = spec::run_of(&name);
        let of_the_field = name.starts_with("scenarios/field/") && name.ends_with("-broken.scn");
        if !text.is_empty() && !of_the_field {
            let short = file.rsplit("it__stories__").next().and_then(|rest| rest.strip_suffix(".snap"));
            insta::assert_snapshot!(short.expect("a snapshot of this file").to_string(), text);
        }
        if !text.is_empty() {
            assert!(told.insert(file), "another scenario has the file name of {name}");
        }
    }
    // what tells a run that no scenario shows any more is not kept
    let folder = root().join("tests/it/snapshots");
    let kept = std::fs::read_dir(&folder).expect("snapshots").flatten().filter_map(|entry| {
        let name = entry.file_name().to_string_lossy().to_string();
        (name.starts_with("it__stories__story_") && name.ends_with(".snap"))
            .then(|| format!("tests/it/snapshots/{name}"))
    });
    assert_eq!(kept.collect::<BTreeSet<String>>(), told);
}

/// What a story has to name, and what it must not: the culprit with its line, the wait or reference that is missing, advice that fits.
struct Named {
    scenario: &'static str,
    property: &'static str,
    said: &'static [&'static str],
    unsaid: &'static [&'static str],
}

const NAMED: &[Named] = &[
    Named {
        scenario: "claim-of-several-values",
        property: "bad",
        said: &[
            "bad: it happens after all: host.a == 1 && host.b == 2 && host.f",
            "host.a is 1 since step 1 (host.main, line 8)",
            "host.f is true since step 2 (host.main, line 9)",
            "Step 3 (host.main, line 10) made the condition true: b = 2.",
        ],
        unsaid: &["host.f is 1"],
    },
    Named {
        scenario: "claim-of-a-code",
        property: "disconnected",
        said: &["client.hr is RPC_E_DISCONNECTED since step", "made the condition true: hr = w->Work()"],
        unsaid: &[],
    },
    Named {
        scenario: "claim-that-a-dll-goes",
        property: "unloads",
        said: &[
            "Widget, made in step 1 (host.ui, line 16), is still alive in widget_dll",
            "the variable host.cache points at it, its reference from step 8 (host.ui, line 19)",
            "the variable w of host.ui points at it, its reference given back",
            "when host.objects was 1; nobody asks it again",
            "Release what still holds Widget",
        ],
        unsaid: &["asks for too much"],
    },
    Named {
        scenario: "ignored-wrong-thread",
        property: "stops",
        said: &[
            "w->Stop() returned RPC_E_WRONG_THREAD (0x8001010E) to p.other, which did not look at it.",
            "marshal it to the thread that uses it",
        ],
        unsaid: &["asks for too much"],
    },
    Named {
        scenario: "packet-released-by-two",
        property: "double_release",
        said: &["The packet was spent in step", "line 19): CoReleaseMarshalData(stm).", "both came to the release"],
        unsaid: &["After a CoUnmarshalInterface that succeeded"],
    },
    Named {
        scenario: "counted-down-once-too-often",
        property: "unload_in_use",
        said: &[
            "host.module_lock, which DllCanUnloadNow reads: 0 at the end",
            "host.task InterlockedDecrement(&module_lock) -1",
            "Widget, made in step 1 (host.main, line",
            "was still alive then",
        ],
        unsaid: &[],
    },
    Named {
        scenario: "who-ended-the-wait",
        property: "use_after_free",
        said: &[
            "SetEvent(cancelled)",
            "which p.user used too without having one of its own",
            "Let p.user take a reference",
        ],
        unsaid: &[],
    },
    Named {
        scenario: "over-release",
        property: "use_after_free",
        said: &[
            "borrowed had taken no reference: it gave back the one that args has since step 1 (app.t, line 6)",
            "Release only what was taken",
        ],
        unsaid: &["plain", "Hold a counted pointer"],
    },
    Named {
        scenario: "called-back-under-the-own-lock",
        property: "deadlock",
        said: &[
            "game.ui waits for the SRW lock game.lock, held by game.ui",
            "because n->Show(toast) in line 19 dispatches what comes in while it waits",
            "Do not hold a lock while calling out",
        ],
        unsaid: &["does not pump", "CoWaitForMultipleHandles"],
    },
    Named {
        scenario: "unloaded-by-couninitialize",
        property: "unload_in_use",
        said: &["It was the last CoUninitialize of host.user", "The last CoUninitialize in line 8 unloads m."],
        unsaid: &["FreeLibrary", "CoDisconnectContext"],
    },
    Named {
        scenario: "smart-pointer-after-couninitialize",
        property: "unload_in_use",
        said: &["the end of main, where w is released", "The last CoUninitialize in line 12 unloads widget_dll."],
        unsaid: &["FreeLibrary", "CoDisconnectContext"],
    },
    Named {
        scenario: "a-thread-of-other-code",
        property: "unload_in_use",
        said: &["Let host.worker hold a reference on plugin while it is in there"],
        unsaid: &["FreeLibraryAndExitThread", "CoDisconnectContext"],
    },
    Named {
        scenario: "reset-after-the-start",
        property: "never_exits",
        said: &[
            "host.event was set in step 3 (host.timer, line 10) and reset in step 4 (host.main, line 15)",
            "Reset host.event before that is started which sets it: the reset in line 15",
        ],
        unsaid: &["a finite time-out"],
    },
    Named {
        scenario: "null-set-by-own-code",
        property: "use_after_free",
        said: &[
            "p.w is null since step 5 (p.main, line 10): w = NULL.",
            "Do not use p.w after it was set to NULL in line 10",
        ],
        unsaid: &["result of the call"],
    },
    Named {
        scenario: "null-never-set",
        property: "use_after_free",
        said: &["w is null from the start on", "Set w before it is used"],
        unsaid: &["result of the call"],
    },
    Named {
        scenario: "held-by-a-client",
        property: "never_exits",
        said: &[
            "Widget.~Widget (line 8), which runs when the last reference of Widget goes",
            "references of client's proxy of Widget: 1 at the end",
            "client.main w->AddRef() +1 = 2 line 24",
        ],
        unsaid: &[],
    },
    Named {
        scenario: "fewest-threads-first",
        property: "use_after_free",
        said: &["That was the reference of w itself", "Do not use w after its Release in line 15"],
        unsaid: &["plain"],
    },
    Named { scenario: "two-that-never-answer", property: "hang", said: &["and Zoo and Ant never answer"], unsaid: &[] },
];

#[test]
fn stories_name_the_culprit() {
    for Named { scenario: name, property, said, unsaid } in NAMED {
        let report = rundown::check(&scenario(&format!("scenarios/stories/{name}.scn")), &Options::default());
        let story = report.story(property).unwrap_or_else(|| panic!("{name}: {property} has no run"));
        // however it is broken into lines and columns
        let words = story.split_whitespace().collect::<Vec<_>>().join(" ");
        for text in *said {
            assert!(words.contains(text), "{name}: the story does not say {text:?}:\n{story}");
        }
        for text in *unsaid {
            // what the next command is about is no advice
            let told = words.split(" next rundown ").next().unwrap_or(&words);
            assert!(!told.contains(text), "{name}: the story says {text:?}:\n{story}");
        }
    }
}

/// Each story of a claim, an unload or a wait has a row of its own: no scenario of this folder is without one.
#[test]
fn every_scenario_about_stories_is_looked_at() {
    let named: BTreeSet<String> = NAMED.iter().map(|one| format!("scenarios/stories/{}.scn", one.scenario)).collect();
    let there: BTreeSet<String> = corpus()
        .into_iter()
        .filter(|name| name.starts_with("scenarios/stories/") && !name.ends_with("-repaired.scn"))
        .collect();
    assert_eq!(named, there);
}

/// Of several violations the one comes first whose run needs the fewest threads; and a report names the rules that no document states.
#[test]
fn a_report_begins_with_the_fewest_threads_and_names_what_is_open() {
    let report = rundown::check(&scenario("scenarios/stories/fewest-threads-first.scn"), &Options::default());
    let text = rundown::internal::human::report(&report, false);
    let (first, later) = (text.find("use_after_free:").unwrap_or(usize::MAX), text.find("unload_in_use:"));
    assert!(later.is_none_or(|later| first < later) && first != usize::MAX, "{text}");
    assert!(text.contains("rests on  inferred") && text.contains("OBJ-05"), "{text}");
}
