//! The page's data: the picture's layout, what changes, who is told what; the same run always gives the same bytes.

mod common;

use common::scenarios::{ALL, LOCKS, PACKET, UNLOAD};
use common::{program, shortest};
use model::program::Program;
use traces::page::data::{Kind, PageRun};
use traces::page::{Document, RunOptions, document, html, play, svg, text};
use traces::run::{Run, replay};
use traces::story::StoryOptions;

const C34: &str = include_str!("../../scenarios/field/c34-broken.scn");

fn made(text: &str, property: &str) -> (Program, Run, Document) {
    let program = program(text);
    let run = shortest(&program, property).expect("a run that the judge accepts");
    let story = StoryOptions { scenario_file: "folder/case.scn".into(), ..StoryOptions::default() };
    let document = document(&program, &run, &RunOptions::default(), &story).expect("a page");
    (program, run, document)
}

/// The boxes as an indented list.
fn layout(run: &PageRun) -> String {
    fn below(run: &PageRun, parent: Option<usize>, depth: usize, out: &mut String) {
        for (id, one) in run.entities.iter().enumerate().filter(|(_, one)| one.parent == parent) {
            let kind = format!("{:?}", one.kind).to_lowercase();
            let wire = one.to.map_or_else(String::new, |to| format!(" -> {}", run.entities[to].name));
            let (x, y, w, h) = (one.x, one.y, one.w, one.h);
            out.push_str(&format!(
                "{:depth$}{kind} {}{wire}  at {x},{y}  {w} x {h}\n",
                "",
                one.name,
                depth = 2 * depth
            ));
            below(run, Some(id), depth + 1, out);
        }
    }
    let mut out = format!("{} x {}\n", run.picture.width, run.picture.height);
    for lifeline in &run.picture.lifelines {
        out.push_str(&format!("lifeline of {} at {}\n", run.threads[lifeline.thread].name, lifeline.x));
    }
    below(run, None, 0, &mut out);
    out
}

#[test]
fn the_picture_of_a_service_and_a_client() {
    insta::assert_snapshot!(layout(&made(UNLOAD, "unload_in_use").2.page.runs[0]));
}

#[test]
fn the_picture_of_two_locks() {
    insta::assert_snapshot!(layout(&made(LOCKS, "deadlock").2.page.runs[0]));
}

#[test]
fn the_picture_of_a_packet() {
    insta::assert_snapshot!(layout(&made(PACKET, "leak_packet").2.page.runs[0]));
}

#[test]
fn boxes_nest_and_do_not_overlap() {
    for (scenario, property) in ALL {
        let run = &made(scenario, property).2.page.runs[0];
        for (id, one) in run.entities.iter().enumerate() {
            assert!(one.w > 0 && one.h > 0, "{} has no box", one.name);
            assert!(one.x + one.w <= run.picture.width && one.y + one.h <= run.picture.height, "{}", one.name);
            if let Some(parent) = one.parent.map(|parent| &run.entities[parent]) {
                let inside = one.x > parent.x
                    && one.y > parent.y
                    && one.x + one.w < parent.x + parent.w
                    && one.y + one.h < parent.y + parent.h;
                assert!(inside, "{} leaves {}", one.name, parent.name);
            }
            for other in run.entities.iter().skip(id + 1).filter(|other| other.parent == one.parent) {
                let apart = one.x + one.w <= other.x
                    || other.x + other.w <= one.x
                    || one.y + one.h <= other.y
                    || other.y + other.h <= one.y;
                assert!(apart, "{} and {} overlap", one.name, other.name);
            }
        }
        for lifeline in &run.picture.lifelines {
            let process = run.threads[lifeline.thread].process;
            let column = run.picture.columns.iter().find(|column| column.entity == process).expect("a column");
            assert!(lifeline.x > column.x && lifeline.x < column.x + column.width);
        }
    }
}

/// What the page's changes add up to, against the model's own states.
#[test]
fn changes_add_up_to_the_states() {
    for (scenario, property) in ALL {
        let (program, run, document) = made(scenario, property);
        let replayed = replay(&program, &run.events).expect("a run");
        let page = &document.page.runs[0];
        let mut now = page.initial.clone();
        for (at, state) in replayed.states.iter().enumerate() {
            if let Some(step) = at.checked_sub(1).map(|at| &page.steps[at]) {
                for (entity, field, value) in &step.writes {
                    assert_ne!(now[*entity][*field], *value, "a change that changes nothing");
                    now[*entity][*field] = *value;
                }
            }
            let sum = |kind: Kind, field: &str| -> u32 {
                let of_kind = page.entities.iter().enumerate().filter(|(_, one)| one.kind == kind);
                let values = of_kind.filter_map(|(id, one)| {
                    let field = one.fields.iter().position(|name| name == field)?;
                    page.strings[now[id][field]].parse::<u32>().ok()
                });
                values.sum()
            };
            let objects: u32 = state.objects.iter().map(|one| u32::from(one.references)).sum();
            assert_eq!(sum(Kind::Object, "references"), objects, "step {at}");
            assert_eq!(sum(Kind::Stub, "strong"), state.stubs.iter().map(|one| u32::from(one.strong)).sum::<u32>());
            assert_eq!(sum(Kind::Stub, "pending"), state.stubs.iter().map(|one| u32::from(one.pending)).sum::<u32>());
            let there = |kind: Kind| {
                let of_kind = page.entities.iter().enumerate().filter(|(_, one)| one.kind == kind);
                of_kind.filter(|(id, _)| page.strings[now[*id][0]] != "Absent").count()
            };
            use model::lifecycle::{call::CallPhase, packet::PacketPhase, proxy::ProxyPhase};
            assert_eq!(there(Kind::Proxy), state.proxies.iter().filter(|one| one.phase != ProxyPhase::Absent).count());
            assert_eq!(
                there(Kind::Packet),
                state.packets.iter().filter(|one| one.phase != PacketPhase::Absent).count()
            );
            assert_eq!(there(Kind::Call), state.calls.iter().filter(|one| one.phase != CallPhase::Absent).count());
        }
    }
}

#[test]
fn what_the_run_takes_is_listed_and_the_end_is_marked() {
    for (scenario, property) in ALL {
        let (_, _, document) = made(scenario, property);
        let (page, run) = (&document.page, &document.page.runs[0]);
        let moments = std::iter::once(&run.start).chain(run.steps.iter().map(|step| &step.moment));
        let mut verdicts = vec![9; page.properties.len()];
        for (at, moment) in moments.enumerate() {
            let next = moment.next.as_ref().expect("a short run says everywhere what can happen");
            let taken: Vec<&str> = next.enabled.iter().filter(|one| one.taken).map(|one| one.name.as_str()).collect();
            let wanted: Vec<&str> = run.steps.get(at).iter().map(|step| step.name.as_str()).collect();
            assert_eq!(taken, wanted);
            assert!(next.disabled.iter().all(|one| !one.reason.is_empty()));
            moment.properties.iter().for_each(|(index, verdict)| verdicts[*index] = *verdict);
            let asked = page.properties.iter().position(|one| one.name == run.property).expect("the property");
            // what is to be reached holds where it is reached
            let end = if page.properties[asked].kind == "reachable" { 0 } else { 1 };
            assert_eq!(verdicts[asked] == end, at == run.steps.len(), "{property} at {at}");
        }
    }
}

/// The main parts of one page, to be read by people.
#[test]
fn the_main_parts_of_c34() {
    let (_, _, document) = made(C34, "unload_in_use");
    let run = &document.page.runs[0];
    let mut out = format!("{}\n{:#?}\n", run.headline, run.why);
    let value = |value: usize| run.strings[value].as_str();
    for (index, step) in run.steps.iter().enumerate() {
        let indent = "    ".repeat(step.depth);
        out.push_str(&format!("{:>2} {indent}[{}] {}: {}\n", index + 1, step.size, step.who, step.text));
        for (entity, field, to) in &step.writes {
            let one = &run.entities[*entity];
            out.push_str(&format!("       {}.{} = {}\n", one.name, one.fields[*field], value(*to)));
        }
        for arrow in &step.arrows {
            let name = |entity: usize| &run.entities[entity].name;
            out.push_str(&format!(
                "       {:?} {} -> {}: {}\n",
                arrow.kind,
                name(arrow.from),
                name(arrow.to),
                arrow.text
            ));
        }
        for (thread, why) in &step.moment.blocked {
            out.push_str(&format!("       {} {why}\n", run.threads[*thread].name));
        }
        for (property, verdict) in &step.moment.properties {
            out.push_str(&format!("       {} is {verdict}\n", document.page.properties[*property].name));
        }
    }
    for ledger in &run.ledgers {
        out.push_str(&format!("{}\n", ledger.title));
        for row in &ledger.rows {
            let mark = if row.matched { "" } else { "  never given back" };
            out.push_str(&format!("  {:>3} {} {:+} = {}{mark}\n", row.step + 1, row.call, row.change, row.balance));
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn text_exports_of_c34() {
    let (_, _, document) = made(C34, "unload_in_use");
    insta::assert_snapshot!("c34_markdown", text::markdown(&document.page));
    let drawn = svg::svg(&document.page.runs[0], 19);
    assert!(roxmltree::Document::parse(&drawn).is_ok(), "{drawn}");
    insta::assert_snapshot!("c34_svg", drawn);
}

#[test]
fn every_step_has_a_picture() {
    for (scenario, property) in ALL {
        let (_, _, document) = made(scenario, property);
        let run = &document.page.runs[0];
        for step in 0..=run.steps.len() + 1 {
            let drawn = svg::svg(run, step);
            let parsed = roxmltree::Document::parse(&drawn).expect("well-formed");
            let boxes = parsed.descendants().filter(|node| node.has_tag_name("rect")).count();
            assert_eq!(boxes, run.entities.len());
        }
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    for (scenario, property) in ALL {
        let (one, other) = (made(scenario, property).2, made(scenario, property).2);
        assert_eq!(html::html(&one), html::html(&other));
    }
}

/// Names of events make a run, as far as they fit.
#[test]
fn names_are_played_as_far_as_they_fit() {
    let (program, run, document) = made(UNLOAD, "unload_in_use");
    let all: Vec<String> = document.page.runs[0].steps.iter().map(|step| step.name.clone()).collect();
    let options = RunOptions::default();
    let played = play(&program, &all, &run.property, &options);
    assert_eq!(played.misfit, None);
    assert_eq!(played.run, document.page.runs[0]);
    let mut wrong = all.clone();
    wrong[2] = "nobody".into();
    let played = play(&program, &wrong, "", &options);
    assert_eq!(played.run.steps.len(), 2);
    assert_eq!(played.misfit.as_ref().map(|misfit| misfit.step), Some(2));
    wrong[2] = "deliver call 4".into();
    let played = play(&program, &wrong, "", &options);
    assert_eq!(played.run.steps.len(), 2);
    assert!(played.misfit.is_some_and(|misfit| misfit.step == 2 && misfit.text.contains("does not fit")));
    assert!(play(&program, &[], "", &options).run.steps.is_empty());
}

/// Three counters that go round at different speeds: the states are all different for a long time.
const LONG: &str = "process host {\n    int<0..99> a = 0;\n    int<0..99> b = 0;\n    thread one { while (a < 99) { a = a + 1; if (a == 90) { a = 0; } } }\n    \
    thread two { while (b < 99) { b = b + 1; if (b == 71) { b = 0; } } }\n}\nnever both: host.a == 89 && host.b == 70;\n";

#[test]
fn a_long_run_stays_small_and_says_what_it_leaves_out() {
    let program = program(LONG);
    // an order of the two threads that no pattern predicts
    let mut seed = 1u32;
    let mut events = Vec::new();
    while events.len() < traces::run::EVENTS_MAX {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        events.push(model::event::Event::Run { thread: (seed >> 31) as u8, choice: 0 });
    }
    let run = Run { property: "both".into(), events, loop_start: None, about: Vec::new() };
    let made = document(&program, &run, &RunOptions::default(), &StoryOptions::default()).expect("a page");
    assert_eq!(made.page.runs[0].steps.len(), traces::run::EVENTS_MAX);
    assert_eq!(made.page.omitted.len(), 1, "{:?}", made.page.omitted);
    let listed = made.page.runs[0].steps.iter().filter(|step| step.moment.next.is_some()).count();
    assert!((1..1000).contains(&listed), "{listed}");
    let file = html::html(&made);
    assert!(file.contains("steps are left out here") && file.contains("what else could have happened is listed for"));
    let own = html::SCRIPT.len() + html::STYLE.len();
    assert!(file.len() - own < 800_000, "{} bytes", file.len() - own);
}

/// Two clients that make an object, call it and let it go, again and again.
const CALLS: &str = "process host {\n    context svc;\n    int<0..50> made = 0;\n    class Widget : LOCAL_SERVER, in svc {\n        \
    int busy = 0;\n        HRESULT Work() { busy = 1; made = made == 50 ? 0 : made + 1; busy = 0; return S_OK; }\n    }\n    \
    thread idle : MTA { while (made < 51) { Sleep(1); } }\n}\nprocess client[2] {\n    int stop = 0;\n    thread main : STA {\n        \
    while (stop == 0) { Widget* w = CoCreateInstance(Widget); if (w) { w->Work(); w->Release(); } }\n    }\n}\n";

#[test]
fn a_long_run_of_calls_stays_small() {
    let program = program(CALLS);
    let mut seed = 7u32;
    let mut state = model::step::initial(&program);
    let mut events = Vec::new();
    while events.len() < traces::run::EVENTS_MAX {
        let taken = traces::moves::Moves::of(&program, &state).taken;
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let Some((event, next)) = taken.get((seed >> 16) as usize % taken.len().max(1)).cloned() else { break };
        events.push(event);
        state = next;
    }
    assert_eq!(events.len(), traces::run::EVENTS_MAX, "the clients call for ever");
    let run = Run { property: "hang".into(), events, loop_start: None, about: Vec::new() };
    let made = document(&program, &run, &RunOptions::default(), &StoryOptions::default()).expect("a page");
    let file = html::html(&made);
    let own = html::SCRIPT.len() + html::STYLE.len();
    assert!(file.len() - own < 800_000, "{} bytes", file.len() - own);
    // thousands of objects and calls: the picture stays one that can be looked at
    let shown = &made.page.runs[0];
    let calls = shown.entities.iter().filter(|one| one.kind == Kind::Call).count();
    let objects = shown.entities.iter().filter(|one| one.kind == Kind::Object).count();
    assert!(calls <= 12 && objects <= 4 * 8 && shown.picture.height < 2_000, "{calls} {objects} {:?}", shown.picture);
}

#[test]
fn what_does_not_fit_is_left_out_and_said() {
    let (_, _, made) = made(UNLOAD, "unload_in_use");
    let whole = html::packed(&made.page).len();
    let (page, data) = html::fitted(&made.page, whole);
    assert_eq!((page == made.page, data.len()), (true, whole));
    let (page, data) = html::fitted(&made.page, whole - 1);
    assert!(data.len() < whole && page.omitted.len() == 1 && page.runs[0].itf.is_empty());
    assert!(page.runs[0].start.next.is_some() && !made.page.runs[0].itf.is_empty());
    let (page, _) = html::fitted(&made.page, 0);
    assert_eq!(page.omitted.len(), 6);
    assert!(page.runs[0].start.next.is_none());
    assert_eq!(page.runs[0].steps.len(), made.page.runs[0].steps.len());
}
