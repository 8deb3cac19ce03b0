//! The judge against mutants of good runs: whatever no longer shows the property is refused.

mod common;

use common::scenarios::{ALL, HOLDER, LOCKS};
use common::{program, shortest};
use model::event::{Actor, Event};
use model::program::Program;
use model::properties::{Decided, Property};
use model::state::State;
use model::step::{Outcome, actor, claim, initial, step};
use model::waits;
use traces::judge::{LOOP_QUESTIONS_MAX, Rejected, judge};
use traces::run::Run;

/// The last state, if the events are a run at all.
fn end(program: &Program, events: &[Event]) -> Option<State> {
    let possible = Event::all(program);
    events.iter().try_fold(initial(program), |state, event| {
        possible.contains(event).then_some(())?;
        match step(program, &state, event) {
            Outcome::Taken { next, .. } => Some(next),
            Outcome::Refused(_) => None,
        }
    })
}

fn enabled(program: &Program, state: &State) -> Vec<Event> {
    let taken = |event: &Event| matches!(step(program, state, event), Outcome::Taken { .. });
    Event::all(program).into_iter().filter(taken).collect()
}

/// Does the run show the property? Written a second time on purpose, from the properties' definitions.
fn shows(program: &Program, run: &Run) -> bool {
    let Some(last) = end(program, &run.events) else { return false };
    let quiet =
        last.breach.is_none() && enabled(program, &last).iter().all(|event| actor(program, event) == Actor::Misfortune);
    match Property::by_name(&run.property) {
        None => {
            program.claims.iter().any(|named| named.name == run.property && claim(program, &last, &named.condition))
        }
        Some(property) => match property.decided() {
            Decided::AtStep => last.breach.is_some_and(|breach| breach.property == property),
            Decided::AtEnd(_) => quiet && !waits::holds_at_end(program, &last, property),
            Decided::Stuck(_) => {
                let moves = enabled(program, &last);
                let own =
                    |thread: usize| moves.iter().any(|event| actor(program, event) == Actor::Thread(thread as u8));
                let resting = waits::resting(program, &last);
                let stuck = (0..program.threads.len())
                    .filter(|thread| resting & (1 << thread) == 0 && !own(*thread))
                    .fold(0, |set, thread| set | 1 << thread);
                waits::classify(program, &last, stuck, true).contains(&property)
            }
        },
    }
}

fn mutants(program: &Program, run: &Run) -> Vec<Run> {
    let with = |events: Vec<Event>| Run { property: run.property.clone(), events, loop_start: None, about: Vec::new() };
    let all = Event::all(program);
    let mut found = Vec::new();
    for at in 0..run.events.len() {
        let mut events = run.events.clone();
        events.remove(at);
        found.push(with(events));
        found.push(with(run.events[..at].to_vec()));
        let mut events = run.events.clone();
        events.insert(at, run.events[at]);
        found.push(with(events));
        for other in at + 1..run.events.len() {
            let mut events = run.events.clone();
            events.swap(at, other);
            found.push(with(events));
        }
        for other in &all {
            if *other != run.events[at] {
                let mut events = run.events.clone();
                events[at] = *other;
                found.push(with(events));
            }
        }
        for wild in [
            Event::Run { thread: 200, choice: 0 },
            Event::Run { thread: 0, choice: 100 },
            Event::TimeOut { thread: 99 },
            Event::Dispatch { call: 250 },
            Event::RundownProxy { proxy: 250 },
            Event::RundownPacket { packet: 250 },
            Event::Reclaim { packet: 250 },
            Event::Lose { packet: 0 },
            Event::Lose { packet: 250 },
            Event::Crash { process: 0 },
            Event::Crash { process: 250 },
        ] {
            let mut events = run.events.clone();
            events[at] = wild;
            found.push(with(events));
        }
    }
    for event in &all {
        let mut events = run.events.clone();
        events.push(*event);
        found.push(with(events));
    }
    let claims = program.claims.iter().map(|claim| claim.name.as_str());
    for name in Property::ALL.iter().map(|property| property.name()).chain(claims).chain(["", "no such"]) {
        if name != run.property {
            found.push(Run { property: name.into(), events: run.events.clone(), loop_start: None, about: Vec::new() });
        }
    }
    for start in [0, run.events.len() / 2, run.events.len(), usize::MAX] {
        found.push(Run { loop_start: Some(start), ..run.clone() });
    }
    found
}

#[test]
fn every_mutant_that_changes_the_meaning_is_refused() {
    let (mut refused, mut kept) = (0, 0);
    for (text, property) in ALL {
        let program = program(text);
        let run = shortest(&program, property).expect("a run");
        assert!(shows(&program, &run), "{property}");
        for mutant in mutants(&program, &run) {
            match judge(&program, &mutant) {
                Ok(_) => {
                    assert!(mutant.loop_start.is_none() && shows(&program, &mutant), "{property}: accepted {mutant:?}");
                    kept += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    println!("{refused} refused, {kept} still show it");
    assert!(refused >= 500, "{refused}");
    assert!(kept * 10 < refused, "the mutants hardly change anything: {kept} of {refused}");
}

#[test]
fn a_refusal_says_where_and_what_else_was_possible() {
    let program = program(LOCKS);
    let mut run = shortest(&program, "deadlock").expect("a run");
    run.events.push(run.events[0]);
    let rejected = judge(&program, &run).expect_err("the thread waits");
    assert_eq!(
        rejected.text(&program),
        "step 3 (host.control) does not fit: THR-07 refuses it: A critical section is entered when no other thread holds it; \
         its holder may enter again.; possible there: nothing"
    );
}

#[test]
fn a_property_that_is_off_is_not_broken() {
    let mut program = program(HOLDER);
    let run = shortest(&program, "never_exits").expect("a run");
    program.off.push(Property::NeverExits);
    assert_eq!(judge(&program, &run), Err(Rejected::SwitchedOff(Property::NeverExits)));
}

#[test]
fn a_loop_closes_is_fair_and_never_satisfies_the_claim() {
    const POLL: &str = "process host { int x = 0; thread poll { while (true) { Sleep(1); } } ";
    let looping = |thread: u8, loop_start| Run {
        property: "done".into(),
        events: vec![Event::Run { thread, choice: 0 }; 2],
        loop_start,
        about: Vec::new(),
    };
    let alone = program(&format!("{POLL} }} eventually done: host.x == 1;"));
    assert!(judge(&alone, &looping(0, Some(0))).is_ok());
    assert!(judge(&alone, &looping(0, Some(1))).is_ok());
    for wrong in [None, Some(2), Some(3)] {
        assert!(judge(&alone, &looping(0, wrong)).is_err(), "{wrong:?}");
    }
    let unfair = program(&format!("{POLL} thread set {{ x = 1; }} }} eventually done: host.x == 1;"));
    let text = judge(&unfair, &looping(0, Some(0))).expect_err("unfair").text(&unfair);
    assert_eq!(text, "host.set could move all the time and never does");
    let idle = program(&format!("{POLL} }} eventually done: host.x == 1 after host.x == 2;"));
    assert!(judge(&idle, &looping(0, Some(0))).is_err(), "the premise never holds");
    let ends = program("process host { int x = 0; thread one { x = 2; } } eventually done: host.x == 1;");
    let run = |count| Run {
        property: "done".into(),
        events: vec![Event::Run { thread: 0, choice: 0 }; count],
        loop_start: None,
        about: Vec::new(),
    };
    assert!(judge(&ends, &run(0)).is_err(), "something still happens");
    let length = (1..4).find(|count| judge(&ends, &run(*count)).is_ok());
    assert!(length.is_some());
}

/// How long a loop may be does not depend on how much its steps could pick from.
#[test]
fn what_a_step_picks_from_does_not_make_a_loop_too_long() {
    let waits = "{ WaitForSingleObject(never, INFINITE); }";
    let others: String = (0..7).map(|thread| format!("thread t{thread} {waits}\n")).collect();
    let program = program(&format!(
        "process host {{ int x = 0; CONDITION_VARIABLE cv; HANDLE never = CreateEvent(NULL, TRUE, FALSE, NULL);\n\
         thread poll {{ while (x == 0) {{ Sleep(1); }} WakeConditionVariable(&cv); }}\n{others} }}\n\
         eventually done: host.x == 1;"
    ));
    let run = |count| Run {
        property: "done".into(),
        events: vec![Event::Run { thread: 0, choice: 0 }; count],
        loop_start: Some(0),
        about: Vec::new(),
    };
    let events = Event::all(&program);
    let steps = events.iter().filter(|event| !matches!(event, Event::Pick { .. })).count();
    // each time round takes two steps
    let most = LOOP_QUESTIONS_MAX / steps / 2 * 2;
    assert!(events.len() * most > LOOP_QUESTIONS_MAX, "there is nothing to pick from");
    let judged = judge(&program, &run(most)).map_err(|rejected| rejected.text(&program));
    assert!(judged.is_ok(), "{judged:?}");
    let told = judge(&program, &run(most + 2)).map_err(|rejected| rejected.text(&program)).expect_err("too long");
    assert!(told.contains("more than 50000 questions"), "{told}");
}
