//! What fits the window, what is printed, what is exported, and that nothing is asked of any network.

use std::time::Duration;

use serde_json::json;

use super::Check;
use super::stepping::at;
use crate::lab::{Lab, SAMPLES, SERVICE, UNLOAD, command, data};
use crate::tab::{Look, Tab, WIDE, text};

pub const CHECKS: &[Check] = &[
    ("the command writes the same page", same),
    ("the page fits its window and scrolls in its panes only", fits),
    ("dark and light are the reader's, and can be chosen", colours),
    ("what is printed is the story and the picture", print),
    ("the story reads without scripts", plain),
    ("the graph marks the run and leads to its steps", graph),
    ("exports are whole", exports),
];

fn same(lab: &Lab) {
    let folder = lab.folder("command");
    let mut check = command();
    check.current_dir(crate::corpus::root()).args(["check", "--quiet", UNLOAD.scenario, "--html"]).arg(&folder);
    let ran = check.output().expect("the command: cargo build -p rundown");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let written = std::fs::read_to_string(folder.join("c34-broken.unload_in_use.html")).expect("the page");
    let path = lab.page(&UNLOAD).replace("file://", "");
    assert_eq!(data(&written), data(&std::fs::read_to_string(path).expect("the page")));
    let tab = lab.open_at(&crate::lab::address(&folder.join("c34-broken.unload_in_use.html")), WIDE);
    assert_eq!(tab.text("header .verdict"), "violated");
    tab.quiet();
}

/// Pixels by which the page itself scrolls.
fn over(tab: &Tab<'_>) -> serde_json::Value {
    tab.value("(() => { const r = document.scrollingElement; return [r.scrollWidth - r.clientWidth, r.scrollHeight - r.clientHeight]; })()")
}

fn fits(lab: &Lab) {
    for sample in SAMPLES {
        let tab = lab.open(sample);
        for key in ["v", "d", "f", "s", "r", "w", "i", "l", "c", "g"] {
            tab.press(&[key]);
            assert_eq!(over(&tab), json!([0, 0]), "{} after {key}", sample.name);
        }
        tab.quiet();
        let narrow = lab.open_at(&lab.page(sample), Look { width: 400, height: 760, dark: false });
        for pane in 1..=narrow.count("nav.panes button") {
            narrow.click(&format!("nav.panes button:nth-child({pane})"));
            assert_eq!(over(&narrow), json!([0, 0]), "{} narrow, pane {pane}", sample.name);
        }
        narrow.quiet();
    }
    // with more room the whole picture of two processes is seen
    let tab = lab.open(&SERVICE);
    let hidden = "(() => { const one = document.querySelector('.picture-pane .canvas'); return one.scrollWidth - one.clientWidth; })()";
    assert_eq!(tab.value(hidden), json!(0));
}

fn colours(lab: &Lab) {
    let paper = |tab: &Tab<'_>| text(&tab.value("getComputedStyle(document.body).backgroundColor"));
    let tab = lab.open(&UNLOAD);
    let light = paper(&tab);
    tab.look(Look { dark: true, ..WIDE });
    tab.settle();
    let dark = paper(&tab);
    assert_ne!(light, dark);
    // system, light, dark
    tab.press(&["t"]);
    assert_eq!(paper(&tab), light);
    tab.press(&["t"]);
    assert_eq!(paper(&tab), dark);
    tab.look(WIDE);
    tab.settle();
    assert_eq!(paper(&tab), dark, "chosen colours stay");
    tab.press(&["t"]);
    assert_eq!(paper(&tab), light);
    tab.quiet();
}

fn print(lab: &Lab) {
    let tab = lab.open(&UNLOAD);
    tab.ask("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    let shown = |selector: &str| tab.is(&format!("document.querySelector({})?.checkVisibility()", json!(selector)));
    assert!(shown("#story") && shown("svg.picture"));
    for part in ["header nav", ".steps", ".details", ".scrubber", "svg.chart"] {
        assert!(!shown(part), "{part} is not for paper");
    }
    let pdf = text(&tab.ask("Page.printToPDF", json!({}))["data"]);
    assert!(pdf.len() > 10_000 && pdf.starts_with("JVBERi"), "a PDF of {} characters", pdf.len());
    tab.quiet();
}

fn plain(lab: &Lab) {
    let address = lab.page(&UNLOAD);
    let tab = Tab::blank(&lab.browser, &address, WIDE);
    tab.ask("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    tab.ask("Page.navigate", json!({ "url": address }));
    // the debugging line evaluates all the same
    tab.until("document.readyState === 'complete' && document.querySelector('#story')", "the document is there");
    assert!(!tab.is("document.documentElement.classList.contains('app')"));
    assert!(tab.is("document.querySelector('#story').checkVisibility()"));
    let story = tab.text("#story");
    for words in [
        "application.caller freed penimc_dll",
        "What happened, in 20 steps",
        "What to change",
        "Wait for application.hook_thread itself",
    ] {
        assert!(story.contains(words), "{words}");
    }
    // there are no frames to wait for
    assert_eq!(tab.troubles(), [""; 0]);
}

fn graph(lab: &Lab) {
    let tab = lab.open(&UNLOAD);
    let last = at(&tab);
    tab.press(&["g"]);
    assert!(tab.count(".graph svg .run, .graph .on-run, .graph [class*=run]") > 0, "{}", tab.text("#pane-picture"));
    tab.press(&["k"]);
    assert_eq!(at(&tab), last - 1);
    tab.press(&["Escape"]);
    assert_eq!(tab.count(".chart"), 1);
    tab.quiet();
}

fn exports(lab: &Lab) {
    let tab = lab.open(&UNLOAD);
    let folder = lab.folder("exports");
    tab.save_in(&folder);
    tab.press(&["x"]);
    let names = tab.value("[...document.querySelectorAll('dialog button[aria-label^=Save]')].map((one) => one.getAttribute('aria-label'))");
    let names: Vec<String> = names.as_array().expect("names").iter().map(text).collect();
    assert!(names.len() >= 8, "{names:?}");
    for name in &names {
        tab.click(&format!("dialog button[aria-label='{name}']"));
    }
    let files = || {
        let mut found: Vec<_> =
            std::fs::read_dir(&folder).expect("the folder").flatten().map(|one| one.path()).collect();
        found.retain(|path| path.extension().is_none_or(|end| end != "crdownload"));
        found
    };
    for _ in 0..200 {
        if files().len() >= names.len() {
            break;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    let written = files();
    assert_eq!(written.len(), names.len(), "{written:?}");
    // both are traces that the command reads, states and all
    for ending in [".trace.json", ".itf.json"] {
        let trace = written.iter().find(|path| path.to_string_lossy().ends_with(ending)).expect("a trace");
        let replayed = command().arg("replay").arg(trace).output().expect("the command");
        let said = String::from_utf8_lossy(&replayed.stdout);
        let complaint = String::from_utf8_lossy(&replayed.stderr);
        assert!(said.contains("application.caller freed penimc_dll"), "{ending}: {said}{complaint}");
        // a state that is not the run's is noticed
        if ending == ".itf.json" {
            let text = std::fs::read_to_string(trace).expect("ITF");
            let other = lab.folder("forged").join("forged.itf.json");
            let (from, to) = ("\"Unloaded\"", "\"Loaded\"");
            assert!(text.contains(from));
            std::fs::write(&other, text.replacen(from, to, 1)).expect("a file");
            let replayed = command().arg("replay").arg(&other).output().expect("the command");
            assert_eq!(replayed.status.code(), Some(5), "{}", String::from_utf8_lossy(&replayed.stderr));
        }
    }
    // what is copied is whole
    let markdown = written.iter().find(|path| path.to_string_lossy().ends_with(".md")).expect("Markdown");
    let markdown = std::fs::read_to_string(markdown).expect("Markdown");
    assert!(markdown.contains("IID\\_IPimcManager, (void\\*\\*)&manager)") && !markdown.contains("..."), "{markdown}");
    tab.quiet();
}
