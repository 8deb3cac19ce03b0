//! Three families of scenarios that grow with a parameter: clients, calls in flight, packets. Prints, for each size, distinct states, states
//! per second (the median of five runs) and bytes per state. `cargo bench -p rundown`.

mod scenarios;

use std::time::Instant;

use rundown::{Options, Report, Scenario};

fn run(text: &str) -> (Report, f64) {
    let scenario = Scenario::parse("family", text).unwrap_or_else(|mistake| panic!("{mistake}"));
    let started = Instant::now();
    let report = rundown::check(&scenario, &Options::default());
    (report, started.elapsed().as_secs_f64())
}

fn main() {
    // `cargo test --benches` passes this: one small run of each family shows that they still compile
    let quick = std::env::args().any(|argument| argument == "--test");
    println!("{:<8} {:>4} {:>12} {:>12} {:>10} {:>8}", "family", "n", "states", "states/s", "bytes", "growth");
    let families = scenarios::FAMILIES.into_iter().zip([1..=2, 1..=4, 1..=4]);
    for ((name, make), sizes) in families {
        let mut before: Option<u64> = None;
        for size in sizes.take(if quick { 1 } else { usize::MAX }) {
            let mut times = Vec::new();
            let mut last = None;
            for _ in 0..if quick { 1 } else { 5 } {
                let (report, seconds) = run(&make(size));
                times.push(seconds);
                last = Some(report);
            }
            times.sort_by(f64::total_cmp);
            let Some(report) = last else { continue };
            let states = report.coverage.states;
            let growth = before.map_or_else(String::new, |before| format!("{:.1}x", states as f64 / before as f64));
            let rate = states as f64 / times[times.len() / 2].max(1e-9);
            println!("{name:<8} {size:>4} {states:>12} {rate:>12.0} {:>10} {growth:>8}", report.store.bytes);
            before = Some(states);
        }
    }
}
