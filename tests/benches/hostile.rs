//! How long hostile inputs take: `cargo bench -p tests --bench hostile` prints the median and the longest of some rounds for each
//! input, the slowest first. A number on the command line is the number of rounds.

use std::time::{Duration, Instant};

use tests::entry;
use tests::hostile::{Kind, inputs};

fn main() {
    let rounds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(5_usize).max(1);
    let mut rows: Vec<(Duration, Duration, String)> = inputs()
        .iter()
        .map(|input| {
            let mut times: Vec<Duration> = (0..rounds)
                .map(|_| {
                    let started = Instant::now();
                    let text = match input.kind {
                        Kind::Scenario => entry::scenario(&input.bytes).text,
                        Kind::Trace => entry::once(&input.bytes).text,
                        Kind::Certificate => {
                            traces::certificate::verify(&input.bytes).map_or_else(|why| why, |_| "accepted".into())
                        }
                    };
                    assert!(!text.is_empty());
                    started.elapsed()
                })
                .collect();
            times.sort();
            (times[rounds / 2], times[rounds - 1], format!("{:?}: {}", input.kind, input.name))
        })
        .collect();
    rows.sort_by(|a, b| b.cmp(a));
    println!("{:>10}  {:>10}  input ({} in all, {rounds} rounds)", "median ms", "longest ms", rows.len());
    for (median, longest, name) in rows {
        println!("{:>10.2}  {:>10.2}  {name}", median.as_secs_f64() * 1e3, longest.as_secs_f64() * 1e3);
    }
}
