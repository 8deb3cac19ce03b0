//! What the rules' entries in SPEC.md name: the code in which a rule stands, a scenario that is about it, and the scenario's run. Found by reading
//! the checkout; elsewhere there is nothing to link to.

use model::rules::Rule;
use std::path::{Path, PathBuf};

/// Where rules stand in code, besides their table.
const CODE: &[&str] = &["model/src/step", "model/src/lifecycle", "model/src/waits.rs"];
const SCENARIOS: &str = "scenarios";

/// The files that can be linked to, as paths relative to the checkout, sorted.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    code: Vec<(String, String)>,
    scenarios: Vec<Shown>,
}

/// A scenario that names rules.
#[derive(Clone, Debug)]
struct Shown {
    path: String,
    rules: Vec<String>,
    /// The file with its run, if there is one.
    run: Option<String>,
}

impl Sources {
    /// Reads the checkout at `root`. What cannot be read is not linked to.
    pub fn read(root: &Path) -> Self {
        let code = CODE.iter().flat_map(|path| files(root, path, "rs"));
        let scenarios = files(root, SCENARIOS, "scn").into_iter().map(|(path, text)| Shown {
            rules: named_rules(&text),
            run: Some(run_of(&path)).filter(|run| root.join(run).is_file()),
            path,
        });
        Sources { code: code.collect(), scenarios: scenarios.collect() }
    }

    /// The lines for a rule's entry.
    pub(super) fn lines(&self, rule: Rule) -> String {
        // in a lifecycle's table it stands behind the mark of a refusal
        let (name, refusal) = (format!("Rule::{rule:?}"), format!("! {rule:?}"));
        let code: Vec<String> = self
            .code
            .iter()
            .filter(|(_, text)| mentions(text, &name) || mentions(text, &refusal))
            .map(|(path, _)| path.trim_start_matches("model/src/").to_string())
            .collect();
        let named = self.scenarios.iter().filter(|shown| shown.rules.iter().any(|id| id == rule.id()));
        // the one that was written for the rule, else one with few other rules
        let own = format!("/{}-", rule.id().to_lowercase());
        let scenario = named.min_by_key(|shown| (!shown.path.contains(&own), shown.rules.len()));
        let mut out = String::new();
        if !code.is_empty() {
            out.push_str(&format!("  \n*Code:* `{name}` in {}", code.join(", ")));
        }
        if let Some(shown) = scenario {
            out.push_str(&format!("  \n*Shown by:* {}", link(shown)));
        }
        out
    }
}

/// `[name](path)`, with its run if there is one.
fn link(shown: &Shown) -> String {
    let run = shown.run.as_ref().map_or_else(String::new, |run| format!(" ([run]({run}))"));
    format!("[{}]({}){run}", stem(&shown.path), shown.path)
}

/// The name of a scenario's file without its ending.
fn stem(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_end_matches(".scn")
}

/// The file that tells the run of a scenario of the corpus that violates something.
pub fn run_of(path: &str) -> String {
    format!("tests/it/snapshots/it__stories__story_{}.snap", stem(path).replace('-', "_"))
}

/// The ids in the `rules` line of a scenario.
fn named_rules(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("rules "));
    lines.flat_map(|line| line.trim_end_matches(';').split(',')).map(|id| id.trim().to_string()).collect()
}

/// Does the name occur as a whole word?
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let next = text[at + name.len()..].chars().next();
        !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

/// The files with this ending in a folder and its folders, or one file, with their texts.
fn files(root: &Path, path: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    below(&root.join(path), &mut found);
    let mut texts: Vec<(String, String)> = found
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == ending))
        .filter_map(|path| {
            let name = path.strip_prefix(root).ok()?.to_string_lossy().replace('\\', "/");
            Some((name, std::fs::read_to_string(path).ok()?))
        })
        .collect();
    texts.sort();
    texts
}

fn below(path: &Path, found: &mut Vec<PathBuf>) {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().for_each(|entry| below(&entry.path(), found)),
        Err(_) => found.push(path.to_path_buf()),
    }
}
