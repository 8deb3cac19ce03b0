//! Hostile text in every place of the data where text is free: it is shown, and nothing of it runs, loads or is asked for.

use rundown::Scenario;
use serde_json::Value;

use super::Check;
use crate::lab::{Lab, data, with_data};
use crate::payloads::{PAYLOADS, scenario};
use crate::tab::{Tab, WIDE};

pub const CHECKS: &[Check] = &[
    ("hostile text is noticed where nothing holds it", noticed),
    ("hostile text in a scenario runs nothing", scenarios),
    ("hostile text in every string of the data runs nothing", everywhere),
    ("hostile links run nothing", links),
];

/// The keys that show every view.
const TOUR: [&str; 25] = [
    "v", "d", "f", "s", "r", "w", "i", "l", "c", "Escape", "g", "Escape", "x", "Escape", "?", "Escape", "k", "k", "f",
    "1", "u", "Home", "p", "d", "End",
];

/// The detector itself: in a page that takes text as markup and has no policy, it goes off.
fn noticed(lab: &Lab) {
    let mut ran = 0;
    for (index, free) in PAYLOADS.iter().enumerate() {
        let text =
            format!("<!doctype html><meta charset=utf-8><title>{free}</title><pre>{free}</pre><p title='{free}'>");
        let address = lab.file(&format!("open-{index}.html"), &text);
        let tab = Tab::blank(&lab.browser, &address, WIDE);
        tab.ask("Page.navigate", serde_json::json!({ "url": address }));
        tab.until("document.readyState !== 'loading'", "the document is there");
        // some payloads navigate: the promise then goes with its document, and the requests are noticed all the same
        let _ = tab.attempt("new Promise((done) => setTimeout(done, 60))");
        ran += usize::from(!tab.troubles().is_empty());
    }
    assert!(ran >= 20, "only {ran} of {} payloads were noticed", PAYLOADS.len());
}

fn page(free: &str) -> String {
    let name = format!("folder/{free}.scn");
    let report = Scenario::parse(&name, &scenario(free)).unwrap_or_else(|mistake| panic!("{mistake}")).check();
    let violation = report.violation("unload_in_use").expect("a violation");
    rundown::internal::page::html(&report, violation).expect("a page")
}

/// Elements and attributes that the page itself never makes.
fn foreign(tab: &Tab<'_>) -> String {
    let found = tab.value(
        "[...document.querySelectorAll('*')].filter((one) => ['IMG', 'IFRAME', 'OBJECT', 'EMBED', 'LINK', 'BASE', 'VIDEO', 'AUDIO', 'SOURCE', 'MATH', \
         'FOREIGNOBJECT', 'ANIMATE', 'MARQUEE', 'TEXTAREA', 'TEMPLATE', 'FRAMESET', 'A', 'FORM'].includes(one.tagName.toUpperCase()) \
         || one.getAttributeNames().some((name) => name.startsWith('on') || name === 'srcdoc' || /^\\s*javascript:/i.test(one.getAttribute(name)))) \
         .map((one) => one.outerHTML.slice(0, 200)).concat(document.scripts.length === 2 ? [] : [`${document.scripts.length} scripts`]).join('\\n')",
    );
    crate::tab::text(&found)
}

fn tour(tab: &Tab<'_>, keys: &[&str], free: &str) {
    for key in keys {
        tab.press(&[key]);
        // while a dialog is open, its text is there too
        if ["x", "?", "c", "g", "s", "v"].contains(key) {
            assert_eq!(foreign(tab), "", "{free} after {key}");
        }
    }
    assert_eq!(foreign(tab), "", "{free}");
    tab.quiet();
}

fn scenarios(lab: &Lab) {
    assert!(PAYLOADS.len() >= 40);
    for free in PAYLOADS {
        let tab = lab.open_at(&lab.file("scenario.html", &page(free)), WIDE);
        tour(&tab, &["v", "s", "c", "Escape", "g", "Escape", "x", "Escape", "f", "1", "u", "Home"], free);
    }
}

/// Appends to every string that is not the name of a shape.
fn append(value: &mut Value, free: &str, changed: &mut usize) {
    match value {
        Value::String(text) => {
            text.push_str(free);
            *changed += 1;
        }
        Value::Array(list) => list.iter_mut().for_each(|one| append(one, free, changed)),
        Value::Object(fields) => {
            for (name, one) in fields {
                if !["schema", "mode", "kind"].contains(&name.as_str()) {
                    append(one, free, changed);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn everywhere(lab: &Lab) {
    let path = lab.page(&crate::lab::SERVICE).replace("file://", "");
    let html = std::fs::read_to_string(path).expect("the page");
    let harmless = data(&html);
    // some at once, so that every one of them stands in every string
    for group in PAYLOADS.chunks(4) {
        let free = group.join(" ");
        let mut hostile = harmless.clone();
        let mut changed = 0;
        append(&mut hostile, &free, &mut changed);
        assert!(changed > 1000, "{changed} strings");
        let tab = lab.open_at(&lab.file("everywhere.html", &with_data(&html, &hostile)), WIDE);
        assert!(tab.text(".headline").contains(&free), "the text is shown as it is: {free}");
        tour(&tab, &TOUR, &free);
    }
}

fn links(lab: &Lab) {
    let address = lab.page(&crate::lab::UNLOAD);
    for free in PAYLOADS {
        let coded: String = free.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let tab = lab
            .open_at(&format!("{address}#d={coded}&n={coded}~{coded}&t={coded}&e={coded}&m={coded}&p={coded}"), WIDE);
        assert_eq!(foreign(&tab), "", "{free}");
        tab.quiet();
    }
}
