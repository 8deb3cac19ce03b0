//! How far the reductions reduce: states without any and with each, over the families, over a family of alike clients, and over the corpus.
//! `cargo bench -p rundown --bench reductions`; with `-- whole`, also the largest family without reductions (minutes, and gigabytes).
//!
//! `orbits`: what the states with all reductions stand for when copies are told apart, as the sum of the sizes of their orbits; with `names`
//! searched itself, it must be the same.

mod corpus;
mod scenarios;

use checker::{EngineKind, Plan, Stop, System};
use rundown::binding::Service;
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
    rundown::check(scenario, &Options { reductions, threads, ..Options::default() })
}

/// The sum of the sizes of the orbits of all canonical states.
fn orbits(scenario: &Scenario) -> u64 {
    let service = Service::reduced(scenario.program.clone(), Reductions::all());
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

fn row(name: &str, size: usize, text: &str, plain: bool, named: bool) {
    let scenario = Scenario::parse("family", text).unwrap_or_else(|mistake| panic!("{mistake}"));
    let reports: Vec<Option<Report>> = [
        plain.then_some(Reductions::FUSE),
        plain.then_some(Reductions::NONE.with(Reduction::Dead)),
        named.then_some(Reductions::NONE.with(Reduction::Names)),
        Some(Reductions::all()),
    ]
    .into_iter()
    .map(|reductions| reductions.map(|reductions| check(&scenario, reductions)))
    .collect();
    let states =
        |report: &Option<Report>| report.as_ref().map_or_else(|| "-".into(), |one| one.coverage.states.to_string());
    let told: Vec<_> = reports.iter().flatten().map(said).collect();
    let same = if told.windows(2).all(|pair| pair[0] == pair[1]) { "same" } else { "DIFFERENT" };
    let [none, dead, names, all] = [0, 1, 2, 3].map(|index| states(&reports[index]));
    let orbits = orbits(&scenario);
    println!("{name:<8} {size:>4} {none:>12} {dead:>12} {names:>12} {all:>12} {orbits:>12} {same:>10}");
}

fn whole_corpus() {
    let mut files = Vec::new();
    corpus::below(&corpus::root(), &mut files);
    let mut sums = [0u64; 4];
    for file in &files {
        let Ok(scenario) = Scenario::from_file(file) else { continue };
        let one = Reductions::FUSE;
        let all = [one, one.with(Reduction::Dead), one.with(Reduction::Names), Reductions::all()];
        for (sum, reductions) in sums.iter_mut().zip(all) {
            *sum += check(&scenario, reductions).coverage.states;
        }
    }
    let [none, dead, names, all] = sums;
    println!("{:<8} {:>4} {none:>12} {dead:>12} {names:>12} {all:>12}", "corpus", files.len());
}

fn main() {
    // `cargo test --benches` passes this: one small row shows that it still compiles
    let quick = std::env::args().any(|argument| argument == "--test");
    let whole = std::env::args().any(|argument| argument == "whole");
    println!(
        "{:<8} {:>4} {:>12} {:>12} {:>12} {:>12} {:>12} {:>10}",
        "family", "n", "none", "dead", "names", "all", "orbits", "verdicts"
    );
    if quick {
        row("copies", 2, &copies(2), true, true);
        return;
    }
    for ((name, make), sizes) in scenarios::FAMILIES.into_iter().zip([1..=2, 1..=3, 1..=3]) {
        for size in sizes {
            row(name, size, &make(size), true, true);
        }
    }
    for size in 2..=5 {
        row("copies", size, &copies(size), size < 5 || whole, size < 5);
    }
    row("copies", 6, &copies(6), false, false);
    whole_corpus();
}
