//! docs/protocols.md: every step of every situation has a scenario in which it is done and holds, and one in which it is left out and something is
//! found; the words of the links are what the scenarios expect, which the corpus is held to.

use tests::{root, scenario};

/// A row of a table of steps.
struct Step {
    number: usize,
    with: Vec<(String, String)>,
    without: Vec<(String, String)>,
}

/// The links of a text: word and target.
fn links(text: &str) -> Vec<(String, String)> {
    let parts = text.split('[').skip(1).filter_map(|rest| rest.split_once("]("));
    parts.filter_map(|(word, rest)| Some((word.to_string(), rest.split_once(')')?.0.to_string()))).collect()
}

fn step(line: &str) -> Option<Step> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let number = cells.get(1)?.parse().ok()?;
    assert_eq!(cells.len(), 7, "five columns: {line}");
    Some(Step { number, with: links(cells[4]), without: links(cells[5]) })
}

/// What a scenario expects as the documents are read by default.
fn expected(target: &str) -> Vec<String> {
    let scenario = scenario(target.trim_start_matches("../"));
    let by_default = scenario.program.expectations.iter().filter(|one| one.when.is_empty());
    by_default.map(|one| one.property.clone().unwrap_or_else(|| "holds".to_string())).collect()
}

fn document() -> String {
    std::fs::read_to_string(root().join("docs/protocols.md")).expect("docs/protocols.md")
}

#[test]
fn every_step_holds_with_it_and_fails_without() {
    let document = document();
    let situations: Vec<&str> = document.split("\n## ").skip(1).collect();
    assert_eq!(situations.len(), 6);
    let (mut steps, mut linked) = (0, 0);
    for situation in situations {
        let name = situation.lines().next().unwrap_or("");
        let rows: Vec<Step> = situation.lines().filter_map(step).collect();
        assert!(rows.len() >= 8, "{name} has {} steps", rows.len());
        for (index, row) in rows.iter().enumerate() {
            let place = format!("{name}, step {}", row.number);
            assert_eq!(row.number, index + 1, "{place}");
            assert!(!row.with.is_empty(), "{place}: nothing shows that it holds");
            assert!(!row.without.is_empty(), "{place}: nothing shows what comes of leaving it out");
            for (word, target) in &row.with {
                assert_eq!(word, "holds", "{place}: {target}");
            }
            for (word, target) in &row.without {
                assert_ne!(word, "holds", "{place}: {target}");
            }
            linked += row.with.len() + row.without.len();
        }
        steps += rows.len();
    }
    println!("{steps} steps with {linked} scenarios");
}

/// Also of the links outside of the tables: the word of a link to a scenario is what comes of it.
#[test]
fn the_words_of_links_are_the_verdicts() {
    let mut looked_at = 0;
    for (word, target) in links(&document()).into_iter().filter(|(_, target)| target.ends_with(".scn")) {
        let expected = expected(&target);
        assert!(expected.contains(&word), "{target} expects {expected:?}, not {word}");
        assert!(word != "holds" || expected.len() == 1, "{target} expects {expected:?}");
        looked_at += 1;
    }
    assert!(looked_at > 100, "only {looked_at} links to scenarios");
}

/// A link within the document leads to a heading, under the name that a browser gives it.
#[test]
fn links_to_headings_lead_to_one() {
    let document = document();
    let headings: Vec<String> = document
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(|title| {
            title.to_lowercase().chars().filter(|c| c.is_alphanumeric() || " -".contains(*c)).collect::<String>()
        })
        .map(|title| format!("#{}", title.replace(' ', "-")))
        .collect();
    let within: Vec<String> =
        links(&document).into_iter().map(|(_, target)| target).filter(|target| target.starts_with('#')).collect();
    assert!(within.len() >= headings.len(), "{within:?}");
    let missing: Vec<&String> = within.iter().filter(|target| !headings.contains(target)).collect();
    assert!(missing.is_empty(), "{missing:?} are no headings: {headings:?}");
}

#[test]
fn a_row_that_lacks_something_is_seen() {
    let row = step("| 3 | do | because | [holds](../a.scn) | |").expect("a row");
    assert_eq!((row.number, row.with.len(), row.without.len()), (3, 1, 0));
    assert!(step("| | step | why | with it | without it |").is_none() && step("|---|---|---|---|---|").is_none());
    assert_eq!(links("[a](b) x [c](d)"), [("a".to_string(), "b".to_string()), ("c".to_string(), "d".to_string())]);
}
