//! The stories of the broken field cases, as people read them. A change of wording or of a run is a diff to be reviewed.

use rundown::Options;
use tests::{corpus, scenario};

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
