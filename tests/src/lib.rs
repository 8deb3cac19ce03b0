//! Helpers shared by the integration tests: where the corpus is, and how it is read.

pub mod effects;
pub mod entry;
pub mod generate;
pub mod hostile;
pub mod rewrite;
pub mod wide;

use std::path::{Path, PathBuf};

use rundown::Scenario;

/// The workspace's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Every scenario file of the corpus, sorted, as paths relative to the root with forward slashes. Without the recorded plans: they are
/// alike, and a test of their own checks them ([`measured`]).
pub fn corpus() -> Vec<String> {
    let mut names = scenarios("scenarios");
    names.retain(|name| !name.starts_with("scenarios/measured/"));
    names
}

/// Every fourth scenario of the corpus, from the first, second … on, for a test of what goes through scenarios and not of what they say: all
/// of them with `CORPUS=whole`.
pub fn some_of_the_corpus(first: usize) -> impl Iterator<Item = String> {
    let whole = std::env::var("CORPUS").is_ok_and(|which| which == "whole");
    let (first, every) = if whole { (0, 1) } else { (first, 4) };
    corpus().into_iter().skip(first).step_by(every)
}

/// The scenarios of the recorded plans.
pub fn measured() -> Vec<String> {
    scenarios("scenarios/measured")
}

fn scenarios(directory: &str) -> Vec<String> {
    let mut found = Vec::new();
    below(&root().join(directory), &mut found);
    let root = root();
    let mut names: Vec<String> = found
        .iter()
        .filter_map(|path| path.strip_prefix(&root).ok())
        .map(|path| path.to_string_lossy().replace('\\', "/"))
        .collect();
    names.sort();
    names
}

fn below(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "scn") {
            found.push(path);
        }
    }
}

/// Compiles a file of the corpus under its relative name, so that reports do not depend on where the checkout lies.
pub fn scenario(name: &str) -> Scenario {
    let text = std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    Scenario::parse(name, &text).unwrap_or_else(|mistake| panic!("{mistake}"))
}
