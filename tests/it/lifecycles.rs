//! The lifecycles as tables and graphs: a change of one cell is a change of one cell in a snapshot.

use std::collections::{BTreeSet, HashSet, VecDeque};

use model::event::Event;
use model::lifecycle::Matrix;
use model::lifecycle::packet::{self, PacketPhase};
use model::program::{PacketKind, Program};
use model::state::State;
use model::step::{Outcome, step};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;
use tests::{corpus, root, scenario};

/// States of one scenario that are looked at.
const STATES_MAX: usize = 400;

#[test]
fn matrices() {
    let text: Vec<String> = model::lifecycle::all().iter().map(|matrix| matrix.text()).collect();
    insta::assert_snapshot!("matrices", text.join("\n"));
}

#[test]
fn graphs() {
    let text: Vec<String> = model::lifecycle::all().iter().map(|matrix| matrix.dot()).collect();
    insta::assert_snapshot!("graphs", text.join("\n"));
}

/// Every state of every lifecycle can be reached from where it starts, so no cell describes a state that never is.
#[test]
fn every_state_is_reachable_in_its_own_table() {
    for matrix in model::lifecycle::all() {
        let mut graph = DiGraph::<&str, ()>::new();
        let nodes: Vec<_> = matrix.states.iter().map(|state| graph.add_node(*state)).collect();
        let index = |name: &str| matrix.states.iter().position(|state| *state == name).map(|at| nodes[at]);
        for (_, cells) in &matrix.rows {
            for (from, cell) in nodes.iter().zip(cells) {
                if let Ok(to) = cell
                    && let Some(to) = index(to)
                {
                    graph.add_edge(*from, to, ());
                }
            }
        }
        let mut reached = petgraph::visit::Dfs::new(&graph, nodes[0]);
        let mut count = 0;
        while reached.next(&graph).is_some() {
            count += 1;
        }
        // reading a table packet does not spend it
        let never = usize::from(matrix.name.starts_with("packet (table"));
        assert_eq!(count + never, matrix.states.len(), "{}: a state cannot be reached", matrix.name);
    }
}

/// The states between which an entity can go to and fro without starting anew. What is cut or destroyed and comes back to life is seen here.
#[test]
fn what_goes_to_and_fro() {
    let mut text = String::new();
    for matrix in model::lifecycle::all() {
        let mut graph = DiGraph::<&str, ()>::new();
        let nodes: Vec<_> = matrix.states.iter().map(|state| graph.add_node(*state)).collect();
        for (from, cell) in matrix.rows.iter().flat_map(|(_, cells)| nodes.iter().zip(cells)) {
            if let Some(to) = cell.ok().and_then(|to| matrix.states[1..].iter().position(|state| *state == to)) {
                graph.add_edge(*from, nodes[1 + to], ());
            }
        }
        let mut rounds: Vec<String> = kosaraju_scc(&graph)
            .into_iter()
            .filter(|states| states.len() > 1)
            .map(|states| {
                let mut states: Vec<_> = states.into_iter().collect();
                states.sort();
                states.into_iter().map(|state| graph[state]).collect::<Vec<_>>().join(", ")
            })
            .collect();
        rounds.sort();
        let told = if rounds.is_empty() { "nothing".to_string() } else { rounds.join("; ") };
        text.push_str(&format!("{}: {told}\n", matrix.name));
    }
    insta::assert_snapshot!("to_and_fro", text);
}

/// What a scenario's states show of each lifecycle: its name, and the state that each entity is in.
fn shown(state: &State) -> Vec<(&'static str, Vec<&'static str>)> {
    let locks = |locks: u8| if locks > 0 { "Held" } else { "Free" };
    vec![
        ("object", state.objects.iter().map(|object| object.phase.name()).collect()),
        ("stub manager", state.stubs.iter().map(|stub| stub.phase.name()).collect()),
        ("proxy", state.proxies.iter().map(|proxy| proxy.phase.name()).collect()),
        ("call", state.calls.iter().map(|call| call.phase.name()).collect()),
        ("external lock", state.stubs.iter().map(|stub| locks(stub.locks)).collect()),
        ("context", state.contexts.iter().map(|context| context.name()).collect()),
        ("apartment", state.apartments.iter().map(|apartment| apartment.phase.name()).collect()),
        ("thread", state.threads.iter().map(|thread| thread.phase.name()).collect()),
        ("module", state.modules.iter().map(|module| module.phase.name()).collect()),
        ("class object", state.class_objects.iter().map(|class| class.phase.name()).collect()),
        ("process", state.processes.iter().map(|process| process.name()).collect()),
    ]
}

/// The moves that the steps of a scenario make, by lifecycle; a packet's by its kind.
fn moves(program: &Program, found: &mut BTreeSet<(&'static str, &'static str, &'static str)>) {
    let events = Event::all(program);
    let first = model::step::initial(program);
    let mut seen = HashSet::from([first.clone()]);
    let mut queue = VecDeque::from([first]);
    while let Some(before) = queue.pop_front() {
        for event in &events {
            let Outcome::Taken { next: after, .. } = step(program, &before, event) else { continue };
            for ((name, old), (_, new)) in shown(&before).into_iter().zip(shown(&after)) {
                found.extend(
                    old.into_iter().zip(new).filter(|(old, new)| old != new).map(|(old, new)| (name, old, new)),
                );
            }
            for (old, new) in before.packets.iter().zip(&after.packets).filter(|(old, new)| old.phase != new.phase) {
                let kind = if old.phase == PacketPhase::Absent { new.kind } else { old.kind };
                found.insert((packet::matrix_of(kind).name, old.phase.name(), new.phase.name()));
            }
            if seen.len() < STATES_MAX && seen.insert(after.clone()) {
                queue.push_back(after);
            }
        }
    }
}

/// Where an entity can come in one step: through one row of the table or several, for a step can do more than one thing to it.
fn leads(matrix: &Matrix, from: &str, to: &str) -> bool {
    let mut reached = vec![from];
    let mut at = 0;
    while at < reached.len() {
        let column = matrix.states.iter().position(|state| *state == reached[at]).expect("a state of the table");
        for next in matrix.rows.iter().filter_map(|(_, cells)| cells[column].ok()) {
            if !reached.contains(&next) {
                reached.push(next);
            }
        }
        at += 1;
    }
    reached[1..].contains(&to)
}

/// The tables say what happens: no step of the corpus moves anything outside its table, the end of a process included, and each row that
/// moves something at all does so in some step.
#[test]
fn steps_move_entities_as_the_tables_say() {
    let mut found = BTreeSet::new();
    for name in corpus() {
        let mut program = scenario(&name).program;
        if !program.faults.is_empty() {
            continue;
        }
        let mut readings = vec![program.readings];
        for (question, value) in program.expectations.iter().flat_map(|one| one.when.clone()) {
            let mut other = program.readings;
            other.set(&question, &value);
            if !readings.contains(&other) {
                readings.push(other);
            }
        }
        for reading in readings {
            program.readings = reading;
            moves(&program, &mut found);
        }
    }
    let own = [PacketKind::Own, PacketKind::OwnTable].map(packet::matrix_of);
    let tables: Vec<Matrix> = model::lifecycle::all().into_iter().chain(own).collect();
    for (name, from, to) in &found {
        let table = tables.iter().find(|table| table.name == *name).expect("a table");
        assert!(leads(table, from, to), "{name}: a step moves {from} to {to}, and the table does not");
    }
    for table in tables.iter().filter(|table| found.iter().any(|(name, ..)| *name == table.name)) {
        for (row, cells) in &table.rows {
            let moving: Vec<_> =
                table.states.iter().zip(cells).filter_map(|(from, cell)| Some((*from, (*cell).ok()?))).collect();
            let taken =
                |(from, to): &(&str, &str)| found.iter().any(|(n, f, t)| *n == table.name && f == from && t == to);
            let still = moving.iter().all(|(from, to)| from == to);
            // packets of every kind share their rows
            let shared = table.name.starts_with("packet (") && table.name != "packet (normal)";
            assert!(still || shared || moving.iter().any(taken), "{}: no step of the corpus takes {row}", table.name);
        }
    }
}

/// Nothing passes the tables by: `step` asks for every row, and makes no state of a lifecycle itself (the type `At` sees to it) but for what
/// there is where a rule is switched off.
#[test]
fn nothing_passes_the_tables_by() {
    let folder = root().join("model/src/step");
    let mut code = String::new();
    for entry in std::fs::read_dir(folder).expect("the folder of the steps").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("a file of the steps");
        for line in text.lines().filter(|line| line.contains("At::without(") || line.contains("At::unpacked(")) {
            let allowed = [
                "Rule::StubCut, StubPhase::Gone)",
                "Rule::CtxNoRollback, StubPhase::Connected)",
                "rule, PacketPhase::Read)",
            ];
            let switched_off = allowed.iter().any(|one| line.contains(&format!("At::without({one}")));
            assert!(switched_off, "{}: {}", entry.path().display(), line.trim());
        }
        code.push_str(&text);
    }
    let events = [
        ("object", "ObjectEvent"),
        ("stub manager", "StubEvent"),
        ("packet (normal)", "PacketEvent"),
        ("proxy", "ProxyEvent"),
        ("call", "CallEvent"),
        ("external lock", "LockEvent"),
        ("context", "ContextEvent"),
        ("CoDisconnectContext call", "DisconnectEvent"),
        ("apartment", "ApartmentEvent"),
        ("thread", "ThreadEvent"),
        ("module", "ModuleEvent"),
        ("class object", "ClassObjectEvent"),
        ("process", "ProcessEvent"),
    ];
    for matrix in model::lifecycle::all() {
        let Some((_, event)) = events.iter().find(|(name, _)| *name == matrix.name) else {
            assert!(matrix.name.starts_with("packet ("), "{}: not in the list of this test", matrix.name);
            continue;
        };
        for (row, _) in &matrix.rows {
            let asked = format!("{event}::{row}");
            let found = code.match_indices(&asked).any(|(at, _)| {
                !code[at + asked.len()..].starts_with(|next: char| next.is_alphanumeric() || next == '_')
            });
            assert!(found, "{}: nothing asks for {row}", matrix.name);
        }
    }
}

/// A cell that refuses cites a rule of the same thing.
#[test]
fn refusals_cite_rules_of_their_own_thing() {
    let families: &[(&str, &[&str])] = &[
        ("object", &["OBJ"]),
        ("stub manager", &["STUB", "CALL", "DISC", "PKT-11"]),
        ("packet (", &["PKT", "PING"]),
        ("proxy", &["PROXY", "PING"]),
        ("call", &["CALL"]),
        ("external lock", &["LOCK"]),
        ("context", &["CTX"]),
        ("CoDisconnectContext call", &["CTX"]),
        ("apartment", &["APT", "CALL-11"]),
        ("thread", &["THR"]),
        ("module", &["MOD"]),
        ("class object", &["ACT"]),
        ("process", &["LIFE"]),
    ];
    for matrix in model::lifecycle::all() {
        let (_, own) = families.iter().find(|(name, _)| matrix.name.starts_with(name)).expect("a family");
        for (row, cells) in &matrix.rows {
            for (state, rule) in
                matrix.states.iter().zip(cells).filter_map(|(state, cell)| Some((state, (*cell).err()?)))
            {
                let fits = own.iter().any(|family| rule.id().starts_with(family));
                assert!(fits, "{} {row} in {state}: {}", matrix.name, rule.id());
            }
        }
    }
}
