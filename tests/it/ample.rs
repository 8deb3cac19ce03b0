//! Partial order reduction: what is asked has the same answer with it and without it, and the runs that it finds are runs of the model.

use checker::{EngineKind, Limits, Observer, Outcome, Plan, Progress, Stop, System};
use model::ample::{Ample, Strength};
use model::event::Event;
use model::state::State;
use model::step;
use rundown::internal::binding::concrete::concrete;
use rundown::internal::binding::{Direct, Service};
use rundown::{Options, Reduction, Reductions, Report, Scenario};
use std::cell::Cell;
use tests::generate::{Random, scenarios};
use tests::{corpus, scenario, some_of_the_corpus};

use super::differential::{cases, runner};

/// Random scenarios are searched this far.
const STATES_MAX: u64 = 1_500;

struct Silent;

impl Observer for Silent {
    fn progress(&mut self, _: &Progress) {}
}

/// By itself, and with all others.
fn ways() -> [Reductions; 2] {
    [Reductions::FUSE.with(Reduction::Por), Reductions::all()]
}

fn ample(scenario: &Scenario, reductions: Reductions) -> Service {
    Service::reduced(scenario.program.clone(), reductions)
}

fn searched(service: &Service, engine: EngineKind, states: Option<u64>) -> Outcome<State, Event> {
    let plan = Plan { limits: Limits { states, ..Limits::default() }, ..Plan::new(engine) };
    checker::check_packed(&Direct(service), &plan, &Stop::new(), &mut Silent)
}

/// The verdicts of a plain report and of a reduced search, and every run of the latter, before the judge. Gives how many there were.
fn compared(plain: &Report, service: &Service, reduced: &Outcome<State, Event>) -> Result<usize, String> {
    let mut runs = 0;
    // a report has an entry of its own for each further violation of a property
    let first: Vec<_> = plain.properties.iter().filter(|property| property.number <= 1).collect();
    assert_eq!(first.len(), reduced.verdicts.len());
    for (ours, verdict) in first.iter().zip(&reduced.verdicts) {
        // what a bound has cut is told as undecided
        let word = match verdict.word() {
            "unreachable within bounds" => "undecided",
            word => word,
        };
        if ours.verdict != word {
            return Err(format!("{}: {} plainly, {word} reduced", ours.name, ours.verdict));
        }
        let Some(found) = verdict.run() else { continue };
        let (run, last) = concrete(service, &ours.name, found).ok_or_else(|| format!("{}: no such run", ours.name))?;
        if service.reducer().canonical(service.program(), &last) != *found.last() {
            return Err(format!("{}: the run ends elsewhere", ours.name));
        }
        traces::judge::judge(service.program(), &run)
            .map_err(|refused| format!("{}: {}", ours.name, refused.text(service.program())))?;
        let shortest = ours.run.as_ref().map_or(0, |run| run.events.len());
        // runs that repeat themselves may repeat another round; where dead values are forgotten, what goes on for ever around stuck threads
        // can be seen to do so a step earlier
        let stuck = ["deadlock", "hang", "never_exits"].contains(&ours.name.as_str());
        if run.loop_start.is_none() && !stuck && run.events.len() < shortest {
            return Err(format!("{}: shorter than the shortest", ours.name));
        }
        runs += 1;
    }
    if service.program().claims.iter().zip(first.iter().rev()).any(|(_, property)| property.premises == 0)
        != reduced.premises.iter().rev().take(service.program().claims.len()).any(|premises| *premises == 0)
    {
        return Err("a premise is never met in one of the two".into());
    }
    Ok(runs)
}

#[test]
fn the_corpus_is_judged_alike() {
    let (mut plainly, mut fewer, mut runs) = (0, [0; 2], 0);
    for name in corpus() {
        let scenario = scenario(&name);
        let plain = rundown::check(&scenario, &Options::default());
        plainly += plain.coverage.states;
        for (reductions, fewer) in ways().into_iter().zip(&mut fewer) {
            let service = ample(&scenario, reductions);
            let reduced = searched(&service, EngineKind::BreadthFirst, None);
            runs += compared(&plain, &service, &reduced).unwrap_or_else(|what| panic!("{name}: {reductions}: {what}"));
            assert!(reduced.coverage.states <= plain.coverage.states, "{name}");
            *fewer += reduced.coverage.states;
        }
        // what is told is what is told without: the shortest run, the same lines
        let told = rundown::check(
            &scenario,
            &Options { reductions: Reductions::FUSE.with(Reduction::Por), ..Options::default() },
        );
        assert_eq!((told.word, &told.met, &told.lines_never), (plain.word, &plain.met, &plain.lines_never), "{name}");
        let each = |report: &rundown::Report| {
            report.violations().map(|property| (property.name.clone(), property.run.clone())).collect::<Vec<_>>()
        };
        assert_eq!(each(&told), each(&plain), "{name}");
    }
    let [alone, all] = fewer;
    println!("{plainly} states, {alone} of them with partial order reduction, {all} with all; {runs} runs judged");
    assert!(alone * 3 < plainly * 2 && all < alone, "{alone} and {all} of {plainly} states are left");
    assert!(runs > 100);
}

/// The reduction is in the system that is searched, so every engine sees the same one.
#[test]
fn engines_agree_on_what_is_left() {
    let mut compared = 0;
    for name in some_of_the_corpus(1) {
        let service = ample(&scenario(&name), Reductions::all());
        let ours = searched(&service, EngineKind::BreadthFirst, None);
        for (engine, most) in
            [(EngineKind::Sequential, 700), (EngineKind::Reference, 200), (EngineKind::Stateright, 60)]
        {
            if ours.coverage.states <= most {
                let theirs = searched(&service, engine, None);
                assert_eq!(ours.coverage, theirs.coverage, "{name}: {engine}");
                let words = |outcome: &Outcome<State, Event>| {
                    outcome.verdicts.iter().map(|verdict| verdict.word()).collect::<Vec<_>>()
                };
                assert_eq!(words(&ours), words(&theirs), "{name}: {engine}");
                assert_eq!(ours.marks, theirs.marks, "{name}: {engine}");
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "only {compared} comparisons");
}

/// Fairness asks who can move where. So where there is an `eventually`, an edge takes only those of other threads along that can move in the
/// state it leaves.
#[test]
fn with_eventually_nobody_is_taken_along_who_could_not_move() {
    let (mut scenarios, mut along) = (0, 0);
    for name in corpus() {
        let service = ample(&scenario(&name), Reductions::FUSE.with(Reduction::Por));
        if service.steps_enough().map(Ample::strength) != Some(Strength::Fair) {
            continue;
        }
        scenarios += 1;
        let (program, events) = (service.program(), Event::all(service.program()));
        let words = checker::states(&service, &Plan::new(EngineKind::BreadthFirst), &Stop::new(), &mut Silent);
        for state in words.expect("a system with packed states").chunks(service.words()) {
            let state = service.unpack(state);
            for event in events.iter().filter(|_| state.breach.is_none()) {
                let own = step::actor(program, event).thread();
                for (next, _) in service.led(&state, event).iter().skip(1) {
                    let Event::Run { thread, .. } = *next else { panic!("{name}: {next:?} is no step of a thread") };
                    if own != Some(thread) {
                        along += 1;
                        let moves = matches!(step::step(program, &state, next), step::Outcome::Taken { .. });
                        assert!(moves, "{name}: {next:?} goes along with {event:?}");
                    }
                }
            }
        }
    }
    assert!(scenarios > 20 && along > 300, "{along} steps in {scenarios} scenarios prove little");
}

/// What only misfortune lets a thread do is nothing that it can rely on: it is stuck all the same, and the state is an end all the same.
#[test]
fn misfortune_frees_nobody() {
    let only_a_failure_sets_it = "scenario \"waits for a failure\";
        IStream* stm;
        process host {
            HANDLE e = CreateEvent(NULL, TRUE, FALSE, NULL);
            class W { }
            thread a : MTA {
                HRESULT hr = S_OK;
                W* w = new W();
                while (true) {
                    hr = CoMarshalInterface(stm, IID_IW, w, MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL);
                    if (FAILED(hr)) { SetEvent(e); break; }
                    stm->Seek(0, STREAM_SEEK_SET, NULL);
                    hr = CoReleaseMarshalData(stm);
                    if (FAILED(hr)) { SetEvent(e); break; }
                    stm->Seek(0, STREAM_SEEK_SET, NULL);
                }
                w->Release();
            }
            thread b { WaitForSingleObject(e, INFINITE); }
        }
        may_fail;
        check off leak_packet;";
    let only_run_down_releases_it = "scenario \"dies with the packet\";
        process p0 { class Ape : LOCAL_SERVER { ~Ape() { Sleep(1); } } }
        process p1 : may_crash {
            thread t0 : STA { Ape* ape = CoCreateInstance(Ape); if (ape) { ape->Release(); } }
        }";
    for (text, broken) in [(only_a_failure_sets_it, vec!["hang"]), (only_run_down_releases_it, vec![])] {
        let scenario = Scenario::parse("misfortune.scn", text).unwrap_or_else(|mistake| panic!("{mistake}"));
        let plain = rundown::check(&scenario, &Options::default());
        assert_eq!(plain.violations().map(|property| property.name.as_str()).collect::<Vec<_>>(), broken);
        for reductions in ways() {
            let service = ample(&scenario, reductions);
            let reduced = searched(&service, EngineKind::BreadthFirst, None);
            compared(&plain, &service, &reduced).unwrap_or_else(|what| panic!("{reductions}: {what}"));
        }
    }
}

/// Random scenarios, each as far as it goes: those that are explored whole have the same verdicts.
#[test]
fn random_scenarios_are_judged_alike() {
    let cases = cases(super::differential::CASES);
    let (whole, runs, plainly) = (Cell::new(0u64), Cell::new(0usize), Cell::new(0u64));
    let fewer = [Cell::new(0u64), Cell::new(0u64)];
    let outcome = runner(cases).run(&scenarios(), |Random { text }| {
        let scenario = Scenario::parse("random.scn", &text)
            .map_err(|mistake| proptest::test_runner::TestCaseError::fail(mistake.to_string()))?;
        let limits = Limits { states: Some(STATES_MAX), ..Limits::default() };
        let plain = rundown::check(&scenario, &Options { limits, ..Options::default() });
        if plain.end != checker::End::Complete {
            return Ok(());
        }
        for (reductions, fewer) in ways().into_iter().zip(&fewer) {
            let service = ample(&scenario, reductions);
            let reduced = searched(&service, EngineKind::BreadthFirst, None);
            let judged = compared(&plain, &service, &reduced).map_err(|what| format!("{reductions}: {what}"));
            runs.set(runs.get() + judged.map_err(proptest::test_runner::TestCaseError::fail)?);
            fewer.set(fewer.get() + reduced.coverage.states);
        }
        whole.set(whole.get() + 1);
        plainly.set(plainly.get() + plain.coverage.states);
        Ok(())
    });
    println!(
        "{cases} random scenarios: {} whole, {} states, {} of them with partial order reduction, {} with all; {} runs judged",
        whole.get(),
        plainly.get(),
        fewer[0].get(),
        fewer[1].get(),
        runs.get()
    );
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(whole.get() > u64::from(cases) / 2 && fewer[0].get() < plainly.get() && fewer[1].get() < fewer[0].get());
}

/// With a rule switched off nothing is reduced, and the report says so.
#[test]
fn a_rule_switched_off_is_searched_plainly() {
    let scenario = scenario("scenarios/field/c34-broken.scn");
    let faults = vec![model::rules::Rule::CtxWait];
    let plain = rundown::check(&scenario, &Options { faults: faults.clone(), ..Options::default() });
    let reduced = rundown::check(
        &scenario,
        &Options { faults, reductions: Reductions::FUSE.with(Reduction::Por), ..Options::default() },
    );
    assert_eq!(plain.coverage, reduced.coverage);
    assert!(rundown::internal::human::report(&reduced, false).contains("reduced   por off: a rule is switched off"));
}
