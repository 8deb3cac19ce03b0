//! Reductions change no verdict, and are what they claim to be: states that renamings lead to one another, and no others, are one.

use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};

use model::event::Event;
use model::program::Program;
use model::reduce::{Kind, Names, Reducer, Reduction, Reductions};
use model::state::State;
use model::step::{self, Outcome};
use proptest::test_runner::TestCaseError;
use rundown::{EngineKind, Limits, Options, Report, Scenario};
use tests::generate::{Random, scenarios};
use tests::{corpus, scenario, some_of_the_corpus};

use crate::differential::{cases, runner};

/// States of one scenario that are looked at one by one.
const STATES_MAX: usize = 120;

fn reduced(reductions: Reductions) -> Options {
    Options { reductions, limits: Limits { states: Some(6_000), ..Limits::default() }, ..Options::default() }
}

fn each() -> [Reductions; 3] {
    Reduction::MERGING.map(|reduction| Reductions::FUSE.with(reduction))
}

/// The reachable states, up to a limit, in the order of discovery.
pub(crate) fn reachable(program: &Program, limit: usize) -> Vec<State> {
    let events = Event::all(program);
    let mut states = vec![step::initial(program)];
    let mut known: HashSet<State> = states.iter().cloned().collect();
    let mut next = 0;
    while next < states.len() && states.len() < limit {
        for (_, successor) in successors(program, &events, &states[next]) {
            if known.insert(successor.clone()) {
                states.push(successor);
            }
        }
        next += 1;
    }
    states
}

fn successors(program: &Program, events: &[Event], state: &State) -> Vec<(Event, State)> {
    let taken = events.iter().filter_map(|event| match step::step(program, state, event) {
        Outcome::Taken { next, .. } => Some((*event, next)),
        Outcome::Refused(_) => None,
    });
    taken.collect()
}

/// What must be the same, whichever states are taken for one. The way into a round may be a round longer, until dead values repeat.
fn said(report: &Report) -> Vec<(String, &'static str, Option<usize>)> {
    let steps = |run: &traces::run::Run| run.loop_start.is_none().then_some(run.events.len());
    // where dead values are forgotten, what goes on for ever around stuck threads can be seen to do so a step earlier
    let stuck =
        |one: &rundown::internal::PropertyReport| ["deadlock", "hang", "never_exits"].contains(&one.name.as_str());
    let length = |one: &rundown::internal::PropertyReport| one.run.as_ref().filter(|_| !stuck(one)).and_then(steps);
    report.properties.iter().map(|one| (one.name.clone(), one.verdict, length(one))).collect()
}

/// Compares a scenario's verdicts without and with each reduction; gives the states without and with all. None if it is too large.
fn compare(scenario: &Scenario) -> Result<Option<[u64; 4]>, String> {
    let plain = rundown::check(scenario, &reduced(Reductions::FUSE));
    let mut states = [plain.coverage.states; 4];
    if plain.end != checker::End::Complete {
        return Ok(None);
    }
    for (reductions, states) in each().into_iter().zip(&mut states[1..]) {
        let report = rundown::check(scenario, &reduced(reductions));
        *states = report.coverage.states;
        if said(&plain) != said(&report) || plain.word != report.word {
            return Err(format!("{reductions}: {:?} is not {:?}", said(&report), said(&plain)));
        }
        if plain.met != report.met || plain.bounds.is_empty() != report.bounds.is_empty() {
            return Err(format!("{reductions}: {:?} is not {:?}", report.met, plain.met));
        }
        if (&plain.rules, &plain.lines_never) != (&report.rules, &report.lines_never) {
            return Err(format!("{reductions}: other rules or lines were exercised"));
        }
        for property in &report.properties {
            let Some(run) = &property.run else { continue };
            if let Err(rejected) = traces::judge::judge(&report.program, run) {
                return Err(format!(
                    "{reductions}: the judge refuses {}: {}",
                    property.name,
                    rejected.text(&report.program)
                ));
            }
        }
    }
    Ok(Some(states))
}

#[test]
fn verdicts_and_distances_stay_on_the_corpus() {
    let mut failures = Vec::new();
    let mut sum = [0; 4];
    for name in corpus() {
        match compare(&scenario(&name)) {
            Ok(None) => {}
            Ok(Some(states)) => sum.iter_mut().zip(states).for_each(|(sum, states)| *sum += states),
            Err(failure) => failures.push(format!("{name}: {failure}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(sum[3] < sum[2] && sum[2] < sum[1] && sum[1] < sum[0], "states {sum:?}");
}

#[test]
fn verdicts_and_distances_stay_on_random_scenarios() {
    let cases = cases(150);
    let (whole, sums) = (Cell::new(0u32), Cell::new([0; 4]));
    let outcome = runner(cases).run(&scenarios(), |Random { text }| {
        let scenario =
            Scenario::parse("random.scn", &text).map_err(|mistake| TestCaseError::fail(mistake.to_string()))?;
        if let Some(states) = compare(&scenario).map_err(TestCaseError::fail)? {
            whole.set(whole.get() + 1);
            let sum = sums.get();
            sums.set(std::array::from_fn(|at| sum[at] + states[at]));
        }
        Ok(())
    });
    let [plain, dead, names, all] = sums.get();
    println!(
        "{cases} random scenarios: {} whole, {plain} states, {dead} of them with dead, {names} with names, {all} with symmetry",
        whole.get()
    );
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(whole.get() > cases / 2 && all <= names && names < plain);
}

/// A renaming of run-time identities that turns every table round, and every pool.
fn turned(program: &Program, pools: &[Vec<usize>], names: &Names, by: usize) -> Names {
    let mut names = names.clone();
    for pool in pools {
        let to: Vec<usize> = pool.iter().map(|thread| names.of(Kind::Thread, *thread)).collect();
        pool.iter().enumerate().for_each(|(at, thread)| names.set(Kind::Thread, *thread, to[(at + by) % to.len()]));
    }
    for kind in Kind::PLACES.iter().copied() {
        let count = kind.count(program);
        (0..count).for_each(|number| names.set(kind, number, (number + by) % count));
    }
    names
}

/// The successors of a state under a renaming are the successors, renamed; and the canonical form is blind for renamings.
fn is_even(name: &str, program: &Program, states: &[State]) {
    let reducer = Reducer::new(program, Reductions::all());
    let Some(symmetries) = reducer.symmetries() else { return };
    let events = Event::all(program);
    let future = |state: &State| -> BTreeSet<State> {
        successors(program, &events, state).into_iter().map(|(_, next)| reducer.canonical(program, &next)).collect()
    };
    let renamings = symmetries.all(program);
    for (index, state) in states.iter().enumerate() {
        let names = turned(program, symmetries.pools(), &renamings[index % renamings.len()], index % 5);
        let other = reducer.under(program, state, &names);
        let canonical = reducer.canonical(program, state);
        assert_eq!(canonical, reducer.canonical(program, &other), "{name}: {state:?}\nas {names:?}");
        assert_eq!(canonical, reducer.canonical(program, &canonical), "{name}: {state:?}");
        let expected = future(state);
        assert!(expected == future(&other), "{name}: the futures of {state:?}\nas {names:?}");
        assert!(expected == future(&canonical), "{name}: the futures of {state:?} and its canonical form");
    }
}

#[test]
fn renamed_states_have_renamed_futures_on_the_corpus() {
    for name in corpus() {
        let program = scenario(&name).program;
        is_even(&name, &program, &reachable(&program, STATES_MAX));
    }
}

#[test]
fn renamed_states_have_renamed_futures_on_random_scenarios() {
    let outcome = runner(cases(100)).run(&scenarios(), |Random { text }| {
        let scenario =
            Scenario::parse("random.scn", &text).map_err(|mistake| TestCaseError::fail(mistake.to_string()))?;
        is_even("random", &scenario.program, &reachable(&scenario.program, 60));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// Clients that marshal, call, wait and end beside one another; small enough to be looked at state by state.
fn copied() -> Vec<(String, Scenario)> {
    let texts = [
        "process host { class Widget : LOCAL_SERVER { HRESULT Work() { return S_OK; } } thread control : MTA { } }
         process client[3] { thread main : MTA { Widget* w = CoCreateInstance(Widget); if (w) w->Release(); } }
         bounds { pool_threads = 2; objects = 3; stubs = 3; proxies = 3; packets = 3; calls = 3; }",
        "IStream* wire;
         process host { class Widget { HRESULT Work() { return S_OK; } } thread control : MTA {
             Widget* w = new Widget();
             CoMarshalInterface(wire, IID_IWidget, w, MSHCTX_LOCAL, NULL, MSHLFLAGS_TABLESTRONG);
             wire->Seek(0, STREAM_SEEK_SET, NULL); } }
         process client[3] { int n = 0; CRITICAL_SECTION cs; thread main : MTA { Widget* w = NULL;
             CoUnmarshalInterface(wire, IID_IWidget, (void**)&w);
             if (w) { w->Work(); EnterCriticalSection(&cs); n = n + 1; LeaveCriticalSection(&cs); w->Release(); } } }
         bounds { pool_threads = 3; proxies = 3; calls = 3; objects = 1; stubs = 1; packets = 1; }",
    ];
    let named = texts.iter().enumerate();
    named
        .map(|(index, text)| {
            let name = format!("copies {index}");
            let scenario = Scenario::parse(&name, text).unwrap_or_else(|mistake| panic!("{mistake}"));
            (name, scenario)
        })
        .collect()
}

/// Without exchanging copies the states are so and so many; with it, the orbits of the states that are left have as many members
/// together, and each orbit is what trying all exchanges gives.
#[test]
fn orbits_add_up_to_all_states() {
    for (name, scenario) in copied() {
        let program = &scenario.program;
        is_even(&name, program, &reachable(program, STATES_MAX));
        let (names, all) = (Reductions::FUSE.with(Reduction::Names), Reductions::all().without(Reduction::Por));
        let count = |reductions| {
            let report = rundown::check(&scenario, &Options { reductions, ..Options::default() });
            assert_eq!(report.end, checker::End::Complete, "{name}");
            report.coverage.states
        };
        let (named, exchanged) = (canonical(program, names), canonical(program, all));
        assert_eq!(count(names), named.len() as u64, "{name}");
        assert_eq!(count(all), exchanged.len() as u64, "{name}");
        let reducer = Reducer::new(program, all);
        let by_name = Reducer::new(program, names);
        let exchanges = reducer.symmetries().map(|symmetries| symmetries.all(program)).unwrap_or_default();
        assert_eq!(exchanges.len(), 6, "{name}");
        let mut sum = 0;
        for state in &exchanged {
            let orbit: HashSet<State> = exchanges
                .iter()
                .map(|exchange| by_name.canonical(program, &reducer.under(program, state, exchange)))
                .collect();
            assert_eq!(reducer.orbit(program, state), orbit.len() as u64, "{name}: {state:?}");
            assert!(orbit.is_subset(&named), "{name}: {state:?}");
            sum += orbit.len();
        }
        assert_eq!(sum, named.len(), "{name}");
    }
}

/// The canonical states that are reachable.
fn canonical(program: &Program, reductions: Reductions) -> HashSet<State> {
    let reducer = Reducer::new(program, reductions);
    let events = Event::all(program);
    let first = reducer.canonical(program, &step::initial(program));
    let mut known = HashSet::from([first.clone()]);
    let mut todo = vec![first];
    while let Some(state) = todo.pop() {
        for (_, next) in successors(program, &events, &state) {
            let next = reducer.canonical(program, &next);
            if known.insert(next.clone()) {
                todo.push(next);
            }
        }
    }
    known
}

/// The engines see one reduced system.
#[test]
fn engines_agree_on_the_reduced_system() {
    let mut compared = 0;
    for (name, scenario) in
        copied().into_iter().chain(some_of_the_corpus(2).map(|name| (name.clone(), scenario(&name))))
    {
        let with = |engine| {
            let limits = Limits { states: Some(60), ..Limits::default() };
            let options = Options {
                engine: Some(engine),
                reductions: Reductions::all().without(Reduction::Por),
                limits,
                ..Options::default()
            };
            rundown::check(&scenario, &options)
        };
        let ours = with(EngineKind::BreadthFirst);
        if ours.end != checker::End::Complete {
            continue;
        }
        for engine in [EngineKind::Sequential, EngineKind::Reference, EngineKind::Stateright] {
            let theirs = with(engine);
            assert_eq!(ours.coverage.states, theirs.coverage.states, "{name}: {}", engine.name());
            assert_eq!(said(&ours), said(&theirs), "{name}: {}", engine.name());
        }
        compared += 1;
    }
    assert!(compared > 50, "only {compared} scenarios were compared");
}
