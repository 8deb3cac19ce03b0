//! The live page shows what the engine says: the same choices and no others, the same refusals, the same states.
//!
//! What the browser shows is compared with the model itself, not with what the server answers.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::corpus::{root, scenario};
use model::event::Event;
use model::names;
use model::program::Program;
use model::step::{Outcome, initial, step};
use serde_json::Value;
use traces::page::{RunOptions, play};

use super::Check;
use super::stepping::at;
use crate::lab::{DEADLOCK, Lab, SERVICE, UNLOAD, command};
use crate::tab::{Tab, WIDE};

pub const CHECKS: &[Check] = &[
    ("live: states, choices and refusals are the engine's", engine),
    ("live: take a branch, undo, find, follow a link", explore),
    ("live: a changed file is followed", follow),
];

/// A server that ends with its check.
pub struct Server {
    child: Child,
    pub address: String,
}

impl Server {
    pub fn start(path: &std::path::Path) -> Server {
        Server::start_with(path, &[])
    }

    /// With further arguments.
    pub fn start_with(path: &std::path::Path, more: &[&str]) -> Server {
        let mut serve = command();
        serve.arg("explore").arg(path).args(more).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = serve.spawn().expect("the command: cargo build -p rundown");
        let mut address = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut address).expect("the address of the page");
        let address = address.trim().to_string();
        let server = Server { child, address };
        assert!(server.address.starts_with("http://127.0.0.1:"), "rundown explore says {:?}", server.address);
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ten and more scenarios of every kind; each has some thousand states or fewer.
const SCENARIOS: [&str; 12] = [
    "scenarios/field/c34-broken.scn",
    "scenarios/field/c34-repaired.scn",
    "scenarios/field/c02-broken.scn",
    "scenarios/field/c25-broken.scn",
    "scenarios/field/c48-broken.scn",
    "scenarios/field/p16-broken.scn",
    "scenarios/field/c19-broken.scn",
    "scenarios/liveness/retry-loop-never-ends.scn",
    "scenarios/rules/call-05-sta-blocks.scn",
    "scenarios/readings/would_deadlock-chain.scn",
    "scenarios/seeds/codisconnectcontext/timeout-infinite-waits-for-itself.scn",
    "cli/sample.scn",
];

/// Visited per scenario, at the most: the start, and then every choice of every state in turn.
const VISITS_MAX: usize = 24;

fn engine(lab: &Lab) {
    let (mut states, mut edges, mut refusals) = (0, 0, 0);
    for name in SCENARIOS {
        let server = Server::start(&root().join(name));
        let program = scenario(name).program;
        let tab = lab.open_at(&server.address, WIDE);
        let mut open: std::collections::VecDeque<Vec<String>> = [Vec::new()].into();
        let mut seen = std::collections::HashSet::new();
        let mut visits = 0;
        while let Some(way) = open.pop_front() {
            if visits == VISITS_MAX {
                break;
            }
            visits += 1;
            show(&tab, &program, &way);
            let (taken, refused) = compare(&tab, &program, &way);
            states += 1;
            edges += taken.len();
            refusals += refused;
            for (event, state) in taken {
                if seen.insert(state) {
                    open.push_back(way.iter().cloned().chain([event]).collect());
                }
            }
        }
        tab.quiet();
    }
    println!("      {} scenarios, {states} states, {edges} choices, {refusals} refusals", SCENARIOS.len());
    assert!(states >= 200 && edges >= 300 && refusals >= 100, "{states} {edges} {refusals}");
}

/// Leads the page to where some events have happened, by a link; the run that it shows then is told by its digest.
fn show(tab: &Tab<'_>, program: &Program, way: &[String]) {
    if way.is_empty() {
        assert_eq!(at(tab), 0);
        tab.press(&["f"]);
        return;
    }
    let names: Vec<String> = way.iter().map(|name| name.bytes().map(|byte| format!("%{byte:02X}")).collect()).collect();
    let digest = play(program, way, "", &RunOptions::default()).run.digest;
    let shown = format!("document.querySelector('.facts code').textContent === '{}'", &digest[..8]);
    // the page writes its own address after a while: on a slow machine that may fall upon the link
    let follows = (0..5).any(|attempt| {
        let fragment = format!("d=0&t=next&z={attempt}&n={}", written(&names));
        tab.value(&format!("location.hash = {}", serde_json::json!(fragment)));
        (0..120).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(25));
            tab.is(&shown)
        })
    });
    assert!(follows, "never: the live page follows a link to {way:?}");
    idle(tab);
    if tab.text("[role=tab][aria-selected=true]") != "Next" {
        tab.press(&["f"]);
    }
}

/// A name that occurred before is written as its number.
fn written(names: &[String]) -> String {
    let mut seen: Vec<&String> = Vec::new();
    let parts = names.iter().map(|name| match seen.iter().position(|known| *known == name) {
        Some(number) => number.to_string(),
        None => {
            seen.push(name);
            name.clone()
        }
    });
    parts.collect::<Vec<_>>().join("~")
}

/// Compares what stands on the page with the model; gives what can happen, with the states, and how much cannot.
fn compare(tab: &Tab<'_>, program: &Program, way: &[String]) -> (Vec<(String, model::state::State)>, usize) {
    let events = Event::all(program);
    let mut state = initial(program);
    for name in way {
        let event = events.iter().find(|event| names::event(program, event) == *name).expect("an event");
        let Outcome::Taken { next, .. } = step(program, &state, event) else { panic!("{name} cannot happen") };
        state = next;
    }
    let outcomes = events.iter().map(|event| (names::event(program, event), step(program, &state, event)));
    let taken: Vec<_> = outcomes
        .filter_map(|(name, outcome)| if let Outcome::Taken { next, .. } = outcome { Some((name, next)) } else { None })
        .collect();

    // the words of each choice, and what every entity says, are the run's own data; the choices themselves are the model's
    let played = play(program, way, "", &RunOptions::default());
    assert!(played.misfit.is_none(), "{way:?}");
    let run = serde_json::to_value(&played.run).expect("JSON");
    let moment = run["steps"].as_array().and_then(|steps| steps.last()).unwrap_or(&run["start"]);
    let mut named: Vec<&str> = texts(&moment["next"]["enabled"], "name");
    named.sort_unstable();
    let mut possible: Vec<&str> = taken.iter().map(|(name, _)| name.as_str()).collect();
    possible.sort_unstable();
    assert_eq!(named, possible, "after {way:?}");
    assert_eq!(tab.texts(".choices .what"), texts(&moment["next"]["enabled"], "text"), "after {way:?}");
    let refused = &moment["next"]["disabled"];
    assert_eq!(tab.texts(".refused .what"), texts(refused, "text"), "after {way:?}");
    assert_eq!(tab.texts(".refused .effect"), texts(refused, "reason"), "after {way:?}");
    let rules: Vec<String> = refused
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| one["rule"].as_str().unwrap_or("bound").to_string())
        .collect();
    assert_eq!(tab.texts(".refused .rule"), rules, "after {way:?}");
    for name in texts(refused, "name") {
        let event = events.iter().find(|event| names::event(program, event) == name).expect("an event");
        assert!(matches!(step(program, &state, event), Outcome::Refused(_)), "{name} is not refused");
    }

    tab.press(&["v"]);
    let shown = tab.value(
        "[...document.querySelectorAll('.entities > li')].map((one) => [one.querySelector('.kind').textContent, one.querySelector('.entity').textContent, \
         ...[...one.querySelectorAll('dd')].map((value) => (value.querySelector('ins') ?? value).textContent)])",
    );
    let mut shown: Vec<Vec<String>> = serde_json::from_value(shown).expect("texts");
    let mut expected = values(&run);
    shown.sort();
    expected.sort();
    // what has just gone is shown once more, as changed
    shown.retain(|one| one.get(2).is_none_or(|phase| phase != "Absent"));
    assert_eq!(shown, expected, "after {way:?}");
    tab.press(&["f"]);
    (taken, rules.len())
}

fn texts<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().into_iter().flatten().filter_map(|one| one[field].as_str()).collect()
}

/// Kind, name and values of everything that is there after the last step.
fn values(run: &Value) -> Vec<Vec<String>> {
    let mut now = run["initial"].clone();
    for step in run["steps"].as_array().into_iter().flatten() {
        for write in step["writes"].as_array().into_iter().flatten() {
            let index = |at: usize| usize::try_from(write[at].as_u64().expect("a number")).expect("small");
            now[index(0)][index(1)] = write[2].clone();
        }
    }
    let word = |number: &Value| {
        let number = number.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(usize::MAX);
        run["strings"][number].as_str().unwrap_or_default().to_string()
    };
    let entities = run["entities"].as_array().expect("entities").iter().enumerate();
    let told = entities.filter_map(|(index, one)| {
        let values: Vec<String> = now[index].as_array().into_iter().flatten().map(word).collect();
        let there = one["lifecycle"].is_null() || values.first().is_none_or(|phase| phase != "Absent");
        let shown = values.iter().map(|value| if value.is_empty() { "\u{2013}".to_string() } else { value.clone() });
        let head = ["kind", "name"].map(|field| one[field].as_str().unwrap_or_default().to_string());
        (there && !values.is_empty()).then(|| head.into_iter().chain(shown).collect())
    });
    told.collect()
}

pub fn idle(tab: &Tab<'_>) {
    tab.until("document.querySelector('header .mode').textContent === 'live'", "the server has answered");
    tab.settle();
}

fn explore(lab: &Lab) {
    let server = Server::start(&root().join(SERVICE.scenario));
    let tab = lab.open_at(&server.address, WIDE);
    tab.press(&["f"]);
    for taken in 1..=4 {
        tab.press(&["1"]);
        tab.until(
            &format!("document.querySelector('header .position b').textContent === '{taken}'"),
            "the step is taken",
        );
        idle(&tab);
    }
    // back two steps, and another way from there
    tab.press(&["k", "k"]);
    let choices = tab.count(".choices button");
    assert!(choices >= 2, "{choices} choices");
    tab.press(&["2"]);
    tab.until("document.querySelector('header .position').textContent === 'step 3 of 3'", "the branch is taken");
    idle(&tab);
    let branch = tab.text(".steps [aria-current=step]");
    tab.value("new Promise((done) => setTimeout(done, 700))");
    let link = tab.value("location.href").as_str().unwrap_or_default().to_string();
    tab.press(&["u"]);
    tab.until("document.querySelector('header .position').textContent.endsWith('of 4')", "the step is undone");
    idle(&tab);
    let again = lab.open_at(&link, WIDE);
    again.until("document.querySelector('header .position').textContent === 'step 3 of 3'", "the link is followed");
    assert_eq!(again.text(".steps [aria-current=step]"), branch);
    again.quiet();
    // to the next violation, and to a state in words
    tab.press(&["Home"]);
    tab.click(".find form:first-child button");
    tab.until("document.querySelector('header h1').textContent.includes('violated')", "a violation is found");
    idle(&tab);
    assert!(tab.text(".headline").contains("host.control freed widget_dll"), "{}", tab.text(".headline"));
    tab.press(&["Home", "f"]);
    tab.value("document.querySelector('.find input[type=text]').focus()");
    tab.write("ended(host.control)");
    tab.click(".find form:nth-of-type(2) button");
    tab.until("document.querySelector('.picture')?.textContent.includes('Ended')", "a way is found");
    idle(&tab);
    tab.quiet();
}

fn follow(lab: &Lab) {
    let text = std::fs::read_to_string(root().join(UNLOAD.scenario)).expect("a scenario");
    let path = lab.folder("live").join("followed.scn");
    std::fs::write(&path, &text).expect("a file");
    let server = Server::start(&path);
    let tab = lab.open_at(&server.address, WIDE);
    tab.press(&["f", "1"]);
    idle(&tab);
    // at the end: what the scenario expects in a line stays in it
    std::fs::write(&path, format!("{text}// another line\n")).expect("a file");
    tab.press(&["s"]);
    tab.until("document.querySelector('.source')?.textContent.includes('another line')", "the new text is shown");
    assert_eq!(at(&tab), 1, "the place is kept");
    std::fs::write(&path, "process {").expect("a file");
    tab.until("document.querySelector('.notice')?.textContent.includes('does not compile')", "the mistake is told");
    // a page of another scenario is not disturbed
    let other = lab.open(&DEADLOCK);
    other.quiet();
    tab.quiet();
}
