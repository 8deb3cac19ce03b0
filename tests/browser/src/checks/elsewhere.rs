//! A run and how it goes elsewhere: in the repaired scenario, under another reading; and traces that are opened.

use std::path::Path;

use crate::corpus::root;
use rundown::Scenario;
use serde_json::json;

use super::Check;
use super::live::{Server, idle};
use super::stepping::at;
use crate::lab::{Lab, UNLOAD, address, command};
use crate::tab::{Tab, WIDE};

const REPAIRED: &str = "scenarios/field/c34-repaired.scn";

pub const CHECKS: &[Check] = &[
    ("two runs are compared: broken and repaired", repaired),
    ("two runs are compared: another reading, without being asked", reading),
    ("live: a run is compared with a file and with a reading", live),
    ("live: a trace is dropped or chosen, stale or hostile", traces),
    ("a trace that is dropped on a page finds its run", dropped),
];

/// A page as the command writes it.
fn written(lab: &Lab, name: &str, more: &[&str]) -> String {
    let folder = lab.folder("elsewhere");
    let mut check = command();
    check.current_dir(root()).args(["check", "--quiet", "--html"]).arg(&folder).args(more);
    let ran = check.output().expect("the command: cargo build -p rundown");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    address(&folder.join(name))
}

fn repaired(lab: &Lab) {
    let page = written(lab, "c34-broken.unload_in_use.html", &[UNLOAD.scenario, "--compare", REPAIRED]);
    let tab = lab.open_at(&page, WIDE);
    let last = at(&tab);
    assert!(tab.text(".why .parting").contains("WaitForSingleObject(hook_thread, INFINITE)"), "{}", tab.text(".why"));
    tab.press(&["c"]);
    let note = tab.text(".compare .parting");
    assert!(note.contains("waits for the thread application.hook_thread to end (THR-03)"), "{note}");
    assert_eq!(tab.texts(".parts-label"), ["they part here"]);
    assert_eq!(tab.count(".sides svg.picture"), 2);
    let selected =
        tab.value("document.querySelector('select[aria-label=\"Right run\"]').selectedOptions[0].textContent");
    assert_eq!(selected, "c34-repaired.scn: holds");
    // the step at which they part is the one that the repaired scenario does not do
    tab.press(&["Home"]);
    while tab.count(".aligned .current.parts") == 0 {
        assert!(at(&tab) < last, "the divergence is on the way");
        tab.press(&["j"]);
    }
    assert_eq!(at(&tab), 12);
    let row = tab.texts(".aligned .current button");
    assert!(row.len() == 1 && row[0].contains("WaitForSingleObject(exit_acknowledged, INFINITE)"), "{row:?}");
    // by itself the other run speaks of its own text and its own properties
    tab.press(&["Escape", "s"]);
    tab.value("(() => { const one = document.querySelector('header select'); one.value = '2'; one.dispatchEvent(new Event('change', { bubbles: true })); })()");
    tab.settle();
    assert!(tab.text(".source").contains("released = true"), "{}", tab.text(".source"));
    assert!(tab.text("header h1").contains("holds"));
    tab.press(&["i"]);
    assert!(tab.text(".properties").contains("lingers"), "{}", tab.text(".properties"));
    for key in ["v", "d", "f", "r", "w", "l", "Home", "j", "c", "Escape", "x", "Escape"] {
        tab.press(&[key]);
    }
    tab.quiet();
}

fn reading(lab: &Lab) {
    let page = written(lab, "p16-broken.assertion.html", &["scenarios/field/p16-broken.scn"]);
    let tab = lab.open_at(&page, WIDE);
    let told = tab.texts(".why .parting");
    assert!(told.iter().any(|one| one.starts_with("refused_sweep=flagged: Step 19")), "{told:?}");
    tab.click(".why .runs button:last-of-type");
    assert_eq!(tab.texts(".parts-label"), ["they part here"]);
    assert!(tab.text(".compare .parting").contains("is not what happens here"), "{}", tab.text(".compare .parting"));
    tab.quiet();
}

/// Chooses what is compared with, as the list's own keys do.
fn choose(tab: &Tab<'_>, other: &str) {
    tab.value(&format!(
        "(() => {{ const one = document.querySelector('select[aria-label=\"Compare with\"]'); one.focus(); one.value = {}; \
         one.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()",
        json!(other)
    ));
    idle(tab);
}

fn live(lab: &Lab) {
    let server =
        Server::start_with(&root().join(UNLOAD.scenario), &["--compare", &root().join(REPAIRED).to_string_lossy()]);
    let tab = lab.open_at(&server.address, WIDE);
    tab.press(&["f"]);
    tab.click(".find form:first-child button");
    tab.until("document.querySelector('header h1').textContent.includes('violated')", "a violation is found");
    idle(&tab);
    tab.press(&["c"]);
    choose(&tab, "c34-repaired.scn");
    tab.until("document.querySelector('.compare .parting')", "the run is followed");
    assert!(
        tab.text(".compare .parting").contains("WaitForSingleObject(hook_thread"),
        "{}",
        tab.text(".compare .parting")
    );
    assert_eq!(tab.texts(".parts-label"), ["they part here"]);
    choose(&tab, "would_deadlock=none");
    tab.until(
        "document.querySelector('.compare .parting')?.textContent.includes('Every step happens here too')",
        "the other reading",
    );
    // a step is taken, and the comparison follows
    tab.press(&["Home", "j", "j", "f", "1"]);
    tab.until("document.querySelector('header .position').textContent === 'step 3 of 3'", "the branch is taken");
    idle(&tab);
    assert_eq!(tab.count(".sides svg.picture"), 2);
    tab.quiet();
}

/// Drops a file on the page.
fn drop_on(tab: &Tab<'_>, name: &str, text: &str) {
    tab.value(&format!(
        "(() => {{ const data = new DataTransfer(); data.items.add(new File([{}], {})); \
         document.body.dispatchEvent(new DragEvent('drop', {{ dataTransfer: data, bubbles: true, cancelable: true }})); }})()",
        json!(text),
        json!(name)
    ));
    tab.settle();
}

fn trace(path: &str) -> String {
    let report = Scenario::from_file(root().join(path)).unwrap_or_else(|mistake| panic!("{mistake}")).check();
    report.assert_violated("unload_in_use").itf().expect("ITF")
}

fn traces(lab: &Lab) {
    let text = trace(UNLOAD.scenario);
    let server = Server::start(&root().join(UNLOAD.scenario));
    let tab = lab.open_at(&server.address, WIDE);
    drop_on(&tab, "c34.itf.json", &text);
    tab.until("document.querySelector('header .position').textContent === 'step 20 of 20'", "the trace is opened");
    idle(&tab);
    assert_eq!(tab.count(".notice"), 0, "{}", tab.text(".notice"));
    assert!(tab.text("header h1").contains("violated"));
    // with the keyboard and a chooser: the field has the focus, and takes a file
    tab.press(&["u"]);
    idle(&tab);
    let path = lab.folder("traces").join("c34.itf.json");
    std::fs::write(&path, &text).expect("a file");
    choose_file(&tab, &path);
    tab.until("document.querySelector('header .position').textContent === 'step 20 of 20'", "the trace is opened");
    idle(&tab);
    for (name, hostile) in [
        ("empty.json", String::new()),
        ("<img src=x onerror=alert(1)>.json", "{\"<script>alert(1)</script>\":1}".to_string()),
        ("deep.json", "[".repeat(200_000)),
        ("large.json", format!("\"{}\"", "a".repeat(9 << 20))),
        ("newer.json", "{\"schema\":\"rundown-trace/99\"}".to_string()),
        ("other.itf.json", "{\"#meta\":{},\"vars\":[],\"states\":[{}]}".to_string()),
        ("steps.json", text.replace("application.caller", "<b onclick=alert(1)>")),
    ] {
        drop_on(&tab, name, &hostile);
        tab.until("document.querySelector('.notice')", "it is refused");
        idle(&tab);
        assert_eq!(at(&tab), 20, "{name}: the run stays");
        tab.press(&["Escape"]);
    }
    // what the browser itself says of a refused question is no trouble
    let troubles: Vec<String> =
        tab.troubles().into_iter().filter(|one| !one.contains("Failed to load resource")).collect();
    assert_eq!(troubles, [""; 0]);

    // the same scenario after a thread got another name
    let renamed = lab.folder("traces").join("renamed.scn");
    let scenario = std::fs::read_to_string(root().join(UNLOAD.scenario)).expect("a scenario");
    std::fs::write(&renamed, scenario.replace("hook_thread", "hook")).expect("a file");
    let server = Server::start(&renamed);
    let tab = lab.open_at(&server.address, WIDE);
    drop_on(&tab, "c34.itf.json", &text);
    tab.until("document.querySelector('.notice')", "what does not fit is told");
    idle(&tab);
    let notice = tab.text(".notice");
    assert!(notice.contains("another text of the scenario") && notice.contains("Step 10 no longer fits"), "{notice}");
    assert_eq!(at(&tab), 9, "the longest part is shown");
    tab.quiet();
}

fn choose_file(tab: &Tab<'_>, path: &Path) {
    tab.value("document.querySelector('input[type=file]').focus()");
    assert_eq!(tab.value("document.activeElement.getAttribute('aria-label')"), "Open a trace");
    let document = tab.ask("DOM.getDocument", json!({}));
    let found =
        tab.ask("DOM.querySelector", json!({ "nodeId": document["root"]["nodeId"], "selector": "input[type=file]" }));
    tab.ask("DOM.setFileInputFiles", json!({ "files": [path], "nodeId": found["nodeId"] }));
    tab.settle();
}

fn dropped(lab: &Lab) {
    let tab = lab.open(&UNLOAD);
    let text = trace(UNLOAD.scenario);
    tab.press(&["Home"]);
    drop_on(&tab, "c34.itf.json", &text);
    tab.until("document.querySelector('header .position b').textContent === '20'", "the trace is the page's run");
    assert_eq!(tab.count(".notice"), 0);
    drop_on(&tab, "stale.json", &text.replacen("application.hook_thread\",\"event", "application.nobody\",\"event", 1));
    tab.until("document.querySelector('.notice')", "what does not fit is told");
    let notice = tab.text(".notice");
    assert!(notice.contains("application.nobody, does not"), "{notice}");
    for hostile in ["", "{}", "null", "{\"steps\":[{\"text\":\"<img src=x onerror=alert(1)>\"}]}"] {
        drop_on(&tab, "hostile.json", hostile);
        assert_eq!(tab.count(".notice"), 1);
    }
    tab.quiet();
}
