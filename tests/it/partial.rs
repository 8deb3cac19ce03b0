//! A search that stops early never says more than it knows.

use rundown::internal::Met;
use rundown::{EngineKind, Limits, Options, StopReason, Word};
use tests::scenario;

#[test]
fn stopped_after_every_kth_state_it_never_says_holds() {
    let mut stops = 0;
    for name in
        ["scenarios/field/c34-broken.scn", "scenarios/field/c34-repaired.scn", "scenarios/field/p02-repaired.scn"]
    {
        let scenario = scenario(name);
        let whole = rundown::check(&scenario, &Options::default());
        // the reference engine is quadratic
        for (engine, most) in [(EngineKind::BreadthFirst, 100), (EngineKind::Reference, 20)] {
            let step = (whole.coverage.states / most).max(1);
            if engine == EngineKind::Reference && whole.coverage.states > 1_000 {
                continue;
            }
            for k in (0..whole.coverage.states).step_by(step as usize) {
                let limits = Limits { stop_after_expansions: Some((k, StopReason::Interrupt)), ..Limits::default() };
                let options = Options { limits, engine: Some(engine), ..Options::default() };
                let report = rundown::check(&scenario, &options);
                stops += 1;
                assert!(
                    !matches!(report.word, Word::Holds | Word::HoldsWithinBounds),
                    "{name} stopped after {k} expansions says that it holds"
                );
                assert!(
                    report.properties.iter().all(|property| {
                        !matches!(property.verdict, "holds" | "holds within bounds" | "unreachable")
                    }),
                    "{name} stopped after {k} expansions decides a property over all states"
                );
                assert_eq!(report.coverage.expanded + report.coverage.frontier, report.coverage.states);
                assert_eq!(
                    report.coverage.initial + report.coverage.transitions,
                    report.coverage.states + report.coverage.duplicates
                );
                if report.word != Word::Violated {
                    assert_ne!(report.met, Met::Yes);
                }
            }
        }
    }
    assert!(stops >= 200, "only {stops} stops");
}
