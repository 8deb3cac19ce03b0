//! What each rule is for: switched off by itself, two scenarios no longer come out as they expect. Here every tenth is; `.ci/run` has
//! `rundown check --fault all --deny lone scenarios`, which switches off all and prints the table.

use super::command::{code, err, file, out, rundown as command};
use model::rules::Rule;
use rundown::Options;
use rundown::Scenario;
use rundown::internal::Stop;
use rundown::internal::faults::{NOTICED_ENOUGH, Survey, rules, survey};
use tests::{corpus, measured, scenario};

fn all() -> Vec<Scenario> {
    corpus().iter().chain(&measured()).map(|name| scenario(name)).collect()
}

fn with_threads(threads: usize) -> Options {
    Options { threads: std::num::NonZero::new(threads), ..Options::default() }
}

fn is_listed(rule: Rule) -> bool {
    model::rules::EQUIVALENT.iter().any(|(listed, _)| *listed == rule)
}

/// What became of each rule, in a line.
fn lines(survey: &Survey) -> Vec<String> {
    survey.fates.iter().map(|fate| format!("{} {} {:?}", fate.rule.id(), fate.exercised_by, fate.noticed)).collect()
}

#[test]
fn a_rule_that_is_switched_off_is_noticed_by_two_scenarios() {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let sample: Vec<Rule> = rules()
        .into_iter()
        .enumerate()
        .filter(|(at, rule)| at % 10 == 0 || is_listed(*rule))
        .map(|(_, rule)| rule)
        .collect();
    let survey = survey(&all(), &sample, &with_threads(threads), &Stop::new());
    assert!(!survey.is_cut);
    // those in `properties` are about a rule that is off
    for (name, reason) in &survey.left_out {
        assert!(reason == "it switches a rule off itself", "{name} was not asked: {reason}");
    }
    for fate in &survey.fates {
        let id = fate.rule.id();
        assert!(fate.mistakes.is_empty(), "without {id}: {}", fate.mistakes[0]);
        match fate.equivalent {
            Some(_) => {
                assert!(fate.noticed.is_empty(), "{id} is listed as equivalent; it is noticed: {:?}", fate.noticed)
            }
            None => assert!(fate.noticed.len() >= NOTICED_ENOUGH, "{id} is noticed only by {:?}", fate.noticed),
        }
        // what nobody exercises would be equivalent to anything
        assert!(fate.exercised_by > 0, "no scenario exercises {id}");
    }
    println!("{} rules, {} scenarios, {} checks", survey.fates.len(), survey.asked, survey.checks);
}

/// Of a hundred rules two may be explained instead.
#[test]
fn few_rules_are_explained_as_equivalent() {
    let listed = model::rules::EQUIVALENT;
    assert!(50 * listed.len() <= rules().len(), "{} of {}", listed.len(), rules().len());
    for (rule, why) in listed {
        assert!(rules().contains(rule) && why.len() > 40, "{}", rule.id());
    }
}

/// Where nobody expects what a rule is for, it survives, and that is said.
#[test]
fn a_rule_that_nobody_notices_survives() {
    let text =
        "process host { class Widget { } thread main : MTA { Widget* w = new Widget(); w->Release(); } } expect holds;";
    let quiet = Scenario::parse("quiet.scn", text).expect("it compiles");
    let asked = [Rule::ObjLast, Rule::ModLast, Rule::CtxWait];
    let survey = survey(&[quiet], &asked, &with_threads(1), &Stop::new());
    let [last, listed, elsewhere] = &survey.fates[..] else { panic!("{survey:?}") };
    assert!(last.exercised_by == 1 && last.noticed.is_empty() && !last.is_fine(), "{last:?}");
    assert!(listed.equivalent.is_some() && listed.is_fine(), "{listed:?}");
    assert!(elsewhere.exercised_by == 0 && !elsewhere.is_fine(), "{elsewhere:?}");
    // noticed, though listed
    let mut wrong = listed.clone();
    wrong.noticed.push(rundown::internal::faults::Noticed { scenario: "a.scn".into(), by: "hang".into() });
    assert!(!wrong.is_fine());
}

/// Threads change nothing, and a search that grows without the rule ends.
#[test]
fn the_table_does_not_depend_on_threads() {
    let some: Vec<Scenario> = corpus().iter().step_by(20).map(|name| scenario(name)).collect();
    let asked: Vec<Rule> = rules().into_iter().step_by(7).collect();
    let one = survey(&some, &asked, &with_threads(1), &Stop::new());
    let three = survey(&some, &asked, &with_threads(3), &Stop::new());
    assert_eq!(lines(&one), lines(&three));
    assert_eq!((one.asked, one.checks, &one.left_out), (three.asked, three.checks, &three.left_out));
}

#[test]
fn the_command_says_who_notices() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let waits = |set: &str| {
        format!(
            "process host {{ HANDLE go = CreateEvent(NULL, TRUE, FALSE, NULL); bool done = false; \
             thread first {{ {set} }} thread other {{ WaitForSingleObject(go, INFINITE); done = true; }} }} \
             never early: host.done && !is_set(host.go); expect holds;"
        )
    };
    let (one, other) = (waits("SetEvent(go); WaitForSingleObject(other, INFINITE);"), waits(""));
    let (one, other) =
        (file(&directory, "one.scn", &one), file(&directory, "two.scn", &other.replace("holds", "hang")));
    let said = command(&["check", "--fault", "all", &one, &other]);
    assert_eq!(code(&said), 1, "{}", err(&said));
    let table = out(&said);
    assert!(table.contains("\nTHR-03    killed\n") && table.contains("\nCTX-03    NOT EXERCISED\n"), "{table}");
    assert!(table.contains("one.scn: early is violated"), "{table}");
    assert!(table.contains("rules switched off by themselves over 2 scenarios"), "{table}");
    let alone = command(&["check", "--fault", "all", "--quiet", &one]);
    let table = out(&alone);
    assert!(table.contains("THR-03    killed by one") && !table.contains("\nCTX-03"), "{table}");
    let bad = file(&directory, "bad.scn", "proces host { }");
    let cases: [&[&str]; 8] = [
        &["--fault", "all", "--fault", "CTX-03", &one],
        &["--fault", "all", "--format", "json", &one],
        &["--fault", "all", "--html", "pages", &one],
        &["--fault", "all", "--reading", "all", &one],
        &["--fault", "all", "--simulate", &one],
        &["--fault", "ALL?", &one],
        &["--deny", "lone", &one],
        &["--fault", "all", &bad],
    ];
    for arguments in cases {
        let arguments: Vec<&str> = ["check"].iter().chain(arguments).copied().collect();
        let said = command(&arguments);
        assert_eq!(code(&said), 2, "{arguments:?}: {}{}", out(&said), err(&said));
    }
}
