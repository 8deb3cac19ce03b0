//! A run of ten thousand steps: how soon it is shown, and what a step costs.

use model::program::Program;
use model::step::initial;
use rundown::Scenario;
use traces::moves::Moves;
use traces::page::{RunOptions, document, html};
use traces::run::Run;
use traces::story::StoryOptions;

use super::Check;
use super::stepping::at;
use crate::lab::Lab;
use crate::tab::{Tab, WIDE};

pub const CHECKS: &[Check] = &[("ten thousand states: shown in two seconds, a step in a tenth", long)];

const STEPS: usize = 10_000;
const SHOWN_MS_MAX: f64 = 2_000.0;
const STEP_MS_MAX: f64 = 100.0;

/// A client calls a server again and again; who moves is taken in turn.
fn run(program: &Program) -> Run {
    let mut events = Vec::with_capacity(STEPS);
    let mut state = initial(program);
    while events.len() < STEPS {
        let mut moves = Moves::of(program, &state).taken;
        // what a client calls arrives before anything else
        moves.sort_by_key(|(event, _)| !matches!(event, model::event::Event::Dispatch { .. }));
        let chosen = moves.into_iter().next().expect("it goes on for ever");
        events.push(chosen.0);
        state = chosen.1;
    }
    Run { property: String::new(), events, loop_start: None, about: Vec::new() }
}

fn long(lab: &Lab) {
    let text = "scenario \"a client that never stops\";
process host {
    class Widget : LOCAL_SERVER { LONG n = 0; HRESULT Work() { InterlockedIncrement(&n); InterlockedDecrement(&n); return S_OK; } }
}
process client {
    thread main : MTA {
        IWidget* w = NULL;
        HRESULT hr = CoCreateInstance(CLSID_Widget, NULL, CLSCTX_LOCAL_SERVER, IID_IWidget, (void**)&w);
        while (true) { w->Work(); }
    }
}
";
    let program = Scenario::parse("long.scn", text).unwrap_or_else(|mistake| panic!("{mistake}")).program;
    let run = run(&program);
    let story = StoryOptions { scenario_file: "long.scn".into(), ..StoryOptions::default() };
    let file = html::html(&document(&program, &run, &RunOptions::default(), &story).expect("a page"));
    assert!(file.len() < 1 << 20, "the file has {} bytes", file.len());
    let address = lab.file("long.html", &file);
    let tab = Tab::blank(&lab.browser, &address, WIDE);
    // the renderer's own time: a busy machine must not fail the page
    tab.ask("Performance.enable", serde_json::json!({ "timeDomain": "threadTicks" }));
    let spent = || {
        let metrics = tab.ask("Performance.getMetrics", serde_json::json!({}));
        let all = metrics["metrics"].as_array().cloned().unwrap_or_default();
        let task = all.iter().find(|one| one["name"] == "TaskDuration").and_then(|one| one["value"].as_f64());
        1_000.0 * task.expect("a time")
    };
    let blank = spent();
    tab.go(&address);
    tab.until("document.documentElement.classList.contains('app')", "the page stands");
    tab.settle();
    let shown = spent() - blank;
    assert_eq!(at(&tab), STEPS as u64);
    let clock = tab.value("performance.getEntriesByName('shown')[0].startTime").as_f64().expect("a time");
    let elements = tab.count("#page *");
    let keys = [
        "k", "k", "k", "Home", "j", "j", "}", "End", "K", "{", "Home", "e", "z", "k", "k", "f", "k", "s", "k", "c",
        "Escape",
    ];
    let mut slowest = ("", 0.0_f64);
    let before_all = spent();
    for key in keys {
        let before = spent();
        tab.press(&[key]);
        let cost = spent() - before;
        slowest = if cost > slowest.1 { (key, cost) } else { slowest };
    }
    let mean = (spent() - before_all) / keys.len() as f64;
    println!(
        "      {} bytes; shown after {shown:.0} ms of the renderer ({clock:.0} ms by the clock); a key takes {mean:.1} ms of it, {} {:.1} ms; \
         {elements} elements",
        file.len(),
        slowest.0,
        slowest.1
    );
    assert!(shown < SHOWN_MS_MAX, "shown after {shown} ms of the renderer");
    assert!(slowest.1 < STEP_MS_MAX, "{} takes {} ms", slowest.0, slowest.1);
    assert!(elements < 1_500, "{elements} elements: rows that are not seen exist");
    // what repeats is folded, and unfolded around the cursor
    tab.press(&["Home", "z"]);
    assert!(tab.count(".steps .fold") >= 1, "{}", tab.text(".steps"));
    assert!(tab.text(".steps .fold .effect").contains(" times, up to step "), "{}", tab.text(".steps .fold"));
    tab.press(&["o"]);
    assert_eq!(tab.count(".steps .fold"), 0);
    tab.quiet();
}
