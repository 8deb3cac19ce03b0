//! Links lead to the same view, or say what does not fit; two runs are compared.

use super::Check;
use super::stepping::at;
use crate::lab::{Lab, SERVICE, UNLOAD};
use crate::tab::{Tab, WIDE};

pub const CHECKS: &[Check] = &[
    ("a link leads to the same view", link),
    ("a stale link says what does not fit and shows nothing else", stale),
    ("a damaged link opens the page all the same", damaged),
    ("the nearest good run is compared", compare),
    ("a page whose data are damaged keeps its story", broken),
];

/// The address line follows the view with some delay.
fn copied(tab: &Tab<'_>) -> String {
    tab.value("new Promise((done) => setTimeout(done, 700))");
    tab.value("location.href").as_str().unwrap_or_default().to_string()
}

fn link(lab: &Lab) {
    let tab = lab.open(&UNLOAD);
    tab.press(&["Home", "j", "j", "j", "j", "j", "r"]);
    tab.click("svg.picture .k-module");
    let link = copied(&tab);
    assert!(link.contains('#'), "{link}");
    let again = lab.open_at(&link, WIDE);
    assert_eq!(at(&again), 5);
    for part in
        ["[role=tab][aria-selected=true]", "[role=tabpanel]", "svg.picture .chosen", ".steps [aria-current=step]"]
    {
        assert_eq!(again.text(part), tab.text(part), "{part}");
    }
    assert_eq!(again.count(".notice"), 0);
    // the same link followed inside the page, and back
    again.press(&["End", "v"]);
    copied(&again);
    again.value(&format!("location.hash = {}", serde_json::json!(link.split_once('#').expect("a fragment").1)));
    again.until("document.querySelector('header .position b').textContent === '5'", "the link is followed");
    again.quiet();
    tab.quiet();
}

fn stale(lab: &Lab) {
    let tab = lab.open(&SERVICE);
    tab.press(&["Home", "j", "j", "j", "j"]);
    let link = copied(&tab);
    let other = link.replace("d=", "d=0000").replacen("host.control", "host.nobody", 1);
    assert_ne!(link, other);
    let stale = lab.open_at(&other, WIDE);
    let notice = stale.text(".notice");
    assert!(notice.contains("host.nobody") && notice.contains("step 3"), "{notice}");
    assert_eq!(at(&stale), 2, "as far as it fits");
    assert_eq!(stale.value("document.querySelector('.notice').getAttribute('role')"), "alert");
    stale.press(&["Escape"]);
    assert_eq!(stale.count(".notice"), 0);
    stale.quiet();
}

fn damaged(lab: &Lab) {
    for fragment in [
        "#",
        "#%",
        "#d=%zz&n=%",
        "#d=1&n=9~8~7",
        "#n=~~~~",
        "#d&e&=&&",
        "#t=nowhere&m=nothing&p=99999",
        "#%00",
        "#__proto__=1&constructor=2",
    ] {
        let tab = lab.open_at(&format!("{}{fragment}", lab.page(&UNLOAD)), WIDE);
        assert!(tab.text("header h1").contains("unload_in_use"), "{fragment}");
        tab.press(&["Home", "j"]);
        assert_eq!(at(&tab), 1, "{fragment}");
        tab.quiet();
    }
}

fn compare(lab: &Lab) {
    let tab = lab.open(&UNLOAD);
    let last = at(&tab);
    tab.press(&["c"]);
    let head = tab.text("#pane-picture .pane-head");
    assert!(head.contains(&format!("{} common steps, then they part", last - 1)), "{head}");
    assert_eq!(tab.texts(".parts-label"), ["they part here"]);
    assert_eq!(tab.count(".sides svg.picture"), 2);
    tab.press(&["Home"]);
    for position in 1..last {
        tab.press(&["j"]);
        let row = tab.texts(".aligned .current button");
        assert_eq!(row.len(), 2, "step {position}");
        assert_eq!(row[0], row[1], "the steps are common");
    }
    tab.press(&["j"]);
    assert!(tab.text(".aligned .current button").starts_with(&format!("{last} ")), "{}", tab.text(".aligned .current"));
    assert!(tab.text(".sides .side:nth-child(1) .picture").contains("Unloaded"));
    assert_eq!(tab.count(".sides .side:nth-child(1) .headline"), 1);
    assert_eq!(tab.count(".sides .side:nth-child(2) .headline"), 0, "nothing is wrong with the other run");
    tab.press(&["Escape"]);
    assert_eq!(tab.count(".aligned"), 0);
    // the good run by itself
    tab.value("(() => { const one = document.querySelector('header select'); one.value = '1'; one.dispatchEvent(new Event('change', { bubbles: true })); })()");
    tab.settle();
    assert!(tab.text("header h1").contains("holds"));
    assert!(at(&tab) > last);
    tab.quiet();
}

fn broken(lab: &Lab) {
    let path = lab.page(&UNLOAD).replace("file://", "");
    let html = std::fs::read_to_string(path).expect("the page");
    let start = html.find("id=\"data\">").expect("data") + 10;
    let end = start + html[start..].find('<').expect("the end");
    for (name, text) in [
        ("cut", format!("{}{}", &html[..start + 400], &html[end..])),
        ("no-base64", format!("{}!!{}", &html[..start], &html[start..])),
        ("other", crate::lab::with_data(&html, &serde_json::json!({ "schema": "rundown-page/9" }))),
    ] {
        let address = lab.file(&format!("{name}.html"), &text);
        let tab = Tab::blank(&lab.browser, &address, WIDE);
        tab.go(&address);
        tab.until("document.querySelector('[role=alert]')", "the page complains");
        assert!(tab.text("[role=alert]").contains("cannot show its run"), "{}", tab.text("[role=alert]"));
        assert!(tab.is("document.querySelector('#story').offsetHeight > 0"), "{name}: the story is still there");
        assert!(tab.text("#story").contains("application.caller freed penimc_dll"));
    }
}
