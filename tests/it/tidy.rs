//! The architecture, held by a test: who may import whom, how long files are, what words a crate may know.

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tests::root;

/// Imports run downwards only.
#[test]
fn imports_run_one_way() {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_string()])
        .exec()
        .expect("cargo metadata");
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let allowed = |name: &str| -> &[&str] {
        match name {
            "rundown-model" | "rundown-checker" | "rundown-cases" => &[],
            "rundown-traces" => &["rundown-model"],
            "rundown" => &["rundown-model", "rundown-checker", "rundown-traces", "rundown-cases"],
            "tests" => &["rundown-model", "rundown-checker", "rundown-traces", "rundown"],
            "browser" => &["rundown-model", "rundown-checker", "rundown-traces", "rundown"],
            // it measures programs and knows none of ours; benchmarks use it
            "oracles" => &[],
            // what a reader copies: it knows Rundown in its tests only
            "widget-service" => &[],
            _ => panic!("a crate that ARCHITECTURE.md does not know: {name}"),
        }
    };
    for package in &metadata.packages {
        for dependency in package.dependencies.iter().filter(|one| one.kind != DependencyKind::Development) {
            if ours.contains(dependency.name.as_str()) {
                assert!(
                    allowed(&package.name).contains(&dependency.name.as_str()),
                    "{} imports {}",
                    package.name,
                    dependency.name
                );
            }
        }
    }
    let published = ["rundown-model", "rundown-checker", "rundown-traces", "rundown-cases", "rundown"];
    for package in published.into_iter().chain(["oracles", "tests", "browser", "widget-service"]) {
        assert!(ours.contains(package), "{package} is missing");
    }
}

fn sources(directory: &str) -> Vec<(PathBuf, String)> {
    fn below(path: &Path, found: &mut Vec<(PathBuf, String)>) {
        let Ok(entries) = std::fs::read_dir(path) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                below(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    below(&root().join(directory), &mut found);
    assert!(!found.is_empty(), "{directory} has no sources");
    found
}

/// The checker searches over any system: it knows no word of COM.
#[test]
fn the_checker_knows_no_word_of_com() {
    let words = [
        "proxy",
        "stub",
        "apartment",
        "hresult",
        "marshal",
        "packet",
        "codisconnect",
        "cocreate",
        "dll",
        "rundown",
        "disconnect",
        "unload",
        " com ",
    ];
    for (path, text) in sources("checker") {
        let lower = text.to_lowercase();
        for word in words {
            assert!(!lower.contains(word), "{} speaks of `{word}`", path.display());
        }
    }
}

/// The model does no I/O and knows no clock, threads or hash randomness.
#[test]
fn the_model_is_pure() {
    for (path, text) in sources("model/src") {
        // std::thread alone is what C++ calls a thread
        let words = [
            "std::time",
            "std::fs",
            "std::thread::",
            "use std::thread",
            "HashMap",
            "HashSet",
            "std::io",
            "std::env",
            "println!",
        ];
        for word in words {
            assert!(!text.contains(word), "{} uses {word}", path.display());
        }
    }
}

/// The one file that the compiler does not check to the end. It says why.
const PAGES: &str = "checker/src/engine/set/pages.rs";

#[test]
fn files_are_short_and_say_what_they_are() {
    for directory in ["model", "checker", "traces", "scenarios", "cli", "oracles", "tests", "examples"] {
        for (path, text) in sources(directory) {
            let lines = text.lines().count();
            assert!(lines <= 600, "{} has {lines} lines", path.display());
            let rules = path.file_name().and_then(|name| name.to_str());
            let included = rules.is_some_and(|name| name.starts_with("rules_"));
            assert!(included || text.starts_with("//!"), "{} does not say what it is", path.display());
            for word in [concat!("#[", "ignore"), concat!("todo", "!("), concat!("dbg", "!("), concat!("un", "safe {")]
            {
                let may = word.starts_with("un") && path.ends_with(PAGES);
                assert!(may || !text.contains(word), "{} contains {word}", path.display());
            }
        }
    }
}

/// The model's judge stays small enough to be read.
#[test]
fn the_judge_is_short_and_searches_nothing() {
    let text = std::fs::read_to_string(root().join("traces/src/judge.rs")).expect("the judge");
    assert!(text.lines().count() <= 300, "the judge has {} lines", text.lines().count());
    assert!(!text.contains("checker"), "the judge speaks of the checker");
}
