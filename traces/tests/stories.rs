//! The stories of small scenarios, as a tired developer reads them.

mod common;

use common::scenarios::{ALL, CLAIM, DRAIN, HOLDER, LOCKS, PACKET, RAW, UNLOAD};
use common::{program, shortest};
use traces::run::Run;
use traces::story::{StoryOptions, story};

fn told(text: &str, property: &str) -> String {
    let program = program(text);
    let run = shortest(&program, property).expect("a run that the judge accepts");
    story(&program, &run, &StoryOptions::default())
}

#[test]
fn unload_in_use() {
    insta::assert_snapshot!(told(UNLOAD, "unload_in_use"));
}

#[test]
fn lock_order() {
    insta::assert_snapshot!(told(LOCKS, "deadlock"));
}

#[test]
fn leaked_packet() {
    insta::assert_snapshot!(told(PACKET, "leak_packet"));
}

#[test]
fn drain_deadlock() {
    insta::assert_snapshot!(told(DRAIN, "deadlock"));
}

#[test]
fn raw_pointer() {
    insta::assert_snapshot!(told(RAW, "use_after_free"));
}

#[test]
fn never_exits() {
    insta::assert_snapshot!(told(HOLDER, "never_exits"));
}

#[test]
fn own_claim() {
    insta::assert_snapshot!(told(CLAIM, "both"));
}

#[test]
fn every_step_and_a_narrow_page() {
    let program = program(UNLOAD);
    let run = shortest(&program, "unload_in_use").expect("a run");
    let options = StoryOptions { all_steps: true, width: 72, last_safe: Some(2), ..StoryOptions::default() };
    let told = story(&program, &run, &options);
    assert!(!told.contains("folded"));
    assert!(told.contains("the last good moment"));
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    for (text, property) in ALL {
        assert_eq!(told(text, property), told(text, property));
    }
}

#[test]
fn no_prefix_of_a_run_and_no_width_upsets_the_story() {
    for (text, property) in ALL {
        let program = program(text);
        let run = shortest(&program, property).expect("a run");
        for length in 0..=run.events.len() {
            for (_, told_as) in ALL {
                let part = Run {
                    property: (*told_as).into(),
                    events: run.events[..length].to_vec(),
                    loop_start: None,
                    about: Vec::new(),
                };
                for width in [0, 40, 110] {
                    let options = StoryOptions { width, last_safe: Some(length), ..StoryOptions::default() };
                    assert!(story(&program, &part, &options).contains("what happened"));
                }
            }
        }
    }
}

#[test]
fn a_loop_and_a_long_run() {
    let text = "process host {\n    int x = 0;\n    thread poll { while (x == 0) { Sleep(1); } }\n}\neventually done: host.x == 1;\n";
    let program = program(text);
    let looping = |count| Run {
        property: "done".into(),
        events: vec![model::event::Event::Run { thread: 0, choice: 0 }; count],
        loop_start: Some(0),
        about: Vec::new(),
    };
    assert!(traces::judge::judge(&program, &looping(2)).is_ok());
    insta::assert_snapshot!(story(&program, &looping(2), &StoryOptions::default()));
    assert!(story(&program, &looping(6000), &StoryOptions::default()).lines().count() > 6000);
    assert!(story(&program, &looping(20_001), &StoryOptions::default()).contains("at most 20000"));
}

#[test]
fn tabs_and_foreign_letters_keep_their_columns() {
    let text = "process host {\n\tint a = 0;\n\tthread one { /* \u{fc} */\ta = 1; assert(a == 0); }\n}\n";
    let told = told(text, "assertion");
    let lines: Vec<&str> = told.lines().collect();
    let at = lines.iter().position(|line| line.contains("^^^")).expect("a caret");
    let column = |line: &str, what: &str| line.chars().count() - line[line.find(what).unwrap()..].chars().count();
    assert_eq!(column(lines[at], "^"), column(lines[at - 1], "assert("), "{told}");
    assert!(!told.contains('\u{202e}') && !told.contains('\t'));
}
