//! The live page shows exactly what the engine explores: the same states, the same edges, what holds in each state, and for what
//! cannot happen the refusal that `step` gives.

use std::collections::{BTreeMap, BTreeSet};

use checker::{Expansion, Kind, Plan, System};
use model::event::Event;
use model::names;
use model::state::State;
use model::step::{self, Outcome, Refusal};
use rundown::internal::Stop;
use rundown::internal::binding::Service;
use rundown::internal::explore::gate::Route;
use rundown::internal::explore::reply::Status;
use rundown::internal::explore::{Session, api};
use rundown::{Limits, Options};
use serde_json::{Value, json};
use tests::{corpus, root, scenario};

/// Answers a request as the server would.
fn ask(session: &Session, route: Route, body: &Value) -> Value {
    let reply = api::answer(session, route, body.to_string().as_bytes(), &Stop::new());
    assert_eq!(reply.status, Status::Fine, "{body}: {}", String::from_utf8_lossy(&reply.body));
    serde_json::from_slice(&reply.body).expect("JSON")
}

fn open(name: &str) -> Session {
    Session::open(&root().join(name), &Options::default()).unwrap_or_else(|mistake| panic!("{mistake}"))
}

/// The engine's graph: its states, and from each one the events with the states that they lead to.
struct Explored {
    service: Service,
    states: Vec<State>,
    edges: Vec<Vec<(Event, usize)>>,
}

/// The graph of a scenario, if it is not larger than that.
fn explored(name: &str, most: u64) -> Option<Explored> {
    let service = Service::new(scenario(name).program);
    let limits = Limits { states: Some(most), ..Limits::default() };
    let packed = checker::states(&service, &Plan { limits, ..Plan::default() }, &Stop::new(), &mut ()).ok()?;
    let states: Vec<State> = packed.chunks(service.words()).map(|words| service.unpack(words)).collect();
    let numbers: BTreeMap<&[u64], usize> = packed.chunks(service.words()).zip(0..).collect();
    let mut expansion = Expansion::of(&service);
    let edges = states.iter().map(|state| {
        expansion.clear_taken();
        service.expand(state, &mut expansion);
        let target = |state: &State| {
            let mut words = vec![0; service.words()];
            service.pack(state, &mut words);
            numbers[words.as_slice()]
        };
        expansion.taken().iter().map(|(event, state)| (*event, target(state))).collect()
    });
    let edges = edges.collect();
    Some(Explored { service, states, edges })
}

impl Explored {
    /// The names of a shortest run to each state.
    fn ways(&self) -> Vec<Vec<String>> {
        let mut ways: Vec<Option<Vec<String>>> = vec![None; self.states.len()];
        ways[0] = Some(Vec::new());
        // the engine numbers states in the order of discovery: a state's way is known when it is reached
        for number in 0..self.states.len() {
            let way = ways[number].clone().expect("found before it is expanded");
            for (event, target) in &self.edges[number] {
                if ways[*target].is_none() {
                    let name = names::event(self.service.program(), event);
                    ways[*target] = Some(way.iter().cloned().chain([name]).collect());
                }
            }
        }
        ways.into_iter().map(|way| way.expect("every state is reached")).collect()
    }
}

/// The moment after the last step of a run.
fn last(run: &Value) -> &Value {
    run["steps"].as_array().and_then(|steps| steps.last()).unwrap_or(&run["start"])
}

/// The verdicts on properties after the last step, each by the moment in which it changed last.
fn verdicts(run: &Value) -> BTreeMap<u64, u64> {
    let moments = [&run["start"]].into_iter().chain(run["steps"].as_array().into_iter().flatten());
    let told = moments.flat_map(|moment| moment["properties"].as_array().cloned().unwrap_or_default());
    told.map(|pair| (pair[0].as_u64().expect("a property"), pair[1].as_u64().expect("a verdict"))).collect()
}

fn named(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|one| one["name"].as_str().expect("a name")).collect()
}

/// Scenarios small enough to ask for every state and edge: three of each folder, and never fewer than ten.
fn small() -> Vec<(String, Explored)> {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for name in corpus() {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_string();
        if *taken.get(&folder).unwrap_or(&0) >= 3 {
            continue;
        }
        if let Some(graph) = explored(&name, 60).filter(|graph| graph.states.len() >= 15) {
            *taken.entry(folder).or_default() += 1;
            found.push((name, graph));
        }
    }
    assert!(found.len() >= 10, "only {} scenarios are small enough", found.len());
    found
}

#[test]
fn the_live_page_shows_the_engines_graph() {
    let (mut states, mut edges, mut refusals) = (0, 0, 0);
    for (name, graph) in small() {
        let session = open(&name);
        let program = graph.service.program();
        let ways = graph.ways();
        let runs: Vec<Value> =
            ways.iter().map(|way| ask(&session, Route::Run, &json!({ "names": way }))["run"].take()).collect();
        let prints: Vec<&str> = runs.iter().map(|run| last(run)["fingerprint"].as_str().expect("one")).collect();
        assert_eq!(prints.iter().collect::<BTreeSet<_>>().len(), prints.len(), "{name}: two states look the same");
        for (number, run) in runs.iter().enumerate() {
            let state = &graph.states[number];
            let next = &last(run)["next"];
            let enabled = named(&next["enabled"]);
            let engine: Vec<String> =
                graph.edges[number].iter().map(|(event, _)| names::event(program, event)).collect();
            assert_eq!(enabled, engine, "{name}: what can happen after {:?}", ways[number]);
            for (event, target) in &graph.edges[number] {
                let choose = names::event(program, event);
                let answer = ask(&session, Route::Next, &json!({ "names": ways[number], "choose": choose }));
                assert_eq!(answer["misfit"], Value::Null, "{name}: {choose}");
                assert_eq!(
                    last(&answer["run"])["fingerprint"],
                    prints[*target],
                    "{name}: {choose} after {:?}",
                    ways[number]
                );
                edges += 1;
            }
            refusals += refused_as_step_says(&graph, state, &next["disabled"], &name);
            properties_as_the_engine_says(&graph, state, run, &name);
            states += 1;
        }
    }
    println!("{states} states, {edges} edges, {refusals} refusals");
    assert!(states > 300 && edges > 500 && refusals > 300, "{states} states, {edges} edges, {refusals} refusals");
}

/// Every event that is shown as impossible is refused by `step`, by the rule that is shown.
fn refused_as_step_says(graph: &Explored, state: &State, disabled: &Value, name: &str) -> usize {
    let program = graph.service.program();
    let events: BTreeMap<String, Event> =
        Event::all(program).into_iter().map(|event| (names::event(program, &event), event)).collect();
    let disabled = disabled.as_array().expect("a list");
    for one in disabled {
        let event = one["name"].as_str().and_then(|name| events.get(name)).expect("an event");
        let rule = one["rule"].as_str();
        assert!(!one["reason"].as_str().unwrap_or("").is_empty(), "{name}: {one} without a reason");
        match step::step(program, state, event) {
            Outcome::Refused(Refusal::Rule(refusing)) => assert_eq!(rule, Some(refusing.id()), "{name}: {one}"),
            Outcome::Refused(Refusal::Bound(bound)) => {
                assert!(rule.is_none() && one["reason"].to_string().contains(bound.name()), "{name}: {one}");
            }
            Outcome::Refused(Refusal::Broken) => assert!(rule.is_none(), "{name}: {one}"),
            other => panic!("{name}: {one}, but step says {other:?}"),
        }
    }
    disabled.len()
}

/// What a state alone decides is told for that state, whichever run led there.
fn properties_as_the_engine_says(graph: &Explored, state: &State, run: &Value, name: &str) {
    let told = verdicts(run);
    for (index, property) in graph.service.properties().iter().enumerate() {
        let told = told.get(&(index as u64)).copied();
        if property.kind == Kind::Always {
            let violated = !graph.service.holds(index, state);
            assert_eq!(told == Some(1), violated, "{name}: {} is told as {told:?}", property.name);
        }
    }
}

#[test]
fn what_does_not_fit_is_said_with_its_step_and_rule() {
    let mut said = 0;
    for (name, graph) in small() {
        let session = open(&name);
        let ways = graph.ways();
        for way in ways.iter().step_by(7) {
            let run = ask(&session, Route::Run, &json!({ "names": way }))["run"].take();
            for one in last(&run)["next"]["disabled"].as_array().expect("a list") {
                let answer = ask(&session, Route::Next, &json!({ "names": way, "choose": one["name"] }));
                assert_eq!(answer["misfit"]["step"], way.len(), "{name}");
                assert_eq!(last(&answer["run"])["fingerprint"], last(&run)["fingerprint"], "{name}: it moved");
                if let Some(id) = one["rule"].as_str() {
                    assert!(answer["misfit"]["text"].to_string().contains(id), "{name}: {answer}");
                    said += 1;
                }
            }
        }
    }
    assert!(said > 20, "{said}");
}

/// From the start, the way to a violation is as long as the one that `check` finds; the run that it leads to breaks the property.
#[test]
fn the_way_to_a_violation_is_the_shortest() {
    let mut ways = 0;
    for name in corpus().iter().filter(|name| name.contains("/field/") || name.contains("/properties/")) {
        let scenario = scenario(name);
        let limits = Limits { states: Some(20_000), ..Limits::default() };
        let report = rundown::check(&scenario, &Options { limits, ..Options::default() });
        if report.coverage.states >= 20_000 {
            continue;
        }
        let session = open(name);
        // the page goes to the nearest violation of a property, whichever it is
        for property in report.properties.iter().filter(|property| property.violated && property.number <= 1) {
            let Some(run) = &property.run else { continue };
            let goal = json!({ "names": [], "goal": { "property": property.name } });
            let found = ask(&session, Route::Find, &goal);
            let names = found["names"].as_array().unwrap_or_else(|| panic!("{name}: {} {found}", property.name));
            assert_eq!(names.len(), run.events.len(), "{name}: {}", property.name);
            let answer = ask(&session, Route::Run, &json!({ "names": names }));
            assert_eq!(answer["misfit"], Value::Null, "{name}: {}", property.name);
            // half way along the rest of the way is left
            let half = &names[..names.len() / 2];
            let rest = ask(&session, Route::Find, &json!({ "names": half, "goal": { "property": property.name } }));
            if run.loop_start.is_none() {
                assert_eq!(
                    rest["names"].as_array().map(Vec::len),
                    Some(names.len()),
                    "{name}: {} {rest}",
                    property.name
                );
            }
            let any = ask(&session, Route::Find, &json!({ "names": [], "goal": { "property": "*" } }));
            assert!(any["names"].is_array() && any["property"].is_string(), "{name}: {any}");
            ways += 1;
        }
    }
    assert!(ways >= 15, "only {ways} violations");
}

/// The shortest way to a state where something holds, and the word that there is none.
#[test]
fn the_way_to_a_condition_is_the_shortest() {
    let name = "scenarios/field/c34-broken.scn";
    let session = open(name);
    let graph = explored(name, 1000).expect("a small scenario");
    let (program, text) = (graph.service.program(), "ended(hook_thread)");
    let condition = model::lang::lower::condition(&program.source, text).expect("a condition");
    let ways = graph.ways();
    let nearest = (0..ways.len()).filter(|number| step::claim(program, &graph.states[*number], &condition));
    let nearest = nearest.map(|number| ways[number].len()).min();
    let goal = |text: &str| json!({ "names": [], "goal": { "condition": text } });
    let found = ask(&session, Route::Find, &goal(text));
    assert_eq!(found["names"].as_array().map(Vec::len), nearest, "{found}");
    let here = ask(&session, Route::Find, &goal("true"));
    assert_eq!(here, json!({ "names": [] }));
    let nowhere = ask(&session, Route::Find, &goal("false"));
    assert_eq!((&nowhere["unreachable"], &nowhere["states"]), (&json!(true), &json!(graph.states.len())));
    let wrong = ask(&session, Route::Find, &goal("ended(hook_thred)"));
    assert!(wrong["error"].to_string().contains("hook_thread"), "{wrong}");
}
