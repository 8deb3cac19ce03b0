//! SPEC.md, the code and the corpus speak of the same rules.

use model::rules::{Kind, Rule};
use rundown::{Options, spec};
use tests::{corpus, root, scenario};

#[test]
fn the_generated_chapters_of_the_specification_are_what_the_code_says() {
    let text = std::fs::read_to_string(root().join("SPEC.md")).expect("SPEC.md");
    for (name, chapter) in spec::chapters() {
        assert!(
            text.contains(&spec::marked(name, &chapter)),
            "the chapter {name} of SPEC.md is not what `rundown rules --spec` prints"
        );
    }
}

/// Which rules are applied, and which refuse, over the corpus. A guard that never refuses, or an effect that never happens, is a
/// sentence nobody has tried.
#[test]
fn every_rule_is_exercised_by_the_corpus() {
    let mut applied = vec![false; Rule::ALL.len()];
    let mut refused = vec![false; Rule::ALL.len()];
    for name in corpus() {
        let mut scenario = scenario(&name);
        // a rule that a scenario switches off is not exercised by it
        let faults = std::mem::take(&mut scenario.program.faults);
        if !faults.is_empty() {
            continue;
        }
        let mut readings: Vec<Vec<(String, String)>> = vec![Vec::new()];
        readings.extend(scenario.program.expectations.iter().map(|one| one.when.clone()));
        readings.dedup();
        for readings in readings {
            let report = rundown::check(&scenario, &Options { readings, ..Options::default() });
            for (rule, was_applied, was_refused) in &report.rules {
                applied[rule.index()] |= was_applied;
                refused[rule.index()] |= was_refused;
            }
        }
    }
    let missing: Vec<&str> = Rule::ALL
        .iter()
        .filter(|rule| !applied[rule.index()] && !refused[rule.index()])
        .map(|rule| rule.id())
        .collect();
    let table: String = Rule::ALL
        .iter()
        .map(|rule| {
            let info = rule.info();
            let mark = |set: bool, word: &'static str| if set { word } else { "-" };
            format!(
                "{:<9} {:<10} {:<8} {}\n",
                info.id,
                info.kind.name(),
                mark(applied[rule.index()], "applied"),
                mark(refused[rule.index()], "refuses")
            )
        })
        .collect();
    insta::assert_snapshot!("rules_exercised", table);
    assert!(missing.is_empty(), "no scenario exercises {missing:?}");
}

/// Every rule but the assumptions can be switched off by name.
#[test]
fn assumptions_are_few() {
    let assumptions = Rule::ALL.iter().filter(|rule| rule.info().kind == Kind::Assumption).count();
    assert!(assumptions <= 4, "{assumptions} assumptions");
}

/// What the README shows is what the command prints.
#[test]
fn the_readme_shows_what_is_printed() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let shown =
        readme.split("```text\n").nth(1).and_then(|rest| rest.split("\n```").next()).expect("a block of output");
    let printed = rundown::human::report(&rundown::check(&scenario("cli/sample.scn"), &Options::default()), false);
    let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
    assert!(shown.lines().count() > 30);
    for line in shown.lines() {
        assert!(printed.contains(&line), "the README shows a line that is not printed: {line}");
    }
}
