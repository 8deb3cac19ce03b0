//! docs/seeds.md (the seed documents, sentence by sentence), the rules, the readings and the scenarios of the seed documents speak of the same things.

use model::readings::READINGS;
use model::rules::Rule;
use rundown::Options;
use rundown::internal::spec;
use std::collections::BTreeSet;
use tests::{corpus, root, scenario};

/// The documents, as the map numbers them, and how many rows each has at least.
const DOCUMENTS: [(&str, usize); 5] = [("D1", 15), ("D2", 19), ("D3", 33), ("D4", 13), ("D5", 6)];

/// A row of the map.
pub(crate) struct Row {
    pub(crate) id: String,
    carried_by: String,
    rules: Vec<Rule>,
    scenarios: Vec<String>,
}

pub(crate) fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("docs/seeds.md")).expect("docs/seeds.md");
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| D")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [id, _section, says, carried_by, links] = cells[..] else { panic!("not five cells: {line}") };
        assert!(!says.is_empty(), "{id} says nothing");
        rows.push(Row {
            id: id.to_string(),
            carried_by: carried_by.to_string(),
            rules: linked_rules_in(id, carried_by),
            scenarios: links_in(id, links),
        });
    }
    rows
}

/// The rules that a cell names; what has the form of a rule's id must be one, and in a table it is a link to its entry.
pub(crate) fn rules_in(row: &str, cell: &str) -> Vec<Rule> {
    cell.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'))
        .filter(|word| {
            word.split_once('-').is_some_and(|(family, number)| {
                family.len() >= 2
                    && family.chars().all(|letter| letter.is_ascii_uppercase())
                    && !number.is_empty()
                    && number.chars().all(|letter| letter.is_ascii_digit())
            })
        })
        .map(|id| Rule::by_id(id).unwrap_or_else(|| panic!("{row} names {id}, which is no rule")))
        .collect()
}

/// The same, of a cell in which every one is a link to its entry.
pub(crate) fn linked_rules_in(row: &str, cell: &str) -> Vec<Rule> {
    let rules = rules_in(row, cell);
    for rule in &rules {
        let link = format!("[{}](../SPEC.md#{})", rule.id(), rule.id().to_lowercase());
        assert!(cell.contains(&link), "{row} names {} without a link", rule.id());
    }
    rules
}

/// The scenarios that a cell links to, as paths relative to the root. Each that has a run links to it.
pub(crate) fn links_in(row: &str, cell: &str) -> Vec<String> {
    let mut found = Vec::new();
    for link in cell.split("<br>").filter(|link| *link != "-") {
        let (link, run) = match link.split_once(" ([run](") {
            Some((link, run)) => (link, run.strip_suffix("))")),
            None => (link, None),
        };
        let parts =
            link.strip_prefix('[').and_then(|rest| rest.strip_suffix(')')).and_then(|rest| rest.split_once("]("));
        let (name, path) = parts.unwrap_or_else(|| panic!("{row}: not a link: {link}"));
        let path = path.strip_prefix("../").unwrap_or_else(|| panic!("{row}: {path} is no path from docs/"));
        assert!(path.starts_with("scenarios/"), "{row}: {path} is no scenario");
        assert!(root().join(path).is_file(), "{row} links to {path}, which does not exist");
        assert!(path.ends_with(&format!("/{name}.scn")), "{row} calls {path} {name}");
        let file = spec::run_of(path);
        let told = root().join(&file).is_file().then(|| format!("../{file}"));
        assert_eq!(run, told.as_deref(), "{row}: the run of {path}");
        found.push(path.to_string());
    }
    found
}

/// The rules that a scenario's `rules` line names.
pub(crate) fn named_rules(path: &str) -> Vec<Rule> {
    let text = std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.lines().filter_map(|line| line.strip_prefix("rules ")).flat_map(|line| rules_in(path, line)).collect()
}

/// The rules that are applied, or refuse, when a scenario is checked.
pub(crate) fn applied_rules(path: &str) -> Vec<Rule> {
    let report = rundown::check(&scenario(path), &Options::default());
    report.rules.iter().filter(|(_, applied, refused)| *applied || *refused).map(|(rule, ..)| *rule).collect()
}

#[test]
fn every_row_is_numbered_and_carried_by_something() {
    let rows = rows();
    for (document, least) in DOCUMENTS {
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).filter(|id| id.starts_with(document)).collect();
        let expected: Vec<String> = (1..=ids.len()).map(|number| format!("{document}-{number:02}")).collect();
        assert_eq!(ids, expected, "the rows of {document} are numbered one by one");
        assert!(ids.len() >= least, "{document} has lost rows: {} of {least}", ids.len());
    }
    for row in &rows {
        let readings: Vec<&str> =
            row.carried_by.split('`').skip(1).step_by(2).filter(|word| !word.contains(' ')).collect();
        for reading in &readings {
            assert!(
                READINGS.iter().any(|known| known.name == *reading),
                "{} names {reading}, which is no reading",
                row.id
            );
        }
        let silent = row.carried_by == "no behaviour";
        assert!(
            silent || !row.rules.is_empty() || !readings.is_empty() || row.carried_by.contains("not modelled: "),
            "{} is carried by nothing",
            row.id
        );
        assert!(!silent || row.scenarios.is_empty(), "{} shows what has no behaviour", row.id);
        if let Some((_, why)) = row.carried_by.split_once("not modelled") {
            assert!(why.trim_start_matches(':').trim().len() > 10, "{} does not say why", row.id);
        }
        assert!(row.rules.is_empty() || !row.scenarios.is_empty(), "{} has rules and no scenario", row.id);
    }
}

#[test]
fn a_linked_scenario_is_about_a_rule_of_its_row() {
    for row in rows() {
        for path in &row.scenarios {
            let about = named_rules(path);
            assert!(!about.is_empty(), "{path} names no rules");
            let touches = |rules: &[Rule]| row.rules.iter().any(|rule| rules.contains(rule));
            assert!(
                touches(&about) || touches(&applied_rules(path)),
                "{} links to {path}, which is about none of its rules",
                row.id
            );
        }
    }
}

#[test]
fn every_scenario_of_the_seeds_is_linked() {
    let linked: BTreeSet<String> = rows().into_iter().flat_map(|row| row.scenarios).collect();
    let seeds: BTreeSet<String> = corpus().into_iter().filter(|path| path.starts_with("scenarios/seeds/")).collect();
    let missing: Vec<&String> = seeds.difference(&linked).collect();
    assert!(missing.is_empty(), "no row links to {missing:?}");
    println!("{} rows, {} scenarios of the seed documents, all linked", rows().len(), seeds.len());
    assert!(linked.intersection(&seeds).count() >= 45, "only {} scenarios are linked", linked.len());
    assert!(linked.is_subset(&seeds), "a row links to a scenario elsewhere");
}
