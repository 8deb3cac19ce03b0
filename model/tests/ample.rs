//! Ample steps against their definition, on whole graphs: whatever is taken first, the step is still possible, leads to the same, and
//! nothing that is asked sees it. And every condition is needed: without it a step is called ample that is not.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use model::ample::{Ample, Condition, Strength};
use model::event::Event;
use model::lang::lower;
use model::lifecycle::process::ProcessPhase;
use model::program::{ClaimKind, Expr, Program, ThreadId};
use model::state::State;
use model::step::{self, Outcome, Refusal, Step};

/// Graphs are explored up to this size; larger scenarios are left out.
const STATES_MAX: usize = 700;

/// All states of a scenario and what can happen in each.
struct Graph {
    states: Vec<State>,
    rows: Vec<Vec<(Event, usize)>>,
    /// Threads whose step a bound cuts.
    cut: Vec<HashSet<ThreadId>>,
}

fn compiled(text: &str) -> Program {
    match lower::compile(text) {
        Ok((program, _)) => program,
        Err(mistakes) => panic!("{mistakes:?}\n{text}"),
    }
}

fn explored(program: &Program, most: usize) -> Option<Graph> {
    let events = Event::all(program);
    let mut graph = Graph { states: vec![step::initial(program)], rows: Vec::new(), cut: Vec::new() };
    let mut numbers = HashMap::from([(graph.states[0].clone(), 0)]);
    while let Some(state) = graph.states.get(graph.rows.len()).cloned() {
        let (mut row, mut cut) = (Vec::new(), HashSet::new());
        for event in events.iter().filter(|event| !model::expand::ruled_out(program, &state, event)) {
            match step::step(program, &state, event) {
                Outcome::Taken { next, .. } => {
                    let number = *numbers.entry(next.clone()).or_insert(graph.states.len());
                    if number == graph.states.len() {
                        graph.states.push(next);
                    }
                    row.push((*event, number));
                }
                Outcome::Refused(Refusal::Bound(_)) => cut.extend(owner(event)),
                Outcome::Refused(_) => {}
            }
        }
        graph.rows.push(row);
        graph.cut.push(cut);
        if graph.states.len() > most {
            return None;
        }
    }
    Some(graph)
}

/// The thread that an event happens to.
fn owner(event: &Event) -> Option<ThreadId> {
    match *event {
        Event::Run { thread, .. } | Event::Pick { thread, .. } | Event::TimeOut { thread } | Event::Fail { thread } => {
            Some(thread)
        }
        _ => None,
    }
}

/// By claim: does its condition hold, and its premise?
fn seen(program: &Program, state: &State) -> Vec<(ClaimKind, bool, Option<bool>)> {
    let holds = |condition: &Expr| step::claim(program, state, condition);
    let claims = program.claims.iter();
    claims.map(|claim| (claim.kind, holds(&claim.condition), claim.after.as_ref().map(holds))).collect()
}

/// Is what the claims see before a step still there after it? `eventually` asks for the order of states too.
fn keeps(before: &[(ClaimKind, bool, Option<bool>)], after: &[(ClaimKind, bool, Option<bool>)]) -> bool {
    before.iter().zip(after).all(|(before, after)| match before.0 {
        ClaimKind::Eventually => before == after,
        ClaimKind::Never | ClaimKind::Reachable => before.1 <= after.1,
    })
}

impl Graph {
    fn leads(&self, state: usize, event: &Event) -> Option<usize> {
        self.rows[state].iter().find(|(other, _)| other == event).map(|(_, next)| *next)
    }

    /// Has the thread's process ended in both states, and do they differ in the last values of its variables only? Claims alone read those.
    fn last_values_differ(&self, program: &Program, thread: ThreadId, one: usize, other: usize) -> bool {
        let process = program.threads[usize::from(thread)].process;
        let (mut one, other) = (self.states[one].clone(), &self.states[other]);
        for (number, global) in program.globals.iter().enumerate() {
            if global.process == process {
                one.globals[number] = other.globals[number];
            }
        }
        one.processes[usize::from(process)] != ProcessPhase::Running && one == *other
    }

    fn of_others(&self, state: usize, thread: ThreadId) -> Vec<Event> {
        self.rows[state].iter().map(|(event, _)| *event).filter(|event| owner(event) != Some(thread)).collect()
    }

    /// By state the threads whose step is ample by definition, with where it leads: the largest set in which each step is its thread's
    /// only one, is not seen, and is in the set still, to the same effect, after anything else.
    fn confluent(&self, program: &Program, strength: Strength) -> Vec<BTreeMap<ThreadId, usize>> {
        let seen: Vec<_> = self.states.iter().map(|state| seen(program, state)).collect();
        let mut found: Vec<BTreeMap<ThreadId, usize>> = vec![BTreeMap::new(); self.states.len()];
        for (state, row) in self.rows.iter().enumerate() {
            for (event, next) in row {
                let Event::Run { thread, choice: 0 } = *event else { continue };
                let only = row.iter().filter(|(other, _)| owner(other) == Some(thread)).count() == 1;
                let breaks = self.states[*next].breach.is_some();
                let enabling =
                    strength == Strength::Fair && self.of_others(state, thread) != self.of_others(*next, thread);
                if only
                    && !breaks
                    && !enabling
                    && !self.cut[state].contains(&thread)
                    && keeps(&seen[state], &seen[*next])
                {
                    found[state].insert(thread, *next);
                }
            }
        }
        loop {
            let mut wrong = Vec::new();
            for (state, steps) in found.iter().enumerate() {
                for (thread, next) in steps {
                    let own = Event::Run { thread: *thread, choice: 0 };
                    let holds = self.rows[state].iter().filter(|(event, _)| *event != own).all(|(event, other)| {
                        let around = self.leads(*next, event);
                        match self.states[*other].breach {
                            Some(breach) => around.is_some_and(|around| self.states[around].breach == Some(breach)),
                            // what the step has done may have gone with everything else of its process
                            None => {
                                around == Some(*other)
                                    || (around.is_some() && found[*other].get(thread) == around.as_ref())
                                    || around.is_some_and(|around| {
                                        self.last_values_differ(program, *thread, *other, around)
                                            && keeps(&seen[*other], &seen[around])
                                    })
                            }
                        }
                    });
                    if !holds {
                        wrong.push((state, *thread));
                    }
                }
            }
            if wrong.is_empty() {
                return found;
            }
            for (state, thread) in wrong {
                found[state].remove(&thread);
            }
        }
    }
}

/// How many steps are called ample, and the first that is not by definition, or that never ends.
fn judged(program: &Program, graph: &Graph, ample: &Ample) -> (usize, Option<String>) {
    let confluent = graph.confluent(program, ample.strength());
    let (mut count, mut wrong) = (0, None);
    for (number, state) in graph.states.iter().enumerate() {
        for thread in 0..program.threads.len() as ThreadId {
            let mut step = Step::new(program, state.clone());
            if !ample.advance(&mut step, thread, &mut |_| true) {
                assert!(step.state() == state, "a step that is not taken must leave no trace");
                continue;
            }
            count += 1;
            let mut rounds = 0;
            let expected = confluent[number].get(&thread).map(|next| &graph.states[*next]);
            if expected != Some(step.state()) {
                let frame = state.stack(program, thread.into()).last().copied().unwrap_or_default();
                let op = &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)];
                let who = &program.threads[usize::from(thread)].name;
                wrong.get_or_insert(format!("{who} at {op:?}, {:?}", frame.at));
            }
            while ample.advance(&mut step, thread, &mut |_| true) {
                rounds += 1;
                if rounds > 500 {
                    wrong.get_or_insert("a thread goes on for ever".into());
                    break;
                }
            }
        }
    }
    (count, wrong)
}

fn corpus() -> Vec<(String, Program)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the corpus").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "scn") {
                let text = std::fs::read_to_string(&path).expect("a scenario");
                found.push((path.to_string_lossy().into_owned(), compiled(&text)));
            }
        }
    }
    found
}

#[test]
fn every_ample_step_of_the_corpus_is_one_by_definition() {
    let (mut scenarios, mut steps) = (0, 0);
    for (name, program) in corpus() {
        let Some(ample) = Ample::new(&program) else { continue };
        let Some(graph) = explored(&program, STATES_MAX) else { continue };
        let (count, wrong) = judged(&program, &graph, &ample);
        assert_eq!(wrong, None, "{name}");
        scenarios += 1;
        steps += count;
    }
    println!("{steps} ample steps in {scenarios} scenarios");
    assert!(scenarios > 150 && steps > 3_000, "{steps} steps in {scenarios} scenarios prove little");
}

/// For each condition a scenario in which it is what keeps a step from being called ample.
const NEEDED: &[(Condition, &str)] = &[
    (Condition::Variables, "process host { int n = 0; thread a { n = 1; } thread b { n = 2; } }"),
    (
        Condition::Unseen,
        "process host { int n = 1; thread a { n = 0; } thread b { Sleep(1); } } never one: host.n == 1;",
    ),
    (
        Condition::Unseen,
        "process host { int n = 0; int m = 0; thread a { n = 1; } thread b { m = 1; } } never m_alone: host.n == 0 && host.m == 1;",
    ),
    (
        Condition::Unseen,
        "process host { int n = 0; int m = 0; thread a { Sleep(1); n = 1; } thread b { Sleep(1); m = 1; } } never m_first: host.n < host.m;",
    ),
    (
        Condition::Unseen,
        "process host { int n = 0; thread a { n = 1; } } process other { int m = 1; thread main { Sleep(1); m = 0; } }
         reachable m_gone: host.n == 0 && other.m == 0;",
    ),
    (
        Condition::Unseen,
        "process host { int n = 0; thread a { Sleep(1); n = 1; } thread b { Sleep(1); } } eventually one: host.n == 1;",
    ),
    (Condition::Forward, "process host { thread a { while (true) { Sleep(1); } } }"),
    (
        Condition::Events,
        "process host { HANDLE e = CreateEvent(NULL, TRUE, FALSE, NULL); thread a { SetEvent(e); } thread b { ResetEvent(e); } }",
    ),
    (
        Condition::Events,
        "process host { HANDLE e = CreateEvent(NULL, TRUE, FALSE, NULL); DWORD w = 0; thread a { SetEvent(e); }
             thread b { w = WaitForSingleObject(e, 5000); } }",
    ),
    (
        Condition::Events,
        "process host {
             HANDLE e = CreateEvent(NULL, TRUE, FALSE, NULL);
             HANDLE f = CreateEvent(NULL, TRUE, TRUE, NULL);
             DWORD w = 0;
             thread a { SetEvent(e); }
             thread b { w = WaitForMultipleObjects(2, e, f, FALSE, INFINITE); }
         }",
    ),
    (
        Condition::Sections,
        "process host {
             CRITICAL_SECTION s;
             thread a { EnterCriticalSection(&s); LeaveCriticalSection(&s); }
             thread b { EnterCriticalSection(&s); LeaveCriticalSection(&s); }
         }",
    ),
    (
        Condition::Sections,
        "process host {
             module dll { CRITICAL_SECTION s; }
             thread a { EnterCriticalSection(&s); LeaveCriticalSection(&s); }
             thread b { FreeLibrary(dll); }
         }",
    ),
    (
        Condition::Events,
        "process host {
             module dll { CONDITION_VARIABLE v; }
             thread a { WakeAllConditionVariable(&v); }
             thread b { FreeLibrary(dll); }
         }",
    ),
    (
        Condition::Ending,
        "process host { DWORD w = 0; thread a { Sleep(1); } thread b { w = WaitForSingleObject(a, 0); } }",
    ),
    (
        Condition::Serving,
        "process host {
             IStream* stm;
             HANDLE there = CreateEvent(NULL, TRUE, FALSE, NULL);
             class W { ~W() { Sleep(1); } }
             thread ui : STA {
                 W* w = new W();
                 CoMarshalInterface(stm, IID_IW, w, MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL);
                 stm->Seek(0, STREAM_SEEK_SET, NULL);
                 w->Release();
                 SetEvent(there);
                 CoWaitForMultipleHandles(0, INFINITE, 1, there, NULL);
                 Sleep(1);
                 while (GetMessage()) { }
             }
             thread worker : MTA { WaitForSingleObject(there, INFINITE); CoReleaseMarshalData(stm); }
         }",
    ),
    (
        Condition::Places,
        "process host {
             class W { }
             thread a { W* w = new W(); w->Release(); Sleep(1); }
             thread b { W* w = new W(); w->Release(); Sleep(1); }
             thread c { W* w = new W(); w->Release(); Sleep(1); }
         }
         bounds { objects = 2; }",
    ),
    (
        Condition::Calls,
        "process host { class W : LOCAL_SERVER { HRESULT Work() { return S_OK; } } }
         process one { thread main : MTA { W* w = CoCreateInstance(W); if (w) { w->Work(); } } }
         process two { thread main : MTA { W* w = CoCreateInstance(W); if (w) { w->Work(); } } }
         process three { thread main : MTA { W* w = CoCreateInstance(W); if (w) { w->Work(); } } }
         bounds { calls = 2; objects = 3; stubs = 3; proxies = 3; packets = 3; pool_threads = 3; }",
    ),
];

#[test]
fn every_condition_is_needed() {
    for condition in Condition::ALL {
        let mut scenarios = 0;
        for (_, text) in NEEDED.iter().filter(|(other, _)| *other == condition) {
            let program = compiled(text);
            let graph = explored(&program, 60_000).expect("small");
            let ample = Ample::new(&program).expect("no rule is switched off");
            let (_, wrong) = judged(&program, &graph, &ample);
            assert_eq!(wrong, None, "{condition:?}");
            let (_, wrong) = judged(&program, &graph, &ample.without(condition));
            println!("{condition:?}: {} states, without it: {wrong:?}", graph.states.len());
            assert!(wrong.is_some(), "{condition:?} left out is not noticed in {text}");
            scenarios += 1;
        }
        assert!(scenarios > 0, "no scenario needs {condition:?}");
    }
}

/// Where a rule is switched off nothing is argued for, and nothing is reduced.
#[test]
fn a_rule_that_is_switched_off_ends_the_reduction() {
    let mut program = compiled("process host { thread a { Sleep(1); } }");
    assert!(Ample::new(&program).is_some());
    program.faults.insert(model::rules::Rule::ThrEnd);
    assert!(Ample::new(&program).is_none());
}
