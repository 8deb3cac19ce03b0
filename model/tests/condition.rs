//! One condition asked of a scenario from outside: it means what a claim means, and nothing but a condition is taken.

use model::event::Event;
use model::lang::lower;
use model::program::Program;
use model::state::State;
use model::step::{self, Outcome};

const SCENARIO: &str = "
process host {
    int<0..3> count = 0;
    HANDLE done = CreateEvent(NULL, TRUE, FALSE, NULL);
    class Widget : LOCAL_SERVER { HRESULT Work() { return S_OK; } }
    thread main { count = 1; count = 2; SetEvent(done); }
}
never small: host.count == 2 && !is_set(host.done);
";

fn program(text: &str) -> Program {
    lower::compile(text).unwrap_or_else(|diagnostics| panic!("{diagnostics:?}")).0
}

/// The states of the scenario's only run.
fn states(program: &Program) -> Vec<State> {
    let mut states = vec![step::initial(program)];
    while states.len() < 100 {
        let state = &states[states.len() - 1];
        let next = Event::all(program).into_iter().find_map(|event| match step::step(program, state, &event) {
            Outcome::Taken { next, .. } => Some(next),
            Outcome::Refused(_) => None,
        });
        match next {
            Some(next) => states.push(next),
            None => break,
        }
    }
    states
}

#[test]
fn a_condition_means_what_the_same_claim_means() {
    let program = program(SCENARIO);
    let condition = lower::condition(SCENARIO, "host.count == 2 && !is_set(host.done)").expect("a condition");
    let told: Vec<bool> = states(&program).iter().map(|state| step::claim(&program, state, &condition)).collect();
    let claimed: Vec<bool> =
        states(&program).iter().map(|state| step::claim(&program, state, &program.claims[0].condition)).collect();
    assert_eq!(told, claimed);
    assert!(told.contains(&true) && told.contains(&false), "{told:?}");
}

#[test]
fn names_need_no_process_where_they_are_unambiguous() {
    let program = program(SCENARIO);
    for text in ["count == 0 && !connected(Widget)", "alive(Widget) == 0", "  !ended(main) // to the end\n", "true"] {
        let condition = lower::condition(SCENARIO, text).unwrap_or_else(|told| panic!("{text}: {told:?}"));
        assert!(step::claim(&program, &step::initial(&program), &condition), "{text}");
    }
}

#[test]
fn nothing_but_one_condition_is_taken() {
    for text in [
        "",
        "   ",
        "count ==",
        "count == 0;",
        "true; never more: true",
        "true; process evil { thread main { } }",
        "count = 1",
        "count++",
        "nobody == 0",
        "alive(Nobody)",
        "what(Widget)",
        "this",
        "new Widget()",
        "\"text\"",
        "(true",
        "true)",
        "}",
        "/* true",
        "count == 99999999999999999999",
    ] {
        let told = lower::condition(SCENARIO, text).expect_err(text);
        assert!(!told.is_empty(), "`{text}` is refused without a word");
        for diagnostic in told {
            let (start, end) = (diagnostic.primary.0.start as usize, diagnostic.primary.0.end as usize);
            assert!(start <= end && end <= text.len(), "`{text}`: {diagnostic:?} points outside of it");
        }
    }
}

#[test]
fn a_deep_or_long_condition_is_refused_in_words() {
    let deep = format!("{}true{}", "(".repeat(5000), ")".repeat(5000));
    let long = vec!["true"; 5000].join(" && ");
    for text in [deep, long] {
        assert!(lower::condition(SCENARIO, &text).is_err());
    }
}
