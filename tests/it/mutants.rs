//! The judge refuses every changed run that no longer shows what it claims: 10,000 mutants of the corpus's runs.

use model::event::Event;
use model::program::{ClaimKind, Program};
use model::properties::{Decided, Property};
use model::step::{self, Outcome};
use model::waits;
use rundown::Options;
use tests::{corpus, scenario};
use traces::run::Run;

/// A generator without a seed from outside, so that every run tries the same mutants.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        // xorshift64*, by Vigna
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit.max(1)
    }
}

/// What the mutant shows, found without the judge: does it exist as a run, and does its last state break the property?
fn still_shows(program: &Program, run: &Run) -> bool {
    let mut state = step::initial(program);
    let all = Event::all(program);
    for event in &run.events {
        if !all.contains(event) {
            return false;
        }
        match step::step(program, &state, event) {
            Outcome::Taken { next, .. } => state = next,
            Outcome::Refused(_) => return false,
        }
    }
    let claim = program.claims.iter().find(|claim| claim.name == run.property);
    match (Property::by_name(&run.property), claim) {
        (Some(property), _) => match property.decided() {
            Decided::AtStep => state.breach.is_some_and(|breach| breach.property == property),
            Decided::AtEnd(_) => !waits::holds_at_end(program, &state, property),
            // necessary, not sufficient: somebody must at least wait
            Decided::Stuck(_) => {
                (0..program.threads.len()).any(|thread| !waits::waits(program, &state, thread).is_empty())
            }
        },
        (None, Some(claim)) => match claim.kind {
            ClaimKind::Never | ClaimKind::Reachable => step::claim(program, &state, &claim.condition),
            ClaimKind::Eventually => true,
        },
        (None, None) => false,
    }
}

fn mutate(numbers: &mut Numbers, program: &Program, run: &Run) -> Run {
    let mut mutant = run.clone();
    let all = Event::all(program);
    let length = mutant.events.len();
    let at = numbers.below(length);
    match numbers.below(5) {
        0 => {
            mutant.events.remove(at);
        }
        1 => mutant.events.swap(at, numbers.below(length)),
        2 => mutant.events[at] = all[numbers.below(all.len())],
        3 => mutant.events.insert(at, all[numbers.below(all.len())]),
        _ => mutant.events.truncate(at),
    }
    mutant
}

#[test]
fn ten_thousand_mutated_runs() {
    let wanted: usize = std::env::var("CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(10_000);
    let mut runs = Vec::new();
    for name in corpus() {
        let report = rundown::check(&scenario(&name), &Options::default());
        for property in report.violations() {
            if let Some(run) = property.run.as_ref().filter(|run| !run.events.is_empty()) {
                runs.push((name.clone(), report.program.clone(), run.clone()));
            }
        }
    }
    assert!(runs.len() >= 30, "only {} runs", runs.len());
    let mut numbers = Numbers(0x0DDB_1A5E_5BAD_5EED);
    let (mut tried, mut changed, mut accepted) = (0, 0, 0);
    while changed < wanted {
        let (name, program, run) = &runs[numbers.below(runs.len())];
        let mutant = mutate(&mut numbers, program, run);
        if mutant.events == run.events {
            continue;
        }
        tried += 1;
        let judged = traces::judge::judge(program, &mutant);
        if still_shows(program, &mutant) {
            accepted += usize::from(judged.is_ok());
        } else {
            changed += 1;
            assert!(judged.is_err(), "{name}: the judge accepts a run that does not show {}: {mutant:?}", run.property);
        }
    }
    println!(
        "{tried} mutated runs: {changed} changed the meaning and were refused, {accepted} still show it and were accepted"
    );
    // most changes change the meaning; of the others the judge refuses those that need more than is asked here: somebody who waits is not stuck yet
    let kept = tried - changed;
    assert!(2 * changed > tried, "only {changed} of {tried} changes change the meaning");
    assert!(kept >= wanted / 100 && 3 * accepted > kept, "of {kept} runs that still show it {accepted} are accepted");
}
