//! The formats as a shell sees them: one document on standard output, exit codes as ever, traces that replay.

use crate::command::{code, err, file, out, rundown};

const BROKEN: &str =
    "process host {\n    module dll;\n    thread worker : code dll { }\n    thread control { FreeLibrary(dll); }\n}\n";
const FORMATS: [&str; 5] = ["json", "jsonl", "junit", "sarif", "github"];

/// Is it one document of its format?
fn well_formed(format: &str, text: &str) -> bool {
    match format {
        "json" | "sarif" => serde_json::from_str::<serde_json::Value>(text).is_ok(),
        "jsonl" => text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()),
        "junit" => roxmltree::Document::parse(text).is_ok(),
        _ => text.lines().all(|line| line.starts_with("::")),
    }
}

/// Has it no result that is an error or open, and nothing that could not be checked?
fn sarif_is_clean(text: &str) -> bool {
    let log: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("results");
    run["invocations"][0]["executionSuccessful"] == true
        && results.iter().all(|result| result["level"] != "error" && result["kind"] != "open")
}

#[test]
fn every_format_is_one_document_with_the_exit_code_of_the_text() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let broken = file(&directory, "broken.scn", &format!("{BROKEN}expect holds;"));
    let expected = file(&directory, "expected.scn", &format!("{BROKEN}expect unload_in_use;"));
    let vacuous = file(&directory, "vacuous.scn", &format!("{BROKEN}rules CTX-03;\nexpect unload_in_use;"));
    let bad = file(&directory, "bad.scn", "proces host { }\n");
    let missing = directory.path().join("missing.scn").to_string_lossy().into_owned();
    let cases: Vec<(Vec<&str>, i32)> = vec![
        (vec![&expected], 0),
        (vec![&broken], 1),
        (vec![&expected, &broken], 1),
        (vec![&bad], 2),
        (vec![&bad, &missing, &broken, &expected], 2),
        (vec![&expected, "--states", "1"], 3),
        (vec![&vacuous, "--deny", "vacuous"], 4),
        (vec![&vacuous], 0),
    ];
    for (arguments, wanted) in cases {
        let with = |more: &[&str]| rundown(&[&["check"], &arguments[..], more].concat());
        assert_eq!(code(&with(&[])), wanted, "{arguments:?}");
        for format in FORMATS {
            let output = with(&["--format", format]);
            let text = out(&output);
            assert_eq!(code(&output), wanted, "{arguments:?} as {format}\n{text}\n{}", err(&output));
            assert!(well_formed(format, &text), "{arguments:?} as {format}\n{text}");
            assert_eq!(text, out(&with(&["--format", format])), "the same input gives the same bytes");
            // what is wrong is in the document, not only in the exit code
            let clean = match format {
                "github" => text.is_empty(),
                "junit" => text.lines().nth(1).is_some_and(|line| line.contains("failures=\"0\" errors=\"0\"")),
                "sarif" => sarif_is_clean(&text),
                _ => wanted == 0,
            };
            assert_eq!(clean, wanted == 0, "{arguments:?} as {format}\n{text}");
        }
    }
}

#[test]
fn a_table_of_readings_is_for_people() {
    let output = rundown(&["check", "scenarios/properties/deadlock.scn", "--reading", "all", "--format", "json"]);
    assert_eq!((code(&output), out(&output)), (2, String::new()));
    assert!(err(&output).contains("--reading all prints a table for people"), "{}", err(&output));
}

#[test]
fn traces_are_written_in_both_formats_and_replay_reads_either() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (one, other) = (directory.path().join("one"), directory.path().join("other"));
    std::fs::create_dir(&one).expect("a folder");
    std::fs::create_dir(&other).expect("a folder");
    // two files of one name: neither's trace may overwrite the other's
    for folder in [&one, &other] {
        std::fs::write(folder.join("same.scn"), BROKEN).expect("a scenario");
    }
    let traces = directory.path().join("traces").to_string_lossy().into_owned();
    let folder = directory.path().to_string_lossy().into_owned();
    let output = rundown(&["check", "--quiet", "--traces", &traces, &folder]);
    assert_eq!(code(&output), 1, "{}", err(&output));
    for name in ["same.unload_in_use", "same-2.unload_in_use"] {
        let ours = rundown(&["replay", &format!("{traces}/{name}.trace.json")]);
        let itf = rundown(&["replay", &format!("{traces}/{name}.itf.json")]);
        assert_eq!((code(&ours), code(&itf)), (0, 0), "{}{}", err(&ours), err(&itf));
        let told = |output: &std::process::Output| out(output).replace(".trace.json", "").replace(".itf.json", "");
        // the same story, but for the name of the file
        assert_eq!(
            told(&ours).split_whitespace().collect::<Vec<_>>(),
            told(&itf).split_whitespace().collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_doctored_itf_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let traces = directory.path().join("traces").to_string_lossy().into_owned();
    rundown(&["check", "--quiet", "--traces", &traces, "scenarios/field/c34-broken.scn"]);
    let good = std::fs::read_to_string(format!("{traces}/c34-broken.unload_in_use.itf.json")).expect("ITF");
    let replay = |text: &str| {
        let path = file(&directory, "doctored.itf.json", text);
        let output = rundown(&["replay", &path]);
        (code(&output), err(&output))
    };
    assert_eq!(replay(&good).0, 0);
    // laid out differently it is the same file
    let value: serde_json::Value = serde_json::from_str(&good).expect("JSON");
    assert_eq!(replay(&serde_json::to_string_pretty(&value).expect("JSON")).0, 0);
    let changed = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value = value.clone();
        change(&mut value);
        value.to_string()
    };
    let cases: [(String, i32, &str); 8] = [
        (changed(&|v| v["states"][3]["breach"] = "none".into()), 5, "state 3"),
        (changed(&|v| drop(v["states"].as_array_mut().map(Vec::pop))), 5, "20 states"),
        (changed(&|v| v["loop"] = 2.into()), 5, "loop"),
        (changed(&|v| drop(v["rundown"]["steps"].as_array_mut().map(Vec::pop))), 5, "states"),
        (changed(&|v| drop(v.as_object_mut().map(|v| v.remove("rundown")))), 2, "did not write it"),
        (changed(&|v| v["rundown"]["schema"] = "rundown-trace/9".into()), 2, "rundown-trace/9"),
        (changed(&|v| v["rundown"]["scenario"]["text"] = "process p { }".into()), 2, "digest"),
        ("{\"states\": [], \"rundown\": 3}".into(), 2, "not a trace"),
    ];
    for (text, wanted, said) in cases {
        let (code, err) = replay(&text);
        assert_eq!(code, wanted, "{err}");
        assert!(err.contains(said), "{err}");
    }
}

/// The examples of `docs/formats.md` are what their commands print, but for what `…` cuts.
#[test]
fn the_examples_of_the_documentation_are_true() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let traces = directory.path().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(tests::root().join("docs/formats.md")).expect("the documentation");
    let mut blocks = text.split("```").skip(1).step_by(2);
    let mut examples = 0;
    while let (Some(command), Some(shown)) = (blocks.next(), blocks.next()) {
        let command = command.strip_prefix("sh\nrundown ").expect("a command").replace("target/traces", &traces);
        let printed = out(&rundown(&command.split_whitespace().collect::<Vec<_>>()));
        for line in shown.lines().skip(1) {
            let whole = line.trim().trim_end_matches('…');
            let found = printed.lines().any(|printed| printed.trim() == whole)
                || (line.ends_with('…') && printed.lines().any(|printed| printed.trim().starts_with(whole)));
            assert!(found, "`rundown {command}` does not print: {line}\n{printed}");
            examples += 1;
        }
    }
    assert!(examples >= 12, "only {examples} lines");
}
