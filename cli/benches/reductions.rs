//! How far the reductions reduce: states with `fuse` alone and with more, over the families, over a family of alike clients, and over the
//! corpus. `cargo bench -p rundown --bench reductions`; with `-- corpus` the corpus alone, with `-- corpus each` every scenario of it;
//! with `-- copies 6` so many clients, also without the reductions (minutes, and gigabytes).
//!
//! `symmetry` has `dead` and `names` with it. `orbits`: what its states stand for when copies are told apart, as the sum of the sizes of
//! their orbits; with `names` searched itself, it must be the same.

mod corpus;
mod scenarios;

use checker::{EngineKind, Plan, Stop, StoreKind, System};
use rundown::internal::binding::{Direct, Service};
use rundown::{Options, Reduction, Reductions, Report, Scenario};

/// Clients that are written once, around one object that every one of them finds in a stream.
fn copies(count: usize) -> String {
    format!(
        r#"scenario "{count} copies of a client";
IStream* wire;
process host {{
    class Widget {{ HRESULT Work() {{ return S_OK; }} }}
    thread control : MTA {{
        Widget* w = new Widget();
        CoMarshalInterface(wire, IID_IWidget, w, MSHCTX_LOCAL, NULL, MSHLFLAGS_TABLESTRONG);
        wire->Seek(0, STREAM_SEEK_SET, NULL);
        CoDisconnectObject(w, 0);
        w->Release();
    }}
}}
process client[{count}] {{
    thread main : MTA {{
        Widget* w = NULL;
        CoUnmarshalInterface(wire, IID_IWidget, (void**)&w);
        if (w) {{ w->Work(); w->Release(); }}
        else {{ wire->Seek(0, STREAM_SEEK_SET, NULL); }}
    }}
}}
bounds {{ pool_threads = {count}; references = 15; proxies = {count}; calls = {calls}; objects = 1; stubs = 1; packets = 1; }}
"#,
        calls = count + 1
    )
}

fn check(scenario: &Scenario, reductions: Reductions) -> Report {
    let threads = std::thread::available_parallelism().ok();
    rundown::check(scenario, &Options { reductions, threads, store: StoreKind::Compressed, ..Options::default() })
}

/// The states of the search that decides: with `por`, and without `fuse`, the runs of a report can come from another.
fn states(scenario: &Scenario, reductions: Reductions) -> u64 {
    let service = Service::reduced(scenario.program.clone(), reductions);
    checker::check_packed(&Direct(&service), &Plan::default(), &Stop::new(), &mut ()).coverage.states
}

/// The sum of the sizes of the orbits of all canonical states.
fn orbits(scenario: &Scenario, reductions: Reductions) -> u64 {
    let service = Service::reduced(scenario.program.clone(), reductions);
    let plan = Plan::new(EngineKind::BreadthFirst);
    let Ok(states) = checker::states(&service, &plan, &Stop::new(), &mut ()) else { return 0 };
    let states = states.chunks(service.words());
    states.map(|words| service.reducer().orbit(service.program(), &service.unpack(words))).sum()
}

/// What a report says that must not depend on reductions.
fn said(report: &Report) -> Vec<(&str, &str, Option<usize>)> {
    let steps = |run: &traces::run::Run| run.loop_start.is_none().then_some(run.events.len());
    report.properties.iter().map(|one| (one.name.as_str(), one.verdict, one.run.as_ref().and_then(steps))).collect()
}

/// One size of a family: `plain` and `named` say which of the larger searches are made.
fn row(name: &str, size: usize, text: &str, plain: bool, named: bool) {
    let scenario = Scenario::parse("family", text).unwrap_or_else(|mistake| panic!("{mistake}"));
    let merged = Reductions::all().without(Reduction::Por);
    let reports: Vec<Option<Report>> = [
        plain.then_some(Reductions::FUSE),
        named.then_some(Reductions::FUSE.with(Reduction::Names)),
        Some(merged),
        Some(Reductions::all()),
    ]
    .into_iter()
    .map(|reductions| reductions.map(|reductions| check(&scenario, reductions)))
    .collect();
    let states =
        |report: &Option<Report>| report.as_ref().map_or_else(|| "-".into(), |one| one.coverage.states.to_string());
    let told: Vec<_> = reports.iter().flatten().map(said).collect();
    let same = if told.windows(2).all(|pair| pair[0] == pair[1]) { "same" } else { "DIFFERENT" };
    let [fuse, names, symmetry, all] = [0, 1, 2, 3].map(|index| states(&reports[index]));
    let orbits = orbits(&scenario, merged);
    println!("{name:<8} {size:>4} {fuse:>12} {names:>12} {symmetry:>12} {all:>12} {orbits:>12} {same:>10}");
}

/// The corpus with each reduction by itself and with all; then, if `each`, every scenario.
fn whole_corpus(each: bool) {
    let one = Reductions::FUSE;
    let sets = [Reductions::NONE, one]
        .into_iter()
        .chain(Reduction::MERGING.map(|reduction| one.with(reduction)))
        .chain([one.with(Reduction::Por), Reductions::all()]);
    let sets: Vec<Reductions> = sets.collect();
    let mut files = Vec::new();
    corpus::below(&corpus::root(), &mut files);
    let mut sums = vec![0; sets.len()];
    for file in &files {
        let scenario = Scenario::from_file(file).unwrap_or_else(|mistake| panic!("{mistake}"));
        let counts: Vec<u64> = sets.iter().map(|reductions| states(&scenario, *reductions)).collect();
        sums.iter_mut().zip(&counts).for_each(|(sum, count)| *sum += count);
        if each {
            let counts: Vec<String> = counts.iter().map(|count| format!("{count:>7}")).collect();
            println!("{} {}", counts.join(" "), file.display());
        }
    }
    println!("\n{:<28} {:>8} {:>12} {:>12}", format!("{} scenarios", files.len()), "states", "none / it", "fuse / it");
    for (reductions, sum) in sets.iter().zip(&sums) {
        let factor = |of: u64| of as f64 / *sum as f64;
        let name = if *reductions == Reductions::all() { "all".into() } else { reductions.to_string() };
        println!("{name:<28} {sum:>8} {:>12.2} {:>12.2}", factor(sums[0]), factor(sums[1]));
    }
}

fn main() {
    // `cargo test --benches` passes this: one small row shows that it still compiles
    let quick = std::env::args().any(|argument| argument == "--test");
    let asks = |wanted: &str| std::env::args().any(|argument| argument == wanted);
    if asks("corpus") {
        return whole_corpus(asks("each"));
    }
    println!(
        "{:<8} {:>4} {:>12} {:>12} {:>12} {:>12} {:>12} {:>10}",
        "family", "n", "fuse", "names", "symmetry", "all", "orbits", "verdicts"
    );
    if quick {
        row("copies", 2, &copies(2), true, true);
        return;
    }
    if let Some(size) = std::env::args().skip_while(|argument| argument != "copies").nth(1) {
        let size = size.parse().unwrap_or_else(|_| panic!("how many copies?"));
        return row("copies", size, &copies(size), true, size < 6);
    }
    for ((name, make), sizes) in scenarios::FAMILIES.into_iter().zip([1..=2, 1..=3, 1..=3]) {
        for size in sizes {
            row(name, size, &make(size), true, true);
        }
    }
    for size in 2..=5 {
        row("copies", size, &copies(size), size < 5, size < 5);
    }
    row("copies", 6, &copies(6), false, false);
    whole_corpus(false);
}
