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
    assert_eq!(broken.len(), 13, "thirteen field cases are broken");
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
