//! How long hostile inputs take of a processor: `cargo bench -p tests --bench hostile` prints the median and the longest of some rounds for each
//! input, the slowest first. A number on the command line is the number of rounds; words choose the inputs in whose names they stand.

use std::time::Duration;

use tests::entry;
use tests::hostile::{Kind, inputs};

fn main() {
    let rounds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(5_usize).max(1);
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-') && word.parse::<usize>().is_err()).collect();
    let mut rows: Vec<(Duration, Duration, String)> = inputs()
        .iter()
        .filter(|input| words.iter().all(|word| input.name.contains(word.as_str())))
        .map(|input| {
            let mut times: Vec<Duration> = (0..rounds)
                .map(|_| {
                    let started = on_processor();
                    let text = match input.kind {
                        Kind::Scenario => entry::scenario(&input.bytes).text,
                        Kind::Trace => entry::once(&input.bytes).text,
                        Kind::Certificate => {
                            traces::certificate::verify(&input.bytes).map_or_else(|why| why, |_| "accepted".into())
                        }
                    };
                    assert!(!text.is_empty());
                    on_processor().saturating_sub(started)
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

/// How long this thread has been on a processor, so that what else the machine does is not counted.
fn on_processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a Linux that counts the time of threads");
    Duration::from_nanos(
        text.split_whitespace().next().and_then(|field| field.parse().ok()).expect("nanoseconds first"),
    )
}
