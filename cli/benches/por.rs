//! How many states partial order reduction leaves: of every folder of the corpus, of the whole of it, and of three families that grow with a
//! parameter. `cargo bench -p rundown --bench por`. Counts, no times: they are the same everywhere.

mod corpus;
mod scenarios;

use std::collections::BTreeMap;

use checker::{Observer, Plan, Progress, Stop, check_packed};
use rundown::internal::binding::{Direct, Service};
use rundown::{Reduction, Reductions, Scenario};

struct Silent;

impl Observer for Silent {
    fn progress(&mut self, _: &Progress) {}
}

/// States without the reduction and with it.
fn counted(scenario: &Scenario) -> (u64, u64) {
    let states =
        |service: &Service| check_packed(&Direct(service), &Plan::default(), &Stop::new(), &mut Silent).coverage.states;
    let program = || scenario.program.clone();
    (states(&Service::new(program())), states(&Service::reduced(program(), Reductions::FUSE.with(Reduction::Por))))
}

fn line(name: &str, (plain, reduced): (u64, u64)) {
    println!("{name:<36} {plain:>10} {reduced:>10} {:>7.2}", plain as f64 / reduced.max(1) as f64);
}

fn main() {
    // `cargo test --benches` passes this
    let quick = std::env::args().any(|argument| argument == "--test");
    println!("{:<36} {:>10} {:>10} {:>7}", "", "plain", "reduced", "ratio");
    let root = corpus::root();
    let mut files = Vec::new();
    corpus::below(&root, &mut files);
    let (mut folders, mut all) = (BTreeMap::<String, (u64, u64)>::new(), (0, 0));
    for file in files.iter().take(if quick { 3 } else { usize::MAX }) {
        let scenario = Scenario::from_file(file).unwrap_or_else(|mistake| panic!("{mistake}"));
        let (plain, reduced) = counted(&scenario);
        let folder = file.parent().and_then(|folder| folder.strip_prefix(&root).ok()).unwrap_or(&root);
        let sum = folders.entry(folder.to_string_lossy().replace('\\', "/")).or_default();
        *sum = (sum.0 + plain, sum.1 + reduced);
        all = (all.0 + plain, all.1 + reduced);
    }
    folders.into_iter().for_each(|(folder, counts)| line(&folder, counts));
    line(&format!("{} scenarios", files.len()), all);
    for ((name, make), sizes) in scenarios::FAMILIES.into_iter().zip([1..=2, 1..=3, 1..=3]) {
        for size in sizes.take(if quick { 1 } else { usize::MAX }) {
            let scenario = Scenario::parse("family", &make(size)).unwrap_or_else(|mistake| panic!("{mistake}"));
            line(&format!("{name} {size}"), counted(&scenario));
        }
    }
}
