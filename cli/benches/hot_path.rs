//! The way of a search through the model alone, without store and engine: expands every state of each family, up to a limit of states.
//! `cargo bench -p rundown --bench hot_path`, or with a family, a size and a limit of states behind `--`. Prints states, successors, the bits
//! of a packed state, and nanoseconds per state and per successor. The states and their order are the same every time, so that the
//! instructions of `expand_all` can be counted.

mod scenarios;

use std::collections::HashSet;
use std::time::Instant;

use model::bounds::Bound;
use model::event::Event;
use model::expand::{Expander, Marks, Visitor};
use model::pack::Codec;
use model::state::State;
use rundown::Scenario;

/// Counts successors, and keeps something of each so that none is optimized away.
#[derive(Default)]
struct Count {
    successors: u64,
    mixed: u64,
}

impl Visitor for Count {
    fn taken(&mut self, _: &Event, _: Option<&State>, words: &[u64]) {
        self.successors += 1;
        self.mixed = words.iter().fold(self.mixed, |mixed, word| mixed.rotate_left(5) ^ word);
    }

    fn cut(&mut self, _: &Event, _: Bound) {}
}

/// Collects states.
struct Collect<'a> {
    known: &'a mut HashSet<Box<[u64]>>,
    states: &'a mut Vec<u64>,
    limit: usize,
}

impl Visitor for Collect<'_> {
    fn taken(&mut self, _: &Event, _: Option<&State>, words: &[u64]) {
        if self.known.len() < self.limit && self.known.insert(words.into()) {
            self.states.extend_from_slice(words);
        }
    }

    fn cut(&mut self, _: &Event, _: Bound) {}
}

#[inline(never)]
fn expand_all(expander: &mut Expander, states: &[u64], width: usize) -> Count {
    let mut count = Count::default();
    for words in states.chunks_exact(width) {
        expander.load(words);
        expander.successors(&mut count);
    }
    count
}

fn measure(name: &str, make: fn(usize) -> String, size: usize, limit: usize, runs: usize) {
    let scenario = Scenario::parse("family", &make(size)).unwrap_or_else(|mistake| panic!("{mistake}"));
    let program = &scenario.program;
    let (codec, marks) = (Codec::new(program), Marks::new(program));
    let width = codec.words();
    let mut expander = Expander::new(program, &codec, &marks);
    let mut states = vec![0; width];
    codec.pack(&model::step::initial(program), &mut states);
    let mut known = HashSet::from([states.clone().into_boxed_slice()]);
    let mut next = 0;
    while next < states.len() {
        let words = states[next..next + width].to_vec();
        expander.load(&words);
        expander.successors(&mut Collect { known: &mut known, states: &mut states, limit });
        next += width;
    }
    let mut times = Vec::new();
    let mut count = Count::default();
    for _ in 0..runs {
        // what it has learnt in an earlier run is no part of this one
        let mut expander = Expander::new(program, &codec, &marks);
        let started = Instant::now();
        count = expand_all(&mut expander, &states, width);
        times.push(started.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    let number = states.len() / width;
    let each = times[times.len() / 2] * 1e9;
    println!(
        "{name:<8} {size:>4} {number:>10} {:>11} {:>6} {:>9.0} {:>12.0}  {:016x}",
        count.successors,
        codec.bits(),
        each / number as f64,
        each / count.successors.max(1) as f64,
        count.mixed
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` passes this: one small run of each family shows that they still compile
    let quick = arguments.iter().any(|argument| argument == "--test");
    let plain: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let number = |at: usize, other: usize| plain.get(at).and_then(|argument| argument.parse().ok()).unwrap_or(other);
    println!(
        "{:<8} {:>4} {:>10} {:>11} {:>6} {:>9} {:>12}  mixed",
        "family", "n", "states", "successors", "bits", "ns/state", "ns/successor"
    );
    for ((name, make), size) in scenarios::FAMILIES.into_iter().zip([2, 3, 3]) {
        if plain.first().is_none_or(|wanted| *wanted == name) {
            let size = if quick { 1 } else { number(1, size) };
            measure(name, make, size, number(2, 100_000), if quick { 1 } else { 5 });
        }
    }
}
