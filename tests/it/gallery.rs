//! The gallery: every field case is found by what is seen, has a repair that holds, and reads well; the command writes cases and refuses what is
//! none; `docs/gallery` is what the scenarios say.

use std::collections::BTreeSet;

use model::properties::Property;
use rundown::internal::gallery::{self, Case, SYMPTOMS};
use rundown::internal::spec::run_of;
use tests::entry::unfit_for_terminals;
use tests::{corpus, root, scenario};

use super::command::{code, err, out, rundown};

fn field() -> Vec<String> {
    corpus().into_iter().filter(|name| name.starts_with("scenarios/field/")).collect()
}

/// No file of the folder is left out, and each says in its source which case it belongs to.
#[test]
fn every_field_file_belongs_to_a_case() {
    let cases = gallery::cases();
    let mut shown = BTreeSet::new();
    for case in &cases {
        for file in case.files() {
            let name = format!("scenarios/field/{}", file.name());
            let compiled = scenario(&name);
            assert_eq!(compiled.text, file.text, "{name} is built in as something else");
            assert_eq!(compiled.program.title, file.title, "{name}");
            let sources = &compiled.program.sources;
            assert!(sources.iter().all(|one| one.ends_with(&format!(" ({})", case.id))), "{name}: {sources:?}");
            assert!(!file.source.is_empty() && !file.prose.is_empty(), "{name} has no source or no story");
            assert!(shown.insert(name), "a file of two cases");
        }
    }
    assert_eq!(shown, field().into_iter().collect(), "these are not in the gallery, or not in the folder");
}

/// The header of a broken file names symptoms of the table; each fits what Rundown finds; each row of the table has a case.
#[test]
fn every_case_says_what_is_seen() {
    let cases = gallery::cases();
    for case in &cases {
        let words: Vec<&str> = symptom_line(case.broken.text).collect();
        let known: Vec<&str> = case.symptoms.iter().map(|symptom| symptom.word).collect();
        assert!(!words.is_empty(), "{}: `// seen: …` is missing in its second line", case.broken.name());
        assert_eq!(words, known, "{}: a symptom that the table does not have", case.broken.name());
        for property in case.broken.found.iter().filter_map(|name| Property::by_name(name)) {
            let such: Vec<&str> =
                SYMPTOMS.iter().filter(|row| row.properties.contains(&property)).map(|row| row.word).collect();
            let fits = such.is_empty() || known.iter().any(|word| such.contains(word));
            assert!(fits, "{} finds {}: it should be seen as one of {such:?}", case.id, property.name());
        }
        let others = [&case.repaired].into_iter().chain(&case.variants);
        for file in others {
            assert_eq!(symptom_line(file.text).count(), 0, "{}: symptoms stand in the broken file", file.name());
        }
    }
    for symptom in SYMPTOMS {
        let has = |case: &&Case| case.symptoms.iter().any(|one| one.word == symptom.word);
        assert!(cases.iter().any(|case| has(&case)), "nobody sees {}", symptom.word);
    }
}

/// The symptoms as they are written, read with other means than the gallery's.
fn symptom_line(text: &str) -> impl Iterator<Item = &str> {
    let line = text.lines().nth(1).and_then(|line| line.split_once("seen:")).map_or("", |(_, words)| words);
    line.split(", ").map(str::trim).filter(|word| !word.is_empty())
}

/// A case has a bug and a repair, and its diff shows a change.
#[test]
fn every_case_has_a_repair_that_holds() {
    for case in gallery::cases() {
        assert!(!case.broken.holds(), "{} expects nothing wrong", case.broken.name());
        assert!(case.repaired.holds(), "{} expects {:?}", case.repaired.name(), case.repaired.found);
        let diff = gallery::diff(&case);
        let changed = |sign: char| diff.lines().skip(2).any(|line| line.starts_with(sign));
        assert!(changed('+') || changed('-'), "{}: nothing is different", case.id);
    }
}

/// A diff has the lines of the files under their numbers, so that it can be applied.
#[test]
fn diffs_are_of_the_files() {
    let mut lines = 0;
    for case in gallery::cases() {
        let (mut old, mut new) = (0, 0);
        let text = |text: &'static str, at: usize| text.lines().nth(at - 1).map(str::trim_end);
        for line in gallery::diff(&case).lines().skip(2) {
            if let Some(range) = line.strip_prefix("@@ -") {
                let number = |text: &str| text.split(',').next().and_then(|one| one.parse().ok()).expect("a number");
                let (left, right) = range.split_once(" +").expect("two ranges");
                (old, new) = (number(left), number(right));
                continue;
            }
            let (sign, rest) = line.split_at(line.len().min(1));
            if sign != "+" {
                assert_eq!(text(case.broken.text, old), Some(rest), "{}: line {old} of the broken file", case.id);
                old += 1;
            }
            if sign != "-" {
                assert_eq!(text(case.repaired.text, new), Some(rest), "{}: line {new} of the repaired file", case.id);
                new += 1;
            }
            lines += 1;
        }
    }
    assert!(lines > 1_000, "only {lines} lines of diffs");
}

/// `UPDATE_SPEC=1 cargo test -p tests gallery` writes the folder anew.
#[test]
fn the_gallery_of_the_documents_is_what_the_scenarios_say() {
    let folder = root().join("docs/gallery");
    let cases = gallery::cases();
    let pages = gallery::pages(&cases, |name| run_of(&format!("scenarios/field/{name}")));
    assert_eq!(pages.len(), cases.len() + 1, "a case has no page");
    let update = std::env::var_os("UPDATE_SPEC").is_some();
    if update {
        std::fs::create_dir_all(&folder).expect("docs/gallery");
    }
    let known: BTreeSet<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    for entry in std::fs::read_dir(&folder).expect("docs/gallery").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if update && !known.contains(name.as_str()) {
            std::fs::remove_file(entry.path()).expect("an old page goes");
        }
        assert!(update || known.contains(name.as_str()), "docs/gallery/{name} belongs to no case");
    }
    for (name, text) in &pages {
        let path = folder.join(name);
        if update {
            std::fs::write(&path, text).expect("a page");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        assert!(kept == *text, "docs/gallery/{name} is old: UPDATE_SPEC=1 cargo test -p tests gallery");
    }
    let bytes: usize = pages.iter().map(|(_, text)| text.len()).sum();
    assert!(bytes < 1 << 20, "the folder has {bytes} bytes");
}

#[test]
fn cases_are_listed_by_what_is_seen_and_by_function() {
    let all = rundown(&["gallery"]);
    assert_eq!(code(&all), 0);
    let all = out(&all);
    for case in gallery::cases() {
        assert!(all.contains(&format!("  {}  ", case.id)), "{} is not listed", case.id);
    }
    let long: Vec<&str> = all.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(long.is_empty(), "{long:?}");
    let lists = [
        (
            vec!["gallery", "--symptom", "stop-pending"],
            "the service stays in stop-pending (stop_pending)",
            "C-06",
            "C-34",
        ),
        (
            vec!["gallery", "--symptom", "crash", "in", "an", "unloaded", "module"],
            "crash in an unloaded module",
            "C-34",
            "C-06",
        ),
        (vec!["gallery", "--symptom", "RPC_E_DISCONNECTED"], "RPC_E_DISCONNECTED", "C-49", "C-34"),
        (vec!["gallery", "--symptom=host does not exit"], "the host process does not exit", "C-67", "C-34"),
        (vec!["gallery", "--api", "codisconnectcontext"], "(would_deadlock)", "P-16", "C-34"),
        (vec!["gallery", "--property", "deadlock", "--api", "CoUninitialize"], "does not return", "C-47", "C-02"),
        (vec!["gallery", "--by-api", "--symptom", "leak"], "CoReleaseMarshalData\n", "C-48", "C-34"),
    ];
    for (arguments, title, there, absent) in lists {
        let listed = rundown(&arguments);
        let text = out(&listed);
        assert_eq!(code(&listed), 0, "{arguments:?}: {}", err(&listed));
        assert!(text.contains(title), "{arguments:?}: {text}");
        let has = |id: &str| text.contains(&format!("  {id}  "));
        assert!(has(there) && !has(absent), "{arguments:?}: {text}");
    }
    let json = rundown(&["gallery", "--api", "CoDisconnectContext", "--json"]);
    let list: Vec<serde_json::Value> = serde_json::from_str(&out(&json)).expect("JSON");
    let calls = |case: &serde_json::Value| {
        case["calls"].as_array().is_some_and(|all| all.contains(&"CoDisconnectContext".into()))
    };
    assert!(!list.is_empty() && list.iter().all(calls));
}

#[test]
fn a_case_is_shown_with_its_run_and_its_repair() {
    let shown = rundown(&["gallery", "c34"]);
    assert_eq!(code(&shown), 0, "{}", err(&shown));
    let text = out(&shown);
    for part in [
        "C-34  a hook thread says that it is done while it still runs in its DLL\n",
        "seen      crash in an unloaded module\n",
        "found     unload_in_use\n",
        "https://github.com/dotnet/wpf\n",
        "unload_in_use: application.caller freed penimc_dll",
        "what happened, in 20 steps",
        "--- c34-broken.scn\n+++ c34-repaired.scn\n@@ -",
        "\n-        SetEvent(exit_acknowledged);            // \"I am done\"\n",
        "\nc34-repaired.scn: holds (exhaustive), ",
        "rundown init --from C-34",
    ] {
        assert!(text.contains(part), "{part:?} is missing:\n{text}");
    }
    // code keeps its width; everything else fits into a console
    let diff = text.find("\n--- ").unwrap_or(0);
    let long: Vec<&str> = text[..diff].lines().filter(|line| line.chars().count() > 80).collect();
    assert!(long.is_empty(), "{long:?}");
    let json: serde_json::Value = serde_json::from_str(&out(&rundown(&["gallery", "C-34", "--json"]))).expect("JSON");
    assert_eq!(json["id"], "C-34");
    assert_eq!(json["repair"]["verdict"], "holds (exhaustive)");
    let other_ways = out(&rundown(&["gallery", "C-25"]));
    assert!(other_ways.contains("  c25-thread-not-joined.scn: unload_in_use\n    a filter DLL counts"), "{other_ways}");
}

#[test]
fn what_is_no_case_is_refused_with_a_guess() {
    for (arguments, said) in [
        (vec!["gallery", "C-99"], "there is no case `C-99`; did you mean `rundown gallery C-"),
        (vec!["gallery", "CoDisconectContext"], "there is no case `CoDisconectContext`"),
        (vec!["gallery", "codisconnectcontext"], "did you mean `rundown gallery --api CoDisconnectContext`?"),
        (vec!["gallery", "stop-pending"], "did you mean `rundown gallery --symptom stop_pending`?"),
        (vec!["gallery", "--api", "CoDisconectContext"], "did you mean `CoDisconnectContext`?"),
        (vec!["gallery", "--property", "deadlok"], "did you mean `deadlock`?"),
        (vec!["gallery", "--property", "isolation"], "no case of the gallery violates `isolation`"),
        (vec!["gallery", "--symptom", "zebra"], "no symptom is described by `zebra`; these are known:\n  stop_pending"),
        (vec!["gallery", "--symptom", ""], "no symptom is described by ``"),
        (
            vec!["gallery", "--symptom", "leak", "--api", "SetEvent", "--property", "deadlock"],
            "no case fits all of that",
        ),
        (vec!["gallery", "C-34", "--api", "SetEvent"], "cannot be used with"),
        (vec!["gallery", ""], "there is no case ``"),
        (vec!["gallery", "../../c34-broken\u{202e}\u{1b}[2J"], "there is no case"),
        (vec!["init", "--from", "C-9x"], "there is no case `C-9x`"),
        (vec!["init", "--from", ""], "there is no case ``"),
    ] {
        let refused = rundown(&arguments);
        assert_eq!(code(&refused), 2, "{arguments:?}");
        assert!(err(&refused).contains(said), "{arguments:?}: {}", err(&refused));
        assert_eq!(unfit_for_terminals(&err(&refused)), None, "{arguments:?}");
        assert_eq!(out(&refused), "", "{arguments:?}");
    }
}

#[test]
fn a_case_is_written_whole_and_over_nothing() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
    let mine = path("mine.scn");
    let written = rundown(&["init", &mine, "--from", "C-34"]);
    assert_eq!(code(&written), 0, "{}", err(&written));
    assert!(out(&written).contains("next:  rundown check "), "{}", out(&written));
    for (file, kept) in [("mine.scn", "c34-broken"), ("mine-repaired.scn", "c34-repaired")] {
        let text = std::fs::read_to_string(path(file)).expect("it is there");
        assert_eq!(text, scenario(&format!("scenarios/field/{kept}.scn")).text, "{file}");
        assert_eq!(code(&rundown(&["check", "--quiet", &path(file)])), 0, "{file} is not as it expects");
    }
    // one of its scenarios alone
    assert_eq!(code(&rundown(&["init", &path("one.scn"), "--from", "c25-thread-not-joined"])), 0);
    let text = std::fs::read_to_string(path("one.scn")).expect("it is there");
    assert_eq!(text, scenario("scenarios/field/c25-thread-not-joined.scn").text);
    assert!(!directory.path().join("one-repaired.scn").exists());
    // neither is written over, and nothing new is left
    assert_eq!(code(&rundown(&["init", &mine, "--from", "C-35"])), 2);
    std::fs::write(path("other-repaired.scn"), "mine").expect("a file");
    let refused = rundown(&["init", &path("other.scn"), "--from", "C-35"]);
    assert_eq!(code(&refused), 2);
    assert!(err(&refused).contains("other-repaired.scn"), "{}", err(&refused));
    assert!(!directory.path().join("other.scn").exists(), "half of a case is left");
    assert_eq!(std::fs::read_to_string(path("other-repaired.scn")).expect("a file"), "mine");
    assert_eq!(std::fs::read_to_string(&mine).expect("a file"), scenario("scenarios/field/c34-broken.scn").text);
}
