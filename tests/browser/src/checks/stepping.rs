//! Runs are stepped through by keyboard: an unloaded module, a deadlock, a run that repeats for ever.

use super::Check;
use crate::lab::{DEADLOCK, LOOP, Lab, SERVICE, UNLOAD};
use crate::tab::Tab;

pub const CHECKS: &[Check] = &[
    ("an unload is read at once and stepped through by keyboard", unload),
    ("a deadlock is stepped through by keyboard and its cycle shown", deadlock),
    ("a run that repeats for ever says so", repeats),
    ("the sheet names every key, and keys can be switched off", sheet),
    ("one step beside the run is taken by number and left again", beside),
    ("the selection has changes, a thread its own steps", selection),
    ("regions and tabs are reached without a mouse", regions),
    ("search finds steps", search),
    ("a finger does what a mouse does", finger),
];

/// Steps taken, as the head line says.
pub fn at(tab: &Tab<'_>) -> u64 {
    tab.text("header .position b").parse().expect("a number of steps")
}

fn steps(tab: &Tab<'_>) -> u64 {
    tab.text("header .position").rsplit(' ').next().and_then(|last| last.parse().ok()).expect("how many steps")
}

/// Everything that follows the cursor says the same place.
fn agree(tab: &Tab<'_>, position: u64) {
    assert_eq!(at(tab), position);
    assert_eq!(tab.text(".steps [aria-current=step] .number"), position.to_string());
    let picture = tab.text("#picture-title + .muted");
    assert_eq!(picture, if position == 0 { "at the start".to_string() } else { format!("after step {position}") });
    assert_eq!(tab.text("input[type=range]"), "");
    assert_eq!(tab.value("document.querySelector('input[type=range]').value"), position.to_string());
    assert_eq!(tab.count("svg.chart .band"), 1);
    let told = tab.text("[role=status][aria-live]");
    assert!(
        told.starts_with(&if position == 0 { "Start".to_string() } else { format!("Step {position} of") }),
        "{told}"
    );
}

fn finger(lab: &Lab) {
    let tab = lab.open(&UNLOAD);
    let last = steps(&tab);
    let becomes = |position: u64, what: &str| {
        tab.until(&format!("document.querySelector('header .position b').textContent === '{position}'"), what);
        agree(&tab, position);
    };
    tab.tap(".steps ol > :nth-last-child(3)");
    tab.until("+document.querySelector('header .position b').textContent > 0", "a position");
    let tapped = at(&tab);
    assert!(tapped < last, "a step is tapped");
    agree(&tab, tapped);
    tab.tap(".scrubber button:nth-of-type(2)");
    becomes(tapped - 1, "a button of the transport is tapped");
    tab.tap("input[type=range]");
    tab.until(
        &format!("Math.abs(document.querySelector('header .position b').textContent - {}) <= 1", last / 2),
        "half way",
    );
    agree(&tab, at(&tab));
    tab.tap("[role=tab]:nth-of-type(2)");
    tab.until("document.querySelector('[role=tab]:nth-of-type(2)').ariaSelected === 'true'", "a tab is tapped");
    tab.tap(".picture .k-module");
    tab.until("document.querySelector('.picture .k-module').matches('.chosen')", "a thing in the picture is tapped");
}

fn unload(lab: &Lab) {
    let tab = lab.open(&UNLOAD);
    // the page opens where it went wrong, and says who, whom and what to do without a key being pressed
    let last = steps(&tab);
    agree(&tab, last);
    let seen = tab.value(
        "(() => { const pane = document.querySelector('.why .pane-body').getBoundingClientRect(); \
         return [...document.querySelectorAll('.why .pane-body p, .why .pane-body li')] \
         .filter((one) => one.getBoundingClientRect().bottom <= pane.bottom + 1).map((one) => one.textContent).join('\\n'); })()",
    );
    let seen = seen.as_str().expect("what is seen");
    assert!(seen.contains("application.caller freed penimc_dll"), "{seen}");
    assert!(seen.contains("application.hook_thread was still inside"), "{seen}");
    assert!(seen.contains("Wait for application.hook_thread itself"), "{seen}");
    assert!(tab.text(".picture .k-module.changed").contains("Unloaded"));
    assert_eq!(tab.count(".picture .k-thread.hurt"), 1, "the thread inside stands out");
    assert!(tab.text(".picture .k-thread.hurt").contains("hook_thread"));

    for position in (0..last).rev() {
        tab.press(&["k"]);
        agree(&tab, position);
    }
    assert_eq!(tab.count(".picture .k-thread.hurt"), 0);
    tab.press(&["k"]);
    agree(&tab, 0);
    for (position, key) in (1..=last).zip(["j", "ArrowDown", "ArrowRight"].into_iter().cycle()) {
        tab.press(&[key]);
        agree(&tab, position);
    }
    tab.press(&["Home"]);
    agree(&tab, 0);
    tab.press(&["e"]);
    agree(&tab, last);
    tab.press(&["Home", "z", "}"]);
    assert!(at(&tab) > 0 && at(&tab) < last);
    tab.quiet();
}

fn deadlock(lab: &Lab) {
    let tab = lab.open(&DEADLOCK);
    let last = steps(&tab);
    assert_eq!(tab.text("[role=tab][aria-selected=true]").split('(').next().map(str::trim), Some("Waits"));
    assert!(tab.text(".tab-waits .headline").contains("service.rpc1"), "{}", tab.text(".tab-waits"));
    assert_eq!(tab.count(".wait-graph .edge.cycle"), 2);
    let mut closed = 0;
    for position in (0..last).rev() {
        tab.press(&["k"]);
        agree(&tab, position);
        closed += tab.count(".wait-graph .edge.cycle");
    }
    assert_eq!(closed, 0, "before the last step nobody waits in a cycle");
    assert_eq!(tab.count(".wait-graph .edge"), 0);
    tab.press(&["J"]);
    let thread = tab.text("[role=status][aria-live]");
    tab.press(&["J", "K"]);
    assert_eq!(tab.text("[role=status][aria-live]"), thread, "there and back on the same thread");
    tab.press(&["End"]);
    agree(&tab, last);
    assert!(tab.count("svg.chart .blocked") >= 2);
    tab.quiet();
}

fn repeats(lab: &Lab) {
    let tab = lab.open(&LOOP);
    let foot = tab.text(".steps .pane-foot");
    assert!(foot.contains("repeats from step"), "{foot}");
    let from: u64 = foot.split(' ').find_map(|word| word.parse().ok()).expect("a step");
    tab.press(&["Home"]);
    for position in 1..=steps(&tab) {
        tab.press(&["j"]);
        agree(&tab, position);
        let marked = tab.count(".steps [aria-current=step] .marks span[title*='repeats']");
        assert_eq!(marked, u64::from(position == from), "step {position}");
    }
    tab.quiet();
}

fn sheet(lab: &Lab) {
    let tab = lab.open(&UNLOAD);
    tab.press(&["?"]);
    let told = tab.text("dialog[open]");
    for about in [
        "one step on",
        "the violation",
        "compare two runs",
        "graph around the run",
        "copy a link",
        "dark, light",
        "search",
        "pin this step",
    ] {
        assert!(told.contains(about), "{about}");
    }
    tab.press(&["Escape"]);
    assert_eq!(tab.count("dialog"), 0);
    let last = at(&tab);
    let keys = "header nav button[title='Listen to character keys']";
    tab.click(keys);
    tab.press(&["k", "?"]);
    assert_eq!((at(&tab), tab.count("dialog")), (last, 0));
    tab.press(&["ArrowUp"]);
    assert_eq!(at(&tab), last - 1, "keys that are no characters still work");
    tab.click(keys);
    tab.press(&["k"]);
    assert_eq!(at(&tab), last - 2);
    tab.quiet();
}

fn beside(lab: &Lab) {
    let tab = lab.open(&SERVICE);
    tab.press(&["Home", "f"]);
    let mut left = 0;
    for position in 0..steps(&tab) {
        let choices = tab.texts(".choices button");
        for (index, choice) in choices.iter().enumerate().take(9) {
            tab.press(&[&(index + 1).to_string()]);
            if choice.contains("taken") {
                assert_eq!(at(&tab), position + 1, "{choice}");
                tab.press(&["k"]);
                continue;
            }
            if tab.count(".beside") == 1 {
                left += 1;
                assert!(tab.text("#picture-title + .muted").contains("one step beside the run"));
                let what = tab.text(".beside b + *");
                assert!(tab.text("[role=status][aria-live]").starts_with("Beside the run"), "{what}");
            }
            tab.press(&["u"]);
            assert_eq!((at(&tab), tab.count(".beside")), (position, 0), "{choice}");
        }
        assert!(tab.texts(".refused .rule").iter().all(|rule| !rule.is_empty()));
        tab.press(&["j"]);
    }
    assert!(left >= 3, "only {left} steps beside the run");
    tab.quiet();
}

fn selection(lab: &Lab) {
    let tab = lab.open(&UNLOAD);
    let last = at(&tab);
    tab.press(&["Home"]);
    tab.click("svg.picture .k-module");
    assert_eq!(tab.count("svg.picture .k-module.chosen"), 1);
    tab.press(&["End", "[", "]"]);
    assert_eq!(at(&tab), last, "the module changes at the end");
    tab.press(&["Escape"]);
    assert_eq!(tab.count(".chosen"), 0);
    tab.quiet();
}

fn regions(lab: &Lab) {
    let tab = lab.open(&UNLOAD);
    let mut seen = Vec::new();
    for _ in 0..6 {
        tab.press(&["F6"]);
        seen.push(tab.value("document.activeElement.id").as_str().unwrap_or_default().to_string());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 6, "{seen:?}");
    tab.press(&["v"]);
    tab.value("document.querySelector('[role=tab][aria-selected=true]').focus()");
    for name in ["diff", "next", "source", "references", "waits", "properties", "lifecycle"] {
        tab.press(&["ArrowRight"]);
        assert_eq!(tab.value("document.activeElement.id"), format!("tab-{name}"));
        assert!(!tab.text("[role=tabpanel]").is_empty(), "{name}");
    }
    tab.quiet();
}

fn search(lab: &Lab) {
    let tab = lab.open(&UNLOAD);
    tab.press(&["Home", "/"]);
    tab.write("exit_acknowledged");
    tab.press(&["Enter"]);
    let first = at(&tab);
    assert!(first > 0);
    tab.press(&["Escape"]);
    tab.value("document.activeElement.blur()");
    tab.press(&["n"]);
    assert!(at(&tab) > first);
    tab.press(&["N"]);
    assert_eq!(at(&tab), first);
    tab.quiet();
}
